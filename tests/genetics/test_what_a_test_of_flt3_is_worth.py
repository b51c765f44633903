"""FLT3-ITD negative: how a centre states it, and how far the statement reaches."""

from __future__ import annotations

import polars as pl
import pytest

from tenfold.genetics.variants.patient import patient_findings

NOTHING_FOUND = pl.DataFrame(schema={"patient_id": pl.String, "gene": pl.String, "kind": pl.String, "vaf": pl.Float64})


@pytest.mark.parametrize(
    ("method", "itd", "tkd", "any_mutation"),
    [
        ("ITD by fragment analysis", False, None, None),
        ("fragment analysis", False, None, None),
        ("TKD by D835 assay", None, False, None),
        ("NGS panel", False, False, False),
        (None, False, False, False),
    ],
)
def test_a_negative_reaches_as_far_as_its_method(
    method: str | None, itd: bool | None, tkd: bool | None, any_mutation: bool | None
) -> None:
    tested = pl.DataFrame({"patient_id": ["A"], "gene": ["FLT3"], "method": [method]})
    [row] = patient_findings(NOTHING_FOUND, tested).to_dicts()
    assert (row["FLT3_ITD"], row["FLT3_TKD"], row["FLT3_any"]) == (itd, tkd, any_mutation)
