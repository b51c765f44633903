"""What no run can hold, whatever wrote it: a cycle that no programme runs to, more positive partitions than there are, a
well written twice and differently, a patient's well without a sample.

Such a value costs itself: it is null, its well stays, and the remark tells why. Nothing is guessed and no well is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from tenfold.vocabulary import CtStatus, WellRole

HIGHEST_CYCLE = 60.0
"""Cycles. Programmes run 40 to 50 (the EAC protocol 50: Gabert et al., Leukemia 2003;17:2318-2357); a higher threshold
cycle has lost its decimal mark (28512 for 28.512, as a spreadsheet makes of it) or is no threshold cycle.
"""

UNNAMED = "no sample is named, so it is called by its well"
"""The remark of a patient's well that has no sample's name."""

COLUMNS_NOT_READ = "are not known and are not read"
"""What the note on a table's other columns says of them."""

Record = dict[str, Any]


def not_a_cycle(value: float | None) -> str | None:
    """Why a number cannot be a threshold cycle; None where it can."""
    if value is None or not value > 0:
        return "is not a cycle"
    if value > HIGHEST_CYCLE:
        return f"is no cycle, for none is above {HIGHEST_CYCLE:g} (a lost decimal mark?)"
    return None


def settled(records: Sequence[Record]) -> tuple[list[Record], tuple[str, ...]]:
    """The records of all tables of a run, each well and target once, each patient's well named; and what to note."""
    kept, notes = _once(records)
    return named(kept), notes


def named(records: Iterable[Record]) -> list[Record]:
    """The records, in which patients' wells without a sample's name are called by their well (``well A1``).

    Wells of one sample are replicates, so wells without a name are never put together.
    """
    found, nowhere = [], 0
    for record in records:
        if record["role"] == WellRole.PATIENT and not record["sample"]:
            nowhere += record["well"] is None
            name = f"well {record['well']}" if record["well"] is not None else f"unnamed well {nowhere}"
            record = record | {"sample": name, "remark": with_remark(record["remark"], UNNAMED)}
        found.append(record)
    return found


def with_remark(before: str | None, more: str) -> str:
    """A remark after those that are there, unless it is one of them."""
    parts = before.split("; ") if before else []
    return "; ".join(parts if more in parts else [*parts, more])


def without_remark(before: str | None, taken: str) -> str | None:
    """The remarks without one of them."""
    return "; ".join(part for part in (before or "").split("; ") if part != taken) or None


def listed(items: Sequence[str], most: int = 8) -> str:
    """Names in a sentence, the first few of them."""
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")


def _once(records: Sequence[Record]) -> tuple[list[Record], tuple[str, ...]]:
    """The records without repetitions; those of one well and target that differ stay, and none of them is read."""
    places: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for i, record in enumerate(records):
        if record["well"] is not None:
            places[record["well"], record["target"]].append(i)
    repeated: set[int] = set()
    remarks: dict[int, str] = {}
    alike, unlike = [], []
    for (well, target), at in places.items():
        if len(at) == 1:
            continue
        name = f"{well} ({target})" if target else well
        differences = _differences([records[i] for i in at])
        if not differences:
            alike.append(name)
            repeated.update(at[1:])
            continue
        unlike.append(name)
        remarks |= dict.fromkeys(at, f"written {_times(len(at))}, with {differences}, so not read")
    notes = []
    if alike:
        notes.append(f"more than one row for the wells {listed(alike)}, which are alike; one of them is read")
    if unlike:
        notes.append(f"more than one row for the wells {listed(unlike)}, which differ; none of them is read")
    kept = [_unread(r, remarks[i]) if i in remarks else r for i, r in enumerate(records) if i not in repeated]
    return kept, tuple(notes)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _differences(records: Sequence[Record]) -> str:
    """The fields in which records differ, each with what is written; empty where they are alike."""
    found = []
    for name in records[0]:
        values = list(dict.fromkeys(record[name] for record in records))
        if name not in ("remark", "ct_status") and len(values) > 1:
            found.append(f"{name.replace('_', ' ')} {' and '.join(map(_word, values))}")
    if not found and len({record.get("ct_status") for record in records}) > 1:
        found.append(f"ct {' and '.join(dict.fromkeys(str(record['ct_status']) for record in records))}")
    return ", ".join(found)


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unread(record: Record, remark: str) -> Record:
    nothing: Record = {"ct": None, "ct_status": CtStatus.MISSING}
    if "positive" in record:
        nothing = {"positive": None, "total": None}
    return record | nothing | {"remark": with_remark(record["remark"], remark)}
