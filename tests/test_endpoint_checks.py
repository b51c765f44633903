"""Endpoints of a study's own, splits by facts of the future, and histories that cannot be."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import registries
from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.endpoints import EVERY_ENDPOINT, OVERALL_SURVIVAL, times
from tenfold.endpoints.custom import EndpointFault, custom_endpoint, custom_endpoints
from tenfold.endpoints.impossible import impossible_histories
from tenfold.endpoints.intervals import check_intervals
from tenfold.endpoints.time_zero import (
    KNOWN_FACTS,
    OFFERS,
    ImmortalTime,
    fact_days,
    later_facts,
    mrd_at,
    refuse_later_facts,
)
from tenfold.records import Registry
from tenfold.vocabulary import Clock, TimePoint

Row = dict[str, Any]
MINE: Row = {
    "name": "leukaemia-free survival after venetoclax",
    "start": "venetoclax",
    "events": ["relapse", "death"],
    "censor": ["known to be alive"],
}


def patient(**fields: Any) -> list[Row]:
    return [{"patient_id": "p", "diagnosis_day": 0, "age_years": 60, **fields}]


def one_time(made: Registry, rule: Any, **more: Any) -> Row:
    one = assess(made)
    [found] = times(one.registry, one.history, one.molecular, rule, **more).to_dicts()
    return found


def faults(**changed: Any) -> str:
    with pytest.raises(EndpointFault) as refused:
        custom_endpoint({**MINE, **changed})
    return str(refused.value)


# --- An endpoint of a study's own. ---------------------------------------------------------------------------------------


def test_a_study_says_what_its_endpoint_starts_and_ends_with() -> None:
    rule = custom_endpoint(MINE)
    made = registry(
        patients=patient(last_contact_day=500),
        responses=[remission(60)],
        treatments=[line(5)],
        events=[{"event_day": 200, "kind": "relapse"}],
    )
    found = one_time(made, rule)
    assert (found["endpoint"], found["clock"]) == (MINE["name"], "first dose of venetoclax")
    assert (found["time_days"], found["event_kind"]) == (195.0, "relapse")


def test_a_transplant_may_end_the_observation_compete_or_be_the_event() -> None:
    made = registry(
        patients=patient(last_contact_day=500),
        responses=[remission(60)],
        treatments=[line(5)],
        transplants=[{"transplant_day": 120}],
    )
    status = {}
    for key in ("stop_at", "competing", "events"):
        entry = {**MINE, key: [*MINE.get(key, []), "transplant"]}
        found = one_time(made, custom_endpoint(entry))
        assert found["time_days"] == 115.0
        status[key] = found["status"]
    assert status == {"stop_at": "censored", "competing": "competing", "events": "event"}


def test_transplants_that_nobody_recorded_leave_an_endpoint_with_transplant_open() -> None:
    made = registry(patients=patient(last_contact_day=500), responses=[remission(60)], treatments=[line(5)])
    kept = Registry.from_tables({k: v for k, v in made.tables.items() if k != "transplants"}, relative=True)
    rule = custom_endpoint({**MINE, "stop_at": ["transplant"]})
    assert one_time(made, rule)["status"] == "censored"
    assert one_time(kept, rule)["left_out_because"] == "transplants are not recorded completely from then on"


def test_a_study_may_set_horizon_landmark_and_delayed_entry() -> None:
    entry = {
        "name": "EFS, 90 days",
        "start": "diagnosis",
        "events": ["treatment failure", "relapse", "death"],
        "censor": ["response assessment"],
        "landmark_days": 90,
        "horizon_days": 365,
        "entry": "first treatment",
    }
    rule = custom_endpoint(entry)
    assert (rule.failure, rule.landmark_days, rule.entry) == ("when documented", 90, Clock.TREATMENT)
    late = {"response_day": 120, "reported_response": "CR"}
    made = registry(patients=patient(last_contact_day=500), responses=[late], treatments=[line(5, "induction")])
    found = one_time(made, rule)
    assert (found["time_days"], found["event_kind"], found["entry_days"]) == (95.0, "treatment failure", 5.0)


def test_remission_itself_may_be_the_event_with_death_competing() -> None:
    entry = {**MINE, "start": "treatment", "events": ["remission"], "competing": ["death"]}
    made = registry(patients=patient(death_day=100), responses=[remission(60)], treatments=[line(5)])
    assert one_time(made, custom_endpoint(entry))["time_days"] == 55.0
    died = registry(patients=patient(death_day=100), responses=[], treatments=[line(5)])
    assert one_time(died, custom_endpoint(entry))["status"] == "competing"


@pytest.mark.parametrize("word", [clock.value for clock in Clock])
def test_every_clock_may_start_a_studys_endpoint(word: str) -> None:
    assert custom_endpoint({**MINE, "start": word}).clock == word


def test_what_cannot_be_used_is_said_in_plain_words() -> None:
    assert "did you mean 'relapse'?" in faults(events=["relaps", "death"])
    assert "start 'moon' is not known" in faults(start="moon")
    assert "key 'event' is not known; did you mean 'events'?" in faults(event=["death"])
    assert "events must be a list" in faults(events="death")
    assert "death is named more than once" in faults(competing=["death"])
    assert "say what a death is" in faults(events=["relapse"])
    assert "above 0, not -3" in faults(horizon_days=-3)
    assert "in_remission must be true or false" in faults(in_remission="yes")
    assert "an endpoint of Tenfold already" in faults(name="OS")
    assert "treatment failure is not among the events" in faults(failure="day 1")
    assert "at least one of" in faults(censor=[])
    assert "landmark_days is given" in faults(landmark_days=90)


def test_every_fault_of_an_endpoint_is_named_at_once() -> None:
    with pytest.raises(EndpointFault) as refused:
        custom_endpoint({"name": "mine", "start": "moon", "events": []})
    assert len(refused.value.faults) == 3


def test_two_endpoints_of_one_name_are_refused() -> None:
    assert set(custom_endpoints({"endpoint": [MINE]})) == {MINE["name"]}
    assert custom_endpoints({}) == {}
    with pytest.raises(EndpointFault, match="two endpoints"):
        custom_endpoints({"endpoint": [MINE, MINE]})
    with pytest.raises(EndpointFault, match="under its own"):
        custom_endpoints({"endpoint": MINE})


json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*MINE, "competing", "stop_at", "horizon_days", "failure", "entry"]), json))
def test_whatever_a_study_file_holds_the_refusal_is_in_words(changed: Row) -> None:
    rule, said = None, ()
    try:
        rule = custom_endpoint({**MINE, **changed})
    except EndpointFault as refused:
        said = refused.faults
    assert said if rule is None else "death" in rule.ends


def test_every_endpoint_says_how_patients_without_an_event_are_censored() -> None:
    for name, rule in EVERY_ENDPOINT.items():
        assert rule.censoring, name
        assert rule.citation, name
        assert rule.censored_at, name


# --- Curves split by a fact of the future. ---------------------------------------------------------------------------------

SPLIT = {
    "patients": [
        {"patient_id": who, "diagnosis_day": 0, "last_contact_day": 500}
        for who in ("never", "later", "before", "undated")
    ],
    "transplants": [
        {"patient_id": "later", "transplant_day": 150},
        {"patient_id": "before", "transplant_day": 0},
    ],
}


def split() -> tuple[pl.DataFrame, pl.DataFrame]:
    one = assess(registry(**SPLIT))
    rows = times(one.registry, one.history, one.molecular, OVERALL_SURVIVAL)
    return rows, KNOWN_FACTS["transplant"](one.history)


def test_a_curve_split_by_a_later_transplant_is_refused_and_the_alternatives_are_named() -> None:
    with pytest.raises(ImmortalTime) as refused:
        refuse_later_facts(*split(), "Transplant")
    assert (refused.value.later.later, refused.value.later.by_then) == (1, 1)
    assert "up to 150 days later" in str(refused.value)
    assert "later" in refused.value.later.examples
    assert all(offer in str(refused.value) for offer in OFFERS)


def test_as_published_the_curve_is_drawn_with_the_warning() -> None:
    warning = refuse_later_facts(*split(), "Transplant", as_published=True)
    assert warning is not None
    assert warning.startswith("Split as published, by a fact of the future: Transplant comes after time zero")


def test_a_fact_known_at_time_zero_splits_freely() -> None:
    rows, facts = split()
    assert refuse_later_facts(rows, facts.filter(pl.col("patient_id") == "before"), "Transplant") is None
    assert refuse_later_facts(rows, facts.clear(), "Transplant") is None


def test_a_fact_of_unknown_day_is_not_known_to_come_first() -> None:
    rows, facts = split()
    unsaid = pl.DataFrame({"patient_id": ["undated"], "fact_day": [None]}, schema=facts.schema)
    later = later_facts(rows, unsaid, "Transplant")
    assert later is not None
    assert (later.undated, later.longest_days) == (1, None)
    with pytest.raises(ImmortalTime, match="the day is not known"):
        refuse_later_facts(rows, unsaid, "Transplant")


def test_two_days_of_one_fact_are_not_chosen_between() -> None:
    rows, facts = split()
    with pytest.raises(ValueError, match="give the first day"):
        refuse_later_facts(rows, pl.concat([facts, facts]), "Transplant")


def test_response_venetoclax_and_mrd_after_the_start_are_facts_of_the_future() -> None:
    made = registry(
        patients=patient(last_contact_day=500),
        responses=[remission(60)],
        treatments=[line(5, "induction", end_day=200)],
        mrd_samples=[sample(100, "neg")],
        events=[{"event_day": 300, "kind": "relapse"}],
    )
    one = assess(made)
    rows = times(one.registry, one.history, one.molecular, OVERALL_SURVIVAL)
    for name in ("remission", "venetoclax", "haematological relapse"):
        with pytest.raises(ImmortalTime):
            refuse_later_facts(rows, KNOWN_FACTS[name](one.history), name)
    with pytest.raises(ImmortalTime):
        refuse_later_facts(rows, mrd_at(one.molecular, TimePoint.ON_TREATMENT), "MRD on treatment")
    with pytest.raises(ImmortalTime):
        refuse_later_facts(rows, fact_days(one.registry, "events", pl.col("kind") == "relapse"), "relapse")
    on_venetoclax = times(one.registry, one.history, one.molecular, OVERALL_SURVIVAL, Clock.VENETOCLAX)
    assert refuse_later_facts(on_venetoclax, KNOWN_FACTS["venetoclax"](one.history), "Venetoclax") is None


# --- Histories that cannot be. --------------------------------------------------------------------------------------------


def impossible(made: Registry) -> list[tuple[str, str]]:
    return [(r["what"], r["explanation"]) for r in impossible_histories(made, assess(made).history).to_dicts()]


def raw(**tables: list[Row]) -> Registry:
    return Registry.from_tables(
        {name: [{"patient_id": "p", **row} for row in rows] for name, rows in tables.items()}, relative=True
    )


def test_a_death_in_the_events_before_other_records_is_named() -> None:
    made = raw(
        patients=patient(),
        events=[{"event_day": 100, "kind": "death"}],
        responses=[{"response_day": 150, "reported_response": "CR"}],
        treatments=[line(170)],
    )
    assert impossible(made) == [
        ("record after death", "a row of responses on day 150 is after the death on day 100"),
        ("record after death", "a row of treatments on day 170 is after the death on day 100"),
        ("remission after death", "a remission on day 150 is after the death on day 100"),
    ]


def test_what_comes_before_the_diagnosis_is_named() -> None:
    made = raw(
        patients=patient(),
        events=[{"event_day": -20, "kind": "death"}],
        treatments=[line(-50, "induction"), line(-800, "prior disorder", "azacitidine")],
        transplants=[{"transplant_day": -30}],
    )
    found = dict(impossible(made))
    assert found["death before diagnosis"] == "the death on day -20 is before the diagnosis on day 0"
    assert ("record before diagnosis", "a treatment of the leukaemia on day -50 is before its diagnosis on day 0") in (
        impossible(made)
    )
    assert not any("-800" in explanation for _, explanation in impossible(made))


def test_a_relapse_on_the_day_of_the_remission_and_one_without_any_are_named() -> None:
    same = raw(patients=patient(), responses=[remission(50)], events=[{"event_day": 50, "kind": "relapse"}])
    assert ("remission and relapse on one day", "a remission and a relapse are recorded on day 50") in impossible(same)
    alone = raw(patients=patient(), responses=[], events=[{"event_day": 50, "kind": "relapse"}])
    assert [what for what, _ in impossible(alone)] == ["relapse without remission"]
    nobody_wrote = raw(patients=patient(), events=[{"event_day": 50, "kind": "relapse"}])
    assert impossible(nobody_wrote) == []


def test_two_deaths_and_a_long_silence_are_named() -> None:
    events = [{"event_day": 100, "kind": "death"}, {"event_day": 130, "kind": "death"}]
    assert ("two deaths", "deaths are recorded on day 100 and on day 130") in impossible(
        raw(patients=patient(), events=events)
    )
    silent = raw(patients=patient(last_contact_day=900), treatments=[line(10)])
    assert impossible(silent) == [
        ("gap", "nothing is recorded between day 10 and day 900, 890 days: an event between them would be missing")
    ]


def test_dates_are_named_as_dates() -> None:
    made = Registry.from_tables(
        {
            "patients": [{"patient_id": "p", "diagnosis_date": "2020-01-10"}],
            "transplants": [{"patient_id": "p", "transplant_date": "2020-01-05"}],
        }
    )
    assert impossible(made) == [
        (
            "record before diagnosis",
            "a transplant of the leukaemia on 5 January 2020 is before its diagnosis on 10 January 2020",
        )
    ]


@given(registries.tables)
def test_a_possible_life_is_not_called_impossible(tables: dict[str, list[Row]]) -> None:
    """Diagnosed before everything and alive after: only the course and silences can be odd."""
    whole = registry(**{**tables, "patients": patient(diagnosis_day=-100, last_contact_day=500)})
    odd = {what for what, _ in impossible(whole)}
    assert odd <= {"relapse without remission", "remission and relapse on one day", "gap"}


def test_rows_of_a_patients_time_are_checked_as_survcheck_does() -> None:
    rows = pl.DataFrame(
        {
            "patient_id": ["a", "a", "b", "b", "c", "d", "d", "e"],
            "start": [0, 5, 0, 12, 4, 0, 10, None],
            "stop": [10, 20, 10, 20, 4, 10, 20, 3],
            "event": [False, True, False, True, True, True, False, False],
        }
    )
    found = {(r["patient_id"], r["what"]): r["explanation"] for r in check_intervals(rows).to_dicts()}
    assert set(found) == {
        ("a", "overlap"),
        ("b", "gap"),
        ("c", "no time"),
        ("d", "after the event"),
        ("e", "unknown"),
    }
    assert found["a", "overlap"] == (
        "row 2, from 5.0 to 20.0: the patient is at risk twice, as an earlier row lasts until 10.0"
    )


def test_a_long_row_overlaps_every_later_one() -> None:
    rows = pl.DataFrame({"patient_id": ["a"] * 3, "start": [0, 1, 5], "stop": [9, 2, 6], "event": [False] * 3})
    assert [r["what"] for r in check_intervals(rows).to_dicts()] == ["overlap", "overlap"]
    with pytest.raises(ValueError, match="no column event"):
        check_intervals(rows.drop("event"))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.booleans())
def test_time_cut_end_to_end_is_in_order(lengths: list[int], happened: bool) -> None:
    stops = [sum(lengths[: k + 1]) for k in range(len(lengths))]
    starts = [0, *stops[:-1]]
    events = [False] * (len(lengths) - 1) + [happened]
    rows = pl.DataFrame({"patient_id": "a", "start": starts, "stop": stops, "event": events})
    assert check_intervals(rows.sample(fraction=1, shuffle=True, seed=1)).is_empty()
