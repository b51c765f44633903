"""For which patients a table holds everything, so that no row means "no" and not "not known".

A table that is present is complete from diagnosis unless ``completeness`` says otherwise; a table that is absent is
complete for nobody. What could not be read could have said anything: a patient with a row set aside is not complete
in that table, a row set aside whose patient cannot be read makes the table incomplete for everybody, and a statement of
``completeness`` that was set aside leaves every table of the patient it was about (or of everybody) unstated. A row set
aside only because it repeats another takes nothing away.
"""

import polars as pl

from tenfold.records.shape import Axis

SET_ASIDE_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "file": pl.String(),
    "line": pl.Int64(),
    "patient_id": pl.String(),
    "text": pl.String(),
    "repeat": pl.Boolean(),
}
"""The columns of a frame of rows set aside. ``repeat``: the row only repeats another that is kept."""


def complete_patients(
    name: str,
    patients: pl.DataFrame,
    statements: pl.DataFrame | None,
    set_aside: pl.DataFrame,
    axis: Axis,
) -> pl.DataFrame:
    """The patients for whom a table that is present is complete.

    ``patients`` has the column ``patient_id``; ``statements`` is the completeness table as read, if there is one.
    Returns ``patient_id`` and ``complete_from_day`` (Int32; null: from the very beginning), in the order of ``patients``.
    """
    found = patients.with_columns(pl.lit(None, pl.Int32).alias("complete_from_day"))
    if statements is not None and statements.height:
        found = _as_stated(patients, statements.filter(pl.col("table") == name), axis)
    if set_aside.height:
        lost = set_aside.filter(pl.col("table").is_in([name, "completeness"]) & ~pl.col("repeat"))["patient_id"]
        if lost.null_count():
            return found.clear()
        found = found.filter(~pl.col("patient_id").is_in(lost.unique().implode()))
    return found


def _as_stated(patients: pl.DataFrame, statements: pl.DataFrame, axis: Axis) -> pl.DataFrame:
    """The statements applied: a patient's own stands before the one for everybody, and that before the default."""
    day = pl.col("from_day") if axis == "relative" else pl.col("from_date").cast(pl.Int32)
    statements = statements.select("patient_id", "complete", day.alias("complete_from_day"))
    everybody = statements.filter(pl.col("patient_id").is_null()).row(0) if statements["patient_id"].null_count() else None
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
