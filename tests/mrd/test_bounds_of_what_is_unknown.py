"""What is missing leaves open what it could have changed: a sample, a word of the laboratory, a level."""

from __future__ import annotations

from math import inf
from typing import Any

import polars as pl
import pytest

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.vocabulary import MolecularState

CR = [remission(0)]


@pytest.mark.parametrize(
    ("complete", "best"), [(True, ["detectable, below 2 %", "negative"]), (False, [None, "negative"])]
)
def test_a_sample_that_nobody_recorded_may_have_been_better_unless_negativity_was_reached_anyway(
    complete: bool, best: list[str | None]
) -> None:
    made = registry(
        responses=CR,
        mrd_samples=[sample(10, 0.5), sample(40, "neg")],
        completeness=[{"table": "mrd_samples", "complete": complete}],
    )
    assert assess(made, on=60).molecular.filter(row="sample")["best_band"].to_list() == best


@pytest.mark.parametrize(
    ("printed", "states"),
    [
        ({"value": 0.05}, {MolecularState.RELAPSE_UNCONFIRMED}),
        ({"value": 0}, {MolecularState.NEGATIVE}),
        ({"value": 0.05, "qualifier": "<"}, {MolecularState.NEGATIVE, MolecularState.RELAPSE_UNCONFIRMED}),
        (
            {"value": 0.05, "replicates_positive": 0, "replicates_run": 3},
            {MolecularState.NEGATIVE, MolecularState.RELAPSE_UNCONFIRMED},
        ),
    ],
    ids=["a level", "nought", "less than a level", "a level that the replicates contradict"],
)
def test_without_the_laboratorys_word_the_printed_level_says_whether_anything_was_detected(
    printed: dict[str, Any], states: set[MolecularState]
) -> None:
    second = sample(40, 0.05) | {"detected": None} | printed
    made = registry(responses=CR, mrd_samples=[sample(10, "neg"), second])
    assert set(assess(made, on=60).patients["state_possible"][0]) == states


def test_an_event_says_nothing_of_the_level_which_may_be_any() -> None:
    """On the scale of its laboratory and on the one that it is read on."""
    made = registry(
        responses=[remission(0), remission(70)],
        mrd_samples=[sample(10, 0.5)],
        events=[{"event_day": 50, "kind": "relapse"}],
        treatments=[line(55, "salvage")],
        transplants=[{"transplant_day": 90, "donor": "sibling"}],
        completeness=[{"table": "mrd_samples", "complete": False}],
    )
    rows = assess(made, on=100).molecular
    assert rows["row"].to_list() == [
        "records begin",
        "remission",
        "sample",
        "haematological relapse",
        "therapy",
        "remission",
        "transplant",
    ]
    bounds = rows.filter(pl.col("row") != "sample").select("low", "high", "aligned_low", "aligned_high")
    assert set(bounds.rows()) == {(-inf, inf, -inf, inf)}
