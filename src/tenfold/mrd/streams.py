"""From records to streams and back: every MRD sample with its molecular state.

A stream is one marker, tissue and method of one patient: its samples with the patient's remissions, relapses, therapies
and transplants between them, in total order. Of several results of one stream on one day the highest counts.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tenfold.logic.fold import NO, NONE, UNKNOWN, YES, Fold
from tenfold.mrd.editions import edition
from tenfold.mrd.levels import ABL1, code
from tenfold.mrd.markers import has_low_level_rule
from tenfold.mrd.molecular_memory import Kind, Rows, Rules
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.reduction import measured_samples
from tenfold.mrd.samples import STREAM
from tenfold.records.registry import Registry
from tenfold.records.therapy import autologous, further_cycles
from tenfold.records.timeline import FAR, known_on, placed
from tenfold.settings import Settings
from tenfold.vocabulary import Intent

AIMED_AT_RELAPSE = (
    Intent.PRE_EMPTIVE,
    Intent.SALVAGE,
    Intent.BRIDGE,
    Intent.DLI,
    Intent.INDUCTION,
    Intent.PALLIATIVE,
    Intent.CONDITIONING,
)
TOLERANCE = 1e-9
KINDS = {
    Kind.REMISSION: "remission",
    Kind.HAEMATOLOGICAL_RELAPSE: "haematological relapse",
    Kind.SAMPLE: "sample",
    Kind.THERAPY: "therapy",
    Kind.TRANSPLANT: "transplant",
    Kind.UNRECORDED: "records begin",
}


def rules(settings: Settings) -> Rules:
    """Return the numbers of the edition in force (`mrd.edition`)."""
    counts = edition(settings["mrd.edition"])
    return Rules(
        every_state=MOLECULAR_STATE.every_state,
        tenfold=settings["mrd.tenfold_log10"] - TOLERANCE,
        low_level=float(np.log10(settings["mrd.low_level_below"])) - TOLERANCE,
        confirm_within_days=int(settings["mrd.confirm_within"]),
        waived_from=float(np.log10(settings["mrd.tiong_unconfirmed_from"])) - TOLERANCE,
        waiver=counts.waiver,
        conversion=counts.conversion,
        rise_from_low_level=counts.rise_from_low_level,
        rise_known=counts.rise_known,
    )


def molecular_states(
    registry: Registry,
    settings: Settings,
    course: pl.DataFrame,
    samples: pl.DataFrame | None = None,
    *,
    compiled: bool | None = None,
) -> pl.DataFrame:
    """Return every row of every stream with its molecular state, in order.

    Columns: the stream, `row` (sample, remission ...), `detail` (an event's source or regimen), `sample_id`, `order`,
    `earliest_day`, `latest_day`, the level (`level`, `low`, `high`, `family`, `detected_code`, `adequate_code`),
    `state` (null unless single), `state_possible`, `state_decided_by`, `reason`, `reason_citation`, `compared_with`,
    `relapse_sample_id`, `relapse_earliest_day`, `relapse_latest_day`, `relapse_number`, `earlier_negative`, `rise`,
    `confirmed` (codes), `unknown_since` (sample). Markers that are not suitable for MRD are left out; `course` is the
    result of `response.course.course`, `samples` that of `reduction.measured_samples` where it is at hand.
    """
    samples = measured_samples(registry, settings) if samples is None else samples
    frame = _rows(registry, samples, course)
    changes = frame.select(pl.struct(STREAM).rle_id().alias("stream"))["stream"].to_numpy()
    starts = np.concatenate([np.flatnonzero(np.diff(changes, prepend=-1)), [len(changes)]])
    frame = frame.with_columns(
        share_low=(2 - pl.col("reduction_high")).fill_null(-np.inf),
        share_high=(2 - pl.col("reduction_low")).fill_null(np.inf),
    )
    compared = {"low": "aligned_low", "high": "aligned_high", "laboratory": "laboratory_code"}
    columns = {name: frame[compared.get(name, name)].to_numpy() for name in Rows._fields}
    walked = MOLECULAR_STATE.walk(Rows(**columns), rules(settings), starts, compiled=compiled)
    return _decode(MOLECULAR_STATE, frame, walked)


def _rows(registry: Registry, samples: pl.DataFrame, course: pl.DataFrame) -> pl.DataFrame:
    samples = samples.with_columns(
        kind=pl.lit(Kind.SAMPLE.value),
        low_level_rule=code(has_low_level_rule()),
        superseded=pl.col("superseded").cast(pl.Int8),
    )
    streams = samples.select(*STREAM).unique()
    events = _events(registry, course).join(streams, on="patient_id")
    beginnings = streams.with_columns(
        order=pl.lit(-FAR), earliest_day=pl.lit(-FAR), latest_day=pl.lit(FAR), kind=pl.lit(Kind.UNRECORDED.value)
    )
    frame = pl.concat([samples, events, beginnings], how="diagonal_relaxed")
    frame = known_on(registry, frame, "mrd_samples", "history_known")
    # A sample of the marker of unrecorded tissue, or of unrecorded method among others, may have been one of this stream.
    of_marker = ["patient_id", "marker"]
    several = pl.col("method").n_unique().over(of_marker) > 1
    stray = pl.col("tissue").is_null() | (pl.col("method").is_null().any().over(of_marker) & several)
    elsewhere = placed(registry, "mrd_samples").filter(stray).select(of=pl.struct(of_marker)).unique()["of"]
    frame = frame.with_columns(pl.col("history_known") & ~pl.struct(of_marker).is_in(elsewhere.implode()))
    frame = frame.filter((pl.col("kind") != Kind.UNRECORDED.value) | ~pl.col("history_known"))
    frame = known_on(registry, frame, "treatments", "treatments_known")
    frame = known_on(registry, frame, "transplants", "transplants_known")
    frame = known_on(registry, frame, "responses", "responses_known")
    codes: dict[str, int] = {
        "family": ABL1,
        "detected_code": UNKNOWN,
        "adequate_code": UNKNOWN,
        "at_diagnosis": NO,
        "superseded": NO,
        "no_call": NO,
        "therapy": NO,
        "low_level_rule": NO,
        "laboratory_code": 0,
    }
    known = ("history_known", "treatments_known", "transplants_known", "responses_known")
    order = [*STREAM, "order", "kind", "superseded", "low", "high", "detected_code", "adequate_code", "family"]
    return (
        frame.with_columns(
            pl.col("low", "aligned_low").fill_null(-np.inf),
            pl.col("high", "aligned_high").fill_null(np.inf),
            pl.col("kind").cast(pl.Int8),
            pl.col(known).cast(pl.Int8),
            *(pl.col(name).cast(pl.Int8).fill_null(value) for name, value in codes.items()),
        )
        .with_columns(detected="detected_code", adequate="adequate_code")
        .sort(
            *order,
            "sample_id",
            "therapy",
            "detail",
            nulls_last=True,
            descending=[name == "superseded" for name in [*order, "", "", ""]],
        )
    )


def _events(registry: Registry, course: pl.DataFrame) -> pl.DataFrame:
    place = ("patient_id", "order", "earliest_day", "latest_day")
    kinds = {"remission": Kind.REMISSION.value, "relapse": Kind.HAEMATOLOGICAL_RELAPSE.value}
    turns = course.select(
        *place, detail="source", kind=pl.col("kind").replace_strict(kinds, return_dtype=pl.Int32), therapy=pl.lit(NO)
    )
    treatments = placed(registry, "treatments").filter(pl.col("order").is_not_null())
    transplants = placed(registry, "transplants").filter(pl.col("order").is_not_null())
    treatments = treatments.join(_going_on(registry, course), on=["patient_id", "order"], how="anti")
    grafts = pl.col("intent").eq_missing(Intent.TRANSPLANT)
    # The graft itself, where it is only recorded as a line of treatment; with its own row the line is its treatment.
    as_lines = treatments.filter(grafts).join(transplants, on="patient_id", how="anti")
    therapies = pl.concat(
        [
            treatments.join(as_lines, on=["patient_id", "order", "intent"], how="anti").select(
                *place, detail="regimen", therapy=code(grafts | pl.col("intent").is_in(AIMED_AT_RELAPSE))
            ),
            transplants.filter(autologous()).select(
                *place, detail=pl.lit("autologous transplant"), therapy=pl.lit(YES, pl.Int8)
            ),
        ],
        how="vertical_relaxed",
    )
    allografts = pl.concat(
        [transplants.filter(~autologous()).select(*place, detail="donor"), as_lines.select(*place, detail="regimen")],
        how="vertical_relaxed",
    )
    return pl.concat(
        [
            turns,
            therapies.with_columns(kind=pl.lit(Kind.THERAPY.value)),
            allografts.with_columns(kind=pl.lit(Kind.TRANSPLANT.value), therapy=pl.lit(NO)),
        ],
        how="diagonal_relaxed",
    ).unique()


def _going_on(registry: Registry, course: pl.DataFrame) -> pl.DataFrame:
    """Days on which a treatment of relapse only goes on: its cycles do not start it anew, unless a relapse lies between."""
    cycles = further_cycles(registry, pl.col("intent").is_null() | pl.col("intent").is_in(AIMED_AT_RELAPSE))
    relapses = course.filter(pl.col("kind") == "relapse").select("patient_id", relapsed="order")
    between = cycles.join(relapses, on="patient_id").filter(
        (pl.col("relapsed") > pl.col("goes_on_from")) & (pl.col("relapsed") <= pl.col("order"))
    )
    return cycles.join(between, on=["patient_id", "order"], how="anti")


def _decode(fold: Fold, frame: pl.DataFrame, walked: dict[str, np.ndarray]) -> pl.DataFrame:
    """Put the fold's codes into words beside the rows."""
    sets = {
        int(mask): [word for k, word in enumerate(fold.states) if mask >> k & 1] for mask in np.unique(walked["states"])
    }
    asked = {
        int(mask): [text for k, text in fold.questions.items() if mask >> k & 1]
        for mask in np.unique(walked["questions"])
    }
    words = pl.DataFrame(
        {"mask": list(sets), "state_possible": list(sets.values())},
        {"mask": pl.Int64, "state_possible": pl.List(pl.String)},
    )
    questions = pl.DataFrame(
        {"asked": list(asked), "state_decided_by": list(asked.values())},
        {"asked": pl.Int64, "state_decided_by": pl.List(pl.String)},
    )
    reasons = pl.DataFrame(
        [(int(code), text, citation) for code, (text, citation) in fold.reasons.items()],
        {"reason_code": pl.Int64, "reason": pl.String, "reason_citation": pl.String},
        orient="row",
    )
    rows = frame.with_columns(
        pl.Series("mask", walked["states"]),
        pl.Series("asked", walked["questions"]),
        pl.Series("reason_code", walked["reason"]),
        pl.Series("relapse_number", walked["number"]),
        *(pl.Series(name, walked[name]) for name in ("earlier_negative", "rise", "confirmed")),
        row=pl.col("kind").replace_strict({int(k): v for k, v in KINDS.items()}, return_dtype=pl.String),
        **{f"_{name}": pl.Series(walked[name]) for name in ("compared_with", "relapse", "since")},
    )
    return (
        rows.with_columns(
            pl.when(pl.col("relapse_number") > NONE).then("relapse_number").alias("relapse_number"),
            compared_with=_at(frame, "sample_id", walked["compared_with"]),
            relapse_sample_id=_at(frame, "sample_id", walked["relapse"]),
            relapse_earliest_day=_at(frame, "earliest_day", walked["relapse"]),
            relapse_latest_day=_at(frame, "latest_day", walked["relapse"]),
            unknown_since=_at(frame, "sample_id", walked["since"]),
        )
        .join(words, on="mask", how="left", maintain_order="left")
        .join(questions, on="asked", how="left", maintain_order="left")
        .join(reasons, on="reason_code", how="left", maintain_order="left")
        .with_columns(
            state=pl.when(pl.col("state_possible").list.len() == 1).then(pl.col("state_possible").list.first())
        )
        .drop("mask", "asked", "reason_code", "_compared_with", "_relapse", "_since")
    )


def _at(frame: pl.DataFrame, column: str, indices: np.ndarray) -> pl.Series:
    """A column's values at other rows; null where there is none."""
    at = pl.Series(indices)
    return frame[column].gather(at.set(at < 0, None))
