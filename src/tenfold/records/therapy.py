"""What the rows of treatments and transplants mean, wherever they are read: which treat the leukaemia, and which are a graft."""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.vocabulary import Intent

NOT_ANTILEUKAEMIC = (Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION)
PLACE = ("patient_id", "order", "earliest_day", "latest_day")
ONE_GRAFT = 60
"""Days within which a line of treatment and a row of `transplants` speak of one graft."""


def antileukaemic(registry: Registry) -> pl.DataFrame:
    """Return the placed rows of `treatments` but those that are not against the leukaemia.

    A line of unrecorded intent is kept: most are.
    """
    return placed(registry, "treatments").filter(~pl.col("intent").is_in(NOT_ANTILEUKAEMIC).fill_null(False))


def autologous() -> pl.Expr:
    """Return whether a row of `transplants`, a table of allogeneic ones, names the patient as the donor all the same."""
    return pl.col("donor").str.to_lowercase().str.contains("auto").fill_null(False)


def grafts(registry: Registry) -> pl.DataFrame:
    """Return each graft: patient_id, its place, `autologous` and `immunosuppression_end_day`.

    A line of treatment of intent transplant is one, too, unless a row of `transplants` lies within `ONE_GRAFT` days of it:
    then the line is the treatment that came with that graft.
    """
    rows = placed(registry, "transplants").select(*PLACE, "immunosuppression_end_day", autologous=autologous())
    lines = (
        placed(registry, "treatments")
        .filter(pl.col("intent") == Intent.TRANSPLANT)
        .select(*PLACE)
        .with_row_index("_line")
    )
    near = (pl.col("earliest_day_graft") - pl.col("latest_day") <= ONE_GRAFT) & (
        pl.col("earliest_day") - pl.col("latest_day_graft") <= ONE_GRAFT
    )
    same = lines.join(rows.select(*PLACE), on="patient_id", suffix="_graft").filter(near)
    alone = lines.join(same, on="_line", how="anti", maintain_order="left").select(*PLACE, autologous=pl.lit(False))
    return pl.concat([rows, alone], how="diagonal_relaxed")
