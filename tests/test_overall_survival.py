"""Overall survival: the dead die on their day, the living are followed to their last contact, and what is unclear is neither."""

from __future__ import annotations

from endpoint_rows import OS, RFS, event, patient, row, told
from registries import line, only, registry, remission, sample
from tenfold.records import Registry
from tenfold.vocabulary import Clock


def test_the_dead_die_on_their_day_and_the_living_are_followed_to_their_last_contact() -> None:
    assert told(row(registry(patients=patient(death_day=300)), OS)) == (400.0, True, "death")
    assert told(row(registry(patients=patient(), events=[event(300, "death")]), OS)) == (400.0, True, "death")
    assert told(row(registry(patients=patient(last_contact_day=300)), OS)) == (400.0, False, None)
    assert told(row(registry(patients=patient(), events=[event(300, "death", False)]), OS)) == "left out"


def test_a_later_sample_shows_the_patient_alive_after_the_last_contact() -> None:
    made = registry(patients=patient(last_contact_day=300), mrd_samples=[sample(320, "neg")])
    assert told(row(made, OS)) == (420.0, False, None)


def test_a_last_contact_before_the_start_gives_no_time() -> None:
    made = registry(patients=patient(last_contact_day=10), events=[event(-90, "infection")], responses=[remission(30)])
    assert told(row(made, RFS)) == (0.0, False, None)
    later = registry(patients=patient(last_contact_day=10), treatments=[])
    assert told(row(later, RFS)) == "left out"
    molecular = [sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]
    kept = registry(patients=patient(last_contact_day=5), responses=[remission(0)], mrd_samples=molecular)
    assert told(row(kept, OS, Clock.MRD_RELAPSE)) == (20.0, False, None)
    gone = registry(patients=patient(diagnosis_day=0, last_contact_day=0))
    assert told(row(gone, OS)) == (0.0, False, None)


def test_a_death_without_a_day_leaves_the_patient_out() -> None:
    in_order = registry(
        patients=patient(diagnosis_day=0),
        treatments=[line(5, sequence=1)],
        events=[{"event_day": None, "kind": "death", "present": True, "sequence": 3}],
        counts=[{"sample_day": 90, "anc_e9_l": 1.0, "sequence": 2}],
    )
    assert row(in_order, OS)["left_out_because"] == "the day of the death is not known"
    set_aside = Registry.from_tables(
        {
            "patients": [{"patient_id": "p", "diagnosis_day": 0}],
            "events": [{"patient_id": "p", "event_day": None, "kind": "death"}],
            "treatments": [{"patient_id": "p", "start_day": 50, "drugs": "azacitidine"}],
        },
        relative=True,
    )
    assert told(row(set_aside, OS)) == "left out"


def test_a_patient_reported_as_dead_before_assessment_is_not_alive() -> None:
    died = {"response_day": 20, "reported_response": "died before assessment"}
    found = told(row(registry(responses=[died], treatments=[line(0)]), OS))
    assert found == "left out" or found[1] is True


def test_a_patient_with_a_cause_of_death_and_no_day_is_not_alive() -> None:
    found = row(registry(patients=patient(cause_of_death="sepsis"), treatments=[line(0)]), OS)
    assert told(found) == "left out"


def test_a_date_of_death_that_cannot_be_read_does_not_make_a_survivor() -> None:
    made = Registry.from_tables(
        {
            "patients": [{"patient_id": "p", "diagnosis_date": "2020-01-01", "death_date": "2020-02-31"}],
            "treatments": [{"patient_id": "p", "start_date": "2020-01-05", "drugs": "venetoclax"}],
            "counts": [{"patient_id": "p", "sample_date": "2020-02-20", "anc_e9_l": 1.0}],
            "events": [],
        }
    )
    assert made.check().height
    assert told(row(made, OS, Clock.VENETOCLAX)) == "left out"


def test_a_sample_after_the_last_contact_keeps_the_patient_in() -> None:
    seen = {"patients": patient(last_contact_day=100)}
    assert told(row(only(**seen, counts=[{"sample_day": 80}]), OS)) == (200.0, False, None)
    assert told(row(only(**seen, counts=[{"sample_day": 120}]), OS)) == (220.0, False, None)


def test_venetoclax_that_is_only_in_the_dose_or_the_regimen_starts_no_later_clock() -> None:
    first = line(0, drugs=None, regimen="aza-ven", venetoclax_mg=400)  # type: ignore[arg-type]
    made = registry(patients=patient(last_contact_day=500), treatments=[{**first, "regimen": "aza-ven"}, line(300)])
    assert told(row(made, OS, Clock.VENETOCLAX)) in ("left out", (500.0, False, None))


def test_treatment_of_an_earlier_disorder_is_not_the_first_treatment_of_the_leukaemia() -> None:
    lines = [line(-900, "prior disorder", "azacitidine"), line(0, "induction", "cytarabine")]
    made = registry(patients=patient(last_contact_day=500), treatments=lines)
    assert told(row(made, OS, Clock.TREATMENT)) == (500.0, False, None)
