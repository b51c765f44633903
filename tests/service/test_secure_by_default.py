"""How the service starts, what every answer carries, and what is never written down."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import tenfold
from service_running import Client, centre_of, peopled

from tenfold.exchange.published import published
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration, from_environment
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from tenfold.cli import main; main()", "serve", "--store", url, "--port", str(port)]
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
        said = caplog.text + one.get("/metrics").text
    assert "/patients/{key}" in said
    assert "thol-1" not in said
    assert patient.id not in said


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


def test_the_same_question_asked_at_once_is_worked_out_once() -> None:
    import threading

    from tenfold.service.answers import Kept

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
