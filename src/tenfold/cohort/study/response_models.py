"""The response models of a study: each covariate tested and modelled alone, all together, and what the model is worth.

A group is tested by Fisher's exact test (or chi-squared where no expected count is below 5), a number by Wilcoxon's rank
sum; the models are logistic, and Firth's where a cell is empty, each row says which. Covariates are read as known on the
first day of the treatment.

Traps: an odds ratio is no ratio of rates; with common responses it looks far larger. Who responds is counted in the set's
own denominator. C and slope are corrected for optimism of the fit alone, not for the choice of covariates.

Shahswar et al., Leukemia 2025;39:614-622 (predictors of response); Firth, Biometrika 1993;80:27-38; Heinze and Schemper,
Stat Med 2002;21:2409-2419.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.asked_scores import asked as scores_of
from tenfold.cohort.covariates import Coefficient, design
from tenfold.cohort.group_tests import GroupTest, compare_counts, compare_numbers
from tenfold.cohort.regression import Method, ResponseModel, logistic_or_firth
from tenfold.cohort.response_optimism import ResponseOptimism, response_optimism
from tenfold.cohort.response_sets import RESPONSE_SETS
from tenfold.cohort.study.asked_models import AskedResponse
from tenfold.cohort.study.baseline_frame import covariate, refuse_later, unknown_words
from tenfold.cohort.study.competing_models import estimate
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.later_facts import one_each
from tenfold.cohort.study.response_outcome import responses_at
from tenfold.cohort.unsettled import unsettled

RESPONSE = "response"
FEW = 10
"""Fewer responders (or others, if they are the fewer) for each coefficient are named as few: a rule of thumb."""


@dataclass(frozen=True)
class StudyResponse:
    """A model of who responds. `outcome`: in words, with its set; `worth`: C and slope, apparent and corrected.

    `table`: one row a coefficient: responders, test, odds ratios alone and together; `left_out`: `why`, `patients`.
    """

    asked: AskedResponse
    outcome: str
    together: ResponseModel
    worth: ResponseOptimism
    table: pl.DataFrame
    left_out: pl.DataFrame
    notes: tuple[str, ...]


def study_response(assessment: Assessment, study: Study, asked: AskedResponse) -> StudyResponse:
    """Fit a response model that a study asks for. ValueError or LookupError, in words, where it cannot be fitted."""
    found = responses_at(
        assessment,
        asked.outcome,
        RESPONSE_SETS[asked.response_set],
        which=asked.which,
        index=asked.index,
        population=study.population,
    )
    scores, columns = scores_of(list(asked.covariates), found.described.known, "OS")
    one_each(asked.covariates, scores)
    refuse_later(scores)
    named = [covariate(score).alias(name) for name, score in zip(asked.covariates, scores, strict=True)]
    frame = found.rows.join(columns.select("patient_id", *named), on="patient_id", how="inner", maintain_order="left")
    here = columns.join(found.rows, on="patient_id", how="semi")
    notes = (*found.notes, *unsettled(scores, here))
    return _fitted(asked, found.said, frame, found.left_out, study.seed, notes)


def _fitted(
    asked: AskedResponse, outcome: str, frame: pl.DataFrame, left_out: pl.DataFrame, seed: int, dated: tuple[str, ...]
) -> StudyResponse:
    covariates = list(asked.covariates)
    alone: dict[str, tuple[Coefficient, Method]] = {}
    tests: dict[str, GroupTest] = {}
    notes = list(dated)
    for name in covariates:
        tests[name] = _tested(frame.select(RESPONSE, name).drop_nulls(), name)
        try:
            model = modelled(frame, [name])
        except ValueError as error:
            notes.append(f"{name} alone: {error.args[0]}")
            continue
        alone |= {one.name: (one, model.method) for one in model.coefficients[1:]}
    together = modelled(frame, covariates)
    used = design(frame, covariates, [RESPONSE])
    kept = [k for k, gone in enumerate(used.aliased) if not gone]
    worth = response_optimism(
        used.matrix[:, kept],
        used.frame[RESPONSE].cast(pl.Float64).to_numpy(),
        resamples=asked.bootstrap,
        seed=seed,
        penalised=together.method == "Firth",
    )
    return StudyResponse(
        asked, outcome, together, worth, _table(alone, tests, together), left_out, (*notes, *_notes(together, worth))
    )


def modelled(frame: pl.DataFrame, covariates: list[str]) -> ResponseModel:
    """The model of `response` of a frame. ValueError as for `logistic`."""
    return logistic_or_firth(frame, response=RESPONSE, covariates=covariates)


def _tested(frame: pl.DataFrame, name: str) -> GroupTest:
    """Do responders differ from the others in one covariate."""
    values = frame[name]
    if values.dtype.is_numeric():
        return compare_numbers([frame.filter(pl.col(RESPONSE) == answer)[name].to_numpy() for answer in (True, False)])
    text = values.cast(pl.String)
    counts = [
        [int(((text == level) & (frame[RESPONSE] == answer)).sum()) for answer in (True, False)]
        for level in text.unique().sort()
    ]
    return compare_counts(counts or [[0, 0]])


def _table(
    alone: dict[str, tuple[Coefficient, Method]], tests: dict[str, GroupTest], together: ResponseModel
) -> pl.DataFrame:
    rows = []
    for one in together.coefficients[1:]:
        by_itself, method = alone.get(one.name, (None, None))
        rows.append(
            {
                "covariate": one.covariate,
                "level": one.level,
                "reference": one.reference,
                "patients": one.n,
                "responders": one.events,
                "test": tests[one.covariate].name,
                "test_p": tests[one.covariate].p,
                "alone_method": method,
                **estimate("alone_odds_ratio", "alone", by_itself),
                "together_method": together.method,
                **estimate("together_odds_ratio", "together", one),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _notes(model: ResponseModel, worth: ResponseOptimism) -> list[str]:
    notes = list(model.warnings)
    if model.method == "Firth":
        notes.append("all or none of a group respond: Firth's penalised likelihood, intervals and p by its profile")
    said = unknown_words(model.left_out)
    if said:
        notes.append(said)
    per = min(model.responses, model.n - model.responses) / max(len(model.coefficients) - 1, 1)
    if per < FEW:
        notes.append(
            f"{per:.1f} of the rarer answer for each coefficient: few; read the intervals, not the point estimates"
        )
    if worth.without_answer:
        notes.append(f"{worth.without_answer} of {worth.resamples} resamples gave no answer: all or none responded")
    return notes
