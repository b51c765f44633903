"""The whole assessment: patients in, every answer out. Every surface and every engine calls this one function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tenfold.logic.decision import answer
from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.label import ELN_LABEL
from tenfold.mrd.levels import ABL1, OTHER
from tenfold.mrd.markers import MARKERS, has_low_level_rule, suitable
from tenfold.mrd.molecular_response import responses_to_treatment
from tenfold.mrd.streams import STREAM, molecular_states
from tenfold.mrd.time_point import with_time_point
from tenfold.mrd.tiong import COHORT
from tenfold.records.registry import Registry
from tenfold.response.course import course, marrow_responses
from tenfold.risk.venprs import EVENT_FREE_SURVIVAL, GENES, OVERALL_SURVIVAL
from tenfold.settings import DEFAULTS, Settings
from tenfold.snapshot import snapshot
from tenfold.vocabulary import MolecularState, TimePoint

RISK_MODELS = (OVERALL_SURVIVAL, EVENT_FREE_SURVIVAL)
STATES = tuple(MolecularState)
RELAPSING = tuple(STATES[STATES.index(MolecularState.RELAPSE_UNCONFIRMED) :])


@dataclass(frozen=True)
class Assessment:
    """Every answer about a registry's patients, as frames in patient order.

    `patients`: one row each: molecular state over all streams, last haematological turn, what was set aside.
    `molecular`: every row of every stream (see `molecular_states`) with its ELN label. `standing`: the last row of each
    stream. `refused`: samples of markers that must not be followed. `responses`: molecular response per treatment and
    sample. `marrows`: haematological response per marrow. `course`: remissions and relapses. `risk`: the snapshot with
    each model's answer.
    """

    on: int | None
    patients: pl.DataFrame
    molecular: pl.DataFrame
    standing: pl.DataFrame
    refused: pl.DataFrame
    responses: pl.DataFrame
    marrows: pl.DataFrame
    course: pl.DataFrame
    risk: pl.DataFrame


def assess(registry: Registry, settings: Settings = DEFAULTS, on: int | None = None) -> Assessment:
    """Assess every patient of a registry, as of a day (days since 1970 or since day 0) or on all that it holds."""
    if on is not None:
        registry = registry.as_of(on)
    marrows = marrow_responses(registry, settings)
    turns = course(registry, settings, marrows)
    molecular = _labelled(registry, molecular_states(registry, settings, turns), settings)
    standing = molecular.group_by(STREAM, maintain_order=True).last()
    risk = answer(snapshot(registry, settings, turns, GENES, on), RISK_MODELS)
    return Assessment(
        on=on,
        patients=_patients(registry, standing, turns),
        molecular=molecular,
        standing=standing,
        refused=_refused(registry),
        responses=responses_to_treatment(registry, settings),
        marrows=marrows,
        course=turns,
        risk=risk,
    )


def _labelled(registry: Registry, molecular: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add to samples the time point, the ELN label, Tiong's cohort and whether another tissue was positive that day."""

    def among(states: Sequence[MolecularState]) -> pl.Expr:
        inside = pl.col("state_possible").list.eval(pl.element().is_in(states))
        return pl.when(inside.list.all()).then(True).when(~inside.list.any()).then(False)

    on_abl1, on_other = pl.col("family") == ABL1, pl.col("family") == OTHER
    exact = pl.col("low") == pl.col("high")
    low = pl.when(exact).then("level").otherwise(pl.lit(10.0) ** pl.col("low"))
    high = pl.when(exact).then("level").otherwise(pl.lit(10.0) ** pl.col("high"))
    molecular = with_time_point(registry, molecular.with_row_index("position"), settings)
    detected, adequate = pl.col("detected_code"), pl.col("adequate_code")
    questions = molecular.with_columns(
        marker_suitable=pl.lit(True),
        low_level_rule=has_low_level_rule(),
        in_remission=~among([MolecularState.OUTSIDE_REMISSION]),
        relapse=among(RELAPSING),
        negative=pl.when((detected == NO) & (adequate == YES)).then(True).when(detected == YES).then(False),
        percent_low=pl.when(on_abl1).then(low),
        percent_high=pl.when(on_abl1).then(high),
        detectable=pl.when(detected == YES).then(True).when((detected == NO) & (adequate == YES)).then(False),
        after_chemotherapy=pl.when(pl.col("time_point").is_in([TimePoint.END_OF_TREATMENT, TimePoint.FOLLOW_UP]))
        .then(True)
        .when(pl.col("time_point").is_not_null())
        .then(False),
        level_low_pct=pl.when(on_other).then(low),
        level_high_pct=pl.when(on_other).then(high),
        second_sample=_truth("confirmed"),
        tenfold_rise=_truth("rise"),
        earlier_negative=_truth("earlier_negative"),
    )
    answered = answer(questions, [ELN_LABEL, COHORT]).sort("position").drop("position")
    return _concordant(answered)


