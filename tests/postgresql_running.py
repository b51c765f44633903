"""A real PostgreSQL for the tests that need one: a cluster of its own, in a folder that goes again."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = [path for path in sorted(Path("/usr/lib/postgresql").glob("*/bin")) if (path / "initdb").exists()]


def as_postgres() -> dict[str, object]:
    """How PostgreSQL's programs are run: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid}


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of the database, reached through a socket; the test skips where there is no PostgreSQL."""
    if not BINARIES:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed")
    pytest.importorskip("psycopg", reason="the optional library psycopg is not installed")
    binaries, settings = BINARIES[-1], as_postgres()
    # A socket's path may have about a hundred characters, and the folder above must be open to another user.
    place = Path(subprocess.check_output(["mktemp", "-d", "/tmp/pg.XXXXXX"], text=True).strip())
    if settings:
        shutil.chown(place, "postgres")
    try:
        run = {"check": True, "capture_output": True, "cwd": "/", **settings}
        subprocess.run([binaries / "initdb", "-D", place / "data", "-A", "trust", "-U", "tester"], **run)
        options = f"-k {place} -c listen_addresses='' -c fsync=off"
        started = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **settings}
        subprocess.run([binaries / "pg_ctl", "-D", place / "data", "-w", "-o", options, "start"], **started)
        try:
            yield f"postgresql://tester@/postgres?host={place}"
        finally:
            subprocess.run([binaries / "pg_ctl", "-D", place / "data", "-m", "immediate", "stop"], **started)
    finally:
        shutil.rmtree(place, ignore_errors=True)
