"""Independent plain-Python readings of the EAC's rules for wells, curves, results and runs, from raw values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Raw = dict[str, Any]


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


ASSAY_ORACLES: dict[str, Callable[[Raw], str]] = {
    "EAC-well": eac_well,
    "EAC-standard-curve": eac_curve,
    "EAC-result": eac_result,
    "EAC-run": eac_run,
    "EAC-sample": eac_sample,
}
