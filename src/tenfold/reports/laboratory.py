"""The laboratory's report of one run, and of its controls over runs: pages that print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl

from tenfold.assay.headline import no_level, run_headline
from tenfold.assay.judgement import control_materials
from tenfold.assay.measure import MeasuredRun
from tenfold.assay.trend import not_placed
from tenfold.assay.verdicts import CURVE, RESULT, WELL
from tenfold.exchange.run import moment
from tenfold.figures.heading import Drawing
from tenfold.figures.laboratory import (
    amplification_figure,
    control_figure,
    cycles_figure,
    standard_curve_figure,
)
from tenfold.logic.explain import explain
from tenfold.reports.laboratory_words import (
    alignments,
    remarks,
    sentence,
    significant,
    title,
    towards_zero,
    verdict_words,
)
from tenfold.reports.page import render_plain
from tenfold.reports.pictures import picture
from tenfold.settings import Settings
from tenfold.vocabulary import AssayResult, Verdict, WellRole

SAMPLE_COLUMNS = (
    "sample",
    "target",
    "replicates",
    "mean Ct",
    "target copies",
    "control gene",
    "control Ct",
    "control copies",
    "% of control gene",
    "log10 below diagnosis",
)
CURVE_COLUMNS = ("target", "slope", "efficiency", "intercept", "R2", "standards", "verdict", "because")
WELL_COLUMNS = ("well", "sample", "target", "Ct", "verdict", "because")
MOST_DIGITS = 4


def run_view(measured: MeasuredRun) -> dict[str, Any]:
    """The report of a run as data: heading, curves, samples with their sentences, remarked wells, notes."""
    patients = measured.results.filter(pl.col("role") == WellRole.PATIENT).to_dicts()
    return {
        "run": measured.run.name,
        "format": measured.run.format,
        "instrument": measured.run.instrument,
        "started": measured.run.started,
        "when": _when(measured.run.started),
        "verdict": run_headline(measured),
        "stands": measured.accepted,
        "profile": {
            "name": measured.profile.name,
            "laboratory": measured.profile.laboratory,
            "origin": measured.profile.origin,
            "changed": [f"{name} = {value} {unit}" for name, value, unit in measured.profile.changed()],
        },
        "curves": [_curve(row) for row in measured.curves.to_dicts()],
        "samples": [
            {
                "title": title(row),
                "sentence": sentence(row, measured.profile),
                "verdict": verdict_words(row)[0],
                "because": verdict_words(row)[1],
                "remarks": remarks(row, measured.profile),
                "alignments": alignments(row, measured.profile),
            }
            for row in patients
        ],
        "table": [
            _sample(row, measured.profile.settings["mrd.quantification_copies"]) for row in measured.results.to_dicts()
        ],
        "controls": [
            (
                one.material.name,
                one.material.marker,
                significant(one.percent) or no_level(one),
                f"{one.material.low:g} to {one.material.high:g}",
                {True: "in range", False: "out of range", None: "not known"}[one.in_range],
            )
            for one in control_materials(measured.results, measured.profile)
        ],
        "blanks": _blanks(measured),
        "wells": _wells(measured),
        "notes": list(measured.notes),
    }


def laboratory_page(measured: MeasuredRun, signed: str | None = None) -> str:
    """Return the report of a run as a self-contained page; `signed`: who signed it, in words."""
    curve_pictures = [
        picture(draw, f"Standard curve of {target}: {CURVES_DESCRIBED}")
        for target, draw in curve_drawings(measured).items()
    ]
    drawn = wells_drawing(measured)
    plot = None if drawn is None else picture(*drawn)
    return render_plain(
        "laboratory.html.j2",
        simulated=measured.run.format == "simulated",
        title=f"MRD run {measured.run.name}",
        one=run_view(measured),
        curve_pictures=curve_pictures,
        plot=plot,
        plot_caption=wells_caption(measured),
        signed=signed,
        curve_columns=CURVE_COLUMNS,
        sample_columns=SAMPLE_COLUMNS,
        well_columns=WELL_COLUMNS,
    )


CURVES_DESCRIBED = "threshold cycle against log10 copies; the table of curves says the same."
CYCLES_CAPTION = "Each mark is a well; the dashed line is the cut-off; hollow marks on the right: nothing amplified."


def curve_drawings(measured: MeasuredRun) -> dict[str, Drawing]:
    """The standard curves of a run, each by its target as what draws it in a width."""
    return {
        line.target: partial(standard_curve_figure, line, measured.run.wells, target_label(line.target))
        for line in measured.lines.values()
        if line is not None
    }


def wells_drawing(measured: MeasuredRun) -> tuple[Drawing, str] | None:
    """What draws every well of a run, and says it; None where there is nothing to draw."""
    run = measured.run
    if run.curves.height:
        return partial(amplification_figure, run.curves, run.wells), "Amplification curves by cycle."
    if run.wells.height:
        said = "Threshold cycles of every well by sample; the table of samples gives their means."
        return partial(cycles_figure, run.wells, measured.profile.settings), said
    return None


def wells_caption(measured: MeasuredRun) -> str:
    """What stands under the drawing of the wells."""
    return "Fluorescence by cycle." if measured.run.curves.height else CYCLES_CAPTION


def target_label(name: str) -> str:
    """A target's name as a chart shows it, cut where it is long."""
    return name if len(name) <= 40 else name[:39] + "…"


