"""The cards on opening a chart: what they say, what they never say, and whether they are the specification's."""

from __future__ import annotations

import json
import re

import pytest
from cds_calls import COMPLETE, CONFIRMED, NEGATIVE, RELAPSE, Service, records, resources, topics, view_request
from cds_specification import RESPONSE, faults
from hypothesis import given
from hypothesis import strategies as st

import registries
from tenfold.exchange.fhir.facts_out import SIMULATED
from tenfold.service.cds_hooks.card_parts import Line, escaped, markdown, shortened
from tenfold.service.cds_hooks.services import PATIENT_VIEW


def test_an_unconfirmed_relapse_asks_for_a_second_sample_of_the_same_tissue():
    card = topics(Service(130).view(resources(mrd_samples=RELAPSE)))["molecular-state"]
    assert card["indicator"] == "warning"
    assert card["summary"].startswith("MRD relapse, unconfirmed: NPM1 in marrow 0.5 % of ABL1")
    assert "second sample of the same tissue needed" in card["summary"]
    assert "conversion from MRD negativity to positivity" in card["detail"]


def test_a_second_sample_that_is_late_is_said_with_its_days():
    summary = topics(Service(190).view(resources(mrd_samples=RELAPSE)))["molecular-state"]["summary"]
    assert summary.endswith("second sample 42 days overdue")


def test_a_confirmed_relapse_is_critical_and_options_stand_with_their_evidence():
    cards = topics(Service(150).view(resources(mrd_samples=CONFIRMED)))
    assert cards["molecular-state"]["indicator"] == "critical"
    assert cards["molecular-state"]["summary"].startswith("MRD relapse, confirmed: NPM1 in marrow 3 % of ABL1")
    options = cards["options"]
    assert options["indicator"] == "info"
    assert "pre-emptive venetoclax: second" in options["detail"]
    assert "FILO" in options["detail"]
    assert "**Sources**" in options["detail"]


def test_where_transplants_are_not_known_the_same_samples_are_a_possible_relapse_and_no_critical_card():
    cards = topics(Service(150, complete=frozenset()).view(resources(mrd_samples=CONFIRMED)))
    assert cards["molecular-state"]["indicator"] == "warning"
    assert cards["molecular-state"]["summary"].startswith("MRD relapse possible")
    assert "transplant" in cards["molecular-state"]["detail"]
    assert "missing" in cards


def test_what_the_centre_says_is_complete_is_not_believed_where_a_search_was_not_answered():
    found = resources(mrd_samples=CONFIRMED)
    request = view_request(found)
    del request["prefetch"]["procedures"]
    cards = topics(Service(150).cards(PATIENT_VIEW, request))
    assert cards["molecular-state"]["summary"].startswith("MRD relapse possible")
    assert "treatments and transplants: not sent" in cards["missing"]["detail"]


def test_a_relapse_is_not_said_before_its_sample_is_known():
    assert "molecular-state" not in topics(Service(119).view(resources(mrd_samples=RELAPSE)))


def test_a_patient_without_leukaemia_gets_no_card():
    found = [one for one in resources() if one["resourceType"] == "Patient"]
    assert Service().view(found) == []


def test_a_patient_who_has_died_gets_no_card():
    patients = [{"diagnosis_day": -100, "birth_date": "1960-01-01", "death_day": 125}]
    assert Service(130).view(resources(mrd_samples=RELAPSE, patients=patients)) == []


def test_a_patient_who_is_said_to_have_died_without_a_day_gets_no_card():
    found = resources(mrd_samples=RELAPSE)
    next(one for one in found if one["resourceType"] == "Patient")["deceasedBoolean"] = True
    assert Service(130).view(found) == []


def test_a_patient_in_steady_remission_with_nothing_due_gets_no_warning():
    cards = Service(61).view(resources(mrd_samples=NEGATIVE))
    assert {card["indicator"] for card in cards} <= {"info"}
    assert "molecular-state" not in topics(cards)


