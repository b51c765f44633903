"""What the rows of treatments and transplants mean, wherever they are read: which treat the leukaemia, and which are a graft."""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.timeline import once, placed
from tenfold.vocabulary import Intent

NOT_ANTILEUKAEMIC = (Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION)
PLACE = ("patient_id", "order", "earliest_day", "latest_day")
ONE_GRAFT = 60
"""Days within which a line of treatment and a row of `transplants` speak of one graft."""


def antileukaemic(registry: Registry) -> pl.DataFrame:
    """Return the placed rows of `treatments` but those that are not against the leukaemia.

    A line of unrecorded intent is kept: most are.
    """
    against = ~pl.col("intent").is_in(NOT_ANTILEUKAEMIC).fill_null(False)
    return once(registry, "antileukaemic", lambda: placed(registry, "treatments").filter(against))


def autologous() -> pl.Expr:
    """Return whether a row of `transplants`, a table of allogeneic ones, names the patient as the donor all the same."""
    return pl.col("donor").str.to_lowercase().str.contains("auto").fill_null(False)


def grafts(registry: Registry) -> pl.DataFrame:
    """Return each graft: patient_id, its place, `autologous` and `immunosuppression_end_day`.

    A line of treatment of intent transplant is one, too, unless a row of `transplants` surely lies within `ONE_GRAFT` days of it:
    then the line is the treatment that came with that graft.
    """
    return once(registry, "grafts", lambda: _grafts(registry))


def _grafts(registry: Registry) -> pl.DataFrame:
    rows = placed(registry, "transplants").select(*PLACE, "immunosuppression_end_day", autologous=autologous())
    lines = (
        placed(registry, "treatments")
        .filter(pl.col("intent") == Intent.TRANSPLANT)
        .select(*PLACE)
        .with_row_index("_line")
    )
    # Surely: of a line or graft without a day nobody can say that the two are one.
    near = (pl.col("latest_day_graft") - pl.col("earliest_day") <= ONE_GRAFT) & (
        pl.col("latest_day") - pl.col("earliest_day_graft") <= ONE_GRAFT
    )
    same = lines.join(rows.select(*PLACE), on="patient_id", suffix="_graft").filter(near)
    alone = lines.join(same, on="_line", how="anti", maintain_order="left").select(*PLACE, autologous=pl.lit(False))
    return pl.concat([rows, alone], how="diagonal_relaxed")


def further_cycles(registry: Registry, of: pl.Expr) -> pl.DataFrame:
    """Return the days on which a treatment that is recorded in a row for each cycle only goes on.

    patient_id, `order`, and `goes_on_from`, the order of its row before.

    `of` says which rows of `treatments` may be cycles. A day goes on where all its rows are of the line and regimen of the
    day before it, with no other line or graft between; a regimen that is not named is that of its line.
    """
    lines = placed(registry, "treatments").filter(pl.col("order").is_not_null())
    if not lines.filter(pl.col("line").is_not_null()).select("patient_id", "line").is_duplicated().any():
        none = {"patient_id": pl.String, "order": pl.Int64, "goes_on_from": pl.Int64}
        return pl.DataFrame(schema=none)
    transplants = placed(registry, "transplants").filter(pl.col("order").is_not_null())
    turns = pl.concat(
        [
            lines.select("patient_id", "order", "line", "regimen", may=of.fill_null(False)),
            transplants.select("patient_id", "order", may=pl.lit(False)),
        ],
        how="diagonal",
    )
    one_line = pl.col("may").all() & (pl.col("line").n_unique() == 1)
    said = pl.col("regimen").drop_nulls().unique().sort()
    alone = ~pl.struct("patient_id", "order").is_duplicated()
    days = (
        pl.concat(
            [
                turns.filter(alone).select("patient_id", "order", line=pl.when("may").then("line"), named="regimen"),
                turns.filter(~alone)
                .group_by("patient_id", "order")
                .agg(
                    line=pl.when(one_line).then(pl.col("line").first()),
                    named=pl.when(said.len() > 0).then(said.str.join("+")),
                ),
            ]
        )
        .sort("patient_id", "order")
        .with_columns(named=pl.col("named").forward_fill().over("patient_id", "line"))
    )
    days = days.with_columns(
        pl.col("line", "named").shift().over("patient_id").name.suffix("_before"),
        goes_on_from=pl.col("order").shift().over("patient_id"),
    )
    goes_on = (pl.col("line") == pl.col("line_before")) & (pl.col("named") == pl.col("named_before")).fill_null(True)
    return days.filter(goes_on.fill_null(False)).select("patient_id", "order", "goes_on_from")
