"""Scores against each other on identical patients: fit, discrimination, accuracy, calibration, benefit, reclassification.

Every model is computed on whoever's inputs are known; who is outside a model's published scope is marked and counted, and
never keeps anybody out. Scores are compared on the patients for whom all of them are known, from the same time zero. A
model that looks later than time zero is shown as published, flagged, and compared once more from a landmark, with every
other score on those followed so far.

Intervals are by influence and, with `resamples`, by bootstrap: the same resamples for every score, so that differences stay
paired. Predicted risks are those of `predicted_risk`, held fixed in the bootstrap. Traps: pairwise p are not corrected for
their number; a score developed on these patients is optimistic; a bootstrap cannot help a score that few have.

Steyerberg, Epidemiology 2010;21:128-138 (what to report of a prediction model).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort import comparison_table
from tenfold.cohort.analysis import AnalysisSet, analysis_set
from tenfold.cohort.asked_scores import IMMORTAL, OUTSIDE, Asked, FromFile
from tenfold.cohort.bootstrapped_scores import Progress, in_pairs, resampled, with_bootstrap
from tenfold.cohort.measured_scores import MeasuredScore, Outcome, measure_score
from tenfold.cohort.reclassification import Reclassification, reclassification
from tenfold.cohort.scored import CENSORED, COMPETING, EVENT
from tenfold.endpoints import EndpointRule
from tenfold.records.nearest import bare
from tenfold.vocabulary import Clock

HORIZON_MONTHS, LANDMARK_MONTHS, RESAMPLES = 12.0, 3.0, 200
DEVELOPED_HERE = "developed here: AIC, C and AUC optimistic"
FEWEST_EVENTS, SHARE_KEPT = 10, 0.8


@dataclass(frozen=True)
class Comparison:
    """Scores compared. `pairs`: one row a measure and pair of scores (`bootstrapped_scores.PAIRS`; a difference is first less second).

    `landmark`: the same from a landmark, where a score looks later than time zero; `no_landmark` says why there is none.
    """

    set: AnalysisSet
    horizon: float
    n: int
    events: int
    scores: tuple[MeasuredScore, ...]
    pairs: pl.DataFrame
    reclassified: dict[tuple[str, str], Reclassification]
    resamples: int
    seed: int
    warnings: tuple[str, ...]
    landmark: Comparison | None = None
    no_landmark: str | None = None

    def table(self) -> pl.DataFrame:
        """Every measure, one row a score."""
        return comparison_table.table(self)

    def as_data(self) -> dict[str, Any]:
        """The whole comparison as plain data, without the single patients."""
        return comparison_table.as_data(self)


def compare(
    assessment: Assessment,
    scores: Sequence[str | FromFile],
    rule: EndpointRule,
    clock: Clock | None = None,
    *,
    subgroup: str | None = None,
    horizon_months: float = HORIZON_MONTHS,
    landmark_months: float = LANDMARK_MONTHS,
    resamples: int = RESAMPLES,
    seed: int = 1,
    developed_here: Sequence[str] = (),
    progress: Progress | None = None,
) -> Comparison:
    """Compare scores (names of models or columns) on an endpoint.

    `horizon_months`: where areas, Brier scores, calibration and benefit are read. `resamples`: 0 for no bootstrap.
    `developed_here`: names of scores that were developed on these patients. `progress` is told of each resample.
    LookupError and ValueError in plain words as for `analysis_set`; also where a horizon lies past everybody's follow-up,
    or too few patients or events are left to compare anything.
    """
    chosen = analysis_set(assessment, scores, rule, clock, subgroup=subgroup)
    strange = [name for name in developed_here if name not in {score.name for score in chosen.scores}]
    if strange:
        names = ", ".join(score.name for score in chosen.scores)
        raise LookupError(f"{strange[0]} is not among the scores compared: {names}")
    options: dict[str, Any] = {
        "resamples": resamples,
        "seed": seed,
        "developed_here": developed_here,
        "progress": progress,
    }
    found = compare_set(chosen, horizon_months, competing_possible=bool(rule.competing), **options)
    if not any(score.later for score in chosen.scores):
        return found
    try:
        later = analysis_set(
            assessment, scores, rule, clock, subgroup=subgroup, landmark_months=landmark_months, known=chosen.known
        )
        past = horizon_months - landmark_months
        if past <= 0:
            raise ValueError(
                f"the horizon of {horizon_months:g} months is not past the landmark of {landmark_months:g}"
            )
        from_landmark = compare_set(later, past, competing_possible=bool(rule.competing), **options)
    except ValueError as error:
        return replace(found, no_landmark=str(error))
    return replace(found, landmark=from_landmark)


def compare_set(
    chosen: AnalysisSet,
    horizon: float,
    *,
    resamples: int = RESAMPLES,
    seed: int = 1,
    developed_here: Sequence[str] = (),
    competing_possible: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the scores of an analysis set on its identical patients. ValueError as for `compare`."""
    frame = chosen.complete
    _enough(chosen, frame, horizon)
    codes = frame["status"].replace_strict({"censored": CENSORED, "event": EVENT, "competing": COMPETING})
    outcome = Outcome(frame["time_months"].to_numpy(), codes.to_numpy().astype(np.int8), float(horizon))
    measured = [
        measure_score(
            frame,
            score,
            outcome,
            seed=seed,
            developed_here=score.name in developed_here,
            competing_possible=competing_possible,
        )
        for score in chosen.scores
    ]
    drawn = resampled(frame, measured, outcome, resamples, seed, progress)
    measured = [with_bootstrap(score, drawn, seed) for score in measured]
    return Comparison(
        set=chosen,
        horizon=float(horizon),
        n=frame.height,
        events=int(outcome.event.sum()),
        scores=tuple(measured),
        pairs=in_pairs(measured, drawn, seed),
        reclassified=_reclassified(frame, chosen.scores, outcome),
        resamples=resamples,
        seed=seed,
        warnings=tuple(_warnings(chosen, measured, outcome)),
    )


