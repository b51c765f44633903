"""Writing a frame as CSV that a spreadsheet opens without running anything in it.

A text cell that begins with =, +, -, @, a tab or a line end is a formula to a spreadsheet, and so is one that begins with
the wide forms of these signs in East Asian locales. Such a cell gets an apostrophe before it, as OWASP advises ("CSV
Injection"); `cells.without_guard` takes it off again when records are read, so that a round trip loses nothing. Numbers and
dates are typed and never guarded. A single sign by itself (the qualifier =) runs nothing and is left as it is.

Trap: another program that reads the file sees the apostrophe: '-7 for a karyotype that is written -7.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

import polars as pl

from tenfold.records.cells import RISKY


def write_csv(frame: pl.DataFrame, path: str | Path | IO[bytes]) -> None:
    """Write a frame; text and column names that a spreadsheet would run are guarded."""
    names = pl.Series("name", frame.columns, dtype=pl.String)
    safe = names.to_frame().select(guarded(pl.col("name"))).to_series()
    cells = frame.with_columns(guarded(pl.col(pl.String)))
    cells.rename(dict(zip(names, safe, strict=True))).write_csv(path, quote_style="necessary")


def guarded(cell: pl.Expr) -> pl.Expr:
    """A text cell that no spreadsheet takes for a formula; one that begins with an apostrophe gets another."""
    return pl.when(cell.str.contains(RISKY) | cell.str.starts_with("'")).then("'" + cell).otherwise(cell).name.keep()
