"""Which rows of variants are one change seen again: the changes of each patient at each sample.

A change is told by its gene and what it is: an NPM1 type, all FLT3-ITDs together, a partial tandem duplication of KMT2A,
else the codon (and the residues that come in, where a patient has several at one codon). Insertions, deletions and
frameshifts at neighbouring codons are one change, since texts number them differently.
Traps: a row that does not say which change it is (a gene alone, a text that cannot be read) is taken for the patient's
only change of that gene; where there are several it may be any of them, and leaves each open that was not seen on that
day. Benign and germline variants are no part of clonal evolution.
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.variants import variant_findings
from tenfold.genetics.variants.findings import KMT2A_NOT_NAMED
from tenfold.genetics.variants.flt3 import ITD, NOT_NAMED
from tenfold.genetics.variants.genes import PARTIAL_TANDEM_DUPLICATION
from tenfold.genetics.variants.npm1 import Npm1Name
from tenfold.genetics.variants.protein import Effect

AT_ONE_CODON = (Effect.MISSENSE, Effect.NONSENSE)
WHOLE = (ITD, PARTIAL_TANDEM_DUPLICATION)
"""Findings of which all rows of one sample are one change."""
BY_KIND = ("FLT3", "KMT2A")
"""Genes whose findings are kinds of mutation that never turn into one another."""
WHICH = "a report names the gene without saying which of its changes it means"
CALLED = "called benign or germline in that sample"
KEY = ("patient_id", "gene", "family", "place")
READ = {
    "patient_id": pl.String(),
    "hgvs_c": pl.String(),
    "hgvs_p": pl.String(),
    "kind": pl.String(),
    "vaf": pl.Float64(),
    "allelic_ratio": pl.Float64(),
    "germline": pl.Boolean(),
}


def clonal_rows(variants: pl.DataFrame) -> pl.DataFrame:
    """The rows, each with its `family`, `place` (null: not said), `wild`, `left_out` and `unsure`.

    `wild` marks a row that may be any change of its gene, `left_out` one that does not count as mutated or is germline,
    `unsure` one of which that is not known.
    """
    # A column without any value comes as one of null type.
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in READ.items() if name not in variants.columns]
    typed = variants.with_columns(absent).with_columns(pl.col(name).cast(dtype) for name, dtype in READ.items())
    found = typed if "counts_as_mutated" in typed.columns else variant_findings(typed)
    found = found.filter(pl.col("gene").is_not_null())
    left_out = ~pl.col("counts_as_mutated").fill_null(True) | pl.col("germline").fill_null(False)
    wild = pl.col("finding").is_in([NOT_NAMED, KMT2A_NOT_NAMED])
    by_kind = pl.col("gene").is_in(list(BY_KIND)) & ~wild
    placed = found.with_columns(
        family=pl.when(by_kind).then("finding").otherwise("gene"),
        wild=wild,
        left_out=left_out,
        unsure=pl.col("counts_as_mutated").is_null(),
    )
    return _with_residues(placed.with_columns(place=_place(_clusters())))


def _clusters() -> pl.Expr:
    """The first codon of a run of neighbouring codons at which a patient's gene is lengthened, shortened or shifted."""
    inexact = pl.col("effect").is_not_null() & ~pl.col("effect").is_in([str(effect) for effect in AT_ONE_CODON])
    codon = pl.when(inexact).then("codon")
    over = ["patient_id", "family"]
    begins = (codon - codon.shift(1).over(over, order_by=codon) > 1).fill_null(True) & codon.is_not_null()
    first = pl.when(begins).then(codon)
    return first.forward_fill().over(over, order_by=codon)


def _place(cluster: pl.Expr) -> pl.Expr:
    inexact = pl.col("effect").is_not_null() & ~pl.col("effect").is_in([str(effect) for effect in AT_ONE_CODON])
    type_ = pl.col("npm1_type")
    return (
        pl.when("wild")
        .then(None)
        .when(pl.col("finding").is_in(list(WHOLE)))
        .then("finding")
        .when(pl.col("gene") == "NPM1")
        .then(
            pl.when(type_.is_in([Npm1Name.A, Npm1Name.B, Npm1Name.D]))
            .then(pl.lit("type ") + type_)
            .when(type_ == Npm1Name.OTHER)
            .then(pl.coalesce("npm1_sequence", pl.lit("other")))
        )
        .when(pl.col("codon").is_not_null() & inexact)
        .then(pl.format("from codon {}", cluster))
        .when(pl.col("codon").is_not_null())
        .then(pl.format("codon {}", "codon"))
    )


