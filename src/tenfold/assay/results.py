"""From amounts to results: the ratio to the control gene on every scale, its interval, and the sample's result.

NCN = target copies / control copies; % = 100 NCN, per 10^4 = 10^4 NCN, per 10^5 = 10^5 NCN; against the diagnostic sample
the value is NCN / NCN at diagnosis and the reduction -log10 of it.
Traps: only a quantified result has a value; below quantification there is an upper bound, of a negative what one copy
would have been; the interval does not hold the error of the diagnostic sample.

Gabert et al., Leukemia 2003;17:2318-2357. Interval of a ratio from those of its parts: Zou and Donner, Stat Med
2008;27:1693-1702.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tenfold.assay.baseline import with_baseline
from tenfold.assay.profile import Profile
from tenfold.assay.verdicts import RESULT
from tenfold.logic.answering import answer
from tenfold.vocabulary import AssayResult, ControlGene

BARE = {"patient_id": pl.String, "tissue": pl.String, "sample_date": pl.String, "reported_date": pl.String}
"""What a plate map may say of a sample."""


def results(
    amounts: pl.DataFrame,
    profile: Profile,
    *,
    target_ready: Mapping[str, bool | None],
    samples: pl.DataFrame,
    baseline: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return one row for each sample and target that is not a control gene, with its ratio, interval and result.

    `amounts` as in `AMOUNTS`; `target_ready`: whether each target's curve (or its partitions) may be read;
    `samples`: what is known of each sample by its name; `baseline` from `baselines`. The answer stands in the
    columns of the decision EAC-result.
    """
    names = amounts["target"].unique(maintain_order=True)
    kinds = {name: profile.target(name) for name in names}
    controls = {name: gene for name in names if (gene := profile.control_gene(name)) is not None}
    ready = pl.col("target").replace_strict(dict(target_ready), default=False, return_dtype=pl.Boolean) & pl.col(
        "legible"
    )
    amounts = amounts.with_columns(ready=ready)
    measured = amounts.filter(~pl.col("target").is_in(list(controls))).with_columns(
        pl.col("target")
        .replace_strict({n: getattr(k, field) for n, k in kinds.items() if k}, default=None, return_dtype=pl.String)
        .alias(field)
        for field in ("marker", "assay", "kind")
    )
    joined = measured.join(
        _control_of_each_sample(amounts, controls), on=["sample", "role"], how="left", maintain_order="left"
    )
    joined = _with_samples(joined, samples)
    joined = joined.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in BARE.items() if name not in joined.columns
    )
    limit = profile.settings["mrd.quantification_copies"]
    least = pl.col("control_gene").replace_strict(
        {gene: profile.least_control_copies(gene) for gene in ControlGene}, default=None, return_dtype=pl.Float64
    )
    joined = joined.with_columns(shared_volume=_shared_volume()).with_columns(
        # In digital PCR: the control copies in the partitions that the target was counted in.
        control_copies=pl.col("control_copies") / pl.col("shared_volume").fill_null(1.0),
        control_low=pl.col("control_low") - pl.col("shared_volume").fill_null(1.0).log10(),
        control_high=pl.col("control_high") - pl.col("shared_volume").fill_null(1.0).log10(),
    )
    asked = with_baseline(joined, baseline, profile.settings).with_columns(
        target_concordant="concordant",
        target_readable="ready",
        quantifiable=pl.when("ready").then(pl.col("copies") >= limit),
        control_readable=pl.col("control_ready")
        & pl.col("control_concordant")
        & (pl.col("control_copies") > 0)
        & pl.col("shared_volume").is_not_null(),
        # Where no least number is known for a control gene no amount of it is enough.
        control_enough=(pl.col("control_copies") >= least) & (least > 0),
        control_least=least,
    )
    answered = answer(asked, [RESULT])
    return _with_values(answered, limit)


