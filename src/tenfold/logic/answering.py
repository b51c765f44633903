"""Answering questions for frames: one select computes every criterion, each distinct pattern of codes is decided once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, Literal

import polars as pl

from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Codes, Question, Score, Verdict


def answer(
    frame: pl.DataFrame,
    questions: Sequence[Question],
    *,
    outside_scope: Literal["refuse", "compute"] = "refuse",
) -> pl.DataFrame:
    """Answer questions for every row of a frame of inputs.

    Adds, for a question of key `q`: `q` (the answer, null unless single), `q_possible` (list), `q_decided_by` (list of
    criterion names), `q_exact`, `q_scope` ("yes", "no" or "unknown"), for a score `q_low` and `q_high` (Decimal), and
    once per criterion `criterion_<name>` (Int8 code, null where not known). Missing input columns count as not known.
    Outside a refusing guard the answer is withheld, unless `outside_scope` is "compute".
    """
    held = set(frame.columns)
    inputs = {item.name: item for question in questions for item in question.inputs if item.name not in held}
    if inputs:
        frame = frame.with_columns(pl.lit(None, item.dtype).alias(name) for name, item in inputs.items())
    criteria = _criteria(questions)
    frame = frame.with_columns(criterion.coded for criterion in criteria)
    refuse = outside_scope == "refuse"
    if frame.height <= FEW:
        return _answer_few(frame, questions, criteria, refuse=refuse)
    _refuse_codes_beyond_levels((criterion, frame[criterion.column].max()) for criterion in criteria)
    for question in questions:
        frame = _answer_one(frame, question, refuse=refuse)
    return frame


FEW = 100
"""Up to so many rows each is looked up by itself; of more, each distinct pattern is joined."""


def _criteria(questions: Sequence[Question]) -> tuple[Criterion, ...]:
    """The criteria of questions, each once. ValueError where two different ones share a name."""
    criteria: dict[str, Criterion] = {}
    for question in questions:
        for criterion in question.examined:
            first = criteria.setdefault(criterion.name, criterion)
            if first is not criterion and not (first.levels == criterion.levels and first.code.meta.eq(criterion.code)):
                raise ValueError(f"two different criteria are called {criterion.name}")
    return tuple(criteria.values())


def _refuse_codes_beyond_levels(highest: Iterable[tuple[Criterion, Any]]) -> None:
    for criterion, code in highest:
        if (code or 0) >= len(criterion.levels):
            raise ValueError(f"{criterion.name} has no level {code}")


def _keys(question: Question) -> list[pl.Expr]:
    """Integers that stand for a row's codes, the level after the last for unknown; several where one cannot hold them."""
    keys: list[pl.Expr] = []
    total, size = pl.lit(0, pl.Int64), 1
    for criterion in question.examined:
        radix = len(criterion.levels) + 1
        if size * radix >= 1 << 62:
            keys.append(total)
            total, size = pl.lit(0, pl.Int64), 1
        total, size = total * radix + pl.col(criterion.column).fill_null(radix - 1).cast(pl.Int64), size * radix
    return [key.alias(f"{question.key}_pattern_{k}") for k, key in enumerate([*keys, total])]


def scope_of(question: Question, codes: Sequence[int | None]) -> tuple[str, bool]:
    """Read the guards' codes: ("yes", "no" or "unknown", whether the answer is refused)."""
    refused = any(code == 0 and guard.refuses for guard, code in zip(question.guards, codes, strict=True))
    scope = "no" if 0 in codes else "unknown" if None in codes else "yes"
    return scope, refused


def _answer_one(frame: pl.DataFrame, question: Question, *, refuse: bool) -> pl.DataFrame:
    patterns = _keys(question)
    frame = frame.with_columns(patterns)
    names = [pattern.meta.output_name() for pattern in patterns]
    columns = [criterion.column for criterion in question.examined]
    rows = [
        (*row[: len(names)], *_said(question, row[len(names) :], refuse=refuse))
        for row in frame.select(*names, *columns).unique(names).iter_rows()
    ]
    schema: dict[str, Any] = {**dict.fromkeys(names, pl.Int64), **_columns(question)}
    verdicts = pl.DataFrame(rows, schema, orient="row")
    return frame.join(verdicts, on=names, how="left", maintain_order="left").drop(names)


