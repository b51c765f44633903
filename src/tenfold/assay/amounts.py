"""How much of each target a sample holds: copies per reaction with their interval, by standard curve or by partitions.

Traps: an interval holds what replicates, chance and the curve tell, not whether the standards or the extraction were
right; in digital PCR a partition may hold several copies, so copies are -ln(1 - positive/total) for each partition.

Poisson interval of digital PCR: Clopper and Pearson, Biometrika 1934;26:404-413, on the share of positive partitions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import polars as pl

from tenfold.assay.profile import Profile, plain
from tenfold.assay.replicates import Replicates, amplified, copies, judge
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
    "legible": pl.Boolean(),
    "dropped": pl.String(),
    "mean_ct": pl.Float64(),
    "copies": pl.Float64(),
    "log10_low": pl.Float64(),
    "log10_high": pl.Float64(),
    "partitions": pl.Int64(),
    "nanolitres": pl.Float64(),
}
"""One row for each sample and target. `copies` per reaction, null where no curve reads them; the interval in log10
copies, null where it is not known; `partitions` are those accepted in digital PCR and `nanolitres` their volume, else
null; `unread` counts wells that were there and do not count; `legible` is False far above the standards, or saturated.
"""
ONE_IN_A_THOUSAND = 0.001
MEASURED_SAMPLES = (WellRole.PATIENT, WellRole.CONTROL)


def told() -> pl.Expr:
    """Whether the file tells what a well gave."""
    return (pl.col("ct_status") != CtStatus.MISSING).fill_null(False)


def readable(wells: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The wells that count: not left out, told of in the file, and no artefact."""
    early = (pl.col("ct") < profile.settings["assay.earliest_ct"]).fill_null(False)
    return wells.filter(~pl.col("left_out").fill_null(False) & told() & ~early)


def standard_curves(wells: pl.DataFrame, profile: Profile) -> dict[str, StandardCurve | None]:
    """The curve of each target of a run: from its own standards, else stored in the profile, else None."""
    counted = readable(wells, profile)
    targets = wells["target"].drop_nulls().unique(maintain_order=True)
    return {target: _curve(target, counted.filter(pl.col("target") == target), profile) for target in targets}


def _curve(target: str, wells: pl.DataFrame, profile: Profile) -> StandardCurve | None:
    standards = wells.filter((pl.col("role") == WellRole.STANDARD) & (pl.col("copies") > 0))
    if not standards.height:
        return next((stored(curve) for curve in profile.stored_curves if plain(curve.target) == plain(target)), None)
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
    every = measured.group_by("sample", "role", "target", maintain_order=True).agg("ct", wells=pl.len())
    judged = {(sample, role, target): one for sample, role, target, one in _judged(readable(wells, profile), profile)}
    rows = []
    for sample, role, target, cts, count in every.iter_rows():
        one = judged.get((sample, role, target)) or Replicates(0, 0, (), 0, None, True)
        # Wells that do not count, of which some amplified all the same: no negative can rest on the others.
        hidden = sum(amplified(ct, profile.settings) for ct in cts) > one.positive
        row = _by_curve(one, count - one.read, hidden, target, curves.get(target), profile)
        rows.append((sample, role, target, *row))
    return pl.DataFrame(rows, AMOUNTS, orient="row")


def _by_curve(
    one: Replicates, unread: int, hidden: bool, target: str, curve: StandardCurve | None, profile: Profile
) -> tuple[object, ...]:
    settings = profile.settings
    amount = low = high = None
    if curve is not None and curve.slope < 0 and one.read:
        amount = copies(one, curve, settings)
    # So far above the standards that nothing can be read off.
    top = None if curve is None or curve.highest is None else curve.highest * 10 ** settings["assay.beyond_standards"]
    legible = amount is None or top is None or amount <= top
    if amount and curve is not None:
        level = math.log10(amount)
        variance = curve.variance(level, len(one.used) + one.empty)
        if variance is not None:
            half = student(settings["assay.confidence"], curve.freedom) * math.sqrt(variance)
            low, high = level - half, level + half
    called = one.positive > 0 if profile.control_gene(target) else _called(one, unread, profile)
    if hidden and called is False:
        called = None
    return (
        one.read,
        unread,
        one.positive,
        called,
        one.concordant,
        legible,
        one.dropped,
        one.mean_ct,
        amount,
        low,
        high,
        None,
        None,
    )


