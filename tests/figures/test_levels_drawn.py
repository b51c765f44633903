"""Levels as they are drawn: scales that do not compare apart, thresholds where they hold, and nothing at zero."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest
from drawn_patients import BARE, WIDTHS, Layer, Row, drawn, layers, level_panels, of_diagnosis, titles
from hypothesis import given
from hypothesis import strategies as st

import registries
from registries import registry, sample
from tenfold.figures.levels import LANE


def axis_labels(panel: list[Layer]) -> dict[float, str]:
    """The labels of a logarithmic axis by the level they stand at."""
    expression = panel[-1].encoding["y"]["axis"]["labelExpr"]
    return {
        10 ** (int(key) / 1000): label for key, label in json.loads(expression[: expression.rindex("}") + 1]).items()
    }


def threshold_labels(chart: Any) -> list[str]:
    return [row["label"] for one in layers(chart) if one.type == "text" for row in one.rows if "label" in row]


def test_scales_that_do_not_compare_have_panels_of_their_own() -> None:
    samples = [
        sample(5, 0.1),
        of_diagnosis(20, 14.0, name="d"),
        sample(30, 1.0, name="v", method="ngs", scale="percent_vaf"),
    ]
    found = level_panels(drawn(registry(mrd_samples=samples)))
    assert [titles(panel) for panel in found] == [
        {"MRD, % of ABL1"},
        {"MRD, % of diagnostic level"},
        {"MRD, % VAF"},
    ]
    levels = [{row["level"] for one in panel if one.type == "point" for row in one.rows} for panel in found]
    assert [{round(level, 6) for level in panel} for panel in levels] == [{0.1}, {14.0}, {1.0}]


def test_scales_of_one_family_share_a_panel_as_the_same_amount() -> None:
    samples = [sample(5, 2.0), sample(20, 200, scale="per_1e4_abl1"), sample(30, 2000, scale="per_1e5_abl1")]
    [panel] = level_panels(drawn(registry(mrd_samples=samples)))
    [points] = [one for one in panel if one.type == "point"]
    assert [row["level"] for row in points.rows] == pytest.approx([2.0, 2.0, 2.0])


def test_two_percent_of_abl1_is_drawn_only_for_markers_with_a_low_level_rule_by_pcr() -> None:
    low = ["2 %: below is low level (ELN)"]
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1)]))) == low
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, marker="RUNX1::RUNX1T1")]))) == low
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, marker="WT1")]))) == []
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, method="ngs", scale="percent_vaf")]))) == []
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, method="flow", scale="percent_cd45")]))) == []


def test_the_threshold_is_the_settings_and_stands_at_its_level() -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1)]), mrd__low_level_below=1.0))
    [rule] = [one for one in panel if one.type == "rule"]
    assert [(row["y"], row["label"]) for row in rule.rows] == [(1.0, "1 %: below is low level (ELN)")]


def test_two_percent_of_the_diagnostic_level_is_no_threshold() -> None:
    labels = threshold_labels(drawn(registry(mrd_samples=[of_diagnosis(5, 0.1)]), mrd__edition="TIONG-2021"))
    assert labels == ["1 %: no second sample needed (Tiong)"]


def test_a_level_stands_at_its_level() -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.02), sample(40, 3.0)])))
    for one in panel:
        for row in one.rows:
            if row.get("level") is not None:
                assert row["y"] == row["level"]


facts = st.lists(registries.samples, min_size=1, max_size=6, unique_by=lambda row: row["sample_id"])


@given(facts)
def test_nothing_stands_at_zero_or_outside_its_axis(samples: list[Row]) -> None:
    """Undetected: at its limit of detection, here one copy in 50,000, never at zero; below quantification at its bound."""
    for panel in level_panels(drawn(registry(mrd_samples=samples))):
        for one in panel:
            if "y" not in one.encoding:
                continue
            low, high = one.encoding["y"]["scale"]["domain"]
            assert one.encoding["y"]["scale"]["type"] == "log"
            for row in one.rows:
                assert 0 < low <= row["y"] <= high
                if "detected" in row and not row["detected"]:
                    assert row["y"] == pytest.approx(100 / 50_000)
                if row.get("upper"):
                    assert row["y"] == row["upper"] == pytest.approx(100 * 10 / 50_000)


def test_undetected_without_a_limit_stands_in_a_named_lane_below_the_scale() -> None:
    bare = {"control_copies": None, "control_gene": None, "adequate": True}
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), sample(30, "neg", **bare)])))
    [missed] = [row for one in panel if one.type == "point" for row in one.rows if not row["detected"]]
    labels = axis_labels(panel)
    [lane] = [level for level, label in labels.items() if label == "not detected"]
    assert missed["y"] == pytest.approx(lane, rel=1e-2)
    lowest = min(level for level, label in labels.items() if label != "not detected")
    assert lane == pytest.approx(lowest / 10**LANE, rel=1e-2)


def test_undetected_is_hollow_and_detected_is_filled() -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), sample(30, "neg"), sample(60, "det")])))
    for one in panel:
        if one.type == "point":
            assert {bool(one.mark["filled"])} == {row["detected"] for row in one.rows}


@pytest.mark.parametrize("width", WIDTHS)
def test_words_beside_close_samples_do_not_lie_over_one_another(width: int) -> None:
    close = [sample(5, 0.1), *(sample(day, "det") for day in (30, 36, 42, 300)), sample(39, 0.02)]
    [panel] = level_panels(drawn(registry(mrd_samples=close), width))
    places = []
    for one in panel:
        if one.type == "text" and one.rows and "word" in one.rows[0]:
            [low, high], scale = one.encoding["x"]["scale"]["domain"], one.encoding["y"]["scale"]["domain"]
            across = one.panel["width"] / (high - low)
            up = one.panel["height"] / (math.log10(scale[1] / scale[0]))
            places += [
                (row["middle"] * across, one.mark["dy"] - math.log10(row["y"]) * up, len(row["word"]), row["word"])
                for row in one.rows
            ]
    for (x, y, long, _), (x2, y2, long2, _) in itertools.combinations(places, 2):
        assert abs(x - x2) > 5 * (long + long2) / 2 or abs(y - y2) > 10
    words = [word for *_, word in places]
    assert {"0.1 %", "0.02 %"} <= set(words)
    assert 2 <= words.count("not quantifiable") < 4


@pytest.mark.parametrize("what", [{"detected": None}, {"detected": "yes"}], ids=["result not known", "level not known"])
def test_only_what_was_not_detected_stands_in_the_lane_of_the_undetected(what: Row) -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), sample(30, None, name="u", **BARE | what)])))
    assert "not detected" not in axis_labels(panel).values()


def test_tiongs_waiver_is_drawn_only_where_it_is_in_force() -> None:
    assert threshold_labels(drawn(registry(mrd_samples=[of_diagnosis(5, 0.1)]))) == []


def test_a_threshold_names_its_marker_where_another_without_it_shares_the_panel() -> None:
    samples = [sample(5, 0.1), sample(20, 5.0, name="w", marker="WT1")]
    assert any("NPM1" in label for label in threshold_labels(drawn(registry(mrd_samples=samples))))


def test_a_sample_too_poor_to_call_negative_is_not_drawn_as_a_negative() -> None:
    poor = sample(30, "neg", control_copies=500)
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), poor])))
    words = [row["word"] for one in panel if one.type == "text" for row in one.rows if "word" in row]
    assert any("adequate" in word for word in words)
