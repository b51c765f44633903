"""The log-rank test, its trend and curves with delayed entry agree with R."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.delayed_entry import kaplan_meier_from
from tenfold.cohort.groups import compare_groups, log_rank, pairwise
from tenfold.cohort.survival import kaplan_meier

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "cox.json").read_text())
SETS = {name: pl.DataFrame(columns, strict=False) for name, columns in GOLDEN["sets"].items()}
patients = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.sampled_from("abc")), min_size=2, max_size=40)


def same(ours, theirs):
    ours = [np.nan if value is None else value for value in np.ravel(np.array(ours, dtype=object))]
    theirs = [np.nan if value is None else value for value in np.ravel(np.array(theirs, dtype=object))]
    np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("golden", GOLDEN["groups"])
def test_the_log_rank_test_is_rs(golden):
    data, theirs = SETS[golden["data"]], golden["r"]
    if golden["data"] == "lung":
        data = data.drop_nulls(["ecog", "centre"])
    strata = [golden["strata"]] if golden.get("strata") else []
    found = compare_groups(data, time="time", event="event", group=golden["group"], strata=strata)
    assert [str(name) for name in found.groups["group"]] == [name.strip() for name in theirs["groups"]]
    same(found.groups["events"], theirs["observed"])
    same(found.groups["expected"], theirs["expected"])
    same(found.variance, theirs["variance"])
    same([found.test.statistic, found.p], [theirs["chisq"], theirs["p"]])
    same(found.trend().statistic, theirs["trend"])


@pytest.mark.parametrize("golden", GOLDEN["groups_late"])
def test_the_log_rank_test_with_delayed_entry_is_rs(golden):
    strata = [golden["strata"]] if golden.get("strata") else []
    table = pl.DataFrame(golden["table"], strict=False)
    found = compare_groups(
        table, time=golden["time"], entry=golden["entry"], event="event", group=golden["group"], strata=strata
    )
    same(found.test.statistic, golden["chisq"])
    if "trend" in golden:
        same(found.trend().statistic, golden["trend"])
    if found.groups.height == 2:
        same(found.trend().statistic, found.test.statistic)


@pytest.mark.parametrize("golden", GOLDEN["delayed_entry"])
def test_the_curve_with_delayed_entry_is_rs(golden):
    data = SETS[golden["data"]]
    curve = kaplan_meier_from(
        data[golden["entry"]], data[golden["time_column"]], data["event"], start=golden.get("start")
    )
    for column in ("time", "at_risk", "events", "censored", "survival"):
        same(curve.steps[column], golden[column])
    begun = curve.steps["survival"] < 1
    for side in ("low", "high"):
        same(curve.steps[side].filter(begun), pl.Series(golden[side], strict=False).filter(begun))
    same(curve.at_risk(golden["time"]), golden["at_risk"])
    for k, share in enumerate((0.25, 0.5)):
        found = curve.quantile(share)
        same([found.value, found.low, found.high], [golden["quantiles"][part][k] for part in ("value", "low", "high")])


def test_a_curve_with_a_start_says_nothing_before_it():
    curve = kaplan_meier_from([0, 0, 2], [1, 5, 6], [1, 1, 0], start=1.5)
    assert curve.n == 2
    assert curve.at(1).survival is None
    assert curve.at(1.5).survival == 1
    assert curve.at(5).survival == 0.5


def test_a_start_that_nobody_reaches_leaves_an_empty_curve():
    curve = kaplan_meier_from([0], [1], [1], start=3)
    assert curve.n == 0
    assert curve.at(4).survival is None
    assert curve.median().value is None


@given(patients)
def test_when_all_enter_at_the_beginning_the_curve_is_kaplan_and_meiers(rows):
    time, event, _ = zip(*rows, strict=True)
    late, plain = kaplan_meier_from([0] * len(rows), time, event), kaplan_meier(time, event)
    assert late.steps.equals(plain.steps)
    assert late.at_risk([0.5, 3, 20]) == plain.at_risk([0.5, 3, 20])
    assert late.median() == plain.median()


def test_nobody_enters_at_or_after_their_end():
    with pytest.raises(ValueError, match="1 patients enter at or after"):
        kaplan_meier_from([0, 3], [2, 3], [1, 1])
    with pytest.raises(ValueError, match="entry must be known"):
        kaplan_meier_from([0, None], [2, 3], [1, 1])


@given(patients, st.randoms())
def test_neither_the_order_of_patients_nor_the_unit_of_time_matters(rows, random):
    mixed = random.sample(rows, len(rows))
    one, other = log_rank(*zip(*rows, strict=True)), log_rank(*zip(*mixed, strict=True))
    assert other.test.statistic == pytest.approx(one.test.statistic, abs=1e-9)
    time, event, group = zip(*rows, strict=True)
    days = log_rank(np.array(time) * 30.4375, event, group)
    assert days.test.statistic == pytest.approx(one.test.statistic, abs=1e-9)


@given(patients)
def test_what_was_expected_adds_up_to_what_happened(rows):
    found = log_rank(*zip(*rows, strict=True))
    assert found.groups["expected"].sum() == pytest.approx(found.groups["events"].sum())
    assert np.abs(found.variance.sum(axis=0)).max() < 1e-9


@given(patients)
def test_patients_written_twice_under_another_stratum_double_the_statistic(rows):
    time, event, group = zip(*(rows + rows), strict=True)
    strata = ["one"] * len(rows) + ["two"] * len(rows)
    single, doubled = log_rank(*zip(*rows, strict=True)), log_rank(time, event, group, strata=strata)
    assert doubled.test.statistic == pytest.approx(2 * single.test.statistic, abs=1e-9)


def test_one_group_or_no_event_leaves_nothing_to_test():
    assert log_rank([1, 2], [1, 0], ["a", "a"]).p is None
    assert log_rank([1, 2], [0, 0], ["a", "b"]).p is None
    assert log_rank([1, 2], [0, 0], ["a", "b"]).trend().p is None


def test_a_trend_follows_the_scores_it_is_given():
    data = SETS["veteran"]
    found = log_rank(data["time"], data["event"], data["cell"].to_list())
    scores = {"squamous": 1, "large": 2, "smallcell": 3, "adeno": 4}
    ordered = log_rank(data["time"], data["event"], data["cell"].to_list(), order=list(scores))
    same(found.trend(scores).statistic, ordered.trend().statistic)
    assert ordered.trend().p < found.trend().p
    with pytest.raises(ValueError, match="no score for the group squamous"):
        found.trend({"large": 1, "smallcell": 2, "adeno": 3})


def test_rows_of_unknown_group_are_left_out_and_counted():
    found = compare_groups(SETS["lung"], time="time", event="event", group="ecog")
    assert found.left_out == {"ecog": 1}
    assert found.n_given == 228
    assert found.groups["n"].sum() == 227


def test_pairs_are_adjusted_for_their_number():
    found = pairwise(SETS["veteran"], time="time", event="event", group="cell")
    assert found.height == 6
    smallest = found.sort("p").row(0, named=True)
    assert smallest["p_holm"] == pytest.approx(6 * smallest["p"])
    assert (found["p_holm"] >= found["p"]).all()
    assert found["p_holm"].max() <= 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, 2], [1, 0], ["a"]), "one group is needed"),
        (([1, 2], [1, 0], ["a", None]), "every group must be known"),
        (([1, None], [1, 0], ["a", "b"]), "every time must be known"),
        (([1, 2], [1, 3], ["a", "b"]), "yes or no"),
    ],
)
def test_a_patient_of_whom_something_is_not_known_is_never_compared_in_silence(arguments, said):
    with pytest.raises(ValueError, match=said):
        log_rank(*arguments)
