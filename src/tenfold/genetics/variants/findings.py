"""One finding for each variant: what it is called in the clinic, and whether it counts as a mutation of the gene.

Traps: a variant that the laboratory does not call benign counts, because reports list what matters; synonymous and
common inherited variants do not; a germline variant counts only in a gene that predisposes to myeloid neoplasms, and
only where it is called pathogenic (not said: open); a variant outside the coding sequence and the splice sites is open.
NPM1 counts as an exon 12 mutation only. Text that cannot be read stands in `remark`, and never says "no".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache

import polars as pl

from tenfold.exchange.variant_files.symbols import read_symbol
from tenfold.genetics.variants import cebpa, flt3
from tenfold.genetics.variants.change import Change, read_change
from tenfold.genetics.variants.genes import (
    PARTIAL_TANDEM_DUPLICATION,
    coding_polymorphisms,
    mostly_germline_when_truncated,
    polymorphisms,
    predisposition_genes,
    suspected_germline_above,
)
from tenfold.genetics.variants.hotspots import hotspot_finding
from tenfold.genetics.variants.npm1 import Npm1Name, Npm1Type, assay_may_miss, named_type, npm1_type
from tenfold.genetics.variants.protein import TRUNCATING, Effect
from tenfold.records.nearest import bare
from tenfold.records.registry import Registry
from tenfold.records.timeline import once, placed

READ_FROM: dict[str, pl.DataType] = {
    "gene": pl.String(),
    "hgvs_c": pl.String(),
    "hgvs_p": pl.String(),
    "kind": pl.String(),
    "in_frame_bzip": pl.Boolean(),
    "germline": pl.Boolean(),
    "pathogenic": pl.Boolean(),
}
"""The columns of the variants table on which a finding rests."""
NPM1_NOT_EXON_12 = "NPM1 not exon 12"
KMT2A_NOT_NAMED = "KMT2A, kind not known"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one variant is.

    `effect` on the protein; `codon` where it begins (of a splice site the nearest one); `replaced_by` the residue or
    residues that come in; `bzip_in_frame` is of CEBPA alone, `npm1_type`, `npm1_sequence` and `npm1_assay_may_miss` of
    NPM1 alone. Null is not known, or of another gene.
    """

    finding: str
    counts_as_mutated: bool | None
    effect: str | None = None
    codon: int | None = None
    replaced_by: str | None = None
    in_frame: bool | None = None
    hotspot: bool | None = None
    bzip_in_frame: bool | None = None
    npm1_type: str | None = None
    npm1_sequence: str | None = None
    npm1_assay_may_miss: bool | None = None
    npm1_exon_12: bool | None = None
    remark: str | None = None


FINDING: dict[str, pl.DataType] = {
    "finding": pl.String(),
    "counts_as_mutated": pl.Boolean(),
    "effect": pl.String(),
    "codon": pl.Int64(),
    "replaced_by": pl.String(),
    "in_frame": pl.Boolean(),
    "hotspot": pl.Boolean(),
    "bzip_in_frame": pl.Boolean(),
    "npm1_type": pl.String(),
    "npm1_sequence": pl.String(),
    "npm1_assay_may_miss": pl.Boolean(),
    "npm1_exon_12": pl.Boolean(),
    "remark": pl.String(),
}
"""The columns that `variant_findings` adds, beside `germline_suspected`."""


