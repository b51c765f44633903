"""Haematological course: marrows read with their counts, remissions and relapses in order."""

from __future__ import annotations

from typing import Any

import pytest

from registries import line, registry, remission
from tenfold.assessment import assess
from tenfold.settings import DEFAULTS


def marrow(day: int, blasts: float | None, **more: Any) -> dict[str, Any]:
    return {"sample_day": day, "blasts_pct": blasts, "spicules": True, "cells_counted": 300, **more}


def count(
    day: int, anc: float | None = 2.0, platelets: float | None = 150.0, blasts: float | None = 0.0
) -> dict[str, Any]:
    return {"sample_day": day, "anc_e9_l": anc, "platelets_e9_l": platelets, "blasts_pb_pct": blasts}


def response(*counts: dict[str, Any], settings: Any = DEFAULTS, **tables: Any) -> Any:
    [said] = assess(
        registry(**{"marrows": [marrow(30, 2.0)], **tables}, counts=list(counts)), settings
    ).marrows.to_dicts()
    return said["response"] or set(said["response_possible"])


def turns(**tables: Any) -> list[tuple[str, int]]:
    return [(row["kind"], row["order"]) for row in assess(registry(**tables)).course.to_dicts()]


class TestMarrowAndCounts:
    def test_counts_of_the_same_week_are_read_with_the_marrow(self) -> None:
        assert response(count(37)) == "CR"
        assert response(count(23)) == "CR"

    def test_counts_eight_days_away_are_not(self) -> None:
        assert response(count(38)) == {"CR", "CRh", "CRi", "no response"}

    def test_the_nearest_counts_are_read_and_of_two_equally_near_the_later(self) -> None:
        assert response(count(24, anc=0.7), count(33)) == "CR"
        assert response(count(27, anc=0.7), count(33)) == "CR"
        assert response(count(27), count(33, anc=0.7)) == "CRh"

    def test_each_quantity_is_looked_for_on_its_own(self) -> None:
        assert response(count(29, platelets=None), count(32, anc=None)) == "CR"

    def test_missing_platelets_leave_the_remission_open(self) -> None:
        assert response(count(30, platelets=None)) == {"CR", "CRh", "CRi"}

    def test_the_window_is_a_setting(self) -> None:
        assert response(count(38), settings=DEFAULTS.changed(response__counts_window=10)) == "CR"


class TestExtramedullaryDisease:
    def test_recorded_events_without_it_mean_absent(self) -> None:
        assert response(count(30)) == "CR"

    def test_where_events_are_not_recorded_the_setting_decides_and_the_answer_says_so(self) -> None:
        incomplete = [{"patient_id": None, "table": "events", "complete": False}]
        made = registry(marrows=[marrow(30, 2.0)], counts=[count(30)], completeness=incomplete)
        [assumed] = assess(made).marrows.to_dicts()
        assert (assumed["response"], assumed["extramedullary_assumed"]) == ("CR", True)
        [asked] = assess(made, DEFAULTS.changed(response__extramedullary_not_recorded="unknown")).marrows.to_dicts()
        assert (set(asked["response_possible"]), asked["extramedullary_assumed"]) == ({"CR", "no response"}, False)

    def test_disease_since_treatment_began_excludes_remission(self) -> None:
        found = [{"event_day": 25, "kind": "extramedullary disease", "present": True}]
        assert response(count(30), events=found, treatments=[line(0)]) == "no response"

    def test_disease_before_treatment_leaves_it_open_until_it_is_looked_for_again(self) -> None:
        found = [{"event_day": -5, "kind": "extramedullary disease", "present": True}]
        assert response(count(30), events=found, treatments=[line(0)]) == {"CR", "no response"}
        gone = [*found, {"event_day": 28, "kind": "extramedullary disease", "present": False}]
        assert response(count(30), events=gone, treatments=[line(0)]) == "CR"


class TestPartialRemission:
    def test_it_needs_a_fall_by_half_since_before_the_line_under_way(self) -> None:
        rows = [marrow(-2, 40.0), marrow(30, 20.0)]
        said = assess(registry(marrows=rows, counts=[count(30)], treatments=[line(0)])).marrows.to_dicts()
        assert said[-1]["response"] == "PR"

    def test_without_a_recorded_line_nobody_knows_what_it_fell_from(self) -> None:
        said = assess(registry(marrows=[marrow(-2, 40.0), marrow(30, 20.0)], counts=[count(30)])).marrows.to_dicts()
        assert set(said[-1]["response_possible"]) == {"PR", "no response"}


class TestAplasia:
    def test_a_merely_aplastic_marrow_is_no_remission(self) -> None:
        aplastic = [marrow(30, 1.0, spicules=False)]
        assert response(count(30, 0.1, 10), marrows=aplastic) == "not evaluable"

    def test_with_both_counts_low_the_reading_of_cri_is_a_setting(self) -> None:
        assert response(count(30, 0.1, 10)) == "CRi"
        assert response(count(30, 0.1, 10), settings=DEFAULTS.changed(response__cri_reading="one recovered")) == "MLFS"


class TestRelapse:
    def test_five_percent_in_the_marrow_after_a_remission(self) -> None:
        assert turns(responses=[remission(0)], marrows=[marrow(100, 4.9)]) == [("remission", 0)]
        assert turns(responses=[remission(0)], marrows=[marrow(100, 5.0)]) == [("remission", 0), ("relapse", 100)]

    def test_blasts_at_diagnosis_are_no_relapse(self) -> None:
        assert turns(marrows=[marrow(-100, 60.0)], responses=[remission(0)]) == [("remission", 0)]

    def test_a_remission_by_marrow_counts_as_documented(self) -> None:
        assert turns(marrows=[marrow(30, 2.0), marrow(200, 30.0)], counts=[count(30)]) == [
            ("remission", 30),
            ("relapse", 200),
        ]

    def test_extramedullary_disease_after_a_remission(self) -> None:
        found = [{"event_day": 90, "kind": "extramedullary disease", "present": True}]
        assert turns(responses=[remission(0)], events=found) == [("remission", 0), ("relapse", 90)]

    @pytest.mark.parametrize(("second", "expected"), [(106, False), (107, True)])
    def test_blood_blasts_need_two_samples_a_week_apart_and_date_from_the_first(
        self, second: int, expected: bool
    ) -> None:
        rows = [count(100, blasts=3.0), count(second, blasts=5.0)]
        found = turns(responses=[remission(0)], counts=rows)
        assert found == [("remission", 0), *([("relapse", 100)] if expected else [])]

    def test_a_clear_sample_between_them_begins_the_count_anew(self) -> None:
        rows = [count(100, blasts=3.0), count(104, blasts=0.0), count(108, blasts=5.0)]
        assert turns(responses=[remission(0)], counts=rows) == [("remission", 0)]

    def test_blasts_before_and_after_a_remission_are_two_stories(self) -> None:
        rows = [count(-50, blasts=60.0), count(100, blasts=3.0), count(110, blasts=5.0)]
        assert turns(responses=[remission(0)], counts=rows) == [("remission", 0), ("relapse", 100)]
