"""The pictures of a developed model: on its page, and as SVG and PNG beside it. What they show stands in each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tenfold.cohort.development.individual import endpoint_words
from tenfold.cohort.development.pictured import Pictured
from tenfold.figures.calibration import calibration_figure
from tenfold.figures.decision_curve import decision_curve_figure
from tenfold.figures.heading import Drawing, under_heading
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.style import MOST_LINES, WIDE
from tenfold.reports.pictures import Picture, picture
from tenfold.reports.study_files import file_name, write_figure


def drawings(one: Pictured, simulated: bool) -> dict[str, Drawing]:
    """Each picture by its title; none that has nothing to show."""
    months, whose = f"{one.horizon:g} months", _whose(one)
    found: dict[str, Drawing] = {}
    if 0 < len(one.curves) <= MOST_LINES:
        alive, _ = endpoint_words(one.endpoint)
        found["Survival by group"] = lambda width: kaplan_meier_figure(
            one.curves, y_title=f"{alive}, % of patients", x_title="months", width=width
        )
    calibration, decision = one.calibration, one.decision
    if calibration is not None and calibration.groups is not None and calibration.groups["observed"].drop_nulls().len():
        found[f"Calibration at {months}"] = lambda width: calibration_figure(
            {one.model: calibration}, months=one.horizon, width=width
        )
    if decision is not None:
        found[f"Decision curve at {months}"] = lambda width: decision_curve_figure(
            {one.model: decision}, months=one.horizon, width=width
        )
    return {title: under_heading(f"{one.model}: {title}", draw, simulated, [whose]) for title, draw in found.items()}


def on_page(one: Pictured, simulated: bool) -> list[tuple[Picture | None, str]]:
    """Each picture with its caption."""
    return [
        (picture(draw, f"{title} of {one.model}."), f"{title}, {_whose(one)}.")
        for title, draw in drawings(one, simulated).items()
    ]


def write_pictures(pictures: Sequence[Pictured], folder: Path, simulated: bool) -> list[str]:
    """Write every picture, and its numbers, into a folder; return the files' names. OSError if that fails."""
    files = []
    for one in pictures:
        for title, draw in drawings(one, simulated).items():
            files += write_figure(folder, file_name(f"{called(one)} {title}"), draw(WIDE))
    return files


def tables(one: Pictured) -> dict[str, pl.DataFrame]:
    """The numbers behind the pictures, by name."""
    found = {}
    if one.calibration is not None and one.calibration.groups is not None:
        found[f"{called(one)} calibration"] = one.calibration.groups
    if one.decision is not None:
        found[f"{called(one)} decision curve"] = one.decision
    return found


def called(one: Pictured) -> str:
    """The name of a model in some patients, of which files are named."""
    return f"{one.model} elsewhere" if one.elsewhere else one.model


def _whose(one: Pictured) -> str:
    if one.elsewhere:
        return f"in {one.n} other patients"
    return f"in the {one.n} patients it was made from, not corrected for optimism"
