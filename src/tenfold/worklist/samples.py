"""Samples that are overdue, and samples that were too poor to be called and were not repeated.

What is overdue is read from the schedule's own answer (`next_samples`), never counted again: overdue there is an entry here.
Marrow and blood that one recommendation offers are one entry. A second sample that an unconfirmed relapse asks for stands under
that relapse. Traps: a sample whose call or adequacy is not known neither closes an entry for an inadequate one before it nor
opens one; outside remission nothing is asked for; a haematological relapse or an allograft begins anew.

Heuser et al., Blood 2021;138:2753-2767; the schedules' sources in ``guidance/remission/next_sample.toml``.
"""

from __future__ import annotations

import polars as pl

from tenfold.assessment import Assessment
from tenfold.guidance.remission.due_samples import ALTERNATIVES
from tenfold.guidance.remission.negativity import BEGINS_ANEW
from tenfold.guidance.remission.next_sample import BEYOND, CONFIRM, DURING_INTENSIVE, NOT_STATED
from tenfold.logic.fold import YES
from tenfold.mrd.molecular_memory import Reason
from tenfold.mrd.molecular_words import REASONS
from tenfold.mrd.samples import STREAM, counts
from tenfold.records.timeline import FAR
from tenfold.vocabulary import MolecularState
from tenfold.worklist.entries import (
    CLOSING,
    INCOMPLETE,
    NO_DAY,
    EntryKind,
    Row,
    called,
    cited,
    stream_in_words,
    taken,
    too_poor,
)

NOTHING_DUE = {"", BEYOND, NOT_STATED, DURING_INTENSIVE}
"""Schedules by which no sample is due on a day that could be over."""
REMISSION_UNKNOWN = "whether the patient is in remission is not known"
OUTSIDE = [MolecularState.OUTSIDE_REMISSION.value, MolecularState.RELAPSE_SUPERSEDED.value]


def _in_remission(assessment: Assessment) -> pl.DataFrame:
    return assessment.remission.select("patient_id", "in_remission")


