"""What is taken for a CDM, and what is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from omop_files import write_folder

from tenfold.exchange.formats import recognised
from tenfold.exchange.omop import read_records, recognises
from tenfold.exchange.omop.sources import settings_of


def test_only_a_cdm_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "patients.csv").write_text("patient_id\nA\n")
    (tmp_path / "person").mkdir()
    (tmp_path / "person" / "person.csv").write_bytes(b"name,\xff\n")
    (tmp_path / "a.duckdb").write_bytes(b"12345678DUCK but not a database")
    for name in ("own", "person", "a.duckdb", "nothing.duckdb", "own/patients.csv"):
        assert not recognises(tmp_path / name), name
    assert recognises(write_folder(tmp_path / "cdm", {"person": []}))
    assert [found.name for one in ("cdm", "own") if (found := recognised(tmp_path / one))] == ["omop"]


def test_the_slashes_that_a_path_takes_from_a_url_are_put_back() -> None:
    assert (
        settings_of(Path("postgresql://reader@db.example.org/omop")).database
        == "postgresql://reader@db.example.org/omop"
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.omop.toml", "schema = 'x'", "no database"),
        ("b.omop.toml", "database = 3", "no database"),
        ("c.omop.toml", "database = 'x'\npassword = 'y'", "has password"),
        ("d.omop.toml", "=", "not TOML"),
        ("e.duckdb", "SQLite format 3", "no DuckDB file"),
    ],
)
def test_what_is_no_cdm_is_refused_in_words(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=said):
        read_records(tmp_path / name)
