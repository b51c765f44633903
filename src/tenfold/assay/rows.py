"""A measured run as rows of `mrd_samples`, ready for an assessment; and what is held back, with the reason.

Held back: whatever must be repeated, and whatever lacks a date. A sample with too little control gene is passed on as
inadequate and without a call, so that nobody waits for a result that cannot come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tenfold.assay.measure import MeasuredRun
from tenfold.assay.verdicts import RESULT, SAMPLE
from tenfold.exchange.run import moment
from tenfold.logic.explain import explain
from tenfold.records.laboratory_tables import MRD_SAMPLES
from tenfold.vocabulary import AssayResult, ControlGene, Detection, Method, Scale, Verdict, WellRole

DETECTED = {
    AssayResult.QUANTIFIED: Detection.YES,
    AssayResult.BELOW_QUANTIFICATION: Detection.BELOW_QUANTIFICATION,
    AssayResult.NOT_DETECTED: Detection.NO,
}
DIGITS = 6


def mrd_rows(measured: MeasuredRun) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of `mrd_samples`, what was held back: sample, marker, why)."""
    patients = measured.results.filter(pl.col("role") == WellRole.PATIENT)
    reasons = [reason_held_back(row) for row in patients.iter_rows(named=True)]
    asked = patients.with_columns(why=pl.Series(reasons, dtype=pl.String))
    held = asked.filter(pl.col("why").is_not_null()).select("sample", marker=pl.coalesce("marker", "target"), why="why")
    used = asked.filter(pl.col("why").is_null())
    result = pl.col(RESULT.key)
    by_abl1 = pl.col("control_gene") == ControlGene.ABL1
    quantified = result == AssayResult.QUANTIFIED
    seen = result.is_in([AssayResult.QUANTIFIED, AssayResult.BELOW_QUANTIFICATION])
    called = result != AssayResult.NOT_EVALUABLE
    identity = pl.coalesce("sample_id", "sample") if "sample_id" in used.columns else pl.col("sample")
    identity = pl.format("{} / {}", identity, pl.lit(measurement(measured)))
    several = identity.count().over(identity) > 1
    readable = pl.col("control_readable").fill_null(False)
    digital = pl.col("partitions").is_not_null()
    rows = used.select(
        sample_id=pl.when(several).then(pl.format("{} {} {}", identity, "sample", "target")).otherwise(identity),
        patient_id="patient_id",
        sample_date=pl.col("sample_date").cast(pl.String).str.to_date(strict=False),
        reported_date=pl.col("reported_date").cast(pl.String).str.to_date(strict=False),
        laboratory=pl.lit(
            "SIMULATED" if measured.run.format == "simulated" else measured.profile.laboratory, pl.String
        ),
        assay="assay",
        tissue="tissue",
        marker="marker",
        method=pl.when(digital).then(pl.lit(Method.DIGITAL_PCR.value)).otherwise(pl.lit(Method.RT_QPCR.value)),
        target_copies=pl.when(seen)
        .then(pl.col("copies").round_sig_figs(DIGITS))
        .when((pl.col("positive") == 0) & called)
        .then(0.0),
        control_gene="control_gene",
        control_copies=pl.when(readable).then(pl.col("control_copies").round_sig_figs(DIGITS)),
        replicates_positive=pl.when(~digital & called).then("positive"),
        replicates_run=pl.when(~digital & called).then("run"),
        value=pl.when(quantified & by_abl1)
        .then("percent")
        .when(quantified)
        .then("percent_of_diagnosis")
        .round_sig_figs(DIGITS),
        qualifier=pl.lit(None, pl.String),
        scale=pl.when(quantified & by_abl1)
        .then(pl.lit(Scale.PERCENT_ABL1.value))
        .when(quantified & pl.col("percent_of_diagnosis").is_not_null())
        .then(pl.lit(Scale.PERCENT_OF_DIAGNOSIS.value)),
        detected=result.replace_strict(DETECTED, default=None, return_dtype=pl.String),
        # A sensitivity of 1 or worse says nothing.
        sensitivity=pl.when(pl.col("sensitivity") <= 1).then(pl.col("sensitivity").round_sig_figs(DIGITS)),
        adequate=pl.when(readable).then("control_enough"),
    )
    return rows.cast({name: dtype for name, dtype in MRD_SAMPLES.schema().items() if name in rows.columns}), held


def measurement(measured: MeasuredRun) -> str:
    """Which measurement of a sample this is: the run's name and when it was, or where that is not known what it gave.

    The same sample may be measured again, in a run whose file has the same name.
    """
    run = measured.run
    return f"{run.name} {moment(run.started) if run.started else run.digest[:8]}"


def reason_held_back(row: Mapping[str, Any]) -> str | None:
    """Why a patient's result is not passed on; None if it is."""
    if row["marker"] is None:
        return f"the target {row['target']} is not known: name it under [[target]] in the profile"
    if row["marker_conflict"]:
        return f"the plate map calls its marker otherwise than {row['marker']}, which the target {row['target']} is"
    if row["run_accepted"] is None:
        return "whether the run is accepted is not known"
    if row[SAMPLE.key] == Verdict.REPEAT and not too_little_control(row):
        return "; ".join(explain(SAMPLE, row).rules)
    if row["patient_id"] is None:
        return "whose sample it is is not known: give it in a plate map (sample, patient_id)"
    if row["sample_date"] is None:
        return "the date of the sample is not known: give it in a plate map (sample, sample_date)"
    return None


def too_little_control(row: Mapping[str, Any]) -> bool:
    """Whether a sample of an accepted run failed only because it holds too little control gene."""
    return bool(
        row["run_accepted"]
        and row[RESULT.key] == AssayResult.NOT_EVALUABLE
        and row["target_concordant"]
        and row["target_readable"]
        and row["control_enough"] is False
    )
