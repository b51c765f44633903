"""The worklist of an assessment: a safety net, as a clinical definition of its own.

It reads only what the assessment answers, so an entry on a day hangs on what was known by that day. Unknown neither closes an
entry nor opens a certain one: what may be so is marked as not certain, or stands in `undecided`. Those whose death is on record
have no entries. Without a day (`assess(..., on=None)`) each patient is seen as of the last entry, and nothing is overdue.
"""

from __future__ import annotations

import polars as pl

from tenfold.assessment import Assessment
from tenfold.settings import Settings
from tenfold.vocabulary import Happening
from tenfold.worklist.entries import NUMBERS, UNDECIDED_COLUMNS, Row, framed, in_order
from tenfold.worklist.relapses import unconfirmed_relapses
from tenfold.worklist.samples import due_samples, inadequate_samples
from tenfold.worklist.stopping import stopping_entries
from tenfold.worklist.untreated import not_confirmed_elsewhere, untreated_failures


def worklist(assessment: Assessment, numbers: Settings = NUMBERS) -> pl.DataFrame:
    """Return what needs attention, one row an entry (`COLUMNS`), the most urgent first.

    `subject` is what the entry hangs on, the same from day to day: the first sample of a relapse, an inadequate sample, a
    sample that was due, a course of venetoclax. Days are numbers on the registry's axis and null where not known.
    `overdue_days` counts from `due_day` (0: not overdue) and is at least so long; null where nothing is due, or no day was
    given. `reminder` (days, 0 before the first) is that of an unconfirmed relapse. Where `certain` is False the records leave
    it open and `because` names what decides.
    """
    return in_order(_found(assessment, numbers)[0])


def undecided(assessment: Assessment, numbers: Settings = NUMBERS) -> pl.DataFrame:
    """Return what may need attention but hangs on what is not known (`UNDECIDED_COLUMNS`), by patient."""
    return framed(_found(assessment, numbers)[1], UNDECIDED_COLUMNS).sort("patient_id", "kind", "subject")


def _found(assessment: Assessment, numbers: Settings) -> tuple[list[Row], list[Row]]:
    waiting = unconfirmed_relapses(assessment, numbers)
    untreated = untreated_failures(assessment, waiting)
    parts = (
        due_samples(assessment, waiting),
        inadequate_samples(assessment),
        stopping_entries(assessment, [*waiting, *untreated]),
    )
    dead = set(assessment.history.filter(pl.col("kind") == Happening.DEATH.value)["patient_id"])
    relapses = not_confirmed_elsewhere(waiting, untreated)
    entries = [*untreated, *relapses, *(row for part in parts for row in part[0])]
    open_ = [row for part in parts for row in part[1]]
    return (
        [row for row in entries if row["patient_id"] not in dead],
        [row for row in open_ if row["patient_id"] not in dead],
    )
