"""Named findings of each patient: yes, no or not known (null).

A feature is "yes" where one variant says so, "no" only where what it asks was tested and no variant leaves it open, and
null otherwise; a gene not tested is never wild type. The caller chooses the rows: those of one sample, of one date, or
all. A row more never turns a "yes" into a "no".

What a test is worth: a fragment analysis shows changes of length only (FLT3-ITD, NPM1); a method that names ITD or TKD
tests only that; qPCR and allele-specific PCR for NPM1 find types A, B and D only, so that a negative one is not "no"; a
sequencing panel tests the gene, though it may miss a long ITD, and shows a partial tandem duplication of KMT2A only
where the method says so (PTD, MLPA).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from tenfold.genetics.variants import flt3
from tenfold.genetics.variants.findings import KMT2A_NOT_NAMED, variant_findings
from tenfold.genetics.variants.genes import PARTIAL_TANDEM_DUPLICATION, feature_genes
from tenfold.genetics.variants.npm1 import Npm1Name
from tenfold.genetics.variants.several import two_distinct
from tenfold.genetics.variants.tp53 import tp53_state

HALF = 0.5
"""The variant allele fraction above which one mutation may be on both alleles."""
NOT_ISOLATED = ("FLT3_ITD", "TP53", "ASXL1", "RUNX1")
"""What is tested and absent where NPM1 is mutated on its own (Molica et al., 2025)."""
HELPERS = ("cebpa_may_be_mutated", "tp53_may_be_mutated")
LENGTH_ONLY = r"(?i)fragment"
PARTIAL_TANDEM = r"(?i)ptd|mlpa|partial tandem"
TYPES_ONLY = r"(?i)qpcr|allele.specific|type a"


def patient_findings(
    rows: pl.DataFrame,
    tested: pl.DataFrame | None = None,
    genes: Sequence[str] | None = None,
    loss_17p: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per patient of either frame, sorted by patient_id, with a column for each named finding.

    `rows`: the variants table (read here by `variant_findings` unless that was done); `tested`: the table genes_tested
    (patient_id, gene, method); `genes`: further genes, or those wanted beside the named findings in place of the usual
    ones; `loss_17p`: patient_id and a Boolean `loss_17p`, the loss of 17p by karyotype or FISH. ValueError where
    patient_id is missing.
    """
    for frame, name in ((rows, "variants"), (tested, "genes_tested"), (loss_17p, "loss_17p")):
        if frame is not None and "patient_id" not in frame.columns:
            raise ValueError(f"the frame {name} has no column patient_id: say whose each row is")
    found = rows if "counts_as_mutated" in rows.columns else variant_findings(rows)
    tests = _tests(tested)
    people = (
        pl.concat([found.select("patient_id"), tests.select("patient_id")]).drop_nulls().unique().sort("patient_id")
    )
    asked = _asked(tuple(feature_genes() if genes is None else genes))
    if loss_17p is None:
        found = found.with_columns(loss_17p=pl.lit(None, pl.Boolean))
    else:
        # Two statements about one patient: a loss seen once is a loss.
        lost = pl.col("loss_17p").cast(pl.Boolean).any(ignore_nulls=False)
        found = found.drop("loss_17p", strict=False).join(
            loss_17p.group_by("patient_id").agg(loss_17p=lost), on="patient_id", how="left"
        )
    if "allelic_ratio" not in found.columns:
        found = found.with_columns(allelic_ratio=pl.lit(None, pl.Float64))
    said = found.group_by("patient_id").agg(asked.said)
    shown = tests.group_by("patient_id").agg(asked.shown)
    picture = people.join(said, on="patient_id", how="left").join(shown, on="patient_id", how="left")
    return picture.select(asked.answers).with_columns(asked.told).with_columns(asked.combined).drop(HELPERS)


def seen_findings(found: pl.DataFrame, features: Sequence[str]) -> pl.DataFrame:
    """One row per patient with variants: whether any of them says "yes" to each of some named findings or genes.

    `found` is the result of `variant_findings`.
    """
    asked = _features(features)
    return found.group_by("patient_id").agg((_said(*asked[name]) == 2).alias(name) for name in features)


