"""What was published for the groups of each model, from ``published.toml`` and the tables of VEN-PRS."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tenfold.logic.decision import Question
from tenfold.risk import venprs

PAPER = venprs.CITATION.partition(", Table")[0]
"""Groups and medians stand in the text of the paper, weights in its table."""


@dataclass(frozen=True)
class Outcome:
    """One published outcome by group, as printed; `verified` is False where the original was not read.

    `setting` is "relapsed or refractory" where it was seen in such patients and the model was made for others.
    """

    model: str
    title: str
    groups: Mapping[str, str]
    citation: str
    note: str = ""
    verified: bool = True
    setting: str | None = None


@cache
def outcomes() -> tuple[Outcome, ...]:
    """Every published outcome of every model."""
    text = resources.files("tenfold.risk").joinpath("published.toml").read_text("utf-8")
    return (*_venprs(), *(Outcome(**entry) for entry in tomllib.loads(text)["outcome"]))


def _venprs() -> list[Outcome]:
    found = []
    for question, endpoint in ((venprs.OVERALL_SURVIVAL, "OS"), (venprs.EVENT_FREE_SURVIVAL, "EFS")):
        tables = venprs.PUBLISHED[endpoint]["published"]
        for title, figures in tables.items():
            if title != "note":
                groups = {group: str(figure) for group, figure in zip(question.answers, figures, strict=True)}
                found.append(Outcome(question.name, title, groups, PAPER, tables["note"]))
    return found


def published_for(question: Question, relapsed_or_refractory: bool | None = True) -> tuple[Outcome, ...]:
    """The published outcomes of one model; without those of relapsed or refractory patients for who is not one."""
    return tuple(
        outcome
        for outcome in outcomes()
        if outcome.model == question.name and (outcome.setting is None or relapsed_or_refractory)
    )
