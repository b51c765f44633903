"""Molecular relapses that a second sample confirmed, and other molecular failure, with no treatment begun since on record.

An entry stands as long as the state of a stream is, or may be, such a failure, and nothing that treats it was begun after. Of
one marker only one entry stands, that of the stream which tells most surely. Traps: treatment that only goes on, or whose
intent does not aim at relapse, treats nothing here, and is named; where treatments or transplants are not recorded completely
one may have begun, and the entry is not certain; an allograft, a haematological relapse and a sample that is negative end the
state, and with it the entry. A level of one sample asks for a second one, and is no failure yet.

Heuser et al., Blood 2021;138:2753-2767; Thol, Döhner, Ganser, Blood 2024;143:11-20.
"""

from __future__ import annotations

import polars as pl

from tenfold.assessment import Assessment
from tenfold.guidance.molecular_facts import CONFIRMED, OVER
from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.samples import STREAM, counts
from tenfold.vocabulary import LevelBand, MolecularState
from tenfold.worklist.entries import CLOSING, INCOMPLETE, EntryKind, Row, called, stream_in_words, taken, too_poor

RELAPSE = [state.value for state in CONFIRMED]
PROGRESSION = [MolecularState.PROGRESSION.value]
PERSISTENCE = [MolecularState.DETECTABLE.value]
KINDS = (
    (EntryKind.CONFIRMED_RELAPSE, RELAPSE),
    (EntryKind.MOLECULAR_FAILURE, PROGRESSION),
    (EntryKind.MOLECULAR_FAILURE, PERSISTENCE),
)
"""What is looked for, with the molecular states that mean it; the gravest first."""
NO_TREATMENT = "no treatment of it begun since is on record"
MAY_BE_TREATED = {
    "treatments_known": "treatments are not recorded completely: one may have begun",
    "transplants_known": "transplants are not recorded completely: one may have been given",
}


def untreated_failures(assessment: Assessment, waiting: list[Row]) -> list[Row]:
    """Return one entry for each patient and marker of whom it is so, or may be.

    `waiting`: the entries of unconfirmed relapses; a stream that has one already has none here that is only possible.
    """
    awaited = {tuple(row[name] for name in STREAM) for row in waiting}
    found: dict[tuple[str, str], Row] = {}
    for kind, states in KINDS:
        for row in _streams(assessment.molecular, states).iter_rows(named=True):
            entry = _entry(assessment, kind, states, row)
            if not entry["certain"] and tuple(row[name] for name in STREAM) in awaited:
                continue
            key = row["patient_id"], row["marker"]
            if key not in found or (entry["certain"] and not found[key]["certain"]):
                found[key] = entry
    return list(found.values())


def not_confirmed_elsewhere(waiting: list[Row], untreated: list[Row]) -> list[Row]:
    """Return the unconfirmed relapses of markers whose relapse no other stream has confirmed for certain, untreated."""
    confirmed = {
        (row["patient_id"], row["marker"])
        for row in untreated
        if row["certain"] and row["kind"] == EntryKind.CONFIRMED_RELAPSE.value
    }
    return [row for row in waiting if (row["patient_id"], row["marker"]) not in confirmed]


def _streams(molecular: pl.DataFrame, states: list[str]) -> pl.DataFrame:
    """The streams that stand, or may, in one of some states, with what has been begun since; surely treated ones left out."""
    possible, place = pl.col("state_possible"), pl.col("_n")
    within = possible.list.eval(pl.element().is_in(states))
    standing = molecular.group_by(STREAM).last().filter(within.list.any())
    rows = molecular.join(standing.select(STREAM), on=STREAM, how="semi", nulls_equal=True, maintain_order="left")
    if states == PERSISTENCE:
        rows = rows.join(_persisting(rows), on=STREAM, how="semi", nulls_equal=True, maintain_order="left")
    rows = rows.with_columns(_n=pl.int_range(pl.len()).over(STREAM), _may=within.list.any(), _is=within.list.all())
    before, unsure = (place.filter(~pl.col(name)).max().over(STREAM).fill_null(-1) for name in ("_may", "_is"))
    rows = rows.with_columns(_begun=before + 1, _sure=unsure + 1, _last=place.max().over(STREAM))
    if states == RELAPSE:
        # A relapse is confirmed once: what was begun before the last sample that may have done so may be of an earlier one.
        confirms = counts() & ~too_poor() & possible.list.contains(MolecularState.RELAPSE_CONFIRMED.value)
        anchor = pl.coalesce(place.filter(confirms).max().over(STREAM), "_begun")
    elif states == PROGRESSION:
        anchor = pl.min_horizontal("_sure", "_last")
    else:
        anchor = place.filter(counts() & called()).max().over(STREAM)
    rows = rows.with_columns(_anchor=anchor)
    since = (pl.col("row") == "therapy") & (place > pl.col("_anchor"))
    told = rows.group_by(STREAM, maintain_order=True).agg(
        pl.col("state_possible", "state_decided_by", "history_known").last(),
        pl.col("relapse_sample_id", "relapse_earliest_day", "relapse_latest_day").last(),
        pl.col("sample_id", "earliest_day", "latest_day", "reason", "reason_citation", *MAY_BE_TREATED)
        .filter(place == pl.col("_anchor"))
        .first(),
        *(
            pl.col(name).filter(counts()).last().alias(f"last_{name}")
            for name in ("sample_id", "earliest_day", "latest_day")
        ),
        confirmed=((place >= pl.col("_anchor")) & (pl.col("confirmed") == YES)).any(),
        treated=(since & (pl.col("therapy") == YES)).any(),
        perhaps_before=(
            (pl.col("row") == "therapy")
            & (pl.col("therapy") != NO)
            & place.is_between(pl.col("_begun"), pl.col("_anchor"), closed="right")
        ).any(),
        unclear=pl.struct("detail", "earliest_day", "latest_day").filter(since & (pl.col("therapy") == UNKNOWN)),
        beside=pl.struct("detail", "earliest_day", "latest_day").filter(since & (pl.col("therapy") == NO)),
    )
    return told.filter(~pl.col("treated"))