def test_a_sample_that_is_overdue_is_a_warning():
    treatments = [
        {"line": 1, "start_day": -90, "end_day": -30, "drugs": "cytarabine+daunorubicin", "intensive": True},
        {"line": 1, "start_day": 0, "end_day": 30, "drugs": "cytarabine", "intensive": True, "intent": "consolidation"},
    ]
    cards = topics(Service(330).view(resources(mrd_samples=NEGATIVE, treatments=treatments)))
    assert cards["samples"]["summary"].startswith("MRD sample overdue")


def test_models_that_contradict_each_other_are_one_information():
    found = resources(
        mrd_samples=NEGATIVE,
        variants=[
            {"sample_day": -100, "gene": "NPM1", "hgvs_p": "p.Trp288fs", "vaf": 0.4},
            {"sample_day": -100, "gene": "FLT3", "kind": "ITD", "allelic_ratio": 0.3},
        ],
        karyotypes=[{"sample_day": -100, "iscn": "46,XX[20]"}],
        genes_tested=[
            {"sample_day": -100, "gene": gene}
            for gene in (
                *("NPM1", "FLT3", "TP53", "CEBPA", "RUNX1", "ASXL1", "BCOR"),
                *("EZH2", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"),
            )
        ],
        fusions=[
            {"sample_day": -100, "fusion": name, "method": "RNA", "result": "no"}
            for name in ("RUNX1::RUNX1T1", "CBFB::MYH11", "KMT2A", "DEK::NUP214", "BCR::ABL1", "PML::RARA")
        ],
    )
    known = COMPLETE | {"variants", "genes_tested", "fusions", "karyotypes"}
    cards = [one for one in Service(61, complete=known).view(found) if one["source"]["topic"]["code"] == "risk"]
    assert len(cards) == 1
    assert cards[0]["indicator"] == "info"
    assert "ELN-2022 intermediate" in cards[0]["summary"]
    assert "ELN-2017 favourable" in cards[0]["summary"]


def test_a_record_that_cannot_be_used_is_said_and_never_passed_over():
    found = resources(mrd_samples=RELAPSE)
    odd = next(one for one in found if one["resourceType"] == "Observation" and "0.5" in json.dumps(one))
    odd["effectiveDateTime"] = "2025-99-99"
    card = topics(Service(130).view(found))["missing"]
    assert card["indicator"] == "warning"
    assert "sample date: there is no such day" in card["detail"]


def test_a_result_that_is_not_final_is_named_as_not_read():
    found = resources(mrd_samples=RELAPSE)
    odd = next(one for one in found if one["resourceType"] == "Observation" and "0.5" in json.dumps(one))
    odd["status"] = "preliminary"
    card = topics(Service(130).view(found))["missing"]
    assert "status preliminary" in card["detail"]


@pytest.mark.parametrize("samples", [RELAPSE, CONFIRMED, NEGATIVE], ids=["unconfirmed", "confirmed", "negative"])
@pytest.mark.parametrize("complete", [frozenset(), None], ids=["nothing complete", "complete"])
def test_every_answer_holds_against_the_logical_model_and_its_invariants(samples, complete):
    more = {} if complete is None else {"complete": complete}
    launch = {"smart_launch_url": "https://tenfold.example/launch", "evidence_url": "https://tenfold.example/evidence"}
    service = Service(150, **more, **launch)
    answer = service.client.post(f"/cds-services/{PATIENT_VIEW}", json=view_request(resources(mrd_samples=samples)))
    assert answer.status_code == 200
    assert not faults(answer.json(), RESPONSE)


def test_no_answer_holds_an_action_that_a_system_could_carry_out():
    text = json.dumps(Service(150).view(resources(mrd_samples=CONFIRMED)))
    for word in ("actions", "systemActions", "MedicationRequest", "ServiceRequest", "autolaunchable"):
        assert f'"{word}"' not in text


def test_the_same_statement_has_the_same_uuid_on_a_day_and_another_for_another_patient_day_or_key():
    found = resources(mrd_samples=CONFIRMED)

    def uuids(day: int = 150, who: list = found, **more: object) -> set[str]:
        return {card["uuid"] for card in Service(day, **more).view(who)}

    other = json.loads(json.dumps(found).replace(_number(found), "another"))
    assert uuids() == uuids()
    assert not uuids() & uuids(151)
    assert not uuids() & uuids(secret=b"z" * 32)
    assert not uuids() & uuids(who=other)


def _number(found: list) -> str:
    return str(next(one["id"] for one in found if one["resourceType"] == "Patient"))


def test_cards_name_no_patient():
    found = resources(mrd_samples=CONFIRMED)
    person = next(one for one in found if one["resourceType"] == "Patient")
    person |= {"name": [{"family": "Musterfrau"}], "identifier": [{"system": "urn:hospital", "value": "MRN-4711"}]}
    text = json.dumps(Service(150).view(found))
    for word in ("Musterfrau", "4711", person["id"], "1960"):
        assert word not in text


def test_a_simulated_patient_is_said_to_be_one_on_every_card():
    found = resources(mrd_samples=CONFIRMED)
    person = next(one for one in found if one["resourceType"] == "Patient")
    person["meta"] = {**person.get("meta", {}), "security": [dict(SIMULATED)]}
    assert all(card["summary"].startswith("Simulated patient: ") for card in Service(150).view(found))


def test_what_is_served_is_told_to_who_keeps_it():
    service = Service(150)
    cards = service.view(resources(mrd_samples=CONFIRMED), fhirServer="https://ehr.example/fhir/")
    [kept] = service.served
    assert [str(one.uuid) for one in kept.cards] == [one["uuid"] for one in cards]
    assert kept.fhir_server == "https://ehr.example/fhir"


def test_a_link_to_the_patient_page_is_a_smart_launch_and_only_where_it_is_configured():
    found = resources(mrd_samples=CONFIRMED)
    assert all("links" not in card for card in Service(150).view(found))
    for card in Service(150, smart_launch_url="https://tenfold.example/launch").view(found):
        assert card["links"] == [
            {
                "label": "Open the patient page of Tenfold",
                "url": "https://tenfold.example/launch",
                "type": "smart",
            }
        ]


@given(st.text())
def test_a_text_of_the_records_is_never_markup(text):
    shown = escaped(text)
    bare = shown
    for char in r"\`*_[]<>~|&":
        bare = bare.replace(f"\\{char}", "")
    assert not set(bare) & set("`*_[]<>~|&")
    assert "\n" not in shown
    assert "://" not in shown


def test_a_link_in_a_record_is_shown_as_text():
    detail = markdown([("T", [Line("see [here](https://evil.example) <img src=x> ![x](y)\n# head")])])
    assert "](" not in detail.replace("\\](", "")
    assert "<img" not in detail.replace("\\<img", "")
    assert "\n# head" not in detail


@given(st.text(), st.integers(2, 200))
def test_a_summary_is_never_too_long(text, most):
    assert len(shortened(text, most)) <= most


def test_a_hostile_regimen_reaches_the_card_as_text():
    treatments = [
        {
            "line": 1,
            "start_day": -90,
            "end_day": -30,
            "drugs": "cytarabine",
            "regimen": "[7+3](https://evil.example)",
            "intensive": True,
        }
    ]
    assert records(treatments=treatments).recorded("treatments")
    text = json.dumps(Service(150).view(resources(mrd_samples=CONFIRMED, treatments=treatments)))
    assert not re.search(r"(?<!\\)\]\(https", text)


def test_the_samples_of_a_patient_are_not_confused_with_those_of_another_in_the_same_answer():
    found = resources(mrd_samples=NEGATIVE)
    strangers = json.loads(json.dumps(resources(mrd_samples=CONFIRMED)).replace(_number(found), "somebody-else"))
    request = view_request([*found, *(one for one in strangers if one["resourceType"] != "Patient")])
    cards = topics(Service(150).cards(PATIENT_VIEW, request))
    assert "molecular-state" not in cards
    assert "of somebody else" in cards["missing"]["detail"]


def test_an_inadequate_sample_is_told():
    poor = registries.sample(120, "neg") | {"control_copies": 100}
    cards = topics(Service(130).view(resources(mrd_samples=[*NEGATIVE, poor])))
    assert cards["samples"]["summary"].startswith("MRD sample too poor to be called: NPM1 in marrow")
