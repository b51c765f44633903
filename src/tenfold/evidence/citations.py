"""Citations and licences: what each row of the library rests on, and what may be quoted of it.

A study's own report and the paper in which its numbers were read are two things: a row names both. Papers whose numbers
are recomputed stand in `library.papers`, the others in `data/citations.toml`; a key is looked up in both.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tenfold.evidence.library import papers

LONGEST_QUOTE = 15
"""Words of the longest quotation shown."""


@dataclass(frozen=True)
class Citation:
    """How a report is cited; its doi where one was read; `seen`: the paper in whose reference list it was read."""

    key: str
    citation: str
    doi: str | None = None
    seen: str | None = None


@dataclass(frozen=True)
class Licence:
    """Under which licence the paper that was read stands, and whether a short quotation of it may be shown."""

    paper: str
    licence: str
    quotable: bool


def data(name: str) -> dict[str, Any]:
    """Return a data file of the library, parsed anew."""
    return tomllib.loads(resources.files("tenfold.evidence").joinpath("data", name).read_text("utf-8"))


@cache
def citations() -> dict[str, Citation]:
    """Every citation by key. ValueError if a key stands in both files, as one of them would hide the other."""
    found = {key: Citation(key, paper.citation, paper.doi, key) for key, paper in papers().items()}
    for key, fields in data("citations.toml").items():
        if key in found:
            raise ValueError(f"citations.toml: {key} stands in papers.toml too; leave it out here")
        seen = None if fields["from"] == "none" else fields["from"]
        found[key] = Citation(key, fields["citation"], fields.get("doi"), seen)
    return found


def cited(key: str) -> str:
    """Return a citation in words, with its doi where known. KeyError with the key if there is none."""
    found = citations()[key]
    return found.citation if found.doi is None else f"{found.citation}, doi {found.doi}"


@cache
def licences() -> dict[str, Licence]:
    """The licences of what was read, by key of the paper; "secondary" for reports that came second hand."""
    return {key: Licence(key, **fields) for key, fields in data("licences.toml").items()}
