"""Random streams of fixed blocks of patients: the same patients come out whatever is asked for at once.

Block number and part of the simulation name the stream (`SeedSequence` with a spawn key): block 7 is the same alone or
among a thousand, and a change in one part does not shift the draws of another. Trap: numpy promises the same bits of a
generator, not the same draws of a distribution, in every version to come; the same patients need the same numpy.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

BLOCK = 1_000
"""Patients to a block."""


class Part(IntEnum):
    """What a stream is for. The numbers are part of the patients: never change one."""

    POPULATION = 0
    COURSE = 1
    MOLECULAR = 2
    NOISE = 3
    TREATMENT = 4
    LABORATORY = 5
    GENES_BESIDE = 6


def generator(seed: int, block: int, part: Part) -> np.random.Generator:
    """Return the stream of a part of a block. ValueError for a seed or a block below 0."""
    if seed < 0 or block < 0:
        raise ValueError("seed and block are whole numbers from 0 on")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(block, int(part)))))


def blocks_of(patients: int, first_block: int = 0) -> list[tuple[int, int]]:
    """Return (block, patients wanted of it) of so many patients. ValueError for fewer than one."""
    if patients < 1:
        raise ValueError("simulate at least one patient")
    whole, rest = divmod(patients, BLOCK)
    found = [(first_block + k, BLOCK) for k in range(whole)]
    return [*found, (first_block + whole, rest)] if rest else found
