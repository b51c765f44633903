"""What came after the index treatment, and how long after: next line, transplant, donor lymphocytes, supportive care, death.

As in VEN-PRS's treatment table (n = 240: 113 with subsequent therapy, 98 who died or had none, 29 not known), but those
two kinds of none are told apart. One first subsequent therapy a patient, so the kinds add up; all of them beside it.

Traps: "none" needs treatments and transplants that are recorded completely, else it is not known; a transplant preceded by
another line is not the first therapy but stands among all; time to the next therapy competes with death without one.

Shahswar et al., Leukemia 2025;39:614-622, Table 2.
"""

from __future__ import annotations

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.characteristics import NOT_KNOWN
from tenfold.cohort.index_treatment import KINDS, what_followed
from tenfold.records.timeline import DAYS_PER_MONTH, known_on, placed
from tenfold.vocabulary import Happening

DIED_WITHOUT, NONE_SO_FAR = "died without", "none so far"
LEVELS = (*KINDS, DIED_WITHOUT, NONE_SO_FAR)
"""What the first subsequent therapy can be; null where it is not known."""
SCHEMA = {
    "patient_id": pl.String,
    "subsequent": pl.String,
    "detail": pl.String,
    "all_kinds": pl.List(pl.String),
    "any_therapy": pl.Boolean,
    "days": pl.Float64,
    "months": pl.Float64,
    "status": pl.String,
    "not_known_because": pl.String,
}


def subsequent_therapy(assessment: Assessment, index: pl.DataFrame) -> pl.DataFrame:
    """Return one row a patient of `index` (see `index_treatment`): what came first after it (`SCHEMA`).

    `subsequent` is one of `LEVELS`, null where not known, with the reason; `all_kinds` every kind after it, in order.
    `days` and `months` run from the first day of the index treatment to it, to death or to the last news; null where
    either day is not published. `status`: "therapy", "died without", "none so far" for competing risks; null with the time.
    """
    registry = assessment.registry
    followed = what_followed(registry, index)
    first = followed.group_by("patient_id", maintain_order=True).agg(
        kind=pl.col("kind").first(),
        detail=pl.col("detail").first(),
        at_low=pl.col("earliest_day").first(),
        at_high=pl.col("latest_day").first(),
        all_kinds=pl.col("kind").unique(maintain_order=True),
    )
    frame = index.select("patient_id", "order", "earliest_day", "latest_day")
    for table in ("treatments", "transplants"):
        frame = known_on(registry, frame, table, f"{table}_known")
    for other in (first, _last(assessment, Happening.DEATH, "death"), _last(assessment, Happening.CONTACT, "contact")):
        frame = frame.join(other, on="patient_id", how="left", maintain_order="left")
    treated, dead = pl.col("kind").is_not_null(), pl.col("death_low").is_not_null()
    undated = pl.col("patient_id").is_in(_undated(assessment).implode())
    because = (
        pl.when(treated)
        .then(None)
        .when(~pl.col("treatments_known"))
        .then(pl.lit("treatments are not recorded completely from then on"))
        .when(~pl.col("transplants_known"))
        .then(pl.lit("transplants are not recorded completely from then on"))
        .when(undated)
        .then(pl.lit("a treatment or transplant is recorded that cannot be placed in time"))
    )
    frame = frame.with_columns(not_known_because=because)
    told = pl.col("not_known_because").is_null()
    none = pl.when(dead).then(pl.lit(DIED_WITHOUT)).otherwise(pl.lit(NONE_SO_FAR))
    frame = frame.with_columns(
        subsequent=pl.when(treated).then("kind").when(told).then(none),
        any_therapy=pl.when(treated).then(True).when(told).then(False),
        end_low=pl.when(treated).then("at_low").when(dead).then("death_low").otherwise("contact_low"),
        end_high=pl.when(treated).then("at_high").when(dead).then("death_high").otherwise("contact_high"),
    )
    exact = (pl.col("earliest_day") == pl.col("latest_day")) & (pl.col("end_low") == pl.col("end_high")) & told
    days = pl.when(exact).then(pl.col("end_low") - pl.col("earliest_day")).cast(pl.Float64)
    frame = frame.with_columns(days=pl.when(days >= 0).then(days))
    status = pl.when(treated).then(pl.lit("therapy")).otherwise("subsequent")
    return frame.with_columns(
        months=pl.col("days") / DAYS_PER_MONTH,
        status=pl.when(pl.col("days").is_not_null()).then(status),
        all_kinds=pl.when(treated).then("all_kinds").when(told).then(pl.lit([], pl.List(pl.String))),
    ).select(*SCHEMA)


def subsequent_counts(subsequent: pl.DataFrame) -> pl.DataFrame:
    """Return how many had each first subsequent therapy: `subsequent`, `patients`, `share` (of those known), `ever`.

    Every kind stands in it, also with nobody, and what is not known last; `ever`: patients with the kind at any time after.
    """
    known = subsequent["subsequent"].drop_nulls().len()
    rows = []
    for level in (*LEVELS, NOT_KNOWN):
        n = subsequent["subsequent"].null_count() if level == NOT_KNOWN else (subsequent["subsequent"] == level).sum()
        ever = subsequent["all_kinds"].list.contains(level).sum() if level in KINDS else None
        share = int(n) / known if known and level != NOT_KNOWN else None
        rows.append({"subsequent": level, "patients": int(n), "share": share, "ever": ever})
    return pl.DataFrame(
        rows, schema={"subsequent": pl.String, "patients": pl.Int64, "share": pl.Float64, "ever": pl.Int64}
    )


def _last(assessment: Assessment, kind: Happening, name: str) -> pl.DataFrame:
    rows = assessment.history.filter(pl.col("kind") == kind).group_by("patient_id", maintain_order=True).last()
    return rows.select(
        "patient_id", pl.col("earliest_day").alias(f"{name}_low"), pl.col("latest_day").alias(f"{name}_high")
    )


def _undated(assessment: Assessment) -> pl.Series:
    """Patients with a treatment or transplant that has no place in time."""
    frames = [placed(assessment.registry, name) for name in ("treatments", "transplants")]
    return pl.concat([frame.filter(pl.col("order").is_null()).select("patient_id") for frame in frames])["patient_id"]
