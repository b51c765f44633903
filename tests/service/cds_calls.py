"""Calls of CDS Hooks for tests: a patient's facts as an EHR sends them, and a service that answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

import registries
from exchange.fhir_files import written
from tenfold.records import Registry
from tenfold.service.cds_hooks.configuration import Configuration
from tenfold.service.cds_hooks.routes import router_for
from tenfold.service.cds_hooks.services import ORDER_SELECT, PATIENT_VIEW, wanted

Json = dict[str, Any]
DAY_ZERO = date(2025, 1, 1)
BASE = "https://tenfold.hospital.example"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
COMPLETE = frozenset(
    {"mrd_samples", "treatments", "transplants", "responses", "events", "marrows", "counts", "medications", "cycles"}
)
TREATED = {
    "patients": [{"diagnosis_day": -100, "birth_date": "1960-01-01", "sex": "female"}],
    "treatments": [
        {
            "line": 1,
            "start_day": -90,
            "end_day": -30,
            "drugs": "cytarabine+daunorubicin",
            "intensive": True,
            "intent": "induction",
        }
    ],
    "responses": [{"response_day": -60, "reported_response": "CR"}],
}
NEGATIVE = [registries.sample(0, "neg"), registries.sample(60, "neg")]
RELAPSE = [*NEGATIVE, registries.sample(120, 0.5)]
CONFIRMED = [*RELAPSE, registries.sample(140, 3.0)]


def on(day: int) -> date:
    return DAY_ZERO + timedelta(days=day)


def dated(rows: list[Json]) -> list[Json]:
    """Rows of days as rows of dates."""
    return [
        {
            "patient_id": "p",
            **{
                name.replace("_day", "_date") if name.endswith("_day") else name: (
                    on(value).isoformat() if name.endswith("_day") and value is not None else value
                )
                for name, value in row.items()
            },
        }
        for row in rows
    ]


def records(**tables: list[Json]) -> Registry:
    """A registry with dates; what is not given is as in `TREATED`."""
    made = Registry.from_tables({name: dated(rows) for name, rows in {**TREATED, **tables}.items()})
    assert not made.check().height, made.check().to_dicts()
    return made


def resources(**tables: list[Json]) -> list[Json]:
    """The same as resources, without what is said of the registry as a whole: an EHR says no such thing."""
    return [one for one in written(records(**tables)) if one["resourceType"] != "Basic"]


def number(found: list[Json]) -> str:
    return str(next(one["id"] for one in found if one["resourceType"] == "Patient"))


def prefetch(found: list[Json]) -> Json:
    """Resources as a client sends them by the templates: each search answered, null where it has no result."""
    sent: Json = {}
    for one in wanted():
        mine = [
            resource for resource in found if resource["resourceType"] in one.kinds and _asked(resource, one.template)
        ]
        entries = [{"resource": resource} for resource in mine]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(mine), "entry": entries}
        sent[one.key] = mine[0] if one.key == "patient" else bundle if mine else None
    return sent


def _asked(resource: Json, template: str) -> bool:
    """Whether a search by codes finds a resource."""
    query = dict(part.split("=", 1) for part in template.partition("?")[2].split("&") if "=" in part)
    if "code" not in query:
        return True
    codes = {f"{one.get('system')}|{one['code']}" for one in resource["code"].get("coding", [])}
    return bool(codes & set(query["code"].split(",")))


def view_request(found: list[Json], **more: Any) -> Json:
    """A call of patient-view."""
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": number(found)},
        "prefetch": prefetch(found),
        **more,
    }


def draft(name: str, identity: str, **more: Any) -> Json:
    """A draft order of a medicine."""
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": "Patient/p"},
        **more,
    }


def order_request(found: list[Json], chosen: list[str], others: tuple[str, ...] = (), **more: Any) -> Json:
    """A call of order-select: the chosen medicines, and others of the session."""
    drafts = [draft(name, f"d{k}") for k, name in enumerate([*chosen, *others])]
    return {
        **view_request(found),
        "hook": "order-select",
        "context": {
            "userId": "Practitioner/example",
            "patientId": number(found),
            "selections": [f"MedicationRequest/d{k}" for k in range(len(chosen))],
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": one} for one in drafts],
            },
        },
        **more,
    }


def configuration(**more: Any) -> Configuration:
    usual = {"base_url": BASE, "secret": b"k" * 32, "complete": COMPLETE, "calls_a_second": 1e6}
    return Configuration(**{**usual, **more})


class Service:
    """A service that answers as of a day, and keeps what it is told."""

    def __init__(self, day: int = 130, *, verifier: Any = None, http: Any = None, **settings: Any) -> None:
        self.feedback: list[tuple[str, Json]] = []
        self.served: list[Any] = []
        app = FastAPI()
        app.include_router(
            router_for(
                configuration(**settings),
                verifier=verifier,
                keep_feedback=lambda service, body: self.feedback.append((service, body)),
                keep_cards=self.served.append,
                http=http,
                today=lambda: on(day),
            )
        )
        self.client = TestClient(app, base_url=BASE)

    def view(self, found: list[Json], **more: Any) -> list[Json]:
        """The cards of patient-view."""
        return self.cards(PATIENT_VIEW, view_request(found, **more))

    def order(self, found: list[Json], chosen: list[str], others: tuple[str, ...] = (), **more: Any) -> list[Json]:
        """The cards of order-select."""
        return self.cards(ORDER_SELECT, order_request(found, chosen, others, **more))

    def cards(self, service: str, request: Json) -> list[Json]:
        answer = self.client.post(f"/cds-services/{service}", json=request)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["cards"])


def topics(cards: list[Json]) -> dict[str, Json]:
    """The cards by what they are about."""
    return {one["source"]["topic"]["code"]: one for one in cards}
