"""What a conversion sets aside is written beside its output, and whoever checks the output is told."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from command_line import tenfold

MAPPING = """
tenfold_mapping = 1
[[table]]
into = "marrows"
[table.columns]
patient_id = "Nr"
sample_date = "Datum"
blasts_pct = { from = "Blasten", unit = "%" }
[table.left]
Name = "not needed"
"""
HEADER = "Nr,Name,Datum,Blasten\n"
SOUND = "1,Meier,2024-01-01,4\n"
FAULTY = "2,Huber,2024-13-01,4\n3,Weiss,2024-03-01,viele\n4,Torn,apart,2024-04-01,5\n"


def convert(folder: Path, rows: str, *more: str, out: str = "out") -> str:
    (folder / "their.csv").write_text(HEADER + rows, "utf-8")
    (folder / "map.toml").write_text(MAPPING, "utf-8")
    said = tenfold("convert", "their.csv", out, "--mapping", "map.toml", *more, cwd=folder)
    assert said.returncode == (1 if rows != SOUND else 0)
    return said.stdout


def test_each_row_set_aside_is_named_in_a_table_within_the_folder(tmp_path: Path) -> None:
    assert "3 faults, 3 rows set aside for them: out/faults.csv names each." in convert(tmp_path, SOUND + FAULTY)
    faults = pl.read_csv(tmp_path / "out" / "faults.csv")
    assert faults.select("file", "line", "value").rows() == [
        ("their.csv", 3, "2024-13-01"),
        ("their.csv", 4, "viele"),
        ("their.csv", 5, None),
    ]


def test_the_name_in_a_column_that_was_left_out_is_not_copied(tmp_path: Path) -> None:
    convert(tmp_path, SOUND + FAULTY)
    written = "".join(file.read_text("utf-8") for file in (tmp_path / "out").iterdir())
    assert not any(name in written for name in ("Meier", "Huber", "Weiss", "Torn"))


def test_a_check_of_what_was_written_says_that_more_was_set_aside(tmp_path: Path) -> None:
    convert(tmp_path, SOUND + FAULTY)
    said = tenfold("check", "out", cwd=tmp_path)
    assert "When these records were converted, more was set aside: faults.csv names 3 faults." in said.stdout
    assert "Faults: 0." in said.stdout
    told = json.loads(tenfold("check", "out", "--json", cwd=tmp_path).stdout)
    assert told["set_aside_before"] == 3


def test_without_a_fault_there_is_no_such_table(tmp_path: Path) -> None:
    assert "faults.csv" not in convert(tmp_path, SOUND)
    assert not (tmp_path / "out" / "faults.csv").exists()
    assert "more was set aside" not in tenfold("check", "out", cwd=tmp_path).stdout


def test_what_another_program_reads_has_the_table_beside_it(tmp_path: Path) -> None:
    assert "o.json.faults.csv" in convert(tmp_path, SOUND + FAULTY, "--to", "fhir", out="o.json")
    assert pl.read_csv(tmp_path / "o.json.faults.csv").height == 3


def test_a_conversion_names_the_report_that_it_wrote_and_counts_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    assert "3 fields mapped; fields.csv lists every one." in convert(tmp_path, SOUND, "--report", "fields.csv")
    again = tenfold("convert", "out", "again", cwd=tmp_path).stdout
    assert "fields mapped" not in again
    assert "Written: " in again
