"""The commands for REDCap: the data dictionary of a project for our records, and the records of such a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.shared import JsonOption, console_for, print_json, say_faults, stop, working

if TYPE_CHECKING:
    from tenfold.exchange.converted import Converted

app = typer.Typer(
    name="redcap",
    help="A REDCap project for these records: its data dictionary, and its records over the API.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("dictionary")
def redcap_dictionary(
    out: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    days: Annotated[
        bool, typer.Option("--days", help="Whole days since each patient's day 0 in place of dates.")
    ] = False,
) -> None:
    """Write the data dictionary to upload into an empty REDCap project."""
    from tenfold.exchange.redcap import repeating_forms, write_dictionary

    try:
        write_dictionary(out, "relative" if days else "calendar")
    except (OSError, ValueError) as error:
        stop(error)
    console: Any = console_for()
    console.print(f"Written: {out}. Upload it in REDCap under Data Dictionary.", markup=False)
    console.print("Then set these as repeating instruments, in the project's setup:", markup=False)
    console.print(f"  {', '.join(repeating_forms())}", markup=False)


@app.command("pull")
def redcap_pull(
    out: Annotated[Path, typer.Argument(help="An empty folder for the tables.")],
    url: Annotated[str, typer.Option("--url", help="The address of the API, which ends in /api/.")],
    token_env: Annotated[
        str | None, typer.Option("--token-env", help="The environment variable that holds the API token.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="A file that holds the API token and nothing else.")
    ] = None,
    certificates: Annotated[
        Path | None, typer.Option("--certificates", help="Authorities to trust, where the hospital has its own (PEM).")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what became of every field here, as CSV.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the records of a project that was made from the data dictionary, and write them as tables."""
    from tenfold.records.csv_out import write_csv
    from tenfold.reports.text import print_faults

    found = _fetched(url, _token(token_env, token_file), certificates)
    try:
        found.registry.write(out)
        if report is not None:
            write_csv(found.frame(), report)
    except (OSError, ValueError) as error:
        stop(error)
    rows = {name: frame.height for name, frame in sorted(found.registry.tables.items())}
    faults = found.registry.check().to_dicts()
    if as_json:
        fields = found.frame().to_dicts()
        print_json({"rows": rows, "fields": fields, "notes": list(found.notes), "faults": faults})
    else:
        console: Any = console_for()
        # The tables that are written hold no fault any more: this is the only time that they are told.
        print_faults(console, faults)
        told = ", ".join(f"{name} {height}" for name, height in rows.items())
        console.print(f"Fetched: {told}.", markup=False)
        for note in found.notes:
            console.print(f"Note: {note}", markup=False)
        console.print(f"Written as tables in {out}.", markup=False)
    raise typer.Exit(say_faults(found.registry))


def _token(variable: str | None, file: Path | None) -> str:
    from tenfold.exchange.redcap import token_from_environment, token_from_file

    if (variable is None) == (file is None):
        stop(
            "say where the API token is, by one of --token-env and --token-file; it is never typed on the command line"
        )
    try:
        return token_from_environment(variable) if variable is not None else token_from_file(file or Path())
    except (OSError, ValueError) as error:
        stop(error)


def _fetched(url: str, token: str, certificates: Path | None) -> Converted:
    from tenfold.exchange.redcap import pull

    try:
        with working("Fetching from REDCap"):
            return pull(url, token, certificates=certificates)
    except (OSError, ValueError, ImportError) as error:
        stop(error)
