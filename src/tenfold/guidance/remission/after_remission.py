"""After remission of NPM1-mutated AML: observation, maintenance, transplant, the checkpoint at cycle 4, and re-challenge.

Observation and maintenance with venetoclax stand against each other in one review, Molica's, which calls maintenance empirical
rather than evidence-based; neither is an order. They are asked of who had venetoclax in this remission, has no allograft and
is in no molecular relapse or progression. Transplant in first remission by Thol rests on a predicted relapse risk that the paper
does not compute: it is taken as exceeded in ELN 2022 adverse risk, and no answer is given for anyone else.
Traps: low-level persistence alone is no reason for transplant (ELN counts CR MRD-LL as low risk; Tiong treated five such
patients without a comparator), but after a molecular relapse it is not alone, nor is negativity then without risk; the marrow that counts at cycle 4 is the last up to the start of cycle 5, in our reading; what
to do when it is positive the paper does not say; a second molecular relapse after stopping must be confirmed first.

Molica et al., Cancers 2025;17:3733, sections 3 to 5, Tables 1; Thol, Döhner, Ganser, Blood 2024;143:11-20; Othman 2024
(EV037-EV039); NILG (EV044, D-M5); Fraccaroli 2025 (EV045); Jimenez-Chillon 2024 (EV025).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from tenfold.guidance.remission.stopping import (
    CO_MUTATED,
    COUNTS_INPUT,
    EARLIER_RELAPSE,
    EVER_GIVEN,
    GENE_INPUTS,
    IN_REMISSION,
    MOLICA,
    MONTHS_INPUTS,
    NPM1_FOLLOWED,
    NPM1_MEASURED_INPUT,
    RELAPSE_INPUT,
    REMISSION_INPUT,
    RUN_INPUTS,
    STOPPED,
    STOPPING,
    VENETOCLAX_INPUT,
    WORD,
    bounded,
    sustained_criteria,
)
from tenfold.logic.criterion import Facts, yes_no
from tenfold.logic.decision import Decision, Guard, Input, Rule, otherwise
from tenfold.vocabulary import Risk

FAVOURED, NOT_FAVOURED, CONSIDERED = "favoured by this review", "not favoured", "may be considered"
MARGINAL, MONITOR = "benefit may be marginal", "monitor: low-level persistence alone"
THOL = "Thol, Döhner, Ganser, Blood 2024;143:11-20"
NEVER_AN_ORDER = "Never an order. One review's reading of observational data."

SHORT = STOPPING["duration.months_short"]
POSITIVE_INPUT = Input("mrd_positive", "NPM1 positive in the last sample of a tissue")
LOW_LEVEL_INPUT = Input("mrd_low_level", "positive below the limit of low level (2 % of ABL1) only")
DELAYED_INPUT = Input("delayed_recovery", "doses were changed for late haematological recovery")
POSITIVE = yes_no("mrd_positive", "NPM1 positive in the last sample", citation=MOLICA)
NEGATIVE_SHORT = bounded(
    "negative_short",
    f"Negative for at least {SHORT:g} months",
    "negative_months",
    ">=",
    SHORT,
    "months",
    STOPPING.entries["duration.months_short"].source,
)
STABLE = yes_no("counts_stable", "Stable haematological recovery", citation=f"{MOLICA}, 4.2")
DELAYED = yes_no("delayed_recovery", "Doses changed for late recovery", citation=f"{MOLICA}, 4.2 (ii)")
NOT_RELAPSING = Guard(
    yes_no("no_relapse_or_progression", "No molecular relapse or progression", ~pl.col("relapse_or_progression")),
    "in molecular relapse or progression: options of that branch",
)
NOT_TRANSPLANTED = Guard(
    yes_no("not_transplanted", "Not transplanted before", ~pl.col("transplanted")), "already transplanted"
)
PROGRESSION_INPUT = Input("relapse_or_progression", "in molecular relapse, suspected or confirmed, or in progression")
TRANSPLANTED_INPUT = Input("transplanted", "an allograft was given")
CRITERIA = (POSITIVE, CO_MUTATED, EARLIER_RELAPSE, DELAYED, *sustained_criteria(), NEGATIVE_SHORT, STABLE)
REVIEW_INPUTS = (
    *GENE_INPUTS,
    RELAPSE_INPUT,
    *RUN_INPUTS,
    *MONTHS_INPUTS,
    COUNTS_INPUT,
    POSITIVE_INPUT,
    DELAYED_INPUT,
    REMISSION_INPUT,
    VENETOCLAX_INPUT,
    NPM1_MEASURED_INPUT,
    TRANSPLANTED_INPUT,
    PROGRESSION_INPUT,
)


FOR_MAINTENANCE = (
    ("mrd_positive", "MRD positive"),
    ("positive_in_the_run", "incomplete MRD: a positive sample since the first negative marrow"),
    ("blood_positive_after_marrow", "incomplete MRD: blood positive since the last marrow"),
    ("fluctuating", "fluctuating MRD: positive between negatives"),
    ("delayed_recovery", "late recovery with changed doses"),
    ("co_mutation_against", "a co-mutation of high risk"),
    ("earlier_molecular_relapse", "an earlier molecular relapse"),
)
"""Molica's reasons for maintenance, each by its criterion."""


