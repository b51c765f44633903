"""What is measured of one score on one analysis set: fit, discrimination, accuracy, calibration, and its groups.

A measure that cannot be had (no groups, nobody followed past the horizon, a risk of exactly 0) is null, and `not_measured`
says why. With competing events areas, Brier scores and decision curves count them; concordance, nearest neighbours and
criteria take them as censored (cause-specific); calibration is not estimated.

Traps: one horizon serves everything; a score is read as "higher is worse", so a C below 0.5 says that it runs the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.cohort.accuracy import Brier, IntegratedBrier, brier, decision_curve, integrated_brier
from tenfold.cohort.asked_scores import Asked
from tenfold.cohort.calibration import (
    InTheLarge,
    SmoothCalibration,
    WeakCalibration,
    calibration_by_groups,
    in_the_large,
    smooth_calibration,
    weak_calibration,
)
from tenfold.cohort.discrimination import Area, Concordance, Controls, area, harrell_c, uno_c
from tenfold.cohort.groups import log_rank
from tenfold.cohort.incidence import Incidence, gray_test, incidence
from tenfold.cohort.information import (
    Information,
    information_of_groups,
    information_of_predictor,
    information_of_score,
)
from tenfold.cohort.nearest_neighbour_roc import NearestNeighbourRoc, nearest_neighbour_roc
from tenfold.cohort.predicted_risk import as_factor, as_predictor, as_term, predicted_risks
from tenfold.cohort.resampling import Bootstrapped
from tenfold.cohort.scored import COMPETING, EVENT, Codes
from tenfold.cohort.significance import Floats, Test
from tenfold.cohort.survival import Curve, kaplan_meier

THRESHOLDS = tuple(k / 20 for k in range(1, 20))
GRID = 12
"""Times up to the horizon over which the Brier score is averaged."""
FREE_OF_ANY: Controls = "free of any event"
T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """The identical patients' times (months) and what happened: 0 censored, 1 the event, 2 a competing event."""

    times: Floats
    codes: Codes
    horizon: float

    @property
    def event(self) -> NDArray[np.bool_]:
        """The event, competing ones taken as censored."""
        return np.asarray(self.codes == EVENT)

    @property
    def competing(self) -> bool:
        """Whether any event competed."""
        return bool((self.codes == COMPETING).any())


@dataclass(frozen=True)
class Calibration:
    """Calibration at the horizon. `groups`: the score's own groups, else fifths of risk."""

    in_the_large: InTheLarge | None
    weak: WeakCalibration | None
    smooth: SmoothCalibration | None
    groups: pl.DataFrame | None


@dataclass(frozen=True)
class GroupsCompared:
    """A score's groups. `table`: `group`, `n`, `events`, `median`, `median_low`, `median_high`, `at_horizon`, `low`, `high`.

    `at_horizon` is the share without the event; where others can compete (`competing`) that with it, and there is no median.
    `test`: of the groups, by `test_name`; `trend`: log-rank across ordered groups.
    """

    curves: dict[str, Curve]
    incidences: dict[str, Incidence]
    table: pl.DataFrame
    test: Test | None
    test_name: str
    trend: Test | None
    competing: bool


@dataclass(frozen=True)
class MeasuredScore:
    """Every measure of one score. `prediction` says how its risks came about; `scope` counts patients by answer."""

    asked: Asked
    n: int
    events: int
    scope: dict[str, int]
    developed_here: bool
    information: tuple[Information, ...]
    harrell: Concordance | None
    uno: Concordance | None
    area: Area | None
    area_free_of_any: Area | None
    nearest: NearestNeighbourRoc | None
    prediction: str | None
    brier: Brier | None
    integrated: IntegratedBrier | None
    calibration: Calibration
    decision: pl.DataFrame | None
    groups: GroupsCompared | None
    not_measured: tuple[str, ...]
    risks: Floats | None = field(repr=False, compare=False)
    bootstrapped: dict[str, Bootstrapped] = field(default_factory=dict)


class _Attempts:
    """Runs one measure after another; what cannot be had is null, with the reason."""

    def __init__(self) -> None:
        self.why: list[str] = []

    def __call__(self, what: str, measure: Callable[[], T]) -> T | None:
        try:
            return measure()
        except (ValueError, np.linalg.LinAlgError) as error:
            self.why.append(f"{what}: {error}")
            return None


def columns_of(frame: pl.DataFrame, score: Asked) -> tuple[Floats | None, list[str] | None, Floats | None]:
    """The value, the group and the published linear predictor of each patient; null where the score has none."""
    value = frame[score.column("score")].to_numpy().astype(float) if score.scored else None
    group = frame[score.column("group")].to_list() if score.groups else None
    predictor = frame[score.column("linear_predictor")].to_numpy().astype(float) if score.predictor else None
    return value, group, predictor


