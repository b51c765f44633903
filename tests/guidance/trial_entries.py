"""Entries of trials and pictures of patients for tests of matching."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl

from tenfold.guidance.trials.eligibility import StructuredTrial, parse_trials
from tenfold.guidance.trials.facts import FACTS
from tenfold.guidance.trials.matching import matches

ON = date(2026, 3, 1)
NUMBERS = {
    "age_years": [17.9, 18.0, 60.5, 75.0, 75.9, 76.0],
    "ecog": [0.0, 1.0, 2.0, 3.0],
    "lines": [0, 1, 2, 4],
    "months_to_relapse": [2.5, 6.0, 6.01],
}
LEVELS = [0.0, 50.0, 200.0, 200.1, 900.0]
TISSUES = ["marrow", "blood"]
DERIVED = ("molecular_relapse", "molecular_failure")
YES_NO = [name for name, fact in FACTS.items() if fact.kind == "yes/no" and name not in DERIVED]
TYPES: dict[str, Any] = {
    "patient_id": pl.String,
    **dict.fromkeys(YES_NO, pl.Boolean),
    **dict.fromkeys(NUMBERS, pl.Float64),
    "lines": pl.Int64,
    "npm1_per_1e4_low": pl.Float64,
    "npm1_per_1e4_high": pl.Float64,
    "npm1_tissue": pl.String,
}


def toml(entry: dict[str, Any]) -> str:
    """An entry as its file writes it."""

    def value(item: Any) -> str:
        if isinstance(item, dict):
            return "{ " + ", ".join(f"{key} = {value(part)}" for key, part in item.items()) + " }"
        if isinstance(item, list):
            return "[" + ", ".join(map(value, item)) + "]"
        return str(item) if isinstance(item, date) else json.dumps(item, ensure_ascii=False)

    lines = ["[[trial]]", *(f"{key} = {value(item)}" for key, item in entry.items() if key != "criterion")]
    for criterion in entry.get("criterion", []):
        lines += ["[[trial.criterion]]", *(f"{key} = {value(item)}" for key, item in criterion.items())]
    return "\n".join(lines) + "\n"


def trial_of(entry: dict[str, Any]) -> StructuredTrial:
    read = parse_trials(toml(entry), "centre.toml")
    assert not read.faults, [str(fault) for fault in read.faults]
    [trial] = read.trials
    return trial


def picture_of(patients: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{"patient_id": f"P{n}", **row} for n, row in enumerate(patients)], TYPES)


def entry_of(*criteria: dict[str, Any], **fields: Any) -> dict[str, Any]:
    said = {"kind": "inclusion", "wording": "as written", "source": "protocol"}
    needed = {"id": "X-1", "title": "An example", "status": "recruiting", "source": "protocol", "complete": True}
    return {**needed, "status_date": date(2026, 2, 1), **fields, "criterion": [said | one for one in criteria]}


def answer_of(entry: dict[str, Any], **facts: Any) -> str:
    frame = pl.DataFrame({"patient_id": ["P"], **{name: [value] for name, value in facts.items()}})
    return matches(frame, [trial_of(entry)], ON)["answer"][0]
