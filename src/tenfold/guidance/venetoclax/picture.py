"""What the records say of a patient's venetoclax on a day: partner, day of treatment, other medicines, remission.

Traps: one combination may be recorded as a row for each drug; cytarabine with venetoclax is low-dose only where the line is
not intensive; a further drug in the combination is no partner of the labels; Child-Pugh is in no table, so the liver is not
known unless it is entered. The registry is expected as of the index day.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from tenfold.guidance.venetoclax.dosing import doses
from tenfold.guidance.venetoclax.interactions import interactions
from tenfold.records.registry import Registry

BESIDE = ("venetoclax", "filgrastim", "lenograstim", "pegfilgrastim")
"""What does not make a combination another one."""
DECITABINE = ("decitabine", "decitabine-cedazuridine")


def venetoclax_lines(registry: Registry, on: date | int) -> pl.DataFrame:
    """Return patient_id, `venetoclax_partner` and `venetoclax_day` of the last line of venetoclax begun by the day and not
    ended before it.

    Patients without such a line, or with one whose start or drugs are not known, are left out: nothing is known of it.
    """
    day = registry.day_number(on)
    named = pl.col("drugs").str.to_lowercase().str.split("+").list.eval(pl.element().str.strip_chars())
    given = (pl.col("start_day") <= day) & (pl.col("end_day").is_null() | (pl.col("end_day") >= day))
    lines = registry.days("treatments").filter(given).with_columns(_drugs=named)
    together = (
        lines.group_by("patient_id", "start_day")
        .agg(
            pl.col("_drugs").explode(),
            intensive=pl.col("intensive").any(ignore_nulls=False),
            told=pl.col("drugs").is_not_null().all(),
        )
        .filter(pl.col("_drugs").list.contains("venetoclax"))
        .sort("patient_id", "start_day")
        .group_by("patient_id", maintain_order=True)
        .last()
    )
    partners = pl.col("_drugs").list.drop_nulls().list.set_difference(list(BESIDE))
    single = pl.when(partners.list.len() == 1).then(partners.list.first())
    cytarabine = (
        pl.when(~pl.col("intensive")).then(pl.lit("low-dose cytarabine")).when("intensive").then(pl.lit("other"))
    )
    partner = (
        pl.when(~pl.col("told"))
        .then(None)
        .when(single == "azacitidine")
        .then(pl.lit("azacitidine"))
        .when(single.is_in(DECITABINE))
        .then(pl.lit("decitabine"))
        .when(single == "cytarabine")
        .then(cytarabine)
        .otherwise(pl.lit("other"))
    )
    return together.select(
        "patient_id",
        venetoclax_partner=partner,
        venetoclax_day=(day - pl.col("start_day") + 1).cast(pl.Float64),
    )


def dosing(registry: Registry, picture: pl.DataFrame, on: date | int) -> pl.DataFrame:
    """Return what every source prints for each patient on the day; see `doses` for the columns. Never an order.

    `picture` has patient_id and may have `in_remission` (from the snapshot), `child_pugh` ("none", "A", "B", "C") and
    `front_line_unfit`; what it does not have is not known.
    """
    inputs = ("in_remission", "child_pugh", "front_line_unfit")
    frame = picture.select("patient_id", *(name for name in inputs if name in picture.columns))
    for found in (venetoclax_lines(registry, on), interactions(registry, on)):
        frame = frame.join(found, on="patient_id", how="left", maintain_order="left")
    return doses(frame)
