"""Some patients of an assessment, and nothing of the others: what is counted or drawn of a population is of its members."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tenfold.assessment import Assessment


def only_members(assessment: Assessment, patients: pl.Series) -> Assessment:
    """Return the assessment of some patients; an id that it does not hold is simply not there."""

    def of_members(name: str) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(assessment, name)
        return frame.filter(pl.col("patient_id").is_in(patients.implode()))

    return replace(assessment, registry=assessment.registry.select(patients), given=of_members)
