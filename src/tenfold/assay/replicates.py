"""Replicates of one sample and target: which amplified, whether they agree, and which is left out.

Traps: a single late replicate of three is chance and stays negative by the rule of two of three, a single early one is
a fault; a well that stays empty among early ones is a fault, among late ones it is chance and counts as no copies; where
no replicate stands out none is left out.

Europe Against Cancer practice (Gabert et al., Leukemia 2003;17:2318-2357); numbers in assay.toml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from tenfold.assay.standard_curve import StandardCurve
from tenfold.settings import Settings

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Replicates:
    """What the replicates of one sample and target show.

    `used`: threshold cycles of the amplified wells that count; `empty`: wells read without amplification that count as
    no copies; `dropped`: the well left out, if one is; `concordant`: whether what is left agrees.
    """

    read: int
    positive: int
    used: tuple[float, ...]
    empty: int
    dropped: str | None
    concordant: bool

    @property
    def mean_ct(self) -> float | None:
        """The mean threshold cycle of what counts."""
        return fmean(self.used) if self.used else None


def amplified(ct: float | None, settings: Settings) -> bool:
    """Whether a well is positive: a threshold cycle before the cut-off, or on it where the profile says so."""
    cutoff = settings["assay.ct_cutoff"]
    return ct is not None and (ct < cutoff or (ct == cutoff and settings["assay.ct_cutoff_itself"] == "positive"))


def judge(wells: Sequence[tuple[str, float | None]], settings: Settings) -> Replicates:
    """Judge the wells of one sample and target: names and threshold cycles, None where nothing amplified."""
    late = settings["assay.late_from"]
    hits = [(well, ct) for well, ct in wells if ct is not None and amplified(ct, settings)]
    blanks = [well for well, ct in wells if not amplified(ct, settings)]
    cts = tuple(ct for _, ct in hits)
    agree = _agree(cts, settings)
    if hits and blanks and fmean(cts) < late:
        # Among strong replicates an empty well is a fault of its own, not chance.
        one_fault = len(blanks) == 1 and len(hits) >= 2
        return Replicates(len(wells), len(hits), cts, 0, blanks[0] if one_fault else None, one_fault and agree)
    if agree:
        return Replicates(len(wells), len(hits), cts, len(blanks), None, True)
    outlier = _outlier(hits)
    if outlier is not None and not blanks and len(hits) > 2:
        left = tuple(ct for well, ct in hits if well != outlier)
        # One that came much earlier may be the right one: leaving it out would lower the level.
        much_earlier = fmean(left) - min(cts) > settings["assay.early_outlier"]
        if _agree(left, settings) and not much_earlier:
            return Replicates(len(wells), len(hits), left, 0, outlier, True)
    return Replicates(len(wells), len(hits), cts, len(blanks), None, False)


def copies(replicates: Replicates, curve: StandardCurve, settings: Settings) -> float:
    """The copies per reaction that replicates stand for, on a curve; 0 where nothing amplified."""
    if not replicates.used or replicates.mean_ct is None:
        return 0.0
    if settings["assay.copies_from"] == "mean threshold cycle":
        return float(10 ** curve.log10_copies(replicates.mean_ct))
    each = [10 ** curve.log10_copies(ct) for ct in replicates.used]
    return sum(each) / (len(each) + replicates.empty)


def _agree(cts: Sequence[float], settings: Settings) -> bool:
    if len(cts) < 2:
        return True
    early = fmean(cts) < settings["assay.late_from"]
    limit = settings["assay.spread_early" if early else "assay.spread_late"]
    return bool(max(cts) - min(cts) <= limit + TOLERANCE)


def _outlier(hits: Sequence[tuple[str, float]]) -> str | None:
    """The well furthest from the median; None where two are equally far."""
    middle = median(ct for _, ct in hits)
    distances = sorted(((abs(ct - middle), well) for well, ct in hits), reverse=True)
    stands_out = distances[0][0] > distances[1][0] + TOLERANCE
    return distances[0][1] if stands_out else None
