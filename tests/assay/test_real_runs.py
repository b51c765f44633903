"""Real runs, against what R and the instruments' own software say of them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tenfold.assay.amounts import standard_curves
from tenfold.assay.measure import measure
from tenfold.assay.profile import DEFAULT
from tenfold.exchange.instruments import read_run
from tenfold.reports.laboratory import laboratory_page, run_view

TESTS = Path(__file__).parents[1]
RUNS = TESTS / "data" / "runs"
GOLDEN = json.loads((TESTS / "golden" / "standard_curve.json").read_text("utf-8"))


def test_the_curve_of_a_real_run_is_that_of_r_and_of_the_instrument() -> None:
    line = standard_curves(read_run(RUNS / "appbio_quantstudio_example04.txt").wells, DEFAULT)["RNase P"]
    assert line is not None
    ours = {
        "slope": line.slope,
        "intercept": line.intercept,
        "r2": line.r2,
        "efficiency_percent": 100 * line.efficiency,
    }
    for name, value in ours.items():
        assert value == pytest.approx(GOLDEN["r"][name], rel=1e-9)
        # The instrument prints three decimals, and the efficiency of its own rounded slope.
        assert value == pytest.approx(GOLDEN["instrument"][name], abs=1e-2 if name == "efficiency_percent" else 6e-4)
    assert line.wells == GOLDEN["r"]["wells"]


def test_the_stepone_s_printed_efficiency_is_ours() -> None:
    """The sample data of StepOne software print an efficiency of 93.912 % for RNase P."""
    line = standard_curves(read_run(RUNS / "stepone_std.rdml").wells, DEFAULT)["RNase P"]
    assert line is not None
    assert 100 * line.efficiency == pytest.approx(93.912, abs=0.005)


def test_the_slope_s_interval_is_near_that_of_r_where_chance_plays_no_part() -> None:
    """1,250 copies and more: what chance adds is small, so the two intervals nearly agree."""
    line = standard_curves(read_run(RUNS / "appbio_quantstudio_example04.txt").wells, DEFAULT)["RNase P"]
    assert line is not None
    low, high = line.slope_interval(0.95) or (0, 0)
    r_low, r_high = GOLDEN["r"]["slope_interval"]
    assert (high - low) == pytest.approx(r_high - r_low, rel=0.35)


@pytest.mark.parametrize("path", sorted(p for p in RUNS.iterdir() if p.suffix in (".txt", ".csv", ".xlsx", ".tsv")))
def test_every_real_run_is_measured_and_reported_and_none_is_accepted_without_a_patient(path: Path) -> None:
    run = read_run(path)
    measured = measure(run)
    view = run_view(measured)
    assert view["verdict"]
    assert len(view["samples"]) == measured.results.filter(pl.col("role") == "patient").height
    table = run.partitions if run.wells.is_empty() else run.wells
    if table.filter(pl.col("role") == "patient").is_empty():
        assert not measured.accepted
    # No assay of these runs has a known marker: nothing may be passed on, and no negative be claimed of a patient.
    assert all(sample["verdict"] != "accepted" for sample in view["samples"])


def test_a_real_run_makes_a_report_with_its_curve() -> None:
    page = laboratory_page(measure(read_run(RUNS / "stepone_std.rdml")))
    assert "93.9" in page
    assert page.count("<svg") >= 2
