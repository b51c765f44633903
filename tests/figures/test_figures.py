"""The charts as data: what they claim, and what they must not."""

from __future__ import annotations

import datetime
import itertools
import json
import math
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import registries
from registries import line, only, registry, remission, sample
from tenfold.assessment import Assessment, assess
from tenfold.cohort.outcomes import outcomes
from tenfold.cohort.survival import kaplan_meier
from tenfold.exchange.published import published
from tenfold.figures import style
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.levels import LANE
from tenfold.figures.response import before_and_after, best_responses, response_counts
from tenfold.figures.time_axis import time_axis
from tenfold.figures.timeline import timeline
from tenfold.mrd.levels import ABL1, DIAGNOSIS
from tenfold.records import Registry
from tenfold.reports.cohort import cohort_page
from tenfold.reports.page import patient_page
from tenfold.settings import DEFAULTS

Row = dict[str, Any]
WIDTHS = (style.WIDE, style.NARROW)


class Layer:
    """One mark of a chart with its rows."""

    def __init__(self, panel: Any, made: Any, data: dict[str, list[Row]]) -> None:
        self.panel = panel
        self.mark: Row = {"type": made["mark"]} if isinstance(made["mark"], str) else made["mark"]
        self.encoding: Row = {**panel.get("encoding", {}), **made.get("encoding", {})}
        source = made.get("data") or panel.get("data")
        self.rows: list[Row] = data[source["name"]] if "name" in source else source["values"]

    @property
    def type(self) -> str:
        return str(self.mark["type"])


def panels(chart: Any) -> list[list[Layer]]:
    """The marks of each panel, from the top."""
    made = chart.to_dict(validate=False)
    data = made.get("datasets", {})
    found = []
    for panel in made.get("vconcat", [made]):
        panel.setdefault("data", made.get("data"))
        found.append([Layer(panel, one, data) for one in panel.get("layer", [panel])])
    return found


def layers(chart: Any) -> list[Layer]:
    return [one for panel in panels(chart) for one in panel]


def titles(panel: list[Layer]) -> set[Any]:
    return {one.encoding["y"].get("title") for one in panel if "y" in one.encoding}


def drawn(made: Registry, width: int = style.WIDE, **changed: Any) -> Any:
    return timeline(assess(made, DEFAULTS.changed(**changed) if changed else DEFAULTS), "p", width)


def level_panels(chart: Any) -> list[list[Layer]]:
    return [panel for panel in panels(chart) if any(title and title.startswith("MRD") for title in titles(panel))]


def axis_labels(panel: list[Layer]) -> dict[float, str]:
    """The labels of a logarithmic axis by the level they stand at."""
    expression = panel[-1].encoding["y"]["axis"]["labelExpr"]
    return {
        10 ** (int(key) / 1000): label for key, label in json.loads(expression[: expression.rindex("}") + 1]).items()
    }


def of_diagnosis(day: int, level: float, **more: Any) -> Row:
    return sample(day, level, **{"scale": "percent_of_diagnosis", **more})


PLAIN = {"responses": [remission(0)], "treatments": [line(50, end_day=80)]}
EMPTY_DAYS = [
    {"patient_id": "p"},
]
IN_ORDER = {
    "patients": EMPTY_DAYS,
    "treatments": [{"start_day": None, "regimen": "aza-ven", "drugs": "azacitidine+venetoclax", "sequence": 2}],
    "responses": [{"response_day": None, "reported_response": "CR", "sequence": 1}],
    "mrd_samples": [
        sample(None, level, name=f"s{k}", sequence=k + 3) for k, level in enumerate([0.1, "neg", "det", 0.5])
    ],
}
CHARTS: dict[str, dict[str, Any]] = {
    "one sample": {"mrd_samples": [sample(5, 0.1)]},
    "one negative": {"mrd_samples": [sample(5, "neg")]},
    "two tissues": {**PLAIN, "mrd_samples": [sample(5, "neg"), sample(5, "neg", tissue="blood"), sample(60, 0.1)]},
    "forty samples": {
        **PLAIN,
        "mrd_samples": [sample(10 * k, [0.1, "neg", "det", 3.0][k % 4]) for k in range(40)],
    },
    "two scales": {**PLAIN, "mrd_samples": [sample(5, 0.1), of_diagnosis(20, 14.0, name="d")]},
    "in order only": IN_ORDER,
    "undated sample alone": {
        "patients": EMPTY_DAYS,
        "mrd_samples": [sample(None, "neg", name="a", sequence=1)],
    },
    "ended": {**PLAIN, "patients": [{"patient_id": "p", "diagnosis_day": -100, "death_day": 500}]},
    "everything": {
        **PLAIN,
        "mrd_samples": [sample(5, "neg"), sample(40, 0.05), sample(45, 0.2), sample(300, 250.0)],
        "transplants": [{"transplant_day": 100, "donor": "matched unrelated"}],
        "events": [{"event_day": 290, "kind": "relapse"}, {"event_day": 400, "kind": "death"}],
    },
}
EVERY_CHART = pytest.mark.parametrize("name", CHARTS)


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


