"""A study's result as a page, tables and figures: the numbers that its paper would print, and how they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import vl_convert as vlc

from tenfold.assessment import Assessment
from tenfold.cohort.asked_scores import asked
from tenfold.cohort.compare import Comparison, compare
from tenfold.cohort.describe import Description, describe
from tenfold.cohort.figure_rows import courses, mutation_rows
from tenfold.cohort.known_at_start import as_recorded
from tenfold.cohort.study.curves import EVENT, EVERYBODY, StudyCurves, as_table, one_each, study_curves
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.methods import methods
from tenfold.cohort.study.models import StudyCox, study_cox
from tenfold.figures import style
from tenfold.figures.flow import flow_figure
from tenfold.figures.incidence import incidence_figure
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.oncoprint import oncoprint
from tenfold.figures.swimmer import swimmer
from tenfold.reports.page import render
from tenfold.reports.pictures import picture

PNG_SCALE = 2.0


Drawing = Callable[[int], Any]
"""What draws a figure for a width."""


@dataclass(frozen=True)
class StudyResult:
    """Everything that a study asks for: description, curves, models, scores, what could not be done, and the methods."""

    study: Study
    description: Description | None
    drawings: dict[str, Drawing]
    curves: list[StudyCurves]
    models: list[StudyCox]
    scores: list[Comparison]
    failed: list[str]
    methods: list[str]

    @property
    def endpoints(self) -> pl.DataFrame:
        """One row an endpoint and group."""
        return pl.concat([as_table(one, self.study) for one in self.curves], how="diagonal_relaxed")


def run_study(assessment: Assessment, study: Study) -> StudyResult:
    """Do what a study asks for. ImmortalTime or ValueError for a grouping that cannot stand; a model that cannot be
    fitted is said in `failed` and sinks nothing else.
    """
    curves = study_curves(assessment, study)
    models, scores, failed = [], [], []
    for one in study.cox:
        try:
            models.append(study_cox(assessment, study, one))
        except (ValueError, LookupError) as error:
            failed.append(f"Cox model of {one.endpoint}: {error.args[0]}")
    for wanted in study.scores:
        endpoint = study.endpoint(wanted.endpoint)
        try:
            found = compare(
                assessment,
                wanted.compare,
                endpoint.rule,
                endpoint.clock,
                subgroup=study.population,
                horizon_months=wanted.horizon_months,
                resamples=wanted.bootstrap,
                seed=study.seed,
            )
            scores.append(found)
        except (ValueError, LookupError) as error:
            failed.append(f"comparison of {', '.join(wanted.compare)}: {error.args[0]}")
    description, drawings = _described(assessment, study) if study.describe else (None, {})
    said = methods(study, curves, models)
    return StudyResult(study, description, drawings, curves, models, scores, failed, said)


def _described(assessment: Assessment, study: Study) -> tuple[Description, dict[str, Drawing]]:
    """The tables of a description and what draws its figures, by title."""
    groups = None
    if study.describe_by is not None:
        groups = _groups(assessment, study.describe_by)
    told = describe(assessment, groups)
    mutations = mutation_rows(assessment)
    lanes = courses(assessment, told.index)
    drawings: dict[str, Drawing] = {
        "Mutations at diagnosis": lambda width: oncoprint(mutations, width=width),
        "Course from the index treatment": lambda width: swimmer(
            lanes, x_title="months from the treatment", width=width
        ),
        "Patient flow": lambda width: flow_figure(told.flow, width=width),
    }
    return told, drawings


def _groups(assessment: Assessment, name: str) -> pl.DataFrame:
    """The group of each patient by a model or a column, by all that is on record: a description, not a test.

    LookupError for a name that means nothing, ValueError for one that means several models.
    """
    wanted, columns = asked([name], as_recorded(assessment), "OS")
    one_each([name], wanted)
    return columns.select("patient_id", group=pl.col(wanted[0].column("group")))


def figure_of(one: StudyCurves, width: int) -> Any:
    """The curves of one endpoint and grouping."""
    x_title = f"months from {(one.endpoint.clock or one.endpoint.rule.clock).value}"
    name = str(one.endpoint.rule.name)
    if one.competing:
        named = {"" if one.by == EVERYBODY else group: found for group, found in one.incidences.items()}
        return incidence_figure(named, EVENT, y_title=f"{name}, % of patients", x_title=x_title, width=width)
    curves = {"" if one.by == EVERYBODY else group: curve for group, curve in one.curves.items()}
    return kaplan_meier_figure(curves, y_title=f"{name}, % of patients", x_title=x_title, width=width)


def study_page(assessment: Assessment, result: StudyResult) -> str:
    """Return the study as a page."""
    return render(
        "study.html.j2",
        assessment,
        title=result.study.title,
        source=assessment.registry.title or "",
        counts=f"{assessment.patients.height} patients in the records.",
        described=_tables(result.description),
        drawn=[_drawn(title, draw) for title, draw in result.drawings.items()],
        scores=[_scores(one) for one in result.scores],
        curves=[_curves(one, result.study) for one in result.curves],
        models=[_model(one) for one in result.models],
        failed=result.failed,
        methods=result.methods,
    )


def _tables(told: Description | None) -> list[dict[str, Any]]:
    """The tables of a description that hold something."""
    if told is None:
        return []
    return [
        {"title": name.replace("_", " "), "columns": frame.columns, "rows": [tuple(row) for row in frame.iter_rows()]}
        for name, frame in told.tables().items()
        if frame.height
    ]


def _drawn(title: str, draw: Drawing) -> dict[str, Any]:
    return {"title": title, "picture": picture(draw, f"{title}; the tables say the same.")}


SHOWN = {
    "score": "score",
    "patients": "patients",
    "events": "events",
    "in_scope": "in scope",
    "aic_groups_minus_null": "AIC less null, groups",
    "aic_score_minus_null": "AIC less null, score",
    "harrell_c": "C",
    "auc_ipcw": "AUC",
    "brier": "Brier",
    "remarks": "remarks",
}
"""What of a comparison stands in the report; the table of the folder has all."""


def _scores(found: Comparison) -> dict[str, Any]:
    table = found.table()
    shown = [name for name in SHOWN if name in table.columns]
    rows = [tuple(_short(row[name]) for name in shown) for row in table.select(shown).to_dicts()]
    return {
        "title": f"Scores compared on {found.set.endpoint}",
        "columns": [SHOWN[name] for name in shown],
        "rows": rows,
    }


def _short(value: Any) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _curves(one: StudyCurves, study: Study) -> dict[str, Any]:
    drawn = picture(
        lambda width: _or_none(one, width), f"{one.endpoint.label} by {one.by}; the table gives its numbers."
    )
    return {
        "title": one.endpoint.label + ("" if one.by == EVERYBODY else f", by {one.by}"),
        "picture": drawn,
        "caption": f"{one.endpoint.rule.meaning} ({one.endpoint.rule.citation}).",
        "warning": one.warning,
        "columns": _columns(one, study),
        "rows": [_cells(one, row, study) for row in as_table(one, study).to_dicts()],
        "p": None if one.p is None else p_words(one.p),
        "test": "Gray's test" if one.competing else "log-rank test",
        "left_out": [tuple(row.values()) for row in one.left_out.to_dicts()],
        "notes": one.notes,
    }


def _or_none(one: StudyCurves, width: int) -> Any:
    try:
        return figure_of(one, width)
    except ValueError:
        return None


def _columns(one: StudyCurves, study: Study) -> list[str]:
    landmarks = [f"at {month:g} months (95 % CI)" for month in study.landmarks_months]
    ends = ["competing events"] if one.competing else ["median, months (95 % CI)"]
    follow_up = ["follow-up, reverse Kaplan-Meier, median (IQR)", "observed times, median (IQR)"]
    return ["group", "patients", "events", *ends, *landmarks, *follow_up]


def _cells(one: StudyCurves, row: Mapping[str, Any], study: Study) -> tuple[Any, ...]:
    ends = [row["competing_events"]] if one.competing else [_with(row, "median_months", "median_low", "median_high")]
    landmarks = [
        _with(row, f"at_{month:g}_months", f"at_{month:g}_low", f"at_{month:g}_high", percent=True)
        for month in study.landmarks_months
    ]
    follow_up = [
        _with(row, f"{name}_median", f"{name}_quartile_1", f"{name}_quartile_3")
        for name in ("follow_up_reverse", "follow_up_plain_type_7")
    ]
    return (row["group"], row["patients"], row["events"], *ends, *landmarks, *follow_up)


def _with(row: Mapping[str, Any], value: str, low: str, high: str, *, percent: bool = False) -> str:
    if row[value] is None:
        return "not told" if percent else "not reached"

    def said(name: str) -> str:
        found = row[name]
        return "not reached" if found is None else f"{100 * found:.0f}" if percent else f"{found:.1f}"

    unit = " %" if percent else ""
    bounds = "" if row[low] is None and row[high] is None else f" ({said(low)} to {said(high)})"
    return f"{said(value)}{unit}{bounds}"


def _model(one: StudyCox) -> dict[str, Any]:
    rows = [
        (
            row["covariate"] if row["level"] is None else f"{row['covariate']}: {row['level']} v {row['reference']}",
            row["patients"],
            row["events"],
            _ratio(row, "alone"),
            _ratio(row, "together"),
            "" if row["proportional_hazards_p"] is None else p_words(row["proportional_hazards_p"]),
        )
        for row in one.table.to_dicts()
    ]
    model = one.together
    concordance = "" if model.concordance is None else f"; C {model.concordance.value:.3f}"
    return {
        "title": f"{one.label}: Cox model",
        "columns": [
            "covariate",
            "patients",
            "events",
            "alone, hazard ratio (95 % CI)",
            "together, hazard ratio (95 % CI)",
            "proportional hazards, p",
        ],
        "rows": rows,
        "said": f"Together: {one.patients or model.n} patients, {model.events} events; AIC {model.aic:.1f}{concordance}.",
        "notes": one.notes,
    }


def _ratio(row: Mapping[str, Any], which: str) -> str:
    ratio, low, high, p = (row[f"{which}_{name}"] for name in ("hazard_ratio", "low", "high", "p"))
    if ratio is None or low is None or high is None or p is None:
        return "cannot be estimated"
    return f"{ratio:.2f} ({low:.2f} to {high:.2f}); {p_words(p)}"


def p_words(p: float) -> str:
    """A p value for reading: three decimals, or less than 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def write_study(result: StudyResult, page: str, folder: Path) -> list[str]:
    """Write the page, tables as CSV and figures as SVG and PNG; return the file names. OSError if it cannot be written."""
    for name in ("", "tables", "figures"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    written = ["report.html", "methods.txt", "tables/endpoints.csv", "tables/times.csv", "tables/left_out.csv"]
    (folder / "report.html").write_text(page, "utf-8")
    (folder / "methods.txt").write_text("\n".join([*result.methods, ""]), "utf-8")
    result.endpoints.write_csv(folder / "tables" / "endpoints.csv")
    _long(result.curves, "patients").write_csv(folder / "tables" / "times.csv")
    _long(result.curves, "left_out").write_csv(folder / "tables" / "left_out.csv")
    if result.description is not None:
        for name, frame in result.description.tables().items():
            written.append(f"tables/{name}.csv")
            frame.write_csv(folder / written[-1])
    for number, found in enumerate(result.scores, 1):
        written.append(f"tables/scores_{number}.csv")
        found.table().write_csv(folder / written[-1])
    for number, model in enumerate(result.models, 1):
        written.append(f"tables/cox_{number}.csv")
        model.table.write_csv(folder / written[-1])
    for number, one in enumerate(result.curves, 1):
        drawn = _or_none(one, style.WIDE)
        written += _written(folder, f"curve_{number}", drawn)
    for title, draw in result.drawings.items():
        written += _written(folder, title.lower().replace(" ", "_"), draw(style.WIDE))
    return written


def _written(folder: Path, name: str, drawn: Any) -> list[str]:
    """Write a figure as SVG and PNG; nothing where there is none."""
    if drawn is None:
        return []
    spec = drawn.to_json()
    (folder / f"figures/{name}.svg").write_text(vlc.vegalite_to_svg(spec), "utf-8")
    (folder / f"figures/{name}.png").write_bytes(vlc.vegalite_to_png(spec, scale=PNG_SCALE))
    return [f"figures/{name}.svg", f"figures/{name}.png"]


def _long(curves: Sequence[StudyCurves], which: str) -> pl.DataFrame:
    frames: list[tuple[StudyCurves, pl.DataFrame]] = [(one, getattr(one, which)) for one in curves]
    named = [
        frame.select(endpoint=pl.lit(one.endpoint.label), by=pl.lit(one.by), **{c: pl.col(c) for c in frame.columns})
        for one, frame in frames
    ]
    return pl.concat(named, how="diagonal_relaxed")
