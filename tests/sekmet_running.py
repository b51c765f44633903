"""A real FHIR server of another house (sekmet-fhir), for the tests, and what it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ports import free_port

JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


def ask(method: str, url: str, data: bytes | None = None) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, data, JSON, method=method), timeout=120) as answer:
        return json.load(answer)


def put(base: str, resources: Sequence[dict[str, Any]]) -> None:
    """Let a server hold these resources."""
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in resources
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = ask("POST", base, json.dumps(bundle).encode())
    assert {entry["response"]["status"][:2] for entry in answer["entry"]} == {"20"}


@contextmanager
def sekmet(folder: Path, resources: Sequence[dict[str, Any]] = ()) -> Iterator[str]:
    """The address of a server that holds these resources while the block runs."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "sekmet"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/fhir"
    try:
        for _ in range(240):
            try:
                ask("GET", f"{base}/metadata")
                break
            except OSError:
                time.sleep(0.5)
        else:
            raise TimeoutError("the FHIR server does not answer")
        if resources:
            put(base, resources)
        yield base
    finally:
        process.terminate()
        process.wait(30)
