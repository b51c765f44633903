"""Workbooks of Applied Biosystems, as their software saves them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
from run_files import RUNS

from tenfold.exchange.instruments import read_run
from tenfold.exchange.run import RunNotUnderstood


def test_the_copies_of_the_standards_come_from_the_sheet_of_the_standard_curve() -> None:
    run = read_run(RUNS / "appbio_quantstudio_design_quantity_test.xlsx")
    assert run.instrument == "QuantStudio™ 7 Pro System"
    assert str(run.started) == "2024-05-13 10:37:44"
    standards = run.wells.filter(pl.col("role") == "standard")
    assert standards.group_by("sample").agg(pl.col("copies").unique()).sort("sample").rows() == [
        ("Std 10", [2.5]),
        ("Std 9", [5.0]),
    ]
    assert dict(run.wells["ct_status"].value_counts().iter_rows()) == {"measured": 8, "undetermined": 16}
    assert run.wells.row(0, named=True)["ct"] == 31.707809438603107
    assert run.curves.height == run.wells.height * 40


def test_numbers_of_wells_in_the_curves_are_those_that_the_results_pair_with_positions() -> None:
    run = read_run(RUNS / "appbio_quantstudio_example10.xlsx")
    assert run.wells["well"].to_list() == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]
    assert run.curves.group_by("well").len().sort("well").rows() == [(well, 40) for well in run.wells["well"]]


def workbook(*members: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as packed:
        for name in ("xl/workbook.xml", *members):
            packed.writestr(name, "<workbook/>")
    return memory.getvalue()


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    for content in (workbook(), (RUNS / "appbio_quantstudio_example10.xlsx").read_bytes()[:9000]):
        (tmp_path / "run.xlsx").write_bytes(content)
        with pytest.raises(RunNotUnderstood, match="damaged or cut off"):
            read_run(tmp_path / "run.xlsx")
