"""A study's result as a page, tables and figures: the numbers that its paper would print, and how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.compare import Comparison, compare
from tenfold.cohort.describe import Description
from tenfold.cohort.study.case_mix import StudyCaseMix, study_case_mix
from tenfold.cohort.study.curve_table import as_table
from tenfold.cohort.study.curves import StudyCurves, curves_and_faults
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.methods import methods
from tenfold.cohort.study.models import StudyCox, study_cox
from tenfold.endpoints.time_zero import ImmortalTime
from tenfold.figures.heading import Drawing, under_heading
from tenfold.reports.cohort import set_aside_in_words
from tenfold.reports.compare import head
from tenfold.reports.page import changed_settings, render
from tenfold.reports.pictures import picture
from tenfold.reports.study_case_mix import case_mix_methods, case_mix_view
from tenfold.reports.study_curves import curves_view, in_words, p_words
from tenfold.reports.study_description import StudyDescription, describe_study
from tenfold.reports.study_models import Further, cox_title, run_further
from tenfold.reports.study_models_view import further_methods, further_view


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
    simulated: bool = False
    further: Further | None = None
    described: StudyDescription | None = None
    case_mix: StudyCaseMix | None = None

    @property
    def endpoints(self) -> pl.DataFrame:
        """One row an endpoint and group."""
        tables = [as_table(one, self.study) for one in self.curves]
        return pl.concat(tables, how="diagonal_relaxed") if tables else pl.DataFrame()


def run_study(assessment: Assessment, study: Study, other: Assessment | None = None) -> StudyResult:
    """Do what a study asks for; `other` is the external cohort that it names. ImmortalTime for a group, covariate or stratum that looks later than time zero; what cannot be
    drawn or fitted is said in `failed` and sinks nothing else. ValueError where nothing at all could be done.
    """
    curves, failed = curves_and_faults(assessment, study)
    models, scores = [], []
    for one in study.cox:
        try:
            models.append(study_cox(assessment, study, one))
        except ImmortalTime:
            raise
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
    described = _described(assessment, study, failed)
    description, drawings = (described.told, described.drawings) if described else (None, {})
    further = run_further(assessment, study, curves)
    failed += further.failed
    mix = _case_mix(assessment, other, study, failed)
    if not (curves or models or scores or description or further.made or mix):
        raise ValueError("\n".join(["nothing that the study asks for could be done:", *failed]))
    simulated = assessment.registry.simulated
    said = methods(
        study,
        curves,
        models,
        scores=scores,
        description=description,
        settings=assessment.settings,
        changed=changed_settings(assessment.settings),
        simulated=simulated,
        further=[*(described.methods if described else []), *further_methods(further, study), *case_mix_methods(mix)],
    )
    return StudyResult(
        study, description, drawings, curves, models, scores, failed, said, simulated, further, described, mix
    )


def _described(assessment: Assessment, study: Study, failed: list[str]) -> StudyDescription | None:
    """The description that a study asks for, none where it asks for none; why it cannot be made is added to `failed`."""
    if not study.describe:
        return None
    try:
        return describe_study(assessment, study)
    except (ValueError, LookupError) as error:
        failed.append(f"description: {error.args[0]}")
        return None


def _case_mix(assessment: Assessment, other: Assessment | None, study: Study, failed: list[str]) -> StudyCaseMix | None:
    """The case mix beside the external cohort, none where none is named; why it cannot be had is added to `failed`."""
    if study.external is None:
        return None
    if other is None:
        failed.append(f"case mix: the records of {study.external.name} were not read")
        return None
    try:
        return study_case_mix(assessment, other, study)
    except (ValueError, LookupError) as error:
        failed.append(f"case mix: {error.args[0]}")
        return None


def study_page(assessment: Assessment, result: StudyResult) -> str:
    """Return the study as a page."""
    return render(
        "study.html.j2",
        assessment,
        title=result.study.title,
        source=assessment.registry.title or "",
        counts=[f"{assessment.patients.height} patients in the records.", *set_aside_in_words(assessment.registry)],
        described=described_tables(result.described),
        drawn=[_drawn(title, draw, result.simulated) for title, draw in result.drawings.items()],
        scores=[_scores(one) for one in result.scores],
        curves=[curves_view(one, result.study, result.simulated) for one in result.curves],
        models=[_model(one) for one in result.models],
        further=None if result.further is None else further_view(result.further, result.models, result.study),
        case_mix=None if result.case_mix is None else case_mix_view(result.case_mix),
        failed=result.failed,
        methods=result.methods,
    )


def described_tables(described: StudyDescription | None) -> list[dict[str, Any]]:
    """The tables of a description that hold something, with what stands under each."""
    if described is None:
        return []
    return [
        {
            "name": name,
            "title": in_words(name),
            "columns": [in_words(column) for column in frame.columns],
            "rows": [tuple(_short(cell) for cell in row) for row in frame.iter_rows()],
            "notes": described.notes.get(name, []),
        }
        for name, frame in described.told.tables().items()
        if frame.height
    ]


def _drawn(title: str, draw: Drawing, simulated: bool) -> dict[str, Any]:
    drawing = under_heading(title, draw, simulated)
    return {"title": title, "picture": picture(drawing, f"{title}; the tables say the same.")}


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
        "head": head(found),
        "columns": [SHOWN[name] for name in shown],
        "rows": rows,
        "left_out": [(row["why"], row["patients"]) for row in found.set.left_out.to_dicts()],
        "warnings": found.warnings,
        "landmark": None if found.landmark is None else _scores(found.landmark),
        "no_landmark": found.no_landmark,
    }


def _short(value: Any) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _model(one: StudyCox) -> dict[str, Any]:
    rows = [
        (
            _covariate(row),
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
        "title": cox_title(one),
        "warning": one.warning,
        "columns": [
            "covariate",
            "patients",
            "events",
            "alone, hazard ratio (95 % CI); Wald's p",
            "together, hazard ratio (95 % CI); Wald's p",
            "proportional hazards, p (scaled Schoenfeld residuals)",
        ],
        "rows": rows,
        "said": f"Together: {one.patients} patients, {model.events} events; AIC {model.aic:.1f}{concordance}.",
        "notes": one.notes,
    }


def _covariate(row: Mapping[str, Any]) -> str:
    name = in_words(row["covariate"])
    return name if row["level"] is None else f"{name}: {row['level']} v {row['reference']}"


def _ratio(row: Mapping[str, Any], which: str) -> str:
    ratio, low, high, p = (row[f"{which}_{name}"] for name in ("hazard_ratio", "low", "high", "p"))
    if ratio is None or low is None or high is None or p is None:
        return "cannot be estimated"
    return f"{ratio:.2f} ({low:.2f} to {high:.2f}); {p_words(p)}"
