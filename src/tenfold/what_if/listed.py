"""Answers that come as a list of rows: the windows of the next samples, and trials.

A frame is known by its columns, whatever it is called: a schedule has a window (`earliest_day`, `latest_day`), `overdue` and
the name of the `schedule`; trials have a `trial` and an `answer`, and may have the `reasons` for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.records.registry import Registry

WINDOW = {"schedule", "earliest_day", "latest_day", "overdue"}
TRIAL = {"trial", "answer"}


@dataclass(frozen=True)
class Listed:
    """What the rows of one schedule or trial say, and why."""

    said: tuple[str, ...]
    why: str = ""


def listed_answers(
    frames: Mapping[str, pl.DataFrame], patient_id: str, registry: Registry
) -> dict[tuple[str, str, str], Listed]:
    """Return what each schedule and trial says of a patient, by (what it is about, its name, the frame's name)."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for name, frame in frames.items():
        columns = set(frame.columns)
        if columns >= WINDOW:
            about, named, said = "next samples", _schedule, _window
        elif columns >= TRIAL:
            about, named, said = "trials", _trial, _match
        else:
            continue
        for row in frame.filter(pl.col("patient_id") == patient_id).to_dicts():
            key = about, named(row), name
            found.setdefault(key, []).append((said(row, registry), "; ".join(row.get("reasons") or ())))
    return {
        key: Listed(tuple(sorted(said for said, _ in rows)), "; ".join(filter(None, (why for _, why in rows))))
        for key, rows in found.items()
    }


def _schedule(row: Mapping[str, Any]) -> str:
    named = [row.get("marker"), row.get("tissue") and f"in {row['tissue']}"]
    where = " ".join(filter(None, named))
    return f"{where}: {row['schedule']}" if where and row["schedule"] else where or str(row["schedule"])


def _window(row: Mapping[str, Any], registry: Registry) -> str:
    low, high = row["earliest_day"], row["latest_day"]
    if low is None and high is None:
        said = row.get("because") or "no day can be given"
    elif low == high:
        said = registry.format_day(low)
    else:
        first = "" if low is None else f"from {registry.format_day(low)}"
        said = f"{first}{'' if high is None else f' up to {registry.format_day(high)}'}".strip()
    return f"{said}, overdue" if row["overdue"] else said


def _trial(row: Mapping[str, Any]) -> str:
    return str(row["trial"])


def _match(row: Mapping[str, Any], registry: Registry) -> str:
    return str(row["answer"]) if row["answer"] is not None else "not known"
