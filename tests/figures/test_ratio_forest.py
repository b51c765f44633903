"""The forest of a model: every ratio with its patients and events, none drawn that cannot be estimated."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.figures import style
from tenfold.figures.ratio_forest import Ratio, ratio_forest, said

TP53 = Ratio("TP53: yes v no", 30, 12, 2.1, 1.2, 3.6)


def layers(chart: Any) -> list[dict[str, Any]]:
    """The layers of a chart, each with its encoding and its rows."""
    plain = chart.to_dict(validate=False)
    sets = plain.get("datasets", {})
    return [
        {**layer, "rows": layer["data"].get("values", sets.get(layer["data"].get("name")))} for layer in plain["layer"]
    ]


def rows_of(chart: Any) -> list[dict[str, Any]]:
    return [row for layer in layers(chart) for row in layer["rows"]]


def test_a_ratio_stands_with_its_patients_its_events_and_its_interval() -> None:
    rows = rows_of(ratio_forest([TP53], kind="hazard ratio"))
    words = " ".join(str(row.get("line", row.get("said", ""))) for row in rows).replace("\u00a0", " ")
    assert "TP53: yes v no; n = 30, 12 events" in words
    assert "2.10 (1.20 to 3.60)" in words


def test_what_cannot_be_estimated_stands_as_words_without_a_mark() -> None:
    none = Ratio("PTPN11: yes v no", 4, 0, None, None, None)
    rows = rows_of(ratio_forest([TP53, none], kind="odds ratio", events="responders"))
    assert {row["value"] for row in rows if row.get("value") is not None} == {2.1}
    assert "cannot be estimated" in {row.get("said") for row in rows}


def test_a_forest_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        ratio_forest([Ratio("x", 1, 0, None, None, None)], kind="hazard ratio")


def test_an_interval_without_an_end_is_told_so() -> None:
    assert said(Ratio("x", 9, 3, 4.0, None, None)) == "4.00 (0 to no end)"


@given(
    st.lists(
        st.tuples(st.floats(-6, 6), st.floats(0.01, 6), st.floats(0.01, 6)),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([style.WIDE, style.NARROW]),
)
def test_marks_never_leave_the_axis_and_a_cut_interval_ends_in_an_arrow(
    drawn: list[tuple[float, float, float]], width: int
) -> None:
    ratios = [
        Ratio("x", 9, 3, float(2.0**log), float(2.0 ** (log - below)), float(2.0 ** (log + above)))
        for log, below, above in drawn
    ]
    _, intervals, arrows, *_ = layers(ratio_forest(ratios, kind="hazard ratio", width=width))
    least, most = intervals["encoding"]["x"]["scale"]["domain"]
    for row in intervals["rows"]:
        assert least <= row["low"] <= row["high"] <= most
    cut = [row for row in arrows["rows"] if row["open"]]
    assert len(cut) == sum((one.high or 0) > most for one in ratios)


def test_the_drawing_is_no_wider_than_asked_for() -> None:
    for width in (style.WIDE, style.NARROW):
        drawn = ElementTree.fromstring(style.svg(ratio_forest([TP53, TP53], kind="hazard ratio", width=width)))
        assert float(drawn.attrib["width"]) <= width + 12
