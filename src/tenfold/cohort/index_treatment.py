"""The treatment that a table is about: of each patient the first (or last) line that matches, its cycles, what ended it.

FILO's is the first line with venetoclax for molecular relapse, VEN-PRS's that with venetoclax and a hypomethylating agent.

Traps: a combination may be recorded as one row for each drug, and cycles as rows of one line: rows that begin together or
share the line's number are one treatment. A conditioning regimen belongs to the transplant after it.
"""

from __future__ import annotations

from typing import Any, Literal

import polars as pl

from tenfold.mrd.molecular_response import FOR_RESIDUAL_DISEASE
from tenfold.records.registry import Registry
from tenfold.records.therapy import autologous
from tenfold.records.timeline import placed
from tenfold.treatment_history import venetoclax_given
from tenfold.vocabulary import Intent

TRANSPLANT, DLI, MAINTENANCE = "allogeneic transplant", "donor lymphocytes", "maintenance or consolidation"
NEXT_LINE, SUPPORTIVE = "next line of treatment", "best supportive care"
KINDS = (TRANSPLANT, DLI, NEXT_LINE, MAINTENANCE, SUPPORTIVE)
"""Of what begins on one day the first of these counts."""
PLACE = ("patient_id", "order", "earliest_day", "latest_day")
NOT_AGAINST_THE_DISEASE = (Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION)
CYTOREDUCTIVE = ("hydroxycarbamide", "hydroxyurea")


def with_venetoclax() -> pl.Expr:
    """Lines that give venetoclax."""
    return venetoclax_given().fill_null(False)


def for_molecular_disease() -> pl.Expr:
    """Lines that give venetoclax for residual or relapsed disease, or for a purpose that is not recorded."""
    return with_venetoclax() & (pl.col("intent").is_null() | pl.col("intent").is_in(FOR_RESIDUAL_DISEASE))