def trend_page(judged: pl.DataFrame, settings: Settings, *, faults: Sequence[str] = ()) -> str:
    """Return the controls over runs as a self-contained page: one chart each, and every broken rule."""
    controls = judged["control"].unique(maintain_order=True).to_list()
    pictures = [
        picture(
            partial(control_figure, judged, control),
            f"{control} over runs, with its mean and standard deviations; the table names every broken rule.",
        )
        for control in controls
    ]
    return render_plain(
        "trend.html.j2",
        simulated=False,
        title="Controls over runs",
        runs=judged["run"].n_unique(),
        pictures=[one for one in pictures if one],
        columns=("control", "run", "started", "value", "SD from the mean", "rules"),
        rows=[_broken(row) for row in judged.iter_rows(named=True) if row["broken"] or row["warning"]],
        unjudged=judged.filter(pl.col("placed") & pl.col("z").is_null())["control"]
        .unique(maintain_order=True)
        .to_list(),
        judged=judged["z"].is_not_null().any(),
        first=settings["assay.runs_for_limits"],
        least=settings["assay.runs_for_limits_at_least"],
        faults=[*faults, *not_placed(judged)],
    )


def _broken(row: dict[str, Any]) -> tuple[str, ...]:
    value = "" if row["value"] is None else f"{row['value']:.3g}"
    z = "" if row["z"] is None else f"{row['z']:+.1f}"
    rules = ", ".join(row["broken"]) or "warning: beyond 2 SD"
    return row["control"], row["run"], row["started"] or "", value, z, rules


def _curve(row: dict[str, Any]) -> tuple[str, ...]:
    def between(name: str, scale: float, digits: int) -> str:
        if row[name] is None:
            return ""
        text = f"{scale * row[name]:.{digits}f}"
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        return (
            text if low is None or high is None else f"{text} ({scale * low:.{digits}f} to {scale * high:.{digits}f})"
        )

    explained = explain(CURVE, row)
    efficiency = between("efficiency", 100, 1)
    return (
        row["target"],
        between("slope", 1, 2),
        f"{efficiency} %" if efficiency else "",
        "" if row["intercept"] is None else f"{row['intercept']:.2f}",
        "" if row["r2"] is None else f"{row['r2']:.4f}",
        "stored" if row["stored_curve"] else f"{row['standards']} wells, {row['levels']} levels",
        explained.answer or explained.headline,
        "; ".join(explained.rules) + (f" ({row['stored_from']})" if row["stored_from"] else ""),
    )


