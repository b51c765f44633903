"""RFS-MRD as FILO counts it: from the first confirmed MRD relapse to the second, to relapse or to death."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_rows import OPEN, OS, RFS_MRD, Row, event, patient, row, told
from registries import line, registry, remission, sample
from tenfold.vocabulary import Clock

RELAPSED = [sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]
RESPONDED = [*RELAPSED, sample(120, "neg")]


def filo(samples: list[Row], **more: Any) -> Row:
    more.setdefault("treatments", [line(70)])
    return row(registry(**{"responses": [remission(0)], "mrd_samples": samples, **more}), RFS_MRD)


def test_the_first_confirmed_mrd_relapse_is_the_clock_and_starts_at_its_first_sample() -> None:
    found = filo(RESPONDED)
    assert (found["start_day"], found["clock"]) == (40, "first MRD relapse")
    assert told(found) == (80.0, False, None)


def test_a_second_confirmed_mrd_relapse_counts_from_its_first_sample() -> None:
    assert told(filo([*RESPONDED, sample(200, 0.05), sample(230, 0.2)])) == (160.0, True, "MRD relapse")


def test_a_tenfold_rise_after_a_tenfold_fall_under_treatment_is_a_second_mrd_relapse() -> None:
    samples = [*RELAPSED, sample(120, 0.01), sample(200, 0.1), sample(230, 0.2)]
    assert told(filo(samples)) == (160.0, True, "MRD relapse")


def test_a_rise_in_a_patient_whose_mrd_never_responded_is_no_event() -> None:
    assert told(filo([*RELAPSED, sample(120, 0.1), sample(200, 3.0), sample(230, 20.0)])) == (190.0, False, None)


def test_an_unconfirmed_second_mrd_relapse_does_not_count() -> None:
    assert told(filo([*RESPONDED, sample(200, 0.05)])) == (160.0, False, None)
    assert told(filo([*RESPONDED, sample(200, 0.05), sample(230, "neg")])) == (190.0, False, None)


def test_an_unconfirmed_first_mrd_relapse_starts_no_clock() -> None:
    assert told(filo([sample(10, "neg"), sample(40, 0.05)])) == "left out"
    assert told(filo([sample(10, "neg"), sample(40, 0.05), sample(60, "neg")])) == "left out"


def test_haematological_relapse_before_the_second_sample_supersedes_the_molecular_one() -> None:
    samples = [*RESPONDED, sample(200, 0.05), sample(230, 40.0)]
    assert told(filo(samples, events=[event(215, "relapse")])) == (175.0, True, "relapse")
    first = [sample(10, "neg"), sample(40, 0.05), sample(60, 40.0)]
    assert told(filo(first, events=[event(55, "relapse")], treatments=[])) == "left out"


def test_death_ends_rfs_mrd_even_long_after_the_last_sample() -> None:
    assert told(filo(RESPONDED, patients=patient(death_day=600))) == (560.0, True, "death")
    assert told(filo(RESPONDED, patients=patient(last_contact_day=600))) == (80.0, False, None)


def test_without_an_event_rfs_mrd_ends_at_the_last_assessment_of_the_disease() -> None:
    marrow = {"sample_day": 300, "blasts_pct": 2.0}
    assert told(filo(RESPONDED, marrows=[marrow], counts=[{"sample_day": 500}])) == (260.0, False, None)


def test_as_of_a_day_before_the_confirmation_there_is_no_mrd_relapse_yet() -> None:
    made = registry(responses=[remission(0)], mrd_samples=[*RESPONDED, sample(200, 0.05), sample(230, 0.2)])
    assert told(row(made, RFS_MRD, on=59)) == "left out"
    assert told(row(made, RFS_MRD, on=60)) == (20.0, False, None)


def test_an_uncalled_sample_that_may_be_the_second_relapse_leaves_the_patient_out() -> None:
    samples = [*RESPONDED, sample(200, 0.05), sample(230, None, detected=None, scale=None)]
    assert filo(samples)["left_out_because"] == OPEN


def test_a_second_mrd_relapse_seen_in_the_other_tissue_counts() -> None:
    samples = [*RESPONDED, sample(120, "neg", tissue="blood")]
    samples += [sample(200, 0.05, tissue="blood"), sample(230, 0.2, tissue="blood")]
    assert told(filo(samples)) == (160.0, True, "MRD relapse")


def test_one_mrd_relapse_seen_in_two_tissues_is_one() -> None:
    blood = [(10, "neg"), (30, 0.05), (50, "neg"), (62, 0.05), (75, 0.2)]
    marrow = [(10, "neg"), (50, "neg"), (60, 0.05), (75, 0.2)]
    samples = [sample(day, level, tissue="blood") for day, level in blood]
    samples += [sample(day, level) for day, level in marrow]
    assert told(filo(samples, treatments=[line(35)])) == (15.0, False, None)


def test_an_earlier_mrd_relapse_that_may_have_been_confirmed_leaves_the_start_open() -> None:
    samples = [sample(10, "neg"), sample(30, None, detected=None, scale=None), sample(50, 0.05), sample(70, 0.05)]
    samples += [sample(120, "neg"), sample(200, 0.1), sample(230, 0.1)]
    assert told(filo(samples, treatments=[])) == "left out"
    assert told(row(registry(responses=[remission(0)], mrd_samples=samples), OS, Clock.MRD_RELAPSE)) == "left out"


def test_what_is_open_after_the_event_does_not_undo_the_event() -> None:
    samples = [*RESPONDED, sample(200, 0.05), sample(220, 0.2), sample(250, "neg")]
    samples += [sample(300, 0.05), sample(330, None, detected=None, scale=None)]
    assert told(filo(samples)) == (160.0, True, "MRD relapse")


@pytest.mark.parametrize("more", [{"marker": "DNMT3A", "method": "ngs"}, {"detected": None, "adequate": False}])
def test_a_sample_that_says_nothing_does_not_prolong_rfs_mrd(more: Row) -> None:
    late = sample(400, "neg", **more)
    assert told(filo([*RESPONDED, late])) == (80.0, False, None)
