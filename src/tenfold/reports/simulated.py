"""The label of simulated patients on what is written into a folder, where no page stands around it.

A file `SIMULATED.txt` lies in every folder of tables and figures, and every table of results has a last column `simulated`.
Trap: tables with one row a patient keep their columns, so that they can be read again; the file beside them speaks for them.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

FILE = "SIMULATED.txt"
WORDS = "SIMULATED PATIENTS: nobody in these files is real. They show how Tenfold works, never how patients fare."


def labelled(frame: pl.DataFrame, simulated: bool) -> pl.DataFrame:
    """Return a table of results with the column `simulated` behind it; as it is where patients are real."""
    return frame.with_columns(simulated=pl.lit("yes")) if simulated and frame.width else frame


def mark(folder: Path, simulated: bool) -> list[str]:
    """Write the label into a folder of simulated patients and return its name, else nothing. OSError if it cannot be written."""
    if not simulated:
        return []
    (folder / FILE).write_text(f"{WORDS}\n", "utf-8")
    return [FILE]
