"""Independent plain-Python readings of genetic risk and of prognostic scores, from raw values and the papers' sentences."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

Raw = dict[str, Any]
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


RISK_ORACLES: dict[str, Callable[[Raw], str]] = {
    "VEN-PRS-OS": venprs_os,
    "VEN-PRS-EFS": venprs_efs,
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
}

RISK_STRADDLED: dict[str, tuple[float, ...]] = {
    "FLT3_ITD_allelic_ratio": (0, 0.21, 0.49, 0.5, 2.7),
    "relapse_free_months": (0, 6, 6.9, 7, 11.9, 12, 18, 18.1, 24),
    "age_at_relapse": (18, 35, 35.9, 36, 45.9, 46, 70),
    "age_years": (18, 55, 55.1, 59.9, 60, 80),
}
