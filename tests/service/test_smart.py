"""Launches from a record system: a provider that speaks SMART App Launch, in front of a real FHIR server; and attacks."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import stand_in_provider as standing
from accessible_pages import wrong_with
from cds_calls import CONFIRMED, number, resources
from playwright.sync_api import Browser
from sqlalchemy import func, select
from stand_in_provider import CLIENT, SECRET, SUBJECT, Bent, StandIn, running

from ports import free_port
from sekmet_running import sekmet
from service_running import Client
from tenfold.service.access.permissions import Role
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration, from_environment
from tenfold.service.smart import launched
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.engine import StoreError
from tenfold.service.store.store import Store

HERE = "http://127.0.0.1:8765"
FOUND = resources(mrd_samples=CONFIRMED)
CHART = number(FOUND)
OTHER = {"resourceType": "Patient", "id": "other", "gender": "male", "birthDate": "1950-02-03"}
NAMED = [
    {
        **one,
        "name": [
            {"use": "nickname", "text": "Nobody"},
            {"use": "official", "given": ["Example"], "family": "Of-Tests"},
        ],
    }
    if one["resourceType"] == "Patient"
    else one
    for one in FOUND
]


@pytest.fixture(scope="module")
def standing_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    pytest.importorskip("sekmet")
    port = free_port()
    with sekmet(tmp_path_factory.mktemp("sekmet"), [*NAMED, OTHER]) as records:
        one = StandIn(port, records)
        one.public = True
        with running(one.app(), port):
            yield one


@pytest.fixture
def ehr(standing_in: StandIn) -> StandIn:
    standing_in.bent, standing_in.patient, standing_in.public = Bent(), CHART, True
    standing_in.asked.clear()
    return standing_in


@pytest.fixture
def visitor(ehr: StandIn, store: Store) -> Client:
    known(ehr, store)
    return browsing(ehr, store)


def known(ehr: StandIn, store: Store, role: Role = Role.VIEWER) -> None:
    subject = f"{ehr.base}|{SUBJECT}"
    accounts.add_account(store, "known there", None, [role], accounts.centres(store)["North"], subject=subject)


def browsing(ehr: StandIn, store: Store, *, configured: dict[str, Any] | None = None, **more: str) -> Client:
    smart = {"issuers": f"https://other.example/fhir {ehr.fhir}", "client_id": CLIENT, **more}
    app = create_app(Configuration(smart=smart, **(configured or {})), store)
    return Client(app, base_url=HERE, raise_server_exceptions=False, follow_redirects=False)


def start(ehr: StandIn, **more: str) -> str:
    return f"/smart/launch?{urllib.parse.urlencode({'iss': ehr.fhir, 'launch': 'xyz', **more})}"


def back(visitor: Client, ehr: StandIn, **more: str) -> str:
    """Launch, and come back as far as the address with the code."""
    there = visitor.get(start(ehr, **more))
    assert there.status_code == 303, there.text
    return str(httpx2.get(there.headers["location"]).headers["location"])


def launch(visitor: Client, ehr: StandIn) -> str:
    """Launch, and give the address of the patient's page."""
    answer = visitor.get(back(visitor, ehr))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def words(text: str) -> str:
    return text.replace("&#39;", "'")


def refused(visitor: Client, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code in (400, 403, 502), answer.text
    assert "tenfold" not in visitor.cookies
    assert trail(visitor.app.state.service.store)[0]["action"] == "sign-in refused"
    return words(answer.text)


def trail(store: Store) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(schema.audit).order_by(schema.audit.c.id.desc())).mappings())


def test_a_launch_shows_the_patient_of_the_chart_from_the_record_systems_data(visitor: Client, ehr: StandIn) -> None:
    address = launch(visitor, ehr)
    assert address.startswith("/smart/patient?launch=")
    assert CHART not in address
    page = words(visitor.get(address).text)
    assert "<h1>Example Of-Tests</h1>" in page
    assert "born 1 Jan 1960" in page
    assert "nothing of it is stored here" in page
    assert "MRD relapse" in page
    assert "data:image/svg+xml;base64," in page
    assert "Enter a result" not in page
    assert "/patients/" not in page.partition("<main")[2]
    assert len(page) < 200_000
    asked = dict(ehr.asked)["/authorize"]
    assert asked["scope"] == "launch openid fhirUser patient/*.read"
    assert (asked["aud"], asked["launch"]) == (ehr.fhir, "xyz")


