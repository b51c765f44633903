"""Less recorded never turns into a confident time: what is not known leaves the patient out and is no survival."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_lives import cohort, lived, plain, several
from endpoint_rows import OS, RFS, RFS_MRD, Tables, event, every_time, patient, row, rows_of, told, without
from registries import line, only, registry, remission, sample
from tenfold.endpoints import ENDPOINTS
from tenfold.records import Registry
from tenfold.vocabulary import Clock


def contradicted(less: tuple[Any, ...] | str, more: tuple[Any, ...] | str) -> bool:
    return less not in ("left out", more)


@given(st.lists(st.tuples(plain, st.integers(0, 90)), min_size=8, max_size=8))
def test_without_the_events_table_a_death_it_recorded_is_never_a_survivor(many: list[Any]) -> None:
    """Nobody wrote down a last contact: without `events` the patient cannot be counted as alive."""
    dead = []
    for tables, later in many:
        kept = {**tables, "events": [e for e in tables["events"] if e["kind"] == "infection"]}
        dead.append(lived(kept, ("death in events", later, False)))
    whole = registry(**cohort(dead))
    asked = [(rule, None) for rule in ENDPOINTS]
    for less, more in zip(every_time(without(whole, "events"), asked), every_time(whole, asked), strict=True):
        for who, found in more.items():
            assert not contradicted(told(less[who]), told(found))


@given(several, st.sampled_from(["mrd_samples", "responses", "events", "marrows"]))
def test_a_table_said_to_be_incomplete_never_gives_another_survival(many: list[Tables], name: str) -> None:
    whole = cohort(many)
    said = [{"patient_id": None, "table": name, "complete": False}]
    made = Registry.from_tables({**registry(**whole).tables, "completeness": said}, relative=True)
    [less], [more] = every_time(made, [(OS, None)]), every_time(registry(**whole), [(OS, None)])
    for who, found in more.items():
        assert not contradicted(told(less[who]), told(found))


@pytest.mark.parametrize("gone", ["events", "responses"])
def test_without_the_table_that_recorded_it_a_relapse_is_never_ruled_out(gone: str) -> None:
    """RFS must leave the patient out, or keep the relapse."""
    relapse = {
        "events": {"events": [event(200, "relapse")]},
        "responses": {"responses": [remission(0), {"response_day": 200, "reported_response": "relapse"}]},
    }[gone]
    whole = registry(**{"patients": patient(last_contact_day=500), "responses": [remission(0)], **relapse})
    assert told(row(whole, RFS)) == (200.0, True, "relapse")
    if gone == "responses":
        made = registry(
            patients=patient(last_contact_day=500),
            responses=[remission(0)],
            completeness=[{"table": "responses", "complete": False}],
        )
    else:
        made = without(whole, gone)
    assert told(row(made, RFS)) in ("left out", (200.0, True, "relapse"))


def test_a_patient_without_death_or_contact_is_left_out_unless_events_are_complete() -> None:
    seen = {"patients": patient(), "treatments": [line(0)], "counts": [{"sample_day": 80, "anc_e9_l": 1.0}]}
    assert told(row(registry(**seen), OS)) == (180.0, False, None)
    assert row(only(**seen), OS)["left_out_because"] == "neither a death nor a last contact is recorded"
    partly = registry(**seen, completeness=[{"table": "events", "complete": True, "from_day": 10}])
    assert told(row(partly, OS)) == "left out"
    since_diagnosis = registry(**seen, completeness=[{"table": "events", "complete": True, "from_day": -100}])
    assert told(row(since_diagnosis, OS)) == (180.0, False, None)
    not_at_all = registry(**seen, completeness=[{"patient_id": "p", "table": "events", "complete": False}])
    assert told(row(not_at_all, OS)) == "left out"


def test_a_statement_about_another_patient_leaves_this_one_as_it_is() -> None:
    seen = {"patients": [*patient(), {"patient_id": "q", "diagnosis_day": 0}], "counts": [{"sample_day": 80}]}
    made = registry(**seen, completeness=[{"patient_id": "q", "table": "events", "complete": False}])
    first, second = rows_of(made, OS)
    assert told(first) == (180.0, False, None)
    assert told(second) == "left out"


def test_incomplete_mrd_samples_leave_a_patient_out_of_rfs_mrd_even_with_a_relapse_seen() -> None:
    samples = [sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]
    whole = {"responses": [remission(0)], "mrd_samples": samples, "events": [event(200, "relapse")]}
    assert told(row(registry(**whole), RFS_MRD)) == (160.0, True, "relapse")
    made = registry(**whole, completeness=[{"table": "mrd_samples", "complete": False}])
    assert told(row(made, RFS_MRD)) == "left out"


def test_incomplete_treatments_give_no_first_treatment() -> None:
    made = registry(
        patients=patient(last_contact_day=500),
        treatments=[line(300)],
        completeness=[{"table": "treatments", "complete": False}],
    )
    for clock in (Clock.VENETOCLAX, Clock.TREATMENT):
        assert told(row(made, OS, clock)) == "left out"


def test_without_the_responses_a_later_marrow_is_not_called_the_first_remission() -> None:
    made = registry(
        patients=patient(last_contact_day=500),
        treatments=[line(-90, "induction", "cytarabine", intensive=True)],
        responses=[remission(0)],
        marrows=[
            {"sample_day": -95, "blasts_pct": 60.0, "spicules": True, "cells_counted": 300},
            {"sample_day": 60, "blasts_pct": 1.0, "spicules": True, "cells_counted": 300},
        ],
        counts=[{"sample_day": 60, "anc_e9_l": 2.0, "platelets_e9_l": 150.0, "blasts_pb_pct": 0.0}],
    )
    assert told(row(made, RFS)) == (500.0, False, None)
    assert told(row(without(made, "responses"), RFS)) in ("left out", (500.0, False, None))


def test_where_treatments_are_not_recorded_nobody_is_said_to_have_had_no_venetoclax() -> None:
    seen = {"patients": patient(), "counts": [{"sample_day": 80, "anc_e9_l": 1.0}]}
    without_table = row(only(**seen), OS, Clock.VENETOCLAX)["left_out_because"]
    assert "complete enough to say that there was none" in without_table
    assert row(registry(**seen), OS, Clock.VENETOCLAX)["left_out_because"] == "no first dose of venetoclax on record"
