"""The cohort's pictures as data: what they claim, that nothing is left out unsaid, and that they keep their width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from relapse_cohort import PATIENTS, relapse_cohort
from tenfold.assessment import Assessment, assess
from tenfold.cohort.describe import ScoreValues, vaf_by_gene
from tenfold.cohort.figure_rows import courses, cycle_counts, mutation_rows, trajectory_rows
from tenfold.cohort.flow import Step, flow
from tenfold.cohort.index_treatment import for_molecular_disease, index_treatment
from tenfold.cohort.molecular_tables import by_cycle
from tenfold.cohort.survival_by_group import ByGroup, survival_by_group
from tenfold.endpoints import RELAPSE_FREE_SURVIVAL
from tenfold.exchange.published import published, tiong_cohorts
from tenfold.figures import style
from tenfold.figures.flow import flow_figure
from tenfold.figures.histogram import score_histogram
from tenfold.figures.oncoprint import oncoprint
from tenfold.figures.response_by_cycle import response_by_cycle
from tenfold.figures.survival_by_group import survival_by_group_figure
from tenfold.figures.swimmer import swimmer
from tenfold.figures.trajectories import trajectories
from tenfold.figures.vaf_by_gene import vaf_by_gene_figure
from tenfold.mrd.levels import ABL1, DIAGNOSIS

WIDTHS = (style.WIDE, style.NARROW)
COHORT = assess(relapse_cohort())
TIONG = assess(published())
INDEX = index_treatment(COHORT.registry, for_molecular_disease())
TIONG_INDEX = index_treatment(TIONG.registry, for_molecular_disease(), "last")
GROUPS = tiong_cohorts(TIONG.registry)
START = INDEX.select("patient_id", start_day="earliest_day")
STEPS = (
    Step("adults", pl.col("adult"), "younger than 18 years"),
    Step("treated", pl.col("treated"), "never treated", "whether treated"),
)
FLOW = flow(
    pl.DataFrame(
        {"patient_id": ["p", "q", "r", "s"], "adult": [True, True, True, False], "treated": [True, None, False, True]}
    ),
    STEPS,
    by="treated",
)
SCORES = ScoreValues(
    "VEN-PRS-OS",
    pl.DataFrame(
        {
            "patient_id": [f"p{k}" for k in range(7)],
            "total": [-0.98, 0.0, 0.24, 0.25, 0.74, 0.75, None],
            "group": ["favourable", "favourable", "favourable", "intermediate", "intermediate", "adverse", None],
            "in_scope": ["yes", "yes", "yes", "yes", "no", "yes", "yes"],
        }
    ),
    ((0.25, "favourable"), (0.75, "intermediate")),
    "adverse",
)


def survival(assessment: Assessment = TIONG) -> ByGroup:
    groups = pl.DataFrame([{"patient_id": name, "group": group} for name, group in GROUPS.items()])
    return survival_by_group(assessment, groups, RELAPSE_FREE_SURVIVAL)


FIGURES: dict[str, Callable[[int], Any]] = {
    "flow": lambda width: flow_figure(FLOW, width=width),
    "oncoprint": lambda width: oncoprint(mutation_rows(TIONG), groups=GROUPS, width=width),
    "oncoprint without groups": lambda width: oncoprint(mutation_rows(COHORT), width=width),
    "swimmer": lambda width: swimmer(courses(COHORT, INDEX), x_title="months from first dose", width=width),
    "swimmer as reported": lambda width: swimmer(
        courses(TIONG, TIONG_INDEX), x_title="months", groups=GROUPS, width=width
    ),
    "response by cycle": lambda width: response_by_cycle(by_cycle(COHORT, INDEX), tissue="marrow", width=width),
    "trajectories": lambda width: trajectories(
        trajectory_rows(COHORT, START),
        ABL1,
        x_title="months from first dose",
        groups=dict.fromkeys("abcd", "x") | {"f": "y"},
        width=width,
    ),
    "histogram": lambda width: score_histogram(SCORES, width=width),
    "survival by group": lambda width: survival_by_group_figure(survival(), width=width),
    "fractions": lambda width: vaf_by_gene_figure(*vaf_by_gene(COHORT), width=width),
}


def rows_of(chart: Any) -> list[dict[str, Any]]:
    """Every row of every layer."""
    plain = chart.to_dict(validate=False)
    sets = plain.get("datasets", {})
    return [
        row
        for layer in plain["layer"]
        for row in (layer["data"].get("values") or sets.get(layer["data"].get("name"), []))
    ]


def marks_of(chart: Any) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every layer as its mark and its rows."""
    plain = chart.to_dict(validate=False)
    sets = plain.get("datasets", {})
    return [
        (layer["mark"], layer["data"].get("values") or sets.get(layer["data"].get("name"), []))
        for layer in plain["layer"]
    ]


