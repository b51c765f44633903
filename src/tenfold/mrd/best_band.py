"""The best level band so far in a remission: FILO's "best first-line response" (negative, else low level).

Traps: the best so far never looks ahead; a sample whose band is not known may have been better, and leaves it open unless
negativity was reached anyway; a new remission, a relapse or a transplant begins anew.

FILO venetoclax-azacitidine series, 2025: every patient had CR MRD-negative or MRD-LL as best first-line response.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import YES
from tenfold.mrd.label import LEVEL_BAND
from tenfold.mrd.label_editions import STILL
from tenfold.mrd.samples import STREAM, counts
from tenfold.vocabulary import LevelBand

RANK = {band.value: rank for rank, band in enumerate(LevelBand)}


def with_best_band(molecular: pl.DataFrame) -> pl.DataFrame:
    """Add `best_band` to the rows of streams, after their bands: the best of the current remission so far."""
    new_remission = (pl.col("row") == "remission") & (pl.col("reason") != STILL).fill_null(True)
    begins = new_remission | pl.col("row").is_in(["haematological relapse", "transplant"])
    counting = counts()
    rank = pl.col(LEVEL_BAND.key).replace_strict(RANK, default=None, return_dtype=pl.Int8)
    # A sample without a band, or one that is missing from the records, may have been better.
    may_be_better = counting & (pl.col(LEVEL_BAND.key).is_null() | (pl.col("history_known") != YES))
    framed = molecular.with_columns(
        _epoch=begins.cum_sum().over(STREAM), _rank=pl.when(counting).then(rank), _open=may_be_better
    )
    epoch = [*STREAM, "_epoch"]
    best = pl.col("_rank").cum_min().forward_fill().over(epoch)
    open_so_far = pl.col("_open").cum_max().over(epoch)
    sure = (best == RANK[LevelBand.NEGATIVE]) | ~open_so_far
    words = pl.when(sure & best.is_not_null()).then(best)
    named = {rank: band for band, rank in RANK.items()}
    return framed.with_columns(best_band=words.replace_strict(named, return_dtype=pl.String)).drop(
        "_epoch", "_rank", "_open"
    )
