"""Facts written by hand: what is stated complete, and who changed what and why."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from entry_facts import COUNT, one_of

from tenfold.records.registry import Registry
from tenfold.service.store.centre import SET_ASIDE, Centre, Patient
from tenfold.service.store.entry import add_patient, draft, history_of, records_of, say_complete, write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.outcome import Conflict, Refused


def test_adding_a_row_says_nothing_of_the_others(centre: Centre, patient: Patient) -> None:
    """No row of another patient, or of another day, comes to mean "no" because a table has got its first row."""
    add_patient(centre, {"patient_id": "N-2"})
    write_facts(centre, patient.id, 0, add={"events": [{"event_date": "2024-03-01", "kind": "infection"}]})
    registry, _ = centre.registry()
    assert registry.recorded("events")
    assert registry.complete("events").is_empty()


def test_what_is_stated_complete_is_so_of_that_patient_from_that_day_until_it_is_taken_back(
    centre: Centre, patient: Patient
) -> None:
    add_patient(centre, {"patient_id": "N-2"})
    say_complete(centre, patient.id, 0, "events", True, "2024-01-01")
    complete = centre.registry()[0].complete("events")
    assert complete.to_dicts() == [
        {"patient_id": "N-1", "complete_from_day": (date(2024, 1, 1) - date(1970, 1, 1)).days}
    ]
    say_complete(centre, patient.id, 1, "events", True)
    assert centre.registry()[0].complete("events")["complete_from_day"].to_list() == [None]
    say_complete(centre, patient.id, 2, "events", False)
    assert centre.registry()[0].complete("events").is_empty()
    assert [row["kind"] for row in records_of(centre, patient.id)].count("completeness") == 1
    with pytest.raises(Refused):
        say_complete(centre, patient.id, 3, "events", True, "2024-13-01")
    with pytest.raises(Conflict):
        say_complete(centre, patient.id, 1, "events", True)


def test_a_row_set_aside_keeps_its_table_from_meaning_no_until_it_is_entered(centre: Centre) -> None:
    rows = {"patients": [{"patient_id": "A"}], "events": [{"patient_id": "A", "event_date": "soon", "kind": "relapse"}]}
    store_registry(centre, Registry.from_tables(rows), "test")
    key = centre.patients()[0].id
    assert centre.registry()[0].complete("events").is_empty()
    (aside,) = [row["content"] for row in records_of(centre, key) if row["kind"] == SET_ASIDE]
    assert "soon is not a date" in aside["wrong"][0]
    right = {"event_date": "2024-03-01", "kind": "relapse"}
    write_facts(centre, key, 0, add={"events": [right]}, end=[one_of(centre, key, SET_ASIDE)])
    registry, _ = centre.registry()
    assert registry.set_aside.is_empty()
    assert registry.table("events")["kind"].to_list() == ["relapse"]


def test_history_tells_who_changed_what_and_why_also_of_an_import(centre: Centre) -> None:
    store_registry(centre, Registry.from_tables({"counts": [{"patient_id": "A", **COUNT}]}), "the file of May")
    key = centre.patients()[0].id
    held = one_of(centre, key, "counts")
    write_facts(centre, key, 0, add={"counts": [{**COUNT, "platelets_e9_l": "12"}]}, end=[held], reason="a slip")
    write_facts(centre, key, 1, end=[one_of(centre, key, "counts")], reason="of another patient")
    withdrawn, corrected, imported = history_of(centre, key)
    assert (imported["action"], imported["reason"]) == ("imported", "the file of May")
    assert (corrected["action"], corrected["reason"], corrected["account"]) == (
        "corrected",
        "a slip",
        "north clinician",
    )
    (step,) = corrected["steps"]
    assert [step[when]["content"]["platelets_e9_l"] for when in ("before", "after")] == [120.0, 12.0]
    (step,) = withdrawn["steps"]
    assert step["after"] is None


def test_a_draft_is_never_stored(centre: Centre, patient: Patient) -> None:
    judged, registry = draft(centre, patient.id, {"counts": [COUNT]})
    assert judged.faults.is_empty()
    assert registry is not None
    assert registry.table("counts").height == 1
    assert centre.registry()[0].table("counts").is_empty()
    assert history_of(centre, patient.id)[0]["action"] == "patient added"


def test_null_stays_null(centre: Centre, patient: Patient) -> None:
    """A yes or no that was left open is not known after storing, correcting and reading back."""
    write_facts(centre, patient.id, 0, add={"marrows": [{"sample_date": "2024-03-01", "evaluable": ""}]})
    held = one_of(centre, patient.id, "marrows")
    corrected = {"sample_date": "2024-03-01", "evaluable": None, "blasts_pct": "3"}
    write_facts(centre, patient.id, 1, add={"marrows": [corrected]}, end=[held])
    marrow = centre.registry()[0].table("marrows")
    assert marrow.select(pl.col("evaluable", "spicules", "auer_rods").is_null().all()).row(0) == (True, True, True)
