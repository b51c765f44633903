"""One dated history per patient: what it holds, in what order, and what it does not make up."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import registries
from registries import line, only, registry, remission, sample
from tenfold.assessment import assess
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.timeline import FAR
from tenfold.vocabulary import Happening

Row = dict[str, Any]


def facts(made: Registry, on: int | None = None) -> list[Row]:
    return assess(made, on=on).history.to_dicts()


def told(made: Registry, kind: Happening) -> list[tuple[Any, ...]]:
    """(earliest, latest, detail) of the facts of a kind."""
    return [(f["earliest_day"], f["latest_day"], f["detail"]) for f in facts(made) if f["kind"] == kind]


def patient(**fields: Any) -> list[Row]:
    return [{"patient_id": "p", "diagnosis_day": -100, "age_years": 60, **fields}]


RELAPSED = [sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]


def test_a_patient_is_told_in_order() -> None:
    made = registry(
        patients=patient(death_day=300),
        responses=[remission(0)],
        mrd_samples=RELAPSED,
        treatments=[line(70, end_day=120)],
        transplants=[{"transplant_day": 150, "donor": "matched unrelated", "conditioning_intensity": "reduced"}],
        events=[{"event_day": 250, "kind": "relapse"}],
        marrows=[{"sample_day": 250, "blasts_pct": 40.0}],
    )
    assert [f["kind"] for f in facts(made)] == [
        "diagnosis",
        "remission",
        "MRD sample",
        "MRD sample",
        "MRD relapse",
        "MRD sample",
        "treatment",
        "transplant",
        "marrow",
        "relapse",
        "relapse",
        "known to be alive",
        "death",
    ]
    treatment = next(f for f in facts(made) if f["kind"] == "treatment")
    assert (treatment["end_day"], treatment["venetoclax"]) == (120, True)
    assert told(made, Happening.TRANSPLANT) == [(150, 150, "matched unrelated, reduced")]


def test_an_mrd_relapse_stands_at_its_first_sample_and_once() -> None:
    later = [*RELAPSED, sample(80, 0.5), sample(100, 1.0)]
    made = registry(responses=[remission(0)], mrd_samples=later)
    assert told(made, Happening.MRD_RELAPSE) == [(40, 40, "marrow-40")]


def test_a_suspected_mrd_relapse_is_not_in_the_history() -> None:
    made = registry(responses=[remission(0)], mrd_samples=RELAPSED[:2])
    assert told(made, Happening.MRD_RELAPSE) == []
    assert told(registry(responses=[remission(0)], mrd_samples=[*RELAPSED[:2], sample(60, "neg")]), "MRD relapse") == []


def test_an_mrd_relapse_appears_on_the_day_it_is_confirmed_and_not_before() -> None:
    made = registry(responses=[remission(0)], mrd_samples=RELAPSED)
    assert [f["earliest_day"] for f in facts(made, on=59) if f["kind"] == "MRD relapse"] == []
    assert [f["earliest_day"] for f in facts(made, on=60) if f["kind"] == "MRD relapse"] == [40]


def test_a_death_in_two_tables_is_one_death() -> None:
    made = registry(patients=patient(death_day=300), events=[{"event_day": 300, "kind": "death", "detail": "sepsis"}])
    assert told(made, Happening.DEATH) == [(300, 300, None)]
    assert told(registry(events=[{"event_day": 300, "kind": "death", "detail": "sepsis"}]), Happening.DEATH) == [
        (300, 300, "sepsis")
    ]


def test_a_death_looked_for_and_not_found_is_none() -> None:
    assert told(registry(events=[{"event_day": 300, "kind": "death", "present": False}]), Happening.DEATH) == []


def test_the_last_sign_of_life_is_the_contact_or_a_later_fact() -> None:
    contact = {"patients": patient(last_contact_day=300)}
    assert told(registry(**contact), Happening.CONTACT) == [(300, 300, "last contact")]
    same = registry(**contact, counts=[{"sample_day": 300}])
    assert told(same, Happening.CONTACT) == [(300, 300, "last contact")]
    later = registry(**contact, counts=[{"sample_day": 320}])
    assert told(later, Happening.CONTACT) == [(320, 320, "last record, in counts")]


def test_a_report_that_the_patient_died_is_no_sign_of_life() -> None:
    died = {"response_day": 20, "reported_response": "died before assessment"}
    assert told(registry(responses=[died]), Happening.CONTACT) == []


def test_a_patient_of_whom_nothing_is_dated_has_no_history() -> None:
    assert facts(only(patients=[{"patient_id": "p"}])) == []
    assert facts(Registry.from_tables({"patients": []}, relative=True)) == []


def test_a_day_that_was_not_published_is_bounds_in_its_order() -> None:
    made = only(
        patients=[{"patient_id": "p"}],
        mrd_samples=[sample(day, 0.1, name=f"s{k}", sequence=k) for k, day in enumerate([None, 10, None, 40, None])],
    )
    assert [f[:2] for f in told(made, Happening.MRD_SAMPLE)] == [(-FAR, 10), (10, 10), (10, 40), (40, 40), (40, FAR)]
    [(earliest, latest, _)] = told(made, Happening.CONTACT)
    assert (earliest, latest) == (40, FAR)


def test_no_day_is_made_up_for_the_published_patients() -> None:
    """A day that the history gives exactly is written in the records."""
    made = published()
    written = {
        (row["patient_id"], row[name])
        for table in made.tables
        for row in made.days(table).to_dicts()
        for name in row
        if name.endswith("_day") and row[name] is not None and "patient_id" in row
    }
    for fact in facts(made):
        assert fact["earliest_day"] <= fact["latest_day"]
        if fact["earliest_day"] == fact["latest_day"]:
            assert (fact["patient_id"], fact["earliest_day"]) in written


@given(registries.tables)
def test_the_history_is_in_order_and_every_dated_fact_is_in_it(tables: dict[str, list[Row]]) -> None:
    found = facts(registry(**tables))
    assert [f["order"] for f in found] == sorted(f["order"] for f in found)
    for table, day, kind in (
        ("mrd_samples", "sample_day", "MRD sample"),
        ("marrows", "sample_day", "marrow"),
        ("treatments", "start_day", "treatment"),
        ("transplants", "transplant_day", "transplant"),
    ):
        assert sorted(f["earliest_day"] for f in found if f["kind"] == kind) == sorted(r[day] for r in tables[table])
    assert all(f["earliest_day"] == f["latest_day"] for f in found)


@given(registries.tables, st.integers(-10, 420))
def test_nothing_later_than_a_day_is_in_the_history_as_of_it(tables: dict[str, list[Row]], on: int) -> None:
    assert all(f["latest_day"] <= on for f in facts(registry(**tables), on=on))


def test_a_contact_after_the_death_is_not_silently_overruled() -> None:
    """A death in `events` before the last contact: one of the two is wrong, and somebody must be told."""
    made = Registry.from_tables(
        {
            "patients": patient(last_contact_day=300),
            "events": [{"patient_id": "p", "event_day": 200, "kind": "death"}],
        },
        relative=True,
    )
    assert made.check().height
