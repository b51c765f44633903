"""What every measure of a score is fed: times, what happened, and a score for each patient; nobody is dropped in silence.

`event` is 0 or no (censored), 1 or yes (the event), and where competing events are allowed 2 (another event came first).
A higher score means a higher risk. Times may be in any unit, the horizon being in the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.significance import Floats

Codes = NDArray[np.int8]
CENSORED, EVENT, COMPETING = 0, 1, 2


def followed(time: ArrayLike, event: ArrayLike, *, competing: bool = False) -> tuple[Floats, Codes]:
    """Return times and event codes as arrays.

    ValueError where lengths differ, nobody is there, a time is missing or negative, or an event is not a known code.
    """
    times, given = numbers("time", time), np.asarray(event)
    if times.shape != given.shape:
        raise ValueError(f"time and event must be of one length: {times.shape} and {given.shape}")
    if not times.size:
        raise ValueError("there is no patient to measure a score on")
    if (times < 0).any():
        raise ValueError(f"{int((times < 0).sum())} times are negative; correct them, or leave those patients out")
    allowed = (0, 1, 2) if competing else (0, 1)
    if given.dtype != bool:
        unknown = ~np.isin(given.astype(object), allowed)
        if unknown.any():
            also = ", 2 (a competing event)" if competing else ""
            raise ValueError(
                f"event of {int(unknown.sum())} of {given.size} rows is not 0 (censored), 1 (the event){also}; "
                "leave out those of whom it is not known"
            )
    return times, given.astype(np.int8)


def numbers(name: str, values: ArrayLike, n: int | None = None) -> Floats:
    """Return one finite number a patient. ValueError says how many rows lack it, or that lengths differ."""
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number for every patient") from None
    if found.ndim != 1 or (n is not None and found.size != n):
        wanted = "" if n is None else f" for {n} patients"
        raise ValueError(f"{name} must be one number a patient{wanted}, not of shape {found.shape}")
    lacking = int((~np.isfinite(found)).sum())
    if lacking:
        raise ValueError(
            f"{name} is not known for {lacking} of {found.size} rows; "
            "compare scores on the patients for whom every one of them is known"
        )
    return found


def probabilities(name: str, values: ArrayLike, n: int | None = None) -> Floats:
    """Return one predicted risk a patient, from 0 to 1. ValueError as for `numbers`, and for a value out of range."""
    found = numbers(name, values, n)
    outside = int(((found < 0) | (found > 1)).sum())
    if outside:
        raise ValueError(f"{name} must be a probability from 0 to 1; {outside} of {found.size} rows are not")
    return found


def labels(name: str, values: ArrayLike, n: int) -> NDArray[np.str_]:
    """Return one group label a patient, as text. ValueError says how many rows lack it."""
    given = np.asarray(values, dtype=object)
    if given.ndim != 1 or given.size != n:
        raise ValueError(f"{name} must be one label a patient for {n} patients, not of shape {given.shape}")
    lacking = sum(value is None or value != value for value in given)
    if lacking:
        raise ValueError(f"{name} is not known for {lacking} of {n} rows; leave those patients out of every model")
    return given.astype(str)


def reached(times: Floats, horizon: float) -> float:
    """Return the horizon. ValueError unless it is positive and somebody is followed past it."""
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    if not (times > horizon).any():
        raise ValueError(f"nobody is followed past {horizon:g}; the longest time is {times.max():g}")
    return float(horizon)
