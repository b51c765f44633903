"""Which markers may be followed, and which of them have a low-level rule."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

import polars as pl

from tenfold.settings import Settings
from tenfold.vocabulary import Method, Tissue


@dataclass(frozen=True)
class MarkerRule:
    """Whether a marker is suitable for MRD, whether low-level persistence is defined for it, and why.

    `caution`: what to keep in mind when it is positive. `germline`: the gene is one in which variants may be germline.
    `background`: normal tissue expresses it too, so that what is detected is positive only above a level.
    """

    suitable: bool
    low_level: bool
    why: str
    citation: str
    caution: str = ""
    germline: bool = False
    background: bool = False


MARKERS = {
    name: MarkerRule(**fields)
    for name, fields in tomllib.loads(
        resources.files("tenfold.mrd").joinpath("markers.toml").read_text("utf-8")
    ).items()
}


def suitable() -> pl.Expr:
    """Whether the column `marker` may be followed at all; markers without an entry may."""
    refused = [name for name, rule in MARKERS.items() if not rule.suitable]
    return ~pl.col("marker").is_in(refused)


def has_background() -> pl.Expr:
    """Whether normal tissue expresses `marker` too."""
    return pl.col("marker").is_in([name for name, rule in MARKERS.items() if rule.background])


def normal_limits(settings: Settings) -> dict[Tissue, float]:
    """Up to which level, in % of ABL1, normal tissue expresses such a marker."""
    return {
        Tissue.MARROW: settings["mrd.wt1_background_marrow"],
        Tissue.BLOOD: settings["mrd.wt1_background_blood"],
    }


def has_low_level_rule() -> pl.Expr:
    """Whether `marker` measured by `method` can be "detectable at low level"; null where the method is not recorded."""
    by_pcr = pl.col("method").is_in([Method.RT_QPCR, Method.DIGITAL_PCR])
    return pl.col("marker").is_in([name for name, rule in MARKERS.items() if rule.low_level]) & by_pcr
