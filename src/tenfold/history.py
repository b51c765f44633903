"""One dated history per patient: everything that endpoints and timelines are read from, in one frame.

Traps: a day that was not published is an interval, never a guess; a relapse that is only molecular is its own kind, and
seen in two tissues it is one; a patient whose death or last contact nobody recorded is not thereby alive.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO, YES
from tenfold.mrd.molecular_memory import Reason
from tenfold.mrd.molecular_words import REASONS
from tenfold.mrd.samples import STREAM, counts
from tenfold.records.registry import Registry
from tenfold.records.timeline import FAR, once, placed
from tenfold.treatment_history import venetoclax_given
from tenfold.vocabulary import EventKind, Happening, MolecularState, Response

PLACE = ("patient_id", "order", "earliest_day", "latest_day")
SIGNS_OF_LIFE = (
    "treatments",
    "status",
    "mrd_samples",
    "marrows",
    "counts",
    "variants",
    "genes_tested",
    "karyotypes",
    "fusions",
    "chemistry",
    "cycles",
    "transplants",
    "responses",
    "events",
    "medications",
)
"""Tables whose dated rows show that the patient was alive on that day."""

SCHEMA = {
    "patient_id": pl.String,
    "kind": pl.String,
    "detail": pl.String,
    "intent": pl.String,
    "venetoclax": pl.Boolean,
    "number": pl.Int64,
    "order": pl.Int64,
    "earliest_day": pl.Int64,
    "latest_day": pl.Int64,
    "end_day": pl.Int64,
}


def history(registry: Registry, course: pl.DataFrame, molecular: pl.DataFrame) -> pl.DataFrame:
    """Return every dated fact of every patient, in order (`SCHEMA`).

    `kind` is a `Happening`; `detail` a regimen, a source or a sample; `venetoclax` whether a treatment gives it (null
    where that cannot be told); `number` that of a transplant or, in the patient, of an MRD relapse; `end_day` a
    treatment's last. MRD samples and marrows are those that could be evaluated. `course` is the result of
    `response.course.course`, `molecular` that of `mrd.streams.molecular_states`.
    """
    rows = [
        _person(registry, "diagnosis_day", Happening.DIAGNOSIS, -FAR),
        _treatments(registry),
        placed(registry, "transplants").select(
            *PLACE, "number", kind=pl.lit(Happening.TRANSPLANT), detail=_in_words("donor", "conditioning_intensity")
        ),
        _evaluable(molecular).select(*PLACE, kind=pl.lit(Happening.MRD_SAMPLE), detail="sample_id"),
        placed(registry, "marrows")
        .filter(pl.col("evaluable").fill_null(True))
        .select(*PLACE, kind=pl.lit(Happening.MARROW)),
        course.select(*PLACE, kind="kind", detail="source"),
        mrd_relapses(molecular),
        _deaths(registry),
        _contacts(registry),
    ]
    empty = pl.DataFrame(schema=SCHEMA)
    frame = pl.concat(
        [empty, *(row.with_columns(pl.col("kind").cast(pl.String)) for row in rows)], how="diagonal_relaxed"
    )
    rank = pl.col("kind").replace_strict({kind.value: k for k, kind in enumerate(Happening)}, return_dtype=pl.Int8)
    return (
        frame.filter(pl.col("order").is_not_null())
        .sort("patient_id", "order", rank, "detail", nulls_last=True)
        .select(*SCHEMA)
    )


def _in_words(*columns: str) -> pl.Expr:
    words = pl.concat_str(columns, separator=", ", ignore_nulls=True)
    return pl.when(words != "").then(words)


def _evaluable(molecular: pl.DataFrame) -> pl.DataFrame:
    """The counting samples that say whether disease is there."""
    told = (pl.col("detected_code") == YES) | ((pl.col("detected_code") == NO) & (pl.col("adequate_code") != NO))
    return molecular.filter(counts() & told)


def _in_sequence(registry: Registry) -> pl.DataFrame:
    """The patients whose facts are ordered by a sequence and not by their days."""
    held = [
        frame.filter(pl.col("sequence").is_not_null()).select("patient_id")
        for frame in registry.tables.values()
        if "sequence" in frame.columns and frame["sequence"].null_count() < frame.height
    ]
    every = pl.concat(held).unique() if held else pl.DataFrame(schema={"patient_id": pl.String})
    return every.with_columns(in_sequence=pl.lit(True))


def _ordered(registry: Registry, frame: pl.DataFrame, otherwise: int) -> pl.DataFrame:
    """Give rows with exact days their `order`: the day, or a place beyond every sequence."""
    in_sequence = once(registry, "in sequence", lambda: _in_sequence(registry))
    known = frame.join(in_sequence, on="patient_id", how="left", maintain_order="left")
    order = pl.when(pl.col("in_sequence").fill_null(False)).then(pl.lit(otherwise, pl.Int64)).otherwise("earliest_day")
    return known.with_columns(order=order).drop("in_sequence")


def _person(registry: Registry, day: str, kind: Happening, otherwise: int) -> pl.DataFrame:
    """A fact of the patients' table, on its day."""
    known = registry.days("patients").filter(pl.col(day).is_not_null())
    on = pl.col(day).cast(pl.Int64)
    return _ordered(registry, known.select("patient_id", kind=pl.lit(kind), earliest_day=on, latest_day=on), otherwise)


