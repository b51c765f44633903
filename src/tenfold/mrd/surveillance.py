"""Surveillance: what a sampling schedule would see of a relapse before it is overt, by simulation.

Simulated patients (`regrowth`) start to regrow on any day of follow-up with equal chance; each is sampled as the
schedule says until the relapse is overt. Asked is the share in whom a sample was positive before, the share in whom the
next sample within about four weeks confirmed it before, and how many days were won.

Traps: everything here is SIMULATED and says how schedules compare, not what will happen to a patient; every simulated
patient relapses with the marker kept; no assay is falsely positive and nobody misses a sample; relapses that become
overt after the last planned sample count as missed unless an earlier sample was positive. Levels are log10 of the
fraction of the diagnostic level in marrow.

Schedules: Heuser et al., Blood 2021;138:2753-2767 (D5, D6); Molica et al., Cancers 2025;17:3733. The question and the
model of exponential regrowth: Ommen et al., Blood 2010;115:198-205.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import polars as pl

from tenfold.mrd.kinetics_numbers import KINETICS, doubling_time, read_numbers, said
from tenfold.mrd.regrowth import SIMULATED, Assay, Floats, Regrowth, regrowths
from tenfold.settings import Settings
from tenfold.vocabulary import Tissue

MONTH, WEEK = 365.25 / 12, 7.0
"""Days."""

SURVEILLANCE = read_numbers("surveillance.toml")
"""The numbers as shipped; `SURVEILLANCE.changed(assay__sensitivity=1e-5)` for another assay."""


@dataclass(frozen=True)
class Schedule:
    """Planned samples of one tissue: `days` from the start of follow-up, ascending, and where the plan is from.

    `sensitivity`: lowest level called positive, as a fraction of the diagnostic level; None: the shipped one. `verified`
    is False where part of the plan was not read in the citation; the `note` says which.
    """

    name: str
    tissue: Tissue
    days: tuple[float, ...]
    citation: str
    verified: bool
    wording: str = ""
    note: str = ""
    sensitivity: float | None = None

    def __post_init__(self) -> None:
        if not self.days or any(b <= a for a, b in zip((0.0, *self.days), self.days, strict=False)):
            raise ValueError(f"{self.name}: the days of a schedule rise from above 0")


def every(months: float, until_months: float, tissue: Tissue, *, sensitivity: float | None = None) -> Schedule:
    """Return a plain schedule: one tissue every so many months."""
    days = planned([{"every_months": months, "until_months": until_months}])
    name = f"{tissue} every {months:g} months for {until_months:g} months"
    return Schedule(name, tissue, days, "as asked", True, sensitivity=sensitivity)


def planned(phases: Sequence[Mapping[str, float]]) -> tuple[float, ...]:
    """Return the days of successive phases, each with `every_months` or `every_weeks`, and `until_months`."""
    days: list[float] = []
    for phase in phases:
        step = phase["every_months"] * MONTH if "every_months" in phase else phase["every_weeks"] * WEEK
        end, day = phase["until_months"] * MONTH, days[-1] if days else 0.0
        # A day's grace, so that the sample at 24 months is not lost to the length of a month.
        while day + step <= end + 1.0:
            day += step
            days.append(day)
    return tuple(days)


def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files("tenfold.mrd").joinpath("surveillance.toml").read_text("utf-8"))


def published() -> pl.DataFrame:
    """Return the intervals that Ommen's model asked for, to show beside ours: one row a marker.

    Columns: `marker`, `with` (co-mutation, null where not split), `tissue`, `months` between samples, `detected` and
    `median_lead_days` that they are for, `citation`.
    """
    ommen = _tables()["published"]["ommen"]
    aims = ("detected", "median_lead_days", "citation")
    return pl.DataFrame(
        ommen["months_between_samples"],
        schema={"marker": pl.String, "with": pl.String, "tissue": pl.String, "months": pl.Float64},
    ).with_columns(**{name: pl.lit(ommen[name]) for name in aims})


def _shipped() -> dict[str, Schedule]:
    tables: dict[str, dict[str, Any]] = _tables()["schedule"]
    return {
        name: Schedule(
            name,
            Tissue(entry["tissue"]),
            planned(entry["phases"]),
            entry["citation"],
            entry["verified"],
            entry["wording"],
            entry["note"],
        )
        for name, entry in tables.items()
    }


SCHEDULES = _shipped()
"""The schedules as shipped, by name."""


def compare(
    schedules: Sequence[Schedule] | None = None,
    markers: Sequence[str] = ("NPM1",),
    *,
    patients: int = 100_000,
    seed: int = 1,
    numbers: Settings = SURVEILLANCE,
    kinetics: Settings = KINETICS,
) -> pl.DataFrame:
    """Return one row a schedule and marker: what it sees of relapses before they are overt. All of it is SIMULATED.

    The same simulated patients meet every schedule. Columns: `schedule`, `marker`, `tissue`, `samples` planned a
    patient; `detected`, `confirmed`: shares of all relapses with a positive sample, and with a confirmed one, before
    the relapse was overt; `overt_in_follow_up`: share overt while regrowth could still start, the same for every
    schedule, and `detected_of_these`; `lead_days` (median), `lead_days_p10`, `lead_days_p90` from the first positive sample and
    `confirmed_lead_days` from the confirming one, null where nobody was detected; `label`, `patients`, `seed`,
    `citation`, `unverified` (list of what was not read in a source). KeyError for a marker without a doubling time.
    """
    rows = [
        _row(schedule, marker, patients, seed, numbers, kinetics)
        for marker in markers
        for schedule in (SCHEDULES.values() if schedules is None else schedules)
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


COLUMNS: dict[str, Any] = {
    "label": pl.String,
    "schedule": pl.String,
    "marker": pl.String,
    "tissue": pl.String,
    "samples": pl.Int64,
    "detected": pl.Float64,
    "confirmed": pl.Float64,
    "overt_in_follow_up": pl.Float64,
    "detected_of_these": pl.Float64,
    "lead_days": pl.Float64,
    "lead_days_p10": pl.Float64,
    "lead_days_p90": pl.Float64,
    "confirmed_lead_days": pl.Float64,
    "patients": pl.Int64,
    "seed": pl.Int64,
    "citation": pl.String,
    "unverified": pl.List(pl.String),
}


def _row(
    schedule: Schedule, marker: str, patients: int, seed: int, numbers: Settings, kinetics: Settings
) -> dict[str, Any]:
    median, spread = doubling_time(marker, kinetics)
    follow_up = float(numbers["regrowth.follow_up"]) * MONTH
    people, measuring = np.random.default_rng(seed).spawn(2)
    disease = regrowths(
        patients,
        median_days=float(median.value),
        spread=float(spread.value),
        start_until=follow_up,
        start_level=float(np.log10(numbers["regrowth.start_level"])),
        generator=people,
    )
    sensitivity = numbers["assay.sensitivity"] if schedule.sensitivity is None else schedule.sensitivity
    lost = float(numbers["assay.blood_below_marrow"]) if schedule.tissue == Tissue.BLOOD else 0.0
    limit = float(np.log10(sensitivity)) + lost
    assay = Assay(float(kinetics["assay.noise_sd"]), limit, limit)
    overt = disease.reaches(float(np.log10(numbers["regrowth.overt_relapse"])))
    first, confirmed = seen(disease, overt, schedule, assay, float(numbers["confirmation.within"]), measuring)
    lead, confirmed_lead = (overt - first)[np.isfinite(first)], (overt - confirmed)[np.isfinite(confirmed)]
    within = overt <= follow_up
    rests_on = [median, spread, kinetics.entries["assay.noise_sd"], *numbers.entries.values()]
    unverified = [said(entry) for entry in rests_on if not entry.verified]
    if marker != "NPM1" and schedule.sensitivity is None:
        unverified.append(f"the sensitivity is that of NPM1, not of {marker}")
    if not schedule.verified:
        unverified.append(schedule.note or f"{schedule.name}: the schedule itself")
    quantiles = np.quantile(lead, [0.5, 0.1, 0.9]).tolist() if len(lead) else [None] * 3
    return {
        "label": SIMULATED,
        "schedule": schedule.name,
        "marker": marker,
        "tissue": str(schedule.tissue),
        "samples": len(schedule.days),
        "detected": len(lead) / patients,
        "confirmed": len(confirmed_lead) / patients,
        "overt_in_follow_up": float(within.mean()),
        "detected_of_these": float(np.isfinite(first[within]).mean()) if within.any() else None,
        **dict(zip(("lead_days", "lead_days_p10", "lead_days_p90"), quantiles, strict=True)),
        "confirmed_lead_days": float(np.median(confirmed_lead)) if len(confirmed_lead) else None,
        "patients": patients,
        "seed": seed,
        "citation": schedule.citation,
        "unverified": unverified,
    }


def seen(
    disease: Regrowth,
    overt: Floats,
    schedule: Schedule,
    assay: Assay,
    confirm_within: float,
    generator: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return the day of the first positive sample and of the first confirming one before relapse is overt.

    `overt`: day of overt relapse, shape (patients,), as are both answers; infinity where there was none. A positive
    sample is confirmed by the next one: the next planned, or one taken after `confirm_within` days if that is sooner.
    """
    days = np.array(schedule.days)
    positive = assay.detects(disease.level(days), generator)
    after = np.append(days[1:], np.inf)
    extra = days + confirm_within
    repeated = assay.detects(disease.level(extra), generator)
    next_positive = np.hstack([positive[:, 1:], np.zeros((len(overt), 1), bool)])
    confirming = np.where(after <= extra, next_positive, repeated)
    confirmed_on = np.minimum(after, extra)
    in_time = positive & (days < overt[:, None])
    secured = in_time & confirming & (confirmed_on < overt[:, None])
    return _first(days, in_time), _first(confirmed_on, secured)


def _first(days: Floats, hit: np.ndarray[Any, np.dtype[np.bool_]]) -> Floats:
    """The first day of each row that was hit; infinity where none was."""
    return np.where(hit.any(axis=1), days[hit.argmax(axis=1)], np.inf)
