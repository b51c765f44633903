"""A service in which every page has something to show, in both ways of keeping time; and browsers that watch themselves."""

from __future__ import annotations

import io
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from ports import free_port
from service_running import PASSWORD, Client, hidden
from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.service.access.permissions import Role
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.store import accounts, sessions
from tenfold.service.store.centre import Centre
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store, open_store

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "npm1-run"
ALL_ROLES = "anna of all roles"
CALENDAR, RELATIVE, SIMULATED, EMPTY = "North", "Published", "Simulated", "Nobody yet"
Row = dict[str, Any]


def day(days_ago: int) -> str:
    return (date.today() - timedelta(days_ago)).isoformat()


def sample(patient_id: str, days_ago: int, value: float | None) -> Row:
    """An NPM1 sample of a marrow; without a level, none was found."""
    return {
        "sample_id": f"{patient_id}-{days_ago}",
        "patient_id": patient_id,
        "sample_date": day(days_ago),
        "marker": "NPM1",
        "tissue": "marrow",
        "method": "rt-qpcr",
        "value": value,
        "scale": None if value is None else "percent_abl1",
        "control_gene": "ABL1",
        "control_copies": 30000,
        "detected": "no" if value is None else "yes",
    }


def rising(patient_id: str) -> dict[str, list[Row]]:
    """A patient in remission on azacitidine and venetoclax whose NPM1 came back a month ago and was not measured again."""
    person = {"patient_id": patient_id, "sex": "female", "diagnosis_date": day(400), "age_at_diagnosis_years": 71}
    treatment = {"patient_id": patient_id, "regimen": "azacitidine+venetoclax", "start_date": day(395)}
    response = {"patient_id": patient_id, "response_date": day(300), "reported_response": "CR"}
    return {
        "patients": [person],
        "treatments": [treatment],
        "responses": [response],
        "mrd_samples": [sample(patient_id, at, level) for at, level in ((400, 50), (250, None), (150, None), (30, 5))],
        "variants": [
            {"patient_id": patient_id, "sample_date": day(at), "gene": gene, "vaf": vaf}
            for at, gene, vaf in ((400, "NPM1", 0.41), (400, "DNMT3A", 0.44), (30, "DNMT3A", 0.12))
        ],
    }


def stored_rows(centre: Centre, *patients: dict[str, list[Row]]) -> None:
    tables: dict[str, list[Row]] = {}
    for one in patients:
        for name, rows in one.items():
            tables.setdefault(name, []).extend(rows)
    registry = Registry.from_tables(tables)
    assert registry.check().is_empty(), registry.check().to_dicts()
    store_registry(centre, registry, "the records of the year")


def key_of(centre: Centre, patient_id: str) -> str:
    """The patient's random name in addresses."""
    return next(one.id for one in centre.patients() if one.patient_id == patient_id)


