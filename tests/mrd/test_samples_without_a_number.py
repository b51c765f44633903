"""Samples that the centre did not number are told apart all the same, by tissue and day."""

from __future__ import annotations

import warnings
from typing import Any

import polars as pl
from test_cutoffs_and_cautions import assessed, level, sample

from tenfold.reports.card import card

SAMPLES = [
    level(0, 5200.0),
    sample(160, detected="no"),
    level(240, 0.065),
    level(240, 0.03, tissue="blood", sample_id="blood of that day"),
    level(240, 0.02, sample_id="a second of that day"),
    level(268, 0.95),
]


def unnumbered() -> Any:
    return assessed([one | {"sample_id": None} for one in SAMPLES])


def test_each_is_called_by_tissue_and_day_and_a_second_of_one_day_is_counted() -> None:
    named = set(unnumbered().molecular.filter(row="sample")["sample_id"])
    assert {"marrow 2023-01-01", "marrow 2023-08-29", "marrow 2023-08-29 (2)", "blood 2023-08-29"} <= named


def test_the_states_and_cutoffs_are_those_of_numbered_samples() -> None:
    columns = [pl.col("state"), pl.col("relapse_number"), pl.col("compared_with").is_not_null()]
    assert unnumbered().molecular.select(columns).equals(assessed(SAMPLES).molecular.select(columns))
    assert unnumbered().cutoffs.drop("sample_id").equals(assessed(SAMPLES).cutoffs.drop("sample_id"))


def test_the_page_names_the_first_sample_of_the_relapse_and_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = card(unnumbered(), "A")
    [marrow] = [stream for stream in page["streams"] if stream["tissue"] == "marrow"]
    assert page["molecular_state"]["relapse"] == "first sample of the relapse: marrow 2023-08-29, 29 August 2023"
    assert all(row["sample_id"] for row in marrow["history"] if row["what"] == "sample")
    assert marrow["cutoffs"]
