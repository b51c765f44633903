"""A development told: on a terminal, as a page in the order of TRIPOD, as plain data, and as files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.markup import escape

from tenfold.cohort.development.develop import Arm, Development
from tenfold.cohort.development.external import Validation
from tenfold.cohort.development.measures import MEASURES
from tenfold.cohort.development.recalibrate import Recalibrated
from tenfold.cohort.development.response.external import ResponseValidation
from tenfold.reports import tripod
from tenfold.reports.page import render_plain
from tenfold.reports.simulated import mark
from tenfold.reports.text import plain_table

NO_GROUPS = "No cut-offs, so that no file of the model is written: name them with --cut-offs, or take more patients."
CANDIDATES = ("candidate", "n", "events", "alone: hazard ratio", "p", "kept", "together: hazard ratio", "p", "weight")
WEIGHED = ("candidate", "n", "events", "weight")
MEASURE = ("measure", "apparent", "optimism", "corrected (95 % interval)")
AREAS = ("random splits", "area at the horizon", "apparent", "median (2.5-97.5 percentile)", "without answer")
GROUPS = ("random splits", "group", "predicted survival", "observed", "difference", "empty", "not followed")
SELECTED = ("candidate", "in the model", "in how many resamples")
VALIDATED = ("measure", "value")
CASE_MIX = ("input", "level", "where developed", "here", "standardised difference")
TITLES = {
    "recipe": "The recipe: screen, multivariable Cox, weights, groups",
    "penalised": "Penalised: all candidates, held back",
}

Rows = list[tuple[str, ...]]


def write_development(
    found: Development, folder: Path, *, validations: Mapping[str, Validation] | None = None, simulated: bool = False
) -> list[str]:
    """Write the models, the report and its data into a folder; return the files' names. OSError if that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for arm in found.arms:
        if arm.entry is not None:
            files.append(f"{arm.entry.name}.toml")
            arm.entry.write(folder / files[-1])
    page = development_page(found, validations=validations, simulated=simulated)
    (folder / "report.html").write_text(page, encoding="utf-8")
    data = {"simulated": simulated, **as_data(found, validations)}
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    return [*files, "report.html", "report.json", *mark(folder, simulated)]


def development_page(
    found: Development, *, validations: Mapping[str, Validation] | None = None, simulated: bool = False
) -> str:
    """Return the report as a self-contained page."""
    return render_plain(
        "development.html.j2",
        simulated=simulated,
        title=f"A score for {found.plan.endpoint}: {found.plan.name}",
        head=head(found),
        tripod_columns=tripod.columns(),
        tripod=tripod.tripod_rows(found),
        arms=[_view(arm) for arm in found.arms],
        measure_columns=MEASURE,
        area_columns=AREAS,
        group_columns=GROUPS,
        selected_columns=SELECTED,
        band_columns=(),
        validated_columns=VALIDATED,
        case_mix_columns=CASE_MIX,
        validations=[(name, validation_rows(one), case_mix_rows(one)) for name, one in (validations or {}).items()],
        notes=found.notes,
        seed=found.plan.seed,
    )


def print_development(
    console: Console, found: Development, *, validations: Mapping[str, Validation] | None = None
) -> None:
    """Print what was found."""
    for line in head(found):
        console.print(escape(line))
    for arm in found.arms:
        view = _view(arm)
        console.print(f"\n[bold]{escape(view['title'])}[/]")
        for line in view["warnings"]:
            console.print(f"  [bold]Warning:[/] {escape(line)}")
        for columns, name in (
            (view["candidate_columns"], "candidates"),
            (MEASURE, "measures"),
            (AREAS, "areas"),
            (GROUPS, "groups"),
        ):
            print_rows(console, columns, view[name])
        console.print(f"  {escape(view['cut_offs'])}")
    for name, one in (validations or {}).items():
        console.print(f"\n[bold]External validation: {escape(name)}[/]")
        print_rows(console, VALIDATED, validation_rows(one))
        print_rows(console, CASE_MIX, case_mix_rows(one))
    for line in found.notes:
        console.print(escape(line))


def print_recalibrated(console: Console, found: Recalibrated) -> None:
    """Print how the model as it came did here, and what was fitted."""
    console.print(f"[bold]{escape(found.entry.name)}[/]: {found.n} patients, {found.events} events")
    for name, count in found.left_out.items():
        console.print(f"  left out, {escape(name)} not known: {count}")
    p = "" if found.slope_is_one.p is None else f", p = {found.slope_is_one.p:.3f} for no departure"
    fitted = "fitted" if found.slope_fitted else "kept as it came"
    console.print(f"  slope here {found.slope:.2f} ({found.slope_low:.2f} to {found.slope_high:.2f}){p}; {fitted}")
    for line in found.warnings:
        console.print(f"  [bold]Warning:[/] {escape(line)}")
    console.print("\nThe model as it came, in these patients")
    print_rows(console, VALIDATED, validation_rows(found.before))
    print_rows(console, CASE_MIX, case_mix_rows(found.before))