def due_samples(assessment: Assessment, waiting: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return entries for overdue samples, and what may be overdue and cannot be told.

    `waiting`: the entries of unconfirmed relapses. Overdue whatever the unknown days were is certain; where the window is
    known in part and it may be overdue, the entry is not certain; without a day, or without any window, it cannot be told.
    """
    suspected = {(row["patient_id"], row["marker"], row["tissue"]) for row in waiting}
    surely = {(row["patient_id"], row["marker"], row["tissue"]) for row in waiting if row["certain"]}
    people = _in_remission(assessment).join(
        assessment.registry.complete("mrd_samples").with_columns(_complete=pl.lit(True)), on="patient_id", how="left"
    )
    stray = assessment.registry.table("mrd_samples").filter(pl.col("tissue").is_null())["patient_id"].unique()
    rows = _either_tissue(assessment.next_samples).join(people, on="patient_id", how="left", maintain_order="left")
    rows = rows.with_columns(
        recorded=pl.col("_complete").fill_null(False)
        & (pl.col("complete_from_day") <= pl.col("earliest_day")).fill_null(pl.col("complete_from_day").is_null())
        & ~pl.col("patient_id").is_in(stray.implode())
    )
    entries: list[Row] = []
    open_: list[Row] = []
    for row in rows.iter_rows(named=True):
        # A level that awaits its second sample for certain does not stand under a relapse that is only possible.
        under = surely if row["recorded"] else suspected
        second = row["schedule"] == CONFIRM and (row["patient_id"], row["marker"], row["tissue"]) in under
        if second or row["overdue"] is False or set(row["schedule"].split(" or ")) <= NOTHING_DUE:
            continue
        window = row["earliest_day"] is not None or row["latest_day"] is not None
        if row["overdue"] or (window and assessment.on is not None):
            entries.append(_due(assessment, row))
        else:
            open_.append(_may_be_due(assessment, row))
    return entries, open_


def _either_tissue(rows: pl.DataFrame) -> pl.DataFrame:
    """The samples due, marrow and blood of one recommendation made one: due until the later of their days."""
    alternative = pl.col("schedule").is_in(ALTERNATIVES)
    group = ["patient_id", "marker", "schedule"]
    one = (
        rows.filter(alternative)
        .group_by(group, maintain_order=True)
        .agg(
            pl.col("tissue").unique().sort(descending=True).str.join(" or "),
            # A day that is not known may be the later one.
            pl.col("earliest_day").min(),
            latest_day=pl.when(pl.col("latest_day").is_not_null().all()).then(pl.col("latest_day").max()),
            overdue=pl.col("overdue").all(ignore_nulls=False),
            because=pl.col("because").unique(maintain_order=True).str.join("; or "),
            source=pl.col("source").unique(maintain_order=True).str.join("; "),
            verified=pl.col("verified").all(),
        )
    )
    return pl.concat([rows.filter(~alternative), one.select(rows.columns)])


def _named(row: Row) -> str:
    return f"{row['marker']} in {row['tissue']}" if row["tissue"] else str(row["marker"])


def _due(assessment: Assessment, row: Row) -> Row:
    registry, due = assessment.registry, row["latest_day"]
    by = "of unknown day" if due is None else f"due {registry.date_of(due) or registry.format_day(due)}"
    said = [f"{row['schedule']}: {row['because']} {cited(row['source'], row['verified'])}"]
    if not row["overdue"]:
        said.append("it may be overdue: the days that it is counted from are not all known")
    if not row["recorded"]:
        said.append(INCOMPLETE)
    if row["in_remission"] is None:
        said.append(REMISSION_UNKNOWN)
    return {
        **{name: row[name] for name in ("patient_id", "marker", "tissue")},
        "kind": EntryKind.SAMPLE_OVERDUE.value,
        "certain": bool(row["overdue"] and row["recorded"] and row["in_remission"] is not None),
        "subject": f"{_named(row)}, {by}",
        "since_day": row["earliest_day"],
        "due_day": due,
        "overdue_days": None if due is None or assessment.on is None else max(0, assessment.on - due),
        "because": "; ".join(said),
        "closes_by": CLOSING[EntryKind.SAMPLE_OVERDUE].format(_named(row)),
    }


def _may_be_due(assessment: Assessment, row: Row) -> Row:
    because = f"{row['schedule']}: {row['because']}"
    return {
        "patient_id": row["patient_id"],
        "kind": EntryKind.SAMPLE_OVERDUE.value,
        "subject": _named(row),
        "because": f"{because}; {NO_DAY}" if assessment.on is None else because,
    }


def inadequate_samples(assessment: Assessment) -> tuple[list[Row], list[Row]]:
    """Return entries for the last inadequate sample of a stream that none followed which could be called, and those in doubt.

    In doubt is a stream whose last samples may or may not have been adequate, with none that surely was not.
    """
    entries: list[Row] = []
    open_: list[Row] = []
    for row in _uncalled(assessment).iter_rows(named=True):
        row |= {"since_day": row["earliest_day"] if row["earliest_day"] == row["latest_day"] else None}
        (entries if row["poor"] else open_).append(_inadequate(assessment, row))
    return entries, open_


def _uncalled(assessment: Assessment) -> pl.DataFrame:
    """The streams whose last samples were not surely called, each with the last that surely was too poor, else the last."""
    rows, standing = assessment.molecular, assessment.standing
    began = rows.filter(pl.col("row").is_in(BEGINS_ANEW)).group_by("patient_id").agg(_began=pl.col("order").max())
    outside = standing.filter(pl.col("state").is_in(OUTSIDE)).select(STREAM)
    place = pl.col("_n")
    samples = (
        rows.filter(counts() & (pl.col("at_diagnosis") != YES))
        .join(began, on="patient_id", how="left", maintain_order="left")
        .filter(pl.col("order") > pl.col("_began").fill_null(-FAR - 1))
        .join(outside, on=STREAM, how="anti", nulls_equal=True, maintain_order="left")
        .join(_in_remission(assessment), on="patient_id", how="left", maintain_order="left")
        .filter(pl.col("in_remission").fill_null(True))
        .with_columns(_n=pl.int_range(pl.len()).over(STREAM), poor=too_poor())
    )
    last_called = place.filter(called()).max().over(STREAM).fill_null(-1)
    run = samples.filter(place > last_called)
    last_poor, last = place.filter("poor").max().over(STREAM), place.max().over(STREAM)
    chosen = run.with_columns(followed=place < last, _chosen=pl.coalesce(last_poor, last))
    return chosen.filter(place == pl.col("_chosen")).select(
        *STREAM,
        "sample_id",
        "earliest_day",
        "latest_day",
        "history_known",
        "in_remission",
        "poor",
        "followed",
    )


def _inadequate(assessment: Assessment, row: Row) -> Row:
    reason, citation = REASONS[Reason.INADEQUATE]
    sample = f"sample {row['sample_id']} {taken(assessment.registry, row)}"
    said = [f"{sample}, {stream_in_words(row)}: {reason} ({citation})"]
    if not row["poor"]:
        said = [f"{sample}, {stream_in_words(row)}: not known, and decides: whether it was adequate to be called"]
    if row["followed"]:
        said.append("whether a later sample could be called is not known")
    if row["history_known"] != YES:
        said.append(INCOMPLETE)
    if row["in_remission"] is None:
        said.append(REMISSION_UNKNOWN)
    return {
        **{name: row[name] for name in (*STREAM, "since_day")},
        "kind": EntryKind.INADEQUATE_SAMPLE.value,
        "certain": row["poor"]
        and not row["followed"]
        and row["history_known"] == YES
        and row["in_remission"] is not None,
        "subject": row["sample_id"] or stream_in_words(row),
        "because": "; ".join(said),
        "closes_by": CLOSING[EntryKind.INADEQUATE_SAMPLE].format(stream_in_words(row)),
    }
