"""What an entry of the worklist is: its kinds, its columns, its urgency, and the numbers that it is counted by."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from importlib import resources
from typing import Any

import polars as pl

from tenfold.logic.fold import NO, YES
from tenfold.records.registry import Registry
from tenfold.settings import Setting, Settings


class EntryKind(StrEnum):
    """What needs attention."""

    CONFIRMED_RELAPSE = "confirmed molecular relapse, no treatment on record"
    UNCONFIRMED_RELAPSE = "unconfirmed molecular relapse"
    MOLECULAR_FAILURE = "other molecular failure, no treatment on record"
    SAMPLE_OVERDUE = "sample overdue"
    INADEQUATE_SAMPLE = "inadequate sample"
    STOPPING = "stopping venetoclax may be considered"


COLUMNS: dict[str, Any] = {
    "urgency": pl.Int64,
    "patient_id": pl.String,
    "kind": pl.String,
    "certain": pl.Boolean,
    "subject": pl.String,
    "marker": pl.String,
    "tissue": pl.String,
    "method": pl.String,
    "since_day": pl.Int64,
    "due_day": pl.Int64,
    "overdue_days": pl.Int64,
    "reminder": pl.Int64,
    "because": pl.String,
    "closes_by": pl.String,
}
"""The columns of a worklist, in order."""
UNDECIDED_COLUMNS: dict[str, Any] = {
    "patient_id": pl.String,
    "kind": pl.String,
    "subject": pl.String,
    "because": pl.String,
}
"""The columns of what may need attention and hangs on what is not known."""
URGENCY = (
    (EntryKind.CONFIRMED_RELAPSE, True, False),
    (EntryKind.UNCONFIRMED_RELAPSE, True, False),
    (EntryKind.MOLECULAR_FAILURE, True, False),
    (EntryKind.SAMPLE_OVERDUE, True, False),
    (EntryKind.INADEQUATE_SAMPLE, True, False),
    (EntryKind.CONFIRMED_RELAPSE, False, False),
    (EntryKind.UNCONFIRMED_RELAPSE, False, False),
    (EntryKind.MOLECULAR_FAILURE, False, False),
    (EntryKind.SAMPLE_OVERDUE, False, False),
    (EntryKind.INADEQUATE_SAMPLE, False, False),
    (EntryKind.UNCONFIRMED_RELAPSE, True, True),
    (EntryKind.UNCONFIRMED_RELAPSE, False, True),
    (EntryKind.STOPPING, True, False),
)
"""Kind, whether it is certain, and whether another stream has confirmed the relapse; the most urgent first: 1, 2 and so on.

Within one, the longest overdue comes first.
"""
CALLED = "a further sample of {} that is positive, or negative and adequate; or a signed reason"
TREATED = (
    "treatment aimed at it that begins after its sample, an allograft, a haematological relapse,"
    " or a further sample of {} that {}; or a signed reason"
)
CLOSING = {
    EntryKind.CONFIRMED_RELAPSE: TREATED.format("{}", "is negative and adequate"),
    EntryKind.MOLECULAR_FAILURE: TREATED.format("{}", "shows it no more"),
    EntryKind.UNCONFIRMED_RELAPSE: f"{CALLED}. Treatment of the relapse, an allograft or a haematological relapse ends it"
    " unconfirmed",
    EntryKind.SAMPLE_OVERDUE: CALLED,
    EntryKind.INADEQUATE_SAMPLE: f"{CALLED}. An allograft or a haematological relapse ends it",
    EntryKind.STOPPING: "a recorded end of venetoclax, a criterion that no longer holds, or a signed decision to go on",
}
"""What closes an entry of each kind; in place of the braces, of what."""
SAME_STREAM = "the same marker, tissue and method"
NO_DAY = "no day was given: whether it is overdue cannot be told"
INCOMPLETE = "the patient's MRD samples are not recorded completely, and a later one may be missing"
Row = dict[str, Any]


def _numbers() -> Settings:
    text = resources.files("tenfold.worklist").joinpath("worklist.toml").read_text("utf-8")
    return Settings(
        {
            f"{section}.{name}": Setting(f"{section}.{name}", **fields)
            for section, items in tomllib.loads(text).items()
            for name, fields in items.items()
        }
    )


NUMBERS = _numbers()
"""The numbers as shipped; `NUMBERS.changed(reminder__first=7)` for a centre that reminds earlier."""


def called() -> pl.Expr:
    """Whether a sample was surely called: positive, or negative and adequate."""
    detected, adequate = pl.col("detected_code"), pl.col("adequate_code")
    return (detected == YES) | ((detected == NO) & (adequate == YES))


def too_poor() -> pl.Expr:
    """Whether a sample was surely too poor to be called."""
    return (pl.col("adequate_code") == NO) & ((pl.col("detected_code") == NO) | (pl.col("no_call") == YES))


def framed(rows: list[Row], columns: dict[str, Any]) -> pl.DataFrame:
    """Return rows as a frame with just these columns; what a row does not have is null."""
    return pl.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns, orient="row")


def in_order(rows: list[Row]) -> pl.DataFrame:
    """Return entries with their urgency, the most urgent first; the order of the rows that come in does not matter."""
    ranks = {(kind.value, certain, elsewhere): rank for rank, (kind, certain, elsewhere) in enumerate(URGENCY, 1)}
    ranked = [{**row, "urgency": ranks[row["kind"], row["certain"], bool(row.get("confirmed_in"))]} for row in rows]
    return ordered(ranked)


def ordered(rows: list[Row], columns: dict[str, Any] = COLUMNS) -> pl.DataFrame:
    """Return entries whose urgency is known (those of several worklists, say), the most urgent first."""
    return framed(rows, columns).sort(
        "urgency",
        pl.col("overdue_days").fill_null(-1),
        pl.col("since_day"),
        "patient_id",
        "subject",
        "marker",
        "tissue",
        "method",
        descending=[False, True, *[False] * 6],
        nulls_last=True,
    )


def cited(source: str, verified: bool) -> str:
    """A source in brackets, and whether it was read in the original."""
    return f"({source}{'' if verified else '; not verified'})"


def stream_in_words(row: Row) -> str:
    """Marker, tissue and method of a stream: "NPM1 in marrow by rt-qpcr"."""
    method = "an unrecorded method" if row["method"] is None else row["method"]
    return f"{row['marker']} in {row['tissue']} by {method}"


def taken(registry: Registry, row: Row) -> str:
    """When the sample of a placed row was taken: its day, or between which days it lies."""
    if row["since_day"] is not None:
        return f"of {registry.format_day(row['since_day'])}"
    return "of a day that is not known"
