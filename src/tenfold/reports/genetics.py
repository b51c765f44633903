"""A patient's genetics in words: classes, karyotypes, conflicts between methods, and what became of each mutation."""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.assessment import CLASSES, Assessment
from tenfold.genetics.classes.functional import category_column
from tenfold.genetics.karyotype import explain as read_aloud
from tenfold.genetics.karyotype import read_karyotype
from tenfold.genetics.variants import variant_findings
from tenfold.genetics.variants.genes import categories
from tenfold.logic.explain import explain
from tenfold.records.timeline import placed
from tenfold.reports.streams import place


def genetics_of(assessment: Assessment, patient_id: str) -> dict[str, Any]:
    """Return `classes`, `qualifiers`, `categories`, `karyotypes`, `variants`, `fusion_conflicts`, `evolution` of a patient."""
    mine = pl.col("patient_id") == patient_id
    [row] = assessment.diagnosis.filter(mine).to_dicts()
    registry = assessment.registry
    karyotypes = placed(registry, "karyotypes").filter(mine).sort("order", nulls_last=True).to_dicts()
    return {
        "classes": [{"model": one.name, **explain(one, row).as_data()} for one in CLASSES],
        "qualifiers": row["icc_qualifiers"] or [],
        "categories": {
            name: row[f"{category_column(name)}_genes"] for name in categories() if row[category_column(name)]
        },
        "karyotypes": [
            {"day": place(registry, one), "iscn": one["iscn"], "read": read_aloud(read_karyotype(one["iscn"]))}
            for one in karyotypes
        ],
        "variants": [_variant(assessment, one) for one in _findings(assessment, patient_id)],
        "fusion_conflicts": row["fusion_conflicts"] or [],
        "other_fusions": row["other_fusions"] or [],
        "evolution": [_step(assessment, one) for one in assessment.evolution.filter(mine).to_dicts()],
    }


def _findings(assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    """The variants of a patient as named findings, in order."""
    rows = placed(assessment.registry, "variants").filter(pl.col("patient_id") == patient_id)
    return variant_findings(rows).sort("order", "gene", "finding", nulls_last=True).to_dicts()


def _variant(assessment: Assessment, row: dict[str, Any]) -> tuple[str, str, str, str]:
    """A variant as a row: when, what it is, how much, and what is to be known of it."""
    measured = [f"VAF {100 * row['vaf']:g} %"] if row["vaf"] is not None else []
    measured += [f"allelic ratio {row['allelic_ratio']:g}"] if row["allelic_ratio"] is not None else []
    counts = {True: "", False: "does not count as a mutation", None: "not certain whether it counts as a mutation"}
    said = [
        counts[row["counts_as_mutated"]],
        "an assay for types A, B and D may miss it"
        if row["npm1_assay_may_miss"] and row["counts_as_mutated"] is not False
        else "",
        "may be germline: a germline test is asked for" if row["germline_suspected"] else "",
        row["remark"] or "",
    ]
    change = row["hgvs_p"] or row["hgvs_c"]
    what = row["finding"] or row["gene"]
    return (
        place(assessment.registry, row),
        f"{what} ({change})" if change else what,
        ", ".join(measured),
        "; ".join(part for part in said if part),
    )


def _step(assessment: Assessment, row: dict[str, Any]) -> tuple[str, str, str, str]:
    """A step of a mutation as a row: from when to when, what, how much, under which therapy and with which notes."""
    registry = assessment.registry
    days = [
        registry.format_day(row[name]) if row[name] is not None else "day not known" for name in ("from_day", "to_day")
    ]
    measured = ["" if row[name] is None else f"{row[name]:g}" for name in ("measure_from", "measure_to")]
    amount = f" ({row['measure']} {' to '.join(measured).strip()})" if row["measure"] else ""
    therapy = ", ".join(row["therapy"] or []) or "no therapy recorded between"
    what = row["what"] or "cannot be told"
    return " to ".join(days), f"{row['change']}: {what}{amount}", therapy, "; ".join(row["notes"] or [])
