"""Whether two assessments say the same of the same patients, up to their pseudonyms and the shift of their dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import polars as pl

from tenfold.assessment import PARTS, Assessment
from tenfold.records.deidentify import Deidentified
from tenfold.records.registry import Registry

NOWHERE: Mapping[int, int] = MappingProxyType({})
FAR = 10**8
"""Days beyond it are bounds of what is not known, and do not move."""
MOVES = re.compile(r"(^|_)(day|order|until|from|earliest|latest)$|^order_line$|^start_(low|high)$|^line_(start|order)$")
LAST = ("last_before", "sample_earliest", "phase_order", "at_risk_from")
LABELS = ("laboratory_code", "pre_laboratory")
"""Ranks of names: which of two laboratories comes first in the alphabet says nothing."""
PSEUDONYM = re.compile(r"\b[PSLG][A-Z2-7]{16}(?:-\d{3})?\b")


def names_before(registry: Registry, found: Deidentified) -> dict[str, str]:
    """Each pseudonym with what it stands for, read off the rows of both registries."""
    own = dict(zip(found.link["pseudonym"], found.link["patient_id"], strict=True))
    new = found.registry.table("mrd_samples").with_columns(pl.col("patient_id").replace(own))
    old = registry.table("mrd_samples")
    if not old.height:
        return own
    # Rows of a patient keep their order.
    old = old.sort("patient_id", maintain_order=True)
    new = new.sort("patient_id", maintain_order=True)
    for column in ("sample_id", "laboratory"):
        own |= {
            after: before
            for after, before in zip(new[column], old[column], strict=True)
            if after is not None and after != before
        }
    return own


def differences(
    before: Mapping[str, pl.DataFrame],
    after: Mapping[str, pl.DataFrame],
    names: Mapping[str, str],
    shift: Mapping[str, int],
    places: Mapping[str, Mapping[int, int]] = MappingProxyType({}),
) -> list[str]:
    """Where the frames of two answers differ, in words; `shift`: days that were added to each patient's dates; `places`: of
    patients whose facts are in a sequence, each place with the new one.
    """
    told: list[str] = []
    for name, old in before.items():
        new = after[name]
        if old.columns != new.columns or old.height != new.height:
            told.append(f"{name}: {old.shape} became {new.shape}")
            continue
        if "patient_id" not in old.columns:
            told += [] if old.equals(new) else [f"{name} differs"]
            continue
        new = new.with_columns(pl.col("patient_id").replace(dict(names)))
        pairs = zip(
            old.sort("patient_id", maintain_order=True).iter_rows(named=True),
            new.sort("patient_id", maintain_order=True).iter_rows(named=True),
            strict=True,
        )
        for row, other in pairs:
            moved = shift[row["patient_id"]]
            for column, value in row.items():
                if not _same(column, value, other[column], names, moved, places.get(row["patient_id"], NOWHERE)):
                    told.append(f"{name}.{column} of {row['patient_id']}: {value!r} became {other[column]!r}")
    return told


def frames_of(assessment: Assessment) -> dict[str, pl.DataFrame]:
    return {name: getattr(assessment, name) for name in PARTS}


def _same(column: str, old: Any, new: Any, names: Mapping[str, str], moved: int, places: Mapping[int, int]) -> bool:
    if column in LABELS:
        return (old is None) == (new is None)
    if isinstance(old, bool) or old is None or new is None:
        return old is new
    if isinstance(old, list):
        if len(old) != len(new):
            return False
        if all(isinstance(one, str) for one in (*old, *new)):
            return sorted(old) == sorted(_named(one, names) for one in new)
        return all(_same(column, a, b, names, moved, places) for a, b in zip(old, new, strict=True))
    if isinstance(old, dict):
        return all(_same(key, old[key], new[key], names, moved, places) for key in old)
    if isinstance(old, str):
        return old == _named(new, names)
    if isinstance(old, int):
        moves = bool(MOVES.search(column)) or column in LAST
        if moves and places:  # a place in a sequence is counted anew, a day moves
            return new in (places.get(old, old), old + moved)
        return bool(new == (old + moved if moves and abs(old) < FAR else old))
    if isinstance(old, float):
        return bool(old == new or abs(old - new) <= 1e-9 * max(abs(old), abs(new)) or (old != old and new != new))
    return bool(old == new)


def _named(text: str, names: Mapping[str, str]) -> str:
    return PSEUDONYM.sub(lambda found: names.get(found.group(), found.group()), text)
