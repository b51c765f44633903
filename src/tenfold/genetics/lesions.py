"""The genetic facts that risk models and classes read: one name, one wording each, for every model."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from tenfold.logic.criterion import Criterion, any_of, yes_no
from tenfold.logic.decision import Input

CHROMOSOMES = {
    "t_8_21": "t(8;21) / RUNX1::RUNX1T1",
    "inv_16": "inv(16) or t(16;16) / CBFB::MYH11",
    "t_15_17": "t(15;17) / PML::RARA",
    "t_9_11": "t(9;11) / MLLT3::KMT2A",
    "kmt2a_rearranged": "KMT2A rearranged with another partner (a partial tandem duplication is none)",
    "t_6_9": "t(6;9) / DEK::NUP214",
    "t_9_22": "t(9;22) / BCR::ABL1",
    "t_8_16": "t(8;16) / KAT6A::CREBBP",
    "inv_3": "inv(3) or t(3;3) / GATA2, MECOM",
    "mecom_other": "MECOM rearranged otherwise, t(3q26;v)",
    "loss_5": "monosomy 5",
    "del_5q": "loss of 5q",
    "loss_7": "monosomy 7",
    "loss_17": "monosomy 17",
    "abn_17p": "abnormal 17p",
    "complex_eln2017": "complex karyotype (ELN 2017)",
    "complex_eln2022": "complex karyotype (ELN 2022)",
    "monosomal": "monosomal karyotype",
    "other_rara": "RARA rearranged with another partner",
    "nup98_rearranged": "NUP98 rearranged",
    "t_1_22": "t(1;22) / RBM15::MRTFA",
    "t_1_3": "t(1;3) / PRDM16::RPN1",
    "t_3_5": "t(3;5) / NPM1::MLF1",
    "t_7_12": "t(7;12) / ETV6::MNX1",
    "t_10_11_picalm": "t(10;11) / PICALM::MLLT10",
    "t_16_21_fus": "t(16;21)(p11.2;q22.2) / FUS::ERG",
    "t_16_21_cbfa2t3": "t(16;21)(q24.3;q22.1) / RUNX1::CBFA2T3",
    "inv_16_cbfa2t3": "inv(16)(p13.3q24.3) / CBFA2T3::GLIS2",
    "t_5q": "translocation with a break in 5q",
    "del_7q": "loss of 7q",
    "gain_8": "trisomy 8",
    "del_11q": "deletion of 11q",
    "del_12p": "loss of 12p",
    "t_12p": "translocation with a break in 12p",
    "loss_13": "monosomy 13",
    "del_13q": "deletion of 13q",
    "i_17q": "isochromosome 17q",
    "del_17p": "loss of 17p",
    "del_20q": "deletion of 20q",
    "idic_x_q13": "isodicentric X, idic(X)(q13)",
    "normal_karyotype": "normal karyotype",
}
"""Facts of the karyotype (or of a fusion found otherwise)."""

GENES = {
    "NPM1": "NPM1 mutated (exon 12)",
    "FLT3_ITD": "FLT3-ITD",
    "CEBPA_bZIP_in_frame": "CEBPA mutated in frame in the bZIP region",
    "CEBPA_biallelic": "CEBPA mutated on both alleles",
    "TP53_at_least_10_percent": "TP53 mutated with a VAF of at least 10 %",
}
"""Facts of genes that are more than "mutated"."""

MYELODYSPLASIA_RELATED_ELN_2022 = ("ASXL1", "BCOR", "EZH2", "RUNX1", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2")
ADVERSE_CYTOGENETICS_2017 = (
    "t_6_9",
    "kmt2a_rearranged",
    "t_9_22",
    "inv_3",
    "loss_5",
    "del_5q",
    "loss_7",
    "loss_17",
    "abn_17p",
    "complex_eln2017",
    "monosomal",
)
ADVERSE_CYTOGENETICS_2022 = (
    *(name for name in ADVERSE_CYTOGENETICS_2017 if name != "complex_eln2017"),
    "t_8_16",
    "mecom_other",
    "complex_eln2022",
)


def wording(name: str) -> str:
    """How a fact is called; a bare gene symbol is "... mutated"."""
    return CHROMOSOMES.get(name) or GENES.get(name) or f"{name} mutated"


def inputs(names: Iterable[str]) -> tuple[Input, ...]:
    """The facts as inputs of a question."""
    return tuple(Input(name, wording(name)) for name in dict.fromkeys(names))


def fact(name: str, citation: str) -> Criterion:
    """A criterion that is one of the facts."""
    return yes_no(name, wording(name), citation=citation)


def core_binding_factor(citation: str) -> Criterion:
    """t(8;21) or inv(16)."""
    return any_of("core_binding_factor", "Core-binding factor leukaemia", "t_8_21", "inv_16", citation=citation)


def myelodysplasia_related(citation: str) -> Criterion:
    """Any of the nine genes of ELN 2022 and ICC."""
    return any_of(
        "myelodysplasia_related_gene",
        "A myelodysplasia-related gene mutated",
        *MYELODYSPLASIA_RELATED_ELN_2022,
        citation=citation,
    )


READINGS = ("literally", "the other way")
READING = Input("footnote_reading", "how a disputed footnote is read", "word", words=READINGS)


def disputed(citation: str) -> Criterion:
    """How a disputed footnote is read; not known unless the user fixes it, so that both readings show."""
    code = pl.col("footnote_reading").replace_strict(
        {word: level for level, word in enumerate(READINGS)}, default=None, return_dtype=pl.Int8
    )
    return Criterion("footnote_reading", "How the disputed footnote is read", code, READINGS, citation=citation)
