"""Every definition and model, listed once. The calculators, the schemas and the documentation are made from this list."""

from __future__ import annotations

import difflib
import re

from tenfold.assay import verdicts
from tenfold.genetics import classes
from tenfold.guidance.options.beside import questions as option_questions
from tenfold.guidance.remission.after_remission import AFTER_REMISSION_QUESTIONS
from tenfold.guidance.remission.journey import JOURNEY_QUESTIONS
from tenfold.guidance.remission.next_sample import NEXT_SAMPLE_QUESTIONS
from tenfold.guidance.remission.stopping import STOPPING_QUESTIONS
from tenfold.guidance.venetoclax.cycle_length import CYCLE_QUESTIONS
from tenfold.guidance.venetoclax.dosing import DOSE_QUESTIONS
from tenfold.guidance.venetoclax.toxicity import NEUTROPENIA_GRADE, THROMBOCYTOPENIA_GRADE
from tenfold.logic.decision import Question
from tenfold.logic.fold import Fold
from tenfold.mrd.label import ELN_LABEL, FILO_LABEL, LEVEL_BAND
from tenfold.mrd.label_editions import ELN_2018_LABEL, ELN_2025_LABEL
from tenfold.mrd.molecular_response import MOLECULAR_RESPONSE
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.qualified import RESPONSE_WITH_MRD
from tenfold.mrd.tiong import COHORT
from tenfold.response.eln2022 import (
    REFRACTORY,
    REFRACTORY_FERGUSON,
    RELAPSE,
    RESPONSE,
    RESPONSE_ONE_RECOVERED,
)
from tenfold.response.refractory import REFRACTORY_AS_QUOTED, REFRACTORY_ESMO
from tenfold.risk.beataml2024 import BEAT_AML_2024
from tenfold.risk.eln2017 import ELN_2017
from tenfold.risk.eln2022 import ELN_2022
from tenfold.risk.eln2024 import ELN_2024
from tenfold.risk.mayo import MAYO_2024, MAYO_2025, MAYO_INTENSIVE
from tenfold.risk.mprs import MPRS
from tenfold.risk.relapse_indices import BREEMS, GOELAMS
from tenfold.risk.venprs import EVENT_FREE_SURVIVAL, OVERALL_SURVIVAL

RISK_AT_PRESENT: tuple[Question, ...] = (OVERALL_SURVIVAL, EVENT_FREE_SURVIVAL)
"""Models that an assessment, and a comparison at time zero, ask of the present picture."""

RISK_AT_DIAGNOSIS: tuple[Question, ...] = (
    ELN_2022,
    ELN_2017,
    ELN_2024,
    MPRS,
    MAYO_2025,
    MAYO_2024,
    MAYO_INTENSIVE,
    BEAT_AML_2024,
    BREEMS,
    GOELAMS,
)
"""Models that they ask of the picture at diagnosis."""

GROUPS: dict[str, tuple[Question, ...]] = {
    "Risk when treatment with venetoclax begins": RISK_AT_PRESENT,
    "Risk at diagnosis and in relapse": RISK_AT_DIAGNOSIS,
    "Response, refractory disease and relapse": (
        RESPONSE,
        RESPONSE_ONE_RECOVERED,
        RELAPSE,
        REFRACTORY,
        REFRACTORY_FERGUSON,
        REFRACTORY_AS_QUOTED,
        REFRACTORY_ESMO,
        RESPONSE_WITH_MRD,
    ),
    "Measurable residual disease": (
        LEVEL_BAND,
        ELN_LABEL,
        FILO_LABEL,
        ELN_2018_LABEL,
        ELN_2025_LABEL,
        MOLECULAR_RESPONSE,
        COHORT,
    ),
    "Class of disease": classes.QUESTIONS,
    "Venetoclax: dose and cycle": (*DOSE_QUESTIONS, *CYCLE_QUESTIONS, NEUTROPENIA_GRADE, THROMBOCYTOPENIA_GRADE),
    "Options": option_questions(),
    "After remission": (*AFTER_REMISSION_QUESTIONS, *STOPPING_QUESTIONS, *JOURNEY_QUESTIONS, *NEXT_SAMPLE_QUESTIONS),
    "A qPCR run": verdicts.QUESTIONS,
}
"""Decisions and scores by what they are about: one row asks one question."""

QUESTIONS: tuple[Question, ...] = tuple(question for group in GROUPS.values() for question in group)
"""All of them."""

FOLDS: tuple[Fold, ...] = (MOLECULAR_STATE,)
"""State machines over a patient's dated facts."""


def find(name: str) -> tuple[Question, ...]:
    """Return the questions that a name means: one exactly, or all that it begins (case and punctuation do not matter).

    LookupError names the nearest where there is none.
    """
    wanted = _plain(name)
    exact = tuple(question for question in QUESTIONS if _plain(question.name) == wanted)
    found = exact or tuple(question for question in QUESTIONS if wanted and _plain(question.name).startswith(wanted))
    if not found:
        names = [question.name for question in QUESTIONS]
        near = difflib.get_close_matches(name.lower(), [n.lower() for n in names], 1, 0.4)
        hint = f"; did you mean {next(n for n in names if n.lower() == near[0])}?" if near else ""
        raise LookupError(f"no model is called {name}{hint} (tenfold score --list shows all)")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
