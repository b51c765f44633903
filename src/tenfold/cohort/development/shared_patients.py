"""Whether patients that a model is judged in are those it was made from: what it does in them is no validation.

Frames tell it patient by patient: by patient_id where both have it, else by time, event and every input. A model's file
holds no patient; it holds one digest of the registry it was made from, by which that registry is known again.

Trap: a registry that has grown since, or was exported with other identifiers, is not known again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.records.registry import Registry

ID = "patient_id"
INSTEAD = ": that is no validation. Name other patients, or none"
UNCHANGING = (ID, "sex", "birth_date", "age_at_diagnosis_years", "diagnosis_date")
"""What a registry says of a patient and further follow-up does not change."""


def told_apart(
    developed: pl.DataFrame, here: pl.DataFrame, columns: Sequence[str], outcome: Sequence[str]
) -> str | None:
    """Say how many patients of `here` the model was made from; null for none.

    `columns`: what the model reads; `outcome`: its time and event, or its response. ValueError in words where all of them
    are. Without patient_id rows are compared, which whole months or a response alone tell too little of: then only files
    that are the same throughout are known.
    """
    if ID in developed.columns and ID in here.columns:
        return _by_id(developed, here, outcome)
    keys = [name for name in (*outcome, *columns) if name in developed.columns and name in here.columns]
    if not set(outcome) <= set(keys) or not here.height:
        return None
    before, now = _plain(developed, here, keys)
    if before.height == now.height and before.sort(keys).equals(now.sort(keys)):
        raise ValueError(
            f"the {now.height} patients to validate in are row by row those the model is made from{INSTEAD}"
        )
    times = now[keys[0]]
    if len(outcome) < 2 or not times.dtype.is_float() or (times == times.floor()).all():
        return None
    same = now.join(before.unique(), on=keys, how="semi", nulls_equal=True).height
    if not same:
        return None
    return f"{same} of {now.height} have time, event and inputs of one the model was made from: make sure that they are others"


def _by_id(developed: pl.DataFrame, here: pl.DataFrame, outcome: Sequence[str]) -> str | None:
    keys = [ID, *(name for name in outcome if name in developed.columns and name in here.columns)]
    before, now = _plain(developed, here, keys)
    same = now.join(before.unique(), on=keys, how="semi", nulls_equal=True).height
    if same and same == now.height:
        raise ValueError(f"all {same} patients to validate in are among those the model is made from{INSTEAD}")
    if same:
        return (
            f"{same} of {now.height} patients are among those the model was made from (the same {', '.join(keys)}): in them it"
            " looks better than it is; leave them out"
        )
    ids = now.join(before.select(ID).unique(), on=ID, how="semi").height
    if ids:
        return f"{ids} of {now.height} have the patient_id of one the model was made from, with another outcome: make sure that they are others"
    return None


def _plain(developed: pl.DataFrame, here: pl.DataFrame, keys: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The columns of both, made comparable: numbers, yes and no as numbers; all else as text."""
    told = []
    for name in keys:
        kinds = (developed[name].dtype, here[name].dtype)
        numbers = name != ID and all(kind.is_numeric() or kind == pl.Boolean for kind in kinds)
        told.append(pl.col(name).cast(pl.Float64).round(6) if numbers else pl.col(name).cast(pl.String))
    return developed.select(told), here.select(told)


def digest_of(registry: Registry) -> str:
    """A digest of who is in a registry; it does not change with further follow-up."""
    patients = registry.tables.get("patients")
    frame = registry.patient_ids() if patients is None else patients
    rows = frame.select(pl.col(name).cast(pl.String) for name in UNCHANGING if name in frame.columns).sort(ID)
    return hashlib.sha256(repr(rows.rows()).encode()).hexdigest()[:32]


def made_from(provenance: Mapping[str, Any], registry: Registry) -> bool:
    """Whether a model's file says that it was made from the patients of a registry."""
    held = provenance.get("patients_digest")
    return held is not None and held == digest_of(registry)
