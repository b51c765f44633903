"""Where in a patient's course each thing of the release stands: days since the earliest specimen, and an order.

The release has no dates. It tells the days between specimens, and that a specimen was taken at the first diagnosis. Then
the treatments of the disease came after it: an order (`sequence`) is known where days are not. Traps: the day of diagnosis
itself is not told, so none is made; what was treated and answered when, between later specimens, is not told either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tenfold.exchange.beataml.release import Specimen


@dataclass(frozen=True, slots=True)
class Course:
    """The order of one patient's facts.

    `places`: line of a specimen -> its place in the order, empty where the patient has no specimen of the diagnosis.
    `treated`, `answered`, `grafted`: the places of the first treatment, of the response to it and of a graft; null where
    they cannot be told.
    """

    places: Mapping[int, int]
    treated: int | None = None
    answered: int | None = None
    grafted: int | None = None

    def where(self, specimen: Specimen) -> dict[str, int | None]:
        """The day and the place of a specimen, as columns of a table."""
        return {"sample_day": specimen.day, "sequence": self.places.get(specimen.line)}


def course_of(specimens: Iterable[Specimen]) -> Course:
    """The course of one patient, from all specimens of the patient."""
    rows = sorted(specimens, key=lambda one: (one.day is None, one.day or 0))
    diagnostic = [one.day for one in rows if one.of_the_diagnosis and one.day is not None]
    # A specimen that cannot be placed among the others leaves the order of the patient's facts unknown.
    if not diagnostic or any(one.day is None for one in rows):
        return Course({})
    last = max(diagnostic)
    days = sorted({one.day for one in rows if one.day is not None})
    before = [day for day in days if day <= last]
    treated = len(before) + 1
    place = {day: at for at, day in enumerate(before, start=1)}
    place |= {day: treated + at for at, day in enumerate((day for day in days if day > last), start=1)}
    places = {one.line: place[one.day] for one in rows if one.day is not None}
    if len(days) > len(before):
        return Course(places, treated)
    return Course(places, treated, treated + 1, treated + 2)
