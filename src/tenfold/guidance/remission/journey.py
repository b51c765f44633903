"""Where on the way a patient with NPM1-mutated AML is, from induction to treatment-free remission.

The continuum of Molica's Figure 2, whose picture was read by its caption and the text only: the borders between its stations
are Tenfold's reading. Only who has NPM1 followed by PCR, and a course of venetoclax, is on this way. A suspected molecular relapse leaves the station open until it is confirmed.

Molica et al., Cancers 2025;17:3733, Figure 2.
"""

from __future__ import annotations

import polars as pl

from tenfold.guidance.remission.after_remission import NEGATIVE_SHORT
from tenfold.guidance.remission.stopping import (
    EVER_GIVEN,
    GIVEN,
    MOLICA,
    MONTHS_INPUTS,
    NPM1_FOLLOWED,
    NPM1_MEASURED_INPUT,
    RUN_INPUTS,
    STOPPED,
    VENETOCLAX_INPUT,
    VENETOCLAX_WORDS,
    sustained_criteria,
)
from tenfold.logic.criterion import Criterion, yes_no
from tenfold.logic.decision import Decision, Guard, Input, Rule, otherwise

STATIONS = (
    "induction",
    "remission",
    "MRD-guided treatment",
    "sustained negativity",
    "treatment-free remission",
    "molecular relapse",
)
INDUCTION, REMISSION, GUIDED, SUSTAINED, TREATMENT_FREE, RELAPSE = STATIONS
FIGURE = f"{MOLICA}, Figure 2 (borders: Tenfold's reading)"
VENETOCLAX = Criterion(
    "venetoclax_now",
    "Venetoclax",
    pl.col("venetoclax").replace_strict(
        {word: position for position, word in enumerate(VENETOCLAX_WORDS)}, default=None, return_dtype=pl.Int8
    ),
    levels=VENETOCLAX_WORDS,
    citation=MOLICA,
)
NOT_OVERT = Guard(
    yes_no("not_overt", "Not relapsed or refractory", ~pl.col("relapsed_or_refractory")),
    "relapsed or refractory: outside this way",
)
RUN = ("enough_marrows", "gaps_short", "last_marrow_recent", "positive_in_the_run", "blood_positive_after_marrow")

JOURNEY = Decision(
    name="Where-in-the-journey",
    edition="Molica 2025, Figure 2",
    question="Where between induction and treatment-free remission is the patient?",
    citation=FIGURE,
    caution="A place on the way, no advice. Borders between the stations are Tenfold's reading of the figure's caption.",
    inputs=(
        Input("before_first_remission", "no remission has been reached"),
        Input("in_molecular_relapse", "in a confirmed molecular relapse"),
        Input("treatment_free", "nothing is given against the leukaemia any more"),
        Input("transplanted", "an allograft was given"),
        Input("mrd_followed", "MRD was measured in this remission"),
        *(item for item in RUN_INPUTS if item.name != "fluctuating"),
        *MONTHS_INPUTS,
        VENETOCLAX_INPUT,
        Input("relapsed_or_refractory", "relapsed or refractory"),
        Input("NPM1", "NPM1 mutated"),
        NPM1_MEASURED_INPUT,
    ),
    criteria=(
        yes_no("before_first_remission", "No remission reached yet", citation=FIGURE),
        yes_no("in_molecular_relapse", "In a confirmed molecular relapse", citation=FIGURE),
        VENETOCLAX,
        yes_no("treatment_free", "Nothing given against the leukaemia any more", citation=FIGURE),
        yes_no("transplanted", "Allograft given", citation=FIGURE),
        yes_no("mrd_followed", "MRD measured in this remission", citation=FIGURE),
        *(criterion for criterion in sustained_criteria() if criterion.name in RUN),
        NEGATIVE_SHORT,
    ),
    guards=(NOT_OVERT, NPM1_FOLLOWED, EVER_GIVEN),
    order=STATIONS,
    rules=(
        Rule(INDUCTION, lambda m: m.before_first_remission, "no remission yet", FIGURE),
        Rule(RELAPSE, lambda m: m.in_molecular_relapse, "a confirmed molecular relapse", FIGURE),
        Rule(
            TREATMENT_FREE,
            lambda m: m.venetoclax_now.is_(STOPPED) & m.treatment_free & ~m.transplanted,
            "venetoclax stopped and nothing else given",
            FIGURE,
        ),
        Rule(
            SUSTAINED,
            lambda m: (
                m.enough_marrows
                & m.gaps_short
                & m.last_marrow_recent
                & ~m.positive_in_the_run
                & ~m.blood_positive_after_marrow
                & m.negative_short
            ),
            "negative and sustained",
            FIGURE,
        ),
        Rule(GUIDED, lambda m: m.venetoclax_now.is_(GIVEN) & m.mrd_followed, "venetoclax with MRD measured", FIGURE),
        Rule(REMISSION, otherwise, "in remission", FIGURE),
    ),
)

JOURNEY_QUESTIONS: tuple[Decision, ...] = (JOURNEY,)
"""Where the patient is."""