# --- Levels, scales, thresholds. -----------------------------------------------------------------------------------------


def threshold_labels(chart: Any) -> list[str]:
    return [row["label"] for one in layers(chart) if one.type == "text" for row in one.rows if "label" in row]


def test_scales_that_do_not_compare_have_panels_of_their_own() -> None:
    samples = [
        sample(5, 0.1),
        of_diagnosis(20, 14.0, name="d"),
        sample(30, 1.0, name="v", method="ngs", scale="percent_vaf"),
    ]
    found = level_panels(drawn(registry(mrd_samples=samples)))
    assert [titles(panel) for panel in found] == [
        {"MRD, % of ABL1"},
        {"MRD, % of diagnostic level"},
        {"MRD, % VAF"},
    ]
    levels = [{row["level"] for one in panel if one.type == "point" for row in one.rows} for panel in found]
    assert [{round(level, 6) for level in panel} for panel in levels] == [{0.1}, {14.0}, {1.0}]


def test_scales_of_one_family_share_a_panel_as_the_same_amount() -> None:
    samples = [sample(5, 2.0), sample(20, 200, scale="per_1e4_abl1"), sample(30, 2000, scale="per_1e5_abl1")]
    [panel] = level_panels(drawn(registry(mrd_samples=samples)))
    [points] = [one for one in panel if one.type == "point"]
    assert [row["level"] for row in points.rows] == pytest.approx([2.0, 2.0, 2.0])


def test_two_percent_of_abl1_is_drawn_only_for_markers_with_a_low_level_rule_by_pcr() -> None:
    low = ["2 %: below is low level (ELN)"]
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1)]))) == low
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, marker="RUNX1::RUNX1T1")]))) == low
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, marker="WT1")]))) == []
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, method="ngs", scale="percent_vaf")]))) == []
    assert threshold_labels(drawn(registry(mrd_samples=[sample(5, 0.1, method="flow", scale="percent_cd45")]))) == []


def test_the_threshold_is_the_settings_and_stands_at_its_level() -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1)]), mrd__low_level_below=1.0))
    [rule] = [one for one in panel if one.type == "rule"]
    assert [(row["y"], row["label"]) for row in rule.rows] == [(1.0, "1 %: below is low level (ELN)")]


def test_two_percent_of_the_diagnostic_level_is_no_threshold() -> None:
    labels = threshold_labels(drawn(registry(mrd_samples=[of_diagnosis(5, 0.1)]), mrd__edition="TIONG-2021"))
    assert labels == ["1 %: no second sample needed (Tiong)"]


def test_a_level_stands_at_its_level() -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.02), sample(40, 3.0)])))
    for one in panel:
        for row in one.rows:
            if row.get("level") is not None:
                assert row["y"] == row["level"]


facts = st.lists(registries.samples, min_size=1, max_size=6, unique_by=lambda row: row["sample_id"])


@given(facts)
def test_nothing_stands_at_zero_or_outside_its_axis(samples: list[Row]) -> None:
    """Undetected: at its limit of detection, here one copy in 50,000, never at zero; below quantification at its bound."""
    for panel in level_panels(drawn(registry(mrd_samples=samples))):
        for one in panel:
            if "y" not in one.encoding:
                continue
            low, high = one.encoding["y"]["scale"]["domain"]
            assert one.encoding["y"]["scale"]["type"] == "log"
            for row in one.rows:
                assert 0 < low <= row["y"] <= high
                if "detected" in row and not row["detected"]:
                    assert row["y"] == pytest.approx(100 / 50_000)
                if row.get("upper"):
                    assert row["y"] == row["upper"] == pytest.approx(100 * 10 / 50_000)


