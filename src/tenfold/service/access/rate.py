"""Rates: how often an address, an account or a token may try within a while. Kept in memory, by each process for itself."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from threading import Lock

MOST_KEYS = 50_000
OF_ONE_MACHINE = 64
"""Bits of an IPv6 address that a network shares: one machine has all the addresses behind them."""


def place(host: str | None) -> str:
    """Where a request comes from, as far as rates count it: an IPv4 address, or the network of an IPv6 one."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return host or ""
    if not isinstance(address, ipaddress.IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address.packed, OF_ONE_MACHINE), strict=False))


@dataclass
class Rate:
    """At most `most` times in `seconds`, for each key."""

    most: int
    seconds: float
    _seen: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, key: str, *, count: bool = True) -> float:
        """The seconds until a key may try again, 0 if it may now; where it may and `count`, this is one try."""
        now = time.monotonic()
        with self._lock:
            times = self._seen.setdefault(key, deque())
            self._seen.move_to_end(key)
            while times and times[0] <= now - self.seconds:
                times.popleft()
            if len(times) >= self.most:
                return self.seconds - (now - times[0])
            if count:
                times.append(now)
            while len(self._seen) > MOST_KEYS:
                self._seen.popitem(last=False)
        return 0.0

    def give_back(self, key: str) -> None:
        """Take back the last try of a key: it was none that counts."""
        with self._lock:
            if times := self._seen.get(key):
                times.pop()

    def forget(self, key: str) -> None:
        """Start a key anew."""
        with self._lock:
            self._seen.pop(key, None)


def counted(*tries: tuple[Rate, str]) -> float:
    """Count one try under each rate and key; the seconds to wait where one of them refuses it, and then none is counted."""
    for done, (rate, key) in enumerate(tries):
        if wait := rate.wait(key):
            for before, its_key in tries[:done]:
                before.give_back(its_key)
            return wait
    return 0.0
