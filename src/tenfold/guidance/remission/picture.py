"""Everything that is asked of a patient after remission, one row each: genes, negativity, venetoclax, counts, schedule.

A gene counts as mutated if it was at diagnosis or at any time since, and as not mutated only where it was tested at diagnosis
and never found since. Null stands for what is not known. The registry is expected as of the index day.
"""

from __future__ import annotations

import polars as pl

from tenfold.genetics.variants import found_variants, seen_findings
from tenfold.guidance.remission.clonality import clonality
from tenfold.guidance.remission.negativity import BY_PCR, called_samples, negativity
from tenfold.guidance.remission.next_sample import KINDS, sampling_facts
from tenfold.guidance.remission.relapse_now import HIGH_LEVEL, high_levels, relapse_after
from tenfold.guidance.remission.stopping import CO_MUTATIONS, GIVEN, NEVER, STOPPED, STOPPING
from tenfold.guidance.remission.venetoclax_course import (
    lines_of_this_remission,
    relapses,
    transplanted,
    venetoclax_course,
)
from tenfold.logic.criterion import certain
from tenfold.records.registry import Registry
from tenfold.records.timeline import DAYS_PER_MONTH, complete_from_the_beginning, placed
from tenfold.response.course import IN_REMISSION
from tenfold.risk.eln2017 import HIGH_RATIO
from tenfold.settings import Settings
from tenfold.vocabulary import Intent, MolecularState, Tissue

OVER_AFTER = (Intent.CONSOLIDATION, Intent.CONDITIONING, Intent.TRANSPLANT)
"""After these intensive treatment is over once it has ended; after induction consolidation is to come."""
GENES = ("NPM1", "FLT3_ITD", "TP53", "ASXL1", "RUNX1")
OF_A_MARKER = (
    "surveillance_marker",
    "relapse_under_way",
    "unconfirmed_relapse",
    "high_level_unconfirmed",
    "blood_positive_without_marrow",
)
"""What the schedule asks that differs between markers."""
OF_THE_STREAMS = (
    "relapse_after_stopping",
    "relapse_confirmed",
    "in_molecular_relapse",
    "relapse_or_progression",
)
"""What was never so where nothing was ever measured."""


def remission_picture(
    registry: Registry,
    settings: Settings,
    molecular: pl.DataFrame,
    present: pl.DataFrame,
    diagnosis: pl.DataFrame,
    on: int | None = None,
    numbers: Settings = STOPPING,
) -> pl.DataFrame:
    """Return every input of the questions after remission, one row per patient in patient order.

    `molecular`, `present` (the snapshot, `risk`) and `diagnosis` are the assessment's, as of the day `on` as the registry is.
    Beside the inputs: `isolated_npm1`, and the days that schedules are counted from. The schedule's inputs are those of NPM1,
    else of the first marker followed; see `schedules` for a row per marker.
    """
    course = after_remission(registry, settings, molecular, present, diagnosis, on, numbers)
    facts = schedules(molecular, diagnosis, course, on)
    names = ("marker", *OF_A_MARKER)
    rank = pl.col("surveillance_marker").replace_strict({word: k for k, word in enumerate(KINDS)}, default=None)
    first = facts.sort("patient_id", rank, "marker").group_by("patient_id", maintain_order=True).first()
    return course.join(first.select("patient_id", *names), on="patient_id", how="left", maintain_order="left")


def schedules(
    molecular: pl.DataFrame, diagnosis: pl.DataFrame, picture: pl.DataFrame, on: int | None = None
) -> pl.DataFrame:
    """Return the inputs of the schedule, one row per patient and marker followed, from `remission_picture`'s rows."""
    return sampling_facts(molecular, diagnosis, picture.drop("marker", *OF_A_MARKER, strict=False), on)


