"""What a sample without a number is called: its tissue and day, so that every answer can say which sample it means.

A name is made for answers only; it is never written back into the records.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry


def with_names(registry: Registry, samples: pl.DataFrame) -> pl.DataFrame:
    """Return samples (with `sample_day`) in which each has a `sample_id`; those of one tissue and day are counted."""
    unnumbered = pl.col("sample_id").is_null()
    if samples["sample_id"].null_count() == 0:
        return samples
    on = pl.col("sample_day")
    day = pl.format("day {}", on) if registry.axis == "relative" else on.cast(pl.Int32).cast(pl.Date).cast(pl.String)
    made = pl.concat_str(pl.col("tissue").fill_null("tissue not recorded"), day.fill_null("undated"), separator=" ")
    numbered = samples.with_columns(_made=pl.when(unnumbered).then(made).otherwise("sample_id"))
    nth = pl.int_range(1, pl.len() + 1).over("patient_id", "_made")
    name = pl.when(unnumbered & (nth > 1)).then(pl.format("{} ({})", "_made", nth)).otherwise("_made")
    return numbered.with_columns(sample_id=name).drop("_made")
