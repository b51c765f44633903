"""Molecular response to a treatment: negativity, reduction, stable, progression against the value before it.

Traps: a reduction or progression counts from exactly tenfold; the value before is the last of the same marker, tissue and
method in a stated window up to the first dose, and without one only negativity can be called; bounds stay bounds.

Jimenez-Chillon et al., Blood Adv 2024;8:343, as used by FILO's venetoclax-azacitidine series (2025).
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.decision import Decision, Input, Rule, answer, otherwise, yes_no
from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import UNSCALED, with_levels
from tenfold.mrd.markers import suitable
from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.settings import Settings
from tenfold.vocabulary import Intent, MolecularResponse

JIMENEZ_CHILLON = "Jimenez-Chillon et al., Blood Adv 2024;8:343, as used by FILO 2025"
TENFOLD = 1.0 - 1e-9


def _certain(surely: pl.Expr, possibly: pl.Expr) -> pl.Expr:
    """Yes where it is sure, no where it is not even possible, else not known."""
    return pl.when(surely).then(True).when(~possibly).then(False)


MOLECULAR_RESPONSE = Decision(
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
            "Fall of at least 1 log10",
            _certain(pl.col("fall_low") >= TENFOLD, pl.col("fall_high") >= TENFOLD),
            citation=JIMENEZ_CHILLON,
        ),
        yes_no(
            "tenfold_increase",
            "Increase of at least 1 log10",
            _certain(pl.col("fall_high") <= -TENFOLD, pl.col("fall_low") <= -TENFOLD),
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
        Rule(MolecularResponse.REDUCTION, lambda m: m.tenfold_fall, "fall of at least 1 log10", JIMENEZ_CHILLON),
        Rule(
            MolecularResponse.PROGRESSION,
            lambda m: m.tenfold_increase,
            "increase of at least 1 log10",
            JIMENEZ_CHILLON,
        ),
        Rule(
            MolecularResponse.STABLE,
            otherwise,
            "neither a tenfold fall nor a tenfold increase",
            JIMENEZ_CHILLON,
        ),
    ),
)

STREAM = ["patient_id", "marker", "tissue", "method"]
FOR_RESIDUAL_DISEASE = (Intent.PRE_EMPTIVE, Intent.SALVAGE, Intent.BRIDGE, Intent.DLI)


def responses_to_treatment(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return the molecular response in every evaluable sample under treatment for residual or relapsed disease.

    One row per line (pre-emptive, salvage, bridge, DLI, or of unrecorded intent) and later sample, up to the next line or
    transplant: the stream, `line_start`, `regimen`,
    `sample_id`, its place, `pretreatment_sample_id`, the decision's inputs and answers. Samples known to be inadequate
    are left out.
    """
    samples = with_levels(placed(registry, "mrd_samples").filter(suitable()), settings).filter(
        pl.col("order").is_not_null() & ~((pl.col("adequate_code") == NO) & (pl.col("detected_code") != YES))
    )
    lines = placed(registry, "treatments").filter(pl.col("order").is_not_null())
    for_disease = pl.col("intent").is_null() | pl.col("intent").is_in(FOR_RESIDUAL_DISEASE)
    transplants = placed(registry, "transplants").filter(pl.col("order").is_not_null())
    turns = (
        pl.concat(
            [
                lines.select("patient_id", "order", "earliest_day", "latest_day", "regimen", treated=for_disease),
                transplants.select("patient_id", "order", "earliest_day", "latest_day", treated=pl.lit(False)),
            ],
            how="diagonal",
        )
        .unique(["patient_id", "order"], keep="first")
        .sort("order")
    )
    after = (
        samples.with_columns(at=pl.col("order") - 1)  # a sample of the first day was drawn before the first dose
        .sort("at")
        .join_asof(
            turns.rename({"earliest_day": "start_low", "latest_day": "start_high"}).with_columns(line_start="order"),
            left_on="at",
            right_on="order",
            by="patient_id",
            suffix="_line",
            check_sortedness=False,
        )
        .filter("treated")
    )
    before = samples.select(
        *STREAM,
        pl.col("order").alias("at"),
        pre_low="low",
        pre_high="high",
        pre_family="family",
        pre_earliest_day="earliest_day",
        pre_latest_day="latest_day",
        pretreatment_sample_id="sample_id",
    ).sort("at")
    paired = (
        after.drop("at")
        .with_columns(at="line_start")
        .sort("at")
        .join_asof(before, on="at", by=STREAM, check_sortedness=False)
    )
    window = settings["mrd.pretreatment_window"]
    same_scale = (pl.col("family") == pl.col("pre_family")) & (pl.col("family") != UNSCALED)
    detected, adequate = pl.col("detected_code"), pl.col("adequate_code")
    asked = paired.with_columns(
        negative=pl.when((detected == NO) & (adequate == YES)).then(True).when(detected == YES).then(False),
        pretreatment_sample=pl.when(pl.col("pretreatment_sample_id").is_null())
        .then(False)
        .when(pl.col("start_high") - pl.col("pre_earliest_day") <= window)
        .then(True)
        .when(pl.col("start_low") - pl.col("pre_latest_day") > window)
        .then(False),
        fall_low=pl.when(same_scale).then(pl.col("pre_low") - pl.col("high")),
        fall_high=pl.when(same_scale).then(pl.col("pre_high") - pl.col("low")),
    )
    return answer(asked, [MOLECULAR_RESPONSE]).sort(*STREAM, "order", "sample_id").drop("at", "treated")
