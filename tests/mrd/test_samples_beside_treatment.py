"""Where a sample stands beside the treatment: on its last day, and in the first line or where that is not known."""

from __future__ import annotations

from typing import Any

import pytest

from registries import Row, line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.logic.fold import NO, UNKNOWN, YES


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
