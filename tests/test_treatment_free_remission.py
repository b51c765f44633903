"""Stopping venetoclax: from which day treatment-free remission counts, and what ends it."""

from __future__ import annotations

from typing import Any

from endpoint_patients import Row, patient, row, told
from registries import line, registry, remission, sample
from tenfold.records import Registry
from tenfold.vocabulary import Clock

STOPPED = [line(5, "induction", line=1, end_day=200)]


def stopped(treatments: list[Row] = STOPPED, **more: Any) -> Registry:
    more.setdefault("patients", patient(last_contact_day=900))
    return registry(responses=[remission(60)], treatments=treatments, **more)


def test_treatment_free_remission_counts_from_the_last_day_of_venetoclax() -> None:
    made = stopped(mrd_samples=[sample(300, "neg"), sample(400, "neg")])
    found = row(made, "TFR")
    assert (found["start_day"], found["clock"]) == (200, "stop of venetoclax")
    assert told(made, "TFR") == (200.0, "censored", None)


def test_the_later_of_venetoclax_and_its_partner_is_the_stop() -> None:
    partner = line(100, "maintenance", "azacitidine", line=2, end_day=260)
    assert row(stopped([*STOPPED, partner]), "OS", Clock.VENETOCLAX_STOP)["start_day"] == 260
    overlapping = line(5, "induction", "azacitidine", end_day=230)
    assert row(stopped([*STOPPED, overlapping]), "OS", Clock.VENETOCLAX_STOP)["start_day"] == 230


def test_treatment_for_returning_disease_ends_treatment_free_remission() -> None:
    again = line(350, "pre-emptive", line=2, end_day=500)
    made = stopped([*STOPPED, again], mrd_samples=[sample(300, "neg")])
    assert told(made, "TFR") == (150.0, "event", "treatment for returning disease")


def test_a_transplant_in_remission_ends_the_observation_of_treatment_free_remission() -> None:
    made = stopped(transplants=[{"transplant_day": 250}], mrd_samples=[sample(300, "neg")])
    assert told(made, "TFR") == (50.0, "censored", None)


def test_maintenance_with_another_drug_is_no_event_and_no_treatment_free_time() -> None:
    made = stopped([*STOPPED, line(290, "maintenance", "gilteritinib", line=2)], mrd_samples=[sample(400, "neg")])
    assert told(made, "TFR") == (90.0, "censored", None)


def test_a_later_treatment_of_unrecorded_intent_leaves_treatment_free_remission_open() -> None:
    made = stopped([*STOPPED, line(350, None, "gilteritinib", line=2)], mrd_samples=[sample(400, "neg")])
    assert told(made, "TFR") == "it is not recorded what a later treatment was given for"


def test_death_is_an_event_of_treatment_free_remission_and_competes_in_the_other_reading() -> None:
    made = stopped(patients=patient(death_day=600), mrd_samples=[sample(300, "neg")])
    assert told(made, "TFR") == (400.0, "event", "death")
    assert told(made, "TFR-relapse-only") == (400.0, "competing", "death")


def test_venetoclax_without_a_last_day_may_still_be_given() -> None:
    assert "may still be given" in told(stopped([line(5, "induction")]), "TFR")


def test_a_later_row_that_may_continue_venetoclax_leaves_the_stop_open() -> None:
    lines = [line(5, "pre-emptive", end_day=30), line(60, "pre-emptive", end_day=90)]
    assert "continued venetoclax or was a new one" in told(stopped(lines), "TFR")
    same_line = [{**one, "line": 2} for one in lines]
    assert row(stopped(same_line), "OS", Clock.VENETOCLAX_STOP)["start_day"] == 90


def test_as_of_a_day_before_the_stop_there_is_none() -> None:
    made = stopped()
    assert "may still be given" in told(made, "OS", Clock.VENETOCLAX_STOP, on=199)
    assert row(made, "OS", Clock.VENETOCLAX_STOP, on=200)["start_day"] == 200
