"""What is written down of a fault: its kind and where in the code it arose; never what it says, as that may name a patient."""

from __future__ import annotations

import logging
import traceback

import polars as pl

FORMAT = "%(asctime)s %(name)s %(levelname)s %(message)s"
DEEPEST = 8
"""Faults behind a fault that are told."""
FAULTS = (Exception, pl.exceptions.PanicException)
"""What one patient's records may raise, and must not sink the others': a panic of Polars is no Exception."""


def where(error: BaseException | None) -> str:
    """A fault and those behind it: each its type, then file, line and function of every step that led to it."""
    lines, seen = [], set[int]()
    while error is not None and id(error) not in seen and len(seen) < DEEPEST:
        seen.add(id(error))
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        frames = traceback.extract_tb(error.__traceback__, limit=-40)
        lines += [f"  {one.filename}:{one.lineno} {one.name}" for one in frames]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


class Discreet(logging.Formatter):
    """Formats what any part writes down, ours or the server's, without the words of faults and the values in them."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatException(self, ei: object) -> str:  # noqa: N802
        """Type and steps of a fault."""
        assert isinstance(ei, tuple)
        return where(ei[1])


def write_discreetly() -> None:
    """Write everything to the standard error stream through `Discreet`."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