def _sustained(m: Facts) -> Any:
    run = m.enough_marrows & m.gaps_short & m.last_marrow_recent
    return run & m.negative_short & m.counts_stable


SUSTAINED = f"isolated NPM1, negative for {SHORT:g} months or more and sustained, counts stably recovered"


def _holds(name: str) -> Callable[[Facts], Any]:
    return lambda m: getattr(m, name)


def _strategy(name: str, question: str, for_reason: str, for_sustained: str, place: str, extra: str) -> Decision:
    return Decision(
        name=name,
        edition="Molica 2025",
        question=question,
        citation=f"{MOLICA}, Table 1 and {place}",
        caution=f"{NEVER_AN_ORDER} {extra} What sustained and stable mean is Tenfold's reading.",
        inputs=REVIEW_INPUTS,
        criteria=CRITERIA,
        guards=(IN_REMISSION, NPM1_FOLLOWED, EVER_GIVEN, NOT_TRANSPLANTED, NOT_RELAPSING),
        order=(FAVOURED, CONSIDERED, NOT_FAVOURED),
        rules=(
            *(Rule(for_reason, _holds(name), said, f"{MOLICA}, 4.2") for name, said in FOR_MAINTENANCE),
            Rule(for_sustained, _sustained, SUSTAINED, f"{MOLICA}, 4.2"),
            Rule(
                CONSIDERED,
                otherwise,
                "negative without genetic risk, not yet sustained or stable",
                f"{MOLICA}, Table 1",
            ),
        ),
    )


OBSERVATION = _strategy(
    "Observation-after-remission",
    "Is observation favoured over maintenance?",
    NOT_FAVOURED,
    FAVOURED,
    "4.1",
    "Observation asks for MRD monitoring; treatment-free remission at 2 years was 88 % of 22 who stopped (EV040).",
)
MAINTENANCE = _strategy(
    "Maintenance-with-venetoclax",
    "Is maintenance with venetoclax favoured over observation?",
    FAVOURED,
    NOT_FAVOURED,
    "4.2",
    "Maintenance is empirical rather than evidence-based; the registries cited for it hold no such data (D-M6).",
)

