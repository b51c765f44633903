"""The rows of a comparison of scores as they are read: on a page and on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tenfold.cohort.compare import Comparison
from tenfold.cohort.comparison_table import groups_table, remarks
from tenfold.cohort.measured import Measured
from tenfold.figures.score_comparison import label
from tenfold.reports.pictures import number

FIT_COLUMNS = (
    "score",
    "in scope / out / not known",
    "groups (df)",
    "groups, AICc",
    "score (1 df)",
    "predictor (0 df)",
    "likelihood ratio",
    "remarks",
)
MEASURE_COLUMNS = (
    "score",
    "Harrell's C",
    "Uno's C",
    "AUC, weighted",
    "AUC, nearest neighbours",
    "Brier",
    "integrated Brier",
    "calibration slope",
)
PAIR_COLUMNS = ("measure", "first", "second", "difference (95 % CI)", "p", "bootstrap 95 %", "bootstrap p")
GROUP_COLUMNS = (
    "score",
    "group",
    "patients",
    "events",
    "median, months (95 % CI)",
    "at the horizon (95 % CI)",
)
SLOPES = (
    "Calibration slope: of risks predicted without the patient's own fold. Of a score that predicts nothing it is often below 0,"
    " whatever its interval."
)
CELL_COLUMNS = ("group by the first", "group by the second", "patients", "share of the first's group", "events", "rate")
Rows = list[tuple[str, ...]]


def at_the_horizon(competing: bool) -> str:
    """What stands under "at the horizon" in the table of groups."""
    return (
        "At the horizon: the share with the event (cumulative incidence), for other events compete with it."
        if competing
        else "At the horizon: the share without the event (Kaplan-Meier)."
    )


def fit_rows(found: Comparison) -> Rows:
    """Scope and information criteria, a row a score (`FIT_COLUMNS`); the marks after a name are those of the figure."""
    rows: Rows = []
    for score in found.scores:
        fits = {each.coding: each for each in score.information}
        groups, term = fits.get("groups as factor"), fits.get("score as one term")
        predictor = fits.get("linear predictor as offset")
        tested = groups or term
        ratio = None if tested is None else tested.likelihood_ratio
        rows.append(
            (
                label(score, found),
                f"{score.scope['yes']} / {score.scope['no']} / {score.scope['unknown']}",
                "" if groups is None else f"{_signed(groups.aic_difference)} ({groups.degrees_of_freedom})",
                "" if tested is None or tested.aicc_difference is None else _signed(tested.aicc_difference),
                "" if term is None else _signed(term.aic_difference),
                "" if predictor is None else _signed(predictor.aic_difference),
                "" if ratio is None else f"{ratio.statistic:.1f}, {p_in_words(ratio.p)}",
                "; ".join(remarks(score, found)),
            )
        )
    return rows


def measure_rows(found: Comparison) -> Rows:
    """Discrimination and accuracy, a row a score (`MEASURE_COLUMNS`)."""
    rows: Rows = []
    for score in found.scores:
        nearest = "" if score.nearest is None else f"{score.nearest.area:.2f}"
        drawn = score.bootstrapped.get("AUC (nearest neighbours)")
        if drawn is not None:
            nearest += f" ({drawn.low:.2f} to {drawn.high:.2f})"
        weak = score.calibration.weak
        rows.append(
            (
                label(score, found),
                _estimate(score.harrell),
                _estimate(score.uno),
                _estimate(score.area),
                nearest,
                _estimate(score.brier, 3),
                _estimate(score.integrated, 3),
                "" if weak is None else f"{weak.slope:.2f} ({weak.slope_low:.2f} to {weak.slope_high:.2f})",
            )
        )
    return rows


def _signed(value: float) -> str:
    return f"{value:+.2f}"


def p_in_words(value: float | None) -> str:
    """A p as papers print it; empty for none."""
    return "" if value is None else "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def _estimate(one: Measured | None, digits: int = 2) -> str:
    if one is None:
        return ""
    if one.low is None or one.high is None:
        return f"{one.value:.{digits}f}"
    return f"{one.value:.{digits}f} ({one.low:.{digits}f} to {one.high:.{digits}f})"


def pair_rows(found: Comparison) -> Rows:
    """Every two scores by measure (`PAIR_COLUMNS`)."""
    return [
        (
            row["measure"],
            row["first"],
            row["second"],
            f"{row['difference']:+.3f}" + _between(row["low"], row["high"]),
            p_in_words(row["p"]),
            _between(row["boot_low"], row["boot_high"]).strip(),
            _by_resamples(row["boot_p"], found.resamples),
        )
        for row in found.pairs.to_dicts()
    ]


def _by_resamples(p: float | None, resamples: int) -> str:
    """A p of resamples, and whether it is the least that so many can show."""
    if p is None or not resamples or p > 2 / (resamples + 1) + 1e-9:
        return p_in_words(p)
    return f"p ≤ {2 / (resamples + 1):.3f}, the least that {resamples} resamples can show"


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:+.3f} to {high:+.3f})"


def group_rows(found: Comparison) -> Rows:
    """Every group of every score (`GROUP_COLUMNS`)."""
    rows: Rows = []
    competing = any(score.groups is not None and score.groups.competing for score in found.scores)
    for row in groups_table(found).to_dicts():
        median = "" if competing else number(row["median"])
        if row["median_low"] is not None:
            median += f" ({row['median_low']:.1f} to {number(row['median_high'])})"
        rows.append((row["score"], row["group"], str(row["n"]), str(row["events"]), median, _share(row, "at_horizon")))
    return rows


def cell_rows(cells: pl.DataFrame) -> Rows:
    """The cells of one reclassification (`CELL_COLUMNS`)."""
    return [
        (
            row["first"],
            row["second"],
            str(row["n"]),
            f"{100 * row['share']:.0f} %",
            str(row["events"]),
            _share(row, "event_rate"),
        )
        for row in cells.to_dicts()
    ]


def _share(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return "nobody followed so long"
    said = f"{100 * row[name]:.0f} %"
    if row["low"] is None:
        return f"{said} (all or none of {row['n']}: no interval)"
    return f"{said} ({100 * row['low']:.0f}-{100 * row['high']:.0f})"
