"""For which patients a table holds everything, so that no row means "no" and not "not known".

A table that is present is complete from diagnosis unless ``completeness`` says otherwise; a table that is
absent is complete for nobody. What could not be read could have said anything: a patient with a row set
aside is not complete in that table, a row set aside whose patient cannot be read makes the table incomplete
for everybody, and a statement of ``completeness`` that was set aside leaves every table of the patient it
was about (or of everybody) unstated. A row set aside only because it repeats another takes nothing away.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from tenfold.records.shape import Axis

if TYPE_CHECKING:
    from tenfold.records.registry import Registry

SET_ASIDE_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "file": pl.String(),
    "line": pl.Int64(),
    "patient_id": pl.String(),
    "text": pl.String(),
    "repeat": pl.Boolean(),
    "known_day": pl.Int32(),
}
"""The columns of a frame of rows set aside. ``repeat``: the row only repeats another that is kept; ``known_day``: from
when it was known, where that could be read.
"""

UNPLACED_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "patient_id": pl.String(),
}
"""The columns of a frame of rows of which it cannot be told whether they were known by the day of a view."""


def complete_patients(
    name: str,
    patients: pl.DataFrame,
    statements: pl.DataFrame | None,
    set_aside: pl.DataFrame,
    axis: Axis,
) -> pl.DataFrame:
    """The patients for whom a table that is present is complete.

    ``patients`` has the column ``patient_id``; ``statements`` is the completeness table as read, if there
    is one. Returns ``patient_id`` and ``complete_from_day`` (Int32; null: from the very beginning), in the
    order of ``patients``.
    """
    found = patients.with_columns(pl.lit(None, pl.Int32).alias("complete_from_day"))
    if statements is not None and statements.height:
        about = statements.filter(pl.col("table") == name)
        found = _as_stated(patients, about, axis) if about.height else found
    if set_aside.height:
        lost = set_aside.filter(pl.col("table").is_in([name, "completeness"]) & ~pl.col("repeat"))["patient_id"]
        if lost.null_count():
            return found.clear()
        found = found.filter(~pl.col("patient_id").is_in(lost.unique().implode()))
    return found


def _as_stated(patients: pl.DataFrame, statements: pl.DataFrame, axis: Axis) -> pl.DataFrame:
    """The statements applied: a patient's own stands before the one for everybody, and that before the
    default.
    """
    day = pl.col("from_day") if axis == "relative" else pl.col("from_date").cast(pl.Int32)
    statements = statements.select("patient_id", "complete", day.alias("complete_from_day"))
    everybody = (
        statements.filter(pl.col("patient_id").is_null()).row(0) if statements["patient_id"].null_count() else None
    )
    complete, start = (True, None) if everybody is None else everybody[1:]
    own = statements.filter(pl.col("patient_id").is_not_null()).with_columns(pl.lit(True).alias("own"))
    return (
        patients.join(own, on="patient_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("complete").fill_null(complete),
            pl.when("own").then("complete_from_day").otherwise(pl.lit(start, pl.Int32)).alias("complete_from_day"),
        )
        .filter("complete")
        .select("patient_id", "complete_from_day")
    )


def statements_to_keep(registry: "Registry") -> pl.DataFrame | None:
    """The completeness table that says of the admitted rows alone what the registry says with its rows set
    aside.

    A written registry holds admitted rows only. Read back without this, a patient one of whose rows was set
    aside would seem complete. None if the registry has no completeness table and needs none.
    """
    stated = registry.tables.get("completeness")
    aside = registry.set_aside.filter(~pl.col("repeat"))
    if aside.is_empty():
        return stated
    day = "from_day" if registry.axis == "relative" else "from_date"
    kept = registry.table("completeness")
    without = replace(registry, set_aside=aside.clear())
    for name in registry.tables:
        if name == "completeness":
            continue
        of_everybody = aside.filter(pl.col("table").is_in([name, "completeness"]))["patient_id"].null_count() > 0
        before = without.complete(name).select("patient_id")
        lost = before.join(registry.complete(name), on="patient_id", how="anti", maintain_order="left")
        this = pl.col("table") == name
        if of_everybody:
            kept = kept.filter(~this)
            lost = pl.DataFrame({"patient_id": [None]}, schema={"patient_id": pl.String})
        elif lost.is_empty():
            continue
        else:
            kept = kept.filter(~(this & pl.col("patient_id").is_in(lost["patient_id"].implode())))
        no = lost.with_columns(table=pl.lit(name), complete=pl.lit(False)).with_columns(
            pl.lit(None, kept.schema[day]).alias(day)
        )
        kept = pl.concat([kept, no.select(kept.columns)])
    return kept if kept.height else stated
