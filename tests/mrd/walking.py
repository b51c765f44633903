"""Short notation for streams: walk the fold over written rows without records around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.levels import ABL1, DIAGNOSIS, UNSCALED
from tenfold.mrd.molecular_memory import Kind, Rows, State
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.streams import rules
from tenfold.settings import DEFAULTS

REMISSION, RELAPSE, THERAPY, TRANSPLANT = Kind.REMISSION, Kind.HAEMATOLOGICAL_RELAPSE, Kind.THERAPY, Kind.TRANSPLANT
Spec = tuple[int, Any]


def rows_of(
    specs: list[Spec],
    *,
    history: int = YES,
    treatments: int = YES,
    responses: int | None = None,
    rule: int = YES,
    laboratories: list[int] | None = None,
) -> Rows:
    """Rows of (day, what): "neg", "unknown", "inadequate", "det", a level in % ABL1, ("dx", level), bounds [a, b] or a Kind."""
    columns: dict[str, Any] = {name: np.zeros(len(specs), np.int64) for name in Rows._fields}
    columns |= {name: np.full(len(specs), -np.inf) for name in ("low", "share_low")}
    columns |= {name: np.full(len(specs), np.inf) for name in ("high", "share_high")}
    for name, value in (
        ("kind", Kind.SAMPLE),
        ("adequate", YES),
        ("history_known", history),
        ("treatments_known", treatments),
        ("transplants_known", treatments),
        ("responses_known", treatments if responses is None else responses),
        ("low_level_rule", rule),
        ("therapy", YES),
        ("family", ABL1),
    ):
        columns[name][:] = value
    columns["laboratory"][:] = laboratories or 0
    for i, (day, what) in enumerate(specs):
        columns["earliest_day"][i] = columns["latest_day"][i] = day
        if isinstance(what, Kind):
            columns["kind"][i] = what
        elif what == "unknown":
            columns["detected"][i] = columns["adequate"][i] = UNKNOWN
            columns["family"][i] = UNSCALED
        elif what == "neg?":
            columns["adequate"][i] = UNKNOWN
        elif what == "inadequate":
            columns["adequate"][i], columns["no_call"][i] = NO, YES
        elif what == "det":
            columns["detected"][i], columns["high"][i] = YES, np.log10(100 * 10 / 50_000)
        elif what != "neg":
            columns["detected"][i] = YES
            if isinstance(what, tuple):
                columns["family"][i], what = DIAGNOSIS, what[1]
            low, high = what if isinstance(what, list) else (what, what)
            columns["low"][i], columns["high"][i] = np.log10(low), np.log10(high)
            if columns["family"][i] == DIAGNOSIS:
                columns["share_low"][i], columns["share_high"][i] = np.log10(low), np.log10(high)
    return Rows(**columns)


def walk(
    specs: list[Spec], *, compiled: bool = False, edition: str = "ELN-MRD-2021", **facts: Any
) -> dict[str, np.ndarray]:
    return MOLECULAR_STATE.walk(
        rows_of(specs, **facts),
        rules(DEFAULTS.changed(mrd__edition=edition)),
        np.array([0, len(specs)]),
        compiled=compiled,
    )


def states(specs: list[Spec], **facts: Any) -> list[set[State]]:
    """The possible states after every row."""
    masks = walk(specs, **facts)["states"]
    return [{state for state in State if mask >> state & 1} for mask in masks]


def last(specs: list[Spec], **facts: Any) -> State | set[State]:
    """The state after the last row: one, or the set of those possible."""
    possible = states(specs, **facts)[-1]
    return next(iter(possible)) if len(possible) == 1 else possible
