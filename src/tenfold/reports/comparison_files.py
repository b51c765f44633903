"""What a comparison leaves in its folder: the page, the tables as CSV, and the figures as SVG and PNG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import vl_convert as vlc

from tenfold.cohort.compare import Comparison
from tenfold.cohort.comparison_table import (
    calibration_table,
    decision_table,
    groups_table,
    reclassified_table,
    table,
)
from tenfold.records.csv_out import write_csv
from tenfold.records.registry import Registry
from tenfold.reports.compare import compare_page, section_of
from tenfold.reports.pictures import Picture
from tenfold.reports.simulated import labelled, mark
from tenfold.reports.study_files import PNG_SCALE, file_name

DRAWN = ("comparison", "roc", "nearest", "calibration", "decision")
"""The figures of a comparison; the curves by each score's groups beside them."""


def write_comparison(found: Comparison, registry: Registry, folder: Path, *, title: str) -> list[str]:
    """Write the page, the tables and the figures into a folder; return the file names. OSError if it cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    section = section_of(found, registry.simulated)
    (folder / "report.html").write_text(compare_page(found, registry, title=title, section=section), encoding="utf-8")
    frames = {"scores.csv": table(found), "patients.csv": _patients(found), "pairs.csv": found.pairs}
    frames |= {
        "groups.csv": groups_table(found),
        "calibration.csv": calibration_table(found),
        "decision.csv": decision_table(found),
        "reclassified.csv": reclassified_table(found),
        "left_out.csv": found.set.left_out,
    }
    if found.landmark is not None:
        frames["scores_from_landmark.csv"] = table(found.landmark)
    for name, frame in frames.items():
        shown = frame if name == "patients.csv" else labelled(frame, registry.simulated)
        write_csv(shown, folder / name)
    figures = _write_figures(section, folder / "figures", registry.simulated)
    return ["report.html", *frames, *figures, *mark(folder, registry.simulated)]


def _write_figures(section: Mapping[str, Any], folder: Path, simulated: bool) -> list[str]:
    """Write the figures of the page as they stand on a desk."""
    pictures: dict[str, Picture | None] = {name: section[name] for name in DRAWN}
    pictures |= {file_name(f"curves {score}"): drawn for score, drawn, _ in section["curves"]}
    folder.mkdir(exist_ok=True)
    written = [f"figures/{name}" for name in mark(folder, simulated)]
    for name, drawn in pictures.items():
        if drawn is not None:
            (folder / f"{name}.svg").write_text(drawn.wide, "utf-8")
            (folder / f"{name}.png").write_bytes(vlc.svg_to_png(str(drawn.wide), scale=PNG_SCALE))
            written += [f"figures/{name}.svg", f"figures/{name}.png"]
    return written


def _patients(found: Comparison) -> pl.DataFrame:
    """Every patient with a time, and whether compared; what decides an open score as words."""
    compared = found.set.complete["patient_id"]
    lists = [name for name, kind in found.set.patients.schema.items() if isinstance(kind, pl.List)]
    return found.set.patients.with_columns(
        pl.col("patient_id").is_in(compared.implode()).alias("compared"), pl.col(lists).list.join("; ")
    )
