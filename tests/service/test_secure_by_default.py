"""How the service starts, what every answer carries, and what is never written down."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from command_line import tenfold
from ports import free_port
from service_running import Client, centre_of, peopled
from store_tables import new_database
from tenfold.cli import app as command_line
from tenfold.exchange.published import published
from tenfold.service.answers import Kept
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration, from_environment
from tenfold.service.discreet import Discreet, where
from tenfold.service.store import schema
from tenfold.service.store.engine import StoreError
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import SECRET, Store, secret_for


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "::", "tenfold.example"])
def test_other_machines_are_not_served_without_tls_unless_that_is_accepted(host: str) -> None:
    assert "TLS" in (Configuration(host=host).refuse() or "")
    assert Configuration(host=host, plain_http=True).refuse() is None
    assert Configuration(host=host, trusted_proxy=True).refuse() is None
    assert Configuration(host=host, certificate=Path("c.pem"), key=Path("k.pem")).refuse() is None


def test_this_machine_alone_is_served_without_more() -> None:
    assert Configuration().refuse() is None
    assert Configuration(certificate=Path("c.pem")).refuse()


def test_an_https_public_address_means_other_machines_and_a_cookie_that_is_never_sent_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, run = f"sqlite:///{tmp_path}/t.db", []
    peopled(url).engine.dispose()
    monkeypatch.setattr("tenfold.service.running.run", lambda configuration, store: run.append(configuration))
    for given in (["--public-url", "https://tenfold.example"], [], ["--public-url", "http://tenfold.example"]):
        assert CliRunner().invoke(command_line, ["serve", "--store", url, *given]).exit_code == 0
    assert [(one.second_factor_required, one.secure) for one in run] == [(True, True), (False, False), (True, False)]
    assert "TLS" in (Configuration(host="0.0.0.0", public_url="https://tenfold.example").refuse() or "")


def test_the_command_says_what_to_do_first_and_refuses_a_wide_address(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/t.db"
    nobody = tenfold("serve", "--store", url)
    assert nobody.returncode == 2
    assert "tenfold store administrator" in nobody.stderr
    wide = tenfold("serve", "--store", url, "--host", "0.0.0.0")
    assert wide.returncode == 2
    assert "--plain-http" in wide.stderr
    assert tenfold("serve", "--store", "mysql://x/y").returncode == 2


def test_a_service_started_by_the_command_answers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/t.db"
    peopled(url).engine.dispose()
    port = free_port()
    command = [
        sys.executable,
        "-c",
        "from tenfold.cli import main; main()",
        "serve",
        "--store",
        url,
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                        assert answer.status == 200
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                pytest.fail("the service did not answer within 30 seconds")
        finally:
            process.terminate()


def test_a_store_on_a_server_needs_a_secret_and_a_store_in_a_file_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECRET, raising=False)
    with pytest.raises(StoreError, match=SECRET):
        secret_for("postgresql://a@b/c")
    kept = secret_for(f"sqlite:///{tmp_path}/s.db", new=True)
    assert secret_for(f"sqlite:///{tmp_path}/s.db") == kept
    assert (tmp_path / "s.secret").stat().st_mode & 0o077 == 0
    monkeypatch.setenv(SECRET, "short")
    with pytest.raises(StoreError, match="32"):
        secret_for("postgresql://a@b/c")


def test_half_a_configuration_is_refused_with_the_missing_name() -> None:
    with pytest.raises(StoreError, match="TENFOLD_OIDC_CLIENT_ID"):
        from_environment({"TENFOLD_OIDC_ISSUER": "https://id.example"})


def test_every_answer_carries_the_policy_and_nothing_of_a_patient_is_kept_by_a_browser(
    client: Callable[..., Client],
) -> None:
    for one, address in ((client(), "/sign-in"), (client("viewer"), "/"), (client("viewer"), "/nowhere")):
        headers = one.get(address).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


def test_cookies_are_for_this_host_alone_and_with_tls_never_sent_in_the_clear(store: Store) -> None:
    secure = Client(create_app(Configuration(trusted_proxy=True), store), base_url="https://tenfold.example")
    given = {"name": "north viewer", "password": "four plain words here"}
    said = secure.post("/sign-in", data=given, follow_redirects=False).headers["set-cookie"]
    assert said.startswith("__Host-tenfold=")
    assert "Secure" in said
    assert "HttpOnly" in said


def test_a_body_that_is_too_large_is_refused_before_it_is_read(store: Store) -> None:
    one = Client(create_app(Configuration(largest_upload=1000), store))
    assert one.post("/sign-in", content=b"x" * 2000).status_code == 413

    def parts():  # type: ignore[no-untyped-def]
        yield from (b"x" * 600 for _ in range(5))

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert one.post("/sign-in", content=parts(), headers=form).status_code == 413


def test_logs_and_metrics_name_patterns_and_never_a_patient(
    client: Callable[..., Client], store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    centre = centre_of(store)
    store_registry(centre, published(), "test")
    [patient] = [one for one in centre.patients() if one.patient_id == "thol-1"]
    one = client("clinician")
    with caplog.at_level(logging.DEBUG, "tenfold"):
        one.get(f"/patients/{patient.id}?on=100")
        one.get("/?q=thol-1")
        one.get("/patients/thol-1")
        said = caplog.text + at_this_machine(one.app).get("/metrics").text
    assert "/patients/{key}" in said
    assert "thol-1" not in said
    assert patient.id not in said


def at_this_machine(app: FastAPI) -> Client:
    return Client(app, client=("127.0.0.1", 50_000))


def test_metrics_are_for_this_machine_or_a_token_and_never_for_what_comes_through_a_proxy(store: Store) -> None:
    app = create_app(Configuration(metrics_token="a token of some length"), store)
    elsewhere = Client(app, client=("10.1.2.3", 50_000))
    assert at_this_machine(app).get("/metrics").status_code == 200
    assert elsewhere.get("/metrics").status_code == 403
    assert elsewhere.get("/metrics", headers={"authorization": "Bearer another token"}).status_code == 403
    assert elsewhere.get("/metrics", headers={"authorization": "Bearer a token of some length"}).status_code == 200
    assert at_this_machine(app).get("/metrics", headers={"x-forwarded-for": "10.1.2.3"}).status_code == 403
    behind = create_app(Configuration(trusted_proxy=True), store)
    assert at_this_machine(behind).get("/metrics").status_code == 403
    with pytest.raises(StoreError, match="TENFOLD_METRICS_TOKEN"):
        from_environment({"TENFOLD_METRICS_TOKEN": "short"})


def test_methods_that_were_made_up_do_not_fill_the_memory(store: Store) -> None:
    one = at_this_machine(create_app(Configuration(), store))
    for number in range(20):
        one.request(f"MADEUP{number}", "/sign-in")
    said = one.get("/metrics").text
    assert "MADEUP" not in said
    assert 'method="other"' in said


def test_a_fault_is_written_down_by_kind_and_place_and_never_by_what_it_says(store: Store) -> None:
    named = insert(schema.centre).values(id=1, name="Mrs Smith", sources={})
    with pytest.raises(IntegrityError) as refused, store.writing() as connection:
        connection.execute(named)
    assert "Smith" not in str(refused.value)
    with pytest.raises(LookupError) as raised:
        raise LookupError("Mrs Smith, born 1951") from refused.value
    kind = (LookupError, raised.value, None)
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "a fault", (), kind)
    said = Discreet().format(record) + where(raised.value)
    assert "Smith" not in said
    assert "LookupError" in said
    assert "sqlalchemy.exc.IntegrityError" in said
    assert "test_secure_by_default.py" in said


def test_what_no_store_can_keep_is_refused_in_words_wherever_it_stands(
    client: Callable[..., Client], store: Store
) -> None:
    administrator, clinician = client("administrator"), client("clinician")
    answers = [
        clinician.get("/patients/%00"),
        clinician.get("/worklist?on=%00"),
        clinician.get(f"/worklist?on={'9' * 30}"),
        clinician.post_form(f"/worklist/{'9' * 30}/reopen"),
        clinician.post_form("/patients/new", {"patient_id": "a\0b"}),
        administrator.post_form("/settings", {"revision": "²"}),
        administrator.post_form("/settings", {"revision": "9" * 25}),
        administrator.post_form("/settings", {"revision": "0", "alignments": "alignment=3"}),
        administrator.post_form(f"/administration/tokens/{'9' * 25}/withdraw"),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert clinician.post("/patients/new", data={"csrf": "é"}).status_code == 403


def test_a_server_refuses_the_same_in_words(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "a secret of thirty-two letters or more")
    opened = peopled(new_database(postgres))
    one = Client(create_app(Configuration(), opened), raise_server_exceptions=False)
    answer = one.post("/sign-in", data={"name": "a\0b", "password": "four plain words here"})
    opened.engine.dispose()
    assert answer.status_code == 422


def test_no_address_on_the_pages_holds_a_patients_own_identifier(client: Callable[..., Client], store: Store) -> None:
    import re

    store_registry(centre_of(store), published(), "test")
    one = client("clinician")
    for page in ("/", "/worklist"):
        addresses = re.findall(r'(?:href|action|src)="([^"]*)"', one.get(page).text)
        assert addresses
        assert not [address for address in addresses if "thol" in address or "tiong" in address]


def test_the_audit_trail_names_no_patient_by_the_centres_identifier(store: Store) -> None:
    import json

    from sqlalchemy import select

    from tenfold.service.store import schema

    store_registry(centre_of(store), published(), "test")
    with store.reading() as connection:
        rows = [dict(row) for row in connection.execute(select(schema.audit)).mappings()]
    assert rows
    assert "thol-1" not in json.dumps(rows, default=str)


def test_a_question_that_failed_leaves_nothing_behind_and_can_be_asked_again() -> None:
    kept = Kept(4)

    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kept.get("a", fail)
    assert kept._making == {}
    assert kept.get("a", lambda: 7) == 7


def test_the_same_question_asked_at_once_is_worked_out_once() -> None:
    import threading

    kept, made = Kept(4), []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return 7

    threads = [threading.Thread(target=lambda: kept.get("a", make)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
