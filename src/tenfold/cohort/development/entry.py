"""A model as an entry of the catalogue in a file: inputs, coding, weights, groups, baseline, where it comes from.

The file is TOML. Read back, it is a `Score` like any of the catalogue, explained by the same lines, with survival at chosen
months and a median beside its group where it holds a baseline, or the probability of a response where an intercept. It may also be written by hand for a published score, or
name a score of the catalogue (`of`) and add the baseline of a local recalibration.

Weights are decimal texts: what is printed is what is added. A number with a weight a unit enters the score in steps of a
hundredth (coarser where that would take more than 120 steps), and the survival as it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tenfold.cohort.development.baseline import Baseline
from tenfold.cohort.development.cut_offs import CutOff, group_names, groups_of
from tenfold.cohort.development.response.intercept import Intercept
from tenfold.cohort.development.scored_terms import criterion_of, guard_of, level_weights
from tenfold.cohort.development.terms import Term
from tenfold.cohort.development.toml_text import toml_text
from tenfold.cohort.significance import Floats
from tenfold.logic.answering import answer
from tenfold.logic.decision import Group, Score

FORMAT = "tenfold model 1"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model in a file. `weights`: by term, one decimal text a column. `of`: a score of the catalogue, instead of terms.

    `slope` multiplies the total before the baseline applies (1 unless recalibrated). `intercept` instead of a baseline makes
    it a model of who responds. `provenance`, `performance` and
    `case_mix` are told as they stand: where it was made, how it did, and what those patients were like.
    """

    name: str
    edition: str
    question: str
    citation: str
    licence: str
    endpoint: str
    caution: str = ""
    of: str | None = None
    terms: tuple[Term, ...] = ()
    weights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cut_offs: tuple[CutOff, ...] = ()
    group_names: tuple[str, ...] = ()
    baseline: Baseline | None = None
    slope: float = 1.0
    intercept: Intercept | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    performance: tuple[Mapping[str, Any], ...] = ()
    case_mix: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def score(self) -> Score:
        """The model as a question of the catalogue. LookupError for an unknown `of`."""
        if self.of is not None:
            return _catalogued(self.of, self)
        used = [term for term in self.terms if any(float(w) for w in self.weights[term.name])]
        names = self.group_names or group_names(len(self.cut_offs) + 1)
        groups = tuple(replace(group, answer=name) for group, name in zip(groups_of(self.cut_offs), names, strict=True))
        return Score(
            name=self.name,
            edition=self.edition,
            question=self.question,
            citation=self.citation,
            caution=self.caution,
            inputs=tuple(term.input for term in used),
            criteria=tuple(criterion_of(term, self.weights[term.name], self.citation) for term in used),
            guards=tuple(
                guard_of(term, self.citation)
                for term in used
                if term.coding in ("linear", "bands") and term.high > term.low
            ),
            weights={term.name: level_weights(term, self.weights[term.name]) for term in used},
            groups=_checked(groups, self.name),
        )

    @property
    def columns(self) -> Floats:
        """The weights of all columns, as numbers."""
        return np.array([float(weight) for term in self.terms for weight in self.weights[term.name]])

    def coded(self, frame: pl.DataFrame) -> Floats:
        """The columns of a frame's rows (NaN where not known); a column that is absent is not known."""
        if not self.terms:
            return np.empty((frame.height, 0))
        filled = frame.with_columns(
            pl.lit(None, term.input.dtype).alias(term.name) for term in self.terms if term.name not in frame.columns
        )
        return np.column_stack([term.coded(filled[term.name]) for term in self.terms])

    def totals(self, frame: pl.DataFrame) -> Floats:
        """The total of each row, NaN where what is not known leaves it open; scope guards do not withhold it."""
        if self.of is None:
            return np.round(self.coded(frame) @ self.columns, 10)
        answered = answer(frame, [self.score], outside_scope="compute")
        low, high = (answered[f"{self.score.key}_{end}"].cast(pl.Float64).to_numpy() for end in ("low", "high"))
        return np.where(low == high, low, np.nan)

    def groups(self, frame: pl.DataFrame) -> list[str | None]:
        """The group of each row, null where it is open."""
        found: list[str | None] = answer(frame, [self.score], outside_scope="compute")[self.score.key].to_list()
        return found

    def write(self, path: Path) -> None:
        """Write the file. OSError if it cannot be written."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """The file's text."""
        from tenfold.cohort.development.entry_text import as_data

        return toml_text(as_data(self))


def read_entry(path: Path) -> Entry:
    """Read a model from its file.

    OSError if it cannot be read, ValueError naming the file and what is wrong with it.
    """
    from tenfold.cohort.development.entry_text import from_data

    text = path.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: not TOML: {error}") from None
    try:
        entry = from_data(data)
        entry.score  # noqa: B018 - whatever is wrong with its weights or groups shows now
    except KeyError as error:
        raise ValueError(f"{path}: {error.args[0]} is missing") from None
    except (ValueError, TypeError, LookupError) as error:
        raise ValueError(f"{path}: {error.args[0]}") from None
    return entry


def entry_of(question: Score, *, endpoint: str, licence: str = "as published") -> Entry:
    """Return an entry that stands for a score of the catalogue, to be recalibrated."""
    return Entry(
        name=question.name,
        edition=question.edition,
        question=question.question,
        citation=question.citation,
        licence=licence,
        endpoint=endpoint,
        caution=question.caution,
        of=question.name,
    )


def _catalogued(name: str, entry: Entry) -> Score:
    from tenfold.catalogue import find

    found = find(name)
    if len(found) != 1 or not isinstance(found[0], Score):
        raise ValueError(f"{name} is not one score of the catalogue")
    return replace(found[0], name=entry.name, edition=entry.edition, caution=entry.caution, _verdicts={})


def _checked(groups: Sequence[Group], name: str) -> tuple[Group, ...]:
    if len({group.answer for group in groups}) < len(groups):
        raise ValueError(f"{name}: two groups have one name")
    return tuple(groups)
