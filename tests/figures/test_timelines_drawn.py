"""A patient's timeline: every axis says what it measures, and a day that is not known is never a point."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn_patients import CHARTS, EMPTY_DAYS, EVERY_CHART, IN_ORDER, WIDTHS, Row, drawn, layers, level_panels, panels
from hypothesis import given
from hypothesis import strategies as st

from registries import line, only, registry, sample
from tenfold.assessment import assess
from tenfold.exchange.published import published
from tenfold.figures import style
from tenfold.figures.time_axis import time_axis
from tenfold.figures.timeline import timeline
from tenfold.records import Registry


@EVERY_CHART
@pytest.mark.parametrize("width", WIDTHS)
def test_every_timeline_becomes_a_well_formed_drawing(name: str, width: int) -> None:
    made = registry(**CHARTS[name])
    drawing = ElementTree.fromstring(style.svg(drawn(made, width)))
    assert drawing.tag.endswith("svg")
    assert float(drawing.attrib["width"]) <= width + 40


def test_a_patient_without_a_dated_fact_has_no_timeline() -> None:
    assert drawn(only(patients=EMPTY_DAYS)) is None


@EVERY_CHART
def test_every_axis_says_what_it_measures(name: str) -> None:
    """A vertical axis has a title or named lanes; time has a title once, under the last panel, wherever it has ticks."""
    whole = panels(drawn(registry(**CHARTS[name])))
    for panel in whole:
        for one in panel:
            y = one.encoding.get("y")
            if y is not None:
                assert y.get("title") or y["type"] == "nominal"
            assert not one.encoding["x"]["axis"]["labels"] or panel is whole[-1]
    under = [one.encoding["x"]["axis"] for one in whole[-1]]
    assert all(axis["title"] in ("date", "days since day 0", "months since day 0") for axis in under if axis["values"])
    domains = {tuple(one.encoding["x"]["scale"]["domain"]) for panel in whole for one in panel}
    assert len(domains) == 1


def test_the_time_axis_names_its_day_zero_and_its_unit() -> None:
    people = [{"patient_id": "p", "diagnosis_day": 0, "day_zero": "first dose of venetoclax"}]
    whole = panels(drawn(registry(patients=people, mrd_samples=[sample(400, 0.1)])))
    assert whole[-1][-1].encoding["x"]["axis"]["title"] == "months since first dose of venetoclax"


def test_calendar_ticks_stand_on_the_first_of_their_month() -> None:
    made = Registry.from_tables(
        {
            "patients": [{"patient_id": "p", "diagnosis_date": "2020-01-15"}],
            "mrd_samples": [
                {
                    **{k: v for k, v in sample(0, 0.1).items() if k != "sample_day"},
                    "patient_id": "p",
                    "sample_date": "2021-03-02",
                }
            ],
        }
    )
    axis = panels(drawn(made))[-1][-1].encoding["x"]["axis"]
    assert axis["title"] == "date"
    names = json.loads(axis["labelExpr"].split("[indexof")[0])
    for place, name in zip(axis["values"], names, strict=True):
        on = datetime.date(1970, 1, 1) + datetime.timedelta(days=place)
        assert on.day == 1
        assert name == f"{on:%b} {on.year}"


def claims(chart: Any) -> Iterator[Row]:
    """The rows of the marks that claim a day: points and ticks, but not words and bands."""
    for one in layers(chart):
        if one.type in ("point", "tick", "circle", "square"):
            yield from one.rows


def test_a_day_that_was_not_published_is_never_a_point() -> None:
    chart = drawn(registry(**IN_ORDER))
    assert list(claims(chart)) == []
    bands = [row for one in layers(chart) if one.type == "bar" for row in one.rows]
    assert len(bands) == 4 + len(["remission", "treatment", "MRD relapse"])
    assert all(row["end"] > row["start"] for row in bands)


def test_the_published_patients_have_points_only_on_published_days() -> None:
    assessment = assess(published())
    for patient in assessment.patients["patient_id"]:
        chart = timeline(assessment, patient)
        mine = assessment.history.filter(assessment.history["patient_id"] == patient)
        exact = {float(f["earliest_day"]) for f in mine.to_dicts() if f["earliest_day"] == f["latest_day"]}
        for row in claims(chart):
            assert row["exact"]
            assert row["start"] in exact


def test_lines_between_unpublished_days_are_dashed() -> None:
    [panel] = level_panels(drawn(registry(**IN_ORDER)))
    assert {tuple(one.mark["strokeDash"]) for one in panel if one.type == "line"} == {(3, 3)}
    [dated] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), sample(9, 0.2)])))
    assert {tuple(one.mark["strokeDash"]) for one in dated if one.type == "line"} == {(1, 0)}


places = st.lists(st.one_of(st.none(), st.integers(0, 900)), min_size=1, max_size=9).map(
    lambda days: [{"order": k, "day": day} for k, day in enumerate(iter_sorted(days))]
)


def iter_sorted(days: list[int | None]) -> list[int | None]:
    """The same days with the known ones in order."""
    known = iter(sorted(day for day in days if day is not None))
    return [None if day is None else next(known) for day in days]


@given(places)
def test_bands_keep_the_order_and_lie_between_the_known_days(placed: list[Row]) -> None:
    far = 10**9
    rows = []
    for k, row in enumerate(placed):
        before = [r["day"] for r in placed[: k + 1] if r["day"] is not None]
        after = [r["day"] for r in placed[k:] if r["day"] is not None]
        rows.append(
            {
                "order": row["order"],
                "earliest_day": max(before, default=-far),
                "latest_day": min(after, default=far),
            }
        )
    axis = time_axis(rows, calendar=False, since="day 0")
    drawn_at = [axis.place(row) for row in rows]
    for row, (start, end, exact) in zip(rows, drawn_at, strict=True):
        assert axis.low <= start <= end <= axis.high
        assert exact == (row["earliest_day"] == row["latest_day"])
        if exact:
            assert start == row["earliest_day"]
        else:
            assert row["earliest_day"] <= start <= end <= row["latest_day"]
            assert end > start
    for (_, end, _), (start, _, _) in itertools.pairwise(drawn_at):
        assert start >= end - 1e-6


def test_a_treatment_whose_end_is_not_recorded_claims_none() -> None:
    chart = drawn(registry(treatments=[line(0), line(100, end_day=160)], counts=[{"sample_day": 700}]))
    solid = [row for one in layers(chart) if one.type == "bar" and "opacity" not in one.mark for row in one.rows]
    assert [(row["start"], row["end"]) for row in solid] == [(100.0, 160.0)]
