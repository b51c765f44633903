"""CDS Hooks under 20 calls a second: patient-view of simulated patients, each with the prefetch that an EHR sends.

    python benchmarks/cds_load.py [MINUTES]

Calls begin on time whether or not earlier ones were answered. The promise is 99 of 100 within 150 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "service"))

from cds_calls import view_request
from service_load import Request, asked, running, table

from exchange.fhir_files import written
from store_tables import opened
from tenfold.cohort.simulation import simulate_registry
from tenfold.service.cds_hooks.services import PATIENT_VIEW
from tenfold.service.store import accounts

PATIENTS, SEED = 60, 5


def calls() -> list[bytes]:
    """A call for each patient, with molecular follow-up or without."""
    found = []
    for kind in ("venprs", "npm1"):
        registry = simulate_registry(PATIENTS // 2, SEED, kind).registry
        for patient_id in registry.patient_ids()["patient_id"]:
            resources = [one for one in written(registry.patient(patient_id)) if one["resourceType"] != "Basic"]
            found.append(json.dumps(view_request(resources)).encode())
    return found


def main(minutes: float) -> None:
    """Serve, ask, print."""
    sent = calls()

    def next_one(number: int) -> Request:
        headers = (("content-type", "application/json"),)
        return Request("patient-view", f"/cds-services/{PATIENT_VIEW}", headers, "POST", sent[number % len(sent)])

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        url = f"sqlite:///{place}/s.db"
        with opened(url) as store:
            accounts.add_centre(store, "Centre")
        os.environ["TENFOLD_CDS_CENTRE"] = "Centre"
        with running(url, place) as (address, process):
            told, memory = asyncio.run(asked(address, next_one, minutes, process))
    table(f"{len(sent)} patients", told, memory, minutes)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
