"""Whether venetoclax may be stopped: every published duration against a second reading, and patients told in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from asking import check_against_the_second_reading
from remission_patients import (
    GENES,
    MARROWS,
    SIX,
    STRICT,
    TODAY,
    TWELVE,
    asked,
    assessed,
    counts_on,
    cycles_from,
    facts,
    page,
    picture,
    told,
)

from registries import line, only, remission, sample
from tenfold.assessment import assess
from tenfold.exchange.published import published
from tenfold.guidance.remission.picture import remission_picture
from tenfold.guidance.remission.stopping import (
    CONSIDERED,
    NOT_SUPPORTED,
    NOT_YET,
    STOPPING,
    STOPPING_BY_DURATION,
    STOPPING_QUESTIONS,
    stopping_questions,
)
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.logic.explain import explain
from tenfold.settings import DEFAULTS

by_duration = pytest.mark.parametrize("question", STOPPING_QUESTIONS, ids=lambda q: q.name)


@by_duration
def test_every_case_gets_the_answers_of_the_second_reading(question: Decision) -> None:
    check_against_the_second_reading(question)


@by_duration
def test_it_is_never_an_order_and_says_the_schedule_that_must_be_planned(question: Decision) -> None:
    assert "Never an order" in question.caution
    assert "monthly for the first 6 months, then every 2 months" in question.caution
    assert set(question.answers) == {CONSIDERED, NOT_YET, NOT_SUPPORTED}
    assert all(rule.citation for rule in question.rules)


def test_a_patient_of_whom_everything_holds_may_be_considered_by_every_duration() -> None:
    assert [told(question, **facts()) for question in STOPPING_QUESTIONS] == [CONSIDERED] * 4


def test_the_strict_reading_is_shown_first_and_a_centre_may_choose_another() -> None:
    assert any("(duration: strict)" in text for text in page(**facts())["Stopping venetoclax"])
    chosen = DEFAULTS.changed(guidance__stopping_duration="8 cycles")
    told_ = page(settings=chosen, **facts())["Stopping venetoclax"]
    assert any("(duration: 8 cycles)" in text for text in told_)
    assert not any("negative for at least 12 months" in text for text in told_)


def test_eight_months_negative_after_six_cycles_is_enough_for_one_duration_only() -> None:
    tables = facts(
        mrd_samples=[sample(day, "neg") for day in (250, 330, 410, 495)], cycles=cycles_from(0, 60, 120, 200, 300, 400)
    )
    assert [told(question, **tables) for question in STOPPING_QUESTIONS] == [NOT_YET, NOT_YET, CONSIDERED, NOT_YET]


def test_a_year_of_365_days_is_twelve_months() -> None:
    negative = [sample(day, "neg") for day in (120, 241, 362, 485)]
    assert told(TWELVE, **facts(mrd_samples=negative)) == CONSIDERED
    assert told(TWELVE, **facts(mrd_samples=[sample(day, "neg") for day in (124, 241, 362, 485)])) == NOT_YET


@pytest.mark.parametrize("gene", ["TP53", "ASXL1", "RUNX1"])
def test_a_high_risk_co_mutation_is_not_supported(gene: str) -> None:
    variants = [{"sample_day": -90, "gene": name} for name in ("NPM1", gene)]
    assert told(STRICT, **facts(variants=variants)) == NOT_SUPPORTED
    assert picture(**facts(variants=variants))["isolated_npm1"].to_list() == [False]


def test_flt3_itd_counts_whatever_its_ratio_unless_the_centre_asks_for_a_high_one() -> None:
    def row(ratio: float, **numbers: Any) -> dict[str, Any]:
        variants = [
            {"sample_day": -90, "gene": "NPM1"},
            {"sample_day": -90, "gene": "FLT3", "kind": "ITD", "allelic_ratio": ratio},
        ]
        made = assessed(**facts(variants=variants))
        shown = remission_picture(
            made.registry, made.settings, made.molecular, made.risk, made.diagnosis, TODAY, STOPPING.changed(**numbers)
        )
        [said] = answer(shown, [STRICT]).to_dicts()
        return said

    assert row(0.2)[STRICT.key] == NOT_SUPPORTED
    assert row(0.2, genes__flt3_itd="high ratio")[STRICT.key] == CONSIDERED
    assert row(0.7, genes__flt3_itd="high ratio")[STRICT.key] == NOT_SUPPORTED


def test_a_gene_that_was_not_tested_leaves_it_open_and_npm1_unproven_as_isolated() -> None:
    untested = [{"sample_day": -90, "gene": gene} for gene in GENES if gene != "ASXL1"]
    row = asked(STRICT, **facts(genes_tested=untested))
    assert set(row[f"{STRICT.key}_possible"]) == {CONSIDERED, NOT_SUPPORTED}
    assert row[f"{STRICT.key}_decided_by"] == ["co_mutation_against"]
    assert row["isolated_npm1"] is None
    assert picture(**facts())["isolated_npm1"].to_list() == [True]


def test_a_mutation_found_later_speaks_against_stopping_too() -> None:
    found = [{"sample_day": -90, "gene": "NPM1"}, {"sample_day": 450, "gene": "TP53"}]
    assert told(STRICT, **facts(variants=found)) == NOT_SUPPORTED
    assert told(SIX, on=430, **facts(variants=found, counts=counts_on(400, 425))) == CONSIDERED


def test_leukaemia_without_npm1_has_no_validated_marker_even_with_idh2() -> None:
    row = asked(STRICT, **facts(variants=[{"sample_day": -90, "gene": "IDH2"}]))
    assert row[STRICT.key] == NOT_SUPPORTED
    assert "not supported by a validated marker (Chua observational)" in explain(STRICT, row).rules


class TestWhoIsAsked:
    def test_outside_remission_it_is_refused(self) -> None:
        relapse = [remission(40), {"response_day": 450, "reported_response": "relapse"}]
        assert explain(STRICT, asked(STRICT, **facts(responses=relapse))).refused_by[0] == "outside remission"

    def test_who_has_stopped_already_is_told_so(self) -> None:
        stopped = [line(0, "induction", intensive=False, line=1, end_day=480)]
        assert explain(STRICT, asked(STRICT, **facts(treatments=stopped))).refused_by == ("already stopped",)

    def test_before_its_last_day_is_known_venetoclax_is_still_given(self) -> None:
        stopped = [line(0, "induction", intensive=False, line=1, end_day=480)]
        tables = facts(treatments=stopped, counts=counts_on(460, 470))
        assert asked(STRICT, on=479, **tables)["venetoclax"] == "being given"
        assert told(STRICT, on=479, **tables) == CONSIDERED

    def test_who_never_had_venetoclax_is_not_asked(self) -> None:
        intensive = [line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=7)]
        row = asked(STRICT, **facts(treatments=intensive, cycles=[]))
        assert explain(STRICT, row).refused_by == ("no course of venetoclax was given",)

    def test_without_lines_of_treatment_recorded_it_is_not_known_whether_it_applies(self) -> None:
        made = only(patients=[{"diagnosis_day": -100}], mrd_samples=[sample(60, "neg")], responses=[remission(40)])
        got = assess(made, on=TODAY)
        shown = remission_picture(got.registry, got.settings, got.molecular, got.risk, got.diagnosis, TODAY)
        [row] = answer(shown, [STRICT]).to_dicts()
        assert row["venetoclax"] is None
        assert row[f"{STRICT.key}_scope"] == "unknown"


class TestNotYet:
    def rules(self, **changed: Any) -> tuple[str, ...]:
        row = asked(STRICT, **facts(**changed))
        assert row[STRICT.key] == NOT_YET
        return explain(STRICT, row).rules

    def test_two_negative_marrows_are_not_sustained(self) -> None:
        [rule] = self.rules(mrd_samples=[sample(day, "neg") for day in (100, 490)])
        assert rule == "fewer than 3 adequate negative marrows in a row"

    def test_a_gap_of_more_than_four_months_is_not_sustained(self) -> None:
        [rule] = self.rules(mrd_samples=[sample(day, "neg") for day in (60, 120, 300, 400, 480)])
        assert rule == "more than 4 months between two of them"

    def test_a_last_marrow_older_than_eight_weeks_is_too_old(self) -> None:
        [rule] = self.rules(mrd_samples=[sample(day, "neg") for day in (60, 150, 250, 350, 440)])
        assert rule == "the last of them more than 56 days old"

    def test_blood_negative_never_stands_for_marrow(self) -> None:
        blood = [sample(day, "neg", tissue="blood") for day in MARROWS]
        assert self.rules(mrd_samples=blood)[0].startswith("fewer than 3")

    def test_a_positive_blood_sample_after_the_last_marrow(self) -> None:
        after = [*facts()["mrd_samples"], sample(490, 0.02, tissue="blood")]
        assert self.rules(mrd_samples=after) == ("a positive sample since",)

    def test_a_positive_marrow_begins_the_run_anew_and_is_called_fluctuating_once_negative_again(self) -> None:
        once = [sample(day, "neg") for day in (60, 120, 350, 400, 440, 490)]
        fluctuating = [*once, sample(200, "det")]
        row = asked(SIX, **facts(mrd_samples=fluctuating))
        assert row["negative_marrows_low"] == 4
        assert row["fluctuating"]
        assert row[SIX.key] == NOT_YET

    def test_a_confirmed_relapse_that_became_negative_again_speaks_against_stopping_and_is_not_called_fluctuating(
        self,
    ) -> None:
        relapse = [sample(200, 0.5), sample(228, 1.5)]
        negative = [sample(day, "neg") for day in (60, 120, 350, 400, 440, 490)]
        row = asked(SIX, **facts(mrd_samples=[*negative, *relapse]))
        assert row["earlier_molecular_relapse"] is True
        assert row["fluctuating"] is False
        assert row[SIX.key] == "not supported"

    def test_counts_below_those_of_a_remission(self) -> None:
        assert self.rules(counts=counts_on(480, 495, anc=0.7)) == ("counts not stably recovered",)

    def test_seven_cycles_are_one_too_few(self) -> None:
        [rule] = self.rules(cycles=cycles_from(*range(0, 490, 70)))
        assert rule == "fewer than 8 cycles of venetoclax in this course"

    def test_negative_samples_too_poor_to_be_called_do_not_count(self) -> None:
        poor = [sample(day, "neg", control_copies=1000) for day in MARROWS]
        assert self.rules(mrd_samples=poor)[0].startswith("fewer than 3")


class TestWhatIsNotKnown:
    def test_negatives_of_unknown_quality_leave_it_open(self) -> None:
        unknown = [sample(day, "neg", control_copies=None) for day in MARROWS]
        row = asked(STRICT, **facts(mrd_samples=unknown))
        assert (row["negative_marrows_low"], row["negative_marrows_high"]) == (0, 6)
        assert set(row[f"{STRICT.key}_possible"]) == {CONSIDERED, NOT_YET}

    def test_one_sample_without_a_call_may_be_positive_or_one_more_negative(self) -> None:
        open_ = sample(290, "neg") | {"detected": None}
        rows = [*(sample(day, "neg") for day in MARROWS if day != 290), open_]
        row = asked(STRICT, **facts(mrd_samples=rows))
        assert (row["negative_marrows_low"], row["negative_marrows_high"]) == (2, 6)
        assert row["positive_in_the_run"] is None
        assert set(row[f"{STRICT.key}_possible"]) == {CONSIDERED, NOT_YET}

    def test_a_sample_found_too_poor_to_call_is_skipped(self) -> None:
        poor = sample(430, "neg") | {"detected": None, "adequate": False}
        rows = [*facts()["mrd_samples"], poor]
        assert told(STRICT, **facts(mrd_samples=rows)) == CONSIDERED

    def test_cycles_that_nobody_recorded_leave_their_number_open(self) -> None:
        tables = facts()
        del tables["cycles"]
        row = asked(STRICT, **tables)
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (0, TODAY // 21 + 1)
        assert row[f"{STRICT.key}_decided_by"] == ["cycles_8"]
        assert told(TWELVE, **tables) == CONSIDERED

    def test_counts_that_nobody_took_leave_recovery_open(self) -> None:
        assert asked(STRICT, **facts(counts=[]))[f"{STRICT.key}_decided_by"] == ["counts_stable"]

    def test_without_a_day_nothing_is_recent(self) -> None:
        row = asked(STRICT, on=None, **facts())
        assert row["last_marrow_days_low"] is None
        assert CONSIDERED in row[f"{STRICT.key}_possible"]
        assert row[STRICT.key] is None


def test_a_confirmed_molecular_relapse_before_is_not_supported_and_names_who_stopped_after_one() -> None:
    rows = [sample(day, "neg") for day in (-400, -330)]
    rows += [sample(day, level) for day, level in ((-60, 0.05), (-40, 0.3))]
    rows += [sample(day, "neg") for day in MARROWS]
    tables = facts(
        patients=[{"diagnosis_day": -700}],
        variants=[{"sample_day": -700, "gene": "NPM1"}],
        genes_tested=[{"sample_day": -700, "gene": gene} for gene in GENES],
        mrd_samples=rows,
        responses=[remission(-600)],
        treatments=[
            line(-690, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=-680),
            line(0, intensive=False, line=2),
        ],
        cycles=[{**row, "line": 2} for row in cycles_from(*range(0, 490, 42))],
    )
    row = asked(STRICT, **tables)
    assert row["earlier_molecular_relapse"]
    assert row[STRICT.key] == NOT_SUPPORTED
    [rule] = explain(STRICT, row).rules
    assert "Jimenez-Chillon's series" in rule
    assert "in FILO (2, still negative)" in rule


def test_a_relapse_that_was_never_confirmed_leaves_it_open() -> None:
    rows = [sample(day, "neg") for day in (-90, -60)] + [sample(-10, 0.05)] + [sample(day, "neg") for day in MARROWS]
    row = asked(
        STRICT, **facts(mrd_samples=rows, responses=[remission(-95)], treatments=[line(0, intensive=False, line=1)])
    )
    assert row["earlier_molecular_relapse"] is None
    assert row[STRICT.key] is None or row[STRICT.key] == NOT_YET


def test_a_centre_may_ask_for_more_marrows() -> None:
    stricter = stopping_questions(STOPPING.changed(sustained__marrows=7))["strict"]
    assert told(stricter, **facts()) == NOT_YET


def test_an_allograft_begins_the_run_anew() -> None:
    row = asked(STRICT, **facts(transplants=[{"transplant_day": 250, "donor": "matched unrelated"}]))
    assert row["negative_marrows_high"] == 3
    assert row["negative_months_high"] < 12


def test_no_published_patient_may_be_considered_without_doubt() -> None:
    """Nobody published the days, samples and counts that it would take."""
    made = assess(published())
    shown = remission_picture(made.registry, made.settings, made.molecular, made.risk, made.diagnosis, None)
    assert shown.height == 15
    said = answer(shown, STOPPING_QUESTIONS)
    for question in STOPPING_BY_DURATION.values():
        assert CONSIDERED not in said[question.key].to_list()
    by_id = {row["patient_id"]: row for row in said.to_dicts()}
    assert by_id["thol-1"][f"{STRICT.key}_scope"] == "no"
