"""A response development told: on a terminal, as a page in the order of TRIPOD, as plain data, and as files.

The page and its tables are those of a development for survival; instead of hazard ratios stand odds ratios, and a picture of
predicted against observed shares stands where there the splits are.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape

from tenfold.cohort.development.optimism import interval_remarks
from tenfold.cohort.development.response.develop import ResponseDevelopment
from tenfold.cohort.development.response.external import ResponseValidation
from tenfold.cohort.development.response.measures import MEASURES
from tenfold.figures.calibration import response_calibration_figure
from tenfold.records.csv_out import write_csv
from tenfold.reports import tripod
from tenfold.reports.development import (
    CASE_MIX,
    MEASURE,
    SELECTED,
    VALIDATED,
    Rows,
    candidate_rows,
    case_mix_rows,
    measure_rows,
    number,
    print_rows,
    selected_rows,
    stand,
)
from tenfold.reports.page import render_plain
from tenfold.reports.pictures import picture
from tenfold.reports.response_tripod import response_tripod_rows
from tenfold.reports.simulated import labelled, mark

CANDIDATES = ("candidate", "n", "responders", "alone: odds ratio", "p", "kept", "together: odds ratio", "p", "weight")
BANDS = ("band", "patients", "responders", "predicted", "observed (95 % interval)")
TITLE = "The recipe: screen by likelihood ratio, multivariable logistic model, weights, intercept"
DESCRIBED = "Observed against predicted share of responders, band by band; the table below says the same."


def write_response_development(
    found: ResponseDevelopment, folder: Path, *, validation: ResponseValidation | None = None
) -> list[str]:
    """Write the model, the report, its data and tables into a folder; return the files' names. OSError if that fails."""
    simulated = found.plan.simulated
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    if found.entry is not None:
        files.append(f"{found.entry.name}.toml")
        found.entry.write(folder / files[-1])
    (folder / "report.html").write_text(response_page(found, validation=validation), encoding="utf-8")
    text = json.dumps(as_data(found, validation), ensure_ascii=False, indent=2, default=str)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    files += ["report.html", "report.json"]
    for name, frame in tables(found, validation).items():
        files.append(f"{name}.csv")
        write_csv(labelled(frame, simulated), folder / files[-1])
    return [*files, *mark(folder, simulated)]


def tables(found: ResponseDevelopment, validation: ResponseValidation | None = None) -> dict[str, pl.DataFrame]:
    """Every table of a development by the name of its file."""
    worth = (
        pl.DataFrame(list(found.apparent.items()), {"measure": pl.String, "apparent": pl.Float64}, orient="row")
        if found.optimism is None
        else found.optimism.table
    )
    named = {"candidates": found.table.rename({"events": "responders"}), "performance": worth}
    named["calibration"] = found.calibration
    if found.optimism is not None:
        named["inclusion"] = found.optimism.inclusion
    if validation is not None:
        named |= {"validation": validation.table, "validation_calibration": validation.calibration}
        named["case_mix"] = validation.case_mix
    return named


def response_page(found: ResponseDevelopment, *, validation: ResponseValidation | None = None) -> str:
    """Return the report as a self-contained page."""
    return render_plain(
        "development.html.j2",
        simulated=found.plan.simulated,
        title=f"Who responds: {found.plan.name}",
        head=head(found, validation),
        tripod_columns=tripod.columns(),
        tripod=response_tripod_rows(found, validation),
        arms=[_view(found)],
        measure_columns=MEASURE,
        area_columns=(),
        group_columns=(),
        selected_columns=SELECTED,
        band_columns=BANDS,
        validated_columns=VALIDATED,
        case_mix_columns=CASE_MIX,
        validations=[]
        if validation is None
        else [(validation.model, validation_rows(validation), case_mix_rows(validation), validation.remarks, [])],
        notes=[],
        seed=found.plan.seed,
    )


def print_response_development(
    console: Console, found: ResponseDevelopment, *, validation: ResponseValidation | None = None
) -> None:
    """Print what was found."""
    if found.plan.simulated:
        console.print("[bold]SIMULATED PATIENTS[/]")
    for line in head(found, validation):
        console.print(escape(line))
    view = _view(found)
    console.print(f"\n[bold]{escape(view['title'])}[/]")
    for line in view["warnings"]:
        console.print(f"  [bold]Warning:[/] {escape(line)}")
    for columns, name in ((CANDIDATES, "candidates"), (MEASURE, "measures"), (BANDS, "bands")):
        print_rows(console, columns, view[name])
        for line in view["legends"].get(name, ()) if view[name] else ():
            console.print(f"  {escape(line)}", style="dim")
    console.print(f"  {escape(view['cut_offs'])}")
    if validation is not None:
        console.print(f"\n[bold]External validation: {escape(validation.model)}[/]")
        for line in validation.remarks:
            console.print(f"  [bold]Warning:[/] {escape(line)}")
        print_rows(console, VALIDATED, validation_rows(validation))
        print_rows(console, CASE_MIX, case_mix_rows(validation))


