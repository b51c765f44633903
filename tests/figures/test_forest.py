"""The forest figure: one endpoint, one unit, every result with its n, none drawn that is no number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.evidence.studies import Interval, Result, comparable, results
from tenfold.figures import style
from tenfold.figures.forest import NotComparable, forest, label

HELD = {row.id: row for row in results()}
OVERALL = [HELD[name] for name in ("EV086.1", "EV090.1", "EV090.2", "EV090.3")]


def layers(chart: Any) -> list[dict[str, Any]]:
    """The layers of a chart, each with its mark, its encoding and its rows."""
    plain = chart.to_dict(validate=False)
    sets = plain.get("datasets", {})
    return [
        {**layer, "rows": layer["data"].get("values", sets.get(layer["data"].get("name")))} for layer in plain["layer"]
    ]


def rows_of(chart: Any) -> list[dict[str, Any]]:
    return [row for layer in layers(chart) for row in layer["rows"]]


def points(chart: Any) -> set[float]:
    marks = [layer for layer in layers(chart) if layer["mark"]["type"] == "point" and "shape" not in layer["mark"]]
    return {row["value"] for layer in marks for row in layer["rows"]}


def words(chart: Any) -> str:
    return " ".join(row.get("line", row.get("said", "")) for row in rows_of(chart))


@pytest.mark.parametrize("width", [style.WIDE, style.NARROW])
def test_every_result_is_drawn_with_its_n_and_value(width: int) -> None:
    chart = forest(OVERALL, width=width)
    assert points(chart) == {7.9, 14.2, 7.0, 3.1}
    said = words(chart).replace("\u00a0", " ")
    for n in (240, 46, 75, 53):
        assert f"n = {n}" in said
    assert "95 % CI 10.2 to 31.1" in said


@pytest.mark.parametrize("key", list(comparable(results())), ids=str)
def test_every_group_of_comparable_results_can_be_drawn(key: tuple[str, str]) -> None:
    group = comparable(results())[key]
    chart = forest(group, width=style.NARROW)
    assert points(chart) == {row.number for row in group if row.number is not None}


def test_the_drawing_is_no_wider_than_asked_for() -> None:
    for width in (style.WIDE, style.NARROW):
        drawn = ElementTree.fromstring(style.svg(forest([HELD["EV087"], HELD["EV087"]], width=width)))
        assert float(drawn.attrib["width"]) <= width + 12


def test_different_endpoints_are_refused_in_words() -> None:
    with pytest.raises(
        NotComparable, match="one endpoint in one unit, these are 2: overall survival, median, months; event-free"
    ):
        forest([HELD["EV086.1"], HELD["EV086.2"]])


def test_the_same_endpoint_in_another_unit_is_refused() -> None:
    days = replace(HELD["EV086.1"], unit="days")
    with pytest.raises(NotComparable, match="one endpoint in one unit"):
        forest([HELD["EV086.1"], days])


@pytest.mark.parametrize("rows", [[], [HELD["EV102.1"]], [HELD["EV045"]]], ids=["none", "a range", "words"])
def test_nothing_to_draw_is_said(rows: list[Result]) -> None:
    with pytest.raises(NotComparable, match="nothing to draw"):
        forest(rows)


def test_a_value_that_is_no_number_stands_as_words_and_has_no_mark() -> None:
    chart = forest([HELD["EV013.3"], HELD["EV086.1"]])
    assert points(chart) == {7.9}
    assert "not reached" in words(chart)


def test_an_interval_without_an_estimate_is_drawn_without_a_point() -> None:
    chart = forest([HELD["EV046.3"], HELD["EV057.3"]])
    assert points(chart) == {0.66}
    assert {(row["low"], row["high"]) for row in rows_of(chart) if row.get("low")} == {(0.49, 0.83), (0.52, 0.85)}


def test_n_that_is_not_stated_is_said_and_what_was_read_elsewhere_too() -> None:
    assert label(HELD["EV092.1"]).endswith("n not stated")
    assert label(HELD["EV046.1"]).startswith("ADMIRAL (via Thol 2024): ")
    assert label(HELD["EV086.1"]).startswith("VEN-PRS: ")


@given(
    st.lists(
        st.tuples(st.floats(0.01, 500), st.floats(0, 0.9), st.one_of(st.none(), st.floats(1, 9))),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["months", "ratio"]),
)
def test_marks_never_leave_the_axis(drawn: list[tuple[float, float, float | None]], unit: str) -> None:
    group = [
        replace(
            OVERALL[0],
            unit=unit,
            number=value,
            value=str(value),
            intervals=(Interval(value * (1 - below * 0.9), None if above is None else value * above, "95 % CI"),),
        )
        for value, below, above in drawn
    ]
    drawn_lines = layers(forest(group))[1]
    low, high = drawn_lines["encoding"]["x"]["scale"]["domain"]
    assert len(drawn_lines["rows"]) == len(group)
    for row in drawn_lines["rows"]:
        assert low <= row["low"] <= row["value"] <= row["high"] <= high
