"""Scores to compare, by name: models of the catalogue, and any column, with each patient's group, score and scope.

A model is computed on whoever's inputs are known, inside or outside its published scope; each patient is marked. Only an
answer that is single counts: what a missing fact leaves open is not known. Traps: a rank (favourable 0, intermediate 1 ...)
orders, and is no measure; weights are log hazards in no model but those named here; a model that looks later than time zero
favours whoever lived long enough to be looked at (immortal time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from tenfold.assessment import CLASSES, DIAGNOSTIC_MODELS, RISK_MODELS
from tenfold.catalogue import QUESTIONS, find
from tenfold.cohort.known_at_start import NEAR, KnownAtStart, SeveralPlaces
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision, Question, Score
from tenfold.records.nearest import nearest
from tenfold.risk.beataml2024 import BEAT_AML_2024
from tenfold.risk.eln2022 import ELN_2022
from tenfold.risk.mayo import LATER, REMISSION
from tenfold.risk.venprs import EVENT_FREE_SURVIVAL, OVERALL_SURVIVAL
from tenfold.vocabulary import Risk

PUBLISHED_LOG_HAZARDS = (OVERALL_SURVIVAL.name, EVENT_FREE_SURVIVAL.name)
"""Scores whose weights are the published coefficients of a Cox model: their total is a linear predictor."""
AT_DIAGNOSIS = (*DIAGNOSTIC_MODELS, BEAT_AML_2024, *CLASSES)
OUTSIDE = "applied outside its published scope"
IMMORTAL = "looks later than time zero (immortal time): as published, not comparable with scores at baseline"
MANY = 12
"""A word column of more values is no set of groups."""


@dataclass(frozen=True)
class FromFile:
    """A model that the catalogue does not hold. `log_hazards`: its total is the linear predictor of a Cox model.

    `endpoint`: what it was made for.
    """

    question: Question
    log_hazards: bool = False
    endpoint: str = ""


@dataclass(frozen=True)
class Asked:
    """A score to compare. `groups` in order of rising risk where `ordered`; `later` where it looks past time zero.

    `made_for`: the endpoint of a model from a file.
    """

    name: str
    key: str
    question: Question | None = None
    groups: tuple[str, ...] = ()
    ordered: bool = False
    scored: bool = False
    predictor: bool = False
    later: bool = False
    caution: str = ""
    citation: str = ""
    made_for: str = ""

    def column(self, what: str) -> str:
        """The name of one of its columns: group, score, linear_predictor, in_scope, possible, decided_by."""
        return f"{self.key}_{what}"


def asked(names: Sequence[str | FromFile], known: KnownAtStart, endpoint: str) -> tuple[list[Asked], pl.DataFrame]:
    """Return the scores that `names` mean, and their columns with patient_id.

    Columns of each: `group` and `score` (null where not known or not had), `linear_predictor`, `in_scope` ("yes", "no",
    "unknown"), `possible` (the groups that can still be; null of a column), `decided_by` (what would decide an open answer).
    LookupError for a name that means nothing, ValueError for the same score twice, a column that cannot be a score, or no
    score.
    """
    found: list[Asked] = []
    frame = known.present.select("patient_id")
    for name in names:
        for one, columns in _one(name, known, endpoint):
            if one.key in {each.key for each in found}:
                raise ValueError(f"{one.name} is asked for twice")
            found.append(one)
            frame = frame.join(columns, on="patient_id", how="left", maintain_order="left")
    if not found:
        raise ValueError("name at least one score, e.g. venprs,eln2022")
    return found, frame


def _one(name: str | FromFile, known: KnownAtStart, endpoint: str) -> list[tuple[Asked, pl.DataFrame]]:
    if isinstance(name, FromFile):
        one, columns = _model(name.question, _pictured(name.question, known), name.log_hazards)
        return [(replace(one, made_for=name.endpoint), columns)]
    questions = _questions(name, endpoint)
    exact = [question for question in questions if question.name.lower() == name.lower()]
    if exact:
        return [_model(question, _answerable(question, known)) for question in exact]
    try:
        values = known.value(name)
    except LookupError as error:
        answerable = [question for question in questions if question in (*RISK_MODELS, *AT_DIAGNOSIS)]
        if answerable:
            return [_model(question, _answerable(question, known)) for question in answerable]
        if questions:
            raise LookupError(
                f"{questions[0].name} is not asked of a patient at time zero: it cannot be a score"
            ) from None
        if isinstance(error, SeveralPlaces):
            raise
        raise LookupError(_means_nothing(name, str(error.args[0]))) from None
    return [_column(name, values)]


def _means_nothing(name: str, no_column: str) -> str:
    """What to do about a name of no column and no model: the column or the model that is like it, or where all stand."""
    if no_column.endswith("?"):
        return no_column
    near = nearest(name, (question.name for question in QUESTIONS), NEAR)
    hint = f"; did you mean {near}?" if near else ""
    return (
        f"{no_column}; nor is a model called so{hint} (tenfold score --list shows all). "
        "Name a model, or a column such as age_years or counts.wbc_e9_l"
    )


def _questions(name: str, endpoint: str) -> tuple[Question, ...]:
    """The models that a name means; of several, those made for the endpoint."""
    try:
        questions = find(name)
    except LookupError:
        return ()
    root = endpoint.split("-")[0]
    of_endpoint = tuple(question for question in questions if question.name.endswith(f"-{root}"))
    return of_endpoint or questions


def order_of(name: str, endpoint: str) -> tuple[str, ...] | None:
    """The groups of a model in order of rising risk; null for a name that is no single model with an order."""
    questions = _questions(name, endpoint)
    exact = [question for question in questions if question.name.lower() == name.lower()] or list(questions)
    if len(exact) != 1 or not (isinstance(exact[0], Score) or (isinstance(exact[0], Decision) and exact[0].order)):
        return None
    return _by_risk(exact[0])


def _model(question: Question, picture: pl.DataFrame, log_hazards: bool = False) -> tuple[Asked, pl.DataFrame]:
    answered = _answered(question, picture)
    key = question.key
    ordered = isinstance(question, Score) or (isinstance(question, Decision) and bool(question.order))
    single = pl.col(f"{key}_possible").list.len() == 1
    score: pl.Expr = pl.lit(None, pl.Float64)
    if isinstance(question, Score):
        exact = pl.col(f"{key}_low") == pl.col(f"{key}_high")
        score = pl.when(exact).then(pl.col(f"{key}_low").cast(pl.Float64))
    elif ordered:
        ranks = {word: float(rank) for rank, word in enumerate(_by_risk(question))}
        score = pl.col(key).replace_strict(ranks, default=None, return_dtype=pl.Float64)
    predictor = log_hazards or question.name in PUBLISHED_LOG_HAZARDS
    one = Asked(
        name=question.name,
        key=key,
        question=question,
        groups=_by_risk(question),
        ordered=ordered,
        scored=ordered,
        predictor=predictor,
        later=LATER in question.caution,
        caution=question.said,
        citation=question.citation,
    )
    known_wholly = single & score.is_not_null() if isinstance(question, Score) else single
    columns = answered.select(
        "patient_id",
        pl.when(known_wholly).then(pl.col(key)).alias(one.column("group")),
        pl.when(known_wholly).then(score).alias(one.column("score")),
        pl.when(known_wholly & predictor).then(score).alias(one.column("linear_predictor")),
        pl.col(f"{key}_scope").alias(one.column("in_scope")),
        pl.col(f"{key}_possible").cast(pl.List(pl.String)).alias(one.column("possible")),
        _open(question).alias(one.column("decided_by")),
    )
    return one, columns


def _by_risk(question: Question) -> tuple[str, ...]:
    """The groups in order of rising risk, in which both scores and ordered decisions list them."""
    given = question.answers
    return tuple(sorted(given, key=tuple(map(str, Risk)).index)) if set(given) <= set(map(str, Risk)) else given


def _open(question: Question) -> pl.Expr:
    """What is not known of the criteria: of a score's total every one matters, of a group those that decide."""
    if not isinstance(question, Score):
        return pl.col(f"{question.key}_decided_by")
    unknown = [pl.when(pl.col(c.column).is_null()).then(pl.lit(c.name)) for c in question.criteria]
    return pl.concat_list(unknown).list.drop_nulls()


