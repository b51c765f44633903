"""Machine code made by numba, kept in a folder named by the package's sources: edited code never meets its old machine code.

Traps: numba keeps a function's signatures in one index without a lock, and names a record by the number that it happens to have
in this process. Two processes at once could enter one signature's code under another's name; and code that two processes made
for different records could be taken for each other when a third loads both. Hence one process at a time makes or loads, and
whoever hands over records gives the function a name that says which (`logic/fold.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tenfold.logic.sources import digest_of_sources

try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None  # type: ignore[assignment]

PYTHON = frozenset({".py"})


def folder() -> Path:
    """The folder of what these sources were compiled to."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return home / "tenfold" / f"numba-{digest_of_sources(PYTHON)[:16]}"


class MachineCode:
    """The machine code of one function: made, or loaded, for each signature when it is first called."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        self.jitted = _numba().njit(cache=_kept(), nogil=True, **options)(function)
        self._ready: set[tuple[Any, ...]] = set()

    def __call__(self, *values: Any) -> Any:
        """Call the machine code."""
        signature = tuple(map(_numba().typeof, values))
        if signature not in self._ready:
            with _alone():
                self.jitted.compile(signature)
            self._ready.add(signature)
        return self.jitted(*values)


@cache
def _numba() -> Any:
    import numba

    config: Any = numba.config
    config.CACHE_DIR = str(folder())
    return numba


@cache
def _kept() -> bool:
    """Whether the folder can be written; where it cannot, as of an account without a home, each process makes its own code."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder(), os.W_OK)


@contextmanager
def _alone() -> Iterator[None]:
    """While no other process makes or loads machine code."""
    if not _kept():
        yield
        return
    with (folder() / "lock").open("a") as held:
        if fcntl is not None:
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
