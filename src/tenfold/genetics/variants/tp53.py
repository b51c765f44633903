"""TP53: the largest variant allele fraction, whether it reaches 10 %, and whether both alleles are hit.

Traps: a fraction that was not reported leaves "at least 10 %" open; 10.0 % is at least 10 % (a review prints "> 10 %").
The WHO (2022) counts two mutations of any fraction, the ICC (2022) only those of at least 10 %. A fraction above one
half is taken for loss of the other allele; an inherited variant has that fraction too and must be ruled out by hand. A
karyotype without loss of 17p does not show copy-neutral loss of heterozygosity.

Arber et al., Blood 2022;140:1200-1228; Khoury et al., Leukemia 2022;36:1703-1719; thresholds in ``genes.toml``.
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.variants.genes import tp53_threshold
from tenfold.genetics.variants.several import two_distinct

OF_GENE = (pl.col("gene") == "TP53").fill_null(False)
MUTATED = OF_GENE & pl.col("counts_as_mutated").fill_null(False)
MAY_BE = OF_GENE & pl.col("counts_as_mutated").fill_null(True)


def tp53_state() -> dict[str, pl.Expr]:
    """What the variant findings of one patient (in a group_by) say of TP53, each null where open.

    Columns read: those of `variant_findings`, vaf and `loss_17p`. Of a patient without a TP53 variant that counts or
    may count (`tp53_may_be_mutated` false) the other three say nothing.
    """
    vaf, ten = pl.col("vaf"), tp53_threshold("at_least")
    below = ((vaf < ten).fill_null(False) | ~MAY_BE).all()
    return {
        "tp53_may_be_mutated": MAY_BE.any(),
        "TP53_vaf": vaf.filter(MUTATED).max(),
        "TP53_at_least_10_percent": pl.when((MUTATED & (vaf >= ten)).any()).then(True).when(below).then(False),
        "TP53_multi_hit_WHO_2022": _multi_hit(pl.lit(True), "loss_above_who"),
        "TP53_multi_hit_ICC_2022": _multi_hit(vaf >= ten, "loss_above_icc"),
    }


def _multi_hit(large_enough: pl.Expr, threshold: str) -> pl.Expr:
    """Two mutations, or one and the loss of the other allele; each must be large enough to count."""
    vaf, lost = pl.col("vaf"), tp53_threshold(threshold)
    counts = MUTATED & large_enough.fill_null(False)
    may_count = MAY_BE & large_enough.fill_null(True)
    lost_by_vaf = (counts & (vaf > lost)).any()
    lost_by_karyotype = (counts.any() & pl.col("loss_17p").first()).fill_null(False)
    single = ~two_distinct(may_count, surely=False)
    # An unknown fraction may be above the threshold.
    kept = ~pl.col("loss_17p").first() & ((vaf <= lost).fill_null(False) | ~may_count).all()
    return (
        pl.when(two_distinct(counts, surely=True) | lost_by_vaf | lost_by_karyotype)
        .then(True)
        .when(~may_count.any() | (single & kept.fill_null(False)))
        .then(False)
    )
