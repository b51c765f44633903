"""A column that is not known is never said to be one that the file already has."""

from __future__ import annotations

from pathlib import Path

from tenfold.records.reading import read_table


def remedy(folder: Path, header: str, row: str, column: str) -> str:
    (folder / "responses.csv").write_text(f"{header}\n{row}\n", "utf-8")
    faults = read_table(folder / "responses.csv", "responses").check()
    return str(next(one["remedy"] for one in faults.to_dicts() if one["column"] == column))


def test_a_response_beside_its_date_is_not_said_to_be_the_date(tmp_path: Path) -> None:
    said = remedy(tmp_path, "patient_id,response_date,response", "A1,2026-01-02,CR", "response")
    assert "response_date" not in said
    assert '"reported_response"' in said


def test_a_second_spelling_of_a_column_that_is_there_is_only_left_out(tmp_path: Path) -> None:
    said = remedy(
        tmp_path, "patient_id,response_date,reported_response,Response Date", "A1,2026-01-02,CR,x", "Response Date"
    )
    assert "rename" not in said
