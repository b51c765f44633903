"""Molecular response to a treatment: negativity, reduction, stable, progression against the value before it.

Traps: a reduction or progression counts from exactly tenfold; the value before is the last of the same marker, tissue
and method in a stated window up to the first dose, and without one only negativity can be called; bounds stay bounds;
rows of one line and regimen, with nothing between them, are the cycles of one treatment and do not start it anew.

Jimenez-Chillon et al., Blood Adv 2024;8:343, as used by FILO's venetoclax-azacitidine series (2025).
"""

from __future__ import annotations

from functools import cache

import polars as pl

from tenfold.logic.answering import answer
from tenfold.logic.criterion import certain, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import ABL1, UNSCALED
from tenfold.mrd.molecular_memory import LABORATORY_UNKNOWN
from tenfold.mrd.reduction import measured_samples
from tenfold.mrd.samples import STREAM
from tenfold.records.registry import Registry
from tenfold.records.therapy import further_cycles
from tenfold.records.timeline import known_on, placed
from tenfold.settings import Settings
from tenfold.vocabulary import Intent, MolecularResponse

JIMENEZ_CHILLON = "Jimenez-Chillon et al., Blood Adv 2024;8:343, as used by FILO 2025"
TOLERANCE = 1e-9


@cache
def molecular_response(tenfold_log10: float) -> Decision:
    """Return the decision with a setting's size of a step that counts."""
    step = tenfold_log10 - TOLERANCE
    return Decision(
        name="Jimenez-Chillon-response",
        edition="FILO-2025",
        question="How did residual disease respond to this treatment, in this tissue?",
        citation=JIMENEZ_CHILLON,
        inputs=(
            Input("negative", "negative in an adequate sample"),
            Input("pretreatment_sample", "a sample of the same tissue in the window before the first dose"),
            Input("fall_low", "fall since the value before treatment, at least", "number", "log10"),
            Input("fall_high", "fall since the value before treatment, at most", "number", "log10"),
        ),
        criteria=(
            yes_no("negative", "MRD negative", citation=JIMENEZ_CHILLON),
            yes_no("pretreatment_sample", "Value before treatment within the window", citation=JIMENEZ_CHILLON),
            yes_no(
                "tenfold_fall",
                f"Fall of at least {tenfold_log10:g} log10",
                certain(pl.col("fall_low") >= step, pl.col("fall_high") >= step),
                citation=JIMENEZ_CHILLON,
            ),
            yes_no(
                "tenfold_increase",
                f"Increase of at least {tenfold_log10:g} log10",
                certain(pl.col("fall_high") <= -step, pl.col("fall_low") <= -step),
                citation=JIMENEZ_CHILLON,
            ),
        ),
        rules=(
            Rule(MolecularResponse.NEGATIVITY, lambda m: m.negative, "MRD negative", JIMENEZ_CHILLON),
            Rule(
                MolecularResponse.NOT_EVALUABLE,
                lambda m: ~m.pretreatment_sample,
                "no value of this tissue before treatment to compare with",
                JIMENEZ_CHILLON,
            ),
            Rule(MolecularResponse.REDUCTION, lambda m: m.tenfold_fall, "tenfold fall", JIMENEZ_CHILLON),
            Rule(MolecularResponse.PROGRESSION, lambda m: m.tenfold_increase, "tenfold increase", JIMENEZ_CHILLON),
            Rule(MolecularResponse.STABLE, otherwise, "neither a tenfold fall nor a tenfold increase", JIMENEZ_CHILLON),
        ),
    )


MOLECULAR_RESPONSE = molecular_response(1.0)

FOR_RESIDUAL_DISEASE = (Intent.PRE_EMPTIVE, Intent.SALVAGE, Intent.BRIDGE, Intent.DLI)


