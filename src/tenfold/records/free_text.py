"""What is kept of free text when records are de-identified: words of a list, in their places, and nothing else.

A word that is not listed becomes [withheld], a number becomes #, the signs between them stay. Answers that look for words
(febrile neutropenia, the reason of a changed dose) therefore find in what is left exactly what they found before: the list
holds every word that they look for, and of an unlisted word the parts that they look for are kept. The placeholder is a
word of its own, so that two listed words never come to stand side by side that did not before.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from tenfold.records.identifying import looks_like
from tenfold.records.shape import Kind, Table

WITHHELD = "[withheld]"
NUMBER = "#"
POLICIES = ("kept", "words", "pseudonym", "emptied")


@cache
def _policy() -> dict[str, Any]:
    return tomllib.loads(resources.files("tenfold.records").joinpath("deidentification.toml").read_text("utf-8"))


@cache
def known_words() -> frozenset[str]:
    """The words that are kept of free text, in small letters; parts of a word with a hyphen are words, too."""
    words = _policy()["vocabulary"]["words"].split()
    return frozenset(part for word in words for part in word.split("-"))


@cache
def known_parts() -> tuple[str, ...]:
    """The parts of words that answers look for, the longest first."""
    return tuple(sorted(_policy()["vocabulary"]["parts"], key=len, reverse=True))


def policy_of(table: Table, column: str) -> str:
    """What becomes of a column of text: one of `POLICIES`. What is not named is emptied; names of genes, markers and drugs
    are kept where they are known (`kept_names`).
    """
    if table[column].kind in (Kind.GENE, Kind.MARKER, Kind.DRUGS):
        return "kept"
    told = _policy()
    return next((policy for policy in POLICIES if column in told[policy].get(table.name, ())), "emptied")


def known_words_of(text: str) -> str:
    """A text in which only listed words, parts of words that answers look for, and signs are left."""
    found: list[str] = []
    word = ""
    for letter in f"{text}\0":
        if letter.isalpha():
            word += letter
            continue
        if word:
            found.append(_kept_of(word))
            word = ""
        if letter.isnumeric():
            if not found or found[-1] != NUMBER:
                found.append(NUMBER)
        elif letter != "\0":
            found.append(letter if letter.isascii() and letter.isprintable() else "_")
    return "".join(found).strip()


def _kept_of(word: str) -> str:
    small = word.lower()
    if small in known_words():
        return word
    parts: list[str] = []
    for part in known_parts():
        if part in small and not any(part in longer for longer in parts):
            parts.append(part)
    return " ".join(sorted(parts, key=small.index)) or WITHHELD


def kept_text(text: str) -> str:
    """A text of a kept column: as it is, or cut down to known words where it looks as if it named a person."""
    return known_words_of(text) if looks_like(text) else text