TRANSPLANT_GUARDS = (
    IN_REMISSION,
    Guard(yes_no("transplant_eligible", "Judged eligible for transplant"), "not eligible for transplant"),
    NOT_TRANSPLANTED,
)
TRANSPLANT_INPUTS = (
    Input("transplant_eligible", "judged eligible for transplant"),
    TRANSPLANTED_INPUT,
    REMISSION_INPUT,
)
TRANSPLANT = Decision(
    name="Transplant-after-remission",
    edition="Molica 2025",
    question="What speaks for an allogeneic transplant in remission of NPM1-mutated AML?",
    citation=f"{MOLICA}, Table 1 and 4.3; NILG cohort; Fraccaroli 2025",
    caution=(
        f"{NEVER_AN_ORDER} Marginal: 3-year overall survival 89 v 81 % with and without transplant in MRD-negative patients "
        "(EV044, a citation that is another subject's, D-M5). Positive before transplant: more relapse, survival not "
        "significantly worse (EV045)."
    ),
    inputs=(
        *GENE_INPUTS,
        POSITIVE_INPUT,
        LOW_LEVEL_INPUT,
        Input("molecular_relapse_ever", "a molecular relapse before or now, confirmed, treated or suspected"),
        PROGRESSION_INPUT,
        *TRANSPLANT_INPUTS,
        NPM1_MEASURED_INPUT,
    ),
    criteria=(
        CO_MUTATED,
        yes_no("molecular_relapse_ever", "Molecular relapse before, confirmed, treated or suspected", citation=MOLICA),
        yes_no("relapse_or_progression", "Molecular relapse or progression now", citation=MOLICA),
        POSITIVE,
        yes_no("mrd_low_level", "Positive at low level only", citation="FILO 2025"),
    ),
    guards=(*TRANSPLANT_GUARDS, NPM1_FOLLOWED),
    order=(CONSIDERED, MONITOR, MARGINAL),
    rules=(
        Rule(CONSIDERED, lambda m: m.co_mutation_against, "a high-risk mutation", f"{MOLICA}, Table 1"),
        Rule(CONSIDERED, lambda m: m.relapse_or_progression, "molecular relapse or progression now", THOL),
        Rule(CONSIDERED, lambda m: m.molecular_relapse_ever, "a molecular relapse before", THOL),
        Rule(
            MONITOR,
            lambda m: m.mrd_positive & m.mrd_low_level,
            "below 2 % of ABL1: ELN counts CR MRD-LL as low risk; Tiong treated five such patients without a comparator",
            "Heuser et al., Blood 2021;138:2753-2767; Tiong et al., Br J Haematol 2021;192:1026-1030",
        ),
        Rule(CONSIDERED, lambda m: m.mrd_positive, "MRD positive", f"{MOLICA}, Table 1"),
        Rule(MARGINAL, otherwise, "MRD negative without genetic risk", f"{MOLICA}, 4.3; NILG cohort"),
    ),
)

RECOMMENDED, NOT_STATED = "recommended", "not stated: it depends on a predicted relapse risk"
ADVERSE = yes_no("eln_2022_adverse", "ELN 2022 adverse risk", pl.col("eln_2022_risk") == Risk.ADVERSE, citation=THOL)
FIRST_REMISSION = Guard(yes_no("first_remission", "In first remission"), "not in first remission")
TRANSPLANT_IN_CR1 = Decision(
    name="Transplant-in-first-remission",
    edition="Thol 2024",
    question="Is an allogeneic transplant recommended in first remission?",
    citation=f"{THOL}: where the predicted relapse exceeds 35 to 40 %",
    caution="Never an order. ELN 2022 adverse risk is taken as exceeding 35 to 40 %; for other risks the paper gives none.",
    inputs=(
        Input("eln_2022_risk", "ELN 2022 risk", "word", words=tuple(Risk)),
        Input("first_remission", "in first remission"),
        *TRANSPLANT_INPUTS,
    ),
    criteria=(ADVERSE,),
    guards=(FIRST_REMISSION, *TRANSPLANT_GUARDS),
    rules=(
        Rule(RECOMMENDED, lambda m: m.eln_2022_adverse, "predicted relapse taken to exceed 35 to 40 %", THOL),
        Rule(NOT_STATED, otherwise, "no predicted relapse is printed for this risk", THOL),
    ),
)

