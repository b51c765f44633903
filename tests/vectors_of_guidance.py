"""The worked cases of guidance: what Thol, Doehner and Ganser do or advise, in the words of the vectors."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from tenfold.guidance.options.beside import beside, questions, with_approvals
from tenfold.guidance.options.standing import EARLY_MONTHS, Standing, Step
from tenfold.guidance.remission.after_remission import TRANSPLANT_IN_CR1
from tenfold.logic.answering import answer
from tenfold.settings import DEFAULTS

Fields = dict[str, Any]
RANKED = (Standing.FIRST, Standing.SECOND, Standing.THIRD)
PUBLISHED = date(2023, 7, 20)
CODES = {
    "Option: clinical trial": "CLINICAL_TRIAL",
    "Option: best supportive care": "GOALS_OF_CARE_BSC",
    "Option: enasidenib": "ENASIDENIB",
    "Option: taper immunosuppression": "TAPER_IST",
    "Option: donor lymphocytes": "DLI +/- chemo/AZA/targeted",
    "Option: gilteritinib": "GILTERITINIB 120 mg/d bridge",
    "Option: allogeneic transplant": "ALLO_HCT",
}
NONE = {"mrd_relapse": False, "molecular_progression": False, "molecular_persistence": False}
ORDER = ("confirm", "search for a donor", "repeat the molecular")


def standings(facts: Fields, counts: str = "reached") -> dict[str, str | None]:
    """Where every option and step surely stands, by its name; None where that cannot be told."""
    asked = questions(DEFAULTS.changed(guidance__transplant_trigger_counts=counts))
    schema = {item.name: item.dtype for question in asked for item in question.inputs}
    row = pl.DataFrame([{name: facts.get(name) for name in schema}], schema)
    [found] = answer(with_approvals(row, PUBLISHED), asked).to_dicts()
    return {question.name: found[question.key] for question in asked}


def trigger(given: Fields) -> Fields:
    """A molecular relapse of NPM1 at a level, confirmed or not."""
    level = float(given["npm1_per_1e4_abl"])
    facts = {
        "overt": False,
        "mrd_relapse": True,
        "npm1_followed": True,
        "npm1_per_1e4_low": level,
        "npm1_per_1e4_high": level,
        "level_confirmed": given["confirmed"],
        "confirmation_open": not given["confirmed"],
        "mrd_relapse_confirmed": given["confirmed"],
        "transplant_eligible": given["transplant_eligible"],
        "prior_transplant": False,
        "transplanted_since": False,
    }
    reached, exceeded = standings(facts), standings(facts, "exceeded")
    recommended = reached["Option: allogeneic transplant"] == Standing.FIRST
    steps = [name for name in reached if name.startswith("Step") and reached[name] == Step.NOW]
    codes = {"Step: confirm": "CONFIRM_RAPIDLY", "Step: search for a donor": "START_DONOR_SEARCH"}
    return {
        "recommend_allohct_ge": recommended,
        "recommend_allohct_strict_gt": exceeded["Option: allogeneic transplant"] == Standing.FIRST,
        "default": recommended,
        "action": [code for start, code in codes.items() if any(name.startswith(start) for name in steps)],
    }


def actions(given: Fields) -> list[str]:
    """What is done at once when a first sample turns positive."""
    stands = standings(
        {
            "overt": False,
            "mrd_relapse": True,
            "confirmation_open": not given["confirmed"],
            "mrd_relapse_confirmed": given["confirmed"],
            "genetics_repeated": False,
            "transplant_eligible": given["transplant_eligible"],
            "prior_transplant": False,
        }
    )
    codes = {
        "Step: confirm by a second sample of the same tissue": "CONFIRM_RAPIDLY",
        "Step: search for a donor": "DONOR_SEARCH_NOW",
        "Step: repeat the molecular analysis": "REPEAT_NGS",
    }
    now = [code for name, code in codes.items() if stands[name] == Step.NOW]
    return now + ["TRIAL_SEARCH"] * (stands["Option: clinical trial"] == Standing.FIRST)


def after_intensive(given: Fields) -> list[str]:
    """The first patient's overt relapse; a donor search had begun, so she was eligible for transplant."""
    stands = standings(
        {
            "overt": given["haematologic_relapse"],
            "prior_intensive": True,
            "prior_transplant": False,
            "transplanted_since": False,
            "prior_hma_venetoclax": given["prior_hma"] and given["prior_ven"],
            "transplant_eligible": True,
            "FLT3": given["FLT3_ITD_AR"] > 0,
            "FLT3_ITD": given["FLT3_ITD_AR"] > 0,
        }
    )
    course = [
        CODES[name] for name in ("Option: gilteritinib", "Option: allogeneic transplant") if stands[name] in RANKED
    ]
    later = stands["Option: sorafenib maintenance"] == Standing.LATER
    return course + ["POST_HCT_SORAFENIB"] * later


def after_both_drugs(given: Fields) -> Fields:
    """The second patient's relapse: options rank by rank, those alike in alphabetical order of the vector."""
    both = given["prior_ven"] and given["prior_hma"]
    stands = standings(
        {"overt": True, "prior_transplant": False, "prior_hma_venetoclax": both, "IDH2": bool(given["IDH2"])}
    )
    ranks = [sorted(_coded(name) for name in CODES if stands[name] == rank) for rank in RANKED]
    said = stands["Thol-situation"] or ""
    return {
        "status": "RELAPSED_AFTER_HMA_VEN" if "hypomethylating agent and venetoclax" in said else said,
        "recommend_order": [sorted(rank, key=lambda code: code.startswith("ENA")) for rank in ranks if rank],
    }


def _coded(name: str) -> str:
    held = {agency: one.approved for agency, one in beside()[name].approvals(PUBLISHED, frozenset()).items()}
    return CODES[name] + " (FDA only)" * (held == {"FDA": True, "EMA": False})


def transplant_in_first_remission(risk: str) -> bool:
    """Whether transplant in first remission is what the authors generally recommend, at a risk by ELN 2022."""
    schema = {item.name: item.dtype for item in TRANSPLANT_IN_CR1.inputs}
    facts = {"eln_2022_risk": risk, "first_remission": True, "in_remission": True, "transplant_eligible": True}
    row = pl.DataFrame([{name: facts.get(name) for name in schema}], schema)
    [found] = answer(row, [TRANSPLANT_IN_CR1]).to_dicts()
    return bool(found[TRANSPLANT_IN_CR1.key] == TRANSPLANT_IN_CR1.answers[0])


def after_graft(given: Fields) -> Fields:
    """The third patient's relapse; the authors' plan supposes immunosuppression and no graft-versus-host disease."""
    months = float(given["relapse_months_after_hct"])
    stands = standings(
        {
            "overt": True,
            "prior_transplant": True,
            "months_to_relapse": months,
            "gvhd_active": False,
            "gvhd_ever": False,
            "on_immunosuppression": True,
        }
    )
    plan = ("Option: clinical trial", "Option: taper immunosuppression", "Option: donor lymphocytes")
    ranked = sorted((name for name in plan if stands[name] in RANKED), key=lambda name: RANKED.index(stands[name]))
    second = stands["Option: second allogeneic transplant"]
    return {
        "early_post_hct_relapse": months <= EARLY_MONTHS,
        "recommend_order": [CODES[name] for name in ranked],
        "second_HCT": "NOT_FAVOURED (not late relapse)" if second == Standing.NOT_FAVOURED else second,
    }