def measure_score(
    frame: pl.DataFrame,
    score: Asked,
    outcome: Outcome,
    *,
    seed: int,
    developed_here: bool = False,
    competing_possible: bool = False,
) -> MeasuredScore:
    """Measure a score on patients of whom it is known (a frame of `AnalysisSet.complete`)."""
    attempt = _Attempts()
    value, group, predictor = columns_of(frame, score)
    times, codes, horizon, event = outcome.times, outcome.codes, outcome.horizon, outcome.event
    information = [
        attempt("groups as factor", lambda: information_of_groups(times, event, group)) if group else None,
        attempt("score as one term", lambda: information_of_score(times, event, value)) if value is not None else None,
        attempt("linear predictor as offset", lambda: information_of_predictor(times, event, predictor))
        if predictor is not None
        else None,
    ]
    harrell = uno = nearest = None
    areas: tuple[Area | None, Area | None] = (None, None)
    if value is None:
        attempt.why.append("concordance and areas: the groups have no order of rising risk")
    else:
        harrell = attempt("Harrell's C", lambda: harrell_c(times, event, value))
        uno = attempt("Uno's C", lambda: uno_c(times, event, value, until=horizon))
        areas = (
            attempt("area under the curve", lambda: area(times, codes, value, horizon)),
            attempt(
                "area, controls free of any event", lambda: area(times, codes, value, horizon, controls=FREE_OF_ANY)
            )
            if outcome.competing
            else None,
        )
        nearest = attempt("nearest neighbours", lambda: nearest_neighbour_roc(times, event, value, horizon))
    entered = (
        as_predictor(predictor)
        if predictor is not None
        else as_factor(group)
        if group
        else as_term(value)
        if value is not None
        else None
    )
    grid = [horizon * (k + 1) / GRID for k in range(GRID)]
    every = None
    if entered is not None:
        every = attempt("predicted risk", lambda: predicted_risks(times, codes, entered, grid, seed=seed))
    risks = None if every is None else every[:, -1]
    found = MeasuredScore(
        asked=score,
        n=times.size,
        events=int(event.sum()),
        scope={answer: int((frame[score.column("in_scope")] == answer).sum()) for answer in ("yes", "no", "unknown")},
        developed_here=developed_here,
        information=tuple(one for one in information if one is not None),
        harrell=harrell,
        uno=uno,
        area=areas[0],
        area_free_of_any=areas[1],
        nearest=nearest,
        prediction=None if entered is None else entered.words,
        brier=None if risks is None else attempt("Brier score", lambda: brier(times, codes, risks, horizon)),
        integrated=None
        if every is None
        else attempt("integrated Brier score", lambda: integrated_brier(times, codes, every, grid)),
        calibration=_calibration(outcome, risks, group, attempt, graded=predictor is not None or not group),
        decision=None
        if risks is None
        else attempt("decision curve", lambda: decision_curve(times, codes, risks, horizon, THRESHOLDS)),
        groups=None if group is None else _groups(score, group, outcome, attempt, competing_possible),
        not_measured=(),
        risks=risks,
    )
    # What failed is complete only now that everything has been tried.
    return replace(found, not_measured=tuple(attempt.why))


def _calibration(
    outcome: Outcome, risks: Floats | None, group: Sequence[str] | None, attempt: _Attempts, *, graded: bool
) -> Calibration:
    if risks is None:
        return Calibration(None, None, None, None)
    if outcome.competing:
        attempt.why.append("calibration: not estimated with competing events")
        return Calibration(None, None, None, None)
    times, event, horizon = outcome.times, outcome.event, outcome.horizon
    return Calibration(
        attempt("calibration in the large", lambda: in_the_large(times, event, risks, horizon)),
        attempt("calibration slope", lambda: weak_calibration(times, event, risks, horizon)),
        attempt("smooth calibration", lambda: smooth_calibration(times, event, risks, horizon))
        if graded  # the few risks of groups make no curve
        else None,
        attempt("calibration by groups", lambda: calibration_by_groups(times, event, risks, horizon, groups=group)),
    )


def _groups(
    score: Asked, group: Sequence[str], outcome: Outcome, attempt: _Attempts, competing_possible: bool
) -> GroupsCompared:
    present = set(group)
    order = [name for name in score.groups if name in present]
    members = {name: np.array([one == name for one in group]) for name in order}
    curves = {name: kaplan_meier(outcome.times[held], outcome.event[held]) for name, held in members.items()}
    words = np.array(["censored", "event", "competing"])[outcome.codes]
    incidences = {}
    if competing_possible:
        incidences = {
            name: incidence(outcome.times[held], words[held].tolist())
            for name, held in members.items()
            if (outcome.codes[held] == EVENT).any()
        }
    rows = [_group_row(name, curves[name], incidences.get(name), outcome.horizon, competing_possible) for name in order]
    schema: dict[str, Any] = {"group": pl.String, "n": pl.Int64, "events": pl.Int64}
    names = ("median", "median_low", "median_high", "at_horizon", "low", "high")
    table = pl.DataFrame(rows, schema | dict.fromkeys(names, pl.Float64), orient="row")
    if len(order) < 2:
        attempt.why.append(f"comparison of groups: all patients are {order[0]}")
        return GroupsCompared(curves, incidences, table, None, "", None, competing_possible)
    ranked = log_rank(outcome.times, outcome.event, list(group), order=order)
    test, named = ranked.test, "log-rank"
    if outcome.competing:
        gray = attempt("Gray's test", lambda: gray_test(outcome.times, words.tolist(), list(group)))
        test, named = (test, named) if gray is None else (gray.tests["event"], "Gray's test")
    trend = ranked.trend() if score.ordered else None
    return GroupsCompared(curves, incidences, table, test, named, trend, competing_possible)


def _group_row(
    name: str, curve: Curve, found: Incidence | None, horizon: float, competing_possible: bool
) -> tuple[Any, ...]:
    if competing_possible:
        at = None if found is None else found.at("event", horizon)
        share = (None, None, None) if at is None else (at.incidence, at.low, at.high)
        return name, curve.n, curve.events, None, None, None, *share
    median, here = curve.median(), curve.at(horizon)
    return name, curve.n, curve.events, median.value, median.low, median.high, here.survival, here.low, here.high