def _persisting(rows: pl.DataFrame) -> pl.DataFrame:
    """The streams whose last two samples are positive after treatment, the last at 2 % of ABL1 or more."""
    after = (pl.col("detected_code") == YES) & pl.col("time_point").is_in([point.value for point in OVER])
    high = (pl.col("mrd_level_band_possible").list.len() == 1) & pl.col("mrd_level_band_possible").list.contains(
        LevelBand.HIGH.value
    )
    last = rows.filter(counts() & called()).group_by(STREAM, maintain_order=True)
    told = last.agg(twice=(pl.len() > 1) & after.tail(2).all(ignore_nulls=False), high=high.last())
    return told.filter(pl.col("twice").fill_null(False) & pl.col("high").fill_null(False)).select(STREAM)


def _entry(assessment: Assessment, kind: EntryKind, states: list[str], row: Row) -> Row:
    doubts = [said for name, said in MAY_BE_TREATED.items() if row[name] != YES]
    if not set(row["state_possible"]) <= set(states):
        doubts.append(f"not known, and decides: {'; '.join(row['state_decided_by'])}")
    if row["perhaps_before"]:
        doubts.append("a treatment was begun, and whether before or after is not known")
    doubts += [
        f"whether {_begun(assessment, one)} treats it is not known: its intent is not recorded"
        for one in row["unclear"]
    ]
    if row["history_known"] != YES:
        doubts.append(INCOMPLETE)
    beside = [
        f"{_begun(assessment, one)} does not count: its intent is not treatment of relapse" for one in row["beside"]
    ]
    first = states == RELAPSE and row["relapse_sample_id"] is not None
    earliest, latest = (row[f"{'relapse_' * first}{name}"] for name in ("earliest_day", "latest_day"))
    return {
        **{name: row[name] for name in STREAM},
        "kind": kind.value,
        "certain": not doubts,
        "subject": row["relapse_sample_id" if first else "sample_id"] or stream_in_words(row),
        "since_day": earliest if earliest == latest else None,
        "because": "; ".join([_what(assessment, states, row), *doubts, NO_TREATMENT, *beside, _last(assessment, row)]),
        "closes_by": CLOSING[kind].format(stream_in_words(row)),
    }


def _what(assessment: Assessment, states: list[str], row: Row) -> str:
    """What is seen, in the words of the molecular state."""
    sample = f"sample {row['sample_id']} {_day(assessment, row)}"
    if not set(row["state_possible"]) <= set(states):
        return f"{' or '.join(row['state_possible'])}, by {sample} ({MOLECULAR_STATE.citation})"
    why = f": {row['reason']} ({row['reason_citation']})" if row["reason"] else f" ({MOLECULAR_STATE.citation})"
    if states == RELAPSE:
        return f"{MolecularState.RELAPSE_CONFIRMED}, by {sample}{why}"
    if states == PROGRESSION:
        confirmed = "a second sample has confirmed it" if row["confirmed"] else "no second sample has confirmed it"
        return f"{MolecularState.PROGRESSION}, {sample}{why}; {confirmed}"
    return f"still 2 % of ABL1 or more after treatment, in two samples, the last {sample} (Thol, Döhner, Ganser, Blood 2024;143:11-20)"


def _day(assessment: Assessment, row: Row, prefix: str = "") -> str:
    earliest, latest = row[f"{prefix}earliest_day"], row[f"{prefix}latest_day"]
    return taken(assessment.registry, {"since_day": earliest if earliest == latest else None})


def _last(assessment: Assessment, row: Row) -> str:
    return f"its last sample is {row['last_sample_id']} {_day(assessment, row, 'last_')}"


def _begun(assessment: Assessment, treatment: Row) -> str:
    return f"{treatment['detail'] or 'a treatment'} {_day(assessment, treatment)}"
