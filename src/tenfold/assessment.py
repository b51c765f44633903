"""The whole assessment: patients in, every answer out. Every surface and every engine calls this one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

import polars as pl

from tenfold.catalogue import RISK_AT_DIAGNOSIS, RISK_AT_PRESENT
from tenfold.conflicts import conflicts
from tenfold.diagnosis import diagnostic_picture, first_line, planned
from tenfold.genetics import classes
from tenfold.genetics.evolution import evolution
from tenfold.genetics.variants import found_variants
from tenfold.guidance.options.beside import day_of_approvals, questions, with_approvals
from tenfold.guidance.picture import guidance_picture
from tenfold.guidance.remission.after_remission import AFTER_REMISSION_QUESTIONS
from tenfold.guidance.remission.due_samples import next_samples
from tenfold.guidance.remission.journey import JOURNEY_QUESTIONS
from tenfold.guidance.remission.picture import remission_picture, schedules
from tenfold.guidance.remission.stopping import STOPPING_QUESTIONS
from tenfold.history import history
from tenfold.logic.answering import answer
from tenfold.logic.at_once import at_once
from tenfold.logic.kept import kept
from tenfold.mrd.cautions import cautions
from tenfold.mrd.cutoffs import against_cutoffs
from tenfold.mrd.labelled import concordant, labelled
from tenfold.mrd.molecular_memory import Reason
from tenfold.mrd.molecular_response import responses_to_treatment
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.qualified import responses_with_mrd
from tenfold.mrd.reduction import measured_samples
from tenfold.mrd.samples import STREAM, counts, refused
from tenfold.mrd.streams import molecular_states
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.response.course import course, marrow_responses
from tenfold.response.eln2022 import response_decision
from tenfold.response.refractory_course import refractory
from tenfold.risk.beataml2024 import BEAT_AML_2024
from tenfold.risk.eln2022 import ELN_2022
from tenfold.risk.venprs import GENES
from tenfold.settings import DEFAULTS, Settings
from tenfold.snapshot import snapshot
from tenfold.vocabulary import MolecularState

RISK_MODELS = RISK_AT_PRESENT
"""Asked of the present picture."""
DIAGNOSTIC_MODELS = tuple(model for model in RISK_AT_DIAGNOSIS if model is not BEAT_AML_2024)
"""Asked of the picture at diagnosis; Beat AML then of their answers."""
CLASSES = classes.QUESTIONS
ALL_MODELS = (*RISK_MODELS, *DIAGNOSTIC_MODELS, BEAT_AML_2024)
CLINICAL = ("relapsed_or_refractory", "in_remission", "prior_hma", "prior_venetoclax", "hma_venetoclax", "age_years")
"""What the models at diagnosis read of the present picture."""
STATES = tuple(MolecularState)
SILENT = [
    MOLECULAR_STATE.reasons[reason][0]
    for reason in (Reason.OTHER_THERAPY, Reason.STILL_IN_REMISSION, Reason.RECORDS_INCOMPLETE)
]
"""Reasons of rows that say nothing about residual disease: no reason for where a patient stands."""


def part(work: Callable[[Assessment], pl.DataFrame]) -> kept[pl.DataFrame]:
    """A frame of an assessment, worked out when it is first asked for."""

    @wraps(work)
    def worked_out(assessment: Assessment) -> pl.DataFrame:
        given = assessment.given(work.__name__)
        if given is not None:
            return given
        return at_once(lambda: work(assessment), assessment.registry.patient_ids().height)

    return kept(worked_out)


@dataclass(frozen=True, eq=False)
class Assessment:
    """Every answer about a registry's patients, as frames in patient order, with the registry as it was known that day.

    Each part is worked out when it is first asked for, from those that it names. `given` has the parts that come from
    elsewhere, by name: those of another assessment of more patients, say.
    """

    registry: Registry
    settings: Settings
    on: int | None
    given: Callable[[str], pl.DataFrame | None] = lambda name: None

    @part
    def patients(self) -> pl.DataFrame:
        """One row each: molecular state over all streams, last haematological turn, what was set aside."""
        return _patients(self.registry, self.standing, self.course)

    @part
    def marrows(self) -> pl.DataFrame:
        """Haematological response per marrow."""
        return marrow_responses(self.registry, self.settings)

    @part
    def course(self) -> pl.DataFrame:
        """Remissions and relapses."""
        return course(self.registry, self.settings, self.marrows)

    @part
    def molecular(self) -> pl.DataFrame:
        """Every row of every stream (see `molecular_states`) with its ELN label."""
        states = molecular_states(self.registry, self.settings, self.course, self._samples)
        return concordant(labelled(self.registry, states, self.settings))

    @part
    def standing(self) -> pl.DataFrame:
        """The last row of each stream."""
        return self.molecular.group_by(STREAM, maintain_order=True).last()

    @part
    def refused(self) -> pl.DataFrame:
        """Samples of markers that must not be followed."""
        return refused(self.registry)

    @part
    def responses(self) -> pl.DataFrame:
        """Molecular response per treatment and sample."""
        return responses_to_treatment(self.registry, self.settings, self._samples)

    @part
    def risk(self) -> pl.DataFrame:
        """The snapshot with the answer of each model that is asked of it."""
        return answer(self._present, RISK_MODELS)

    @part
    def diagnosis(self) -> pl.DataFrame:
        """The genetic picture at diagnosis with every model that reads it."""
        return _at_diagnosis(self.registry, self.settings, self.course, self._present, self.on)

    @part
    def evolution(self) -> pl.DataFrame:
        """What became of each mutation from one sample to the next."""
        return _evolution(self.registry)

    @part
    def guidance(self) -> pl.DataFrame:
        """The guidance picture with where every option and step stands."""
        picture = guidance_picture(
            self.registry, self.settings, self.molecular, self._present, self.diagnosis, self.course, self.on
        )
        day, _ = day_of_approvals(self.registry.date_of(self.on))
        return answer(with_approvals(picture, day), questions(self.settings))

    @part
    def remission(self) -> pl.DataFrame:
        """What may follow a remission, and the question of stopping."""
        return answer(self._after, (*STOPPING_QUESTIONS, *AFTER_REMISSION_QUESTIONS, *JOURNEY_QUESTIONS))

    @part
    def next_samples(self) -> pl.DataFrame:
        """When the next sample of each stream is due."""
        plans = schedules(self.molecular, self.diagnosis, self._after, self.on)
        return next_samples(plans, self.molecular, self.settings, self.on)

    @part
    def history(self) -> pl.DataFrame:
        """Every dated fact, recorded or derived, in order."""
        return history(self.registry, self.course, self.molecular)

    @part
    def cutoffs(self) -> pl.DataFrame:
        """Each sample against each published cut-off of its marker and tissue."""
        return against_cutoffs(self.registry, self.molecular.filter(counts()))

    @part
    def cautions(self) -> pl.DataFrame:
        """What to keep in mind."""
        return cautions(self.molecular)

    @part
    def remissions(self) -> pl.DataFrame:
        """Documented remissions with their molecular depth."""
        return responses_with_mrd(self.registry, self.settings, self.course, self.molecular)

    @part
    def conflicts(self) -> pl.DataFrame:
        """Recorded against derived."""
        return conflicts(self.registry, self.course, self.marrows, self.molecular)

    @part
    def refractory(self) -> pl.DataFrame:
        """Each marrow after treatment against four readings of refractory leukaemia."""
        reading = response_decision(self.settings["response.cri_reading"])
        return refractory(self.registry, self.course, self.marrows, reading)

    @part
    def _samples(self) -> pl.DataFrame:
        return measured_samples(self.registry, self.settings)

    @part
    def _present(self) -> pl.DataFrame:
        return snapshot(self.registry, self.settings, self.course, GENES, self.on)

    @part
    def _after(self) -> pl.DataFrame:
        return remission_picture(self.registry, self.settings, self.molecular, self.risk, self.diagnosis, self.on)

    def worked_out(self) -> Assessment:
        """Work out every part now, so that what cannot be worked out is known, and return the assessment."""
        at_once(lambda: [getattr(self, name) for name in PARTS], self.registry.patient_ids().height)
        return self


PARTS = tuple(name for name, value in vars(Assessment).items() if isinstance(value, kept) and not name.startswith("_"))
"""The names of an assessment's frames."""


