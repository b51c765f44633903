"""`tenfold --version`: which Tenfold this is; with `--verbose`, which editions and data its answers come from."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Annotated

import typer

import tenfold

LIBRARIES = ("polars", "numba", "numpy", "scipy", "survival")
"""What the answers are computed with."""
ROOMS_WITH_DATA = ("risk", "mrd", "guidance", "genetics", "evidence", "worklist", "cohort")
SHORT = 12


def said(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="With --version: editions, data, settings and libraries, too.")
    ] = False,
) -> None:
    """Print the version, where it is asked for, and stop."""
    if verbose and not version:
        raise typer.BadParameter("--verbose goes with --version", param_hint="--verbose")
    if version:
        for line in lines() if verbose else [f"tenfold {tenfold.__version__}"]:
            typer.echo(line)
        raise typer.Exit


def lines() -> Iterator[str]:
    """The version, the libraries, each definition with its edition and fingerprint, each data file, settings and errata."""
    from tenfold.catalogue import FOLDS, GROUPS
    from tenfold.evidence.errata import errata
    from tenfold.logic.fingerprint import fingerprint
    from tenfold.mrd.editions import editions
    from tenfold.settings import DEFAULTS

    yield f"tenfold {tenfold.__version__}"
    yield f"Python {platform.python_version()}; " + ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    yield "\nDefinitions (name, edition, fingerprint)"
    for group, questions in GROUPS.items():
        yield f"  {group}"
        for question in questions:
            yield f"    {question.name:42} {question.edition:50} {fingerprint(question)}"
    for fold in FOLDS:
        yield f"  {fold.name}: {', '.join(editions())}"
    yield "\nData (file, the beginning of its SHA-256)"
    for path, digest in data_files():
        yield f"    {path:42} {digest}"
    unverified = [one.name for one in DEFAULTS.entries.values() if not one.verified]
    yield f"\nSettings: {len(DEFAULTS.entries)}, of which {len(unverified)} were not verified in their source"
    yield from (f"    {name}" for name in unverified)
    yield "\nErrata" + ("" if errata() else ": none")
    for one in errata():
        yield f"    {one.definition} ({one.edition}), mended in {one.mended_in}: {one.was} -> {one.now} ({one.concerns})"


def data_files() -> Iterator[tuple[str, str]]:
    """Every data file that a definition reads, by its path in the package, with the beginning of its digest."""
    package = resources.files("tenfold")
    for name in ("settings.toml", "assay.toml"):
        yield name, _digest(package.joinpath(name))
    for room in ROOMS_WITH_DATA:
        yield from _within(package.joinpath(room), room)


def _within(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _within(one, f"{path}/{one.name}")
        elif one.name.endswith(".toml"):
            yield f"{path}/{one.name}", _digest(one)


def _digest(file: Traversable) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:SHORT]
