"""Which MRD schedule applies to a patient and marker, and when the next sample is due: tissue, window, overdue or not.

The decision names the schedule; `next_samples` counts its days. A confirmed molecular relapse, or one under treatment, is
treated, and sampled before and after the first cycles. A suspected one asks for a second sample of the same tissue, counted
from the first positive one, and so does any level that would lead to transplant once confirmed; positive blood asks for a
marrow, too.
Traps: a day that is not known is never invented: a window has null ends and says why, and is overdue only if it is so on any
day that it could mean; a sample too poor to be called does not count as taken; marrow and blood that one recommendation
offers as alternatives are overdue only together; an allograft ends every schedule here.

Heuser et al., Blood 2021;138:2753-2767 (D5, D6, D9); Molica et al., Cancers 2025;17:3733, section 5 (``next_sample.toml``);
Thol, Döhner, Ganser, Blood 2024;143:11-20 (200 NPM1 per 10^4 ABL1, confirmed).
"""

from __future__ import annotations

import polars as pl

from tenfold.guidance.numbers import read_numbers
from tenfold.guidance.remission.negativity import called_samples
from tenfold.guidance.remission.relapse_now import HIGH_LEVEL, relapses_under_way
from tenfold.guidance.remission.stopping import (
    CYCLES_INPUTS,
    GIVEN,
    IN_REMISSION,
    NEVER,
    REMISSION_INPUT,
    STOPPED,
    VENETOCLAX_INPUT,
    VENETOCLAX_WORDS,
    bounded,
)
from tenfold.logic.criterion import Criterion, certain, yes_no
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.records.timeline import FAR
from tenfold.vocabulary import MolecularState, Tissue

NUMBERS = read_numbers("remission/next_sample.toml")
"""The numbers as shipped; `NUMBERS.changed(grace__days=14)` for a centre that allows more."""

NPM1, CORE_BINDING_FACTOR, OTHER = "NPM1", "core-binding factor", "other"
KINDS = (NPM1, CORE_BINDING_FACTOR, OTHER)
FUSIONS = {"RUNX1::RUNX1T1": "t_8_21", "CBFB::MYH11": "inv_16"}
"""The fusions of core-binding factor leukaemia, each with its fact at diagnosis."""
IN_RELAPSE = "in molecular relapse: treat, and sample before and after cycles 1 to 2"
CONFIRM_AND_MARROW = "second sample of the same tissue, and a marrow"
CONFIRM = "second sample of the same tissue"
MARROW_TOO = "marrow after a positive blood sample"
EARLY, LATER = "on venetoclax, to cycle 4", "on venetoclax, after cycle 4"
AFTER_STOPPING = "after stopping venetoclax"
DURING_INTENSIVE = "during intensive treatment"
AFTER_INTENSIVE = "after intensive treatment, NPM1"
AFTER_INTENSIVE_CBF = "after intensive treatment, core-binding factor"
BEYOND = "beyond 24 months: individual"
NOT_STATED = "not stated in these sources"
ELN = "Heuser et al., Blood 2021;138:2753-2767"
THOL = "Thol, Döhner, Ganser, Blood 2024;143:11-20"
MOLICA = "Molica et al., Cancers 2025;17:3733, section 5"
AFTER_CYCLES = "FILO 2025 and Jimenez-Chillon 2024 tell the response after 1 to 2 cycles; unverified as a schedule"


def _worded(name: str, wording: str, words: tuple[str, ...]) -> Criterion:
    code = pl.col(name).replace_strict(
        {word: position for position, word in enumerate(words)}, default=None, return_dtype=pl.Int8
    )
    return Criterion(f"{name}_is", wording, code, levels=words)


