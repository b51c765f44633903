"""A study's landmark curves, restricted means, trends, Fine-Gray and response models, subgroups and forests, for reading.

Everything here is made by the modules of `cohort.study`; this one runs what the study file asks for, words it for the page,
and names the tables and figures. Traps: what cannot be made is said among the failures and sinks nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.study.competing_models import StudyFineGray, study_fine_gray
from tenfold.cohort.study.contrasts import StudyTrend, restricted_means, trends
from tenfold.cohort.study.curves import EVENT, StudyCurves
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.landmarks import StudyLandmark, study_landmark
from tenfold.cohort.study.models import TRANSPLANTED, StudyCox
from tenfold.cohort.study.response_models import StudyResponse, study_response
from tenfold.cohort.study.subgroup_effects import StudySubgroups, study_subgroups
from tenfold.cohort.survival import Curve
from tenfold.figures.heading import Drawing, under_heading
from tenfold.figures.incidence import incidence_figure
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.ratio_forest import Ratio, ratio_forest
from tenfold.figures.share_with_event import share_with_event_figure
from tenfold.reports.impossible import impossible_of
from tenfold.reports.study_curves import drawn_as, in_words


@dataclass(frozen=True)
class Further:
    """What a study asks for beyond curves and Cox models, made. `impossible`: histories that cannot be, and silences."""

    means: pl.DataFrame
    trends: list[StudyTrend]
    landmarks: list[StudyLandmark]
    fine_gray: list[StudyFineGray]
    responses: list[StudyResponse]
    subgroups: list[StudySubgroups]
    impossible: pl.DataFrame
    simulated: bool
    failed: list[str]

    @property
    def made(self) -> bool:
        """Whether anything that the study asks for was made."""
        return bool(self.landmarks or self.fine_gray or self.responses or self.subgroups)


def run_further(assessment: Assessment, study: Study, curves: Sequence[StudyCurves]) -> Further:
    """Make what a study asks for beyond curves and Cox models; what cannot be made is said in `failed`."""
    tested, failed = trends(curves, study)
    landmarks: list[StudyLandmark] = []
    fine_gray: list[StudyFineGray] = []
    responses: list[StudyResponse] = []
    subgroups: list[StudySubgroups] = []

    def made(into: list[Any], what: str, make: Callable[[], Any]) -> None:
        try:
            into.append(make())
        except (ValueError, LookupError) as error:
            failed.append(f"{what}: {error.args[0]}")

    asked = study.further
    for wanted in asked.landmarks:
        how = "Simon-Makuch curve" if wanted.simon_makuch else f"curves from {wanted.months:g} months"
        for name in wanted.endpoints:
            make = partial(study_landmark, assessment, study, wanted, study.endpoint(name))
            made(landmarks, f"{how} of {name} by {wanted.by}", make)
    for one in asked.fine_gray:
        made(fine_gray, f"Fine-Gray model of {one.endpoint}", partial(study_fine_gray, assessment, study, one))
    for model in asked.responses:
        made(responses, f"response model of {model.outcome}", partial(study_response, assessment, study, model))
    for group in asked.subgroups:
        what = f"subgroups of {group.effect} on {group.endpoint}"
        made(subgroups, what, partial(study_subgroups, assessment, study, group))
    return Further(
        restricted_means(curves),
        tested,
        landmarks,
        fine_gray,
        responses,
        subgroups,
        impossible_of(assessment),
        assessment.registry.simulated,
        failed,
    )


def further_tables(found: Further) -> dict[str, pl.DataFrame]:
    """Every table by the name of its file, those that hold something."""
    named: dict[str, pl.DataFrame] = {"restricted_means": found.means, "impossible_histories": found.impossible}
    if found.trends:
        named["trends"] = pl.DataFrame(
            [
                {
                    "endpoint": one.label,
                    "by": one.by,
                    "order": " < ".join(one.order),
                    "chi_squared": one.statistic,
                    "p": one.p,
                }
                for one in found.trends
            ],
            infer_schema_length=None,
        )
    named |= {f"landmark_{k}": one.table for k, one in enumerate(found.landmarks, 1)}
    named |= {f"fine_gray_{k}": one.table for k, one in enumerate(found.fine_gray, 1)}
    named |= {f"response_model_{k}": one.table for k, one in enumerate(found.responses, 1)}
    named |= {f"response_model_{k}_worth": worth_table(one) for k, one in enumerate(found.responses, 1)}
    named |= {f"subgroups_{k}": one.table for k, one in enumerate(found.subgroups, 1)}
    return {name: frame for name, frame in named.items() if frame.height}


def worth_table(one: StudyResponse) -> pl.DataFrame:
    """C and calibration slope of a response model: apparent, optimism, corrected, with interval."""
    rows = [
        {
            "measure": name,
            "apparent": measure.apparent,
            "optimism": measure.optimism,
            "corrected": measure.corrected,
            "low": measure.low,
            "high": measure.high,
            "resamples": one.worth.resamples,
            "without_answer": one.worth.without_answer,
            "seed": one.worth.seed,
        }
        for name, measure in (("C", one.worth.c), ("calibration slope", one.worth.slope))
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def further_figures(found: Further, models: Sequence[StudyCox]) -> dict[str, Drawing]:
    """What draws each figure, by the name of its file; a figure that cannot be drawn is left out."""
    named: dict[str, Drawing] = {
        f"landmark_{k}": under_heading(one.title, partial(_landmark, one), found.simulated, _tested(one))
        for k, one in enumerate(found.landmarks, 1)
    }
    forests = [
        *((f"forest_cox_{k}", cox_title(one), *_cox(one)) for k, one in enumerate(models, 1)),
        *(
            (f"forest_fine_gray_{k}", f"{one.label}: Fine-Gray model", *_fine_gray(one))
            for k, one in enumerate(found.fine_gray, 1)
        ),
        *((f"forest_response_{k}", one.outcome, *_response(one)) for k, one in enumerate(found.responses, 1)),
        *(
            (f"forest_subgroups_{k}", f"{one.asked.effect} on {one.label}, by subgroup", *_subgroups(one))
            for k, one in enumerate(found.subgroups, 1)
        ),
    ]
    warned = {f"forest_cox_{k}": [one.warning] for k, one in enumerate(models, 1) if one.warning}
    for name, title, kind, events, ratios in forests:
        if any(ratio.value is not None for ratio in ratios):
            named[name] = under_heading(title, _forest(ratios, kind, events), found.simulated, warned.get(name, []))
    return named


def cox_title(one: StudyCox) -> str:
    """What a Cox model is of: where other events compete, it is cause-specific."""
    return f"{one.label}: {'cause-specific ' if one.cause_specific else ''}Cox model"


def _forest(ratios: Sequence[Ratio], kind: str, events: str) -> Drawing:
    return lambda width: ratio_forest(ratios, kind=kind, events=events, width=width)


def _landmark(one: StudyLandmark, width: int) -> Any:
    rule = one.endpoint.rule
    axes: dict[str, Any] = {"y_title": drawn_as(rule), "x_title": f"months from {one.from_}", "width": width}
    if one.incidences:
        drawn = {group: found for group, found in one.incidences.items() if EVENT in found.causes}
        return incidence_figure(drawn, EVENT, **axes)
    curves: dict[str, Any] = dict(one.curves)
    if one.asked.simon_makuch:
        curves = {name: _Moving(curve, one.asked.months or 0.0) for name, curve in curves.items()}
    draw = kaplan_meier_figure if rule.horizon_days is None else share_with_event_figure
    return draw(curves, **axes)


@dataclass(frozen=True)
class _Moving:
    """A Simon-Makuch curve: whoever is there at its very start is at risk then, though nobody is just before it."""

    of: Curve
    start: float

    @property
    def steps(self) -> pl.DataFrame:
        """One row a distinct time."""
        return self.of.steps

    @property
    def n(self) -> int:
        """Patients."""
        return self.of.n

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """How many are at risk just before each time, and at the start just after it."""
        return self.of.at_risk([math.nextafter(time, math.inf) if time == self.start else time for time in times])


def _tested(one: StudyLandmark) -> list[str]:
    """The test between groups, as it stands under a figure's title."""
    if one.p is None:
        return []
    said = "p < 0.001" if one.p < 0.001 else f"p = {one.p:.3f}"
    return [f"{one.test[0].upper()}{one.test[1:]} between groups: {said}."]


