"""Named settings: every number that a centre may change, with its unit, its source and whether that source was read."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One number or word with its unit and source. `verified` is False where the source was not read in the original."""

    name: str
    value: Any
    unit: str
    meaning: str
    source: str
    verified: bool
    words: tuple[str, ...] = ()
    low: float = 0.0
    high: float = float("inf")

    def refuse(self, value: Any) -> str | None:
        """Why a value cannot stand here, in words; None if it can."""
        if self.words:
            return None if value in self.words else f"must be one of {', '.join(self.words)}"
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            least = f"{self.low:g} or more" if math.isinf(self.high) else f"from {self.low:g} to {self.high:g}"
            return f"must be a number of {self.unit}, {least}"
        if math.isinf(value):
            return f"must be a finite number of {self.unit}"
        if isinstance(self.value, int) and value != int(value):
            return f"must be a whole number of {self.unit}"
        return None


@dataclass(frozen=True)
class Alignment:
    """How one laboratory's levels are read on another's scale: times `factor`; and the source of that factor.

    `marker` and `assay` limit it to one (None: any). `aligned_to` is "laboratory" or "laboratory: assay".
    """

    laboratory: str
    aligned_to: str
    factor: float
    source: str
    marker: str | None = None
    assay: str | None = None


@dataclass(frozen=True)
class Settings:
    """The settings in force: `settings["mrd.low_level_below"]` is the value, `entries` hold the whole.

    `alignments`: between laboratories, as a centre supplies them; there are none by default.
    """

    entries: Mapping[str, Setting]
    alignments: tuple[Alignment, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.entries[name].value

    def changed(self, **values: Any) -> Settings:
        """Return settings with some values replaced; names are written with "__" for the dot. KeyError when unknown."""
        return self._with({name.replace("__", "."): value for name, value in values.items()}, "this call")

    def read(self, path: str | Path) -> Settings:
        """Return settings changed by a centre's TOML file of `[section]` and `name = value`; KeyError when unknown.

        `[[alignment]]` entries (laboratory, aligned_to, factor, source, perhaps marker and assay) align laboratories.
        """
        return self.with_sections(parsed(Path(path).read_text("utf-8-sig")), str(path))

    def with_sections(self, sections: dict[str, Any], origin: str) -> Settings:
        """Return settings changed by the parsed sections of a TOML file; see `read`. `origin` becomes their source."""
        sections = dict(sections)
        entries = sections.pop("alignment", [])
        if not isinstance(entries, list):
            raise ValueError(f"alignments stand under [[alignment]], each in a section of its own, not as {entries!r}")
        alignments = tuple(_alignment(entry) for entry in entries)
        for section, items in sections.items():
            if not isinstance(items, dict):
                raise ValueError(f"{section} stands alone; write it under a section, e.g. [mrd]")
        values = {f"{section}.{name}": value for section, items in sections.items() for name, value in items.items()}
        return replace(self._with(values, origin), alignments=(*self.alignments, *alignments))

    def _with(self, values: Mapping[str, Any], origin: str) -> Settings:
        for name, value in values.items():
            if name not in self.entries:
                raise KeyError(f"{name} is not a setting; there are {', '.join(sorted(self.entries))}")
            if reason := self.entries[name].refuse(value):
                raise ValueError(f"{name} {reason}, not {value!r}")
        changed = {name: replace(self.entries[name], value=value, source=origin) for name, value in values.items()}
        return replace(self, entries={**self.entries, **changed})


def parsed(text: str) -> dict[str, Any]:
    """The sections of a TOML file that somebody wrote by hand. ValueError with the line and what to write instead."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = text.splitlines()[int(at[1]) - 1].strip() if at else ""
        comma = re.search(r"=\s*([+-]?\d+),(\d+)", line)
        remedy = (
            f"numbers have a decimal point: write {comma[1]}.{comma[2]}"
            if comma
            else 'write it as name = 3.5 or name = "text"'
        )
        raise ValueError(
            f"line {at[1]}, {line!r}, cannot be read; {remedy}" if at else f"the file cannot be read: {error}"
        ) from error


def _alignment(entry: Any) -> Alignment:
    """One alignment from a file. ValueError in words for what is missing or cannot stand."""
    needed, may = {"laboratory", "aligned_to", "factor", "source"}, {"marker", "assay"}
    if not isinstance(entry, dict) or not needed <= set(entry) <= needed | may:
        raise ValueError(
            f"[[alignment]] needs {', '.join(sorted(needed))} and may have marker and assay; it has {entry!r}"
        )
    factor = entry["factor"]
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < float("inf"):
        raise ValueError(f"[[alignment]] factor must be a number above 0, not {factor!r}")
    if not str(entry["source"]).strip():
        raise ValueError("[[alignment]] source must say where the factor comes from")
    return Alignment(**{**entry, "factor": float(factor)})


def _shipped() -> Settings:
    texts = (resources.files("tenfold").joinpath(name).read_text("utf-8") for name in ("settings.toml", "assay.toml"))
    return Settings(
        {
            f"{section}.{name}": Setting(f"{section}.{name}", **{**fields, "words": tuple(fields.get("words", ()))})
            for text in texts
            for section, items in tomllib.loads(text).items()
            for name, fields in items.items()
        }
    )


DEFAULTS = _shipped()
"""The settings as shipped."""
