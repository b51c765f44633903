"""Reading a registry from a folder of CSV or Parquet files."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

import polars as pl

from tenfold.records.admission import admit
from tenfold.records.delimited import read_delimited
from tenfold.records.faults import Fault, Used, file_fault
from tenfold.records.headers import date_names
from tenfold.records.nearest import nearest
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis
from tenfold.records.sheets import Sheet, frame_sheet
from tenfold.records.tables import TABLES

NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""How a path says that there is no value."""
DELIMITED = (".csv", ".tsv", ".txt")
LARGEST_TEXT = 8 * 1024**3
"""Bytes of a text file: it is read as a whole, and needs several times as much memory."""
MOST_ROWS, MOST_COLUMNS = 500_000_000, 2_000
"""Of one Parquet file: a few kilobytes can state any number of empty rows."""
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
ABOUT = "registry.toml"
# A readme and a licence; what stands beside tables for people to read: a run's wells, the faults of a conversion, the label
# of simulated patients.
NO_TABLES = ("readme", "license", "licence", "wells", "held_back", "faults", "simulated")


def read(path: str | Path) -> Registry:
    """Read a folder of ``<table>.csv`` (``.tsv``, ``.txt``) or ``<table>.parquet`` files, with an optional
    ``registry.toml``.

    A Parquet table may also be a folder of parts (``mrd_samples.parquet/`` or ``mrd_samples/``). Whatever
    cannot be used is named in the registry's faults. FileNotFoundError if the folder is not there,
    ValueError if it holds no known table.
    """
    folder = Path(path)
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    if not folder.is_dir():
        raise ValueError(f"{folder} is a file; give the folder that holds the tables, one file each")
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "_")))
    if not entries:
        raise ValueError(f"the folder {folder} is empty")
    files, faults = _tables(entries)
    if not files:
        told = "".join(f"; {fault.file}: {fault.rule}, {fault.remedy}" for fault in faults)
        raise ValueError(f"the folder {folder} holds no table that is known (such as patients.csv){told}")
    about = _about(folder / ABOUT)
    sheets: list[Sheet] = []
    for name, entry in files.items():
        for found in _sheets(name, entry):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                sheets.append(found)
    return admit(
        sheets,
        [*about.faults, *faults],
        axis=about.axis,
        title=about.title,
        simulated=about.simulated,
        sources=about.sources,
    )


