"""Where a sample stands beside the treatment: on its last day, and in the first line or where that is not known."""

from __future__ import annotations

from typing import Any

import pytest

from registries import Row, line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.vocabulary import MolecularState


def told(sampled: int, treatments: list[Row], **tables: Any) -> Row:
    made = registry(responses=[remission(0)], mrd_samples=[sample(sampled, 0.5)], treatments=treatments, **tables)
    return assess(made, on=400).molecular.filter(row="sample").row(0, named=True)


@pytest.mark.parametrize(
    ("sampled", "time_point"),
    [(59, "during treatment"), (60, "during treatment"), (61, "end of treatment"), (300, "follow-up")],
)
def test_a_sample_of_the_last_day_of_a_treatment_was_taken_during_it(sampled: int, time_point: str) -> None:
    consolidation = line(10, "consolidation", "cytarabine", end_day=60)
    assert told(sampled, [consolidation])["time_point"] == time_point


@pytest.mark.parametrize(
    ("intent", "code"), [("consolidation", YES), ("cytoreduction", YES), (None, UNKNOWN), ("salvage", NO)]
)
def test_after_a_line_of_unrecorded_intent_it_is_not_known_whether_the_first_goes_on(
    intent: str | None, code: int
) -> None:
    assert told(50, [line(10, intent)])["first_line_code"] == code
    assert told(50, [line(60, intent)])["first_line_code"] == YES


def test_nor_is_it_where_treatments_are_not_recorded_completely() -> None:
    complete = [{"patient_id": None, "table": "treatments", "complete": False}]
    assert told(50, [line(10, "consolidation")], completeness=complete)["first_line_code"] == UNKNOWN
    assert told(50, [line(10, "salvage")], completeness=complete)["first_line_code"] == NO


@pytest.mark.parametrize(
    ("complete", "states"),
    [
        (True, {MolecularState.IN_RELAPSE}),
        (False, {MolecularState.IN_RELAPSE, MolecularState.RELAPSE_UNCONFIRMED_TREATED, MolecularState.DETECTABLE}),
    ],
)
def test_a_confirmed_relapse_that_fell_tenfold_may_have_been_treated_where_treatments_are_not_recorded(
    complete: bool, states: set[str]
) -> None:
    """Treated between the last two samples, it responded; the last is no tenfold fall from the first of the relapse."""
    made = registry(
        responses=[remission(0)],
        mrd_samples=[sample(10, "neg"), sample(40, 0.05), sample(60, 5.0), sample(90, 0.3)],
        completeness=[{"table": "treatments", "complete": complete}],
    )
    assert set(assess(made, on=100).patients["state_possible"][0]) == states


@pytest.mark.parametrize(("after", "time_point"), [(60, None), (61, "end of treatment")])
def test_a_sample_that_may_be_of_the_last_day_of_a_treatment_or_later_has_no_time_point(
    after: int, time_point: str | None
) -> None:
    """Its day is not recorded: it lies between two blood counts, the first of which may be of that last day."""
    made = registry(
        responses=[remission(0) | {"sequence": 1}],
        treatments=[line(10, "consolidation", "cytarabine", end_day=60, sequence=2)],
        counts=[{"sample_day": day, "anc_e9_l": 2.0, "sequence": at} for day, at in ((after, 3), (80, 5))],
        mrd_samples=[sample(None, 0.5, sequence=4)],
    )
    [row] = assess(made, on=400).molecular.filter(row="sample").to_dicts()
    assert (row["earliest_day"], row["latest_day"]) == (after, 80)
    assert row["time_point"] == time_point
