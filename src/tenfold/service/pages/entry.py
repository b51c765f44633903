"""Data entry: a new patient, a fact of any table, its correction; checked while it is typed, and nothing typed is lost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from tenfold.assessment import assess
from tenfold.records.faults import Used
from tenfold.records.shape import Axis, Kind
from tenfold.records.tables import TABLES
from tenfold.reports.would_change import WouldChange, would_change
from tenfold.service.access.permissions import Permission
from tenfold.service.answers import today
from tenfold.service.entry_form import (
    GROUPS,
    TITLES,
    as_on_the_form,
    cells_of,
    fields_of,
    label_of,
    proposals,
    shown,
    step_in_words,
    typed_cell,
)
from tenfold.service.sent import number
from tenfold.service.store.centre import SET_ASIDE, Patient
from tenfold.service.store.entry import (
    THIS_ENTRY,
    Judged,
    add_patient,
    draft,
    new_patient_judged,
    write_facts,
)
from tenfold.service.store.history import history_of, last_change, records_of
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.visitor import Visitor, requires

router = APIRouter(include_in_schema=False)
Writer = Annotated[Visitor, requires(Permission.WRITE)]


async def _typed(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(_typed)]


@dataclass(frozen=True)
class Draft:
    """An entry form as it was filled in: the cells by column, and what it was made from.

    `revision`: the patient's, and `seen`: the newest change, when the form was made. `ends`: the record that is corrected;
    `aside`: the row set aside that is entered anew. `despite`: the warnings were read.
    """

    name: str
    cells: dict[str, str]
    revision: int = 0
    seen: int = 0
    ends: int | None = None
    aside: int | None = None
    reason: str = ""
    despite: bool = False

    @property
    def ending(self) -> list[int]:
        """The records that end when this is stored."""
        return [one for one in (self.ends, self.aside) if one is not None]

    @property
    def row(self) -> dict[str, str | None]:
        """The row as the store takes it."""
        return {name: cell.strip() or None for name, cell in self.cells.items()}


def _draft(name: str, axis: Axis, typed: Mapping[str, str]) -> Draft:
    return Draft(
        name,
        {column: typed.get(column, "") for column in TABLES[name].schema(axis)},
        revision=number(typed.get("_revision")) or 0,
        seen=number(typed.get("_seen")) or 0,
        ends=number(typed.get("_ends")),
        aside=number(typed.get("_aside")),
        reason=typed.get("_reason", ""),
        despite=typed.get("_despite") == "yes",
    )


def table_named(name: str) -> str:
    """A table that is filled by hand. NotThere for another."""
    if name not in TITLES or name not in TABLES or name == "completeness":
        raise NotThere("there is no such kind of fact")
    return name


@router.get("/patients/new")
def new_patient(visitor: Writer) -> HTMLResponse:
    """The form of a new patient."""
    return _new(visitor, Draft("patients", {}))


@router.post("/patients/new")
def store_patient(visitor: Writer, typed: Typed) -> Response:
    """Store a new patient, or show what is wrong."""
    given = _draft("patients", visitor.about["axis"], typed)
    try:
        patient = add_patient(visitor.centre, given.row, despite_warnings=given.despite)
    except Refused as error:
        return _new(visitor, given, _told(error), 422)
    return visitor.to(f"/patients/{patient.id}/entry?stored=patients")


@router.post("/patients/new/check")
def check_patient(visitor: Writer, typed: Typed) -> HTMLResponse:
    """What would be wrong with a new patient."""
    given = _draft("patients", visitor.about["axis"], typed)
    return _checked(visitor, given, new_patient_judged(visitor.centre, given.row))


@router.get("/patients/{key}/entry")
def choose(visitor: Writer, key: str, stored: str = "") -> HTMLResponse:
    """The kinds of fact that can be entered."""
    patient = visitor.centre.patient(key)
    aside = sum(row["kind"] == SET_ASIDE for row in records_of(visitor.centre, key))
    return visitor.page(
        "entry_choose.html.j2", patient=patient, groups=GROUPS, titles=TITLES, tables=TABLES, stored=stored, aside=aside
    )


@router.get("/patients/{key}/entry/{name}")
def form(visitor: Writer, key: str, name: str, record: int | None = None, aside: int | None = None) -> HTMLResponse:
    """The form of a fact; of a record, its correction; of a row set aside, its entry."""
    table_named(name)
    seen, patient = last_change(visitor.centre, key), visitor.centre.patient(key)
    live = records_of(visitor.centre, key)
    if name == "patients" and record is None:
        record = next((row["id"] for row in live if row["kind"] == "patients"), None)
    given = Draft(name, {}, patient.revision, seen, record, aside)
    if record is not None:
        held = _held(live, record, name)
        given = replace(given, cells={column: typed_cell(value) for column, value in held.items()})
    else:
        given = replace(given, cells=_proposed(name, live))
    if aside is not None:
        _held(live, aside, SET_ASIDE)
    return _form(visitor, patient, live, given)


@router.post("/patients/{key}/entry/{name}")
def store_fact(visitor: Writer, key: str, name: str, typed: Typed) -> Response:
    """Store a fact, or show what is wrong, or what somebody else changed meanwhile."""
    given = _draft(table_named(name), visitor.about["axis"], typed)
    centre = visitor.centre
    try:
        write_facts(
            centre,
            key,
            given.revision,
            add={name: [given.row]},
            end=given.ending,
            reason=given.reason.strip() or None,
            despite_warnings=given.despite,
        )
    except Refused as error:
        return _form(visitor, centre.patient(key), records_of(centre, key), given, _told(error), status=422)
    except Conflict:
        return _conflict(visitor, key, given)
    return visitor.to(f"/patients/{key}/records?stored={name}#{name}")


@router.post("/patients/{key}/entry/{name}/check")
def check_fact(visitor: Writer, key: str, name: str, typed: Typed) -> HTMLResponse:
    """What would be wrong with a fact, and what it would change; nothing is stored."""
    given = _draft(table_named(name), visitor.about["axis"], typed)
    patient = visitor.centre.patient(key)
    if patient.revision != given.revision:
        return _checked(visitor, given, None)
    judged, registry = draft(visitor.centre, key, {name: [given.row]}, given.ending)
    if registry is None:
        return _checked(visitor, given, judged)
    on, about = today(visitor.about), visitor.about
    before = visitor.service.answers.of_patient(visitor.centre, patient, on, about)
    samples = tuple(row["sample_id"] for row in judged.rows.get("mrd_samples", []) if "sample_id" in row)
    effect = would_change(before, assess(registry, visitor.settings, on), patient.patient_id, samples)
    return _checked(visitor, given, judged, effect)


@dataclass(frozen=True)
class Told:
    """What stands against a fact. `beside`: faults of its cells; `above`: the others, in words; `warnings`."""

    beside: Sequence[Mapping[str, Any]] = ()
    above: Sequence[str] = ()
    warnings: Sequence[Mapping[str, Any]] = ()


def _told(error: Refused) -> Told:
    if error.faults is None:
        return Told(above=[str(error)])
    return _apart(error.faults.to_dicts())


def _apart(found: Sequence[Mapping[str, Any]]) -> Told:
    faults = [{**one, **{name: as_on_the_form(one[name]) for name in ("rule", "remedy")}} for one in found]
    warnings = [one for one in faults if one["used"] == str(Used.KEPT)]
    wrong = [one for one in faults if one["used"] != str(Used.KEPT)]
    beside = [one for one in wrong if one["file"] == THIS_ENTRY and one["column"]]
    above = [
        f"{'' if one['file'] == THIS_ENTRY else 'A record that is there would not fit any more: '}{one['rule']}."
        f" To mend it: {one['remedy']}"
        for one in wrong
        if one not in beside
    ]
    return Told(beside, list(dict.fromkeys(above)), warnings)


def _held(live: Sequence[Mapping[str, Any]], record: int, kind: str) -> dict[str, Any]:
    for row in live:
        if row["id"] == record and row["kind"] == kind:
            return dict(row["content"])
    raise NotThere("this record is not there any more: it was corrected or withdrawn")


def _in_sequence(live: Sequence[Mapping[str, Any]]) -> int | None:
    """The last place in the sequence of a patient's facts; None where they have days."""
    return max((row["content"]["sequence"] for row in live if "sequence" in row["content"]), default=None)


