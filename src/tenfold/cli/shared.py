"""What the commands share: options, reading, progress, and how they stop."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from tenfold.assessment import Assessment
    from tenfold.records import Registry
    from tenfold.settings import Settings

FAULTS, USAGE = 1, 2
BATCH = 10_000


def records_at(path: Path) -> Path:
    """Where records lie: the path, or the published patients of that name (thol-2024, tiong-2021) where nothing is there."""
    if path.exists():
        return path
    from tenfold.exchange.published import COHORTS, PATIENTS

    return PATIENTS / path.name if str(path) in COHORTS else path


PathArgument = Annotated[
    Path,
    typer.Argument(
        help="A folder of tables (CSV or Parquet), one file a table, or any format of `tenfold convert`; or thol-2024 or"
        " tiong-2021, the published patients.",
        callback=records_at,
    ),
]
OnOption = Annotated[
    str | None,
    typer.Option("--on", help="Answer as of this day, seeing only what was known by it: 2024-05-03, or a day number."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
SettingsOption = Annotated[
    Path | None,
    typer.Option("--settings", help="A TOML file that changes named settings, e.g. [mrd] low_level_below = 1.0"),
]


EditionOption = Annotated[
    str | None,
    typer.Option("--edition", help="Whose definition of molecular relapse: ELN-MRD-2018, ELN-MRD-2021, FILO-2025 ..."),
]


HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write the report, one self-contained page, here.")]


def stop(message: str | Exception, code: int = USAGE) -> NoReturn:
    """Say on stderr what is wrong, and exit."""
    typer.echo(f"tenfold: {message if isinstance(message, str) else in_words(message)}", err=True)
    raise typer.Exit(code)


def in_words(error: Exception) -> str:
    """What an error says, without the system's number and quotes: "there is no file or folder study.toml"."""
    if isinstance(error, OSError) and error.filename is not None:
        missing = isinstance(error, FileNotFoundError)
        return f"there is no file or folder {error.filename}" if missing else f"{error.filename}: {error.strerror}"
    return str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)


def console_for(stderr: bool = False) -> Any:
    """A console for output, or for what goes beside it."""
    from rich.console import Console

    # Off a terminal nothing is folded to 80 columns, unless COLUMNS says how wide.
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160
    return Console(stderr=stderr, highlight=False, width=wide)


@contextmanager
def working(message: str) -> Iterator[None]:
    """Show on a terminal that long work goes on."""
    console = console_for(stderr=True)
    if console.is_terminal:
        with console.status(message):
            yield
    else:
        yield


@contextmanager
def counted(message: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal; gives what is called with how much is done."""
    from rich.progress import Progress

    with Progress(console=console_for(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(message, total=total)
        yield lambda done: progress.update(task, completed=done)


def read(path: Path) -> Registry:
    """Read records, or stop with what is wrong with the path."""
    from tenfold.exchange.formats import open_records

    try:
        with working(f"Reading {path}"):
            return open_records(records_at(path)).registry
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        stop(error)


def read_settings(path: Path | None) -> Settings:
    """The settings with a centre's file, or stop with what is wrong in it."""
    from tenfold.settings import DEFAULTS

    try:
        return DEFAULTS if path is None else DEFAULTS.read(path)
    except OSError as error:
        stop(error)
    except (KeyError, ValueError) as error:
        stop(f"{path}: {error.args[0]}")


def with_edition(settings: Settings, name: str | None) -> Settings:
    """The settings under another edition, or stop naming those there are."""
    from tenfold.mrd.editions import editions
    from tenfold.records.nearest import nearest

    if name is None:
        return settings
    if name not in editions():
        near = nearest(name, editions())
        hint = f"; did you mean {near}?" if near else ""
        stop(f"no edition of molecular relapse is called {name} (there are {', '.join(editions())}){hint}")
    return settings.changed(mrd__edition=name)


def day_of(text: str | None, registry: Registry) -> int | None:
    """A day of the registry's own axis from what the user typed."""
    if text is None:
        return None
    if registry.axis == "relative":
        try:
            return int(text)
        except ValueError:
            stop(f"--on {text}: these records count days; give a day number such as 120")
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError:
        stop(f"--on {text}: {_no_date(text)}")


def _no_date(text: str) -> str:
    """What is wrong with a date, and the one that was probably meant."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return "there is no such day"
    for form in ("%d.%m.%Y", "%Y/%m/%d"):
        with suppress(ValueError):
            return f"write the date as {datetime.strptime(text, form).date().isoformat()}"
    return "write the date as 2024-05-03"


def say_faults(registry: Registry) -> int:
    """Tell on stderr that records have faults; return the exit code."""
    faults = registry.check()
    if not faults.height:
        return 0
    rows = registry.set_aside.height
    typer.echo(
        f"tenfold: {faults.height} fault{'s' * (faults.height > 1)} in the records, {rows} row{'s' * (rows != 1)} set aside;"
        " the rest is used. `tenfold check` names each.",
        err=True,
    )
    return FAULTS


def print_json(data: Any) -> None:
    """Print plain data as JSON."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def refuse_unwritable(folder: Path, what: str) -> None:
    """Stop before long work, not after it, where a folder cannot be written: a file has its name, or it is somebody else's."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        stop(f"{what} cannot be written: {there} is a file, not a folder")
    if not os.access(there, os.W_OK):
        stop(f"{what} cannot be written: {there} is not yours to write to")


def write_report(page: str, path: Path) -> None:
    """Write a report, or stop with why it cannot be written."""
    from tenfold.reports.page import write_page

    try:
        write_page(page, path)
    except OSError as error:
        stop(f"the report cannot be written: {error}")


def in_batches(registry: Registry, settings: Settings, on: int | None) -> Assessment:
    """Assess in batches of whole patients, with a progress bar on a terminal."""
    from rich.progress import Progress

    from tenfold.assessment import assess as run
    from tenfold.assessment import together

    patients = registry.patient_ids()["patient_id"]
    if len(patients) <= BATCH:
        with working(f"Assessing {len(patients)} patients"):
            return run(registry, settings, on).worked_out()
    parts = []
    with Progress(console=console_for(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Assessing patients", total=len(patients))
        for start in range(0, len(patients), BATCH):
            ids = patients.slice(start, BATCH)
            parts.append(run(registry.select(ids), settings, on).worked_out())
            progress.advance(task, len(ids))
    return together(parts)
