"""Molecular relapses that await their second sample, counted from their first sample.

An entry stands as long as the molecular state of the stream is, or may be, an unconfirmed relapse. Traps: a sample too poor to
be called closes nothing; one whose call or adequacy is not known leaves the entry, no longer certain, even where either call
would settle the state; a relapse that another stream of the marker has confirmed is still unconfirmed in this one: the entry
says so and is less urgent; a treatment, an allograft or a haematological relapse ends the state unconfirmed, and with it the
entry. Where it cannot be told which sample is the first of the relapse, the last one that was surely called is meant, else the
first since which the state has been possible.

Heuser et al., Blood 2021;138:2753-2767; Thol, Döhner, Ganser, Blood 2024;143:11-20, Table 1; intervals in ``worklist.toml``
and the setting ``mrd.confirm_within``.
"""

from __future__ import annotations

import polars as pl

from tenfold.assessment import Assessment
from tenfold.logic.fold import YES
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.samples import STREAM, counts
from tenfold.records.timeline import FAR
from tenfold.settings import Settings
from tenfold.vocabulary import MolecularState
from tenfold.worklist.entries import CLOSING, INCOMPLETE, NO_DAY, EntryKind, Row, called, cited, stream_in_words, taken

AWAITS = MolecularState.RELAPSE_UNCONFIRMED
CONFIRMED = [MolecularState.RELAPSE_CONFIRMED.value, MolecularState.IN_RELAPSE.value]


def unconfirmed_relapses(assessment: Assessment, numbers: Settings) -> list[Row]:
    """Return an entry for each stream whose molecular state is, or may be, an unconfirmed relapse."""
    return [_entry(assessment, numbers, row) for row in _waiting(assessment).iter_rows(named=True)]


def _waiting(assessment: Assessment) -> pl.DataFrame:
    """The streams with their first sample of the relapse: `subject`, its days, its reason, `history_known`."""
    rows = assessment.molecular.with_columns(_waits=_waits(), _n=pl.int_range(pl.len()).over(STREAM)).with_columns(
        _before=pl.col("_n").filter(~pl.col("_waits")).max().over(STREAM).fill_null(-1), _last=pl.len().over(STREAM) - 1
    )
    run = rows.filter(pl.col("_n") > pl.col("_before"))
    standing = run.filter(pl.col("_n") == pl.col("_last")).select(
        *STREAM, "state", "state_possible", "state_decided_by", _relapse="relapse_sample_id"
    )
    rows = run.filter(counts()).join(
        standing.select(*STREAM, "_relapse"), on=STREAM, nulls_equal=True, maintain_order="left"
    )
    place = pl.col("_n")
    # After a sample that is surely called only itself can still await the next one.
    chosen = pl.coalesce(
        place.filter((pl.col("sample_id") == pl.col("_relapse")).fill_null(False)).first(),
        place.filter(called()).max(),
        place.min(),
    )
    first = rows.filter(place == chosen.over(STREAM)).select(
        *STREAM,
        "earliest_day",
        "latest_day",
        "history_known",
        subject="sample_id",
        why="reason",
        citation="reason_citation",
    )
    confirmed = (
        assessment.standing.filter(pl.col("state").is_in(CONFIRMED))
        .group_by("patient_id", "marker")
        .agg(confirmed_in=pl.col("tissue").unique().sort().str.join(" and "))
    )
    return standing.join(first, on=STREAM, how="left", nulls_equal=True).join(
        confirmed, on=["patient_id", "marker"], how="left"
    )


def _waits() -> pl.Expr:
    """Whether a suspected relapse still waits after a row: its state says so, or nothing that is sure has come since.

    A sample whose call nobody recorded was taken, and yet tells nothing.
    """
    possible = pl.col("state_possible").list.join("|")
    changed = possible != possible.shift(1).over(STREAM)
    tells = pl.when(pl.col("row") == "sample").then(counts() & called()).otherwise(changed)
    told = pl.when(pl.col("state_possible").list.contains(AWAITS.value)).then(True).when(tells).then(False)
    return told.forward_fill().over(STREAM).fill_null(False)


def _entry(assessment: Assessment, numbers: Settings, row: Row) -> Row:
    within = assessment.settings.entries["mrd.confirm_within"]
    earliest, latest = row["earliest_day"], row["latest_day"]
    since = earliest if earliest == latest else None
    due = None if latest is None or latest >= FAR else latest + int(within.value)
    waited = None if assessment.on is None or due is None else assessment.on - latest
    entry = {
        **{name: row[name] for name in (*STREAM, "confirmed_in")},
        "kind": EntryKind.UNCONFIRMED_RELAPSE.value,
        "certain": row["state"] == AWAITS and row["history_known"] == YES,
        "subject": row["subject"] or stream_in_words(row),
        "since_day": since,
        "due_day": due,
        "overdue_days": None if waited is None else max(0, waited - int(within.value)),
        "reminder": None if waited is None else _reminder(waited, numbers),
        "closes_by": CLOSING[EntryKind.UNCONFIRMED_RELAPSE].format(stream_in_words(row)),
    }
    asked = f"a second sample of the same tissue is asked for within {within.value:g} days {cited(within.source, within.verified)}"
    said = [_what(assessment, {**row, **entry}), asked]
    if row["confirmed_in"]:
        said.append(f"a relapse of {row['marker']} is confirmed in {row['confirmed_in']}")
    if row["history_known"] != YES:
        said.append(INCOMPLETE)
    if assessment.on is None:
        said.append(NO_DAY)
    return {**entry, "because": "; ".join(said)}


def _what(assessment: Assessment, row: Row) -> str:
    """What is seen, in the words of the molecular state."""
    first = f"sample {row['subject']} {taken(assessment.registry, row)}"
    if row["state"] == AWAITS:
        why = f": {row['why']} ({row['citation']})" if row["why"] else f" ({MOLECULAR_STATE.citation})"
        return f"{AWAITS}, first {first}{why}"
    deciding = "; ".join(row["state_decided_by"])
    possible = " or ".join(row["state_possible"])
    return f"{possible}, suspected from {first}; not known, and decides: {deciding} ({MOLECULAR_STATE.citation})"


def _reminder(waited: int, numbers: Settings) -> int:
    """The last reminder that was reached; 0 before the first."""
    reached = [
        one.value for one in numbers.entries.values() if one.name.startswith("reminder.") and waited >= one.value
    ]
    return int(max(reached, default=0))
