"""Where each patient of a centre stands, in a few words: worked out in batches, and again only for who has changed.

A centre of thousands takes a while the first time (and on each new day): a page shows what is there and asks again. One
patient whose records cannot be assessed is said so, and never sinks the rest.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

import polars as pl

from tenfold.assessment import Assessment, assess
from tenfold.mrd.samples import counts
from tenfold.reports.streams import level_in_words, place
from tenfold.service.answers import settings_of, today
from tenfold.service.attention import entries_of
from tenfold.service.discreet import FAULTS, where
from tenfold.service.store.centre import Centre, Patient
from tenfold.vocabulary import Happening
from tenfold.worklist import undecided

BATCH, LARGE_BATCH = 250, 2500
"""Patients assessed at a time; of a large centre more, as the walk over its samples is then compiled (`logic.fold`)."""
MOST_KEPT = 8
"""Centres and settings of which the standings of today are kept."""
MOST_OTHER_DAYS = 4
"""Of other days."""
SUMMARY = ("patient_id", "molecular_state", "state_possible", "state_decided_by", "last_turn", "last_turn_day")
"""What a program is told of each patient in a list, as the assessment names it."""
log = logging.getLogger("tenfold.service")


@dataclass(frozen=True)
class Standing:
    """One patient in a row: molecular states that are possible, last turn, last sample, entries of the worklist.

    `undecided`: what may need attention and hangs on what is not known. `assessed` is False where the records could not be assessed.
    `summary`: the answers of `SUMMARY`, by name; empty for who is not known of by the day.
    """

    patient: Patient
    died: bool = False
    states: tuple[str, ...] = ()
    turn: str = ""
    sample: str = ""
    entries: tuple[dict[str, Any], ...] = ()
    undecided: tuple[dict[str, Any], ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    assessed: bool = True

    @property
    def open(self) -> int:
        """How many entries hang on what is not known."""
        return len(self.undecided)


@dataclass(frozen=True)
class Seen:
    """Every patient of a centre, and where those stand who are worked out by now (by their random name)."""

    patients: tuple[Patient, ...]
    standings: Mapping[str, Standing]

    @property
    def pending(self) -> int:
        """How many are not worked out yet."""
        return len(self.patients) - len(self.standings)


class Standings:
    """The standings of centres, kept by patient and revision. Who asks for other days never keeps today's list waiting."""

    def __init__(self) -> None:
        self._today = Worked(MOST_KEPT)
        self._other_days = Worked(MOST_OTHER_DAYS)

    def of(self, centre: Centre, on: int | None, about: Mapping[str, Any], seconds: float = 4) -> Seen:
        """Where a centre's patients stand on a day, as far as it can be told within so many seconds; ask again for the rest."""
        worked = self._today if on == today(dict(about)) else self._other_days
        return worked.of(centre, on, about, seconds)


class Worked:
    """Standings that one worker works out, in the order asked for, and those that are kept: the ones asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._workers = ThreadPoolExecutor(1, thread_name_prefix="standings")
        self._kept: OrderedDict[Any, dict[str, Standing]] = OrderedDict()
        self._running: dict[Any, Future[None]] = {}

    def of(self, centre: Centre, on: int | None, about: Mapping[str, Any], seconds: float) -> Seen:
        """As `Standings.of`."""
        patients = tuple(centre.patients())
        key = centre.id, about["settings_revision"], on
        until = monotonic() + seconds
        with self._lock:
            kept = self._kept.setdefault(key, {})
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        while True:
            missing = [one for one in patients if one.id not in kept or kept[one.id].patient != one]
            left = until - monotonic()
            if not missing or left <= 0 or self._kept.get(key) is not kept:
                break
            with self._lock:
                self._running = {name: one for name, one in self._running.items() if not one.done()}
                running = self._running.get(key)
                if running is None:
                    batch = missing[: _batch(len(missing))]
                    running = self._workers.submit(self._begin, key, kept, centre, batch, on, dict(about))
                    self._running[key] = running
            wait([running], left)
            if running.done():
                running.result()
        told = {one.id: kept[one.id] for one in patients if one.id in kept and kept[one.id].patient == one}
        return Seen(patients, told)

    def _begin(self, key: Any, kept: dict[str, Standing], *asked: Any) -> None:
        """Work out what is still kept when its turn comes: of what nobody asked for again, nothing is worked out."""
        if self._kept.get(key) is kept:
            self._work(kept, *asked)

    def _work(
        self,
        kept: dict[str, Standing],
        centre: Centre,
        patients: Sequence[Patient],
        on: int | None,
        about: dict[str, Any],
    ) -> None:
        try:
            registry, _ = centre.registry([one.id for one in patients])
            assessment = assess(registry, settings_of(about), on)
            made = standings_of(assessment, patients)
        except FAULTS as error:
            if len(patients) > 1:
                half = len(patients) // 2
                for part in (patients[:half], patients[half:]):
                    self._work(kept, centre, part, on, about)
                return
            log.error("a patient cannot be assessed: %s", where(error))
            made = {patients[0].id: Standing(patients[0], assessed=False)}
        kept.update(made)


def _batch(missing: int) -> int:
    return LARGE_BATCH if missing > 4 * BATCH else BATCH


def standings_of(assessment: Assessment, patients: Sequence[Patient]) -> dict[str, Standing]:
    """Where each of some patients stands, by random name; who is not known of yet has an empty one."""
    summary = {row["patient_id"]: row for row in assessment.patients.to_dicts()}
    dead = set(assessment.history.filter(pl.col("kind") == Happening.DEATH.value)["patient_id"])
    turns = {
        row["patient_id"]: row
        for row in assessment.course.group_by("patient_id", maintain_order=True).last().to_dicts()
    }
    samples = assessment.molecular.filter(counts()).sort("order", maintain_order=True)
    last = {row["patient_id"]: row for row in samples.group_by("patient_id", maintain_order=True).last().to_dicts()}
    entries: dict[str, list[dict[str, Any]]] = {}
    for row in entries_of(assessment).to_dicts():
        entries.setdefault(row["patient_id"], []).append(row)
    in_doubt: dict[str, list[dict[str, Any]]] = {}
    for row in undecided(assessment).to_dicts():
        in_doubt.setdefault(row["patient_id"], []).append(row)
    found = {}
    for patient in patients:
        name = patient.patient_id
        one, sample = summary.get(name, {}), last.get(name)
        found[patient.id] = Standing(
            patient,
            died=name in dead,
            states=tuple(one.get("state_possible") or ()),
            turn="" if name not in turns else _turn(assessment, turns[name]),
            sample="" if sample is None else _sample(assessment, sample),
            entries=tuple(entries.get(name, ())),
            undecided=tuple(in_doubt.get(name, ())),
            summary={column: one[column] for column in SUMMARY} if one else {},
        )
    return found


def _sample(assessment: Assessment, row: Mapping[str, Any]) -> str:
    where = f"{row['marker'] or 'marker not recorded'} in {row['tissue'] or 'a tissue not recorded'}"
    return f"{where}: {level_in_words(row)}, {place(assessment.registry, row)}"


def _turn(assessment: Assessment, row: Mapping[str, Any]) -> str:
    return f"{row['kind']} ({row['source']}, {place(assessment.registry, row)})"
