"""Graft-versus-host disease: whether it is active, and whether there ever was any.

Traps: recorded as present it stands until its end is recorded; what was found after an earlier graft was found.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.vocabulary import EventKind

GVHD = (EventKind.ACUTE_GVHD, EventKind.CHRONIC_GVHD)


def graft_versus_host_disease(registry: Registry, grafted: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """Return patient_id, `gvhd_active` by the last statement of each kind, and `gvhd_ever`. `grafted`: allografts, placed.

    "No" only where both kinds were looked for and not found, after the last graft and, of ever, after each of them: that
    nobody wrote of it says nothing.
    """
    rows = placed(registry, "events").filter(pl.col("kind").is_in([kind.value for kind in GVHD])).with_row_index("row")
    after = (pl.col("order") >= pl.col("graft")).fill_null(pl.col("order").is_null())
    counted = (
        rows.join(grafted.select("patient_id", graft="order").drop_nulls().unique(), on="patient_id")
        .group_by("row")
        .agg(grafts=pl.len(), grafts_before=after.sum())
    )
    rows = rows.join(counted, on="row", how="left", maintain_order="left").with_columns(
        pl.col("grafts", "grafts_before").fill_null(0)
    )
    since_last = pl.col("grafts_before") == pl.col("grafts")
    ended = pl.col("end_day").is_not_null() & (True if on is None else (pl.col("end_day") < pl.lit(on, pl.Int64)))
    present = pl.col("present").fill_null(True)
    each = pl.col("grafts_before").replace(0, None).drop_nulls().n_unique() == pl.col("grafts").first()
    kinds = (
        rows.sort("order", present, nulls_last=False)
        .group_by("patient_id", "kind", maintain_order=True)
        .agg(
            active=(present & ~ended).filter(since_last).last(),
            ever=present.any(),
            looked_for=since_last.any(),
            looked_for_each_time=each,
        )
    )
    both = (pl.len() == len(GVHD)) & pl.col("looked_for").all()
    found = kinds.group_by("patient_id").agg(
        gvhd_active=pl.when(pl.col("active").any()).then(True).when(both).then(False),
        gvhd_ever=pl.when(pl.col("ever").any())
        .then(True)
        .when(both & pl.col("looked_for_each_time").all())
        .then(False),
    )
    return registry.patient_ids().join(found, on="patient_id", how="left", maintain_order="left")