def _treatments(registry: Registry) -> pl.DataFrame:
    lines = placed(registry, "treatments")
    return lines.select(
        *PLACE,
        "intent",
        venetoclax=venetoclax_given(),
        kind=pl.lit(Happening.TREATMENT),
        detail=pl.concat_str(
            pl.coalesce("regimen", "drugs", "intent"),
            pl.when(pl.col("cycles") > 1).then(pl.format(", {} cycles", "cycles")).otherwise(pl.lit("")),
        ),
        end_day=pl.col("end_day").cast(pl.Int64),
    )


def mrd_relapses(molecular: pl.DataFrame) -> pl.DataFrame:
    """Return confirmed MRD relapses, dated at their first sample, numbered in the patient.

    A relapse of another tissue or marker is another relapse only if a stream that had relapsed has responded since
    (negativity or a tenfold fall), left remission or been transplanted.
    """
    confirmed = pl.col("state") == MolecularState.RELAPSE_CONFIRMED
    responded = (pl.col("state") == MolecularState.NEGATIVE) | (
        (pl.col("state") == MolecularState.DETECTABLE) & (pl.col("reason") == REASONS[Reason.TENFOLD_FALL][0])
    )
    relapsed_before = confirmed.cum_sum().over(STREAM) > 0
    ends = (relapsed_before & responded) | pl.col("row").is_in(["haematological relapse", "transplant"])
    samples = molecular.filter(counts()).select("patient_id", first_order="order", relapse_sample_id="sample_id")
    relapses = (
        molecular.filter(confirmed)
        .unique(["patient_id", "relapse_sample_id"], keep="first", maintain_order=True)
        .join(samples, on=["patient_id", "relapse_sample_id"])
        .select(
            "patient_id",
            order="first_order",
            earliest_day="relapse_earliest_day",
            latest_day="relapse_latest_day",
            detail="relapse_sample_id",
            ends=pl.lit(False),
        )
    )
    marks = molecular.filter(ends.fill_null(False)).select("patient_id", "order", ends=pl.lit(True))
    in_turn = pl.concat([relapses, marks], how="diagonal").sort(
        "patient_id", "order", "ends", "detail", nulls_last=True
    )
    spells = in_turn.with_columns(spell=pl.col("ends").cum_sum().over("patient_id")).filter(~pl.col("ends"))
    return spells.with_columns(
        kind=pl.lit(Happening.MRD_RELAPSE), number=pl.col("spell").rank("dense").over("patient_id").cast(pl.Int64)
    ).drop("ends", "spell")


