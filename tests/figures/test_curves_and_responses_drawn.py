"""Curves with their numbers at risk, and responses before and after, as they are drawn."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from drawn_patients import BARE, WIDTHS, Row, layers, panels
from hypothesis import given
from hypothesis import strategies as st

from registries import line, registry, remission, sample
from tenfold.assessment import Assessment, assess
from tenfold.cohort.survival import kaplan_meier
from tenfold.figures import style
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.response import before_and_after, best_responses, response_counts
from tenfold.mrd.levels import ABL1, DIAGNOSIS

lives = st.lists(st.tuples(st.integers(0, 4000), st.booleans()), min_size=1, max_size=25)


@given(st.lists(lives, min_size=1, max_size=3), st.sampled_from(WIDTHS))
def test_the_numbers_at_risk_are_the_curves_and_the_line_is_the_estimate(groups: list[Any], width: int) -> None:
    curves = {
        f"group {k}": kaplan_meier([days / 30.4375 for days, _ in group], [event for _, event in group])
        for k, group in enumerate(groups)
    }
    upper, lower = panels(kaplan_meier_figure(curves, y_title="alive", x_title="months from diagnosis", width=width))
    [numbers] = lower
    for row in numbers.rows:
        group = groups[int(row["group"].split()[1])]
        assert row["n"] == sum(days / 30.4375 >= row["time"] for days, _ in group)
    assert {row["group"] for row in numbers.rows} == set(curves)
    assert numbers.encoding["x"]["scale"]["domain"] == upper[0].encoding["x"]["scale"]["domain"]
    assert [one.encoding["x"]["title"] for one in upper] == ["months from diagnosis"] * len(upper)
    assert {one.encoding["y"]["title"] for one in upper} == {"alive"}
    [estimate] = [one for one in upper if one.type == "line"]
    for name, curve in curves.items():
        rows = [row for row in estimate.rows if row["group"] == name]
        assert (rows[0]["time"], rows[0]["survival"]) == (0.0, 1.0)
        assert rows[-1]["survival"] == pytest.approx(curve.steps["survival"][-1])
        assert rows[-1]["time"] == pytest.approx(curve.steps["time"][-1])
        levels = [row["survival"] for row in rows]
        assert levels == sorted(levels, reverse=True)
    for one in upper:
        if one.type == "area":
            assert all(row["low"] <= row["survival"] <= row["high"] for row in one.rows)


def test_every_curve_of_a_group_has_its_own_colour_and_dash() -> None:
    curves = {name: kaplan_meier([1.0, 5.0], [True, False]) for name in "abcdefg"}
    upper, _ = panels(kaplan_meier_figure(curves, y_title="alive", x_title="months"))
    [estimate] = [one for one in upper if one.type == "line"]
    for channel in ("color", "strokeDash"):
        used = estimate.encoding[channel]["scale"]["range"]
        assert len({str(one) for one in used}) == len(curves)


@pytest.mark.parametrize("months", [[0.0, 0.0], [0.01], [5.0, 400.0]])
def test_even_odd_curves_can_be_drawn(months: list[float]) -> None:
    curve = kaplan_meier(months, [True] * len(months))
    for width in WIDTHS:
        ElementTree.fromstring(style.svg(kaplan_meier_figure({"": curve}, y_title="y", x_title="x", width=width)))


def test_without_a_patient_there_is_no_curve() -> None:
    with pytest.raises(ValueError, match="no curve"):
        kaplan_meier_figure({"a": kaplan_meier([], [])}, y_title="y", x_title="x")


def treated(*after: Row, **more: Any) -> Assessment:
    samples = [sample(5, "neg"), sample(20, 0.1), sample(45, 0.2), *after]
    return assess(registry(**{"responses": [remission(0)], "treatments": [line(50)], "mrd_samples": samples, **more}))


def test_the_parts_of_a_bar_add_up_to_its_patients() -> None:
    best = best_responses(treated(sample(90, 0.01), sample(120, 0.3)).responses)
    assert best["response"].to_list() == ["MRD reduction"]
    bars = next(one for one in layers(response_counts(best)) if one.type == "bar")
    assert [(row["response"], row["n"]) for row in bars.rows] == [("MRD reduction", 1)]


def test_levels_before_and_after_are_on_one_scale_each() -> None:
    made = treated(sample(90, 0.01))
    best = best_responses(made.responses)
    assert before_and_after(best, DIAGNOSIS) is None
    [rule, ring, filled] = layers(before_and_after(best, ABL1))
    assert rule.rows[0]["before"] == pytest.approx(0.2)
    assert filled.rows[0]["shown"] == pytest.approx(0.01)
    assert ring.encoding["x"]["title"][0] == "MRD, % of ABL1"


def test_a_cohort_without_treatment_has_no_picture_of_response() -> None:
    best = best_responses(assess(registry(mrd_samples=[sample(5, 0.1)])).responses)
    assert response_counts(best) is None
    assert before_and_after(best, ABL1) is None


def test_a_patient_who_became_negative_is_in_the_picture_of_before_and_after() -> None:
    best = best_responses(treated(sample(90, "neg")).responses)
    assert best["response"].to_list() == ["MRD negativity"]
    chart = before_and_after(best, ABL1)
    assert chart is not None
    [row] = layers(chart)[0].rows
    assert row["before"] == pytest.approx(0.2)
    assert row["after"] is None


def test_a_sample_that_may_be_negative_leaves_the_best_response_open() -> None:
    made = treated(sample(70, 0.2), sample(90, None, name="u", **BARE | {"detected": None}))
    assert best_responses(made.responses)["response"].to_list() == ["cannot be told"]


def test_more_groups_than_can_be_told_apart_are_refused() -> None:
    curves = {f"group {k}": kaplan_meier([1.0, 5.0], [True, False]) for k in range(13)}
    with pytest.raises(ValueError, match="13 groups"):
        kaplan_meier_figure(curves, y_title="alive", x_title="months")
