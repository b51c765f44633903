"""A patient's records by table, their withdrawal, what is complete, and the history of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from tenfold.records.shape import Axis, Column, Kind
from tenfold.records.tables import TABLES
from tenfold.service.access.permissions import Permission
from tenfold.service.entry_form import GROUPS, TITLES, cells_of, label_of, moved, shown
from tenfold.service.pages.entry import Writer, table_named
from tenfold.service.sent import number
from tenfold.service.store.centre import SET_ASIDE, Patient, as_registry
from tenfold.service.store.entry import say_all_complete, say_complete, write_facts
from tenfold.service.store.history import history_of, last_change, records_of
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.templating import day_in_words
from tenfold.service.visitor import Visitor, requires

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.READ)]
Text = Annotated[str, Form()]
ORDER = tuple(name for _, names in GROUPS for name in names)
AT_ONCE = 50
"""Changes on one page."""
ROWS_AT_ONCE = 100
"""Rows of one change that are shown; an import may bring many more."""
OVERTAKEN = "Somebody else has changed this patient's records meanwhile. Nothing of yours was written."


@router.get("/patients/{key}/records")
def records(visitor: Reader, key: str, stored: str = "") -> HTMLResponse:
    """Every record that holds, by table."""
    patient = visitor.centre.patient(key)
    live = records_of(visitor.centre, key)
    axis = visitor.about["axis"]
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for row in live:
        by_kind.setdefault(row["kind"], []).append(row)
    complete = _complete(visitor, patient, live)
    sheets = [
        {
            "name": name,
            "title": TITLES[name],
            "columns": _columns(name, by_kind.get(name, []), axis),
            "rows": _in_order(name, by_kind.get(name, []), axis),
            "complete": complete.get(name),
        }
        for name in ORDER
    ]
    return visitor.page(
        "records.html.j2",
        patient=patient,
        sheets=[one for one in sheets if one["rows"] or one["name"] == "patients"],
        empty=[one for one in sheets if not one["rows"] and one["name"] != "patients"],
        aside=by_kind.get(SET_ASIDE, []),
        titles=TITLES,
        shown=lambda column, content: (
            shown(column, content[column.named(axis)], axis) if column.named(axis) in content else ""
        ),
        label_of=label_of,
        number=lambda column: column.kind in (Kind.NUMBER, Kind.COUNT),
        stored=stored if stored in TITLES else "",
        unsaid=not by_kind.get("completeness") and any(name in by_kind for name in ORDER if name != "patients"),
    )


def _columns(name: str, rows: Sequence[Mapping[str, Any]], axis: Axis) -> list[Column]:
    """The columns of a table that any of its rows fills."""
    filled = {cell for row in rows for cell in row["content"]}
    return [one for one in TABLES[name].columns if one.named(axis) in filled and one.name != "patient_id"]


def _in_order(name: str, rows: Sequence[dict[str, Any]], axis: Axis) -> list[dict[str, Any]]:
    """The rows of a table by place or day, those without either at the end."""
    dated_by = TABLES[name].dated_by
    day = TABLES[name][dated_by].named(axis) if dated_by else ""

    def place(row: dict[str, Any]) -> tuple[bool, str, float]:
        at = row["content"].get("sequence", row["content"].get(day))
        return at is None, at if isinstance(at, str) else "", at if isinstance(at, int) else 0

    return sorted(rows, key=place)


def _complete(visitor: Visitor, patient: Patient, live: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What is known of each table's completeness for the patient, in words."""
    registry = as_registry(live, visitor.about)
    said = {row["content"]["table"]: row["content"] for row in live if row["kind"] == "completeness"}
    found = {}
    for name in ORDER:
        if name == "patients":
            continue
        own = [row for row in registry.complete(name).to_dicts() if row["patient_id"] == patient.patient_id]
        if own:
            start = own[0]["complete_from_day"]
            since = "the beginning" if start is None else day_in_words(start, visitor.about["axis"])
            found[name] = f"It holds everything from {since}: what is not here did not happen, or was not found."
        elif said.get(name, {}).get("complete"):
            found[name] = "It was said to hold everything, but rows are set aside: what is not here is not known."
        else:
            found[name] = "Nobody has said that it holds everything: what is not here is not known."
    return found


