"""Independent plain-Python readings of what is asked after remission, from raw values. The numbers are written a second time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Raw = dict[str, Any]

YES, NOT_YET, NO = "may be considered", "not yet", "not supported"


def _risky(v: Raw) -> bool:
    return any([v["FLT3_ITD_against"], v["TP53"], v["ASXL1"], v["RUNX1"]])


def _interrupted(v: Raw) -> bool:
    return any([v["positive_in_the_run"], v["blood_positive_after_marrow"]])


def _run(v: Raw) -> bool:
    """Three adequate negative marrows, no gap over four months, the last at most eight weeks old."""
    return v["negative_marrows_low"] >= 3 and v["negative_gap_months_low"] <= 4 and v["last_marrow_days_low"] <= 8 * 7


def _stopping(v: Raw, months: float, cycles: float) -> str:
    if not v["NPM1"] or _risky(v) or v["earlier_molecular_relapse"]:
        return NO
    long_enough = v.get("negative_months_low", 0) >= months and v.get("venetoclax_cycles_low", 0) >= cycles
    settled = _run(v) and not _interrupted(v) and not v["fluctuating"] and v["counts_stable"]
    return YES if long_enough and settled else NOT_YET


def strict(v: Raw) -> str:
    return _stopping(v, 12, 8)


def twelve_months(v: Raw) -> str:
    return _stopping(v, 12, 0)


def six_months(v: Raw) -> str:
    return _stopping(v, 6, 0)


def eight_cycles(v: Raw) -> str:
    return _stopping(v, 0, 8)


def _molica_prefers_maintenance(v: Raw) -> bool:
    incomplete_or_fluctuating = v["mrd_positive"] or v["fluctuating"] or _interrupted(v)
    return incomplete_or_fluctuating or v["delayed_recovery"] or _risky(v) or v["earlier_molecular_relapse"]


def _molica_prefers_observation(v: Raw) -> bool:
    return _run(v) and v["negative_months_low"] >= 6 and v["counts_stable"] and not _molica_prefers_maintenance(v)


def observation(v: Raw) -> str:
    if _molica_prefers_observation(v):
        return "favoured by this review"
    return "not favoured" if _molica_prefers_maintenance(v) else "may be considered"


def maintenance(v: Raw) -> str:
    if _molica_prefers_maintenance(v):
        return "favoured by this review"
    return "not favoured" if _molica_prefers_observation(v) else "may be considered"


def transplant(v: Raw) -> str:
    """Molica: MRD positive or a high-risk mutation; low level counts as monitoring only where nothing ever came back."""
    relapsed = v["molecular_relapse_ever"] or v["relapse_or_progression"]
    if relapsed or _risky(v) or (v["mrd_positive"] and not v["mrd_low_level"]):
        return "may be considered"
    return "monitor: low-level persistence alone" if v["mrd_positive"] else "benefit may be marginal"


def transplant_in_first_remission(v: Raw) -> str:
    if v["eln_2022_risk"] == "adverse":
        return "recommended"
    return "not stated: it depends on a predicted relapse risk"


def cycle_4(v: Raw) -> str:
    if v["cycle_4_negative"]:
        return "negative"
    return "positive" if v["cycle_4_sampled"] else "not sampled"


def rechallenge(v: Raw) -> str:
    if not v["relapse_after_stopping"]:
        return "no molecular relapse after stopping"
    return (
        "described in case reports and small series" if v["relapse_confirmed"] else "confirm in a second sample first"
    )


def journey(v: Raw) -> str:
    if v["before_first_remission"]:
        return "induction"
    if v["in_molecular_relapse"]:
        return "molecular relapse"
    if v["venetoclax"] == "stopped" and v["treatment_free"] and not v["transplanted"]:
        return "treatment-free remission"
    if _run(v) and not _interrupted(v) and v["negative_months_low"] >= 6:
        return "sustained negativity"
    return "MRD-guided treatment" if v["venetoclax"] == "being given" and v["mrd_followed"] else "remission"


def next_sample(v: Raw) -> str:
    marker, only_blood = v["surveillance_marker"], v["blood_positive_without_marrow"]
    if v["relapse_under_way"]:
        return "in molecular relapse: treat, and sample before and after cycles 1 to 2"
    if any([v["unconfirmed_relapse"], v["high_level_unconfirmed"]]):
        return "second sample of the same tissue" + (", and a marrow" if only_blood else "")
    if only_blood and marker == "NPM1":
        return "marrow after a positive blood sample"
    silent = "not stated in these sources"
    if v["transplanted"] or marker == "other":
        return silent
    late = v["follow_up_months"] > 24
    individual = "beyond 24 months: individual"
    if v["venetoclax"] != "never given":
        if marker != "NPM1":
            return silent
        if v["venetoclax"] == "stopped":
            return individual if late else "after stopping venetoclax"
        return f"on venetoclax, {'after' if v['venetoclax_cycles_low'] > 4 else 'to'} cycle 4"
    if not v["intensive_treatment"]:
        return silent
    if not v["intensive_over"]:
        return "during intensive treatment"
    return individual if late else f"after intensive treatment, {marker}"


REMISSION_ORACLES: dict[str, Callable[[Raw], str]] = {
    "Stopping-venetoclax-strict": strict,
    "Stopping-venetoclax-12-months": twelve_months,
    "Stopping-venetoclax-6-to-12-months": six_months,
    "Stopping-venetoclax-8-cycles": eight_cycles,
    "Observation-after-remission": observation,
    "Maintenance-with-venetoclax": maintenance,
    "Transplant-after-remission": transplant,
    "Transplant-in-first-remission": transplant_in_first_remission,
    "Checkpoint-after-cycle-4": cycle_4,
    "Re-challenge-with-venetoclax": rechallenge,
    "Where-in-the-journey": journey,
    "Next-MRD-sample-schedule": next_sample,
}

REMISSION_STRADDLED: dict[str, tuple[float, ...]] = {
    "negative_marrows_low": (0, 2, 3, 5),
    "negative_months_low": (0, 5.9, 6, 11.9, 12, 20),
    "negative_gap_months_low": (0, 4, 4.1, 9),
    "last_marrow_days_low": (0, 56, 57, 200),
    "venetoclax_cycles_low": (0, 4, 5, 7, 8, 14),
    "follow_up_months": (0, 24, 24.1, 40),
}
"""Values on both sides of, and at, every cut-off."""

REMISSION_UPPER_OF = {
    "negative_marrows_high": "negative_marrows_low",
    "negative_months_high": "negative_months_low",
    "negative_gap_months_high": "negative_gap_months_low",
    "last_marrow_days_high": "last_marrow_days_low",
    "venetoclax_cycles_high": "venetoclax_cycles_low",
}
"""Bounds that a known value fills alike."""