def test_nothing_of_the_patient_is_stored_but_an_entry_that_names_nobody(
    visitor: Client, ehr: StandIn, store: Store
) -> None:
    def rows() -> dict[str, int]:
        with store.reading() as connection:
            tables = schema.metadata.sorted_tables
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables
                if table.name != "audit"
            }

    address = launch(visitor, ehr)
    before = rows()
    visitor.get(address)
    assert rows() == before
    entry = trail(store)[0]
    assert (entry["action"], entry["account"]) == ("patient read from the record system", "known there")
    whole = str([dict(row) for row in trail(store)])
    assert CHART not in whole
    assert "Of-Tests" not in whole
    with store.reading() as connection:
        kept = str(connection.execute(select(schema.session.c.launch)).scalar_one())
    assert CHART not in kept
    assert next(iter(ehr.tokens)) not in kept


def test_what_could_not_be_read_is_said(visitor: Client, ehr: StandIn) -> None:
    address = launch(visitor, ehr)
    real, ehr.records = ehr.records, ehr.records + "/nowhere"
    assert "The patient cannot be shown" in visitor.get(address).text
    ehr.records = real
    held = next(reversed(ehr.tokens.values()))
    held["refuse"] = "Procedure"
    page = words(visitor.get(address).text)
    assert "Not answered, so that nothing is inferred from it:" in page
    assert "treatments and transplants: the FHIR server answered 403" in page


def test_of_a_patient_without_leukaemia_nothing_is_worked_out(visitor: Client, ehr: StandIn) -> None:
    ehr.patient = "other"
    page = words(visitor.get(launch(visitor, ehr)).text)
    assert "Nothing that was read says that this patient has, or had, acute myeloid leukaemia" in page
    assert "Needs attention now" not in page


def test_the_settings_are_those_of_the_centre(visitor: Client, ehr: StandIn, store: Store) -> None:
    from sqlalchemy import update

    with store.writing() as connection:
        text = "[mrd]\nconfirm_within = 21\n"
        connection.execute(update(schema.centre).values(settings=text, settings_revision=1))
    answer = visitor.get(launch(visitor, ehr))
    assert "Settings changed from their defaults" in answer.text, answer.text


def test_a_launch_opens_in_the_centre_that_is_named_and_nobody_comes_in_who_is_no_member_there(
    ehr: StandIn, store: Store
) -> None:
    known(ehr, store)
    found = accounts.account_named(store, "known there")
    south = accounts.centres(store)["South"]
    for configured in ({"centre": "South"}, {}):
        cds = {} if configured else {"centre": "South"}
        elsewhere = browsing(ehr, store, configured={"cds": cds}, **configured)
        assert "the centre South, of which you are no member" in refused(elsewhere, back(elsewhere, ehr))
    accounts.set_roles(store, found["id"], south, [Role.VIEWER], "test")
    unnamed = browsing(ehr, store)
    assert "TENFOLD_SMART_CENTRE" in refused(unnamed, back(unnamed, ehr))
    there = browsing(ehr, store, centre="South")
    address = launch(there, ehr)
    signed = sessions.session_of(store, there.cookies["tenfold"])
    assert signed.centre == south
    assert there.get(address).status_code == 200
    sessions.move(store, there.cookies["tenfold"], accounts.centres(store)["North"])
    answer = there.get(address)
    assert (answer.status_code, "shown in the centre South" in answer.text) == (409, True)
    with pytest.raises(StoreError, match="TENFOLD_SMART_CENTRE"):
        browsing(ehr, store, centre="Nowhere")