def after_remission(
    registry: Registry,
    settings: Settings,
    molecular: pl.DataFrame,
    present: pl.DataFrame,
    diagnosis: pl.DataFrame,
    on: int | None,
    numbers: Settings,
) -> pl.DataFrame:
    """All of the picture but what differs between markers."""
    standing = present.select("patient_id", "in_remission", "relapsed_or_refractory")
    risk = diagnosis.select(
        "patient_id", "eln_2022_risk" if "eln_2022_risk" in diagnosis.columns else pl.lit(None).alias("eln_2022_risk")
    )
    course = venetoclax_course(registry, molecular, on, numbers)
    samples = called_samples(molecular, on)
    outside = pl.col("state_possible").list.contains(MolecularState.OUTSIDE_REMISSION.value)
    followed = samples.group_by("patient_id").agg(_followed=(~outside).any())
    levels = high_levels(molecular, settings)
    picture = registry.patient_ids()
    for frame in (
        standing,
        _genes(registry, diagnosis, numbers),
        negativity(registry, settings, molecular, on),
        course,
        transplanted(registry).select("patient_id", "transplanted"),
        _eligible(registry),
        _remissions(registry, molecular, present, diagnosis),
        risk,
        _intensive(registry, molecular, on),
        _cycle_4(registry, samples, course),
        relapse_after(molecular, course.select("patient_id", "venetoclax_until")),
        levels,
        followed,
        clonality(registry, numbers),
    ):
        picture = picture.join(frame, on="patient_id", how="left", maintain_order="left")
    sampled = complete_from_the_beginning(registry, "mrd_samples")
    stopped = pl.col("venetoclax") == STOPPED
    # Whoever was never measured has no relapse where samples are recorded; a relapse in doubt stays so.
    measured = pl.col("patient_id").is_in(molecular.filter(pl.col("marker") == "NPM1")["patient_id"].unique().implode())
    nothing = pl.when(sampled & ~measured).then(False)
    pcr = molecular.filter((pl.col("marker") == "NPM1") & pl.col("method").is_in(BY_PCR))["patient_id"].unique()
    by_pcr = pl.col("patient_id").is_in(pcr.implode())
    leveled = pl.col("patient_id").is_in(levels["patient_id"].implode())
    return picture.with_columns(
        # A sample that may be from before this remission leaves it open.
        mrd_followed=pl.when("_followed").then(True).when(pl.col("_followed").is_null() & sampled).then(False),
        npm1_measured=pl.when(by_pcr).then(True).when(sampled & ~measured).then(False),
        **{name: pl.coalesce(name, nothing) for name in OF_THE_STREAMS},
        # Without a level on the scale of ABL1 none awaits another; what may be after treatment is not, while venetoclax is given.
        **{
            name: pl.when(leveled)
            .then(pl.coalesce(name, pl.when(pl.col("venetoclax") == GIVEN).then(False)))
            .otherwise(False)
            for name in HIGH_LEVEL.values()
        },
        cycle_4_over=pl.when(pl.col("venetoclax") == NEVER).then(False).otherwise("cycle_4_over"),
        follow_up_months=pl.when(stopped).then("months_since_stopping").otherwise("months_since_intensive"),
    )


def _genes(registry: Registry, diagnosis: pl.DataFrame, numbers: Settings) -> pl.DataFrame:
    """Genes at diagnosis or since, the FLT3-ITD that speaks against stopping, and whether NPM1 is isolated."""
    ever = seen_findings(found_variants(registry), GENES).select("patient_id", pl.col(GENES).name.prefix("ever_"))
    joined = diagnosis.select("patient_id", *GENES, "FLT3_ITD_allelic_ratio").join(
        ever, on="patient_id", how="left", maintain_order="left"
    )
    joined = joined.with_columns(
        pl.when(pl.col(f"ever_{gene}")).then(True).otherwise(gene).alias(gene) for gene in GENES
    )
    itd = pl.col("FLT3_ITD")
    against = itd if numbers["genes.flt3_itd"] == "any" else itd & (pl.col("FLT3_ITD_allelic_ratio") >= HIGH_RATIO)
    return joined.with_columns(FLT3_ITD_against=against).select(
        "patient_id", *GENES, "FLT3_ITD_against", isolated_npm1=pl.col("NPM1") & ~pl.any_horizontal(CO_MUTATIONS)
    )


def _eligible(registry: Registry) -> pl.DataFrame:
    """What was last judged of transplant eligibility."""
    judged = (
        placed(registry, "status").filter(pl.col("transplant_eligible").is_not_null()).sort("order", nulls_last=True)
    )
    # Two judgements of one day, or one without a day, do not tell which came last.
    last = judged.filter((pl.col("order") == pl.col("order").max().over("patient_id")).fill_null(True))
    return last.group_by("patient_id").agg(
        transplant_eligible=pl.when(pl.col("transplant_eligible").n_unique() == 1).then(
            pl.col("transplant_eligible").first()
        )
    )


