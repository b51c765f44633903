"""The clinical picture of each patient at an index day: one row, named features, null where not known.

The registry is expected as of that day. A feature is "no" only where the table that would say "yes" is recorded
completely and nothing else contradicts it; a gene is wild type only where it was tested in the present phase of overt
disease. The phase begins with the first document of the relapse after the last remission; of disease that never
remitted, with the first document that it is refractory, else at the index day.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tenfold.genetics.variants import found_variants
from tenfold.logic.answering import answer
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.response.course import IN_REMISSION, in_doubt
from tenfold.response.eln2022 import REFRACTORY
from tenfold.settings import Settings
from tenfold.treatment_history import prior_treatment
from tenfold.vocabulary import EventKind, Intent, Response

DAYS_IN_YEAR = 365.25
ADULT = 18
NOT_IN_REMISSION = (Response.PR, Response.MLFS, Response.NO_RESPONSE, Response.STABLE, Response.REFRACTORY)


def snapshot(
    registry: Registry, settings: Settings, course: pl.DataFrame, genes: Sequence[str], on: int | None = None
) -> pl.DataFrame:
    """Return one row per patient: in_remission, relapsed_or_refractory, prior treatment, age, and each gene mutated or
    not.

    `on` is the index day (days since 1970, or since the patient's day 0); lines of treatment that start on it are the
    one being planned. Without it, the picture is the latest that the registry shows.
    """
    people = registry.patient_ids().join(registry.days("patients"), on="patient_id", how="left")
    picture = people.select("patient_id", _age(on)).join(
        _phase(registry, settings, course, on), on="patient_id", how="left"
    )
    picture = picture.join(prior_treatment(registry, on), on="patient_id", how="left")
    picture = picture.join(_extramedullary(registry, picture), on="patient_id", how="left")
    return picture.join(
        _genes(registry, picture, genes, settings["risk.molecular_window"], on), on="patient_id", how="left"
    )


def _age(on: int | None) -> pl.Expr:
    at = pl.col("diagnosis_day") if on is None else pl.lit(on)
    since_birth = (at - pl.col("birth_day")) / DAYS_IN_YEAR
    since_diagnosis = pl.col("age_at_diagnosis_years") + (at - pl.col("diagnosis_day")) / DAYS_IN_YEAR
    # Without the day of diagnosis the age then is only the least that it can be now.
    at_least = pl.when(pl.col("age_at_diagnosis_years") >= ADULT).then("age_at_diagnosis_years")
    return pl.coalesce(since_birth, since_diagnosis, at_least, "age_years").cast(pl.Float64).alias("age_years")


def complete_from_the_start(registry: Registry, table: str, into: str) -> pl.DataFrame:
    """Patients for whom a table is recorded from the very beginning, with a column that says so."""
    complete = registry.complete(table).filter(pl.col("complete_from_day").is_null())
    return complete.select("patient_id", pl.lit(True).alias(into))


def _phase(registry: Registry, settings: Settings, course: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """in_remission, relapsed_or_refractory and the place where the present phase of overt disease began.

    Where neither responses nor events are recorded in full a relapse may have gone unrecorded: a remission last seen long
    before the index day is then not known to last.
    """
    last_remission = (
        course.filter(pl.col("kind") == "remission").group_by("patient_id").agg(remitted=pl.col("order").max())
    )
    relapses = course.filter(pl.col("kind") == "relapse").join(last_remission, on="patient_id", how="left")
    since = relapses.filter((pl.col("order") >= pl.col("remitted")) | pl.col("remitted").is_null())
    relapse = (
        since.sort("order")
        .group_by("patient_id")
        .agg(relapse_order=pl.col("order").first(), relapse_until=pl.col("latest_day").first())
    )
    assessed = placed(registry, "responses").filter(pl.col("reported_response").is_in(NOT_IN_REMISSION))
    refractory = (
        assessed.filter((pl.col("reported_response") == Response.REFRACTORY) & pl.col("order").is_not_null())
        .sort("order")
        .group_by("patient_id")
        .agg(
            refractory_order=pl.col("order").first(),
            refractory_until=pl.col("latest_day").first(),
            refractory_last=pl.col("order").last(),
        )
    )
    phase = registry.patient_ids()
    for frame in (
        last_remission,
        relapse,
        refractory,
        assessed.select("patient_id", failed=pl.lit(True)).unique(),
        _remission_last_seen(registry, course),
        _courses_given(registry, on),
        complete_from_the_start(registry, "treatments", "treatments_recorded"),
        complete_from_the_start(registry, "responses", "responses_recorded"),
        complete_from_the_start(registry, "events", "events_recorded"),
    ):
        phase = phase.join(frame, on="patient_id", how="left")
    recorded = pl.col("treatments_recorded").fill_null(False)
    known = recorded & pl.col("intensity_known").fill_null(True)
    phase = phase.with_columns(
        remission_achieved=pl.when(pl.col("remitted").is_not_null())
        .then(True)
        .when(pl.col("failed") & pl.col("responses_recorded"))
        .then(False),
        intensive_courses=pl.when(known | (pl.col("intensive_courses") >= 2)).then("intensive_courses"),
        days_on_nonintensive=pl.when(pl.col("nonintensive_from").is_not_null())
        .then((pl.lit(on, pl.Int64) - pl.col("nonintensive_from")).cast(pl.Float64))
        .when(known)
        .then(0.0),
    )
    phase = answer(phase, [REFRACTORY])
    relapsed = pl.col("relapse_order").is_not_null()
    said_refractory = (pl.col("refractory_last") > pl.col("remitted").fill_null(-1)) | (
        pl.col("refractory_last").is_not_null() & pl.col("remitted").is_null()
    )
    refractory_now = said_refractory.fill_null(False) | (
        (pl.col(REFRACTORY.key) == Response.REFRACTORY).fill_null(False) & pl.col("remitted").is_null()
    )
    responses_recorded = pl.col("responses_recorded").fill_null(False)
    untreated = (
        recorded
        & pl.col("intensity_known").is_null()
        & responses_recorded
        & pl.col("events_recorded").fill_null(False)
        & ~pl.col("patient_id").is_in(in_doubt(registry)["patient_id"].implode())
    )
    unseen_for = pl.lit(on, pl.Int64) - pl.col("remission_seen_day")
    recorded_since = responses_recorded | pl.col("events_recorded").fill_null(False)
    lasting = recorded_since | (unseen_for <= settings["guidance.sample_window"]).fill_null(on is None)
    # After a relapse a new remission may have come where responses are not recorded.
    back = relapsed & ~responses_recorded
    return phase.select(
        "patient_id",
        in_remission=pl.when(back)
        .then(None)
        .when(relapsed | refractory_now)
        .then(False)
        .when(pl.col("remitted").is_not_null() & lasting)
        .then(True),
        relapsed_or_refractory=pl.when(relapsed | refractory_now).then(True).when(untreated).then(False),
        phase_order=pl.when(relapsed).then("relapse_order").when(refractory_now).then("refractory_order"),
        phase_until=pl.when(relapsed).then("relapse_until").when(refractory_now).then("refractory_until"),
        relapsed=relapsed,
    )


def _remission_last_seen(registry: Registry, course: pl.DataFrame) -> pl.DataFrame:
    """The last day on which a remission was documented, `remission_seen_day`."""
    reported = placed(registry, "responses").filter(pl.col("reported_response").is_in(IN_REMISSION))
    turns = course.filter(pl.col("kind") == "remission")
    seen = pl.concat([frame.select("patient_id", pl.col("earliest_day").cast(pl.Int64)) for frame in (reported, turns)])
    return seen.group_by("patient_id").agg(remission_seen_day=pl.col("earliest_day").max())


def _courses_given(registry: Registry, on: int | None) -> pl.DataFrame:
    """Intensive inductions completed, whether each line's intensity is known, and when non-intensive treatment began."""
    lines = placed(registry, "treatments").filter(
        ~pl.col("intent").is_in([Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION]).fill_null(False)
    )
    # As of a day, a course whose end is not yet known has not been completed.
    completed = pl.col("end_day").is_not_null() | (on is None)
    induction = (pl.col("intent") == Intent.INDUCTION) & pl.col("intensive") & completed
    return lines.group_by("patient_id").agg(
        intensive_courses=pl.when(induction).then(pl.coalesce("cycles", 1)).sum().cast(pl.Float64),
        intensity_known=pl.col("intensive").is_not_null().all(),
        nonintensive_from=pl.col("start_day").filter(~pl.col("intensive")).min(),
    )


def _extramedullary(registry: Registry, picture: pl.DataFrame) -> pl.DataFrame:
    """Extramedullary disease in the present phase; "no" by an explicit negative or complete events."""
    findings = placed(registry, "events").filter(pl.col("kind") == EventKind.EXTRAMEDULLARY)
    findings = findings.join(picture.select("patient_id", "phase_order", "relapsed"), on="patient_id")
    # Of disease that never remitted every finding counts, of a relapse those since its first document.
    present = ~pl.col("relapsed").fill_null(False) | (pl.col("order") >= pl.col("phase_order"))
    latest = (
        findings.filter(present.fill_null(False) & pl.col("order").is_not_null())
        .sort("order", pl.col("present").fill_null(True))
        .group_by("patient_id")
        .agg(found=pl.col("present").fill_null(True).last())
    )
    joined = picture.select("patient_id", "relapsed_or_refractory")
    for frame in (latest, complete_from_the_start(registry, "events", "recorded")):
        joined = joined.join(frame, on="patient_id", how="left")
    # Disease found in a phase that nobody can place may be gone.
    unplaced = pl.col("found") & pl.col("relapsed_or_refractory").is_null()
    return joined.select(
        "patient_id",
        extramedullary=pl.when(~unplaced.fill_null(False)).then(pl.coalesce("found", pl.when("recorded").then(False))),
    )


def _genes(
    registry: Registry, picture: pl.DataFrame, genes: Sequence[str], window: int, on: int | None
) -> pl.DataFrame:
    """One Boolean per gene, from samples of the present phase: mutated, or tested and not mutated.

    A mutation found up to `window` days before the phase counts; a negative result does only from overt disease. A
    mutation without a date leaves the gene unknown.
    """
    phase = picture.select("patient_id", "phase_order", "phase_until", "relapsed", "in_remission")
    index = pl.lit(on, pl.Int64)

    def dated(rows: pl.DataFrame, gene: str) -> pl.DataFrame:
        rows = rows.filter(pl.col(gene).is_in(genes)).join(phase, on="patient_id")
        begun = pl.col("order") >= pl.col("phase_order")
        # Surely within the window: against the latest day on which the phase can have begun.
        shortly_before = pl.col("earliest_day") >= pl.col("phase_until") - window
        no_phase = pl.col("phase_order").is_null() & ~pl.col("in_remission").fill_null(False)
        recent = no_phase & (pl.col("earliest_day") >= index - window)
        return rows.with_columns(
            found_now=(begun | shortly_before | recent).fill_null(False),
            clear_now=(begun | (shortly_before & ~pl.col("relapsed")) | recent).fill_null(False),
        )

    found = dated(found_variants(registry), "recorded_gene")
    variants = found.filter(pl.col("counts_as_mutated").fill_null(True))
    sure = pl.when(pl.col("counts_as_mutated").fill_null(False)).then(2).otherwise(1)
    mutated = variants.filter("found_now").select("patient_id", "gene", call=sure)
    undated = variants.filter(pl.col("order").is_null()).select("patient_id", "gene", call=pl.lit(1))
    # A fragment analysis for ITD, or a test for D835 alone, does not tell whether FLT3 is mutated at all.
    partial = pl.col("method").str.to_lowercase().str.contains("fragment|itd|tkd|835").fill_null(False)
    # Only where mutations are recorded completely does a tested gene without one count as not mutated.
    looked_at = dated(placed(registry, "genes_tested"), "gene")
    tested = known_on(registry, looked_at, "variants", "variants_known").filter(pl.col("clear_now") & ~partial)
    tested = tested.select("patient_id", "gene", call=pl.when("variants_known").then(0).otherwise(1))
    calls = pl.concat([mutated, undated, tested]).group_by("patient_id", "gene").agg(pl.col("call").max())
    called = {gene: pl.col("call").filter(pl.col("gene") == gene).first() for gene in genes}
    answers = calls.group_by("patient_id").agg(
        pl.when(call == 2).then(True).when(call == 0).then(False).alias(gene) for gene, call in called.items()
    )
    return picture.select("patient_id").join(answers, on="patient_id", how="left")
