"""Everything in the data files whose source nobody here has read in the original."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from generate.markdown import cell, page, table
from tenfold.catalogue import QUESTIONS
from tenfold.evidence.errata import errata

NAMES = ("id", "name", "model", "marker", "drug", "gene", "title", "system", "code", "about", "band", "key")
VALUES = ("value", "dose", "threshold", "factor", "weight", "text", "note", "meaning", "groups", "display")
SOURCES = ("source", "citation")


@dataclass(frozen=True)
class Doubt:
    """One entry of a data file that is marked as not verified."""

    file: str
    name: str
    says: str
    source: str


@cache
def doubts() -> tuple[Doubt, ...]:
    """Every entry marked `verified = false`, in the order of the files."""
    root = Path(str(resources.files("tenfold")))
    found = []
    for path in sorted(root.rglob("*.toml")):
        for keys, entry in _marked(tomllib.loads(path.read_text("utf-8")), ()):
            named = next((str(entry[name]) for name in NAMES if name in entry), "")
            says = "; ".join(_said(entry[name]) for name in VALUES if name in entry)
            unit = f" {entry['unit']}" if "value" in entry and entry.get("unit") else ""
            if unit and not isinstance(entry["value"], str):
                says = says.replace(str(entry["value"]), f"{entry['value']}{unit}", 1)
            source = next((str(entry[name]) for name in SOURCES if name in entry), "")
            name = ".".join(keys) if not named or named in keys else f"{'.'.join(keys)}: {named}"
            found.append(Doubt(str(path.relative_to(root)), name, says, source))
    return tuple(found)


def _said(value: Any) -> str:
    return ", ".join(f"{key} {item}" for key, item in value.items()) if isinstance(value, dict) else str(value)


def _marked(node: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(node, dict):
        if node.get("verified") is False:
            yield keys, node
        for key, child in node.items():
            yield from _marked(child, (*keys, key))
    elif isinstance(node, list):
        for child in node:
            yield from _marked(child, keys)


def unverified_section() -> str:
    """The lists for the safety page: data by file, and the definitions of which something was not verified."""
    files = dict.fromkeys(doubt.file for doubt in doubts())
    parts = [f"{len(doubts())} entries of {len(files)} data files are marked `verified = false`."]
    for file in files:
        rows = [(f"`{d.name}`", d.says, d.source) for d in doubts() if d.file == file]
        # A list this long is folded: it is there to be looked up, and counted above.
        parts.append(
            f"<details><summary><code>{cell(file)}</code>: {len(rows)}</summary>\n\n"
            f"{table(('entry', 'what it says', 'source'), rows)}\n\n</details>"
        )
    said = [question for question in QUESTIONS if question.unverified]
    named = [(f"[{q.name}](reference/definitions/{q.key.replace('_', '-')}.md)", q.unverified) for q in said]
    return page(
        *parts,
        f"{len(said)} definitions say with every answer that something in them was not verified:",
        table(("definition", "what was not verified"), named),
    ).rstrip()


def errata_section() -> str:
    """The mistakes that were mended in released definitions."""
    rows = [(f"{e.definition} ({e.edition})", e.was, e.now, e.concerns, e.mended_in, e.date) for e in errata()]
    told = table(("definition", "it answered", "it answers now", "whom it concerns", "right from", "found"), rows)
    return told or "None is known. An edition never changes silently: a mended one would stand here."
