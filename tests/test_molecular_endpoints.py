"""Time to MRD negativity, the symmetric RFS-MRD, and how closely MRD was looked for."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_patients import RELAPSED, Row, marrow, patient, said, told, treated
from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.endpoints import EVERY_ENDPOINT, times
from tenfold.endpoints.mrd_sampling import interval_bounds, sampling_density
from tenfold.records import Registry


def test_time_to_mrd_negativity_is_the_first_negative_sample_in_remission() -> None:
    samples = [sample(30, 3.0), sample(70, 0.1), sample(100, "neg"), sample(150, "neg")]
    made = treated([said(60, "CR")], contact=500, mrd_samples=samples)
    assert told(made, "time to MRD negativity") == (95.0, "event", "MRD negativity")


def test_negative_blood_beside_a_positive_marrow_is_no_mrd_negativity() -> None:
    samples = [sample(100, "neg", tissue="blood"), sample(100, 0.05), sample(160, "neg")]
    made = treated([said(60, "CR")], contact=500, mrd_samples=samples)
    assert told(made, "time to MRD negativity") == (155.0, "event", "MRD negativity")


def test_death_before_mrd_negativity_competes_and_the_last_sample_censors() -> None:
    assert told(treated([said(60, "CR")], death=300, mrd_samples=[sample(100, 0.1)]), "time to MRD negativity") == (
        295.0,
        "competing",
        "death",
    )
    alive = treated([said(60, "CR")], contact=300, mrd_samples=[sample(100, 0.1)])
    assert told(alive, "time to MRD negativity") == (95.0, "censored", None)


def test_a_negative_sample_that_may_be_outside_remission_leaves_negativity_open() -> None:
    samples = [sample(40, "neg"), sample(100, "neg")]
    made = registry(
        patients=patient(last_contact_day=500),
        responses=[said(60, "CR")],
        treatments=[line(5)],
        mrd_samples=samples,
        completeness=[{"table": "responses", "complete": False}],
    )
    assert told(made, "time to MRD negativity") == (
        "it cannot be told whether an earlier sample was MRD negative in remission"
    )


def test_a_relapse_competes_with_mrd_negativity_only_where_remissions_are_recorded() -> None:
    made = treated([said(60, "CR")], contact=500, mrd_samples=[sample(70, 0.1)], marrows=[marrow(120, 40.0)])
    assert told(made, "time to MRD negativity") == (115.0, "competing", "relapse")
    kept = Registry.from_tables({k: v for k, v in made.tables.items() if k != "responses"}, relative=True)
    assert told(kept, "time to MRD negativity") == "remissions are not recorded completely from then on"


def symmetric(samples: list[Row], **more: Any) -> tuple[Any, Any]:
    more.setdefault("treatments", [line(70)])
    made = registry(responses=[remission(0)], mrd_samples=[*RELAPSED, *samples], **more)
    return told(made, "RFS-MRD"), told(made, "RFS-MRD-symmetric")


def test_only_the_symmetric_variant_counts_progression_and_non_response() -> None:
    """FILO's asymmetry: who never responded has no molecular event."""
    assert symmetric([sample(100, 3.0)]) == ((60.0, "censored", None), (60.0, "event", "MRD non-response"))
    assert symmetric([sample(100, 0.1), sample(130, 0.1)]) == (
        (90.0, "censored", None),
        (90.0, "event", "MRD non-response"),
    )


def test_after_a_molecular_response_both_variants_count_the_second_relapse() -> None:
    later = [sample(120, "neg"), sample(200, 0.05), sample(230, 0.2)]
    assert symmetric(later) == ((160.0, "event", "MRD relapse"), (160.0, "event", "MRD relapse"))


def test_stable_mrd_before_two_cycles_are_over_is_no_failure_yet() -> None:
    assert symmetric([sample(100, 0.1)]) == ((60.0, "censored", None), (60.0, "censored", None))


@pytest.mark.parametrize("method", ["rt-qpcr", None])
def test_an_mrd_event_lies_between_the_last_sample_before_it_and_its_first(method: str | None) -> None:
    later = [sample(120, "neg"), sample(200, 0.05), sample(230, 0.2)]
    samples = [{**one, "method": method} for one in (*RELAPSED, *later)]
    made = registry(responses=[remission(0)], mrd_samples=samples, treatments=[line(70)])
    one = assess(made)
    rows = times(one.registry, one.history, one.molecular, EVERY_ENDPOINT["RFS-MRD"])
    assert interval_bounds(rows, one.molecular).row(0) == ("p", 120, 200)
    rows = times(one.registry, one.history, one.molecular, EVERY_ENDPOINT["RFS-MRD-ELN2022"])
    assert interval_bounds(rows, one.molecular).row(0) == ("p", 10, 40)
    rows = times(one.registry, one.history, one.molecular, EVERY_ENDPOINT["OS"])
    assert interval_bounds(rows, one.molecular).row(0) == ("p", 230, None)


def test_the_patients_never_sampled_after_the_start_are_counted() -> None:
    who = [{"patient_id": p, "diagnosis_day": 0, "last_contact_day": 365} for p in ("p", "q")]
    samples = [{**sample(day, "neg", name=f"s{day}"), "patient_id": "q"} for day in (0, 100, 200)]
    made = registry(patients=who, mrd_samples=samples)
    one = assess(made)
    rows = times(one.registry, one.history, one.molecular, EVERY_ENDPOINT["OS"])
    density = sampling_density(rows, one.history, {"p": "a", "q": "b"}).to_dicts()
    assert [(r["group"], r["patients"], r["never_sampled"], r["sampled_days"]) for r in density] == [
        ("a", 1, 1, 0),
        ("b", 1, 0, 2),
    ]
    assert density[1]["samples_a_year"] == pytest.approx(2.0, rel=0.01)
    assert density[1]["median_months_between"] == pytest.approx(100 / 30.4375)
    [everybody] = sampling_density(rows, one.history).to_dicts()
    assert (everybody["patients"], everybody["never_sampled"]) == (2, 1)
