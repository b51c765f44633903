"""Writing a frame as CSV that a spreadsheet opens without running anything in it.

A text cell that begins with =, +, -, @, a tab or a carriage return is a formula to a spreadsheet. Such a cell gets an
apostrophe before it, as OWASP advises; `cells.without_guard` takes it off again when records are read.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

RISKY = r"^[=+\-@\t\r]"


def write_csv(frame: pl.DataFrame, path: str | Path) -> None:
    """Write a frame; text that a spreadsheet would run is guarded. Numbers and dates are left as they are."""
    frame.with_columns(guarded(pl.col(pl.String))).write_csv(path, quote_style="necessary")


def guarded(cell: pl.Expr) -> pl.Expr:
    """A text cell that no spreadsheet takes for a formula; one that begins with an apostrophe gets another."""
    return pl.when(cell.str.contains(RISKY) | cell.str.starts_with("'")).then("'" + cell).otherwise(cell)
