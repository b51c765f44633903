"""Facts that options rest on, where little is recorded: what is not there is "no" only where all of it is recorded."""

from __future__ import annotations

import pytest
from test_options_from_records import INTENSIVE, facts, molecular, relapsed

from registries import line, only, registry, remission, sample
from tenfold.assessment import assess
from tenfold.guidance.remission.relapse_now import sampling_in_relapse

GRAFT = {"transplant_day": 100}


def test_who_was_never_treated_had_no_treatment_before_where_treatments_are_recorded() -> None:
    row = facts(registry(), on=50)
    assert row["untreated"] is True
    assert row["prior_intensive"] is row["prior_hma_venetoclax"] is False


def test_and_nothing_is_known_of_it_where_they_are_not() -> None:
    row = facts(only(patients=[{"diagnosis_day": 0}], responses=[remission(10)]), on=50)
    assert row["untreated"] is row["prior_intensive"] is row["prior_hma_venetoclax"] is None


def test_without_a_graft_there_is_no_graft_versus_host_disease() -> None:
    row = facts(molecular(sample(80, "neg")), on=300)
    assert row["gvhd_active"] is row["gvhd_ever"] is False


def relapse_and(*lines: dict) -> dict:
    made = registry(
        responses=[remission(0)],
        treatments=[line(-40, "induction", "cytarabine+daunorubicin"), line(20, "consolidation", "cytarabine"), *lines],
        mrd_samples=[sample(60, "neg"), sample(150, 0.4), sample(170, 0.9)],
    )
    [row] = sampling_in_relapse(assess(made, on=200).molecular, "NPM1").to_dicts()
    return row


def test_treatment_before_a_relapse_is_none_of_it() -> None:
    row = relapse_and()
    assert row["begun_low"] is row["begun_high"] is None
    row = relapse_and(line(175))
    assert (row["begun_low"], row["begun_high"]) == (175, 175)


def around(*after: dict) -> bool | None:
    made = molecular(sample(80, "neg"), *after, transplants=[GRAFT])
    return facts(made, on=300)["mrd_positive_around_graft"]


def test_negative_before_and_after_the_graft_is_negative_around_it() -> None:
    assert around(sample(150, "neg")) is False


def test_one_positive_sample_after_it_is_positive_whatever_came_later() -> None:
    assert around(sample(130, 0.5), sample(160, "neg")) is True


def test_a_result_after_it_that_cannot_be_read_leaves_it_open() -> None:
    unread = {**sample(130, "neg"), "detected": None}
    assert around(unread, sample(160, "neg")) is None


def test_nothing_after_it_leaves_it_open() -> None:
    assert around() is None


def test_an_earlier_line_of_venetoclax_is_over_when_another_one_began() -> None:
    made = molecular(sample(0, "neg"), treatments=[line(20), line(60, "pre-emptive", "gilteritinib")])
    assert facts(made, on=90)["venetoclax_now"] is False


@pytest.mark.parametrize(("on", "given"), [(89, True), (90, True), (91, False)])
def test_on_its_last_day_venetoclax_is_still_given(on: int, given: bool) -> None:
    made = molecular(sample(0, "neg"), treatments=[line(20, end_day=90)])
    assert facts(made, on=on)["venetoclax_now"] is given


@pytest.mark.parametrize(("end", "given"), [(90, False), (None, True)])
def test_without_a_day_of_assessment_venetoclax_is_given_unless_an_end_is_recorded(
    end: int | None, given: bool
) -> None:
    made = molecular(sample(0, "neg"), treatments=[line(20, end_day=end)])
    assert facts(made)["venetoclax_now"] is given


@pytest.mark.parametrize(("day", "ecog"), [(10, None), (290, 1.0)])
def test_of_overt_disease_only_what_was_said_of_the_patient_since_or_shortly_before_counts(
    day: int, ecog: float | None
) -> None:
    relapse = [{"event_day": 300, "kind": "relapse"}]
    made = registry(**INTENSIVE, status=[{"status_day": day, "ecog": 1}], events=relapse)
    assert facts(made, on=310)["ecog"] == ecog


@pytest.mark.parametrize(("on", "active"), [(299, True), (300, True), (301, False)])
def test_graft_versus_host_disease_is_active_up_to_its_last_day(on: int, active: bool) -> None:
    """The other kind was looked for and not found."""
    events = [
        {"event_day": 150, "kind": "acute GVHD", "end_day": 300},
        {"event_day": 150, "kind": "chronic GVHD", "present": False},
    ]
    row = facts(molecular(sample(80, "neg"), transplants=[GRAFT], events=events), on=on)
    assert row["gvhd_active"] is active
    assert row["gvhd_ever"] is True


def test_a_remission_is_counted_in_months_up_to_the_relapse_that_is_now() -> None:
    """From day -50 to day 200."""
    row = facts(registry(**relapsed()), on=210)
    assert row["months_in_remission"] == pytest.approx(250 / 30.4375)


@pytest.mark.parametrize(("day", "before"), [(199, True), (200, False), (201, False)])
def test_only_a_graft_before_the_first_document_of_the_relapse_is_a_prior_one(day: int, before: bool) -> None:
    row = facts(registry(**relapsed(transplants=[{"transplant_day": day}])), on=210)
    assert row["prior_transplant"] is before
    assert row["transplanted_since"] is not before


@pytest.mark.parametrize(("place", "found"), [(2, None), (3, True), (4, True)])
def test_a_mutation_found_since_the_relapse_is_of_now_though_nobody_knows_the_days(
    place: int, found: bool | None
) -> None:
    made = registry(
        treatments=[{"intent": "induction", "drugs": "cytarabine", "intensive": True, "sequence": 1}],
        responses=[{"reported_response": "CR", "sequence": 2}],
        events=[{"kind": "relapse", "sequence": 3}],
        variants=[{"gene": "FLT3", "sequence": place}],
    )
    row = facts(made)
    assert row["overt"] is True
    assert row["FLT3"] is found


