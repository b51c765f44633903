"""Relapse-free survival: a relapse on record is never lost, and without a remission there is nothing to relapse from."""

from __future__ import annotations

from endpoint_rows import OS, RFS, event, patient, row, told
from registries import line, only, registry, remission
from tenfold.vocabulary import Clock


def test_a_death_before_the_clock_starts_gives_no_time() -> None:
    made = only(
        patients=patient(),
        events=[event(5, "death")],
        responses=[remission(20)],
    )
    assert row(made, RFS)["left_out_because"] == "the event is dated before the first remission"


def test_a_death_on_the_day_of_the_relapse_is_a_relapse() -> None:
    for where in ({"patients": patient(death_day=200)}, {"patients": patient(), "more": [event(200, "death")]}):
        deaths = where.get("more", [])
        made = registry(patients=where["patients"], responses=[remission(0)], events=[event(200, "relapse"), *deaths])
        assert told(row(made, RFS)) == (200.0, True, "relapse")
        assert told(row(made, OS)) == (300.0, True, "death")


def test_a_relapse_on_the_day_of_the_remission_is_not_lost() -> None:
    made = registry(patients=patient(last_contact_day=400), responses=[remission(0)], events=[event(0, "relapse")])
    found = told(row(made, RFS))
    assert found == "left out" or found[1] is True


def test_a_patient_who_relapsed_was_alive_that_day() -> None:
    made = registry(patients=patient(last_contact_day=100), responses=[remission(0)], events=[event(200, "relapse")])
    assert told(row(made, RFS)) == (200.0, True, "relapse")
    assert told(row(made, OS)) == (300.0, False, None)


def test_a_relapse_on_record_is_an_event_even_if_nobody_recorded_a_last_contact() -> None:
    course = [remission(0), {"response_day": 90, "reported_response": "relapse"}]
    assert told(row(only(patients=patient(), responses=course), RFS)) == (90.0, True, "relapse")


def test_a_patient_who_never_was_in_remission_has_no_relapse_free_survival() -> None:
    made = registry(patients=patient(last_contact_day=300), treatments=[line(0, "salvage")])
    assert told(row(made, RFS, Clock.VENETOCLAX)) == "left out"