def _enough(chosen: AnalysisSet, frame: pl.DataFrame, horizon: float) -> None:
    if (chosen.patients["entry_months"] > 0).any():
        raise ValueError(
            "patients come under observation only after time zero (delayed entry), which C, areas and Brier scores do not "
            "take: start the clock where observation begins"
        )
    events = int((frame["status"] == "event").sum())
    if frame.height < 2 or not events:
        per = "; ".join(
            f"{row['why']} for {row['patients']}"
            for row in chosen.left_out.filter(pl.col("step") == "no score").to_dicts()
        )
        raise ValueError(
            f"of {chosen.patients.height} patients with a time, every score is known for {frame.height}, with {events} events: "
            f"nothing can be compared{f' ({per})' if per else ''}"
        )
    longest = float(str(frame["time_months"].max()))
    if not 0 < horizon < longest:
        raise ValueError(
            f"nobody is followed past {horizon:g} months; the longest time is {longest:.1f}: choose an earlier horizon"
        )


def _warnings(chosen: AnalysisSet, measured: Sequence[MeasuredScore], outcome: Outcome) -> list[str]:
    said = [
        f"{score.asked.name} {IMMORTAL}; whoever is in a better group had to live until the response was known."
        for score in measured
        if score.asked.later and not chosen.landmark_months
    ]
    said += [
        f"{score.asked.name}: {OUTSIDE} in {score.scope['no']} of {score.n} patients."
        for score in measured
        if score.scope["no"]
    ]
    said += [
        f"{score.asked.name}: of {score.scope['unknown']} of {score.n} patients it is not known whether they are in its "
        "published scope."
        for score in measured
        if score.scope["unknown"]
    ]
    said += [
        f"{score.asked.name} was made for {score.asked.made_for} and is compared on {chosen.endpoint}."
        for score in measured
        if score.asked.made_for and bare(score.asked.made_for) != bare(chosen.endpoint)
    ]
    said += [f"{score.asked.name} was {DEVELOPED_HERE}." for score in measured if score.developed_here]
    said += _costly(chosen)
    events = int(outcome.event.sum())
    if events < FEWEST_EVENTS:
        said.append(f"Only {events} events: none of these figures is worth much.")
    if outcome.competing:
        said.append(
            "Competing events: areas, Brier scores and decision curves count them; C, nearest neighbours and AIC take them "
            "as censored (cause-specific)."
        )
    return said


def _costly(chosen: AnalysisSet) -> list[str]:
    """The score whose unknowns keep most patients out, where the scores together keep out one in five."""
    kept, all_of = chosen.complete.height, chosen.patients.height
    if len(chosen.scores) < 2 or kept >= SHARE_KEPT * all_of:
        return []
    without = {
        score.name: replace(chosen, scores=tuple(one for one in chosen.scores if one is not score)).complete.height
        for score in chosen.scores
    }
    name = max(without, key=without.__getitem__)
    return [
        f"Only {kept} of {all_of} patients have every score; without {name} it would be {without[name]}. Patients with "
        "complete data are no random sample."
    ]


def _reclassified(
    frame: pl.DataFrame, scores: Sequence[Asked], outcome: Outcome
) -> dict[tuple[str, str], Reclassification]:
    """Every two scores with groups; with competing events none (the rates by cell would count them as censored)."""
    if outcome.competing:
        return {}
    grouped = [score for score in scores if score.groups]
    return {
        (first.name, second.name): reclassification(
            outcome.times,
            outcome.event,
            frame[first.column("group")].to_list(),
            frame[second.column("group")].to_list(),
            outcome.horizon,
        )
        for first, second in combinations(grouped, 2)
    }
