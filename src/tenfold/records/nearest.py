"""The nearest known word: what was probably meant. Only ever a suggestion; nothing is mapped by it."""

from collections.abc import Iterable
from difflib import get_close_matches

import polars as pl

MANY = 2000


def bare(word: str) -> str:
    """A word without case, blanks and punctuation, by which spellings of one word agree."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that is most like ``word``, or None when none is like it."""
    by_bare: dict[str, str] = {}
    for candidate in known:
        by_bare.setdefault(bare(candidate), candidate)
    found = get_close_matches(bare(word), by_bare, n=1, cutoff=cutoff)
    return by_bare[found[0]] if found else None


def nearest_patient(patient_id: str, known: pl.Series) -> str | None:
    """The known patient id that is most like ``patient_id``.

    A registry may hold a million, so likely ones are sought first.
    """
    length = len(patient_id)
    alike = known.filter(known.str.len_chars().is_between(max(0, length - 2), length + 2))
    while alike.len() > MANY and patient_id:
        narrower = alike.filter(alike.str.starts_with(patient_id[: max(1, length - 2)]))
        if narrower.len():
            alike = narrower
            break
        length -= 1
        if length < 3:
            break
    return nearest(patient_id, alike.head(MANY).to_list(), cutoff=0.3)


def one_slip(a: str, b: str) -> bool:
    """Whether one letter more, one less, one other, or two neighbours swapped turn ``a`` into ``b``."""
    if a == b or abs(len(a) - len(b)) > 1:
        return a == b
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    if len(a) != len(b):
        return rest_a[1:] == rest_b or rest_a == rest_b[1:]
    return rest_a[1:] == rest_b[1:] or (rest_a[1::-1] == rest_b[:2] and rest_a[2:] == rest_b[2:])
