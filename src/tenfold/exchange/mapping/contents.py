"""What the cells of a column look like: dates and in which order, numbers and their signs, karyotypes, variants, genes, few words.

Only for drafting a mapping; nothing here is used when records are read. Traps: 03/05/2024 fits two orders, and no share of
values decides between them; what fits one order and what fits the other may stand in one column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tenfold.exchange.mapping.days import read_day
from tenfold.exchange.mapping.held import Cell, Held, How, unusable
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
    the decimals of numbers, empty where it may as well stand between thousands; `signs`: those in its numbers that are text; `signed`: two such numbers;
    `percent_signs`: numbers with a percent sign in the cell; `percentages`: cells of a workbook that are shown as percentages; `others`: numbers that are not; `spoilt`: cells that hold errors and the like; `looks`: "dates", "numbers", "karyotypes", "HGVS c.", "HGVS p.", "genes", "words", "text" or
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
    signs: frozenset[str] = frozenset()
    signed: tuple[str, ...] = ()
    percentages: int = 0
    percent_signs: int = 0
    others: int = 0
    spoilt: int = 0

    def beside(self, signs: frozenset[str]) -> Contents:
        """The same where the numbers of other columns have these signs: another sign there casts doubt on the one here."""
        return replace(self, decimal="") if self.signs and signs - self.signs else self


def look(cells: Iterable[Cell]) -> Contents:
    """Look at the cells of a column."""
    values = [cell for cell in cells if cell is not None][:MOST_LOOKED_AT]
    usable = [cell for cell in values if not (isinstance(cell, Held) and unusable(cell))]
    shown = sum(isinstance(cell, Held) and cell.how is How.PERCENTAGE for cell in usable)
    written = dict.fromkeys(cell for cell in usable if isinstance(cell, str) and _number(cell) is not None)
    signed = [text for text in written if "." in text or "," in text]
    return replace(
        _look(usable),
        filled=len(values),
        decimal=_decimal(signed),
        signs=frozenset(sign for text in signed for sign in ".," if sign in text),
        signed=tuple(signed[:2]),
        percentages=shown,
        percent_signs=sum(
            isinstance(cell, str) and cell.endswith("%") and _number(cell) is not None for cell in usable
        ),
        others=sum(not isinstance(cell, date) and _number(str(cell)) is not None for cell in usable) - shown,
        spoilt=len(values) - len(usable),
    )


def _decimal(signed: list[str]) -> str:
    """The sign before the decimals of numbers that have one; empty where it cannot be told: 120.000 may be 120 thousand."""
    if signed and (all(map(_in_thousands, signed)) or len({"," in text for text in signed}) > 1):
        return ""
    return "," if any("," in text for text in signed) else "."


def _in_thousands(text: str) -> bool:
    """Whether the signs of a number may stand between thousands."""
    first, *groups = _bare(text).lstrip("+-").replace(",", ".").split(".")
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in groups) and "".join((first, *groups)).isdigit()


def _look(values: Sequence[Cell]) -> Contents:
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
        return Contents(len(values), "numbers", words, (), False, ".", min(read), max(read), examples, blank)
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
    bare = _bare(text).replace(",", ".")
    if bare.count(".") > 1 and _in_thousands(bare):
        bare = bare.replace(".", "")
    try:
        number = float(bare)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _bare(text: str) -> str:
    return text.lstrip("<>=≤≥~ ").rstrip(" %")
