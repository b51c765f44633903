"""Random splits into training and test patients: is a model's coefficient set stable, calibrated and discriminating.

In each split the coefficients are refitted in the training patients (Cox, Efron's ties); each test patient is given a
predicted survival at the horizon from the training patients' Breslow baseline; by group the mean predicted stands
against Kaplan-Meier; and the area under the ROC curve at the horizon is of the refitted continuous score in the test
patients, by nearest neighbours (Heagerty) and by inverse probability of censoring. With the apparent values on everybody.

Traps: splits overlap, so percentiles over them are a spread and no confidence interval; a model chosen on all patients
remains flattered in each split. A group that is empty, or of which nobody is followed to the horizon, is counted.

The design of Shahswar et al., Leukemia 2025;39:614-622 (200 splits of 100 and 74); Heagerty, Biometrics 2000;56:337-344.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.calibration import baseline_hazard
from tenfold.cohort.nearest_neighbour_roc import Window, default_span, smoothed_survival
from tenfold.cohort.product_limit import product_limit, still_observed
from tenfold.cohort.resampled_cox import CoxData, cox_fits
from tenfold.cohort.resampling import percentiles, random_subsets
from tenfold.cohort.scored import Codes, followed, labels
from tenfold.cohort.significance import Floats

FAR = 20.0
"""What stands for an infinite coefficient in a predicted risk."""


@dataclass(frozen=True)
class RandomSplits:
    """What the splits gave, and the apparent values of a fit to everybody.

    `areas`: `split`, `nearest_neighbour`, `inverse_probability` (null where a split had no answer). `groups`: `split`,
    `group`, `n`, `at_risk` (at the horizon), `predicted`, `observed` survival. `coefficients`: one row a split.
    `apparent_areas` and `apparent_groups` likewise, of everybody.
    """

    splits: int
    training: int
    test: int
    horizon: float
    span: float
    window: Window
    seed: int
    stratified: bool
    coefficients: Floats
    areas: pl.DataFrame
    groups: pl.DataFrame
    apparent_areas: dict[str, float | None]
    apparent_groups: pl.DataFrame

    def area_summary(self) -> pl.DataFrame:
        """One row a method: `method`, `apparent`, `median`, `low`, `high` (2.5 and 97.5 percentiles), `without_answer`."""
        rows = []
        for method in ("nearest_neighbour", "inverse_probability"):
            known = self.areas[method].drop_nulls()
            rows.append((method, self.apparent_areas[method], *_spread(known), self.splits - known.len()))
        columns = ("apparent", "median", "low", "high")
        schema = {"method": pl.String} | dict.fromkeys(columns, pl.Float64) | {"without_answer": pl.Int64}
        return pl.DataFrame(rows, schema, orient="row")

    def group_summary(self) -> pl.DataFrame:
        """One row a group: medians and percentiles over splits of `predicted`, `observed` and their `difference`.

        `empty`: splits without a patient of the group among the tested; `not_followed`: splits in which the group had
        patients, but nobody followed to the horizon (nor had all had the event), so that nothing was observed at it.
        """
        rows = []
        for (name,), part in self.groups.group_by("group", maintain_order=True):
            row: dict[str, object] = {
                "group": name,
                "empty": int((part["n"] == 0).sum()),
                "not_followed": int(((part["n"] > 0) & part["observed"].is_null()).sum()),
            }
            both = part.with_columns(difference=pl.col("predicted") - pl.col("observed"))
            for column in ("predicted", "observed", "difference"):
                median, low, high = _spread(both[column].drop_nulls())
                row |= {f"{column}_median": median, f"{column}_low": low, f"{column}_high": high}
            rows.append(row)
        return pl.DataFrame(rows, infer_schema_length=None)


def random_splits(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    horizon: float,
    *,
    groups: ArrayLike | None = None,
    cut_points: Sequence[float] | None = None,
    splits: int = 200,
    training: int = 100,
    seed: int,
    stratified: bool = False,
    span: float | None = None,
    window: Window = "survivalROC",
    threads: int = 1,
) -> RandomSplits:
    """Split, refit and measure, as often as asked.

    Risk groups are either each patient's own (`groups`, a label a patient) or cut from the refitted score (`cut_points`:
    a score at a cut point belongs to the group below it). `stratified` splits those with and without the event apart.
    `span` of the neighbours is 0.25 * n^-0.20 of the test patients unless named. ValueError for a missing covariate or
    group (with how many rows lack it), bad times or events, both or neither kind of group, cut points that do not rise,
    or a training number that leaves nobody to train or to test.
    """
    times, codes = followed(time, event)
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    if (groups is None) == (cut_points is None):
        raise ValueError("name either each patient's group or the cut points of the score")
    if cut_points is not None and (np.diff(np.asarray(cut_points)) <= 0).any():
        raise ValueError(f"the cut points must rise: {list(cut_points)}")
    if splits < 1:
        raise ValueError("ask for at least one split")
    data = CoxData(times, codes, covariates)
    distinct, row = np.unique(np.asarray(covariates, dtype=float).reshape(times.size, -1), axis=0, return_inverse=True)
    row = row.reshape(-1)
    given = None if groups is None else labels("the group", groups, times.size)
    names = _group_names(cut_points) if given is None else [str(name) for name in np.unique(given)]
    chosen = random_subsets(seed, times.size, training, 0, splits, codes if stratified else None)
    coefficients = cox_fits(data, chosen.astype(np.uint8), threads=threads)
    width = default_span(times.size - training) if span is None else span

    def measure(split: int, beta: Floats, train: NDArray[np.bool_], test: NDArray[np.bool_], share: float) -> _Measured:
        finite = np.nan_to_num(beta, nan=0.0, posinf=FAR, neginf=-FAR)
        # By distinct rows and rounded, so that equal sums stay equal whatever the order in which they are added.
        score = np.round(distinct @ finite, 10)[row]
        relative = np.exp(score - score.mean())
        hazard = baseline_hazard(times[train], codes[train], relative[train], horizon)
        alive = np.exp(-hazard * relative)
        of = given if given is not None else np.array(names)[np.searchsorted(cut_points or (), score, side="left")]
        tested = [
            (split, name, *_group(times[test], codes[test], alive[test], of[test] == name, horizon)) for name in names
        ]
        near = _near(times[test], codes[test], score[test], horizon, share, window)
        return (split, near, _weighted(times[test], codes[test], score[test], horizon)), tested

    everybody = np.ones(times.size, dtype=bool)
    found = [measure(k, coefficients[k], chosen[k], ~chosen[k], width) for k in range(splits)]
    [whole] = cox_fits(data, everybody[None, :].astype(np.uint8))
    apparent = measure(0, whole, everybody, everybody, default_span(times.size) if span is None else span)
    return RandomSplits(
        splits=splits,
        training=training,
        test=times.size - training,
        horizon=float(horizon),
        span=width,
        window=window,
        seed=seed,
        stratified=stratified,
        coefficients=coefficients,
        areas=pl.DataFrame([areas for areas, _ in found], _AREAS, orient="row"),
        groups=pl.DataFrame([row for _, tested in found for row in tested], _GROUPS, orient="row"),
        apparent_areas={"nearest_neighbour": apparent[0][1], "inverse_probability": apparent[0][2]},
        apparent_groups=pl.DataFrame(apparent[1], _GROUPS, orient="row").drop("split"),
    )


_Areas = tuple[int, float | None, float | None]
_Group = tuple[int, str, int, int, float | None, float | None]
_Measured = tuple[_Areas, list[_Group]]
_AREAS = {"split": pl.Int64, "nearest_neighbour": pl.Float64, "inverse_probability": pl.Float64}
_GROUPS = {
    "split": pl.Int64,
    "group": pl.String,
    "n": pl.Int64,
    "at_risk": pl.Int64,
    "predicted": pl.Float64,
    "observed": pl.Float64,
}


def _group_names(cut_points: Sequence[float] | None) -> list[str]:
    cuts = [f"{cut:g}" for cut in cut_points or ()]
    if not cuts:
        return ["everybody"]
    between = [f"above {low} to {high}" for low, high in pairwise(cuts)]
    return [f"to {cuts[0]}", *between, f"above {cuts[-1]}"]


def _group(
    times: Floats, codes: Codes, alive: Floats, held: NDArray[np.bool_], horizon: float
) -> tuple[int, int, float | None, float | None]:
    """Patients, at risk at the horizon, mean predicted and observed survival."""
    n = int(held.sum())
    if not n:
        return 0, 0, None, None
    mine = times[held]
    at_risk = int((mine >= horizon).sum())
    curve = product_limit(mine, codes[held] == 1)
    ended = curve.survival[-1] == 0
    observed = float(curve.at(horizon)) if at_risk or ended else None
    return n, at_risk, float(alive[held].mean()), observed


def _near(times: Floats, codes: Codes, score: Floats, horizon: float, span: float, window: Window) -> float | None:
    _, alive, many = smoothed_survival(times, codes, score, horizon, span, window)
    n = times.size
    marginal = float(np.sum(alive * many) / n)
    if not 0 < marginal < 1:
        return None
    dead, living = (1 - alive) * many / n, alive * many / n
    return float(np.sum(dead * (np.cumsum(living) - living / 2)) / ((1 - marginal) * marginal))


def _weighted(times: Floats, codes: Codes, score: Floats, horizon: float) -> float | None:
    case, control = (times <= horizon) & (codes == 1), times > horizon
    if not case.any() or not control.any():
        return None
    weight = 1 / still_observed(times, codes).before(times[case])
    free = np.sort(score[control])
    below = np.searchsorted(free, score[case], side="left") + np.searchsorted(free, score[case], side="right")
    return float(np.sum(weight * below) / (2 * free.size * weight.sum()))


def _spread(known: pl.Series) -> tuple[float | None, float | None, float | None]:
    if known.is_empty():
        return None, None, None
    median, low, high = percentiles(known.to_numpy(), 0.5, 0.025, 0.975)
    return median, low, high
