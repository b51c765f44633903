"""A FHIR server of another house (sekmet-fhir) takes what is written and gives it back unchanged."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whole_registries import same

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange.fhir import read_records, write_records
from tenfold.exchange.published import published

pytest.importorskip("sekmet")

KINDS = (
    "DiagnosticReport",
    "Basic",
    "Patient",
    "Condition",
    "Observation",
    "Procedure",
    "MedicationAdministration",
    "MedicationStatement",
    "Specimen",
)
JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


def ask(method: str, url: str, data: bytes | None = None) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, data, JSON, method=method), timeout=120) as answer:
        return json.load(answer)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "sekmet"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/fhir"
    try:
        for _ in range(120):
            try:
                ask("GET", f"{base}/metadata")
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail("the server does not answer")
        yield base
    finally:
        process.terminate()
        process.wait(30)


def everything(base: str) -> Iterator[dict[str, Any]]:
    for kind in KINDS:
        url: str | None = f"{base}/{kind}?_count=200"
        while url:
            page = ask("GET", url)
            yield from (entry["resource"] for entry in page.get("entry", []))
            after = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
            url = None if after is None else f"{base}/{kind}?{after.partition('?')[2]}"


@pytest.mark.parametrize("registry", [published(), simulate_registry(3).registry], ids=["published", "simulated"])
def test_a_server_takes_a_registry_twice_and_gives_it_back_once(server, registry, tmp_path):
    write_records(registry, tmp_path / "registry.json")
    for _ in range(2):
        answer = ask("POST", server, (tmp_path / "registry.json").read_bytes())
        assert {entry["response"]["status"][:2] for entry in answer["entry"]} == {"20"}
    (tmp_path / "back.ndjson").write_text("\n".join(json.dumps(one) for one in everything(server)), "utf-8")
    same(registry, read_records(tmp_path / "back.ndjson").registry)
