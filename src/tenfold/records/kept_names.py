"""What is kept of the names of genes, markers and drugs when records are de-identified: those that are known.

A name that is not known is kept on admission, and may be anybody's: a surname in capitals passes for a symbol, and any words for a
drug. A gene that is not known becomes a keyed pseudonym of the form of a symbol, the same in every column; of a drug that is not
known the words of regimens stay. So two that were not the same are not the same afterwards, and no row is lost.
"""

from __future__ import annotations

from tenfold.records.kept_words import listed, words_kept
from tenfold.records.lexicon import drugs, genes
from tenfold.records.names import CHANGES, FLOW
from tenfold.records.pseudonyms import pseudonym
from tenfold.records.shape import Kind

OF_A_DRUG = 8
"""Letters by which drugs are told apart that are not known."""


def name_kept(text: str, kind: Kind, key: bytes) -> str:
    """A gene symbol, a marker, or drugs joined by +, in which only known names are left."""
    if kind is Kind.DRUGS:
        return "+".join(_drug_kept(part, key) for part in text.split("+"))
    if kind is Kind.MARKER and text in CHANGES | FLOW:
        return text
    parts = text.split("::") if kind is Kind.MARKER else [text]
    return "::".join(part if part in genes() else f"G{pseudonym(key, 'gene', part)}" for part in parts)


def _drug_kept(part: str, key: bytes) -> str:
    if part in drugs():
        return part
    kept = words_kept(part, listed("regimen"))
    return part if kept == part else f"{kept} [{pseudonym(key, 'drug', part)[:OF_A_DRUG]}]"
