"""Delayed entry: a patient is at risk from the first dose of venetoclax, and the clock still counts from its own start."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_patients import RELAPSED, patient, row
from registries import line, registry, remission
from tenfold.records import Registry
from tenfold.vocabulary import Clock


def relapsed_then_treated(start: int, **fields: Any) -> Registry:
    return registry(
        patients=patient(diagnosis_day=-100, **fields),
        responses=[remission(0)],
        mrd_samples=RELAPSED,
        treatments=[line(start)],
    )


def test_a_patient_enters_when_venetoclax_begins_and_the_clock_still_counts_from_the_relapse() -> None:
    found = row(relapsed_then_treated(75, last_contact_day=400), "OS", Clock.MRD_RELAPSE, entry=Clock.VENETOCLAX)
    assert (found["start_day"], found["entry_day"], found["entry_days"], found["time_days"]) == (40, 75, 35.0, 360.0)
    assert found["entry_months"] == pytest.approx(35 / 30.4375)
    at_start = row(relapsed_then_treated(75, last_contact_day=400), "OS", Clock.MRD_RELAPSE)
    assert (at_start["entry_day"], at_start["entry_days"], at_start["entry_months"]) == (40, 0.0, 0.0)


def test_who_died_before_venetoclax_never_enters() -> None:
    made = registry(patients=patient(diagnosis_day=-100, death_day=70), responses=[remission(0)], mrd_samples=RELAPSED)
    found = row(made, "OS", Clock.MRD_RELAPSE, entry=Clock.VENETOCLAX)
    assert found["left_out_because"] == ("never known to enter observation: no first dose of venetoclax on record")
    same_day = row(relapsed_then_treated(90, death_day=90), "OS", Clock.MRD_RELAPSE, entry=Clock.VENETOCLAX)
    assert "only when the time was over" in same_day["left_out_because"]


def test_venetoclax_of_an_earlier_line_is_not_the_entry_after_the_relapse() -> None:
    made = registry(
        patients=patient(diagnosis_day=-100, last_contact_day=400),
        responses=[remission(0)],
        mrd_samples=RELAPSED,
        treatments=[line(-90, "induction", line=1), line(75, line=2)],
    )
    assert row(made, "OS", Clock.MRD_RELAPSE, entry=Clock.VENETOCLAX)["entry_day"] == 75
