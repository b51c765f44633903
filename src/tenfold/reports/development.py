"""A development told: on a terminal, as a page in the order of TRIPOD, as plain data, and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.markup import escape

from tenfold.cohort.development.cut_offs import LEAST_SHARE
from tenfold.cohort.development.develop import Arm, Development
from tenfold.cohort.development.external import Validation
from tenfold.cohort.development.measures import MEASURES
from tenfold.cohort.development.optimism import interval_remarks
from tenfold.cohort.development.pictured import Pictured
from tenfold.cohort.development.recalibrate import Recalibrated
from tenfold.cohort.development.response.external import ResponseValidation
from tenfold.cohort.development.validated import status
from tenfold.reports import tripod
from tenfold.reports.development_pictures import on_page
from tenfold.reports.page import render_plain
from tenfold.reports.text import plain_table

NO_GROUPS = "No cut-offs, so that no file of the model is written: name them with --cut-offs, or take more patients."
CANDIDATES = ("candidate", "n", "events", "alone: hazard ratio", "p", "kept", "together: hazard ratio", "p", "weight")
WEIGHED = ("candidate", "n", "events", "weight")
MEASURE = ("measure", "apparent", "optimism", "corrected (95 % interval)")
AREAS = ("random splits", "area at the horizon", "apparent", "median (2.5-97.5 percentile)", "without answer")
GROUPS = ("random splits", "group", "predicted survival", "observed", "difference", "empty", "not followed")
COUNTED = "n and events: of a yes or no, of those with it; of a number, of everybody."
OF_SPLITS = (
    "Without answer: splits that could train or measure nothing; empty: splits without a patient of the group; not followed:"
    " splits in which nobody of the group was followed to the horizon."
)
SELECTED = ("candidate", "in the model", "in how many resamples")
VALIDATED = ("measure", "value")
CASE_MIX = ("input", "level", "where developed", "here", "standardised difference")
TITLES = {
    "recipe": "The recipe: screen, multivariable Cox, weights, groups",
    "penalised": "Penalised: all candidates, held back",
}

Rows = list[tuple[str, ...]]


def development_page(
    found: Development,
    *,
    validations: Mapping[str, Validation] | None = None,
    simulated: bool = False,
    pictures: Sequence[Pictured] = (),
) -> str:
    """Return the report as a self-contained page."""
    drawn = {(one.model, one.elsewhere): on_page(one, simulated) for one in pictures}
    return render_plain(
        "development.html.j2",
        simulated=simulated,
        title=f"A score for {found.plan.endpoint}: {found.plan.name}",
        head=head(found, validations),
        tripod_columns=tripod.columns(),
        tripod=tripod.tripod_rows(found, validations),
        arms=[
            {**_view(arm, found.plan.groups), "pictures": drawn.get((arm.entry.name, False), []) if arm.entry else []}
            for arm in found.arms
        ],
        measure_columns=MEASURE,
        area_columns=AREAS,
        group_columns=GROUPS,
        selected_columns=SELECTED,
        band_columns=(),
        validated_columns=VALIDATED,
        case_mix_columns=CASE_MIX,
        validations=[
            (name, validation_rows(one), case_mix_rows(one), one.remarks, drawn.get((name, True), []))
            for name, one in (validations or {}).items()
        ],
        notes=found.notes,
        seed=found.plan.seed,
    )


def print_development(
    console: Console, found: Development, *, validations: Mapping[str, Validation] | None = None
) -> None:
    """Print what was found."""
    for line in head(found, validations):
        console.print(escape(line))
    for arm in found.arms:
        view = _view(arm, found.plan.groups)
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
            for line in view["legends"].get(name, ()) if view[name] else ():
                console.print(f"  {escape(line)}", style="dim")
        console.print(f"  {escape(view['cut_offs'])}")
    for name, one in (validations or {}).items():
        console.print(f"\n[bold]External validation: {escape(name)}[/]")
        for line in one.remarks:
            console.print(f"  [bold]Warning:[/] {escape(line)}")
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


def head(found: Development, validations: Mapping[str, Validation] | None = None) -> list[str]:
    """Who, how many, how large the cohort should be, and what to think of it."""
    plan = found.plan
    return [
        f"{plan.endpoint}: {found.n} of {found.n_given} patients, {found.events} events, {len(plan.candidates)} candidates;"
        f" seed {plan.seed}.{_left(found)}",
        found.sample_size.statement(),
        *stand(found.internally, validations or {}),
    ]


def _left(found: Development) -> str:
    """Who was left out, for what, and how many of them had the event."""
    if not found.unknown or found.n == found.n_given:
        return ""
    told = ", ".join(f"{name} {count}" for name, count in found.unknown.items())
    return f" Left out: {found.n_given - found.n}, {found.events_left_out} of them with the event (not known: {told})."


def stand(internally: bool, validations: Mapping[str, Validation | ResponseValidation]) -> list[str]:
    """How far the models are validated, in a sentence."""
    if not validations:
        return [f"{sentence(status(internally))}: what is made here awaits other patients."]
    return [f"{name}: {status(internally, one)}." for name, one in validations.items()]


def sentence(text: str) -> str:
    """A text with a capital at its start."""
    return text[:1].upper() + text[1:]


def as_data(found: Development, validations: Mapping[str, Validation] | None = None) -> dict[str, Any]:
    """The development as plain data."""
    return {
        "plan": {name: value for name, value in asdict(found.plan).items() if name != "wordings"},
        "n_given": found.n_given,
        "n": found.n,
        "events": found.events,
        "unknown": dict(found.unknown),
        "sample_size": {**asdict(found.sample_size), "needed": found.sample_size.needed, "statement": found.sample_size.statement()},
        "tripod": [{"item": item, "asks_for": asks, "here": here} for item, asks, here in tripod.tripod_rows(found, validations)],
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
    for name, title in MEASURES.items():
        value = _known(getattr(one.measures, name))
        if value is not None:
            low, high = one.intervals.get(name, (None, None))
            rows.append((title, number(value, 3) + _between(low, high, 3)))
    rows.append(("total: mean, standard deviation", f"{one.total_mean:.2f}, {one.total_spread:.2f}"))
    for row in one.groups.to_dicts():
        median = [number(row[end], 1, "not reached") for end in ("median", "low", "high")]
        told = f"{row['n']} patients, {row['events']} events, median {median[0]} ({median[1]} to {median[2]}) months"
        if row["predicted"] is not None:
            observed = number(row["observed"], 3, "nobody followed so long")
            told += f"; survival at {one.horizon:g} months predicted {row['predicted']:.3f}, observed {observed}"
            told += _between(row["observed_low"], row["observed_high"], 3)
        rows.append((f"group {row['group']}", told))
    return rows


def _between(low: float | None, high: float | None, digits: int) -> str:
    return "" if low is None or high is None else f" ({low:.{digits}f} to {high:.{digits}f})"


def case_mix_rows(one: Validation | ResponseValidation) -> Rows:
    """The case mix of an external validation as rows of a table."""
    return [
        (row["input"], row["level"], *(number(row[name]) for name in ("developed", "here", "standardised_difference")))
        for row in one.case_mix.to_dicts()
    ]


def _fewer_groups(arm: Arm, wanted: int) -> str:
    made = len(arm.model.cut_offs) + 1
    if made >= wanted:
        return ""
    return f" {wanted} groups were asked for; {made} could be made without a group below {100 * LEAST_SHARE:.0f} % of the patients."


def _view(arm: Arm, wanted: int) -> dict[str, Any]:
    name = arm.procedure.name
    cut_offs = ", ".join(str(cut) for cut in arm.model.cut_offs)
    return {
        "title": TITLES.get(name, name),
        "warnings": arm.warnings,
        "candidate_columns": CANDIDATES if arm.model.screened else WEIGHED,
        "numbers": (1, 2, 8) if arm.model.screened else (1, 2, 3),
        "candidates": candidate_rows(arm.table, screened=bool(arm.model.screened)),
        "measures": measure_rows(MEASURES, arm.apparent, None if arm.optimism is None else arm.optimism.table),
        "legends": {
            "candidates": (COUNTED,),
            "groups": (OF_SPLITS,),
            "measures": []
            if arm.optimism is None
            else interval_remarks(arm.optimism.table, MEASURES, arm.optimism.resamples),
        },
        "areas": _area_rows(arm),
        "groups": _group_rows(arm),
        "selected": [] if arm.optimism is None else selected_rows(arm.optimism.inclusion),
        "calibration": None,
        "bands": [],
        "cut_offs": f"Cut-offs: {cut_offs}{_spread_of_cut_offs(arm)}.{_fewer_groups(arm, wanted)}"
        if cut_offs
        else NO_GROUPS,
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
        elif row["apparent"] is not None or row["measure"] == "slope":
            rows.append((titles[row["measure"]], number(row["apparent"], 3, "not estimable"), "", "not estimable"))
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
