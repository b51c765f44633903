"""Categories of function: for each, whether one of its genes is mutated, and which.

Traps: which genes belong to a category differs between studies, and the membership of the VEN-PRS study stands in a
supplement that was not read: the lists (``genetics/variants/genes.toml``) are not verified. FLT3 counts with any kind of
mutation, KMT2A as a partial tandem duplication only. A category is "no" only where every one of its genes was tested.

Shahswar et al., Leukemia 2025;39:614-622 (functional categories; membership unverified).
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.variants.genes import PARTIAL_TANDEM_DUPLICATION, categories

FINDING_OF = {"FLT3": "FLT3_any", PARTIAL_TANDEM_DUPLICATION: "KMT2A_PTD"}
"""Genes whose finding in the patient's picture has another name."""


def category_column(category: str) -> str:
    """The column of a category: `category_tumour_suppressor`."""
    return "category_" + category.replace(" ", "_")


def functional_genes() -> tuple[str, ...]:
    """The genes to ask of `patient_findings` so that every category can be answered."""
    named = [gene for genes in categories().values() for gene in genes if gene not in FINDING_OF]
    return tuple(dict.fromkeys(named))


def functional_categories(picture: pl.DataFrame) -> pl.DataFrame:
    """Add for each category `category_<name>` (yes, no, null: not known) and `category_<name>_genes` (those mutated).

    `picture` holds the patients' findings, one Boolean column for each gene; a gene without a column is not known.
    """
    wanted = {FINDING_OF.get(gene, gene) for genes in categories().values() for gene in genes}
    absent = [pl.lit(None, pl.Boolean).alias(name) for name in sorted(wanted - set(picture.columns))]
    # A column without any value comes as one of null type.
    whole = picture.with_columns(absent).with_columns(pl.col(name).cast(pl.Boolean) for name in wanted)
    told = whole.select(expression for category, genes in categories().items() for expression in _told(category, genes))
    return picture.hstack(told)


def _told(category: str, genes: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
    column = category_column(category)
    mutated = [pl.when(pl.col(FINDING_OF.get(gene, gene))).then(pl.lit(gene)) for gene in genes]
    return (
        pl.any_horizontal(FINDING_OF.get(gene, gene) for gene in genes).alias(column),
        pl.concat_list(mutated).list.drop_nulls().alias(f"{column}_genes"),
    )
