"""The answers that pages show: asked once for each revision of the records, day and settings, and kept while they hold."""

from __future__ import annotations

import logging
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any, TypeVar

from tenfold.assessment import Assessment, assess
from tenfold.records.registry import EPOCH
from tenfold.service.discreet import FAULTS, where
from tenfold.service.store.centre import Centre, Patient
from tenfold.settings import DEFAULTS, Settings

T = TypeVar("T")
MOST_BROKEN = 20
"""Patients who cannot be assessed, beyond whom it is no fault of records that nobody can be."""
log = logging.getLogger("tenfold.service")


@dataclass(frozen=True)
class OfCentre:
    """The answers about a centre's patients; `not_assessed`: random names of those whose records cannot be assessed."""

    assessment: Assessment
    not_assessed: tuple[str, ...] = ()


class Kept:
    """Values by key, the most recent ones; each is made once, however many ask for it at the same time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made now if it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                kept: T = self._values[key]
                return kept
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                if key in self._values:
                    made: T = self._values[key]
                    return made
            try:
                value = make()
            finally:
                with self._lock:
                    if self._making.get(key) is making:
                        del self._making[key]
            with self._lock:
                self._values[key] = value
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            return value


def settings_of(about: dict[str, Any]) -> Settings:
    """The settings of a centre: those shipped, changed by its own file."""
    text = about["settings"]
    return DEFAULTS.with_sections(tomllib.loads(text), f"settings of {about['name']}") if text.strip() else DEFAULTS


def today(about: dict[str, Any]) -> int | None:
    """The day on which a centre asks if it names none: today; None where it keeps days since each patient's day 0."""
    return None if about["axis"] == "relative" else (date.today() - EPOCH).days


def _broken(patients: Sequence[Patient], asked: Callable[[Sequence[Patient]], Any]) -> list[Patient]:
    """Of patients who cannot be assessed together, those who cannot be by themselves either, found by halves."""
    if len(patients) == 1:
        return list(patients)
    found: list[Patient] = []
    for part in (patients[: len(patients) // 2], patients[len(patients) // 2 :]):
        try:
            asked(part)
        except FAULTS as error:
            if len(part) == 1:
                log.error("a patient cannot be assessed: %s", where(error))
            found += _broken(part, asked)
        if len(found) > MOST_BROKEN:
            raise RuntimeError("too many patients cannot be assessed: their records are not what is at fault")
    return found


class Answers:
    """Assessments of patients and of whole centres, and what is drawn from them."""

    def __init__(self) -> None:
        # An assessment of one patient takes about 1.6 MB.
        self._patients = Kept(64)
        self._centres = Kept(4)
        self._drawn = Kept(512)

    def of_patient(self, centre: Centre, patient: Patient, on: int | None, about: dict[str, Any]) -> Assessment:
        """One patient's assessment as of a day."""
        key = (centre.id, patient.id, patient.revision, about["settings_revision"], on)

        def make() -> Assessment:
            registry, _ = centre.registry([patient.id])
            return assess(registry, settings_of(about), on)

        return self._patients.get(key, make)

    def of_centre(self, centre: Centre, on: int | None, about: dict[str, Any]) -> OfCentre:
        """The assessment of every patient of a centre as of a day; one who cannot be assessed is left out, and named."""
        key = (centre.id, about["revision"], about["settings_revision"], on)

        def asked(patients: Sequence[Patient] | None) -> Assessment:
            registry, _ = centre.registry(None if patients is None else [one.id for one in patients])
            return assess(registry, settings_of(about), on).worked_out()

        def make() -> OfCentre:
            try:
                return OfCentre(asked(None))
            except FAULTS as error:
                patients = centre.patients()
                if not patients:
                    raise
                log.error("a centre cannot be assessed whole: %s", where(error))
            broken = _broken(patients, asked)
            return OfCentre(asked([one for one in patients if one not in broken]), tuple(one.id for one in broken))

        return self._centres.get(key, make)

    def drawn(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is drawn or worked out from answers, by a key that names all that it rests on."""
        return self._drawn.get(key, make)
