"""What becomes of coming rows beside what is on record: new, there already, merged into a record, held back, or set aside."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tenfold.exchange.converted import sheet
from tenfold.records.admission import admit
from tenfold.records.faults import Fault, Used, fault_frame
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES
from tenfold.service.store.by_hand import Ended, HeldBack, held_back
from tenfold.service.store.centre import SET_ASIDE

IMPORT, ON_RECORD = "the import", "on record"
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Step:
    """A row to add; `ends`: the record whose place it takes, `before`: what that one says."""

    patient_id: str
    kind: str
    row: Mapping[str, Any]
    ends: int | None = None
    before: Mapping[str, Any] | None = None

    def cells(self) -> list[tuple[str, Any, Any]]:
        """The cells that are changed: column, old, new."""
        before = self.before or {}
        return [(name, before.get(name), cell) for name, cell in self.row.items() if before.get(name) != cell]


def beside(
    patient_id: str, held: Rows, rows: Rows, ended: Sequence[Ended] = (), taken: Collection[str] = ()
) -> tuple[list[Step], dict[str, int], list[HeldBack]]:
    """What of a patient's coming rows is new or takes the place of a record, how many are there already, by kind, and what is
    held back because somebody corrected or withdrew it by hand.

    `held`: the records that hold, by kind, with `id` and `content`. `ended`: what was ended by hand. `taken`: the keys of what
    is not held back all the same.
    """
    steps: list[Step] = []
    unchanged: dict[str, int] = {}
    back: list[HeldBack] = []
    for kind, coming in rows.items():
        identity = TABLES[kind].identity if kind in TABLES else ()
        mine = held.get(kind, [])
        # What is complete has its own rule: see `completing`.
        by_hand = [one for one in ended if one.kind == kind and kind != "completeness"]
        there = {_content(kind, row["content"]) for row in mine}
        by_identity = {_identity(row["content"], identity): row for row in mine} if identity else {}
        for row in coming:
            named = _identity(row, identity) if identity else None
            old = None if named is None else by_identity.get(named)
            now = None if old is None else old["content"]
            merged = row if now is None else {**now, **row}
            if _content(kind, merged) in there:
                unchanged[kind] = unchanged.get(kind, 0) + 1
                continue
            left = [] if not by_hand else list(_against(patient_id, row, now, identity, by_hand))
            left = [one for one in left if one.key not in taken]
            back += left
            without = {name for one in left for name in one.cells}
            merged = {**(now or {}), **{name: cell for name, cell in row.items() if name not in without}}
            if left and (now is None or _content(kind, merged) in there):
                continue
            steps.append(Step(patient_id, kind, merged, None if old is None else old["id"], now))
    return steps, unchanged, back


def _against(
    patient_id: str,
    row: Mapping[str, Any],
    now: Mapping[str, Any] | None,
    identity: Sequence[str],
    ended: Sequence[Ended],
) -> Iterator[HeldBack]:
    """What of a coming row somebody decided otherwise by hand: the last such decision on it, or on each of its cells."""
    if now is None:
        for one in reversed(ended):
            if _says(one, row, identity):
                yield held_back(one, patient_id, row, row, None)
                return
        return
    named = _identity(row, identity)
    mine = [one for one in ended if _identity(one.content, identity) == named]
    different = {name for name, cell in row.items() if cell != now.get(name)}
    for one in reversed(mine):
        if cells := one.refuses(row, different, now):
            different -= set(cells)
            yield held_back(one, patient_id, row, cells, now)


def _says(ended: Ended, row: Mapping[str, Any], identity: Sequence[str]) -> bool:
    """Whether a coming row is the one that was ended: the same identity, the same cells, or the same with some more or less."""
    named = _identity(row, identity) if identity else None
    if named is not None:
        return named == _identity(ended.content, identity)
    if _content(ended.kind, ended.content) == _content(ended.kind, row):
        return True
    if ended.kind == SET_ASIDE:
        return False
    mine, theirs = set(row.items()), set(ended.content.items())
    # The patient, and two cells such as a day and a value.
    return min(len(mine), len(theirs)) >= 3 and (mine <= theirs or theirs <= mine)


def _content(kind: str, row: Mapping[str, Any]) -> Hashable:
    """What makes a row the same as another: all of its cells; of a row set aside what it says, wherever it stood."""
    if kind == SET_ASIDE:
        return row.get("table"), row.get("text"), row.get("repeat")
    return frozenset(row.items())


def _identity(row: Mapping[str, Any], identity: Sequence[str]) -> tuple[Any, ...] | None:
    """What makes a row one that is there with other cells; None where the row does not say all of it."""
    named = tuple(row.get(name) for name in identity)
    return None if None in named else named


def own_numbers(steps: Iterable[Step], elsewhere: Mapping[str, str]) -> tuple[list[Step], list[Step], list[Fault]]:
    """The steps whose measurements are not another patient's, the others, and their faults.

    `elsewhere`: the numbers of measurements on record, with the patient whose each is. A number is of one in a centre: read
    together, the rows of both would be set aside.
    """
    kept, left, faults = [], [], []
    for step in steps:
        number = step.row.get("sample_id")
        owner = elsewhere.get(number, step.patient_id) if step.kind == "mrd_samples" and number else step.patient_id
        if owner != step.patient_id:
            rule, remedy = "another patient's sample on record has this number", "give this one its own"
            faults.append(fault(step.patient_id, "sample_id", str(number), rule, remedy))
            left.append(step)
        else:
            kept.append(step)
    return kept, left, faults


def admissible(
    held: Mapping[str, Rows], steps: Sequence[Step], axis: Axis
) -> tuple[list[Step], list[Step], pl.DataFrame]:
    """The steps whose rows can stand beside what is on record, those that cannot, and the faults of these.

    `held`: by patient and kind, the records that hold. A step is left, too, where a record that is there could not stand
    beside it. What is left does not sink the rest: that is looked at again without it, until it stands.
    """
    active, left = list(steps), []
    faults: list[pl.DataFrame] = []
    for last in (False,) * 6 + (True,):
        touched = {step.patient_id for step in active if held.get(step.patient_id)}
        if not touched:
            break
        looked = [step for step in active if step.patient_id in touched]
        registry, by_line = _together(held, looked, touched, axis)
        lost = _lost(registry, by_line)
        found = registry.check().filter((pl.col("file") == IMPORT) & (pl.col("used") == str(Used.ROW_SET_ASIDE)))
        faults.append(found.with_columns(line=pl.lit(None, pl.Int64)))
        harmed = _harmed(held, registry, touched, axis)
        for patient_id, kinds in harmed.items():
            mine = [step for step in looked if step.patient_id == patient_id]
            if not any(id(step) in lost for step in mine):
                culprits = _culprits(mine, kinds)
                lost |= {id(step) for step in culprits}
                rule = "a row that is on record could not stand beside this one"
                remedy = "look at both: correct the one that is wrong"
                faults.append(fault_frame(fault(step.patient_id, None, None, rule, remedy) for step in culprits))
        if not lost:
            break
        if last:  # never seen: what still does not stand is left whole
            lost = {id(step) for step in looked}
        left += [step for step in active if id(step) in lost]
        active = [step for step in active if id(step) not in lost]
    return active, left, pl.concat([fault_frame([]), *faults])


def as_set_aside(step: Step) -> Step:
    """A row that is left out of use, kept as such: the table does not hold everything of the patient any more."""
    text = ", ".join(f"{name}={value}" for name, value in step.row.items())
    row = {"table": step.kind, "file": IMPORT, "patient_id": step.patient_id, "text": text, "repeat": False}
    return replace(step, kind=SET_ASIDE, row=row, ends=None, before=None)


def _together(
    held: Mapping[str, Rows], steps: Sequence[Step], patients: Iterable[str], axis: Axis
) -> tuple[Registry, dict[tuple[str, int], Step]]:
    """What is on record of some patients, without the records that steps end, and the steps' rows, through admission."""
    ending = {step.ends for step in steps}
    kept: dict[str, list[Mapping[str, Any]]] = {}
    for patient_id in patients:
        for kind, rows in held[patient_id].items():
            kept.setdefault(kind, []).extend(row["content"] for row in rows if row["id"] not in ending)
    coming: dict[str, list[Step]] = {}
    for step in steps:
        coming.setdefault(step.kind, []).append(step)
    sheets = [_sheet(kind, ON_RECORD, rows, axis) for kind, rows in kept.items() if kind != SET_ASIDE]
    sheets += [_sheet(kind, IMPORT, [step.row for step in more], axis) for kind, more in coming.items()]
    by_line = {(kind, line): step for kind, more in coming.items() for line, step in enumerate(more, 1)}
    return admit(sheets, axis=axis), by_line


