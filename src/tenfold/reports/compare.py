"""Scores compared: on a terminal, as a page with every figure, and as tables to work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape

from tenfold.cohort.compare import Comparison
from tenfold.cohort.comparison_table import (
    remarks,
)
from tenfold.cohort.measured_scores import MeasuredScore
from tenfold.cohort.predicted_risk import FOLDS
from tenfold.figures.calibration import calibration_figure
from tenfold.figures.decision_curve import decision_curve_figure
from tenfold.figures.heading import Drawing, under_heading
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.lines import MOST
from tenfold.figures.roc import roc_figure
from tenfold.figures.score_comparison import flags_in_words, score_comparison_figure
from tenfold.records.registry import Registry
from tenfold.reports.compare_rows import (
    CELL_COLUMNS,
    FIT_COLUMNS,
    GROUP_COLUMNS,
    MEASURE_COLUMNS,
    PAIR_COLUMNS,
    SLOPES,
    at_the_horizon,
    cell_rows,
    fit_rows,
    group_rows,
    measure_rows,
    p_in_words,
    pair_rows,
)
from tenfold.reports.page import render_plain
from tenfold.reports.pictures import Picture, picture
from tenfold.reports.text import NOT_A_DEVICE, plain_table

MOST_OPEN = 12
"""Unknown criteria that a terminal shows; the page and the data hold all."""


def head(found: Comparison) -> list[str]:
    """Who is compared, on what, from when."""
    whole = found.set
    subgroup = f" Subgroup: {whole.subgroup}." if whole.subgroup else ""
    left = whole.patients.height - found.n
    return [
        f"{whole.endpoint} from {whole.clock}, read at {found.horizon:g} months.{subgroup}",
        f"{found.n} patients with {found.events} events, the same for every score: of {whole.given} patients "
        f"{whole.patients.height} have a time{' and are in the subgroup' if whole.subgroup else ''}, and for {left} of these "
        "a score is not known.",
        *whole.notes,
        *whole.unsettled,
    ]


def methods(found: Comparison) -> list[str]:
    """How the figures came about, as a methods section says it."""
    boot = (
        f"Bootstrap: {found.resamples} resamples of patients, seed {found.seed}, the same for all scores; percentile "
        "intervals; predicted risks held fixed."
        if found.resamples
        else "No bootstrap was asked for."
    )
    return [
        "Every model is computed on every patient whose inputs are known at time zero; whoever lies outside a model's "
        "published scope is counted beside it, never left out.",
        "AIC is that of Cox's model (Efron) less that of no model: the score's groups as a factor, the score as one term "
        "refitted, and the published linear predictor as it stands. Below 0 is better than no model; with k degrees of "
        "freedom the difference never exceeds 2k. AICc counts events.",
        "AUC: cumulative/dynamic, weighted by inverse probability of censoring, and by nearest neighbours (Heagerty 2000, "
        "span 0.25 n^-0.2). Uno's C is truncated at the horizon. Intervals are by influence.",
        f"Predicted risks: from a Cox model without the patient's fold ({FOLDS} folds, seed {found.seed}); a published linear "
        "predictor keeps its coefficients and has only its baseline estimated here. Of a score that predicts nothing such a "
        "calibration slope is often below 0.",
        "Net benefit needs a decision that a threshold could guide. No net reclassification index is given. Tests between "
        "scores are not corrected for their number.",
        boot,
    ]


def compare_page(found: Comparison, registry: Registry, *, title: str, section: Mapping[str, Any] | None = None) -> str:
    """Return the comparison as a self-contained page of figures and tables; `section` is what `section_of` gave, if at hand."""
    return render_plain(
        "compare.html.j2",
        simulated=registry.simulated,
        title=title,
        head=head(found),
        warnings=found.warnings,
        one=section_of(found, registry.simulated) if section is None else section,
        landmark=None
        if found.landmark is None
        else {"head": head(found.landmark), **section_of(found.landmark, registry.simulated)},
        landmark_warnings=() if found.landmark is None else found.landmark.warnings,
        no_landmark=found.no_landmark,
        methods=methods(found),
        citations=_citations(found),
        fit_columns=FIT_COLUMNS,
        measure_columns=MEASURE_COLUMNS,
        pair_columns=PAIR_COLUMNS,
        group_columns=GROUP_COLUMNS,
        cell_columns=CELL_COLUMNS,
    )


def section_of(found: Comparison, simulated: bool) -> dict[str, Any]:
    """The figures and tables of one comparison; in each figure stands what is measured, and of simulated patients that they are."""
    at = f"{found.set.endpoint} from {found.set.clock}, at {found.horizon:g} months"

    def drawn(there: bool, draw: Drawing, title: str, described: str, said: Sequence[str] = ()) -> Picture | None:
        return picture(under_heading(title, draw, simulated, [at, *said]), described) if there else None

    shown = found.scores[:MOST]
    rocs = {score.asked.name: score.area.roc for score in shown if score.area is not None}
    nearest = {score.asked.name: score.nearest.roc for score in shown if score.nearest is not None}
    decisions = {score.asked.name: score.decision for score in shown if score.decision is not None}
    calibrations = {
        score.asked.name: score.calibration for score in found.scores if score.calibration.groups is not None
    }
    months = found.horizon
    said, flags = "the table above gives the numbers.", flags_in_words(found)
    return {
        "fits": fit_rows(found),
        "measures": measure_rows(found),
        "flags": flags,
        "comparison": drawn(
            bool(found.scores),
            lambda width: score_comparison_figure(found, width=width),
            "Every measure by score",
            f"Every measure by score; {said}",
            [flags] if flags else [],
        ),
        "roc": drawn(
            bool(rocs),
            lambda width: roc_figure(rocs, months=months, width=width),
            "ROC curves, weighted by inverse probability of censoring",
            f"ROC curves by score; {said}",
        ),
        "nearest": drawn(
            bool(nearest),
            lambda width: roc_figure(nearest, months=months, width=width),
            "ROC curves by nearest neighbours",
            f"ROC curves by nearest neighbours, by score; {said}",
        ),
        "calibration": drawn(
            bool(calibrations),
            lambda width: calibration_figure(calibrations, months=months, width=width),
            "Observed against predicted risk",
            "Observed against predicted risk, one panel a score.",
        ),
        "decision": drawn(
            bool(decisions),
            lambda width: decision_curve_figure(decisions, months=months, width=width),
            "Net benefit by threshold",
            "Net benefit by threshold, by score.",
        ),
        "not_drawn": [score.asked.name for score in found.scores[MOST:]],
        "curves": [
            (score.asked.name, *_curves(score, found, simulated)) for score in found.scores if score.groups is not None
        ],
        "slopes": SLOPES,
        "at_the_horizon": at_the_horizon(
            any(each.groups is not None and each.groups.competing for each in found.scores)
        ),
        "groups": group_rows(found),
        "pairs": pair_rows(found),
        "cells": [(names, cell_rows(each.cells)) for names, each in found.reclassified.items()],
        "moved": {names: f"{each.moved} of {each.n}" for names, each in found.reclassified.items()},
        "left_out": [(row["step"], row["why"], row["patients"]) for row in found.set.left_out.to_dicts()],
        "open": [(row["score"], row["criterion"], row["patients"]) for row in found.set.open.to_dicts()],
        "not_measured": [f"{score.asked.name}: {why}" for score in found.scores for why in score.not_measured],
        "cautions": [f"{score.asked.name}: {score.asked.caution}" for score in found.scores if score.asked.caution],
    }


def _curves(score: MeasuredScore, found: Comparison, simulated: bool) -> tuple[Picture | None, str]:
    """The group-wise curves of a score, and what its figure must say."""
    assert score.groups is not None  # asked only of scores with groups
    groups = score.groups
    said = remarks(score, found)
    test, trend = groups.test, groups.trend
    tests = [] if test is None else [f"{groups.test_name} {p_in_words(test.p)}"]
    tests += [] if trend is None else [f"trend {p_in_words(trend.p)}"]
    beneath = [*(["; ".join(tests)] if tests else []), *said]
    words = "Kaplan-Meier with 95 % log-log intervals"
    if groups.competing:
        words += "; competing events are censored in these curves, the table gives the cumulative incidence"
    caption = ". ".join([f"{score.asked.name}: {words}", *beneath]) + "."
    if len(groups.curves) > MOST:
        return None, caption

    def draw(width: int) -> Any:
        return kaplan_meier_figure(
            groups.curves,
            y_title=f"{found.set.endpoint}, % of patients",
            x_title=f"months from {found.set.clock}",
            width=width,
        )

    drawn = picture(
        under_heading(f"{score.asked.name}: {words}", draw, simulated, beneath),
        f"Kaplan-Meier curves by the groups of {score.asked.name}; the table gives the numbers.",
    )
    return drawn, caption


def _citations(found: Comparison) -> list[str]:
    cited = {score.asked.name: score.asked.citation for score in found.scores if score.asked.citation}
    return [f"{name}: {citation}" for name, citation in cited.items()]


def print_comparison(console: Console, found: Comparison, *, simulated: bool) -> None:
    """Print who is compared, what to keep in mind, and the one table."""
    if simulated:
        console.print("[bold]SIMULATED PATIENTS[/bold]")
    _print_one(console, found)
    if found.landmark is not None:
        console.print("\n[bold]From the landmark[/bold]")
        _print_one(console, found.landmark)
    elif found.no_landmark:
        console.print(f"\nNo comparison from a landmark: {escape(found.no_landmark)}")
    console.print(NOT_A_DEVICE)


def print_headline(console: Console, found: Comparison) -> None:
    """Print who is compared, what to keep in mind and who is left out, where the figures are in a file."""
    _print_who(console, found)
    _print_left_out(console, found)


def _print_who(console: Console, found: Comparison) -> None:
    for line in head(found):
        console.print(escape(line))
    for warning in found.warnings:
        console.print(f"[bold]![/] {escape(warning)}")


def _print_left_out(console: Console, found: Comparison) -> None:
    for line in _in_words(found.set.left_out):
        console.print(f"[dim]left out: {escape(line)}[/]")


def _print_one(console: Console, found: Comparison) -> None:
    _print_who(console, found)
    console.print("AIC less that of no model, by coding:")
    for columns, rows in ((FIT_COLUMNS[:-1], fit_rows(found)), (MEASURE_COLUMNS, measure_rows(found))):
        drawn = plain_table(*columns)
        for row in rows:
            drawn.add_row(*(escape(cell) for cell in row[: len(columns)]))
        console.print(drawn)
    console.print(f"[dim]{SLOPES}[/]")
    if flags_in_words(found):
        console.print(escape(flags_in_words(found)))
    for score in found.scores:
        for why in score.not_measured:
            console.print(f"[dim]not measured: {escape(score.asked.name)}: {escape(why)}[/]")
    _print_left_out(console, found)
    for score, criterion, patients in found.set.open.head(MOST_OPEN).rows():
        console.print(f"[dim]not known: {escape(criterion)} of {patients}, for {escape(score)}[/]")


def _in_words(left_out: pl.DataFrame) -> Sequence[str]:
    return [f"{row['patients']} ({row['step']}): {row['why']}" for row in left_out.to_dicts()]
