"""Who saw whom: looks are told without a page waiting for the store, and wherever patients are shown."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text
from test_every_address_as_every_role import permission, routes

from service_running import PASSWORD, Client, centre_of
from tenfold.records.registry import Registry
from tenfold.service import scribe as scribes
from tenfold.service.access.permissions import Role
from tenfold.service.access.rate import Rate
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.scribe import Entry, Scribe
from tenfold.service.store import accounts, schema
from tenfold.service.store.imports import store_registry
from tenfold.service.store.meetings import add_meeting, list_patient
from tenfold.service.store.store import Store

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "npm1-run"
NAMES = ("SIM-1", "OTHER-7", "NEWONE-8")
"""Patients of the centre, of the run and of the file that waits; nothing else is called so."""
OF_NOBODY = ("/evidence", "/calculators", "/api/v1/calculators", "/api/docs", "/api/openapi")
"""Addresses that ask nothing of a centre's records; the charts of the evidence are slow to draw."""
LEFT_OUT = ("/sign-out", "/account/password", "/demonstration")
TOLD = {"seen", "downloaded", "records exported"}


def looks(store: Store) -> list[tuple[str, str | None]]:
    with store.reading() as connection:
        asked = select(schema.audit).order_by(schema.audit.c.id)
        found = connection.execute(asked).mappings().all()
    return [(row["action"], row["subject"]) for row in found if row["action"] in TOLD]


def peopled(store: Store) -> list[str]:
    centre = centre_of(store)
    rows = [{"patient_id": name, "sex": "female"} for name in NAMES[:2]]
    store_registry(centre, Registry.from_tables({"patients": rows}), "for the test")
    return [one.id for one in centre.patients()]


def test_while_an_import_writes_no_page_waits_and_every_look_is_told_when_it_happened(
    client: Callable[..., Client], store: Store
) -> None:
    keys, one = peopled(store), client("viewer")
    scribe: Scribe = one.app.state.service.scribe  # type: ignore[attr-defined]
    with store.writing():  # a file has one writer at a time
        begun = time.monotonic()
        for key in keys:
            assert one.get(f"/patients/{key}/changes").status_code == 200
        assert time.monotonic() - begun < 5
        assert not scribe.written(0.3)
        ended = datetime.now(UTC).isoformat()
    assert scribe.written(10)
    assert looks(store) == [("seen", key) for key in keys]
    with store.reading() as connection:
        last = connection.execute(select(schema.audit.c.at).order_by(schema.audit.c.id.desc())).scalars().first()
        assert str(last) < ended
        assert store.trail.verify(connection).broken is None


def test_a_look_is_told_once_the_store_can_be_written_again(
    client: Callable[..., Client], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribes, "AGAIN", 0.02)
    keys, one = peopled(store), client("viewer")
    scribe: Scribe = one.app.state.service.scribe  # type: ignore[attr-defined]
    with store.writing() as connection:
        connection.execute(text("ALTER TABLE audit_head RENAME TO elsewhere"))
    assert one.get(f"/patients/{keys[0]}/changes").status_code == 200
    assert not scribe.written(0.2)
    with store.writing() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO audit_head"))
    assert scribe.written(10)
    assert looks(store) == [("seen", keys[0])]


def test_what_can_never_be_written_keeps_no_other_look_out_of_the_trail(store: Store) -> None:
    centre, scribe = centre_of(store), Scribe(store)
    with store.writing():
        scribe.put(Entry(centre, "seen", "first", {}))
        scribe.put(Entry(centre, "seen", "spoilt", {"never": object()}))
        scribe.put(Entry(centre, "seen", "last", {}))
    assert scribe.written(10)
    assert looks(store) == [("seen", "first"), ("seen", "last")]


def test_what_waits_is_written_before_the_service_ends(store: Store, client: Callable[..., Client]) -> None:
    keys, signed = peopled(store), client("viewer")
    with Client(create_app(Configuration(), store), base_url="http://127.0.0.1:8765") as one:
        one.cookies = signed.cookies
        for key in keys:
            one.get(f"/patients/{key}/changes")
    assert looks(store) == [("seen", key) for key in keys]


def furnished(one: Client, store: Store) -> dict[str, list[str]]:
    """What stands in addresses, of each kind: two patients, one on a meeting's list; a run that is signed; a file that waits."""
    keys, centre = peopled(store), centre_of(store)
    meeting = add_meeting(centre, "2026-11-20", "Tumour board")
    list_patient(centre, meeting, keys[0], "")
    parts = {"run": "run.csv", "plate_map": "map.csv", "profile": "laboratory.toml", "diagnosis": "diagnosis.csv"}
    files = [(part, (name, (EXAMPLE / name).read_bytes())) for part, name in parts.items()]
    run = one.post_form("/laboratory", files=files).headers["location"]
    assert one.post_form(f"{run}/sign", {"password": PASSWORD}).status_code == 303
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        rows = f"patient_id,sex,diagnosis_date\n{NAMES[1]},male,2024-01-01\n{NAMES[2]},perhaps,2024-01-02\n"
        archive.writestr("records/patients.csv", rows)
    file = one.post_form("/import", files=[("files", ("records.zip", held.getvalue()))]).headers["location"]
    return {
        "patients": keys,
        "meetings": [meeting],
        "laboratory": [run.split("/")[-1]],
        "import": [file.split("/")[-1]],
    }


def test_no_address_shows_a_patient_untold_not_even_as_the_answer_to_a_form_that_is_refused(
    client: Callable[..., Client], store: Store
) -> None:
    centre = centre_of(store)
    assert centre.account_id is not None
    accounts.set_roles(store, centre.account_id, centre.id, list(Role), "test")
    one = client("clinician")
    service = one.app.state.service  # type: ignore[attr-defined]
    service.requests.most, service.seen = 1_000_000, Rate(1_000_000, 3600)
    names = furnished(one, store)
    given = {"patient": names["patients"][0], "kind": "relapse", "subject": "x", "rests_on": "", "csrf": one.csrf}
    shown, untold = set(), []
    # What changes something comes last, so that the rest still finds what it shows.
    for route in sorted(routes(store), key=lambda route: "POST" in route.methods):
        if permission(route) is None or route.path in LEFT_OUT or route.path.startswith(OF_NOBODY):
            continue
        kind = next((part for part in route.path.split("/") if part in names), "patients")
        path = route.path.replace("{number}", names["meetings"][0] if kind == "meetings" else "0")
        path = path.replace("{key}", names["patients" if "/patients/{key}" in path else kind][0])
        if "{" in path:
            continue
        before = len(looks(store))
        method = "POST" if "POST" in route.methods else "GET"
        answer = one.request(method, path, data=given if method == "POST" else None, follow_redirects=False)
        assert service.scribe.written(10)
        page = answer.content.decode("utf-8", "replace")
        if any(name in page for name in NAMES):
            shown.add(route.path)
            if len(looks(store)) == before:
                untold.append((method, route.path, answer.status_code))
    assert untold == []
    refused = "/meetings/{number}/patients"
    assert {refused, "/laboratory/{key}", "/import/{key}/faults.csv", "/laboratory/{key}/signed.html"} <= shown
