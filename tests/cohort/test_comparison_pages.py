"""The figures, the page and the tables of a comparison say what must be said."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from compared_scores import assessed, compared, made, score

from tenfold.cohort.asked_scores import Asked
from tenfold.cohort.compare import compare, compare_set
from tenfold.endpoints import OVERALL_SURVIVAL
from tenfold.figures import style
from tenfold.figures.calibration import calibration_figure
from tenfold.figures.decision_curve import decision_curve_figure
from tenfold.figures.roc import roc_figure
from tenfold.figures.score_comparison import score_comparison_figure
from tenfold.reports.compare import compare_page
from tenfold.reports.comparison_files import write_comparison
from tenfold.vocabulary import Clock


def figures(width: int) -> Mapping[str, Any]:
    found = compared()
    return {
        "comparison": score_comparison_figure(found, width=width),
        "roc": roc_figure({one.asked.name: one.area.roc for one in found.scores}, months=12, width=width),
        "decision": decision_curve_figure(
            {one.asked.name: one.decision for one in found.scores}, months=12, width=width
        ),
        "calibration": calibration_figure(
            {one.asked.name: one.calibration for one in found.scores}, months=12, width=width
        ),
    }


@pytest.mark.parametrize("width", [style.WIDE, style.NARROW])
def test_every_figure_names_every_score_and_fits_its_width(width: int) -> None:
    for name, figure in figures(width).items():
        drawn = style.svg(figure)
        assert all(one.asked.name in drawn for one in compared().scores), name
        shown = float(drawn.split('width="', 1)[1].split('"', 1)[0])
        assert shown <= width + 40, (name, shown)


def test_no_more_lines_are_drawn_than_can_be_told_apart() -> None:
    curve = score("age_years").area.roc
    with pytest.raises(ValueError, match="8 scores: no more than 7"):
        roc_figure({str(k): curve for k in range(8)}, months=12)


def test_the_page_and_the_tables_say_what_must_be_said(tmp_path: Any) -> None:
    found = compare(
        assessed(),
        ["mayo2024"],
        OVERALL_SURVIVAL,
        Clock.VENETOCLAX,
        resamples=0,
        developed_here=["Mayo-2024"],
        landmark_months=18,
    )
    files = write_comparison(found, assessed().registry, tmp_path, title="Scores compared")
    assert {f"figures/{name}.{kind}" for name in ("comparison", "calibration") for kind in ("svg", "png")} <= set(files)
    assert (tmp_path / "figures" / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert "figures/SIMULATED.txt" in files
    # A figure that is passed on alone says it, too.
    drawn = list((tmp_path / "figures").glob("*.svg"))
    assert drawn
    assert [one.name for one in drawn if "SIMULATED PATIENTS" not in one.read_text("utf-8")] == []
    page = (tmp_path / "report.html").read_text("utf-8")
    captions = re.findall(r"<figcaption[^>]*>Mayo-2024: [^<]*", page)
    assert [one.count("applied outside its published scope") for one in captions] == [1], captions
    for said in (
        "SIMULATED PATIENTS",
        "applied outside its published scope in 150 of 150",
        "immortal time",
        "No comparison from a landmark: the horizon of 12 months is not past the landmark of 18",
        "developed here",
        "the same for every score",
        "NOT VERIFIED",
        "Gangat et al.",
    ):
        assert said in page, said
    assert "http://" not in page.replace("http://www.w3.org", "")
    scores = pl.read_csv(tmp_path / "scores.csv")
    assert scores["score"].to_list() == ["Mayo-2024"]
    assert {"aic_groups_df", "aic_predictor_minus_null", "outside_scope", "auc_nearest_boot_low"} <= set(scores.columns)
    patients = pl.read_csv(tmp_path / "patients.csv")
    assert (patients.height, patients["compared"].sum()) == (150, 150)
    assert sorted(files) == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))


def test_the_page_shows_the_landmark_below_the_figures_as_published() -> None:
    # Groups without an order: no concordance and no area, and that is said.
    whole = made(60)
    named = Asked("ward", "true", groups=("favourable", "intermediate", "adverse"))
    chosen = replace(whole, scores=(named,))
    later = compare_set(replace(chosen, landmark_months=3.0, clock="diagnosis + 3 months"), 12, resamples=0)
    page = compare_page(replace(compare_set(chosen, 12, resamples=0), landmark=later), assessed().registry, title="x")
    assert page.index("OS from diagnosis, read") < page.index("From a landmark") < page.index("diagnosis + 3 months")
    assert "the groups have no order" in page


def test_a_comparison_is_plain_data() -> None:
    data = json.loads(json.dumps(compared().as_data(), allow_nan=False))
    assert data["patients_compared"] == 144
    assert data["landmark"]["landmark_months"] == 3
    assert [one["score"] for one in data["scores"]] == [one.asked.name for one in compared().scores]


def test_the_page_of_competing_events_says_how_they_count() -> None:
    whole = made(80, competing=True)
    found = compare_set(replace(whole, scores=whole.scores[:1]), 8, resamples=0, competing_possible=True)
    page = compare_page(found, assessed().registry, title="x")
    assert "competing events are censored in these curves" in page
