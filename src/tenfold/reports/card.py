"""One patient's card: every answer with its because, as plain data that the text, the page and JSON all show."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from tenfold.assessment import RISK_MODELS, SILENT, Assessment
from tenfold.logic.at_once import of_one_patient
from tenfold.logic.explain import explain
from tenfold.mrd.molecular_response import molecular_response
from tenfold.mrd.qualified import RESPONSE_WITH_MRD
from tenfold.mrd.samples import STREAM
from tenfold.records import Registry
from tenfold.records.timeline import placed
from tenfold.reports.genetics import genetics_of
from tenfold.reports.models import models_of
from tenfold.reports.streams import level_in_words, place, streams_of
from tenfold.response.eln2022 import response_decision
from tenfold.response.refractory_course import READINGS
from tenfold.vocabulary import EventKind


@of_one_patient
def card(assessment: Assessment, patient_id: str) -> dict[str, Any]:
    """Return a patient's card: identity, molecular state by stream, responses, course, risk, and what is set aside.

    KeyError for a patient who is not in the assessment.
    """
    registry = assessment.registry
    mine = pl.col("patient_id") == patient_id
    person = registry.table("patients").filter(mine).to_dicts()
    if patient_id not in assessment.patients["patient_id"]:
        raise KeyError(f"no patient {patient_id} in this assessment")
    summary = assessment.patients.filter(mine).to_dicts()[0]
    last = registry.patient(patient_id).last_entry()
    return {
        "patient_id": patient_id,
        "sex": person[0]["sex"] if person else None,
        "age": _age(registry, patient_id),
        "as_of": None if assessment.on is None else registry.format_day(assessment.on),
        "last_entry": None if last is None else registry.format_day(last),
        "day_zero": person[0]["day_zero"] if person else None,
        "simulated": registry.simulated,
        "died": _death(registry, patient_id),
        "molecular_state": {
            "state": summary["molecular_state"],
            "possible": summary["state_possible"] or [],
            "decided_by": summary["state_decided_by"] or [],
            "since": _since(assessment, patient_id, summary["molecular_state"]),
            "relapse": _relapse(registry, assessment, patient_id),
        },
        "streams": streams_of(registry, assessment, patient_id),
        "refused_markers": assessment.refused.filter(mine).to_dicts(),
        "molecular_responses": _molecular_responses(registry, assessment, patient_id),
        "course": [
            {"day": place(registry, row), "what": row["kind"], "source": row["source"]}
            for row in assessment.course.filter(mine).to_dicts()
        ],
        "remissions": _remissions(registry, assessment, patient_id),
        "conflicts": _conflicts(registry, assessment, patient_id),
        "refractory": _refractory(assessment, patient_id),
        "marrows": _marrows(registry, assessment, patient_id),
        "reported": _reported(registry, patient_id),
        "risk": [
            {"model": model.name, **explain(model, row).as_data()}
            for row in assessment.risk.filter(mine).to_dicts()
            for model in RISK_MODELS
        ],
        **models_of(assessment, patient_id),
        **genetics_of(assessment, patient_id),
        "set_aside": registry.set_aside.filter(mine).select("file", "line", "text").to_dicts(),
    }


def _age(registry: Registry, patient_id: str) -> str | None:
    """How old the patient was, and when, as far as it is recorded."""
    person = registry.days("patients").filter(pl.col("patient_id") == patient_id).to_dicts()
    if not person:
        return None
    one = person[0]
    if one["age_at_diagnosis_years"] is not None:
        return f"{one['age_at_diagnosis_years']:g} years at diagnosis"
    if one["birth_day"] is not None and one["diagnosis_day"] is not None:
        return f"{math.floor((one['diagnosis_day'] - one['birth_day']) / 365.25)} years at diagnosis"
    return f"{one['age_years']:g} years" if one["age_years"] is not None else None


def _death(registry: Registry, patient_id: str) -> str | None:
    """When and of what the patient died, as far as it is recorded; None for a patient not known to have died."""
    mine = pl.col("patient_id") == patient_id
    person = registry.days("patients").filter(mine & pl.col("death_day").is_not_null()).to_dicts()
    events = placed(registry, "events").filter(
        mine & (pl.col("kind") == EventKind.DEATH) & pl.col("present").fill_null(True)
    )
    if person:
        return ", ".join(filter(None, [registry.format_day(person[0]["death_day"]), person[0]["cause_of_death"]]))
    found = events.to_dicts()
    return ", ".join(filter(None, [place(registry, found[0]), found[0]["detail"]])) if found else None


def _since(assessment: Assessment, patient_id: str, state: str | None) -> list[str]:
    """Why the streams that have the patient's state have it."""
    mine = (pl.col("patient_id") == patient_id) & (pl.col("state") == pl.lit(state, pl.String))
    telling = assessment.molecular.filter(mine.fill_null(False) & ~pl.col("reason").is_in(SILENT))
    last = telling.group_by(STREAM, maintain_order=True).agg(pl.col("reason").last())
    return last["reason"].unique(maintain_order=True).to_list()


