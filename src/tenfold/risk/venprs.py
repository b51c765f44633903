"""VEN-PRS: venetoclax prognostic risk score, for overall and for event-free survival.

For adults with relapsed or refractory AML about to start a hypomethylating agent with venetoclax, venetoclax-naive.
Traps: any FLT3 mutation counts (ITD, TKD, atypical); TP53 weighs on overall survival only; SF3B1 lowers the score, so
leaving it untested lowers the least total; 0.75 is reached exactly and is intermediate; the baseline hazard is not
published, so no individual survival can be computed.

Shahswar et al., Leukemia 2025;39:614-622, Table 4.
"""

import tomllib
from importlib import resources
from typing import Any

import polars as pl

from tenfold.logic.criterion import yes_no
from tenfold.logic.decision import Guard, Input, Score, above, below, upto
from tenfold.vocabulary import Risk

PUBLISHED: dict[str, Any] = tomllib.loads(resources.files("tenfold.risk").joinpath("venprs.toml").read_text("utf-8"))
CITATION: str = PUBLISHED["citation"]

GENES = ("NF1", "PTPN11", "FLT3", "TP53", "SF3B1")
WORDINGS = {
    "extramedullary": "Extramedullary AML",
    "prior_hma": "Azacitidine or decitabine before",
    "FLT3": "FLT3 mutated (ITD, TKD or atypical)",
    **{gene: f"{gene} mutated" for gene in GENES if gene != "FLT3"},
}
CRITERIA = {name: yes_no(name, wording, citation=CITATION) for name, wording in WORDINGS.items()}

GUARDS = (
    Guard(
        yes_no("venetoclax_naive", "No venetoclax before", ~pl.col("prior_venetoclax"), citation=CITATION),
        "prior venetoclax was excluded from the study (to score a line of treatment, ask as of its first day)",
    ),
    Guard(
        yes_no("overt_disease", "Overt leukaemia, not in remission", ~pl.col("in_remission"), citation=CITATION),
        "the score is for overt leukaemia; the patient is in remission",
    ),
    Guard(
        yes_no("hma_venetoclax", "Hypomethylating agent with venetoclax is about to start", citation=CITATION),
        "only venetoclax with azacitidine or decitabine was studied",
    ),
    Guard(
        yes_no("adult", "Aged 18 or older", pl.col("age_years") >= 18, citation=CITATION),
        "only adults were studied",
    ),
    Guard(
        yes_no("relapsed_or_refractory", "Relapsed or refractory", citation=CITATION),
        "outside derivation: untreated AML; validated once in 189 first-line patients"
        " (overall survival: three groups; event-free survival: favourable against intermediate only)",
        refuses=False,
    ),
)
SCOPE_INPUTS = (
    Input("prior_venetoclax", "venetoclax in an earlier line"),
    Input("in_remission", "in CR, CRh or CRi"),
    Input("hma_venetoclax", "about to start azacitidine or decitabine with venetoclax"),
    Input("age_years", "age", "number", "years", 0, 120),
    Input("relapsed_or_refractory", "relapsed or refractory AML"),
)


def _score(endpoint: str, question: str) -> Score:
    weights = {name: row["weight"] for name, row in PUBLISHED[endpoint]["weights"].items()}
    return Score(
        name=f"VEN-PRS-{endpoint}",
        edition="Shahswar 2025",
        question=question,
        citation=CITATION,
        inputs=(*(Input(name, WORDINGS[name]) for name in weights), *SCOPE_INPUTS),
        criteria=tuple(CRITERIA[name] for name in weights),
        guards=GUARDS,
        weights=weights,
        groups=(below("0.25", Risk.FAVOURABLE), upto("0.75", Risk.INTERMEDIATE), above("0.75", Risk.ADVERSE)),
    )


OVERALL_SURVIVAL = _score("OS", "Which risk group for overall survival?")
EVENT_FREE_SURVIVAL = _score("EFS", "Which risk group for event-free survival?")