def test_when_the_permission_has_run_out_the_page_says_how_to_launch_again(
    visitor: Client, ehr: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = launch(visitor, ehr)
    ehr.tokens.clear()
    answer = visitor.get(address)
    assert (answer.status_code, "permission to read has run out" in words(answer.text)) == (403, True)
    assert "Open Tenfold again from the patient's chart" in words(answer.text)
    ehr.asked.clear()
    later = time.time() + 301
    monkeypatch.setattr(launched.time, "time", lambda: later)
    assert "permission to read has run out" in words(visitor.get(address).text)
    assert ehr.asked == []


def test_a_page_of_an_earlier_launch_does_not_turn_into_another_patients(visitor: Client, ehr: StandIn) -> None:
    first = launch(visitor, ehr)
    ehr.patient = "other"
    second = launch(visitor, ehr)
    stale = visitor.get(first)
    assert (stale.status_code, "another patient was opened" in stale.text) == (409, True)
    assert visitor.get(second).status_code == 200


def test_two_launches_under_way_at_once_do_not_take_each_others_place(visitor: Client, ehr: StandIn) -> None:
    one, other = back(visitor, ehr), back(visitor, ehr)
    assert visitor.get(one).status_code == 303
    assert visitor.get(other).status_code == 303


def test_a_token_for_another_patient_than_the_launch_names_shows_nobody(visitor: Client, ehr: StandIn) -> None:
    ehr.bent = Bent(answer={"patient": "other"})
    page = words(visitor.get(launch(visitor, ehr)).text)
    assert "The patient cannot be shown" in page
    assert "the FHIR server answered 403" in page
    assert "MRD relapse" not in page


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        (Bent(answer={"patient": None}), "names no patient"),
        (Bent(answer={"patient": "../Patient?_count=100"}), "in a way that FHIR does not have"),
        (Bent(answer={"patient": "a" * 65}), "in a way that FHIR does not have"),
        (Bent(answer={"patient": ["x"]}), "names no patient"),
        (Bent(answer={"access_token": None}), "no access token"),
        (Bent(answer={"access_token": "a\r\nHost: evil"}), "no access token"),
        (Bent(answer={"token_type": "mac"}), "unknown kind"),
        (Bent(answer={"id_token": None}), "no ID token"),
        (Bent(claims={"nonce": "another"}), "not of this sign-in (nonce)"),
        (Bent(claims={"aud": "another"}), "another application"),
        (Bent(claims={"iss": "https://evil.example"}), "another issuer"),
        (Bent(claims={"exp": 1_700_000_000}), "has expired"),
        (Bent(sign=standing.unsigned), "must be signed with"),
        (Bent(sign=standing.with_the_client_secret), "must be signed with"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_answer_that_is_not_right_opens_nobodys_chart(visitor: Client, ehr: StandIn, bent: Bent, why: str) -> None:
    ehr.bent = bent
    assert why in refused(visitor, back(visitor, ehr))


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example/fhir",
        "{base}/fhir/..",
        "{base}/fhir.evil.example",
        "{base}",
        "http://169.254.169.254/fhir",
        "",
    ],
)
def test_a_record_system_that_is_not_listed_is_never_asked(visitor: Client, ehr: StandIn, iss: str) -> None:
    said = refused(visitor, start(ehr, iss=iss.format(base=ehr.base)))
    assert "not one of those" in said or "something of it is missing" in said
    assert ehr.asked == []


def test_an_unknown_person_is_refused_by_name(ehr: StandIn, store: Store) -> None:
    visitor = browsing(ehr, store)
    assert f"{ehr.base}|{SUBJECT}" in refused(visitor, back(visitor, ehr))


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(visitor: Client, ehr: StandIn) -> None:
    address = back(visitor, ehr)
    other = Client(visitor.app, base_url=HERE, follow_redirects=False)
    assert "not begun by this browser" in refused(other, address)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["state"][0]
    assert "not begun by this browser" in refused(visitor, address.replace(state, "guess"))


def test_a_code_opens_a_chart_once(visitor: Client, ehr: StandIn) -> None:
    address = back(visitor, ehr)
    cookies = dict(visitor.cookies)
    assert visitor.get(address).status_code == 303
    visitor.cookies.clear()
    visitor.cookies.update(cookies)
    assert "the code was not accepted (invalid_grant)" in refused(visitor, address)