def head(found: Development) -> list[str]:
    """Who, how many, how large the cohort should be, and what to think of it."""
    plan = found.plan
    return [
        f"{plan.endpoint}: {found.n} of {found.n_given} patients, {found.events} events, {len(plan.candidates)} candidates;"
        f" seed {plan.seed}.",
        found.sample_size.statement(),
        "Internally validated only: both models await other patients.",
    ]


def as_data(found: Development, validations: Mapping[str, Validation] | None = None) -> dict[str, Any]:
    """The development as plain data."""
    return {
        "plan": {name: value for name, value in asdict(found.plan).items() if name != "wordings"},
        "n_given": found.n_given,
        "n": found.n,
        "events": found.events,
        "unknown": dict(found.unknown),
        "sample_size": {**asdict(found.sample_size), "needed": found.sample_size.needed, "statement": found.sample_size.statement()},
        "tripod": [{"item": item, "asks_for": asks, "here": here} for item, asks, here in tripod.tripod_rows(found)],
        "arms": [_arm_data(arm) for arm in found.arms],
        "validations": {name: validation_data(one) for name, one in (validations or {}).items()},
        "notes": list(found.notes),
    }  # fmt: skip


def validation_data(one: Validation) -> dict[str, Any]:
    """An external validation as plain data."""
    data = {k: v for k, v in vars(one).items() if not isinstance(v, pl.DataFrame)}
    measures = {name: _known(getattr(one.measures, name)) for name in MEASURES}
    large = None if one.in_the_large is None else asdict(one.in_the_large)
    frames = {"groups": one.groups.to_dicts(), "case_mix": one.case_mix.to_dicts()}
    return {**data, "measures": measures, "in_the_large": large, **frames}


def validation_rows(one: Validation) -> Rows:
    """An external validation as rows of a table."""
    rows: Rows = [("patients, events", f"{one.n} of {one.n_given}, {one.events}")]
    ends = {"concordance": one.concordance_interval, "slope": one.slope_interval}
    if one.in_the_large is not None:
        ends["observed_to_expected"] = (one.in_the_large.low, one.in_the_large.high)
    for name, title in MEASURES.items():
        value = _known(getattr(one.measures, name))
        if value is not None:
            low, high = ends.get(name, (None, None))
            rows.append((title, number(value) + ("" if low is None or high is None else f" ({low:.2f} to {high:.2f})")))
    rows.append(("total: mean, standard deviation", f"{one.total_mean:.2f}, {one.total_spread:.2f}"))
    for row in one.groups.to_dicts():
        told = f"n {row['n']}, events {row['events']}, median {number(row['median'], 1, 'not reached')} months"
        if row["predicted"] is not None:
            told += f"; survival at {one.horizon:g} months predicted {row['predicted']:.2f}, observed {number(row['observed'])}"
        rows.append((f"group {row['group']}", told))
    return rows


def case_mix_rows(one: Validation | ResponseValidation) -> Rows:
    """The case mix of an external validation as rows of a table."""
    return [
        (row["input"], row["level"], *(number(row[name]) for name in ("developed", "here", "standardised_difference")))
        for row in one.case_mix.to_dicts()
    ]


def _view(arm: Arm) -> dict[str, Any]:
    name = arm.procedure.name
    cut_offs = ", ".join(str(cut) for cut in arm.model.cut_offs)
    return {
        "title": TITLES.get(name, name),
        "warnings": arm.warnings,
        "candidate_columns": CANDIDATES if arm.model.screened else WEIGHED,
        "numbers": (1, 2, 8) if arm.model.screened else (1, 2, 3),
        "candidates": candidate_rows(arm.table, screened=bool(arm.model.screened)),
        "measures": measure_rows(MEASURES, arm.apparent, None if arm.optimism is None else arm.optimism.table),
        "areas": _area_rows(arm),
        "groups": _group_rows(arm),
        "selected": [] if arm.optimism is None else selected_rows(arm.optimism.inclusion),
        "calibration": None,
        "bands": [],
        "cut_offs": f"Cut-offs: {cut_offs}{_spread_of_cut_offs(arm)}" if cut_offs else NO_GROUPS,
        "file": None if arm.entry is None else f"{arm.entry.name}.toml",
    }


