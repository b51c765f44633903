"""Dates as other tables write them, read by the formats that a mapping lists and by no other.

`%Y` `%y` year, `%m` month, `%b` `%B` its English name, `%d` day, `%H` `%M` `%S` time of day (dropped); "excel" is a spreadsheet's
number of days. Traps: 03/05/2024 is two days, and where both are listed it is refused; two digits of a year say no century.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

EXCEL = "excel"
FIRST_EXCEL_DAY = date(1899, 12, 30)
"""Day 0 as every day after February 1900 counts it: the spreadsheets' 29 February 1900 did not exist."""
MOST_EXCEL_DAYS = 73_415
"""31 December 2100."""
TOKENS = ("%Y", "%y", "%m", "%b", "%B", "%d", "%H", "%M", "%S")


def wrong_format(written: str) -> str:
    """What is wrong with a format; empty where nothing is."""
    if written == EXCEL:
        return ""
    tokens = [f"%{part[:1]}" for part in written.split("%")[1:]]
    unknown = [token for token in tokens if token not in TOKENS]
    if unknown:
        return f"{unknown[0]} is not known; a format is made of {', '.join(TOKENS)}"
    if len(tokens) != len(set(tokens)):
        return "a part of the date stands twice"
    has = [any(token in tokens for token in group) for group in (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",))]
    return "" if all(has) else "year, month and day are all needed"


def read_day(text: str, formats: Sequence[str], years_from: int | None = None) -> list[date]:
    """Each day that the text can be under the formats; none where no format fits."""
    found: list[date] = []
    for one in formats:
        day = _excel(text) if one == EXCEL else _formatted(text, one, years_from)
        if day is not None and day not in found:
            found.append(day)
    return found


def _excel(text: str) -> date | None:
    whole, _, part = text.partition(".")
    if not whole.isascii() or not whole.isdigit() or (part and not part.isdigit()):
        return None
    days = int(whole)
    return FIRST_EXCEL_DAY + timedelta(days=days) if 60 < days <= MOST_EXCEL_DAYS else None


def _formatted(text: str, written: str, years_from: int | None) -> date | None:
    try:
        day = datetime.strptime(text, written).date()
    except ValueError:
        return None
    if "%y" not in written:
        return day
    if years_from is None:
        return None
    year = years_from + (day.year - years_from) % 100
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February of a year that has none
        return None
