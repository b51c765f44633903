"""The editions of molecular relapse, as data: what each counts and how far its text was read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tenfold.logic.fold import NO, UNKNOWN, YES

CODES = {"no": NO, "yes": YES, "unknown": UNKNOWN}


@dataclass(frozen=True)
class Edition:
    """One edition: codes (no, yes, unknown) of what it counts; see `editions.toml` for each."""

    name: str
    conversion: int
    rise_from_low_level: int
    rise_known: int
    waiver: int
    low_level: str
    source: str
    verified: bool
    note: str


@cache
def editions() -> dict[str, Edition]:
    """Every edition by name."""
    text = resources.files("tenfold.mrd").joinpath("editions.toml").read_text("utf-8")
    coded = ("conversion", "rise_from_low_level", "rise_known", "waiver")
    made = {}
    for name, fields in tomllib.loads(text).items():
        plain: dict[str, Any] = {**fields, **{key: CODES[fields[key]] for key in coded}}
        made[name] = Edition(name, **plain)
    return made


def edition(name: str) -> Edition:
    """Return an edition; KeyError naming those there are."""
    if name not in editions():
        raise KeyError(f"{name} is not an edition; there are {', '.join(editions())}")
    return editions()[name]