def _called(one: Replicates, unread: int, profile: Profile) -> bool | None:
    """Whether enough of the planned replicates are positive; None where those not read could decide.

    With more replicates than planned the same share of them must be positive; fewer than that, and yet as many as the
    plan asks for, are neither.
    """
    planned, needed = profile.settings["assay.replicates"], profile.settings["assay.replicates_positive"]
    run = max(planned, one.read + unread)
    if one.positive >= -(-needed * run // planned):
        return True
    return False if one.positive + run - one.read < needed else None


def amounts_by_partitions(partitions: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Return `AMOUNTS` of a digital PCR run: the wells of one sample and target are counted together."""
    settings = profile.settings
    possible = (pl.col("positive") <= pl.col("total")) & (pl.col("total") >= settings["assay.partitions"])
    counts = (possible & ~pl.col("left_out").fill_null(False)).fill_null(False)
    measured = partitions.filter(pl.col("role").is_in(MEASURED_SAMPLES) & pl.col("sample").is_not_null())
    together = measured.group_by("sample", "role", "target", maintain_order=True).agg(
        pl.col("positive").filter(counts),
        pl.col("total").filter(counts),
        unread=(~counts).sum(),
        hidden=(pl.col("positive") > 0).filter(~counts).any(),
        nanolitres=(pl.col("total") * pl.col("partition_nl")).filter(counts),
    )
    rows = []
    for sample, role, target, positives, totals, unread, hidden, nanolitres in together.iter_rows():
        positive, total = sum(positives), sum(totals)
        least = 1 if profile.control_gene(target) else settings["assay.partitions_positive"]
        called = None if not totals or (hidden and positive < least) else positive >= least
        amount, low, high = partition_copies(positive, total, settings["assay.confidence"]) if totals else (None,) * 3
        legible = not totals or positive <= settings["assay.saturated"] * total
        volume = None if None in nanolitres or not totals else sum(nanolitres)
        logs = [math.log10(bound) if bound else None for bound in (low, high)]
        same = _wells_agree(positives, totals)
        rows.append(
            (
                sample,
                role,
                target,
                len(totals),
                unread,
                positive,
                called,
                same,
                legible,
                None,
                None,
                amount,
                *logs,
                total,
                volume,
            )
        )
    return pl.DataFrame(rows, AMOUNTS, orient="row")


def _wells_agree(positives: Sequence[int], totals: Sequence[int]) -> bool:
    """Whether the wells of one sample differ no more than chance allows (chi-squared, one in a thousand)."""
    from scipy.special import chdtrc

    share = sum(positives) / sum(totals) if totals else 0.0
    if len(totals) < 2 or not 0 < share < 1:
        return True
    squares = sum((x - n * share) ** 2 / (n * share * (1 - share)) for x, n in zip(positives, totals, strict=True))
    return bool(chdtrc(len(totals) - 1, squares) > ONE_IN_A_THOUSAND)


def partition_copies(positive: int, total: int, confidence: float) -> tuple[float | None, float, float | None]:
    """Copies in all accepted partitions, with their interval; None where every partition is positive."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    share_low = float(betaincinv(positive, total - positive + 1, tail)) if positive else 0.0
    share_high = float(betaincinv(positive + 1, total - positive, 1 - tail)) if positive < total else 1.0

    def amount(share: float) -> float | None:
        return -math.log1p(-share) * total if share < 1 else None

    return amount(positive / total), amount(share_low) or 0.0, amount(share_high)
