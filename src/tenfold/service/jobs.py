"""Work that may take minutes, done in the background while a page says how far it is; its result is kept for the next pages."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass
class Job(Generic[T]):
    """A piece of work: what is done at present, since when, and what came of it."""

    begun: float = field(default_factory=time.monotonic)
    step: str = "it waits for other work to be done"
    result: Future[T] | None = None

    @property
    def seconds(self) -> float:
        """For how long it has been worked at."""
        return time.monotonic() - self.begun

    def done(self, wait: float) -> T | None:
        """What came of it, if it is there within so many seconds. Whatever the work raised."""
        assert self.result is not None
        try:
            return self.result.result(wait)
        except TimeoutError:
            return None

    def in_words(self) -> str:
        """How far it is, as a sentence."""
        return f"{self.step[:1].upper()}{self.step[1:]}: {self.seconds:.0f} seconds so far."


class Jobs(Generic[T]):
    """Jobs by key: each is begun once, however many ask; the last ones that are done are kept."""

    def __init__(self, most: int, workers: int = 2) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")
        self._jobs: OrderedDict[Hashable, Job[T]] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def at(self, key: Hashable, make: Callable[[Callable[[str], None]], T]) -> Job[T]:
        """The job of a key, begun now if there is none, or the last one failed. `make` is given what it calls to say what it is doing."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or _failed(job):
                job = self._jobs[key] = Job()
                job.result = self._pool.submit(self._run, job, make)
                finished = [name for name, old in self._jobs.items() if old.result and old.result.done()]
                for name in finished[: max(0, len(self._jobs) - self._most)]:
                    del self._jobs[name]
            else:
                self._jobs.move_to_end(key)
            return job

    @staticmethod
    def _run(job: Job[Any], make: Callable[[Callable[[str], None]], T]) -> T:
        def said(step: str) -> None:
            job.step = step

        return make(said)


def _failed(job: Job[Any]) -> bool:
    return job.result is not None and job.result.done() and job.result.exception() is not None
