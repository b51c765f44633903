"""What the cohort's pictures are drawn from, as frames: courses on one clock, mutations by gene, levels over time.

Traps: only a published day has a place on an axis; what has none is counted, not drawn; a time that a paper gives without
dates is drawn on its own clock and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.describe import GENES
from tenfold.cohort.index_treatment import cycles_of
from tenfold.logic.fold import NO, YES
from tenfold.mrd.samples import counts
from tenfold.records.timeline import DAYS_PER_MONTH, exact_day
from tenfold.vocabulary import Happening, MolecularState

MUTATED, NOT_MUTATED, UNKNOWN = "mutated", "not mutated", "not known"
MARKS = {
    Happening.TRANSPLANT: "transplant",
    Happening.RELAPSE: "relapse",
    Happening.MRD_RELAPSE: "MRD relapse",
    Happening.DEATH: "death",
}
NEGATIVITY = "MRD negative, first"
TREATMENT, FOLLOWED = "index treatment", "followed"


@dataclass(frozen=True)
class Courses:
    """Courses from the first day of a treatment, in months.

    `spans`: patient_id, `what` ("followed", "index treatment"), `start`, `end`, `source` ("dates" or "reported"). `marks`:
    patient_id, `what`, `at`. `alive`: patients known to be alive at the end of their span. `left_out`: `why`, `patients`.
    `undated` facts of those shown have no published day.
    """

    spans: pl.DataFrame
    marks: pl.DataFrame
    alive: list[str]
    left_out: pl.DataFrame
    undated: int


def courses(assessment: Assessment, index: pl.DataFrame, *, reported: str | None = "RFS") -> Courses:
    """Return the courses of the patients of an index treatment, from its first day to death or the last news.

    `reported` names the endpoint whose time, as reported, stands for patients without dates; None for none.
    """
    start = index.select("patient_id", start_day=exact_day(), end_day="end_day")
    history = assessment.history.join(start, on="patient_id")
    day = exact_day()
    dated = history.with_columns(at=(day - pl.col("start_day")) / DAYS_PER_MONTH)
    ends = dated.filter(pl.col("kind").is_in([str(Happening.DEATH), str(Happening.CONTACT)]))
    death = ends.filter(pl.col("kind") == Happening.DEATH).select("patient_id", dead=pl.lit(True), died_at="at")
    contact = ends.filter(pl.col("kind") == Happening.CONTACT).select("patient_id", seen_at="at")
    lanes = start.join(death.unique("patient_id"), on="patient_id", how="left", maintain_order="left").join(
        contact.unique("patient_id"), on="patient_id", how="left", maintain_order="left"
    )
    lanes = lanes.with_columns(end=pl.coalesce("died_at", "seen_at"))
    shown = lanes.filter((pl.col("end") >= 0).fill_null(False))
    followed = shown.select("patient_id", what=pl.lit(FOLLOWED), start=pl.lit(0.0), end="end", source=pl.lit("dates"))
    on_treatment = shown.filter(pl.col("end_day") >= pl.col("start_day")).select(
        "patient_id",
        what=pl.lit(TREATMENT),
        start=pl.lit(0.0),
        end=pl.min_horizontal((pl.col("end_day") - pl.col("start_day") + 1) / DAYS_PER_MONTH, "end"),
        source=pl.lit("dates"),
    )
    marks = dated.filter(pl.col("kind").is_in([str(kind) for kind in MARKS]) & (pl.col("order") >= 0))
    marks = marks.join(shown.select("patient_id"), on="patient_id")
    drawn = marks.filter((pl.col("at") >= 0).fill_null(False))
    named = drawn.select(
        "patient_id", what=pl.col("kind").replace_strict({str(k): v for k, v in MARKS.items()}), at="at"
    )
    negative = _first_negative(assessment, start).join(shown.select("patient_id"), on="patient_id")
    alive = shown.filter(pl.col("dead").is_null())["patient_id"].to_list()
    missing = lanes.join(shown.select("patient_id"), on="patient_id", how="anti")
    spans = [followed, on_treatment]
    told, ended = _reported(assessment, missing, reported)
    spans.append(told)
    missing = missing.join(told.select("patient_id"), on="patient_id", how="anti")
    undated = marks.filter(pl.col("at").is_null()).height
    why = (
        pl.when(pl.col("start_day").is_null())
        .then(pl.lit("the first day of the treatment is not known"))
        .otherwise(pl.lit("the day of death or last news is not known"))
    )
    return Courses(
        pl.concat(spans).sort("patient_id", "what"),
        pl.concat([named, negative, ended]).unique().sort("patient_id", "at", "what"),
        alive,
        missing.group_by(why=why).agg(patients=pl.len().cast(pl.Int64)).sort("why"),
        undated,
    )


def mutation_rows(assessment: Assessment, genes: Sequence[str] = GENES) -> pl.DataFrame:
    """Return one row a patient and gene at diagnosis: patient_id, `gene`, `status` (mutated, not mutated, not known)."""
    held = [gene for gene in genes if gene in assessment.diagnosis.columns]
    long = assessment.diagnosis.select("patient_id", *(pl.col(gene).cast(pl.Boolean) for gene in held)).unpivot(
        index="patient_id", variable_name="gene", value_name="found"
    )
    status = (
        pl.when("found")
        .then(pl.lit(MUTATED))
        .when(~pl.col("found"))
        .then(pl.lit(NOT_MUTATED))
        .otherwise(pl.lit(UNKNOWN))
    )
    return long.select("patient_id", pl.col("gene").str.replace("_", "-"), status=status)


def trajectory_rows(
    assessment: Assessment, start: pl.DataFrame, *, tissue: str | None = None, marker: str | None = None
) -> pl.DataFrame:
    """Return the MRD samples that count on each patient's clock: patient_id, stream, `family`, `at` (months), `level` (%).

    `start` holds patient_id and `start_day`. What was not detected has `undetected` and no level; a level known only as a
    bound has `at_most`, what was detected without any level `unquantified`. Samples without a published day have no place and are left out.
    """
    rows = assessment.molecular.filter(counts()).join(start.select("patient_id", "start_day"), on="patient_id")
    for column, wanted in (("tissue", tissue), ("marker", marker)):
        rows = rows if wanted is None else rows.filter(pl.col(column) == wanted)
    detected = pl.col("detected_code") == YES
    quantified = detected & pl.col("low").is_finite()
    bounded = detected & ~quantified & pl.col("high").is_finite()
    placed_rows = rows.with_columns(at=(exact_day() - pl.col("start_day")) / DAYS_PER_MONTH).filter(
        pl.col("at").is_not_null()
    )
    return placed_rows.select(
        "patient_id",
        "marker",
        "tissue",
        "method",
        "family",
        "at",
        level=pl.when(quantified).then(pl.lit(10.0) ** pl.col("low")),
        at_most=pl.when(bounded).then(pl.lit(10.0) ** pl.col("high")),
        unquantified=detected & ~quantified & ~bounded,
        undetected=(pl.col("detected_code") == NO) & (pl.col("adequate_code") != NO),
    ).sort("patient_id", "marker", "tissue", "method", "at")


def cycle_counts(assessment: Assessment, index: pl.DataFrame) -> pl.DataFrame:
    """Return how many began each cycle: `cycle`, `patients`."""
    cycles = cycles_of(assessment.registry, index)
    counted = cycles.group_by(cycle=pl.col("number").cast(pl.Int64)).agg(patients=pl.col("patient_id").n_unique())
    return counted.sort("cycle").with_columns(pl.col("patients").cast(pl.Int64))


def _first_negative(assessment: Assessment, start: pl.DataFrame) -> pl.DataFrame:
    rows = assessment.molecular.filter(counts() & (pl.col("state") == MolecularState.NEGATIVE)).join(
        start.select("patient_id", "start_day"), on="patient_id"
    )
    after = rows.with_columns(at=(exact_day() - pl.col("start_day")) / DAYS_PER_MONTH).filter(pl.col("at") > 0)
    return (
        after.group_by("patient_id").agg(at=pl.col("at").min()).select("patient_id", what=pl.lit(NEGATIVITY), at="at")
    )


def _reported(assessment: Assessment, missing: pl.DataFrame, endpoint: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Spans and marks of patients without dates, as the endpoint's time was reported."""
    rows = assessment.registry.table("reported_outcomes").filter(
        (pl.col("endpoint") == pl.lit(endpoint, pl.String)) & pl.col("time_months").is_not_null()
    )
    rows = rows.join(missing.select("patient_id"), on="patient_id").unique("patient_id", maintain_order=True)
    told = rows.select(
        "patient_id",
        what=pl.lit(FOLLOWED),
        start=pl.lit(0.0),
        end=pl.col("time_months").cast(pl.Float64),
        source=pl.lit("reported"),
    )
    ended = rows.filter(pl.col("event").fill_null(False)).select(
        "patient_id",
        what=pl.col("event_kind").fill_null(f"{endpoint} event"),
        at=pl.col("time_months").cast(pl.Float64),
    )
    return told, ended
