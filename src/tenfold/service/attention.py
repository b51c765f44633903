"""A worklist's entries with what each rests on, so that a signed closing holds for what was seen and for nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.worklist import COLUMNS, worklist

WITH_WHAT = {**COLUMNS, "rests_on": pl.String}
"""The columns of an entry with what it rests on."""
WITH_THE_DAYS = ("urgency", "overdue_days", "reminder", "closes_by")
"""What changes as days pass, or only follows from the rest: no part of what an entry rests on."""


def entries_of(assessment: Assessment) -> pl.DataFrame:
    """The worklist of an assessment with `rests_on`, a digest of each entry and of the MRD samples it speaks of.

    It stays the same as days pass. A sample that comes, goes or is corrected changes it, as does another judgement.
    """
    entries = worklist(assessment)
    samples: dict[str, list[dict[str, Any]]] = {}
    table = assessment.registry.table("mrd_samples")
    for row in table.filter(pl.col("patient_id").is_in(entries["patient_id"].unique().implode())).to_dicts():
        samples.setdefault(row["patient_id"], []).append(row)
    digests = [_digest(one, samples.get(one["patient_id"], [])) for one in entries.to_dicts()]
    return entries.with_columns(rests_on=pl.Series(digests, dtype=pl.String))


def _digest(entry: Mapping[str, Any], samples: list[dict[str, Any]]) -> str:
    said = {name: value for name, value in entry.items() if name not in WITH_THE_DAYS}
    mine = sorted(_text(one) for one in samples if entry["marker"] is not None and _spoken_of(entry, one))
    return hashlib.sha256("\n".join([_text(said), *mine]).encode()).hexdigest()


def _spoken_of(entry: Mapping[str, Any], sample: Mapping[str, Any]) -> bool:
    """Whether a sample is, or may be, of the stream of an entry; "marrow or blood" is both."""
    tissues = None if entry["tissue"] is None else entry["tissue"].split(" or ")
    return (
        sample["marker"] in (None, entry["marker"])
        and (tissues is None or sample["tissue"] is None or sample["tissue"] in tissues)
        and (entry["method"] is None or sample["method"] in (None, entry["method"]))
    )


def _text(row: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in row.items() if value is not None}, sort_keys=True, default=str)
