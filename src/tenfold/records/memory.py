"""Rows in memory as a frame, nothing lost: a column of mixed types becomes text, as it would stand in a
file.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl


def rows_as_frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame; a row may leave columns out."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in names])


def _series(name: str, values: list[Any]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and float in kinds and int in kinds:
        return pl.Series(name, values, dtype=pl.Float64)
    if len(kinds) <= 1 and kinds <= {int, float, bool, str, date, datetime}:
        return pl.Series(name, values)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)
