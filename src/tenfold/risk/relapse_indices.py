"""Indices for first relapse: Breems (the European prognostic index) and GOELAMS.

Traps: Breems counts months from first remission, with more than 18 best and up to 6 worst, and 7 to 18 between; the
source prints "< 7" for the last, so 6.5 months are "up to 6". Its "stem cell transplantation before" includes an
autologous one; the VEN-PRS paper names the allogeneic. GOELAMS counts relapse before 12 months together with refractory
disease, and 12.0 months are not before 12.

Breems et al., J Clin Oncol 2005;23:1969-1978; Chevallier et al., Leukemia 2011;25:939-944.
"""

import polars as pl

from tenfold.genetics.lesions import fact, inputs
from tenfold.logic.criterion import Criterion, banded, yes_no
from tenfold.logic.decision import Guard, Input, Score, above, upto
from tenfold.risk.scope import FIRST_RELAPSE, FIRST_RELAPSE_INPUT, NOT_APL, NOT_APL_INPUT
from tenfold.vocabulary import Risk

BREEMS_CITATION = "Breems et al., J Clin Oncol 2005;23:1969-1978"
GOELAMS_CITATION = "Chevallier et al., Leukemia 2011;25:939-944"

MONTHS = pl.col("relapse_free_months")
INTERVAL = Criterion(
    "relapse_free_interval",
    "Relapse-free interval",
    (MONTHS <= 18).cast(pl.Int8) + (MONTHS < 7).cast(pl.Int8),
    ("more than 18 months", "7 to 18 months", "up to 6 months"),
    citation=BREEMS_CITATION,
)
WORDS = ("inv(16)", "t(8;21)", "other")
CYTOGENETICS = Criterion(
    "breems_cytogenetics",
    "Cytogenetics at diagnosis",
    pl.col("breems_cytogenetics").replace_strict(
        {word: level for level, word in enumerate(WORDS)}, default=None, return_dtype=pl.Int8
    ),
    WORDS,
    citation=BREEMS_CITATION,
)

BREEMS = Score(
    name="Breems-index",
    edition="Breems 2005",
    question="Which risk in first relapse?",
    citation=BREEMS_CITATION,
    inputs=(
        Input("relapse_free_months", "from first remission to first relapse", "number", "months", 0, 600),
        Input("breems_cytogenetics", "cytogenetics at diagnosis", "word", words=WORDS),
        Input("age_at_relapse", "age at first relapse", "number", "years", 0, 120),
        Input("prior_transplant", "stem cell transplantation before the relapse"),
        FIRST_RELAPSE_INPUT,
        NOT_APL_INPUT,
    ),
    criteria=(
        INTERVAL,
        CYTOGENETICS,
        banded(
            "age_at_relapse", "Age at first relapse", (">=", 36), (">=", 46), unit="years", citation=BREEMS_CITATION
        ),
        yes_no("prior_transplant", "Stem cell transplantation before the relapse", citation=BREEMS_CITATION),
    ),
    guards=(
        FIRST_RELAPSE,
        NOT_APL,
        Guard(
            yes_no(
                "aged_15_to_60",
                "Aged 15 to 60 at first relapse",
                pl.col("age_at_relapse").is_between(15, 61, closed="left"),
                citation=BREEMS_CITATION,
            ),
            "outside derivation: patients of 15 to 60 years were studied",
            refuses=False,
        ),
    ),
    weights={
        "relapse_free_interval": ("3", "5"),
        "breems_cytogenetics": ("3", "5"),
        "age_at_relapse": ("1", "2"),
        "prior_transplant": "2",
    },
    groups=(upto("6", Risk.FAVOURABLE), upto("9", Risk.INTERMEDIATE), above("9", Risk.ADVERSE)),
)

GOELAMS = Score(
    name="GOELAMS-index",
    edition="Chevallier 2011",
    question="Which risk in first relapse or refractory disease?",
    citation=GOELAMS_CITATION,
    inputs=(
        Input("relapse_free_months", "from first remission to first relapse", "number", "months", 0, 600),
        Input("never_in_remission", "refractory to first treatment"),
        *inputs(("FLT3_ITD",)),
        Input("high_risk_cytogenetics", "high-risk cytogenetics (the group's own list: here those of ELN 2017)"),
        FIRST_RELAPSE_INPUT,
        NOT_APL_INPUT,
    ),
    guards=(
        Guard(
            yes_no(
                "first_relapse_or_refractory",
                "First relapse, or refractory",
                pl.col("first_relapse") | pl.col("never_in_remission"),
                citation=GOELAMS_CITATION,
            ),
            "it was made for first relapse and for refractory disease",
        ),
        NOT_APL,
    ),
    criteria=(
        yes_no(
            "early_or_refractory",
            "Relapse before 12 months, or refractory",
            pl.col("never_in_remission") | (MONTHS < 12),
            citation=GOELAMS_CITATION,
        ),
        fact("FLT3_ITD", citation=GOELAMS_CITATION),
        yes_no("high_risk_cytogenetics", "High-risk cytogenetics", citation=GOELAMS_CITATION),
    ),
    weights={"early_or_refractory": "1", "FLT3_ITD": "1", "high_risk_cytogenetics": "1"},
    groups=(upto("0", Risk.FAVOURABLE), upto("1", Risk.INTERMEDIATE), above("1", Risk.ADVERSE)),
)
