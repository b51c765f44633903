"""What an import makes complete: only what its file states of a table, or what the person who stores it states.

That a file has a table does not say that it holds everything of its patients: a part of a year, or a table of some of them,
would turn "not known" into "no". What is on record as "may lack something" is raised only where that is asked for by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tenfold.records.registry import Registry
from tenfold.service.store.by_hand import Ended
from tenfold.service.store.centre import SET_ASIDE

COMPLETENESS = "completeness"
STARTS = ("from_date", "from_day")
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Choice:
    """What is chosen about an import.

    `whole`: the tables of which the file holds everything of its patients, beside what it states itself; None: what it says as
    a registry, in which a table that is there is complete. `raised`: the tables of which it overrules a record that says "may
    lack something". `taken`: the keys of rows that are taken though somebody corrected or withdrew them by hand.
    """

    whole: frozenset[str] | None = None
    raised: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()


AS_A_REGISTRY = Choice()
NOTHING_WHOLE = Choice(whole=frozenset())


@dataclass
class Claim:
    """Of how many patients an import would make a table complete.

    `stated`: the file says so; `offered`: they become so if it holds everything of them, `bare` of these without any row;
    `doubted`: it is on record that the table may lack something. `absent`: the file says so of a table that it does not have,
    which is not kept: no row would then mean no, though none was looked for.
    """

    stated: int = 0
    offered: int = 0
    bare: int = 0
    doubted: int = 0
    absent: int = 0


@dataclass
class Claims:
    """What an import says about what is complete, patient by patient, and how much of it is kept."""

    registry: Registry
    choice: Choice
    found: dict[str, Claim] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._of_absent_tables()
        said = self.registry.table(COMPLETENESS).select("patient_id", "table")
        self._everybody = set(said.filter(pl.col("patient_id").is_null())["table"])
        self._own = set(said.rows())

    def _of_absent_tables(self) -> None:
        said = self.registry.table(COMPLETENESS).filter(~pl.col("table").is_in(list(self.registry.tables)))
        ids = self.registry.patient_ids()
        for (table,), rows in said.filter("complete").group_by("table", maintain_order=True):
            own = rows["patient_id"].drop_nulls()
            lacking = said.filter((pl.col("table") == table) & ~pl.col("complete"))["patient_id"].drop_nulls()
            number = ids.height - lacking.n_unique() if rows["patient_id"].null_count() else own.n_unique()
            self.found[str(table)] = Claim(absent=number)

    def kept(self, patient_id: str, rows: Rows, held: Rows, ended: Sequence[Ended]) -> list[Mapping[str, Any]]:
        """The statements about a patient that are kept: every "may lack something", and of the others those that are stated,
        or chosen, and that nothing on record stands against.
        """
        before = {row["content"].get("table"): row["content"] for row in held.get(COMPLETENESS, ())}
        gone = {one.content.get("table") for one in ended if one.kind == COMPLETENESS} - set(before)
        aside = {row.get("table") for row in rows.get(SET_ASIDE, ())}
        aside |= {row["content"].get("table") for row in held.get(SET_ASIDE, ())}
        kept = []
        for row in rows.get(COMPLETENESS, ()):
            table = row["table"]
            old = before.get(table)
            stated = table in self._everybody or (patient_id, table) in self._own
            wanted = stated or self.choice.whole is None or table in self.choice.whole
            claim = Claim()
            if not row["complete"]:
                wanted = True
            elif old is not None and old.get("complete") and not _raises(old, row):
                pass
            elif old is not None or table in gone:
                claim.doubted = 1
                wanted = table in self.choice.raised
            elif stated:
                claim.stated = 1
            else:
                claim.offered = 1
                claim.bare = int(not rows.get(table) and not held.get(table))
            if wanted:
                kept.append(row)
            if table not in aside:
                self._count(table, claim)
        return kept

    def _count(self, table: str, claim: Claim) -> None:
        if claim != Claim():
            one = self.found.setdefault(table, Claim())
            one.stated += claim.stated
            one.offered += claim.offered
            one.bare += claim.bare
            one.doubted += claim.doubted


def _raises(old: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether a statement reaches further back than the one on record; one without a day leaves that one's day as it is."""
    return any(name in row and name in old and row[name] < old[name] for name in STARTS)
