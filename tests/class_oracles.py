"""Independent plain-Python readings of the classes, from raw values: no criteria, no tables, no Polars.

Each takes a complete dictionary of inputs and returns the one answer, written from the classifications' sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Raw = dict[str, Any]


def icc_2022(v: Raw) -> str:
    """Arber 2022, the table of AML read top-down."""
    blasts = v["diagnostic_blasts_pct"]
    if blasts < 10:
        return "below the threshold: not AML by ICC"
    if v["t_15_17"]:
        return "APL with t(15;17)(q24.1;q21.2)/PML::RARA"
    if v["other_rara"]:
        return "APL with other RARA rearrangements"
    if v["t_8_21"]:
        return "AML with t(8;21)(q22;q22.1)/RUNX1::RUNX1T1"
    if v["inv_16"]:
        return "AML with inv(16)(p13.1q22) or t(16;16)(p13.1;q22)/CBFB::MYH11"
    if v["t_9_11"]:
        return "AML with t(9;11)(p21.3;q23.3)/MLLT3::KMT2A"
    if v["kmt2a_rearranged"]:
        return "AML with other KMT2A rearrangements"
    if v["t_6_9"]:
        return "AML with t(6;9)(p22.3;q34.1)/DEK::NUP214"
    if v["inv_3"]:
        return "AML with inv(3)(q21.3q26.2) or t(3;3)(q21.3;q26.2)/GATA2; MECOM(EVI1)"
    if v["mecom_other"]:
        return "AML with other MECOM rearrangements"
    rare = v["t_1_3"] or v["t_3_5"] or v["t_8_16"] or v["t_1_22"] or v["nup98_rearranged"] or v["t_7_12"]
    if rare or v["t_10_11_picalm"] or v["t_16_21_fus"] or v["inv_16_cbfa2t3"] or v["t_16_21_cbfa2t3"]:
        return "AML with other rare recurring translocations"
    if v["t_9_22"] and blasts >= 20:
        return "AML with t(9;22)(q34.1;q11.2)/BCR::ABL1"
    if v["NPM1"]:
        return "AML with mutated NPM1"
    if v["CEBPA_bZIP_in_frame"]:
        return "AML with in-frame bZIP CEBPA mutations"
    if v["t_9_22"]:
        return "BCR::ABL1 with 10-19 % blasts: not AML by ICC"
    kind = "AML" if blasts >= 20 else "MDS/AML"
    if v["TP53_at_least_10_percent"]:
        return kind + " with mutated TP53"
    if any(v[gene] for gene in ["ASXL1", "BCOR", "EZH2", "RUNX1", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"]):
        return kind + " with myelodysplasia-related gene mutations"
    arms = v["del_5q"] or v["t_5q"] or v["loss_7"] or v["del_7q"] or v["del_12p"] or v["t_12p"] or v["del_20q"]
    chromosome_17 = v["i_17q"] or v["loss_17"] or v["del_17p"]
    if v["complex_eln2022"] or arms or chromosome_17 or v["gain_8"] or v["idic_x_q13"]:
        return kind + " with myelodysplasia-related cytogenetic abnormalities"
    return kind + ", NOS"


def who_2022(v: Raw) -> str:
    """Khoury 2022: defining abnormalities, then myelodysplasia-related, other defined, differentiation."""
    enough = v["diagnostic_blasts_pct"] >= 20
    fusions = {
        "t_15_17": "APL with PML::RARA fusion",
        "t_8_21": "AML with RUNX1::RUNX1T1 fusion",
        "inv_16": "AML with CBFB::MYH11 fusion",
        "t_6_9": "AML with DEK::NUP214 fusion",
        "t_1_22": "AML with RBM15::MRTFA fusion",
    }
    for fusion, name in fusions.items():
        if v[fusion]:
            return name
    if v["t_9_22"] and enough:
        return "AML with BCR::ABL1 fusion"
    if v["t_9_11"] or v["kmt2a_rearranged"]:
        return "AML with KMT2A rearrangement"
    if v["inv_3"] or v["mecom_other"]:
        return "AML with MECOM rearrangement"
    if v["nup98_rearranged"]:
        return "AML with NUP98 rearrangement"
    if v["NPM1"]:
        return "AML with NPM1 mutation"
    if enough and (v["CEBPA_biallelic"] or v["CEBPA_bZIP_in_frame"]):
        return "AML with CEBPA mutation"
    others = "other_rara t_8_16 t_3_5 t_16_21_fus inv_16_cbfa2t3 t_7_12 t_1_3 t_10_11_picalm t_16_21_cbfa2t3"
    other = any(v[name] for name in others.split())
    gene = any(v[name] for name in ["ASXL1", "BCOR", "EZH2", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"])
    losses = "complex_eln2017 del_5q loss_7 del_7q del_11q del_12p loss_13 del_13q del_17p i_17q idic_x_q13"
    related = enough and (gene or v["prior_mds_or_mds_mpn"] or any(v[name] for name in losses.split()))
    if other and not (related and v["footnote_reading"] == "literally"):
        return "AML with other defined genetic alterations"
    if related:
        return "AML, myelodysplasia-related"
    return "AML, defined by differentiation" if enough else "below the threshold: not AML by WHO"


def shimony(v: Raw) -> str:
    """Shimony 2024, as quoted by the VEN-PRS paper."""
    secondary = any(v[gene] for gene in ["ASXL1", "BCOR", "EZH2", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"])
    if v["TP53"] and not (secondary and v["footnote_reading"] == "the other way"):
        return "TP53-mutated"
    return "secondary ontogeny" if secondary else "de novo ontogeny"


CLASS_ORACLES: dict[str, Callable[[Raw], str]] = {
    "ICC-2022-class": icc_2022,
    "WHO-2022-class": who_2022,
    "Shimony-ontogeny": shimony,
}

CLASS_STRADDLED: dict[str, tuple[float, ...]] = {"diagnostic_blasts_pct": (0, 5, 9.9, 10, 19, 19.9, 20, 60)}
"""Values on both sides of, and at, every cut-off of every numeric input."""
