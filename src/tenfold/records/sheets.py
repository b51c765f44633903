"""A sheet: the rows of one file as written, before anything is understood.

Cells are text where the file holds text (CSV) and typed where it holds types (Parquet, frames in memory).
Columns are numbered, not named, because a file may name two columns alike. The blanks around a cell are
stripped, and an empty cell is null; apart from that nothing is changed, padded or reordered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class LostRow:
    """A row that could not be read into cells.

    ``cells``: those before the trouble, as far as they can be trusted.
    """

    line: int
    text: str
    cells: tuple[str, ...]
    rule: str
    remedy: str


def wrong_width(line: int, text: str, found: int, width: int, separator: str) -> LostRow:
    """The fault of a row with too few or too many cells."""
    name = {",": "commas", ";": "semicolons", "\t": "tabs"}[separator]
    if found < width:
        remedy = f"give the row its missing cells (empty ones still need their {name})"
    else:
        remedy = f"put a cell that itself holds {name} in quotes, or take the surplus cells out"
    # Twice the cells may be two rows run together: whose they are cannot be told.
    cells = tuple(cell.strip() for cell in text.split(separator)) if found < 2 * width - 1 and '"' not in text else ()
    plural = "s" if found > 1 else ""
    return LostRow(line, text, cells, f"the row has {found} cell{plural}, the header has {width}", remedy)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file below its header: cells, the line each starts on, their text, and those that are
    lost.
    """

    cells: pl.DataFrame
    lines: pl.Series
    text: Callable[[Sequence[int]], list[str]]
    lost: list[LostRow]

    def without_blank(self) -> "Rows":
        """The same rows but those of separators and nothing else, which are blank lines."""
        blank = self.cells.select(pl.all_horizontal(pl.all().is_null())).to_series()
        if not blank.any():
            return self
        kept = (~blank).arg_true()
        return Rows(
            self.cells.filter(~blank),
            self.lines.filter(~blank),
            lambda rows: self.text(kept.gather(list(rows)).to_list()),
            self.lost,
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of one table.

    ``cells``: columns ``0``, ``1`` ... in the order of ``header``; ``lines``: the line each row starts on
    (Int64); ``text``: gives rows, by position, as they are written.
    """

    table: str
    file: str
    header: tuple[str, ...]
    cells: pl.DataFrame
    lines: pl.Series
    text: Callable[[Sequence[int]], list[str]]
    lost: tuple[LostRow, ...] = ()


def stripped(cells: pl.DataFrame) -> pl.DataFrame:
    """Text cells without the blanks around them, null where nothing is left."""
    text = pl.col(pl.String)
    bare = text.str.strip_chars()
    return cells.with_columns(pl.when(bare.str.len_bytes() > 0).then(bare)) if cells.width else cells


def frame_sheet(table: str, file: str, frame: pl.DataFrame) -> Sheet:
    """A frame as a sheet; its lines are row numbers, the first row being 1."""
    cells = frame.rename({name: str(i) for i, name in enumerate(frame.columns)})
    cells = stripped(cells.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String)))

    def text(rows: Sequence[int]) -> list[str]:
        return [
            ", ".join(f"{name}={value}" for name, value in row.items() if value is not None)
            for row in frame[list(rows)].iter_rows(named=True)
        ]

    lines = pl.Series("line", range(1, frame.height + 1), dtype=pl.Int64)
    return Sheet(table, file, tuple(name.strip() for name in frame.columns), cells, lines, text)
