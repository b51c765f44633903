"""The facts that the verdicts on wells, curves, samples and the run rest on, and the verdicts themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assay.amounts import told
from tenfold.assay.profile import ControlMaterial, Profile
from tenfold.assay.standard_curve import StandardCurve
from tenfold.assay.verdicts import CURVE, RESULT, RUN, SAMPLE, WELL
from tenfold.logic.answering import answer
from tenfold.vocabulary import AssayResult, ControlGene, CtStatus, Verdict, WellRole

STANDS = (AssayResult.QUANTIFIED, AssayResult.BELOW_QUANTIFICATION, AssayResult.NOT_DETECTED)
ACCEPTED = (Verdict.ACCEPTED, Verdict.REMARK)
CELLS = ("negative control", "no target present")
"""Kinds of blank, as the readers remark them, that hold cells without the target: no blank for the control gene."""


def curve_verdicts(lines: Mapping[str, StandardCurve | None], profile: Profile) -> pl.DataFrame:
    """One row for each target with its curve in numbers, answered by EAC-standard-curve."""
    settings = profile.settings
    confidence = settings["assay.confidence"]
    rows = []
    for target, line in lines.items():
        slopes = line.slope_interval(confidence) if line else None
        efficiencies = line.efficiency_interval(confidence) if line else None
        row = {
            "target": target,
            "curve_fitted": line is not None,
            "slope": line.slope if line else None,
            "intercept": line.intercept if line else None,
            "r2": line.r2 if line else None,
            "efficiency": line.efficiency if line and line.slope < 0 else None,
            "levels": line.levels if line else 0,
            "standards": line.wells if line else 0,
            "failed": list(line.failed) if line else [],
            "noise": line.noise if line else None,
            "stored_from": line.stored if line else None,
            "stored_curve": bool(line and line.stored),
            "all_standards": not line.failed if line else None,
        }
        for name, bounds in (("slope", slopes), ("efficiency", efficiencies)):
            row[f"{name}_low"], row[f"{name}_high"] = bounds or (None, None)
        rows.append(row)
    schema: dict[str, Any] = {
        "target": pl.String,
        **dict.fromkeys(("curve_fitted", "stored_curve", "all_standards"), pl.Boolean),
        **dict.fromkeys(("slope", "intercept", "r2", "efficiency", "noise"), pl.Float64),
        **dict.fromkeys(("slope_low", "slope_high", "efficiency_low", "efficiency_high"), pl.Float64),
        **dict.fromkeys(("levels", "standards"), pl.Int64),
        "failed": pl.List(pl.String),
        "stored_from": pl.String,
    }
    slope, r2 = pl.col("slope"), pl.col("r2")
    frame = pl.DataFrame(rows, schema).with_columns(
        enough_levels=pl.col("levels") >= settings["assay.standard_levels"],
        slope_accepted=(slope >= settings["assay.slope_steepest"]) & (slope <= settings["assay.slope_shallowest"]),
        fit_accepted=r2 > settings["assay.r2_above"],
        fit_good=r2 >= settings["assay.r2_remark_below"],
    )
    return answer(frame, [CURVE])


def well_verdicts(table: pl.DataFrame, amounts: pl.DataFrame, profile: Profile, digital: bool) -> pl.DataFrame:
    """The wells (or partitions) of a run, answered by EAC-well."""
    no_template = pl.col("role") == WellRole.NO_TEMPLATE
    if digital:
        read = (pl.col("positive") <= pl.col("total")) & (pl.col("total") >= profile.settings["assay.partitions"])
        signal: pl.Expr = pl.when(pl.col("positive").is_not_null()).then(
            pl.col("positive") >= profile.settings["assay.partitions_positive"]
        )
        empty_standard = pl.lit(False)
    else:
        early = (pl.col("ct") < profile.settings["assay.earliest_ct"]).fill_null(False)
        read = told() & ~early
        # A blank has its own cut-off, which a profile cannot lower.
        hit = (pl.col("ct") < profile.settings["assay.blank_cutoff"]).fill_null(False)
        signal = pl.when(told()).then(hit)
        empty_standard = (pl.col("role") == WellRole.STANDARD) & (pl.col("ct_status") == CtStatus.UNDETERMINED)
    dropped = amounts.filter(pl.col("dropped").is_not_null()).select("target", well="dropped", disagrees=pl.lit(True))
    frame = table.join(dropped, on=["well", "target"], how="left", maintain_order="left").with_columns(
        well_read=read.fill_null(False),
        left_out=pl.col("left_out").fill_null(False),
        signal_without_template=pl.when(no_template.fill_null(False) & ~_holds_cells(profile))
        .then(signal)
        .otherwise(pl.lit(False)),
        disagrees=pl.col("disagrees").fill_null(False),
        empty_standard=empty_standard.fill_null(False),
    )
    return answer(frame, [WELL])


def _holds_cells(profile: Profile) -> pl.Expr:
    """Whether a well is the control gene in a negative control of cells, where it must amplify."""
    genes = pl.col("target").map_elements(lambda name: profile.control_gene(name) is not None, return_dtype=pl.Boolean)
    return (genes & cells_without_target()).fill_null(False)


def cells_without_target() -> pl.Expr:
    """Whether a well without template is a negative control of cells: it holds RNA, and not the target."""
    kinds = "|".join(CELLS)
    return pl.col("remark").str.to_lowercase().str.contains(kinds).fill_null(False)


def run_verdict(
    table: pl.DataFrame,
    wells: pl.DataFrame,
    curves: pl.DataFrame,
    found: pl.DataFrame,
    profile: Profile,
    digital: bool,
) -> pl.DataFrame:
    """One row: the run's verdict. Blanks must have been read for every target that was measured."""
    blanks = wells.filter(pl.col("role") == WellRole.NO_TEMPLATE)
    read = blanks.filter(pl.col("well_read") & ~cells_without_target())
    measured = set(table.filter(pl.col("role") == WellRole.PATIENT)["target"].drop_nulls())
    unblanked = sorted(measured - set(read["target"].drop_nulls()))
    clean: bool | None = True
    if blanks["signal_without_template"].fill_null(False).any():
        clean = False
    elif not measured or (unblanked and profile.settings["assay.no_template_control"] == "required"):
        clean = None
    used = curves.filter(pl.col("target").is_in(list(measured)))
    remarks = wells.filter(pl.col(WELL.key).ne_missing(Verdict.ACCEPTED.value)).height > 0 or bool(unblanked)
    remarks = remarks or (used[CURVE.key] == Verdict.REMARK).any()
    row = {
        "no_template_clean": clean,
        "no_template_wells": read.height,
        "without_blank": unblanked,
        "curves_accepted": True if digital else bool(used[CURVE.key].is_in(ACCEPTED).all()) if used.height else None,
        "controls_in_range": _controls_in_range(found, profile),
        "run_remarked": bool(remarks),
    }
    frame = pl.DataFrame(
        [row],
        {
            "no_template_clean": pl.Boolean,
            "no_template_wells": pl.Int64,
            "without_blank": pl.List(pl.String),
            "curves_accepted": pl.Boolean,
            "controls_in_range": pl.Boolean,
            "run_remarked": pl.Boolean,
        },
    )
    return answer(frame, [RUN])


