"""From named columns to a regression: who can be used, how text becomes numbers, and what a coefficient reports.

Yes or no becomes 1 or 0; text (or an Enum) becomes one column a level beside a named reference level; numbers stay. The
reference is the one named, else the first of an Enum, else the first in alphabetical order: name it whenever it matters.

Traps: a row with anything unknown is left out and counted under each column that was unknown, never filled in; models
fitted to different columns may therefore rest on different patients. A covariate alike in everybody, or told by the ones
before it, has no coefficient: it is null, with a warning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tenfold.cohort.significance import Floats, deviate, two_sided

Table = pl.DataFrame | Mapping[str, ArrayLike]
"""A frame, or arrays of one length by name."""


@dataclass(frozen=True)
class Column:
    """One column of numbers that a covariate became: of text the level that counts as 1, beside the reference level."""

    covariate: str
    level: str | None = None
    reference: str | None = None

    @property
    def name(self) -> str:
        """The covariate, with the level if it has levels."""
        return self.covariate if self.level is None else f"{self.covariate}: {self.level}"


@dataclass(frozen=True)
class Design:
    """The rows of a table in which everything needed is known, and their covariates as numbers.

    `left_out`: by column, the rows in which it is unknown (a row may count under several); `n_given` rows came in.
    """

    frame: pl.DataFrame
    matrix: Floats
    columns: tuple[Column, ...]
    n_given: int
    left_out: dict[str, int]

    @cached_property
    def aliased(self) -> tuple[bool, ...]:
        """Which columns are alike in everybody, or told by the columns before them."""
        return aliased_columns(self.matrix)

    def coded(self, rows: pl.DataFrame) -> Floats:
        """The covariates of new rows as numbers. ValueError for an unknown value or a level never seen."""
        return np.column_stack(
            [_numbers(rows, column, self.columns) for column in self.columns] or [np.empty((rows.height, 0))]
        )


@dataclass(frozen=True)
class Coefficient:
    """A coefficient (log ratio) with its ratio: of hazards (Cox, Fine-Gray) or of odds (logistic).

    `n` and `events`: rows in which a level (or yes) holds and events among them; of a number, all rows. The estimates are
    null where they cannot be had (see the model's warnings). `p` is Wald's unless the model says otherwise.
    """

    covariate: str
    level: str | None
    reference: str | None
    n: int
    events: int
    coefficient: float | None
    standard_error: float | None
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None

    @property
    def name(self) -> str:
        """The covariate, with the level if it has levels."""
        return self.covariate if self.level is None else f"{self.covariate}: {self.level}"


def as_table(coefficients: Sequence[Coefficient], ratio: str = "hazard_ratio") -> pl.DataFrame:
    """Return coefficients as a frame, one row each, the ratio under its own name."""
    kinds = {"str": pl.String, "str | None": pl.String, "int": pl.Int64, "float | None": pl.Float64}
    schema = {field.name: kinds[str(field.type)] for field in fields(Coefficient)}
    rows = [{name: getattr(each, name) for name in schema} for each in coefficients]
    return pl.DataFrame(rows, schema=schema, orient="row").rename({"ratio": ratio})


def design(
    table: Table, covariates: Sequence[str], needed: Sequence[str] = (), reference: Mapping[str, str] | None = None
) -> Design:
    """Return the usable rows and their covariates as numbers. `needed`: further columns that must be known.

    ValueError for a column that is absent, of a kind that cannot be a covariate or holds an infinite value, for a
    reference that is no level of its column, and if no row is left.
    """
    frame = (
        table if isinstance(table, pl.DataFrame) else pl.DataFrame({name: np.asarray(v) for name, v in table.items()})
    )
    names = list(dict.fromkeys([*needed, *covariates]))
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise ValueError(f"no column {', '.join(map(repr, absent))}; there are {', '.join(frame.columns)}")
    frame = frame.with_columns(pl.col(name).fill_nan(None) for name in names if frame[name].dtype.is_float())
    left_out = {name: count for name in names if (count := frame[name].null_count())}
    usable = frame.drop_nulls(names) if names else frame
    if not usable.height:
        raise ValueError(f"of {frame.height} rows none has {', '.join(names)} all known")
    columns = tuple(
        c for name in dict.fromkeys(covariates) for c in _columns(usable[name], (reference or {}).get(name))
    )
    for name in reference or {}:
        if name not in covariates:
            raise ValueError(f"a reference is named for {name!r}, which is not among the covariates")
    made = Design(usable, np.empty((usable.height, 0)), columns, frame.height, left_out)
    return Design(usable, made.coded(usable), columns, frame.height, left_out)


def coefficients(
    design: Design, events: Floats, estimates: Floats, variance: Floats, level: float
) -> tuple[Coefficient, ...]:
    """Return the coefficients with Wald intervals; null where an estimate is not a number."""
    found = []
    for k, column in enumerate(design.columns):
        values = design.matrix[:, k]
        holds = values == 1 if column.level is not None else np.ones(len(values), dtype=bool)
        n, n_events = int(holds.sum()), int(events[holds].sum())
        estimate = float(estimates[k])
        if math.isnan(estimate):
            found.append(Coefficient(*_named(column), n, n_events, None, None, None, None, None, None))
            continue
        error = math.sqrt(variance[k, k])
        reach = deviate(level) * error
        found.append(
            Coefficient(
                *_named(column),
                n,
                n_events,
                estimate,
                error,
                _exp(estimate),
                _exp(estimate - reach),
                _exp(estimate + reach),
                two_sided(estimate / error),
            )
        )
    return tuple(found)


def why_aliased(design: Design) -> tuple[str, ...]:
    """Say in words why a column has no coefficient."""
    said = []
    for k, (column, aliased) in enumerate(zip(design.columns, design.aliased, strict=True)):
        if aliased and np.ptp(design.matrix[:, k]) == 0:
            said.append(f"{column.name}: alike in all {design.frame.height} rows used; nothing to compare")
        elif aliased:
            said.append(f"{column.name}: told by the covariates before it; it has no coefficient of its own")
    return tuple(said)


def as_event(values: pl.Series) -> Floats:
    """Return yes or no as 1 or 0. ValueError for anything else."""
    numbers = values.cast(pl.Float64, strict=False).to_numpy()
    if not np.isin(numbers, (0.0, 1.0)).all():
        raise ValueError(f"{values.name}: an event is yes or no (true or false, 1 or 0) for every row")
    return numbers


def as_times(values: pl.Series, least: float | None = 0.0) -> Floats:
    """Return times as numbers. ValueError for text, an infinite value or one below `least`."""
    numbers = values.cast(pl.Float64, strict=False).to_numpy()
    bad = ~np.isfinite(numbers) | (numbers < least if least is not None else False)
    if bad.any():
        raise ValueError(
            f"{values.name}: {int(bad.sum())} times are not numbers from {least} on, e.g. {values.filter(bad)[0]!r}"
        )
    return numbers


def _named(column: Column) -> tuple[str, str | None, str | None]:
    return column.covariate, column.level, column.reference


def _exp(value: float) -> float | None:
    return math.exp(value) if value < 700 else None


def _columns(values: pl.Series, reference: str | None) -> list[Column]:
    kind = values.dtype
    if kind == pl.Boolean:
        if reference is not None:
            raise ValueError(f"{values.name}: yes or no takes no reference; 'no' is it")
        return [Column(values.name, "yes", "no")]
    if kind.is_numeric():
        if reference is not None:
            raise ValueError(f"{values.name} is a number and takes no reference; make it text if its numbers are names")
        if not np.isfinite(values.cast(pl.Float64).to_numpy()).all():
            raise ValueError(f"{values.name}: infinite values cannot be used")
        return [Column(values.name)]
    if kind not in (pl.String, pl.Categorical, pl.Enum):
        raise ValueError(f"{values.name}: {kind} cannot be a covariate; give numbers, yes or no, or text")
    present = set(values.cast(pl.String))
    levels = [each for each in kind.categories if each in present] if isinstance(kind, pl.Enum) else sorted(present)
    if reference is not None and reference not in present:
        raise ValueError(f"{values.name}: the reference {reference!r} is none of its levels ({', '.join(levels)})")
    first = levels[0] if reference is None else reference
    if len(levels) == 1:
        return [Column(values.name, first, None)]
    return [Column(values.name, level, first) for level in levels if level != first]


def _numbers(rows: pl.DataFrame, column: Column, columns: Sequence[Column]) -> Floats:
    if column.covariate not in rows.columns:
        raise ValueError(f"no column {column.covariate!r}; there are {', '.join(rows.columns)}")
    values = rows[column.covariate]
    if values.null_count():
        raise ValueError(
            f"{column.covariate} is unknown in {values.null_count()} of {rows.height} rows; leave them out"
        )
    if column.level is None or values.dtype == pl.Boolean:
        return values.cast(pl.Float64).to_numpy()
    text = values.cast(pl.String)
    levels = {each.level for each in columns if each.covariate == column.covariate} | {column.reference}
    strange = sorted(set(text) - {level for level in levels if level is not None})
    if strange:
        raise ValueError(f"{column.covariate}: {', '.join(map(repr, strange))} was not among the levels of the model")
    return (text == column.level).cast(pl.Float64).to_numpy()


def aliased_columns(matrix: Floats) -> tuple[bool, ...]:
    """Which columns are alike in all rows, or told by the columns before them."""
    rows, width = len(matrix), int(matrix.shape[1])
    if rows > width:
        apart = np.abs(np.diag(np.linalg.qr(matrix - matrix.mean(axis=0), mode="r")))
        # Far from any doubt, in one pass; else each column against those before it that are kept.
        if (apart > 1e-6 * np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)).all():
            return (False,) * width
    basis: list[Floats] = []
    said = []
    for k in range(matrix.shape[1]):
        rest = matrix[:, k] - matrix[:, k].mean()
        size = float(np.linalg.norm(rest))
        for _ in range(2):  # once more, for what rounding left
            for each in basis:
                rest = rest - (rest @ each) * each
        left = float(np.linalg.norm(rest))
        said.append(left <= 1e-9 * max(size, 1e-5 * float(np.linalg.norm(matrix[:, k])), 1e-300))
        if not said[-1]:
            basis.append(rest / left)
    return tuple(said)