def _remissions(
    registry: Registry, molecular: pl.DataFrame, present: pl.DataFrame, diagnosis: pl.DataFrame
) -> pl.DataFrame:
    """Whether this is the first remission, or none has been reached."""
    relapsed = relapses(registry, molecular).select("patient_id", _relapsed=pl.lit(True))
    said = registry.table("responses").filter(pl.col("reported_response").is_in(IN_REMISSION))
    reached = said.select("patient_id", _reached=pl.lit(True)).unique()
    people = present.select("patient_id", "in_remission", "relapsed").join(
        diagnosis.select("patient_id", "ever_relapsed", "relapse_free_months", "ever_in_remission"),
        on="patient_id",
        how="left",
        maintain_order="left",
    )
    for frame in (relapsed, reached):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    responses = complete_from_the_beginning(registry, "responses")
    recorded = responses & complete_from_the_beginning(registry, "events")
    again = (
        pl.col("_relapsed").fill_null(False)
        | pl.col("relapsed").fill_null(False)
        | pl.col("ever_relapsed").fill_null(False)
        | pl.col("relapse_free_months").is_not_null()
    )
    ever = pl.col("ever_in_remission").fill_null(False) | pl.col("_reached").fill_null(False)
    return people.select(
        "patient_id",
        first_remission=pl.when(again).then(False).when(recorded).then("in_remission"),
        before_first_remission=pl.when(ever | again | pl.col("in_remission").fill_null(False))
        .then(False)
        .when(responses)
        .then(True),
    )


def _intensive(registry: Registry, molecular: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """Whether this remission was treated intensively without venetoclax, whether that is over, and since when."""
    lines = lines_of_this_remission(registry, molecular)
    complete = complete_from_the_beginning(registry, "treatments")
    ordered = lines.sort("order", "end_day", nulls_last=True)
    intensive = pl.col("intensive").fill_null(False)
    summed = ordered.group_by("patient_id", maintain_order=True).agg(
        any=pl.col("intensive").any(ignore_nulls=False),
        placed=pl.col("order").is_not_null().all(),
        intent=pl.col("intent").filter(intensive).last(),
        until=pl.col("end_day").filter(intensive).last(),
    )
    ended = pl.col("until") < on if on is not None else pl.col("until").is_not_null()
    ended = ended.fill_null(False) & pl.col("placed")
    over = (
        pl.when(ended & pl.col("intent").is_in(OVER_AFTER).fill_null(False) & complete)
        .then(True)
        .when(ended & (pl.col("intent") == Intent.INDUCTION).fill_null(False) & complete)
        .then(False)
        .when((pl.col("until") >= pl.lit(on, pl.Int64)).fill_null(False))
        .then(False)
    )
    joined = registry.patient_ids().join(summed, on="patient_id", how="left", maintain_order="left")
    months = ((pl.lit(on, pl.Int64) - pl.col("until")) / DAYS_PER_MONTH).round(1)
    return joined.select(
        "patient_id",
        intensive_treatment=pl.when(pl.col("any")).then(True).when(~pl.col("any") & complete).then(False),
        intensive_over=over,
        intensive_until=pl.when(over).then("until"),
        months_since_intensive=pl.when(over).then(months),
    )


def _cycle_4(registry: Registry, samples: pl.DataFrame, course: pl.DataFrame) -> pl.DataFrame:
    """Whether a marrow was called in cycle 4, and whether the last one up to its end was negative."""
    days = course.select("patient_id", "venetoclax_from", "cycle_4_day", "cycle_4_until")
    marrows = samples.filter(pl.col("tissue") == Tissue.MARROW).join(days, on="patient_id", how="inner")
    first, last = pl.col("earliest_day"), pl.col("latest_day")
    begun, fourth, until = pl.col("venetoclax_from"), pl.col("cycle_4_day"), pl.col("cycle_4_until")
    sure = pl.col("sure_positive") | pl.col("sure_negative")
    perhaps = pl.col("may_be_positive") | pl.col("may_be_negative")
    within, touches = (first > begun) & (last <= until), (last > begun) & (first <= until)
    order = pl.col("order")

    def latest(which: str, where: pl.Expr) -> pl.Expr:
        return order.filter(pl.col(which) & where.fill_null(False)).max().fill_null(-(10**10))

    told = marrows.group_by("patient_id").agg(
        sampled=(sure & within & (first > fourth)).any(),
        may_be_sampled=(perhaps & touches & (last > fourth)).fill_null(True).any(),
        negative=latest("sure_negative", within) > latest("may_be_positive", touches),
        may_be_negative=latest("may_be_negative", touches) > latest("sure_positive", within),
    )
    people = days.join(told, on="patient_id", how="left", maintain_order="left")
    known = pl.col("patient_id").is_in(registry.complete("mrd_samples")["patient_id"].implode())
    dated = until.is_not_null() & begun.is_not_null()
    return people.select(
        "patient_id",
        cycle_4_sampled=pl.when(dated).then(
            certain(pl.col("sampled").fill_null(False), pl.col("may_be_sampled").fill_null(False) | ~known)
        ),
        cycle_4_negative=pl.when(dated).then(
            certain(pl.col("negative").fill_null(False), pl.col("may_be_negative").fill_null(False) | ~known)
        ),
    )
