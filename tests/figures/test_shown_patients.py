"""A figure without room for all patients: who stands in it does not depend on what became of them, and it says how many."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.figure_rows import FOLLOWED, Courses
from tenfold.figures.oncoprint import oncoprint
from tenfold.figures.shown import evenly, how_many_shown
from tenfold.figures.swimmer import swimmer
from tenfold.figures.trajectories import trajectories
from tenfold.mrd.levels import ABL1

NAMES = [f"p{k:03d}" for k in range(300)]


def text_of(chart: Any) -> str:
    plain = chart.to_dict(validate=False)
    rows = [row for rows in plain.get("datasets", {}).values() for row in rows]
    rows += [row for layer in plain["layer"] for row in layer.get("data", {}).get("values", [])]
    title = plain.get("title", {}).get("text", "")
    return " ".join(
        [*(str(row["said"]) for row in rows if "said" in row), *([title] if isinstance(title, str) else title)]
    )


@given(st.integers(0, 400), st.integers(1, 120))
def test_patients_are_evenly_spaced_in_the_order_given(n: int, most: int) -> None:
    shown = evenly([str(k) for k in range(n)], most)
    places = [int(one) for one in shown]
    assert len(shown) == min(n, most)
    assert places == sorted(set(places))
    steps = {after - before for before, after in pairwise(places)}
    assert not steps or max(steps) - min(steps) <= 1
    assert bool(how_many_shown(len(shown), n)) == (n > most)


def test_an_oncoprint_counts_everybody_and_says_how_many_it_shows() -> None:
    mutated = set(NAMES[100:150])
    rows = [
        {"patient_id": name, "gene": "TP53", "status": "mutated" if name in mutated else "not mutated"}
        for name in NAMES
    ]
    said = text_of(oncoprint(pl.DataFrame(rows), width=720))
    assert "50/300" in said
    assert "200 of 300 patients shown, evenly spaced by identifier" in said
    narrow = text_of(oncoprint(pl.DataFrame(rows), width=360))
    assert "50/300" in narrow
    assert "80 of 300 patients shown" in narrow
    groups = {name: "early" if name < "p100" else "late" for name in NAMES}
    heads = text_of(oncoprint(pl.DataFrame(rows), groups=groups, width=720)).replace("\u00a0", " ")
    assert "early (n = 100)" in heads
    assert "late (n = 200)" in heads


def lanes(lived: dict[str, float]) -> Courses:
    spans = pl.DataFrame(
        [
            {"patient_id": name, "what": FOLLOWED, "start": 0.0, "end": months, "source": "dates"}
            for name, months in lived.items()
        ]
    )
    marks = pl.DataFrame(schema={"patient_id": pl.String, "what": pl.String, "at": pl.Float64})
    left_out = pl.DataFrame(schema={"why": pl.String, "patients": pl.Int64})
    return Courses(spans, marks, [], left_out, 0)


def drawn_in(chart: Any) -> set[str]:
    plain = chart.to_dict(validate=False)
    return {row["patient_id"] for rows in plain["datasets"].values() for row in rows if "patient_id" in row}


def test_the_lanes_of_a_swimmer_plot_are_not_chosen_by_how_long_patients_lived() -> None:
    lived = {name: float(k + 1) for k, name in enumerate(NAMES)}
    turned = {name: 301.0 - months for name, months in lived.items()}
    one, other = (swimmer(lanes(rows), x_title="months") for rows in (lived, turned))
    assert drawn_in(one) == drawn_in(other)
    assert len(drawn_in(one)) == 80
    assert "80 of 300 patients shown, evenly spaced by identifier; longest first." in text_of(one)


def test_trajectories_say_of_how_many_patients_they_are() -> None:
    rows = pl.DataFrame(
        [
            {
                "patient_id": name,
                "marker": "NPM1",
                "tissue": "marrow",
                "method": "rt-qpcr",
                "family": ABL1,
                "at": 1.0,
                "level": 0.5,
                "at_most": None,
                "unquantified": False,
                "undetected": False,
            }
            for name in NAMES
        ],
        schema_overrides={"at_most": pl.Float64},
    )
    assert "100 of 300 patients shown" in text_of(trajectories(rows, ABL1, x_title="months"))
    assert text_of(trajectories(rows.head(50), ABL1, x_title="months")).count("shown") == 0
