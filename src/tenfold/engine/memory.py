"""How much memory this process holds and held, and how many patients may be assessed at once within a bound.

Linux tells both; elsewhere the batches stay as small as the first. Trap: what is measured includes everything the process
keeps (libraries, compiled folds), and allocators give back late: the bound is kept by foresight, not by force.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
FIRST = 2_000
"""Patients in a first batch, before anything is measured: enough rows for the folds to be walked compiled from the first on."""
LEAST, MOST = 1_000, 10_000
SHARE = 0.7
"""Of what is free that the next batch may be expected to need: patients differ."""
LEAST_MEMORY = 2**30
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def memory_in_bytes(text: str) -> int:
    """Bytes of what a user wrote: 4GiB, 4G, 800 MiB. ValueError in words for anything else, or for less than 1 GiB."""
    said = re.fullmatch(r"\s*([\d.]+)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE)
    try:
        found = int(float(said[1]) * UNITS[said[2].upper()]) if said else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"{text!r} is not an amount of memory: write it as 4GiB")
    if found < LEAST_MEMORY:
        raise ValueError(f"{text} of memory is too little: give at least 1GiB")
    return found


def _status(name: str) -> int | None:
    with suppress(OSError, StopIteration, ValueError, IndexError):
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024
    return None


def resident() -> int | None:
    """Bytes that this process holds now; None where the system does not tell."""
    return _status("VmRSS")


def peak() -> int | None:
    """The most bytes that it held since `begin_anew`; None where the system does not tell."""
    return _status("VmHWM")


def begin_anew() -> None:
    """Count the peak from here on, where the system allows it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "utf-8")


@dataclass
class Batches:
    """How many patients come next, learnt from what the last batch needed."""

    limit: int
    size: int = FIRST
    _before: int | None = None

    def begin(self) -> int:
        """Begin a batch: how many patients it may have."""
        begin_anew()
        self._before = resident()
        return self.size

    def end(self, patients: int) -> None:
        """End it: so many patients were assessed."""
        held, most = resident(), peak()
        if self._before is None or held is None or most is None or not patients:
            return
        each = max(most - self._before, MIB) / patients
        self.size = max(LEAST, min(MOST, 2 * self.size, int((self.limit - held) * SHARE / each)))