def test_undetected_without_a_limit_stands_in_a_named_lane_below_the_scale() -> None:
    bare = {"control_copies": None, "control_gene": None, "adequate": True}
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), sample(30, "neg", **bare)])))
    [missed] = [row for one in panel if one.type == "point" for row in one.rows if not row["detected"]]
    labels = axis_labels(panel)
    [lane] = [level for level, label in labels.items() if label == "not detected"]
    assert missed["y"] == pytest.approx(lane, rel=1e-2)
    lowest = min(level for level, label in labels.items() if label != "not detected")
    assert lane == pytest.approx(lowest / 10**LANE, rel=1e-2)


def test_undetected_is_hollow_and_detected_is_filled() -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), sample(30, "neg"), sample(60, "det")])))
    for one in panel:
        if one.type == "point":
            assert {bool(one.mark["filled"])} == {row["detected"] for row in one.rows}


@pytest.mark.parametrize("width", WIDTHS)
def test_words_beside_close_samples_do_not_lie_over_one_another(width: int) -> None:
    close = [sample(5, 0.1), *(sample(day, "det") for day in (30, 36, 42, 300)), sample(39, 0.02)]
    [panel] = level_panels(drawn(registry(mrd_samples=close), width))
    places = []
    for one in panel:
        if one.type == "text" and one.rows and "word" in one.rows[0]:
            [low, high], scale = one.encoding["x"]["scale"]["domain"], one.encoding["y"]["scale"]["domain"]
            across = one.panel["width"] / (high - low)
            up = one.panel["height"] / (math.log10(scale[1] / scale[0]))
            places += [
                (row["middle"] * across, one.mark["dy"] - math.log10(row["y"]) * up, len(row["word"]), row["word"])
                for row in one.rows
            ]
    for (x, y, long, _), (x2, y2, long2, _) in itertools.combinations(places, 2):
        assert abs(x - x2) > 5 * (long + long2) / 2 or abs(y - y2) > 10
    words = [word for *_, word in places]
    assert {"0.1 %", "0.02 %"} <= set(words)
    assert 2 <= words.count("not quantifiable") < 4


# --- Days that are not known. --------------------------------------------------------------------------------------------


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


# --- Curves. ---------------------------------------------------------------------------------------------------------------

lives = st.lists(st.tuples(st.integers(0, 4000), st.booleans()), min_size=1, max_size=25)


@given(st.lists(lives, min_size=1, max_size=3), st.sampled_from(WIDTHS))
def test_the_numbers_at_risk_are_the_curves_and_the_line_is_the_estimate(groups: list[Any], width: int) -> None:
    curves = {
        f"group {k}": kaplan_meier([days / 30.4375 for days, _ in group], [event for _, event in group])
        for k, group in enumerate(groups)
    }
    upper, lower = panels(kaplan_meier_figure(curves, y_title="alive", x_title="months from diagnosis", width=width))
    [numbers] = lower
    for row in numbers.rows:
        group = groups[int(row["group"].split()[1])]
        assert row["n"] == sum(days / 30.4375 >= row["time"] for days, _ in group)
    assert {row["group"] for row in numbers.rows} == set(curves)
    assert numbers.encoding["x"]["scale"]["domain"] == upper[0].encoding["x"]["scale"]["domain"]
    assert [one.encoding["x"]["title"] for one in upper] == ["months from diagnosis"] * len(upper)
    assert {one.encoding["y"]["title"] for one in upper} == {"alive"}
    [estimate] = [one for one in upper if one.type == "line"]
    for name, curve in curves.items():
        rows = [row for row in estimate.rows if row["group"] == name]
        assert (rows[0]["time"], rows[0]["survival"]) == (0.0, 1.0)
        assert rows[-1]["survival"] == pytest.approx(curve.steps["survival"][-1])
        assert rows[-1]["time"] == pytest.approx(curve.steps["time"][-1])
        levels = [row["survival"] for row in rows]
        assert levels == sorted(levels, reverse=True)
    for one in upper:
        if one.type == "area":
            assert all(row["low"] <= row["survival"] <= row["high"] for row in one.rows)