def _deaths(registry: Registry) -> pl.DataFrame:
    """Deaths: dated, or known to have come without their day."""
    dated = _person(registry, "death_day", Happening.DEATH, FAR)
    events = placed(registry, "events").filter((pl.col("kind") == EventKind.DEATH) & pl.col("present").fill_null(True))
    said = pl.lit(Happening.DEATH)
    undated = registry.table("patients").filter(pl.col("cause_of_death").is_not_null())
    before = placed(registry, "responses").filter(pl.col("reported_response") == Response.DIED)
    far = pl.lit(FAR, pl.Int64)
    # A death date stands for whatever else says that the patient died; an event for what only implies it.
    told = [
        dated,
        events.select(*PLACE, kind=said, detail="detail"),
        before.select("patient_id", "order", kind=said, earliest_day=-far, latest_day="latest_day"),
        undated.select("patient_id", order=far, kind=said, earliest_day=-far, latest_day=far, detail="cause_of_death"),
    ]
    found = told[0]
    for more in told[1:]:
        found = pl.concat([found, more.join(found, on="patient_id", how="anti")], how="diagonal_relaxed")
    return found


def _contacts(registry: Registry) -> pl.DataFrame:
    """The last day on which each patient is known to have been alive: the contact recorded, or a later dated fact.

    Where a later fact has no published day and no contact is recorded, that day is not known either.
    """
    contact = _person(registry, "last_contact_day", Happening.CONTACT, FAR).select(
        *PLACE, detail=pl.lit("last contact")
    )
    facts = [
        placed(registry, name).filter(_alive(name)).select(*PLACE, detail=pl.lit(f"last record, in {name}"))
        for name in SIGNS_OF_LIFE
        if registry.recorded(name) and registry.table(name).height
    ]
    known = pl.concat([contact, *facts]).filter(pl.col("order").is_not_null())
    last = (
        known.filter(pl.col("earliest_day") == pl.col("latest_day"))
        .sort("patient_id", "earliest_day", pl.col("detail") == "last contact", "detail")
        .group_by("patient_id", maintain_order=True)
        .last()
    )
    perhaps_later = known.group_by("patient_id").agg(perhaps=pl.col("latest_day").max())
    recorded = pl.col("detail") == "last contact"
    latest = pl.when(recorded).then("latest_day").otherwise(pl.max_horizontal("latest_day", "perhaps"))
    rows = last.join(perhaps_later, on="patient_id", maintain_order="left").select(
        "patient_id", "detail", "earliest_day", kind=pl.lit(Happening.CONTACT), latest_day=latest
    )
    return _ordered(registry, rows, FAR)


def _alive(name: str) -> pl.Expr:
    if name == "responses":
        return pl.col("reported_response").ne_missing(Response.DIED)
    return pl.col("kind") != EventKind.DEATH if name == "events" else pl.lit(True)


FOLLOWING = (
    Happening.TREATMENT,
    Happening.TRANSPLANT,
    Happening.REMISSION,
    Happening.MRD_RELAPSE,
    Happening.RELAPSE,
    Happening.DEATH,
    Happening.CONTACT,
)
"""What is told of the time after a day: the first of each kind, of contact the last."""


def followed(happened: pl.DataFrame, patient_id: str, day: int) -> pl.DataFrame:
    """What happened to a patient surely after a day: `kind`, `detail`, `earliest_day`, `latest_day`, in order.

    A fact whose day was not published is told only where even its earliest day is later.
    """
    mine = happened.filter(
        (pl.col("patient_id") == patient_id) & (pl.col("earliest_day") > day) & pl.col("kind").is_in(FOLLOWING)
    ).sort("earliest_day", "order")
    last_contact = mine.filter(pl.col("kind") == Happening.CONTACT).tail(1)
    firsts = mine.filter(pl.col("kind") != Happening.CONTACT).unique("kind", keep="first", maintain_order=True)
    return (
        pl.concat([firsts, last_contact])
        .sort("earliest_day", "order")
        .select("kind", "detail", "earliest_day", "latest_day")
    )
