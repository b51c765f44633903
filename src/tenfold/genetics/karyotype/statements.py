"""Free text around a karyotype, in German and English: what it states, and what only fills the cell.

Understood: that the culture failed or was not done, a normal or complex karyotype, an abnormality named in words ("Inversion
16", "Monosomie 7", "5q-Deletion", "PML-RARA positive"), and which of these is denied. A negation covers its clause. What is
not understood is a comment and makes nothing unknown.
"""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import resources
from typing import Any

from tenfold.genetics.karyotype.abnormalities import SYMBOLS, Abnormality, Kind
from tenfold.genetics.karyotype.bands import CHROMOSOMES, Breakpoint
from tenfold.genetics.karyotype.elements import read_element
from tenfold.genetics.karyotype.scanning import Reader, squeezed

WORDS: dict[str, Any] = tomllib.loads(
    resources.files("tenfold.genetics.karyotype").joinpath("words.toml").read_text("utf-8")
)
KINDS = {stem: Kind(kind) for stem, kind in WORDS["kinds"].items()}
SHORT_KINDS = {word: Kind(kind) for word, kind in WORDS["short_kinds"].items()}
NEGATIVE = frozenset(WORDS["negative"])
FILLING = frozenset(WORDS["filling"])
FUSIONS = {frozenset(genes.split()): notation for genes, notation in WORDS["fusions"].items()}


class Says(StrEnum):
    """What a statement says."""

    ABNORMALITY = "abnormality"
    COMPLEX = "complex"
    NORMAL = "normal"
    FAILED = "failed"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True)
class Statement:
    """Something stated in words rather than in ISCN. Its abnormality is uncertain where the words are."""

    says: Says
    text: str
    position: int
    abnormality: Abnormality | None = None


def statements(text: str, position: int, *, whole: bool) -> tuple[Statement, ...]:
    """Return what free text states. `whole`: there is nothing but free text, so that a bare "na" has its meaning."""
    bare = text.strip(" ,;()[]").lower()
    if whole and bare in WORDS["not_done_whole"]:
        return (Statement(Says.NOT_DONE, text.strip(), position),)
    if whole and bare in WORDS["normal_whole"]:
        return (Statement(Says.NORMAL, text.strip(), position),)
    found: list[Statement] = []
    denied = False
    clauses = _clauses(text)
    for (start, end), (after, last) in itertools.zip_longest(clauses, clauses[1:], fillvalue=(0, 0)):
        clause = text[start:end]
        alone = _is_bare(clause)
        # "kein Nachweis von t(8;21), inv(16)": a list goes on under the negation before it.
        denied = _denies(clause) or (denied and alone and text[:start].rstrip()[-1:] in (",", ";"))
        said = _clause(clause, position + start, denied=denied)
        if alone and not denied and _denies(text[after:last]):
            # "t(8;21), inv(16) negativ": the negation behind a list may mean all of it.
            said = [_made_uncertain(one) for one in said]
        found.extend(said)
    return tuple(found)


def _denies(clause: str) -> bool:
    return any(word in NEGATIVE for word in _words(clause.lower()))


def _is_bare(clause: str) -> bool:
    """Whether a clause names abnormalities and says nothing about them."""
    words = [word for word in _words(clause.lower()) if word.isalpha() and word not in FILLING]
    return not any(len(word) > 2 and _kind(word) is None and word not in SYMBOLS for word in words)


def _made_uncertain(one: Statement) -> Statement:
    return replace(one, abnormality=replace(one.abnormality, uncertain=True)) if one.abnormality else one


def _clauses(text: str) -> list[tuple[int, int]]:
    """Part a text at full stops, commas and contrasts; not within numbers (`11.2`, `8;21`) or brackets."""
    cuts = [0]
    depth = 0
    lower = text.lower()
    for at, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        ends_here = at + 1 >= len(text) or not text[at + 1].isdigit()
        if (letter in ".;,!" and depth <= 0 and ends_here) or (
            letter == " " and any(lower.startswith(word, at) for word in WORDS["contrast"])
        ):
            cuts.append(at + 1)
    return [(start, end) for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True) if text[start:end].strip()]


def _clause(text: str, position: int, *, denied: bool) -> list[Statement]:
    lower = f" {text.lower()} "
    words = _words(lower)
    said = text.strip(" .,;()")
    if _holds(lower, "not_done"):
        return [Statement(Says.NOT_DONE, said, position)]
    abnormal = _holds(lower, "abnormal")
    if _holds(lower, "failed") or (denied and _holds(lower, "yield") and not abnormal):
        return [Statement(Says.FAILED, said, position)]
    doubtful = _holds(lower, "doubtful")
    found: list[Statement] = []
    if not denied:
        named = [replace(one, uncertain=one.uncertain or doubtful) for one in _abnormalities(text, position)]
        found.extend(Statement(Says.ABNORMALITY, said, position, one) for one in named)
        if _begins(words, "complex") and not doubtful:
            found.append(Statement(Says.COMPLEX, said, position))
    normal = _begins(words, "normal")
    if (normal and not denied) or (denied and abnormal and not normal):
        found.append(Statement(Says.NORMAL, said, position))
    return found