def test_every_curve_of_a_group_has_its_own_colour_and_dash() -> None:
    curves = {name: kaplan_meier([1.0, 5.0], [True, False]) for name in "abcdefg"}
    upper, _ = panels(kaplan_meier_figure(curves, y_title="alive", x_title="months"))
    [estimate] = [one for one in upper if one.type == "line"]
    for channel in ("color", "strokeDash"):
        used = estimate.encoding[channel]["scale"]["range"]
        assert len({str(one) for one in used}) == len(curves)


@pytest.mark.parametrize("months", [[0.0, 0.0], [0.01], [5.0, 400.0]])
def test_even_odd_curves_can_be_drawn(months: list[float]) -> None:
    curve = kaplan_meier(months, [True] * len(months))
    for width in WIDTHS:
        ElementTree.fromstring(style.svg(kaplan_meier_figure({"": curve}, y_title="y", x_title="x", width=width)))


def test_without_a_patient_there_is_no_curve() -> None:
    with pytest.raises(ValueError, match="no curve"):
        kaplan_meier_figure({"a": kaplan_meier([], [])}, y_title="y", x_title="x")


# --- Responses. ------------------------------------------------------------------------------------------------------------


def treated(*after: Row, **more: Any) -> Assessment:
    samples = [sample(5, "neg"), sample(20, 0.1), sample(45, 0.2), *after]
    return assess(registry(**{"responses": [remission(0)], "treatments": [line(50)], "mrd_samples": samples, **more}))


def test_the_parts_of_a_bar_add_up_to_its_patients() -> None:
    best = best_responses(treated(sample(90, 0.01), sample(120, 0.3)).responses)
    assert best["response"].to_list() == ["MRD reduction"]
    bars = next(one for one in layers(response_counts(best)) if one.type == "bar")
    assert [(row["response"], row["n"]) for row in bars.rows] == [("MRD reduction", 1)]


def test_levels_before_and_after_are_on_one_scale_each() -> None:
    made = treated(sample(90, 0.01))
    best = best_responses(made.responses)
    assert before_and_after(best, DIAGNOSIS) is None
    [rule, ring, filled] = layers(before_and_after(best, ABL1))
    assert rule.rows[0]["before"] == pytest.approx(0.2)
    assert filled.rows[0]["shown"] == pytest.approx(0.01)
    assert ring.encoding["x"]["title"][0] == "MRD, % of ABL1"


def test_a_cohort_without_treatment_has_no_picture_of_response() -> None:
    best = best_responses(assess(registry(mrd_samples=[sample(5, 0.1)])).responses)
    assert response_counts(best) is None
    assert before_and_after(best, ABL1) is None


# --- Pages. ------------------------------------------------------------------------------------------------------------------

MARKUP = "<script>alert(1)</script>&\"'<b onload=x>"


