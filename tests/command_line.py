"""The command line in the tests' own process: what a user would read, without starting Python for each command."""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from tenfold.cli import app


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def tenfold(*arguments: object, cwd: Path | None = None) -> Said:
    """Run a command; a fault of the program is raised as it is."""
    with chdir(cwd or Path.cwd()):
        ran = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return Said(ran.exit_code, ran.stdout, ran.stderr)
