"""NPM1 copies per 10^4 ABL1, and whether they stand at the trigger for transplant.

Traps: 200 per 10^4 ABL1 is 2 %, not 200 per 10^5; the data say "200 or more" and the rule "exceed 200": the setting says
which counts, here and nowhere else.

Thol, Döhner, Ganser, Blood 2024;143:11-20; Krönke et al., J Clin Oncol 2011;29:2709-2716 (200 NPM1 per 10^4 ABL1).
"""

from __future__ import annotations

import polars as pl

from tenfold.mrd.levels import ABL1
from tenfold.settings import Settings

OF_A_PERCENT = 100.0


def copies_per_1e4() -> tuple[pl.Expr, pl.Expr]:
    """Return the least and the most copies per 10^4 ABL1 of a sample's row; null on another scale."""
    on_abl1 = pl.col("family") == ABL1
    # A logarithm there and back would put a level of exactly 200 beside the trigger.
    exact = pl.when(on_abl1 & (pl.col("low") == pl.col("high"))).then(OF_A_PERCENT * pl.col("level"))
    low, high = (
        pl.coalesce(exact, pl.when(on_abl1).then((OF_A_PERCENT * pl.lit(10.0) ** pl.col(bound)).round(9)))
        for bound in ("low", "high")
    )
    return low, high


def inclusive(settings: Settings) -> bool:
    """Whether a level of exactly the trigger counts."""
    return bool(settings["guidance.transplant_trigger_counts"] == "reached")


def at_trigger(per_1e4: pl.Expr, settings: Settings) -> pl.Expr:
    """Return whether a number of copies per 10^4 ABL1 stands at the trigger, as the settings read it."""
    return stands(per_1e4, float(settings["guidance.transplant_trigger"]), inclusive(settings))


def stands(per_1e4: pl.Expr, trigger: float, inclusive: bool) -> pl.Expr:
    """`at_trigger` of a trigger and a reading that are known."""
    return per_1e4 >= trigger if inclusive else per_1e4 > trigger