NEGATIVE, STILL_POSITIVE, NOT_SAMPLED = "negative", "positive", "not sampled"
CYCLE_4 = Decision(
    name="Checkpoint-after-cycle-4",
    edition="Othman 2024 in Molica 2025",
    question="Is NPM1 negative in marrow by the end of cycle 4 of venetoclax?",
    citation=f"{MOLICA}, 3.1 and 3.2; Othman 2024",
    caution=(
        "Overall survival at 2 years 84 % negative, 46 % positive (EV038); negative by cycle 2, 4, 6: 25, 47, about 50 % "
        "(EV039). The last marrow up to the start of cycle 5 counts (Tenfold's reading). To discuss escalation when "
        "positive is Tenfold's suggestion, not the paper's."
    ),
    inputs=(
        Input("cycle_4_sampled", "a marrow was called between the first day of cycle 4 and its end"),
        Input("cycle_4_negative", "the last marrow up to the end of cycle 4 was negative"),
        Input("cycle_4_over", "cycle 4 is over"),
        GENE_INPUTS[0],
        NPM1_MEASURED_INPUT,
    ),
    criteria=(
        yes_no("cycle_4_negative", "Last marrow by the end of cycle 4 negative", citation="Othman 2024"),
        yes_no("cycle_4_sampled", "Marrow called in cycle 4", citation="Othman 2024"),
    ),
    guards=(
        Guard(yes_no("cycle_4_over", "Cycle 4 of venetoclax is over"), "cycle 4 of venetoclax is not over"),
        NPM1_FOLLOWED,
    ),
    rules=(
        Rule(NEGATIVE, lambda m: m.cycle_4_negative, "overall survival at 2 years 84 %", "Othman 2024"),
        Rule(NOT_SAMPLED, lambda m: ~m.cycle_4_sampled, "no marrow tells", "Othman 2024"),
        Rule(STILL_POSITIVE, otherwise, "overall survival at 2 years 46 %", "Othman 2024"),
    ),
)

DESCRIBED, CONFIRM, NO_RELAPSE = (
    "described in case reports and small series",
    "confirm in a second sample first",
    "no molecular relapse after stopping",
)
RECHALLENGE = Decision(
    name="Re-challenge-with-venetoclax",
    edition="Molica 2025",
    question="What is known of giving venetoclax again after a molecular relapse off treatment?",
    citation=f"{MOLICA}, section 5; Jimenez-Chillon 2024",
    caution=(
        f"{NEVER_AN_ORDER} Case reports and small series 'showed high response rates again', without a number; negative in 79 % "
        "of 43 with confirmed molecular relapse, not after stopping (EV025, D-JC)."
    ),
    inputs=(
        Input("relapse_after_stopping", "a molecular relapse is suspected or under way since venetoclax was stopped"),
        Input("relapse_confirmed", "it is confirmed"),
        VENETOCLAX_INPUT,
        GENE_INPUTS[0],
        NPM1_MEASURED_INPUT,
    ),
    criteria=(
        yes_no("relapse_after_stopping", "Molecular relapse since stopping", citation=MOLICA),
        yes_no("relapse_confirmed", "Confirmed in a second sample", citation=THOL),
    ),
    guards=(
        Guard(yes_no("venetoclax_stopped", "Venetoclax was stopped", WORD == STOPPED), "venetoclax was not stopped"),
        NPM1_FOLLOWED,
    ),
    rules=(
        Rule(NO_RELAPSE, lambda m: ~m.relapse_after_stopping, "nothing to treat"),
        Rule(CONFIRM, lambda m: ~m.relapse_confirmed, "one positive sample is to be confirmed rapidly", THOL),
        Rule(
            DESCRIBED,
            otherwise,
            "high response rates again in reported cases",
            f"{MOLICA}, section 5; Jimenez-Chillon 2024",
        ),
    ),
)

AFTER_REMISSION_QUESTIONS: tuple[Decision, ...] = (
    OBSERVATION,
    MAINTENANCE,
    TRANSPLANT,
    TRANSPLANT_IN_CR1,
    CYCLE_4,
    RECHALLENGE,
)
"""What is asked after remission."""
