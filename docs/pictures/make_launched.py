"""Drives the CDS Hooks Sandbox with the SMART launcher in front of it, and Tenfold behind: `python docs/pictures/make_launched.py`.

Needs chromium, and what docs/how-to/cds-hooks.md starts first: a FHIR server, the launcher, the sandbox and `tenfold serve`; their
addresses may be given in this order. A simulated patient is sent to the FHIR server, the launcher opens the sandbox with that
patient in its simulated record system, the sandbox calls Tenfold, a suggestion is agreed with, and a second call leaves out a part
of the prefetch, which Tenfold then reads with the launch's token. Stops where anything of this does not happen.
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from playwright.sync_api import FrameLocator, Page, Route, sync_playwright

from tenfold.exchange.fhir import write_records
from tenfold.records import Registry

HERE = Path(__file__).parent
USUAL = ("http://127.0.0.1:8801/fhir", "http://127.0.0.1:8805", "http://127.0.0.1:8080", "http://127.0.0.1:8802")
LEVELS = ((100, "no", None), (60, "no", None), (30, "yes", 0.5), (10, "yes", 3.0))
"""Days ago, and what was found of NPM1 in the marrow, in % of ABL1."""
VIEW = "tenfold-patient-view"
LEFT_OUT = ("residualDisease", "procedures", "specimens")
Json = dict[str, Any]


def patient() -> Registry:
    """A simulated patient whose molecular relapse was confirmed ten days ago."""

    def ago(days: int) -> str:
        return (date.today() - timedelta(days)).isoformat()

    one = {"patient_id": "launched"}
    sample = {**one, "marker": "NPM1", "tissue": "marrow", "method": "rt-qpcr", "control_gene": "ABL1"}
    measured = [
        {**sample, "sample_id": f"s{days}", "sample_date": ago(days), "detected": detected, "control_copies": 50_000}
        | ({} if value is None else {"value": value, "scale": "percent_abl1"})
        for days, detected, value in LEVELS
    ]
    treatment = {"drugs": "cytarabine+daunorubicin", "intensive": True, "start_date": ago(240), "end_date": ago(180)}
    tables = {
        "patients": [{**one, "sex": "female", "birth_date": "1960-01-01", "diagnosis_date": ago(250)}],
        "treatments": [{**one, "line": 1, "intent": "induction", **treatment}],
        "responses": [{**one, "response_date": ago(210), "reported_response": "CR"}],
        "mrd_samples": measured,
    }
    registry = Registry.from_tables(tables)
    assert registry.check().is_empty(), registry.check().to_dicts()
    return replace(registry, simulated=True)


def sent(registry: Registry, server: str) -> str:
    """Send the patient, a practitioner and a visit to the FHIR server, and return the patient's id there."""
    with tempfile.TemporaryDirectory() as folder:
        write_records(registry, path := Path(folder) / "registry.json")
        bundle: Json = json.loads(path.read_text("utf-8"))
    found = [one for one in bundle["entry"] if one["resource"]["resourceType"] != "Basic"]
    person = next(one["resource"] for one in found if one["resource"]["resourceType"] == "Patient")
    person["name"] = [{"use": "official", "given": ["Simulated"], "family": "Patient"}]
    doctor = {"resourceType": "Practitioner", "id": "doctor", "name": [{"given": ["Simulated"], "family": "Doctor"}]}
    visit = {"resourceType": "Encounter", "id": "visit", "status": "finished", "class": {"code": "AMB"}}
    visit["subject"] = {"reference": f"Patient/{person['id']}"}
    more = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in (doctor, visit)
    ]
    httpx2.post(server, json={**bundle, "entry": [*found, *more]}, timeout=60).raise_for_status()
    return str(person["id"])


def launched(page: Page, launcher: str, sandbox: str, who: str) -> tuple[Page, FrameLocator]:
    """Open the sandbox from the launcher's page: its window, and the frame of the simulated record system."""
    # Provider EHR launch; sign-in and consent skipped; within the simulated record system; PKCE where the app asks for it.
    options = [0, who, "doctor", "visit", 1, 1, 1, *[""] * 7, 0, 1, ""]
    packed = base64.urlsafe_b64encode(json.dumps(options).encode()).decode().rstrip("=")
    page.goto(f"{launcher}/?{urlencode({'launch': packed, 'launch_url': f'{sandbox}/launch.html', 'tab': '0'})}")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Launch", exact=True).click()
    return opened.value, opened.value.frame_locator("#frame")


def main(server: str, launcher: str, sandbox: str, service: str) -> None:
    """Drive them together."""
    who = sent(patient(), server)
    left_out: list[str] = []
    calls: list[Json] = []

    def held(route: Route) -> None:
        """Keep what the sandbox sends, and leave out of it what is to be read by Tenfold itself."""
        body: Json | None = route.request.post_data_json if route.request.method == "POST" else None
        if body and "prefetch" in body:
            calls.append(body)
            body = {**body, "prefetch": {key: one for key, one in body["prefetch"].items() if key not in left_out}}
            route.continue_(post_data=json.dumps(body))
        else:
            route.continue_()

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1100, "height": 680})
        context.route(f"{service}/cds-services/*", held)
        window, frame = launched(context.new_page(), launcher, sandbox, who)
        window.set_viewport_size({"width": 1100, "height": 680})
        frame.get_by_text("No recommendations to display").wait_for()
        frame.locator("button").nth(5).click()  # settings
        frame.get_by_text("Add CDS Services").click()
        frame.locator("[role=dialog] input").first.fill(f"{service}/cds-services")
        with window.expect_response(f"{service}/cds-services/{VIEW}") as answered:
            frame.get_by_role("button", name="Save").click()
        first = answered.value.json()["cards"]
        card = frame.get_by_text("Simulated patient: MRD relapse, confirmed").first
        card.wait_for()
        window.wait_for_timeout(2000)
        window.screenshot(path=HERE / "cds-hooks-launched.png")
        with window.expect_response(f"{service}/**/feedback") as told:
            frame.get_by_text("Noted: for the tumour board").first.click()
        assert told.value.status == 200, told.value.status
        left_out += LEFT_OUT
        frame.get_by_role("button", name="Rx View").click()
        with window.expect_response(f"{service}/cds-services/{VIEW}") as answered:
            frame.get_by_role("button", name="Patient View").click()
        again = answered.value.json()["cards"]
        browser.close()
    assert calls[0]["fhirServer"].startswith(launcher)
    assert calls[0]["fhirAuthorization"]["access_token"]
    assert first[0]["indicator"] == "critical"
    # A card's uuid is of what it says: the same cards, though a part was not sent along.
    assert [one["uuid"] for one in first] == [one["uuid"] for one in again]
    resources = sum(one.get("total", 1) for one in calls[0]["prefetch"].values())
    print(f"{len(calls)} calls; {resources} resources of {len(calls[0]['prefetch'])} searches sent along; the cards:")
    print(*(f"{one['indicator']}: {one['summary']}" for one in first), sep="\n")


if __name__ == "__main__":
    main(*(sys.argv[1:] or USUAL))