def _answerable(question: Question, known: KnownAtStart) -> pl.DataFrame:
    """The picture that a model of the catalogue is asked of."""
    if question in RISK_MODELS:
        return known.present
    if question in AT_DIAGNOSIS:
        return known.diagnosis
    raise LookupError(f"{question.name} is not asked of a patient at time zero: it cannot be a score")


def _pictured(question: Question, known: KnownAtStart) -> pl.DataFrame:
    """The present picture with every input of a model from a file, which may be a fact of any place."""
    picture = known.present
    for item in question.inputs:
        if item.name not in picture.columns:
            try:
                value = known.value(item.name)
            except LookupError as error:
                raise LookupError(f"{question.name} asks for {item.name}: {error.args[0]}") from None
            named = value.select("patient_id", pl.col("value").cast(item.dtype, strict=False).alias(item.name))
            picture = picture.join(named, on="patient_id", how="left", maintain_order="left")
    return picture


def _answered(question: Question, picture: pl.DataFrame) -> pl.DataFrame:
    """The picture with the model's answer, computed inside and outside its scope alike."""
    frame = picture
    for one in [ELN_2022, question] if question is BEAT_AML_2024 else [question]:
        own = [c for c in frame.columns if c == one.key or c.startswith((f"{one.key}_", "criterion_"))]
        frame = answer(frame.drop(c for c in own if c != "eln_2022_risk"), [one], outside_scope="compute")
        if one is not question:
            frame = frame.with_columns(eln_2022_risk=pl.col(ELN_2022.key))
    return frame


