"""Decisions and scores: named criteria, ordered rules, and the set of answers that missing facts leave open.

A criterion is a Polars expression that gives a small code per row: 0 for no, 1 for yes, or a level; null is *not
known*. The rules are read once for each distinct pattern of codes, over every way the unknown ones could turn out. The
union of the answers is what is possible; the criteria along which the answer varies are what would decide it. So a
gene that was not tested is never wild type, and a missing fact that cannot matter does not blur the answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl

from tenfold.logic.criterion import Criterion, Facts, Maybe

MOST_COMPLETIONS = 1 << 16
"""Ways of filling in the unknowns that are enumerated; beyond it three-valued rules answer, marked not exact."""

Codes = tuple[int | None, ...]


@dataclass(frozen=True)
class Input:
    """A column that a question reads: "yes/no", a "number" (with unit and range) or a "word" (one of `words`)."""

    name: str
    wording: str
    kind: Literal["yes/no", "number", "word"] = "yes/no"
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the column."""
        return {"yes/no": pl.Boolean(), "number": pl.Float64(), "word": pl.String()}[self.kind]


@dataclass(frozen=True)
class Rule:
    """Give `answer` when the condition holds and no rule before it did."""

    answer: str
    when: Callable[[Facts], Any]
    wording: str
    citation: str = ""


def otherwise(facts: Facts) -> Any:
    """Always: the condition of a last rule."""
    return True


@dataclass(frozen=True)
class Guard:
    """A condition of the published scope. Where it does not hold, `outside` says so; `refuses` withholds the answer."""

    criterion: Criterion
    outside: str
    refuses: bool = True