def _with_residues(rows: pl.DataFrame) -> pl.DataFrame:
    """Part the changes at one codon where a patient has several; there a row without its residue may be any of them."""
    at_codon = pl.col("place").str.starts_with("codon ")
    residue = pl.when(at_codon).then("replaced_by")
    several = residue.drop_nulls().n_unique().over(list(KEY)) > 1
    return rows.with_columns(
        place=pl.when(at_codon & several).then(pl.format("{} {}", "place", residue)).otherwise("place")
    )


def changes_seen(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The changes at each sample and, apart, what leaves changes open there.

    Returns (seen, open). `seen`: one row for each change and sample (`at`), with `change` (how it is called), `feature`
    (what of the patient's findings shows it), vaf, allelic_ratio, `unsure` (whether it counts), `unnamed` (not written
    out: taken for the patient's only change) and `disagree` (several values). `open`: patient_id, at, gene, family and
    place (null: every one) and `why`.
    """
    called = rows.filter("left_out", pl.col("place").is_not_null()).select(*KEY, "at", why=pl.lit(CALLED))
    rows = rows.filter(~pl.col("left_out"))
    named = rows.filter(pl.col("place").is_not_null())
    of_family = named.select(*KEY).unique().group_by("patient_id", "family").agg(pl.len().alias("known"), only="place")
    of_gene = named.select(*KEY).unique().group_by("patient_id", "gene").agg(pl.len().alias("known_of_gene"))
    # `only` is a list; its first place stands for the family where there is but one.
    rows = rows.join(of_family, on=["patient_id", "family"], how="left", maintain_order="left").join(
        of_gene, on=["patient_id", "gene"], how="left", maintain_order="left"
    )
    known = pl.when("wild").then(pl.col("known_of_gene")).otherwise(pl.col("known")).fill_null(0)
    unnamed = pl.col("place").is_null()
    lone = unnamed & ~pl.col("wild") & (known == 1)
    rows = rows.with_columns(
        leaves_open=unnamed & ~lone & (known > 0),
        unnamed=unnamed & (lone | (known == 0)),
        place=pl.when(lone).then(pl.col("only").list.first()).otherwise(pl.col("place").fill_null("not named")),
        **{name: pl.when(~unnamed).then(words) for name, words in _labels().items()},
    )
    open_ = rows.filter("leaves_open").select(
        "patient_id",
        "gene",
        pl.when(~pl.col("wild")).then("family").alias("family"),
        pl.lit(None, pl.String).alias("place"),
        "at",
        why=pl.lit(WHICH),
    )
    seen = rows.filter(~pl.col("leaves_open"))
    names = seen.group_by(*KEY).agg(
        change=pl.coalesce(pl.col("text_p").min(), pl.col("text_c").min(), pl.col("finding").min())
    )
    said = seen.group_by(*KEY, "at").agg(
        _feature(),
        _value("vaf"),
        _value("allelic_ratio"),
        unsure=pl.col("unsure").all(),
        unnamed=pl.col("unnamed").all(),
        disagree=_differ("vaf") | _differ("allelic_ratio"),
    )
    return said.join(names, on=list(KEY), how="left"), pl.concat([open_, called])


def _labels() -> dict[str, pl.Expr]:
    """How a change is called: by its finding where that says all, else by the protein text, else by the coding text."""
    named = pl.col("finding").is_in(list(WHOLE)) | (pl.col("gene") == "NPM1")
    return {"text_p": pl.when(named).then("finding").otherwise("hgvs_p"), "text_c": pl.col("hgvs_c")}


def _feature() -> pl.Expr:
    """What of `patient_findings` is "no" where a test looked for this change."""
    kind = pl.col("family").replace_strict(
        {ITD: "FLT3_ITD", "FLT3-TKD": "FLT3_TKD", PARTIAL_TANDEM_DUPLICATION: "KMT2A_PTD"}, default=None
    )
    whole_gene = pl.when(pl.col("gene") == "FLT3").then(pl.lit("FLT3_any")).otherwise("gene")
    return pl.coalesce(kind, whole_gene).first().alias("feature")


def _distinct() -> pl.Expr:
    return pl.struct("hgvs_c", "hgvs_p")


def _summed(value: str) -> pl.Expr:
    """Several FLT3-ITDs of one sample, each written out and measured: together they have the sum."""
    described = pl.coalesce("hgvs_c", "hgvs_p").is_not_null()
    each_once = (_distinct().n_unique() == pl.len()) & (pl.len() > 1)
    return (pl.col("finding") == ITD).all() & described.all() & pl.col(value).is_not_null().all() & each_once


def _differ(value: str) -> pl.Expr:
    return (pl.col(value).drop_nulls().n_unique() > 1) & ~_summed(value)


def _value(value: str) -> pl.Expr:
    """The one value of a change in a sample; null where values differ."""
    single = pl.when(pl.col(value).drop_nulls().n_unique() == 1).then(pl.col(value).drop_nulls().first())
    return pl.when(_summed(value)).then(pl.col(value).sum()).otherwise(single).alias(value)
