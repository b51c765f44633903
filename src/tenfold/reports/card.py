"""One patient's card: every answer with its because, as plain data that the text, the page and JSON all show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from tenfold.assessment import RISK_MODELS, Assessment
from tenfold.catalogue import find
from tenfold.logic.decision import Question, Score
from tenfold.logic.explain import explain
from tenfold.logic.fold import NO, YES
from tenfold.mrd.label import ELN_LABEL
from tenfold.mrd.levels import ABL1, OTHER
from tenfold.mrd.molecular_response import MOLECULAR_RESPONSE
from tenfold.mrd.molecular_state import MOLECULAR_STATE, Reason
from tenfold.mrd.streams import STREAM
from tenfold.mrd.tiong import COHORT
from tenfold.records import Registry
from tenfold.records.timeline import FAR
from tenfold.vocabulary import Scale

SCALES = {
    Scale.PERCENT_ABL1: "% of ABL1",
    Scale.PER_1E4_ABL1: "per 10⁴ ABL1",
    Scale.PER_1E5_ABL1: "per 10⁵ ABL1",
    Scale.PERCENT_OF_DIAGNOSIS: "% of the diagnostic level",
    Scale.PERCENT_VAF: "% VAF",
    Scale.PERCENT_CD45: "% of CD45+ cells",
}


SILENT = [
    MOLECULAR_STATE.reasons[reason][0]
    for reason in (Reason.OTHER_THERAPY, Reason.STILL_IN_REMISSION, Reason.RECORDS_INCOMPLETE)
]
"""Reasons of rows that say nothing about residual disease: left out of the history."""


def card(registry: Registry, assessment: Assessment, patient_id: str) -> dict[str, Any]:
    """Return a patient's card: identity, molecular state by stream, responses, course, risk, and what is set aside."""
    mine = pl.col("patient_id") == patient_id
    person = registry.table("patients").filter(mine).to_dicts()
    summary = assessment.patients.filter(mine).to_dicts()[0]
    return {
        "patient_id": patient_id,
        "sex": person[0]["sex"] if person else None,
        "as_of": None if assessment.on is None else registry.format_day(assessment.on),
        "day_zero": person[0]["day_zero"] if person else None,
        "simulated": registry.simulated,
        "molecular_state": {
            "state": summary["molecular_state"],
            "possible": summary["state_possible"] or [],
            "decided_by": summary["state_decided_by"] or [],
        },
        "streams": _streams(registry, assessment, patient_id),
        "refused_markers": assessment.refused.filter(mine).to_dicts(),
        "molecular_responses": _molecular_responses(registry, assessment, patient_id),
        "course": [
            {"day": place(registry, row), "what": row["kind"], "source": row["source"]}
            for row in assessment.course.filter(mine).to_dicts()
        ],
        "marrows": _marrows(registry, assessment, patient_id),
        "reported": _reported(registry, patient_id),
        "risk": [_risk(model, row) for row in assessment.risk.filter(mine).to_dicts() for model in RISK_MODELS],
        "set_aside": registry.set_aside.filter(mine).select("file", "line", "text").to_dicts(),
    }


def place(registry: Registry, row: Mapping[str, Any]) -> str:
    """A row's day in words; where it is not known, what it lies between."""
    low, high = row["earliest_day"], row["latest_day"]
    if low is None:
        return "undated"
    if low == high:
        return registry.format_day(low)
    parts = []
    if low > -FAR:
        parts.append(f"on or after {registry.format_day(low)}")
    if high < FAR:
        parts.append(f"up to {registry.format_day(high)}")
    return "day not published" + (f" ({', '.join(parts)})" if parts else "")


