"""Every risk model for one patient, side by side: whether it applies, its group, what drives it, and where models differ.

Models are set against each other only where they use the same words for their groups and their answers cannot be one.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from tenfold.assessment import ALL_MODELS, Assessment, model_rows
from tenfold.calculator import published_lines
from tenfold.logic.decision import Question
from tenfold.logic.explain import Explanation, explain
from tenfold.risk.published import published_for

APPLIES = {"yes": "yes", "no": "outside its scope", "unknown": "not known"}


def models_of(assessment: Assessment, patient_id: str) -> dict[str, Any]:
    """Return `models` (one entry each, in catalogue order) and `differences` (sentences). KeyError for nobody known."""
    rows = model_rows(assessment, patient_id)
    views = [_view(model, rows[model.name]) for model in ALL_MODELS]
    return {"models": views, "differences": _differences(views)}


def _view(model: Question, row: Mapping[str, Any]) -> dict[str, Any]:
    explained = explain(model, row)
    return {
        "model": model.name,
        "edition": model.edition,
        "question": model.question,
        "applies": APPLIES[explained.scope],
        "why_not": [*explained.refused_by, *explained.outside],
        "scope_in_doubt": list(explained.scope_in_doubt),
        "headline": explained.headline,
        "possible": list(explained.possible),
        "drivers": _drivers(explained),
        "rules": list(explained.rules) if explained.answer else [],
        "reads": [item.name for item in model.inputs],
        "groups": list(model.answers),
        "published": published_lines(model, explained.possible, row["relapsed_or_refractory"]),
        "published_verified": all(one.verified for one in published_for(model, row["relapsed_or_refractory"])),
        "caution": model.said,
        "citation": model.citation,
    }


def _drivers(explained: Explanation) -> list[str]:
    """What of the patient moves the answer: every known criterion that is not at its first level."""
    return [
        reading.wording
        + (f" ({reading.value})" if reading.value else "" if reading.level == "yes" else f": {reading.level}")
        for reading in explained.because
        if reading.level is not None and not reading.is_first
    ]


def _differences(views: list[dict[str, Any]]) -> list[str]:
    answered = [view for view in views if view["possible"]]
    said = []
    for one, other in combinations(answered, 2):
        same_words = set(one["groups"]) == set(other["groups"])
        if same_words and not set(one["possible"]) & set(other["possible"]):
            said.append(f"{_claim(one)}; {_claim(other)}")
    return said


def _claim(view: dict[str, Any]) -> str:
    because = "; ".join(view["rules"] or view["drivers"]) or "nothing that it counts was found"
    return f"{view['model']} says {' or '.join(view['possible'])} ({because})"
