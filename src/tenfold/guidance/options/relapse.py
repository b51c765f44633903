"""Options and steps in relapsed or refractory AML: after intensive treatment, after HMA/venetoclax, and for the unfit.

Traps: after a hypomethylating agent with venetoclax, other chemotherapy does not help, and best supportive care stands beside
targeted drugs, neither before the other; IDH inhibitors are approved by the FDA only; two targets give two options without
a rank; a mutation known only from the first diagnosis is not known now; approvals newer than the review are asked of the
day of the assessment and are not part of its ranking.

Thol, Döhner, Ganser, Blood 2024;143:11-20.
"""

from __future__ import annotations

from typing import Any

from tenfold.guidance.options.standing import (
    CONFIRMING,
    MOLECULAR,
    THOL,
    Standing,
    Step,
    after_hma_venetoclax,
    after_transplant,
    failing,
    only_low,
    option,
    step,
    unconfirmed,
)
from tenfold.logic.criterion import Facts
from tenfold.logic.decision import Decision, Rule

GRAFTED = ("overt", "prior_transplant")
BEFORE = (*GRAFTED, "prior_hma_venetoclax")
TARGETS = ("FLT3", "IDH1", "IDH2")


def _relapsed(m: Facts) -> Any:
    return m.overt | m.mrd_relapse


def _failing_or_overt(m: Facts) -> Any:
    return m.overt | failing(m)


REPEAT_GENETICS = step(
    "repeat the molecular analysis",
    ("overt", "mrd_relapse", "genetics_repeated"),
    Rule(Step.DONE, lambda m: _relapsed(m) & m.genetics_repeated, "repeated since the relapse"),
    Rule(Step.NOW, _relapsed, "clones change: a mutation may be new, or gone", THOL),
)
DONOR_SEARCH = step(
    "search for a donor",
    (*MOLECULAR, "transplant_eligible", "prior_transplant"),
    Rule(Step.DONE, lambda m: _failing_or_overt(m) & m.prior_transplant, "a donor is known from the transplant"),
    Rule(Step.NOW, lambda m: _failing_or_overt(m) & m.transplant_eligible, "at once, if not already done", THOL),
)
CONFIRM = step(
    "confirm by a second sample of the same tissue",
    (*MOLECULAR, "confirmation_open", "mrd_relapse_confirmed", *CONFIRMING),
    Rule(
        Step.NOW,
        lambda m: ~m.overt & ((m.confirmation_open & ~m.mrd_relapse_confirmed) | unconfirmed(m)),
        "a molecular relapse is rapidly confirmed, and so is a level that would lead to transplant",
        THOL,
    ),
)
SAMPLE_MARROW = step(
    "sample the marrow, too",
    ("overt", "blood_only_at_trigger"),
    Rule(
        Step.NOW,
        lambda m: ~m.overt & m.blood_only_at_trigger,
        "the level that leads to transplant was found in marrow; so far it is known of blood only",
        "Krönke et al., J Clin Oncol 2011;29:2709-2716, as Thol et al. cite it",
    ),
)
WATCH = step(
    "watch: repeat the sample, no treatment for this alone",
    MOLECULAR,
    Rule(
        Step.NOW,
        only_low,
        "persistence below 2 % is low risk by ELN; it was treated in five patients without a comparator",
        "Tiong et al., Br J Haematol 2021;192:1026-1030",
    ),
)
TALK_GOALS = step(
    "talk about goals, quality of life and symptom control",
    ("overt", "prior_hma_venetoclax", "transplant_eligible"),
    Rule(
        Step.NOW,
        lambda m: m.overt & (m.prior_hma_venetoclax | ~m.transplant_eligible),
        "a transparent discussion of what can and cannot be achieved",
        THOL,
    ),
)
CLINICAL_TRIAL = option(
    "clinical trial",
    MOLECULAR,
    Rule(Standing.FIRST, _failing_or_overt, "the first priority in relapsed or refractory disease", THOL),
    named="a clinical trial",
)
BEST_SUPPORTIVE_CARE = option(
    "best supportive care",
    ("overt", "prior_hma_venetoclax", "transplant_eligible"),
    Rule(
        Standing.SECOND,
        after_hma_venetoclax,
        "for many patients after a hypomethylating agent and venetoclax it may be preferred",
        THOL,
    ),
    Rule(Standing.THIRD, lambda m: m.overt & ~m.transplant_eligible, "where transplant is no aim", THOL),
)


def targeted(name: str, target: str) -> Decision:
    """Return the option of an inhibitor of one mutated gene."""

    def hit(m: Facts) -> Any:
        return m.overt & getattr(m, target)

    return option(
        name,
        (*GRAFTED, target),
        Rule(Standing.THIRD, lambda m: hit(m) & m.prior_transplant, "after transplant", THOL),
        Rule(Standing.SECOND, hit, "for an actionable target", THOL),
    )