def test_with_a_secret_the_client_proves_itself(ehr: StandIn, store: Store) -> None:
    known(ehr, store)
    ehr.public = False
    visitor = browsing(ehr, store)
    assert "the code was not accepted (invalid_client)" in refused(visitor, back(visitor, ehr))
    confidential = browsing(ehr, store, client_secret=SECRET)
    assert launch(confidential, ehr)


def test_a_record_system_whose_provider_is_described_apart_is_found(visitor: Client, ehr: StandIn) -> None:
    ehr.bent = Bent(discovery={"issuer": ehr.base, "jwks_uri": f"{ehr.base}/keys"})
    service = visitor.app.state.service
    provider = service.providers.record_system(ehr.fhir)
    real = provider._document
    provider._document = lambda address: {
        name: value for name, value in real(address).items() if "smart" not in address or name != "jwks_uri"
    }
    assert provider.endpoints().keys == f"{ehr.base}/keys"


def test_who_has_no_role_sees_nobody_and_who_launched_nothing_is_told_how(
    ehr: StandIn, store: Store, client: Callable[..., Client]
) -> None:
    subject = f"{ehr.base}|{SUBJECT}"
    accounts.add_account(store, "no member", None, [], accounts.centres(store)["North"], subject=subject)
    visitor = browsing(ehr, store)
    assert "a member of no centre" in refused(visitor, back(visitor, ehr))
    plain = client("viewer").get("/smart/patient")
    assert (plain.status_code, "Open Tenfold again" in plain.text) == (404, True)
    assert client().get("/smart/patient", follow_redirects=False).headers["location"].startswith("/sign-in")


def test_a_launch_ends_the_session_that_the_browser_had(visitor: Client, ehr: StandIn, store: Store) -> None:
    launch(visitor, ehr)
    first = visitor.cookies["tenfold"]
    launch(visitor, ehr)
    assert sessions.session_of(store, first) is None


def test_only_named_sites_may_show_pages_in_a_frame_and_cookies_reach_into_it_only_then(
    ehr: StandIn, store: Store
) -> None:
    known(ehr, store)
    plain = browsing(ehr, store).get(start(ehr))
    assert "frame-ancestors 'none'" in plain.headers["content-security-policy"]
    assert plain.headers["x-frame-options"] == "DENY"
    assert "SameSite=lax" in plain.headers["set-cookie"]
    told = from_environment({"TENFOLD_FRAME_ANCESTORS": "https://ehr.hospital.example https://*.hospital.example"})
    framed = browsing(ehr, store, configured={"trusted_proxy": True, "frame_ancestors": told["frame_ancestors"]})
    answer = framed.get(start(ehr))
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors https://ehr.hospital.example https://*.hospital.example" in policy
    assert "x-frame-options" not in answer.headers
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-tenfold-smart-")
    assert {"SameSite=none", "Secure", "Partitioned", "HttpOnly"} <= set(cookie.split("; "))


def test_a_chart_is_opened_from_the_record_system_in_a_browser_on_pages_that_everybody_can_read(
    browser: Browser, ehr: StandIn, store: Store
) -> None:
    known(ehr, store)
    port, smart = free_port(), {"issuers": ehr.fhir, "client_id": CLIENT}
    with running(create_app(Configuration(port=port, smart=smart), store), port) as address:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        shown = page.goto(f"{address}{start(ehr)}")
        page.wait_for_url(f"{address}/smart/patient?launch=*")
        assert page.get_by_role("heading", level=1).inner_text() == "Example Of-Tests"
        assert page.locator("img.chart").evaluate("one => one.complete && one.naturalWidth > 0")
        assert wrong_with(page, shown) == []
        assert problems == []
        page.goto(f"{address}{start(ehr, iss='https://stranger.example/fhir')}")
        assert "not one of those" in page.get_by_role("alert").inner_text()
        assert wrong_with(page, narrow=False) == []
        for patient, said in (("other", "Nothing that was read says"), ("no-such-patient", "The patient is not shown")):
            ehr.patient = patient
            page.goto(f"{address}{start(ehr)}")
            assert said in page.inner_text("main")
            assert (patient, wrong_with(page, narrow=False)) == (patient, [])
        page.context.close()
