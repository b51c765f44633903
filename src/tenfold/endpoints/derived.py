"""What endpoints read that is no row of the records: response assessments, MRD negativity, non-response, a restart.

Traps: MRD negativity of one tissue or marker is none while another is positive on the same day; a response to treatment
that cannot be told leaves open whether there was none; a line of unrecorded intent may or may not be for returning disease.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from tenfold.logic.fold import YES
from tenfold.mrd.molecular_response import molecular_response, responses_to_treatment
from tenfold.mrd.samples import counts
from tenfold.mrd.streams import AIMED_AT_RELAPSE
from tenfold.records.registry import Registry
from tenfold.records.therapy import NOT_ANTILEUKAEMIC
from tenfold.records.timeline import placed
from tenfold.settings import Settings
from tenfold.vocabulary import Happening, Intent, MolecularResponse, MolecularState, Response

PLACE = ("patient_id", "order", "earliest_day", "latest_day")
NO_ASSESSMENT = (Response.NOT_EVALUABLE, Response.DIED)
GRAFT = (Intent.TRANSPLANT, Intent.CONDITIONING)
RESPONDED = [str(MolecularResponse.NEGATIVITY), str(MolecularResponse.REDUCTION)]
NON_RESPONSE_AFTER_DAYS = 56
"""No molecular response by the first sample this long after the first dose, two cycles of 28 days, is non-response. The
papers do not date it: FILO reads the response after one or two cycles."""


def with_derived(
    registry: Registry, history: pl.DataFrame, molecular: pl.DataFrame, settings: Settings, kinds: Collection[Happening]
) -> pl.DataFrame:
    """Return the history with the rows of those kinds that it does not hold itself, in order."""
    makers: dict[Happening, Callable[[], pl.DataFrame]] = {
        Happening.RESPONSE_ASSESSMENT: lambda: response_assessments(registry, history),
        Happening.MRD_NEGATIVITY: lambda: negativities(molecular),
        Happening.MRD_NON_RESPONSE: lambda: non_responses(registry, settings).filter(~pl.col("open")).drop("open"),
        Happening.RESTART: lambda: _treatments(history, aimed=True),
        Happening.FURTHER_TREATMENT: lambda: _treatments(history, aimed=False),
        Happening.TRANSPLANT: lambda: _grafts_among_treatments(history),
    }
    made = [make().with_columns(kind=pl.lit(kind.value)) for kind, make in makers.items() if kind in kinds]
    if not made:
        return history
    rank = pl.col("kind").replace_strict({kind.value: k for k, kind in enumerate(Happening)}, return_dtype=pl.Int8)
    every = pl.concat([history, *made], how="diagonal_relaxed").filter(pl.col("order").is_not_null())
    return every.sort("patient_id", "order", rank, "detail", nulls_last=True)


def response_assessments(registry: Registry, history: pl.DataFrame) -> pl.DataFrame:
    """Return the place of every reported haematological response and evaluable marrow."""
    said = pl.col("reported_response")
    reported = placed(registry, "responses").filter(said.is_not_null() & ~said.is_in(NO_ASSESSMENT))
    marrows = history.filter(pl.col("kind") == Happening.MARROW)
    return pl.concat(
        [
            reported.select(*PLACE, detail=said.cast(pl.String)),
            marrows.select(*PLACE, detail=pl.lit("marrow")),
        ]
    )


def negativities(molecular: pl.DataFrame) -> pl.DataFrame:
    """Return the place of each MRD-negative sample in remission with no positive one of another stream that day."""
    samples = molecular.filter(counts())
    positive = samples.filter(pl.col("detected_code") == YES).select("patient_id", "order").unique()
    negative = samples.filter(pl.col("state") == MolecularState.NEGATIVE)
    return negative.join(positive, on=["patient_id", "order"], how="anti").select(*PLACE, detail="sample_id")


def open_negativities(molecular: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and order of samples of which it cannot be told whether they are negative in remission."""
    possible = pl.col("state_possible").list.contains(MolecularState.NEGATIVE)
    return molecular.filter(counts() & pl.col("state").is_null() & possible).select("patient_id", "order")


