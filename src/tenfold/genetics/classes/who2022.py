"""The WHO classification, 5th edition (2022): which class of AML.

Order: the defining genetic abnormalities, at any percentage of blasts (BCR::ABL1 and CEBPA from 20 % on);
myelodysplasia-related by gene, cytogenetics or a history of MDS or MDS/MPN, from 20 % on; other defined genetic
alterations; from 20 % on, defined by differentiation.
Traps: RUNX1 is not among the eight myelodysplasia-related genes; trisomy 8 and del(20q) are not among the cytogenetics,
but monosomy 13, del(13q) and del(11q) are; there is no class for TP53. Without a threshold of blasts the genetic classes
still ask for the disease to be there: a residual transcript in remission is none. A single CEBPA mutation counts in bZIP;
the fact at hand asks that it be in frame, too. The list names other defined alterations after myelodysplasia-related; for
a patient with both, both readings are shown.

Khoury et al., Leukemia 2022;36:1703-1719.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenfold.genetics.classes.facts import (
    BLASTS,
    BLASTS_AML,
    BLASTS_INPUT,
    NO_PRIOR_MPN,
    PRIOR_MDS_INPUT,
    PRIOR_MPN_INPUT,
    listed,
    one_of,
)
from tenfold.genetics.lesions import READING, disputed, fact, inputs
from tenfold.genetics.variants.genes import myelodysplasia_related
from tenfold.logic.criterion import Criterion, Facts, yes_no
from tenfold.logic.decision import Decision, Rule, otherwise

CITATION = "Khoury et al., Leukemia 2022;36:1703-1719"
GENES = myelodysplasia_related("WHO-2022")
CYTOGENETICS = listed("who2022", "myelodysplasia_related_cytogenetics")
OTHER_DEFINED = listed("who2022", "other_defined")

RELATED = "AML, myelodysplasia-related"
OTHER = "AML with other defined genetic alterations"
BELOW = "below the threshold: not AML by WHO"
DEFINING: dict[str, tuple[str, tuple[str, ...]]] = {
    "t_15_17": ("APL with PML::RARA fusion", ()),
    "t_8_21": ("AML with RUNX1::RUNX1T1 fusion", ()),
    "inv_16": ("AML with CBFB::MYH11 fusion", ()),
    "t_6_9": ("AML with DEK::NUP214 fusion", ()),
    "t_1_22": ("AML with RBM15::MRTFA fusion", ()),
    "t_9_22": ("AML with BCR::ABL1 fusion", ()),
    "kmt2a_any_partner": ("AML with KMT2A rearrangement", ("t_9_11", "kmt2a_rearranged")),
    "mecom_any_partner": ("AML with MECOM rearrangement", ("inv_3", "mecom_other")),
    "nup98_rearranged": ("AML with NUP98 rearrangement", ()),
    "NPM1": ("AML with NPM1 mutation", ()),
    "CEBPA_biallelic_or_bZIP": ("AML with CEBPA mutation", ("CEBPA_biallelic", "CEBPA_bZIP_in_frame")),
}
"""Criterion -> class and the facts of which any makes it yes, in the order of the list."""
WORDINGS = {
    "kmt2a_any_partner": "KMT2A rearranged (a partial tandem duplication is none)",
    "mecom_any_partner": "MECOM rearranged",
    "CEBPA_biallelic_or_bZIP": "CEBPA mutated on both alleles or in the bZIP region",
}
FROM_20_PERCENT = ("t_9_22", "CEBPA_biallelic_or_bZIP")


def _defining(name: str, facts: tuple[str, ...]) -> Criterion:
    return one_of(name, WORDINGS[name], facts, CITATION) if facts else fact(name, CITATION)


def _defined(name: str) -> Callable[[Facts], Any]:
    if name in FROM_20_PERCENT:
        return lambda m: getattr(m, name) & (m.diagnostic_blasts_pct >= BLASTS_AML)
    return lambda m: getattr(m, name)


def _related(m: Facts) -> Any:
    features = m.myelodysplasia_related_gene_who | m.myelodysplasia_related_cytogenetics_who | m.prior_mds_or_mds_mpn
    return features & (m.diagnostic_blasts_pct >= BLASTS_AML)


WHO_2022 = Decision(
    name="WHO-2022-class",
    edition="WHO 2022 (5th edition)",
    question="Which class of AML by the WHO classification?",
    citation=CITATION,
    unverified=(
        "which fusions are other defined genetic alterations, and whether these precede "
        "myelodysplasia-related; that a history of MDS or MDS/MPN alone is enough; that hyperdiploid karyotypes count as "
        "complex"
    ),
    caution="Genetic classes without a threshold of blasts are for leukaemia at diagnosis, not for remission.",
    inputs=(
        BLASTS_INPUT,
        *inputs(
            (
                *(each for name, (_, facts) in DEFINING.items() for each in facts or (name,)),
                *GENES,
                *CYTOGENETICS,
                *OTHER_DEFINED,
            )
        ),
        PRIOR_MDS_INPUT,
        READING,
        PRIOR_MPN_INPUT,
    ),
    criteria=(
        BLASTS,
        *(_defining(name, facts) for name, (_, facts) in DEFINING.items()),
        one_of("myelodysplasia_related_gene_who", "A myelodysplasia-related gene mutated (WHO)", GENES, CITATION),
        one_of(
            "myelodysplasia_related_cytogenetics_who",
            "Myelodysplasia-related cytogenetics (WHO)",
            CYTOGENETICS,
            CITATION,
        ),
        yes_no("prior_mds_or_mds_mpn", "MDS or MDS/MPN before", citation=CITATION),
        one_of("other_defined_alteration", "Another defined genetic alteration", OTHER_DEFINED, CITATION),
        disputed(CITATION),
    ),
    reading="footnote_reading",
    guards=(NO_PRIOR_MPN,),
    rules=(
        *(Rule(answer, _defined(name), answer.split(" with ", 1)[1]) for name, (answer, _) in DEFINING.items()),
        Rule(
            OTHER,
            lambda m: m.other_defined_alteration & m.footnote_reading.is_("the other way"),
            "another defined alteration, if it is held to precede myelodysplasia-related features",
        ),
        Rule(RELATED, _related, "a myelodysplasia-related gene, cytogenetics or history, at least 20 % blasts"),
        Rule(OTHER, lambda m: m.other_defined_alteration, "another defined genetic alteration"),
        Rule(
            "AML, defined by differentiation",
            lambda m: m.diagnostic_blasts_pct >= BLASTS_AML,
            "no defining genetic abnormality, at least 20 % blasts",
        ),
        Rule(BELOW, otherwise, "no defining genetic abnormality, fewer than 20 % blasts"),
    ),
)
