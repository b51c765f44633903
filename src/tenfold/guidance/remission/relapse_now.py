"""Where NPM1 and other markers stand now: in molecular relapse, in progression, or at a level that awaits its second sample.

Of each stream the last state counts. Traps: a relapse that was treated before its second sample is under way all the same,
until an allograft begins anew; a level counts only after treatment and on the scale of ABL1, and is confirmed by another
sample of its stream.

Heuser et al., Blood 2021;138:2753-2767; Thol, Döhner, Ganser, Blood 2024;143:11-20 (200 NPM1 per 10^4 ABL1, confirmed).
"""

from __future__ import annotations

import polars as pl

from tenfold.guidance.remission.negativity import CONFIRMED
from tenfold.guidance.trigger import at_trigger, copies_per_1e4
from tenfold.logic.criterion import certain
from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import ABL1
from tenfold.mrd.samples import STREAM, counts, shows_disease
from tenfold.settings import Settings
from tenfold.vocabulary import MolecularState, TimePoint, Tissue

HIGH_LEVEL = {Tissue.MARROW: "high_level_marrow", Tissue.BLOOD: "high_level_blood"}
"""Whether a level of NPM1 in a tissue stands at the trigger after treatment and awaits its second sample."""
TREATED = MolecularState.RELAPSE_UNCONFIRMED_TREATED
OVER = (TimePoint.END_OF_TREATMENT, TimePoint.FOLLOW_UP)
"""After treatment, where a level at the trigger counts."""
SUSPECTED_OR_WORSE = (
    MolecularState.RELAPSE_UNCONFIRMED,
    MolecularState.RELAPSE_UNCONFIRMED_TREATED,
    *CONFIRMED,
    MolecularState.PROGRESSION,
)


