"""Relapse with death competing, the duration of a remission, and early death."""

from __future__ import annotations

import pytest

from endpoint_patients import event, marrow, patient, told, treated
from registries import only, registry, remission, sample


def test_death_without_relapse_competes_in_cir_and_ends_the_remission_without_an_event() -> None:
    made = registry(patients=patient(death_day=300), responses=[remission(50)], mrd_samples=[sample(200, "neg")])
    assert told(made, "CIR") == (250.0, "competing", "death")
    assert told(made, "remission duration") == (250.0, "censored", None)
    assert told(made, "RFS") == (250.0, "event", "death")


def test_relapse_on_the_day_of_death_is_a_relapse_and_competes_with_nothing() -> None:
    made = registry(patients=patient(death_day=300), responses=[remission(50)], events=[event(300, "relapse")])
    assert told(made, "CIR") == (250.0, "event", "relapse")


def test_without_relapse_cir_is_censored_at_the_last_examination_and_not_the_last_contact() -> None:
    made = registry(patients=patient(last_contact_day=900), responses=[remission(50)], marrows=[marrow(300, 1.0)])
    assert told(made, "CIR") == told(made, "RFS-ELN2017") == (250.0, "censored", None)
    assert told(made, "RFS") == (850.0, "censored", None)


def test_a_relapse_that_could_not_have_been_recorded_leaves_the_patient_out_of_cir() -> None:
    made = only(patients=patient(last_contact_day=900), responses=[remission(50)])
    assert told(made, "CIR") == "relapses are not recorded completely from then on"


@pytest.mark.parametrize(("death", "expected"), [(35, "event"), (36, "censored"), (400, "censored")])
def test_early_death_is_death_up_to_and_on_the_thirtieth_day_after_the_first_dose(death: int, expected: str) -> None:
    made = treated([], death=death)
    assert told(made, "early death, 30 days")[:2] == (30.0, expected)


def test_a_patient_lost_before_day_sixty_is_not_known_to_have_survived_it() -> None:
    assert told(treated([], contact=45), "early death, 60 days") == (40.0, "censored", None)
