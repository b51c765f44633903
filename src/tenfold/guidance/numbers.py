"""Data files of this room: numbers in the form of ``settings.toml``, and lists of entries, each with its source."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from tenfold.settings import Setting, Settings


def read_file(file: str) -> dict[str, Any]:
    """Return the parsed content of a TOML file beside this module."""
    return tomllib.loads(resources.files("tenfold.guidance").joinpath(file).read_text("utf-8"))


def read_numbers(file: str) -> Settings:
    """Return the numbers of a data file, each with its source; lists of entries are left."""
    return Settings(
        {
            f"{section}.{name}": Setting(f"{section}.{name}", **fields)
            for section, items in read_file(file).items()
            if isinstance(items, dict)
            for name, fields in items.items()
            if isinstance(fields, dict) and "value" in fields
        }
    )
