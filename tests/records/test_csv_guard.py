"""No CSV that is written runs anything in a spreadsheet, and none loses anything when it is read again."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.records import Registry, read
from tenfold.records.cells import without_guard
from tenfold.records.csv_out import guarded, write_csv

ATTACKS = ("=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", '=HYPERLINK("http://x")')
signs = st.sampled_from(["", "=", "+", "-", "@", "'", "''", "'=", "\t", "\n", "＝", "－"])
cells = st.builds(
    str.__add__, signs, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
)


def written(frame: pl.DataFrame, path: Path) -> list[list[str]]:
    write_csv(frame, path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_cells_and_headers(tmp_path: Path, attack: str) -> None:
    rows = written(pl.DataFrame({"a": [attack], attack: ["x"]}), tmp_path / "out.csv")
    assert rows == [["a", f"'{attack}"], [f"'{attack}", "x"]]


@given(st.lists(cells | st.none(), min_size=1, max_size=6))
def test_taking_the_guard_off_gives_back_every_text(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"a": texts}, schema={"a": pl.String})
    safe = frame.with_columns(guarded(pl.col("a")))
    assert without_guard(safe).equals(frame)
    for text in safe["a"].drop_nulls():
        assert len(text) < 2 or text[0] not in "=+-@\t\r\n＝＋－＠"


def test_numbers_dates_and_a_sign_by_itself_are_left_as_they_are(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [-7.5], "i": [-3], "q": ["="], "d": ["-"]})
    assert written(frame, tmp_path / "out.csv")[1] == ["-7.5", "-3", "=", "-"]


def test_a_file_that_was_never_guarded_keeps_its_apostrophes(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id,cause_of_death\nP1,'t Hooft syndrome\nP2,'quoted'\nP3,'\n")
    assert read(tmp_path).table("patients")["cause_of_death"].to_list() == ["'t Hooft syndrome", "'quoted'", "'"]


def test_karyotypes_and_changes_that_begin_with_a_sign_survive_a_round_trip(tmp_path: Path) -> None:
    iscn = ["-7", "+8", "-5,del(7q)", "46,XX", "=46,XY[20]"]
    registry = Registry.from_tables(
        {
            "karyotypes": [{"patient_id": f"P{i}", "iscn": text, "sample_date": "2024-01-02"} for i, text in enumerate(iscn)],
            "mrd_samples": [
                {"patient_id": "P1", "sample_date": "2024-01-02", "marker": "NPM1", "value": 1.5, "qualifier": "=",
                 "scale": "percent_abl1", "laboratory": "=cmd()", "sample_id": "'=1"}
            ],
        }
    )  # fmt: skip
    assert not registry.check().height
    registry.write(tmp_path / "out")
    again = read(tmp_path / "out")
    assert not again.check().height
    assert all(again.tables[name].equals(frame) for name, frame in registry.tables.items())
    assert "'-7" in (tmp_path / "out" / "karyotypes.csv").read_text("utf-8")
    assert ",=," in (tmp_path / "out" / "mrd_samples.csv").read_text("utf-8")


def test_parquet_is_no_spreadsheet_and_its_text_is_never_touched(tmp_path: Path) -> None:
    registry = Registry.from_tables({"karyotypes": [{"patient_id": "P1", "iscn": "'-7", "sample_date": "2024-01-02"}]})
    registry.write(tmp_path, "parquet")
    assert read(tmp_path).table("karyotypes")["iscn"].to_list() == ["'-7"]
    assert pl.read_parquet(tmp_path / "karyotypes.parquet")["iscn"].to_list() == ["'-7"]


def test_every_csv_that_the_project_writes_goes_through_the_guard() -> None:
    source = Path(__file__).resolve().parents[2] / "src" / "tenfold"
    own = {"records/csv_out.py"}
    found = {
        str(file.relative_to(source))
        for file in source.rglob("*.py")
        if ".write_csv(" in file.read_text("utf-8") or "csv.writer(" in file.read_text("utf-8")
    }
    assert {name for name in found if not name.startswith("exchange/")} == own