def _sample(row: dict[str, Any], limit: float) -> tuple[str, ...]:
    def cycles(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    interval = ""
    if row["percent_low"] is not None:
        interval = f" ({significant(row['percent_low'])} to {significant(row['percent_high'])})"
    unit = (
        f"{row['positive']:,} of {row['partitions']:,}" if row["partitions"] else f"{row['positive']} of {row['run']}"
    )
    below = f"< {significant(row['percent_below'])}" if row["percent_below"] is not None else ""
    few = row[RESULT.key] == AssayResult.BELOW_QUANTIFICATION
    least = row["reduction_at_least"] if few and (row["reduction_at_least"] or 0) > 0 else None
    return (
        row["sample"] or "",
        row["target"],
        unit,
        cycles(row["mean_ct"]),
        f"< {limit:g}" if few else significant(row["copies"], MOST_DIGITS),
        row["control_gene"] or "not measured",
        cycles(row["control_ct"]),
        significant(row["control_copies"], MOST_DIGITS),
        f"{significant(row['percent'])}{interval}" if row["percent"] is not None else below,
        _change(row["log10_reduction"], "") or _change(least, "at least "),
    )


def _when(started: datetime | None) -> str:
    """When the run was, as a report says it; its hour is not known where the file has only a day."""
    if started is None:
        return "day of the run not known"
    return f"{started.day} {started:%B %Y}" + ("" if moment(started) == f"{started:%Y-%m-%d}" else f" {started:%H:%M}")


def _blanks(measured: MeasuredRun) -> list[str]:
    """What the wells without template gave, a line for each target."""
    blanks = measured.wells.filter(pl.col("role") == WellRole.NO_TEMPLATE)
    lines = []
    for (target,), wells in blanks.group_by("target", maintain_order=True):
        each = [f"{row['well'] or row['sample'] or 'a well'} {_gave(row)}" for row in wells.to_dicts()]
        lines.append(f"{target or 'target not named'}: {', '.join(each)}")
    return lines


def _gave(row: dict[str, Any]) -> str:
    """What a well gave, in a word or two."""
    if "positive" in row:
        return "not read" if row["positive"] is None else f"{row['positive']:,} of {row['total'] or 0:,} positive"
    return f"Ct {row['ct']:.2f}" if row["ct"] is not None else str(row["ct_status"] or "not read")


def _change(log10: float | None, bound: str) -> str:
    return "" if log10 is None else f"{bound}{towards_zero(log10):.2f}"


def wells_table(measured: MeasuredRun) -> pl.DataFrame:
    """Return every well with what it gave, its verdict and the rule that decided.

    `ct` or, in digital PCR, `positive` and `total`; `copies` are the known ones of a standard.
    """
    cycles = {"copies": pl.Float64, "ct": pl.Float64, "ct_status": pl.String}
    gave = cycles if "ct" in measured.wells.columns else {"positive": pl.Int64, "total": pl.Int64}
    rows = [
        (
            row["well"],
            row["sample"],
            row["target"],
            row["role"],
            *(row[name] for name in gave),
            explained.headline,
            "; ".join(explained.rules),
            row["remark"],
        )
        for row in measured.wells.to_dicts()
        for explained in (explain(WELL, row),)
    ]
    named, said = ("well", "sample", "target", "role"), ("verdict", "because", "remark")
    schema = {**dict.fromkeys(named, pl.String), **gave, **dict.fromkeys(said, pl.String)}
    return pl.DataFrame(rows, schema, orient="row")


def _wells(measured: MeasuredRun) -> list[tuple[str, ...]]:
    """Every well that is not simply accepted."""
    rows: list[tuple[str, ...]] = []
    for row in measured.wells.filter(pl.col(WELL.key).ne_missing(Verdict.ACCEPTED.value)).to_dicts():
        explained = explain(WELL, row)
        because = "; ".join([*explained.rules, *([row["remark"]] if row["remark"] else [])])
        ct = row.get("ct")
        shown = "" if ct is None else f"{ct:.2f}"
        rows.append((row["well"], row["sample"] or "", row["target"] or "", shown, explained.headline, because))
    return rows
