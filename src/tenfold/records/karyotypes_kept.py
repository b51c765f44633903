"""What is kept of a karyotype when records are de-identified: ISCN, and the words that are read around one.

A word that is neither is put out in its place by one that reads alike: "withheld" where it is free text, letters z where it is
so short that it would be taken for notation that cannot be read. So a karyotype says after it what it said before. Digits
of what may be a date or a number of a laboratory become 0. Coordinates of arrays stay.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from itertools import groupby

from tenfold.records.free_text import known_words
from tenfold.records.identifying import dates_in
from tenfold.records.lexicon import gene_aliases, genes

SYMBOLS = """
abn add and arr cen cgh chi chr con con constitutional cp cth cx del dels der dic dim dir dis dmin dn dup enh fem fib fra gain grch
hg hsr htz idem ider idic inc ins inv ish iso lep loss mal mar mat med min mos mut neo neocen nuc oom or pat pcc pcd pcp pepper ph
psu ptel pstk pter qdp qdq qr qter rac rcp rea rec ring rob rvs sce sct sdl sdlx sep seq sl slx spm spr sseq stem stk subtel
tan tas tel ter tr trc trp twin upd var wcp xma xpter xqter zyg idemx cenh der ctb cte cep lsi dz dxz dyz sry cepx cepy nk cn nka
trisomy trisomies monosomy monosomies tetrasomy deletion deletions inversion inversions translocation translocations insertion
chromosome chromosomes karyotype karyotypes karyotyp cytogenetics cytogenetic metaphase metaphases mitoses abnormality aberration
aberrations abnormalities hyperdiploid hypodiploid near tetraploid clone clones cell cells interphase nuclei result und mit bei der
die das im in trisomie monosomie translokation komplexer komplexe aberranter normaler chromosomen zellen metaphasen
na nd ka aml mds mpn cml apl cbf bm pb kb mb bac snp
"""
"""Symbols and abbreviations of ISCN (ISCN 2020: an international system for human cytogenomic nomenclature, Karger, chapter 3),
probes, and short words around karyotypes."""
SINGLE = frozenset("xypqctvirhdzg")
PROSE = 4
"""Letters from which a word that is no notation is read as free text (genetics.karyotype.tails)."""
LETTERS = re.compile(r"[^\W\d_]+")
LONG_NUMBER = re.compile(r"\d{4,}")
MONTH_AND_YEAR = re.compile(r"(?<![\w/\[(.~])0\d[./-]\d\d(?![\w/~])")
ARRAYS = re.compile(r"(?i)\barr\b|\barr[\[(]|grch|hg\d\d")


@cache
def _words() -> frozenset[str]:
    """Words of free text, of ISCN, of genes, and all that is looked for around a karyotype."""
    file = resources.files("tenfold").joinpath("genetics", "karyotype", "words.toml")
    said = LETTERS.findall(" ".join(_texts(tomllib.loads(file.read_text("utf-8")))).lower())
    named = LETTERS.findall(" ".join((*genes(), *gene_aliases())).lower())
    return frozenset((*said, *named, *SYMBOLS.split(), *known_words()))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in (str(key), *_texts(one))]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [str(value)]


@cache
def _stems() -> tuple[str, ...]:
    file = resources.files("tenfold").joinpath("genetics", "karyotype", "words.toml")
    said = {word for text in _texts(tomllib.loads(file.read_text("utf-8"))) for word in LETTERS.findall(text.lower())}
    return tuple(sorted((word for word in said if len(word) > 2), key=len, reverse=True))


@cache
def _glued() -> re.Pattern[str]:
    """Notation without the commas and brackets between: `XXdel`, `idemdel`, `pterqter`."""
    symbols = sorted((one for one in SYMBOLS.split() if len(one) > 2), key=len, reverse=True)
    return re.compile(f"(?:nuc)?(?:ish)?[xy]{{0,4}}(?:sl|sdl|idem|[pqct])?(?:{'|'.join(symbols)})?[xypqt]?")


def karyotype_kept(text: str) -> str:
    """A karyotype in which only notation, words that are read around it, and numbers of its grammar are left."""
    for start, end in dates_in(text):
        text = text[:start] + "".join("0" if one.isdigit() else one for one in text[start:end]) + text[end:]
    text = MONTH_AND_YEAR.sub(lambda found: _zeros(found.group()), text)
    if not ARRAYS.search(text):
        text = LONG_NUMBER.sub(lambda found: _zeros(found.group()), text)
    return LETTERS.sub(lambda found: _word_kept(found.group(), text[found.end() : found.end() + 1]), text)


def _zeros(text: str) -> str:
    return "".join("0" if letter.isdigit() else letter for letter in text)


def _word_kept(word: str, follows: str) -> str:
    small = word.lower()
    if small in _words() or (len(small) == 1 and small in SINGLE) or _glued().fullmatch(small):
        return word
    if small.endswith("x") and follows.isdigit():  # a count of signals: CBFBx2
        return _word_kept(word[:-1], "") + word[-1]
    covered = [False] * len(small)
    for stem in _stems() if len(small) >= PROSE else ():
        at = small.find(stem)
        while at >= 0:
            covered[at : at + len(stem)] = [True] * len(stem)
            at = small.find(stem, at + 1)
    if any(covered):  # what else there is of the word becomes one letter, so that it is no other word
        runs = groupby(zip(word, covered, strict=True), key=lambda one: one[1])
        return "".join("".join(letter for letter, _ in run) if kept else "z" for kept, run in runs)
    return "withheld" if len(small) >= PROSE else "z" * len(small)
