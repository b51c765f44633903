"""The command that takes records from one format to another, and says what became of every field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.mapping import GuessOption, MappingOption, read_mapped, write_draft
from tenfold.cli.shared import JsonOption, console_for, print_json, records_at, say_faults, stop, working

if TYPE_CHECKING:
    from tenfold.exchange.converted import Converted, Written
    from tenfold.records import Registry

OWN = ("tables", "parquet")


def convert(
    path: Annotated[Path | None, typer.Argument(help="Records in any format: a file or a folder.")] = None,
    out: Annotated[
        Path | None, typer.Argument(help="Where to write them: an empty folder, or a file where the format is one.")
    ] = None,
    read_as: Annotated[
        str | None, typer.Option("--from", help="The format it is in, where it is not recognised.")
    ] = None,
    write_as: Annotated[
        str, typer.Option("--to", help="tables (CSV), parquet, or another format; --to list, alone, shows them.")
    ] = "tables",
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what became of every field here, as CSV.")
    ] = None,
    mapping: MappingOption = None,
    guess: GuessOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take records from one format to another: what was mapped, guessed and left is said, field by field."""
    from tenfold.records.csv_out import write_csv

    if write_as == "list":
        _say_formats()
        return
    if path is None or out is None:
        stop("name what to read and where to write it: tenfold convert IN OUT; --to list shows the formats")
    if (read_as is not None) + (mapping is not None) + guess > 1:
        stop("one of --from, --mapping and --guess at a time")
    if guess:
        write_draft(path, out)
        return
    found = _read(path, read_as) if mapping is None else read_mapped(path, mapping)
    written = _write(found.registry, out, write_as)
    faults = _write_faults(found.registry, out, write_as)
    if report is not None:
        write_csv(found.frame(), report)
    if as_json:
        print_json(
            {
                "format": found.format,
                "fields": found.frame().to_dicts(),
                "notes": list(found.notes),
                "rows": {name: frame.height for name, frame in sorted(found.registry.tables.items())},
                "faults": found.registry.check().to_dicts(),
                "faults_file": None if faults is None else str(faults),
                "written": [str(file) for file in written.files],
                "not_held": list(written.left),
            }
        )
    else:
        _say(found, written, out, report)
        if faults is not None:
            told, aside = found.registry.check().height, found.registry.set_aside.height
            said = f"{_counted(told, 'fault')}, {_counted(aside, 'row')} set aside for them: {faults} names each."
            console_for().print(said, markup=False)
    raise typer.Exit(say_faults(found.registry))


def _read(path: Path, name: str | None) -> Converted:
    from tenfold.exchange.formats import open_records, read_as

    try:
        with working(f"Reading {path}"):
            return open_records(records_at(path)) if name is None else read_as(path, name)
    except (OSError, ValueError, LookupError) as error:
        stop(error)


def _write(registry: Registry, out: Path, name: str) -> Written:
    from tenfold.exchange.converted import Written
    from tenfold.exchange.formats import format_named

    try:
        with working(f"Writing {out}"):
            if name not in OWN:
                return format_named(name).write(registry, out)
            _refuse_other_files(out)
            registry.write(out, "parquet" if name == "parquet" else "csv")
            return Written(tuple(sorted(file for file in out.iterdir() if file.is_file())))
    except (OSError, ValueError, LookupError) as error:
        stop(error)


def _write_faults(registry: Registry, out: Path, name: str) -> Path | None:
    """Write what was set aside into the folder of our own tables, or beside what another program will read."""
    from tenfold.records.set_aside import FAULTS_FILE, write_faults

    here = out if out.name else out.resolve()
    try:
        return write_faults(
            registry, out / FAULTS_FILE if name in OWN else here.with_name(f"{here.name}.{FAULTS_FILE}")
        )
    except OSError as error:
        stop(error)


def _refuse_other_files(out: Path) -> None:
    """Raise ValueError where a folder holds what is no table: two formats in one folder would be read as one of them."""
    from tenfold.records.tables import TABLES

    known = {*TABLES, "registry"}
    others = sorted(file.name for file in out.iterdir() if file.stem not in known) if out.is_dir() else []
    if others:
        raise ValueError(f"{out} holds {others[0]}, which is no table of records: name an empty or a new folder")


def _say(found: Converted, written: Written, out: Path, report: Path | None) -> None:
    from tenfold.exchange.converted import Fate

    console: Any = console_for()
    rows = ", ".join(f"{name} {frame.height}" for name, frame in sorted(found.registry.tables.items()))
    console.print(f"Read as {found.format}: {rows}.")
    for fate in (Fate.GUESSED, Fate.LEFT):
        fields = found.of(fate)
        if fields:
            console.print(f"\n{_counted(len(fields), 'field')} {fate}:")
        for one in fields:
            into = f" -> {one.into}" if one.into else ""
            note = f": {one.note}" if one.note else ""
            console.print(f"  {one.source}, {one.field}{into}{note} ({one.filled} filled)", markup=False)
    if mapped := len(found.of(Fate.MAPPED)):
        every = "--report FILE lists every one" if report is None else f"{report} lists every one"
        console.print(f"\n{_counted(mapped, 'field')} mapped; {every}.", markup=False)
    for note in found.notes:
        console.print(f"Note: {note}", markup=False)
    for left in written.left:
        console.print(f"Not held by the format that was written: {left}", markup=False)
    where = f"{_counted(len(written.files), 'file')} in {out}" if out.is_dir() else str(out)
    console.print(f"Written: {where}.", markup=False)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _say_formats() -> None:
    from tenfold.exchange.formats import FORMATS

    console: Any = console_for()
    console.print("tables: a folder of CSV, one file a table (read, written)")
    console.print("parquet: the same as Parquet (read, written)")
    for one in FORMATS:
        console.print(f"{one.name}: {one.title} ({'read, written' if one.writes else 'read'})", markup=False)