def _with_samples(measured: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    """Add what is known of each sample. Its own assay is more than its target's.

    Its own marker names a target that is not known, where the sample has no other; `marker_conflict` where it says
    otherwise than the target.
    """
    facts = samples.with_columns(pl.all().cast(pl.String)).rename(
        {name: f"sample_{name}" for name in ("marker", "assay") if name in samples.columns}
    )
    joined = measured.join(facts, on="sample", how="left", maintain_order="left")
    named = ("sample_marker", "sample_assay")
    joined = joined.with_columns(pl.lit(None, pl.String).alias(name) for name in named if name not in joined.columns)
    only_one = pl.len().over("sample", "role") == 1
    return joined.with_columns(
        marker=pl.coalesce("marker", pl.when(only_one).then("sample_marker")),
        marker_conflict=(pl.col("marker") != pl.col("sample_marker")).fill_null(False),
        assay=pl.coalesce("sample_assay", "assay"),
    ).drop(named)


def _control_of_each_sample(amounts: pl.DataFrame, controls: Mapping[str, ControlGene]) -> pl.DataFrame:
    """The control gene measured in each sample: of several genes the first of ABL1, GUSB, B2M.

    Two assays of that gene in one sample contradict each other more often than not: then neither is read.
    """
    order = {gene.value: position for position, gene in enumerate(ControlGene)}
    gene = pl.col("target").replace_strict(
        {name: gene.value for name, gene in controls.items()}, default=None, return_dtype=pl.String
    )
    rows = amounts.filter(pl.col("target").is_in(list(controls))).with_columns(control_gene=gene)
    rank = pl.col("control_gene").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    sample = ["sample", "role"]
    first = (
        rows.with_columns(assays=pl.len().over(*sample, "control_gene"))
        .sort(rank, "target")
        .unique(sample, keep="first", maintain_order=True)
    )
    return first.select(
        *sample,
        "control_gene",
        control_assays="assays",
        control_target="target",
        control_ready=pl.col("ready") & (pl.col("assays") == 1),
        control_run="run",
        control_unread="unread",
        control_concordant="concordant",
        control_dropped="dropped",
        control_ct="mean_ct",
        control_copies="copies",
        control_low="log10_low",
        control_high="log10_high",
        control_partitions="partitions",
        control_nanolitres="nanolitres",
    )


def _shared_volume() -> pl.Expr:
    """How much more volume the control gene was counted in than the target; 1 for cycles, null where nobody can tell."""
    known = pl.col("nanolitres").is_not_null() & pl.col("control_nanolitres").is_not_null()
    neither = pl.col("nanolitres").is_null() & pl.col("control_nanolitres").is_null()
    return (
        pl.when(pl.col("partitions").is_null())
        .then(1.0)
        .when(known)
        .then(pl.col("control_nanolitres") / pl.col("nanolitres"))
        .when(neither)
        .then(pl.col("control_partitions") / pl.col("partitions"))
    )


def _with_values(rows: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Add the ratio (`percent` with its interval and upper bound), the reduction and the sensitivity reached."""
    quantified = pl.col(RESULT.key) == AssayResult.QUANTIFIED
    below = pl.col(RESULT.key) == AssayResult.BELOW_QUANTIFICATION
    negative = pl.col(RESULT.key) == AssayResult.NOT_DETECTED
    ratio = pl.col("copies") / pl.col("control_copies")
    level = ratio.log10()
    target, control = pl.col("copies").log10(), pl.col("control_copies").log10()
    down = ((target - pl.col("log10_low")) ** 2 + (pl.col("control_high") - control) ** 2).sqrt()
    up = ((pl.col("log10_high") - target) ** 2 + (control - pl.col("control_low")) ** 2).sqrt()
    diagnosis = pl.col("baseline_target") / pl.col("baseline_control")
    readable_control = pl.col("control_readable").fill_null(False)
    rows = rows.with_columns(
        log10_ratio=pl.when(quantified).then(level),
        ratio_low=pl.when(quantified).then(level - down),
        ratio_high=pl.when(quantified).then(level + up),
        bound=pl.when(readable_control & below)
        .then(limit / pl.col("control_copies"))
        .when(readable_control & negative)
        .then(1 / pl.col("control_copies")),
    )
    reduction = diagnosis.log10() - pl.col("log10_ratio")
    return rows.with_columns(
        percent=100 * 10 ** pl.col("log10_ratio"),
        percent_low=100 * 10 ** pl.col("ratio_low"),
        percent_high=100 * 10 ** pl.col("ratio_high"),
        percent_below=100 * pl.col("bound"),
        log10_reduction=reduction,
        reduction_low=diagnosis.log10() - pl.col("ratio_high"),
        reduction_high=diagnosis.log10() - pl.col("ratio_low"),
        reduction_at_least=diagnosis.log10() - pl.col("bound").log10(),
        percent_of_diagnosis=100 * 10 ** (-reduction),
        sensitivity=pl.when(readable_control).then(1 / (diagnosis * pl.col("control_copies"))),
    )
