"""The next MRD sample: which schedule, which tissue, between which days, and whether it is overdue."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from asking import check_against_the_second_reading
from remission_patients import MARROWS, asked, cycles_from, due, facts, page

from registries import Row, line, only, registry, remission, sample
from tenfold.assessment import assess
from tenfold.exchange.published import published
from tenfold.guidance.remission.due_samples import COLUMNS, next_samples
from tenfold.guidance.remission.next_sample import (
    AFTER_INTENSIVE,
    AFTER_INTENSIVE_CBF,
    AFTER_STOPPING,
    BEYOND,
    CONFIRM,
    DURING_INTENSIVE,
    EARLY,
    LATER,
    MARROW_TOO,
    NEXT_SAMPLE_SCHEDULE,
    NOT_STATED,
    NUMBERS,
)
from tenfold.guidance.remission.picture import remission_picture, schedules

STOPPED_480 = [line(0, "induction", intensive=False, line=1, end_day=480)]
INTENSIVE = [
    line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=7),
    line(50, "consolidation", "cytarabine", intensive=True, line=2, end_day=100),
]


def marrows(*days: int, level: Any = "neg") -> list[Row]:
    return [sample(day, level) for day in days]


def by_tissue(on: int, **tables: Any) -> dict[str | None, dict[str, Any]]:
    return {row["tissue"]: row for row in due(on, **tables)}


def window(row: dict[str, Any]) -> tuple[Any, Any, Any]:
    return row["earliest_day"], row["latest_day"], row["overdue"]


def test_every_case_gets_the_answers_of_the_second_reading() -> None:
    check_against_the_second_reading(NEXT_SAMPLE_SCHEDULE)


class TestOnVenetoclax:
    def test_to_cycle_4_every_one_to_two_cycles_from_the_first_dose(self) -> None:
        [row] = due(50, **facts(mrd_samples=[], cycles=cycles_from(0, 28)))
        assert row["schedule"] == EARLY
        assert row["tissue"] == "marrow"
        assert window(row) == (28, 56, False)
        assert not row["verified"]

    def test_later_every_two_to_three_from_the_last_marrow(self) -> None:
        [row] = due(**facts())
        assert row["schedule"] == LATER
        assert window(row) == (470 + 56, 470 + 84, False)

    def test_overdue_once_the_days_of_grace_have_passed(self) -> None:
        tables = facts(mrd_samples=marrows(60, 120, 300))
        assert by_tissue(300 + 84 + 7, **tables)["marrow"]["overdue"] is False
        assert by_tissue(300 + 84 + 8, **tables)["marrow"]["overdue"] is True

    def test_a_sample_too_poor_to_be_called_does_not_count_as_taken(self) -> None:
        poor = sample(480, "neg") | {"detected": None, "adequate": False}
        [row] = due(**facts(mrd_samples=[*marrows(*MARROWS), poor]))
        assert row["earliest_day"] == 470 + 56

    def test_a_negative_of_unknown_quality_widens_the_window_and_leaves_overdue_open(self) -> None:
        doubtful = sample(430, "neg", control_copies=None)
        [row] = due(**facts(mrd_samples=[*marrows(60, 300), doubtful]))
        assert window(row) == (300 + 56, 430 + 84, None)

    def test_cycles_that_nobody_recorded_leave_either_schedule_and_the_window_of_both(self) -> None:
        tables = facts()
        del tables["cycles"]
        [row] = due(**tables)
        assert row["schedule"] == f"{EARLY} or {LATER}"
        assert window(row) == (470 + 28, 470 + 84, False)


class TestAfterStopping:
    def test_monthly_for_six_months(self) -> None:
        found = by_tissue(485, **facts(treatments=STOPPED_480))
        assert found["marrow"]["schedule"] == AFTER_STOPPING
        assert window(found["marrow"]) == (510, 510, False)
        assert set(found) == {"marrow", "blood"}

    def test_then_every_two_months(self) -> None:
        days = (*MARROWS, *range(510, 670, 30))
        row = by_tissue(665, **facts(treatments=STOPPED_480, mrd_samples=marrows(*days)))["marrow"]
        assert row["earliest_day"] == 660 + 30
        row = by_tissue(700, **facts(treatments=STOPPED_480, mrd_samples=marrows(*days, 690)))["marrow"]
        assert row["earliest_day"] == 690 + 61

    def test_marrow_and_blood_are_overdue_only_together(self) -> None:
        blood = [sample(day, "neg", tissue="blood") for day in (510, 540)]
        late = facts(treatments=STOPPED_480, mrd_samples=[*marrows(*MARROWS), *blood])
        found = by_tissue(560, **late)
        assert window(found["blood"]) == (570, 570, False)
        assert set(found) == {"blood"}
        assert by_tissue(600, **late)["blood"]["overdue"] is True
        none = facts(treatments=STOPPED_480)
        assert [row["overdue"] for row in by_tissue(516, **none).values()] == [False, False]
        assert [row["overdue"] for row in by_tissue(520, **none).values()] == [True, True]

    def test_blood_taken_in_its_stead_answers_the_marrow(self) -> None:
        rows = [*marrows(*MARROWS), sample(512, "neg", tissue="blood")]
        assert set(by_tissue(515, **facts(treatments=STOPPED_480, mrd_samples=rows))) == {"blood"}

    def test_beyond_24_months_it_is_individual(self) -> None:
        [row] = due(480 + 740, **facts(treatments=STOPPED_480))
        assert row["schedule"] == BEYOND
        assert window(row) == (None, None, None)


class TestAfterIntensiveTreatment:
    def tables(self, *samples: Row, **changed: Any) -> dict[str, list[Row]]:
        return facts(treatments=INTENSIVE, cycles=[], mrd_samples=list(samples), **changed)

    def test_npm1_in_marrow_every_three_months_or_in_blood_every_four_to_six_weeks(self) -> None:
        found = by_tissue(210, **self.tables(*marrows(105, 196), sample(196, "neg", tissue="blood")))
        assert {row["schedule"] for row in found.values()} == {AFTER_INTENSIVE}
        assert window(found["marrow"]) == (196 + 91, 196 + 91, False)
        assert window(found["blood"]) == (196 + 28, 196 + 42, False)
        assert all(row["verified"] for row in found.values())

    def test_a_marrow_is_due_at_the_end_of_consolidation(self) -> None:
        assert by_tissue(120, **self.tables())["marrow"]["earliest_day"] == 100

    def test_core_binding_factor_is_followed_in_blood(self) -> None:
        fusion = {"marker": "RUNX1::RUNX1T1"}
        rows = [{**row, **fusion} for row in (sample(105, "neg"), sample(150, "neg", tissue="blood"))]
        [row] = [r for r in due(160, **self.tables(*rows)) if r["marker"] == "RUNX1::RUNX1T1"]
        assert row["schedule"] == AFTER_INTENSIVE_CBF
        assert (row["tissue"], *window(row)) == ("blood", 178, 192, False)

    def test_before_consolidation_is_over_the_days_are_not_known(self) -> None:
        found = by_tissue(40, **self.tables(responses=[remission(30)]))
        assert {row["schedule"] for row in found.values()} == {DURING_INTENSIVE}
        assert set(found) == {"blood", "marrow"}
        assert all(window(row) == (None, None, None) for row in found.values())

    def test_after_a_graft_no_schedule_is_invented(self) -> None:
        [row] = due(300, **self.tables(*marrows(105), transplants=[{"transplant_day": 150, "donor": "sibling"}]))
        assert row["schedule"] == NOT_STATED

    def test_another_marker_has_no_schedule_but_keeps_its_row(self) -> None:
        rows = [sample(105, "neg"), {**sample(106, "neg"), "marker": "PML::RARA"}]
        assert {row["marker"] for row in due(200, **self.tables(*rows))} == {"NPM1", "PML::RARA"}

    def test_an_end_that_nobody_recorded_gives_no_days(self) -> None:
        open_ended = [INTENSIVE[0], {**INTENSIVE[1], "end_day": None}]
        [row] = due(300, **facts(treatments=open_ended, cycles=[], mrd_samples=marrows(105)))
        assert AFTER_INTENSIVE in row["schedule"]
        assert window(row) == (None, None, None)
        assert row["because"].startswith("not known")


class TestASuspectedRelapse:
    def test_the_second_sample_is_due_within_28_days_of_the_first_positive_one(self) -> None:
        rows = [*marrows(*MARROWS), sample(490, 0.05)]
        [row] = due(**facts(mrd_samples=rows))
        assert (row["tissue"], row["schedule"]) == ("marrow", CONFIRM)
        assert window(row) == (491, 518, False)
        [late] = due(519, **facts(mrd_samples=rows))
        assert late["overdue"] is True

    def test_in_blood_a_marrow_is_asked_for_too(self) -> None:
        blood = [sample(day, "neg", tissue="blood") for day in (300, 400)]
        found = by_tissue(500, **facts(mrd_samples=[*marrows(*MARROWS), *blood, sample(490, 0.05, tissue="blood")]))
        assert found["blood"]["schedule"] == CONFIRM
        assert found["marrow"]["schedule"] == MARROW_TOO
        assert window(found["marrow"]) == (490, 518, False)

    def test_a_first_positive_blood_sample_asks_for_a_marrow(self) -> None:
        rows = [*marrows(300), sample(490, 0.05, tissue="blood")]
        assert by_tissue(500, **facts(mrd_samples=rows))["marrow"]["schedule"] == MARROW_TOO

    def test_a_marrow_taken_since_answers_it(self) -> None:
        rows = [sample(480, 0.05, tissue="blood"), *marrows(490)]
        assert by_tissue(500, **facts(mrd_samples=rows))["marrow"]["schedule"] == LATER

    def test_a_centre_may_repeat_sooner(self) -> None:
        rows = [*marrows(*MARROWS), sample(490, 0.05)]
        tables = facts(mrd_samples=rows)
        made = assess(registry(**tables), on=500)
        sooner = made.settings.changed(mrd__confirm_within=14)
        shown = remission_picture(made.registry, sooner, made.molecular, made.risk, made.diagnosis, 500)
        found = next_samples(schedules(made.molecular, made.diagnosis, shown, 500), made.molecular, sooner, 500)
        assert found["latest_day"].to_list() == [504]


class TestAMolecularRelapse:
    ROWS = (*marrows(60, 120, 200, 290, 380), sample(440, 0.5), sample(460, 1.0))

    def check(self, on: int, since: int = 460, **tables: Any) -> None:
        [row] = due(on, **tables)
        assert row["schedule"] == "in molecular relapse: treat, and sample before and after cycles 1 to 2"
        assert window(row) == (since + 28, since + 56, False)
        assert not row["verified"]

    def test_once_confirmed_a_sample_is_due_one_to_two_cycles_after_the_last(self) -> None:
        self.check(470, **facts(mrd_samples=list(self.ROWS)))
        self.check(470, **facts(mrd_samples=list(self.ROWS), treatments=INTENSIVE, cycles=[]))
        self.check(
            470, **facts(mrd_samples=list(self.ROWS), treatments=[line(0, intensive=False, line=1, end_day=400)])
        )

    def test_while_it_is_treated_the_sample_is_counted_from_the_start_either_confirmed_or_not(self) -> None:
        again = [
            line(0, "induction", intensive=False, line=1, end_day=400),
            line(465, "pre-emptive", intensive=False, line=2),
        ]
        self.check(470, 465, **facts(mrd_samples=list(self.ROWS), treatments=again))
        self.check(470, 465, **facts(mrd_samples=list(self.ROWS[:-1]), treatments=again))

    def test_it_is_overdue_after_two_cycles_and_the_days_of_grace(self) -> None:
        rows = facts(mrd_samples=list(self.ROWS))
        assert [row["overdue"] for on in (460 + 63, 460 + 64) for row in due(on, **rows)] == [False, True]

    def test_a_negative_marrow_after_its_first_cycle_begins_the_schedule_of_the_new_course(self) -> None:
        again = [
            line(0, "induction", intensive=False, line=1, end_day=400),
            line(465, "pre-emptive", intensive=False, line=2),
        ]
        [row] = due(
            500,
            **facts(mrd_samples=[*self.ROWS, *marrows(495)], treatments=again, cycles=cycles_from(*range(0, 400, 40))),
        )
        assert row["schedule"] == EARLY
        assert window(row) == (495 + 28, 495 + 56, False)

    def test_after_an_allograft_it_is_not_under_way_any_more(self) -> None:
        graft = [{"transplant_day": 465, "donor": "sibling"}]
        [row] = due(500, **facts(mrd_samples=list(self.ROWS[:-1]), transplants=graft))
        assert row["schedule"] == NOT_STATED


class TestALevelAtTheTrigger:
    def after(self, *rows: Row, on: int = 200) -> dict[str | None, dict[str, Any]]:
        return by_tissue(on, **facts(treatments=INTENSIVE, cycles=[], mrd_samples=list(rows)))

    @pytest.mark.parametrize("level", [2.0, 3.0])
    def test_persistence_at_200_or_more_asks_for_a_second_sample_of_the_same_tissue(self, level: float) -> None:
        found = self.after(sample(60, 8.0), sample(190, level))
        assert {tissue: row["schedule"] for tissue, row in found.items()} == {"marrow": CONFIRM}
        assert window(found["marrow"]) == (191, 218, False)
        assert "200 NPM1 copies per 10^4 ABL1" in found["marrow"]["because"]

    def test_in_blood_alone_a_marrow_is_asked_for_too(self) -> None:
        found = self.after(sample(190, 3.0, tissue="blood"))
        assert {tissue: row["schedule"] for tissue, row in found.items()} == {"blood": CONFIRM, "marrow": MARROW_TOO}

    def test_in_a_relapse_confirmed_in_blood_a_single_high_marrow_is_still_to_be_confirmed(self) -> None:
        blood = [sample(day, level, tissue="blood") for day, level in ((105, "neg"), (160, 0.01), (185, 0.02))]
        found = self.after(*blood, *marrows(105), sample(185, 3.0))
        assert found["marrow"]["schedule"] == CONFIRM
        assert any(row["schedule"].startswith("in molecular relapse") for row in found.values())

    def test_below_200_or_once_confirmed_the_planned_sample_follows(self) -> None:
        for rows in ((sample(190, 1.99),), (sample(160, 3.0), sample(190, 3.1))):
            assert {row["schedule"] for row in self.after(*rows).values()} == {AFTER_INTENSIVE}

    def test_a_suspected_relapse_at_that_level_is_asked_for_once(self) -> None:
        found = due(200, **facts(treatments=INTENSIVE, cycles=[], mrd_samples=[*marrows(105, 150), sample(190, 3.0)]))
        assert [(row["schedule"], row["latest_day"]) for row in found] == [(CONFIRM, 218)]

    def test_while_venetoclax_is_given_the_planned_sample_follows(self) -> None:
        [row] = due(**facts(mrd_samples=marrows(470, level=3.0)))
        assert row["schedule"] == LATER


class TestThePage:
    def test_an_alternative_whose_other_tissue_was_taken_since_is_not_listed(self) -> None:
        tables = facts(treatments=INTENSIVE, cycles=[], mrd_samples=marrows(105, 200, 290))
        [said] = page(on=300, **tables)["Next sample"]
        assert said.startswith("NPM1 in marrow: on day 381")

    def test_one_day_is_not_said_as_a_span(self) -> None:
        for said in page(on=485, **facts(treatments=STOPPED_480))["Next sample"]:
            assert said.partition(":")[2].startswith(" on day 510 - after stopping")

    def test_in_a_relapse_the_sentence_says_when_and_what_to_do(self) -> None:
        rows = list(TestAMolecularRelapse.ROWS)
        [said] = page(on=470, **facts(mrd_samples=rows))["Next sample"]
        assert said.startswith(
            "NPM1 in marrow: day 488 to day 516 - in molecular relapse: treat, and sample before and"
        )


class TestWhatIsNotKnown:
    def test_outside_remission_haematological_response_leads(self) -> None:
        relapse = [remission(40), {"response_day": 490, "reported_response": "relapse"}]
        [row] = due(**facts(responses=relapse))
        assert row["because"].startswith("outside remission")
        assert row["tissue"] is None

    def test_without_a_day_nothing_is_overdue_and_nothing_on_time(self) -> None:
        assert {row["overdue"] for row in due(None, **facts())} == {None}

    def test_days_that_no_paper_printed_are_never_invented(self) -> None:
        made = assess(published())
        shown = remission_picture(made.registry, made.settings, made.molecular, made.risk, made.diagnosis, None)
        found = next_samples(schedules(made.molecular, made.diagnosis, shown), made.molecular, made.settings, None)
        assert list(found.columns) == list(COLUMNS)
        assert set(found["patient_id"]) >= {"thol-1", "tiong-01", "tiong-12"}
        assert found["latest_day"].null_count() == found.height
        assert found["because"].null_count() == 0

    def test_a_patient_never_sampled_is_on_the_list(self) -> None:
        assert [row["marker"] for row in due(**facts(mrd_samples=[]))] == ["NPM1"]

    def test_without_treatments_recorded_the_schedule_is_open(self) -> None:
        made = assess(
            only(patients=[{"diagnosis_day": -100}], mrd_samples=marrows(60), responses=[remission(40)]), on=500
        )
        shown = remission_picture(made.registry, made.settings, made.molecular, made.risk, made.diagnosis, 500)
        [row] = next_samples(
            schedules(made.molecular, made.diagnosis, shown, 500), made.molecular, made.settings, 500
        ).to_dicts()
        assert row["because"].startswith("not known")


def test_every_number_of_a_schedule_names_its_source() -> None:
    assert all(entry.source for entry in NUMBERS.entries.values())
    assert asked(NEXT_SAMPLE_SCHEDULE, **facts())[NEXT_SAMPLE_SCHEDULE.key] == LATER
    assert "on venetoclax" in NEXT_SAMPLE_SCHEDULE.unverified


rows_of_samples = st.lists(
    st.builds(
        lambda day, level, tissue: sample(day, level, tissue=tissue),
        st.integers(50, 700),
        st.sampled_from(["neg", "neg", "neg", 0.05]),
        st.sampled_from(["marrow", "blood"]),
    ),
    max_size=6,
    unique_by=lambda row: (row["sample_day"], row["tissue"]),
)
few = settings(deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(rows_of_samples, st.sampled_from([STOPPED_480, INTENSIVE, facts()["treatments"]]), st.integers(110, 690))
def test_what_came_after_the_day_never_moves_a_window(rows: list[Row], lines: list[Row], on: int) -> None:
    earlier = [row for row in rows if row["sample_day"] <= on]
    begun = [row if (row.get("end_day") or 0) <= on else {**row, "end_day": None} for row in lines]
    tables = facts(treatments=lines, cycles=[], mrd_samples=rows)
    assert due(on, **tables) == due(on, **facts(treatments=begun, cycles=[], mrd_samples=earlier))


@few
@given(rows_of_samples, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], random: Any) -> None:
    tables = facts(treatments=STOPPED_480, mrd_samples=rows)
    shuffled = {name: random.sample(found, len(found)) for name, found in tables.items()}
    assert due(650, **tables) == due(650, **shuffled)


@few
@given(rows_of_samples, st.sampled_from([STOPPED_480, INTENSIVE]), st.integers(110, 690))
def test_overdue_is_said_only_after_the_window_and_always_long_after(
    rows: list[Row], lines: list[Row], on: int
) -> None:
    for row in due(on, **facts(treatments=lines, cycles=[], mrd_samples=rows)):
        if row["overdue"]:
            assert row["latest_day"] < on
        if row["earliest_day"] is not None and row["latest_day"] is not None:
            assert row["earliest_day"] <= row["latest_day"]


@pytest.mark.parametrize("level", [0.05, 3.0])
def test_a_positive_sample_counts_as_taken(level: Any) -> None:
    [row] = due(**facts(mrd_samples=[*marrows(60, level=level), *marrows(470, level=level)]))
    assert row["earliest_day"] == 470 + 56


def test_the_examples_of_the_page_run() -> None:
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "after-remission.md").read_text("utf-8")
    blocks = [part.split("```")[0] for part in text.split("```python\n")[1:]]
    assert len(blocks) == 2
    for block in blocks:
        exec(block, {})