def _holds(lower: str, phrases: str) -> bool:
    return any(phrase in lower for phrase in WORDS[phrases])


def _begins(words: list[str], stems: str) -> bool:
    return any(word.startswith(stem) for stem in WORDS[stems] for word in words)


def _words(lower: str) -> list[str]:
    return [word.strip(".,;:()[]!?'") for word in lower.split()]


def _abnormalities(text: str, position: int) -> list[Abnormality]:
    found = _in_notation(text, position)
    words = _words(text.lower())
    for at, word in enumerate(words):
        kind = _kind(word)
        made = _named(kind, words, at) if kind else _hyphenated(word)
        if made is not None and not any(one.kind is made.kind and one.chromosomes == made.chromosomes for one in found):
            found.append(replace(made, text=text.strip(), position=position))
    found.extend(replace(one, text=text.strip(), position=position) for one in _fusions(text.lower()))
    return found


def _kind(word: str) -> Kind | None:
    short = SHORT_KINDS.get(word.rstrip("0123456789pqxy;/-"))
    return short or next((kind for stem, kind in KINDS.items() if word.startswith(stem)), None)


def _in_notation(text: str, position: int) -> list[Abnormality]:
    """Find abnormalities in ISCN among words: a symbol with its bracket, `+8`, `-7`, `5q-`."""
    found: list[Abnormality] = []
    at = 0
    while at < len(text):
        before = text[at - 1] if at else " "
        sign = text[at] in "+-" and before in " (,;:" and text[at + 1 : at + 2].isdigit()
        if not before.isalnum() and (sign or _symbol_at(text, at) or _arm_at(text, at)):
            reader = squeezed(text[at:], position + at)
            made = read_element(reader)
            if made is not None:
                found.append(made)
                at = reader.where(reader.pos - 1) - position + 1
                continue
        at += 1
    return found


def _symbol_at(text: str, at: int) -> bool:
    letters = ""
    while at < len(text) and (text[at].isalpha() or text[at] == " ") and len(letters) < 7:
        letters += text[at].lower().strip()
        at += 1
    return letters in SYMBOLS and text[at : at + 1] == "("


def _arm_at(text: str, at: int) -> bool:
    """`5q-`, `17p-`, but not `5q-Deletion`, which the words tell."""
    digits = text[at : at + 2].rstrip("pqPQ ")
    after = at + len(digits)
    if digits not in CHROMOSOMES or text[after : after + 1].lower() not in ("p", "q"):
        return False
    return text[after + 1 : after + 2] == "-" and not text[after + 2 : after + 3].isalnum()


def _named(kind: Kind, words: list[str], at: int) -> Abnormality | None:
    """Read the chromosomes that stand after a word such as "Inversion", within it ("inv16") or before it ("7q Deletion")."""
    for after in words[at + 1 : at + 6]:
        if after not in FILLING:
            made = _of(kind, after)
            if made is not None:
                return made
            break
    stem = words[at].rstrip("0123456789pqxy;/-")
    inside = _of(kind, words[at].removeprefix(stem))
    if inside is not None or kind is not Kind.DELETION:
        return inside
    return _of(kind, words[at - 1]) if at else None


def _hyphenated(word: str) -> Abnormality | None:
    """`5q-Deletion`, `7q-Verlust`."""
    name, hyphen, rest = word.partition("-")
    kind = _kind(rest) if hyphen else None
    return _of(kind, name) if kind else None


def _of(kind: Kind, word: str) -> Abnormality | None:
    names = word.strip("-.:").replace("/", ";").removeprefix("t(").strip("()").split(";")
    chromosomes: list[str] = []
    breaks: list[Breakpoint] = []
    for name in names:
        number = name.replace("q", "p").partition("p")[0].upper().rstrip("+-")
        if number not in CHROMOSOMES:
            return None
        chromosomes.append(number)
        arm = next((letter for letter in name if letter in "pq"), None)
        if arm:
            breaks.append(Breakpoint(number, arm))
    if (kind is Kind.TRANSLOCATION) != (len(chromosomes) > 1):
        return None
    if kind is Kind.LOSS and breaks:
        kind = Kind.DELETION
    sign = {Kind.GAIN: 1, Kind.LOSS: -1}.get(kind, 0)
    return Abnormality(kind, tuple(chromosomes), tuple(breaks), sign)


def _fusions(lower: str) -> list[Abnormality]:
    for joint in ("::", "--", "/", "_"):
        lower = lower.replace(joint, "-")
    found = []
    for word in lower.split():
        parts = [part.strip(".,;:()[]'") for part in word.split("-")]
        for pair in itertools.pairwise(parts):
            notation = FUSIONS.get(frozenset(pair))
            made = notated(notation) if notation else None
            if made is not None:
                found.append(made)
    return found


def notated(notation: str) -> Abnormality | None:
    """Read an abnormality of the word list."""
    return read_element(Reader(notation, range(len(notation))))
