"""A FHIR server of another house (sekmet-fhir) takes what is written and gives it back unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whole_registries import same

from sekmet_running import ask, sekmet
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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with sekmet(tmp_path) as base:
        yield base


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
