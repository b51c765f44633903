"""Independent plain-Python readings of the definitions, from raw values: no criteria, no tables, no Polars.

Each takes a complete dictionary of inputs and returns the one answer. They are written from the papers' sentences, not
from the package, so that an error would have to be made twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assay_oracles import ASSAY_ORACLES
from class_oracles import CLASS_ORACLES, CLASS_STRADDLED
from guidance_oracles import GUIDANCE_ORACLES, GUIDANCE_STRADDLED
from option_oracles import OPTION_ORACLES, OPTION_STRADDLED, OPTION_UPPER_OF
from remission_oracles import REMISSION_ORACLES, REMISSION_STRADDLED, REMISSION_UPPER_OF
from risk_oracles import RISK_ORACLES, RISK_STRADDLED

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


class Oracles(dict[str, Callable[[Raw], str]]):
    """The second readings by the name of their definition."""

    def __missing__(self, name: str) -> Callable[[Raw], str]:
        """Say what to do about a definition that was read once."""
        raise LookupError(
            f"{name} has no second reading: write it in plain Python from the paper's sentences, a risk model in "
            "tests/risk_oracles.py, another in the oracles of its room, and list it there under this name"
        )


ORACLES = Oracles(
    {
        "ELN-2022-response": response,
        "ELN-2022-response-one-recovered": response_one_recovered,
        "ELN-2022-relapse": relapse,
        "ELN-2022-refractory": refractory,
        "Ferguson-refractory": ferguson,
        "ELN-refractory-as-in-VEN-PRS": refractory_as_quoted,
        "ESMO-refractory-non-intensive": refractory_esmo,
        "ELN-2022-response-with-MRD": with_mrd,
        "MRD-level-band": band,
        "ELN-MRD-2021-label": label,
        "FILO-2025-label": label_filo,
        "ELN-MRD-2018-label": label_2018,
        "ELN-MRD-2025-label": label_2025,
        "Jimenez-Chillon-response": jimenez_chillon,
        "Tiong-cohort": tiong,
        **RISK_ORACLES,
        **CLASS_ORACLES,
        **GUIDANCE_ORACLES,
        **OPTION_ORACLES,
        **REMISSION_ORACLES,
        **ASSAY_ORACLES,
    }
)

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
    **RISK_STRADDLED,
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