def _proposed(name: str, live: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    cells = {}
    if name == "mrd_samples":
        cells["sample_id"] = f"m-{uuid.uuid4().hex[:8]}"
    if (last := _in_sequence(live)) is not None and "sequence" in TABLES[name]:
        cells["sequence"] = str(last + 1)
    return cells


def _new(visitor: Visitor, given: Draft, told: Told = Told(), status: int = 200) -> HTMLResponse:
    fields = fields_of("patients", visitor.about["axis"], given.cells, told.beside, new_patient=True)
    return visitor.page(
        "entry_form.html.j2",
        status,
        patient=None,
        given=given,
        title="New patient",
        address="/patients/new",
        fields=fields,
        lists=proposals(fields),
        told=told,
        labels=_labels("patients", visitor.about["axis"]),
        corrected=[],
        aside=[],
        conflict=None,
        last_place=None,
    )


def _form(
    visitor: Visitor,
    patient: Patient,
    live: Sequence[Mapping[str, Any]],
    given: Draft,
    told: Told = Told(),
    conflict: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HTMLResponse:
    axis, last = visitor.about["axis"], _in_sequence(live)
    fields = fields_of(given.name, axis, given.cells, told.beside, in_sequence=last is not None)
    by_id = {row["id"]: row for row in live}
    corrected, aside = (by_id.get(one) if one is not None else None for one in (given.ends, given.aside))
    title = TITLES[given.name]
    return visitor.page(
        "entry_form.html.j2",
        status,
        patient=patient,
        given=given,
        title=f"Correct: {title}" if given.ends is not None else f"Add: {title}",
        address=f"/patients/{patient.id}/entry/{given.name}",
        fields=fields,
        lists=proposals(fields),
        told=told,
        labels=_labels(given.name, axis),
        corrected=[] if corrected is None else cells_of(corrected["kind"], corrected["content"], axis),
        aside=[] if aside is None else cells_of(aside["kind"], aside["content"], axis),
        conflict=conflict,
        last_place=last,
    )


def _labels(name: str, axis: Axis) -> dict[str, str]:
    named = {column.named(axis): label_of(column) for column in TABLES[name].columns}
    return {column.name: label_of(column) for column in TABLES[name].columns} | named


def _conflict(visitor: Visitor, key: str, given: Draft) -> HTMLResponse:
    """What somebody else changed beside what was typed; stored again, it stands on what they wrote."""
    centre, axis = visitor.centre, visitor.about["axis"]
    seen, patient = last_change(centre, key), centre.patient(key)
    live, present = records_of(centre, key), given.ends
    changes = [one for one in history_of(centre, key) if one["id"] > given.seen]
    for one in reversed(changes):
        for step in one["steps"]:
            if present is not None and step["before"] is not None and step["before"]["id"] == present:
                present = None if step["after"] is None else step["after"]["id"]
    theirs = next((row["content"] for row in live if row["id"] == present), None) if present is not None else None
    aside = given.aside if any(row["id"] == given.aside for row in live) else None
    moved = replace(given, revision=patient.revision, seen=seen, ends=present, aside=aside)
    conflict = {
        "changes": [{**one, "lines": [step_in_words(step, axis) for step in one["steps"][:8]]} for one in changes],
        "same": given.ends is not None and present != given.ends,
        "withdrawn": given.ends is not None and present is None,
        "beside": [] if theirs is None or present == given.ends else _beside(given, theirs, axis),
    }
    return _form(visitor, patient, live, moved, conflict=conflict, status=409)


def _beside(given: Draft, theirs: Mapping[str, Any], axis: Axis) -> list[tuple[str, str, str]]:
    """The columns in which what was typed differs from what somebody else wrote: name, typed, theirs."""
    found = []
    for column in TABLES[given.name].columns:
        name = column.named(axis)
        mine, other = given.cells.get(name, "").strip(), typed_cell(theirs.get(name))
        if name != "patient_id" and mine != other:
            typed = shown(column, mine or None, axis) if column.kind is not Kind.DATE else mine or "not known"
            found.append((label_of(column), typed, shown(column, theirs.get(name), axis)))
    return found


def _checked(visitor: Visitor, given: Draft, judged: Judged | None, effect: WouldChange | None = None) -> HTMLResponse:
    """The part of the page that says what would be wrong with what is typed, and what it would change."""
    told = Told() if judged is None else _apart([*judged.faults.to_dicts(), *judged.warnings.to_dicts()])
    needed = [one for one in told.beside if one["value"] is None and _is_missing(one)]
    return visitor.page(
        "entry_check.html.j2",
        overtaken=judged is None,
        needed=list(dict.fromkeys(_labels(given.name, visitor.about["axis"]).get(one["column"]) for one in needed)),
        wrong=[one for one in told.beside if one not in needed],
        told=told,
        labels=_labels(given.name, visitor.about["axis"]),
        effect=effect,
        blank=not any(cell.strip() for name, cell in given.cells.items() if name not in ("sample_id", "sequence")),
    )


def _is_missing(fault: Mapping[str, Any]) -> bool:
    said = str(fault["rule"])
    return said == f"{fault['column']} is empty" or said.startswith("the row has neither")
