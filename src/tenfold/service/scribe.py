"""Writes into the audit trail what need not stand there before an answer is sent, such as who looked at whom.

It has a thread of its own, which tries again until the entry stands: who asks for a page neither waits for a store that is busy
nor takes a thread from others. An entry says when it happened, not when it was written. What waits when the service ends is
written first; a machine that fails loses it.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import compress, islice
from threading import Condition, Thread
from typing import Any

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from tenfold.service.store.audit import TrailBroken
from tenfold.service.store.centre import Centre
from tenfold.service.store.outcome import NotThere
from tenfold.service.store.store import Store

AT_ONCE = 200
"""Entries in one transaction."""
MOST = 100_000
"""Entries that wait; beyond, the store has been gone for so long that no memory should be filled with more."""
AGAIN = 1.0
"""Seconds until a store that refused is asked again; one in a file has been waited for already."""
CLOSING = 30.0
"""Seconds for which the end of the service waits: longer than a writer waits for another."""
LATER = (OperationalError, InternalError, InterfaceError, NoConnectionLeft, TrailBroken)
"""What may be over the next time: the store is busy, gone, or being mended."""
log = logging.getLogger("tenfold.service")


@dataclass(frozen=True)
class Entry:
    """What is to stand in the trail. `patient`: the subject is one, and nothing is written of whom the centre does not have."""

    centre: Centre
    action: str
    subject: str | None
    detail: dict[str, Any]
    patient: bool = False
    forgotten: Callable[[], None] | None = None
    """Called where nothing is written."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Scribe:
    """Writes entries in the order in which they were given; its thread lives while there are some."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[Entry] = deque()
        self._change = Condition()
        self._writer: Thread | None = None
        self._at_once = AT_ONCE

    def put(self, entry: Entry) -> None:
        """Have an entry written; nothing is waited for."""
        with self._change:
            if len(self._waiting) >= MOST:
                log.error("an entry of the audit trail (%s) is lost: too many wait for the store", entry.action)
                return
            self._waiting.append(entry)
            if self._writer is None or not self._writer.is_alive():
                self._writer = Thread(target=self._write, name="audit trail", daemon=True)
                self._writer.start()

    def written(self, seconds: float) -> bool:
        """Whether everything given so far stands in the trail, or does so within so many seconds."""
        with self._change:
            return self._change.wait_for(lambda: not self._waiting, seconds)

    def close(self) -> None:
        """Write what waits, before the service ends."""
        if not self.written(CLOSING):
            log.error("%d entries of the audit trail are lost: the store could not be written", len(self._waiting))

    def _write(self) -> None:
        while True:
            with self._change:
                entries = list(islice(self._waiting, self._at_once))
                if not entries:
                    self._writer = None
                    return
            if not self._done(entries):
                continue
            with self._change:
                for _ in entries:
                    self._waiting.popleft()
                self._change.notify_all()

    def _done(self, entries: list[Entry]) -> bool:
        """Whether there is nothing left to do with some entries: they stand, or never can."""
        try:
            self._add(entries)
        except LATER as error:
            log.warning("the audit trail waits for the store: %s", type(error).__name__)
            time.sleep(AGAIN)
            return False
        except Exception as error:  # one that cannot be written must not keep the others from it
            if len(entries) > 1:
                self._at_once = 1
                return False
            log.error("an entry of the audit trail (%s) cannot be written: %s", entries[0].action, type(error).__name__)
        self._at_once = AT_ONCE
        return True

    def _add(self, entries: list[Entry]) -> None:
        somebody = [_of_somebody(one) for one in entries]
        if any(somebody):
            with self._store.writing() as connection:
                for one in compress(entries, somebody):
                    self._store.trail.add(
                        connection,
                        one.action,
                        account=one.centre.account,
                        centre=one.centre.id,
                        subject=one.subject,
                        at=one.at,
                        **one.detail,
                    )
        for one, known in zip(entries, somebody, strict=True):
            if one.forgotten is not None and not known:
                one.forgotten()


def _of_somebody(entry: Entry) -> bool:
    if entry.patient:
        try:
            entry.centre.patient(str(entry.subject))
        except NotThere:  # an address that somebody made up shows nobody
            return False
    return True
