"""Which label an edition gives to a sample: ELN 2018 and ELN 2025 here, ELN 2021 and FILO 2025 in `label`.

Traps: complete molecular remission (2018) needs two successive negatives four weeks apart, so one negative is not yet
one; a rise without earlier negativity is progression, never relapse, in 2018; of ELN 2025 the categories are known and
the thresholds are not, so a detectable sample has no single label.

Schuurhuis et al., Blood 2018;131:1275-1291 (not verified here); ELN-DAVID 2025, doi 10.1182/blood.2025031480 (abstract).
"""

from __future__ import annotations

from functools import cache

import polars as pl

from tenfold.logic.criterion import yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.editions import edition
from tenfold.mrd.label import ADEQUATE, CALL, DETECTED, LEVEL, below_low_level, eln_label
from tenfold.mrd.molecular_memory import Reason
from tenfold.mrd.molecular_words import REASONS
from tenfold.mrd.samples import STREAM, counts
from tenfold.settings import Settings

ELN2018 = "Schuurhuis et al., Blood 2018;131:1275-1291 (not verified here)"
ELN2025 = "ELN-DAVID 2025, doi 10.1182/blood.2025031480 (abstract only)"
STILL = REASONS[Reason.STILL_IN_REMISSION][0]
WEEKS_APART_DAYS = 28
"""Successive negatives this far apart make a complete molecular remission (ELN 2018)."""

SUITABLE = Input("marker_suitable", "the marker may be followed as MRD")
IN_REMISSION = Input("in_remission", "in CR, CRh or CRi")


@cache
def eln_2018_label(low_level_below: float) -> Decision:
    """Return the decision on the ELN 2018 label, with a setting's limit of low copy numbers (% of ABL1)."""
    return Decision(
        name="ELN-MRD-2018-label",
        edition="ELN-MRD-2018",
        question="Which molecular response does this sample show?",
        citation=ELN2018,
        inputs=(
            SUITABLE,
            IN_REMISSION,
            *CALL,
            Input("second_negative", "an earlier negative sample at least 4 weeks before, none positive between"),
            Input("relapse", "a molecular relapse"),
            Input("earlier_negative", "an earlier negative sample of this remission"),
            Input("progression", "a tenfold rise in persistence"),
            Input("low_level_rule", "low copy numbers are defined for the marker and method"),
            *LEVEL,
        ),
        criteria=(
            yes_no("marker_suitable", "Marker suitable for MRD", citation=ELN2018),
            yes_no("in_remission", "In CR, CRh or CRi", citation=ELN2018),
            DETECTED,
            ADEQUATE,
            yes_no("second_negative", "Negative again, at least 4 weeks after a first negative", citation=ELN2018),
            yes_no("relapse", "Tenfold rise after negativity or after a response to treatment", citation=ELN2018),
            yes_no("earlier_negative", "Negative before, in this remission", citation=ELN2018),
            yes_no("progression", "Tenfold rise without earlier negativity", citation=ELN2018),
            yes_no("low_level_rule", "Low copy numbers are defined for this marker and method", citation=ELN2018),
            below_low_level(low_level_below),
        ),
        rules=(
            Rule("marker not suitable", lambda m: ~m.marker_suitable, "must not be followed as MRD", ELN2018),
            Rule("outside remission", lambda m: ~m.in_remission, "haematological response decides", ELN2018),
            Rule("not evaluable", lambda m: ~m.detected & ~m.adequate, "too poor to be called negative", ELN2018),
            Rule(
                "complete molecular remission",
                lambda m: ~m.detected & m.second_negative,
                "negative twice, at least 4 weeks apart",
                ELN2018,
            ),
            Rule("negative, to be repeated", lambda m: ~m.detected, "negative, not yet twice 4 weeks apart", ELN2018),
            Rule("molecular relapse", lambda m: m.relapse, "tenfold rise after negativity or response", ELN2018),
            Rule("molecular progression", lambda m: m.progression, "tenfold rise in persistence", ELN2018),
            Rule(
                "conversion, to be repeated",
                lambda m: m.earlier_negative,
                "positive after negativity: repeat within 4 weeks",
                ELN2018,
            ),
            Rule(
                "molecular persistence at low copy numbers",
                lambda m: m.low_level_rule & m.below_low_level,
                "detectable at low copy numbers, without a tenfold rise",
                ELN2018,
            ),
            Rule("molecular persistence", otherwise, "detectable, without a tenfold rise", ELN2018),
        ),
    )