def _streams(registry: Registry, assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    rows = assessment.molecular.filter(pl.col("patient_id") == patient_id)
    streams = []
    for (_, marker, tissue, method), stream in rows.group_by(STREAM, maintain_order=True):
        history = [
            _molecular_row(registry, row)
            for row in stream.filter(~pl.col("reason").is_in(SILENT).fill_null(False)).to_dicts()
        ]
        last = stream.to_dicts()[-1]
        samples = stream.filter(pl.col("row") == "sample").to_dicts()
        streams.append(
            {
                "marker": marker,
                "tissue": tissue,
                "method": method,
                "state": last["state"],
                "possible": last["state_possible"],
                "decided_by": last["state_decided_by"],
                "because": last["reason"],
                "citation": last["reason_citation"],
                "history": history,
                "label": explain(ELN_LABEL, samples[-1]).as_data() if samples else None,
                "cohort": explain(COHORT, samples[-1]).as_data() if samples else None,
            }
        )
    return streams


def _molecular_row(registry: Registry, row: Mapping[str, Any]) -> dict[str, Any]:
    is_sample = row["row"] == "sample"
    return {
        "day": place(registry, row),
        "what": row["row"],
        "detail": row["detail"],
        "sample_id": row["sample_id"],
        "level": level_in_words(row) if is_sample else None,
        "state": row["state"],
        "possible": row["state_possible"],
        "decided_by": row["state_decided_by"],
        "because": row["reason"],
        "citation": row["reason_citation"],
        "compared_with": row["compared_with"],
        "relapse_number": row["relapse_number"],
        "relapse_dated_at": row["relapse_sample_id"],
        "time_point": row["time_point"] if is_sample else None,
        "label": row[ELN_LABEL.key] if is_sample else None,
        "concordant": row["concordant"],
    }


def level_in_words(row: Mapping[str, Any]) -> str:
    """A sample's result as a laboratory would write it, never without its scale."""
    if row["detected_code"] == NO:
        adequate = {YES: "", NO: ", sample not adequate"}.get(row["adequate_code"], ", adequacy not recorded")
        sensitivity = f", sensitivity {row['sensitivity']:g}" if row["sensitivity"] else ""
        return f"not detected{sensitivity}{adequate}"
    if row["detected_code"] != YES:
        return "result not known"
    if math.isinf(row["low"]):
        if math.isinf(row["high"]):
            return "detected, level not known"
        return f"detected, not quantifiable (at most {10 ** row['high']:.3g} {_family(row)})"
    if row["value"] is None:
        return f"{row['level']:.4g} % of ABL1 (from copies)"
    said = f"{row['value']:g} {SCALES.get(row['scale'], row['scale'])}"
    converted = row["family"] == ABL1 and row["scale"] != Scale.PERCENT_ABL1
    return f"{said} ({row['level']:.4g} % of ABL1)" if converted else said


def _family(row: Mapping[str, Any]) -> str:
    return SCALES.get(row["scale"], "") if row["family"] == OTHER else "% of ABL1"


def _molecular_responses(registry: Registry, assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    rows = (
        assessment.responses.filter(pl.col("patient_id") == patient_id).sort("order", "tissue", "sample_id").to_dicts()
    )
    return [
        {
            "regimen": row["regimen"],
            "marker": row["marker"],
            "tissue": row["tissue"],
            "sample_id": row["sample_id"],
            "day": place(registry, row),
            "level": level_in_words(row),
            "compared_with": row["pretreatment_sample_id"],
            **explain(MOLECULAR_RESPONSE, row).as_data(),
        }
        for row in rows
    ]


def _marrows(registry: Registry, assessment: Assessment, patient_id: str) -> list[dict[str, Any]]:
    marrows = []
    for row in assessment.marrows.filter(pl.col("patient_id") == patient_id).sort("order").to_dicts():
        question = find("ELN-2022-response")[0]
        renamed = {
            **row,
            **{f"{question.key}{s}": row[f"response{s}"] for s in ("", "_possible", "_decided_by", "_exact", "_scope")},
        }
        marrows.append(
            {
                "day": place(registry, row),
                "extramedullary_assumed_absent": row["extramedullary_assumed"],
                **explain(question, renamed).as_data(),
            }
        )
    return marrows


def _reported(registry: Registry, patient_id: str) -> dict[str, Any]:
    mine = pl.col("patient_id") == patient_id
    responses = (
        registry.table("responses").filter(mine).select("reported_response", "reported_mrd", "criteria", "source")
    )
    outcomes = registry.table("reported_outcomes").filter(mine).drop("patient_id")
    return {"responses": responses.to_dicts(), "outcomes": outcomes.to_dicts()}


def _risk(model: Question, row: Mapping[str, Any]) -> dict[str, Any]:
    data = {"model": model.name, **explain(model, row).as_data()}
    if isinstance(model, Score):
        data["score"] = [_plain(row[f"{model.key}_low"]), _plain(row[f"{model.key}_high"])]
    return data


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