def responses_to_treatment(registry: Registry, settings: Settings, samples: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the molecular response in every evaluable sample under treatment for residual or relapsed disease.

    One row per line (pre-emptive, salvage, bridge, DLI, or of unrecorded intent) and later sample, up to the next line
    or transplant: the stream, `line_start`, `regimen`, `sample_id`, its place, `pretreatment_sample_id`, the
    decision's inputs and answers. Samples known to be inadequate are left out.
    """
    samples = (measured_samples(registry, settings) if samples is None else samples).filter(
        ~pl.col("superseded") & ((pl.col("detected_code") != NO) | (pl.col("adequate_code") != NO)) & ~pl.col("no_call")
    )
    lines = placed(registry, "treatments").filter(pl.col("order").is_not_null())
    for_disease = pl.col("intent").is_null() | pl.col("intent").is_in(FOR_RESIDUAL_DISEASE)
    place = ("patient_id", "order", "earliest_day", "latest_day")
    transplants = placed(registry, "transplants").filter(pl.col("order").is_not_null())
    turns = pl.concat(
        [
            lines.select(*place, regimen=pl.when(for_disease).then("regimen"), treated=for_disease),
            transplants.select(*place, treated=pl.lit(False)),
        ],
        how="diagonal",
    )
    # What begins on one day is one turn; a transplant that day ends it at once.
    turns = turns.group_by("patient_id", "order").agg(
        pl.col("earliest_day").max(),
        pl.col("latest_day").min(),
        pl.col("regimen").drop_nulls().unique().sort().str.join(" and "),
        pl.col("treated").any(),
        line_start=pl.col("order").first(),
    )
    turns = turns.join(further_cycles(registry, for_disease), on=["patient_id", "order"], how="anti")
    after = (
        samples.with_columns(at=pl.col("order") - 1)  # a sample of the first day was drawn before the first dose
        .sort("at")
        .join_asof(
            turns.rename({"earliest_day": "start_low", "latest_day": "start_high"}).sort("order"),
            left_on="at",
            right_on="order",
            by="patient_id",
            suffix="_line",
            check_sortedness=False,
        )
        .filter("treated")
    )
    # What was not detected lies below its limit of detection, on the ABL1 scale where that is known there.
    unseen = (pl.col("detected_code") == NO) & pl.col("family").is_in([ABL1, UNSCALED])
    limited = unseen & pl.col("detection_limit").is_not_null()
    after = after.with_columns(
        family=pl.when(limited).then(pl.lit(ABL1, pl.Int8)).otherwise("family"),
        aligned_high=pl.when(limited).then(pl.col("detection_limit") + pl.col("shift")).otherwise("aligned_high"),
    )
    before = samples.select(
        *STREAM,
        "family",
        pl.col("order").alias("at"),
        pre_low="low",
        pre_high="high",
        pre_aligned_low="aligned_low",
        pre_aligned_high="aligned_high",
        pre_laboratory="laboratory_code",
        pre_earliest_day="earliest_day",
        pre_latest_day="latest_day",
        pretreatment_sample_id="sample_id",
    ).sort("at", "pretreatment_sample_id")
    # The value before is looked for on the sample's own scale; a later result that is not on it leaves the fall open.
    last = before.select(
        *STREAM,
        "at",
        "pretreatment_sample_id",
        "pre_earliest_day",
        "pre_latest_day",
        last_before="at",
        last_family="family",
        last_low="pre_low",
    ).unique([*STREAM, "at"], keep="last", maintain_order=True)
    measured = ("pre_low", "pre_high", "pre_aligned_low", "pre_aligned_high", "pre_laboratory")
    on_scale = before.select(*STREAM, "family", "at", *measured, pre_order="at")
    paired = (
        after.drop("at")
        .with_columns(at="line_start", sample_earliest="earliest_day", earliest_day="start_low")
        .sort("at")
        .join_asof(on_scale, on="at", by=[*STREAM, "family"], check_sortedness=False)
        .join_asof(last.sort("at"), on="at", by=STREAM, check_sortedness=False)
    )
    paired = known_on(registry, paired, "mrd_samples", "history_known").with_columns(earliest_day="sample_earliest")
    stray = registry.table("mrd_samples").filter(pl.any_horizontal(pl.col("tissue", "method").is_null()))["patient_id"]
    none_recorded = pl.col("history_known") & ~pl.col("patient_id").is_in(stray.unique().implode())
    window = settings["mrd.pretreatment_window"]
    code = pl.col("laboratory_code")
    one_laboratory = (code == pl.col("pre_laboratory")) & (code != LABORATORY_UNKNOWN)
    scaled = (pl.col("family") != UNSCALED) & (pl.col("pre_order") == pl.col("last_before")) & one_laboratory
    detected, adequate = pl.col("detected_code"), pl.col("adequate_code")
    asked = paired.with_columns(
        negative=pl.when((detected == NO) & (adequate == YES)).then(True).when(detected == YES).then(False),
        pretreatment_sample=pl.when(pl.col("last_before").is_null())
        .then(pl.when(none_recorded).then(False))
        .when(pl.col("start_high") - pl.col("pre_earliest_day") <= window)
        .then(True)
        .when(pl.col("start_low") - pl.col("pre_latest_day") > window)
        .then(pl.when(none_recorded).then(False)),
        fall_low=pl.when(scaled).then(pl.col("pre_aligned_low") - pl.col("aligned_high")).fill_nan(None),
        fall_high=pl.when(scaled).then(pl.col("pre_aligned_high") - pl.col("aligned_low")).fill_nan(None),
    )
    return (
        answer(asked, [molecular_response(settings["mrd.tenfold_log10"])])
        .sort(*STREAM, "order", "sample_id")
        .drop("at", "treated")
    )
