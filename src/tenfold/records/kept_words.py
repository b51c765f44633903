"""What is kept of short texts from which answers are read (a regimen, a donor, a karyotype, HGVS) when records are de-identified.

Words of lists (`kept_words.toml`), of free text, of drugs, regimens and genes stay in their places; any other word becomes
[withheld], a number that may be of a date #. HGVS is kept token by token where it has its grammar, a karyotype letter by
letter where it has that of ISCN or words that are read around one (`karyotypes_kept`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tenfold.records.free_text import NUMBER, WITHHELD, known_parts, known_words
from tenfold.records.karyotypes_kept import karyotype_kept
from tenfold.records.lexicon import drug_aliases, drugs, gene_aliases, genes, regimens

SPAN = "0123456789./-"
"""What a date of digits is made of."""
RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
THREE = "Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Sec|Ser|Thr|Trp|Tyr|Val|Ter|Xaa|Stop"
REFERENCE = r"(?:(?:(?:NM|NP|NR|NG|NC|XM|XP)_\d{3,9}(?:\.\d{1,2})?|ENS[TPG]\d{11}(?:\.\d{1,2})?|LRG_\d{1,4}(?:[tp]\d)?)(?:\((?P<of>[A-Z][A-Z0-9-]{1,9})\))?|(?P<gene>[A-Z][A-Z0-9-]{1,9})):"
REFERENCE_ALONE = r"(?:NM|NP)_\d{3,9}(?:\.\d{1,2})?"
PLACE = r"[-*]?\d{1,6}(?:[+-]\d{1,6})?"
BASES = "(?:[ACGTUNacgtun]{1,200}|\\d{1,4})"
CODING = rf"\(?{PLACE}(?:_{PLACE})?\)?(?:[ACGTN]{{0,200}}(?:>|=)[ACGTN]{{0,200}}|delins{BASES}|del{BASES}?ins{BASES}|(?:del|dup|inv){BASES}?|ins{BASES}|=)\)?"
ONE = rf"(?:{THREE}|[{RESIDUES}X*])"
MORE = rf"(?:(?:{THREE})+|[{RESIDUES}X*]{{1,100}}|\d{{1,3}})"
PROTEIN = rf"\(?(?:{ONE}\d{{1,5}}(?:_{ONE}\d{{1,5}})?(?:{ONE}?fs(?:(?:Ter|\*|X)>?(?:\d{{1,4}}|\?)?)?|delins{MORE}|del|dup{MORE}?|ins{MORE}|>?{ONE}|{ONE}?ext{MORE}?-?\d{{0,4}}|_splice|{ONE}|=|%3D|\?)?|\d{{1,5}}(?:_\d{{1,5}})?(?:del|dup|ins{MORE})|\?|0\??|=)\)?"
LONGEST_VARIANT, LONGEST_DATE = 300, 12
"""Letters: a cell may be long, and what looks at it must not take its length squared."""
OF_GENES = ("assay", "kind", "method")
VARIANT = re.compile(
    rf"[({{\[]*(?:{REFERENCE})?(?:(?:c\.)?{CODING}|(?:p\.)?{PROTEIN}|[cp]\.|{REFERENCE_ALONE})[)\]}},;]*", re.IGNORECASE
)
CHANGED_RESIDUE = re.compile(rf"[{RESIDUES}]\d{{1,4}}[{RESIDUES}*X]?")
MIXED = re.compile(r"([^\W\d_]+)(\d{1,3})([^\W\d_]*)")


@dataclass(frozen=True, slots=True)
class Kept:
    """One list of what is kept."""

    words: frozenset[str]
    phrases: tuple[str, ...]
    stems: tuple[str, ...]
    parts: tuple[str, ...]
    numbers: bool


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files("tenfold.records").joinpath("kept_words.toml").read_text("utf-8"))


@cache
def _names() -> frozenset[str]:
    """The words of drugs and regimens, in small letters."""
    said = (*drugs(), *drug_aliases(), *regimens())
    parts = {part for one in said for part in (one.lower(), *re.split(r"[\W_]+", one.lower()))}
    return frozenset(part for part in parts if part and not part.isnumeric())


@cache
def _genes() -> frozenset[str]:
    return frozenset(one.lower() for one in (*genes(), *gene_aliases()))


@cache
def listed(name: str) -> Kept:
    """A list of `kept_words.toml`, with the words of free text and of drugs and regimens, or of genes."""
    said = _data()["lists"].get(name, {})
    words = said.get("words", "").split()
    own = frozenset(part for word in words for part in (word, *word.split("-")))
    return Kept(
        own | known_words() | (_genes() if name in OF_GENES else _names()),
        tuple(sorted(said.get("phrases", ()), key=len, reverse=True)),
        tuple(said.get("stems", ())),
        (*known_parts(), *said.get("parts", ())),
        said.get("numbers", False),
    )


def keeper_of(table: str, column: str) -> Callable[[str], str]:
    """What cuts the texts of a kept column down; a column that is in no list keeps the words of free text alone."""
    name = _data()["of"].get(f"{table}.{column}", "plain")
    if name == "hgvs":
        return variant_kept
    if name == "iscn":
        return karyotype_kept
    kept = listed(name)
    return lambda text: words_kept(text, kept, residues=name in ("kind", "method"))


def variant_kept(text: str) -> str:
    """HGVS token by token: what has its grammar, or is a listed word, stays."""
    if _is_variant(text.strip()):
        return text
    kept = listed("kind")
    return "".join(
        token if not token.strip(" ;\t") or _is_variant(token) else words_kept(token, kept, residues=True)
        for token in re.split(r"([\s;]+)", text)
    ).strip()


def _is_variant(token: str) -> bool:
    found = VARIANT.fullmatch(token) if len(token) <= LONGEST_VARIANT else None
    return found is not None and all(one is None or one.lower() in _genes() for one in (found["gene"], found["of"]))


def words_kept(text: str, kept: Kept, *, residues: bool = False) -> str:
    """A text in which only listed words and phrases, short numbers where they are kept, and signs are left."""
    found: list[str] = []
    at = 0
    while at < len(text):
        phrase = _phrase_at(text, at, kept.phrases)
        if phrase:
            found.append(text[at : at + phrase])
            at += phrase
            continue
        if not text[at].isalnum():
            found.append(
                text[at] if text[at].isascii() and text[at].isprintable() else "_" if not text[at].isspace() else " "
            )
            at += 1
            continue
        end = at
        while end < len(text) and text[end].isalnum():
            end += 1
        found.append(_run_kept(text, at, end, kept, residues))
        at = end
    return "".join(found).strip()


def _phrase_at(text: str, at: int, phrases: tuple[str, ...]) -> int:
    """The length of the phrase that stands here by itself; 0 where none does."""
    if at and (text[at - 1].isalnum() or text[at - 1] in SPAN):
        return 0
    for phrase in phrases:
        end = at + len(phrase)
        if text[at:end].lower() == phrase and not (text[end : end + 1].isalnum() or text[end : end + 1] in tuple("/-")):
            return len(phrase)
    return 0


def _run_kept(text: str, start: int, end: int, kept: Kept, residues: bool) -> str:
    run = text[start:end]
    small = run.lower()
    if small in kept.words or (residues and CHANGED_RESIDUE.fullmatch(run)):
        return run
    if run.isnumeric():
        return run if kept.numbers and _counts(text, start, end) else NUMBER
    mixed = MIXED.fullmatch(run)
    if kept.numbers and mixed and {mixed[1].lower(), mixed[3].lower()} - {""} <= kept.words:
        return run
    return _parts_kept(small, kept)


def _parts_kept(small: str, kept: Kept) -> str:
    """What is kept of a word that is not listed: the beginning and the parts that answers look for."""
    stem = max((stem for stem in kept.stems if small.startswith(stem)), key=len, default="")
    parts: list[str] = []
    for part in sorted(kept.parts, key=len, reverse=True):
        if part in small and not any(part in longer for longer in (*parts, stem)):
            parts.append(part)
    return " ".join(filter(None, (stem, *sorted(parts, key=small.index)))) or WITHHELD


def _counts(text: str, start: int, end: int) -> bool:
    """Whether a number may stay: short, without a leading zero, and no part of what may be a date."""
    if end - start > 3 or not text[start:end].isascii() or (text[start] == "0" and end - start > 1):
        return False
    low, high = start, end
    while low > start - LONGEST_DATE and low and text[low - 1] in SPAN:
        low -= 1
    while high < end + LONGEST_DATE and high < len(text) and text[high] in SPAN:
        high += 1
    span = text[low:high].strip("./-")
    numbers = re.findall(r"\d+", span)
    return len(numbers) < 3 and not (len(numbers) == 2 and "/" in span) and all(len(one) < 4 for one in numbers)
