"""Which questions an assessment asks of which picture, and where each fact that they read is written down.

The pictures: `risk` (the present), `diagnosis`, `remission`, `guidance` (one row a patient each) and `marrows` (a row a marrow).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tenfold.assessment import CLASSES, DIAGNOSTIC_MODELS, RISK_MODELS
from tenfold.guidance.options.beside import questions
from tenfold.guidance.remission.after_remission import AFTER_REMISSION_QUESTIONS
from tenfold.guidance.remission.journey import JOURNEY_QUESTIONS
from tenfold.guidance.remission.stopping import STOPPING_QUESTIONS
from tenfold.logic.decision import Question
from tenfold.response.eln2022 import response_decision
from tenfold.risk.beataml2024 import BEAT_AML_2024
from tenfold.settings import Settings

PICTURES = ("guidance", "remission", "risk", "diagnosis")
"""Those with one row a patient."""
OF_TREATMENT = ("guidance", "remission")
"""Those whose answers guide what is done now."""
WHEN = {
    "guidance": "in the present phase (since the relapse, if there was one)",
    "remission": "at diagnosis or since",
    "risk": "in the present phase (since the relapse, if there was one)",
    "diagnosis": "at diagnosis",
    "marrows": "around the day of this marrow",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact is written down, and how it is asked for."""

    table: str
    column: str
    question: str

    def asked(self, fact: str, when: str) -> str:
        """The question about one fact."""
        return self.question.replace("{fact}", fact.replace("_", "-")).replace("{when}", when)


def asked_questions(settings: Settings) -> dict[str, tuple[Question, ...]]:
    """Picture -> the questions that are asked of it."""
    return {
        "guidance": questions(settings),
        "remission": (*STOPPING_QUESTIONS, *AFTER_REMISSION_QUESTIONS, *JOURNEY_QUESTIONS),
        "risk": RISK_MODELS,
        "diagnosis": (*DIAGNOSTIC_MODELS, *CLASSES, BEAT_AML_2024),
        "marrows": (response_decision(settings["response.cri_reading"]),),
    }


@cache
def places() -> Mapping[str, Place]:
    """A fact -> where it is written down."""
    found: dict[str, Place] = {}
    for entry in _file()["asked"]:
        place = Place(entry["table"], entry["column"], entry["question"])
        found |= dict.fromkeys(entry["facts"], place)
    return found


@cache
def asked_of_nobody() -> Mapping[str, str]:
    """A fact that no record holds -> why."""
    return dict(_file()["nobody"])


@cache
def _file() -> dict:  # type: ignore[type-arg]
    return tomllib.loads((resources.files("tenfold.reports") / "asked_of.toml").read_text("utf-8"))
