"""The line of a draft for one column: where it comes from, its unit, date format and codes, and why it was guessed.

What the file does not say stands there empty, with a remark: the reading of records refuses it until a person has said it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tenfold.exchange.mapping.cells import OF_COMPARATORS
from tenfold.exchange.mapping.contents import Contents, is_spreadsheet_day
from tenfold.exchange.mapping.days import EXCEL
from tenfold.exchange.mapping.guesses import LIKELY, PERHAPS, Guess, known_words
from tenfold.exchange.mapping.units import units
from tenfold.records.lexicon import drug_aliases, gene_aliases, genes
from tenfold.records.nearest import bare
from tenfold.records.shape import Column, Kind
from tenfold.records.tables import TABLES
from tenfold.vocabulary import Scale

HUNDRED = Decimal(100)
OF_ITSELF = ("years", "copies", "cells", "mg", "days", "months")
"""Units that need no laboratory's custom to be likely: an age of 67 is in years."""


@dataclass(frozen=True, slots=True)
class Line:
    """One column of ours in a draft: its TOML and a remark; `open` where something is left to be said."""

    column: str
    toml: str
    remark: str
    open: bool = False

    def __str__(self) -> str:
        said = f"TO BE SAID. {self.remark}" if self.open else self.remark
        return f"{self.column} = {self.toml}  # {remark(said)}"