@pytest.mark.parametrize("day", [20, -60])
def test_months_from_graft_to_relapse_end_at_the_relapse_whenever_the_remission_was(day: int) -> None:
    """The remission is of day -50, the relapse of day 200."""
    row = facts(registry(**relapsed(transplants=[{"transplant_day": day}])), on=210)
    assert row["months_to_relapse"] == pytest.approx((200 - day) / 30.4375)


@pytest.mark.parametrize(("on", "long"), [(750, False), (751, True)])
def test_a_graft_is_long_ago_after_more_than_24_months(on: int, long: bool) -> None:
    """24 months are 730.5 days; the graft was on day 20."""
    assert facts(molecular(transplants=[{"transplant_day": 20}]), on=on)["long_after_graft"] is long


def test_a_negative_sample_after_treatment_is_a_level_of_none() -> None:
    row = facts(molecular(sample(0, "neg")), on=50)
    assert (row["npm1_per_1e4_low"], row["npm1_per_1e4_high"], row["npm1_tissue"]) == (0.0, 0.0, "marrow")


@pytest.mark.parametrize(("end", "active"), [(300, False), (None, True)])
def test_without_a_day_of_assessment_graft_versus_host_disease_is_over_once_an_end_is_recorded(
    end: int | None, active: bool
) -> None:
    """The other kind was looked for and not found."""
    events = [
        {"event_day": 150, "kind": "acute GVHD", "end_day": end},
        {"event_day": 150, "kind": "chronic GVHD", "present": False},
    ]
    row = facts(molecular(sample(80, "neg"), transplants=[GRAFT], events=events))
    assert row["gvhd_active"] is active
    assert row["gvhd_ever"] is True


def test_long_ago_a_relapse_that_perhaps_was_confirmed_says_nothing_of_now() -> None:
    """The second sample cannot be read: it confirmed the relapse, or was negative. Progression it was neither way."""
    unread = {**sample(195, "neg"), "detected": None}
    made = molecular(sample(0, "neg"), sample(180, 3.0), unread)
    soon, late = (facts(made, on=on) for on in (200, 600))
    assert soon["mrd_relapse"] is late["mrd_relapse"] is None
    assert (soon["molecular_progression"], late["molecular_progression"]) == (False, None)
    assert (soon["confirmation_open"], late["confirmation_open"]) == (False, None)


def after_two_grafts(*stated: dict) -> dict:
    grafts = [GRAFT, {"transplant_day": 400}]
    return facts(molecular(sample(80, "neg"), transplants=grafts, events=list(stated)), on=500)


def neither_kind(day: int) -> list[dict]:
    return [{"event_day": day, "kind": kind, "present": False} for kind in ("acute GVHD", "chronic GVHD")]


def test_graft_versus_host_disease_after_an_earlier_graft_was_there_and_is_not_active_after_the_next() -> None:
    row = after_two_grafts({"event_day": 200, "kind": "chronic GVHD", "end_day": 300}, *neither_kind(450))
    assert row["gvhd_active"] is False
    assert row["gvhd_ever"] is True


def test_that_none_was_found_after_the_second_graft_says_nothing_of_the_time_after_the_first() -> None:
    row = after_two_grafts(*neither_kind(450))
    assert row["gvhd_active"] is False
    assert row["gvhd_ever"] is None
    row = after_two_grafts(*neither_kind(200), *neither_kind(450))
    assert row["gvhd_active"] is row["gvhd_ever"] is False
    row = after_two_grafts(*neither_kind(200))
    assert row["gvhd_active"] is row["gvhd_ever"] is None


def test_where_transplants_are_not_recorded_both_kinds_looked_for_and_not_found_are_none() -> None:
    row = facts(only(patients=[{"diagnosis_day": 0}], responses=[remission(10)], events=neither_kind(40)), on=50)
    assert row["gvhd_active"] is row["gvhd_ever"] is False


@pytest.mark.parametrize("method", ["rt-qpcr", None])
def test_a_sample_of_unrecorded_method_has_a_level_and_grows_old_like_any_other(method: str | None) -> None:
    taken = (sample(0, "neg", method=method), sample(180, 3.0, method=method))
    row = facts(molecular(*taken), on=200)
    assert (row["npm1_per_1e4_low"], row["mrd_positive_now"]) == (300, True)
    row = facts(molecular(*taken), on=2000)
    assert row["mrd_relapse"] is row["mrd_positive_now"] is row["npm1_per_1e4_low"] is None


def test_of_a_sample_whose_tissue_nobody_recorded_nothing_is_known_and_nothing_denied() -> None:
    row = facts(molecular(sample(180, 3.0, tissue=None, name="unsaid")), on=200)
    asked = ("mrd_relapse", "molecular_persistence", "npm1_followed", "blood_only_at_trigger")
    assert {name: row[name] for name in asked} == dict.fromkeys(asked)
    assert facts(molecular(), on=200)["mrd_relapse"] is False


def test_nor_where_another_marker_was_measured_in_a_tissue_that_is_known() -> None:
    fusion = sample(100, "neg", marker="RUNX1::RUNX1T1", name="fusion")
    row = facts(molecular(fusion, sample(180, 3.0, tissue=None, name="unsaid")), on=200)
    assert row["mrd_relapse"] is row["npm1_followed"] is None
    assert facts(molecular(fusion), on=200)["mrd_relapse"] is False
