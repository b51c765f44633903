"""A comparison of scores as one table, as the tables beside it, and as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from tenfold.cohort.asked_scores import IMMORTAL, OUTSIDE
from tenfold.cohort.information import Coding, Information
from tenfold.cohort.measured import Measured
from tenfold.cohort.measured_scores import MeasuredScore

if TYPE_CHECKING:
    from tenfold.cohort.compare import Comparison

CODINGS: dict[Coding, str] = {
    "groups as factor": "groups",
    "score as one term": "score",
    "linear predictor as offset": "predictor",
}


def table(found: Comparison) -> pl.DataFrame:
    """One row a score: patients by scope, AIC and AICc against the null in each coding with degrees of freedom, likelihood
    ratio, C, areas, Brier scores, calibration and what must be said of it; null where not measured.
    """
    rows = [_row(score, found) for score in found.scores]
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(score: MeasuredScore, found: Comparison) -> dict[str, Any]:
    informations = {each.coding: each for each in score.information}
    row: dict[str, Any] = {
        "score": score.asked.name,
        "endpoint": found.set.endpoint,
        "clock": found.set.clock,
        "horizon_months": found.horizon,
        "patients": score.n,
        "events": score.events,
        "in_scope": score.scope["yes"],
        "outside_scope": score.scope["no"],
        "scope_not_known": score.scope["unknown"],
    }
    for coding, short in CODINGS.items():
        row |= _of_information(informations.get(coding), short)
    boot = {name: (each.low, each.high) for name, each in score.bootstrapped.items()}
    for name, measure, estimate in (
        ("harrell_c", "Harrell's C", score.harrell),
        ("uno_c", "Uno's C", score.uno),
        ("auc_ipcw", "AUC (IPCW)", score.area),
        ("auc_nearest", "AUC (nearest neighbours)", None),
        ("auc_free_of_any_event", "", score.area_free_of_any),
        ("brier", "Brier score", score.brier),
        ("integrated_brier", "", score.integrated),
    ):
        value, low, high = _measured(estimate)
        if name == "auc_nearest" and score.nearest is not None:
            value = score.nearest.area
        row |= {name: value, f"{name}_low": low, f"{name}_high": high}
        if measure:
            row[f"{name}_boot_low"], row[f"{name}_boot_high"] = boot.get(measure, (None, None))
    weak, large = score.calibration.weak, score.calibration.in_the_large
    groups = score.groups
    row |= {
        "nearest_span": None if score.nearest is None else score.nearest.span,
        "explained": None if score.brier is None else score.brier.explained,
        "prediction": score.prediction,
        "calibration_slope": None if weak is None else weak.slope,
        "calibration_slope_low": None if weak is None else weak.slope_low,
        "calibration_slope_high": None if weak is None else weak.slope_high,
        "calibration_intercept": None if weak is None else weak.intercept,
        "observed_to_expected": None if large is None else large.ratio,
        "groups_p": None if groups is None or groups.test is None else groups.test.p,
        "trend_p": None if groups is None or groups.trend is None else groups.trend.p,
        "remarks": "; ".join(remarks(score, found)),
    }
    return row


def remarks(score: MeasuredScore, found: Comparison) -> list[str]:
    """What stands beside a score's figures: applied outside its scope, later than time zero, developed here, not verified."""
    said = []
    if score.asked.later:
        said.append(
            f"read from the landmark of {found.set.landmark_months:g} months" if found.set.landmark_months else IMMORTAL
        )
    if score.scope["no"]:
        said.append(f"{OUTSIDE} in {score.scope['no']} of {score.n}")
    if score.developed_here:
        said.append("developed here: AIC, C and AUC optimistic")
    return said


def _of_information(found: Information | None, short: str) -> dict[str, Any]:
    ratio = None if found is None else found.likelihood_ratio
    return {
        f"aic_{short}_df": None if found is None else found.degrees_of_freedom,
        f"aic_{short}": None if found is None else found.aic,
        f"aic_{short}_minus_null": None if found is None else found.aic_difference,
        f"aicc_{short}_minus_null": None if found is None else found.aicc_difference,
        f"likelihood_ratio_{short}": None if ratio is None else ratio.statistic,
        f"likelihood_ratio_{short}_p": None if ratio is None else ratio.p,
    }


def _measured(estimate: Measured | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)


def groups_table(found: Comparison) -> pl.DataFrame:
    """One row a score and group: patients, events, median months with interval, share at the horizon with interval."""
    parts = [
        score.groups.table.select(pl.lit(score.asked.name).alias("score"), pl.all())
        for score in found.scores
        if score.groups is not None
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"score": pl.String})


def reclassified_table(found: Comparison) -> pl.DataFrame:
    """One row a pair of scores and cell: the two groups, patients, and the share with the event by the horizon."""
    parts = [
        each.cells.select(pl.lit(one).alias("first_score"), pl.lit(other).alias("second_score"), pl.all())
        for (one, other), each in found.reclassified.items()
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"first_score": pl.String})


def calibration_table(found: Comparison) -> pl.DataFrame:
    """One row a score and group of risk: mean predicted and observed share at the horizon."""
    parts = [
        score.calibration.groups.select(pl.lit(score.asked.name).alias("score"), pl.all())
        for score in found.scores
        if score.calibration.groups is not None
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"score": pl.String})


def decision_table(found: Comparison) -> pl.DataFrame:
    """One row a score and threshold: net benefit, that of treating all, and interventions avoided."""
    parts = [
        score.decision.select(pl.lit(score.asked.name).alias("score"), pl.all())
        for score in found.scores
        if score.decision is not None
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"score": pl.String})


def as_data(found: Comparison) -> dict[str, Any]:
    """Return the whole comparison as plain data, without the single patients."""
    whole = found.set
    return {
        "endpoint": whole.endpoint,
        "meaning": whole.meaning,
        "clock": whole.clock,
        "times": whole.source,
        "subgroup": whole.subgroup,
        "landmark_months": whole.landmark_months,
        "horizon_months": found.horizon,
        "patients_given": whole.given,
        "patients_with_a_time": whole.patients.height,
        "patients_compared": found.n,
        "events": found.events,
        "left_out": whole.left_out.to_dicts(),
        "left_open_by": whole.open.to_dicts(),
        "bootstrap": {"resamples": found.resamples, "seed": found.seed},
        "warnings": list(found.warnings),
        "notes": list(whole.notes),
        "scores": [_score_data(score, found) for score in found.scores],
        "pairs": found.pairs.to_dicts(),
        "groups": groups_table(found).to_dicts(),
        "calibration": calibration_table(found).to_dicts(),
        "decision": decision_table(found).to_dicts(),
        "reclassified": reclassified_table(found).to_dicts(),
        "landmark": None if found.landmark is None else as_data(found.landmark),
        "no_landmark": found.no_landmark,
    }


def _score_data(score: MeasuredScore, found: Comparison) -> dict[str, Any]:
    return {
        **_row(score, found),
        "remarks": remarks(score, found),
        "caution": score.asked.caution,
        "citation": score.asked.citation,
        "not_measured": list(score.not_measured),
        "bootstrap_without_answer": {name: each.without_answer for name, each in score.bootstrapped.items()},
        "groups_test": None
        if score.groups is None or score.groups.test is None
        else {"name": score.groups.test_name, **asdict(score.groups.test)},
    }
