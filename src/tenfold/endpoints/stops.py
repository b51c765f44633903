"""When venetoclax was stopped: the last day of the first spell of it, or of the hypomethylating agent given with it.

Traps: cycles recorded as rows of one line are one spell; so is maintenance or consolidation with the same drugs, and
whatever began before the last row had ended. A line of another number or intent is a new treatment. A later row of which
neither can be told leaves the stop open, and a row without its last day may still be running.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.therapy import antileukaemic
from tenfold.treatment_history import venetoclax_given
from tenfold.vocabulary import HYPOMETHYLATING_AGENTS, Intent

CONTINUES = (Intent.CONSOLIDATION, Intent.MAINTENANCE)


def venetoclax_stops(registry: Registry) -> pl.DataFrame:
    """Return patient_id, start_order, start_day (of the stop) and `why_not`, a row a patient who was given venetoclax.

    `start_order` stands where venetoclax was begun, also when the day of the stop is not known; `why_not` says why.
    """
    lines = antileukaemic(registry).filter(pl.col("order").is_not_null())
    drugs = pl.col("drugs").str.to_lowercase().str.split("+").list.eval(pl.element().str.strip_chars())
    holds = drugs.list.eval(pl.element().is_in(HYPOMETHYLATING_AGENTS)).list.any().fill_null(False)
    lines = lines.with_columns(venetoclax=venetoclax_given(), hypomethylating=holds, end_day=_end())
    given = lines.filter(pl.col("venetoclax").fill_null(False)).sort("patient_id", "order", "end_day", nulls_last=True)
    first = given.group_by("patient_id", maintain_order=True).first()
    first = first.select("patient_id", first_order="order", first_line="line", first_intent="intent")
    may = pl.col("venetoclax").fill_null(True) | pl.col("hypomethylating")
    rows = lines.join(first, on="patient_id").filter(may & (pl.col("order") >= pl.col("first_order")))
    # The first row itself comes first among those of its day.
    rows = rows.sort(
        "patient_id", "order", ~pl.col("venetoclax").fill_null(False), "end_day", "line", "intent", nulls_last=True
    )
    rows = rows.with_columns(
        is_first=pl.int_range(pl.len()).over("patient_id") == 0,
        end_before=pl.col("end_day").cum_max().shift(1).over("patient_id").forward_fill().over("patient_id"),
    )
    rows = rows.with_columns(continues=_continues())
    another = (pl.col("continues") == False).fill_null(False).cum_sum().over("patient_id") > 0  # noqa: E712
    spell = rows.filter(~another)
    found = spell.group_by("patient_id").agg(
        pl.col("first_order").first(),
        open=pl.col("continues").is_null().any(),
        endless=pl.col("end_day").is_null().any(),
        in_order_only=pl.col("sequence").is_not_null().any(),
        last=pl.col("end_day").max(),
    )
    why = (
        pl.when("open")
        .then(pl.lit("it cannot be told whether a later line of treatment continued venetoclax or was a new one"))
        .when("endless")
        .then(pl.lit("the last day of venetoclax is not recorded; it may still be given"))
        .when("in_order_only")
        .then(pl.lit("the stop of venetoclax cannot be placed among facts that are kept in order only"))
    )
    told = why.is_null()
    return found.with_columns(why_not=why).select(
        "patient_id",
        "why_not",
        "first_order",
        start_order=pl.when(told).then("last"),
        start_day=pl.when(told).then("last"),
    )


def _end() -> pl.Expr:
    return pl.col("end_day").cast(pl.Int64)


def _continues() -> pl.Expr:
    """Whether a row belongs to the spell that the first one began; null where it cannot be told."""
    same_line = pl.col("line") == pl.col("first_line")
    same_intent = pl.col("intent") == pl.col("first_intent")
    return (
        pl.when(pl.col("is_first") | same_line.fill_null(False))
        .then(True)
        .when(pl.col("intent").is_in(CONTINUES).fill_null(False))
        .then(True)
        .when((pl.col("order") <= pl.col("end_before") + 1).fill_null(False) & pl.col("sequence").is_null())
        .then(True)
        .when((~same_line).fill_null(False) | (~same_intent).fill_null(False))
        .then(False)
    )
