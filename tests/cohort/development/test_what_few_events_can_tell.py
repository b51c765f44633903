"""What cannot be estimated is not printed as an estimate, and too few events end a development before it begins."""

import numpy as np
import polars as pl
import pytest
from developing import simulated

from tenfold.cohort.development.cut_offs import group_names
from tenfold.cohort.development.develop import Plan, develop
from tenfold.cohort.development.measures import MEASURES, performance
from tenfold.cohort.development.optimism import corrected_table, interval_remarks
from tenfold.cohort.development.patients import coded_patients
from tenfold.cohort.development.response.develop import ResponsePlan, develop_response
from tenfold.reports.development import _view, head, measure_rows

CANDIDATES = ("EMD", "HMA", "SF3B1")


def table(slopes):
    own = np.full((len(slopes), len(MEASURES)), 0.6)
    tested = own - 0.02
    tested[:, 1] = slopes
    own[:, 1] = np.where(np.isnan(slopes), np.nan, 1.0)
    return corrected_table(list(MEASURES), np.full(len(MEASURES), 0.6), own, tested, 0.95)


def test_a_predictor_nearly_alike_in_all_has_no_slope():
    patients = coded_patients(simulated(120), ())
    total = np.where(np.arange(120) % 2 == 0, 0.01, 0.0)
    assert np.isnan(performance(patients, total, 0.2, 10).slope)
    assert np.isfinite(performance(patients, total * 100, 0.2, 10).slope)


def test_resamples_without_a_slope_are_counted_and_not_averaged_over():
    some = table([0.9, 0.8, 0.7, np.nan])
    assert some.row(1, named=True)["corrected"] == pytest.approx(0.6 - 0.2)
    assert (
        "calibration slope: not estimable in 1 of 4 resamples (predictor nearly constant); those are left out."
        in interval_remarks(some, MEASURES, 4)
    )


def test_where_most_resamples_have_no_slope_none_is_printed():
    most = table([0.9, np.nan, np.nan, np.nan])
    rows = {row[0]: row for row in measure_rows(MEASURES, {}, most)}
    assert rows["calibration slope"] == ("calibration slope", "0.600", "", "not estimable")
    assert any("so it is not corrected" in line for line in interval_remarks(most, MEASURES, 4))


def test_where_the_intervals_are_from_is_said_and_that_few_resamples_are_few():
    said = interval_remarks(table([0.9] * 20), MEASURES, 20)
    assert "moved by the optimism (Noma" in said[0]
    assert said[1].startswith("20 resamples are too few")
    assert len(interval_remarks(table([0.9] * 200), MEASURES, 200)) == 1


def test_fewer_than_ten_events_end_after_the_sample_size():
    frame = simulated(100)
    few = frame.with_columns(event=pl.col("event") & (pl.col("event").cast(pl.Int32).cum_sum() <= 3))
    with pytest.raises(ValueError, match=r"3 events for 3 candidate .* fewer than 10 events"):
        develop(few, Plan(candidates=CANDIDATES, seed=1, horizon=10))


def test_fewer_than_ten_responders_end_a_model_of_response_so_too():
    frame = simulated(100).with_columns(response=pl.int_range(100) < 4)
    with pytest.raises(ValueError, match="fewer than 10 of either answer"):
        develop_response(frame, ResponsePlan(candidates=CANDIDATES, seed=1))


def test_nobody_with_the_event_by_the_horizon_asks_for_a_later_one():
    frame = simulated(100).with_columns(time_months=pl.col("time_months") + 20)
    with pytest.raises(ValueError, match="nobody has the event by 10 months"):
        develop(frame, Plan(candidates=CANDIDATES, seed=1, horizon=10))


def test_who_is_left_out_is_told_with_their_events():
    frame = simulated(150).with_columns(EMD=pl.when(pl.int_range(150) < 10).then(None).otherwise(pl.col("EMD")))
    events = int(frame.head(10)["event"].sum())
    found = develop(frame, Plan(candidates=CANDIDATES, seed=1, horizon=10, bootstrap=0, splits=0))
    assert f"Left out: 10, {events} of them with the event (not known: EMD 10)." in head(found)[0]


def test_a_candidate_named_twice_is_refused():
    twice = ("EMD", "EMD")
    with pytest.raises(ValueError, match="EMD is named twice"):
        develop(simulated(100), Plan(candidates=twice, seed=1, horizon=10))
    with pytest.raises(ValueError, match="EMD is named twice"):
        develop_response(simulated(100), ResponsePlan(candidates=twice, seed=1))


def test_fewer_groups_than_asked_for_are_told():
    found = develop(
        simulated(150), Plan(candidates=("EMD",), forced=("EMD",), seed=1, horizon=10, bootstrap=0, splits=0)
    )
    said = _view(found.recipe, found.plan.groups)["cut_offs"]
    assert "3 groups were asked for" in said or said.startswith("No cut-offs")


def test_three_groups_are_not_called_as_those_of_eln():
    assert group_names(3) == ("lower", "middle", "higher")
