"""A treatment that is recorded with a row for each cycle is one treatment: its response is that of one row."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.mrd.molecular_response import MOLECULAR_RESPONSE, responses_to_treatment
from tenfold.settings import DEFAULTS

KEY = MOLECULAR_RESPONSE.key
BEFORE = [sample(-60, "neg"), sample(-30, 0.6), sample(-5, 6.0)]
LATER = st.lists(
    st.tuples(st.integers(1, 150), st.sampled_from(["neg", 0.02, 0.5, 3.0, 20.0, 70.0])),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[0],
)
STARTS = st.lists(st.integers(1, 140), max_size=5, unique=True)


def given_line(day: int, number: int | None = 2, **more: Any) -> dict[str, Any]:
    return line(day, "pre-emptive", "venetoclax+azacitidine", line=number, **more)


def told(treatments: list[dict[str, Any]], later: list[tuple[int, Any]], **tables: Any) -> list[Any]:
    samples = [*BEFORE, *(sample(day, level) for day, level in later)]
    made = registry(treatments=treatments, mrd_samples=samples, **tables)
    found = responses_to_treatment(made, DEFAULTS)
    columns = ["line_start", "sample_id", "pretreatment_sample_id", KEY, "fall_low", "fall_high"]
    return found.select(columns).sort("sample_id").rows()


@given(LATER, STARTS)
def test_splitting_a_treatment_into_a_row_for_each_cycle_changes_no_response(
    later: list[tuple[int, Any]], cycles: list[int]
) -> None:
    assert told([given_line(0), *map(given_line, cycles)], later) == told([given_line(0)], later)


@given(LATER, STARTS)
def test_a_regimen_named_in_one_row_of_the_line_only_is_that_of_its_cycles(
    later: list[tuple[int, Any]], cycles: list[int]
) -> None:
    named = given_line(0, regimen="VEN-AZA")
    unnamed = [given_line(day, regimen=None) for day in cycles]
    assert told([named, *unnamed], later) == told([named], later)


@given(LATER, STARTS)
def test_splitting_a_treatment_into_cycles_changes_no_molecular_state(
    later: list[tuple[int, Any]], cycles: list[int]
) -> None:
    def states(treatments: list[dict[str, Any]]) -> list[Any]:
        samples = [*BEFORE, *(sample(day, level) for day, level in later)]
        made = registry(treatments=treatments, mrd_samples=samples, responses=[remission(-90)])
        rows = assess(made).molecular.filter(pl.col("row") == "sample")
        return rows.select("sample_id", "state_possible", "reason").rows()

    assert states([given_line(0), *map(given_line, cycles)]) == states([given_line(0)])


def test_the_next_line_a_graft_or_another_regimen_of_the_line_ends_the_treatment() -> None:
    def begun(*rows: dict[str, Any], **tables: Any) -> set[int]:
        found = told([given_line(0), *rows], [(100, 0.5)], **tables)
        return {row[0] for row in found}

    assert begun(given_line(56)) == {0}
    assert begun(given_line(56, 3)) == {56}
    assert begun(given_line(56, None)) == {56}
    assert begun(given_line(40, 3), given_line(56)) == {56}
    assert begun(given_line(56), transplants=[{"transplant_day": 40}]) == {56}
    regimens = [given_line(0, regimen="VEN-AZA"), given_line(56, regimen="gilteritinib")]
    assert {row[0] for row in told(regimens, [(100, 0.5)])} == {56}


def test_the_reduction_of_a_patient_with_three_rows_of_a_line_is_that_of_one_row() -> None:
    later = [(40, 3.0), (70, 0.3), (100, 0.03)]
    found = told([given_line(0), given_line(31), given_line(61)], later)
    assert pl.Series([row[3] for row in found]).value_counts().sort("count").rows()[-1][1] == 2
    assert {row[2] for row in found} == {"marrow--5"}


def test_a_haematological_relapse_after_a_cycle_does_not_make_the_cycle_a_new_treatment() -> None:
    """The fall to day 40 is tenfold from the sample before the first cycle, not from the one before the second."""
    made = registry(
        treatments=[given_line(0), given_line(31)],
        mrd_samples=[*BEFORE, sample(20, 3.0), sample(40, 0.35)],
        responses=[remission(-90)],
        events=[{"event_day": 200, "kind": "relapse"}],
    )
    [row] = assess(made, on=300).molecular.filter(sample_id="marrow-40").to_dicts()
    assert row["state"] == "MRD detectable"
    assert row["reason"] == "fall of at least 1 log10 since treatment began"
