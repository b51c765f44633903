"""What a sample shows: the band of its level, and the ELN label that band and time point make together.

Traps: three facts stand apart - how much (the band), when (the time point), and the label. CR MRD-LL exists at the end
of treatment only, for NPM1 and core-binding factor by qPCR, strictly below 2 % of ABL1; the same level earlier is
"detectable at low level on treatment". A percentage of the diagnostic level has no band.

Heuser et al., Blood 2021;138:2753-2767; FILO 2025 for the 2 %.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from tenfold.logic.criterion import Criterion, Facts, certain, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.vocabulary import LevelBand, TimePoint

ELN2021 = "Heuser et al., Blood 2021;138:2753-2767; FILO 2025 (MRD-LL < 2 %)"
FILO = "FILO venetoclax-azacitidine series, 2025"
TIME_POINTS = tuple(TimePoint)
FIRST_LINE = Input("first_line", "during first-line chemotherapy: before any relapse or treatment of one")

CALL = (
    Input("detected", "the marker was detected"),
    Input("adequate", "the sample was adequate to be called negative"),
)
LEVEL = (
    Input("percent_low", "level, at least", "number", "% of ABL1", 0),
    Input("percent_high", "level, at most", "number", "% of ABL1", 0),
)
DETECTED = yes_no("detected", "Marker detected", citation=ELN2021)
ADEQUATE = yes_no("adequate", "Sample adequate to be called negative", citation=ELN2021)


def below_low_level(limit: float) -> Criterion:
    """The criterion of a level below the limit of low level (% of ABL1)."""
    code = certain(pl.col("percent_high") < limit, pl.col("percent_low") < limit)
    return yes_no("below_low_level", f"Level below {limit:g} % of ABL1", code, citation=ELN2021)


@cache
def level_band(low_level_below: float) -> Decision:
    """Return the decision on how much there is, with a setting's limit of low level (% of ABL1)."""
    return Decision(
        name="MRD-level-band",
        edition="ELN-MRD-2021",
        question="How much is there in this sample?",
        citation=ELN2021,
        inputs=(*CALL, *LEVEL),
        criteria=(DETECTED, ADEQUATE, below_low_level(low_level_below)),
        rules=(
            Rule("not evaluable", lambda m: ~m.detected & ~m.adequate, "too poor to be called negative", ELN2021),
            Rule(LevelBand.NEGATIVE, lambda m: ~m.detected, "below the assay's threshold", ELN2021),
            Rule(LevelBand.LOW, lambda m: m.below_low_level, "detectable below the limit", ELN2021),
            Rule(LevelBand.HIGH, otherwise, "at the limit or above", ELN2021),
        ),
    )


def _low_level(m: Facts) -> Any:
    return m.low_level_rule & m.below_low_level


@cache
def eln_label(low_level_below: float, *, in_first_line: bool = False) -> Decision:
    """Return the decision on the ELN 2021 label, with a setting's limit of low level (% of ABL1).

    `in_first_line`: FILO's use of it, in which low level during treatment earns CR MRD-LL too.
    """

    def on_time(m: Facts) -> Any:
        over = m.time_point.is_(TimePoint.END_OF_TREATMENT)
        return over | (m.first_line & m.time_point.is_(TimePoint.ON_TREATMENT)) if in_first_line else over

    return Decision(
        name="FILO-2025-label" if in_first_line else "ELN-MRD-2021-label",
        edition="FILO-2025" if in_first_line else "ELN-MRD-2021",
        question="Which molecular response does this sample show?",
        citation=ELN2021,
        inputs=(
            Input("marker_suitable", "the marker may be followed as MRD"),
            Input("in_remission", "in CR, CRh or CRi"),
            *CALL,
            Input("relapse", "a molecular relapse is suspected or under way"),
            Input("low_level_rule", "low level is defined for the marker and method"),
            *LEVEL,
            Input("time_point", "when the sample was taken", "word", words=TIME_POINTS),
            *((FIRST_LINE,) if in_first_line else ()),
        ),
        criteria=(
            yes_no("marker_suitable", "Marker suitable for MRD", citation=ELN2021),
            yes_no("in_remission", "In CR, CRh or CRi", citation=ELN2021),
            DETECTED,
            ADEQUATE,
            yes_no("relapse", "Molecular relapse suspected or under way", citation=ELN2021),
            yes_no("low_level_rule", "Low level is defined for this marker and method", citation=ELN2021),
            below_low_level(low_level_below),
            Criterion(
                "time_point",
                "Time point",
                pl.col("time_point").replace_strict(
                    {word: position for position, word in enumerate(TIME_POINTS)}, default=None, return_dtype=pl.Int8
                ),
                levels=TIME_POINTS,
                citation=ELN2021,
            ),
            *((yes_no("first_line", FIRST_LINE.wording, citation=FILO),) if in_first_line else ()),
        ),
        rules=(
            Rule("marker not suitable", lambda m: ~m.marker_suitable, "must not be followed as MRD", ELN2021),
            Rule("outside remission", lambda m: ~m.in_remission, "haematological response decides", ELN2021),
            Rule("not evaluable", lambda m: ~m.detected & ~m.adequate, "too poor to be called negative", ELN2021),
            Rule("CR MRD-negative", lambda m: ~m.detected, "below the assay's threshold", ELN2021),
            Rule("MRD relapse", lambda m: m.relapse, "conversion or a tenfold rise", ELN2021),
            Rule(
                "CR MRD-LL",
                lambda m: _low_level(m) & on_time(m),
                f"detectable at low level {'in first line' if in_first_line else 'at the end of treatment'}",
                ELN2021,
            ),
            Rule(
                "detectable at low level, on treatment",
                lambda m: _low_level(m) & m.time_point.is_(TimePoint.ON_TREATMENT, TimePoint.BEFORE_TREATMENT),
                "at low level, but treatment is not over",
                ELN2021,
            ),
            Rule(
                "low-level persistence in follow-up",
                _low_level,
                "at low level in follow-up, without a tenfold rise",
                ELN2021,
            ),
            Rule("CR MRD-positive", otherwise, "above low level, or a marker without a low-level rule", ELN2021),
        ),
    )


LEVEL_BAND = level_band(2.0)
ELN_LABEL = eln_label(2.0)
FILO_LABEL = eln_label(2.0, in_first_line=True)
