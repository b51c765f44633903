"""Where a patient's facts stand on a timeline, and how an unpublished day is drawn: as a band, in its order.

Known days keep their true distance. Facts of one unknown interval share it evenly in their order; before the first
known day and after the last there is a zone without any scale. Nothing that has no day is drawn as a point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tenfold.records.registry import EPOCH, MONTHS
from tenfold.records.timeline import DAYS_PER_MONTH, FAR

STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
SHARE_OF_A_BAND = 0.1
"""A band in a zone without scale is as wide as this share of the dated part."""


@dataclass(frozen=True)
class TimeAxis:
    """The axis of one patient: `low` to `high` in days, of which `dated` (if any) has a scale; `ticks` day -> label."""

    low: float
    high: float
    dated: tuple[float, float] | None
    ticks: dict[float, str]
    title: str
    band: float
    _bands: dict[tuple[int, int, int], tuple[float, float]]

    def place(self, row: Mapping[str, Any]) -> tuple[float, float, bool]:
        """Where a fact is drawn (from, to, whether its day is known), by its order and bounds."""
        low, high = row["earliest_day"], row["latest_day"]
        if low == high:
            return float(low), float(high), True
        return (*self._bands[(low, high, row["order"])], False)


def time_axis(rows: Iterable[Mapping[str, Any]], *, calendar: bool, since: str, at_most_ticks: int = 8) -> TimeAxis:
    """Return the axis for facts with `order`, `earliest_day`, `latest_day` and perhaps `end_day`.

    `since` names day 0 where time is counted in days.
    """
    facts = list(rows)
    known = {row["earliest_day"] for row in facts if row["earliest_day"] == row["latest_day"]}
    known |= {row["end_day"] for row in facts if row.get("end_day") is not None}
    span = max(known) - min(known) if known else 0
    band = max(span * SHARE_OF_A_BAND, 1.0) if span else 30.0
    bands: dict[tuple[int, int, int], tuple[float, float]] = {}
    intervals: dict[tuple[int, int], set[int]] = {}
    for row in facts:
        if row["earliest_day"] != row["latest_day"]:
            intervals.setdefault((row["earliest_day"], row["latest_day"]), set()).add(row["order"])
    for (low, high), orders in intervals.items():
        start, end = float(low), float(high)
        if low <= -FAR and high >= FAR:
            start, end = 0.0, band * len(orders)
        elif low <= -FAR:
            start = high - band * len(orders)
        elif high >= FAR:
            end = low + band * len(orders)
        width = (end - start) / len(orders)
        for k, order in enumerate(sorted(orders)):
            bands[(low, high, order)] = (start + k * width, start + (k + 1) * width)
    edges = [float(day) for day in known] + [edge for pair in bands.values() for edge in pair]
    low_edge, high_edge = (min(edges), max(edges)) if edges else (0.0, 1.0)
    if low_edge == high_edge:
        low_edge, high_edge = low_edge - band, high_edge + band
    room = (high_edge - low_edge) * 0.02
    dated = (float(min(known)), float(max(known))) if known else None
    ticks, title = _ticks(dated, calendar, since, at_most_ticks) if dated else ({}, "")
    return TimeAxis(low_edge - room, high_edge + room, dated, ticks, title, band, bands)


def _ticks(dated: tuple[float, float], calendar: bool, since: str, at_most: int) -> tuple[dict[float, str], str]:
    """The ticks of the dated part and the axis' title."""
    low, high = dated
    step = next((step for step in STEPS if (high - low) / DAYS_PER_MONTH / step <= at_most - 1), STEPS[-1])
    if calendar:
        return _months(low, high, step), "date"
    if high - low < 2 * DAYS_PER_MONTH:
        every = max(1, round((high - low) / (at_most - 1) / 7)) * 7
        days = [day for day in range(int(low // every) * every, int(high) + 1, every) if day >= low] or [int(low)]
        return {float(day): f"{day}" for day in days}, f"days since {since}"
    months = range(int(low / DAYS_PER_MONTH) - 1, int(high / DAYS_PER_MONTH) + 2)
    places = {month * DAYS_PER_MONTH: f"{month}" for month in months if month % step == 0}
    return {day: label for day, label in places.items() if low <= day <= high}, f"months since {since}"


def _months(low: float, high: float, step: int) -> dict[float, str]:
    first = EPOCH + timedelta(days=int(low))
    ticks: dict[float, str] = {}
    year, month = first.year, first.month
    while True:
        on = date(year, month, 1)
        day = (on - EPOCH).days
        if day > high:
            break
        if day >= low and (year * 12 + month - 1) % step == 0:
            ticks[float(day)] = f"{MONTHS[month - 1][:3]} {year}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return ticks or {low: f"{first.day} {MONTHS[first.month - 1][:3]} {first.year}"}
