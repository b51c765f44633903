"""Stopping in the present course, recovery of the counts that comes late, and the page that says so."""

from __future__ import annotations

from typing import Any

import pytest
from remission_patients import EIGHT, GENES, STRICT, asked, counts_on, cycles_from, facts, page, picture

from registries import line, sample
from tenfold.logic.explain import explain

RESTARTED = [
    line(0, "induction", intensive=False, line=1, end_day=300),
    line(400, "pre-emptive", intensive=False, line=2),
]


class TestThePresentCourse:
    def test_after_a_relapse_off_treatment_only_the_cycles_of_the_new_course_count(self) -> None:
        rows = [*(sample(day, "neg") for day in (60, 120, 200, 290)), sample(350, 0.5), sample(370, 1.0)]
        tables = facts(treatments=RESTARTED, mrd_samples=rows, cycles=cycles_from(*range(0, 300, 30)))
        row = asked(EIGHT, on=420, **tables)
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (0, 1)
        assert row["cycle_4_over"] is False
        assert (row["venetoclax"], row["venetoclax_from"]) == ("being given", 400)

    def test_after_a_long_gap_it_is_a_new_course_and_after_a_short_one_the_same(self) -> None:
        cycles = [*cycles_from(*range(0, 300, 30)), {**cycles_from(400)[0], "line": 2}]
        row = asked(EIGHT, **facts(treatments=RESTARTED, cycles=cycles))
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (1, 1)
        soon = [RESTARTED[0], {**RESTARTED[1], "start_day": 330}]
        row = asked(EIGHT, **facts(treatments=soon, cycles=cycles))
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (11, 11)

    @pytest.mark.parametrize(("first", "fourth"), [(1, 484), (3, None)])
    def test_where_numbers_run_on_from_the_course_before_four_is_not_its_fourth_cycle(
        self, first: int, fourth: int | None
    ) -> None:
        before = cycles_from(0, 30)
        now = [
            {**row, "line": 2, "cycle": first + k}
            for k, row in enumerate(cycles_from(*(400 + 28 * k for k in range(6))))
        ]
        row = asked(EIGHT, on=560, **facts(treatments=RESTARTED, cycles=before + now))
        assert row["cycle_4_day"] == fourth

    def test_where_one_of_two_lines_begun_together_goes_on_what_follows_is_the_same_course(self) -> None:
        lines = [
            line(day, "induction", intensive=False, line=number, end_day=end)
            for number, (day, end) in enumerate([(0, 100), (0, None), (300, None)], 1)
        ]
        assert asked(EIGHT, **facts(treatments=lines))["venetoclax_from"] == 0

    def test_a_course_without_a_recorded_end_is_over_once_a_relapse_was_treated_again(self) -> None:
        rows = [*(sample(day, "neg") for day in (60, 120, 200)), sample(350, 0.5), sample(370, 1.0)]
        lines = [{**RESTARTED[0], "end_day": None}, RESTARTED[1]]
        row = asked(EIGHT, on=420, **facts(treatments=lines, mrd_samples=rows))
        assert row["venetoclax_from"] == 400

    @pytest.mark.parametrize(("present", "since"), [(None, 310), (True, 310), (False, 0)])
    def test_a_relapse_that_is_written_down_begins_anew_unless_it_is_denied_also_where_npm1_was_never_measured(
        self, present: bool | None, since: int
    ) -> None:
        lines = [{**RESTARTED[0], "end_day": 295}, {**RESTARTED[1], "start_day": 310}]
        event = {"event_day": 300, "kind": "relapse", "present": present}
        [row] = picture(**facts(treatments=lines, mrd_samples=[], events=[event])).to_dicts()
        assert row["venetoclax_from"] == since

    @pytest.mark.parametrize(("on", "word"), [(None, "stopped"), (480, "being given"), (481, "stopped")])
    def test_venetoclax_is_stopped_from_the_day_after_its_end_and_without_a_day_once_an_end_is_recorded(
        self, on: int | None, word: str
    ) -> None:
        [row] = picture(on, **facts(treatments=[{**RESTARTED[0], "end_day": 480}])).to_dicts()
        assert row["venetoclax"] == word
        assert row["treatment_free"] is (word == "stopped")

    def test_whether_anything_is_given_is_open_where_it_is_open_of_venetoclax(self) -> None:
        """Two cycles were given and no last day is recorded: it may have ended."""
        [row] = picture(
            None, **facts(treatments=[{**RESTARTED[0], "end_day": None, "cycles": 2}], cycles=[])
        ).to_dicts()
        assert row["venetoclax"] is row["treatment_free"] is None

    @pytest.mark.parametrize(("cycles", "over"), [(3, False), (4, None), (5, True)])
    def test_of_four_cycles_without_days_the_fourth_may_be_running_still(self, cycles: int, over: bool | None) -> None:
        lines = [{**RESTARTED[0], "end_day": None, "cycles": cycles}]
        [row] = picture(None, **facts(treatments=lines, cycles=[])).to_dicts()
        assert row["cycle_4_over"] is over

    def test_venetoclax_inside_intensive_induction_is_no_course(self) -> None:
        flag_ven = [
            line(0, "induction", "fludarabine+cytarabine+idarubicin+venetoclax", intensive=True, line=1, end_day=30)
        ]
        row = asked(STRICT, **facts(treatments=flag_ven, cycles=cycles_from(0)))
        assert row["venetoclax"] == "never given"
        assert explain(STRICT, row).refused_by == ("no course of venetoclax was given",)
        assert row["intensive_treatment"]


