"""What a development leaves in its folder: models, the page, its data, tables as CSV and figures as SVG and PNG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from tenfold.cohort.development.develop import Development
from tenfold.cohort.development.external import Validation
from tenfold.cohort.development.pictured import Pictured
from tenfold.records.csv_out import write_csv
from tenfold.reports.development import as_data, development_page
from tenfold.reports.development_pictures import tables as drawn_tables
from tenfold.reports.development_pictures import write_pictures
from tenfold.reports.simulated import FILE, labelled, mark
from tenfold.reports.study_files import file_name


def write_development(
    found: Development,
    folder: Path,
    *,
    validations: Mapping[str, Validation] | None = None,
    simulated: bool = False,
    pictures: Sequence[Pictured] = (),
) -> list[str]:
    """Write the models, the report, its data, tables and figures into a folder; return the files' names.

    `pictures`: what is drawn of each model, here and in other patients. OSError if it cannot be written.
    """
    for name in ("", "tables", "figures") if pictures else ("", "tables"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        mark(folder / name, simulated)
    files = []
    for arm in found.arms:
        if arm.entry is not None:
            files.append(f"{arm.entry.name}.toml")
            arm.entry.write(folder / files[-1])
    page = development_page(found, validations=validations, simulated=simulated, pictures=pictures)
    (folder / "report.html").write_text(page, encoding="utf-8")
    data = {"simulated": simulated, **as_data(found, validations)}
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    files += ["report.html", "report.json"]
    for name, frame in tables(found, validations or {}, pictures).items():
        files.append(f"tables/{file_name(name)}.csv")
        write_csv(labelled(frame, simulated), folder / files[-1])
    return [*files, *write_pictures(pictures, folder, simulated), *([FILE] if simulated else [])]


def tables(
    found: Development, validations: Mapping[str, Validation], pictures: Sequence[Pictured]
) -> dict[str, pl.DataFrame]:
    """Every table of a development by the name of its file."""
    held: dict[str, pl.DataFrame] = {}
    for arm in found.arms:
        held[f"{arm.procedure.name} candidates"] = arm.table
        if arm.optimism is not None:
            held[f"{arm.procedure.name} performance"] = arm.optimism.table
    for name, one in validations.items():
        held |= {f"{name} elsewhere groups": one.groups, f"{name} elsewhere case mix": one.case_mix}
    for each in pictures:
        held |= drawn_tables(each)
    return {name: frame for name, frame in held.items() if frame.width}