def negative_at(molecular: pl.DataFrame, start: pl.DataFrame) -> pl.Series:
    """Return the patients of whom a stream was MRD negative at its last sample up to the start."""
    upto = molecular.filter(counts()).join(start.select("patient_id", "start_order"), on="patient_id")
    last = (
        upto.filter(pl.col("order") <= pl.col("start_order"))
        .sort("patient_id", "order")
        .group_by("patient_id", "marker", "tissue", "method", maintain_order=True)
        .last()
    )
    return last.filter(pl.col("state") == MolecularState.NEGATIVE)["patient_id"].unique()


def non_responses(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return MRD progressions and non-responses under treatment without a molecular response before: place, `open`.

    A progression counts at its sample; a non-response at the first sample from `NON_RESPONSE_AFTER_DAYS` on. `open`: it
    cannot be told whether the sample is one.
    """
    key = molecular_response(settings["mrd.tenfold_log10"]).key
    answered = responses_to_treatment(registry, settings).filter(pl.col(f"{key}_possible").list.len() > 0)
    possible = pl.col(f"{key}_possible").cast(pl.List(pl.String))
    surely = possible.list.eval(pl.element().is_in(RESPONDED)).list.all()
    perhaps = possible.list.eval(pl.element().is_in(RESPONDED)).list.any()
    worse = MolecularResponse.PROGRESSION.value
    late = (pl.col("earliest_day") - pl.col("line_start")) >= NON_RESPONSE_AFTER_DAYS
    compared = pl.col(key).ne_missing(pl.lit(MolecularResponse.NOT_EVALUABLE.value))
    # Whatever stream responded, the treatment brought a response.
    line = ["patient_id", "line_start"]
    rows = answered.sort("patient_id", "line_start", "order").with_columns(
        responded=surely, perhaps_responded=perhaps, compared=compared, late=late.fill_null(False), possible=possible
    )
    rows = rows.with_columns(
        by_then=pl.col("responded").cast(pl.Int8).cum_max().over(line) > 0,
        # Of the same day too: another tissue may have answered.
        same_day=pl.col("responded").any().over([*line, "order"]),
    ).filter(~pl.col("by_then") & ~pl.col("same_day") & pl.col("compared"))
    certain = ~pl.col("perhaps_responded") & (
        pl.col("late") | (pl.col("possible").list.len() == 1) & pl.col("possible").list.contains(worse)
    )
    may_be = ~certain & (pl.col("late") | pl.col("possible").list.contains(worse))
    rows = rows.with_columns(open=may_be).filter(certain | may_be)
    return rows.select(*PLACE, "open", detail="sample_id")


def _treatments(history: pl.DataFrame, *, aimed: bool) -> pl.DataFrame:
    """Lines against returning disease, or other lines that are neither that nor a graft. Unrecorded intents are neither."""
    intents = [intent for intent in AIMED_AT_RELAPSE if intent not in GRAFT]
    other = [intent for intent in Intent if intent not in (*AIMED_AT_RELAPSE, *GRAFT, *NOT_ANTILEUKAEMIC)]
    chosen = intents if aimed else other
    wanted = (pl.col("kind") == Happening.TREATMENT) & pl.col("intent").is_in(chosen)
    return history.filter(wanted.fill_null(False)).select(*PLACE, "detail")


def open_treatments(history: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and order of lines of unrecorded intent."""
    unsaid = (pl.col("kind") == Happening.TREATMENT) & pl.col("intent").is_null()
    return history.filter(unsaid).select("patient_id", "order")


def _grafts_among_treatments(history: pl.DataFrame) -> pl.DataFrame:
    wanted = (pl.col("kind") == Happening.TREATMENT) & pl.col("intent").is_in(GRAFT)
    return history.filter(wanted.fill_null(False)).select(*PLACE, "detail")