def head(found: ResponseDevelopment, validation: ResponseValidation | None = None) -> list[str]:
    """Who, how many, how large the cohort should be, and what to think of it."""
    plan = found.plan
    unknown = ", ".join(f"{name} {count}" for name, count in found.unknown.items())
    left = f" Left out, not known: {unknown}." if unknown else ""
    return [
        f"{plan.outcome}: {found.n} of {found.n_given} patients, {found.responders} responders, {len(plan.candidates)}"
        f" candidates; seed {plan.seed}.{left}",
        found.sample_size.statement(),
        *stand(bool(plan.bootstrap), {} if validation is None else {validation.model: validation}),
    ]


def as_data(found: ResponseDevelopment, validation: ResponseValidation | None = None) -> dict[str, Any]:
    """The development as plain data."""
    size = found.sample_size
    return {
        "simulated": found.plan.simulated,
        "plan": {name: value for name, value in asdict(found.plan).items() if name != "wordings"},
        "n_given": found.n_given,
        "n": found.n,
        "responders": found.responders,
        "unknown": dict(found.unknown),
        "sample_size": {**asdict(size), "needed": size.needed, "statement": size.statement()},
        "method": found.made.fit.method,
        "intercept": found.made.intercept,
        "candidates": found.table.rename({"events": "responders"}).to_dicts(),
        "selected": list(found.made.model.selected),
        "apparent": dict(found.apparent),
        "optimism": None if found.optimism is None else found.optimism.table.to_dicts(),
        "inclusion": None if found.optimism is None else found.optimism.inclusion.to_dicts(),
        "calibration": found.calibration.to_dicts(),
        "warnings": list(found.warnings),
        "file": None if found.entry is None else f"{found.entry.name}.toml",
        "validation": None if validation is None else _validation_data(validation),
        "tripod": [
            {"item": item, "asks_for": asks, "here": here}
            for item, asks, here in response_tripod_rows(found, validation)
        ],
    }


def validation_rows(one: ResponseValidation) -> Rows:
    """An external validation as rows of a table."""
    rows: Rows = [("patients, responders", f"{one.n} of {one.n_given}, {one.responders}")]
    rows += [(f"left out, {name} not known", str(count)) for name, count in one.left_out.items()]
    for row in one.table.to_dicts():
        if row["value"] is not None:
            ends = "" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})"
            rows.append((MEASURES[row["measure"]], number(row["value"]) + ends))
    rows += [
        (f"band {name}: patients, predicted, observed", f"{many}; {predicted}; {observed}")
        for name, many, _, predicted, observed in _band_rows(one.calibration)
    ]
    return rows


def _validation_data(one: ResponseValidation) -> dict[str, Any]:
    frames = {name: value.to_dicts() for name, value in vars(one).items() if isinstance(value, pl.DataFrame)}
    return {**{name: value for name, value in vars(one).items() if name not in frames}, **frames}


def _view(found: ResponseDevelopment) -> dict[str, Any]:
    intercept = found.made.intercept
    told = (
        f"Intercept (log odds where the score is 0): {intercept:.2f}; estimated by {_method(found.made.fit.method)}."
        if found.entry is not None
        else "No candidate is in the model: it predicts the share of responders for everybody."
    )
    calibration = found.calibration
    return {
        "title": TITLE,
        "warnings": found.warnings,
        "candidate_columns": CANDIDATES,
        "numbers": (1, 2, 8),
        "candidates": candidate_rows(found.table, screened=True),
        "measures": measure_rows(MEASURES, found.apparent, None if found.optimism is None else found.optimism.table),
        "legends": {
            "candidates": ("n and responders: of a yes or no, of those with it; of a number, of everybody.",),
            "measures": []
            if found.optimism is None
            else interval_remarks(found.optimism.table, MEASURES, found.optimism.resamples),
        },
        "pictures": [],
        "areas": [],
        "groups": [],
        "selected": [] if found.optimism is None else selected_rows(found.optimism.inclusion),
        "calibration": picture(lambda width: response_calibration_figure(calibration, width=width), DESCRIBED),
        "bands": _band_rows(calibration),
        "cut_offs": told,
        "file": None if found.entry is None else f"{found.entry.name}.toml",
    }


def _band_rows(bands: pl.DataFrame) -> Rows:
    return [
        (
            row["group"],
            str(row["n"]),
            str(row["responders"]),
            f"{row['predicted']:.2f}",
            f"{row['observed']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
        )
        for row in bands.to_dicts()
    ]


def _method(method: str) -> str:
    return "Firth's penalised likelihood" if method == "Firth" else "maximum likelihood"