def _relapse(registry: Registry, assessment: Assessment, patient_id: str) -> str | None:
    """Which molecular relapse the standing of a stream speaks of, and the day of its first sample; None for none."""
    standing = assessment.standing.filter(
        (pl.col("patient_id") == patient_id) & pl.col("relapse_sample_id").is_not_null()
    )
    rows = standing.sort("relapse_earliest_day").to_dicts()
    if not rows:
        return None
    first = rows[0]
    day = place(registry, {"earliest_day": first["relapse_earliest_day"], "latest_day": first["relapse_latest_day"]})
    return f"first sample of the relapse: {first['relapse_sample_id']}, {day}"


def _molecular_responses(registry: Registry, assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    rows = (
        assessment.responses.filter(pl.col("patient_id") == patient_id).sort("order", "tissue", "sample_id").to_dicts()
    )
    decision = molecular_response(assessment.settings["mrd.tenfold_log10"])
    explained = [explain(decision, row) for row in rows]
    return [
        {
            "regimen": row["regimen"],
            "marker": row["marker"],
            "tissue": row["tissue"],
            "sample_id": row["sample_id"],
            "day": place(registry, row),
            "level": level_in_words(row),
            "compared_with": row["pretreatment_sample_id"],
            "said": told.headline
            + (f", held against {row['pretreatment_sample_id']}" if row["pretreatment_sample_id"] else ""),
            **told.as_data(),
        }
        for row, told in zip(rows, explained, strict=True)
    ]


def _remissions(registry: Registry, assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    rows = assessment.remissions.filter(pl.col("patient_id") == patient_id).to_dicts()
    return [
        {
            "day": place(registry, row),
            "source": row["source"],
            "samples": row["samples"] or [],
            **explain(RESPONSE_WITH_MRD, row).as_data(),
        }
        for row in rows
    ]


def _conflicts(registry: Registry, assessment: Assessment, patient_id: str) -> list[str]:
    """Each conflict of recorded and derived facts, as a sentence."""

    def dated(what: str, day: int | None) -> str:
        return what if day is None else f"{what}, {registry.format_day(day)}"

    return [
        f"{row['what']}: {dated(row['recorded'], row['recorded_day'])}; but {dated(row['derived'], row['derived_day'])}"
        for row in assessment.conflicts.filter(pl.col("patient_id") == patient_id).to_dicts()
    ]


def _refractory(assessment: Assessment, patient_id: str) -> list[str]:
    """What each reading says of the last marrow after treatment, where no remission was reached."""
    rows = assessment.refractory.filter(pl.col("patient_id") == patient_id).to_dicts()
    if not rows or rows[-1]["remission_achieved"]:
        return []
    last = rows[-1]
    answered = [question for question in READINGS if last[f"{question.key}_possible"]]
    return [f"{question.edition}: {explain(question, last).headline}" for question in answered]


def _marrows(registry: Registry, assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    question = response_decision(assessment.settings["response.cri_reading"])
    return [
        {
            "day": place(registry, row),
            "extramedullary_assumed_absent": row["extramedullary_assumed"],
            **explain(question, row).as_data(),
        }
        for row in assessment.marrows.filter(pl.col("patient_id") == patient_id).sort("order").to_dicts()
    ]


def _reported(registry: Registry, patient_id: str) -> dict[str, Any]:
    mine = pl.col("patient_id") == patient_id
    responses = (
        registry.table("responses").filter(mine).select("reported_response", "reported_mrd", "criteria", "source")
    )
    outcomes = registry.table("reported_outcomes").filter(mine).drop("patient_id")
    return {"responses": responses.to_dicts(), "outcomes": outcomes.to_dicts()}
