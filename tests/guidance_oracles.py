"""Independent plain-Python readings of doses, cycles and grades, from raw values. The numbers are written a second time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Raw = dict[str, Any]

REVIEW = "pharmacist review"
AVOID = "avoid the CYP3A4 inducer"
SILENT = "not stated in this source"


def _to_review(v: Raw) -> bool:
    inhibitors = ["posaconazole", "other_strong_cyp3a4_inhibitor", "moderate_cyp3a4_inhibitor", "p_gp_inhibitor"]
    inhibited = any(v[name] for name in inhibitors)
    if v["interaction_disputed"] or (v["posaconazole"] and v["other_strong_cyp3a4_inhibitor"]):
        return True
    return inhibited and (v["child_pugh"] == "C" or v["cyp3a4_inducer"])


def _full(v: Raw) -> int:
    """The dose without anything that changes it."""
    final = 600 if v["venetoclax_partner"] == "low-dose cytarabine" else 400
    return min(final, {1: 100, 2: 200, 3: 400}.get(int(v["venetoclax_day"]), 600))


def _strong(v: Raw, steady: str) -> str:
    return {1: "10 mg", 2: "20 mg", 3: "50 mg"}.get(int(v["venetoclax_day"]), steady)


def us_label(v: Raw) -> str:
    if _to_review(v):
        return REVIEW
    if v["cyp3a4_inducer"]:
        return AVOID
    if v["venetoclax_partner"] == "other":
        return SILENT
    if v["posaconazole"]:
        return _strong(v, "70 mg")
    if v["other_strong_cyp3a4_inhibitor"]:
        return _strong(v, "100 mg")
    if v["moderate_cyp3a4_inhibitor"] or v["p_gp_inhibitor"]:
        return f"at most {_full(v) // 2} mg"
    return f"{_full(v) // 2 if v['child_pugh'] == 'C' else _full(v)} mg"


def eu_label(v: Raw) -> str:
    if _to_review(v):
        return REVIEW
    if v["cyp3a4_inducer"]:
        return AVOID
    if v["venetoclax_partner"] not in ("azacitidine", "decitabine"):
        return SILENT
    if v["posaconazole"] or v["other_strong_cyp3a4_inhibitor"]:
        return _strong(v, "100 mg or less")
    if v["moderate_cyp3a4_inhibitor"] or v["child_pugh"] == "C":
        return f"at most {_full(v) // 2} mg"
    if v["p_gp_inhibitor"] and v["venetoclax_day"] < 4:
        return "avoid the P-gp inhibitor during the ramp-up"
    return f"{_full(v)} mg"


def eln_2022(v: Raw) -> str:
    if _to_review(v):
        return REVIEW
    if v["cyp3a4_inducer"]:
        return AVOID
    if v["venetoclax_partner"] == "other":
        return SILENT
    if v["posaconazole"] or v["other_strong_cyp3a4_inhibitor"]:
        return _strong(v, "100 mg or less")
    if v["moderate_cyp3a4_inhibitor"] or v["p_gp_inhibitor"] or v["child_pugh"] == "C":
        return SILENT
    return f"{_full(v)} mg"


def without_ramp_up(v: Raw) -> str:
    if not v["in_remission"]:
        return "overt leukaemia: ramp up as labelled"
    if _to_review(v):
        return REVIEW
    if v["cyp3a4_inducer"]:
        return AVOID
    if v["venetoclax_partner"] not in ("azacitidine", "low-dose cytarabine"):
        return SILENT
    if v["posaconazole"] or v["other_strong_cyp3a4_inhibitor"]:
        return "100 mg (Tiong) from day 1, without ramp-up"
    if v["moderate_cyp3a4_inhibitor"] or v["p_gp_inhibitor"] or v["child_pugh"] == "C":
        return SILENT
    if v["venetoclax_partner"] == "azacitidine":
        return "400 mg (FILO) or 400 to 600 mg (Tiong) from day 1, without ramp-up"
    return "400 to 600 mg (Tiong) from day 1, without ramp-up"


def cycle_after_cytopenia(v: Raw) -> str:
    if v["grade_4_days"] == 0:
        return "no change for cytopenia"
    if not v["in_remission"]:
        return "in most instances do not interrupt"
    if v["grade_4_days"] < 7:
        return "grade 4 for less than 7 days: no rule; watch the counts"
    if v["earlier_grade_4_episodes"] == 0:
        return "delay the next cycle to grade 2 or better, then the same dose and days"
    return "delay the next cycle to grade 2 or better, then 7 days less of venetoclax in every cycle"


def cycle_in_practice(v: Raw) -> str:
    shorten = v["in_remission"] and v["neutropenia_grade"] in (3, 4)
    return "14 to 21 days of venetoclax a cycle" if shorten else "no change for cytopenia"


def _grade(value: float, below: tuple[float, ...]) -> str:
    """Grades 1, 2, 3 and 4 lie below these."""
    return f"grade {sum(value < limit for limit in below)}"


def neutropenia(v: Raw) -> str:
    return _grade(v["neutrophils_e9_l"], (2.0, 1.5, 1.0, 0.5))


def thrombocytopenia(v: Raw) -> str:
    return _grade(v["platelets_e9_l"], (150, 75, 50, 25))


GUIDANCE_ORACLES: dict[str, Callable[[Raw], str]] = {
    "Venetoclax-dose-US-label": us_label,
    "Venetoclax-dose-EU-label": eu_label,
    "Venetoclax-dose-ELN-2022": eln_2022,
    "Venetoclax-without-ramp-up": without_ramp_up,
    "Venetoclax-cycle-after-cytopenia": cycle_after_cytopenia,
    "Venetoclax-cycle-in-practice": cycle_in_practice,
    "CTCAE-neutropenia": neutropenia,
    "CTCAE-thrombocytopenia": thrombocytopenia,
}

GUIDANCE_STRADDLED: dict[str, tuple[float, ...]] = {
    "venetoclax_day": (1, 2, 3, 4, 29),
    "grade_4_days": (0, 1, 6, 7, 20),
    "earlier_grade_4_episodes": (0, 1, 3),
    "neutropenia_grade": (0, 2, 3, 4),
    "neutrophils_e9_l": (0, 0.49, 0.5, 0.99, 1.0, 1.49, 1.5, 1.99, 2.0, 4),
    "platelets_e9_l": (0, 24, 25, 49, 50, 74, 75, 99, 100, 149, 150, 300),
}
"""Values on both sides of, and at, every cut-off; for counts also those of the response categories."""
