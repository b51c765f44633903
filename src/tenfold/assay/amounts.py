"""How much of each target a sample holds: copies per reaction with their interval, by standard curve or by partitions.

Traps: an interval holds what replicates, chance and the curve tell, not whether the standards or the extraction were
right; in digital PCR a partition may hold several copies, so copies are -ln(1 - positive/total) for each partition.

Poisson interval of digital PCR: Clopper and Pearson, Biometrika 1934;26:404-413, on the share of positive partitions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from tenfold.assay.profile import Profile
from tenfold.assay.replicates import Replicates, copies, judge
from tenfold.assay.standard_curve import StandardCurve, fit, stored, student
from tenfold.vocabulary import CtStatus, WellRole

AMOUNTS: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "role": pl.String(),
    "target": pl.String(),
    "run": pl.Int64(),
    "unread": pl.Int64(),
    "positive": pl.Int64(),
    "target_positive": pl.Boolean(),
    "concordant": pl.Boolean(),
    "dropped": pl.String(),
    "mean_ct": pl.Float64(),
    "copies": pl.Float64(),
    "log10_low": pl.Float64(),
    "log10_high": pl.Float64(),
    "partitions": pl.Int64(),
}
"""One row for each sample and target. `copies` per reaction, null where no curve reads them; the interval in log10
copies, null where it is not known; `partitions` are those accepted in digital PCR, else null.
"""
MEASURED_SAMPLES = (WellRole.PATIENT, WellRole.CONTROL)


def readable(wells: pl.DataFrame) -> pl.DataFrame:
    """The wells that count: not left out, and told of in the file."""
    return wells.filter(~pl.col("left_out").fill_null(False) & (pl.col("ct_status") != CtStatus.MISSING))


def standard_curves(wells: pl.DataFrame, profile: Profile) -> dict[str, StandardCurve | None]:
    """The curve of each target of a run: from its own standards, else stored in the profile, else None."""
    counted = readable(wells)
    targets = wells["target"].drop_nulls().unique(maintain_order=True)
    return {target: _curve(target, counted.filter(pl.col("target") == target), profile) for target in targets}


def _curve(target: str, wells: pl.DataFrame, profile: Profile) -> StandardCurve | None:
    standards = wells.filter((pl.col("role") == WellRole.STANDARD) & (pl.col("copies") > 0))
    if not standards.height:
        return next((stored(curve) for curve in profile.stored_curves if curve.target == target), None)
    columns = (standards["well"].to_list(), standards["copies"].to_list(), standards["ct"].to_list())
    repeatability = profile.settings["assay.repeatability"]
    alone = fit(target, *columns, repeatability=repeatability)
    if alone is None or alone.slope >= 0:
        return alone
    least = profile.settings["mrd.quantification_copies"]
    groups = [
        judged.used
        for _, _, _, judged in _judged(wells, profile)
        if judged.concordant and not judged.empty and copies(judged, alone, profile.settings) >= least
    ]
    return fit(target, *columns, groups, repeatability=repeatability)


def _judged(wells: pl.DataFrame, profile: Profile) -> list[tuple[str, str, str, Replicates]]:
    """The judged replicates of each measured sample and target: (sample, role, target, replicates)."""
    measured = wells.filter(pl.col("role").is_in(MEASURED_SAMPLES) & pl.col("sample").is_not_null())
    groups = measured.group_by("sample", "role", "target", maintain_order=True).agg("well", "ct")
    return [
        (sample, role, target, judge(list(zip(names, cts, strict=True)), profile.settings))
        for sample, role, target, names, cts in groups.iter_rows()
    ]


def amounts_by_curve(wells: pl.DataFrame, curves: Mapping[str, StandardCurve | None], profile: Profile) -> pl.DataFrame:
    """Return `AMOUNTS` of a qPCR run for patient and control samples."""
    measured = wells.filter(pl.col("role").is_in(MEASURED_SAMPLES) & pl.col("sample").is_not_null())
    planned = measured.group_by("sample", "role", "target", maintain_order=True)
    unread = {
        (sample, role, target): count
        for sample, role, target, count in planned.agg(
            (pl.col("left_out").fill_null(False) | (pl.col("ct_status") == CtStatus.MISSING)).sum()
        ).iter_rows()
    }
    judged = {(sample, role, target): one for sample, role, target, one in _judged(readable(wells), profile)}
    rows = []
    for key, missing in unread.items():
        one = judged.get(key) or Replicates(0, 0, (), 0, None, True)
        rows.append((*key, *_by_curve(one, missing, key[2], curves.get(key[2]), profile)))
    return pl.DataFrame(rows, AMOUNTS, orient="row")


def _by_curve(
    one: Replicates, missing: int, target: str, curve: StandardCurve | None, profile: Profile
) -> tuple[object, ...]:
    settings = profile.settings
    amount = low = high = None
    if curve is not None and curve.slope < 0 and one.read:
        amount = copies(one, curve, settings)
    if amount and curve is not None:
        level = math.log10(amount)
        variance = curve.variance(level, len(one.used) + one.empty)
        if variance is not None:
            half = student(settings["assay.confidence"], curve.freedom) * math.sqrt(variance)
            low, high = level - half, level + half
    called = one.positive > 0 if profile.control_gene(target) else _called(one, profile)
    return one.read, missing, one.positive, called, one.concordant, one.dropped, one.mean_ct, amount, low, high, None


def _called(one: Replicates, profile: Profile) -> bool | None:
    """Whether enough of the planned replicates are positive; None where those not read could decide.

    With more replicates than planned the same share of them must be positive.
    """
    planned, needed = profile.settings["assay.replicates"], profile.settings["assay.replicates_positive"]
    run = max(planned, one.read)
    needed = -(-needed * run // planned)
    if one.positive >= needed:
        return True
    return False if one.positive + run - one.read < needed else None


def amounts_by_partitions(partitions: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Return `AMOUNTS` of a digital PCR run: the wells of one sample and target are counted together."""
    settings = profile.settings
    enough = ~pl.col("left_out").fill_null(False) & (pl.col("total") >= settings["assay.partitions"])
    readable_well = (enough & pl.col("positive").is_not_null()).fill_null(False)
    measured = partitions.filter(pl.col("role").is_in(MEASURED_SAMPLES) & pl.col("sample").is_not_null())
    together = measured.group_by("sample", "role", "target", maintain_order=True).agg(
        pl.col("positive").filter(readable_well).sum(),
        pl.col("total").filter(readable_well).sum(),
        run=readable_well.sum(),
        unread=(~readable_well).sum(),
    )
    rows = []
    for sample, role, target, positive, total, run, unread in together.iter_rows():
        called = positive >= (1 if profile.control_gene(target) else settings["assay.partitions_positive"])
        amount, low, high = partition_copies(positive, total, settings["assay.confidence"]) if run else (None,) * 3
        logs = [math.log10(bound) if bound else None for bound in (low, high)]
        rows.append(
            (
                sample,
                role,
                target,
                run,
                unread,
                positive,
                called if run else None,
                True,
                None,
                None,
                amount,
                *logs,
                total,
            )
        )
    return pl.DataFrame(rows, AMOUNTS, orient="row")


def partition_copies(positive: int, total: int, confidence: float) -> tuple[float | None, float, float | None]:
    """Copies in all accepted partitions, with their interval; None where every partition is positive."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    share_low = float(betaincinv(positive, total - positive + 1, tail)) if positive else 0.0
    share_high = float(betaincinv(positive + 1, total - positive, 1 - tail)) if positive < total else 1.0

    def amount(share: float) -> float | None:
        return -math.log1p(-share) * total if share < 1 else None

    return amount(positive / total), amount(share_low) or 0.0, amount(share_high)
