"""A served store of 500 simulated patients under 20 requests a second, pages mixed as on a ward: latency and memory over time.

    python benchmarks/service_load.py [MINUTES] [sqlite | postgresql]

Requests begin on time whether or not earlier ones were answered, so that a slow answer is not hidden by the next ones waiting
for it. Prints a table of latency by page, and the resident memory of the service by the minute.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from postgresql_running import postgresql
from store_tables import SECRET, new_database, opened
from tenfold.cohort.simulation import simulate_registry
from tenfold.service.access.permissions import Role
from tenfold.service.store import accounts, sessions
from tenfold.service.store.centre import Centre
from tenfold.service.store.imports import store_registry

PATIENTS, A_SECOND, MEMBERS = 500, 20, 5
"""The service lets one account ask ten times a second: a ward is more than one."""
PASSWORD = "four plain words here"
STEP = 30
os.environ["TENFOLD_SECRET"] = SECRET
Told = list[tuple[str, float, int, float]]


class Request(NamedTuple):
    """What is asked next."""

    kind: str
    page: str
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes | None = None


def filled(url: str) -> tuple[list[str], list[str]]:
    """Fill a store; the cookies of its members and the random names of its patients."""
    with opened(url) as store:
        number = accounts.add_centre(store, "Centre")
        cookies = []
        for member in range(MEMBERS):
            roles = [Role.CLINICIAN, Role.DATA_MANAGER]
            account = accounts.add_account(store, f"member {member}", PASSWORD, roles, number)
            cookies.append(sessions.begin(store, account.id, number))
        centre = Centre(store, number, account.id, account.name)
        store_registry(centre, simulate_registry(PATIENTS, seed=5).registry, "simulated")
        return cookies, [patient.id for patient in centre.patients()]


def pages(keys: list[str], chance: random.Random) -> tuple[str, str]:
    """A page that somebody opens next: its kind and its address. A ward looks at few patients, again and again."""
    patient = keys[min(int(chance.expovariate(1 / 40)), len(keys) - 1)]
    kinds = [
        ("patients", "/", 20),
        ("patient", f"/patients/{patient}", 40),
        ("changes", f"/patients/{patient}/changes", 5),
        ("entry", f"/patients/{patient}/entry/mrd_samples", 10),
        ("calculators", "/calculators", 5),
        ("evidence", "/evidence", 5),
        ("health", "/health", 15),
    ]
    kind, address, _ = chance.choices(kinds, [weight for *_, weight in kinds])[0]
    return kind, address


def resident(process: int) -> float:
    """The memory that a process holds, in MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


async def asked(
    address: str, next_one: Callable[[int], Request], minutes: float, process: int
) -> tuple[Told, list[float]]:
    """Ask for so many minutes; what was told of each request, and the memory every half minute."""
    told: Told = []
    memory = []
    limits = httpx2.Limits(max_connections=200)
    async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=60) as client:

        async def one(request: Request, since: float) -> None:
            try:
                answer = await client.request(
                    request.method, request.page, headers=dict(request.headers), content=request.body
                )
                status = answer.status_code
            except httpx2.HTTPError:
                status = 0
            told.append((request.kind, time.perf_counter() - since, status, since))

        begun = time.perf_counter()
        running = set()
        for number in range(int(minutes * 60 * A_SECOND)):
            due = begun + number / A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if number % (STEP * A_SECOND) == 0:
                memory.append(resident(process))
            task = asyncio.create_task(one(next_one(number), due))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        memory.append(resident(process))
    return told, memory


def table(of: str, told: Told, memory: list[float], minutes: float) -> None:
    """Print what was measured."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for kind, seconds, *_ in told:
        by_kind[kind].append(seconds)
        by_kind["all"].append(seconds)
    print(
        f"\n{len(told)} requests in {minutes:g} minutes, {A_SECOND} a second, {of}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the end"
    )
    print(f"{'page':12} {'requests':>9} {'median ms':>10} {'95% ms':>8} {'99% ms':>8} {'most ms':>8}")
    for kind, found in sorted(by_kind.items(), key=lambda item: item[0] == "all"):
        ordered = sorted(1000 * one for one in found)
        at = [ordered[min(int(share * len(ordered)), len(ordered) - 1)] for share in (0.5, 0.95, 0.99, 1.0)]
        print(f"{kind:12} {len(found):9} {at[0]:10.0f} {at[1]:8.0f} {at[2]:8.0f} {at[3]:8.0f}")
    answers: dict[tuple[str, int], int] = defaultdict(int)
    for kind, _, status, _ in told:
        answers[kind, status] += 1
    strange = {f"{kind} {status or 'no answer'}": n for (kind, status), n in answers.items() if status != 200}
    print("answers other than 200:", ", ".join(f"{name}: {n}" for name, n in sorted(strange.items())) or "none")
    print("resident memory, MB, every half minute:", " ".join(f"{one:.0f}" for one in memory))


@contextmanager
def running(url: str, place: Path) -> Iterator[tuple[str, int]]:
    """A service on a store: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = [sys.executable, "-c", "from tenfold.cli import main; main()", "serve", "--store", url, "--port", str(port)]
    with open(place / "log", "w") as log:
        service = subprocess.Popen(start, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 120
            while True:
                try:
                    if httpx2.get(f"{address}/health").status_code == 200:
                        break
                except httpx2.HTTPError:
                    pass
                if service.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"the service did not start: {(place / 'log').read_text()}")
                time.sleep(0.2)
            yield address, service.pid
        finally:
            service.kill()
            service.wait()


def main(minutes: float, kind: str) -> None:
    """Serve, ask, print."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{place}/s.db" if kind == "sqlite" else new_database(stack.enter_context(postgresql()))
        cookies, keys = filled(url)
        chance = random.Random(3)

        def next_one(number: int) -> Request:
            return Request(*pages(keys, chance), (("cookie", f"tenfold={cookies[number % len(cookies)]}"),))

        with running(url, place) as (address, process):
            told, memory = asyncio.run(asked(address, next_one, minutes, process))
    table(f"{PATIENTS} patients", told, memory, minutes)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(float(given[0]) if given else 30.0, given[1] if len(given) > 1 else "sqlite")