def remark(text: str) -> str:
    """Text that may stand behind a # of TOML: one line, without what is not printed."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(texts: Iterable[str]) -> str:
    """A TOML list of strings."""
    return f"[{', '.join(map(quoted, texts))}]"


def constant(column: str, value: str, remark: str) -> Line:
    """A column with one value for every row; an empty one is left to be said."""
    return Line(column, f"{{ constant = {quoted(value)} }}", remark, not value)


def line(column: Column, source: str, contents: Contents, guess: Guess) -> Line:
    """The line of a column that `source` (a header, or a template of headers) seems to hold."""
    parts, remarks, left = [f"from = {quoted(source)}"], [f"{guess.sure}: {guess.reason}"], False
    if contents.spoilt:
        said = "cells with errors, formulas without a result or merged, whose rows are set aside"
        remarks.append(f"{said}: {contents.spoilt}")
    if column.kind is Kind.DATE:
        more, why, left = _days(contents)
    elif column.kind in (Kind.NUMBER, Kind.COUNT):
        more, why, left = _numbers(column, contents, guess.unit)
    elif column.kind in (Kind.WORD, Kind.YESNO):
        more, why, left = _words(column, contents)
    else:
        more, why = _names(column, contents), []
    return Line(column.name, f"{{ {', '.join([*parts, *more])} }}", "; ".join([*remarks, *why]), left)


def _days(contents: Contents) -> tuple[list[str], list[str], bool]:
    if contents.is_day:
        return [], ["its cells are dates of the workbook"], False
    if contents.looks == "numbers":
        if is_spreadsheet_day(contents):
            return (
                [f"date_format = {quoted(EXCEL)}"],
                [f"{PERHAPS}: numbers such as {contents.examples[0]} may be a spreadsheet's days"],
                False,
            )
        return ['date_format = ""'], [f"numbers such as {contents.examples[0]}: how they are days is not known"], True
    formats = contents.day_formats
    if formats == ("%Y-%m-%d",):
        return [], ["year-month-day"], False
    if len(formats) != 1:
        examples = " and ".join(contents.examples[:2])
        either = " or ".join(formats) or "none that is known"
        return ['date_format = ""'], [f"which comes first, day or month? {examples} fit {either}"], True
    more, why = (
        [f"date_format = {quoted(formats[0])}"],
        [f"no other order fits all of its values, such as {contents.examples[0]}"],
    )
    if "%y" in formats[0]:
        return (
            [*more, "two_digit_years_from = 0"],
            [*why, "of which century? write the first year that is meant, such as 1925"],
            True,
        )
    return more, why, False


def _numbers(column: Column, contents: Contents, unit: str) -> tuple[list[str], list[str], bool]:
    more, why, left = _signs(contents)
    known = units().get(column.name)
    if contents.percentages:
        return _percentages(column, contents, more, why, left)
    if contents.percent_signs:
        return _percent_signs(column, contents, more, why, left)
    if known is None:
        return more, why, left
    if not unit:
        if known.ours in OF_ITSELF:
            return [*more, f"unit = {quoted(known.ours)}"], [*why, f"{PERHAPS} in {known.ours}"], left
        return [*more, 'unit = ""'], [*why, f"the unit is not in the header; ours is {known.ours}"], True
    factor = known.factor(unit)
    if factor is None:
        return [*more, f"unit = {quoted(unit)}"], [*why, f"write factor = how many {known.ours} one {unit} is"], True
    if factor != 1:
        return (
            [*more, f"unit = {quoted(unit)}", f"factor = {factor}"],
            [*why, f"{unit} x {factor} = {known.ours}"],
            left,
        )
    return [*more, f"unit = {quoted(unit)}"], why, left


def _signs(contents: Contents) -> tuple[list[str], list[str], bool]:
    """The sign before the decimals, where it is not the point or cannot be told."""
    if contents.decimal:
        more = ['decimal = ","'] if contents.decimal == "," else []
        return more, [] if contents.low is None else [f"values {contents.low:g} to {contents.high:g}"], False
    shown = " and ".join(contents.signed)
    said = 'write decimal = "." or ",", and thousands = the other sign if numbers have it'
    return ['decimal = ""'], [f"which sign stands before the decimals of {shown}? {said}"], True


def _percentages(
    column: Column, contents: Contents, more: list[str], why: list[str], left: bool
) -> tuple[list[str], list[str], bool]:
    """A column of which a workbook shows percentages and holds their hundredth parts."""
    known = units().get(column.name)
    shown = "shown as percentages, of which the workbook holds the hundredth part"
    if contents.others:
        said = (
            f"{contents.percentages} cells are {shown}, and {contents.others} are not: format all of them alike first"
        )
        return [*more, *(['unit = ""'] if known else [])], [*why, said], left or known is not None
    if column.high == 1:
        return ['unit = "fraction"'] if known else [], [f"its cells are {shown}"], left
    if known is None or known.factor("fraction") == HUNDRED:
        unit = ['unit = "fraction"'] if known else []
        return [*unit, "factor = 100"], [*why, f"its cells are {shown}"], left
    return ['unit = ""'], [f"its cells are {shown}, and ours is {known.ours}"], True


def _percent_signs(
    column: Column, contents: Contents, more: list[str], why: list[str], left: bool
) -> tuple[list[str], list[str], bool]:
    """A column whose cells hold numbers with a percent sign: 42 %."""
    if contents.percent_signs < contents.others:
        without = contents.others - contents.percent_signs
        said = f"{contents.percent_signs} cells have a percent sign, and {without} have not: write all alike first"
        return [*more, 'unit = ""'], [*why, said], True
    known = units().get(column.name)
    factor = Decimal(1) if column.name == "value" else None if known is None else known.factor("%")
    if factor is None:
        ours = "ours" if known is None else known.ours
        return (
            [*more, 'unit = "%"'],
            [*why, f"its cells have a percent sign: add factor = how many {ours} 1 % is"],
            True,
        )
    stated = [] if factor == 1 and known is not None else [f"factor = {factor}"]
    return [*more, 'unit = "%"', *stated], [*why, "its cells have a percent sign, which is taken off"], left


def _words(column: Column, contents: Contents) -> tuple[list[str], list[str], bool]:
    ours = [str(word) for word in column.words] if column.words is not None else ["yes", "no"]
    said = [word for word, _ in contents.words]
    if all(word in ours for word in said):
        return [], [], False
    meant = {word: word_of(column, word, said) for word in said}
    codes = ", ".join(f"{quoted(word)} = {quoted(to)}" for word, to in meant.items())
    why = [] if all(meant.values()) else [f"our words are {', '.join(ours)}"]
    if set(said) <= {"0", "1"} and column.words is None:
        why.append("0 as no and 1 as yes is usual: look into the code book")
    return [f"codes = {{ {codes} }}"], why, not all(meant.values())


def word_of(column: Column, written: str, beside: Sequence[str] = ()) -> str:
    """The word of ours that a value means; empty where that is not known. `beside`: all values of the column."""
    ours = [str(word) for word in column.words] if column.words is not None else ["yes", "no"]
    same = next((word for word in ours if word.casefold() == written.casefold()), "")
    if same:
        return same
    if column.words is None:
        coded = {"1": "yes", "0": "no"} if set(beside) <= {"0", "1"} else {}
        return coded.get(written) or known_words("YesNo").get(written.casefold(), "")
    return known_words(column.words.__name__).get(written.casefold(), "")


def _names(column: Column, contents: Contents) -> list[str]:
    """Other spellings of drugs and genes; what is not listed goes to the checks of every record as it stands."""
    aliases = {Kind.DRUGS: drug_aliases, Kind.GENE: gene_aliases}.get(column.kind)
    if aliases is None:
        return []
    found = {word: aliases().get(bare(word), "") for word, _ in contents.words}
    codes = ", ".join(f"{quoted(word)} = {quoted(name)}" for word, name in found.items() if name and name != word)
    return [f"codes = {{ {codes} }}", 'other = "keep"'] if codes else []


def said_by_header(header: str) -> list[Line]:
    """The scale of a result of residual disease, and its marker, where its header says "% ABL1": NPM1 % ABL1."""
    words = "".join(letter if letter.isalnum() else " " for letter in header).upper().split()
    if "%" not in header or not {"ABL", "ABL1"} & set(words):
        return []
    lines = [constant("scale", Scale.PERCENT_ABL1, f'{LIKELY}: "{header}" says % of ABL1; confirm it')]
    markers = {word for word in words if word in genes()} - {"ABL1"}
    if len(markers) == 1:
        lines.append(constant("marker", markers.pop(), f'{LIKELY}: from "{header}"; confirm it'))
    return lines


def residual_disease(source: str, cells: Sequence[str], contents: Contents, guess: Guess) -> list[Line]:
    """The lines of a result of residual disease, whose cells may hold numbers, "<0.001" and words such as "negative"."""
    numbers = [text for text in cells if text.lstrip(OF_COMPARATORS + " ")[:1].isdigit()]
    words = sorted({text for text in cells if text not in numbers and text not in contents.not_known})[:25]
    parts = [f"from = {quoted(source)}"]
    more, why, left = _signs(contents)
    if contents.percentages:
        more, why, left = _percentages(TABLES["mrd_samples"]["value"], contents, more, why, left)
    elif contents.percent_signs:
        more, why, left = _percent_signs(TABLES["mrd_samples"]["value"], contents, more, why, left)
    compared = any(text[:1] in OF_COMPARATORS for text in numbers)
    unread = f", not_known = {listed(words)}" if words else ""
    part = ', part = "number"' if compared else ""
    said = "".join(f", {one}" for one in more)
    reasons = "; ".join(
        [f"{guess.sure}: {guess.reason}", *(why if left or contents.percentages or contents.percent_signs else [])]
    )
    lines = [Line("value", f"{{ {parts[0]}{part}{said}{unread} }}", reasons, left)]
    if compared:
        said = f'{{ {parts[0]}, part = "comparator"{unread} }}'
        lines.append(Line("qualifier", said, "some values are given as less or more than a number"))
    if words:
        meant = {word: known_words("Detection").get(word.casefold(), "") for word in words}
        codes = ", ".join(f"{quoted(word)} = {quoted(to)}" for word, to in meant.items())
        said = f'{{ {parts[0]}, codes = {{ {codes} }}, other = "empty" }}'
        lines.append(
            Line(
                "detected", said, "words in place of a value: no, below_quantification or yes", not all(meant.values())
            )
        )
    return lines
