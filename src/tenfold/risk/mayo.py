"""The Mayo Clinic's models: venetoclax with a hypomethylating agent (2024, 2025) and intensive induction.

Traps: the models of 2024 and for intensive induction count whether remission was reached, so they look later than the
start of treatment and must be read from a landmark; comparing them with baseline scores is not fair (immortal time).
The points of 2024 could not be verified: what stands here agrees with the published hazard ratios and group sizes and
is no authority. The points of 2025 are those of a published validation.

Gangat et al., Am J Hematol 2024;99:193-202; Gangat et al., Am J Hematol 2025, doi 10.1002/ajh.27564 (points as used by
Roncador 2025); the Mayo Clinic model for intensive induction.
"""

import polars as pl

from tenfold.genetics.lesions import ADVERSE_CYTOGENETICS_2022, fact, inputs
from tenfold.logic.criterion import any_of, yes_no
from tenfold.logic.decision import Input, Score, above, upto
from tenfold.risk.scope import (
    FRONT_LINE,
    FRONT_LINE_INPUT,
    GIVEN_HMA_VENETOCLAX,
    GIVEN_HMA_VENETOCLAX_INPUT,
    GIVEN_INTENSIVE,
    GIVEN_INTENSIVE_INPUT,
    HMA_VENETOCLAX,
    HMA_VENETOCLAX_INPUT,
)
from tenfold.vocabulary import Risk

GANGAT_2024 = "Gangat et al., Am J Hematol 2024;99:193-202"
GANGAT_2025 = "Gangat et al., Am J Hematol 2025, doi 10.1002/ajh.27564"
INTENSIVE_MODEL = "Tefferi et al., Mayo Clinic model for intensive induction"
LATER = "It counts whether remission was reached, later than the start of treatment: read it from a landmark."

REMISSION = Input("remission_reached", "CR or CRi reached with the first line of treatment")
# One wording of the facts for all three models: they are answered side by side.
NO_REMISSION = yes_no("no_remission", "No CR or CRi with the first line of treatment", ~pl.col("remission_reached"))
ADVERSE_KARYOTYPE = any_of(
    "adverse_cytogenetics_2022", "Adverse cytogenetics", *ADVERSE_CYTOGENETICS_2022, citation=GANGAT_2025
)
IDH2_WILD_TYPE = yes_no("IDH2_wild_type", "IDH2 not mutated", ~pl.col("IDH2"), citation=GANGAT_2025)

MAYO_2024 = Score(
    name="Mayo-2024",
    edition="Gangat 2024, points inferred",
    question="Which risk with venetoclax and a hypomethylating agent, by response?",
    citation=GANGAT_2024,
    unverified="the points, which are inferred from hazard ratios and group sizes",
    caution=LATER,
    inputs=(REMISSION, *inputs((*ADVERSE_CYTOGENETICS_2022, "TP53", "IDH2")), GIVEN_HMA_VENETOCLAX_INPUT),
    criteria=(NO_REMISSION, ADVERSE_KARYOTYPE, fact("TP53", citation=GANGAT_2024), IDH2_WILD_TYPE),
    guards=(GIVEN_HMA_VENETOCLAX,),
    weights={"no_remission": "2", "adverse_cytogenetics_2022": "1", "TP53": "1", "IDH2_wild_type": "1"},
    groups=(upto("1", "low"), upto("3", Risk.INTERMEDIATE), above("3", "high")),
)

MAYO_2025 = Score(
    name="Mayo-2025",
    edition="Gangat 2025, points as used by Roncador 2025",
    question="Which risk with venetoclax and a hypomethylating agent, before treatment?",
    citation=GANGAT_2025,
    unverified="the points: the paper's table was not read, they are those of a published validation",
    inputs=(
        *inputs((*ADVERSE_CYTOGENETICS_2022, "t_9_11", "TP53", "KRAS", "IDH2")),
        FRONT_LINE_INPUT,
        HMA_VENETOCLAX_INPUT,
    ),
    criteria=(
        ADVERSE_KARYOTYPE,
        any_of("any_KMT2A_rearrangement", "KMT2A rearranged", "t_9_11", "kmt2a_rearranged", citation=GANGAT_2025),
        fact("TP53", citation=GANGAT_2025),
        fact("KRAS", citation=GANGAT_2025),
        IDH2_WILD_TYPE,
    ),
    guards=(FRONT_LINE, HMA_VENETOCLAX),
    weights={
        "adverse_cytogenetics_2022": "1",
        "any_KMT2A_rearrangement": "2",
        "TP53": "1",
        "KRAS": "1",
        "IDH2_wild_type": "1",
    },
    groups=(upto("0", Risk.FAVOURABLE), upto("1", Risk.INTERMEDIATE), above("1", Risk.ADVERSE)),
)

MAYO_INTENSIVE = Score(
    name="Mayo-intensive",
    edition="Mayo Clinic, intensive induction",
    question="Which risk after intensive induction, by response?",
    citation=INTENSIVE_MODEL,
    unverified="the points in the original",
    caution=LATER,
    inputs=(
        REMISSION,
        *inputs(ADVERSE_CYTOGENETICS_2022),
        Input("age_years", "age", "number", "years", 0, 120),
        GIVEN_INTENSIVE_INPUT,
    ),
    criteria=(
        NO_REMISSION,
        ADVERSE_KARYOTYPE,
        yes_no("older_than_55", "Older than 55", pl.col("age_years") > 55, citation=INTENSIVE_MODEL),
    ),
    guards=(GIVEN_INTENSIVE,),
    weights={"no_remission": "1", "adverse_cytogenetics_2022": "1", "older_than_55": "1"},
    groups=(upto("0", "0 points"), upto("1", "1 point"), upto("2", "2 points"), above("2", "3 points")),
)
