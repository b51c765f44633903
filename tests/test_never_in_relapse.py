"""Who never relapsed is outside the scope of an index for first relapse, and no missing data: where the records say all."""

from __future__ import annotations

from typing import Any

import pytest

from registries import line, only, registry, remission
from tenfold.assessment import assess
from tenfold.records import Registry
from tenfold.risk.relapse_indices import BREEMS, GOELAMS

RELAPSE = {"event_day": 300, "kind": "relapse"}
REFRACTORY = {"response_day": 30, "reported_response": "refractory"}
COURSE = ("ever_relapsed", "first_relapse")


def course(**tables: Any) -> tuple[Any, ...]:
    return tuple(assess(registry(**tables)).diagnosis.select(COURSE).row(0))


def test_a_first_relapse_and_a_second_remission() -> None:
    assert course(responses=[remission(0)], events=[RELAPSE]) == (True, True)
    assert course(responses=[remission(0), remission(400)], events=[RELAPSE]) == (True, False)


def test_complete_records_without_a_relapse_tell_that_there_was_none() -> None:
    assert course(responses=[remission(0)]) == (False, False)
    assert course(responses=[REFRACTORY], treatments=[line(0, "induction"), line(40, "salvage")]) == (False, False)


def test_as_of_a_day_before_the_relapse_there_was_none_yet() -> None:
    made = registry(responses=[remission(0)], events=[RELAPSE])
    assert assess(made, on=200).diagnosis["first_relapse"].to_list() == [False]


@pytest.mark.parametrize(
    "tables",
    [
        {"responses": [REFRACTORY, {"response_day": None, "reported_response": "CR"}]},
        {"responses": [remission(0)], "treatments": [line(200, "salvage")]},
    ],
    ids=["a remission without a date", "a salvage after a remission, and no relapse recorded"],
)
def test_where_the_course_is_in_doubt_nobody_surely_never_relapsed(tables: dict[str, Any]) -> None:
    assert course(**tables) == (None, None)


def test_nor_did_who_has_a_row_set_aside_that_may_be_the_relapse() -> None:
    tables: dict[str, Any] = {
        "patients": [{"patient_id": "p", "diagnosis_day": -100}],
        "responses": [{"patient_id": "p", **remission(0)}],
        "events": [{"patient_id": "p", "event_day": None, "kind": "relapse"}],
    }
    assert assess(Registry.from_tables(tables, relative=True)).diagnosis["first_relapse"].to_list() == [None]


def test_without_a_table_of_responses_or_events_it_is_not_known() -> None:
    made = only(responses=[remission(0)])
    assert assess(made).diagnosis["first_relapse"].to_list() == [None]


def test_the_indices_of_first_relapse_are_not_asked_of_who_never_relapsed() -> None:
    in_remission = assess(registry(responses=[remission(0)])).diagnosis
    assert in_remission[f"{BREEMS.key}_scope"].to_list() == ["no"]
    assert in_remission[f"{GOELAMS.key}_scope"].to_list() == ["no"]
    # Of refractory disease GOELAMS is asked, and only Breems is not.
    salvaged = {"responses": [REFRACTORY], "treatments": [line(0, "induction"), line(40, "salvage")]}
    refractory = assess(registry(**salvaged)).diagnosis
    assert refractory[f"{BREEMS.key}_scope"].to_list() == ["no"]
    assert refractory[f"{GOELAMS.key}_scope"].to_list() != ["no"]