@dataclass(frozen=True)
class _Asked:
    """The expressions for one list of genes, built once: one patient in clinic takes no longer than they do to run."""

    said: list[pl.Expr]
    shown: list[pl.Expr]
    answers: list[pl.Expr]
    told: list[pl.Expr]
    combined: list[pl.Expr]


@lru_cache(maxsize=32)
def _asked(genes: tuple[str, ...]) -> _Asked:
    features = _features(genes)
    further = _ratios() | _npm1_types() | _biallelic() | tp53_state()
    return _Asked(
        said=[
            *(_said(*asked).alias(name) for name, asked in features.items()),
            *(answer.alias(name) for name, answer in further.items()),
        ],
        shown=[shows(name).any().alias(f"{name} tested") for name in features],
        answers=[pl.col("patient_id"), *map(_answer, features), *map(pl.col, further)],
        told=_told(),
        combined=_combined(features),
    )


def _answer(name: str) -> pl.Expr:
    """Yes where a variant says so, open where one leaves it open, no where it was tested and neither is so."""
    said = pl.col(name).fill_null(0)
    return pl.when(said == 2).then(True).when(said == 1).then(None).when(f"{name} tested").then(False).alias(name)


def _features(genes: Sequence[str]) -> dict[str, tuple[str, pl.Expr]]:
    """Feature -> its gene, and what of a variant that counts makes it "yes" (null: that variant leaves it open)."""
    name = pl.col("finding")
    any_change = pl.lit(True)
    unnamed = name == flt3.NOT_NAMED

    def is_finding(finding: str, open_: pl.Expr) -> pl.Expr:
        return pl.when(name == finding).then(True).when(open_).then(None).otherwise(False)

    def codon(gene: str, codon: str) -> pl.Expr:
        return is_finding(f"{gene} {codon}", name == f"{gene}, codon not known")

    features = {
        "FLT3_ITD": ("FLT3", is_finding(flt3.ITD, unnamed)),
        "FLT3_TKD": ("FLT3", is_finding(flt3.TKD, unnamed)),
        "FLT3_atypical": ("FLT3", is_finding(flt3.ATYPICAL, unnamed)),
        "FLT3_any": ("FLT3", any_change),
        "NPM1": ("NPM1", pl.col("npm1_exon_12")),
        "CEBPA": ("CEBPA", any_change),
        "CEBPA_bZIP_in_frame": ("CEBPA", pl.col("bzip_in_frame")),
        "IDH1": ("IDH1", any_change),
        "IDH1_R132": ("IDH1", codon("IDH1", "R132")),
        "IDH2": ("IDH2", any_change),
        "IDH2_R140": ("IDH2", codon("IDH2", "R140")),
        "IDH2_R172": ("IDH2", codon("IDH2", "R172")),
        "KMT2A_PTD": ("KMT2A", is_finding(PARTIAL_TANDEM_DUPLICATION, name == KMT2A_NOT_NAMED)),
        "TP53": ("TP53", any_change),
    }
    return features | {gene: (gene, any_change) for gene in genes if gene not in features}


def _said(gene: str, yes: pl.Expr) -> pl.Expr:
    """The most that the patient's variants say: 2 for yes, 1 for open, 0 for nothing."""
    answer = (pl.col("gene") == gene) & pl.col("counts_as_mutated") & yes
    return pl.when(answer).then(2).when(answer.is_null()).then(1).otherwise(0).max()


def _tests(tested: pl.DataFrame | None) -> pl.DataFrame:
    schema = {"patient_id": pl.String(), "gene": pl.String(), "method": pl.String()}
    if tested is None:
        return pl.DataFrame(schema=schema)
    method = "method" if "method" in tested.columns else pl.lit(None).alias("method")
    return tested.select("patient_id", "gene", method).with_columns(
        pl.col("gene").cast(pl.String), pl.col("method").cast(pl.String)
    )


