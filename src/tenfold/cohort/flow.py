"""Patient flow: who is left out at each step and why, from everybody on record to those whom a result is about.

Every step asks one question of those still there. Who does not meet it leaves, and so does who cannot be told to, counted
apart: not knowing whether a patient was transplanted is not the same as knowing that he was not.

Traps: the order of the steps decides under which reason a patient is counted; the numbers that stay do not depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.index_treatment import for_molecular_disease, index_treatment
from tenfold.cohort.molecular_tables import AFTER_TWO_CYCLES, TISSUES, Window, molecular_responses
from tenfold.cohort.response_tables import CANNOT_BE_TOLD, NOT_EVALUABLE
from tenfold.records.timeline import complete_from_the_beginning, known_on
from tenfold.snapshot import ADULT
from tenfold.vocabulary import Happening

STEPS: dict[str, Any] = {
    "step": pl.String,
    "entered": pl.Int64,
    "left_out": pl.Int64,
    "not_known": pl.Int64,
    "kept": pl.Int64,
    "why": pl.String,
    "why_not_known": pl.String,
}


@dataclass(frozen=True)
class Step:
    """A question of those still there: `name` of who stays, the condition, why others leave, and what may not be known.

    `keeps_unknown`: those of whom it is not known stay, and are still counted.
    """

    name: str
    meets: pl.Expr
    why: str
    why_not_known: str = ""
    keeps_unknown: bool = False


@dataclass(frozen=True)
class Flow:
    """A patient flow. `start`: how many there were; `steps` (`STEPS`); `kept`: patient_id of who is left, in order.

    `left_out`: patient_id, `step`, `why`. `groups`: `group`, `patients` of those left, where groups were given.
    """

    start: int
    steps: pl.DataFrame
    kept: list[str]
    left_out: pl.DataFrame
    groups: pl.DataFrame

    def in_words(self) -> list[str]:
        """The flow as sentences, one a step."""
        lines = [f"{self.start} patients on record."]
        for row in self.steps.to_dicts():
            parts = [f"{row['left_out']} left out: {row['why']}"] if row["left_out"] else []
            parts += [f"{row['not_known']} not known: {row['why_not_known']}"] if row["not_known"] else []
            lines.append(
                f"{row['step']}: {row['kept']} of {row['entered']}" + "".join(f"; {part}" for part in parts) + "."
            )
        lines += [f"{row['group']}, {row['patients']}." for row in self.groups.to_dicts()]
        return lines


def flow(patients: pl.DataFrame, steps: Sequence[Step], by: str | None = None) -> Flow:
    """Take patients (one row each, patient_id and what the steps ask) through the steps; `by` names a column of groups.

    ValueError for a patient on two rows, or a step without an answer in yes, no or null.
    """
    if patients["patient_id"].is_duplicated().any():
        raise ValueError("a patient stands on one row of a flow")
    rows, left = [], []
    there = patients
    for step in steps:
        answered = there.with_columns(_meets=step.meets)
        if answered["_meets"].dtype not in (pl.Boolean, pl.Null):
            raise ValueError(
                f"the step {step.name!r} answers with {answered['_meets'].dtype}, not with yes, no or null"
            )
        meets = pl.col("_meets").cast(pl.Boolean)
        unknown = answered.filter(meets.is_null())
        out = answered.filter(~meets)
        kept = answered.filter(meets.fill_null(step.keeps_unknown)).drop("_meets")
        why_unknown = step.why_not_known or f"whether it holds that {step.name}"
        rows.append((step.name, there.height, out.height, unknown.height, kept.height, step.why, why_unknown))
        gone = [(out, step.why)] + ([] if step.keeps_unknown else [(unknown, f"not known: {why_unknown}")])
        left += [frame.select("patient_id", step=pl.lit(step.name), why=pl.lit(why)) for frame, why in gone]
        there = kept
    schema = {"patient_id": pl.String, "step": pl.String, "why": pl.String}
    groups = pl.DataFrame(schema={"group": pl.String, "patients": pl.Int64})
    if by is not None:
        named = pl.col(by).cast(pl.String)
        if there[by].dtype == pl.Boolean:
            named = pl.format(
                "{}: {}", pl.lit(by.replace("_", " ")), pl.when(by).then(pl.lit("yes")).otherwise(pl.lit("no"))
            )
            named = pl.when(pl.col(by).is_not_null()).then(named)
        named = named.fill_null(f"{by.replace('_', ' ')} not known")
        groups = there.group_by(group=named).agg(patients=pl.len().cast(pl.Int64)).sort("group")
    return Flow(
        patients.height,
        pl.DataFrame(rows, schema=STEPS, orient="row"),
        there["patient_id"].to_list(),
        pl.concat([pl.DataFrame(schema=schema), *left]),
        groups,
    )


def flow_facts(
    assessment: Assessment, index: pl.DataFrame | None = None, window: Window = AFTER_TWO_CYCLES
) -> pl.DataFrame:
    """Return one row a patient on record with what `MOLECULAR_RELAPSE_STEPS` ask, null where not known.

    Columns: `adult`, `remission` (ever in remission), `mrd_relapse` (confirmed, before the treatment), `treated`,
    `transplanted_before`, `transplanted_after`, `evaluable_blood`, `evaluable_marrow`.
    """
    registry, history = assessment.registry, assessment.history
    index = index_treatment(registry, for_molecular_disease()) if index is None else index
    begun = index.select("patient_id", begun="order", treated_here=pl.lit(True))
    marks = history.join(begun, on="patient_id", how="left")
    before = pl.col("begun").is_null() | (pl.col("order") <= pl.col("begun"))

    def of(kind: Happening, name: str, kept: pl.Expr) -> pl.DataFrame:
        rows = marks.filter((pl.col("kind") == kind) & kept.fill_null(False))
        return rows.select("patient_id", pl.lit(True).alias(name)).unique()

    frame = assessment.patients.select("patient_id").join(
        assessment.diagnosis.select("patient_id", "age_years"), on="patient_id", how="left", maintain_order="left"
    )
    found = molecular_responses(assessment, index, window)
    evaluable = pl.when(pl.col("standing") != CANNOT_BE_TOLD).then(pl.col("standing") != NOT_EVALUABLE)
    in_tissue = [
        found.filter(pl.col("of") == tissue).select("patient_id", evaluable.alias(f"evaluable_{tissue}"))
        for tissue in TISSUES
    ]
    for other in (
        begun,
        of(Happening.REMISSION, "ever_remission", pl.lit(True)),
        of(Happening.MRD_RELAPSE, "relapse_before", before),
        of(Happening.TRANSPLANT, "graft_before", before),
        of(Happening.TRANSPLANT, "graft_after", ~before),
        *in_tissue,
    ):
        frame = frame.join(other, on="patient_id", how="left", maintain_order="left")
    recorded = {
        name: complete_from_the_beginning(registry, name) for name in ("responses", "treatments", "transplants")
    }
    frame = known_on(
        registry, frame.with_columns(earliest_day=pl.lit(-(10**9), pl.Int64)), "mrd_samples", "samples_known"
    )

    def told(name: str, complete: pl.Expr) -> pl.Expr:
        return pl.when(pl.col(name).fill_null(False)).then(True).when(complete).then(False)

    return frame.select(
        "patient_id",
        *(f"evaluable_{tissue}" for tissue in TISSUES),
        adult=pl.col("age_years") >= ADULT,
        remission=told("ever_remission", recorded["responses"]),
        mrd_relapse=told("relapse_before", pl.col("samples_known")),
        treated=told("treated_here", recorded["treatments"]),
        transplanted_before=pl.when("treated_here").then(told("graft_before", recorded["transplants"])),
        transplanted_after=pl.when("treated_here").then(told("graft_after", recorded["transplants"])),
    )


MOLECULAR_RELAPSE_STEPS = (
    Step("adults", pl.col("adult"), "younger than 18 years", "age"),
    Step("ever in remission", pl.col("remission"), "never in remission", "whether a remission was reached"),
    Step(
        "confirmed MRD relapse",
        pl.col("mrd_relapse"),
        "no confirmed MRD relapse before the treatment",
        "whether MRD relapsed, samples not being recorded completely",
    ),
    Step("treated with venetoclax", pl.col("treated"), "never so treated", "whether so treated"),
    Step(
        "not transplanted before",
        ~pl.col("transplanted_before"),
        "allogeneic transplant before the treatment",
        "whether transplanted before",
    ),
)
"""FILO's inclusion, as far as records can tell it: adults in remission, first MRD relapse, venetoclax, no transplant before."""
