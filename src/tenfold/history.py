"""One dated history per patient: everything that endpoints and timelines are read from, in one frame.

Traps: a day that was not published is an interval, never a guess; a relapse that is only molecular is its own kind; a
patient whose death or last contact nobody recorded is not thereby alive.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO
from tenfold.records.registry import Registry
from tenfold.records.timeline import FAR, placed
from tenfold.vocabulary import EventKind, Happening, MolecularState, Response

PLACE = ("patient_id", "order", "earliest_day", "latest_day")
SIGNS_OF_LIFE = (
    "treatments",
    "status",
    "mrd_samples",
    "marrows",
    "counts",
    "variants",
    "karyotypes",
    "fusions",
    "chemistry",
    "cycles",
    "transplants",
    "responses",
)
"""Tables whose dated rows show that the patient was alive on that day."""


def history(registry: Registry, course: pl.DataFrame, molecular: pl.DataFrame) -> pl.DataFrame:
    """Return every dated fact of every patient, in order.

    `patient_id`, `kind` (`Happening`), `detail` (regimen, source ...), `drugs`, `number` (of an MRD relapse or a
    transplant), `order`, `earliest_day`, `latest_day`, `end_day` (a treatment's last day). `course` is the result of
    `response.course.course`, `molecular` that of `mrd.streams.molecular_states`.
    """
    by_sequence = any("sequence" in frame.columns and frame["sequence"].count() for frame in registry.tables.values())
    rows = [
        _person(registry, "diagnosis_day", Happening.DIAGNOSIS, -FAR if by_sequence else None),
        _treatments(registry),
        placed(registry, "transplants").select(
            *PLACE, "number", kind=pl.lit(Happening.TRANSPLANT), detail=_in_words("donor", "conditioning_intensity")
        ),
        placed(registry, "mrd_samples").select(*PLACE, kind=pl.lit(Happening.MRD_SAMPLE), detail="sample_id"),
        placed(registry, "marrows").select(*PLACE, kind=pl.lit(Happening.MARROW)),
        course.select(*PLACE, kind="kind", detail="source"),
        _mrd_relapses(molecular),
        _deaths(registry, by_sequence),
        _contacts(registry, by_sequence),
    ]
    frame = pl.concat([row.with_columns(pl.col("kind").cast(pl.String)) for row in rows], how="diagonal_relaxed")
    rank = pl.col("kind").replace_strict({kind.value: k for k, kind in enumerate(Happening)}, return_dtype=pl.Int8)
    wanted = ("patient_id", "kind", "detail", "drugs", "number", "order", "earliest_day", "latest_day", "end_day")
    missing = [pl.lit(None, pl.String).alias(name) for name in ("detail", "drugs") if name not in frame.columns]
    return (
        frame.with_columns(missing)
        .filter(pl.col("order").is_not_null())
        .sort("patient_id", "order", rank, "detail", nulls_last=True)
        .select(wanted)
    )


def _in_words(*columns: str) -> pl.Expr:
    words = pl.concat_str(columns, separator=", ", ignore_nulls=True)
    return pl.when(words != "").then(words)


def _person(registry: Registry, day: str, kind: Happening, order: int | None) -> pl.DataFrame:
    """A fact of the patients' table, on its day; `order` where a sequence and not the day gives the order."""
    known = registry.days("patients").filter(pl.col(day).is_not_null())
    on = pl.col(day).cast(pl.Int64)
    return known.select(
        "patient_id",
        kind=pl.lit(kind),
        order=on if order is None else pl.lit(order, pl.Int64),
        earliest_day=on,
        latest_day=on,
    )


def _treatments(registry: Registry) -> pl.DataFrame:
    lines = placed(registry, "treatments")
    return lines.select(
        *PLACE,
        "drugs",
        kind=pl.lit(Happening.TREATMENT),
        detail=pl.concat_str(
            pl.coalesce("regimen", "drugs", "intent"),
            pl.when(pl.col("cycles") > 1).then(pl.format(", {} cycles", "cycles")).otherwise(pl.lit("")),
        ),
        end_day=pl.col("end_day").cast(pl.Int64),
    )


def _mrd_relapses(molecular: pl.DataFrame) -> pl.DataFrame:
    """Confirmed MRD relapses, each dated at its first sample, once for every stream."""
    confirmed = molecular.filter(pl.col("state") == MolecularState.RELAPSE_CONFIRMED).unique(
        ["patient_id", "relapse_sample_id"], keep="first", maintain_order=True
    )
    samples = molecular.filter((pl.col("row") == "sample") & (pl.col("superseded") == NO)).select(
        "patient_id", "order", relapse_sample_id="sample_id"
    )
    return (
        confirmed.drop("order")
        .join(samples, on=["patient_id", "relapse_sample_id"])
        .select(
            "patient_id",
            "order",
            earliest_day="relapse_earliest_day",
            latest_day="relapse_latest_day",
            kind=pl.lit(Happening.MRD_RELAPSE),
            detail="relapse_sample_id",
            number="relapse_number",
        )
    )


def _deaths(registry: Registry, by_sequence: bool) -> pl.DataFrame:
    dated = _person(registry, "death_day", Happening.DEATH, FAR if by_sequence else None)
    events = placed(registry, "events").filter((pl.col("kind") == EventKind.DEATH) & pl.col("present").fill_null(True))
    # A date of death in the patients' table stands for the event that says the same.
    told = events.join(dated, on="patient_id", how="anti")
    return pl.concat(
        [dated, told.select(*PLACE, kind=pl.lit(Happening.DEATH), detail="detail")], how="diagonal_relaxed"
    )


def _contacts(registry: Registry, by_sequence: bool) -> pl.DataFrame:
    """The last day on which each patient is known to have been alive: the contact recorded, or a later dated fact.

    Where a later fact has no published day and no contact is recorded, that day is not known either.
    """
    facts = [
        placed(registry, name).filter(_alive(name)).select(*PLACE, detail=pl.lit(f"last record, in {name}"))
        for name in SIGNS_OF_LIFE
        if registry.recorded(name)
    ]
    contact = _person(registry, "last_contact_day", Happening.CONTACT, None).select(
        *PLACE, detail=pl.lit("last contact")
    )
    exact = pl.col("earliest_day") == pl.col("latest_day")
    known = pl.concat([contact, *facts]).filter(pl.col("order").is_not_null())
    last = (
        known.filter(exact)
        .sort("patient_id", "earliest_day", pl.col("detail") == "last contact", "detail")
        .group_by("patient_id", maintain_order=True)
        .last()
    )
    perhaps_later = known.group_by("patient_id").agg(perhaps=pl.col("latest_day").max())
    recorded = pl.col("detail") == "last contact"
    return last.join(perhaps_later, on="patient_id", maintain_order="left").select(
        "patient_id",
        kind=pl.lit(Happening.CONTACT),
        detail="detail",
        order=pl.lit(FAR, pl.Int64) if by_sequence else pl.col("earliest_day"),
        earliest_day="earliest_day",
        latest_day=pl.when(recorded).then("latest_day").otherwise(pl.max_horizontal("latest_day", "perhaps")),
    )


def _alive(name: str) -> pl.Expr:
    return pl.col("reported_response").ne_missing(Response.DIED) if name == "responses" else pl.lit(True)