@router.get("/patients/{key}/records/{record}/withdraw")
def withdrawal(visitor: Writer, key: str, record: int) -> HTMLResponse:
    """Ask why a record is to be withdrawn."""
    return _withdrawal(visitor, key, record)


@router.post("/patients/{key}/records/{record}/withdraw")
def withdraw(
    visitor: Writer, key: str, record: int, revision: Text = "", reason: Text = "", dealt_with: Text = ""
) -> Response:
    """Withdraw a record; it stays in the history of changes with the reason."""
    row = _live(visitor, key, record)
    if not reason.strip():
        return _withdrawal(visitor, key, record, "Say why it is withdrawn", reason, 422)
    if row["kind"] == SET_ASIDE and dealt_with != "yes":
        said = "Say that what the row tells stands in the records, or is not so"
        return _withdrawal(visitor, key, record, said, reason, 422)
    others = any(one["kind"] not in ("patients", "completeness") for one in records_of(visitor.centre, key))
    if row["kind"] == "patients" and others:
        said = "The patient has other records: withdraw them first, or correct this row"
        return _withdrawal(visitor, key, record, said, reason, 422)
    try:
        write_facts(visitor.centre, key, number(revision) or 0, end=[record], reason=reason.strip())
    except Conflict:
        return _withdrawal(visitor, key, record, OVERTAKEN, reason, 409)
    return visitor.to(f"/patients/{key}/records?stored={row['kind']}")


def _live(visitor: Visitor, key: str, record: int) -> dict[str, Any]:
    for row in records_of(visitor.centre, key):
        if row["id"] == record:
            return row
    raise NotThere("this record is not there any more: it was corrected or withdrawn")


def _withdrawal(
    visitor: Visitor, key: str, record: int, said: str = "", reason: str = "", status: int = 200
) -> HTMLResponse:
    patient = visitor.centre.patient(key)
    row = _live(visitor, key, record)
    complete = _complete(visitor, patient, records_of(visitor.centre, key))
    return visitor.page(
        "withdraw.html.j2",
        status,
        patient=patient,
        row=row,
        title=TITLES.get(row["kind"], row["kind"]),
        cells=cells_of(row["kind"], row["content"], visitor.about["axis"]),
        complete=complete.get(row["kind"], "").startswith("It holds everything"),
        aside=row["kind"] == SET_ASIDE,
        said=said,
        reason=reason,
    )


@router.get("/patients/{key}/complete")
def completeness_of_all(visitor: Writer, key: str) -> HTMLResponse:
    """Ask of every table at once whether it holds everything."""
    return _completeness_of_all(visitor, key)


@router.post("/patients/{key}/complete")
def state_completeness_of_all(
    visitor: Writer,
    key: str,
    revision: Text = "",
    table: Annotated[list[str] | None, Form()] = None,
    reason: Text = "",
) -> Response:
    """State of the tables that were ticked that each holds everything from the diagnosis on."""
    chosen = [table_named(name) for name in dict.fromkeys(table or ())]
    if not chosen:
        said = "Tick what holds everything, or leave it as it is"
        return _completeness_of_all(visitor, key, said, chosen, reason, 422)
    try:
        say_all_complete(visitor.centre, key, number(revision) or 0, chosen, reason.strip() or None)
    except Refused as error:
        return _completeness_of_all(visitor, key, str(error), chosen, reason, 422)
    except Conflict:
        return _completeness_of_all(visitor, key, OVERTAKEN, chosen, reason, 409)
    return visitor.to(f"/patients/{key}")


