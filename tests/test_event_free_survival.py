"""Event-free survival in its variants: worked patients, and a second reading of what failure of treatment is."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from endpoint_patients import Row, frame, marrow, patient, said, told, treated
from registries import line, only, registry, sample
from tenfold.vocabulary import Clock

EFS_2022, EFS_DATED, EFS_2017 = "EFS-ELN2022", "EFS-failure-date", "EFS-ELN2017"
SCHEDULED = [EFS_2022, EFS_DATED, EFS_2017]


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