def _cox(one: StudyCox) -> tuple[str, str, list[Ratio]]:
    if TRANSPLANTED in one.table["covariate"].to_list():
        # The model's own rows are intervals of patients: the table counts the patients.
        ratios = _ratios(one.table, "together_hazard_ratio", "together")
    else:
        ratios = [
            Ratio(
                coefficient({"covariate": each.covariate, "level": each.level, "reference": each.reference}),
                each.n,
                each.events,
                each.ratio,
                each.low,
                each.high,
            )
            for each in one.together.coefficients
        ]
    return "hazard ratio, all covariates together", "events", ratios


def _fine_gray(one: StudyFineGray) -> tuple[str, str, list[Ratio]]:
    ratios = _ratios(one.table, "together_subdistribution_hazard_ratio", "together")
    return "subdistribution hazard ratio, all covariates together", "events", ratios


def _response(one: StudyResponse) -> tuple[str, str, list[Ratio]]:
    ratios = _ratios(one.table, "together_odds_ratio", "together", events="responders")
    return "odds ratio of a response, all covariates together", "responders", ratios


def _ratios(table: pl.DataFrame, ratio: str, which: str, events: str = "events") -> list[Ratio]:
    return [
        Ratio(coefficient(row), row["patients"], row[events], row[ratio], row[f"{which}_low"], row[f"{which}_high"])
        for row in table.to_dicts()
    ]


def _subgroups(one: StudySubgroups) -> tuple[str, str, list[Ratio]]:
    ratios = []
    for row in one.table.to_dicts():
        which = row["subgroup"] if row["level"] is None else f"{row['subgroup']}: {row['level']}"
        several = one.table["effect"].n_unique() > 1
        name = f"{which}, {row['effect']}" if several else which
        ratios.append(
            Ratio(name, row["patients"], row["events"], row["hazard_ratio"], row["effect_low"], row["effect_high"])
        )
    effect = str(one.table["effect"][0]) if one.table["effect"].n_unique() == 1 else one.asked.effect
    return f"hazard ratio of {effect}", "events", ratios


def coefficient(row: dict[str, Any]) -> str:
    """A coefficient in words: the covariate, or a level of it against the reference."""
    name = in_words(str(row["covariate"]))
    return name if row["level"] is None else f"{name}: {row['level']} v {row['reference']}"