OVER_24 = NUMBERS["follow_up.months"]
NEXT_SAMPLE_SCHEDULE = Decision(
    name="Next-MRD-sample-schedule",
    edition="ELN-MRD-2021, Molica 2025",
    question="Which schedule says when the next MRD sample is due?",
    citation=f"{ELN}, D5, D6, D9; {MOLICA}",
    unverified=(
        "the intervals on venetoclax, the four weeks of confirmation, and the first cycles as a time to sample in molecular relapse"
    ),
    caution="After stopping, tissue and the end at 24 months are Tenfold's choice.",
    inputs=(
        Input("surveillance_marker", "which kind of marker is followed", "word", words=KINDS),
        Input("relapse_under_way", "a molecular relapse is confirmed, or is being treated"),
        Input("unconfirmed_relapse", "a molecular relapse awaits its second sample"),
        Input("high_level_unconfirmed", "NPM1 at the trigger for transplant after treatment, in one sample only"),
        Input("blood_positive_without_marrow", "the last blood is positive and no marrow was taken since"),
        Input("transplanted", "an allograft was given"),
        VENETOCLAX_INPUT,
        *CYCLES_INPUTS,
        Input("intensive_treatment", "the treatment that led to or consolidated this remission is intensive"),
        Input("intensive_over", "it is over"),
        Input("follow_up_months", "months since treatment ended", "number", "months", 0, 600),
        REMISSION_INPUT,
    ),
    criteria=(
        _worded("surveillance_marker", "Marker followed", KINDS),
        yes_no("relapse_under_way", "Molecular relapse, confirmed or being treated", citation=AFTER_CYCLES),
        yes_no("unconfirmed_relapse", "Molecular relapse awaits confirmation", citation=ELN),
        yes_no("high_level_unconfirmed", "NPM1 at the trigger for transplant, not confirmed", citation=THOL),
        yes_no("blood_positive_without_marrow", "Blood positive, no marrow since", citation=ELN),
        yes_no("transplanted", "Allograft given"),
        _worded("venetoclax", "Venetoclax", VENETOCLAX_WORDS),
        bounded("beyond_early_cycles", f"More than {NUMBERS['early.cycles']} cycles of venetoclax", "venetoclax_cycles", ">=",
                NUMBERS["early.cycles"] + 1, "cycles", NUMBERS.entries["early.cycles"].source),
        yes_no("intensive_treatment", "Treated intensively"),
        yes_no("intensive_over", "Intensive treatment is over"),
        yes_no("follow_up_over", f"More than {OVER_24:g} months since treatment ended", pl.col("follow_up_months") > OVER_24,
               citation=f"{ELN}, D9"),
    ),
    guards=(IN_REMISSION,),
    rules=(
        Rule(IN_RELAPSE, lambda m: m.relapse_under_way, "response is told after the first cycles", AFTER_CYCLES),
        Rule(CONFIRM_AND_MARROW,
             lambda m: (m.unconfirmed_relapse | m.high_level_unconfirmed) & m.blood_positive_without_marrow,
             "suspected in blood alone", ELN),
        Rule(CONFIRM, lambda m: m.unconfirmed_relapse, "to be confirmed rapidly in the same tissue", ELN),
        Rule(CONFIRM, lambda m: m.high_level_unconfirmed, "a level that counts once it is confirmed", THOL),
        Rule(MARROW_TOO, lambda m: m.blood_positive_without_marrow & m.surveillance_marker_is.is_(NPM1),
             "NPM1 positive in blood: the marrow tells", ELN),
        Rule(NOT_STATED, lambda m: m.transplanted, "after an allograft"),
        Rule(NOT_STATED, lambda m: m.surveillance_marker_is.is_(OTHER), "another marker"),
        Rule(BEYOND, lambda m: m.surveillance_marker_is.is_(NPM1) & m.venetoclax_is.is_(STOPPED) & m.follow_up_over,
             "the schedule has ended", f"{ELN}, D9"),
        Rule(AFTER_STOPPING, lambda m: m.surveillance_marker_is.is_(NPM1) & m.venetoclax_is.is_(STOPPED),
             "monthly for six months, then every two", MOLICA),
        Rule(LATER, lambda m: m.surveillance_marker_is.is_(NPM1) & m.venetoclax_is.is_(GIVEN) & m.beyond_early_cycles,
             "every 2 to 3 cycles"),
        Rule(EARLY, lambda m: m.surveillance_marker_is.is_(NPM1) & m.venetoclax_is.is_(GIVEN), "every 1 to 2 cycles"),
        Rule(NOT_STATED, lambda m: ~m.venetoclax_is.is_(NEVER) | ~m.intensive_treatment,
             "venetoclax for another marker, or treated without intensive chemotherapy"),
        Rule(DURING_INTENSIVE, lambda m: ~m.intensive_over, "blood after two cycles, marrow at the end", f"{ELN}, D5, D6"),
        Rule(BEYOND, lambda m: m.follow_up_over, "the schedule has ended", f"{ELN}, D9"),
        Rule(AFTER_INTENSIVE, lambda m: m.surveillance_marker_is.is_(NPM1), "follow-up of NPM1", f"{ELN}, D5"),
        Rule(AFTER_INTENSIVE_CBF, otherwise, "follow-up of core-binding factor leukaemia", f"{ELN}, D6"),
    ),
)  # fmt: skip

NEXT_SAMPLE_QUESTIONS: tuple[Decision, ...] = (NEXT_SAMPLE_SCHEDULE,)
"""Which schedule applies."""


def kind() -> pl.Expr:
    """Which kind of marker `marker` is."""
    return (
        pl.when(pl.col("marker") == NPM1)
        .then(pl.lit(NPM1))
        .when(pl.col("marker").is_in(list(FUSIONS)))
        .then(pl.lit(CORE_BINDING_FACTOR))
        .otherwise(pl.lit(OTHER))
    )


