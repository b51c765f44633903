"""A gene supposed to be wild type: what the records say otherwise of that occasion is left out, and nothing else is settled.

Traps: a gene looked at counts as not mutated only where mutations are recorded completely; where they are not, that is
supposed of this gene alone, so the other genes that were looked at stay as open as they were.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tenfold.genetics.variants import variant_findings
from tenfold.genetics.variants.findings import finding_of
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.what_if.kinds import GeneStatus, Occasion


def recorded_already(
    registry: Registry, what: GeneStatus, occasion: Occasion, phase: int | None
) -> tuple[Registry, bool, list[str]]:
    """Return the records beside which a supposed mutation is to stand, and whether it is on record already.

    A ratio or allele fraction takes the place of those recorded of the same mutation. `phase`: where the present phase of
    overt disease begins.
    """
    if not registry.recorded("variants"):
        return registry, False, []
    same = _against(registry, what, occasion, phase)
    if not same.any():
        return registry, False, []
    if what.vaf is None and what.allelic_ratio is None:
        return registry, True, ["it is on record already: nothing is added"]
    left = registry.table("variants").filter(~same)
    note = "it is on record already: what is supposed takes the place of what was measured"
    return replace(registry, tables={**registry.tables, "variants": left}), False, [note]


def settled(
    registry: Registry, patient_id: str, what: GeneStatus, occasion: Occasion, phase: int | None
) -> tuple[Registry, list[str]]:
    """Return the records in which a supposed negative test of the gene can be read, and what was left out of them."""
    tables, notes = dict(registry.tables), []
    if registry.recorded("variants"):
        against = _against(registry, what, occasion, phase)
        if against.any():
            tables["variants"] = registry.table("variants").filter(~against)
            notes.append(f"recorded mutations of it that are left out here: {int(against.sum())}")
    complete = registry.complete("variants").filter(pl.col("complete_from_day").is_null())
    if complete.is_empty():
        if registry.recorded("genes_tested"):
            told = known_on(registry, placed(registry, "genes_tested"), "variants", "_told")["_told"]
            tables["genes_tested"] = registry.table("genes_tested").filter(told)
        tables.setdefault("variants", registry.table("variants"))
        tables["completeness"] = _stated_complete(registry, patient_id)
        notes.append("mutations are not recorded completely: that this one is not there is supposed with it")
        if registry.set_aside.filter((pl.col("table") == "variants") & ~pl.col("repeat")).height:
            notes.append("a row of variants was set aside, so the gene stays open")
    return replace(registry, tables=tables), notes


def _against(registry: Registry, what: GeneStatus, occasion: Occasion, phase: int | None) -> pl.Series:
    """Which recorded variants are of the gene (kind, change) and of the occasion; undated ones are of the diagnosis."""
    rows = placed(registry, "variants")
    found = variant_findings(rows)
    same = pl.col("gene") == what.gene
    if what.kind or what.hgvs_p:
        finding = finding_of(what.gene, None, what.hgvs_p, what.kind).finding
        same &= pl.col("finding") == finding
    elif what.mutated:
        same &= pl.col("counts_as_mutated").fill_null(False)
    started = placed(registry, "treatments")["order"].min()
    order = pl.col("order")
    if occasion == "diagnosis":
        when = order.is_null() | (pl.lit(True) if started is None else order <= pl.lit(started))
    elif phase is not None:
        when = order >= pl.lit(phase)
    else:
        when = pl.lit(False) if started is None else order > pl.lit(started)
    return found.select((same & when).fill_null(False).alias("against"))["against"]


def _stated_complete(registry: Registry, patient_id: str) -> pl.DataFrame:
    said = registry.table("completeness")
    about = (pl.col("table") == "variants") & (pl.col("patient_id") == patient_id).fill_null(False)
    yes = pl.DataFrame([{"patient_id": patient_id, "table": "variants", "complete": True}], schema=said.schema)
    return pl.concat([said.filter(~about), yes])