def words(chart: Any) -> str:
    return " ".join(str(row["said"]) for row in rows_of(chart) if "said" in row).replace("\u00a0", " ")


def title(chart: Any) -> str:
    said = chart.to_dict(validate=False)["title"]["text"]
    return said if isinstance(said, str) else " ".join(said)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_becomes_a_drawing_that_keeps_its_width(name: str, width: int) -> None:
    drawing = ElementTree.fromstring(style.svg(FIGURES[name](width)))
    assert drawing.tag.endswith("svg")
    assert float(drawing.attrib["width"]) <= width + 20


@pytest.mark.parametrize("width", WIDTHS)
def test_a_flow_says_who_left_at_each_step_and_who_is_not_known(width: int) -> None:
    said = words(flow_figure(FLOW, width=width))
    for part in (
        "(n = 4)",
        "1 left out: younger than 18 years",
        "adults (n = 3)",
        "1 left out: never treated",
        "1 not known: whether",
    ):
        assert part in said
    assert "treated (n = 1)" in said


def test_a_gene_is_mutated_not_mutated_or_a_dash_and_the_count_is_of_those_known() -> None:
    chart = oncoprint(mutation_rows(COHORT))
    cells = [row for row in rows_of(chart) if "status" in row and row["y"] > 20]
    assert {row["status"] for row in cells} == {"mutated", "not mutated"}
    dashes = [rows for mark, rows in marks_of(chart) if mark["type"] == "rule" and rows and "x2" in rows[0]]
    genes = 3
    assert len(cells) + sum(len(rows) for rows in dashes) - 1 == genes * len(PATIENTS)  # one dash is the key's
    assert "4/4" in words(chart)
    assert "1/4" in words(chart)


def test_an_oncoprint_of_no_mutation_is_none_and_a_strange_status_is_refused() -> None:
    nothing = pl.DataFrame({"patient_id": ["p"], "gene": ["TP53"], "status": ["not known"]})
    assert oncoprint(nothing) is None
    with pytest.raises(ValueError, match="wild type: a gene is mutated"):
        oncoprint(nothing.with_columns(status=pl.lit("wild type")))
    with pytest.raises(ValueError, match="two rows"):
        oncoprint(pl.concat([nothing, nothing]))


def test_a_swimmers_lane_ends_at_death_or_the_last_news_and_carries_what_happened() -> None:
    found = courses(COHORT, INDEX)
    ends = found.spans.filter(pl.col("what") == "followed").sort("patient_id")
    days = [round(months * 30.4375) for months in ends["end"]]
    assert days == [800, 400, 150, 500, 300, 200]
    assert found.alive == ["a", "d", "e", "f"]
    marks = {(row["patient_id"], row["what"]) for row in found.marks.to_dicts()}
    assert {("a", "transplant"), ("b", "death"), ("c", "death"), ("a", "MRD negative, first")} <= marks
    drawn = [
        row["patient_id"]
        for row in rows_of(swimmer(found, x_title="months"))
        if row.get("what") == "alive at last news"
    ]
    assert sorted(drawn) == found.alive


