"""The clinical picture of each patient at an index day: one row, named features, null where not known.

The registry is expected as of that day. A feature is "no" only where the table that would say "yes" is recorded
completely; a gene is wild type only where it was tested in the present phase of the disease.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tenfold.logic.decision import answer
from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.response.eln2022 import REFRACTORY
from tenfold.settings import Settings
from tenfold.vocabulary import HYPOMETHYLATING_AGENTS, EventKind, Intent, Response

DAYS_IN_YEAR = 365.25


def snapshot(
    registry: Registry, settings: Settings, course: pl.DataFrame, genes: Sequence[str], on: int | None = None
) -> pl.DataFrame:
    """Return one row per patient: in_remission, relapsed_or_refractory, prior treatment, age, and whether each gene is mutated.

    `on` is the index day (days since 1970, or since the patient's day 0); a line of treatment that starts on it is the
    one being planned. Without it, the picture is the latest that the registry shows.
    """
    patients = registry.patient_ids().join(registry.days("patients"), on="patient_id", how="left")
    picture = patients.select("patient_id", _age(on))
    picture = picture.join(_phase(registry, course, on), on="patient_id", how="left")
    picture = picture.join(_prior_treatment(registry, on), on="patient_id", how="left")
    picture = picture.join(_extramedullary(registry, picture), on="patient_id", how="left")
    return picture.join(
        _genes(registry, picture, genes, settings["risk.molecular_window"]), on="patient_id", how="left"
    )


def _age(on: int | None) -> pl.Expr:
    at = pl.col("diagnosis_day") if on is None else pl.lit(on)
    since_birth = (at - pl.col("birth_day")) / DAYS_IN_YEAR
    since_diagnosis = pl.col("age_at_diagnosis_years") + (at - pl.col("diagnosis_day")).fill_null(0) / DAYS_IN_YEAR
    return pl.coalesce(since_birth, since_diagnosis, "age_years").cast(pl.Float64).alias("age_years")


def _phase(registry: Registry, course: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """in_remission, relapsed_or_refractory and the place where the present phase of overt disease began."""
    turns = course.sort("patient_id", "order", "kind", descending=[False, False, True])
    last = turns.group_by("patient_id").agg(
        pl.col("kind").last(),
        pl.col("order", "earliest_day", "latest_day").last(),
        ever=(pl.col("kind") == "remission").any(),
    )
    reported = (
        placed(registry, "responses")
        .filter((pl.col("reported_response") == Response.REFRACTORY) & pl.col("order").is_not_null())
        .group_by("patient_id")
        .agg(pl.col("order").max().alias("refractory_order"), pl.col("earliest_day").max().alias("refractory_low"))
    )
    lines = placed(registry, "treatments")
    given = lines.group_by("patient_id").agg(
        intensive_courses=pl.when((pl.col("intent") == Intent.INDUCTION) & pl.col("intensive"))
        .then(pl.coalesce("cycles", 1))
        .sum()
        .cast(pl.Float64),
        intensity_known=(pl.col("intensive").is_not_null() | (pl.col("intent") == Intent.PRIOR_DISORDER)).all(),
        nonintensive_from=pl.col("start_day").filter(~pl.col("intensive")).min(),
    )
    diagnosis = registry.days("patients").select("patient_id", "diagnosis_day")
    complete = registry.complete("treatments").select("patient_id", treatments_complete=pl.lit(True))
    phase = registry.patient_ids()
    for frame in (last, reported, given, diagnosis, complete):
        phase = phase.join(frame, on="patient_id", how="left")
    all_known = pl.col("intensity_known") & pl.col("treatments_complete")
    phase = phase.with_columns(
        remission_achieved=pl.when("ever").then(True),
        intensive_courses=pl.when(all_known | (pl.col("intensive_courses") >= 2)).then("intensive_courses"),
        days_on_nonintensive=pl.when(pl.col("nonintensive_from").is_not_null())
        .then((pl.lit(on, pl.Int64) - pl.col("nonintensive_from")).cast(pl.Float64))
        .when(all_known)
        .then(0.0),
    )
    phase = answer(phase, [REFRACTORY])
    relapsed = pl.col("kind") == "relapse"
    refractory = pl.col("refractory_order").is_not_null() & (
        pl.col("order").is_null() | (pl.col("refractory_order") > pl.col("order"))
    )
    untreated = pl.col("treatments_complete") & pl.col("intensity_known").is_null()
    derived = (pl.col(REFRACTORY.key) == Response.REFRACTORY) & pl.col("kind").is_null()
    return phase.select(
        "patient_id",
        in_remission=pl.when(refractory | derived).then(False).otherwise(pl.col("kind") == "remission"),
        relapsed_or_refractory=pl.when(relapsed | refractory | derived).then(True).when(untreated).then(False),
        phase_order=pl.when(refractory).then("refractory_order").when(relapsed).then("order"),
        phase_low=pl.when(refractory).then("refractory_low").when(relapsed).then("earliest_day"),
    )


def _prior_treatment(registry: Registry, on: int | None) -> pl.DataFrame:
    """prior_hma, prior_venetoclax and hma_venetoclax (planned on the index day)."""
    lines = registry.days("treatments").with_columns(drug=pl.col("drugs").str.to_lowercase().str.split("+"))
    planned = (pl.col("start_day") == pl.lit(on, pl.Int64)).fill_null(False)
    hma = pl.col("drug").list.eval(pl.element().str.strip_chars().is_in(HYPOMETHYLATING_AGENTS)).list.any()
    venetoclax = pl.col("drug").list.eval(pl.element().str.strip_chars() == "venetoclax").list.any()
    per_line = lines.select("patient_id", planned=planned, hma=hma, venetoclax=venetoclax)
    earlier = ~pl.col("planned")
    given = per_line.group_by("patient_id").agg(
        had_hma=pl.col("hma").filter(earlier).any(ignore_nulls=False),
        had_venetoclax=pl.col("venetoclax").filter(earlier).any(ignore_nulls=False),
        hma_venetoclax=pl.when(pl.col("planned").any()).then(
            (pl.col("hma") & pl.col("venetoclax")).filter("planned").any(ignore_nulls=False)
        ),
        has_lines=pl.lit(True),
    )
    complete = registry.complete("treatments").filter(pl.col("complete_from_day").is_null())
    prior = registry.patient_ids().join(given, on="patient_id", how="left")
    prior = prior.join(complete.select("patient_id", recorded=pl.lit(True)), on="patient_id", how="left")

    def before(had: str) -> pl.Expr:
        seen = pl.when(pl.col("has_lines")).then(had).otherwise(False)
        return pl.when(seen).then(True).when(~seen & pl.col("recorded").fill_null(False)).then(False)

    return prior.select(
        "patient_id", "hma_venetoclax", prior_hma=before("had_hma"), prior_venetoclax=before("had_venetoclax")
    )


def _extramedullary(registry: Registry, picture: pl.DataFrame) -> pl.DataFrame:
    """Extramedullary disease in the present phase; "no" by an explicit negative or complete events."""
    findings = placed(registry, "events").filter(pl.col("kind") == EventKind.EXTRAMEDULLARY)
    findings = findings.join(picture.select("patient_id", "phase_order", "phase_low"), on="patient_id")
    now = pl.col("phase_order").is_null() | (pl.col("order") >= pl.col("phase_order"))
    found = findings.filter(now.fill_null(False) & pl.col("order").is_not_null())
    latest = (
        found.sort("order", pl.col("present").fill_null(True))
        .group_by("patient_id")
        .agg(found=pl.col("present").fill_null(True).last())
    )
    undated = findings.filter(pl.col("order").is_null()).select("patient_id", undated=pl.lit(True)).unique()
    complete = registry.complete("events").filter(pl.col("complete_from_day").is_null())
    joined = picture.select("patient_id")
    for frame in (latest, undated, complete.select("patient_id", recorded=pl.lit(True))):
        joined = joined.join(frame, on="patient_id", how="left")
    never = pl.col("recorded").fill_null(False) & pl.col("undated").is_null()
    return joined.select(
        "patient_id",
        extramedullary=pl.when(pl.col("found").is_not_null()).then("found").when(never).then(False),
    )


def _genes(registry: Registry, picture: pl.DataFrame, genes: Sequence[str], window: int) -> pl.DataFrame:
    """One Boolean per gene: mutated, or tested and not mutated, in a sample of the present phase of overt disease."""
    phase = picture.select("patient_id", "phase_order", "phase_low", "in_remission")

    def in_phase(table: str) -> pl.DataFrame:
        rows = placed(registry, table).filter(pl.col("gene").is_in(genes))
        rows = rows.join(phase, on="patient_id")
        since = (pl.col("order") >= pl.col("phase_order")) | (pl.col("earliest_day") >= pl.col("phase_low") - window)
        first_phase = pl.col("phase_order").is_null() & ~pl.col("in_remission").fill_null(False)
        return rows.filter((since.fill_null(False) | first_phase) & pl.col("order").is_not_null())

    somatic = in_phase("variants").filter(~pl.col("germline").fill_null(False))
    mutated = somatic.select("patient_id", "gene", mutated=pl.lit(True)).unique()
    tested = in_phase("genes_tested").select("patient_id", "gene", mutated=pl.lit(False)).unique()
    calls = pl.concat([mutated, tested]).group_by("patient_id", "gene").agg(pl.col("mutated").any())
    wide = picture.select("patient_id")
    for gene in genes:
        of_gene = calls.filter(pl.col("gene") == gene).select("patient_id", pl.col("mutated").alias(gene))
        wide = wide.join(of_gene, on="patient_id", how="left")
    return wide