def _columns(question: Question) -> dict[str, Any]:
    """The columns that an answered question adds."""
    key = question.key
    columns: dict[str, Any] = {
        key: pl.String,
        f"{key}_possible": pl.List(pl.String),
        f"{key}_decided_by": pl.List(pl.String),
        f"{key}_exact": pl.Boolean,
        f"{key}_scope": pl.String,
    }
    if isinstance(question, Score):
        columns |= {f"{key}_low": pl.Decimal(8, 2), f"{key}_high": pl.Decimal(8, 2)}
    return columns


def _said(question: Question, codes: Sequence[int | None], *, refuse: bool) -> tuple[Any, ...]:
    """The values of those columns for one pattern of codes, those of the guards last."""
    inner, outer = codes[: len(question.criteria)], codes[len(question.criteria) :]
    scope, refused = scope_of(question, outer)
    verdict = Verdict((), (), True, ()) if refused and refuse else question.verdict(tuple(inner))
    single = verdict.possible[0] if len(verdict.possible) == 1 else None
    told = (single, verdict.possible, verdict.decided_by, verdict.exact, scope)
    return (*told, verdict.low, verdict.high) if isinstance(question, Score) else told


def _answer_few(
    frame: pl.DataFrame, questions: Sequence[Question], criteria: Sequence[Criterion], *, refuse: bool
) -> pl.DataFrame:
    """Answer questions for a few rows, one looked up after the other."""
    codes = {criterion.name: frame[criterion.column].to_list() for criterion in criteria}
    _refuse_codes_beyond_levels(
        (criterion, max(filter(None, codes[criterion.name]), default=None)) for criterion in criteria
    )
    answers: list[pl.Series] = []
    for question in questions:
        patterns = zip(*(codes[criterion.name] for criterion in question.examined), strict=True)
        rows = [_row(question, pattern, refuse=refuse) for pattern in patterns]
        answers += reduce(pl.DataFrame.vstack, rows or [pl.DataFrame(schema=_columns(question))]).get_columns()
    asked_before = not {series.name for series in answers}.isdisjoint(frame.columns)
    return frame.with_columns(answers) if asked_before else frame.hstack(answers)


def _row(question: Question, codes: Codes, *, refuse: bool) -> pl.DataFrame:
    """The columns of a question for one pattern of codes, as a row that is kept."""
    kept = question._rows
    if (codes, refuse) not in kept:
        kept[codes, refuse] = pl.DataFrame([_said(question, codes, refuse=refuse)], _columns(question), orient="row")
    return kept[codes, refuse]


def unite(answered: pl.DataFrame, by: str, questions: Sequence[Question]) -> pl.DataFrame:
    """Unite the answers of rows that stand for alternatives of one row: every answer that an alternative allows.

    `answered` comes from `answer`; rows with one value of `by` are alternatives. Returns one row per value with the
    questions' columns; a criterion on which the alternatives differ is not known, and decides if answers differ.
    """
    columns = {criterion.column: criterion for question in questions for criterion in question.examined}
    together = answered.group_by(by, maintain_order=True).agg(
        *(pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name) for name in columns),
        *(pl.col(name).n_unique().alias(f"{name}_differs") for name in columns),
        *(expression for question in questions for expression in _united(question)),
    )
    for question in questions:
        several = pl.col(f"{question.key}_possible").list.len() > 1
        differing = [pl.when(pl.col(f"{c.column}_differs") > 1).then(pl.lit(c.name)) for c in question.criteria]
        decided_by = (
            pl.concat_list(f"{question.key}_decided_by", *differing).list.drop_nulls().list.unique().list.sort()
        )
        together = together.with_columns(
            pl.when(~several).then(pl.col(f"{question.key}_possible").list.first()).alias(question.key),
            pl.when(several)
            .then(decided_by)
            .otherwise(pl.lit([], pl.List(pl.String)))
            .alias(f"{question.key}_decided_by"),
        )
    return together.drop(f"{name}_differs" for name in columns)


def _united(question: Question) -> list[pl.Expr]:
    key = question.key
    ranks = {word: rank for rank, word in enumerate(question.answers)}
    possible = pl.col(f"{key}_possible").explode().replace_strict(ranks, return_dtype=pl.Int64).unique().sort()
    return [
        possible.replace_strict({rank: word for word, rank in ranks.items()}, return_dtype=pl.String).alias(
            f"{key}_possible"
        ),
        pl.col(f"{key}_decided_by").explode().drop_nulls().unique().alias(f"{key}_decided_by"),
        pl.col(f"{key}_exact").all(),
        pl.col(f"{key}_scope").first(),
    ]