def shows(feature: str) -> pl.Expr:
    """Whether a row of genes_tested shows a feature, should it be there."""
    method = pl.col("method").fill_null("")
    gene = feature.split("_")[0]
    of_gene = pl.col("gene") == gene
    length_only = method.str.contains(LENGTH_ONLY)
    for_itd = method.str.contains("(?i)itd") | length_only
    for_tkd = method.str.contains("(?i)tkd|d835")
    match feature:
        case "FLT3_ITD":
            return of_gene & (for_itd | ~for_tkd)
        case "FLT3_TKD":
            return of_gene & (for_tkd | ~for_itd)
        case "FLT3_any" | "FLT3_atypical":
            return of_gene & ~for_itd & ~for_tkd
        case "NPM1":
            return of_gene & ~method.str.contains(TYPES_ONLY)
        case "KMT2A_PTD":
            return of_gene & method.str.contains(PARTIAL_TANDEM)
        case "KMT2A":
            return of_gene & ~length_only & ~method.str.contains(PARTIAL_TANDEM)
        case _:
            return of_gene & ~length_only


def _ratios() -> dict[str, pl.Expr]:
    """The allelic ratio of all ITDs together: at least the largest, at most the sum (unknown where one is unknown)."""
    itd = ((pl.col("finding") == flt3.ITD) & pl.col("counts_as_mutated")).fill_null(False)
    ratio = pl.col("allelic_ratio").cast(pl.Float64).filter(itd)
    return {
        "FLT3_ITD_allelic_ratio_low": ratio.max(),
        "FLT3_ITD_allelic_ratio_high": pl.when(itd.any() & (ratio.null_count() == 0)).then(ratio.sum()),
    }


def _npm1_types() -> dict[str, pl.Expr]:
    """The type, where the patient's exon 12 mutations name one, and whether qPCR for A, B and D may miss one."""
    mutated = (pl.col("npm1_exon_12") & pl.col("counts_as_mutated")).fill_null(False)
    named = pl.col("npm1_type").filter(mutated & (pl.col("npm1_type") != Npm1Name.UNTYPED))
    missed = pl.col("npm1_assay_may_miss").filter(mutated)
    all_found = mutated.any() & (missed.null_count() == 0)
    return {
        "NPM1_type": pl.when(named.n_unique() == 1).then(named.first()),
        "NPM1_assay_may_miss": pl.when(missed.any()).then(True).when(all_found).then(False),
    }


def _biallelic() -> dict[str, pl.Expr]:
    """Two CEBPA mutations, for short: that they lie on two alleles is not shown. One alone may be homozygous."""
    of_gene = (pl.col("gene") == "CEBPA").fill_null(False)
    mutated = of_gene & pl.col("counts_as_mutated").fill_null(False)
    may_be = of_gene & pl.col("counts_as_mutated").fill_null(True)
    heterozygous = ((pl.col("vaf") <= HALF).fill_null(False) | ~may_be).all()
    single = ~two_distinct(may_be, surely=False) & heterozygous
    return {
        "cebpa_may_be_mutated": may_be.any(),
        "CEBPA_biallelic": pl.when(two_distinct(mutated, surely=True)).then(True).when(single).then(False),
    }


def _told() -> list[pl.Expr]:
    """What rests on one gene: "no" where it was tested and nothing was found that counts or may count."""

    def told(answer: str, gene: str, may_be: str) -> pl.Expr:
        return pl.when(pl.col(may_be).fill_null(False)).then(answer).when(~pl.col(gene)).then(False).alias(answer)

    of_tp53 = ("TP53_at_least_10_percent", "TP53_multi_hit_WHO_2022", "TP53_multi_hit_ICC_2022")
    return [
        told("CEBPA_biallelic", "CEBPA", "cebpa_may_be_mutated"),
        *(told(answer, "TP53", "tp53_may_be_mutated") for answer in of_tp53),
    ]


def _combined(features: Collection[str]) -> list[pl.Expr]:
    """What rests on several findings: where both editions agree on TP53, and NPM1 without its usual company."""
    who, icc = pl.col("TP53_multi_hit_WHO_2022"), pl.col("TP53_multi_hit_ICC_2022")
    combined = [pl.when(who == icc).then(who).alias("TP53_multi_hit")]
    if set(NOT_ISOLATED) <= set(features):
        isolated = pl.col("NPM1") & ~pl.any_horizontal(NOT_ISOLATED)
        combined.append(isolated.alias("NPM1_isolated"))
    return combined
