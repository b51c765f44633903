"""What the cells of a column look like: dates and in which order, numbers and their signs, karyotypes, variants, genes, few words.

Only for drafting a mapping; nothing here is used when records are read. Traps: 03/05/2024 fits two orders, and no share of
values decides between them; what fits one order and what fits the other may stand in one column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tenfold.exchange.mapping.cells import Cell
from tenfold.exchange.mapping.days import read_day
from tenfold.records.lexicon import genes

FORMATS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d%b%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d.%m.%y",
    "%m.%d.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d-%b-%y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
)
MOST_LOOKED_AT = 5000
MOST_WORDS = 25
ENOUGH = 0.8
"""The share of the filled cells that must look alike."""
MOSTLY = 0.6
"""The same for dates, of which some may be impossible."""
FOR_NOT_KNOWN = frozenset(
    [
        "na",
        "n/a",
        "n.a.",
        "nan",
        "nd",
        "n.d.",
        "nk",
        "unknown",
        "unk",
        "unbekannt",
        "missing",
        "fehlt",
        "k.a.",
        "ka",
        "keine angabe",
        "inconnu",
        "nc",
        "non connu",
        "sconosciuto",
        "desconocido",
        "null",
        ".",
        "?",
        "not known",
        "not done",
        "n. a.",
        "#n/a",
    ]
)


@dataclass(frozen=True, slots=True)
class Contents:
    """A column's cells.

    `words`: the distinct values with how often each stands there, where they are few; `day_formats`: the formats that fit,
    more than one where the order cannot be told; `is_day`: the file itself calls its cells dates; `decimal`: the sign before
    the decimals of numbers; `looks`: "dates", "numbers", "karyotypes", "HGVS c.", "HGVS p.", "genes", "words", "text" or
    "nothing"; `not_known`: what seems to be written for not known.
    """

    filled: int
    looks: str
    words: tuple[tuple[str, int], ...] = ()
    day_formats: tuple[str, ...] = ()
    is_day: bool = False
    decimal: str = "."
    low: float | None = None
    high: float | None = None
    examples: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()


def look(cells: Iterable[Cell]) -> Contents:
    """Look at the cells of a column."""
    values = [cell for cell in cells if cell is not None][:MOST_LOOKED_AT]
    days = sum(isinstance(value, date) for value in values)
    texts = Counter(str(value) for value in values if not isinstance(value, date))
    blank = tuple(sorted(text for text in texts if text.casefold() in FOR_NOT_KNOWN))
    said = Counter({text: count for text, count in texts.items() if text not in blank})
    examples = tuple(said)[:3]
    if days:
        return Contents(len(values), "dates", is_day=True, not_known=blank)
    if not said:
        return Contents(len(values), "nothing", not_known=blank)
    words = tuple(said.most_common(MOST_WORDS)) if len(said) <= MOST_WORDS else ()
    formats = _formats(said)
    if formats:
        return Contents(len(values), "dates", words, formats, examples=examples, not_known=blank)
    for looks, test in (
        ("karyotypes", _is_karyotype),
        ("HGVS c.", _is_coding),
        ("HGVS p.", _is_protein),
        ("genes", _is_gene),
    ):
        if _share(said, test) >= ENOUGH:
            return Contents(len(values), looks, words, examples=examples, not_known=blank)
    numbers = [(text, _number(text)) for text in said]
    read = [number for _, number in numbers if number is not None]
    if sum(said[text] for text, number in numbers if number is not None) >= ENOUGH * said.total():
        comma = any("," in text for text, number in numbers if number is not None)
        decimal = "," if comma and not any("." in text for text in said) else "."
        return Contents(len(values), "numbers", words, (), False, decimal, min(read), max(read), examples, blank)
    return Contents(len(values), "words" if words else "text", words, examples=examples, not_known=blank)


def _formats(said: Counter[str]) -> tuple[str, ...]:
    """The formats that fit most; several where one value fits two orders and none settles it, or where values disagree."""
    fits = {one: {text for text in said if read_day(text, (one,), 1950)} for one in FORMATS}
    best = max(fits.values(), key=len)
    if sum(said[text] for text in best) < MOSTLY * said.total():
        return ()
    found = [one for one in FORMATS if fits[one] == best]
    missed = set(said) - best
    # A value that only another order fits casts doubt on the one that fits most.
    found += [one for one in FORMATS if one not in found and fits[one] & missed and fits[one] & best]
    return tuple(found)


def is_spreadsheet_day(contents: Contents) -> bool:
    """Whether all numbers of a column could be a spreadsheet's days of 1950 to 2100."""
    low, high = contents.low, contents.high
    return contents.looks == "numbers" and low is not None and high is not None and low >= 18_264 and high <= 73_415


def _share(said: Counter[str], test: object) -> float:
    assert callable(test)
    return sum(count for text, count in said.items() if test(text)) / said.total()


def _is_karyotype(text: str) -> bool:
    number, comma, rest = text.partition(",")
    chromosomes = number.replace("~", "").replace("-", "").replace("<", "").split("n>")[0].split("n")[0]
    return bool(comma) and chromosomes.isdigit() and rest.lstrip(" -?")[:1] in ("X", "Y", "x", "y")


def _is_coding(text: str) -> bool:
    return text.rpartition(":")[2].startswith("c.")


def _is_protein(text: str) -> bool:
    return text.rpartition(":")[2].startswith("p.")


def _is_gene(text: str) -> bool:
    return text in genes()


def _number(text: str) -> float | None:
    bare = text.lstrip("<>=≤≥~ ").rstrip(" %")
    try:
        number = float(bare.replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None
