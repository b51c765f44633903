"""One patient's probability of a response from a model's file, with its interval.

Where something is not known the answer is a range: the lowest and the highest probability that is still possible, and an
interval that holds those of all of them. (Of a number only its two ends are looked at: the bounds between them lie within.)
Beside the probability stands the word of the file's groups: more likely than not, or less.

Trap: the interval is of the share of such patients who respond; whether one of them does stays yes or no.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tenfold.cohort.development.cut_offs import CutOff
from tenfold.cohort.development.terms import Term
from tenfold.cohort.regression import share_of
from tenfold.cohort.significance import Floats

if TYPE_CHECKING:
    from tenfold.cohort.development.entry import Entry

LEVEL = 0.95
MOST = 20_000
"""More ways than this to fill in what is not known are not gone through: the two extreme totals stand for them."""


@dataclass(frozen=True)
class Chance:
    """A probability of a response. It is null where what is not known leaves `least` to `most`; `low`, `high`: 95 %."""

    probability: float | None
    least: float
    most: float
    low: float | None
    high: float | None
    interval: str
    notes: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The prediction as plain data."""
        return asdict(self)


def group_words() -> tuple[str, str]:
    """What the two groups of a response model's score are called."""
    return "response less likely than not", "response at least as likely as not"


def cut_off_of(log_odds: float) -> CutOff:
    """The total at which a response is as likely as not."""
    return CutOff(Decimal(f"{-log_odds:.2f}") + 0, includes=False)


def chance(entry: Entry, x: Floats) -> Chance:
    """Predict from one row of columns, NaN where not known. ValueError where the entry has no intercept."""
    found = entry.intercept
    if found is None:
        raise ValueError(f"{entry.name} has no intercept: it tells no probability of a response")
    weights = entry.columns
    rows = _completions(entry, x)
    if rows is None:
        rows = np.vstack(extremes(entry, x))
    odds = found.log_odds + np.round(rows @ weights, 10)
    reach = [found.reach(row, LEVEL) for row in rows]
    ends = None
    if all(each is not None for each in reach):
        width = np.array(reach, dtype=float)
        ends = share_of(np.array([(odds - width).min(), (odds + width).max()]))
    least, most = (float(share) for share in share_of(np.array([odds.min(), odds.max()])))
    return Chance(
        probability=None if most - least > 1e-12 else most,
        least=least,
        most=most,
        low=None if ends is None else float(ends[0]),
        high=None if ends is None else float(ends[1]),
        interval=found.interval,
        notes=(
            f"interval: {found.interval}" if ends is not None else "no interval is held",
            "the share of such patients who respond; odds are no rates",
        ),
    )


def chance_lines(entry: Entry, found: Chance | None) -> list[str]:
    """The prediction in words."""
    if found is None:
        return []
    told = (
        _percent(found.least) if found.probability is not None else f"{_percent(found.least)} to {_percent(found.most)}"
    )
    why = "" if found.probability is not None else ", depending on what is not known"
    ends = ""
    if found.low is not None and found.high is not None:
        ends = f" (95 % interval {100 * found.low:.0f} to {100 * found.high:.0f})"
    return [f"probability of {entry.endpoint}: {told}{ends}{why}", *found.notes]


def extremes(entry: Entry, x: Floats) -> tuple[Floats, Floats]:
    """The columns with the lowest and with the highest total that what is not known leaves possible."""
    low, high = x.copy(), x.copy()
    unknown = _unknown(entry, x)
    for term in entry.terms:
        part = unknown.get(term.name)
        if part is not None:
            every = options(term)
            totals = every @ np.array([float(w) for w in entry.weights[term.name]])
            low[part], high[part] = every[int(np.argmin(totals))], every[int(np.argmax(totals))]
    return low, high


def options(term: Term) -> Floats:
    """Every coding that a term can have (of a linear one its two ends)."""
    many = len(term.columns)
    return np.vstack([np.zeros(many), np.diag(term.ranges)])


def _unknown(entry: Entry, x: Floats) -> Mapping[str, slice]:
    found, place = {}, 0
    for term in entry.terms:
        part = slice(place, place + len(term.columns))
        if np.isnan(x[part]).any():
            found[term.name] = part
        place = part.stop
    return found


def _completions(entry: Entry, x: Floats) -> Floats | None:
    """Every way to fill in what is not known, a row each; null where they are too many."""
    unknown = _unknown(entry, x)
    ways = [options(term) for term in entry.terms if term.name in unknown]
    if math.prod(len(each) for each in ways) > MOST:
        return None
    rows = []
    for chosen in product(*ways):
        row = x.copy()
        for part, values in zip(unknown.values(), chosen, strict=True):
            row[part] = values
        rows.append(row)
    return np.array(rows).reshape(len(rows), x.size)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
