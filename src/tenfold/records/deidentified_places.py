"""Places of facts in de-identified records."""

from __future__ import annotations

import polars as pl


def with_places(
    tables: dict[str, pl.DataFrame],
) -> tuple[dict[str, pl.DataFrame], list[tuple[str, str, str, int, int]]]:
    """The tables with the places of each patient's facts counted anew, without gaps: a place may be a date in disguise.

    With them, what was done: table, column, what, cells, cells changed. A patient's places begin with 0 where they did.
    """
    key = ["patient_id", "sequence"]
    placed = {name: frame for name, frame in tables.items() if "sequence" in frame.columns}
    if not placed:
        return tables, []
    every = pl.concat([frame.select("patient_id", pl.col("sequence").cast(pl.Int64)) for frame in placed.values()])
    every = every.drop_nulls().unique()
    from_zero = (pl.col("sequence").min() == 0).over("patient_id")
    places = every.with_columns(
        place=pl.col("sequence").rank("dense").over("patient_id").cast(pl.Int64)
        - pl.when(from_zero).then(1).otherwise(0)
    )
    told, done = {}, []
    for name, frame in placed.items():
        kind = frame.schema["sequence"]
        joined = frame.with_columns(pl.col("sequence").cast(pl.Int64)).join(
            places, on=key, how="left", maintain_order="left"
        )
        told[name] = joined.with_columns(pl.col("place").cast(kind).alias("sequence")).select(frame.columns)
        filled = frame.height - frame["sequence"].null_count()
        if filled:
            changed = int((~told[name]["sequence"].eq_missing(frame["sequence"])).sum())
            done.append((name, "sequence", "counted anew", filled, changed))
    return tables | told, done