@dataclass(frozen=True)
class ControlReading:
    """A control material in a run: its levels in percent of the control gene, what it was called, and whether it is in
    range; None where it was not measured.
    """

    material: ControlMaterial
    levels: tuple[float, ...]
    called: tuple[str, ...]
    in_range: bool | None

    @property
    def percent(self) -> float | None:
        """Its level, if it has one."""
        return self.levels[0] if self.levels else None


def control_materials(found: pl.DataFrame, profile: Profile) -> list[ControlReading]:
    """Each control material of the profile as this run found it."""
    rows = []
    for material in profile.control_materials:
        same = (pl.col("sample") == material.name) & (pl.col("marker") == material.marker)
        levels = found.filter(same)["percent"].drop_nulls().to_list()
        called = found.filter(same)[RESULT.key].drop_nulls().to_list()
        # A control that must be negative has no level, and is in range by its call.
        negative = bool(called) and all(call == AssayResult.NOT_DETECTED for call in called)
        inside = None
        if levels:
            inside = all(material.low <= level <= material.high for level in levels)
        elif called:
            inside = negative and material.low == 0
        rows.append(ControlReading(material, tuple(levels), tuple(dict.fromkeys(called)), inside))
    return rows


def _controls_in_range(found: pl.DataFrame, profile: Profile) -> bool | None:
    """Whether all control materials are in range; None if one was not measured and none is out of range."""
    inside = [reading.in_range for reading in control_materials(found, profile)]
    return False if False in inside else None if None in inside else True


