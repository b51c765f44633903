"""Endpoints asked of small registries, for tests: a patient's row, and what it tells."""

from __future__ import annotations

from typing import Any

from tenfold.assessment import assess
from tenfold.endpoints import ENDPOINTS, OVERALL_SURVIVAL, RELAPSE_FREE_SURVIVAL, RELAPSE_FREE_SURVIVAL_MRD
from tenfold.endpoints import times as endpoint_times
from tenfold.logic.at_once import at_once
from tenfold.records import Registry
from tenfold.vocabulary import Clock

Row = dict[str, Any]
Tables = dict[str, list[Row]]
OS, RFS, RFS_MRD = OVERALL_SURVIVAL, RELAPSE_FREE_SURVIVAL, RELAPSE_FREE_SURVIVAL_MRD
OPEN = "it cannot be told whether an MRD relapse was confirmed"
DAY = ("sample_day", "response_day", "start_day", "event_day", "transplant_day")
EVERY_CLOCK = [(rule, None) for rule in ENDPOINTS] + [(rule, clock) for rule in ENDPOINTS for clock in Clock]


def day_of(row: Row) -> int:
    return next(int(row[name]) for name in DAY if name in row)


def rows_of(made: Registry, rule: Any, clock: Clock | None = None, on: int | None = None) -> list[Row]:
    assessment = assess(made, on=on)
    return endpoint_times(assessment.registry, assessment.history, assessment.molecular, rule, clock).to_dicts()


def row(made: Registry, rule: Any, clock: Clock | None = None, on: int | None = None) -> Row:
    [only_row] = rows_of(made, rule, clock, on)
    return only_row


def told(found: Row) -> tuple[Any, ...] | str:
    """(days, event, kind) of a patient with a time, "left out" of one without."""
    if found["left_out_because"] is not None:
        assert all(found[name] is None for name in ("time_days", "time_months", "event", "event_kind", "end_day"))
        return "left out"
    return found["time_days"], found["event"], found["event_kind"]


def patient(**fields: Any) -> list[Row]:
    return [{"patient_id": "p", "diagnosis_day": -100, "age_years": 60, **fields}]


def event(day: int, kind: str, present: bool | None = True) -> Row:
    return {"event_day": day, "kind": kind, "present": present}


def without(made: Registry, *tables: str) -> Registry:
    return Registry.from_tables({k: v for k, v in made.tables.items() if k not in tables}, relative=True)


def every_time(made: Registry, asked: list[Any]) -> list[dict[str, Row]]:
    """For each endpoint and clock, the row of each patient."""
    one = assess(made)
    return at_once(
        lambda: [
            {r["patient_id"]: r for r in endpoint_times(made, one.history, one.molecular, *which).to_dicts()}
            for which in asked
        ]
    )
