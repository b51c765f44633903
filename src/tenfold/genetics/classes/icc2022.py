"""The International Consensus Classification 2022: which class of AML or MDS/AML.

Order: below 10 % of blasts none; a recurrent genetic abnormality, in the order of the list (BCR::ABL1 from 20 % on);
TP53 at a VAF of at least 10 %; a myelodysplasia-related gene; myelodysplasia-related cytogenetics; not otherwise
specified. From 10 to 19 % of blasts the last four are MDS/AML.
Traps: RUNX1 is among the nine genes, unlike at the WHO; trisomy 8 and del(20q) are among the cytogenetics; CEBPA counts
in frame in bZIP only; MDS/AML is not used with BCR::ABL1, which at 10 to 19 % suggests chronic myeloid leukaemia in
accelerated phase. TP53 at exactly 10 % counts; `tp53_remark` says so. Therapy-related, progressed from MDS and germline
are qualifiers, not classes (see `qualifiers`).

Arber et al., Blood 2022;140:1200-1228.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from tenfold.genetics.classes.facts import (
    BLASTS,
    BLASTS_AML,
    BLASTS_INPUT,
    BLASTS_MDS_AML,
    NO_PRIOR_MPN,
    PRIOR_MPN_INPUT,
    listed,
    one_of,
)
from tenfold.genetics.lesions import MYELODYSPLASIA_RELATED_ELN_2022, fact, inputs, myelodysplasia_related
from tenfold.genetics.variants.genes import tp53_threshold
from tenfold.logic.criterion import Facts
from tenfold.logic.decision import Decision, Rule, otherwise

CITATION = "Arber et al., Blood 2022;140:1200-1228"
RARE = listed("icc2022", "rare_recurring")
CYTOGENETICS = listed("icc2022", "myelodysplasia_related_cytogenetics")

BELOW = "below the threshold: not AML by ICC"
ACCELERATED = "BCR::ABL1 with 10-19 % blasts: not AML by ICC"
RECURRENT = {
    "t_15_17": "APL with t(15;17)(q24.1;q21.2)/PML::RARA",
    "other_rara": "APL with other RARA rearrangements",
    "t_8_21": "AML with t(8;21)(q22;q22.1)/RUNX1::RUNX1T1",
    "inv_16": "AML with inv(16)(p13.1q22) or t(16;16)(p13.1;q22)/CBFB::MYH11",
    "t_9_11": "AML with t(9;11)(p21.3;q23.3)/MLLT3::KMT2A",
    "kmt2a_rearranged": "AML with other KMT2A rearrangements",
    "t_6_9": "AML with t(6;9)(p22.3;q34.1)/DEK::NUP214",
    "inv_3": "AML with inv(3)(q21.3q26.2) or t(3;3)(q21.3;q26.2)/GATA2; MECOM(EVI1)",
    "mecom_other": "AML with other MECOM rearrangements",
    "rare_recurring_translocation": "AML with other rare recurring translocations",
    "t_9_22": "AML with t(9;22)(q34.1;q11.2)/BCR::ABL1",
    "NPM1": "AML with mutated NPM1",
    "CEBPA_bZIP_in_frame": "AML with in-frame bZIP CEBPA mutations",
}
"""Criterion -> class, in the order of the list, which is the order of precedence."""
BY_BLASTS = {
    "TP53_at_least_10_percent": "with mutated TP53",
    "myelodysplasia_related_gene": "with myelodysplasia-related gene mutations",
    "myelodysplasia_related_cytogenetics_icc": "with myelodysplasia-related cytogenetic abnormalities",
}
"""Criterion -> the words after "AML" or "MDS/AML", in order of precedence."""


def _recurrent(name: str) -> Callable[[Facts], Any]:
    if name == "t_9_22":
        return lambda m: m.t_9_22 & (m.diagnostic_blasts_pct >= BLASTS_AML)
    return lambda m: getattr(m, name)


def _enough_blasts(name: str) -> Callable[[Facts], Any]:
    return lambda m: getattr(m, name) & (m.diagnostic_blasts_pct >= BLASTS_AML)


def _holds(name: str) -> Callable[[Facts], Any]:
    return lambda m: getattr(m, name)


def _by_blasts(name: str, words: str) -> tuple[Rule, Rule]:
    return (
        Rule(f"AML {words}", _enough_blasts(name), f"{words.removeprefix('with ')}, at least 20 % blasts"),
        Rule(f"MDS/AML {words}", _holds(name), f"{words.removeprefix('with ')}, 10-19 % blasts"),
    )


ICC_2022 = Decision(
    name="ICC-2022-class",
    edition="ICC 2022",
    question="Which class of AML or MDS/AML by the International Consensus Classification?",
    citation=CITATION,
    unverified=(
        "the variant allele fraction from which a myelodysplasia-related gene counts (about 2 %), whether "
        "a hyperdiploid karyotype without structural abnormality is complex, and the use of MDS/AML below 18 years"
    ),
    inputs=(
        BLASTS_INPUT,
        *inputs(
            (
                *(name for name in RECURRENT if name != "rare_recurring_translocation"),
                *RARE,
                "TP53_at_least_10_percent",
                *MYELODYSPLASIA_RELATED_ELN_2022,
                *CYTOGENETICS,
            )
        ),
        PRIOR_MPN_INPUT,
    ),
    criteria=(
        BLASTS,
        *(
            one_of(name, "Another rare recurring translocation", RARE, CITATION)
            if name == "rare_recurring_translocation"
            else fact(name, CITATION)
            for name in RECURRENT
        ),
        fact("TP53_at_least_10_percent", CITATION),
        myelodysplasia_related(CITATION),
        one_of(
            "myelodysplasia_related_cytogenetics_icc",
            "Myelodysplasia-related cytogenetics (ICC)",
            CYTOGENETICS,
            CITATION,
        ),
    ),
    guards=(NO_PRIOR_MPN,),
    rules=(
        Rule(BELOW, lambda m: m.diagnostic_blasts_pct < BLASTS_MDS_AML, "fewer than 10 % blasts"),
        *(Rule(name, _recurrent(criterion), name.split(" with ", 1)[1]) for criterion, name in RECURRENT.items()),
        Rule(
            ACCELERATED,
            _holds("t_9_22"),
            "BCR::ABL1 with 10-19 % blasts: chronic myeloid leukaemia in accelerated phase is to be considered",
        ),
        *(rule for criterion, words in BY_BLASTS.items() for rule in _by_blasts(criterion, words)),
        Rule("AML, NOS", lambda m: m.diagnostic_blasts_pct >= BLASTS_AML, "none of these, at least 20 % blasts"),
        Rule("MDS/AML, NOS", otherwise, "none of these, 10-19 % blasts"),
    ),
)


def tp53_remark() -> pl.Expr:
    """What is to be said of a TP53 variant allele fraction (column `TP53_vaf`, 0 to 1) at the threshold; else null."""
    at = (pl.col("TP53_vaf") - tp53_threshold("at_least")).abs() < 1e-9
    said = "TP53 at exactly 10 %: counted as at least 10 %, as ELN 2022 prints it; a review of the ICC prints > 10 %"
    return pl.when(at).then(pl.lit(said)).alias("icc_2022_tp53_remark")