def candidate_rows(table: pl.DataFrame, *, screened: bool) -> Rows:
    """The candidates of a model as rows of a table."""
    rows: Rows = []
    for row in table.to_dicts():
        weight = f"{row['weight']:g}" if row["weight"] else ""
        if not screened:
            rows.append((row["column"], str(row["n"]), str(row["events"]), weight))
            continue
        alone, together = _ratio(row, "alone"), _ratio(row, "together")
        kept = "" if row.get("kept") is None else "yes" if row["kept"] else "no"
        rows.append((
            row["column"], str(row["n"]), str(row["events"]), alone, _p(row.get("alone_p")), kept, together,
            _p(row.get("together_p")), weight,
        ))  # fmt: skip
    return rows


def measure_rows(
    titles: Mapping[str, str], apparent: Mapping[str, float | None], corrected: pl.DataFrame | None
) -> Rows:
    """What a model is worth as rows of a table: apparent, optimism, corrected."""
    if corrected is None:
        return [(titles[name], number(value), "", "") for name, value in apparent.items() if value is not None]
    rows: Rows = []
    for row in corrected.to_dicts():
        if row["corrected"] is not None:
            told = f"{row['corrected']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
            rows.append((titles[row["measure"]], number(row["apparent"], 3), number(row["optimism"], 3), told))
    return rows


def _area_rows(arm: Arm) -> Rows:
    rows: Rows = []
    for way, splits in arm.splits.items():
        for row in splits.area_summary().to_dicts():
            told = "" if row["median"] is None else f"{row['median']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
            rows.append(
                (way, row["method"].replace("_", " "), number(row["apparent"]), told, str(row["without_answer"]))
            )
    return rows


def _group_rows(arm: Arm) -> Rows:
    rows: Rows = []
    for way, splits in arm.splits.items():
        for row in splits.group_summary().to_dicts():
            told = [
                "" if row[f"{name}_median"] is None
                else f"{row[f'{name}_median']:.2f} ({row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})"
                for name in ("predicted", "observed", "difference")
            ]  # fmt: skip
            rows.append((way, row["group"], *told, str(row["empty"]), str(row["not_followed"])))
    return rows


def selected_rows(inclusion: pl.DataFrame) -> Rows:
    """How often each candidate came into the model, as rows of a table."""
    return [
        (row["candidate"], "yes" if row["in_model"] else "no", f"{100 * row['share']:.0f} %")
        for row in inclusion.to_dicts()
    ]


def _spread_of_cut_offs(arm: Arm) -> str:
    if arm.optimism is None or not arm.optimism.cut_offs:
        return ""
    many = len(arm.model.cut_offs)
    found = np.array([list(map(float, cuts)) for cuts in arm.optimism.cut_offs if len(cuts) == many])
    if not found.size or not np.ptp(found, axis=0).any():
        return ""
    ends = np.percentile(found, (2.5, 97.5), axis=0)
    told = ", ".join(f"{low:.2f} to {high:.2f}" for low, high in ends.T)
    return f" (in the resamples {told}; as many cut-offs in {len(found)} of {len(arm.optimism.cut_offs)})"


def _arm_data(arm: Arm) -> dict[str, Any]:
    found = arm.optimism
    return {
        "procedure": arm.procedure.name,
        "candidates": arm.table.to_dicts(),
        "selected": list(arm.model.selected),
        "cut_offs": [str(cut) for cut in arm.model.cut_offs],
        "apparent": dict(arm.apparent),
        "optimism": None if found is None else found.table.to_dicts(),
        "inclusion": None if found is None else found.inclusion.to_dicts(),
        "splits": {
            way: {"areas": each.area_summary().to_dicts(), "groups": each.group_summary().to_dicts()}
            for way, each in arm.splits.items()
        },
        "warnings": list(arm.warnings),
        "file": None if arm.entry is None else f"{arm.entry.name}.toml",
    }


def print_rows(console: Console, columns: Sequence[str], rows: Rows) -> None:
    """Print rows as a table, nothing for none."""
    if not rows:
        return
    table = plain_table(*columns)
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)


def _ratio(row: Mapping[str, Any], which: str) -> str:
    if row.get(f"{which}_ratio") is None:
        return "no finite estimate" if row.get(f"{which}_p") is not None else ""
    return f"{row[f'{which}_ratio']:.2f} ({row[f'{which}_low']:.2f} to {row[f'{which}_high']:.2f})"


def _p(value: float | None) -> str:
    return "" if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def number(value: float | None, digits: int = 2, without: str = "") -> str:
    """A number for reading; `without` where there is none."""
    return without if value is None or np.isnan(value) else f"{value:.{digits}f}"