def index_treatment(
    registry: Registry,
    kept: pl.Expr | None = None,
    which: Literal["first", "last"] = "first",
    *,
    since: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return one row a patient who was so treated: its place, `line`, `intent`, `regimen`, `drugs`, `end_day`, `cycles`,
    `venetoclax_mg`, `venetoclax_days`, `stop_reason`; and `next_order`, `next_kind`, `next_earliest_day`,
    `next_latest_day`: what began after it (null: nothing on record).

    `kept` chooses among the rows of `treatments`; without it, those with venetoclax; `since` (patient_id, `from_order`)
    only those that begin from there on. Rows without a place cannot be chosen.
    """
    lines = _lines(registry)
    chosen = lines.filter(with_venetoclax() if kept is None else kept.fill_null(False)).sort("patient_id", "order")
    if since is not None:
        late = chosen.join(since.select("patient_id", "from_order"), on="patient_id", maintain_order="left")
        chosen = late.filter(pl.col("order") >= pl.col("from_order"))
    grouped = chosen.group_by("patient_id", maintain_order=True)
    edge = grouped.first() if which == "first" else grouped.last()
    at = edge.select("patient_id", index_order="order", index_line="line")
    of_it = (pl.col("order") == pl.col("index_order")) | (
        (pl.col("line") == pl.col("index_line")).fill_null(False) & (pl.col("order") > pl.col("index_order"))
    )
    same = lines.join(at, on="patient_id").filter(of_it).sort("patient_id", "order")
    words = ("regimen", "drugs", "stop_reason")
    begun = pl.col("order") == pl.col("index_order")
    index = same.group_by("patient_id", maintain_order=True).agg(
        pl.col("order").first(),
        pl.col("earliest_day").filter(begun).max(),
        pl.col("latest_day").filter(begun).min(),
        pl.col("line").drop_nulls().first(),
        pl.col("intent").drop_nulls().first(),
        *(
            pl.col(name).drop_nulls().unique(maintain_order=True).str.join("+" if name == "drugs" else " and ")
            for name in words
        ),
        pl.col("end_day").cast(pl.Int64).max(),
        # Rows of one line that begin later are further cycles; those of one day are its drugs.
        pl.when(pl.col("order").n_unique() > 1)
        .then(pl.coalesce("cycles", 1).sum())
        .otherwise(pl.col("cycles").max())
        .alias("cycles"),
        pl.col("venetoclax_mg").drop_nulls().first(),
        pl.col("venetoclax_days").drop_nulls().first(),
    )
    index = index.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in words)
    following = what_followed(registry, index).group_by("patient_id", maintain_order=True).first()
    renamed = {name: f"next_{name}" for name in ("order", "kind", "earliest_day", "latest_day")}
    return index.join(
        following.select("patient_id", *renamed).rename(renamed), on="patient_id", how="left", maintain_order="left"
    )


def what_followed(registry: Registry, index: pl.DataFrame) -> pl.DataFrame:
    """Return what began after each index treatment, in order: place, `kind` (see `KINDS`), `detail`; one row an order."""
    at = index.select("patient_id", index_order="order", index_line="line")
    grafts = placed(registry, "transplants").filter(pl.col("order").is_not_null())
    transplants = grafts.select(
        *PLACE,
        line=pl.lit(None, pl.Int64),
        kind=pl.when(autologous()).then(pl.lit(NEXT_LINE)).otherwise(pl.lit(TRANSPLANT)),
        detail=pl.when(autologous()).then(pl.lit("autologous transplant")).otherwise("donor"),
    )
    lines = _lines(registry)
    last_graft = grafts.group_by("patient_id").agg(last_graft=pl.col("order").max())
    lines = lines.join(last_graft, on="patient_id", how="left", maintain_order="left")
    for_the_graft = pl.col("intent").is_in([Intent.CONDITIONING, Intent.TRANSPLANT]) & (
        pl.col("last_graft") >= pl.col("order")
    )
    treated = lines.filter(~for_the_graft.fill_null(False)).select(
        *PLACE, pl.col("line").cast(pl.Int64), kind=_kind(), detail=pl.coalesce("regimen", "drugs", "intent")
    )
    later = pl.concat([treated, transplants], how="vertical_relaxed").join(at, on="patient_id")
    # A graft on the first day comes after the first dose; a row of the index line is no new treatment.
    own = (pl.col("line") == pl.col("index_line")).fill_null(False)
    graft_that_day = (pl.col("kind") == TRANSPLANT) & (pl.col("order") == pl.col("index_order"))
    rank = pl.col("kind").replace_strict({kind: k for k, kind in enumerate(KINDS)}, return_dtype=pl.Int8)
    return (
        later.filter(~own & ((pl.col("order") > pl.col("index_order")) | graft_that_day))
        .sort("patient_id", "order", rank, "detail", nulls_last=True)
        .unique(["patient_id", "order"], keep="first", maintain_order=True)
        .select(*PLACE, "kind", "detail")
    )


def cycles_of(registry: Registry, index: pl.DataFrame) -> pl.DataFrame:
    """Return the cycles of each index treatment, numbered: the columns of `cycles`, `start_day`, `end_day`, `number`.

    Those of its line by number; where a line has none, those that begin from its first day until what followed it. A
    cycle that the centre did not number takes its place in order.
    """
    cycles = placed(registry, "cycles").with_columns(pl.col("start_day", "end_day").cast(pl.Int64))
    joined = cycles.join(
        index.select("patient_id", "next_order", index_order="order", index_line="line"), on="patient_id"
    )
    named = (pl.col("line") == pl.col("index_line")).fill_null(False)
    within = (pl.col("order") >= pl.col("index_order")) & (
        pl.col("next_order").is_null() | (pl.col("order") < pl.col("next_order"))
    )
    unnamed = pl.col("line").is_null() | pl.col("index_line").is_null()
    kept = joined.filter(named | (unnamed & within.fill_null(False))).sort(
        "patient_id", "order", "cycle", nulls_last=True
    )
    in_turn = (pl.int_range(pl.len()) + 1).over("patient_id")
    return kept.with_columns(number=pl.coalesce("cycle", in_turn)).sort("patient_id", "number")


def _lines(registry: Registry) -> pl.DataFrame:
    lines = placed(registry, "treatments").filter(pl.col("order").is_not_null())
    return lines.filter(~pl.col("intent").is_in(NOT_AGAINST_THE_DISEASE).fill_null(False))


def _kind() -> pl.Expr:
    said = pl.concat_str("regimen", "drugs", separator=" ", ignore_nulls=True).str.to_lowercase()
    supportive = said.str.contains("supportive") | said.str.contains(r"\bbsc\b")
    only_cytoreduction = pl.col("drugs").is_null() | pl.col("drugs").is_in(CYTOREDUCTIVE)
    cases: list[tuple[Any, str]] = [
        (pl.col("intent") == Intent.DLI, DLI),
        (supportive | ((pl.col("intent") == Intent.PALLIATIVE) & only_cytoreduction), SUPPORTIVE),
        (pl.col("intent") == Intent.TRANSPLANT, TRANSPLANT),
        (pl.col("intent").is_in([Intent.MAINTENANCE, Intent.CONSOLIDATION]), MAINTENANCE),
    ]
    return pl.coalesce(
        *(pl.when(given.fill_null(False)).then(pl.lit(kind)) for given, kind in cases), pl.lit(NEXT_LINE)
    )
