"""A response model in patients it was not made from: discrimination, calibration, bands, and how those patients differ.

Intervals: of area and Brier score by bootstrap of the patients, of slope and intercept Wald's. Traps: patients whose inputs
or response are not all known are left out and counted; a lower area in patients who are more alike is no fault of the model.

Debray et al., J Clin Epidemiol 2015;68:279-289 (case mix).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from tenfold.cohort.covariates import as_event
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.external import case_mix, compare_case_mix
from tenfold.cohort.development.response.answered import RESPONSE
from tenfold.cohort.development.response.measures import MEASURES, calibration_bands, performance
from tenfold.cohort.development.shared_patients import told_apart
from tenfold.cohort.regression import inverse_of, maximised, share_of
from tenfold.cohort.resampling import drawn_rows, percentiles
from tenfold.cohort.significance import Floats, deviate

RESAMPLES = 500


@dataclass(frozen=True)
class ResponseValidation:
    """How a response model did. `table`: `measure`, `value`, `low`, `high` (null where there is no answer).

    `left_out`: by column, patients of whom it is not known. `calibration` as `calibration_bands`. `remarks`: whether some are
    those the model was made from.
    """

    model: str
    n_given: int
    n: int
    responders: int
    left_out: Mapping[str, int]
    table: pl.DataFrame
    calibration: pl.DataFrame
    case_mix: pl.DataFrame
    remarks: tuple[str, ...] = ()


def validate_response(
    entry: Entry,
    frame: pl.DataFrame,
    *,
    seed: int,
    response: str = RESPONSE,
    resamples: int = RESAMPLES,
    developed: pl.DataFrame | None = None,
) -> ResponseValidation:
    """Measure a model in a frame of one row a patient. `developed`: the patients it was made from, where they are at hand.

    ValueError for a model without an intercept, an absent response, nobody with everything known, all or none responding,
    and where all patients are those it was made from.
    """
    if entry.intercept is None:
        raise ValueError(f"{entry.name} has no intercept: it tells no probability of a response")
    if response not in frame.columns:
        raise ValueError(f"no column {response}; there are {', '.join(frame.columns)}")
    names = [term.name for term in entry.terms]
    remark = None if developed is None else told_apart(developed, frame, names, (response,))
    left_out = {
        name: frame[name].null_count() if name in frame.columns else frame.height for name in [*names, response]
    }
    totals = entry.totals(frame)
    held = ~np.isnan(totals) & frame[response].is_not_null().to_numpy()
    used, total = frame.filter(pl.Series(held)), totals[held]
    told = {name: count for name, count in left_out.items() if count}
    if not used.height:
        said = ", ".join(f"{name} is not known for {count}" for name, count in told.items())
        raise ValueError(f"of {frame.height} patients none has a prediction of {entry.name} and a response: {said}")
    y = as_event(used[response])
    if np.ptp(y) == 0:
        raise ValueError(
            f"{response}: {'all' if y[0] else 'none'} of the {len(y)} patients respond; nothing to compare"
        )
    linear = entry.intercept.log_odds + total
    return ResponseValidation(
        model=entry.name,
        n_given=frame.height,
        n=len(y),
        responders=int(y.sum()),
        left_out=told,
        table=_table(y, linear, seed, resamples),
        calibration=calibration_bands(y, linear),
        case_mix=compare_case_mix(entry.case_mix, case_mix(entry.terms, used, total)),
        remarks=() if remark is None else (remark,),
    )


def _table(y: Floats, linear: Floats, seed: int, resamples: int) -> pl.DataFrame:
    seen = dict(zip(MEASURES, performance(y, linear), strict=True))
    found = [performance(y[rows], linear[rows]) for rows in drawn_rows(seed, len(y), resamples)]
    drawn = dict(zip(MEASURES, np.array(found).reshape(-1, len(MEASURES)).T, strict=True))
    ends: dict[str, tuple[float | None, float | None]] = {}
    for name in ("area", "brier", "observed_to_expected"):
        kept = drawn[name][np.isfinite(drawn[name])]
        if kept.size:
            low, high = percentiles(kept, 0.025, 0.975)
            ends[name] = (low, high)
    if np.isfinite(seen["slope"]):
        _, information, _ = maximised(np.column_stack([np.ones(len(y)), linear]), y, penalised=False)
        reach = deviate(0.95) * math.sqrt(float(inverse_of(information)[1, 1]))
        ends["slope"] = (seen["slope"] - reach, seen["slope"] + reach)
    share = share_of(linear + seen["intercept"])
    reach = deviate(0.95) / math.sqrt(float((share * (1 - share)).sum()))
    ends["intercept"] = (seen["intercept"] - reach, seen["intercept"] + reach)
    rows = [(name, float(v) if np.isfinite(v) else None, *ends.get(name, (None, None))) for name, v in seen.items()]
    return pl.DataFrame(
        rows, {"measure": pl.String} | dict.fromkeys(("value", "low", "high"), pl.Float64), orient="row"
    )