class Page(HTMLParser):
    """The elements of a page and their text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile() -> Registry:
    """Every text that a record holds is markup."""
    return registry(
        patients=[
            {"patient_id": MARKUP, "diagnosis_day": 0, "day_zero": MARKUP, "cause_of_death": MARKUP, "death_day": 900}
        ],
        treatments=[{**line(50, end_day=70), "patient_id": MARKUP, "regimen": MARKUP}],
        mrd_samples=[
            {**sample(day, level, name=f"{MARKUP}{day}"), "patient_id": MARKUP, "marker": marker}
            for day, level in ((9, 0.1), (30, 0.2), (90, 0.01), (120, "neg"))
            for marker in ("NPM1",)
        ],
        responses=[{"patient_id": MARKUP, "response_day": 1, "reported_response": "CR", "source": MARKUP}],
        transplants=[{"patient_id": MARKUP, "transplant_day": 100, "donor": MARKUP}],
        reported_outcomes=[
            {"patient_id": MARKUP, "endpoint": "RFS-MRD", "time_months": 3, "event": True, "clock_start": MARKUP}
        ],
    )


@pytest.mark.parametrize("which", ["patient", "cohort"])
def test_markup_in_a_record_stays_text(which: str) -> None:
    assessment = assess(hostile())
    page = (
        patient_page(assessment, MARKUP)
        if which == "patient"
        else cohort_page(assessment, title=MARKUP, lead=[MARKUP], groups={MARKUP: MARKUP})
    )
    read = Page(page)
    assert not read.tags & {"script", "b", "iframe", "object", "img", "link"}
    assert not any(name.startswith("on") for name in read.attributes)
    assert MARKUP in read.text
    assert all(link.startswith("#") for link in read.links)


def test_markup_in_a_record_stays_text_in_a_drawing() -> None:
    drawing = style.svg(timeline(assess(hostile()), MARKUP))
    tree = ElementTree.fromstring(drawing)
    names = {one.tag.rpartition("}")[2] for one in tree.iter()}
    assert not names & {"script", "b", "image", "a", "foreignObject"}
    assert any("<script>" in (one.text or "") for one in tree.iter())


def test_every_element_of_a_page_has_an_id_of_its_own_and_every_link_leads_to_one() -> None:
    read = Page(cohort_page(assess(published().select(["tiong-01", "tiong-10", "thol-1"])), title="published"))
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)


PAGES: dict[str, dict[str, Any]] = {
    "no facts": {"patients": EMPTY_DAYS},
    "in order only": IN_ORDER,
    "undated sample alone": CHARTS["undated sample alone"],
    "forty samples": CHARTS["forty samples"],
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_patients_with_few_or_many_facts_can_be_made(name: str) -> None:
    assessment = assess(only(**PAGES[name]))
    assert "<html" in patient_page(assessment, "p")
    assert "<html" in cohort_page(assessment, title="a cohort")


def test_a_page_says_of_simulated_patients_that_they_are() -> None:
    made = Registry.from_tables({"patients": EMPTY_DAYS}, relative=True, simulated=True)
    assert "SIMULATED" in patient_page(assess(made), "p")
    assert "SIMULATED" in cohort_page(assess(made), title="a cohort")


def test_the_curves_of_a_page_are_those_of_the_outcomes() -> None:
    people = [{"patient_id": f"q{k}", "diagnosis_day": 0, "last_contact_day": 100 * k} for k in range(1, 6)]
    assessment = assess(registry(patients=people))
    [overall] = outcomes(assessment).reached
    read = Page(cohort_page(assessment, title="t"))
    assert overall.curves["all patients"].n == 5
    assert "neither" not in read.text
    assert "no first MRD relapse on record" in read.text


# --- What once went wrong. ---------------------------------------------------------------------------------------------------


BARE: Row = {"control_copies": None, "control_gene": None, "scale": None, "value": None}


@pytest.mark.parametrize("what", [{"detected": None}, {"detected": "yes"}], ids=["result not known", "level not known"])
def test_only_what_was_not_detected_stands_in_the_lane_of_the_undetected(what: Row) -> None:
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), sample(30, None, name="u", **BARE | what)])))
    assert "not detected" not in axis_labels(panel).values()


def test_a_patient_who_became_negative_is_in_the_picture_of_before_and_after() -> None:
    best = best_responses(treated(sample(90, "neg")).responses)
    assert best["response"].to_list() == ["MRD negativity"]
    chart = before_and_after(best, ABL1)
    assert chart is not None
    [row] = layers(chart)[0].rows
    assert row["before"] == pytest.approx(0.2)
    assert row["after"] is None


def test_a_sample_that_may_be_negative_leaves_the_best_response_open() -> None:
    made = treated(sample(70, 0.2), sample(90, None, name="u", **BARE | {"detected": None}))
    assert best_responses(made.responses)["response"].to_list() == ["cannot be told"]


def test_tiongs_waiver_is_drawn_only_where_it_is_in_force() -> None:
    assert threshold_labels(drawn(registry(mrd_samples=[of_diagnosis(5, 0.1)]))) == []


def test_a_threshold_names_its_marker_where_another_without_it_shares_the_panel() -> None:
    samples = [sample(5, 0.1), sample(20, 5.0, name="w", marker="WT1")]
    assert any("NPM1" in label for label in threshold_labels(drawn(registry(mrd_samples=samples))))


def test_a_patient_who_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        patient_page(assess(registry()), "nobody")


def test_a_sample_too_poor_to_call_negative_is_not_drawn_as_a_negative() -> None:
    poor = sample(30, "neg", control_copies=500)
    [panel] = level_panels(drawn(registry(mrd_samples=[sample(5, 0.1), poor])))
    words = [row["word"] for one in panel if one.type == "text" for row in one.rows if "word" in row]
    assert any("adequate" in word for word in words)


def test_more_groups_than_can_be_told_apart_are_refused() -> None:
    curves = {f"group {k}": kaplan_meier([1.0, 5.0], [True, False]) for k in range(13)}
    with pytest.raises(ValueError, match="13 groups"):
        kaplan_meier_figure(curves, y_title="alive", x_title="months")
