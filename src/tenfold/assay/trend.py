"""Controls over runs: Levey-Jennings series judged by Westgard's rules.

The limits come from a control's first accepted runs and stay; until there are enough, each run is judged on those before
it. Rules: 1-3s one value beyond 3 SD; 2-2s two in a row beyond 2 SD on one side; R-4s two levels of one run more than 4
SD apart; 4-1s four in a row beyond 1 SD on one side; 10-x ten in a row on one side; 1-2s, one beyond 2 SD, is only a
warning. Levels of control materials are judged on log10.
Traps: a run that was repeated for another reason still counts for its controls; with too few runs nothing is judged; a
run whose place in time is not known is not judged, nor does it set limits: names and folders tell no order.

Westgard et al., Clin Chem 1981;27:493-501.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import polars as pl

from tenfold.assay.judgement import control_materials
from tenfold.assay.measure import MeasuredRun
from tenfold.assay.verdicts import CURVE, RUN
from tenfold.exchange.instruments.plausible import listed
from tenfold.exchange.run import moment
from tenfold.settings import Settings

SUMMARY = "run.json"
POINTS: dict[str, Any] = {
    "control": pl.String,
    "unit": pl.String,
    "marker": pl.String,
    "run": pl.String,
    "started": pl.String,
    "accepted": pl.Boolean,
    "value": pl.Float64,
}
"""One row for each run and control: `value` in `unit` ("log10 %", "cycles per log10", "cycles")."""


def run_summary(measured: MeasuredRun) -> dict[str, Any]:
    """What of a run its controls' history needs, as plain data."""
    curves = measured.curves.select("target", "slope", "intercept", "efficiency", "r2", verdict=CURVE.key)
    materials = [
        {"name": one.material.name, "marker": one.material.marker, "percent": one.percent}
        for one in control_materials(measured.results, measured.profile)
    ]
    started = measured.run.started
    return {
        "run": measured.run.name,
        "started": moment(started) if started else None,
        "digest": measured.run.digest,
        "profile": measured.profile.name,
        "verdict": measured.verdict[RUN.key][0],
        "accepted": measured.accepted,
        "curves": curves.to_dicts(),
        "controls": materials,
    }


