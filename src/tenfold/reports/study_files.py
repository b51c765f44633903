"""What a study leaves in its folder: the page, the methods, tables as CSV and figures as SVG and PNG.

A figure's file tells the endpoint and the grouping. Simulated patients are labelled in every folder and in every figure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import vl_convert as vlc

from tenfold.cohort.study.curves import StudyCurves, together
from tenfold.cohort.study.grouping import EVERYBODY
from tenfold.figures import style
from tenfold.figures.heading import under_heading
from tenfold.records.csv_out import write_csv
from tenfold.reports.simulated import FILE, labelled, mark
from tenfold.reports.study import StudyResult
from tenfold.reports.study_curves import bounds_of, figure_of, figure_or_why
from tenfold.reports.study_models import further_figures, further_tables

PNG_SCALE = 2.0
MOST_LETTERS = 60


def write_study(result: StudyResult, page: str, folder: Path) -> list[str]:
    """Write the page, tables and figures; return the file names. OSError if it cannot be written."""
    for name in ("", "tables", "figures"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        mark(folder / name, result.simulated)
    (folder / "report.html").write_text(page, "utf-8")
    (folder / "methods.txt").write_text("\n".join([*result.methods, ""]), "utf-8")
    written = ["report.html", "methods.txt"]
    for name, frame in tables_of(result).items():
        written.append(f"tables/{name}.csv")
        write_csv(frame, folder / written[-1])
    # Named from the study alone, so that the same study gives the same names.
    for number, one in enumerate(result.curves, 1):
        drawn, _ = figure_or_why(one, lambda one=one: figure_of(one, style.WIDE, result.simulated))  # type: ignore[misc]
        written += write_figure(folder, f"curve_{number}_{file_name(_called(one))}", drawn)
    for title, draw in result.drawings.items():
        drawn = under_heading(title, draw, result.simulated)(style.WIDE)
        written += write_figure(folder, file_name(title), drawn)
    if result.further is not None:
        for name, draw in further_figures(result.further, result.models).items():
            written += write_figure(folder, name, draw(style.WIDE))
    return [*written, *([FILE] if result.simulated else [])]


def tables_of(result: StudyResult) -> dict[str, pl.DataFrame]:
    """Every table of a study by the name of its file; those with a row a patient bear no label of simulated patients."""
    named = {"endpoints": result.endpoints, "left_out": together(result.curves, "left_out")}
    bounds = bounds_of(result.curves, result.study)
    named |= {"doubtful_samples": bounds} if bounds.height else {}
    named |= result.description.tables() if result.description is not None else {}
    named |= {"table_notes": result.described.notes_table()} if result.described is not None else {}
    for number, found in enumerate(result.scores, 1):
        named |= {f"scores_{number}": found.table(), f"scores_{number}_left_out": found.set.left_out}
        if found.landmark is not None:
            named[f"scores_{number}_from_landmark"] = found.landmark.table()
    named |= further_tables(result.further) if result.further is not None else {}
    named |= {"case_mix": result.case_mix.table} if result.case_mix is not None else {}
    named |= {f"cox_{number}": model.table for number, model in enumerate(result.models, 1)}
    shown = {name: labelled(frame, result.simulated) for name, frame in named.items()}
    return {**shown, "times": together(result.curves, "patients")}


def _called(one: StudyCurves) -> str:
    return one.endpoint.name if one.by == EVERYBODY else f"{one.endpoint.name} by {one.by}"


def file_name(words: str) -> str:
    """Words as the name of a file: small letters, digits and underscores."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in words.lower())
    return "_".join(plain.split())[:MOST_LETTERS].strip("_") or "figure"


def write_figure(folder: Path, name: str, drawn: Any) -> list[str]:
    """Write a figure as SVG and PNG into `figures/` of a folder; nothing where there is none."""
    if drawn is None:
        return []
    spec = style.vega_lite(drawn)
    (folder / f"figures/{name}.svg").write_text(vlc.vegalite_to_svg(spec), "utf-8")
    (folder / f"figures/{name}.png").write_bytes(vlc.vegalite_to_png(spec, scale=PNG_SCALE))
    return [f"figures/{name}.svg", f"figures/{name}.png"]


def in_short(files: list[str]) -> str:
    """The files of a folder in a line: pages and texts by name, tables and figures counted."""
    single = [name for name in files if "/" not in name]
    counts = {where: sum(name.startswith(f"{where}/") for name in files) for where in ("tables", "figures")}
    said = [f"{where}/ ({count} files)" for where, count in counts.items() if count]
    return ", ".join([*single, *said])
