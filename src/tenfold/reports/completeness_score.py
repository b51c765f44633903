"""How complete the records are for the questions that are asked: of the facts that these need, the share that is known.

A fact is a criterion of a question that applies to the patient, or may. It counts as *known* where the records say how it
stands (a table that is stated complete says "no" by having no row), and as *open* where it is not known and the answer hangs on
it. A fact that is not known and moves no answer counts as neither: a score cannot be raised by filling in what nobody needs,
nor lowered by it. Facts count alike, whether a treatment hangs on them or a class; a patient of whom nothing is asked has no score.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add, or_

import polars as pl

from tenfold.assessment import Assessment
from tenfold.reports.asked_questions import PICTURES, asked_of_nobody, asked_questions
from tenfold.reports.queries import Query

SCORES = ("facts_known", "facts_open", "completeness", "answers_single", "answers_open")


def patient_scores(assessment: Assessment, centres: Mapping[str, str] | None = None) -> pl.DataFrame:
    """One row a patient: `centre`, `patient_id` and `SCORES`; `completeness` is facts_known / (facts_known + facts_open)."""
    people = assessment.registry.patient_ids()
    parts = [_of_picture(assessment, picture) for picture in PICTURES]
    for number, part in enumerate(parts):
        people = people.join(
            part.rename({name: f"{name}_{number}" for name in part.columns if name != "patient_id"}),
            on="patient_id",
            how="left",
            maintain_order="left",
        )
    names = ("facts_known", "facts_open", "answers_single", "answers_open")
    summed = people.select(
        "patient_id",
        *(reduce(add, (pl.col(f"{name}_{k}").fill_null(0) for k in range(len(parts)))).alias(name) for name in names),
    )
    of = pl.DataFrame(list((centres or {}).items()), {"patient_id": pl.String, "centre": pl.String}, orient="row")
    named = summed.join(of, on="patient_id", how="left", maintain_order="left")
    return named.with_columns(pl.col("centre").fill_null(""), completeness=_share()).select(
        "centre", "patient_id", *SCORES
    )


def centre_scores(scores: pl.DataFrame, queries: tuple[Query, ...]) -> pl.DataFrame:
    """One row a centre: patients, facts known and open over all of them, completeness, and the queries by consequence."""
    asked = pl.DataFrame(
        [(one.centre, str(one.consequence)) for one in queries],
        {"centre": pl.String, "consequence": pl.String},
        orient="row",
    )
    counted = asked.group_by("centre").agg(
        queries=pl.len(), **{word: (pl.col("consequence") == word).sum() for word in ("high", "medium", "low")}
    )
    summed = scores.group_by("centre").agg(
        patients=pl.len(), facts_known=pl.col("facts_known").sum(), facts_open=pl.col("facts_open").sum()
    )
    joined = summed.with_columns(completeness=_share()).join(counted, on="centre", how="full", coalesce=True)
    return joined.with_columns(
        pl.col("patients", "facts_known", "facts_open", "queries", "high", "medium", "low").fill_null(0)
    ).sort("centre")


def _share() -> pl.Expr:
    needed = pl.col("facts_known") + pl.col("facts_open")
    return pl.when(needed > 0).then(pl.col("facts_known") / needed)


def _of_picture(assessment: Assessment, picture: str) -> pl.DataFrame:
    """Facts and answers of one picture, counted for each patient."""
    frame: pl.DataFrame = getattr(assessment, picture)
    known: dict[str, list[pl.Expr]] = {}
    needed: dict[str, list[pl.Expr]] = {}
    single, several = [], []
    for question in asked_questions(assessment.settings)[picture]:
        possible = pl.col(f"{question.key}_possible").list.len().fill_null(0)
        asked = possible > 0
        single.append((possible == 1).cast(pl.Int64))
        several.append((possible > 1).cast(pl.Int64))
        for criterion in question.criteria:
            if criterion.reads <= set(asked_of_nobody()):
                continue
            told = pl.col(criterion.column).is_not_null()
            decides = pl.col(f"{question.key}_decided_by").list.contains(criterion.name).fill_null(False)
            known.setdefault(criterion.name, []).append(asked & told)
            needed.setdefault(criterion.name, []).append(asked & ~told & decides)
        for guard in question.guards:
            if guard.criterion.reads <= set(asked_of_nobody()):
                continue
            told = pl.col(guard.criterion.column).is_not_null()
            known.setdefault(guard.criterion.name, []).append(asked & told)
            needed.setdefault(guard.criterion.name, []).append(asked & ~told)
    return frame.select(
        "patient_id",
        facts_known=pl.sum_horizontal(reduce(or_, tests) for tests in known.values()).cast(pl.Int64),
        facts_open=pl.sum_horizontal(reduce(or_, tests) for tests in needed.values()).cast(pl.Int64),
        answers_single=pl.sum_horizontal(single).cast(pl.Int64),
        answers_open=pl.sum_horizontal(several).cast(pl.Int64),
    )