def _column(name: str, values: pl.DataFrame) -> tuple[Asked, pl.DataFrame]:
    key = name.replace(".", "_")
    kind = values.schema["value"]
    column = pl.col("value")
    group: pl.Expr = pl.lit(None, pl.String)
    score: pl.Expr = pl.lit(None, pl.Float64)
    groups: tuple[str, ...] = ()
    if kind.is_numeric():
        score = column.cast(pl.Float64)
    elif kind == pl.Boolean:
        group = pl.when(column).then(pl.lit("yes")).when(~column).then(pl.lit("no"))
        score, groups = column.cast(pl.Float64), ("no", "yes")
    else:
        group = column.cast(pl.String)
        groups = tuple(sorted(values["value"].cast(pl.String).drop_nulls().unique()))
        if len(groups) > MANY:
            raise ValueError(f"{name} has {len(groups)} different values: it is no set of groups to compare")
    scored = kind.is_numeric() or kind == pl.Boolean
    later = name.rpartition(".")[2] == REMISSION.name
    one = Asked(name=name, key=key, groups=groups, ordered=kind == pl.Boolean, scored=scored, later=later)
    columns = values.select(
        "patient_id",
        group.alias(one.column("group")),
        score.alias(one.column("score")),
        pl.lit(None, pl.Float64).alias(one.column("linear_predictor")),
        # A column has no scope: it is in it wherever it is known.
        pl.lit("yes").alias(one.column("in_scope")),
        pl.lit(None, pl.List(pl.String)).alias(one.column("possible")),
        pl.when(column.is_null())
        .then(pl.lit([name]))
        .otherwise(pl.lit([], pl.List(pl.String)))
        .alias(one.column("decided_by")),
    )
    return one, columns
