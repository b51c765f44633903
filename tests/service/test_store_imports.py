"""Imports: what comes out of the store is what went in, twice is once, and what is bad is left out alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from registries import registry as small
from registries import tables as some_tables
from same_answers import frames_of
from service_running import centre_of
from store_tables import a_centre, a_sample, opened, patients
from tenfold.assessment import assess
from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.tables import TABLES
from tenfold.service.store import accounts, entry
from tenfold.service.store.centre import Centre, live_records
from tenfold.service.store.imports import plan, store_registry
from tenfold.service.store.outcome import Refused
from tenfold.service.store.store import Store

_numbers = iter(range(10**9))


def new_centre(store: Store) -> Centre:
    return Centre(store, accounts.add_centre(store, f"centre {next(_numbers)}"), None, "somebody")


def through(store: Store, *registries: Registry) -> Registry:
    centre = new_centre(store)
    for one in registries:
        store_registry(centre, one, "a test")
    return centre.registry()[0]


def simulated() -> Registry:
    return simulate_registry(8, seed=11).registry


def rows(registry: Registry) -> dict[str, list[str]]:
    """Every row of a registry but what is complete, whatever its place."""
    return {
        name: sorted(map(str, frame.rows()))
        for name, frame in registry.tables.items()
        if name != "completeness" and frame.height
    }


def complete(registry: Registry) -> dict[str, list[Any]]:
    found = {name: sorted(registry.complete(name).rows()) for name in TABLES if name != "completeness"}
    return {name: rows for name, rows in found.items() if rows}


def same(before: Registry, after: Registry) -> None:
    assert rows(after) == rows(before)
    assert complete(after) == complete(before)
    assert (after.axis, after.simulated) == (before.axis, before.simulated)
    old, new = frames_of(assess(before)), frames_of(assess(after))
    for name, frame in old.items():
        assert new[name].equals(frame), f"{name} differs"


def damaged(registry: Registry) -> Registry:
    """The same with rows that cannot be, of a patient who is known and of one whose name cannot be read, and statements."""
    some = registry.patient_ids()["patient_id"].to_list()
    day = "sample_day" if registry.axis == "relative" else "sample_date"
    bad = [{"patient_id": some[0], day: "soon", "platelets_e9_l": "many"}]
    counts = [
        {name: None if value is None else str(value) for name, value in row.items()}
        for row in registry.table("counts").to_dicts()
    ]
    said = [{"patient_id": some[1], "table": "marrows", "complete": "no"}]
    tables: dict[str, Any] = {
        name: frame for name, frame in registry.tables.items() if name not in ("counts", "completeness")
    }
    made = Registry.from_tables(
        {**tables, "counts": [*counts, *bad], "completeness": said},
        relative=registry.axis == "relative",
        simulated=registry.simulated,
    )
    assert made.set_aside.height == 1
    return made


@pytest.mark.parametrize("make", [published, simulated], ids=["published", "simulated"])
def test_a_registry_comes_out_of_the_store_as_it_went_in(url: str, make: Any) -> None:
    with opened(url) as store:
        registry = make()
        same(registry, through(store, registry))
        same(damaged(registry), through(store, damaged(registry)))


@profile(suppress_health_check=list(HealthCheck), max_examples=6)
@given(some_tables, st.sampled_from([None, "counts", "events"]), st.booleans())
def test_any_small_registry_comes_out_as_it_went_in(
    store: Store, tables: Any, partial: str | None, everybody: bool
) -> None:
    more = {}
    if partial is not None:
        said = {"patient_id": None if everybody else "p", "table": partial, "complete": True, "from_day": 30}
        more = {"completeness": [said]}
    made = Registry.from_tables(
        {
            "patients": [{"patient_id": "p"}],
            **{n: [{"patient_id": "p", **r} for r in rs] for n, rs in tables.items()},
            **more,
        },
        relative=True,
    )
    same(made, through(store, made))


def test_one_patient_is_read_back_as_from_the_whole(store: Store) -> None:
    centre = new_centre(store)
    store_registry(centre, published(), "a test")
    whole, _ = centre.registry()
    for patient in centre.patients()[:3]:
        one, _ = centre.registry([patient.id])
        assert rows(one) == rows(whole.patient(patient.patient_id))
        assert {n: r for n, r in complete(one).items() if n in one.tables} == {
            n: r for n, r in complete(whole.patient(patient.patient_id)).items() if n in one.tables
        }


@pytest.mark.parametrize("make", [published, simulated], ids=["published", "simulated"])
def test_importing_twice_changes_nothing(store: Store, make: Any) -> None:
    centre = new_centre(store)
    registry = damaged(make())
    store_registry(centre, registry, "first")
    before, revision = centre.registry()
    again = store_registry(centre, registry, "second")
    after, risen = centre.registry()
    assert (again.added, again.merged, again.new_patients) == ({}, {}, [])
    assert (rows(after), complete(after), risen) == (rows(before), complete(before), revision)
    assert after.set_aside.equals(before.set_aside)


def test_the_order_of_imports_of_different_patients_does_not_matter(store: Store) -> None:
    whole = damaged(simulated())
    names = whole.patient_ids()["patient_id"].to_list()
    first, second = whole.select(names[:3]), whole.select(names[3:])
    one, other = through(store, first, second), through(store, second, first)
    assert rows(one) == rows(other) == rows(whole)
    assert complete(one) == complete(other) == complete(whole)
    # Text set aside of nobody in particular concerns each of them.
    assert {name: frame.height for name, frame in frames_of(assess(one)).items()} == {
        name: frame.height for name, frame in frames_of(assess(whole)).items()
    }


def test_a_filled_cell_takes_the_old_ones_place_and_an_empty_one_takes_nothing_away(store: Store) -> None:
    centre = new_centre(store)
    store_registry(centre, patients("p"), "first")
    update = patients("p", mrd_samples=[a_sample("p", "2023-04-01")])
    cells = [{"patient_id": "p", "sex": "male", "death_date": "2024-01-01"}]
    later = Registry.from_tables({"patients": cells, "mrd_samples": update.table("mrd_samples")})
    done = store_registry(centre, later, "second")
    assert (done.merged, done.added, done.unchanged["mrd_samples"]) == ({"patients": 1}, {"mrd_samples": 1}, 1)
    row = centre.registry()[0].table("patients").row(0, named=True)
    assert (row["sex"], str(row["diagnosis_date"]), str(row["death_date"])) == ("male", "2023-01-05", "2024-01-01")
    ended = [one for one in entry.history_of(centre, centre.patients()[0].id) if one["ended"]]
    assert [one["ended"][0]["content"]["sex"] for one in ended] in (["female"], [])


def test_what_cannot_stand_beside_what_is_on_record_is_left_out_and_the_rest_goes_in(store: Store) -> None:
    centre = new_centre(store)
    cells = [{"patient_id": name, "birth_date": "1960-05-05", "diagnosis_date": "2023-01-05"} for name in ("p", "q")]
    store_registry(
        centre, Registry.from_tables({"patients": cells, "counts": patients("p", "q").table("counts")}), "first"
    )
    before_birth = {"patient_id": "p", "sample_date": "1959-01-01", "platelets_e9_l": 4.0}
    fine = {"patient_id": "q", "sample_date": "2023-09-01", "platelets_e9_l": 5.0}
    coming = Registry.from_tables({"counts": [before_birth, fine]})
    for _ in range(2):  # a second time changes nothing
        done = store_registry(centre, coming, "second")
        registry, _ = centre.registry()
        assert sorted(registry.table("counts")["platelets_e9_l"]) == [5.0, 210.5, 210.5]
        assert done.faults["patient_id"].unique().to_list() == ["p"]
        assert "birth" in done.faults["rule"][0]
        # What the row might have said is not taken for nothing.
        assert registry.complete("counts")["patient_id"].to_list() == ["q"]
        assert registry.set_aside.height == 1
        assert "platelets_e9_l=4.0" in registry.set_aside["text"][0]


def test_a_row_beside_which_a_record_could_not_stand_is_left_out_itself(store: Store) -> None:
    centre = new_centre(store)
    store_registry(centre, patients("p", "q"), "first")
    cells = [{"patient_id": name, "birth_date": day} for name, day in (("p", "2023-02-15"), ("q", "1960-01-01"))]
    done = store_registry(centre, Registry.from_tables({"patients": cells}), "second")
    born = dict(
        centre.registry()[0].table("patients").select("patient_id", pl.col("birth_date").cast(pl.String)).rows()
    )
    assert born == {"p": None, "q": "1960-01-01"}
    assert centre.registry()[0].table("counts").height == 2
    assert done.faults["patient_id"].to_list() == ["p"]


def test_a_sample_with_the_number_of_another_patients_is_left_out(store: Store) -> None:
    centre = new_centre(store)
    store_registry(centre, patients("p"), "first")
    taken = a_sample("q", sample_id="p-2023-03-01")
    coming = Registry.from_tables(
        {"patients": [{"patient_id": "q"}], "mrd_samples": [taken, a_sample("q", "2023-05-01")]}
    )
    done = store_registry(centre, coming, "second")
    registry, _ = centre.registry()
    assert sorted(registry.table("mrd_samples")["sample_id"]) == ["p-2023-03-01", "q-2023-05-01"]
    assert done.faults["rule"].to_list() == ["another patient's sample on record has this number"]
    assert "q" not in registry.complete("mrd_samples")["patient_id"].to_list()


def test_a_bad_row_of_a_patient_who_is_on_record_is_kept_though_the_file_has_no_other_of_that_patient(
    store: Store,
) -> None:
    centre = new_centre(store)
    store_registry(centre, patients("p", "q"), "first")
    bad = {"patient_id": "p", "sample_date": "soon", "platelets_e9_l": "3"}
    stranger = {"patient_id": "stranger", "sample_date": "soon", "platelets_e9_l": "3"}
    good = {"patient_id": "q", "sample_date": "2023-09-09", "platelets_e9_l": "30"}
    done = store_registry(centre, Registry.from_tables({"counts": [bad, stranger, good]}), "second")
    registry, _ = centre.registry()
    assert registry.complete("counts")["patient_id"].to_list() == ["q"]
    assert (done.known_patients, done.new_patients) == (["p", "q"], [])
    assert registry.patient_ids()["patient_id"].to_list() == ["p", "q"]


def test_a_table_that_one_file_has_is_not_complete_for_the_patients_of_another(store: Store) -> None:
    marrows = [{"patient_id": "p", "sample_date": "2023-02-02", "blasts_pct": 3.0}]
    registry = through(store, patients("p", marrows=marrows), patients("q"))
    assert registry.complete("marrows")["patient_id"].to_list() == ["p"]
    assert registry.complete("counts")["patient_id"].to_list() == ["p", "q"]


def test_an_identifier_that_is_too_long_is_left_out_and_the_rest_goes_in(url: str) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        done = store_registry(centre, patients("p", "x" * 300), "first")
        assert [one.patient_id for one in centre.patients()] == ["p"]
        assert "300 letters" in done.faults["rule"][0]


def test_dates_and_days_and_the_real_and_the_simulated_do_not_mix(store: Store) -> None:
    centre = new_centre(store)
    store_registry(centre, patients("p"), "first")
    with pytest.raises(Refused, match="keeps dates"):
        store_registry(centre, small(), "second")
    with pytest.raises(Refused, match="simulated"):
        store_registry(centre, replace(patients("q"), simulated=True), "second")
    assert centre.about()["revision"] == 1


def test_what_a_plan_says_is_what_storing_does(store: Store) -> None:
    centre = new_centre(store)
    for registry in (damaged(simulated()), replace(patients("p"), simulated=True)):
        planned = plan(centre, registry)
        with centre.reading() as connection:
            before = len(live_records(centre, connection))
        done = store_registry(centre, registry, "a test", planned.revision)
        for name in ("new_patients", "known_patients", "added", "merged", "unchanged"):
            assert getattr(planned, name) == getattr(done, name)
        with centre.reading() as connection:
            assert len(live_records(centre, connection)) - before == sum(done.added.values())


def test_the_sources_of_several_files_add_up(store: Store) -> None:
    centre = centre_of(store)
    for name, source in (("p", "a file"), ("q", "another"), ("r", "a file")):
        store_registry(centre, replace(patients(name), sources={"counts": source}), "a test")
    assert centre.registry()[0].sources == {"counts": "a file; another"}
