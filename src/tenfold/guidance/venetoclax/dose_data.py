"""What each source prints of the daily dose of venetoclax, from ``dosing.toml``: doses, schedules, numbers, cautions.

Doses in mg a day by mouth. `verified` is False where the original was not read.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenfold.guidance.numbers import read_file, read_numbers

NUMBERS = read_numbers("venetoclax/dosing.toml")
"""Reductions, wash-out and cycle shortening, each with its source."""


@dataclass(frozen=True)
class Dose:
    """A daily dose in mg; `bound` is "" (as printed), "at most" or "or less"."""

    mg: float
    bound: str = ""

    def __str__(self) -> str:
        return {"at most": f"at most {self.mg:g} mg", "or less": f"{self.mg:g} mg or less"}.get(
            self.bound, f"{self.mg:g} mg"
        )

    def reduced(self, percent: float, bound: str = "") -> Dose:
        """This dose less `percent` of it."""
        return Dose(self.mg * (100 - percent) / 100, bound or self.bound)


@dataclass(frozen=True)
class Schedule:
    """What one source prints for one partner and situation: `mg` by day, the last being the steady dose."""

    edition: str
    partner: str
    situation: str
    mg: tuple[float, ...]
    source: str
    verified: bool
    bound: str = ""

    @property
    def doses(self) -> tuple[Dose, ...]:
        """The doses of days 1 to 4; a bound holds for the steady dose alone."""
        steady = [Dose(self.mg[-1], self.bound)] * (LAST_STEP - len(self.mg) + 1)
        return (*(Dose(mg) for mg in self.mg[:-1]), *steady)


LAST_STEP = 4
"""The longest ramp-up reaches its steady dose on this day."""


def schedules(edition: str) -> tuple[Schedule, ...]:
    """Return the schedules that one source prints."""
    entries = (
        Schedule(**{**fields, "mg": tuple(fields["mg"])}) for fields in read_file("venetoclax/dosing.toml")["schedule"]
    )
    return tuple(schedule for schedule in entries if schedule.edition == edition)


@dataclass(frozen=True)
class Caution:
    """Something said beside every dose, and where it is written."""

    about: str
    text: str
    source: str
    verified: bool


CAUTIONS = tuple(Caution(**fields) for fields in read_file("venetoclax/dosing.toml")["caution"])


def every_dose() -> dict[str, Dose]:
    """Return each dose that a source prints or a reduction makes of one, by its words."""
    entries = read_file("venetoclax/dosing.toml")["edition"]
    printed = [dose for entry in entries for schedule in schedules(entry["key"]) for dose in schedule.doses]
    less = [
        dose.reduced(NUMBERS[f"reduction.{why}"], bound)
        for dose in printed
        for why in ("moderate_or_p_gp", "child_pugh_c")
        for bound in ("", "at most")
    ]
    return {str(dose): dose for dose in (*printed, *less)}
