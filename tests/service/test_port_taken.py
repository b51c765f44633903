"""A service whose port is taken says so in words, before it says that it is there."""

from __future__ import annotations

import socket
from pathlib import Path

from command_line import tenfold
from tenfold.cli.serve import opened_at
from tenfold.service.access.permissions import Role
from tenfold.service.store.accounts import add_account, add_centre


def test_a_port_that_is_taken_is_named_with_what_to_do_and_nothing_is_announced(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'tenfold.db'}"
    opened = opened_at(store)
    add_account(opened, "anna", "a long enough password", [Role.ADMINISTRATOR], add_centre(opened, "Our centre"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = tenfold("serve", "--store", store, "--port", port)
    assert said.returncode == 2
    assert f"the port {port} of 127.0.0.1 is taken" in said.stderr
    assert "--port" in said.stderr
    assert "Tenfold on" not in said.stdout
