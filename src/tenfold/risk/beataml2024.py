"""The Beat AML model for older patients treated less intensively: ELN 2022 with its adverse group taken apart.

Within ELN 2022 adverse: KRAS +1, KMT2D +1, TP53 +1, IDH2 -1; a total of at most 0 is intermediate, of 1 or more adverse.
ELN 2022 favourable and intermediate together are favourable.
Traps: made from 60 years on; KMT2D (MLL2) is not KMT2A.

Blood Adv 2024;8:5297; the points of one each were not read in the original.
"""

import polars as pl

from tenfold.genetics.lesions import fact, inputs
from tenfold.logic.criterion import yes_no
from tenfold.logic.decision import Decision, Guard, Input, Rule, otherwise
from tenfold.risk.scope import FRONT_LINE, FRONT_LINE_INPUT
from tenfold.vocabulary import Risk

CITATION = "Blood Adv 2024;8:5297 (Beat AML)"
GROUPS = (Risk.FAVOURABLE, Risk.INTERMEDIATE, Risk.ADVERSE)

BEAT_AML_2024 = Decision(
    name="Beat-AML-2024",
    edition="Beat AML 2024",
    question="Which risk, older and treated less intensively?",
    citation=CITATION,
    unverified="that each gene counts one point",
    inputs=(
        Input("eln_2022_risk", "ELN 2022 risk", "word", words=tuple(GROUPS)),
        *inputs(("IDH2", "KRAS", "KMT2D", "TP53")),
        Input("age_years", "age", "number", "years", 0, 120),
        FRONT_LINE_INPUT,
    ),
    criteria=(
        yes_no("eln_2022_adverse", "ELN 2022 adverse", pl.col("eln_2022_risk") == Risk.ADVERSE, citation=CITATION),
        fact("IDH2", citation=CITATION),
        fact("KRAS", citation=CITATION),
        fact("KMT2D", citation=CITATION),
        fact("TP53", citation=CITATION),
    ),
    guards=(
        FRONT_LINE,
        Guard(
            yes_no("aged_60_or_older", "Aged 60 or older", pl.col("age_years") >= 60, citation=CITATION),
            "only patients of 60 years or more were studied",
        ),
    ),
    order=tuple(Risk),
    rules=(
        Rule(Risk.FAVOURABLE, lambda m: ~m.eln_2022_adverse, "ELN 2022 favourable or intermediate"),
        Rule(
            Risk.ADVERSE,
            lambda m: ~m.IDH2 & (m.KRAS | m.KMT2D | m.TP53),
            "ELN 2022 adverse with KRAS, KMT2D or TP53, without IDH2",
        ),
        Rule(
            Risk.ADVERSE,
            lambda m: (m.KRAS & m.KMT2D) | (m.KRAS & m.TP53) | (m.KMT2D & m.TP53),
            "ELN 2022 adverse with two of KRAS, KMT2D and TP53, whatever IDH2",
        ),
        Rule(Risk.INTERMEDIATE, otherwise, "ELN 2022 adverse with a total of at most 0"),
    ),
)
