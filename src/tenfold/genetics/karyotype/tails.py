"""Sets apart what stands beside a karyotype: in situ hybridisation (`ish`, `nuc ish`) and free text.

A FISH tail is kept as it is. Of it, only a fusion (`RUNX1T1 con RUNX1`), a split (`5'CBFB sep 3'CBFB`) and a half that is
gone (`5'MLL-,3'MLL+`) are read: a fusion is stated, a split leaves open which partner it has, a lost half whether there is
one. Signal counts are left to the reader, for each laboratory has its own cut-offs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from tenfold.genetics.karyotype.abnormalities import SYMBOLS
from tenfold.genetics.karyotype.reading import header_ahead
from tenfold.genetics.karyotype.scanning import squeezed
from tenfold.genetics.karyotype.statements import FUSIONS, WORDS, Says, Statement, notated

NOTATION = frozenset(
    [
        "idem",
        "idemx",
        "slx",
        "sdlx",
        "pter",
        "qter",
        "cenh",
        "pstk",
        "psu",
        "cen",
        "mos",
        "chi",
        "inc",
        "var",
        "xpter",
        "xqter",
        "constitutional",
    ]
)
SHORTEST = 4
SHORT_WORDS = frozenset(WORDS["short"])


@dataclass(frozen=True, slots=True)
class Parts:
    """Which characters are ISCN, and the spans (start, end) of FISH and of free text."""

    iscn: frozenset[int]
    fish: tuple[tuple[int, int], ...]
    prose: tuple[tuple[int, int], ...]


def parted(text: str) -> Parts:
    """Part a cleaned text into ISCN, FISH and free text."""
    fish: list[tuple[int, int]] = []
    prose: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        if not text[at].isalpha():
            at += 1
            continue
        end = at
        while end < len(text) and text[end].isalpha():
            end += 1
        word = text[at:end].lower()
        if _is_fish(text, at, word):
            stop = _next_clone(text, at)
            start = text.lower().rfind("nuc", 0, at) if text[:at].lower().rstrip().endswith("nuc") else at
            fish.append((start, _cells_back(text, start, stop)))
            at = stop
        elif _is_prose(word):
            start = _sentence_start(text, at, prose[-1][1] if prose else 0)
            stop = _next_clone(text, end)
            prose.append((start, stop))
            at = stop
        else:
            at = end
    aside = {place for start, stop in (*fish, *prose) for place in range(start, stop)}
    return Parts(frozenset(range(len(text))) - aside, tuple(fish), tuple(prose))


def _is_fish(text: str, at: int, word: str) -> bool:
    if word.startswith("nucish"):
        return True
    rest = word.removeprefix("ish")
    return word.startswith("ish") and (not rest or rest in SYMBOLS) and (at == 0 or not text[at - 1].isalnum())


def _is_prose(word: str) -> bool:
    bare = word.lstrip("xy")
    if word in SHORT_WORDS:
        return True
    if len(word) < SHORTEST or len(bare) < 2 or word in NOTATION or bare in NOTATION or bare in SYMBOLS:
        return False
    # Glued notation: `idemdel`, `sldel`, `qdel` where a comma or bracket was left out.
    return not any(bare == head + symbol for head in ("idem", "sl", "sdl", "p", "q", "c", "psu") for symbol in SYMBOLS)


def _sentence_start(text: str, at: int, floor: int) -> int:
    """Step back over the words before the first one that was recognised as free text."""
    start = at
    while start > floor:
        before = start
        while before > floor and text[before - 1] == " ":
            before -= 1
        word = before
        while word > floor and text[word - 1] not in " ])":
            word -= 1
        token = text[word:before].lower().strip(".:;(-/?!,")
        plain = all(letter.isalpha() or letter in ".:;(-/?!" for letter in text[word:before])
        if not plain or (token and (not token.lstrip("xy") or token in NOTATION or token in ("sl", "sdl", "c", "cp"))):
            break
        if word == start or (word == before and before == start):
            break
        start = word
    return start


def _next_clone(text: str, start: int) -> int:
    """Return where the next clone begins, or the end of the text."""
    for at in range(start, len(text)):
        if (
            text[at].isdigit()
            and not text[at - 1].isalnum()
            and text[at - 1] not in ".;-~(,"
            and _header(text[at : at + 30])
        ):
            return at - 1 if text[at - 1] == "/" else at
    return len(text)


def _header(text: str) -> bool:
    return header_ahead(squeezed(text))


def _cells_back(text: str, start: int, stop: int) -> int:
    """Give a cell count behind a FISH tail back to its clone, where the clone has none of its own before it."""
    clone = text.rfind("/", 0, start) + 1
    last = text.rfind("[", start, stop)
    if "[" in text[clone:start] or last < 0 or not text[clone:start].strip():
        return stop
    inside = text[last + 1 : stop].rstrip(" ./").rstrip("]")
    return last if inside.removeprefix("cp").strip().isdigit() else stop


def fish_statements(text: str, position: int) -> tuple[Statement, ...]:
    """Return the fusions and splits that a FISH tail shows."""
    found: list[Statement] = []
    tokens = _tokens(text)
    for at, word in enumerate(tokens):
        if word not in ("con", "sep") or not 0 < at < len(tokens) - 1:
            continue
        first, second = _gene(tokens[at - 1]), _gene(tokens[at + 1])
        notation = (
            FUSIONS.get(frozenset({first, second}))
            if word == "con"
            else WORDS["splits"].get(first if first == second else "")
        )
        made = notated(notation) if notation else None
        if made is not None:
            found.append(Statement(Says.ABNORMALITY, f"{tokens[at - 1]} {word} {tokens[at + 1]}", position, made))
    found.extend(_halves(tokens, position))
    return tuple(found)


def _halves(tokens: list[str], position: int) -> Iterator[Statement]:
    """`5'MLL-,3'MLL+`, the other half nowhere: the gene is broken, and whether it is joined to another is not told."""
    kept: dict[str, set[str]] = {}
    for one, other in itertools.pairwise(tokens):
        if {one[:2], other[:2]} == {"5'", "3'"} and {one[-1], other[-1]} == {"+", "-"} and one[2:-1] == other[2:-1]:
            kept.setdefault(one[2:-1], set()).add(one[:2] if one[-1] == "+" else other[:2])
    for gene, halves in kept.items():
        notation = WORDS["splits"].get(gene) if len(halves) == 1 else None
        made = notated(f"?{notation.removeprefix('?')}") if notation else None
        if made is not None:
            yield Statement(Says.ABNORMALITY, f"half of {gene.upper()} is gone", position, made)


def _tokens(text: str) -> list[str]:
    for mark in "(),;[]/.":
        text = text.replace(mark, " ")
    return text.lower().split()


def _gene(token: str) -> str:
    """`5'MLL` and `3'MLLx2` are MLL."""
    name = token.removeprefix("5'").removeprefix("3'")
    head, times, count = name.rpartition("x")
    return head if times and count.replace("~", "").isdigit() and head else name