def assess(registry: Registry, settings: Settings = DEFAULTS, on: date | int | None = None) -> Assessment:
    """Assess every patient of a registry, as of a day (a date, or days since 1970 or since day 0) or on all that it holds."""
    if on is None:
        return Assessment(registry, settings, None)
    return Assessment(registry.as_of(on), settings, registry.day_number(on))


def _at_diagnosis(
    registry: Registry, settings: Settings, turns: pl.DataFrame, present: pl.DataFrame, on: int | None
) -> pl.DataFrame:
    """The picture at diagnosis with every model that reads it."""
    picture = diagnostic_picture(registry, settings, turns)
    for frame in (present.select("patient_id", *CLINICAL), planned(registry, on), first_line(registry, turns)):
        picture = picture.join(frame, on="patient_id", how="left", maintain_order="left")
    reading = settings["risk.disputed_footnotes"]
    never = pl.when(pl.col("ever_in_remission")).then(False).when(pl.col("relapsed_or_refractory")).then(True)
    asked = picture.with_columns(
        footnote_reading=pl.lit(None if reading == "both" else reading, pl.String),
        never_in_remission=never,
        remission_reached=pl.coalesce("remission_on_first_line", pl.when(never).then(False)),
    )
    answered = answer(asked, (*DIAGNOSTIC_MODELS, *CLASSES))
    return answer(answered.with_columns(eln_2022_risk=pl.col(ELN_2022.key)), [BEAT_AML_2024])


def _evolution(registry: Registry) -> pl.DataFrame:
    """What became of each mutation between samples, in the order of the facts."""
    tested = known_on(registry, placed(registry, "genes_tested"), "variants", "recorded").filter("recorded")
    treatments = placed(registry, "treatments") if registry.recorded("treatments") else None
    return evolution(found_variants(registry), tested.drop("recorded"), treatments)


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


def model_rows(assessment: Assessment, patient_id: str) -> dict[str, dict[str, Any]]:
    """Return a patient's answered row by the name of each risk model. KeyError for a patient who is not there."""
    mine = pl.col("patient_id") == patient_id
    present, diagnosis = (frame.filter(mine).to_dicts() for frame in (assessment.risk, assessment.diagnosis))
    if not present:
        raise KeyError(f"no patient {patient_id} in this assessment")
    return {model.name: (present if model in RISK_MODELS else diagnosis)[0] for model in ALL_MODELS}


def together(parts: Sequence[Assessment]) -> Assessment:
    """Join the assessments of batches of whole patients, in patient order."""
    frames = {name: pl.concat([getattr(each, name) for each in parts], how="vertical_relaxed") for name in PARTS}
    registry = Registry.concat([each.registry for each in parts])
    return Assessment(registry, parts[0].settings, parts[0].on, frames.get)
