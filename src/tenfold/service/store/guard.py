"""Keeps centres apart: a statement of a centre that addresses a table of patients must name that centre, or it is not run.

Each select, update and delete, and each one inside another, must say of every table with a centre, under every name by which
it is used, that it is of this centre: `table.c.centre == centre.id`, or equal to the centre of a table of which that is said.
The condition must hold for every row: one side of an "or" does not count, a join's condition counts for what an outer join
cannot leave open. Text is refused, because it cannot be read. The guard is against slips of the program: code that takes
the driver's own connection, or the store's without a centre, is not held by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Delete, Engine, Insert, Select, Table, TextClause, Update, event
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, ColumnClause, Grouping
from sqlalchemy.sql.selectable import Alias, CompoundSelect, Exists, Join, ScalarSelect, TableClause, TextualSelect

CENTRE = "tenfold_centre"
"""The execution option that holds a connection to a centre; it ends with the transaction and never reaches the pool."""
WATCHED = "tenfold_watched"
"""The execution option of every connection of an engine that is watched."""


class AcrossCentres(RuntimeError):
    """A statement that could have reached another centre. A fault of the program: nothing was run."""


def watch(engine: Engine) -> None:
    """Have every statement of an engine looked at, of those connections that are held to a centre."""
    event.listen(engine, "before_execute", _before)
    event.listen(engine, "before_cursor_execute", _before_text)
    engine.update_execution_options(**{WATCHED: True})


def guarded(connection: Connection, centre: int) -> Connection:
    """The connection of which every statement on a table with a centre is held to that centre."""
    if not connection.get_execution_options().get(WATCHED):
        raise AcrossCentres("this engine was not opened by the store, and is not watched")
    held = connection.get_execution_options().get(CENTRE, centre)
    if held != centre:
        raise AcrossCentres("this connection is held to another centre")
    return connection.execution_options(**{CENTRE: centre})


def _before(connection: Connection, statement: Any, several: Any, parameters: Any, _options: Any) -> None:
    centre = connection.get_execution_options().get(CENTRE)
    if centre is not None:
        given = [row for row in (*(several or ()), parameters) if row]
        _hold(statement, given, centre)


def _before_text(connection: Connection, _cursor: Any, _sql: str, _given: Any, context: Any, _several: bool) -> None:
    if connection.get_execution_options().get(CENTRE) is not None and getattr(context, "compiled", None) is None:
        raise AcrossCentres("a centre asks with statements that can be read, not with text")


def _hold(statement: Any, given: list[Mapping[str, Any]], centre: int) -> None:
    if not isinstance(statement, Select | CompoundSelect | Update | Delete | Insert):
        raise AcrossCentres("a centre asks with statements that can be read, not with text")
    if given and not isinstance(statement, Insert):
        _not_overridden(statement, given)
    for part in _statements(statement):
        if isinstance(part, CompoundSelect):
            continue
        if isinstance(part, Insert):
            if part is not statement:
                raise AcrossCentres("a centre does not insert inside another statement")
            _hold_insert(part, given, centre)
            continue
        if isinstance(part, Update) and part is statement:
            _not_moved(part, given)
        elif isinstance(part, Update | Delete) and part is not statement:
            raise AcrossCentres("a centre does not change rows inside another statement")
        froms = part.get_final_froms() if isinstance(part, Select) else []  # dear: it compiles the statement
        used = {one for one in _used(part, froms) if _bound(one)}
        for table in used - _named(part, froms, centre):
            raise AcrossCentres(f"a statement on {_name(table)} does not name its centre")


def _statements(statement: Any) -> Iterator[Any]:
    """A statement and each one inside it. Refuses text on the way."""
    seen: set[int] = set()
    waiting = [statement]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        _no_text(one)
        if isinstance(one, Select | CompoundSelect | Update | Delete | Insert):
            yield one
        waiting.extend(_children(one))


def _children(one: Any) -> Iterable[Any]:
    found = list(one.get_children())
    if isinstance(one, Insert | Update):
        # What is set may ask, too: these are not all among the children.
        for row in (one._values or {}, *_several_rows(one)):
            found += [value for value in row.values() if hasattr(value, "get_children")]
        if (asked := getattr(one, "select", None)) is not None:
            found.append(asked)
    return found


def _several_rows(one: Any) -> list[Mapping[Any, Any]]:
    return [row for rows in (one._multi_values or ()) for row in rows if isinstance(row, Mapping)]


def _no_text(one: Any) -> None:
    literal = isinstance(one, ColumnClause) and one.is_literal and one.name != "*"  # as in count(*)
    nameless = isinstance(one, TableClause) and not isinstance(one, Table)
    added = any(
        getattr(one, name, None) for name in ("_prefixes", "_suffixes", "_hints", "_statement_hints", "_params")
    )
    if isinstance(one, TextClause | TextualSelect) or literal or nameless or added:
        raise AcrossCentres("a centre asks with statements that can be read, not with text")


def _used(statement: Any, froms: Iterable[Any]) -> set[Any]:
    """The tables of a statement, each under the name by which it is used there; not those of statements inside it."""
    found: set[Any] = set()
    seen: set[int] = set()
    waiting = list(_children(statement))
    if isinstance(statement, Select):
        waiting += froms
    else:
        found.add(statement.table)
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, Select | CompoundSelect | ScalarSelect | Exists):
            continue
        seen.add(id(one))
        if isinstance(one, Table):
            found.add(one)
        elif isinstance(one, Alias) and _table_of(one) is not None:
            found.add(one)
            continue
        elif isinstance(one, ColumnClause) and isinstance(one.table, Table | Alias):
            found.add(one.table)
        waiting.extend(one.get_children())
    return found


def _table_of(one: Any) -> Table | None:
    while isinstance(one, Alias):
        one = one.element
    return one if isinstance(one, Table) else None


def _name(one: Any) -> str:
    table = _table_of(one)
    return "?" if table is None else table.name


def _bound(one: Any) -> bool:
    table = _table_of(one)
    return table is not None and (table.name == "centre" or "centre" in table.c)


def _named(statement: Any, froms: Iterable[Any], centre: int) -> set[Any]:
    """The tables of which a statement says, for every row, that they are of the centre."""
    equal = list(_conditions(statement, froms))
    found: set[Any] = set()
    grown = True
    while grown:
        grown = False
        for left, right, within in equal:
            for one, other in ((left, right), (right, left)):
                table = _centre_column(one)
                if table is None or table in found or (within is not None and table not in within):
                    continue
                if _is(other, centre) or _centre_column(other) in found:
                    found.add(table)
                    grown = True
    return found


def _is(value: Any, centre: int) -> bool:
    return isinstance(value, BindParameter) and value.callable is None and value.value == centre


def _centre_column(one: Any) -> Any:
    """The table whose centre a column is, under the name by which it is used; None for another column."""
    if not isinstance(one, Column | ColumnClause) or one.table is None:
        return None
    own = "id" if _name(one.table) == "centre" else "centre"
    return one.table if one.name == own and _bound(one.table) else None


def _conditions(statement: Any, froms: Iterable[Any]) -> Iterator[tuple[Any, Any, set[Any] | None]]:
    """Each equality that must hold: its sides, and the tables of which it says so (None: of all)."""
    yield from ((left, right, None) for left, right in _equalities(statement.whereclause))
    for one in froms:
        yield from _joined(one)


def _joined(one: Any) -> Iterator[tuple[Any, Any, set[Any] | None]]:
    if not isinstance(one, Join):
        return
    yield from _joined(one.left)
    if not one.isouter and not one.full:
        yield from _joined(one.right)
    if one.full or one.onclause is None:
        return
    # Rows of the left side stay whatever an outer join's condition says; those of the right side do not.
    within = set(_leaves(one.right)) if one.isouter else None
    yield from ((left, right, within) for left, right in _equalities(one.onclause))


def _leaves(one: Any) -> Iterator[Any]:
    if isinstance(one, Join):
        yield from _leaves(one.left)
        yield from _leaves(one.right)
    else:
        yield one


def _equalities(condition: Any) -> Iterator[tuple[Any, Any]]:
    waiting = [] if condition is None else [condition]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Grouping):
            waiting.append(one.element)
        elif getattr(one, "operator", None) is operators.and_:
            waiting.extend(one.get_children())
        elif isinstance(one, BinaryExpression) and one.operator is operators.eq:
            yield one.left, one.right


def _not_overridden(statement: Any, given: list[Mapping[str, Any]]) -> None:
    """Values that are given at the time must not take the place of the centre that the statement names."""
    named = {name for bind, name in statement.compile().bind_names.items() if not bind.required}
    if any(name in named for row in given for name in row):
        raise AcrossCentres("a value that a statement holds already was given once more")


def _not_moved(statement: Update, given: list[Mapping[str, Any]]) -> None:
    name = _name(statement.table)
    own = "id" if name == "centre" else "centre"
    ordered = getattr(statement, "_ordered_values", None) or ()
    columns: list[Any] = [*(statement._values or {}), *(column for column, _ in ordered)]
    if own in {getattr(column, "name", column) for column in columns} | {one for row in given for one in row}:
        raise AcrossCentres(f"a row of {name} is not moved to another centre")


def _hold_insert(statement: Insert, given: list[Mapping[str, Any]], centre: int) -> None:
    table = statement.table
    if statement.select is not None or statement._post_values_clause is not None:
        raise AcrossCentres("a centre inserts rows that it gives itself, and overwrites none")
    if not _bound(table):
        return
    if table.name == "centre":
        raise AcrossCentres("a centre does not make centres")
    held = statement.compile().params
    written = [value for name, value in held.items() if name == "centre" or name.startswith("centre_m")]
    several = len(_several_rows(statement)) or 1
    if given:
        right = all(row.get("centre", written[0] if written else None) == centre for row in given)
    else:
        right = len(written) == several and all(value == centre for value in written)
    if not right:
        raise AcrossCentres(f"a row of {table.name} is not of its centre")
