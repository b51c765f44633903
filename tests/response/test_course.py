"""Haematological course: marrows read with their counts, remissions and relapses in order."""

from __future__ import annotations

from typing import Any

import pytest

from registries import line, registry, remission
from tenfold.assessment import assess
from tenfold.records import Registry
from tenfold.response.eln2022 import response_decision
from tenfold.settings import DEFAULTS

INDUCTION = [line(0, "induction", "cytarabine")]


def marrow(day: int, blasts: float | None, **more: Any) -> dict[str, Any]:
    return {"sample_day": day, "blasts_pct": blasts, "spicules": True, "cells_counted": 300, **more}


def count(
    day: int, anc: float | None = 2.0, platelets: float | None = 150.0, blasts: float | None = 0.0
) -> dict[str, Any]:
    return {"sample_day": day, "anc_e9_l": anc, "platelets_e9_l": platelets, "blasts_pb_pct": blasts}


def answers(made: Any, settings: Any = DEFAULTS) -> list[Any]:
    """The response of every marrow in order: one, or the set of those possible."""
    key = response_decision(settings["response.cri_reading"]).key
    return [row[key] or set(row[f"{key}_possible"]) for row in assess(made, settings).marrows.to_dicts()]


def response(*counts: dict[str, Any], settings: Any = DEFAULTS, **tables: Any) -> Any:
    """The response of a clear marrow on day 30 of induction, with these counts."""
    begun = {"marrows": [marrow(30, 2.0)], "treatments": INDUCTION}
    [said] = answers(registry(**{**begun, **tables}, counts=list(counts)), settings)
    return said


def turns(**tables: Any) -> list[tuple[str, int]]:
    return [(row["kind"], row["order"]) for row in assess(registry(**tables)).course.to_dicts()]


class TestMarrowAndCounts:
    @pytest.mark.parametrize(("cells", "said"), [(199, "not evaluable"), (200, "CR")])
    def test_of_an_aplastic_marrow_200_cells_are_enough(self, cells: int, said: str) -> None:
        assert response(count(30), marrows=[marrow(30, 2.0, cells_counted=cells, cellularity_pct=5)]) == said

    @pytest.mark.parametrize(("cellularity", "said"), [(9.5, "not evaluable"), (10, "CR")])
    def test_of_a_marrow_with_fewer_cells_a_cellularity_of_ten_percent_is_enough(
        self, cellularity: float, said: str
    ) -> None:
        assert response(count(30), marrows=[marrow(30, 2.0, cells_counted=199, cellularity_pct=cellularity)]) == said

    def test_counts_of_the_same_week_are_read_with_the_marrow(self) -> None:
        assert response(count(37)) == "CR"
        assert response(count(23)) == "CR"

    def test_counts_eight_days_away_are_not(self) -> None:
        assert response(count(38)) == {"CR", "CRh", "CRi", "no response"}

    def test_the_nearest_counts_are_read_and_of_two_equally_near_the_later(self) -> None:
        assert response(count(24, anc=0.7), count(33)) == "CR"
        assert response(count(27, anc=0.7), count(33)) == "CR"
        assert response(count(27), count(33, anc=0.7)) == "CRh"

    def test_each_quantity_is_looked_for_on_its_own_where_no_whole_count_exists(self) -> None:
        assert response(count(29, platelets=None), count(32, anc=None)) == "CR"

    def test_two_half_counts_are_not_put_together_where_a_whole_one_exists(self) -> None:
        assert response(count(23, platelets=20.0), count(37, anc=None)) == "CRi"

    def test_blasts_in_the_blood_on_any_day_of_the_window_count(self) -> None:
        assert response(count(30), count(31, blasts=5.0)) == "no response"

    def test_missing_platelets_leave_the_remission_open(self) -> None:
        assert response(count(30, platelets=None)) == {"CR", "CRh", "CRi"}

    def test_the_window_is_a_setting(self) -> None:
        assert response(count(38), settings=DEFAULTS.changed(response__counts_window=10)) == "CR"

    def test_before_any_treatment_there_is_no_response(self) -> None:
        assert answers(registry(marrows=[marrow(-2, 4.0)], counts=[count(-2)], treatments=INDUCTION)) == [set()]
        assert turns(marrows=[marrow(-2, 4.0)], counts=[count(-2)], treatments=INDUCTION) == []