def followed_markers(molecular: pl.DataFrame, diagnosis: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and marker: those measured, and NPM1 or the fusion that the leukaemia had at diagnosis."""
    at_diagnosis = {NPM1: NPM1, **FUSIONS}
    had = [
        diagnosis.filter(pl.col(fact)).select("patient_id", marker=pl.lit(marker))
        for marker, fact in at_diagnosis.items()
    ]
    measured = molecular.select("patient_id", "marker").unique()
    return pl.concat([measured, *had]).unique().sort("patient_id", "marker")


def last_samples(molecular: pl.DataFrame, marker: str, on: int | None) -> pl.DataFrame:
    """Return the last sample of each tissue: `taken_low`, `taken_high` (days; null unbounded), `positive`, `order`.

    The least is the last that was surely called, the most the last that may have been.
    """
    samples = called_samples(molecular, on, marker)
    sure = pl.col("sure_positive") | pl.col("sure_negative")
    perhaps = pl.col("may_be_positive") | pl.col("may_be_negative")
    low, high = pl.col("earliest_day").filter(sure).max(), pl.col("latest_day").filter(perhaps).max()
    at = pl.col("order").filter(perhaps)
    return samples.group_by("patient_id", "tissue").agg(
        taken_low=pl.when(low > -FAR).then(low),
        taken_high=pl.when(high < FAR).then(high),
        order=at.max(),
        positive=pl.col("sure_positive").filter(perhaps & (pl.col("order") == at.max())).any(),
        may_be_positive=pl.col("may_be_positive").filter(perhaps & (pl.col("order") == at.max())).any(),
    )


def suspicions(molecular: pl.DataFrame, marker: str, on: int | None) -> pl.DataFrame:
    """Return streams that may await a second sample: patient_id, tissue, `sure`, `first_low`, `first_high` (days)."""
    standing = molecular.filter(pl.col("marker") == marker).group_by(
        "patient_id", "tissue", "method", maintain_order=True
    )
    awaits = MolecularState.RELAPSE_UNCONFIRMED
    last = standing.last().filter(pl.col("state_possible").list.contains(awaits))
    latest = pl.col("relapse_latest_day") if on is None else pl.min_horizontal("relapse_latest_day", pl.lit(on))
    return (
        last.with_columns(latest=latest)
        .group_by("patient_id", "tissue")
        .agg(
            sure=(pl.col("state") == awaits).fill_null(False).any(),
            first_low=pl.col("relapse_earliest_day").filter(pl.col("relapse_earliest_day") > -FAR).min(),
            first_high=pl.col("latest").filter(pl.col("latest") < FAR).min(),
        )
        .sort("patient_id", "tissue")
    )


def sampling_facts(
    molecular: pl.DataFrame, diagnosis: pl.DataFrame, course: pl.DataFrame, on: int | None = None
) -> pl.DataFrame:
    """Return one row per patient and marker followed: the schedule's inputs that differ between markers, and `marker`.

    `course` has a row per patient: all other inputs of the decision, `venetoclax_until` and `intensive_until`; its columns
    stay.
    """
    followed = followed_markers(molecular, diagnosis)
    rows = []
    for marker in followed["marker"].unique().sort():
        people = followed.filter(pl.col("marker") == marker)
        taken = last_samples(molecular, marker, on)
        blood, marrow = (
            taken.filter(pl.col("tissue") == tissue).select(
                "patient_id", pl.col("order", "positive", "may_be_positive").name.prefix(f"{tissue}_")
            )
            for tissue in (Tissue.BLOOD, Tissue.MARROW)
        )
        waiting = suspicions(molecular, marker, on).group_by("patient_id").agg(_sure=pl.col("sure").any())
        for frame in (blood, marrow, waiting, relapses_under_way(molecular, marker)):
            people = people.join(frame, on="patient_id", how="left", maintain_order="left")
        streams = molecular.filter(pl.col("marker") == marker)["patient_id"].unique()
        never = ~pl.col("patient_id").is_in(streams.implode())
        later = (pl.col("marrow_order") >= pl.col("blood_order")).fill_null(False)
        rows.append(
            people.select(
                "patient_id",
                "marker",
                surveillance_marker=kind(),
                # Without a sample no molecular relapse is known of.
                relapse_under_way=pl.when(never).then(False).otherwise("relapse_under_way"),
                unconfirmed_relapse=pl.when(pl.col("_sure")).then(True).when(pl.col("_sure").is_null()).then(False),
                blood_positive_without_marrow=certain(
                    pl.col("blood_positive").fill_null(False) & ~later,
                    pl.col("blood_may_be_positive").fill_null(False) & ~later,
                ),
            )
        )
    empty = pl.DataFrame(
        schema={
            "patient_id": pl.String,
            "marker": pl.String,
            "surveillance_marker": pl.String,
            "relapse_under_way": pl.Boolean,
            "unconfirmed_relapse": pl.Boolean,
            "blood_positive_without_marrow": pl.Boolean,
        }
    )
    found = pl.concat([empty, *rows]).sort("patient_id", "marker")
    found = found.join(course, on="patient_id", how="left", maintain_order="left")
    high = pl.any_horizontal(*HIGH_LEVEL.values())
    return found.with_columns(high_level_unconfirmed=pl.when(pl.col("marker") == NPM1).then(high).otherwise(False))
