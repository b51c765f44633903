"""Whether the rows of one gene are one mutation reported again or several mutations."""

from __future__ import annotations

import polars as pl


def two_distinct(chosen: pl.Expr, surely: bool) -> pl.Expr:
    """Whether the chosen rows of a group are surely (or, with `surely` false, possibly) two mutations.

    Two codons more than one apart are two mutations, and so are two residues put in at one codon; neighbouring codons
    may be one change written in two ways, and a row without its position may be any of the others. The same texts
    again are the same mutation.
    """
    codon = pl.col("codon").filter(chosen)
    apart = (codon.max() - codon.min() > 1).fill_null(False)
    exchanged = pl.col("replaced_by").filter(chosen & (pl.col("effect") == "missense"))
    at_one_codon = (codon.n_unique() == 1) & (exchanged.drop_nulls().n_unique() > 1)
    if surely:
        return apart | at_one_codon.fill_null(False)
    written = pl.struct("hgvs_c", "hgvs_p", "kind").filter(chosen)
    unplaced = pl.col("codon").is_null() & chosen
    return (written.n_unique() > 1) | (unplaced.sum() > 1)