@dataclass(frozen=True)
class Verdict:
    """What one pattern of codes allows."""

    possible: tuple[str, ...]
    decided_by: tuple[str, ...]
    exact: bool
    rules: tuple[str, ...]
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a decision and a score share: a name, an edition, what is asked, of which inputs, within which scope.

    `reading` names the criterion that stands for how a disputed sentence is read; its first level is the literal one, and
    where it is not fixed the literal answer comes first among those possible. `unverified` names what was not verified in
    the source; it is said with every answer, and so is the `caution`: that the question looks later than its time zero, say.
    """

    name: str
    edition: str
    question: str
    citation: str
    inputs: tuple[Input, ...]
    criteria: tuple[Criterion, ...]
    guards: tuple[Guard, ...] = ()
    reading: str | None = None
    unverified: str = ""
    caution: str = ""
    _verdicts: dict[Codes, Verdict] = field(default_factory=dict, repr=False, compare=False)
    _rows: dict[tuple[Codes, bool], pl.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def examined(self) -> tuple[Criterion, ...]:
        """The criteria, then those of the guards."""
        return (*self.criteria, *(guard.criterion for guard in self.guards))

    @cached_property
    def key(self) -> str:
        """The prefix of the question's columns in an answered frame."""
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")

    @property
    def said(self) -> str:
        """What is said with every answer, in sentences; empty if nothing need be."""
        return " ".join(filter(None, (self.caution, self.unverified and f"NOT VERIFIED: {self.unverified}.")))

    @property
    def answers(self) -> tuple[str, ...]:
        """Every answer that the question can give, in the order of its rules."""
        raise NotImplementedError

    def verdict(self, codes: Codes) -> Verdict:
        """Return what a pattern of codes allows; null codes are unknown."""
        if codes not in self._verdicts:
            completions = math.prod(
                len(criterion.levels) for criterion, code in zip(self.criteria, codes, strict=True) if code is None
            )
            decide = self._enumerate if completions <= MOST_COMPLETIONS else self._bound
            verdict = decide(codes)
            if len(verdict.possible) > 1 and self._entangled(codes):
                verdict = replace(verdict, exact=False)
            verdict = self._literal_first(verdict, codes)
            self._verdicts[codes] = verdict
        return self._verdicts[codes]

    def _literal_first(self, verdict: Verdict, codes: Codes) -> Verdict:
        """Put what the literal reading of a disputed sentence allows before what another does."""
        position = next((k for k, c in enumerate(self.criteria) if c.name == self.reading), None)
        if position is None or codes[position] is not None or self.reading not in verdict.decided_by:
            return verdict
        literal = self.verdict((*codes[:position], 0, *codes[position + 1 :])).possible
        rest = tuple(answer for answer in verdict.possible if answer not in literal)
        return replace(verdict, possible=(*literal, *rest))

    def _entangled(self, codes: Codes) -> bool:
        """Whether two unknown criteria read the same input: then not every completion of the pattern can occur."""
        reads = [c.reads for c, code in zip(self.criteria, codes, strict=True) if code is None]
        return sum(map(len, reads)) > len(frozenset().union(*reads))

    def _grid(self, codes: Codes) -> tuple[list[Any], tuple[int, ...], list[int]]:
        """Lay the unknown criteria along one axis each: (a code array per criterion, grid shape, unknown positions)."""
        unknown = [position for position, code in enumerate(codes) if code is None]
        shape = tuple(len(self.criteria[position].levels) for position in unknown)
        arrays: list[Any] = list(codes)
        for axis, position in enumerate(unknown):
            along = [1] * len(unknown)
            along[axis] = shape[axis]
            arrays[position] = np.arange(shape[axis]).reshape(along)
        return arrays, shape, unknown

    def of_patterns(self, codes: np.ndarray) -> list[tuple[str, Decimal | None]]:
        """Return the answer to each complete pattern of codes (n_patterns, n_criteria), and of a score its total."""
        raise NotImplementedError

    def _enumerate(self, codes: Codes) -> Verdict:
        raise NotImplementedError

    def _bound(self, codes: Codes) -> Verdict:
        raise NotImplementedError

    def _union(self, answers: np.ndarray, unknown: list[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The distinct answers on a grid of answer indices, and the criteria along which they vary."""
        possible = tuple(self.answers[index] for index in np.unique(answers))
        varies = [bool((answers != answers.take([0], axis=axis)).any()) for axis in range(answers.ndim)]
        deciding = (position for position, matters in zip(unknown, varies, strict=True) if matters)
        return possible, tuple(self.criteria[position].name for position in deciding)


@dataclass(frozen=True, kw_only=True)
class Decision(Question):
    """Ordered rules over criteria. The last rule must hold `otherwise`.

    `order`: how answers are listed, where that is not the order of the rules.
    """

    rules: tuple[Rule, ...]
    order: tuple[str, ...] = ()

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """Every answer that the rules can give, as they are listed."""
        given = dict.fromkeys(str(rule.answer) for rule in self.rules)
        return tuple(sorted(given, key=self.order.index) if self.order else given)

    def of_patterns(self, codes: np.ndarray) -> list[tuple[str, Decimal | None]]:
        """Return the answer to each complete pattern of codes (n_patterns, n_criteria)."""
        return [(str(self.rules[index].answer), None) for index in self._fired(codes.T, (len(codes),))]

    def _fired(self, codes: Any, shape: tuple[int, ...]) -> np.ndarray:
        """The first rule that holds, in every cell of a grid of codes."""
        facts = Facts(self.criteria, lambda position, levels: np.asarray(levels)[codes[position]])
        holds = [np.broadcast_to(rule.when(facts), shape) for rule in self.rules]
        fired: np.ndarray = np.argmax(np.stack(holds), axis=0)
        return fired

    def _enumerate(self, codes: Codes) -> Verdict:
        arrays, shape, unknown = self._grid(codes)
        fired = self._fired(arrays, shape)
        answer_of = np.array([self.answers.index(str(rule.answer)) for rule in self.rules])
        possible, decided_by = self._union(answer_of[fired], unknown)
        return Verdict(possible, decided_by, True, tuple(self.rules[index].wording for index in np.unique(fired)))

    def _bound(self, codes: Codes) -> Verdict:
        def holds(position: int, levels: list[bool]) -> Maybe:
            code = codes[position]
            left = levels if code is None else [levels[code]]
            return Maybe(any(left), not all(left))

        facts = Facts(self.criteria, holds)
        allowed = []
        for rule in self.rules:
            truth = rule.when(facts)
            truth = Maybe(bool(truth), not truth) if isinstance(truth, bool) else truth
            if truth.yes:
                allowed.append(rule)
            if not truth.no:
                break
        unknown = tuple(c.name for c, code in zip(self.criteria, codes, strict=True) if code is None)
        possible = tuple(dict.fromkeys(str(rule.answer) for rule in allowed))
        decided_by = unknown if len(possible) > 1 else ()
        return Verdict(possible, decided_by, len(possible) == 1, tuple(rule.wording for rule in allowed))


@dataclass(frozen=True)
class Group:
    """A group of a score: totals below `upper` (or up to it); no upper bound in the last group."""

    answer: str
    upper: Decimal | None
    includes_upper: bool = False
    above: Decimal | None = None


def below(upper: str, answer: str) -> Group:
    """Return the group of totals strictly below `upper`."""
    return Group(answer, Decimal(upper))


def upto(upper: str, answer: str) -> Group:
    """Return the group of totals up to and including `upper`."""
    return Group(answer, Decimal(upper), includes_upper=True)


def above(lower: str, answer: str) -> Group:
    """Return the last group; `lower` repeats the bound of the group before it, as papers print it."""
    return Group(answer, None, above=Decimal(lower))


@dataclass(frozen=True, kw_only=True)
class Score(Question):
    """A weighted sum and its groups. Weights are decimal texts, one per level above the first; sums are exact."""

    weights: Mapping[str, str | tuple[str, ...]]
    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        """Refuse bounds that do not ascend or do not meet."""
        *inner, last = self.groups
        bounds = [group.upper for group in inner if group.upper is not None]
        if (
            len(bounds) < len(inner)
            or sorted(set(bounds)) != bounds
            or last.upper is not None
            or last.above != bounds[-1]
        ):
            raise ValueError(
                f"{self.name}: the groups' bounds must ascend, and the last group lie above the one before"
            )

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """The groups, from the lowest totals to the highest."""
        return tuple(str(group.answer) for group in self.groups)

    @cached_property
    def hundredths(self) -> list[np.ndarray]:
        """For each criterion, the weight of each of its levels in integer hundredths."""
        tables = []
        for criterion in self.criteria:
            weights = self.weights[criterion.name]
            texts = ("0", weights) if isinstance(weights, str) else ("0", *weights)
            hundredths = [Decimal(text) * 100 for text in texts]
            if any(weight != int(weight) for weight in hundredths):
                raise ValueError(f"{self.name}: the weight of {criterion.name} has more than two decimals")
            tables.append(np.array([int(weight) for weight in hundredths]))
        return tables

    def _groups_of(self, totals: np.ndarray) -> Any:
        """The group index of each total in hundredths."""
        over = [
            totals > int(group.upper * 100) if group.includes_upper else totals >= int(group.upper * 100)
            for group in self.groups
            if group.upper is not None
        ]
        return np.sum(over, axis=0)

    def of_patterns(self, codes: np.ndarray) -> list[tuple[str, Decimal | None]]:
        """Return the group and the total of each complete pattern of codes (n_patterns, n_criteria)."""
        totals = self._totals(codes.T, (len(codes),))
        return [(self.answers[k], _decimal(total)) for k, total in zip(self._groups_of(totals), totals, strict=True)]

    def _totals(self, codes: Any, shape: tuple[int, ...]) -> np.ndarray:
        """The sum of weights, in hundredths, in every cell of a grid of codes."""
        return np.broadcast_to(sum(weights[code] for weights, code in zip(self.hundredths, codes, strict=True)), shape)

    def _enumerate(self, codes: Codes) -> Verdict:
        arrays, shape, unknown = self._grid(codes)
        totals = self._totals(arrays, shape)
        possible, decided_by = self._union(self._groups_of(totals), unknown)
        return Verdict(possible, decided_by, True, (), _decimal(totals.min()), _decimal(totals.max()))

    def _bound(self, codes: Codes) -> Verdict:
        parts = [
            weights if code is None else weights[[code]] for weights, code in zip(self.hundredths, codes, strict=True)
        ]
        low, high = sum(part.min() for part in parts), sum(part.max() for part in parts)
        first, last = self._groups_of(np.array([low, high]))
        unknown = tuple(c.name for c, code in zip(self.criteria, codes, strict=True) if code is None)
        possible = self.answers[first : last + 1]
        exact = len(possible) == 1
        return Verdict(possible, () if exact else unknown, exact, (), _decimal(low), _decimal(high))


def _decimal(hundredths: int) -> Decimal:
    return Decimal(int(hundredths)).scaleb(-2)