def _completeness_of_all(
    visitor: Visitor, key: str, said: str = "", chosen: Sequence[str] = (), reason: str = "", status: int = 200
) -> HTMLResponse:
    patient = visitor.centre.patient(key)
    live = records_of(visitor.centre, key)
    present = _complete(visitor, patient, live)
    return visitor.page(
        "complete_all.html.j2",
        status,
        patient=patient,
        said=said,
        chosen=chosen,
        reason=reason,
        sheets=[
            {
                "name": name,
                "title": TITLES[name],
                "rows": sum(row["kind"] == name for row in live),
                "complete": present[name] if present[name].startswith("It holds everything") else "",
            }
            for name in ORDER
            if name != "patients"
        ],
    )


@router.get("/patients/{key}/complete/{name}")
def completeness(visitor: Writer, key: str, name: str) -> HTMLResponse:
    """Ask whether a table holds everything."""
    return _completeness(visitor, key, name)


@router.post("/patients/{key}/complete/{name}")
def state_completeness(
    visitor: Writer,
    key: str,
    name: str,
    revision: Text = "",
    complete: Text = "",
    start: Text = "",
    reason: Text = "",
) -> Response:
    """State whether a table holds everything, from when on."""
    table_named(name)
    given = {"complete": complete, "start": start.strip(), "reason": reason}
    if complete not in ("beginning", "day", "no"):
        return _completeness(visitor, key, name, ["Choose one of the three"], given, 422)
    if complete == "day" and not start.strip():
        return _completeness(visitor, key, name, ["Give the day from which it holds everything"], given, 422)
    begun = start.strip() if complete == "day" else None
    try:
        say_complete(visitor.centre, key, number(revision) or 0, name, complete != "no", begun, reason.strip() or None)
    except Refused as error:
        faults = [] if error.faults is None else error.faults.to_dicts()
        told = [f"{one['rule']}. To mend it: {one['remedy']}" for one in faults] or [str(error)]
        return _completeness(visitor, key, name, told, given, 422)
    except Conflict:
        return _completeness(visitor, key, name, [OVERTAKEN], given, 409)
    return visitor.to(f"/patients/{key}/records?stored=completeness#{name}")


def _completeness(
    visitor: Visitor,
    key: str,
    name: str,
    said: Sequence[str] = (),
    given: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    if table_named(name) == "patients":
        raise NotThere("of the patient's own data there is nothing to be complete")
    seen, patient = last_change(visitor.centre, key), visitor.centre.patient(key)
    live = records_of(visitor.centre, key)
    axis = visitor.about["axis"]
    start = TABLES["completeness"]["from_date"].named(axis)
    present = next(
        (row["content"] for row in live if row["kind"] == "completeness" and row["content"]["table"] == name), None
    )
    if given is None:
        choice = (
            "" if present is None else "no" if not present["complete"] else "day" if start in present else "beginning"
        )
        given = {"complete": choice, "start": str((present or {}).get(start, "")), "reason": ""}
    return visitor.page(
        "complete.html.j2",
        status,
        patient=patient,
        name=name,
        title=TITLES[name],
        said=said,
        given=given,
        relative=axis == "relative",
        present=_complete(visitor, patient, live)[name],
        seen=seen,
        rows=sum(row["kind"] == name for row in live),
    )


@router.get("/patients/{key}/changes")
def changes(visitor: Reader, key: str, before: int | None = None) -> HTMLResponse:
    """Who changed what, and why, the newest first."""
    patient = visitor.centre.patient(key)
    found = [one for one in history_of(visitor.centre, key) if before is None or one["id"] < before]
    axis = visitor.about["axis"]
    return visitor.page(
        "changes.html.j2",
        patient=patient,
        changes=found[:AT_ONCE],
        earlier=found[AT_ONCE - 1]["id"] if len(found) > AT_ONCE else None,
        whole=before is None,
        titles=TITLES,
        most=ROWS_AT_ONCE,
        cells=lambda one: cells_of(one["kind"], one["content"], axis),
        moved=lambda step: moved(step, axis),
    )
