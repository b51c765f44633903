"""The cards on choosing an order: venetoclax, what acts on it, and what is never concluded from what is missing."""

from __future__ import annotations

import json

import pytest
from cds_calls import CONFIRMED, NEGATIVE, RXNORM, Service, draft, order_request, resources
from cds_specification import RESPONSE, faults

from tenfold.service.cds_hooks.orders import drafts_of
from tenfold.service.cds_hooks.services import ORDER_SELECT

ON_VENETOCLAX = [
    {"line": 1, "start_day": -90, "end_day": -30, "drugs": "cytarabine+daunorubicin", "intensive": True},
    {"line": 2, "start_day": 145, "drugs": "azacitidine+venetoclax", "intensive": False},
]


def test_venetoclax_alone_is_an_information_that_hangs_on_what_is_not_known():
    [card] = Service(150).order(resources(mrd_samples=CONFIRMED), ["venetoclax"])
    assert card["indicator"] == "info"
    assert "hangs on: " in card["detail"]
    assert "never an order" in card["detail"]
    assert "**pre-emptive venetoclax: second**" in card["detail"]


def test_venetoclax_beside_a_drafted_azole_is_a_warning_with_each_source_by_day():
    [card] = Service(150).order(resources(mrd_samples=CONFIRMED), ["venetoclax"], ("posaconazole", "azacitidine"))
    assert card["indicator"] == "warning"
    assert card["summary"].startswith("Venetoclax with posaconazole, strong CYP3A4 inhibitor")
    assert "US label: day 1: pharmacist review or 10 mg" in card["detail"]
    assert "day 4 and later: pharmacist review or 70 mg" in card["detail"]
    assert "counted as taken" in card["detail"]


def test_where_medicines_are_complete_and_none_acts_only_the_liver_and_the_scope_stay_open():
    found = resources(mrd_samples=CONFIRMED, medications=[{"drug": "aciclovir", "start_day": 0}])
    [card] = Service(150).order(found, ["venetoclax", "azacitidine"])
    assert "ELN 2022: day 1: 100 mg" in card["detail"]
    assert "other medicines are not recorded completely" not in card["detail"]


def test_an_azole_for_a_patient_on_venetoclax_is_a_warning_for_that_day():
    found = resources(mrd_samples=CONFIRMED, treatments=ON_VENETOCLAX)
    [card] = Service(150).order(found, ["voriconazole"])
    assert card["indicator"] == "warning"
    assert "voriconazole, strong CYP3A4 inhibitor" in card["summary"]
    assert "day 6" in card["detail"]
    assert "venetoclax: on record from 26 May 2025, no end on record" in card["detail"]


def test_an_azole_without_any_venetoclax_says_nothing():
    assert Service(150).order(resources(mrd_samples=CONFIRMED), ["posaconazole"]) == []


def test_an_azole_long_after_the_last_venetoclax_says_nothing():
    treatments = [{**ON_VENETOCLAX[1], "start_day": 0, "end_day": 60}]
    found = resources(mrd_samples=NEGATIVE, treatments=treatments)
    assert len(Service(100).order(found, ["posaconazole"])) == 1
    assert Service(103).order(found, ["posaconazole"]) == []


def test_an_active_order_of_venetoclax_counts_and_is_said_to_be_no_more_than_ordered():
    found = resources(mrd_samples=CONFIRMED)
    found.append(draft("venetoclax", "m1", status="active", subject=_subject(found)))
    [card] = Service(150).order(found, ["clarithromycin"])
    assert "venetoclax: ordered; whether it is taken is not recorded" in card["detail"]


@pytest.mark.parametrize(
    "more", [{"intent": "proposal"}, {"status": "stopped"}, {"doNotPerform": True}], ids=lambda one: str(one)
)
def test_what_is_no_order_any_more_does_not_count(more):
    found = resources(mrd_samples=CONFIRMED)
    found.append(draft("venetoclax", "m1", **{"status": "active", "subject": _subject(found), **more}))
    assert Service(150).order(found, ["posaconazole"]) == []


def test_an_inducer_is_to_be_avoided():
    [card] = Service(150).order(resources(mrd_samples=CONFIRMED, treatments=ON_VENETOCLAX), ["rifampicin"])
    assert "CYP3A4 inducer" in card["summary"]
    assert "avoid the CYP3A4 inducer" in card["detail"]


def test_an_azole_beside_gilteritinib_adds_to_the_qt_interval():
    [card] = Service(150).order(resources(mrd_samples=CONFIRMED), ["venetoclax"], ("voriconazole", "gilteritinib"))
    assert "QT interval: an azole together with gilteritinib" in card["detail"]


@pytest.mark.parametrize("name", ["paracetamol", "pureed diet", "", "no venetoclax today"])
def test_an_order_of_something_else_says_nothing(name):
    assert Service(150).order(resources(mrd_samples=CONFIRMED, treatments=ON_VENETOCLAX), [name]) == []


def test_venetoclax_for_a_patient_without_leukaemia_on_record_says_nothing():
    found = [one for one in resources() if one["resourceType"] == "Patient"]
    assert Service(150).order(found, ["venetoclax"], ("posaconazole",)) == []


def test_an_order_that_was_not_selected_now_says_nothing_by_itself():
    assert Service(150).order(resources(mrd_samples=CONFIRMED), ["paracetamol"], ("venetoclax", "posaconazole")) == []


def test_a_code_of_rxnorm_and_a_medication_in_the_bundle_are_read():
    medication = {"resourceType": "Medication", "id": "x", "code": {"text": "Venetoclax 100 mg tablet"}}
    refers = draft("", "a", medicationReference={"reference": "Medication/x"})
    del refers["medicationCodeableConcept"]
    inside = {**refers, "id": "b", "contained": [medication], "medicationReference": {"reference": "#x"}}
    coded = draft("", "c", medicationCodeableConcept={"coding": [{"system": RXNORM, "code": "1251"}]})
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in (refers, inside, coded, medication)]}
    assert drafts_of(("MedicationRequest/a",), bundle).chosen == ("venetoclax",)
    assert drafts_of(("MedicationRequest/b",), bundle).chosen == ("venetoclax",)
    assert drafts_of(("MedicationRequest/c",), bundle).chosen == ("azacitidine",)
    assert drafts_of(("MedicationRequest/c",), bundle).others == ("venetoclax",)


def test_what_must_not_be_given_is_no_draft():
    bundle = {"entry": [{"resource": draft("venetoclax", "a", doNotPerform=True)}]}
    assert drafts_of(("MedicationRequest/a",), bundle).chosen == ()


@pytest.mark.parametrize("others", [(), ("posaconazole",), ("azacitidine", "gilteritinib", "fluconazole")])
def test_every_answer_to_an_order_holds_against_the_logical_model(others):
    found = resources(mrd_samples=CONFIRMED)
    answer = Service(150).client.post(
        f"/cds-services/{ORDER_SELECT}", json=order_request(found, ["venetoclax"], others)
    )
    assert not faults(answer.json(), RESPONSE)
    assert '"actions"' not in json.dumps(answer.json())


def _subject(found: list) -> dict:
    return {"reference": f"Patient/{next(one['id'] for one in found if one['resourceType'] == 'Patient')}"}
