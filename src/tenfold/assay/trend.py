"""Controls over runs: Levey-Jennings series judged by Westgard's rules.

The limits come from a control's first runs and stay. Rules: 1-3s one value beyond 3 SD; 2-2s two in a row beyond 2 SD on
one side; R-4s two in a row more than 4 SD apart; 4-1s four in a row beyond 1 SD on one side; 10-x ten in a row on one
side; 1-2s, one beyond 2 SD, is only a warning. Levels of control materials are judged on log10.
Traps: a run that was repeated for another reason still counts for its controls; with too few runs nothing is judged.

Westgard et al., Clin Chem 1981;27:493-501.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.assay.judgement import control_materials
from tenfold.assay.measure import MeasuredRun
from tenfold.assay.verdicts import CURVE, RUN
from tenfold.settings import Settings

SUMMARY = "run.json"
POINTS: dict[str, Any] = {
    "control": pl.String,
    "unit": pl.String,
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
        "started": started.isoformat() if started else None,
        "profile": measured.profile.name,
        "verdict": measured.verdict[RUN.key][0],
        "accepted": measured.accepted,
        "curves": curves.to_dicts(),
        "controls": materials,
    }


def read_history(folder: str | Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The summaries of all runs reported below a folder, and what could not be read. FileNotFoundError if it is none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder of run reports")
    found, faults = [], []
    for path in sorted(folder.rglob(SUMMARY)):
        try:
            summary = json.loads(path.read_text("utf-8"))
            points([summary])
            found.append(summary)
        except (ValueError, KeyError, TypeError, OSError) as error:
            faults.append(f"{path}: not a run's summary ({error})")
    return found, faults


def points(summaries: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """The values of every control in `POINTS`: each material's level, each curve's slope and intercept."""
    rows = []
    for one in summaries:
        run = (one["run"], one["started"], one["accepted"])
        for curve in one["curves"]:
            rows.append((f"{curve['target']} slope", "cycles per log10", *run, curve["slope"]))
            rows.append((f"{curve['target']} intercept", "cycles", *run, curve["intercept"]))
        rows += [(f"{c['name']} {c['marker']}", "log10 %", *run, c["percent"]) for c in one["controls"]]
    frame = pl.DataFrame(rows, POINTS, orient="row").filter(pl.col("value").is_not_null())
    level = pl.col("unit") == "log10 %"
    return frame.with_columns(
        value=pl.when(level & (pl.col("value") > 0)).then(pl.col("value").log10()).when(~level).then("value")
    ).drop_nulls("value")


def westgard(series: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Judge `POINTS`: adds `number` (order in time), `mean`, `sd`, `z`, `broken` (rules) and `warning`.

    Runs are ordered by when they started, then by name. Null where a control has too few runs before it to be judged.
    """
    most, least = settings["assay.runs_for_limits"], settings["assay.runs_for_limits_at_least"]
    ordered = series.sort("control", "started", "run", nulls_last=True).with_columns(
        number=pl.int_range(1, pl.len() + 1).over("control")
    )
    by_accepted = pl.col("accepted").cast(pl.Int64).cum_sum().over("control")
    first = pl.col("accepted") & (by_accepted <= most)
    limits = (
        ordered.filter(first).group_by("control").agg(mean=pl.col("value").mean(), sd=pl.col("value").std(), n=pl.len())
    )
    z = pl.when((pl.col("n") >= least) & (pl.col("sd") > 0)).then((pl.col("value") - pl.col("mean")) / pl.col("sd"))
    judged = ordered.join(limits, on="control", how="left", maintain_order="left").with_columns(z=z)

    def in_a_row(count: int, beyond: float) -> pl.Expr:
        sides = [
            pl.all_horizontal((sign * pl.col("z").shift(k).over("control")) > beyond for k in range(count))
            for sign in (1, -1)
        ]
        return (sides[0] | sides[1]).fill_null(False)

    before = pl.col("z").shift(1).over("control")
    apart = ((pl.col("z") - before).abs() > 4).fill_null(False)
    rules = {
        "1-3s": (pl.col("z").abs() > 3).fill_null(False),
        "2-2s": in_a_row(2, 2),
        "R-4s": apart,
        "4-1s": in_a_row(4, 1),
        "10-x": in_a_row(10, 0),
    }
    broken = pl.concat_list(pl.when(test).then(pl.lit(name)) for name, test in rules.items()).list.drop_nulls()
    return judged.with_columns(
        broken=pl.when(pl.col("z").is_not_null()).then(broken),
        warning=pl.when(pl.col("z").is_not_null()).then((pl.col("z").abs() > 2) & (broken.list.len() == 0)),
    )
