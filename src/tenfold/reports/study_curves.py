"""The curves of a study as a page shows them: the figure with its heading, the table, the test, and who is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.cohort.study.curve_table import as_table, bounds_table
from tenfold.cohort.study.curves import EVENT, StudyCurves
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.grouping import EVERYBODY
from tenfold.cohort.too_few import too_few
from tenfold.endpoints.definitions import EndpointRule
from tenfold.figures.heading import SIMULATED, headed
from tenfold.figures.incidence import incidence_figure
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.share_with_event import share_with_event_figure
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.reports.pictures import picture
from tenfold.vocabulary import Happening

LINE = 38
"""So many letters stand beside the axis of a curve in one line."""
AS_PUBLISHED = "as published, by a fact of the future"


def title_of(one: StudyCurves) -> str:
    """The endpoint with its clock, and the grouping."""
    said = one.endpoint.label + ("" if one.by == EVERYBODY else f", by {in_words(one.by)}")
    return said[0].upper() + said[1:]


AS_PRINTED = {"vaf": "VAF", "flt3": "FLT3", "itd": "ITD", "ras": "RAS", "mrd": "MRD"}


def in_words(name: str) -> str:
    """The name of a column or table as words, abbreviations as the papers write them."""
    return " ".join(AS_PRINTED.get(word, word) for word in name.split("_"))


def drawn_as(rule: EndpointRule) -> list[str]:
    """What the axis of a curve is of, in lines: the share alive, without the events, or with them."""
    events = " or ".join(kind.value for kind in rule.events)
    if rule.competing:
        said = f"cumulative incidence of {events}, % of patients"
    elif rule.horizon_days is not None:
        said = "dead, % of patients" if rule.events == (Happening.DEATH,) else f"with {events}, % of patients"
    else:
        said = "alive, % of patients" if rule.events == (Happening.DEATH,) else f"without {events}, % of patients"
    lines = [""]
    for word in said.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def figure_of(one: StudyCurves, width: int, simulated: bool = False) -> Any:
    """The curves of one endpoint and grouping under their heading. ValueError, in words, where they cannot be drawn."""
    rule = one.endpoint.rule
    x_title = f"months from {(one.endpoint.clock or rule.clock).value}"
    axes: dict[str, Any] = {"y_title": drawn_as(rule), "x_title": x_title, "width": width}
    whole = one.by == EVERYBODY
    drawn: Any
    if one.competing:
        drawn = incidence_figure({"" if whole else name: each for name, each in one.incidences.items()}, EVENT, **axes)
    else:
        curves = {"" if whole else name: curve for name, curve in one.curves.items()}
        draw = kaplan_meier_figure if rule.horizon_days is None else share_with_event_figure
        drawn = draw(curves, **axes)
    said = [SIMULATED] if simulated else []
    said += [one.warning] if one.warning else []
    said += [_tested(one)] if one.p is not None else []
    return headed(drawn, title_of(one), said, width=width)


def figure_or_why(one: StudyCurves, draw: Callable[[], Any]) -> tuple[Any, str | None]:
    """What `draw` makes of the curves, or why there is nothing."""
    if not one.patients.height:
        return None, "No patient is left to draw."
    if one.competing and not any(EVENT in each.causes for each in one.incidences.values()):
        return None, "Nobody had the event."
    try:
        return draw(), None
    except ValueError as error:
        return None, f"Not drawn: {error.args[0]}."


def _tested(one: StudyCurves) -> str:
    """The test between groups with its name, and what is wrong with the groups."""
    said = f"{one.test[0].upper()}{one.test[1:]} between groups: {p_words(one.p or 0.0)}"
    return f"{said} ({AS_PUBLISHED})." if one.warning else f"{said}."


def curves_view(one: StudyCurves, study: Study, simulated: bool) -> dict[str, Any]:
    """The curves as a picture, rows and words of a page."""
    told = curves_data(one, study)
    drawn, why = figure_or_why(one, lambda: picture(lambda width: figure_of(one, width, simulated), told["described"]))
    return {**told, "picture": drawn, "why": why}


def curves_data(one: StudyCurves, study: Study) -> dict[str, Any]:
    """The curves as rows and words of a page, without the picture; `described`: the picture for who cannot see it."""
    rule = one.endpoint.rule
    return {
        "title": title_of(one),
        "described": f"{title_of(one)}; the table gives its numbers.",
        "caption": f"{rule.meaning} ({rule.citation}).",
        "warning": one.warning,
        "columns": _columns(one, study),
        "rows": [_cells(one, row, study) for row in as_table(one, study).to_dicts()],
        "tested": None if one.p is None else _tested(one),
        "left_out": [tuple(row.values()) for row in one.left_out.to_dicts()],
        "notes": one.notes,
        "too_few": too_few(one),
        "bounds": _bounds(one, study),
    }


def _bounds(one: StudyCurves, study: Study) -> dict[str, Any] | None:
    """The endpoint with its doubtful patients left out and settled either way, group by group."""
    if not one.bounds:
        return None
    rows = bounds_table(one, study).sort("group", maintain_order=True).to_dicts()
    first = list(dict.fromkeys(row["group"] for row in as_table(one, study).to_dicts()))
    rows.sort(key=lambda row: first.index(row["group"]) if row["group"] in first else len(first))
    columns = _columns(one, study)[:-2]
    return {
        "said": (
            f"Of {one.doubtful} patients an MRD sample leaves open whether the event came: they have no time and are left out "
            "above. The estimate lies between the two: every doubtful sample no event, or the first of each patient the event."
        ),
        "columns": [columns[0], "doubtful samples", *columns[1:]],
        "rows": [(row["group"], row["counted"], *_cells(one, row, study)[1:-2]) for row in rows],
    }


def _columns(one: StudyCurves, study: Study) -> list[str]:
    horizon = one.endpoint.rule.horizon_days
    ends = ["competing events"] if one.competing else [] if horizon is not None else ["median, months (95 % CI)"]
    what = "incidence by" if one.competing else "at"
    landmarks = [f"{what} {month:g} months (95 % CI)" for month in study.landmarks_months if horizon is None]
    if horizon is not None:
        landmarks = [f"with the event by day {horizon} = {horizon / DAYS_PER_MONTH:.2f} months (95 % CI)"]
    follow_up = ["follow-up, months, reverse Kaplan-Meier, median (IQR)", "observed times, months, median (IQR)"]
    return ["group", "patients", "events", *ends, *landmarks, *follow_up]


def _cells(one: StudyCurves, row: Mapping[str, Any], study: Study) -> tuple[Any, ...]:
    if one.endpoint.rule.horizon_days is not None:
        ends = [row["competing_events"]] if one.competing else []
        shares = ["incidence_by_horizon"]
    else:
        ends = [row["competing_events"]] if one.competing else [with_interval(row, "median_months", "median")]
        shares = []
    landmarks = [with_interval(row, name, name, percent=True) for name in shares]
    if not shares:
        landmarks = [
            with_interval(row, f"at_{month:g}_months", f"at_{month:g}", percent=True)
            for month in study.landmarks_months
        ]
    follow_up = [
        with_interval(row, f"{name}_median", name, bounds=("quartile_1", "quartile_3"))
        for name in ("follow_up_reverse", "follow_up_plain_type_7")
    ]
    return (row["group"], row["patients"], row["events"], *ends, *landmarks, *follow_up)


def with_interval(
    row: Mapping[str, Any],
    value: str,
    of: str,
    *,
    bounds: tuple[str, str] = ("low", "high"),
    percent: bool = False,
) -> str:
    """An estimate of a row with its bounds, named `of`_low and `of`_high unless otherwise."""
    if row[value] is None:
        return "not told" if percent else "not reached"

    def said(name: str) -> str:
        found = row[name]
        return "not reached" if found is None else f"{100 * found:.0f}" if percent else f"{found:.1f}"

    low, high = (f"{of}_{bound}" for bound in bounds)
    unit = " %" if percent else ""
    interval = "" if row[low] is None and row[high] is None else f" ({said(low)} to {said(high)})"
    return f"{said(value)}{unit}{interval}"


def p_words(p: float) -> str:
    """A p value for reading: three decimals, or less than 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def bounds_of(curves: Sequence[StudyCurves], study: Study) -> pl.DataFrame:
    """The bounds of every endpoint that a doubtful MRD sample leaves open, as one table."""
    tables = [bounds_table(one, study) for one in curves if one.bounds]
    return pl.concat(tables, how="diagonal_relaxed") if tables else pl.DataFrame()
