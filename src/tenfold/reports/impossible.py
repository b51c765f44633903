"""Histories that cannot be, for reading: what a centre must correct, beside everything that is made of the records.

The rows are kept and count as recorded; whoever cannot be timed is left out of an endpoint and counted there. Traps: a long
silence is possible and no fault: it is counted, since an event in it would be missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.endpoints.impossible import GAP, impossible_histories
from tenfold.history import history
from tenfold.mrd.reduction import measured_samples
from tenfold.mrd.streams import molecular_states
from tenfold.records.csv_out import write_csv
from tenfold.records.registry import Registry
from tenfold.response.course import course, marrow_responses
from tenfold.settings import DEFAULTS, Settings

MOST_ROWS = 50
FILE = "impossible_histories.csv"
KEPT = "kept as recorded"


def impossible_of(assessment: Assessment) -> pl.DataFrame:
    """Return what cannot be in the histories of an assessment (`impossible_histories`)."""
    return impossible_histories(assessment.registry, assessment.history)


def impossible_in(registry: Registry, settings: Settings = DEFAULTS) -> pl.DataFrame:
    """Return what cannot be in the histories of a registry, without assessing it otherwise."""
    turns = course(registry, settings, marrow_responses(registry, settings))
    molecular = molecular_states(registry, settings, turns, measured_samples(registry, settings))
    return impossible_histories(registry, history(registry, turns, molecular))


def parted(found: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the histories that cannot be, and the silences, which can."""
    return found.filter(pl.col("what") != GAP), found.filter(pl.col("what") == GAP)


def silences_in_words(silent: pl.DataFrame) -> str | None:
    """How many patients nothing is dated of for long, as a sentence; null for nobody."""
    patients = silent["patient_id"].n_unique() if silent.height else 0
    if not patients:
        return None
    whom = "1 patient" if patients == 1 else f"{patients} patients"
    return f"In {whom} nothing is recorded for more than a year: an event in that time would be missing."


def as_faults(wrong: pl.DataFrame) -> list[dict[str, Any]]:
    """The histories that cannot be, each as a fault is printed (`text.print_faults`)."""
    return [
        {
            "file": f"history of {row['patient_id']}",
            "line": None,
            "patient_id": row["patient_id"],
            "column": None,
            "value": None,
            "rule": f"{row['what']}: {row['explanation']}",
            "remedy": row["remedy"],
            "used": KEPT,
        }
        for row in wrong.to_dicts()
    ]


def write_impossible(found: pl.DataFrame, folder: Path) -> list[str]:
    """Write what cannot be, and the silences, as CSV; return the file name, or nothing where there is nothing to say."""
    if not found.height:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(found, folder / FILE)
    return [FILE]


def impossible_view(found: pl.DataFrame) -> dict[str, Any] | None:
    """The histories that cannot be, as a part of a page; null where there are none and no silence either."""
    wrong, silent = parted(found)
    said = silences_in_words(silent)
    if not wrong.height and said is None:
        return None
    patients = wrong["patient_id"].n_unique() if wrong.height else 0
    whom = "1 patient" if patients == 1 else f"{patients} patients"
    return {
        "lead": f"What is recorded of {whom} cannot be so. It is kept and counts as recorded, unless an endpoint leaves the "
        "patient out, who is then counted there."
        if patients
        else None,
        "columns": ["patient", "what", "why", "what to do"],
        "rows": [tuple(row.values()) for row in wrong.head(MOST_ROWS).to_dicts()],
        "more": f"{MOST_ROWS} of {wrong.height} are shown." if wrong.height > MOST_ROWS else None,
        "silent": said,
    }
