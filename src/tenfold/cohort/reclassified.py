"""Two editions on the same patients: how the molecular state changes hands, and why for each patient who moves.

Traps: a set of possible states is a state of its own here (a patient can move from certain to open), but who moves between
sets that overlap may not have moved at all, and is counted apart; both assessments must be of the same registry and day.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tenfold.assessment import SILENT, Assessment
from tenfold.mrd.samples import STREAM

NO_SAMPLE, SURELY = "no MRD sample", "surely"


@dataclass(frozen=True)
class Reclassified:
    """`cross_table`: each state of the first edition by each of the second, with patients. `moved`: one row a patient
    whose state differs, with both states and both reasons; `reclassified`: surely (no state is possible under both), else
    perhaps.
    """

    first: str
    second: str
    cross_table: pl.DataFrame
    moved: pl.DataFrame

    def in_words(self) -> str:
        """How many patients are reclassified, surely and perhaps."""
        surely = self.moved.filter(pl.col("reclassified") == SURELY).height
        perhaps = self.moved.height - surely
        doubt = f"; {perhaps} more perhaps: what is possible differs, and overlaps" if perhaps else ""
        return f"{surely} of {self.cross_table['patients'].sum()} patients reclassified{doubt}"


def reclassified(first: Assessment, second: Assessment) -> Reclassified:
    """Compare the molecular states of two assessments. ValueError where their patients or days differ."""
    same = first.patients["patient_id"].equals(second.patients["patient_id"]) and first.on == second.on
    if not same:
        raise ValueError("two editions are compared on the same patients and day")
    names = first.settings["mrd.edition"], second.settings["mrd.edition"]
    both = _stated(first, "first").join(_stated(second, "second"), on="patient_id", maintain_order="left")
    cross_table = (
        both.group_by("state_first", "state_second")
        .agg(patients=pl.len().cast(pl.Int64))
        .sort("patients", "state_first", "state_second", descending=[True, False, False])
    )
    apart = pl.col("_first").list.set_intersection("_second").list.len() == 0
    moved = both.filter(pl.col("state_first") != pl.col("state_second")).with_columns(
        reclassified=pl.when(apart).then(pl.lit(SURELY)).otherwise(pl.lit("perhaps"))
    )
    return Reclassified(*names, cross_table, moved.drop("_first", "_second"))


def _stated(assessment: Assessment, which: str) -> pl.DataFrame:
    """Each patient's state in words and why the streams that have it have it."""
    telling = assessment.molecular.filter(~pl.col("reason").is_in(SILENT).fill_null(False))
    now = telling.group_by(STREAM, maintain_order=True).last().select("patient_id", "state", "reason")
    reasons = (
        now.join(assessment.patients.select("patient_id", state="molecular_state"), on=["patient_id", "state"])
        .group_by("patient_id", maintain_order=True)
        .agg(because=pl.col("reason").drop_nulls().unique(maintain_order=True).str.join("; "))
    )
    open_to = pl.when(pl.col("state_decided_by").list.len() > 0).then(
        pl.lit("open: ") + pl.col("state_decided_by").list.join("; ")
    )
    return assessment.patients.join(reasons, on="patient_id", how="left", maintain_order="left").select(
        "patient_id",
        pl.col("state_possible").fill_null([NO_SAMPLE]).alias(f"_{which}"),
        pl.col("state_possible").list.join(" or ").fill_null(NO_SAMPLE).alias(f"state_{which}"),
        pl.coalesce("because", open_to, pl.lit("")).alias(f"because_{which}"),
    )
