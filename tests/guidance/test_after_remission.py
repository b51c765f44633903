"""After remission: observation, maintenance, transplant, the checkpoint at cycle 4, re-challenge and the place on the way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from asking import ask, check_against_the_second_reading
from remission_patients import GENES, MARROWS, asked, counts_on, cycles_from, facts, page, picture, told

from registries import Row, line, remission, sample
from remission_oracles import REMISSION_ORACLES
from tenfold.assessment import assess
from tenfold.evidence.studies import rows as evidence_rows
from tenfold.exchange.published import published
from tenfold.guidance.remission.after_remission import (
    AFTER_REMISSION_QUESTIONS,
    CONFIRM,
    CONSIDERED,
    CYCLE_4,
    DESCRIBED,
    FAVOURED,
    MAINTENANCE,
    MARGINAL,
    MONITOR,
    NEGATIVE,
    NO_RELAPSE,
    NOT_FAVOURED,
    NOT_SAMPLED,
    NOT_STATED,
    OBSERVATION,
    RECHALLENGE,
    RECOMMENDED,
    STILL_POSITIVE,
    TRANSPLANT,
    TRANSPLANT_IN_CR1,
)
from tenfold.guidance.remission.journey import (
    GUIDED,
    INDUCTION,
    JOURNEY,
    JOURNEY_QUESTIONS,
    RELAPSE,
    REMISSION,
    SUSTAINED,
    TREATMENT_FREE,
)
from tenfold.guidance.remission.next_sample import NEXT_SAMPLE_QUESTIONS
from tenfold.guidance.remission.picture import remission_picture
from tenfold.guidance.remission.stopping import STOPPING_QUESTIONS
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.logic.explain import explain

QUESTIONS = (*AFTER_REMISSION_QUESTIONS, *JOURNEY_QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_every_case_gets_the_answers_of_the_second_reading(question: Decision) -> None:
    check_against_the_second_reading(question)


def test_every_question_after_remission_has_a_second_reading_and_its_inputs_in_the_picture() -> None:
    every = (*STOPPING_QUESTIONS, *QUESTIONS, *NEXT_SAMPLE_QUESTIONS)
    assert {question.name for question in every} == set(REMISSION_ORACLES)
    shown = picture(**facts())
    for question in every:
        for item in question.inputs:
            assert item.name in shown.columns, (question.name, item.name)
            expected = shown.schema[item.name]
            assert expected == item.dtype or expected == pl.Null, (question.name, item.name, expected)


@pytest.mark.parametrize("question", AFTER_REMISSION_QUESTIONS, ids=lambda q: q.name)
def test_the_evidence_named_is_in_the_library(question: Decision) -> None:
    said = " ".join([question.citation, question.caution, *(rule.wording + rule.citation for rule in question.rules)])
    named = {word.strip("(),.;:") for word in said.replace("-", " ").split() if word.strip("(),.;:").startswith("EV0")}
    assert named <= set(evidence_rows())


STOPPED = [line(0, "induction", intensive=False, line=1, end_day=480)]
INTENSIVE = [
    line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=7),
    line(50, "consolidation", "cytarabine", intensive=True, line=2, end_day=100),
]
RELAPSING = [*(sample(day, "neg") for day in (60, 120, 200, 290)), sample(440, 0.05), sample(465, 0.08)]
"""Negative, then positive twice: a molecular relapse of low level."""
PROGRESSING = [sample(60, 0.01), sample(200, 0.01), sample(440, 0.5), sample(465, 0.6)]
"""Never negative, then a rise of more than tenfold."""
TREATED_AGAIN = [line(0, "induction", intensive=False, line=1), line(475, "pre-emptive", intensive=False, line=2)]


class TestObservationAndMaintenance:
    def test_isolated_npm1_sustained_and_stable_is_observed(self) -> None:
        assert told(OBSERVATION, **facts()) == FAVOURED
        assert told(MAINTENANCE, **facts()) == NOT_FAVOURED

    def test_three_months_of_negativity_are_neither(self) -> None:
        short = facts(mrd_samples=[sample(day, "neg") for day in (400, 450, 490)])
        assert told(OBSERVATION, **short) == told(MAINTENANCE, **short) == "may be considered"

    @pytest.mark.parametrize(
        "changed",
        [
            {"mrd_samples": [sample(day, 0.05) for day in MARROWS]},
            {"variants": [{"sample_day": -90, "gene": "NPM1"}, {"sample_day": -90, "gene": "RUNX1"}]},
            {
                "cycles": [
                    {
                        **row,
                        "dose_change_reason": "neutropenia" if row["cycle"] == 3 else None,
                        "end_day": row["start_day"] + 27,
                    }
                    for row in cycles_from(*range(0, 470, 42))
                ]
            },
        ],
        ids=["incomplete MRD", "co-mutation", "late recovery"],
    )
    def test_each_of_the_reasons_favours_maintenance(self, changed: dict[str, Any]) -> None:
        assert told(MAINTENANCE, **facts(**changed)) == FAVOURED
        assert told(OBSERVATION, **facts(**changed)) == NOT_FAVOURED

    def test_the_two_are_never_both_favoured(self) -> None:
        rows = [
            {"mrd_positive": positive, "fluctuating": positive, "counts_stable": stable}
            for positive in (True, False)
            for stable in (True, False)
        ]
        for row in rows:
            [one] = ask(OBSERVATION, [row])
            [other] = ask(MAINTENANCE, [row])
            assert {one[OBSERVATION.key], other[MAINTENANCE.key]} != {FAVOURED}

    def test_the_reason_that_holds_is_named_and_no_other(self) -> None:
        variants = [{"sample_day": -90, "gene": "NPM1"}, {"sample_day": -90, "gene": "RUNX1"}]
        for question in (OBSERVATION, MAINTENANCE):
            assert explain(question, asked(question, **facts(variants=variants))).rules == (
                "a co-mutation of high risk",
            )

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"treatments": INTENSIVE, "cycles": []}, "no course of venetoclax was given"),
            ({"transplants": [{"transplant_day": 250, "donor": "sibling"}]}, "already transplanted"),
            ({"mrd_samples": RELAPSING}, "in molecular relapse or progression: options of that branch"),
            ({"mrd_samples": RELAPSING[:-1]}, "in molecular relapse or progression: options of that branch"),
            ({"mrd_samples": PROGRESSING}, "in molecular relapse or progression: options of that branch"),
        ],
        ids=["never on venetoclax", "transplanted", "confirmed relapse", "suspected relapse", "progression"],
    )
    def test_who_is_not_asked(self, changed: dict[str, Any], refusal: str) -> None:
        for question in (OBSERVATION, MAINTENANCE):
            assert refusal in explain(question, asked(question, **facts(**changed))).refused_by

    def test_who_has_stopped_is_still_asked(self) -> None:
        assert told(OBSERVATION, **facts(treatments=STOPPED)) == FAVOURED


class TestTransplant:
    def test_negative_without_genetic_risk_its_benefit_may_be_marginal(self) -> None:
        assert told(TRANSPLANT, **facts()) == MARGINAL
        assert "EV044" in TRANSPLANT.caution

    def test_positive_above_low_level_it_may_be_considered(self) -> None:
        assert told(TRANSPLANT, **facts(mrd_samples=[sample(450, 3.0)])) == CONSIDERED

    def test_low_level_alone_is_monitored(self) -> None:
        assert told(TRANSPLANT, **facts(mrd_samples=[sample(450, 0.05)])) == MONITOR

    def test_exactly_two_percent_is_not_low_level(self) -> None:
        assert told(TRANSPLANT, **facts(mrd_samples=[sample(450, 2.0)])) == CONSIDERED
        copies = {**sample(450, 200.0), "scale": "per_1e4_abl1"}
        assert told(TRANSPLANT, **facts(mrd_samples=[copies])) == CONSIDERED
        assert told(TRANSPLANT, **facts(mrd_samples=[sample(450, 1.99)])) == MONITOR

    def test_after_a_confirmed_molecular_relapse_a_negative_or_low_level_marrow_is_not_without_risk(self) -> None:
        for now in ("neg", 0.005):
            row = asked(TRANSPLANT, **facts(mrd_samples=[*RELAPSING, sample(485, now)], treatments=TREATED_AGAIN))
            assert row[TRANSPLANT.key] == CONSIDERED
            assert explain(TRANSPLANT, row).rules == ("a molecular relapse before",)

    def test_in_a_confirmed_relapse_of_low_level_it_is_not_monitored_alone(self) -> None:
        row = asked(TRANSPLANT, **facts(mrd_samples=RELAPSING))
        assert row[TRANSPLANT.key] == CONSIDERED
        assert explain(TRANSPLANT, row).rules == ("molecular relapse or progression now",)

    def test_a_suspected_relapse_rules_out_a_marginal_benefit_too(self) -> None:
        assert told(TRANSPLANT, **facts(mrd_samples=RELAPSING[:-1])) == CONSIDERED

    def test_a_relapse_that_was_treated_before_its_second_sample_rules_it_out(self) -> None:
        rows = [*RELAPSING[:-1], sample(490, "neg")]
        assert told(TRANSPLANT, **facts(mrd_samples=rows, treatments=TREATED_AGAIN)) == CONSIDERED

    def test_a_suspicion_that_a_second_sample_refuted_does_not(self) -> None:
        assert told(TRANSPLANT, **facts(mrd_samples=[*RELAPSING[:-1], sample(490, "neg")])) == MARGINAL

    def test_a_later_negative_blood_sample_does_not_undo_a_positive_marrow(self) -> None:
        rows = [sample(450, 3.0), sample(480, "neg", tissue="blood")]
        assert told(TRANSPLANT, **facts(mrd_samples=rows)) == CONSIDERED

    def test_blood_alone_never_says_that_npm1_is_negative(self) -> None:
        row = asked(TRANSPLANT, **facts(mrd_samples=[sample(480, "neg", tissue="blood")]))
        assert row["mrd_positive"] is None

    def test_it_is_refused_after_a_graft_and_for_who_is_not_eligible(self) -> None:
        graft = [{"transplant_day": 300, "donor": "sibling"}]
        assert explain(TRANSPLANT, asked(TRANSPLANT, **facts(transplants=graft))).refused_by == (
            "already transplanted",
        )
        no = [{"status_day": 10, "transplant_eligible": True}, {"status_day": 90, "transplant_eligible": False}]
        refused = explain(TRANSPLANT, asked(TRANSPLANT, **facts(status=no))).refused_by
        assert refused == ("not eligible for transplant",)

    def test_eligibility_that_nobody_judged_leaves_it_in_doubt(self) -> None:
        assert asked(TRANSPLANT, **facts(status=[]))[f"{TRANSPLANT.key}_scope"] == "unknown"


class TestTransplantInFirstRemission:
    def test_tp53_with_a_complex_karyotype_is_adverse_and_recommended(self) -> None:
        tables = facts(
            variants=[{"sample_day": -90, "gene": "TP53", "vaf": 0.4}],
            genes_tested=[{"sample_day": -90, "gene": gene} for gene in ("NPM1", "FLT3", "TP53", "CEBPA")],
            karyotypes=[{"sample_day": -90, "iscn": "45,XX,-5,-7,+8,del(17)(p13),t(1;2)(p36;q21)[20]"}],
            treatments=[line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=7)],
        )
        assert told(TRANSPLANT_IN_CR1, **tables) == RECOMMENDED

    def test_for_other_risks_no_answer_is_invented(self) -> None:
        for risk in ("favourable", "intermediate"):
            [said] = ask(TRANSPLANT_IN_CR1, [{"eln_2022_risk": risk}])
            assert said[TRANSPLANT_IN_CR1.key] == NOT_STATED

    def test_it_is_not_asked_after_a_relapse(self) -> None:
        again = [remission(40), {"response_day": 200, "reported_response": "relapse"}, remission(300)]
        row = asked(TRANSPLANT_IN_CR1, **facts(responses=again))
        assert row["in_remission"]
        assert explain(TRANSPLANT_IN_CR1, row).refused_by == ("not in first remission",)


class TestTheCheckpointAtCycle4:
    cycles = cycles_from(0, 28, 56, 84, 120)

    def told(self, *samples: Row, on: int = 200) -> Any:
        return told(CYCLE_4, on=on, **facts(cycles=self.cycles, mrd_samples=list(samples)))

    def test_a_negative_marrow_before_cycle_5_is_negative(self) -> None:
        assert self.told(sample(30, 3.0), sample(118, "neg")) == NEGATIVE
        assert self.told(sample(120, "neg")) == NEGATIVE

    def test_a_positive_marrow_in_cycle_4_is_positive_though_an_earlier_one_was_negative(self) -> None:
        assert self.told(sample(60, "neg"), sample(110, 0.05)) == STILL_POSITIVE

    def test_positive_before_cycle_4_and_not_looked_at_since_is_not_sampled(self) -> None:
        assert self.told(sample(60, 0.05)) == NOT_SAMPLED
        assert self.told(sample(110, "neg", tissue="blood")) == NOT_SAMPLED
        assert self.told(sample(150, "neg")) == NOT_SAMPLED

    def test_a_marrow_of_unknown_quality_leaves_it_open(self) -> None:
        assert {NEGATIVE, NOT_SAMPLED} <= self.told(sample(110, "neg", control_copies=None))

    def test_before_the_end_of_cycle_4_it_is_not_asked(self) -> None:
        row = asked(CYCLE_4, on=100, **facts(cycles=self.cycles))
        assert explain(CYCLE_4, row).refused_by == ("cycle 4 of venetoclax is not over",)

    def test_the_published_figures_are_said(self) -> None:
        assert "84 % negative, 46 % positive (EV038)" in CYCLE_4.caution
        assert "25, 47, about 50 %" in CYCLE_4.caution


class TestReChallenge:
    def told(self, *samples: Row) -> Any:
        rows = [*(sample(day, "neg") for day in MARROWS), *samples]
        return told(RECHALLENGE, on=600, **facts(mrd_samples=rows, treatments=STOPPED))

    def test_without_relapse_there_is_nothing_to_treat(self) -> None:
        assert self.told(sample(510, "neg")) == NO_RELAPSE

    def test_one_positive_sample_is_confirmed_first(self) -> None:
        assert self.told(sample(540, 0.05)) == CONFIRM

    def test_a_confirmed_relapse_after_stopping_gives_the_evidence(self) -> None:
        assert self.told(sample(540, 0.05), sample(560, 0.3)) == DESCRIBED
        assert "Jimenez-Chillon 2024" in RECHALLENGE.citation

    def test_who_goes_on_with_venetoclax_is_not_asked(self) -> None:
        assert explain(RECHALLENGE, asked(RECHALLENGE, **facts())).refused_by == ("venetoclax was not stopped",)


class TestWhereOnTheWay:
    def test_on_treatment_with_mrd_followed_it_is_guided_then_sustained(self) -> None:
        early = facts(mrd_samples=[sample(60, 0.05), sample(120, "neg")], counts=[])
        assert told(JOURNEY, on=130, **early) == GUIDED
        assert told(JOURNEY, **facts()) == SUSTAINED

    def test_before_any_remission_it_is_induction(self) -> None:
        assert told(JOURNEY, on=20, **facts(mrd_samples=[sample(-90, 50.0)])) == INDUCTION

    def test_in_remission_without_a_sample_it_is_remission(self) -> None:
        assert told(JOURNEY, **facts(mrd_samples=[sample(-100, 50.0)])) == REMISSION
        assert told(JOURNEY, **facts(mrd_samples=[sample(-90, 50.0)])) == {REMISSION, GUIDED}

    def test_after_stopping_it_is_treatment_free_remission_until_a_confirmed_relapse(self) -> None:
        rows = [sample(day, "neg") for day in (*MARROWS, 510)]
        assert told(JOURNEY, on=520, **facts(treatments=STOPPED, mrd_samples=rows)) == TREATMENT_FREE
        once = [*rows, sample(540, 0.05)]
        assert told(JOURNEY, on=545, **facts(treatments=STOPPED, mrd_samples=once)) == {RELAPSE, TREATMENT_FREE}
        twice = [*once, sample(560, 0.2)]
        assert told(JOURNEY, on=565, **facts(treatments=STOPPED, mrd_samples=twice)) == RELAPSE

    def test_only_who_has_npm1_followed_and_venetoclax_given_is_on_the_way(self) -> None:
        idh2 = facts(variants=[{"sample_day": -90, "gene": "IDH2"}])
        unmeasured = facts(mrd_samples=[])
        fusion = facts(
            variants=[{"sample_day": -90, "gene": "KIT"}],
            mrd_samples=[{**sample(day, "neg"), "marker": "RUNX1::RUNX1T1"} for day in MARROWS],
        )
        intensive = facts(treatments=INTENSIVE, cycles=[])
        for tables in (idh2, unmeasured, fusion, intensive):
            assert told(JOURNEY, **tables) == set()
        for tables in (idh2, unmeasured, fusion):
            for question in (OBSERVATION, MAINTENANCE, TRANSPLANT, CYCLE_4):
                assert told(question, **tables) == set()

    def test_overt_relapse_is_outside_the_way(self) -> None:
        relapse = [remission(40), {"response_day": 490, "reported_response": "relapse"}]
        assert told(JOURNEY, **facts(responses=relapse)) == set()


class TestThePage:
    def said(self, **changed: Any) -> str:
        return "\n".join(page(**facts(**changed)).get("After remission", []))

    def test_maintenance_is_called_maintenance_with_venetoclax(self) -> None:
        assert "Maintenance with venetoclax: not favoured (isolated NPM1" in self.said()

    @pytest.mark.parametrize(
        "rows",
        [RELAPSING, RELAPSING[:-1], PROGRESSING, [sample(450, 5.0), sample(480, 3.0)]],
        ids=["confirmed relapse", "suspected relapse", "progression", "persistence of 3 %"],
    )
    def test_at_molecular_failure_nothing_is_said_of_what_follows_remission(self, rows: list[Row]) -> None:
        assert not set(page(**facts(mrd_samples=rows, treatments=INTENSIVE, cycles=[]))) - {"Next sample"}

    def test_low_level_persistence_keeps_what_follows_remission(self) -> None:
        low = facts(mrd_samples=[sample(450, 0.5), sample(480, 0.4)], treatments=INTENSIVE, cycles=[])
        assert "After remission" in page(**low)

    def test_in_overt_relapse_nothing_is_said_not_even_of_the_next_sample(self) -> None:
        relapse = [remission(40), {"response_day": 490, "reported_response": "relapse"}]
        assert page(**facts(responses=relapse)) == {}

    def test_a_risk_for_which_no_predicted_relapse_is_printed_is_not_shown(self) -> None:
        genes = [{"sample_day": -90, "gene": gene} for gene in (*GENES, "CEBPA")]
        assert "first remission" not in self.said(
            genes_tested=genes, karyotypes=[{"sample_day": -90, "iscn": "46,XX[20]"}]
        )

    def test_evidence_stands_only_with_the_answer_that_it_supports(self) -> None:
        assert "treatment-free" in self.said().lower()
        positive = self.said(mrd_samples=[sample(day, 0.05) for day in MARROWS])
        assert "Observation after remission: not favoured" in positive
        assert "treatment-free" not in positive.lower()

    def test_off_venetoclax_without_relapse_nothing_is_said_of_giving_it_again(self) -> None:
        again = "Molecular relapse after stopping venetoclax"
        rows = [sample(day, "neg") for day in (*MARROWS, 510)]
        assert again not in page(on=520, **facts(treatments=STOPPED, mrd_samples=rows))
        relapsed = [*rows, sample(540, 0.05), sample(560, 0.2)]
        said = page(on=565, **facts(treatments=STOPPED, mrd_samples=relapsed))
        assert set(said) == {again, "Next sample"}
        assert said[again][0].startswith("Re-challenge with venetoclax: described in case reports")
        assert len(said[again]) > 1
        once = page(on=545, **facts(treatments=STOPPED, mrd_samples=relapsed[:-1]))
        assert len(once[again]) == 1


def test_counts_outside_the_window_do_not_tell_of_stability() -> None:
    old = facts(counts=counts_on(300, 350, 400))
    assert picture(**old)["counts_stable"].to_list() == [None]


def test_every_published_patient_is_asked_and_nobody_who_relapsed_gets_an_answer() -> None:
    made = assess(published())
    shown = remission_picture(made.registry, made.settings, made.molecular, made.risk, made.diagnosis, None)
    said = answer(shown, QUESTIONS)
    assert said["patient_id"].to_list() == made.patients["patient_id"].to_list()
    for row in said.to_dicts():
        if row["in_remission"] is False:
            assert row[OBSERVATION.key] is None
            assert row[TRANSPLANT_IN_CR1.key] is None
            assert not row[f"{JOURNEY.key}_possible"]
