"""Simulated runs in which the number of copies is known: to test the measuring, and to try a profile on.

Each well receives a Poisson number of molecules; one of n molecules gives Ct = intercept + slope * log10(n), with
normal noise. A digital well spreads its molecules over partitions. Nothing here comes from a patient, and every sample
is labelled as simulated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tenfold.assay.baseline import FOUND, KEYS
from tenfold.exchange.run import CURVES, PARTITIONS, WELLS, Run
from tenfold.vocabulary import CtStatus, WellRole

ROWS, COLUMNS = "ABCDEFGHIJKLMNOP", 24
CYCLES = 45
TARGET_STANDARDS = (1e1, 1e2, 1e3, 1e5, 1e6)
CONTROL_STANDARDS = (1e3, 1e4, 1e5)
"""The Europe Against Cancer layout: each standard in duplicate."""


@dataclass(frozen=True)
class PlantedSample:
    """A sample with known mean copies of target and control gene per reaction."""

    name: str
    target: float
    control: float
    role: WellRole = WellRole.PATIENT


@dataclass(frozen=True)
class PlantedCurve:
    """How a simulated assay amplifies; `noise` is the standard deviation of a well in cycles."""

    slope: float = -3.4
    intercept: float = 39.5
    noise: float = 0.12


NPM1_CURVE, ABL1_CURVE = PlantedCurve(), PlantedCurve(-3.35, 38.5, 0.08)


def planted_run(
    samples: Sequence[PlantedSample],
    *,
    seed: int,
    target: str = "NPM1 A",
    control: str = "ABL1",
    target_curve: PlantedCurve = NPM1_CURVE,
    control_curve: PlantedCurve = ABL1_CURVE,
    replicates: tuple[int, int] = (3, 2),
    contaminated: bool = False,
    with_curves: bool = False,
) -> Run:
    """Return a simulated qPCR run: standards in duplicate, samples, blanks (of which one amplifies if `contaminated`)."""
    random = np.random.default_rng(seed)
    wells: list[tuple[str | None, str, WellRole, float | None, float]] = []
    for name, levels in ((target, TARGET_STANDARDS), (control, CONTROL_STANDARDS)):
        wells += [(f"standard {level:g}", name, WellRole.STANDARD, level, level) for level in levels for _ in range(2)]
    for sample in samples:
        wells += [(sample.name, target, sample.role, None, sample.target)] * replicates[0]
        wells += [(sample.name, control, sample.role, None, sample.control)] * replicates[1]
    for name in (target, control):
        wells += [("no template", name, WellRole.NO_TEMPLATE, None, 30.0 if contaminated else 0.0)] * 2
    rows, curves = [], []
    for position, (sample_name, name, role, copies, mean) in enumerate(wells):
        assay = target_curve if name == target else control_curve
        molecules = random.poisson(mean) if mean < 1e9 else mean
        cycle = (
            assay.intercept + assay.slope * math.log10(molecules) + random.normal(0, assay.noise) if molecules else None
        )
        ct = cycle if cycle is not None and cycle <= CYCLES else None
        status = CtStatus.UNDETERMINED if ct is None else CtStatus.MEASURED
        rows.append((well_name(position), sample_name, name, role, copies, ct, status, False, None))
        if with_curves:
            for number in range(1, CYCLES + 1):
                rise = 0.0 if ct is None else 3 / (1 + math.exp(-(number - ct - 5.0) / 1.5))
                curves.append((well_name(position), name, float(number), rise + random.normal(0, 0.01)))
    return Run(
        name=f"simulated run {seed}",
        format="simulated",
        instrument="simulation",
        wells=pl.DataFrame(rows, WELLS, orient="row"),
        curves=pl.DataFrame(curves, CURVES, orient="row"),
    )


def planted_digital_run(
    samples: Sequence[PlantedSample],
    *,
    seed: int,
    target: str = "NPM1 A",
    control: str = "ABL1",
    partitions: int = 26_000,
) -> Run:
    """Return a simulated digital PCR run: one well for each sample, target and control gene counted in it, and blanks."""
    random = np.random.default_rng(seed)
    blank = PlantedSample("no template", 0.0, 0.0, WellRole.NO_TEMPLATE)
    rows = []
    for position, sample in enumerate([*samples, blank]):
        for name, mean in ((target, sample.target), (control, sample.control)):
            share = -math.expm1(-mean / partitions)
            positive = int(random.binomial(partitions, share))
            rows.append((well_name(position), sample.name, name, sample.role, positive, partitions, 0.91, False, None))
    return Run(
        name=f"simulated digital run {seed}",
        format="simulated",
        instrument="simulation",
        partitions=pl.DataFrame(rows, PARTITIONS, orient="row"),
    )


def well_name(position: int) -> str:
    """The name of a well of a 384-well plate, by its number from 0."""
    return f"{ROWS[position // COLUMNS % len(ROWS)]}{position % COLUMNS + 1}" + (
        f"/{position // 384 + 1}" if position >= 384 else ""
    )


EXAMPLE = (
    PlantedSample("SIM-1 diagnosis", 120_000, 24_000),
    PlantedSample("SIM-1 cycle 2", 620, 31_000),
    PlantedSample("SIM-1 cycle 4", 4, 28_000),
    PlantedSample("SIM-2 cycle 4", 0, 42_000),
    PlantedSample("SIM-3 cycle 4", 0, 3_100),
    PlantedSample("positive control", 1_000, 20_000, WellRole.CONTROL),
)


def example_run() -> Run:
    """Return a simulated run with amplification curves: a response in steps, a negative, and a sample too poor to call."""
    return planted_run(EXAMPLE, seed=7, with_curves=True)


def example_baseline() -> pl.DataFrame:
    """Return the diagnostic sample of one simulated patient, as `baselines` gives it."""
    row = ("SIM-1", "NPM1", "ABL1", "marrow", "rt-qpcr", "SIM-1 diagnosis", "2026-01-12", None, 120_000.0, 24_000.0)
    return pl.DataFrame([row], {**dict.fromkeys(KEYS, pl.String), **FOUND}, orient="row")


def example_samples() -> pl.DataFrame:
    """Return what a plate map would say of the simulated run's samples."""
    days = ("2026-01-12", "2026-03-16", "2026-05-18", "2026-05-18", "2026-05-19")
    return pl.DataFrame(
        [
            (sample.name, sample.name.split()[0], f"{sample.name.replace(' ', '-')}", day, "marrow")
            for sample, day in zip(EXAMPLE, days, strict=False)
        ],
        ["sample", "patient_id", "sample_id", "sample_date", "tissue"],
        orient="row",
    )