def reason(said: str, cycle: int = 3) -> list[dict[str, Any]]:
    rows = cycles_from(*range(0, 470, 42))
    return [
        {**row, "end_day": row["start_day"] + 27, "dose_change_reason": said if row["cycle"] == cycle else None}
        for row in rows
    ]


class TestLateRecovery:
    @pytest.mark.parametrize(
        "said", ["shortened on account of the azole", "patient recovered from pneumonia", "recounted tablets"]
    )
    def test_a_word_that_only_contains_another_tells_nothing(self, said: str) -> None:
        assert asked(STRICT, **facts(cycles=reason(said)))["delayed_recovery"] is False

    @pytest.mark.parametrize(
        "said",
        [
            "Neutropenia grade 4",
            "low counts",
            "delayed  recovery",
            "prolonged thrombocytopaenia.",
            "Cytopenia/infection",
        ],
    )
    def test_whole_words_tell_of_late_recovery(self, said: str) -> None:
        assert asked(STRICT, **facts(cycles=reason(said)))["delayed_recovery"] is True

    def test_a_cycle_of_an_earlier_course_tells_nothing_of_this_one(self) -> None:
        second = [{**row, "line": 2, "start_day": 400, "end_day": 427, "cycle": 1} for row in cycles_from(400)]
        tables = facts(
            treatments=RESTARTED, cycles=[*(r for r in reason("neutropenia") if r["start_day"] < 300), *second]
        )
        assert asked(STRICT, **tables)["delayed_recovery"] is False


class TestThePage:
    def lines(self, **changed: Any) -> str:
        return "\n".join(page(**facts(**changed))["Stopping venetoclax"])

    def test_each_criterion_is_said_positively_whether_it_speaks_for_stopping_or_against(self) -> None:
        for said in (
            self.lines(),
            self.lines(mrd_samples=[sample(490, 0.05, tissue="blood")], counts=counts_on(480, 490, anc=0.5)),
        ):
            assert "not: " not in said
        assert "no positive sample of any tissue since" in self.lines()
        poor = self.lines(mrd_samples=[sample(100, "neg"), sample(490, "neg")], counts=counts_on(480, 490, anc=0.5))
        assert "fewer than 3 adequate negative marrows in a row (2)" in poor
        assert "counts not stably recovered" in poor

    def test_without_two_negative_marrows_no_gap_between_them_is_called_short(self) -> None:
        assert "between two of them" not in self.lines(mrd_samples=[sample(490, "neg")])
        assert "between two of them" in self.lines()

    def test_cycles_that_nobody_recorded_are_shown_as_bounds(self) -> None:
        tables = facts(treatments=[line(400, "induction", intensive=False, line=1)], cycles=[])
        said = "\n".join(page(**tables)["Stopping venetoclax"])
        assert "fewer than 8 cycles of venetoclax in this course (0 to 5)" in said

    def test_npm1_with_or_without_a_high_risk_mutation_is_said(self) -> None:
        assert "NPM1 without FLT3-ITD, TP53, ASXL1, RUNX1: yes" in self.lines()
        untested = [{"sample_day": -90, "gene": gene} for gene in GENES if gene != "TP53"]
        assert "NPM1 without FLT3-ITD, TP53, ASXL1, RUNX1: not known" in self.lines(genes_tested=untested)

    @pytest.mark.parametrize(
        ("npm1", "other", "clone"),
        [
            (0.45, 0.40, "founding"),
            (0.15, 0.45, "subclonal"),
            (0.40, 0.95, "founding"),
            (None, 0.4, None),
            (0.4, None, None),
        ],
    )
    def test_a_low_vaf_beside_another_mutation_cautions_of_a_subclone(
        self, npm1: float | None, other: float | None, clone: str | None
    ) -> None:
        variants = [
            {"sample_day": -100, "gene": "NPM1", "vaf": npm1},
            {"sample_day": -100, "gene": "DNMT3A", "vaf": other},
        ]
        assert picture(**facts(variants=variants))["npm1_clone"].to_list() == [clone]
        assert ("a caution only" in self.lines(variants=variants)) == (clone is not None)

    def test_evidence_is_shown_only_with_the_answer_that_it_supports(self) -> None:
        assert "Othman" in self.lines()
        not_yet = self.lines(counts=counts_on(480, 495, anc=0.7))
        assert "not yet" in not_yet
        assert "Othman" not in not_yet
