"""The command that de-identifies records: pseudonyms, dates moved patient by patient, free text cut down to known words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tenfold.cli.shared import JsonOption, console_for, print_json, read, stop, working

if TYPE_CHECKING:
    from tenfold.records.deidentify import Deidentified, Rules
    from tenfold.records.registry import Registry


def deidentify(
    path: Annotated[Path, typer.Argument(metavar="IN", help="Records in any format of `tenfold convert`.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="An empty folder for the de-identified tables.")],
    key_file: Annotated[
        Path,
        typer.Option("--key-file", help="The secret key; the same key gives the same pseudonyms and shifts again."),
    ],
    new_key: Annotated[bool, typer.Option("--new-key", help="Make the key file, which must not be there yet.")] = False,
    shift: Annotated[int, typer.Option("--shift", min=1, max=3650, help="The most days that dates move.")] = 365,
    relative: Annotated[
        bool,
        typer.Option("--relative", help="Days since diagnosis in place of dates: nothing of the calendar is kept."),
    ] = False,
    birth: Annotated[
        Literal["shifted", "age"],
        typer.Option("--birth", help="Dates of birth: moved like all others, or only the age in years kept."),
    ] = "shifted",
    over_89: Annotated[
        Literal["90", "withheld", "kept"],
        typer.Option("--over-89", help="Who reaches 90 years in the records: age written as 90, withheld, or kept."),
    ] = "90",
    keep_laboratories: Annotated[
        bool, typer.Option("--keep-laboratories", help="Leave the names of laboratories as they are.")
    ] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write Parquet instead of CSV.")] = False,
    title: Annotated[str, typer.Option("--title", help="Title of the new records.")] = "De-identified records",
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what was done to every column here, as CSV.")
    ] = None,
    link: Annotated[
        Path | None,
        typer.Option(
            "--link", help="Write identifiers beside their pseudonyms and shifts here. As secret as the records."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the records with pseudonyms, moved dates and no free text; every interval stays, so every answer does."""
    from tenfold.records.csv_out import write_csv
    from tenfold.records.deidentify import BirthDates, Oldest, Rules

    for name, secret in (("the key file", key_file), ("the list of --link", link)):
        if secret is not None and out.resolve() in (secret.resolve(), *secret.resolve().parents):
            stop(f"{name} would lie among the de-identified records, {secret}: keep it elsewhere")
    if link is not None and link.exists():
        stop(f"{link} is there already: name a new file")
    registry = read(path)
    rules = Rules(shift, relative, BirthDates(birth), Oldest(over_89), keep_laboratories, title)
    found = _deidentified(registry, key_file, new_key, rules)
    try:
        with working(f"Writing {out}"):
            found.registry.write(out, "parquet" if parquet else "csv")
            if report is not None:
                write_csv(found.done, report)
            if link is not None:
                link.touch(mode=0o600)
                write_csv(found.link, link)
    except (OSError, ValueError) as error:
        stop(error)
    _say(registry, found, out, as_json)


def _deidentified(registry: Registry, key_file: Path, new: bool, rules: Rules) -> Deidentified:
    from tenfold.records.deidentify import deidentify as run
    from tenfold.records.pseudonyms import new_key, read_key

    try:
        key = new_key(key_file) if new else read_key(key_file)
        with working("De-identifying"):
            return run(registry, key, rules)
    except FileExistsError:
        stop(f"{key_file} is there already: leave out --new-key to use it, or name another file")
    except FileNotFoundError as error:
        stop(f"the key's folder {key_file.parent} is not there: make it first" if new else error)
    except (OSError, ValueError) as error:
        stop(error)


def _say(registry: Registry, found: Deidentified, out: Path, as_json: bool) -> None:
    patients = registry.patient_ids().height
    if as_json:
        print_json({"patients": patients, "done": found.done.to_dicts(), "notes": list(found.notes), "out": str(out)})
        return
    console: Any = console_for()
    console.print(f"{patients} patients de-identified in {out}.", markup=False)
    for name, column, what, cells, changed in found.done.iter_rows():
        console.print(f"  {name}.{column}: {what}; {changed} of {cells} cells changed", markup=False)
    for note in found.notes:
        console.print(f"Note: {note}", markup=False)
    console.print(
        "Note: read a part of what was written before it leaves the house. A rare course may still point to one person."
    )
