"""Cumulative incidence and Gray's test agree with R's survival and cmprsk."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.groups import log_rank
from tenfold.cohort.incidence import compare_incidence, gray_test, incidence
from tenfold.cohort.survival import kaplan_meier

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "incidence.json").read_text())
SETS = {name: pl.DataFrame(columns, strict=False) for name, columns in GOLDEN["sets"].items()}
causes = st.sampled_from(["censored", "relapse", "death"])
patients = st.lists(st.tuples(st.integers(1, 12), causes, st.sampled_from("ab")), min_size=2, max_size=40)


def same(ours, theirs, tolerance=1e-6):
    ours = [np.nan if value is None else value for value in ours]
    theirs = [np.nan if value is None else value for value in theirs]
    np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float), rtol=tolerance, atol=1e-9)


def same_incidence(found, golden):
    times = pl.Series(golden["time"], dtype=pl.Float64)
    for cause, theirs in golden["causes"].items():
        steps = found.of(cause).filter(pl.col("time").is_in(times.implode()))
        same(steps["time"], times)
        same(steps["at_risk"], golden["at_risk"])
        same(steps["events"], theirs["events"])
        same(steps["incidence"], theirs["incidence"])
        some = steps["incidence"] > 0
        assert some.any()
        for part in ("standard_error", "low", "high"):
            same(steps[part].filter(some), pl.Series(theirs[part], strict=False).filter(some))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("interval", ["log-log", "log", "plain"])
def test_the_cumulative_incidence_is_rs(name, interval):
    data = SETS[name]
    same_incidence(incidence(data["time"], data["cause"], interval=interval), GOLDEN["incidence"][name][interval])


def test_the_cumulative_incidence_with_delayed_entry_is_rs():
    data = SETS["mgus2"]
    same_incidence(incidence(data["time"], data["cause"], entry=data["entry"]), GOLDEN["late"])


@pytest.mark.parametrize("name", SETS)
def test_the_cumulative_incidence_is_also_that_of_cmprsk(name):
    data, golden = SETS[name], GOLDEN["second"][name]
    found = incidence(data["time"], data["cause"])
    for cause, theirs in zip(golden["causes"], golden["estimate"], strict=True):
        same([found.at(cause, time).incidence for time in golden["times"]], theirs)


@pytest.mark.parametrize("golden", GOLDEN["gray"])
def test_grays_test_is_that_of_cmprsk(golden):
    strata = [golden["strata"]] if golden.get("strata") else []
    found = compare_incidence(SETS[golden["data"]], time="time", cause="cause", group=golden["group"], strata=strata)
    for cause, *theirs in zip(golden["causes"], golden["statistic"], golden["p"], golden["degrees"], strict=True):
        test = found.tests[cause]
        same([test.statistic, test.p, test.degrees_of_freedom], theirs)


@given(patients)
def test_the_causes_and_survival_without_any_make_up_the_whole(rows):
    time, cause, _ = zip(*rows, strict=True)
    found, free = incidence(time, cause), kaplan_meier(time, [each != "censored" for each in cause])
    for at in range(max(time) + 1):
        total = sum(found.at(each, at).incidence for each in found.causes)
        assert total + free.at(at).survival == pytest.approx(1)


@given(patients)
def test_with_a_single_cause_the_incidence_is_one_less_kaplan_and_meier(rows):
    time, cause, _ = zip(*rows, strict=True)
    alone = ["censored" if each == "censored" else "death" for each in cause]
    curve = kaplan_meier(time, [each == "death" for each in alone])
    found = incidence(time, alone)
    for at in range(max(time) + 1) if found.causes else ():
        assert found.at("death", at).incidence == pytest.approx(1 - curve.at(at).survival)


@given(patients, st.randoms())
def test_neither_the_order_of_patients_nor_the_unit_of_time_matters(rows, random):
    time, cause, group = zip(*random.sample(rows, len(rows)), strict=True)
    one, other = gray_test(*zip(*rows, strict=True)), gray_test(np.array(time) / 7, cause, group)
    assert one.tests.keys() == other.tests.keys()
    for each, test in one.tests.items():
        assert other.tests[each].statistic == pytest.approx(test.statistic, abs=1e-8)
        assert other.tests[each].degrees_of_freedom == test.degrees_of_freedom


def test_without_competing_events_grays_test_is_close_to_the_log_rank_test():
    data = SETS["pbc"].filter(pl.col("cause") != "transplant")
    gray = gray_test(data["time"], data["cause"], data["stage"].to_list()).tests["death"]
    rank = log_rank(data["time"], data["cause"] == "death", data["stage"].to_list()).test
    assert gray.degrees_of_freedom == rank.degrees_of_freedom == 3
    assert gray.statistic == pytest.approx(rank.statistic, rel=0.25)


def test_nothing_is_said_beyond_the_last_patient_followed():
    found = incidence([1, 2, 3], ["relapse", "death", "censored"])
    assert found.at("relapse", 3).incidence == pytest.approx(1 / 3)
    assert found.at("relapse", 4).incidence is None
    ended = incidence([1, 2, 3], ["relapse", "death", "relapse"])
    assert ended.at("relapse", 4).incidence == pytest.approx(2 / 3)
    with pytest.raises(KeyError, match="nobody had 'transplant'"):
        found.at("transplant", 1)


def test_an_unknown_cause_is_refused_and_never_taken_for_censored():
    with pytest.raises(ValueError, match="a cause is text for every patient"):
        incidence([1, 2], ["relapse", None])
    table = pl.DataFrame({"time": [1, 2, 3], "cause": ["relapse", None, "death"], "group": ["a", "a", "b"]})
    assert compare_incidence(table, time="time", cause="cause", group="group").left_out == {"cause": 1}


def test_nobody_with_an_event_leaves_nothing_to_tell():
    found = incidence([1, 2], ["censored", "censored"])
    assert found.causes == ()
    assert gray_test([1, 2], ["censored", "censored"], ["a", "b"]).tests == {}


def test_with_nobody_censored_no_cause_is_taken_for_censoring():
    found = incidence([1, 2, 3, 4], ["relapse", "death", "relapse", "death"])
    assert found.at("death", 4).incidence == found.at("relapse", 4).incidence == pytest.approx(0.5)
    late = incidence([1, 2, 3, 4], ["relapse", "death", "relapse", "death"], entry=[0, 0, 0, 0])
    assert late.at("death", 4).incidence == late.at("relapse", 4).incidence == pytest.approx(0.5)
