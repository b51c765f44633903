"""What became of every column of every file, those that the mapping does not name among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tenfold.exchange.converted import Fate, Field
from tenfold.exchange.mapping.sources import Source, files_of, open_source, sheets_of
from tenfold.records.faults import Fault

Opened = tuple[str, str, int, str]
"""File, sheet, header row and encoding."""


def fields(
    sources: Iterable[Source], used: Mapping[tuple[str, str], Sequence[str]], left: Mapping[tuple[str, str], str]
) -> Iterator[Field]:
    """Each column of each source once: what it became, or why it was left. `used` and `left` are by source and column."""
    told: set[str] = set()
    for source in sources:
        if source.label in told:
            continue
        told.add(source.label)
        for position, name in enumerate(source.header):
            into = sorted(set(used.get((source.label, name), ())))
            filled = source.filled(position)
            if into:
                yield Field(source.label, name, Fate.MAPPED, ", ".join(into), filled=filled)
            else:
                why = left.get((source.label, name), "the mapping does not name it")
                yield Field(source.label, name, Fate.LEFT, note=why, filled=filled)


def other_sources(place: Path, opened: Iterable[Opened]) -> tuple[list[Source], list[str]]:
    """The files and sheets of the place that no table of a mapping names, and those of them that cannot be read, in words."""
    known = {(file, sheet) for file, sheet, _, _ in opened}
    named = {file for file, sheet in known if not sheet}
    found: list[Source] = []
    unread: list[str] = []
    for file in files_of(place):
        if file.name in named:
            continue
        for sheet in sheets_of(file) or [""]:
            if (file.name, sheet) in known:
                continue
            other = open_source(file, sheet)
            if isinstance(other, Fault):
                unread.append(f"not looked at: {other}")
            else:
                found.append(other)
    return found, unread
