"""Criteria, and how a rule sees them: over every completion of what is not known, or three-valued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from operator import add
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Criterion:
    """One named fact about a row.

    `code` gives the index in `levels` that holds (Boolean counts as no, yes), null where it is not known. `cuts` are
    the boundaries between bands of a quantity, each with the relation that lifts a value over it. `value` names the
    column that is read aloud beside the level, in `unit`; `parts` name the facts of which any makes it yes.
    """

    name: str
    wording: str
    code: pl.Expr
    levels: tuple[str, ...] = ("no", "yes")
    cuts: tuple[tuple[str, float], ...] = ()
    value: str | None = None
    unit: str = ""
    citation: str = ""
    parts: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The column of codes in an answered frame."""
        return f"criterion_{self.name}"

    @cached_property
    def coded(self) -> pl.Expr:
        """The code under its column's name, as small integers."""
        return self.code.cast(pl.Int8).alias(self.column)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The input columns that the code depends on."""
        return frozenset(self.code.meta.root_names())


def yes_no(name: str, wording: str, code: pl.Expr | None = None, *, citation: str = "") -> Criterion:
    """Return a criterion that is no, yes or not known; by default the Boolean column of its own name."""
    return Criterion(name, wording, pl.col(name) if code is None else code, citation=citation)


def any_of(name: str, wording: str, *facts: str, citation: str = "") -> Criterion:
    """Return a criterion that is yes if any of the named facts is, no if none is; read aloud, it says which."""
    return Criterion(name, wording, pl.any_horizontal(facts), citation=citation, parts=facts)


def banded(
    name: str, wording: str, *cuts: tuple[str, float], of: pl.Expr | None = None, unit: str = "", citation: str = ""
) -> Criterion:
    """Return a criterion whose levels are bands of a quantity, cut at ascending (">=" or ">", number) pairs.

    The quantity is the column `name`, or `of` an expression.
    """
    quantity = (pl.col(name) if of is None else of).cast(pl.Float64).fill_nan(None)
    over = [quantity >= cut if relation == ">=" else quantity > cut for relation, cut in cuts]
    code = reduce(add, (test.cast(pl.Int8) for test in over))
    suffix = f" {unit}" if unit else ""
    least = [f"{'at least' if relation == '>=' else 'above'} {cut:g}" for relation, cut in cuts]
    under = [f"{'below' if relation == '>=' else 'at most'} {cut:g}" for relation, cut in cuts]
    inner = [f"{lower}, {upper}" for lower, upper in zip(least, under[1:], strict=False)]
    labels = tuple(text + suffix for text in [under[0], *inner, least[-1]])
    return Criterion(name, wording, code, labels, cuts, name if of is None else None, unit, citation)


def certain(surely: pl.Expr, possibly: pl.Expr) -> pl.Expr:
    """Return yes where something is sure, no where it is not even possible, else not known: for bounded quantities."""
    return pl.when(surely).then(True).when(~possibly).then(False)


class Levels:
    """A banded or worded criterion inside a rule: `m.blasts < 5`, `m.cytogenetics == "other"`."""

    def __init__(self, criterion: Criterion, holds: Callable[[list[bool]], Any]) -> None:
        self._criterion, self._holds = criterion, holds

    def _above(self, relation: str, cut: float) -> list[bool]:
        if (relation, cut) not in self._criterion.cuts:
            raise LookupError(f"{self._criterion.name} is not cut at {relation} {cut:g}")
        position = self._criterion.cuts.index((relation, cut))
        return [level > position for level in range(len(self._criterion.levels))]

    def __ge__(self, cut: float) -> Any:
        return self._holds(self._above(">=", cut))

    def __gt__(self, cut: float) -> Any:
        return self._holds(self._above(">", cut))

    def __lt__(self, cut: float) -> Any:
        return self._holds([not above for above in self._above(">=", cut)])

    def __le__(self, cut: float) -> Any:
        return self._holds([not above for above in self._above(">", cut)])

    def is_(self, *levels: str) -> Any:
        """Whether one of the named levels holds."""
        if unknown := set(levels) - set(self._criterion.levels):
            raise LookupError(f"{self._criterion.name} has no level {', '.join(sorted(unknown))}")
        return self._holds([level in levels for level in self._criterion.levels])


class Facts:
    """The criteria of a question as a rule sees them: attributes that combine with `&`, `|` and `~`."""

    def __init__(self, criteria: Sequence[Criterion], holds: Callable[[int, list[bool]], Any]) -> None:
        self._positions = {criterion.name: position for position, criterion in enumerate(criteria)}
        self._criteria, self._holds = criteria, holds

    def __getattr__(self, name: str) -> Any:
        position = self._positions[name]
        criterion = self._criteria[position]
        holds = partial(self._holds, position)
        return holds([False, True]) if criterion.levels == ("no", "yes") else Levels(criterion, holds)


@dataclass(frozen=True)
class Maybe:
    """A three-valued truth: what it can still be."""

    yes: bool
    no: bool

    def __and__(self, other: Maybe | bool) -> Maybe:
        if isinstance(other, bool):
            other = Maybe(other, not other)
        return Maybe(self.yes and other.yes, self.no or other.no)

    def __or__(self, other: Maybe | bool) -> Maybe:
        if isinstance(other, bool):
            other = Maybe(other, not other)
        return Maybe(self.yes or other.yes, self.no and other.no)

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Maybe:
        return Maybe(self.no, self.yes)