def read_table(path: str | Path, name: str) -> Registry:
    """Read one file, whatever it is called, as the table `name`, with all the checks of a folder.

    FileNotFoundError if it is not there, ValueError if nothing in it can be used as that table.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    found = _sheets(name, file)
    registry = admit(
        [sheet for sheet in found if isinstance(sheet, Sheet)], [fault for fault in found if isinstance(fault, Fault)]
    )
    if not registry.recorded(name):
        told = "; ".join(f"{rule}, {remedy}" for rule, remedy in registry.check().select("rule", "remedy").rows())
        raise ValueError(f"{file} cannot be read as {name}: {told}")
    return registry


def _tables(entries: list[Path]) -> tuple[dict[str, Path], list[Fault]]:
    """Which entry of the folder is which table, and the faults of those that are none."""
    candidates: dict[str, list[Path]] = {}
    faults = []
    for entry in entries:
        name = _table_name(entry)
        if name in TABLES:
            candidates.setdefault(name, []).append(entry)
        elif name is not None:
            near = nearest(name, TABLES)
            remedy = f'rename it to "{near}{entry.suffix}" if it is that table' if near else "take it out, or leave it"
            faults.append(file_fault(entry.name, f"{name} is not a table", remedy))
        elif entry.suffix.lower() in SPREADSHEETS:
            faults.append(
                file_fault(
                    entry.name,
                    "spreadsheets are not read",
                    "save each sheet as CSV in UTF-8, named after its table, or give the file itself to the command",
                )
            )
    files = {}
    for name, found in candidates.items():
        if len(found) == 1:
            files[name] = found[0]
            continue
        names = " and ".join(entry.name for entry in found)
        faults += [
            file_fault(entry.name, f"the table {name} is given more than once: {names}", "keep the one that is right")
            for entry in found
        ]
    return files, faults


def _table_name(entry: Path) -> str | None:
    """The name of the table that an entry would be; None for what is not looked at (registry.toml, a readme)."""
    if entry.is_dir():
        name = entry.name.removesuffix(".parquet")
        return name if name in TABLES or entry.suffix == ".parquet" else None
    if entry.suffix.lower() not in (*DELIMITED, ".parquet") or entry.stem.lower() in NO_TABLES:
        return None
    return entry.stem


def _sheets(name: str, entry: Path) -> list[Sheet | Fault]:
    if entry.is_dir():
        parts = sorted(part for part in entry.rglob("*.parquet") if part.is_file())
        if not parts:
            return [
                file_fault(entry.name, "the folder holds no Parquet file", "put the parts into it, or take it away")
            ]
        return [_parquet(name, part, str(part.relative_to(entry.parent)), _partition(part, entry)) for part in parts]
    if not entry.is_file():  # a pipe or a device never ends
        return [file_fault(entry.name, "it is a device or a pipe, not a file", "save its content as a file first")]
    if entry.suffix.lower() == ".parquet":
        return [_parquet(name, entry, entry.name)]
    try:
        size = entry.stat().st_size
        if size > LARGEST_TEXT:
            told = f"the file has {size / 1024**3:.3g} GB, and text is read up to {LARGEST_TEXT / 1024**3:.3g} GB"
            return [file_fault(entry.name, told, "write it as Parquet, in parts of whole patients")]
        data = entry.read_bytes()
    except OSError as error:
        return [
            file_fault(
                entry.name,
                f"the file cannot be read ({error.strerror})",
                "check the file and its permissions",
            )
        ]
    table = TABLES[name]
    known = frozenset(column.name for column in table.columns) | date_names(table, "relative")
    return [read_delimited(data, name, entry.name, known)]


def _partition(part: Path, folder: Path) -> dict[str, str | None]:
    """What the path of a part says of its rows, as Spark and Polars write it: ``laboratory=A/part.parquet``."""
    said = (piece.partition("=") for piece in part.relative_to(folder).parts[:-1] if "=" in piece)
    return {key: None if value == NO_VALUE else unquote(value) for key, _, value in said}


def _parquet(
    name: str, file: Path, shown: str, partition: Mapping[str, str | None] = MappingProxyType({})
) -> Sheet | Fault:
    """One Parquet file; `partition` names columns that its path gives to every row, and that no column may deny."""
    try:
        lazy = pl.scan_parquet(file, hive_partitioning=False)
        columns = len(lazy.collect_schema())
        rows = lazy.select(pl.len()).collect().item()
        if rows > MOST_ROWS or columns > MOST_COLUMNS:
            told = (
                f"the file states {rows:,} rows of {columns:,} columns, and {MOST_ROWS:,} of {MOST_COLUMNS:,} are read"
            )
            return file_fault(shown, told, "write it in parts of whole patients, with the columns of its table alone")
        frame = pl.read_parquet(file, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return file_fault(shown, f"the file is not Parquet that can be read ({reason})", "write the file again")
    known = {*(column.name for column in TABLES[name].columns), *date_names(TABLES[name], "relative")}
    for key, value in partition.items():
        if key not in frame.columns and key in known:
            frame = frame.with_columns(pl.lit(value, pl.String).alias(key))
        elif (
            key in frame.columns
            and not frame.select(pl.col(key).cast(pl.String).eq_missing(pl.lit(value, pl.String)).all()).item()
        ):
            told = f"the path says {key} = {value}, and rows of the file say otherwise"
            return file_fault(shown, told, "write the parts again, or take the key out of the path", column=key)
    return frame_sheet(name, shown, frame)


@dataclass
class _About:
    """What ``registry.toml`` says."""

    title: str | None = None
    simulated: bool = False
    axis: Axis | None = None
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def _about(file: Path) -> _About:
    if not file.exists():
        return _About()
    if not file.is_file():
        return _About(faults=[file_fault(file.name, "it is not a file", "take it out, or write registry.toml anew")])
    try:
        said = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return _About(faults=[file_fault(file.name, f"the file is not TOML ({error})", "correct the file")])
    about = _About()

    def wrong(key: str, value: object, rule: str, remedy: str) -> None:
        about.faults.append(Fault(file.name, None, None, key, str(value), rule, remedy, Used.COLUMN_NOT_USED))

    for key, value in said.items():
        if key == "title" and isinstance(value, str):
            about.title = value
        elif key == "simulated" and isinstance(value, bool):
            about.simulated = value
        elif key == "axis" and value in ("calendar", "relative"):
            about.axis = value
        elif key == "sources" and isinstance(value, dict):
            for table, citation in value.items():
                if table in TABLES and isinstance(citation, str):
                    about.sources[table] = citation
                else:
                    near = nearest(table, TABLES)
                    wrong(f"sources.{table}", citation, f"{table} is not a table with a citation in quotes",
                          f'write "{near}" if that is meant' if near else "take it out")  # fmt: skip
        else:
            wrong(key, value, f"{key} cannot be understood",
                  'the file holds title = "...", simulated = true or false, axis = "calendar" or "relative", '
                  'and under [sources] table = "citation"')  # fmt: skip
    return about
