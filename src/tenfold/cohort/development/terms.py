"""How a candidate enters a model: its coding, the columns of numbers it becomes, and where it adds nothing.

Four codings. "yes/no": yes is 1. "levels": one column a word beside the reference word. "bands": one column a band of a
number beside the lowest. "linear": the number less its lowest value seen, held at both ends of what was seen, so that
nobody is predicted by a straight line drawn past the patients it was fitted to.

Every coding adds 0 at its first level: the sum is 0 for a patient with no in everything, reference words and lowest values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from tenfold.cohort.development.known_inputs import number_input
from tenfold.cohort.significance import Floats
from tenfold.logic.decision import Input

MOST_WORDS = 20
"""A column of more words is mostly one of names, dates or numbers that were not read as such."""
CodingKind = Literal["yes/no", "levels", "bands", "linear"]


@dataclass(frozen=True)
class Term:
    """One input with its coding. `levels`: the words beside `reference`; `cuts`: as of a banded criterion; `low` and
    `high`: between which a linear term runs.
    """

    input: Input
    coding: CodingKind
    reference: str = ""
    levels: tuple[str, ...] = ()
    cuts: tuple[tuple[str, float], ...] = ()
    low: float = 0.0
    high: float = 0.0

    @property
    def name(self) -> str:
        """The input's name."""
        return self.input.name

    @property
    def columns(self) -> tuple[str, ...]:
        """What each column of the term is called."""
        if self.coding == "levels":
            return tuple(f"{self.name}: {level}" for level in self.levels)
        if self.coding == "bands":
            return tuple(f"{self.name}: {label}" for label in band_labels(self.cuts)[1:])
        return (f"{self.name}, per {self.input.unit or 'unit'}",) if self.coding == "linear" else (self.name,)

    @property
    def ranges(self) -> tuple[float, ...]:
        """How far each column runs, from nothing to the most."""
        return (self.high - self.low,) if self.coding == "linear" else (1.0,) * len(self.columns)

    def coded(self, values: pl.Series) -> Floats:
        """The columns of numbers; NaN where the value is not known. ValueError for a word that is none of the levels."""
        unknown = values.is_null().to_numpy()
        if self.coding == "yes/no":
            coded = values.cast(pl.Float64).fill_null(0).to_numpy()[:, None]
        elif self.coding == "levels":
            text = values.cast(pl.String)
            known = (self.reference, *self.levels)
            if strange := sorted(set(text.drop_nulls()) - set(known)):
                raise ValueError(
                    f"{self.name}: {', '.join(strange)} was not among the words it knows ({', '.join(known)})"
                )
            coded = np.column_stack([(text == level).fill_null(False).to_numpy() for level in self.levels])
        else:
            numbers = values.cast(pl.Float64).fill_null(0).to_numpy()
            if self.coding == "linear":
                coded = (np.clip(numbers, self.low, self.high) - self.low)[:, None]
            else:
                band = sum(
                    (numbers >= cut if relation == ">=" else numbers > cut).astype(int) for relation, cut in self.cuts
                )
                coded = np.column_stack([band == k + 1 for k in range(len(self.cuts))])
        coded = coded.astype(float)
        coded[unknown] = np.nan
        return coded


