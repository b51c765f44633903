"""Phenopackets as records: ours come back as they were, others' as far as they are understood.

A packet of ours states what each of its tables holds; where rows are missing, or another program changed what the packet
shows beside them, the patient is complete in that table no more. Another's packet promises nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.exchange.converted import Converted, Fate, Field, converted, sheet
from tenfold.exchange.phenopackets.elsewhere import Elsewhere, patient_of
from tenfold.exchange.phenopackets.own import About, Rows, column_of, own_rows, read_about
from tenfold.exchange.phenopackets.packets import Packet, elements, normal, packets_of
from tenfold.exchange.phenopackets.view import VIEWED, view
from tenfold.records.faults import Fault, file_fault
from tenfold.records.shape import Axis
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES

STATED = "completeness"
REPEATED = "it repeats what the measurements hold"
Statement = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Own:
    """A packet of ours: its patient, what it says of its registry, its rows, and the tables in which rows are missing."""

    place: str
    patient: str
    about: About
    rows: Rows
    lost: frozenset[str]
    changed: bool = False
    others: int = 0


@dataclass
class _Read:
    ours: list[_Own] = field(default_factory=list)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    strangers: list[str] = field(default_factory=list)


def read_records(path: Path) -> Converted:
    """Read a packet, a Cohort, or a folder of them.

    ValueError where there is no packet that can be read, or packets of ours keep time in two ways.
    """
    path = Path(path)
    packets, faults, notes = packets_of(path)
    read = _Read()
    about = {packet.place: read_about(packet) for packet in packets}
    wanted = [one for one in packets if (about[one.place] and patient_of(one)) or read.elsewhere.wants(one)]
    if packets and not wanted and not faults:
        raise ValueError(
            f"{path.name} holds {len(packets)} phenopackets, and none that is read: they are of other diseases than AML, or "
            "of no subject. A patient with AML is told by a term or label of the disease (docs/how-to/phenopackets.md)"
        )
    often = Counter(patient_of(packet) for packet in wanted)
    for packet in wanted:
        said, patient = about[packet.place], patient_of(packet)
        if often[patient] > 1:
            faults.append(_shared(packet, patient))
        elif said is not None:
            read.ours.append(_own(packet, said))
        else:
            read.elsewhere.read(packet)
            read.strangers.append(patient)
    axis = _axis(read)
    places = {packet.place: number for number, packet in enumerate(packets, 1)}
    faults += [fault for one in read.ours for fault in _faults(one)]
    found = converted(
        _sheets(read, axis, places),
        "phenopackets",
        [*_own_fields(read.ours), *read.elsewhere.fields(path.name)],
        notes=[*notes, *_notes(read)],
        faults=faults,
        axis=axis,
        title=_title(read.ours),
        sources=_sources(read.ours),
    )
    simulated = any(one.about.simulated for one in read.ours)
    made = found.registry
    told: dict[str, Any] = {
        name: _in_places(frame, list(places))
        for name, frame in (("faults", made.faults), ("set_aside", made.set_aside))
    }
    return replace(found, registry=replace(made, simulated=simulated, **told))


def _in_places(frame: pl.DataFrame, places: list[str]) -> pl.DataFrame:
    """Faults or rows set aside with the packet that they are in; a JSON file has no lines to speak of."""
    packet = pl.col("line").replace_strict(dict(enumerate(places, 1)), default=None, return_dtype=pl.String)
    named = pl.when(packet.is_not_null()).then(pl.format("{}, {}", packet, "file")).otherwise("file").alias("file")
    return frame.with_columns(named, pl.lit(None, pl.Int64).alias("line"))


def _shared(packet: Packet, patient: str) -> Fault:
    rule = (
        f"several packets have the subject {patient}, and whether that is one patient is not said: none of them is read"
    )
    return file_fault(
        packet.place, rule, "give each patient an id of their own, or join the packets of one", value=patient
    )


def _own(packet: Packet, about: About) -> _Own:
    rows = own_rows(packet, about.axis)
    patient = patient_of(packet)
    lost = {name for name in {*about.rows, *rows} if about.rows.get(name, 0) != len(rows.get(name, []))}
    shown = {name: packet.body[name] for name in VIEWED if name in packet.body}
    changed = normal(shown) != normal(view(patient, rows, about.axis))
    others = sum(column_of(one) is None for one in elements(packet.body, "measurements"))
    others += sum(len(elements(packet.body, name)) for name in ("phenotypicFeatures", "biosamples", "files"))
    return _Own(packet.place, patient, about, rows, frozenset(lost), changed, others)


def _axis(read: _Read) -> Axis:
    axes: set[Axis] = {one.about.axis for one in read.ours}
    if read.strangers:
        axes.add("calendar")
    if len(axes) == 2:
        raise ValueError("some of the packets keep dates and others days since day 0: keep them in separate folders")
    return next(iter(axes), "calendar")


def _faults(one: _Own) -> Iterator[Fault]:
    for name in sorted(one.lost):
        rule = f"the packet states {one.about.rows.get(name, 0)} rows of {name} and holds {len(one.rows.get(name, []))}"
        yield file_fault(one.place, f"{rule}: the patient is not complete in it", "write the packet again")
    if one.changed:
        rule = "the subject, diseases, actions or interpretations say something else than the measurements: they are not read"
        yield file_fault(one.place, rule, "correct the records and write the packet again; nothing counts as complete")


def _sheets(read: _Read, axis: Axis, places: Mapping[str, int]) -> Iterator[Sheet]:
    """One sheet a table; a line is the number of the packet, of which `_in_places` makes its name."""
    present = {name for one in read.ours for name in one.about.rows} | {name for one in read.ours for name in one.rows}
    for name in TABLES:
        columns = list(TABLES[name].schema(axis))
        if name == STATED:
            continue
        rows: list[tuple[str, Mapping[str, str | None]]] = [
            (one.place, row) for one in read.ours for row in one.rows.get(name, [])
        ]
        rows += [(packet.place, row) for packet, row in read.elsewhere.rows.get(name, [])]
        if rows or name in present:
            lines = [places[place] for place, _ in rows]
            yield sheet(name, name, [row for _, row in rows], lines, columns)
    statements = _statements(read, present)
    if statements or STATED in present:
        yield sheet(
            STATED,
            f"{STATED} (of the packets)",
            statements,
            [0] * len(statements),
            columns=list(TABLES[STATED].schema(axis)),
        )


def _statements(read: _Read, present: set[str]) -> list[Statement]:
    """What is complete: as ours state it where all agree, else patient by patient; others' packets promise nothing."""
    everybody = [[row for row in one.rows.get(STATED, []) if "patient_id" not in row] for one in read.ours]
    agreed = not read.strangers and all(stated == everybody[0] for stated in everybody)
    made: list[Statement] = list(everybody[0]) if agreed and everybody else []
    tables = sorted((present | set(read.elsewhere.rows)) - {STATED})
    if not read.ours:
        return [{"table": name, "complete": "no"} for name in tables]
    by_key: dict[tuple[str, str], Statement] = {}
    for one, general in zip(read.ours, everybody, strict=True):
        own = {row["table"]: row for row in one.rows.get(STATED, []) if "patient_id" in row and "table" in row}
        if not agreed:
            own = {row["table"]: {**row, "patient_id": one.patient} for row in general if "table" in row} | own
        unsure = set(tables) if one.changed or one.others or STATED in one.lost else one.lost & set(tables)
        unsure |= set(tables) - set(one.about.rows)
        own |= {name: {"patient_id": one.patient, "table": name, "complete": "no"} for name in sorted(unsure)}
        _join(by_key, one.patient, own.values())
    for patient in read.strangers:
        _join(by_key, patient, [{"patient_id": patient, "table": name, "complete": "no"} for name in tables])
    return made + list(by_key.values())


