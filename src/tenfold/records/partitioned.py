"""Reading one bucket of a registry whose tables are folders of buckets, as Spark and Polars write them.

``mrd_samples/bucket=0007/part-0000.parquet``, and so each table; a bucket holds whole patients. ``registry.toml`` and
``completeness`` may stand beside them for all buckets. Traps: a table of which this bucket has no part was kept all the
same, and is empty here, not absent: that is the difference between "no" and "not known". A file that cannot be used sinks
its bucket, because the answers would be wrong without saying so.
"""

from pathlib import Path

import polars as pl

from tenfold.records.admission import admit
from tenfold.records.faults import Fault, Used, each_fault
from tenfold.records.reading import ABOUT, _about, _parquet
from tenfold.records.registry import Registry
from tenfold.records.sheets import Sheet, frame_sheet
from tenfold.records.tables import TABLES

KEY = "bucket="
FOR_ALL = "completeness"
"""The one table that may be a file for all buckets."""


def bucket_names(folder: Path) -> list[str]:
    """The buckets of a folder of tables, sorted; none if its tables are not folders of buckets."""
    return sorted(
        {entry.name.removeprefix(KEY) for table in _tables(folder).values() for entry in table.glob(f"{KEY}*")}
    )


def bucket_files(folder: Path, bucket: str) -> list[Path]:
    """The files that a bucket is read from, those for all buckets among them."""
    parts = [part for table in _tables(folder).values() for part in _parts(table, bucket)]
    return [*parts, *(file for file in (folder / f"{FOR_ALL}.parquet", folder / ABOUT) if file.is_file())]


def read_bucket(folder: Path, bucket: str) -> Registry:
    """Read one bucket with all the checks of a folder.

    ValueError naming the first file that cannot be used, or a table that lies outside the buckets.
    """
    outside = [entry.name for entry in sorted(folder.iterdir()) if _is_outside(entry)]
    if outside:
        raise ValueError(f"{outside[0]} is not in buckets as the other tables are: write it as a folder of them")
    about = _about(folder / ABOUT)
    sheets = [
        _sheet(name, part, folder)
        for name, table in _tables(folder).items()
        for part in _parts_or_header(table, bucket)
    ]
    if not any(sheet.cells.height for sheet in sheets):
        raise ValueError(f"bucket {bucket} holds no rows")
    statements = folder / f"{FOR_ALL}.parquet"
    if statements.is_file():
        sheets.append(_sheet(FOR_ALL, statements, folder))
    found = admit(
        sheets, about.faults, axis=about.axis, title=about.title, simulated=about.simulated, sources=about.sources
    )
    unusable = found.faults.filter(pl.col("used") == Used.FILE_NOT_USED)
    if unusable.height:
        raise ValueError(str(next(each_fault(unusable))))
    # Statements for all buckets name patients of the others, too.
    return found.select(_without_statements(found)) if statements.is_file() else found


def _without_statements(registry: Registry) -> pl.Series:
    mine = [frame.select("patient_id") for name, frame in registry.tables.items() if name != FOR_ALL]
    return pl.concat(mine).to_series().drop_nulls().unique()


def _tables(folder: Path) -> dict[str, Path]:
    """The tables that are folders of buckets."""
    found = {entry.name.removesuffix(".parquet"): entry for entry in sorted(folder.iterdir()) if entry.is_dir()}
    return {name: entry for name, entry in found.items() if name in TABLES and any(entry.glob(f"{KEY}*"))}


def _is_outside(entry: Path) -> bool:
    name = entry.name.removesuffix(".parquet") if entry.is_dir() else entry.stem
    if name not in TABLES or (entry.is_file() and entry.name == f"{FOR_ALL}.parquet"):
        return False
    return not (entry.is_dir() and any(entry.glob(f"{KEY}*")))


def _parts(table: Path, bucket: str) -> list[Path]:
    return sorted(part for part in (table / f"{KEY}{bucket}").rglob("*.parquet") if part.is_file())


def _parts_or_header(table: Path, bucket: str) -> list[Path | pl.DataFrame]:
    """The parts; where there are none, the header that the parts of another bucket have."""
    parts = _parts(table, bucket)
    if parts:
        return list(parts)
    other = next((part for part in sorted(table.rglob("*.parquet")) if part.is_file()), None)
    if other is None:
        raise ValueError(f"the folder {table.name} holds no Parquet file")
    return [pl.read_parquet(other, n_rows=0, hive_partitioning=False)]


def _sheet(name: str, part: Path | pl.DataFrame, folder: Path) -> Sheet:
    if isinstance(part, pl.DataFrame):
        return frame_sheet(name, name, part)
    pieces = (piece.partition("=") for piece in part.relative_to(folder).parts[:-1] if "=" in piece)
    said = {key: value for key, _, value in pieces if f"{key}=" != KEY}
    found = _parquet(name, part, str(part.relative_to(folder)), said)
    if isinstance(found, Fault):
        raise ValueError(str(found))
    return found
