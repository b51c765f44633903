"""Reading what a mapping says of one column: where it comes from, its unit, date format and codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from tenfold.exchange.mapping.days import EXCEL, wrong_format
from tenfold.exchange.mapping.plan import ColumnRule
from tenfold.exchange.mapping.problems import Problems
from tenfold.exchange.mapping.units import units
from tenfold.records.nearest import nearest
from tenfold.records.shape import Column, Kind

SHARED = ("decimal", "thousands", "date_format", "two_digit_years_from", "not_known")
"""What a table says once for all its columns."""
OF_COLUMN = ("from", "constant", "prefix", "unit", "factor", "codes", "other", "part", *SHARED)
NUMBERS = (Kind.NUMBER, Kind.COUNT)
SAY = "say it: nothing is guessed when records are read"


def column_rule(
    said: Any, column: Column, name: str, table: Mapping[str, Any], place: str, problems: Problems
) -> ColumnRule:
    """How one column is filled, from what the mapping says of it; every mistake is added to `problems`."""
    said = {"from": said} if isinstance(said, str) else said
    if not isinstance(said, dict):
        problems.add(place, said, "it is of the wrong kind", 'write "name of the column" or { from = "...", ... }')
        return ColumnRule(name)
    place += "."
    problems.known(place, said, OF_COLUMN)
    both = {**{key: table[key] for key in SHARED if key in table}, **said}
    source, constant = (problems.typed(place, said, key, str, "").strip() for key in ("from", "constant"))
    if bool(source) == bool(constant):
        why = "it is filled twice" if source else "it is not said where it comes from"
        problems.add(place.removesuffix("."), None, why, f'either from = "column" or constant = "value"; {SAY}')
    not_known = set(problems.texts(place, table, "not_known")) | set(problems.texts(place, said, "not_known"))
    rule = ColumnRule(
        name,
        source,
        constant,
        prefix=problems.typed(place, said, "prefix", str, ""),
        not_known=frozenset(not_known),
        codes=_codes(said, column, place, problems),
        other=_word(said, "other", ("fault", "keep", "empty"), place, problems),
        part=_word(said, "part", ("", "number", "comparator"), place, problems),
    )
    if column.kind in NUMBERS and source:
        return _number(rule, both, column, place, problems)
    if column.kind is Kind.DATE and source and name == column.name:
        return _date(rule, both, place, problems)
    return rule


def _word(said: Mapping[str, Any], key: str, words: tuple[Any, ...], place: str, problems: Problems) -> Any:
    value = said.get(key, words[0])
    if value not in words:
        listed = ", ".join(f'"{word}"' for word in words if word)
        problems.add(f"{place}{key}", value, "it is none of the words", f"write one of {listed}")
        return words[0]
    return value


def _codes(said: Mapping[str, Any], column: Column, place: str, problems: Problems) -> dict[str, str] | None:
    if "codes" not in said:
        return None
    codes = {}
    allowed = (
        [str(word) for word in column.words] if column.words else ["yes", "no"] if column.kind is Kind.YESNO else []
    )
    for written, meant in problems.typed(place, said, "codes", dict, {}).items():
        text = {True: "yes", False: "no"}[meant] if isinstance(meant, bool) else str(meant).strip()
        if not text:
            problems.add(
                f'{place}codes."{written}"', meant, "what it means is not said", f"{SAY}, or list it as not_known"
            )
        elif allowed and text not in allowed:
            near = nearest(text, allowed)
            meant_here = f'"{near}" is the nearest; ' if near else ""
            problems.add(
                f'{place}codes."{written}"',
                meant,
                "it is none of the words",
                f"{meant_here}the words are {', '.join(allowed)}",
            )
        codes[written.strip()] = text
    return codes


def _number(rule: ColumnRule, said: Mapping[str, Any], column: Column, place: str, problems: Problems) -> ColumnRule:
    decimal, thousands = (
        problems.typed(place, said, key, str, default) for key, default in (("decimal", "."), ("thousands", ""))
    )
    if not decimal:
        problems.add(f"{place}decimal", decimal, "the sign before the decimals is not said", f'write "." or ","; {SAY}')
    elif decimal not in (".", ",") or thousands == decimal or len(thousands) > 1:
        problems.add(
            f"{place}decimal",
            decimal,
            "decimal and thousands are one sign each, and not the same",
            'write decimal = ","',
        )
    known = units().get(column.name)
    unit = problems.typed(place, said, "unit", str, "").strip()
    factor = Decimal(1)
    if "factor" in said:
        try:
            factor = Decimal(str(said["factor"]))
        except InvalidOperation:
            factor = Decimal(0)
        if not factor.is_finite() or factor <= 0:
            problems.add(f"{place}factor", said["factor"], "a factor is a number above 0", "ours = theirs x factor")
            factor = Decimal(1)
    if known is not None and not unit and (rule.codes is None or rule.other == "keep"):
        problems.add(
            f"{place}unit",
            said.get("unit"),
            f"the unit of the file is not said; {column.name} is kept in {known.ours}",
            SAY,
        )
    elif known is not None and unit:
        right = known.factor(unit)
        if "factor" not in said and right != 1:
            told = f"factor = {right}" if right is not None else f"factor = how many {known.ours} one {unit} is"
            problems.add(
                f"{place}unit", unit, f"{column.name} is kept in {known.ours}, and no factor is stated", f"add {told}"
            )
        elif right is not None and abs(factor - right) > right / 200:
            problems.add(
                f"{place}factor",
                str(factor),
                f"one {unit} is {right} {known.ours}",
                f"write factor = {right}, or correct the unit",
            )
    elif unit and "factor" not in said:
        problems.add(
            f"{place}unit",
            unit,
            "the column has no unit here, and no factor is stated",
            "add factor, or take the unit out",
        )
    return _with(rule, decimal=decimal, thousands=thousands, unit=unit, factor=factor)


def _date(rule: ColumnRule, said: Mapping[str, Any], place: str, problems: Problems) -> ColumnRule:
    formats = problems.texts(place, said, "date_format")
    years_from = said.get("two_digit_years_from")
    if "" in formats:
        problems.add(
            f"{place}date_format",
            "",
            "the order of day, month and year is not said",
            f'write "%d.%m.%Y" or another; {SAY}',
        )
    for one in formats:
        if one and (why := wrong_format(one)):
            problems.add(f"{place}date_format", one, why, f'write for example "%d.%m.%Y", or "{EXCEL}"')
        if "%y" in one and not (isinstance(years_from, int) and 1900 <= years_from <= 2100):
            problems.add(
                f"{place}two_digit_years_from",
                years_from,
                "years of two digits may be of any century",
                "write the first year that they can stand for, e.g. 1925 for 1925 to 2024",
            )
    return _with(rule, date_formats=tuple(one for one in formats if one), years_from=years_from)


def _with(rule: ColumnRule, **changed: Any) -> ColumnRule:
    return replace(rule, **changed)