class TestExtramedullaryDisease:
    def found(self, day: int, present: bool = True) -> dict[str, Any]:
        return {"event_day": day, "kind": "extramedullary disease", "present": present}

    def test_recorded_events_without_it_mean_absent(self) -> None:
        assert response(count(30)) == "CR"

    def test_where_events_are_not_recorded_the_setting_decides_and_the_answer_says_so(self) -> None:
        incomplete = [{"patient_id": None, "table": "events", "complete": False}]
        made = registry(marrows=[marrow(30, 2.0)], counts=[count(30)], completeness=incomplete, treatments=INDUCTION)
        asked = DEFAULTS.changed(response__extramedullary_not_recorded="unknown")
        assert answers(made) == ["CR"]
        assert assess(made).marrows["extramedullary_assumed"].to_list() == [True]
        assert answers(made, asked) == [{"CR", "no response"}]
        assert assess(made, asked).marrows["extramedullary_assumed"].to_list() == [False]

    def test_disease_since_treatment_began_excludes_remission(self) -> None:
        assert response(count(30), events=[self.found(25)]) == "no response"

    def test_disease_found_within_a_week_after_the_marrow_excludes_it_too(self) -> None:
        assert response(count(30), events=[self.found(37)]) == "no response"

    @pytest.mark.parametrize("day", [-5, 0])
    def test_disease_up_to_the_first_day_leaves_it_open_until_it_is_looked_for_again(self, day: int) -> None:
        assert response(count(30), events=[self.found(day)]) == {"CR", "no response"}
        assert response(count(30), events=[self.found(day), self.found(28, False)]) == "CR"


class TestPartialRemission:
    def test_it_needs_a_fall_by_half_since_before_the_line_under_way(self) -> None:
        rows = [marrow(-2, 40.0), marrow(30, 20.0)]
        assert answers(registry(marrows=rows, counts=[count(30)], treatments=INDUCTION))[-1] == "PR"

    def test_a_line_that_begins_on_the_day_of_the_marrow_is_not_under_way(self) -> None:
        rows = [marrow(-2, 40.0), marrow(30, 20.0)]
        again = [*INDUCTION, line(30, "salvage", "gilteritinib")]
        assert answers(registry(marrows=rows, counts=[count(30)], treatments=again))[-1] == "PR"

    def test_later_cycles_of_the_line_do_not_move_the_baseline(self) -> None:
        rows = [marrow(-2, 80.0), marrow(20, 15.0), marrow(50, 10.0)]
        cycles = [{**INDUCTION[0], "line": 1}, {**line(25, "induction", "cytarabine"), "line": 1}]
        assert answers(registry(marrows=rows, counts=[count(20), count(50)], treatments=cycles))[-1] == "PR"

    def test_where_lines_are_not_recorded_nobody_knows_what_it_fell_from(self) -> None:
        unsaid = [{"patient_id": None, "table": "treatments", "complete": False}]
        made = registry(marrows=[marrow(-2, 40.0), marrow(30, 20.0)], counts=[count(30)], completeness=unsaid)
        assert answers(made)[-1] == {"PR", "no response"}


class TestAplasia:
    def test_a_merely_aplastic_marrow_cannot_be_evaluated(self) -> None:
        aplastic = [marrow(30, 1.0, spicules=False)]
        assert response(count(30, 0.1, 10), marrows=aplastic) == "not evaluable"
        unsaid = [{"sample_day": 30, "blasts_pct": 1.0}]
        assert response(count(30, 0.1, 10), marrows=unsaid) == "CRi"

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
        rows = [marrow(30, 2.0), marrow(200, 30.0)]
        assert turns(marrows=rows, counts=[count(30)], treatments=INDUCTION) == [("remission", 30), ("relapse", 200)]

    def test_a_marrow_that_could_not_be_evaluated_shows_no_relapse(self) -> None:
        assert turns(responses=[remission(0)], marrows=[marrow(100, 8.0, evaluable=False)]) == [("remission", 0)]

    def test_a_remission_that_a_marrow_of_that_day_contradicts_is_not_documented(self) -> None:
        assert turns(responses=[remission(28)], marrows=[marrow(28, 30.0)]) == []

    def test_a_relapse_without_a_date_leaves_no_remission_certain(self) -> None:
        """It is set aside for want of a date; what it would have ended is then not known to have lasted."""
        good = registry(responses=[remission(0)])
        undated = [{"patient_id": "p", "event_day": None, "kind": "relapse"}]
        made = Registry.from_tables({**good.tables, "events": undated}, relative=True)
        assert made.set_aside.height == 1
        assert assess(made).course.height == 0

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

    def test_however_few_they_are(self) -> None:
        rows = [count(100, blasts=1.0), count(110, blasts=0.5)]
        assert turns(responses=[remission(0)], counts=rows) == [("remission", 0), ("relapse", 100)]

    def test_a_clear_sample_between_them_is_forgiven_within_four_weeks(self) -> None:
        near = [count(100, blasts=3.0), count(104, blasts=0.0), count(108, blasts=5.0)]
        assert turns(responses=[remission(0)], counts=near) == [("remission", 0), ("relapse", 100)]
        far = [count(100, blasts=3.0), count(104, blasts=0.0), count(129, blasts=5.0)]
        assert turns(responses=[remission(0)], counts=far) == [("remission", 0)]

    def test_blasts_before_and_after_a_remission_are_two_stories(self) -> None:
        rows = [count(-50, blasts=60.0), count(100, blasts=3.0), count(110, blasts=5.0)]
        assert turns(responses=[remission(0)], counts=rows) == [("remission", 0), ("relapse", 100)]
