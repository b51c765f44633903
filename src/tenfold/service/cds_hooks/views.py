"""The views of the patients of calls: a few are worked out at a time, and each is kept while what was sent stays the same.

Opening a chart and then choosing an order sends the same records twice or more often: they are read and assessed once. Traps:
working a patient out takes a good part of a second of one processor, so that more calls than that would wait for each other
until none is answered in time; one too many is refused at once, and the record system goes on without cards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Hashable
from datetime import date
from threading import BoundedSemaphore

from tenfold.assessment import assess
from tenfold.service.answers import Kept
from tenfold.service.cds_hooks.cards import View, view_of
from tenfold.service.cds_hooks.prefetched import Gathered, patient_of
from tenfold.settings import Settings

AT_ONCE = 2
"""Patients who are worked out at the same time."""
MOST_KEPT = 64
"""Views, of about 2 MB each."""


class Busy(Exception):
    """As many patients as can be are being worked out now."""


class Views:
    """Views by what was sent, day and settings. `complete`: tables of which the centre's record system holds every row."""

    def __init__(self, settings: Callable[[], Settings], complete: Collection[str], at_once: int = AT_ONCE) -> None:
        self._settings, self._complete = settings, complete
        self._kept, self._places = Kept(MOST_KEPT), BoundedSemaphore(at_once)

    def of(self, gathered: Gathered, patient_id: str, day: date) -> View:
        """The view of a patient on a day. Busy; PreconditionFailed where the patient cannot be read."""
        settings = self._settings()

        def make() -> View:
            if not self._places.acquire(blocking=False):
                raise Busy
            try:
                patient = patient_of(gathered, patient_id, self._complete)
                number = patient.registry.day_number(day) if patient.registry.axis == "calendar" else None
                return view_of(patient, assess(patient.registry, settings, number))
            finally:
                self._places.release()

        return self._kept.get((_digest(gathered), patient_id, day, _values(settings)), make)


def _digest(gathered: Gathered) -> str:
    told = (gathered.resources, gathered.missing, sorted(gathered.answered))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _values(settings: Settings) -> Hashable:
    return tuple(one.value for one in settings.entries.values()), settings.alignments