def zipped(**files: str) -> bytes:
    """A folder of tables as a zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"records/{name}.csv", text)
    return packed.getvalue()


FAULTY = zipped(
    patients=f"patient_id,sex,diagnosis_date\nB-1,female,{day(300)}\nB-2,perhaps,{day(200)}\nB-3,male,{day(150)}\n",
    mrd_samples="sample_id,patient_id,sample_date,marker,tissue,method,value,scale\n"
    f"b1,B-1,{day(200)},NPM1,marrow,rt-qpcr,0.4,percent_abl1\n"
    f"b2,B-1,{day(100)},NPM1,marrow,rt-qpcr,plenty,percent_abl1\n",
)
"""Two patients who can be read and one who cannot, a sample that can and one that cannot."""


@contextmanager
def own_store(template: Path, folder: Path) -> Iterator[Store]:
    """A copy of the peopled store."""
    for file in template.iterdir():
        shutil.copy(file, folder)
    store = open_store(f"sqlite:///{folder}/store.db")
    yield store
    store.engine.dispose()


@contextmanager
def running(store: Store) -> Iterator[tuple[str, FastAPI]]:
    """A service on the store: its address, and itself."""
    port = free_port()
    app = create_app(Configuration(port=port), store)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}", app
    server.should_exit = True
    thread.join(10)


@dataclass
class Watched:
    """A browser's window that keeps what must not happen: a fault in the console, a request to another host."""

    context: BrowserContext
    page: Page
    address: str
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Parts of faults that a walk brings about on purpose, such as a refusal."""

    def note(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.faults.append(f"{said.text} ({said.location.get('url', '')})")

    def went_out(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"a request to {request.url}")

    def failed(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):
            self.faults.append(f"{request.url}: {request.failure}")

    def unexpected(self) -> list[str]:
        return [one for one in self.faults if not any(part in one for part in self.expected)]

    def sign_in(self, name: str, first: str = "/") -> None:
        self.page.goto(f"{self.address}/sign-in?next={first}")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.address}{first}")

    def sign_in_at_once(self, store: Store, name: str, centre: str) -> None:
        """Begin a session without the form."""
        found = accounts.account_named(store, name)
        assert found is not None
        secret = sessions.begin(store, int(str(found["id"])), accounts.centres(store)[centre])
        self.context.add_cookies([{"name": "tenfold", "value": secret, "url": self.address}])


@contextmanager
def watched(browser: Browser, address: str, width: int = 1280, height: int = 900, **more: Any) -> Iterator[Watched]:
    """A window of its own, in which nothing goes wrong and nothing goes out."""
    context = browser.new_context(viewport={"width": width, "height": height}, **more)
    context.set_default_timeout(20_000)
    one = Watched(context, context.new_page(), address)
    context.on("console", one.note)
    context.on("weberror", lambda error: one.faults.append(str(error.error)))
    context.on("request", one.went_out)
    context.on("requestfailed", one.failed)
    yield one
    context.close()
    assert one.unexpected() == []


@dataclass(frozen=True)
class Furnished:
    """A service with something on every page. `addresses`: of each centre, by what the page is."""

    store: Store
    address: str
    app: FastAPI
    addresses: dict[str, dict[str, str]]


def furnish(store: Store, address: str, app: FastAPI) -> Furnished:
    """Fill a store, and name the addresses of all its pages."""
    found = {}
    given = {CALENDAR: None, RELATIVE: published(), SIMULATED: simulate_registry(12, 5).registry, EMPTY: None}
    for name, registry in given.items():
        number = accounts.centres(store).get(name) or accounts.add_centre(store, name)
        account: Any = accounts.account_named(store, ALL_ROLES)
        if account is None:
            accounts.add_account(store, ALL_ROLES, PASSWORD, list(Role), number)
            account = accounts.account_named(store, ALL_ROLES)
        else:
            accounts.set_roles(store, account["id"], number, list(Role), "the command line")
        centre = Centre(store, number, account["id"], ALL_ROLES)
        client = Client(app, base_url=address, raise_server_exceptions=False)
        secret = sessions.begin(store, account["id"], number)
        client.cookies.set("tenfold", secret)
        client.csrf = getattr(sessions.session_of(store, secret), "csrf", "") or ""
        if name == CALENDAR:
            stored_rows(centre, rising("A-1"), rising("A-2"), {"patients": [{"patient_id": "SIM-2", "sex": "male"}]})
        elif registry is not None:
            store_registry(centre, registry, "the records of the year")
        found[name] = _addresses(client, centre, name)
    return Furnished(store, address, app, found)


def _addresses(client: Client, centre: Centre, name: str) -> dict[str, str]:
    shared = {"patients": "/", "worklist": "/worklist", "meetings": "/meetings", "laboratory": "/laboratory"}
    shared |= {"cohort": "/cohort", "import": "/import"}
    if name in (SIMULATED, EMPTY):
        return {one: shared[one] for one in ("patients", "cohort")}
    one = centre.patients()[0].id
    patient = f"/patients/{one}"
    meeting = _done(client, "/meetings", title="Leukaemia board", on="120" if name == RELATIVE else day(20))
    _done(client, f"{meeting}/patients", patient=one, question="Treat now, or wait for the second sample?")
    decision = {"other": "wait for the second sample", "reason": "One rise alone.", "decided_by": "Leukaemia board"}
    address = f"{meeting}/patients/{one}/decision"
    _done(client, address, **decision, **hidden(client.get(meeting).text, address))
    files = [
        (part, (f"{file.name}", file.read_bytes()))
        for part, file in (
            ("run", EXAMPLE / "run.csv"),
            ("plate_map", EXAMPLE / "map.csv"),
            ("profile", EXAMPLE / "laboratory.toml"),
            ("diagnosis", EXAMPLE / "diagnosis.csv"),
        )
    ]
    run = _done(client, "/laboratory", files=files)
    _done(client, f"{run}/sign", comment="Controls as usual.", password=PASSWORD)
    shared |= {
        "patients by name": "/?order=name",
        "worklist of a day": f"/worklist?on={'400' if name == RELATIVE else day(10)}",
        "patient": patient,
        "patient on a day": f"{patient}?on={'400' if name == RELATIVE else day(200)}",
        "patient before all": f"{patient}?on={'-9000' if name == RELATIVE else '1990-01-01'}",
        "what if": f"{patient}/what-if",
        "facts": f"{patient}/entry",
        "entry of a sample": f"{patient}/entry/mrd_samples",
        "entry of a variant": f"{patient}/entry/variants",
        "records": f"{patient}/records",
        "completeness": f"{patient}/complete/mrd_samples",
        "completeness of all": f"{patient}/complete",
        "changes": f"{patient}/changes",
        "new patient": "/patients/new",
        "meeting": meeting,
        "run": run,
        "result": f"{run}/results/0",
    }
    if name == RELATIVE:  # what does not tell days is looked at once
        told = (
            "patients",
            "worklist",
            "cohort",
            "patient",
            "patient on a day",
            "entry of a sample",
            "records",
            "meeting",
        )
        return {one: shared[one] for one in (*told, "result")}
    if name == CALENDAR:
        waiting = _done(client, "/import", files=[("files", ("records.zip", FAULTY))])
        aside = _done(client, "/import", files=[("files", ("records.zip", FAULTY))])
        client.get(aside)
        _done(client, f"{aside}/store", revision=str(centre.about()["revision"]))
        second = f"/patients/{key_of(centre, 'B-1')}"
        record = client.get(f"{second}/records").text.partition("/withdraw")[0].rpartition("/")[2]
        shared |= {
            "waiting import": waiting,
            "records with rows set aside": f"{second}/records",
            "withdrawal": f"{second}/records/{record}/withdraw",
            "calculators": "/calculators",
            "calculator": "/calculators/ven_prs_os?prior_hma=yes",
            "evidence": "/evidence",
            "evidence found": "/evidence?q=tiong",
            "settings": "/settings",
            "administration": "/administration",
            "audit": "/administration/audit",
            "account": "/account",
            "programs": "/api/docs",
            "nothing there": "/patients/nobody",
        }
    return shared


def _done(client: Client, address: str, files: Any = None, **given: str) -> str:
    """Send a form; where it leads."""
    answer = client.post_form(address, given, files=files)
    assert answer.status_code == 303, (address, answer.status_code, answer.text[-600:])
    return str(answer.headers["location"]).partition("#")[0]
