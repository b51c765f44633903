"""Survival curves, follow-up and quantiles agree with R, and say nothing where nothing is known."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.quantiles import quantiles, spread
from tenfold.cohort.survival import follow_up, kaplan_meier

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "survival.json").read_text())["sets"]
SETS = pytest.mark.parametrize("name", GOLDEN)
patients = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30)


def same(ours, theirs):
    ours = [np.nan if value is None else value for value in ours]
    theirs = [np.nan if value is None else value for value in theirs]
    np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float), rtol=1e-9, atol=1e-12)


def same_curve(curve, golden):
    for column in golden.keys() & set(curve.steps.columns):
        same(curve.steps[column].to_list(), golden[column])
    for k, share in enumerate((0.25, 0.5, 0.75)):
        found = curve.quantile(share)
        same([found.value, found.low, found.high], [golden["quantiles"][part][k] for part in ("value", "low", "high")])


@SETS
@pytest.mark.parametrize("interval", ["log-log", "log", "plain"])
def test_the_kaplan_meier_curve_is_rs(name, interval):
    data = GOLDEN[name]
    same_curve(kaplan_meier(data["time"], data["status"], interval=interval), data["survival"][interval])


@SETS
def test_follow_up_is_rs_reverse_kaplan_meier(name):
    data = GOLDEN[name]
    same_curve(follow_up(data["time"], data["status"]), data["follow_up"])


@SETS
@pytest.mark.parametrize("kind", [6, 7])
def test_plain_quantiles_are_rs_of_the_same_type(name, kind):
    data = GOLDEN[name]
    same(quantiles(data["time"], [0.25, 0.5, 0.75], type=kind), data["quantiles"][f"type_{kind}"])


def test_tiong_median_follow_up_is_reverse_kaplan_meier_and_not_the_plain_median():
    for name, printed, plain in (
        ("Tiong 2021, cohort 1", 20.0, 20.0),
        ("Tiong 2021, cohort 2", 10.8, 5.9),
        ("Tiong 2021, responders", 11.8, 11.7),
    ):
        data = GOLDEN[name]
        assert follow_up(data["time"], data["status"]).median().value == pytest.approx(printed)
        assert spread(data["time"]).median == pytest.approx(plain)


def test_the_curve_says_nothing_beyond_the_last_patient_followed():
    curve = kaplan_meier([3, 8], [True, False])
    assert curve.at(8).survival == 0.5
    assert curve.at(8.1).survival is None
    assert kaplan_meier([3, 8], [True, True]).at(20).survival == 0.0  # nobody is left: nobody can survive
    assert kaplan_meier([], []).at(1).survival is None


def test_a_median_that_is_not_reached_is_null():
    assert kaplan_meier([1, 2, 3], [True, False, False]).median().value is None


@pytest.mark.parametrize(
    ("time", "event"), [([1, None], [1, 0]), ([1, -1], [1, 0]), ([1, 2], [1, None]), ([1, 2], [1]), ([1, 2], [1, 2])]
)
def test_a_patient_of_whom_something_is_not_known_is_never_counted_in_silence(time, event):
    with pytest.raises(ValueError, match=r"known|length"):
        kaplan_meier(time, event)


@given(patients, st.randoms())
def test_the_order_of_patients_does_not_matter(rows, random):
    mixed = random.sample(rows, len(rows))
    one, two = (kaplan_meier(*zip(*each, strict=True)) for each in (rows, mixed))
    assert one.steps.equals(two.steps)
    assert one.median() == two.median()


@given(patients)
def test_with_nobody_censored_the_curve_is_the_share_still_without_an_event(rows):
    times = np.array([time for time, _ in rows])
    curve = kaplan_meier(times, np.ones(len(times), bool))
    for time in range(22):
        assert curve.at(time).survival == pytest.approx(np.mean(times > time))


@given(patients)
def test_everybody_is_at_risk_once_and_leaves_once(rows):
    curve = kaplan_meier(*zip(*rows, strict=True))
    assert curve.at_risk([0]) == [len(rows)]
    assert curve.steps["events"].sum() + curve.steps["censored"].sum() == len(rows)
    assert curve.at_risk([21]) == [0]