def terms_of(
    frame: pl.DataFrame,
    candidates: Sequence[str],
    *,
    bands: Mapping[str, Sequence[float]] | None = None,
    reference: Mapping[str, str] | None = None,
    wordings: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> tuple[Term, ...]:
    """Return the coding of each candidate column, read off its type and the values seen.

    Yes or no stays; words take the reference named, else the commonest; numbers are linear unless `bands` cuts them (at
    and above each number). ValueError for a column that is absent, alike in everybody, or of a kind that cannot be used,
    and for bands or a reference that fit no candidate.
    """
    absent = [name for name in candidates if name not in frame.columns]
    if absent:
        raise ValueError(f"no column {', '.join(absent)}; there are {', '.join(frame.columns)}")
    for what, given in (("bands are", bands), ("a reference is", reference)):
        if strange := [name for name in given or {} if name not in candidates]:
            raise ValueError(f"{what} named for {', '.join(strange)}, which is no candidate")
    found = []
    for name in dict.fromkeys(candidates):
        wording, unit = (wordings or {}).get(name, name.replace("_", " ")), (units or {}).get(name, unit_of(name))
        found.append(_term(frame[name], wording, unit, (bands or {}).get(name), (reference or {}).get(name)))
    return tuple(found)


def band_labels(cuts: Sequence[tuple[str, float]]) -> list[str]:
    """The names of the bands, from the lowest."""
    least = [f"{'at least' if relation == '>=' else 'above'} {cut:g}" for relation, cut in cuts]
    under = [f"{'below' if relation == '>=' else 'at most'} {cut:g}" for relation, cut in cuts]
    return [under[0], *(f"{low}, {high}" for low, high in zip(least, under[1:], strict=False)), least[-1]]


def unit_of(name: str) -> str:
    """The unit that a column's name ends in, where it does."""
    ends = {"years": "years", "months": "months", "days": "days", "pct": "%", "e9_l": "10^9/L", "g_dl": "g/dL"}
    return next((unit for end, unit in ends.items() if re.search(rf"(^|_){end}$", name)), "")


def _term(values: pl.Series, wording: str, unit: str, cuts: Sequence[float] | None, reference: str | None) -> Term:
    name, kind, seen = (
        values.name,
        values.dtype,
        values.drop_nulls().drop_nans() if values.dtype.is_float() else values.drop_nulls(),
    )
    if seen.n_unique() < 2:
        raise ValueError(f"{name}: alike in all {len(seen)} patients of whom it is known; it cannot be a candidate")
    if kind == pl.Boolean:
        if cuts or reference:
            raise ValueError(f"{name} is yes or no: it takes neither bands nor a reference")
        return Term(Input(name, wording), "yes/no")
    if kind in (pl.String, pl.Categorical) or isinstance(kind, pl.Enum):
        if cuts:
            raise ValueError(f"{name} is text: bands are for numbers")
        counted = seen.cast(pl.String).value_counts(sort=True)
        words = (
            sorted(counted[name])
            if not isinstance(kind, pl.Enum)
            else [w for w in kind.categories if w in set(counted[name])]
        )
        if len(words) > MOST_WORDS:
            raise ValueError(
                f"{name}: {len(words)} different words ({', '.join(words[:3])} ...), each a coefficient of its own; as a "
                f"candidate it may have {MOST_WORDS}: put them into groups, or give numbers"
            )
        first = reference or (
            words[0] if isinstance(kind, pl.Enum) else counted.sort(["count", name], descending=[True, False])[name][0]
        )
        if first not in words:
            raise ValueError(f"{name}: the reference {first!r} is none of its words ({', '.join(words)})")
        rest = tuple(word for word in words if word != first)
        return Term(Input(name, wording, "word", words=(first, *rest)), "levels", first, rest)
    if not kind.is_numeric():
        raise ValueError(f"{name}: {kind} cannot be a candidate; give numbers, yes or no, or text")
    if reference:
        raise ValueError(f"{name} is a number and takes no reference; cut it into bands instead")
    low, high = float(seen.min()), float(seen.max())  # type: ignore[arg-type]
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{name}: infinite values cannot be used")
    number = number_input(name, wording, unit)
    if cuts:
        ordered = sorted(set(map(float, cuts)))
        if not low < ordered[0] or not ordered[-1] <= high:
            raise ValueError(f"{name}: a band between {low:g} and {high:g} would be empty: cut within what was seen")
        return Term(number, "bands", cuts=tuple((">=", cut) for cut in ordered), low=low, high=high)
    return Term(number, "linear", low=low, high=high)
