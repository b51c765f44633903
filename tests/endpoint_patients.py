"""Worked patients diagnosed on day 0 for tests, and their times to any endpoint, each with its reason where there is none."""

from __future__ import annotations

from typing import Any

import polars as pl

from registries import line, registry, sample
from tenfold.assessment import Assessment, assess
from tenfold.endpoints import EVERY_ENDPOINT, times
from tenfold.records import Registry
from tenfold.vocabulary import Clock

Row = dict[str, Any]
RELAPSED = [sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]
_ASSESSED: dict[tuple[int, int | None], tuple[Registry, Assessment]] = {}


def assessed(made: Registry, on: int | None = None) -> Assessment:
    """The assessment of a registry, made once."""
    key = (id(made), on)
    if key not in _ASSESSED or _ASSESSED[key][0] is not made:
        _ASSESSED.clear()
        _ASSESSED[key] = (made, assess(made, on=on))
    return _ASSESSED[key][1]


def frame(made: Registry, name: str, clock: Clock | None = None, on: int | None = None, **more: Any) -> pl.DataFrame:
    one = assessed(made, on)
    return times(one.registry, one.history, one.molecular, EVERY_ENDPOINT[name], clock, **more)


def row(made: Registry, name: str, clock: Clock | None = None, on: int | None = None, **more: Any) -> Row:
    [found] = frame(made, name, clock, on, **more).to_dicts()
    return found


def told(made: Registry, name: str, clock: Clock | None = None, on: int | None = None) -> Any:
    """(days, status, kind) of a patient with a time, the reason of one without."""
    found = row(made, name, clock, on)
    if found["left_out_because"] is not None:
        empty = ("time_days", "time_months", "event", "competing", "status", "event_kind", "end_day", "entry_days")
        assert all(found[column] is None for column in empty)
        return found["left_out_because"]
    assert found["event"] == (found["status"] == "event")
    assert found["competing"] == (found["status"] == "competing")
    return found["time_days"], found["status"], found["event_kind"]


def patient(**fields: Any) -> list[Row]:
    return [{"patient_id": "p", "diagnosis_day": 0, "age_years": 60, **fields}]


def said(day: int, word: str) -> Row:
    return {"response_day": day, "reported_response": word}


def marrow(day: int, blasts: float) -> Row:
    return {"sample_day": day, "blasts_pct": blasts, "spicules": True, "cells_counted": 300}


def event(day: int, kind: str) -> Row:
    return {"event_day": day, "kind": kind, "present": True}


def treated(responses: list[Row], contact: int | None = None, death: int | None = None, **more: Any) -> Registry:
    """Diagnosed on day 0, treated from day 5."""
    more.setdefault("treatments", [line(5, "induction", "azacitidine+venetoclax", intensive=False, line=1)])
    dates = {"last_contact_day": contact, "death_day": death}
    return registry(patients=patient(**{k: v for k, v in dates.items() if v is not None}), responses=responses, **more)
