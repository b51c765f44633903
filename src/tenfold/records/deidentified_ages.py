"""Ages of de-identified patients: birth dates taken out where that is asked, and the ages of the very old made alike.

Ages over 89 identify (45 CFR 164.514(b)(2)(i)(C)): a patient who reaches 90 years on any day of the records counts.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.shape import day_name
from tenfold.records.tables import TABLES

DAYS_IN_YEAR = 365.25
OLDEST = 90
AT_DIAGNOSIS, AT_SOME_TIME = "age_at_diagnosis_years", "age_years"


def with_ages(registry: Registry, completed_years: bool, oldest: str) -> pl.DataFrame | None:
    """The table of patients with birth dates and ages as they may be shown; None where there is no such table.

    `completed_years`: no birth dates, ages in completed years. `oldest`: "90", "withheld" or "kept", for patients who reach
    90 years on any day of the records. Ages in years are 365.25 days, as everywhere in the records.
    """
    if not registry.recorded("patients"):
        return None
    patients = registry.table("patients")
    born = TABLES["patients"]["birth_date"].named(registry.axis)
    days = registry.days("patients").select(
        "patient_id", birth=pl.col("birth_day").cast(pl.Int64), diagnosis=pl.col("diagnosis_day").cast(pl.Int64)
    )
    known = (
        patients.select("patient_id", AT_DIAGNOSIS, AT_SOME_TIME)
        .join(days, on="patient_id", how="left", maintain_order="left")
        .join(_last_days(registry), on="patient_id", how="left", maintain_order="left")
    )
    from_birth = (pl.col("diagnosis") - pl.col("birth")) / DAYS_IN_YEAR
    at_diagnosis = pl.coalesce(AT_DIAGNOSIS, from_birth)
    at_last = pl.max_horizontal(
        (pl.col("last") - pl.col("birth")) / DAYS_IN_YEAR,
        pl.col(AT_DIAGNOSIS) + (pl.col("last") - pl.col("diagnosis")).clip(lower_bound=0).fill_null(0) / DAYS_IN_YEAR,
        AT_DIAGNOSIS,
        AT_SOME_TIME,
    )
    old = known.select((at_last >= OLDEST).fill_null(False)).to_series()
    if oldest == "kept":
        old = pl.Series([False] * patients.height, dtype=pl.Boolean)
    new = known.select(
        at_diagnosis=at_diagnosis.floor() if completed_years else pl.col(AT_DIAGNOSIS),
        at_some_time=pl.col(AT_SOME_TIME).floor() if completed_years else pl.col(AT_SOME_TIME),
        known_at_diagnosis=at_diagnosis.is_not_null(),
        known_at_all=pl.any_horizontal(pl.col("birth", AT_SOME_TIME).is_not_null()),
    )
    most = pl.lit(float(OLDEST) if oldest == "90" else None, pl.Float64)
    aged = new.select(
        pl.when(~old).then("at_diagnosis").when("known_at_diagnosis").then(most).alias(AT_DIAGNOSIS),
        pl.when(~old)
        .then("at_some_time")
        .when(pl.col("at_some_time").is_not_null() | (~pl.col("known_at_diagnosis") & pl.col("known_at_all")))
        .then(most)
        .alias(AT_SOME_TIME),
    )
    birth_kept = ~old & (not completed_years)
    return patients.with_columns(
        pl.when(birth_kept).then(pl.col(born)).alias(born), aged[AT_DIAGNOSIS], aged[AT_SOME_TIME]
    )


def _last_days(registry: Registry) -> pl.DataFrame:
    """The last day of each patient's records."""
    days = [
        registry.days(name).select("patient_id", last=pl.col(day_name(column.name)).cast(pl.Int64))
        for name in registry.tables
        for column in TABLES[name].dates
    ]
    empty = pl.DataFrame(schema={"patient_id": pl.String, "last": pl.Int64})
    return pl.concat([empty, *days]).drop_nulls().group_by("patient_id").agg(pl.col("last").max())
