"""Which settings are read on the way from records to an answer: traced by assessing the published patients.

A setting that is read for any part that the answer rests on counts: the list is what could matter, not what did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import polars as pl

import tenfold
from tenfold.assay.measure import measure
from tenfold.assay.planted import example_baseline, example_run, example_samples
from tenfold.assay.profile import DEFAULT
from tenfold.catalogue import GROUPS, QUESTIONS
from tenfold.settings import DEFAULTS, Setting, Settings

NAMED_ELSEWHERE = {
    "ELN-2022-relapse": "course",
    "Next-MRD-sample-schedule": "next_samples",
    "molecular_state": "molecular",
    "Venetoclax-dose-US-label": "risk",
    "Venetoclax-dose-EU-label": "risk",
    "Venetoclax-dose-ELN-2022": "risk",
    "Venetoclax-without-ramp-up": "risk",
    "Venetoclax-cycle-after-cytopenia": "risk",
    "Venetoclax-cycle-in-practice": "risk",
}
"""Answers that stand in no column of a part, and the part that they are asked of. Doses and cycles ask whether the patient
is in remission, which is a column of the risk picture.
"""
MOLECULAR, MARROWS = "molecular", "marrows"
ASKED: tuple[tuple[str, Mapping[str, str]], ...] = (
    *((part, {}) for part in (MARROWS, "course", MOLECULAR, "responses", "remissions", "refractory")),
    *((part, {}) for part in ("risk", "diagnosis", "guidance", "remission", "next_samples")),
    (MARROWS, {"response__cri_reading": "one recovered"}),
    *((MOLECULAR, {"mrd__edition": name}) for name in ("ELN-MRD-2018", "FILO-2025", "ELN-MRD-2025")),
)
"""Each part of an assessment that answers a definition, under the settings that make it answer that one."""
LABORATORY = "A qPCR run"


class Watched(Mapping[str, Setting]):
    """The entries of settings, noting each that is read."""

    def __init__(self, entries: Mapping[str, Setting]) -> None:
        self.entries, self.read = entries, set[str]()

    def __getitem__(self, name: str) -> Setting:
        self.read.add(name)
        return self.entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


@cache
def _traced() -> dict[str, frozenset[str]]:
    """The settings read for each definition and for each part of an assessment."""
    keys = {question.key: question.name for question in QUESTIONS}
    found: dict[str, frozenset[str]] = {}
    registry = tenfold.published()
    for part, changes in ASKED:
        watched = Watched(DEFAULTS.changed(**changes).entries)
        frame: pl.DataFrame = getattr(tenfold.assess(registry, Settings(watched)), part)
        for name in (part, *(keys[column] for column in frame.columns if column in keys)):
            # The first part that answers it is the one it belongs to; later ones carry it along.
            found.setdefault(name, frozenset(watched.read))
    return found


@cache
def _read_by_a_run() -> frozenset[str]:
    watched = Watched(DEFAULTS.entries)
    measure(example_run(), replace(DEFAULT, settings=Settings(watched)), example_samples(), example_baseline())
    # Some are read only where a run needs them: digital PCR, a run without a blank. A profile may set each of them.
    return frozenset(watched.read | {name for name in DEFAULTS.entries if name.startswith("assay.")})


def reads_of(name: str) -> list[str]:
    """The settings read on the way to a definition's answer, in the order of the settings files."""
    if name in {question.name for question in GROUPS[LABORATORY]}:
        read = _read_by_a_run()
    else:
        read = _traced().get(name) or _traced().get(NAMED_ELSEWHERE.get(name, ""), frozenset())
    return [setting for setting in DEFAULTS.entries if setting in read]


@cache
def readers() -> dict[str, list[str]]:
    """For each setting, the definitions whose answers rest on it."""
    names = [*(question.name for question in QUESTIONS), "molecular_state"]
    found: dict[str, list[str]] = {setting: [] for setting in DEFAULTS.entries}
    for name in names:
        for setting in reads_of(name):
            found[setting].append(name)
    return found
