"""Heagerty's nearest-neighbour ROC agrees with R's survivalROC and with a plain second implementation."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.cohort.nearest_neighbour_roc import default_span, nearest_neighbour_roc

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "discrimination.json").read_text())["sets"]
patients = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(-6, 6)), min_size=4, max_size=30)


def plainly(rows, horizon, span, window):
    """The area from the definitions: each patient's neighbours, their Kaplan-Meier, each pair of patients."""
    n = len(rows)
    reach = int(n * span + 0.5)
    scores = sorted(score for _, _, score in rows)
    alive = []
    for _, _, score in rows:
        if window == "survivalROC":
            not_below = [other for other in scores if other >= score]
            distance = not_below[min(reach, len(not_below) - 1)] - score
            near = [row for row in rows if abs(row[2] - score) <= distance]
        else:
            rank = sum(other <= score for other in scores)
            near = [row for row in rows if abs(sum(other <= row[2] for other in scores) - rank) < span / 2 * n]
        share = 1.0
        for moment in sorted({time for time, event, _ in near if event and time <= horizon}):
            at_risk = sum(time >= moment for time, _, _ in near)
            share *= 1 - sum(time == moment and event for time, event, _ in near) / at_risk
        alive.append(share)
    dead = [1 - share for share in alive]
    if not 0 < sum(alive) < n:
        return None
    pairs = sum(
        dead[i] * alive[j] * (1.0 if rows[i][2] > rows[j][2] else 0.5 if rows[i][2] == rows[j][2] else 0.0)
        for i in range(n)
        for j in range(n)
    )
    return pairs / (sum(dead) * sum(alive))


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("which", ["score", "coarse"])
def test_the_curve_and_its_area_are_survivalrocs(name, which):
    data = GOLDEN[name]
    for horizon, spans in zip(data["horizons"], data["nearest"][which], strict=True):
        for theirs in spans:
            ours = nearest_neighbour_roc(data["time"], data["status"], data[which], horizon, span=theirs["span"])
            assert ours.area == pytest.approx(theirs["auc"], rel=1e-12)
            np.testing.assert_allclose(ours.roc["sensitivity"], theirs["tp"], atol=1e-12)
            np.testing.assert_allclose(1 - ours.roc["specificity"], theirs["fp"], atol=1e-12)


@settings(deadline=None)
@given(patients, st.integers(1, 11), st.sampled_from([0.05, 0.13, 0.3, 0.71, 1.0]))
@pytest.mark.parametrize("window", ["survivalROC", "ranks"])
def test_the_area_is_that_of_the_definitions_taken_literally(window, rows, horizon, span):
    expected = plainly(rows, horizon, span, window)
    time, event, score = zip(*rows, strict=True)
    if expected is None:
        with pytest.raises(ValueError, match="no curve can be drawn"):
            nearest_neighbour_roc(time, event, score, horizon, span=span, window=window)
        return
    found = nearest_neighbour_roc(time, event, score, horizon, span=span, window=window)
    assert found.area == pytest.approx(expected, abs=1e-12)
    assert (np.diff(found.roc["sensitivity"]) <= 1e-12).all()
    assert (np.diff(found.roc["specificity"]) >= -1e-12).all()


@settings(deadline=None)
@given(patients)
def test_by_ranks_the_area_sees_only_the_order_of_scores(rows):
    time, event, score = (np.array(column) for column in zip(*rows, strict=True))
    try:
        first = nearest_neighbour_roc(time, event, score, 6, window="ranks")
    except ValueError:
        return
    assert nearest_neighbour_roc(time, event, np.exp(score), 6, window="ranks").area == pytest.approx(first.area)


def test_the_default_span_is_named_in_the_result():
    data = GOLDEN["veteran"]
    found = nearest_neighbour_roc(data["time"], data["status"], data["score"], 120)
    assert found.span == default_span(137) == pytest.approx(0.25 * 137**-0.2)


def test_missing_scores_and_impossible_spans_are_refused():
    with pytest.raises(ValueError, match="score is not known for 1 of 3 rows"):
        nearest_neighbour_roc([1, 2, 3], [1, 0, 1], [1, None, 3], 2)
    with pytest.raises(ValueError, match="the span is a share"):
        nearest_neighbour_roc([1, 2, 3], [1, 0, 1], [1, 2, 3], 2, span=1.5)
