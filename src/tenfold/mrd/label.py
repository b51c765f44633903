"""The ELN label of a sample: CR MRD-negative, CR MRD-LL or CR MRD-positive.

Traps: three facts stand apart - how much (the band), when (the time point), and the label they make together. CR MRD-LL
exists at the end of treatment only, for NPM1 and core-binding factor by qPCR, strictly below 2 % of ABL1; the same level
earlier is "detectable at low level on treatment". A percentage of the diagnostic level has no band.

Heuser et al., Blood 2021;138:2753-2767; FILO 2025 for the 2 %.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.logic.decision import Criterion, Decision, Facts, Input, Rule, banded, otherwise, yes_no
from tenfold.vocabulary import TimePoint

ELN2021 = "Heuser et al., Blood 2021;138:2753-2767; FILO 2025 (MRD-LL < 2 %)"
TIME_POINTS = tuple(TimePoint)


def _low_level(m: Facts) -> Any:
    return m.low_level_rule & (m.percent_abl1 < 2)


ELN_LABEL = Decision(
    name="ELN-MRD-2021-label",
    edition="ELN-MRD-2021",
    question="Which molecular response does this sample show?",
    citation=ELN2021,
    inputs=(
        Input("marker_suitable", "the marker may be followed as MRD"),
        Input("low_level_rule", "low level is defined for the marker and method"),
        Input("in_remission", "in CR, CRh or CRi"),
        Input("relapse", "a molecular relapse is suspected or under way"),
        Input("negative", "negative in an adequate sample"),
        Input("percent_low", "level, at least", "number", "% of ABL1", 0),
        Input("percent_high", "level, at most", "number", "% of ABL1", 0),
        Input("time_point", "when the sample was taken", "word", words=TIME_POINTS),
    ),
    criteria=(
        yes_no("marker_suitable", "Marker suitable for MRD", citation=ELN2021),
        yes_no("in_remission", "In CR, CRh or CRi", citation=ELN2021),
        yes_no("relapse", "Molecular relapse suspected or under way", citation=ELN2021),
        yes_no("negative", "MRD negative", citation=ELN2021),
        yes_no("low_level_rule", "Low level is defined for this marker and method", citation=ELN2021),
        banded(
            "percent_abl1",
            "Level",
            (">=", 2),
            of=(pl.col("percent_low"), pl.col("percent_high")),
            unit="% of ABL1",
            citation=ELN2021,
        ),
        Criterion(
            "time_point",
            "Time point",
            pl.col("time_point").replace_strict(
                {word: position for position, word in enumerate(TIME_POINTS)},
                default=None,
                return_dtype=pl.Int8,
            ),
            levels=TIME_POINTS,
            citation=ELN2021,
        ),
    ),
    rules=(
        Rule(
            "marker not suitable",
            lambda m: ~m.marker_suitable,
            "this marker must not be followed as MRD",
            ELN2021,
        ),
        Rule(
            "outside remission",
            lambda m: ~m.in_remission,
            "haematological response decides, not MRD",
            ELN2021,
        ),
        Rule("CR MRD-negative", lambda m: m.negative, "below the assay's threshold", ELN2021),
        Rule("MRD relapse", lambda m: m.relapse, "conversion or a tenfold rise", ELN2021),
        Rule(
            "CR MRD-LL",
            lambda m: _low_level(m) & m.time_point.is_(TimePoint.END_OF_TREATMENT),
            "detectable below 2 % at the end of treatment",
            ELN2021,
        ),
        Rule(
            "detectable at low level, on treatment",
            lambda m: _low_level(m) & m.time_point.is_(TimePoint.ON_TREATMENT, TimePoint.BEFORE_TREATMENT),
            "below 2 %, but treatment is not over",
            ELN2021,
        ),
        Rule(
            "low-level persistence in follow-up",
            lambda m: _low_level(m),
            "below 2 % in follow-up, without a tenfold rise",
            ELN2021,
        ),
        Rule("CR MRD-positive", otherwise, "2 % or more, or a marker without a low-level rule", ELN2021),
    ),
)
