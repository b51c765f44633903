"""The known genes, drugs and words, with the other ways in which each is written.

``genes.csv`` (symbol, HGNC id where it was checked, other spellings), ``drugs.csv`` (generic name, brands
and abbreviations), ``regimens.csv`` (regimens often written where drugs are asked for) and ``words.csv``
(synonyms of the vocabulary). Other spellings only ever become a remedy; none is mapped, but for the sign between the two
genes of a known fusion (``fusions.csv``).
"""

import csv
from functools import cache
from importlib.resources import files

from tenfold.records.nearest import bare


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("tenfold.records") / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def genes() -> dict[str, str]:
    """HGNC symbol -> HGNC id ("" where it has not been checked)."""
    return {row["symbol"]: row["hgnc_id"] for row in _rows("genes.csv")}


@cache
def gene_aliases() -> dict[str, str]:
    """Another spelling of a gene, bare (see ``nearest.bare``) -> its symbol."""
    return {bare(other): row["symbol"] for row in _rows("genes.csv") for other in _others(row)}


@cache
def fusions() -> frozenset[str]:
    """The known fusions as HGNC writes them: RUNX1::RUNX1T1."""
    return frozenset(row["fusion"] for row in _rows("fusions.csv"))


@cache
def fusion_spellings() -> dict[str, str]:
    """A known fusion with another sign between its genes (RUNX1-RUNX1T1) -> the fusion.

    Only of known ones: NPM1/ABL1 is a quotient, and IDH1/IDH2 are two genes.
    """
    return {fusion.replace("::", sign): fusion for fusion in fusions() for sign in ("-", "--", "/", ":", "_")}


@cache
def drugs() -> frozenset[str]:
    """The generic names, in small letters."""
    return frozenset(row["drug"] for row in _rows("drugs.csv"))


@cache
def drug_aliases() -> dict[str, str]:
    """A brand name or abbreviation, bare -> the generic name."""
    return {bare(other): row["drug"] for row in _rows("drugs.csv") for other in _others(row)}


@cache
def regimens() -> dict[str, str]:
    """A regimen's name, bare (7+3 as it stands) -> the drugs in it."""
    rows = _rows("regimens.csv")
    return {row["regimen"] if "+" in row["regimen"] else bare(row["regimen"]): row["drugs"] for row in rows}


@cache
def synonyms(vocabulary: str) -> dict[str, str]:
    """For one vocabulary (``Tissue``): another word, without case -> the word of the vocabulary."""
    return {row["written"].casefold(): row["word"] for row in _rows("words.csv") if row["vocabulary"] == vocabulary}


def _others(row: dict[str, str]) -> list[str]:
    return [other for other in row["also_written"].split(";") if other]
