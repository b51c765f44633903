"""Rates: how often an address, an account or a token may try within a while. Kept in memory, by each process for itself."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from threading import Lock

MOST_KEYS = 50_000


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