def read_history(folder: str | Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The summaries of all runs reported below a folder, each once, and what there is to say of the others.

    Two reports are of one run where the run's `digest` is the same; a name tells nothing, so that runs which share one are
    told apart by their folders. FileNotFoundError if the folder is none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder of run reports")
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    faults = []
    for path in sorted(folder.rglob(SUMMARY)):
        try:
            summary = json.loads(path.read_text("utf-8"))
            points([summary])
            if summary["started"] is not None:
                summary["started"] = moment(datetime.fromisoformat(summary["started"]))
        except (ValueError, KeyError, TypeError, OSError) as error:
            faults.append(f"{path}: not a run's summary ({error})")
            continue
        key = summary.get("digest") or json.dumps(summary, sort_keys=True)
        if key in found:
            before, other = found[key]
            used = path if summary["started"] or not other["started"] else before
            faults.append(f"{before} and {path} report the same run, with the same value in every well; {used} is used")
            if used is before:
                continue
        found[key] = (path, summary)
    names = Counter(summary["run"] for _, summary in found.values())
    for path, summary in found.values():
        if names[summary["run"]] > 1:
            summary["run"] = f"{summary['run']} ({path.parent.relative_to(folder)})"
    return [summary for _, summary in found.values()], faults


def points(summaries: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """The values of every control in `POINTS`: each material's level, each curve's slope and intercept.

    A control that was run and gave no level has a null value.
    """
    rows = []
    for one in summaries:
        run = (one["run"], one["started"], one["accepted"])
        for curve in one["curves"]:
            rows.append((f"{curve['target']} slope", "cycles per log10", None, *run, curve["slope"]))
            rows.append((f"{curve['target']} intercept", "cycles", None, *run, curve["intercept"]))
        for control in one["controls"]:
            level = math.log10(control["percent"]) if control["percent"] else None
            rows.append((f"{control['name']} {control['marker']}", "log10 %", control["marker"], *run, level))
    return pl.DataFrame(rows, POINTS, orient="row")


def westgard(series: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Judge `POINTS`: adds `placed`, `number` (order in time), `mean`, `sd`, `z`, `broken` (rules) and `warning`.

    Each run is judged on the accepted runs before it, up to the first so many; `z` is null where they are too few or do
    not differ. `placed` is False where the run's place in time is not known: then nothing is judged, and `number` is null.
    """
    rows = sorted(series.to_dicts(), key=lambda row: (row["control"], row["started"] or "9999", row["run"]))
    judged = []
    for _, of_control in groupby(rows, key=lambda row: row["control"]):
        runs = list(of_control)
        placed = [_is_placed(row["started"], [other["started"] for other in runs]) for row in runs]
        judged += _judged([row for row, known in zip(runs, placed, strict=True) if known], settings)
        judged += [_unplaced(row) for row, known in zip(runs, placed, strict=True) if not known]
    for _, of_run in groupby(sorted(judged, key=_marker_and_run), key=_marker_and_run):
        _across_levels(list(of_run))
    schema = {
        **POINTS,
        "placed": pl.Boolean,
        "number": pl.Int64,
        **dict.fromkeys(("mean", "sd", "z"), pl.Float64),
        "broken": pl.List(pl.String),
        "warning": pl.Boolean,
    }
    return pl.DataFrame(judged, schema)


def not_placed(judged: pl.DataFrame) -> list[str]:
    """What to say of runs whose place in time is not known; nothing where all are placed."""
    runs = judged.filter(~pl.col("placed")).unique("run", maintain_order=True).select("run", "started").rows()
    if not runs:
        return []
    told = listed([f"{run} ({started or 'no date'})" for run, started in sorted(runs)])
    return [
        f"not judged, and no limits taken from them, because their place in time is not known: {told}. Measure them"
        ' again with --date 2026-05-20, or write "started": "2026-05-20" into their run.json; of two runs of one day the'
        " hours are needed: 2026-05-20T14:30"
    ]


def _is_placed(started: str | None, all_started: Sequence[str | None]) -> bool:
    """Whether the place of a run among others is known: its day is its own, or all of that day have different hours."""
    if started is None:
        return len(all_started) == 1
    day = started[:10]
    same_day = [other for other in all_started if other is not None and other[:10] == day]
    return len(same_day) == 1 or (len(set(same_day)) == len(same_day) and day not in same_day)


def _unplaced(row: dict[str, Any]) -> dict[str, Any]:
    """A run that is judged by nothing but whether its control gave a level."""
    nothing = dict.fromkeys(("number", "mean", "sd", "z", "warning"))
    return {**row, **nothing, "placed": False, "broken": ["no level"] if row["value"] is None else None}


def _judged(rows: list[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    """One control's runs in order, each held against those before it."""
    most, least = settings["assay.runs_for_limits"], settings["assay.runs_for_limits_at_least"]
    limits: list[float] = []
    zs: list[float | None] = []
    judged = []
    for number, row in enumerate(rows, 1):
        mean = fmean(limits) if len(limits) >= least else None
        sd = stdev(limits) if len(limits) >= least else None
        value = row["value"]
        z = (value - mean) / sd if value is not None and mean is not None and sd else None
        zs.append(z)
        broken = ["no level"] if value is None else _rules(zs) if z is not None else None
        warning = None if z is None else abs(z) > 2 and not broken
        judged.append(
            {
                **row,
                "placed": True,
                "number": number,
                "mean": mean,
                "sd": sd,
                "z": z,
                "broken": broken,
                "warning": warning,
            }
        )
        if row["accepted"] and value is not None and len(limits) < most:
            limits.append(value)
    return judged


def _rules(zs: Sequence[float | None]) -> list[str]:
    """The rules that the last of some runs breaks."""

    def in_a_row(count: int, beyond: float) -> bool:
        last = [z for z in zs[-count:] if z is not None]
        return len(last) == count and (min(last) > beyond or max(last) < -beyond)

    now = zs[-1]
    found = {
        "1-3s": now is not None and abs(now) > 3,
        "2-2s": in_a_row(2, 2),
        "4-1s": in_a_row(4, 1),
        "10-x": in_a_row(10, 0),
    }
    return [name for name, holds in found.items() if holds]


def _marker_and_run(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["marker"] or "", row["run"], row["started"] or ""


def _across_levels(rows: list[dict[str, Any]]) -> None:
    """Mark R-4s: two levels of one marker's controls in one run, more than 4 SD apart."""
    zs = [row["z"] for row in rows if row["marker"] and row["z"] is not None]
    if len(zs) > 1 and max(zs) - min(zs) > 4:
        for row in rows:
            if row["z"] in (max(zs), min(zs)):
                row["broken"], row["warning"] = [*row["broken"], "R-4s"], False
