"""Endpoints beside OS, RFS and FILO's RFS-MRD: worked patients, and event-free survival by a second reading."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from registries import line, only, registry, remission, sample
from tenfold.assessment import Assessment, assess
from tenfold.endpoints import EVERY_ENDPOINT, times
from tenfold.endpoints.mrd_sampling import interval_bounds, sampling_density
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.vocabulary import Clock
from test_endpoints import anything, cohort, moved

Row = dict[str, Any]
EFS_2022, EFS_DATED, EFS_2017 = "EFS-ELN2022", "EFS-failure-date", "EFS-ELN2017"
SCHEDULED = [EFS_2022, EFS_DATED, EFS_2017]


_ASSESSED: dict[tuple[int, int | None], tuple[Registry, Assessment]] = {}


def assessed(made: Registry, on: int | None = None) -> Assessment:
    """The assessment of a registry, made once."""
    key = (id(made), on)
    if key not in _ASSESSED or _ASSESSED[key][0] is not made:
        _ASSESSED.clear()
        _ASSESSED[key] = (made, assess(made, on=on))
    return _ASSESSED[key][1]


def frame(made: Registry, name: str, clock: Clock | None = None, on: int | None = None, **more: Any) -> pl.DataFrame:
    one = assessed(made, on)
    return times(one.registry, one.history, one.molecular, EVERY_ENDPOINT[name], clock, **more)


def row(made: Registry, name: str, clock: Clock | None = None, on: int | None = None, **more: Any) -> Row:
    [found] = frame(made, name, clock, on, **more).to_dicts()
    return found


def told(made: Registry, name: str, clock: Clock | None = None, on: int | None = None) -> Any:
    """(days, status, kind) of a patient with a time, the reason of one without."""
    found = row(made, name, clock, on)
    if found["left_out_because"] is not None:
        empty = ("time_days", "time_months", "event", "competing", "status", "event_kind", "end_day", "entry_days")
        assert all(found[column] is None for column in empty)
        return found["left_out_because"]
    assert found["event"] == (found["status"] == "event")
    assert found["competing"] == (found["status"] == "competing")
    return found["time_days"], found["status"], found["event_kind"]


def patient(**fields: Any) -> list[Row]:
    return [{"patient_id": "p", "diagnosis_day": 0, "age_years": 60, **fields}]


def said(day: int, word: str) -> Row:
    return {"response_day": day, "reported_response": word}


def marrow(day: int, blasts: float) -> Row:
    return {"sample_day": day, "blasts_pct": blasts, "spicules": True, "cells_counted": 300}


def event(day: int, kind: str) -> Row:
    return {"event_day": day, "kind": kind, "present": True}


def treated(responses: list[Row], contact: int | None = None, death: int | None = None, **more: Any) -> Registry:
    """Diagnosed on day 0, treated from day 5."""
    more.setdefault("treatments", [line(5, "induction", "azacitidine+venetoclax", intensive=False, line=1)])
    dates = {"last_contact_day": contact, "death_day": death}
    return registry(patients=patient(**{k: v for k, v in dates.items() if v is not None}), responses=responses, **more)


# --- Event-free survival in its variants. -----------------------------------------------------------------------------


def test_failure_by_the_landmark_counts_at_day_one_under_eln_2022_and_at_the_landmark_when_dated() -> None:
    made = treated([said(40, "PR"), said(120, "no response")], contact=400)
    assert told(made, EFS_2022) == (0.0, "event", "treatment failure")
    assert told(made, EFS_DATED) == (185.0, "event", "treatment failure")
    assert told(made, EFS_2017) == (185.0, "event", "treatment failure")


def test_refractory_disease_is_failure_on_the_day_it_is_documented() -> None:
    made = treated([said(70, "refractory")], contact=100)
    assert told(made, EFS_2022) == (0.0, "event", "treatment failure")
    assert told(made, EFS_DATED) == (70.0, "event", "treatment failure")


def test_two_intensive_courses_without_remission_are_failure_at_that_marrow() -> None:
    course = [line(5, "induction", "cytarabine+daunorubicin", intensive=True, cycles=2, end_day=50, line=1)]
    made = treated([], contact=90, treatments=course, marrows=[marrow(-1, 60.0), marrow(60, 40.0)])
    assert told(made, EFS_DATED) == (60.0, "event", "treatment failure")


def test_a_death_before_the_landmark_counts_at_day_one_or_on_its_day() -> None:
    made = treated([], death=30)
    assert told(made, EFS_2022) == (0.0, "event", "death")
    assert told(made, EFS_DATED) == (30.0, "event", "death")


def test_a_patient_alive_at_the_landmark_and_never_assessed_is_censored_at_day_one() -> None:
    made = treated([], contact=400)
    assert told(made, EFS_2022) == told(made, EFS_DATED) == (0.0, "censored", None)


def test_a_response_that_was_not_evaluable_is_no_assessment() -> None:
    assert told(treated([said(60, "not evaluable")], contact=400), EFS_2022) == (0.0, "censored", None)


def test_a_later_death_of_a_patient_never_assessed_is_not_settled_by_eln_2022() -> None:
    made = treated([], death=300)
    assert told(made, EFS_2022) == "died later than the landmark and was never assessed for response"
    assert told(made, EFS_DATED) == (300.0, "event", "death")


def test_a_responder_is_followed_to_relapse_or_death_and_else_to_the_last_assessment() -> None:
    for name in SCHEDULED:
        relapsed = treated([said(60, "CRh"), said(200, "relapse")], contact=500)
        assert told(relapsed, name) == (200.0, "event", "relapse")
        assert told(treated([said(60, "CRi")], death=300), name) == (300.0, "event", "death")
        assert told(treated([said(60, "CR"), said(150, "CR")], contact=500), name) == (150.0, "censored", None)


def test_an_mrd_sample_is_an_examination_for_eln_2017_and_no_response_assessment_for_eln_2022() -> None:
    made = treated([said(60, "CR")], contact=500, mrd_samples=[sample(100, "neg")])
    assert told(made, EFS_2022) == (60.0, "censored", None)
    assert told(made, EFS_2017) == (100.0, "censored", None)


def test_a_remission_after_the_landmark_does_not_undo_the_failure() -> None:
    made = treated([said(100, "PR"), said(250, "CR")], contact=400)
    assert told(made, EFS_2022) == (0.0, "event", "treatment failure")
    on_the_day = treated([said(185, "CR")], contact=400)
    assert told(on_the_day, EFS_2022) == (185.0, "censored", None)


def test_a_remission_that_took_another_line_is_not_of_the_first_treatment() -> None:
    lines = [line(5, "induction", line=1), line(80, "salvage", "gilteritinib", line=2)]
    made = treated([said(60, "PR"), said(120, "CR")], contact=400, treatments=lines)
    assert told(made, EFS_2022) == (0.0, "event", "treatment failure")


def test_cycles_recorded_as_rows_of_a_salvage_are_one_treatment() -> None:
    lines = [line(5, "salvage"), line(33, "salvage")]
    made = treated([said(60, "CR")], contact=400, treatments=lines)
    assert told(made, EFS_2022, Clock.VENETOCLAX) == (55.0, "censored", None)


def test_a_patient_not_yet_at_the_landmark_has_not_failed() -> None:
    assert told(treated([said(40, "PR")], contact=100), EFS_2022) == (40.0, "censored", None)
    assert told(treated([], contact=100), EFS_2022) == (0.0, "censored", None)


def test_relapsed_disease_that_stays_in_the_marrow_is_failure_of_the_new_treatment_and_no_relapse() -> None:
    made = registry(
        patients=patient(diagnosis_day=-400, last_contact_day=400),
        responses=[said(-300, "CR"), said(-10, "relapse"), said(100, "no response")],
        treatments=[line(5, "salvage")],
        marrows=[marrow(30, 40.0)],
    )
    assert told(made, EFS_DATED, Clock.VENETOCLAX) == (180.0, "event", "treatment failure")


def test_who_is_in_remission_when_treatment_begins_has_no_failure_to_wait_for() -> None:
    made = registry(
        patients=patient(diagnosis_day=-400, last_contact_day=400),
        responses=[said(-300, "CR")],
        treatments=[line(5)],
    )
    assert "there is no response to fail" in told(made, EFS_2022, Clock.VENETOCLAX)


def test_without_complete_responses_nobody_is_said_to_have_failed() -> None:
    responses = [said(40, "PR")]
    stated = [{"table": "responses", "complete": False}]
    assert told(treated(responses, contact=400, completeness=stated), EFS_2022) == (
        "remissions are not recorded completely from then on"
    )
    reached = treated([said(60, "CR")], contact=400, completeness=stated)
    assert told(reached, EFS_2022) == (60.0, "censored", None)


def test_a_marrow_that_may_show_a_remission_leaves_failure_open() -> None:
    made = treated([said(40, "PR")], contact=400, marrows=[marrow(90, 2.0)])
    assert told(made, EFS_2022) == "a marrow may or may not show a remission"


def test_a_patient_who_was_never_treated_has_no_treatment_failure() -> None:
    assert told(treated([], contact=400, treatments=[]), EFS_2022) == "no treatment was begun that could fail"


def test_mrd_relapse_is_an_event_of_efs_mrd_and_cir_mrd() -> None:
    samples = [sample(70, "neg"), sample(130, 0.05), sample(150, 0.2)]
    made = treated([said(60, "CR"), said(200, "CR")], contact=500, mrd_samples=samples)
    assert told(made, "EFS-MRD") == (130.0, "event", "MRD relapse")
    assert told(made, EFS_2022) == (200.0, "censored", None)
    assert told(made, "RFS-MRD-ELN2022") == (70.0, "event", "MRD relapse")
    assert told(made, "CIR-MRD") == (70.0, "event", "MRD relapse")
    unsampled = only(
        patients=patient(last_contact_day=500), responses=[said(60, "CR")], treatments=[line(5)], events=[]
    )
    assert told(unsampled, "CIR-MRD") == "MRD samples are not recorded completely from then on"


def efs_by_hand(r: Row, variant: str) -> Any:
    """The definitions once more for a patient treated from day 5, all recorded: (days, status, kind)."""
    landmark = 185
    said_on = sorted(r["responses"])
    refractory = min((d for d, w in said_on if w == "refractory" and d > 5), default=10**6)
    reached = min((d for d, w in said_on if w in ("CR", "CRi")), default=10**6)
    dead, contact = r["death"], r["contact"]
    assessed = [d for d, w in said_on]
    alive_on = max([5, *assessed, *([contact] if contact is not None else [])])
    if reached <= landmark and reached < refractory:
        relapses = [d for d, w in said_on if w == "relapse" and d > reached]
        ends = [(min(relapses), 0, "relapse")] if relapses else []
        ends += [(dead, 1, "death")] if dead is not None else []
        if ends:
            day, _, kind = min(ends)
            return float(day), "event", kind
        return float(max(assessed)), "censored", None
    past = alive_on >= landmark or (dead is not None and dead > landmark)
    if refractory <= landmark or (past and assessed):
        day = 0 if variant == EFS_2022 else min(refractory, landmark)
        return float(day), "event", "treatment failure"
    if dead is not None and dead <= landmark:
        return (0.0 if variant == EFS_2022 else float(dead)), "event", "death"
    if dead is not None:
        return "left out" if variant == EFS_2022 else (float(dead), "event", "death")
    return float(max(assessed, default=0)), "censored", None


words = st.lists(
    st.tuples(st.integers(6, 300), st.sampled_from(["CR", "CRi", "PR", "refractory", "no response", "relapse"])),
    max_size=4,
    unique_by=lambda pair: pair[0],
)


def sensible(responses: list[tuple[int, str]]) -> bool:
    """A relapse stands only after a remission, and no relapse comes in a patient who never had one."""
    in_remission = False
    for _, word in sorted(responses):
        if word == "relapse" and not in_remission:
            return False
        in_remission = in_remission or word in ("CR", "CRi")
    return True


people = st.fixed_dictionaries(
    {
        "responses": words.filter(sensible),
        "fate": st.sampled_from(["dead", "alive", "alive"]),
        "later": st.integers(0, 250),
    }
)


@settings(phases=[Phase.generate], deadline=None)
@given(st.lists(people, min_size=20, max_size=20))
def test_event_free_survival_is_what_a_second_reading_says(many: list[Row]) -> None:
    tables: dict[str, list[Row]] = {"patients": [], "responses": [], "treatments": []}
    for k, one in enumerate(many):
        last = max([d for d, _ in one["responses"]], default=5) + one["later"]
        one["death"], one["contact"] = (last, None) if one["fate"] == "dead" else (None, last)
        who = {"patient_id": f"p{k:02}"}
        tables["patients"].append(
            {**patient()[0], **who, "death_day": one["death"], "last_contact_day": one["contact"]}
        )
        tables["responses"] += [{**said(d, w), **who} for d, w in one["responses"]]
        tables["treatments"].append({**line(5, "induction"), **who})
    made = registry(**tables)
    for variant in (EFS_2022, EFS_DATED):
        for one, found in zip(many, frame(made, variant).to_dicts(), strict=True):
            got: Any = "left out"
            if found["left_out_because"] is None:
                got = found["time_days"], found["status"], found["event_kind"]
            assert got == efs_by_hand(one, variant), (variant, one, found["left_out_because"])


# --- Relapse with death competing, remission duration, early death. -----------------------------------------------------


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


# --- Stopping venetoclax and treatment-free remission. ------------------------------------------------------------------

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


# --- Time to MRD negativity, and the symmetric RFS-MRD. -------------------------------------------------------------------


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


RELAPSED = [sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]


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


# --- Delayed entry. ---------------------------------------------------------------------------------------------------------


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


# --- How closely MRD was looked for. ---------------------------------------------------------------------------------------


def test_an_mrd_event_lies_between_the_last_sample_before_it_and_its_first() -> None:
    samples = [*RELAPSED, sample(120, "neg"), sample(200, 0.05), sample(230, 0.2)]
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


# --- What holds of every endpoint. -------------------------------------------------------------------------------------------


def life() -> dict[str, list[Row]]:
    """Somebody to whom nearly everything happened."""
    return {
        "patients": patient(death_day=900),
        "treatments": [
            line(5, "induction", line=1, end_day=150),
            line(320, "pre-emptive", line=2, end_day=450),
            line(700, "salvage", "gilteritinib", line=3),
        ],
        "responses": [said(40, "PR"), said(60, "CR"), said(680, "relapse")],
        "marrows": [marrow(-1, 70.0), marrow(680, 50.0)],
        "mrd_samples": [
            sample(70, 0.5),
            sample(100, "neg"),
            sample(250, 0.05),
            sample(280, 0.2),
            sample(380, "neg"),
            sample(600, 0.5),
            sample(640, 3.0),
        ],
        "events": [event(680, "relapse")],
    }


LIFE = {
    "OS": (900.0, "event", "death"),
    "RFS": (620.0, "event", "relapse"),
    "RFS-MRD": (350.0, "event", "MRD relapse"),
    "EFS-ELN2022": (680.0, "event", "relapse"),
    "EFS-failure-date": (680.0, "event", "relapse"),
    "EFS-ELN2017": (680.0, "event", "relapse"),
    "EFS-MRD": (250.0, "event", "MRD relapse"),
    "RFS-ELN2017": (620.0, "event", "relapse"),
    "RFS-MRD-symmetric": (350.0, "event", "MRD relapse"),
    "RFS-MRD-ELN2022": (190.0, "event", "MRD relapse"),
    "CIR": (620.0, "event", "relapse"),
    "CIR-MRD": (190.0, "event", "MRD relapse"),
    "remission duration": (620.0, "event", "relapse"),
    "TFR": (100.0, "event", "MRD relapse"),
    "TFR-relapse-only": (100.0, "event", "MRD relapse"),
    "time to MRD negativity": (95.0, "event", "MRD negativity"),
    "early death, 30 days": (30.0, "censored", None),
    "early death, 60 days": (60.0, "censored", None),
}


def test_one_patient_has_these_times_to_every_endpoint() -> None:
    made = registry(**life())
    assert {name: told(made, name) for name in EVERY_ENDPOINT} == LIFE


PUBLISHED = published()


@pytest.mark.parametrize("name", EVERY_ENDPOINT)
def test_no_endpoint_says_more_than_the_dates_of_the_published_patients(name: str) -> None:
    for found in frame(PUBLISHED, name).to_dicts():
        if found["left_out_because"] is None and found["source"] == "dates":
            assert found["time_days"] == found["end_day"] - found["start_day"] >= 0
        assert (found["left_out_because"] is None) == (found["time_months"] is not None)


@pytest.mark.parametrize("name", ["mrd_samples", "responses", "events", "treatments", "transplants", "marrows"])
def test_a_table_that_is_not_recorded_never_gives_another_time(name: str) -> None:
    """The same time, one that other tables still give, or none; never a time in which the event is lost."""
    whole = registry(**life())
    made = Registry.from_tables({k: v for k, v in whole.tables.items() if k != name}, relative=True)
    for endpoint in EVERY_ENDPOINT:
        found = told(made, endpoint)
        assert isinstance(found, str) or found == LIFE[endpoint], (name, endpoint, found)


@pytest.mark.parametrize("name", EVERY_ENDPOINT)
def test_nobody_and_everybody_undated_have_no_times(name: str) -> None:
    assert frame(Registry.from_tables({"patients": []}, relative=True), name).is_empty()
    assert isinstance(told(only(patients=[{"patient_id": "p"}]), name), str)


@settings(max_examples=2, phases=[Phase.generate], deadline=None)
@given(st.lists(anything, min_size=12, max_size=12).map(cohort), st.integers(-4000, 4000), st.randoms())
def test_neither_the_order_of_rows_nor_the_day_called_zero_matters(tables: Any, by: int, random: Any) -> None:
    tables["treatments"] = [{**r, "end_day": r["start_day"], "line": k} for k, r in enumerate(tables["treatments"], 1)]
    here = registry(**tables)
    shuffled = registry(**{name: random.sample(rows, len(rows)) for name, rows in tables.items()})
    there = registry(**moved(tables, by))
    asked: list[tuple[str, Clock | None]] = [(name, None) for name in EVERY_ENDPOINT]
    asked.append(("OS", Clock.VENETOCLAX_STOP))
    found, in_any_order, later = (
        [frame(made, *which, entry=Clock.TREATMENT if which[0] == "OS" else None) for which in asked]
        for made in (here, shuffled, there)
    )
    days = ("start_day", "end_day", "entry_day")
    for one, other, shifted in zip(found, in_any_order, later, strict=True):
        assert one.equals(other)
        assert one.with_columns(pl.col(days) + by).equals(shifted)


def test_dates_give_the_times_that_days_give() -> None:
    def on(row: Row) -> Row:
        zero = datetime.date(2016, 2, 28)
        return {
            (k.removesuffix("_day") + "_date" if k.endswith("_day") else k): (
                zero + datetime.timedelta(days=v) if k.endswith("_day") and v is not None else v
            )
            for k, v in row.items()
        }

    made = registry(relative=False, **{name: [on(r) for r in rows] for name, rows in life().items()})
    assert {name: told(made, name) for name in EVERY_ENDPOINT} == LIFE
