"""The parts that every card is made of: its text in Markdown, its uuid, its source, its links and the reasons to put it aside.

What comes from records is escaped: a regimen or a sample's name is never a link, an image or a page's code. A uuid is a keyed
hash of whom a card is about, the day and what it says, so that the same statement has the same uuid on that day, and that
without the key nobody can learn from it whom it is about.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from tenfold.evidence.citations import citations
from tenfold.service.cds_hooks.configuration import Configuration
from tenfold.service.cds_hooks.messages import (
    MOST_SUMMARY,
    Card,
    Coding,
    Indicator,
    Link,
    OverrideReason,
    Source,
    Suggestion,
)

TOPIC = "urn:tenfold:cds-hooks:topic"
OVERRIDE = "urn:tenfold:cds-hooks:override"
NEVER = "Decision support for professionals. It shows what the records and the sources say; it places no order."
REASONS = (
    ("known", "Already known and acted on"),
    ("elsewhere", "It is being done elsewhere"),
    ("records", "The record that it rests on is wrong or incomplete"),
    ("not-applicable", "It does not apply to this patient"),
    ("patient", "The patient decided otherwise"),
    ("judgement", "Clinical judgement differs"),
)
_SPECIAL = str.maketrans({char: f"\\{char}" for char in r"\`*_[]<>~|&"})


def escaped(text: str) -> str:
    """A text as Markdown that shows just this text: no markup, no link, no line of its own."""
    said = " ".join(text.translate(_SPECIAL).replace("://", ":\\//").replace("www.", "www\\.").split())
    number = said.lstrip("0123456789")
    if number[:1] in (".", ")") and number != said:
        return f"{said[: len(said) - len(number)]}\\{number}"
    return f"\\{said}" if said[:1] in ("#", "+", "-", "=") else said


def shortened(text: str, most: int = MOST_SUMMARY) -> str:
    """A sentence of at most so many characters, cut between words."""
    said = " ".join(text.split())
    if len(said) <= most:
        return said
    cut = said[: most - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:(") + "…"


@dataclass(frozen=True)
class Line:
    """A line of a card's detail and the source that it is from."""

    text: str
    source: str | None = None


@dataclass(frozen=True)
class Statement:
    """What a card says, before it is made one: `kind` is its topic."""

    kind: str
    indicator: Indicator
    summary: str
    sections: tuple[tuple[str, tuple[Line, ...]], ...]
    source: str
    agree: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


TITLES = {
    "molecular-state": "Molecular state",
    "samples": "MRD samples",
    "risk": "Risk models",
    "options": "Options",
    "stopping": "Stopping venetoclax",
    "missing": "What is missing",
    "venetoclax": "Venetoclax and other medicines",
}


def page_lines(page: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Lines of the tumour board's page with their sources."""
    sources = {one["number"]: one["source"] for one in page["sources"]}
    return tuple(Line(one["text"], sources.get(one["cite"])) for one in lines)


def markdown(sections: Sequence[tuple[str, Sequence[Line]]]) -> str:
    """Sections as Markdown, each line with the number of its source, and the sources at the end."""
    numbers: dict[str, int] = {}
    blocks = []
    for title, lines in sections:
        said = []
        for line in lines:
            cite = f" \\[{numbers.setdefault(line.source, len(numbers) + 1)}\\]" if line.source else ""
            said.append(f"- {escaped(line.text)}{cite}")
        if said:
            blocks.append("\n".join([f"**{escaped(title)}**", "", *said] if title else said))
    if numbers:
        blocks.append("\n".join(["**Sources**", "", *(f"{n}. {escaped(one)}" for one, n in numbers.items())]))
    return "\n\n".join([*blocks, f"*{NEVER}*"])


def made(statement: Statement, about: Configuration, whom: str, day: date, service: str) -> Card:
    """The card of a statement about somebody (`whom`: never sent, never kept) on a day."""
    detail = markdown(statement.sections)
    summary = shortened(statement.summary)
    said = (service, whom, day.isoformat(), statement.kind, statement.indicator, summary, detail)
    title = TITLES[statement.kind]
    url = doi_of(statement.source) or about.about_url
    agree = tuple(Suggestion(label=label, uuid=_uuid(about, *said, label)) for label in statement.agree)
    links = (*_links(about), *statement.links)
    return Card(
        uuid=_uuid(about, *said),
        summary=summary,
        indicator=statement.indicator,
        detail=detail,
        source=Source(
            label=shortened(f"Tenfold, by {statement.source}", 120),
            url=url,
            topic=Coding(code=statement.kind, system=TOPIC, display=title),
        ),
        suggestions=agree or None,
        selectionBehavior="any" if agree else None,
        overrideReasons=tuple(OverrideReason(code=code, system=OVERRIDE, display=said) for code, said in REASONS),
        links=links or None,
    )


def _uuid(about: Configuration, *said: str) -> UUID:
    """A version 8 UUID (RFC 9562: its bits are our own) of a keyed hash of what is said."""
    # The length of each part stands before it, so that no two lists of parts run together alike.
    text = "".join(f"{len(part)}:{part}" for part in said)
    bits = bytearray(hmac.new(about.secret, text.encode(), hashlib.sha256).digest()[:16])
    bits[6] = bits[6] & 0x0F | 0x80
    bits[8] = bits[8] & 0x3F | 0x80
    return UUID(bytes=bytes(bits))


def _links(about: Configuration) -> tuple[Link, ...]:
    found = []
    if about.smart_launch_url:
        found.append(Link(label="Open the patient page of Tenfold", url=about.smart_launch_url, type="smart"))
    if about.evidence_url:
        found.append(Link(label="The evidence that Tenfold holds", url=about.evidence_url, type="absolute"))
    return tuple(found)


@cache
def doi_of(source: str) -> str | None:
    """The address of a paper whose doi is known, by the citation that a source begins with."""
    return next(
        (f"https://doi.org/{one.doi}" for one in citations().values() if one.doi and source.startswith(one.citation)),
        None,
    )
