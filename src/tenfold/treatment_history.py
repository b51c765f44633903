"""What a patient was treated with before: hypomethylating agents and venetoclax, from every table that would say so.

"No" needs lines of treatment recorded completely, with drugs that are all recognised, and nothing elsewhere - a dose of
venetoclax, a cycle, a medication, a regimen's name, an earlier myeloid disorder - that speaks against it.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.lexicon import drugs
from tenfold.records.registry import Registry
from tenfold.vocabulary import HYPOMETHYLATING_AGENTS, Intent, Ontogeny

VENETOCLAX = ("venetoclax",)
NAMED_IN_REGIMEN = {
    "prior_hma": r"(?i)\b(aza|dec|hma|vidaza|viale)|hypometh",
    "prior_venetoclax": r"(?i)\b(ven|viale|valdac|flavida)",
}
"""A regimen's name that matches may hold such a drug although the list of drugs does not."""


def prior_treatment(registry: Registry, on: int | None) -> pl.DataFrame:
    """Return patient_id, prior_hma, prior_venetoclax and hma_venetoclax (planned: lines that start on day `on`)."""
    per_line = registry.days("treatments").select(
        "patient_id",
        planned=(pl.col("start_day") == pl.lit(on, pl.Int64)).fill_null(False),
        prior_hma=_given(HYPOMETHYLATING_AGENTS, "prior_hma"),
        prior_venetoclax=venetoclax_given(),
    )
    earlier = (
        per_line.filter(~pl.col("planned"))
        .group_by("patient_id")
        .agg(pl.col("prior_hma", "prior_venetoclax").any(ignore_nulls=False), lines=pl.len())
    )
    # A combination may be recorded as one row for each drug.
    planned = (
        per_line.filter("planned")
        .group_by("patient_id")
        .agg(
            hma_venetoclax=pl.col("prior_hma").any(ignore_nulls=False)
            & pl.col("prior_venetoclax").any(ignore_nulls=False)
        )
    )
    complete = registry.complete("treatments").filter(pl.col("complete_from_day").is_null())
    people = registry.patient_ids().join(registry.table("patients"), on="patient_id", how="left")
    for frame in (
        earlier,
        planned,
        complete.select("patient_id", recorded=pl.lit(True)),
        _mentions(registry, on),
        _earlier_disorder(registry),
    ):
        people = people.join(frame, on="patient_id", how="left")

    def before(which: str, in_doubt: pl.Expr) -> pl.Expr:
        by_lines = pl.when(pl.col("lines").is_not_null()).then(which).otherwise(False)
        given = pl.coalesce(f"{which}_mentioned", by_lines)
        return pl.when(given).then(True).when(~given & pl.col("recorded").fill_null(False) & ~in_doubt).then(False)

    secondary = pl.col("ontogeny").is_in([Ontogeny.SECONDARY, Ontogeny.THERAPY_RELATED]).fill_null(False)
    return people.select(
        "patient_id",
        "hma_venetoclax",
        prior_hma=before("prior_hma", secondary & pl.col("disorder_treated").is_null()),
        prior_venetoclax=before("prior_venetoclax", pl.lit(False)),
    )


def venetoclax_given() -> pl.Expr:
    """Whether a line of treatments gives venetoclax, by its drugs or a dose; null where that cannot be told."""
    dosed = (pl.col("venetoclax_mg") > 0) | (pl.col("venetoclax_days") > 0)
    return pl.when(dosed).then(True).otherwise(_given(VENETOCLAX, "prior_venetoclax"))


def given_together(lines: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and `prior_hma_venetoclax`: whether lines that began together gave both; null where it may be.

    A combination may be recorded as one row for each drug.
    """
    told = lines.with_columns(_hma=_given(HYPOMETHYLATING_AGENTS, "prior_hma"), _venetoclax=venetoclax_given())
    at_once = told.group_by("patient_id", "order").agg(pl.col("_hma", "_venetoclax").any(ignore_nulls=False))
    both = (pl.col("_hma") & pl.col("_venetoclax")).any(ignore_nulls=False)
    return at_once.group_by("patient_id").agg(prior_hma_venetoclax=both)


def _given(wanted: tuple[str, ...], which: str) -> pl.Expr:
    """Whether a line's drugs hold one of `wanted`; null where a name is not recognised or the regimen's says otherwise."""
    names = pl.col("drugs").str.to_lowercase().str.split("+").list.eval(pl.element().str.strip_chars())
    holds = names.list.eval(pl.element().is_in(wanted)).list.any()
    recognised = names.list.eval(pl.element().is_in(list(drugs()))).list.all()
    suggests = pl.col("regimen").str.contains(NAMED_IN_REGIMEN[which]).fill_null(False)
    return pl.when(holds).then(True).when(recognised & ~suggests).then(False)


def _mentions(registry: Registry, on: int | None) -> pl.DataFrame:
    """Drugs that cycles and medications name, before the index day."""
    cycles = registry.days("cycles")
    partner = pl.col("partner_drug").str.to_lowercase()
    in_cycles = cycles.select(
        "patient_id",
        "start_day",
        hma=partner.is_in(HYPOMETHYLATING_AGENTS).fill_null(False),
        venetoclax=((pl.col("venetoclax_mg") > 0) | (pl.col("venetoclax_days") > 0)).fill_null(False),
    )
    drug = pl.col("drug").str.to_lowercase()
    in_medications = registry.days("medications").select(
        "patient_id", "start_day", hma=drug.is_in(HYPOMETHYLATING_AGENTS), venetoclax=drug.is_in(VENETOCLAX)
    )
    mentions = pl.concat([in_cycles, in_medications], how="vertical_relaxed")
    mentions = mentions.filter((pl.col("start_day") != pl.lit(on, pl.Int64)).fill_null(True))
    return mentions.group_by("patient_id").agg(
        prior_hma_mentioned=pl.when(pl.col("hma").any()).then(True),
        prior_venetoclax_mentioned=pl.when(pl.col("venetoclax").any()).then(True),
    )


def _earlier_disorder(registry: Registry) -> pl.DataFrame:
    """Patients with a recorded line for a disorder before the leukaemia."""
    lines = registry.table("treatments").filter(pl.col("intent") == Intent.PRIOR_DISORDER)
    return lines.select("patient_id", disorder_treated=pl.lit(True)).unique()
