"""Converting another system's tables by a mapping file, and drafting one: what `tenfold convert` calls for --mapping and --guess."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.shared import stop, working

if TYPE_CHECKING:
    from tenfold.exchange.converted import Converted

MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping", help="A mapping file (TOML): which columns are which (docs/how-to/map-your-own-table.md)."
    ),
]
GuessOption = Annotated[
    bool,
    typer.Option(
        "--guess", help="Write a first draft of a mapping to OUT, for a person to correct; no record is read."
    ),
]


def read_mapped(path: Path, mapping: Path) -> Converted:
    """Read a file or folder by a mapping, or stop with every mistake of the mapping."""
    from tenfold.exchange.mapping import read_with

    try:
        with working(f"Reading {path}"):
            return read_with(mapping, path)
    except (OSError, ValueError) as error:
        stop(error)


def write_draft(path: Path, out: Path) -> None:
    """Write the draft of a mapping for a file or folder, and say what is left to be said."""
    from tenfold.exchange.mapping.draft import draft
    from tenfold.exchange.mapping.unread import NOT_LOOKED_AT

    try:
        with working(f"Reading {path}"):
            text = draft(path)
        if "[[table]]" not in text:
            stop(f"{path}: no table could be read for a draft, and none was written: {_why(path)}")
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        stop(f"{out} is there already and may hold a person's work: name another file")
    except (OSError, ValueError) as error:
        stop(error)
    tables, open_lines = text.count("[[table]]"), text.count("TO BE SAID") - 1
    typer.echo(f"Written: {out}, a draft with {tables} tables; {open_lines} lines are marked TO BE SAID.")
    for one in text.splitlines():
        if NOT_LOOKED_AT in one and one.startswith("# "):
            typer.echo(one.removeprefix("# "))
    typer.echo(f"Read every line and correct it, then: tenfold convert {path} OUT --mapping {out}")


def _why(path: Path) -> str:
    from tenfold.exchange.unrecognised import reason

    return "its files hold none" if path.is_dir() else reason(path)
