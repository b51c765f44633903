"""A stated subset of the rules of molecular relapse: the first suspicion of each comparison, and whether the next sample confirms it.

Conversion from negative to positive; a tenfold rise over the lowest level, if that was below 2 % of ABL1; confirmation by the
next sample. A comparison is one stream of samples (marker, tissue, method) in remission, from an event at which it begins
anew (a remission, an allograft) to the next. The subset speaks only where nothing is open: of comparisons in which every
sample up to the second one has one possible state. Treatment before the second sample leaves a relapse unconfirmed, which the
subset does not know: there its confirmation is not asked.
"""

from __future__ import annotations

import polars as pl

from tenfold.mrd.molecular_memory import Reason
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.samples import STREAM
from tenfold.records.registry import Registry
from tenfold.records.therapy import autologous
from tenfold.settings import DEFAULTS
from tenfold.vocabulary import Detection, MolecularState

SUSPICION = [MOLECULAR_STATE.reasons[reason][0] for reason in (Reason.CONVERSION, Reason.TENFOLD_RISE_FROM_LOW_LEVEL)]
CONFIRMED = [MOLECULAR_STATE.reasons[reason][0] for reason in (Reason.CONFIRMED, Reason.CONFIRMED_LATE)]
TURNS = ["remission", "haematological relapse"]
UNCHANGED = [MOLECULAR_STATE.reasons[reason][0] for reason in (Reason.STILL_IN_REMISSION,)]


def called_samples(registry: Registry) -> pl.DataFrame:
    """Samples that can be called, as numbers: `id`, `patient_id`, `stream`, `day`, `detected`, `target`, `control`, in order.

    Detected, or negative in as many copies of ABL1 as a negative call needs.
    """
    enough = pl.col("control_copies") >= DEFAULTS["mrd.control_copies_for_negative"]
    return (
        registry.days("mrd_samples")
        .with_columns(detected_at_all=pl.col("detected") != Detection.NO)
        .filter(pl.col("detected_at_all") | enough)
        .select(
            "patient_id",
            id="sample_id",
            stream=pl.concat_str("marker", "tissue", "method", separator=" "),
            day="sample_day",
            detected="detected_at_all",
            target="target_copies",
            control="control_copies",
        )
        .sort("patient_id", "stream", "day", "id")
    )


def changes(course: pl.DataFrame) -> pl.DataFrame:
    """The days on which a remission or a relapse begins: `patient_id`, `day`, `remission`."""
    turns = course.select("patient_id", day="order", remission=pl.col("kind") == "remission").unique()
    turns = turns.sort("patient_id", "day", pl.col("remission").not_())
    before = pl.col("remission").shift().over("patient_id")
    return turns.filter((pl.col("remission") != before).fill_null(True))


def allografts(registry: Registry) -> pl.DataFrame:
    """Their days: `patient_id`, `day`."""
    return (
        registry.days("transplants")
        .filter(~autologous())
        .select("patient_id", day="transplant_day")
        .sort("patient_id", "day")
    )


def ours(molecular: pl.DataFrame) -> pl.DataFrame:
    """Every comparison of the molecular states: its stream, the ids of its `samples`, and the first suspicion in it.

    `comparable`: the subset speaks of it; `id`: the sample that is suspected, null where none is; `conversion`; `confirmed`,
    null where that is not asked.
    """
    begins = (pl.col("row").is_in(TURNS) & ~pl.col("reason").is_in(UNCHANGED)) | (pl.col("row") == "transplant")
    rows = molecular.with_columns(comparison=begins.cum_sum().over(STREAM), sample=pl.col("row") == "sample")
    suspected = pl.col("sample") & pl.col("reason").is_in(SUSPICION)
    single = pl.col("state_possible").list.len() == 1
    each = [*STREAM, "comparison"]
    rows = rows.with_columns(place=pl.col("sample").cum_sum().over(each))
    second = pl.col("place").filter(suspected).first().over(each) + 1
    turn = pl.when(pl.col("row").is_in(TURNS)).then("row").forward_fill().over(STREAM)
    rows = rows.with_columns(known=single | (pl.col("place") > second).fill_null(False), turn=turn)
    found = rows.group_by(each, maintain_order=True).agg(
        remission=pl.col("turn").first() == TURNS[0],
        samples=pl.col("sample_id").filter("sample"),
        comparable=pl.col("known").all(),
        id=pl.col("sample_id").filter(suspected).first(),
        conversion=(pl.col("reason") == SUSPICION[0]).filter(suspected).first(),
        by=pl.col("compared_with").filter(pl.col("reason").is_in(CONFIRMED)),
        treated=(pl.col("state") == MolecularState.RELAPSE_UNCONFIRMED_TREATED).any(),
    )
    return found.filter("remission", pl.col("samples").list.len() > 0).select(
        *STREAM,
        "samples",
        "comparable",
        "id",
        "conversion",
        confirmed=pl.when(~pl.col("treated") & pl.col("id").is_not_null()).then(
            pl.col("by").list.contains(pl.col("id"))
        ),
    )


def disagreements(molecular: pl.DataFrame, theirs: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """The comparisons in which another's first suspicions (`id`, `conversion`, `confirmed`) are not ours, and how many were asked.

    Empty where all agree: no suspicion of theirs that is not ours, none of ours that is not theirs, each confirmed or not
    by both.
    """
    everything = ours(molecular)
    mine = everything.filter("comparable")
    inside = mine.select(pl.col("samples").explode()).to_series()
    told = theirs.filter(pl.col("id").is_in(inside.implode()))
    suspected = mine.filter(pl.col("id").is_not_null())
    both = suspected.join(told, on="id", how="full", suffix="_theirs", coalesce=True)
    unlike = both.filter(
        pl.col("conversion").ne_missing(pl.col("conversion_theirs"))
        | (
            pl.col("confirmed").is_not_null()
            & pl.col("confirmed").ne_missing(pl.col("confirmed_theirs").fill_null(False))
        )
    )
    counted = {
        "comparisons": everything.height,
        "asked": mine.height,
        "suspected": suspected.height,
        "by_conversion": int(suspected["conversion"].sum()),
        "confirmation_asked": int(suspected["confirmed"].is_not_null().sum()),
        "confirmed": int(suspected["confirmed"].sum() or 0),
    }
    return unlike, counted
