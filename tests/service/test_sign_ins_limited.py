"""Too many sign-ins: refused ones count by name and by place, right ones never."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from members_acting import trail

from service_running import PASSWORD, Client
from tenfold.service.access.rate import place
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.store.store import Store


def test_right_sign_ins_are_never_too_many_and_refused_ones_of_a_name_are_from_wherever(
    client: Callable[..., Client], store: Store
) -> None:
    one = Client(create_app(Configuration(), store), base_url="http://127.0.0.1:8765")
    service = one.app.state.service  # type: ignore[attr-defined]
    service.knocks.most = 3
    right = {"name": "north viewer", "password": PASSWORD}
    for _ in range(5):
        assert one.post("/sign-in", data=right, follow_redirects=False).status_code == 303
    service.knocks.most, service.names.most = 1000, 2
    for number in range(2):
        place = Client(one.app, base_url="http://127.0.0.1:8765", client=(f"192.0.2.{number}", 1))
        assert place.post("/sign-in", data={**right, "password": "x"}).status_code == 401
    assert one.post("/sign-in", data=right, follow_redirects=False).status_code == 429
    refused = [row for row in trail(store) if row["action"] == "sign-in refused"]
    assert [row["account"] for row in refused] == ["north viewer"] * 2


def test_one_machine_keeps_no_name_out_elsewhere_and_no_other_name_at_its_own_address(
    client: Callable[..., Client], store: Store
) -> None:
    def at(host: str) -> Client:
        return Client(app, base_url="http://127.0.0.1:8765", client=(host, 1))

    def tried(one: Client, name: str, password: str) -> int:
        return one.post("/sign-in", data={"name": name, "password": password}, follow_redirects=False).status_code

    app = create_app(Configuration(), store)
    app.state.service.attempts.most, app.state.service.names.most = 2, 3
    machine = [at(f"2001:db8::{number}") for number in range(5)]
    got = [tried(one, "north administrator", "x") for one in machine]
    assert got == [401] * 2 + [429] * 3
    assert tried(at("192.0.2.1"), "north administrator", PASSWORD) == 303
    assert tried(machine[0], "north clinician", PASSWORD) == 303
    app.state.service.knocks.most = 2
    assert tried(machine[0], "north viewer", "x") == 429
    assert app.state.service.names.wait("north viewer") == 0
    assert tried(at("2001:db8:0:1::1"), "north viewer", PASSWORD) == 303


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("::1", "::/64"),
        ("no address", "no address"),
        (None, ""),
    ],
)
def test_a_place_is_an_address_or_the_network_that_one_machine_has_to_itself(host: str | None, counted: str) -> None:
    assert place(host) == counted
