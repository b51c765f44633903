"""A whole run measured: curves, wells, samples and the run itself, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from tenfold.assay.amounts import amounts_by_curve, amounts_by_partitions, standard_curves
from tenfold.assay.judgement import ACCEPTED, curve_verdicts, run_verdict, sample_verdicts, well_verdicts
from tenfold.assay.not_read import not_read, refuse_standards_without_copies, refuse_unreadable
from tenfold.assay.profile import DEFAULT, Profile
from tenfold.assay.results import results
from tenfold.assay.standard_curve import StandardCurve
from tenfold.assay.verdicts import CURVE, RUN
from tenfold.exchange.run import WELLS, Run
from tenfold.vocabulary import WellRole

NO_SAMPLES = pl.DataFrame(schema={"sample": pl.String()})


@dataclass(frozen=True)
class MeasuredRun:
    """A run with everything that was computed from it.

    `curves`, `wells`, `results`, `verdict`: answered frames of the decisions EAC-standard-curve, EAC-well, EAC-result
    with EAC-sample, and EAC-run (one row). `lines`: the fitted curves by target. `notes`: what was guessed or left.
    """

    run: Run
    profile: Profile
    lines: Mapping[str, StandardCurve | None]
    curves: pl.DataFrame
    wells: pl.DataFrame
    amounts: pl.DataFrame
    results: pl.DataFrame
    verdict: pl.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the run may stand; False also where that is not known."""
        return self.verdict[RUN.key][0] in ACCEPTED


def measure(
    run: Run,
    profile: Profile = DEFAULT,
    samples: pl.DataFrame = NO_SAMPLES,
    baseline: pl.DataFrame | None = None,
) -> MeasuredRun:
    """Measure a run. `samples`: what a plate map knows of each sample; `baseline`: from `baselines`.

    ValueError in words where the fault is of the file as a whole, so that nothing can be said of the wet work.
    """
    digital = run.wells.is_empty()
    run = _with_controls(_with_names(run), profile)
    table = run.partitions if digital else run.wells
    refuse_unreadable(run)
    refuse_standards_without_copies(run, profile)
    lines = {} if digital else standard_curves(run.wells, profile)
    curves = curve_verdicts(lines, profile)
    accepted = dict(zip(curves["target"], curves[CURVE.key].is_in(ACCEPTED), strict=True))
    amounts = amounts_by_partitions(run.partitions, profile) if digital else amounts_by_curve(run.wells, lines, profile)
    ready: dict[str, bool | None] = dict.fromkeys(amounts["target"], True) if digital else dict(accepted)
    found = results(
        amounts,
        profile,
        target_ready=ready,
        samples=samples,
        baseline=baseline,
    )
    wells = well_verdicts(table, amounts, profile, digital)
    verdict = run_verdict(table, wells, curves, found, profile, digital)
    return MeasuredRun(
        run,
        profile,
        lines,
        curves,
        wells,
        amounts,
        sample_verdicts(found, curves, lines, verdict, profile),
        verdict,
        (*run.notes, *not_read(table, profile), *_taken_later(run, samples)),
    )


def _taken_later(run: Run, samples: pl.DataFrame) -> list[str]:
    """Samples that were taken after the run, or after today: a slip in a date that would be signed with the result."""
    if "sample_date" not in samples.columns:
        return []
    day = run.started.date() if run.started else date.today()
    what = "the run" if run.started else "today"
    taken = samples.select("sample", on=pl.col("sample_date").cast(pl.String).str.to_date(strict=False))
    later = taken.filter(pl.col("on") > day).rows()
    return [
        f"{sample} was taken on {on}, after {what} ({day}): correct the date in the plate map" for sample, on in later
    ]


def _with_controls(run: Run, profile: Profile) -> Run:
    """The run in which what the profile names as a control material is a control: many instruments have no word for it."""
    named = pl.col("sample").is_in([material.name for material in profile.control_materials])
    unsaid = pl.col("role").is_null() | (pl.col("role") == WellRole.PATIENT)
    role = pl.when(named & unsaid).then(pl.lit(WellRole.CONTROL.value)).otherwise(pl.col("role").cast(pl.String))
    role = role.cast(WELLS["role"])
    return replace(run, wells=run.wells.with_columns(role=role), partitions=run.partitions.with_columns(role=role))


def _with_names(run: Run) -> Run:
    """The run in which a patient's well without a name is called by its well: it must not vanish."""
    named = pl.coalesce("sample", pl.when(pl.col("role") == WellRole.PATIENT).then(pl.format("well {}", "well")))
    return replace(
        run, wells=run.wells.with_columns(sample=named), partitions=run.partitions.with_columns(sample=named)
    )
