"""A whole run measured: curves, wells, samples and the run itself, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from tenfold.assay.amounts import amounts_by_curve, amounts_by_partitions, standard_curves
from tenfold.assay.judgement import ACCEPTED, curve_verdicts, run_verdict, sample_verdicts, well_verdicts
from tenfold.assay.profile import DEFAULT, Profile
from tenfold.assay.results import results
from tenfold.assay.standard_curve import StandardCurve
from tenfold.assay.verdicts import CURVE, RUN
from tenfold.exchange.run import Run
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
    """Measure a run. `samples`: what a plate map knows of each sample; `baseline`: from `baselines`."""
    digital = run.wells.is_empty()
    run = _with_names(run)
    table = run.partitions if digital else run.wells
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
        (*run.notes, *_not_read(table, profile)),
    )


def _with_names(run: Run) -> Run:
    """The run in which a patient's well without a name is called by its well: it must not vanish."""
    named = pl.coalesce("sample", pl.when(pl.col("role") == WellRole.PATIENT).then(pl.format("well {}", "well")))
    return replace(
        run, wells=run.wells.with_columns(sample=named), partitions=run.partitions.with_columns(sample=named)
    )


def _not_read(table: pl.DataFrame, profile: Profile) -> list[str]:
    """What of the run no verdict speaks of: wells without a role, targets that are not known."""
    notes = []
    roleless = table.filter(pl.col("role").is_null())
    if roleless.height:
        names = roleless["well"].fill_null("no name").unique(maintain_order=True).to_list()
        more = " ..." if len(names) > 5 else ""
        notes.append(
            f"{len(names)} well{'s' * (len(names) > 1)} without a role ({', '.join(names[:5])}{more}): not used; name them in a plate map"
            " (patient, standard, control, no template)"
        )
    targets = table["target"].drop_nulls().unique(maintain_order=True)
    unknown = [name for name in targets if profile.control_gene(name) is None and profile.target(name) is None]
    if unknown:
        shown = ", ".join(unknown[:6]) + (" ..." if len(unknown) > 6 else "")
        notes.append(
            f"not known, measured and not passed on: {shown}; say in the profile what each is, under [[target]] with its"
            " marker or under [[control_gene]]"
        )
    if table.filter(pl.col("role") == WellRole.PATIENT).is_empty():
        notes.append("no well is said to hold a patient's sample: there is nothing to measure; a plate map names them")
    return notes