def _join(by_key: dict[tuple[str, str], Statement], patient: str, rows: Iterable[Statement]) -> None:
    for row in rows:
        key = (patient, row["table"])
        if by_key.get(key, {}).get("complete") != "no":
            by_key[key] = row


def _title(ours: list[_Own]) -> str | None:
    titles = {one.about.title for one in ours}
    return titles.pop() if len(titles) == 1 else None


def _sources(ours: list[_Own]) -> dict[str, str]:
    found: dict[str, dict[str, None]] = {}
    for one in ours:
        for name, citation in one.about.sources.items():
            found.setdefault(name, {})[citation] = None
    return {name: "; ".join(citations) for name, citations in found.items()}


def _own_fields(ours: list[_Own]) -> Iterator[Field]:
    counted: dict[tuple[str, str], int] = {}
    for one in ours:
        for name, rows in one.rows.items():
            for column in (column for row in rows for column in row):
                counted[name, column] = counted.get((name, column), 0) + 1
    source = "packets that Tenfold wrote"
    for (name, column), filled in counted.items():
        yield Field(source, f"measurements, tenfold:{name}.{column}", Fate.MAPPED, f"{name}.{column}", "", filled)
    for name in VIEWED if ours else ():
        note = f"{REPEATED}; the id is read" if name == "subject" else REPEATED
        yield Field(source, name, Fate.LEFT, "", note, len(ours))
    others = sum(one.others for one in ours)
    if others:
        yield Field(source, "other elements", Fate.LEFT, "", "another program added them: they are not read", others)


def _notes(read: _Read) -> Iterator[str]:
    if read.strangers:
        yield f"{len(read.strangers)} packets are not of Tenfold: no table of their patients counts as complete"
    if len({one.about.title for one in read.ours}) > 1:
        yield "the packets are of registries of several titles: none is kept"
