"""Keeps centres apart: a statement of a centre that addresses a table of patients must name that centre, or it is not run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Insert, Select, Table, Update, event
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter

from tenfold.service.store.schema import metadata


class AcrossCentres(RuntimeError):
    """A statement that could have reached another centre. A fault of the program: nothing was run."""


def guarded(connection: Connection, centre: int) -> Connection:
    """The connection of which every statement on a table with a centre is held to that centre."""

    def before(
        _connection: Connection, statement: Any, several: Any, parameters: Any, _options: Any
    ) -> tuple[Any, Any, Any]:
        _hold(statement, [*(several or ()), parameters or {}], centre)
        return statement, several, parameters

    event.listen(connection, "before_execute", before, retval=True)
    return connection


def _hold(statement: Any, given: list[Any], centre: int) -> None:
    if isinstance(statement, Insert):
        _hold_insert(statement, given, centre)
        return
    if not isinstance(statement, Select | Update | Delete):
        raise AcrossCentres("a centre asks with statements that can be read, not with text")
    for part in visitors.iterate(statement):
        if isinstance(part, Select | Update | Delete):
            tables = part.get_final_froms() if isinstance(part, Select) else [part.table]
            named = _named(part.whereclause, centre)
            for table in _tables(tables):
                if table.name in metadata.tables and _bound(table) and table not in named:
                    raise AcrossCentres(f"a statement on {table.name} does not name its centre")


def _hold_insert(statement: Insert, given: list[Any], centre: int) -> None:
    table = statement.table
    if not isinstance(table, Table) or not _bound(table) or table.name == "centre":
        return
    compiled = statement.compile().params
    rows = [row for row in given if row] or [compiled]
    if any({**compiled, **row}.get("centre") != centre for row in rows):
        raise AcrossCentres(f"a row of {table.name} is not of its centre")


def _bound(table: Table) -> bool:
    return table.name == "centre" or "centre" in table.c


def _tables(froms: Any) -> list[Table]:
    return [part for one in froms for part in visitors.iterate(one) if isinstance(part, Table)]


def _named(condition: ColumnElement[bool] | None, centre: int) -> set[Any]:
    """The tables of which a condition says that they are of the centre; only what must hold counts, not one side of an "or"."""
    if condition is None:
        return set()
    found: set[Any] = set()
    clauses = [condition]
    while clauses:
        one = clauses.pop()
        if getattr(one, "operator", None) is operators.and_:
            clauses.extend(one.get_children())  # type: ignore[arg-type]
        elif (
            isinstance(one, BinaryExpression) and one.operator is operators.eq and isinstance(one.right, BindParameter)
        ):
            column = one.left
            table = getattr(column, "table", None)
            name = getattr(column, "name", None)
            if one.right.value == centre and name == ("id" if getattr(table, "name", "") == "centre" else "centre"):
                found.add(table)
    return found
