"""A subgroup in words, "age_years>=60, TP53=yes": conditions joined by commas, read and never executed.

Each is a column, one of = != < <= > >=, and a value; several values are joined by | (sex=female|male). Whoever lacks a
column that is asked for belongs to no subgroup that can be told, and is counted. Traps: all conditions must hold; "no" and
"not known" are different.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

OPERATORS = (">=", "<=", "!=", ">", "<", "=")
"""The longer first: ">=" is not ">" and "=..."."""
YES, NO = ("yes", "true", "1"), ("no", "false", "0")


@dataclass(frozen=True)
class Condition:
    """One condition: `column` `operator` one of `values`."""

    column: str
    operator: str
    values: tuple[str, ...]

    @property
    def words(self) -> str:
        """The condition as it was written."""
        return f"{self.column}{self.operator}{'|'.join(self.values)}"


def conditions(expression: str) -> tuple[Condition, ...]:
    """Read a subgroup. ValueError names the part that cannot be read, with an example."""
    parts = [part.strip() for part in expression.split(",")]
    return tuple(_condition(part, expression) for part in parts)


def _condition(part: str, whole: str) -> Condition:
    found = [(part.index(operator), -len(operator), operator) for operator in OPERATORS if operator in part]
    if not found:
        raise ValueError(f"subgroup {whole!r}: {part!r} is no condition; write for example age_years>=60,TP53=yes")
    operator = min(found)[2]
    column, _, value = part.partition(operator)
    values = tuple(one.strip() for one in value.split("|"))
    if not column.strip() or not all(values):
        raise ValueError(f"subgroup {whole!r}: {part!r} lacks a column or a value")
    return Condition(column.strip(), operator, values)


def members(expression: str, value: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
    """Return patient_id and `member` (null where it cannot be told) of a subgroup.

    `value` gives a column as patient_id and `value`. ValueError for an expression that cannot be read, or a value that
    does not fit its column; LookupError of `value` for a column that is not there.
    """
    told: pl.DataFrame | None = None
    for condition in conditions(expression):
        column = value(condition.column)
        one = column.select("patient_id", member=_holds(condition, column["value"]))
        if told is None:
            told = one
        else:
            both = told.join(one, on="patient_id", how="left", maintain_order="left")
            told = both.select("patient_id", member=pl.col("member") & pl.col("member_right"))
    assert told is not None  # an empty text is one part, which is no condition
    return told


def _holds(condition: Condition, column: pl.Series) -> pl.Series:
    kind, operator = column.dtype, condition.operator
    if kind.is_numeric():
        return _any(condition, [_compared(column, operator, _number(condition, text)) for text in condition.values])
    if operator not in ("=", "!="):
        raise ValueError(f"{condition.words}: {condition.column} is not a number; only = and != can be asked of it")
    if kind == pl.Boolean:
        return _any(condition, [_compared(column, operator, _truth(condition, text)) for text in condition.values])
    written = column.cast(pl.String).str.to_lowercase()
    there = set(written.drop_nulls())
    strange = [text for text in condition.values if text.lower() not in there]
    if strange:
        known = ", ".join(sorted(there)[:12]) or "nothing is recorded"
        raise ValueError(f"{condition.words}: nobody has {strange[0]!r} in {condition.column}; there are: {known}")
    return _any(condition, [_compared(written, operator, text.lower()) for text in condition.values])


def _compared(column: pl.Series, operator: str, value: float | bool | str) -> pl.Series:
    asked = pl.col("value")
    expression = {
        "=": asked == value,
        "!=": asked != value,
        "<": asked < value,
        "<=": asked <= value,
        ">": asked > value,
        ">=": asked >= value,
    }[operator]
    return column.alias("value").to_frame().select(expression).to_series()


def _any(condition: Condition, told: list[pl.Series]) -> pl.Series:
    """Any of the values for "=", none of them for "!="."""
    if len(told) > 1 and condition.operator not in ("=", "!="):
        raise ValueError(f"{condition.words}: several values can only be asked with = or !=")
    whole = told[0]
    for one in told[1:]:
        whole = (whole | one) if condition.operator == "=" else (whole & one)
    return whole


def _number(condition: Condition, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{condition.words}: {condition.column} is a number, {text!r} is not") from None


def _truth(condition: Condition, text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError(f"{condition.words}: {condition.column} is yes or no, not {text!r}")
