"""Toxicity by cycle: grades at every threshold, how long grade 4 lasted, and what is not known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import itertools

from guidance_oracles import GUIDANCE_ORACLES, GUIDANCE_STRADDLED
from registries import only, registry
from tenfold.guidance.venetoclax.toxicity import (
    NEUTROPENIA_GRADE,
    THROMBOCYTOPENIA_GRADE,
    TOXICITY,
    course_of,
    grade_question,
    toxicity,
)
from tenfold.guidance.venetoclax.toxicity_summary import toxicity_summary
from tenfold.logic.answering import answer

CYCLES = [{"cycle": 1, "start_day": 0, "end_day": 27}]
PATIENTS = [{"diagnosis_day": -100}]


def count(day: int, anc: float | None = 3.0, platelets: float | None = 200.0) -> dict[str, Any]:
    return {"sample_day": day, "anc_e9_l": anc, "platelets_e9_l": platelets}


def first(**tables: Any) -> dict[str, Any]:
    return toxicity(registry(**{"cycles": CYCLES, **tables})).to_dicts()[0]


@pytest.mark.parametrize("question", [NEUTROPENIA_GRADE, THROMBOCYTOPENIA_GRADE], ids=lambda q: q.name)
def test_every_count_gets_the_grade_of_the_second_reading(question: Any) -> None:
    [item] = question.inputs
    values = GUIDANCE_STRADDLED[item.name]
    said = answer(pl.DataFrame({item.name: values}, {item.name: pl.Float64}), [question])[question.key]
    assert said.to_list() == [GUIDANCE_ORACLES[question.name]({item.name: value}) for value in values]
    assert set(said) == {f"grade {grade}" for grade in range(5)}


def test_a_count_that_was_not_made_could_be_any_grade() -> None:
    [row] = answer(pl.DataFrame({"neutrophils_e9_l": [None]}, {"neutrophils_e9_l": pl.Float64}), [NEUTROPENIA_GRADE])[
        "ctcae_neutropenia_possible"
    ].to_list()
    assert sorted(row) == [f"grade {grade}" for grade in range(5)]


def test_every_threshold_names_its_source_and_is_flagged_unverified() -> None:
    assert all(entry.source and not entry.verified for entry in TOXICITY.entries.values())


def test_a_laboratory_may_set_its_own_lower_limit_of_normal() -> None:
    own = grade_question("neutropenia", TOXICITY.changed(neutrophils__normal_from=1.6))
    frame = pl.DataFrame({"neutrophils_e9_l": [1.7]})
    assert answer(frame, [own])["ctcae_neutropenia"].to_list() == ["grade 0"]
    assert answer(frame, [NEUTROPENIA_GRADE])["ctcae_neutropenia"].to_list() == ["grade 1"]


class TestDurations:
    def test_grade_4_runs_from_the_first_low_count_to_the_first_at_or_above_the_threshold(self) -> None:
        row = first(counts=[count(5, 1.2), count(8, 0.4), count(12, 0.1), count(16, 0.5), count(20, 2.1)])
        assert row["neutropenia_grade"] == 4
        assert row["neutropenia_grade_4_days"] == 8
        assert (row["neutropenia_grade_4_days_least"], row["neutropenia_grade_4_days_most"]) == (5, 10)
        assert row["neutropenia_recovered"]
        assert row["thrombocytopenia_grade"] == 0
        assert row["thrombocytopenia_grade_4_days"] == 0

    def test_daily_counts_leave_no_doubt_about_the_duration(self) -> None:
        row = first(counts=[count(day, 3, 10 if 7 <= day < 15 else 60) for day in range(28)])
        said = [row[f"thrombocytopenia_grade_4_days{which}"] for which in ("", "_least", "_most")]
        assert said == [8, 8, 8]

    def test_grade_4_that_the_cycle_does_not_see_end_has_no_duration_and_bounds(self) -> None:
        row = first(counts=[count(10, 0.8), count(20, 0.2), count(25, 0.3)])
        assert row["neutropenia_grade_4_days"] is None
        assert row["neutropenia_recovered"] is False
        assert (row["neutropenia_grade_4_days_least"], row["neutropenia_grade_4_days_most"]) == (6, 17)

    def test_two_low_counts_far_apart_do_not_prove_what_lies_between(self) -> None:
        row = first(counts=[count(2, 0.3), count(20, 0.3), count(21, 1.0)])
        assert row["neutropenia_grade_4_days"] == 19
        assert row["neutropenia_grade_4_days_least"] == 2

    def test_of_two_counts_of_a_day_the_worse_is_the_days(self) -> None:
        row = first(counts=[count(5, 0.3), count(5, 0.6), count(9, 0.7)])
        assert row["neutropenia_grade"] == 4
        assert row["neutropenia_grade_4_days"] == 4
        assert row["neutropenia_counts"] == 2

    def test_without_counts_the_grade_is_unknown_never_zero(self) -> None:
        row = first(counts=[count(-3, 0.2), count(40, 3)])
        assert row["neutropenia_grade"] is None
        assert row["neutropenia_grade_4_days"] is None
        assert row["neutropenia_counts"] == 0
        assert row["neutropenia_before"] == 4
        assert first(counts=[count(5, None, 60)])["neutropenia_grade"] is None

    def test_a_cycle_without_a_day_knows_nothing(self) -> None:
        row = toxicity(registry(cycles=[{"cycle": 1}], counts=[count(5, 0.1)])).to_dicts()[0]
        assert row["last_day"] is None
        assert row["neutropenia_grade"] is None
        assert row["neutropenia_counts"] is None
        assert row["febrile_neutropenia"] is None

    def test_a_cycle_lasts_until_the_next_begins(self) -> None:
        cycles = [{"cycle": 2, "start_day": 35}, {"cycle": 1, "start_day": 0}]
        rows = toxicity(registry(cycles=cycles, counts=[count(30, 0.4), count(34, 0.7), count(36, 1.2)])).to_dicts()
        assert [(r["cycle"], r["last_day"], r["neutropenia_grade"]) for r in rows] == [(1, 34, 4), (2, 90, 2)]

    @given(
        st.lists(st.sampled_from([0.1, 0.49, 0.5, 1.0, 3.0]), min_size=28, max_size=28),
        st.sets(st.integers(0, 27), min_size=1),
    )
    def test_the_bounds_hold_the_seen_stretches_and_the_duration(self, truth: list[float], sampled: set[int]) -> None:
        days = sorted(sampled)
        grades = [4 if truth[day] < 0.5 else 3 if truth[day] < 1 else 0 for day in days]
        said = course_of(days, grades, 0, 27, joined_within=1)
        days_low = {day for day in days if truth[day] < 0.5}
        better = [day for day in days if truth[day] >= 0.5]
        # With nothing joined, at least the low days themselves; at most all up to the better counts around them.
        assert said["grade_4_days_least"] == len(days_low)
        edges = [-1, *better, 28]
        around = {
            day
            for left, right in itertools.pairwise(edges)
            if any(left < low < right for low in days_low)
            for day in range(left + 1, right)
        }
        assert said["grade_4_days_most"] == len(around)
        if said["grade_4_days"] is not None:
            assert said["grade_4_days_least"] <= said["grade_4_days"] <= said["grade_4_days_most"]
        if len(days) == 28 and said["grade_4_days"] is not None:
            assert said["grade_4_days"] == len(days_low)
        assert said["widest_gap"] <= 28 - len(days)

    @given(st.lists(st.tuples(st.integers(0, 27), st.sampled_from([0.2, 0.7, 1.2, 3.0])), min_size=1, max_size=5))
    def test_a_further_count_never_lowers_the_worst_grade(self, made: list[tuple[int, float]]) -> None:
        rows = [count(day, anc) for day, anc in dict(made).items()]
        grades = [first(counts=rows[: k + 1])["neutropenia_grade"] for k in range(len(rows))]
        assert grades == sorted(grades)


class TestFebrileNeutropeniaAndTransfusions:
    def event(self, kind: str, detail: str | None = None, day: int = 10, **more: Any) -> dict[str, Any]:
        return {"event_day": day, "kind": kind, "detail": detail, **more}

    @pytest.mark.parametrize(
        ("events", "expected"),
        [
            ([("neutropenia", "febrile neutropenia")], True),
            ([("infection", "febrile neutropenia, invasive fungal infection")], True),
            ([("neutropenia", "afebrile")], False),
            ([("infection", "pneumonia")], None),
            ([("neutropenia", None)], None),
            ([("relapse", None)], False),
            ([], False),
        ],
    )
    def test_febrile_neutropenia_is_what_the_events_call_so(
        self, events: list[tuple[str, str | None]], expected: bool | None
    ) -> None:
        assert first(events=[self.event(*event) for event in events])["febrile_neutropenia"] is expected

    def test_what_was_looked_for_and_absent_or_lies_outside_the_cycle_is_none_of_its(self) -> None:
        absent = self.event("neutropenia", "febrile neutropenia", present=False)
        later = self.event("neutropenia", "febrile neutropenia", day=60)
        assert first(events=[absent, later])["febrile_neutropenia"] is False

    def test_what_happened_on_an_unknown_day_is_perhaps_of_this_cycle(self) -> None:
        undated = [self.event("neutropenia", "febrile neutropenia") | {"event_day": None, "sequence": 3}]
        assert first(cycles=[{**CYCLES[0], "sequence": 1}], events=undated)["febrile_neutropenia"] is None

    def test_what_happened_is_perhaps_of_a_cycle_of_unknown_day(self) -> None:
        happened = (("neutropenia", "febrile neutropenia"), ("transfusion", "red cells"), ("transfusion", "platelets"))
        row = first(cycles=[{"cycle": 1}], events=[self.event(*each) for each in happened])
        for name in ("febrile_neutropenia", "red_cell_transfusion", "platelet_transfusion"):
            assert row[name] is None

    def test_where_events_are_not_recorded_nothing_is_said_to_be_absent(self) -> None:
        row = toxicity(only(patients=PATIENTS, cycles=CYCLES)).to_dicts()[0]
        assert [row[name] for name in ("febrile_neutropenia", "red_cell_transfusion", "platelet_transfusion")] == [
            None
        ] * 3

    def test_transfusions_come_from_the_cycle_or_from_events(self) -> None:
        row = first(
            cycles=[{**CYCLES[0], "red_cell_transfusion": True}], events=[self.event("transfusion", "platelets")]
        )
        assert (row["red_cell_transfusion"], row["platelet_transfusion"]) == (True, True)
        assert first()["platelet_transfusion"] is False

    def test_an_event_that_only_names_platelets_or_red_cells_is_no_transfusion(self) -> None:
        row = first(
            events=[self.event("other toxicity", "platelet refractoriness"), self.event("other", "red cells low")]
        )
        assert (row["red_cell_transfusion"], row["platelet_transfusion"]) == (False, False)

    def test_a_transfusion_of_something_unsaid_leaves_both_open(self) -> None:
        row = first(events=[self.event("transfusion")])
        assert (row["red_cell_transfusion"], row["platelet_transfusion"]) == (None, None)

    def test_a_transfusion_that_one_table_denies_and_another_affirms_is_shown_as_contradicted(self) -> None:
        denied = [{**CYCLES[0], "red_cell_transfusion": False}]
        row = first(cycles=denied, events=[self.event("transfusion", "red cells")])
        assert row["red_cell_transfusion"] is None
        assert row["contradicted"] == ["red_cell_transfusion"]
        assert first(cycles=denied)["contradicted"] == []


class TestTheTableOfThePapers:
    def cohort(self) -> pl.DataFrame:
        people = ["a", "b", "c", "d"]
        ends = {"a": 10, "b": 14, "c": 5}
        counts = [{**count(4, 0.3), "patient_id": p} for p in ends] + [
            {**count(end, 1.5), "patient_id": p} for p, end in ends.items()
        ]
        cycles = [{**CYCLES[0], "patient_id": p} for p in people]
        patients = [{"patient_id": p, "diagnosis_day": -100} for p in people]
        return toxicity(registry(patients=patients, cycles=cycles, counts=counts))

    def test_patients_days_and_denominators_are_printed_with_those_not_evaluable(self) -> None:
        rows = {row["what"]: row for row in toxicity_summary(self.cohort(), [1]).to_dicts()}
        grade_4 = rows["grade 4 neutropenia"]
        assert (grade_4["patients"], grade_4["evaluable"], grade_4["not_evaluable"]) == (3, 3, 1)
        assert grade_4["percent"] == 100
        assert (grade_4["quartile_1_days"], grade_4["median_days"], grade_4["quartile_3_days"]) == (3.5, 6, 8)
        assert rows["grade 3 to 4 thrombocytopenia"]["patients"] == 0
        assert rows["febrile neutropenia"]["evaluable"] == 4

    @pytest.mark.parametrize(("anc", "patients"), [(1.0, 0), (0.99, 1), (0.3, 1)])
    def test_grade_3_begins_below_one_neutrophil_per_nanolitre(self, anc: float, patients: int) -> None:
        made = toxicity(registry(cycles=CYCLES, counts=[count(5, anc), count(20, 3.0)]))
        rows = {row["what"]: row for row in toxicity_summary(made).to_dicts()}
        assert rows["grade 3 to 4 neutropenia"]["patients"] == patients

    def test_a_patient_counts_once_however_many_cycles(self) -> None:
        cycles = [{"cycle": k + 1, "start_day": 28 * k} for k in range(3)]
        counts = [count(5, 0.2), count(9, 2), count(33, 0.2), count(45, 2)]
        made = toxicity(registry(cycles=cycles, counts=counts))
        rows = {row["what"]: row for row in toxicity_summary(made).to_dicts()}
        assert (rows["grade 4 neutropenia"]["patients"], rows["grade 4 neutropenia"]["median_days"]) == (1, 12)

    def test_a_registry_without_cycles_gives_a_table_of_nothing(self) -> None:
        made = toxicity(registry())
        assert made.is_empty()
        summary = toxicity_summary(made)
        assert summary["evaluable"].to_list() == [0] * summary.height
        assert summary["percent"].null_count() == summary.height
