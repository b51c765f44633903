"""Loops over patients that numpy cannot express, compiled on first use and kept in the cache of the package's sources."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tenfold.logic.machine_code import MachineCode


@cache
def compiled(function: Callable[..., Any]) -> MachineCode:
    """Return the machine code of a plain function; a division by zero gives infinity, as in numpy.

    The function may call nothing but numpy and `math`: numba does not notice an edit in what a function imports.
    """
    return MachineCode(function, error_model="numpy")
