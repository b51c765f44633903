"""CDS Hooks under load: patient-view of simulated patients, each with the prefetch that an EHR sends.

    python benchmarks/cds_load.py [MINUTES]

`first`: each patient once, one after the other. `again`: 20 calls a second of the same patients, whose records did not change; the
promise is 99 of 100 within 150 ms. `new`: 20 calls a second, each of a patient who was not asked for before: more than can be borne,
so that some are refused at once (503). Calls begin on time whether or not earlier ones were answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import httpx2

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "service"))

from cds_calls import view_request
from service_load import Request, Told, asked, resident, running, table

from exchange.fhir_files import written
from store_tables import opened
from tenfold.cohort.simulation import simulate_registry
from tenfold.service.cds_hooks.services import PATIENT_VIEW
from tenfold.service.store import accounts

PATIENTS, SEED = 60, 5
VIEW = f"/cds-services/{PATIENT_VIEW}"
HEADERS = (("content-type", "application/json"),)


def calls() -> list[bytes]:
    """A call for each patient, with molecular follow-up or without."""
    found = []
    for kind in ("venprs", "npm1"):
        registry = simulate_registry(PATIENTS // 2, SEED, kind).registry
        for patient_id in registry.patient_ids()["patient_id"]:
            resources = [one for one in written(registry.patient(patient_id)) if one["resourceType"] != "Basic"]
            found.append(json.dumps(view_request(resources)).encode())
    return found


def first(address: str, sent: list[bytes]) -> Told:
    """Ask for each patient once, one after the other."""
    told: Told = []
    with httpx2.Client(base_url=address, timeout=60) as client:
        for body in sent:
            since = time.perf_counter()
            status = client.post(VIEW, content=body, headers=dict(HEADERS)).status_code
            told.append(("first", time.perf_counter() - since, status, since))
    return told


def main(minutes: float) -> None:
    """Serve, ask, print."""
    sent = calls()

    def again(number: int) -> Request:
        return Request("again", VIEW, HEADERS, "POST", sent[number % len(sent)])

    def new(number: int) -> Request:
        body = sent[number % len(sent)]
        name = json.loads(body)["context"]["patientId"]
        return Request("new", VIEW, HEADERS, "POST", body.replace(name.encode(), f"{name}-{number}".encode()))

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        url = f"sqlite:///{place}/s.db"
        with opened(url) as store:
            accounts.add_centre(store, "Centre")
        os.environ["TENFOLD_CDS_CENTRE"] = "Centre"
        with running(url, place) as (address, process):
            told = first(address, sent)
            table(f"{len(sent)} patients, one after the other", told, [resident(process)], 0)
            for next_one in (again, new):
                told, memory = asyncio.run(asked(address, next_one, minutes, process))
                table(f"{len(sent)} patients", told, memory, minutes)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