GILTERITINIB = targeted("gilteritinib", "FLT3")
IVOSIDENIB = targeted("ivosidenib", "IDH1")
OLUTASIDENIB = targeted("olutasidenib", "IDH1")
ENASIDENIB = targeted("enasidenib", "IDH2")
SINCE = "approved since the review was written"
IN_TRIALS = "the review names menin inhibitors in early trials"
REVUMENIB = option(
    "revumenib",
    ("overt", "NPM1", "KMT2A_rearranged", "revumenib_for_NPM1", "revumenib_for_KMT2A"),
    Rule(
        Standing.NEWER,
        lambda m: m.overt & ((m.NPM1 & m.revumenib_for_NPM1) | (m.KMT2A_rearranged & m.revumenib_for_KMT2A)),
        SINCE,
    ),
    Rule(Standing.STUDIED, lambda m: m.overt & (m.NPM1 | m.KMT2A_rearranged), IN_TRIALS, THOL),
)
ZIFTOMENIB = option(
    "ziftomenib",
    ("overt", "NPM1", "KMT2A_rearranged", "ziftomenib_for_NPM1"),
    Rule(Standing.NEWER, lambda m: m.overt & m.NPM1 & m.ziftomenib_for_NPM1, SINCE),
    Rule(Standing.STUDIED, lambda m: m.overt & (m.NPM1 | m.KMT2A_rearranged), IN_TRIALS, THOL),
)


def _target(m: Facts) -> Any:
    return m.FLT3 | m.IDH1 | m.IDH2


SALVAGE_CHEMOTHERAPY = option(
    "salvage chemotherapy",
    (*BEFORE, "fit_for_intensive", *TARGETS),
    Rule(
        Standing.NOT_FAVOURED,
        after_hma_venetoclax,
        "after a hypomethylating agent and venetoclax, other chemotherapy is of no benefit",
        THOL,
    ),
    Rule(Standing.NO, lambda m: m.overt & ~m.fit_for_intensive, "for fit patients only", THOL),
    Rule(Standing.THIRD, after_transplant, "after transplant", THOL),
    Rule(Standing.THIRD, lambda m: m.overt & _target(m), "named for patients without an actionable target", THOL),
    Rule(Standing.SECOND, lambda m: m.overt, "fit, without an actionable target", THOL),
)
SALVAGE_WITH_VENETOCLAX = option(
    "salvage chemotherapy with venetoclax",
    ("overt", "prior_venetoclax", "fit_for_intensive"),
    Rule(
        Standing.STUDIED,
        lambda m: m.overt & ~m.prior_venetoclax & m.fit_for_intensive,
        "FLAG-IDA or FLA-IDA with venetoclax: no randomised trial",
        THOL,
    ),
)
SEQUENTIAL_CONDITIONING = option(
    "sequential conditioning",
    (*GRAFTED, "transplanted_since", "transplant_eligible"),
    Rule(
        Standing.STUDIED,
        lambda m: m.overt & ~m.prior_transplant & ~m.transplanted_since & m.transplant_eligible,
        "with a donor ready: in a randomised trial, remissions after transplant were alike with and without induction",
        THOL,
    ),
    named="sequential conditioning without inducing a remission first",
)
HMA_VENETOCLAX = option(
    "hypomethylating agent with venetoclax",
    ("overt", "prior_transplant", "prior_venetoclax", "fit_for_intensive"),
    Rule(Standing.NO, lambda m: m.overt & m.prior_venetoclax, "venetoclax was given before, or is"),
    Rule(
        Standing.NAMED,
        after_transplant,
        "after transplant: such patients are in the registry of VEN-PRS",
        "Shahswar et al., Leukemia 2025;39:614-622",
    ),
    Rule(
        Standing.SECOND,
        lambda m: m.overt & ~m.fit_for_intensive,
        "unfit for intensive treatment, venetoclax never given",
        "Shahswar et al., Leukemia 2025;39:614-622",
    ),
    Rule(Standing.STUDIED, lambda m: m.overt, "as a bridge to transplant", THOL),
)
GEMTUZUMAB = option(
    "gemtuzumab ozogamicin",
    ("overt", "CD33"),
    Rule(Standing.NAMED, lambda m: m.overt & m.CD33, "listed for CD33-positive disease, single agent", THOL),
)

STEPS = (REPEAT_GENETICS, DONOR_SEARCH, CONFIRM, SAMPLE_MARROW, WATCH, TALK_GOALS)
OPTIONS = (
    CLINICAL_TRIAL,
    GILTERITINIB,
    IVOSIDENIB,
    OLUTASIDENIB,
    ENASIDENIB,
    REVUMENIB,
    ZIFTOMENIB,
    SALVAGE_CHEMOTHERAPY,
    SALVAGE_WITH_VENETOCLAX,
    SEQUENTIAL_CONDITIONING,
    HMA_VENETOCLAX,
    GEMTUZUMAB,
    BEST_SUPPORTIVE_CARE,
)
