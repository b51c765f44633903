"""Independent plain-Python readings of the definitions, from raw values: no criteria, no tables, no Polars.

Each takes a complete dictionary of inputs and returns the one answer. They are written from the papers' sentences, not
from the package, so that an error would have to be made twice.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from class_oracles import CLASS_ORACLES, CLASS_STRADDLED
from guidance_oracles import GUIDANCE_ORACLES, GUIDANCE_STRADDLED
from option_oracles import OPTION_ORACLES, OPTION_STRADDLED, OPTION_UPPER_OF
from remission_oracles import REMISSION_ORACLES, REMISSION_STRADDLED, REMISSION_UPPER_OF

Raw = dict[str, Any]


def response(v: Raw, *, literal: bool = True) -> str:
    """Doehner 2022, Table 8, read top-down."""
    if not v["marrow_evaluable"]:
        return "not evaluable"
    no_disease = v["marrow_blasts_pct"] < 5 and v["blood_blasts_pct"] == 0 and not v["extramedullary"]
    anc, platelets = v["neutrophils_e9_l"], v["platelets_e9_l"]
    if no_disease:
        if anc >= 1.0 and platelets >= 100:
            return "CR"
        if anc >= 0.5 and platelets >= 50:
            return "CRh"
        if literal or anc >= 1.0 or platelets >= 100:
            return "CRi"
        not_aplastic = v["spicules"] and (v["cells_counted"] >= 200 or v["cellularity_pct"] >= 10)
        return "MLFS" if not_aplastic else "not evaluable"
    fell_by_half = v["marrow_blasts_pct"] * 2 <= v["pretreatment_blasts_pct"]
    if (
        5 <= v["marrow_blasts_pct"] <= 25
        and fell_by_half
        and v["blood_blasts_pct"] == 0
        and not v["extramedullary"]
        and anc >= 1.0
        and platelets >= 100
    ):
        return "PR"
    return "no response"


def response_one_recovered(v: Raw) -> str:
    return response(v, literal=False)


def relapse(v: Raw) -> str:
    back = v["marrow_blasts_pct"] >= 5 or v["extramedullary"] or v["blood_blasts_twice"]
    return "relapse" if v["remission_before"] and back else "no relapse"


def refractory(v: Raw) -> str:
    if v["remission_achieved"]:
        return "not refractory"
    enough = v["intensive_courses"] >= 2 or v["days_on_nonintensive"] >= 180
    return "refractory" if enough else "not refractory"


def ferguson(v: Raw) -> str:
    reduction_under_half = v["marrow_blasts_pct"] * 2 > v["pretreatment_blasts_pct"]
    return "refractory" if v["marrow_blasts_pct"] > 15 and reduction_under_half else "not refractory"


def refractory_as_quoted(v: Raw) -> str:
    failed = v["intensive_courses"] >= 2 and v["intermediate_dose_course"] and not v["remission_achieved"]
    return "refractory" if failed else "not refractory"


def refractory_esmo(v: Raw) -> str:
    return "refractory" if v["nonintensive_cycles"] >= 4 and not v["remission_achieved"] else "not refractory"


def with_mrd(v: Raw) -> str:
    word = v["response"]
    if word == "no remission":
        return word
    if not v["sampled"]:
        return f"{word}, MRD not assessed"
    if not v["detected"]:
        return f"{word} MRD-negative"
    return f"{word} MRD-LL" if v["low_level"] else f"{word} MRD-positive"


OS = {"extramedullary": 90, "prior_hma": 64, "NF1": 94, "PTPN11": 80, "FLT3": 49, "TP53": 39, "SF3B1": -98}
EFS = {"extramedullary": 57, "prior_hma": 45, "NF1": 81, "PTPN11": 73, "FLT3": 60, "SF3B1": -87}


def _venprs(weights: dict[str, int], v: Raw) -> str:
    score = sum((Fraction(weight, 100) for name, weight in weights.items() if v[name]), Fraction(0))
    if score < Fraction(25, 100):
        return "favourable"
    return "intermediate" if score <= Fraction(75, 100) else "adverse"


def venprs_os(v: Raw) -> str:
    return _venprs(OS, v)


def venprs_efs(v: Raw) -> str:
    return _venprs(EFS, v)


def band(v: Raw) -> str:
    if not v["detected"]:
        return "negative" if v["adequate"] else "not evaluable"
    return "detectable, below 2 %" if v["percent_low"] < 2 else "2 % or more"


def label(v: Raw) -> str:
    if not v["marker_suitable"]:
        return "marker not suitable"
    if not v["in_remission"]:
        return "outside remission"
    if not v["detected"]:
        return "CR MRD-negative" if v["adequate"] else "not evaluable"
    if v["relapse"]:
        return "MRD relapse"
    if v["low_level_rule"] and v["percent_low"] < 2:
        return {
            "end of treatment": "CR MRD-LL",
            "during treatment": "detectable at low level, on treatment",
            "before treatment": "detectable at low level, on treatment",
            "follow-up": "low-level persistence in follow-up",
        }[v["time_point"]]
    return "CR MRD-positive"


def label_filo(v: Raw) -> str:
    """As ELN 2021, but low level during first-line chemotherapy is MRD-LL already."""
    said = label(v)
    during = v["time_point"] == "during treatment" and v["first_line"]
    return "CR MRD-LL" if said.endswith("on treatment") and during else said


def label_2018(v: Raw) -> str:
    if not v["marker_suitable"]:
        return "marker not suitable"
    if not v["in_remission"]:
        return "outside remission"
    if not v["detected"]:
        if not v["adequate"]:
            return "not evaluable"
        return "complete molecular remission" if v["second_negative"] else "negative, to be repeated"
    if v["relapse"]:
        return "molecular relapse"
    if v["progression"]:
        return "molecular progression"
    if v["earlier_negative"]:
        return "conversion, to be repeated"
    low = v["low_level_rule"] and v["percent_low"] < 2
    return "molecular persistence at low copy numbers" if low else "molecular persistence"


def label_2025(v: Raw) -> str:
    if not v["marker_suitable"]:
        return "marker not suitable"
    if not v["in_remission"]:
        return "outside remission"
    if not v["detected"] and not v["adequate"]:
        return "not evaluable"
    if v["optimal"]:
        return "optimal"
    return "high risk of treatment failure" if v["high_risk"] else "warning"


def jimenez_chillon(v: Raw) -> str:
    if v["negative"]:
        return "MRD negativity"
    if not v["pretreatment_sample"]:
        return "not evaluable"
    if v["fall_low"] >= 1:
        return "MRD reduction"
    return "MRD progression" if v["fall_low"] <= -1 else "stable MRD"


def tiong(v: Raw) -> str:
    if not v["detectable"] or not v["in_remission"]:
        return "none"
    enough = v["second_sample"] or v["level_low_pct"] >= 1
    if v["earlier_negative"]:
        return "relapse" if enough else "unconfirmed"
    if v["tenfold_rise"]:
        return "progression" if enough else "unconfirmed"
    return "persistence" if v["after_chemotherapy"] else "none"


def eac_well(v: Raw) -> str:
    if v["signal_without_template"]:
        return "repeat"
    if v["left_out"]:
        return "accepted with remark"
    if not v["well_read"]:
        return "repeat"
    return "accepted with remark" if v["disagrees"] or v["empty_standard"] else "accepted"


def eac_curve(v: Raw) -> str:
    if not (v["curve_fitted"] and v["slope_accepted"]):
        return "repeat"
    if v["stored_curve"]:
        return "accepted with remark"
    if not (v["enough_levels"] and v["fit_accepted"]):
        return "repeat"
    return "accepted" if v["fit_good"] and v["all_standards"] else "accepted with remark"


def eac_result(v: Raw) -> str:
    trusted = v["target_concordant"] and v["target_readable"]
    if v["target_positive"]:
        if not trusted:
            return "detected, not quantified"
        if not v["control_readable"]:
            return "detected, not quantified"
        return "quantified" if v["quantifiable"] else "detected, below quantification"
    adequate = v["control_readable"] and v["control_enough"]
    return "not detected" if trusted and adequate else "not evaluable"


def eac_run(v: Raw) -> str:
    if not (v["no_template_clean"] and v["curves_accepted"] and v["controls_in_range"]):
        return "repeat"
    return "accepted with remark" if v["run_remarked"] else "accepted"


def eac_sample(v: Raw) -> str:
    if not (v["run_accepted"] and v["result_reached"]):
        return "repeat"
    remarks = ("one_replicate_positive", "replicate_left_out", "little_control", "poor_rna", "beyond_standards")
    return "accepted with remark" if any(v[name] for name in (*remarks, "target_remarked")) else "accepted"


ADVERSE_2017 = ("t_6_9", "kmt2a_rearranged", "t_9_22", "inv_3", "loss_5", "del_5q", "loss_7", "loss_17", "abn_17p")
MR_GENES = ("ASXL1", "BCOR", "EZH2", "RUNX1", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2")


def _adverse_2022(v: Raw) -> bool:
    return any(v[name] for name in (*ADVERSE_2017, "t_8_16", "mecom_other", "complex_eln2022", "monosomal"))


def eln_2022(v: Raw) -> str:
    literal = v["footnote_reading"] == "literally"
    cbf, tp53 = v["t_8_21"] or v["inv_16"], v["TP53_at_least_10_percent"]
    if cbf:
        return "favourable" if literal or not tp53 else "adverse"
    if _adverse_2022(v):
        return "favourable" if v["CEBPA_bZIP_in_frame"] and not literal else "adverse"
    if v["t_9_11"]:
        return "adverse" if tp53 and not literal else "intermediate"
    if tp53:
        return "favourable" if v["CEBPA_bZIP_in_frame"] and not literal else "adverse"
    if (v["NPM1"] and not v["FLT3_ITD"]) or v["CEBPA_bZIP_in_frame"]:
        return "favourable"
    if any(v[gene] for gene in MR_GENES):
        # Here NPM1 can only stand with FLT3-ITD.
        return "intermediate" if v["NPM1"] and not literal else "adverse"
    return "intermediate"


def eln_2017(v: Raw) -> str:
    literal = v["footnote_reading"] == "literally"
    high = v["FLT3_ITD"] and v["FLT3_ITD_allelic_ratio"] >= 0.5
    gene = (v["NPM1"] and not high) or v["CEBPA_biallelic"]
    if v["t_8_21"] or v["inv_16"]:
        return "favourable" if literal or not v["TP53"] else "adverse"
    if any(v[name] for name in (*ADVERSE_2017, "complex_eln2017", "monosomal")):
        return "favourable" if gene and not literal else "adverse"
    if v["t_9_11"]:
        return "adverse" if v["TP53"] and not literal else "intermediate"
    if v["TP53"]:
        return "favourable" if gene and not literal else "adverse"
    if gene:
        return "favourable"
    return "adverse" if v["RUNX1"] or v["ASXL1"] or (high and not v["NPM1"]) else "intermediate"


def eln_2024(v: Raw) -> str:
    literal = v["footnote_reading"] == "literally"
    signalling = v["FLT3_ITD"] or v["NRAS"] or v["KRAS"]
    ivosidenib = v["IDH1"] and v["azacitidine_ivosidenib"]
    if v["TP53"]:
        return "favourable" if v["DDX41"] and not literal else "adverse"
    if ivosidenib:
        return "favourable"
    if v["DDX41"]:
        return "intermediate" if signalling and not literal else "favourable"
    return "intermediate" if signalling else "favourable"


def mprs(v: Raw) -> str:
    if v["TP53"]:
        return "lower benefit"
    return "intermediate benefit" if v["FLT3_ITD"] or v["NRAS"] or v["KRAS"] else "higher benefit"


def mayo_2024(v: Raw) -> str:
    points = 2 * (not v["remission_reached"]) + _adverse_2022(v) + v["TP53"] + (not v["IDH2"])
    return "low" if points <= 1 else "intermediate" if points <= 3 else "high"


def mayo_2025(v: Raw) -> str:
    kmt2a = v["t_9_11"] or v["kmt2a_rearranged"]
    points = _adverse_2022(v) + 2 * kmt2a + v["TP53"] + v["KRAS"] + (not v["IDH2"])
    return ("favourable", "intermediate", "adverse")[min(points, 2)]


def mayo_intensive(v: Raw) -> str:
    points = (not v["remission_reached"]) + _adverse_2022(v) + (v["age_years"] > 55)
    return ("0 points", "1 point", "2 points", "3 points")[points]


def beat_aml(v: Raw) -> str:
    if v["eln_2022_risk"] != "adverse":
        return "favourable"
    return "adverse" if v["KRAS"] + v["KMT2D"] + v["TP53"] - v["IDH2"] >= 1 else "intermediate"


def breems(v: Raw) -> str:
    months, age = v["relapse_free_months"], v["age_at_relapse"]
    points = 0 if months > 18 else 5 if months < 7 else 3
    points += {"inv(16)": 0, "t(8;21)": 3, "other": 5}[v["breems_cytogenetics"]]
    points += 0 if age < 36 else 1 if age < 46 else 2
    points += 2 if v["prior_transplant"] else 0
    return "favourable" if points <= 6 else "intermediate" if points <= 9 else "adverse"


def goelams(v: Raw) -> str:
    early = v["never_in_remission"] or v["relapse_free_months"] < 12
    points = early + v["FLT3_ITD"] + v["high_risk_cytogenetics"]
    return ("favourable", "intermediate", "adverse", "adverse")[points]


ORACLES: dict[str, Callable[[Raw], str]] = {
    "ELN-2022-response": response,
    "ELN-2022-response-one-recovered": response_one_recovered,
    "ELN-2022-relapse": relapse,
    "ELN-2022-refractory": refractory,
    "Ferguson-refractory": ferguson,
    "ELN-refractory-as-in-VEN-PRS": refractory_as_quoted,
    "ESMO-refractory-non-intensive": refractory_esmo,
    "ELN-2022-response-with-MRD": with_mrd,
    "VEN-PRS-OS": venprs_os,
    "VEN-PRS-EFS": venprs_efs,
    "MRD-level-band": band,
    "ELN-MRD-2021-label": label,
    "FILO-2025-label": label_filo,
    "ELN-MRD-2018-label": label_2018,
    "ELN-MRD-2025-label": label_2025,
    "Jimenez-Chillon-response": jimenez_chillon,
    "Tiong-cohort": tiong,
    "ELN-2022": eln_2022,
    "ELN-2017": eln_2017,
    "ELN-2024": eln_2024,
    "mPRS": mprs,
    "Mayo-2024": mayo_2024,
    "Mayo-2025": mayo_2025,
    "Mayo-intensive": mayo_intensive,
    "Beat-AML-2024": beat_aml,
    "Breems-index": breems,
    "GOELAMS-index": goelams,
    **CLASS_ORACLES,
    **GUIDANCE_ORACLES,
    **OPTION_ORACLES,
    **REMISSION_ORACLES,
    "EAC-well": eac_well,
    "EAC-standard-curve": eac_curve,
    "EAC-result": eac_result,
    "EAC-run": eac_run,
    "EAC-sample": eac_sample,
}

STRADDLED: dict[str, tuple[float, ...]] = {
    "marrow_blasts_pct": (0, 4.9, 5, 5.1, 10, 15, 15.1, 20, 25, 25.1, 60, 100),
    "pretreatment_blasts_pct": (0, 9.7, 9.8, 10, 20, 30, 40, 50, 51, 80, 100),
    "blood_blasts_pct": (0, 0.5, 35),
    "neutrophils_e9_l": (0, 0.49, 0.5, 0.99, 1.0, 4),
    "platelets_e9_l": (0, 49, 50, 99, 100, 300),
    "cells_counted": (0, 199, 200, 500),
    "cellularity_pct": (0, 9, 10, 60),
    "intensive_courses": (0, 1, 2, 3),
    "nonintensive_cycles": (0, 3, 4, 5),
    "days_on_nonintensive": (0, 179, 180, 400),
    "percent_low": (0.001, 1.99, 2.0, 2.01, 40),
    "fall_low": (-2, -1.0, -0.99, 0, 0.99, 1.0, 3),
    "FLT3_ITD_allelic_ratio": (0, 0.21, 0.49, 0.5, 2.7),
    "relapse_free_months": (0, 6, 6.9, 7, 11.9, 12, 18, 18.1, 24),
    "age_at_relapse": (18, 35, 35.9, 36, 45.9, 46, 70),
    "age_years": (18, 55, 55.1, 59.9, 60, 80),
    **CLASS_STRADDLED,
    "level_low_pct": (0.001, 0.99, 1.0, 14),
    **GUIDANCE_STRADDLED,
    **OPTION_STRADDLED,
    **REMISSION_STRADDLED,
}
"""Values on both sides of, and at, every cut-off of every numeric input."""

UPPER_OF = {
    "percent_high": "percent_low",
    "fall_high": "fall_low",
    "level_high_pct": "level_low_pct",
    **OPTION_UPPER_OF,
    **REMISSION_UPPER_OF,
}
"""Bounds that a known value fills alike."""