ELN_2025_LABEL = Decision(
    name="ELN-MRD-2025-label",
    edition="ELN-MRD-2025, thresholds not readable",
    question="Which molecular response does this sample show?",
    citation=ELN2025,
    inputs=(
        SUITABLE,
        IN_REMISSION,
        *CALL,
        Input("optimal", "the edition's threshold of an optimal response is met (not readable)"),
        Input("high_risk", "the edition's threshold of high risk is met (not readable)"),
    ),
    criteria=(
        yes_no("marker_suitable", "Marker suitable for MRD", citation=ELN2025),
        yes_no("in_remission", "In CR, CRh or CRi", citation=ELN2025),
        DETECTED,
        ADEQUATE,
        yes_no("optimal", "Optimal response, by a threshold that could not be read", citation=ELN2025),
        yes_no("high_risk", "High risk of treatment failure, by a threshold that could not be read", citation=ELN2025),
    ),
    rules=(
        Rule("marker not suitable", lambda m: ~m.marker_suitable, "must not be followed as MRD", ELN2025),
        Rule("outside remission", lambda m: ~m.in_remission, "haematological response decides", ELN2025),
        Rule("not evaluable", lambda m: ~m.detected & ~m.adequate, "too poor to be called negative", ELN2025),
        Rule("optimal", lambda m: m.optimal, "its threshold could not be read", ELN2025),
        Rule("high risk of treatment failure", lambda m: m.high_risk, "its threshold could not be read", ELN2025),
        Rule("warning", otherwise, "its thresholds could not be read", ELN2025),
    ),
)
ELN_2018_LABEL = eln_2018_label(2.0)


def label_decision(settings: Settings) -> Decision:
    """Return the label of the edition in force."""
    limit = settings["mrd.low_level_below"]
    return {
        "none": eln_2018_label(limit),
        "unknown": ELN_2025_LABEL,
        "first line": eln_label(limit, in_first_line=True),
        "end of treatment": eln_label(limit),
    }[edition(settings["mrd.edition"]).low_level]


def with_second_negative(molecular: pl.DataFrame) -> pl.DataFrame:
    """Add `second_negative` to the rows of streams: an earlier negative at least 4 weeks before, none positive between.

    A positive sample ends a spell, and so do a new remission, a relapse and a transplant. Inadequate samples are skipped;
    after one whose call or adequacy is open, or where samples may be missing since the first negative, it is not known.
    """
    sample = counts()
    detected, adequate = pl.col("detected_code"), pl.col("adequate_code")
    negative = sample & (detected == NO) & (adequate == YES)
    open_call = sample & (
        (detected == UNKNOWN) & (pl.col("no_call") == NO) | ((detected == NO) & (adequate == UNKNOWN))
    )
    new_remission = (pl.col("row") == "remission") & (pl.col("reason") != STILL).fill_null(True)
    ends = (sample & (detected == YES)) | new_remission | pl.col("row").is_in(["haematological relapse", "transplant"])
    spelled = molecular.with_columns(negative=negative, spell=ends.cum_sum().over(STREAM), open_call=open_call)
    spell = [*STREAM, "spell"]
    first_low = pl.when("negative").then("earliest_day").min().over(spell)
    first_high = pl.when("negative").then("latest_day").min().over(spell)
    apart = (
        pl.when(pl.col("earliest_day") - first_high >= WEEKS_APART_DAYS)
        .then(True)
        .when(pl.col("latest_day") - first_low < WEEKS_APART_DAYS)
        .then(False)
    )
    known_at_first = pl.when(pl.col("negative")).then(pl.col("history_known")).drop_nulls().first().over(spell) == YES
    doubt = pl.col("open_call").cum_max().over(spell) | ~known_at_first
    told = pl.when(pl.col("negative") & ~doubt).then(apart)
    return spelled.with_columns(second_negative=told).drop("negative", "spell", "open_call")
