"""Reading a mapping file: keys, words and numbers checked one by one, so that every mistake is named in one go."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tenfold.exchange.mapping.plan import VISIT, FileMapping, MappingError, RowsWhere, TableRule
from tenfold.exchange.mapping.plan_columns import SHARED, column_rule
from tenfold.exchange.mapping.problems import Problems
from tenfold.records.nearest import nearest
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES

LARGEST_MAPPING = 4_000_000
TOP = ("tenfold_mapping", "title", "axis", "simulated", "sources", "table")
OF_TABLE = (
    "into",
    "file",
    "sheet",
    "header_row",
    "encoding",
    "visits",
    "row_if",
    "rows_where",
    "distinct",
    "complete",
    "left",
    "columns",
    *SHARED,
)


def read_mapping(path: str | Path) -> FileMapping:
    """Read a mapping file. MappingError (a ValueError) names every mistake in it; OSError if it cannot be read."""
    file = Path(path)
    if file.stat().st_size > LARGEST_MAPPING:
        raise MappingError(
            (f"{file}: the file is too large for a mapping. To mend it: give the mapping, not the data.",)
        )
    try:
        said = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError((f"{file}: the file is not TOML ({error}). To mend it: correct that place.",)) from error
    return mapping_of(said, file.name)


def mapping_of(said: Mapping[str, Any], name: str) -> FileMapping:
    """A mapping from what its file says. MappingError names every mistake."""
    problems = Problems(name)
    problems.known("", said, TOP)
    axis: Axis = "calendar"
    if said.get("axis", axis) == "relative":
        axis = "relative"
    elif said.get("axis", axis) != "calendar":
        problems.add("axis", said["axis"], "it is no axis", 'write "calendar" for dates, "relative" for days')
    title = problems.typed("", said, "title", str, "") or None
    simulated = problems.typed("", said, "simulated", bool, False)
    sources = problems.typed("", said, "sources", dict, {})
    problems.known("sources.", sources, TABLES)
    entries = said.get("table")
    if not isinstance(entries, list) or not entries:
        problems.add("table", None, "no table is mapped", "write at least one [[table]] with into and [table.columns]")
        entries = []
    tables = tuple(
        _table(one, number, axis, problems) for number, one in enumerate(entries, 1) if isinstance(one, dict)
    )
    if problems.found:
        raise MappingError(tuple(problems.found))
    return FileMapping(name, tables, title, axis, simulated, {key: str(value) for key, value in sources.items()})


def _table(said: Mapping[str, Any], number: int, axis: Axis, problems: Problems) -> TableRule:
    into = said.get("into", "")
    place = f"[[table]] {number}" + (f" ({into})" if into else "") + ", "
    problems.known(place, said, OF_TABLE)
    if into not in TABLES or into == "completeness":
        near = nearest(str(into), TABLES)
        problems.add(
            f"{place}into",
            into,
            "it is no table of records",
            f'write "{near}" if that is meant' if near else f"write one of {', '.join(TABLES)}",
        )
        return TableRule(number, str(into), ())
    by_name = {column.named(axis): column for column in TABLES[into].columns}
    wanted = problems.typed(place, said, "columns", dict, {})
    problems.known(f"{place}columns.", wanted, by_name)
    visits = problems.texts(place, said, "visits")
    header_row = problems.typed(place, said, "header_row", int, 1)
    if header_row < 1:
        problems.add(f"{place}header_row", header_row, "rows are counted from 1", "write 1 or more")
    rules = tuple(
        column_rule(one, by_name[key], key, said, f"{place}columns.{key}", problems)
        for key, one in wanted.items()
        if key in by_name
    )
    compared = {rule.source for rule in rules if rule.part == "comparator"}
    rules = tuple(replace(rule, bounded=rule.source in compared) if rule.part == "number" else rule for rule in rules)
    filled = {rule.into for rule in rules}
    for column in by_name.values():
        if column.required and column.named(axis) not in filled:
            problems.add(
                f"{place}columns",
                None,
                f"{column.named(axis)} is not filled, and no row can be used without it",
                f'write {column.named(axis)} = "name of the column", or {{ constant = "..." }}',
            )
    row_if = problems.texts(place, said, "row_if")
    problems.known(f"{place}row_if: ", row_if, filled)
    uses_visit = any(VISIT in text for rule in rules for text in (rule.source, rule.constant))
    if uses_visit != bool(visits):
        problems.add(
            f"{place}visits",
            list(visits) or None,
            f"{VISIT} and visits go together",
            f'write visits = ["c1", "c2"], and {VISIT} in the names of the columns that each visit has',
        )
    return TableRule(
        number=number,
        into=into,
        columns=rules,
        file=problems.typed(place, said, "file", str, ""),
        sheet=problems.typed(place, said, "sheet", str, ""),
        header_row=max(1, header_row),
        encoding=_encoding(problems.typed(place, said, "encoding", str, "utf-8"), place, problems),
        visits=visits,
        row_if=row_if,
        rows_where=_rows_where(said, place, problems),
        distinct=problems.typed(place, said, "distinct", bool, False),
        complete=problems.typed(place, said, "complete", bool, False),
        left={key: str(why) for key, why in problems.typed(place, said, "left", dict, {}).items()},
    )


def _encoding(name: str, place: str, problems: Problems) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        problems.add(f"{place}encoding", name, "it is no encoding", 'write "utf-8", "cp1252" or "utf-16"')
        return "utf-8"


def _rows_where(said: Mapping[str, Any], place: str, problems: Problems) -> RowsWhere | None:
    if "rows_where" not in said:
        return None
    place += "rows_where."
    where = problems.typed(place.removesuffix("."), said, "rows_where", dict, {})
    problems.known(place, where, ("from", "when", "not_when"))
    source, when = where.get("from", ""), problems.texts(place, where, "when")
    if not source or not when:
        problems.add(
            place, None, "from and when are needed", 'write { from = "column", when = ["1"], not_when = ["0"] }'
        )
    not_known = problems.texts(place, said, "not_known")
    return RowsWhere(
        str(source), frozenset(when), frozenset(problems.texts(place, where, "not_when")), frozenset(not_known)
    )
