"""A patient on azacitidine and venetoclax in remission of NPM1-mutated AML, day 0 the first dose, and what is asked of them."""

from __future__ import annotations

from typing import Any

import polars as pl

from registries import Row, asked_once, line, registry, remission, sample
from tenfold.assessment import Assessment, assess
from tenfold.guidance.remission.due_samples import next_samples
from tenfold.guidance.remission.picture import remission_picture, schedules
from tenfold.guidance.remission.stopping import STOPPING_QUESTIONS
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.reports.remission import next_lines, remission_sections
from tenfold.settings import DEFAULTS, Settings

TODAY = 500
GENES = ("NPM1", "FLT3", "TP53", "ASXL1", "RUNX1")
MARROWS = (60, 120, 200, 290, 380, 470)
STRICT, TWELVE, SIX, EIGHT = STOPPING_QUESTIONS


def counts_on(*days: int, anc: float = 2.0, platelets: float = 150.0) -> list[Row]:
    return [{"sample_day": day, "anc_e9_l": anc, "platelets_e9_l": platelets} for day in days]


def cycles_from(*days: int) -> list[Row]:
    return [
        {"line": 1, "cycle": k + 1, "start_day": day, "venetoclax_mg": 400, "partner_drug": "azacitidine"}
        for k, day in enumerate(days)
    ]


def facts(**changed: Any) -> dict[str, list[Row]]:
    """The tables of a patient of whom everything that stopping asks for is true on day 500; `changed` ones replace them."""
    return {
        "variants": [{"sample_day": -90, "gene": "NPM1"}],
        "genes_tested": [{"sample_day": -90, "gene": gene} for gene in GENES],
        "treatments": [line(0, "induction", intensive=False, line=1)],
        "responses": [remission(40)],
        "mrd_samples": [sample(day, "neg") for day in MARROWS],
        "cycles": cycles_from(*range(0, 490, 42)),
        "counts": counts_on(460, 480, 495),
        "status": [{"status_day": 10, "transplant_eligible": True}],
        **changed,
    }


@asked_once
def assessed(on: int | None = TODAY, settings: Settings = DEFAULTS, **tables: list[Row]) -> Assessment:
    return assess(registry(**tables), settings, on)


@asked_once
def picture(on: int | None = TODAY, **tables: list[Row]) -> pl.DataFrame:
    made = assessed(on, **tables)
    return remission_picture(made.registry, made.settings, made.molecular, made.risk, made.diagnosis, on)


def asked(question: Decision, on: int | None = TODAY, **tables: list[Row]) -> dict[str, Any]:
    [row] = answer(picture(on, **tables), [question]).to_dicts()
    return row


def told(question: Decision, on: int | None = TODAY, **tables: list[Row]) -> Any:
    """The one answer, or the set of possible ones; empty where it is refused."""
    row = asked(question, on, **tables)
    return row[question.key] or set(row[f"{question.key}_possible"])


def page(on: int | None = TODAY, settings: Settings = DEFAULTS, **tables: list[Row]) -> dict[str, list[str]]:
    """What the page says after remission, by the titles of its sections; empty ones are left out."""
    made = assessed(on, settings, **tables)
    sections = remission_sections(made, "p", lambda text, source: {"text": text})
    said = {title: [line["text"] for line in lines] for title, lines in sections if lines}
    next_ = [line["text"] for line in next_lines(made, "p", lambda text, source: {"text": text})]
    return said | ({"Next sample": next_} if next_ else {})


def due(on: int | None = TODAY, **tables: list[Row]) -> list[dict[str, Any]]:
    made = assessed(on, **tables)
    facts_ = schedules(made.molecular, made.diagnosis, picture(on, **tables), on)
    return next_samples(facts_, made.molecular, made.settings, on).to_dicts()
