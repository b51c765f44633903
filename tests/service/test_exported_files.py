"""Exporting through the pages: what comes back is recognised, and what is de-identified holds nobody."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import polars as pl
import pytest
from sqlalchemy import select
from uploaded_files import PATIENTS, SAMPLES, looked_at, zipped

from service_running import Client, centre_of
from tenfold.exchange.formats import FORMATS
from tenfold.records.registry import Registry
from tenfold.service.exports import in_file_names
from tenfold.service.store import schema
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store


@pytest.fixture
def held(store: Store) -> Registry:
    registry = Registry.from_tables(
        {
            "patients": pl.read_csv(io.StringIO(PATIENTS), infer_schema=False),
            "mrd_samples": pl.read_csv(io.StringIO(SAMPLES), infer_schema=False),
        }
    )
    store_registry(centre_of(store), registry, "for the test")
    return registry


@pytest.mark.parametrize("name", ["tables", "parquet", *(one.name for one in FORMATS if one.writes)])
def test_what_is_exported_in_a_format_is_recognised_when_it_comes_back_and_changes_no_patient(
    client: Callable[..., Client], held: Registry, name: str
) -> None:
    one = client("data manager")
    answer = one.get("/export", params={"format": name})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="tenfold-north-{name}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        inside = {entry: archive.read(entry) for entry in archive.namelist() if entry.startswith("records/")}
    files = next(iter(inside.items())) if len(inside) == 1 else ("back.zip", zipped(inside))
    _, page = looked_at(one, files)
    assert "0 new patients, 2 who are here already" in page


def test_a_de_identified_archive_has_no_identifier_no_date_and_no_key(
    client: Callable[..., Client], held: Registry, store: Store
) -> None:
    one = client("data manager")
    texts = []
    for pseudonyms in ("lasting", "lasting", "once"):
        asked = {"people": "de-identified", "dates": "days", "birth": "age", "pseudonyms": pseudonyms}
        answer = one.get("/export", params=asked)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert "what_was_done.csv" in archive.namelist()
            texts.append("".join(archive.read(name).decode() for name in archive.namelist()))
            people = archive.read("records/patients.csv").decode()
        assert "A-1" not in people
        assert "2023-" not in texts[-1]
        assert store.secret.decode() not in texts[-1]
    assert texts[0] == texts[1] != texts[2]
    with store.reading() as connection:
        entries = connection.execute(select(schema.audit).where(schema.audit.c.action == "records exported")).mappings()
        assert [row["detail"]["de_identified"] for row in entries] == [True, True, True]


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Universitätsklinikum Ulm", "universitatsklinikum-ulm"), ('../"x"\r\n', "x"), ("東京", "centre-7")],
)
def test_a_centres_name_in_the_name_of_a_file_is_only_a_name(name: str, plain: str) -> None:
    assert in_file_names({"name": name, "id": 7}) == plain


def test_an_unknown_format_and_an_empty_centre_are_refused_in_words(client: Callable[..., Client]) -> None:
    one = client("data manager")
    assert one.get("/export").status_code == 422
    assert "nobody in this centre" in one.get("/export").text
    assert one.get("/export", params={"format": "../x"}).status_code == 422
