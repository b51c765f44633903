"""Answering questions for frames: one select computes every criterion, each distinct pattern of codes is decided once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import polars as pl

from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Question, Score, Verdict


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
    inputs = {item.name: item.dtype for question in questions for item in question.inputs}
    frame = frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in inputs.items() if name not in frame.columns
    )
    criteria: dict[str, Criterion] = {}
    for question in questions:
        for criterion in question.examined:
            first = criteria.setdefault(criterion.name, criterion)
            if first is not criterion and not (first.levels == criterion.levels and first.code.meta.eq(criterion.code)):
                raise ValueError(f"two different criteria are called {criterion.name}")
    frame = frame.with_columns(c.code.cast(pl.Int8).alias(c.column) for c in criteria.values())
    _refuse_codes_beyond_levels(frame, criteria.values())
    refuse = outside_scope == "refuse"
    if frame.height <= FEW:
        return frame.with_columns(
            part for question in questions for part in _answer_few(frame, question, refuse=refuse)
        )
    for question in questions:
        frame = _answer_one(frame, question, refuse=refuse)
    return frame


FEW = 100
"""Up to so many rows each is looked up by itself; of more, each distinct pattern is joined."""


def _refuse_codes_beyond_levels(frame: pl.DataFrame, criteria: Iterable[Criterion]) -> None:
    [highest] = frame.select(pl.col(c.column).max() for c in criteria).to_dicts()
    for criterion in criteria:
        if (highest[criterion.column] or 0) >= len(criterion.levels):
            raise ValueError(f"{criterion.name} has no level {highest[criterion.column]}")


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


def _answer_few(frame: pl.DataFrame, question: Question, *, refuse: bool) -> list[pl.Series]:
    """The columns of a question for a few rows, one looked up after the other."""
    patterns = zip(*(frame[criterion.column].to_list() for criterion in question.examined), strict=True)
    said = [_said(question, codes, refuse=refuse) for codes in patterns]
    return [
        pl.Series(name, [row[position] for row in said], dtype)
        for position, (name, dtype) in enumerate(_columns(question).items())
    ]


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