def variant_findings(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the variants table, in their order, with a finding for each.

    Columns of the table that are missing count as not known; `gene` is needed (ValueError). A symbol in another
    spelling is read as the gene it stands for, and `gene` then holds the HGNC symbol. Each distinct variant is read
    once, so a registry costs little more than its distinct variants.
    """
    if "gene" not in rows.columns:
        raise ValueError("the variants have no column gene: name the gene of each, e.g. NPM1")
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in READ_FROM.items() if name not in rows.columns]
    # A column without any value comes as one of null type.
    whole = rows.with_columns(absent).with_columns(pl.col(name).cast(dtype) for name, dtype in READ_FROM.items())
    vaf = pl.col("vaf") if "vaf" in whole.columns else pl.lit(None)
    whole = whole.with_columns(vaf=vaf.cast(pl.Float64))
    distinct = whole.select(*READ_FROM).unique(maintain_order=True)
    found = [{**row, **_finding(**row)} for row in distinct.iter_rows(named=True)]
    table = pl.DataFrame(found, schema={**READ_FROM, "hgnc_symbol": pl.String(), **FINDING}, orient="row")
    joined = whole.drop([name for name in FINDING if name in whole.columns]).join(
        table, on=list(READ_FROM), how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.with_columns(gene="hgnc_symbol", germline_suspected=_germline_suspected()).drop("hgnc_symbol")


def found_variants(registry: Registry) -> pl.DataFrame:
    """The placed rows of a registry's variants with their findings, and the symbol `recorded_gene` as it was written."""
    return once(registry, "found variants", lambda: _found_variants(placed(registry, "variants")))


def _found_variants(rows: pl.DataFrame) -> pl.DataFrame:
    return variant_findings(rows).with_columns(rows["gene"].alias("recorded_gene"))


def _finding(
    gene: str | None,
    hgvs_c: str | None,
    hgvs_p: str | None,
    kind: str | None,
    in_frame_bzip: bool | None,
    germline: bool | None,
    pathogenic: bool | None,
) -> dict[str, object]:
    if gene is None:
        return {"hgnc_symbol": None}
    symbol = read_symbol(gene)
    found = finding_of(symbol.gene, hgvs_c, hgvs_p, kind or symbol.kind, in_frame_bzip, germline, pathogenic)
    return {"hgnc_symbol": symbol.gene, **asdict(found)}


@lru_cache(maxsize=100_000)
def finding_of(
    gene: str,
    hgvs_c: str | None = None,
    hgvs_p: str | None = None,
    kind: str | None = None,
    in_frame_bzip: bool | None = None,
    germline: bool | None = None,
    pathogenic: bool | None = None,
) -> Finding:
    """The finding for one variant of a gene (HGNC symbol); see the columns of the variants table."""
    change = read_change(hgvs_c, hgvs_p, kind)
    remarks = list(change.unread)
    hot = bzip = exon_12 = None
    type_: Npm1Type | None = None
    match gene:
        case "FLT3":
            name, remark = flt3.flt3_finding(change, kind)
        case "CEBPA":
            name, bzip, remark = cebpa.cebpa_finding(change, in_frame_bzip)
        case "NPM1":
            type_ = npm1_type(change)
            if type_.name is Npm1Name.UNTYPED:
                type_ = named_type(kind) or type_
            exon_12 = type_.exon_12
            name, remark = _npm1_name(type_), type_.remark
        case "KMT2A":
            name, remark = _kmt2a_name(change, kind), None
        case _:
            name, hot, remark = hotspot_finding(gene, change)
    counts, why = _counts(gene, name, change, germline, pathogenic)
    if counts and pathogenic is None and (gene, (hgvs_c or "").split(":")[-1].strip()) in coding_polymorphisms():
        counts, why = False, "a common inherited variant"
    if gene == "NPM1" and counts is not False:
        counts = exon_12 if exon_12 is not True else counts
    remarks += [text for text in (remark, why) if text]
    return Finding(
        finding=name,
        counts_as_mutated=counts,
        effect=change.effect,
        codon=_codon(change),
        replaced_by=change.inserted_residues,
        in_frame=change.in_frame,
        hotspot=hot,
        bzip_in_frame=bzip,
        npm1_type=type_.name if type_ else None,
        npm1_sequence=type_.sequence if type_ else None,
        npm1_assay_may_miss=assay_may_miss(type_) if type_ else None,
        npm1_exon_12=exon_12,
        remark="; ".join(remarks) or None,
    )


def _npm1_name(type_: Npm1Type) -> str:
    match type_.name:
        case Npm1Name.A | Npm1Name.B | Npm1Name.D:
            return f"NPM1 type {type_.name}"
        case Npm1Name.OTHER:
            return "NPM1 other exon 12"
        case Npm1Name.UNTYPED:
            return "NPM1 exon 12, type not known"
        case Npm1Name.NOT_EXON_12:
            return NPM1_NOT_EXON_12
        case Npm1Name.UNKNOWN:
            return "NPM1, exon not known"


def _kmt2a_name(change: Change, kind: str | None) -> str:
    """A partial tandem duplication is not a rearrangement, and KMT2A "mutated" may be neither."""
    words = bare(kind or "")
    if "ptd" in words or "partialtandem" in words:
        return PARTIAL_TANDEM_DUPLICATION
    return "KMT2A" if change.described else KMT2A_NOT_NAMED


def _codon(change: Change) -> int | None:
    if change.codon is not None or change.start is None or change.start.base < 1 or change.start.after_stop:
        return change.codon
    return (change.start.base + 2) // 3


def _counts(
    gene: str, name: str, change: Change, germline: bool | None, pathogenic: bool | None
) -> tuple[bool | None, str | None]:
    """Whether the variant counts as a mutation of its gene, and why where it does not or is open."""
    if pathogenic is False:
        return False, "not pathogenic, as the laboratory calls it"
    if germline:
        if gene not in predisposition_genes():
            return (None if pathogenic else False), "germline"
        return (True, "germline") if pathogenic else (None, "germline, not said whether pathogenic")
    if pathogenic:
        return True, None
    if change.effect is Effect.SYNONYMOUS:
        return False, None
    if (gene, change.effect, change.codon, change.last_codon, change.inserted_residues) in polymorphisms():
        return False, "a common inherited variant"
    if change.effect in (Effect.INTRONIC, Effect.UNTRANSLATED):
        return None, "outside the coding sequence and the splice sites"
    if name == flt3.TRUNCATED:
        return None, None
    return True, None


def _germline_suspected() -> pl.Expr:
    """Whether a variant may be inherited and nobody has said that it is or is not."""
    predisposing = pl.col("hgnc_symbol").is_in(list(predisposition_genes()))
    truncating = pl.col("hgnc_symbol").is_in(list(mostly_germline_when_truncated())) & pl.col("effect").is_in(
        [str(effect) for effect in TRUNCATING]
    )
    suspected = truncating.fill_null(False) | (pl.col("vaf") > suspected_germline_above())
    unanswered = pl.col("germline").is_null() & (pl.col("counts_as_mutated").fill_null(True))
    return unanswered & predisposing & suspected
