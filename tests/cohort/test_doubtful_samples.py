"""Endpoints that an MRD sample leaves open: bounded by settling every doubt one way and the other."""

from __future__ import annotations

import pytest

from tenfold.assessment import Assessment, assess
from tenfold.cohort.analysis import endpoint_called, times_of
from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.cohort.study.curve_table import bounds_table
from tenfold.cohort.study.curves import study_curves
from tenfold.cohort.study.file import parse_study
from tenfold.reports.study import run_study, study_page

MRD = ("RFS-MRD-ELN2022", "CIR-MRD", "EFS-MRD", "RFS-MRD-symmetric")


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    return assess(simulate_registry(120, seed=5, kind="npm1").registry)


@pytest.mark.parametrize("name", MRD)
def test_settling_doubts_changes_nobody_who_has_none(assessed: Assessment, name: str) -> None:
    rule = endpoint_called(name)
    whole, none, every = (times_of(assessed, rule, doubtful=one) for one in ("left out", "no event", "event"))  # type: ignore[arg-type]
    sure = whole["left_out_because"].is_null()
    columns = ["patient_id", "time_days", "status", "event_kind"]
    for settled in (none, every):
        assert settled.filter(sure).select(columns).equals(whole.filter(sure).select(columns))


@pytest.mark.parametrize("name", MRD)
def test_as_an_event_a_doubt_comes_no_later_than_as_none_and_is_the_event(assessed: Assessment, name: str) -> None:
    rule = endpoint_called(name)
    whole, none, every = (times_of(assessed, rule, doubtful=one) for one in ("left out", "no event", "event"))  # type: ignore[arg-type]
    doubtful = whole["left_out_because"].is_not_null() & none["left_out_because"].is_null()
    assert doubtful.sum() > 0
    pairs = none.filter(doubtful).join(every.filter(doubtful), on="patient_id", suffix="_event")
    assert (pairs["time_days_event"] <= pairs["time_days"]).all()
    assert pairs["event_event"].all()


def test_an_endpoint_without_mrd_has_no_doubts_to_settle(assessed: Assessment) -> None:
    rule = endpoint_called("OS")
    assert times_of(assessed, rule, doubtful="event").equals(times_of(assessed, rule))


def test_a_study_prints_both_bounds_beside_the_estimate_with_how_many(assessed: Assessment) -> None:
    study = parse_study({"endpoint": [{"name": "CIR-MRD"}, {"name": "OS"}], "groups": [{"by": "sex"}]})
    found = study_curves(assessed, study)
    everybody = next(one for one in found if one.endpoint.name == "CIR-MRD")
    none, every = everybody.bounds
    assert everybody.doubtful > 0
    assert none.patients.height == every.patients.height == everybody.patients.height + everybody.doubtful
    assert none.patients["event"].sum() < every.patients["event"].sum()
    table = bounds_table(everybody, study)
    left, low, high = table["at_12_months"].to_list()
    assert low < left < high
    assert all(not one.bounds for one in found if one.endpoint.name == "OS")
    page = study_page(assessed, run_study(assessed, study))
    assert f"Of {everybody.doubtful} patients an MRD sample leaves open" in page
