"""Times that a reporter gives without days: they stand beside times from dates and never in their place."""

from __future__ import annotations

from endpoint_rows import EVERY_CLOCK, OS, RFS, RFS_MRD, Row, every_time, patient, row, told
from registries import line, only, registry, remission, sample
from tenfold.assessment import assess
from tenfold.cohort.outcomes import outcomes
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.vocabulary import Clock


def test_patients_known_only_in_order_have_no_time_from_dates() -> None:
    """Of the published ones: days that were not printed are not made up."""
    for (_, clock), rows in zip(EVERY_CLOCK, every_time(published(), EVERY_CLOCK), strict=True):
        for found in rows.values():
            if found["source"] == "reported":
                assert clock is None
                assert found["start_day"] is None
                assert found["end_day"] is None
                assert found["time_days"] is None
            elif found["left_out_because"] is None:
                assert found["start_day"] is not None
                assert found["end_day"] is not None
    in_order = registry(
        patients=[{"patient_id": "p"}],
        responses=[{**remission(0), "response_day": None, "sequence": 1}],
        mrd_samples=[sample(None, level, name=f"s{k}", sequence=k + 2) for k, level in enumerate(["neg", 0.1, 0.5])],
    )
    assert row(in_order, RFS_MRD)["left_out_because"] == "the day of the first MRD relapse is not known"
    assert row(in_order, RFS)["left_out_because"] == "the day of the first remission is not known"


def reported(months: float, happened: bool, clock: str | None = "diagnosis", endpoint: str = "OS") -> Row:
    return {"endpoint": endpoint, "time_months": months, "event": happened, "clock_start": clock}


def test_reported_times_and_times_from_dates_never_share_a_curve() -> None:
    """Even if the reporter calls the clock by the same name."""
    made = registry(
        patients=[*patient(last_contact_day=300), {"patient_id": "q"}],
        reported_outcomes=[{**reported(9, True), "patient_id": "q"}],
    )
    found = outcomes(assess(made), asked=[(OS, None)])
    assert [(one.source, one.clock, one.times["patient_id"].to_list()) for one in found.reached] == [
        ("dates", "diagnosis", ["p"]),
        ("reported", "diagnosis", ["q"]),
    ]
    assert sum(curve.n for one in found.reached for curve in one.curves.values()) == 2


def test_a_reported_time_is_used_only_on_the_reporters_own_clock() -> None:
    made = registry(patients=[{"patient_id": "p"}], reported_outcomes=[reported(9, True)])
    assert row(made, OS)["time_months"] == 9
    for clock in Clock:
        assert told(row(made, OS, clock)) == "left out"
    assert told(row(made, RFS)) == "left out"


def test_a_reported_time_never_replaces_one_from_dates() -> None:
    made = registry(patients=patient(last_contact_day=300), reported_outcomes=[reported(9, False)])
    assert (row(made, OS)["source"], row(made, OS)["time_days"]) == ("dates", 400)


def test_a_reported_time_without_its_event_is_no_time() -> None:
    made = registry(patients=[{"patient_id": "p"}], reported_outcomes=[reported(9, None)])  # type: ignore[arg-type]
    assert told(row(made, OS)) == "left out"


def test_everybody_is_in_a_curve_or_counted_as_left_out() -> None:
    people = [*patient(last_contact_day=300), {"patient_id": "q"}, {"patient_id": "r", "diagnosis_day": 0}]
    found = outcomes(assess(registry(patients=people)), groups={"p": "a", "q": "a"})
    for rule, clock in ((OS, "diagnosis"), (RFS, "first remission")):
        timed = sum(one.times.height for one in found.reached if (one.rule, one.clock) == (rule, clock))
        mine = found.left_out.to_dicts()
        lost = sum(one["patients"] for one in mine if (one["endpoint"], one["clock"]) == (str(rule.name), clock))
        assert timed + lost == 3


def test_a_registry_of_nobody_has_no_times() -> None:
    empty = Registry.from_tables({"patients": []}, relative=True)
    assert every_time(empty, EVERY_CLOCK) == [{} for _ in EVERY_CLOCK]
    assert outcomes(assess(empty)).reached == []


def test_a_reported_death_is_not_overruled_by_a_last_record() -> None:
    made = registry(treatments=[line(0)], reported_outcomes=[reported(9, True)])
    found = told(row(made, OS))
    assert found == "left out" or found[1] is True


def test_a_reported_non_event_never_replaces_a_relapse_on_record() -> None:
    """Nobody recorded a last contact; the relapse is on record all the same."""
    course = [remission(0), {"response_day": 10, "reported_response": "relapse"}]
    made = only(patients=patient(), responses=course, reported_outcomes=[reported(9, False, "CR", "RFS")])
    found = told(row(made, RFS))
    assert found == "left out" or found[1] is True


def test_two_reported_times_are_not_chosen_between_by_the_order_of_the_file() -> None:
    both = [reported(9, True, "diagnosis"), reported(5, True, "venetoclax")]
    people = [{"patient_id": "p"}]
    first = row(registry(patients=people, reported_outcomes=both), OS)
    assert first == row(registry(patients=people, reported_outcomes=both[::-1]), OS)
