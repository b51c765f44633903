"""Reading the patient of a launch from the record system, with the launch's own token, as CDS Hooks reads it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import httpx2

from tenfold.exchange.fhir.elements import dicts
from tenfold.service.cds_hooks.fhir_server import FhirServer
from tenfold.service.cds_hooks.messages import Request
from tenfold.service.cds_hooks.prefetched import Gathered, Patient, PreconditionFailed, gather, patient_of
from tenfold.service.cds_hooks.services import wanted
from tenfold.service.smart.launched import Launched

LONGEST = 30.0
"""Seconds for all searches together."""


class NotToBeRead(Exception):
    """Why the patient cannot be shown, in words; `over`: the record system's permission has run out."""

    def __init__(self, said: str, *, over: bool = False) -> None:
        super().__init__(said)
        self.over = over


@dataclass(frozen=True)
class Read:
    """The patient, and by what name and date of birth the record system knows this person: shown, and never kept."""

    patient: Patient
    name: str | None
    born: str | None


def read(launched: Launched, complete: Collection[str] = ()) -> Read:
    """The patient of a launch. NotToBeRead where the record system does not give what is needed."""
    if launched.over:
        raise NotToBeRead("the record system's permission has run out", over=True)
    numbers: set[int] = set()
    try:
        gathered = asyncio.run(_gathered(launched, numbers))
        patient = patient_of(gathered, launched.patient_id, complete)
    except PreconditionFailed as why:
        raise NotToBeRead(_in_words(str(why)), over=httpx2.codes.UNAUTHORIZED in numbers) from None
    except TimeoutError:
        raise NotToBeRead(f"the record system did not answer within {LONGEST:.0f} seconds") from None
    person = next(one for one in gathered.resources if one["resourceType"] == "Patient")
    born = person.get("birthDate")
    return Read(patient, _name(person), born if isinstance(born, str) else None)


async def _gathered(launched: Launched, numbers: set[int]) -> Gathered:
    async def seen(answer: httpx2.Response) -> None:
        numbers.add(answer.status_code)

    request = Request.model_validate(
        {
            "hook": "patient-view",
            "hookInstance": str(uuid.uuid4()),
            "context": {"userId": "Practitioner/launched", "patientId": launched.patient_id},
        }
    )
    async with httpx2.AsyncClient(event_hooks={"response": [seen]}) as client:
        server = FhirServer(launched.base, launched.token, client)
        return await asyncio.wait_for(gather(request, server), LONGEST)


def _in_words(said: str) -> str:
    for one in wanted():
        said = said.replace(f"{one.key} (", f"{one.called} (")
    return said


def _name(person: dict[str, Any]) -> str | None:
    """The name by which somebody is called: the official or usual one before any other."""
    order = {"official": 0, "usual": 1, None: 2}
    names = [one for one in dicts(person.get("name")) if one.get("use") in order]
    for one in sorted(names, key=lambda name: order[name.get("use")]):
        given = one["given"] if isinstance(one.get("given"), list) else []
        parts = [part for part in (*given, one.get("family")) if isinstance(part, str)]
        text = one["text"] if isinstance(one.get("text"), str) else " ".join(parts)
        if text.strip():
            return text.strip()[:200]
    return None
