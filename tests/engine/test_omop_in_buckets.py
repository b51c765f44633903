"""A CDM in PostgreSQL is assessed by ranges of persons: the same answers as read at once, and the cohort is everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from bucketed import answers_of, differing, read_answers

from postgresql_running import postgresql
from tenfold.cohort.simulation import simulate_registry
from tenfold.engine import sources
from tenfold.engine.run import assess_in_buckets
from tenfold.engine.sources import find_buckets
from tenfold.exchange.omop import read_records
from tenfold.exchange.omop.cdm import cdm_tables
from tenfold.exchange.omop.writing import cdm_of

PATIENTS, STRANGERS, A_BUCKET = 12, 4, 4
SAMPLES = 4
"""Of residual disease for each patient: in a CDM nothing is known to be complete, and each more opens more paths."""
OURS = ("note", "metadata", "cdm_source")
"""What only Tenfold writes: without it this is a CDM like any other."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture
def site(postgres: str, tmp_path: Path) -> Path:
    """The CDM of some patients, and after them persons without AML, each with a haemoglobin."""
    import psycopg

    tables = cdm_of(simulate_registry(PATIENTS, seed=3, kind="mixed").registry)[0]
    of_disease = pl.col("measurement_source_value").str.starts_with("tenfold:mrd_samples")
    among = of_disease.cum_sum().over("person_id", order_by="measurement_date")
    tables["measurement"] = tables["measurement"].filter(~of_disease | (among <= SAMPLES))
    last = max(tables["person"]["person_id"])
    others = [last + k for k in range(1, STRANGERS + 1)]
    first = tables["person"].head(1)
    strangers = pl.concat([first.with_columns(person_id=pl.lit(other)) for other in others], how="vertical_relaxed")
    tables["person"] = pl.concat([tables["person"], strangers], how="vertical_relaxed")
    with psycopg.connect(postgres) as connection:
        connection.execute("DROP SCHEMA IF EXISTS registry CASCADE")
        connection.execute("CREATE SCHEMA registry")
        for name, frame in tables.items():
            if name in OURS:
                continue
            defined = ", ".join(f'"{column.name}" {column.type}' for column in cdm_tables()[name])
            connection.execute(f"CREATE TABLE registry.{name} ({defined})")
            with connection.cursor().copy(f"COPY registry.{name} FROM STDIN") as copy:
                for row in frame.iter_rows():
                    copy.write_row(row)
    path = tmp_path / "site.omop.toml"
    path.write_text(f'database = "{postgres}"\nschema = "registry"\n', "utf-8")
    return path


def test_a_cdm_is_assessed_by_ranges_of_persons_as_it_is_at_once_and_again_where_it_changed(
    site: Path, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(sources, "PATIENTS_TO_A_BUCKET", A_BUCKET)
    source = find_buckets(site)
    assert source.shape == "omop"
    assert len(source.names) == 4
    outcome = assess_in_buckets(source, tmp_path / "out")
    assert not outcome.quarantined
    assert [one.patients for one in outcome.receipts] == [A_BUCKET] * 3 + [0]
    expected = answers_of(read_records(site).registry)
    assert expected["molecular"].height > PATIENTS

    def in_order(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        return {name: frame.sort("patient_id", maintain_order=True) for name, frame in frames.items()}

    found = read_answers(tmp_path / "out")
    found.pop("faults", None)
    assert differing(in_order(found), in_order(expected)) == []
    with psycopg.connect(postgres) as connection:
        connection.execute("UPDATE registry.death SET death_date = death_date + 1 WHERE person_id > 8")
    again = assess_in_buckets(site, tmp_path / "out")
    assert [one.again for one in again.receipts] == [False, False, True, False]