def _beyond_standards(quantified: pl.Expr, lines: Mapping[str, StandardCurve | None]) -> pl.Expr:
    """Whether a quantity, or the control copies under it, lies outside the range of the standards of its curve."""
    ranges = {name: line for name, line in lines.items() if line is not None}

    def outside(copies: str, target: str) -> pl.Expr:
        lowest, highest = (
            pl.col(target).replace_strict(
                {name: getattr(line, end) for name, line in ranges.items()}, default=None, return_dtype=pl.Float64
            )
            for end in ("lowest", "highest")
        )
        return ~pl.col(copies).is_between(lowest, highest)

    beyond = outside("copies", "target").fill_null(False) | outside("control_copies", "control_target").fill_null(False)
    return (quantified & beyond).fill_null(False)


def sample_verdicts(
    found: pl.DataFrame,
    curves: pl.DataFrame,
    lines: Mapping[str, StandardCurve | None],
    verdict: pl.DataFrame,
    profile: Profile,
) -> pl.DataFrame:
    """The results of a run, answered by EAC-sample."""
    settings = profile.settings
    run = verdict[RUN.key][0]
    stands = None if run is None else run in ACCEPTED
    negative = pl.col(RESULT.key) == AssayResult.NOT_DETECTED
    quantified = pl.col(RESULT.key) == AssayResult.QUANTIFIED
    remarked = curves.filter(pl.col(CURVE.key) == Verdict.REMARK)["target"].to_list()
    digital = pl.col("partitions").is_not_null()
    abl = pl.col("control_gene") == ControlGene.ABL1
    planned, planned_control = settings["assay.replicates"], settings["assay.control_replicates"]
    few = (pl.col("run") < planned) | (pl.col("control_run") < planned_control).fill_null(False)
    unread = (pl.col("unread") > 0) | (pl.col("control_unread") > 0).fill_null(False)
    short = (~digital & few) | unread
    below = pl.col(RESULT.key) == AssayResult.BELOW_QUANTIFICATION
    frame = found.with_columns(
        run_accepted=pl.lit(stands, pl.Boolean),
        result_reached=pl.col(RESULT.key).is_in(STANDS).fill_null(False),
        one_replicate_positive=negative & ~digital & (pl.col("positive") > 0),
        replicate_left_out=pl.col("dropped").is_not_null()
        | pl.col("control_dropped").is_not_null()
        | short.fill_null(False),
        little_control=(quantified | below) & ~pl.col("control_enough"),
        poor_rna=(abl & (pl.col("control_copies") < settings["assay.rna_quality_copies"])).fill_null(False),
        beyond_standards=_beyond_standards(quantified, lines),
        target_remarked=pl.col("target").is_in(remarked) | pl.col("control_target").is_in(remarked).fill_null(False),
    )
    return answer(frame, [SAMPLE])