def _sheet(kind: str, file: str, rows: Sequence[Mapping[str, Any]], axis: Axis) -> Any:
    return sheet(kind, file, rows, columns=TABLES[kind].schema(axis))


def _lost(registry: Registry, by_line: Mapping[tuple[str, int], Step]) -> set[int]:
    aside = registry.set_aside.filter(pl.col("file") == IMPORT)
    return {id(by_line[kind, line]) for kind, line in aside.select("table", "line").iter_rows()}


def _harmed(held: Mapping[str, Rows], registry: Registry, patients: set[str], axis: Axis) -> dict[str, set[str]]:
    """The patients of whom records would not stand any more that stand without the import, and the tables of these."""
    named = ["table", "patient_id", "text"]
    on_record = pl.col("file") == ON_RECORD
    after = registry.set_aside.filter(on_record, pl.col("patient_id").is_in(list(patients))).select(named)
    if after.is_empty():
        return {}
    without, _ = _together(held, (), set(after["patient_id"]), axis)
    before = without.set_aside.filter(on_record).select(named)
    harmed: dict[str, set[str]] = {}
    for kind, patient_id, _text in after.join(before, on=named, how="anti", nulls_equal=True).iter_rows():
        harmed.setdefault(patient_id, set()).add(kind)
    return harmed


def _culprits(mine: Sequence[Step], kinds: set[str]) -> list[Step]:
    """The steps that are left out where records would be harmed: the patient's own row first, then the same tables', then all."""
    own = [step for step in mine if step.kind == "patients"]
    return own or [step for step in mine if step.kind in kinds] or list(mine)


def fault(patient_id: str, column: str | None, value: str | None, rule: str, remedy: str) -> Fault:
    """A fault of a row that is left out."""
    return Fault(IMPORT, None, patient_id, column, value, rule, remedy, Used.ROW_SET_ASIDE)
