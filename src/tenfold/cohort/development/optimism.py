"""How much a model flatters itself on the patients it was made from: Harrell's bootstrap of the whole procedure.

In each resample everything is done again (filling in, screen, weights, cut-offs, penalty). The model so made is measured
in its own resample and in the patients as they are; the mean difference, the optimism, is taken off the apparent value.
Intervals are the percentiles of the values in the resamples, moved by the optimism (Noma); of slope and calibration in
the large, which are near 1 in any model's own patients, the percentiles in the patients as they are.

With unknown values each resample is filled in anew, once, from its own patients; it is measured in the patients as they
are, completed in the first place.

A resample in which the predictor is nearly constant has no slope; it is counted, and not averaged over.

Traps: this is internal validation: it says nothing of another hospital's patients. What was tried before and not told
(other candidates, other cut-offs) is not repeated, so that its optimism stays.

Harrell, Lee and Mark, Stat Med 1996;15:361-387; Noma, Stat Med 2021;40:5691-5701 (intervals); Schomaker and Heumann, Stat
Med 2018;37:2252-2266 (resampling, then filling in).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tenfold.cohort.development.baseline import breslow, hazard_at
from tenfold.cohort.development.measures import MEASURES, performance
from tenfold.cohort.development.patients import Patients, slices_of
from tenfold.cohort.development.recipe import Model, Procedure
from tenfold.cohort.resampling import drawn_rows, percentiles
from tenfold.cohort.significance import Floats

LEAST_ANSWERED = 0.5
"""A measure that fewer of the resamples can tell is not corrected: those that can are the ones that look best."""
ENOUGH_RESAMPLES = 200
"""Fewer leave the ends of a 95 % interval to a handful of resamples."""
NEAR_ONE = ("slope", "observed_to_expected")
Refill = Callable[[np.ndarray, int], Patients]
"""Draws these rows of the patients as recorded and fills in what is unknown; the number seeds it."""


@dataclass(frozen=True)
class Optimism:
    """What the resamples gave.

    `table`: one row a measure: `measure`, `apparent`, `optimism`, `corrected`, `low`, `high`, `without_answer` (resamples).
    `inclusion`: how often each candidate was in the model. `cut_offs`: those of each resample that searched them. `weights`
    (a row a resample, all columns) and `log_hazard` (at the times asked for) feed the intervals of predictions.
    """

    procedure: str
    resamples: int
    seed: int
    horizon: float
    table: pl.DataFrame
    inclusion: pl.DataFrame
    cut_offs: tuple[tuple[str, ...], ...]
    held: int
    weights: Floats = field(repr=False)
    log_hazard: Floats = field(repr=False)

    def value(self, measure: str) -> tuple[float | None, float | None]:
        """The apparent and the corrected value of a measure."""
        row = self.table.row(by_predicate=pl.col("measure") == measure, named=True)
        return row["apparent"], row["corrected"]


def optimism(
    procedure: Procedure,
    completed: Sequence[Patients],
    model: Model,
    *,
    horizon: float,
    resamples: int,
    seed: int,
    times: Floats,
    refill: Refill | None = None,
    tell: Callable[[int], None] | None = None,
    level: float = 0.95,
) -> Optimism:
    """Bootstrap a procedure. `model`: what it gave on all patients; `tell` is called with each resample done.

    ValueError for fewer than ten resamples.
    """
    if resamples < 10:
        raise ValueError("ask for at least ten resamples")
    n = completed[0].n
    own, tested = np.full((resamples, len(MEASURES)), np.nan), np.full((resamples, len(MEASURES)), np.nan)
    weights = np.zeros((resamples, completed[0].x.shape[1]))
    levels = np.full((resamples, times.size), -np.inf)
    searched, held = [], 0
    for k, rows in enumerate(drawn_rows(seed, n, resamples)):
        try:
            drawn = completed[0].take(rows) if refill is None else refill(rows, k)
            made = procedure.fit([drawn], seed + k + 1)
        except ValueError:  # too few events, or too few who have a candidate known: no answer
            continue
        when, hazard = breslow(drawn, made.score(drawn.x))
        at = float(hazard_at(when, hazard, np.array([horizon]))[0])
        own[k] = performance(drawn, made.score(drawn.x), at, horizon).as_array()
        whole = completed[k % len(completed)]
        tested[k] = performance(whole, made.score(whole.x), at, horizon).as_array()
        weights[k] = made.weights
        with np.errstate(divide="ignore"):
            levels[k] = np.log(hazard_at(when, hazard, times))
        searched.append(tuple(str(cut.at) for cut in made.cut_offs))
        held += bool(made.infinite)
        if tell is not None:
            tell(1)
    return Optimism(
        procedure=procedure.name,
        resamples=resamples,
        seed=seed,
        horizon=horizon,
        table=corrected_table(list(MEASURES), apparent(completed, model, horizon), own, tested, level),
        inclusion=inclusion(weights, model),
        cut_offs=tuple(searched),
        held=held,
        weights=weights,
        log_hazard=levels,
    )


def apparent(completed: Sequence[Patients], model: Model, horizon: float) -> Floats:
    """The measures in the patients the model was made from, averaged over completed data sets."""
    found = []
    for each in completed:
        total = model.score(each.x)
        at = float(hazard_at(*breslow(each, total), np.array([horizon]))[0])
        found.append(performance(each, total, at, horizon).as_array())
    return np.asarray(np.mean(found, axis=0))


def corrected_table(
    measures: Sequence[str], seen: Floats, own: Floats, tested: Floats, level: float, near: Sequence[str] = NEAR_ONE
) -> pl.DataFrame:
    """Return one row a measure. `own` and `tested`: a row a resample; `near`: measures told by `tested` alone."""
    rows: list[tuple[object, ...]] = []
    for k, measure in enumerate(measures):
        both = np.isfinite(own[:, k]) & np.isfinite(tested[:, k])
        lacking = len(both) - int(both.sum())
        if both.mean() < LEAST_ANSWERED or not np.isfinite(seen[k]):
            rows.append((measure, seen[k] if np.isfinite(seen[k]) else None, None, None, None, None, lacking))
            continue
        gap = float(np.mean(own[both, k] - tested[both, k]))
        moved = tested[both, k] if measure in near else own[both, k] - gap
        low, high = percentiles(moved, (1 - level) / 2, (1 + level) / 2)
        rows.append((measure, float(seen[k]), gap, float(seen[k]) - gap, low, high, lacking))
    columns = ("apparent", "optimism", "corrected", "low", "high")
    schema = {"measure": pl.String} | dict.fromkeys(columns, pl.Float64) | {"without_answer": pl.Int64}
    return pl.DataFrame(rows, schema, orient="row")


def interval_remarks(table: pl.DataFrame, titles: Mapping[str, str], resamples: int) -> list[str]:
    """What to keep in mind of a table of corrected measures: where the intervals are from, and what had no answer."""
    said = [
        "Intervals, but those of slope and of observed over expected, are percentiles over the resamples moved by the optimism"
        " (Noma, Stat Med 2021;40:5691-5701), so that the corrected value may lie near an end."
    ]
    if resamples < ENOUGH_RESAMPLES:
        said.append(
            f"{resamples} resamples are too few for an interval to be held to: take {ENOUGH_RESAMPLES} or more."
        )
    never = pl.col("apparent").is_null() & (pl.col("without_answer") == resamples)
    for row in table.filter((pl.col("without_answer") > 0) & ~never).to_dicts():
        name = row["measure"]
        why = " (predictor nearly constant)" if name == "slope" else ""
        end = ", so it is not corrected" if row["corrected"] is None else "; those are left out"
        said.append(f"{titles[name]}: not estimable in {row['without_answer']} of {resamples} resamples{why}{end}.")
    return said


def inclusion(weights: Floats, model: Model) -> pl.DataFrame:
    """How often each candidate was in the model. `weights`: a row a resample."""
    rows = []
    for name, part in slices_of(model.terms).items():
        often = int((weights[:, part] != 0).any(axis=1).sum())
        rows.append((name, name in model.selected, often, often / len(weights)))
    schema = {"candidate": pl.String, "in_model": pl.Boolean, "resamples": pl.Int64, "share": pl.Float64}
    return pl.DataFrame(rows, schema, orient="row")