def high_levels(molecular: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Return patient_id with `HIGH_LEVEL` of each tissue: the last NPM1 level after treatment is at the trigger, once only.

    Confirmed is what stands as a confirmed relapse, or stood at the trigger in the sample before, too.
    """
    surely, perhaps = (at_trigger(bound, settings) for bound in copies_per_1e4())
    # A negative sample is below the trigger on whatever scale it is printed, or without any; one too poor to show that is none.
    unseen = pl.col("detected_code") == NO
    speaks = pl.when(unseen).then(pl.col("adequate_code") != NO).otherwise(pl.col("family") == ABL1)
    called = (pl.col("marker") == "NPM1") & counts() & speaks & (pl.col("no_call") != YES)
    below = ~shows_disease() | (~unseen & ~perhaps)
    samples = molecular.filter(called).with_columns(
        _at=pl.when(below).then(False).when(surely).then(True),
        _over=pl.col("time_point").is_in([point.value for point in OVER]),
    )
    confirmed = pl.col("state_possible").list.eval(pl.element().is_in(CONFIRMED))
    told = (
        samples.group_by(STREAM, maintain_order=True)
        .agg(
            high=(pl.col("_at") & pl.col("_over")).last(),
            before=pl.when(pl.len() > 1).then((pl.col("_at") & pl.col("_over")).slice(-2, 1).first()).otherwise(False),
            confirmed=pl.when(confirmed.list.all()).then(True).when(~confirmed.list.any()).then(False).last(),
        )
        .with_columns(open_=pl.col("high") & ~pl.col("before") & ~pl.col("confirmed"))
    )
    tissues = {name: pl.col("open_").filter(pl.col("tissue") == tissue) for tissue, name in HIGH_LEVEL.items()}
    return told.group_by("patient_id").agg(
        certain(one.fill_null(False).any(), one.fill_null(True).any()).alias(name) for name, one in tissues.items()
    )


def relapses_under_way(molecular: pl.DataFrame, marker: str) -> pl.DataFrame:
    """Return patient_id and `relapse_under_way`: one of the marker is confirmed, or being treated; a graft ends it."""
    of_relapse = pl.col("sample_id") == pl.col("relapse_sample_id").last()
    graft = pl.col("order").filter(pl.col("row") == "transplant").max()
    state = pl.col("state_possible").last()
    streams = (
        molecular.filter(pl.col("marker") == marker)
        .group_by(STREAM, maintain_order=True)
        .agg(state=state, grafted=(graft > pl.col("order").filter(of_relapse).max()).fill_null(False))
    )
    within = pl.col("state").list.eval(pl.element().is_in([TREATED, *CONFIRMED]))
    standing = ~(pl.col("grafted") & pl.col("state").list.contains(TREATED))
    return streams.group_by("patient_id").agg(
        relapse_under_way=certain((within.list.all() & standing).any(), (within.list.any() & standing).any())
    )


def sampling_in_relapse(molecular: pl.DataFrame, marker: str) -> pl.DataFrame:
    """Return patient_id, `tissues` in which a relapse of the marker is under way, and when treatment of it began.

    `begun_low`, `begun_high` (days): the last that surely treats it, and the last that may; null where none is on record.
    """
    place, therapy = pl.int_range(pl.len()).over(STREAM), pl.col("row") == "therapy"
    first = (pl.col("sample_id") == pl.col("relapse_sample_id").last()).over(STREAM).fill_null(False)
    rows = molecular.filter(pl.col("marker") == marker).with_columns(_n=place, _first=first)
    since = therapy & (pl.col("_n") > pl.col("_n").filter("_first").min().over(STREAM))
    within = pl.col("state_possible").last().list.eval(pl.element().is_in([TREATED, *CONFIRMED])).list.all()
    streams = (
        rows.with_columns(_since=since.fill_null(False))
        .group_by(STREAM, maintain_order=True)
        .agg(
            within=within,
            begun_low=pl.col("earliest_day").filter(pl.col("_since") & (pl.col("therapy") == YES)).max(),
            begun_high=pl.col("latest_day").filter(pl.col("_since") & (pl.col("therapy") != NO)).max(),
        )
    )
    return (
        streams.filter("within")
        .group_by("patient_id")
        .agg(pl.col("begun_low", "begun_high").max(), tissues=pl.col("tissue").unique())
    )


def relapse_after(molecular: pl.DataFrame, since: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id with `relapse_after_stopping`, `relapse_confirmed` and `in_molecular_relapse` of NPM1 now.

    `relapse_or_progression`: a molecular relapse, suspected, treated or confirmed, or molecular progression.

    `since`: patient_id and `venetoclax_until`, the day that venetoclax was stopped.
    """
    last = (
        molecular.filter(pl.col("marker") == "NPM1")
        .group_by("patient_id", "tissue", "method", maintain_order=True)
        .last()
        .join(since, on="patient_id", how="left", maintain_order="left")
    )
    relapsing = [MolecularState.RELAPSE_UNCONFIRMED, *CONFIRMED]
    all_of = pl.col("state_possible").list.eval(pl.element().is_in(relapsing)).list.all()
    any_of = pl.col("state_possible").list.eval(pl.element().is_in(relapsing)).list.any()
    confirmed = pl.col("state_possible").list.eval(pl.element().is_in(CONFIRMED))
    after = pl.col("relapse_earliest_day") > pl.col("venetoclax_until")
    perhaps = (pl.col("relapse_latest_day") > pl.col("venetoclax_until")).fill_null(True)
    sure = all_of & after.fill_null(False)
    worse = pl.col("state_possible").list.eval(pl.element().is_in(SUSPECTED_OR_WORSE))
    told = last.group_by("patient_id").agg(
        worse=worse.list.all().any(),
        may_be_worse=worse.list.any().any(),
        sure=sure.any(),
        may=(any_of & perhaps).any(),
        confirmed=(confirmed.list.all() & after.fill_null(False)).any(),
        may_be_confirmed=(confirmed.list.any() & perhaps).any(),
        now=confirmed.list.all().any(),
        may_be_now=any_of.any(),
    )
    return told.select(
        "patient_id",
        relapse_after_stopping=certain(pl.col("sure"), pl.col("may")),
        relapse_confirmed=certain(pl.col("confirmed"), pl.col("may_be_confirmed")),
        in_molecular_relapse=certain(pl.col("now"), pl.col("may_be_now")),
        relapse_or_progression=certain(pl.col("worse"), pl.col("may_be_worse")),
    )
