"""Abnormalities named in words or in notation among words: "Inversion 16", "5q-Deletion", "PML-RARA", `t(8;21)`.

A gene that is split or deleted is certain only where a share, a number of cells or "positive" stands with it. What nobody
names as a pair of known genes, a kind with its chromosome, or notation is no abnormality here.
"""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import replace
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
GENES = frozenset({*WORDS["splits"], *WORDS["lost"], *(gene for genes in WORDS["fusions"] for gene in genes.split())})
FUSIONS = {frozenset(genes.split()): notation for genes, notation in WORDS["fusions"].items()}
BY_WORD = (("transloka", "t"), ("transloca", "t"), ("inversion", "inv"), ("delet", "del"))


def holds(lower: str, phrases: str) -> bool:
    """Whether a text in lower case holds one of the phrases of the word list."""
    return any(phrase in lower for phrase in WORDS[phrases])


def begins(words: list[str], stems: str) -> bool:
    """Whether a word begins with one of the stems of the word list."""
    return any(word.startswith(stem) for stem in WORDS[stems] for word in words)


def words_of(lower: str) -> list[str]:
    """Return the words without the marks around them."""
    return [word.strip(".,;:()[]!?'") for word in lower.split()]


def abnormalities_in(text: str, position: int) -> list[Abnormality]:
    """Return the abnormalities a clause names, denied or not."""
    found = notations(_symbols_for_words(text), position)
    words = words_of(text.lower())
    for at, word in enumerate(words):
        kind = kind_of(word)
        made = _named(kind, words, at) if kind else _hyphenated(word)
        if made is not None and not any(one.kind is made.kind and one.chromosomes == made.chromosomes for one in found):
            found.append(replace(made, text=text.strip(), position=position))
    by_gene = (*_fusions(text.lower()), *_genes(words, certain=_status_of_gene(text)))
    found.extend(replace(one, text=text.strip(), position=position) for one in by_gene)
    return found


def _status_of_gene(text: str) -> bool:
    words = words_of(text.lower())
    return is_measured(text, f" {text.lower()} ") or any(
        word in (*WORDS["found"], *WORDS["found_weakly"]) for word in words
    )


def _genes(words: list[str], *, certain: bool) -> list[Abnormality]:
    """`TP53-Deletion`, `CBFB split`, `rearrangement of MLL`: certain where a share or "positive" stands with it."""
    found: list[Abnormality] = []
    parts = [part for word in words if word not in FILLING for part in word.split("-")]
    for at, part in enumerate(parts):
        near = [*parts[at + 1 : at + 2], *parts[max(at - 1, 0) : at]]
        tables = [table for one in near for stem, table in WORDS["gene_words"].items() if one.startswith(stem)]
        notation = next((WORDS[table][part] for table in tables if part in WORDS[table]), None)
        made = notated(notation) if notation else None
        if made is not None:
            found.append(replace(made, uncertain=made.uncertain or not certain))
    return found


def _symbols_for_words(text: str) -> str:
    """`Translokation (8;21)(q22;q22)` as `t(8;21)(q22;q22)`; the length stays."""
    letters = text
    start = 0
    for word in text.split(" "):
        symbol = next((symbol for stem, symbol in BY_WORD if word.lower().startswith(stem)), None)
        opening = start + len(word) + len(text[start + len(word) :]) - len(text[start + len(word) :].lstrip(" "))
        if symbol and letters[opening : opening + 1] == "(" and letters[opening + 1 : opening + 2].isdigit():
            letters = letters[:start] + symbol.rjust(opening - start) + letters[opening:]
        start += len(word) + 1
    return letters


def kind_of(word: str) -> Kind | None:
    """Return the kind of abnormality a word names, such as "Monosomie"."""
    short = SHORT_KINDS.get(word.rstrip("0123456789pqxy;/-"))
    return short or next((kind for stem, kind in KINDS.items() if word.startswith(stem)), None)


def notations(text: str, position: int) -> list[Abnormality]:
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
    kind = kind_of(rest) if hyphen else None
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


def is_measured(text: str, lower: str) -> bool:
    """Whether a share, a number of cells or a plus tells that it was seen."""
    counted = any(letter.isdigit() for letter in lower) and holds(lower, "cells")
    plus = any(word.rstrip(".,;:")[-1:] == "+" and len(word) > 1 for word in text.split())
    return "%" in text or plus or (counted and " in " in lower) or _bracketed_number(text)


def _bracketed_number(text: str) -> bool:
    inside = text.rpartition("[")[2].partition("]")[0]
    return "[" in text and inside.replace("/", "").strip().isdigit()