def _truth(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != UNKNOWN).then(pl.col(column) == YES)


def _concordant(molecular: pl.DataFrame) -> pl.DataFrame:
    """Mark samples whose marker was detected in more than one tissue on that day: concordant, which is not confirmation."""
    detected = molecular.filter((pl.col("row") == "sample") & (pl.col("detected_code") == YES))
    several = (
        detected.group_by("patient_id", "marker", "order")
        .agg(concordant=pl.col("tissue").n_unique() > 1)
        .filter("concordant")
    )
    joined = molecular.join(several, on=["patient_id", "marker", "order"], how="left", maintain_order="left")
    positive_sample = (pl.col("row") == "sample") & (pl.col("detected_code") == YES)
    return joined.with_columns(concordant=pl.col("concordant").fill_null(False) & positive_sample)


def _patients(registry: Registry, standing: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """One row per patient. The molecular state is the gravest of the streams; of sets, every state it can still be."""
    severity = {state: rank for rank, state in enumerate(STATES)}
    ranks = standing.select(
        "patient_id",
        "state_decided_by",
        ranks=pl.col("state_possible").list.eval(pl.element().replace_strict(severity, return_dtype=pl.Int64)),
    )
    floor = ranks.group_by("patient_id").agg(floor=pl.col("ranks").list.min().max())
    possible = (
        ranks.explode("ranks")
        .join(floor, on="patient_id")
        .filter(pl.col("ranks") >= pl.col("floor"))
        .group_by("patient_id")
        .agg(
            state_possible=pl.col("ranks")
            .unique()
            .sort()
            .replace_strict({rank: state for state, rank in severity.items()}, return_dtype=pl.String),
            state_decided_by=pl.col("state_decided_by").explode().drop_nulls().unique().sort(),
        )
    )
    last_turn = turns.group_by("patient_id", maintain_order=True).agg(
        last_turn=pl.col("kind").last(),
        last_turn_source=pl.col("source").last(),
        last_turn_day=pl.col("earliest_day").last(),
    )
    set_aside = registry.set_aside.group_by("patient_id").agg(records_set_aside=pl.len())
    patients = registry.patient_ids()
    for frame in (possible, last_turn, set_aside):
        patients = patients.join(frame, on="patient_id", how="left")
    several = pl.col("state_possible").list.len() > 1
    return patients.with_columns(
        pl.col("records_set_aside").fill_null(0),
        molecular_state=pl.when(~several).then(pl.col("state_possible").list.first()),
        state_decided_by=pl.when(several).then("state_decided_by").otherwise(pl.lit([], pl.List(pl.String))),
    )


def _refused(registry: Registry) -> pl.DataFrame:
    """Samples of markers that must not be followed, with the reason."""
    why = pl.DataFrame(
        [(marker, rule.why, rule.citation) for marker, rule in MARKERS.items() if not rule.suitable],
        {"marker": pl.String, "why": pl.String, "citation": pl.String},
        orient="row",
    )
    samples = registry.table("mrd_samples").filter(~suitable())
    return samples.select("patient_id", "sample_id", "marker").join(why, on="marker", how="left", maintain_order="left")


def together(parts: Sequence[Assessment]) -> Assessment:
    """Join the assessments of batches of whole patients, in patient order."""
    frames = {
        name: pl.concat([getattr(part, name) for part in parts], how="vertical_relaxed")
        for name, value in vars(parts[0]).items()
        if isinstance(value, pl.DataFrame)
    }
    return Assessment(on=parts[0].on, **frames)
