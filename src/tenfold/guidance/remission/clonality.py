"""Whether NPM1 was a founding lesion or one of a subclone, by its allele frequency beside those of other mutations.

A caution, never a gate: in a subclone the depth of NPM1's transcripts tells less of the leukaemia. Traps: frequencies above a
half (loss of the other allele, a germline variant) are read as a half; that of an FLT3-ITD is not comparable and is left out;
only samples up to the diagnosis count, and only those in which NPM1 has a frequency.

Molica et al., Cancers 2025;17:3733, section 3: "when NPM1 occurs as a subclonal lesion ... potentially reducing the depth".
"""

from __future__ import annotations

import polars as pl

from tenfold.guidance.remission.stopping import STOPPING
from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.settings import Settings


def clonality(registry: Registry, numbers: Settings = STOPPING) -> pl.DataFrame:
    """Return patient_id, `npm1_clone` ("founding", "subclonal"; null not known), `npm1_vaf`, `other_vaf`, `other_gene`."""
    diagnosed = registry.days("patients").select("patient_id", "diagnosis_day")
    rows = placed(registry, "variants").join(diagnosed, on="patient_id", how="left", maintain_order="left")
    first = (pl.col("latest_day") <= pl.col("diagnosis_day")).fill_null(False)
    comparable = pl.col("vaf").is_not_null() & (pl.col("gene") != "FLT3")
    rows = rows.filter(first & comparable).select("patient_id", "order", "gene", "vaf")
    npm1 = rows.filter(pl.col("gene") == "NPM1").group_by("patient_id", "order").agg(npm1_vaf=pl.col("vaf").max())
    others = rows.filter(pl.col("gene") != "NPM1").sort("vaf", "gene", descending=[True, False])
    highest = others.group_by("patient_id", "order", maintain_order=True).agg(
        other_vaf=pl.col("vaf").first(), other_gene=pl.col("gene").first()
    )
    both = (
        npm1.join(highest, on=["patient_id", "order"]).sort("order").group_by("patient_id", maintain_order=True).last()
    )
    most = float(numbers["clonality.most"])
    below = pl.col("npm1_vaf").clip(None, most) < numbers["clonality.share"] * pl.col("other_vaf").clip(None, most)
    clone = pl.when(below).then(pl.lit("subclonal")).otherwise(pl.lit("founding"))
    people = registry.patient_ids().join(both, on="patient_id", how="left", maintain_order="left")
    return people.select(
        "patient_id",
        "npm1_vaf",
        "other_vaf",
        "other_gene",
        npm1_clone=pl.when(pl.col("other_vaf").is_not_null()).then(clone),
    )
