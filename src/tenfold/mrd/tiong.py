"""Tiong's cohorts: molecular persistence, relapse and progression of NPM1-mutated AML after chemotherapy.

Traps: levels are shares of the diagnostic level, not of ABL1; from 1 % no second sample was asked for; persistence is
any detectable transcript after chemotherapy is complete, without an earlier negative.

Tiong et al., Br J Haematol 2021;192:1026-1030, Patients and methods.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from tenfold.logic.criterion import Facts, certain, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.vocabulary import ReportedMRD

TIONG = "Tiong et al., Br J Haematol 2021;192:1026-1030"


def secured(m: Facts) -> Any:
    """Confirmed by a second sample, or high enough to need none."""
    return m.second_sample | m.one_percent


@cache
def cohort(unconfirmed_from: float) -> Decision:
    """Return the decision with a setting's level from which no second sample was asked for (% of diagnosis)."""
    enough = certain(pl.col("level_low_pct") >= unconfirmed_from, pl.col("level_high_pct") >= unconfirmed_from)
    return Decision(
        name="Tiong-cohort",
        edition="TIONG-2021",
        question="Is this molecular persistence, relapse or progression?",
        citation=TIONG,
        inputs=(
            Input("in_remission", "in CR, CRh or CRi"),
            Input("detectable", "transcript detectable"),
            Input("after_chemotherapy", "chemotherapy is complete"),
            Input("earlier_negative", "an earlier negative sample in this remission"),
            Input("tenfold_rise", "rise of at least 1 log10 over the lowest level"),
            Input("second_sample", "confirmed by a second sample"),
            Input("level_low_pct", "level, at least", "number", "% of the diagnostic level", 0),
            Input("level_high_pct", "level, at most", "number", "% of the diagnostic level", 0),
        ),
        criteria=(
            yes_no("in_remission", "In CR, CRh or CRi", citation=TIONG),
            yes_no("detectable", "Transcript detectable", citation=TIONG),
            yes_no("after_chemotherapy", "Chemotherapy complete", citation=TIONG),
            yes_no("earlier_negative", "Negative earlier in this remission", citation=TIONG),
            yes_no("tenfold_rise", "Rise of at least 1 log10 over the lowest level", citation=TIONG),
            yes_no("second_sample", "Confirmed by a second sample", citation=TIONG),
            yes_no("one_percent", f"At least {unconfirmed_from:g} % of the diagnostic level", enough, citation=TIONG),
        ),
        rules=(
            Rule("none", lambda m: ~m.detectable | ~m.in_remission, "nothing detectable in remission", TIONG),
            Rule(ReportedMRD.RELAPSE, lambda m: m.earlier_negative & secured(m), "re-emergent transcript", TIONG),
            Rule(
                ReportedMRD.PROGRESSION,
                lambda m: m.tenfold_rise & ~m.earlier_negative & secured(m),
                "rising transcript",
                TIONG,
            ),
            Rule(
                "unconfirmed",
                lambda m: m.earlier_negative | m.tenfold_rise,
                "too low to go without a second sample",
                TIONG,
            ),
            Rule(ReportedMRD.PERSISTENCE, lambda m: m.after_chemotherapy, "detectable after chemotherapy", TIONG),
            Rule("none", otherwise, "chemotherapy is not complete", TIONG),
        ),
    )


COHORT = cohort(1.0)
