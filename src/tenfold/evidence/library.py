"""The library of the literature: papers, their discrepancies and their printed numbers, read from the data files beside it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Kind = Literal["arithmetic", "printed twice", "citation", "other source"]


@dataclass(frozen=True)
class Paper:
    """A paper: how it is cited, and its doi where the paper itself was read with one."""

    key: str
    citation: str
    doi: str | None = None


@dataclass(frozen=True)
class Discrepancy:
    """A place where a paper disagrees with itself or with another source, and how Tenfold reads it.

    `known`: the other side is knowledge that was not read again in its source.
    """

    id: str
    paper: str
    where: str
    published: str
    against: str
    resolution: str
    kind: Kind
    known: bool = False


def data_file(*path: str) -> dict[str, Any]:
    """A data file of this room, read anew."""
    return tomllib.loads(resources.files("tenfold.evidence").joinpath(*path).read_text("utf-8"))


@cache
def papers() -> dict[str, Paper]:
    """The papers by key."""
    return {key: Paper(key, **fields) for key, fields in data_file("papers.toml").items()}


@cache
def discrepancies() -> dict[str, Discrepancy]:
    """The discrepancies by id, in their order."""
    return {row["id"]: Discrepancy(**row) for row in data_file("discrepancies.toml")["discrepancy"]}


def printed_numbers(paper: str) -> dict[str, Any]:
    """What a paper prints, by kind of number: a fresh copy, so that a caller may change it."""
    return data_file("printed", f"{paper}.toml")