def test_tiongs_lanes_are_as_reported_and_say_so() -> None:
    found = courses(TIONG, TIONG_INDEX)
    assert set(found.spans["source"]) == {"reported"}
    assert sorted(found.spans["end"])[-1] == 31.3
    assert {(row["patient_id"], row["what"]) for row in found.marks.to_dicts()} == {
        ("tiong-07", "death"),
        ("tiong-10", "relapse"),
    }
    assert "Dashed: as long as reported, without dates." in title(swimmer(found, x_title="months"))
    without = courses(TIONG, TIONG_INDEX, reported=None)
    assert without.spans.is_empty()
    assert without.left_out["patients"].sum() == 12
    assert swimmer(without, x_title="months") is None


def test_the_bars_of_a_cycle_add_up_to_all_who_could_be_evaluated_and_name_who_began() -> None:
    cycles = by_cycle(COHORT, INDEX)
    chart = response_by_cycle(cycles, tissue="marrow")
    bars = [row for mark, rows in marks_of(chart) for row in rows if mark["type"] == "bar"]
    for name in {row["bar"] for row in bars}:
        assert sum(row["end"] - row["start"] for row in bars if row["bar"] == name) == pytest.approx(1)
    began = cycle_counts(COHORT, INDEX)
    assert began.rows() == [(1, 6), (2, 4), (3, 1)]
    assert {row["bar"] for row in bars} == {
        "after cycle 1: 3 of 6 evaluable",
        "after cycle 2: 3 of 4 evaluable",
        "after cycle 3: 1 of 1 evaluable",
    }
    assert response_by_cycle(cycles, tissue="saliva") is None


def test_what_was_not_detected_stands_in_the_lane_and_every_other_level_where_it_is() -> None:
    rows = trajectory_rows(COHORT, START)
    chart = trajectories(rows, ABL1, x_title="months")
    points = [row for mark, made in marks_of(chart) for row in made if mark["type"] == "point"]
    assert len(points) == rows.height
    lanes = {row["y"] for row in points if row["kind"] == "undetected"}
    assert len(lanes) == 1
    assert max(lanes) < min(row["y"] for row in points if row["kind"] == "level")
    assert {round(row["y"], 6) for row in points if row["kind"] == "level"} == {
        round(value, 6) for value in rows["level"].drop_nulls()
    }
    assert trajectories(rows, DIAGNOSIS, x_title="months") is None


def test_the_bars_of_a_histogram_end_at_the_cut_offs_and_hold_everybody_whose_total_is_known() -> None:
    chart = score_histogram(SCORES)
    bars = [row for mark, rows in marks_of(chart) for row in rows if mark["type"] == "bar"]
    assert sum(row["n"] for row in bars) == 6
    for cut in (0.25, 0.75):
        assert all(row["end"] <= cut + 1e-9 or row["start"] >= cut - 1e-9 for row in bars)
    assert all(row["end"] <= 0.25 + 1e-9 for row in bars if row["group"] == "favourable")
    assert all(row["start"] >= 0.75 - 1e-9 for row in bars if row["group"] == "adverse")
    assert "favourable: 3" in words(chart)
    assert (
        title(chart)
        == "6 patients. Of 1 more the total is not known. 1 of those drawn are outside the model's published scope."
    )


def test_survival_by_group_names_every_group_at_every_year_also_where_nobody_was_followed_so_long() -> None:
    said = words(survival_by_group_figure(survival()))
    assert said.count("Tiong, cohort 1") == 3
    assert "1 year 2 years 3 years" in said
    assert "nobody followed so long (n = 5)" in said
    assert "Log-rank p = " in title(survival_by_group_figure(survival()))


def test_too_many_groups_to_be_told_apart_are_refused() -> None:
    rows = trajectory_rows(COHORT, START)
    many = pl.concat([rows.with_columns(patient_id=pl.lit(f"p{k}")) for k in range(8)])
    with pytest.raises(ValueError, match="8 groups"):
        trajectories(many, ABL1, x_title="months", groups={f"p{k}": f"g{k}" for k in range(8)})


def test_fractions_without_a_value_are_counted_beside_the_gene() -> None:
    chart = vaf_by_gene_figure(*vaf_by_gene(COHORT))
    names = {row["name"] for row in rows_of(chart)}
    assert "NPM1 (3 of 4)" in names
    nothing = vaf_by_gene(TIONG)
    assert nothing[0].height > 0
    assert vaf_by_gene_figure(*nothing) is None
