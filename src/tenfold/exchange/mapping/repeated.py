"""Headers that repeat by visit (npm1_c1, npm1_c2) or by gene (NPM1, FLT3, TP53), found for the draft of a mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenfold.exchange.mapping.guesses import known_headers, plain
from tenfold.exchange.mapping.plan import VISIT
from tenfold.records.lexicon import genes

COUNTED = frozenset(
    [
        "c",
        "cycle",
        "zyklus",
        "z",
        "cyc",
        "v",
        "visit",
        "visite",
        "visita",
        "m",
        "month",
        "monat",
        "mois",
        "t",
        "tp",
        "d",
        "day",
        "tag",
        "j",
        "jour",
        "fu",
        "w",
        "week",
        "woche",
        "follow",
        "kontrolle",
    ]
)
NAMED = frozenset(
    [
        "baseline",
        "screening",
        "dx",
        "eot",
        "eoi",
        "diag",
        "diagnosis",
        "diagnose",
        "followup",
        "relapse",
        "rezidiv",
        "cr1",
        "cr2",
        "bl",
        "scr",
    ]
)


@dataclass(frozen=True, slots=True)
class Repeated:
    """Headers that are one name with a visit in it: the name with `{visit}` -> the visits, as they stand in the headers."""

    template: str
    visits: tuple[str, ...]

    @property
    def stem(self) -> str:
        """The name without the visit and the sign beside it."""
        return self.template.replace(VISIT, "").strip(" _-.:")

    def header(self, visit: str) -> str:
        """The header of a visit."""
        return self.template.replace(VISIT, visit)


def by_visit(headers: Sequence[str]) -> tuple[Repeated, ...]:
    """The headers that stand once for each of several visits."""
    found: dict[str, list[str]] = {}
    for header in headers:
        if plain(header) in known_headers() or header.upper() in genes():
            continue
        for start, end in _visits_in(header):
            template = header[:start] + VISIT + header[end:]
            found.setdefault(template, []).append(header[start:end])
    wide = [Repeated(template, tuple(visits)) for template, visits in found.items() if len(set(visits)) > 1]
    taken: set[str] = set()
    kept = []
    for one in sorted(wide, key=lambda one: (-len(one.visits), -len(one.template))):
        mine = {one.header(visit) for visit in one.visits}
        if not mine & taken:
            taken |= mine
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: headers.index(one.header(one.visits[0]))))


def by_gene(headers: Sequence[str]) -> tuple[Repeated, ...]:
    """The headers that name a gene each, with the same words beside it."""
    found: dict[str, list[str]] = {}
    for header in headers:
        for part in header.replace("-", "_").replace(" ", "_").replace(".", "_").split("_"):
            if part in genes():
                rest = header.replace(part, VISIT, 1)
                if plain(rest.replace(VISIT, "")) in (
                    "",
                    "mut",
                    "mutation",
                    "mutated",
                    "status",
                    "mutationstatus",
                    "mutiert",
                ):
                    found.setdefault(rest, []).append(part)
                break
    return tuple(Repeated(template, tuple(names)) for template, names in found.items())


def _visits_in(header: str) -> list[tuple[int, int]]:
    """Where a visit may stand in a header: the last part, or the first."""
    spans = _parts(header)
    if len(spans) < 2:
        return []
    found = []
    for first, last in ((-2, -1), (-1, -1), (0, 1), (0, 0)):
        if (first, last) in ((-2, -1), (0, 1)) and len(spans) < 3:
            continue
        start, end = spans[first][0], spans[last][1]
        words = [header[a:b].casefold() for a, b in (spans[first:] if first < 0 else spans[: last + 1])]
        joined = "".join(words)
        if len(words) == 2 and not (words[0] in COUNTED and words[1].isdigit()):
            continue
        letters = joined.rstrip("0123456789")
        number = joined[len(letters) :]
        if joined in NAMED or (len(number) <= 3 and number and (letters in COUNTED or not letters)):
            found.append((start, end))
    return found[:1]


def _parts(header: str) -> list[tuple[int, int]]:
    """The parts of a header between signs; a number that ends a single word is a part of its own (MRD1)."""
    spans, start = [], None
    for position, letter in enumerate(f"{header} "):
        if letter.isalnum():
            start = position if start is None else start
        elif start is not None:
            spans.append((start, position))
            start = None
    if len(spans) == 1:
        a, b = spans[0]
        letters = header[a:b].rstrip("0123456789")
        if letters and len(letters) < b - a:
            return [(a, a + len(letters)), (a + len(letters), b)]
    return spans
