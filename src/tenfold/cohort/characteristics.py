"""Table 1: what patients were like, all of them and by group, with what is not known shown and not hidden.

A number comes as median with range or quartiles, a category as count and share of those of whom it is known (VEN-PRS's
way) or, where asked, of all. Quantiles are type 7 unless type 6 (SPSS's, which VEN-PRS used) is asked for.

Traps: a share of all patients counts those who were not tested as if they did not have it (VEN-PRS prints its mutations
of 240 patients with 66 untested among them); a share of those known misleads where only what was found is on record, so
where nobody is known to be without a thing and of some it is not known, the cells give the count alone; groups are
compared over those known only, so each row has its own n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.cohort.group_tests import Categorical, GroupTest, compare_counts, compare_numbers
from tenfold.cohort.quantiles import QuantileType, spread

EVERYBODY = "all patients"
NOT_KNOWN = "not known"
NUMBER, CATEGORY, YES_NO = "number", "category", "yes/no"
SCHEMA: dict[str, Any] = {
    "variable": pl.String,
    "label": pl.String,
    "unit": pl.String,
    "kind": pl.String,
    "decimals": pl.Int64,
    "level": pl.String,
    "group": pl.String,
    "n": pl.Int64,
    "known": pl.Int64,
    "missing": pl.Int64,
    "count": pl.Int64,
    "share": pl.Float64,
    "median": pl.Float64,
    "lower_quartile": pl.Float64,
    "upper_quartile": pl.Float64,
    "lowest": pl.Float64,
    "highest": pl.Float64,
}
Spread = Literal["range", "quartiles", "both"]
ShareOf = Literal["known", "all"]


@dataclass(frozen=True)
class Variable:
    """A column of the patients' frame as a row of the table.

    `levels` come first and in this order, also those that nobody has; `decimals` are of a number's cells. `asked_of`: a yes or
    no of whom it is asked: whoever has a no there counts neither with it nor among those of whom it is not known.
    """

    column: str
    label: str
    unit: str = ""
    levels: tuple[str, ...] = ()
    decimals: int = 0
    asked_of: str = ""


@dataclass(frozen=True)
class Characteristics:
    """A table of characteristics.

    `rows`: one a variable, level and group (`SCHEMA`; a number has one without a level). `tests`: `variable`, `test`, `p`
    between the groups. `groups`: name to patients, all of them first. `ungrouped` patients stand in none of the groups.
    """

    rows: pl.DataFrame
    tests: pl.DataFrame
    groups: dict[str, int]
    ungrouped: int
    share_of: ShareOf
    quantile_type: QuantileType

    def of(self, variable: str, group: str = EVERYBODY) -> pl.DataFrame:
        """The rows of one variable in one group. KeyError where there is none."""
        found = self.rows.filter((pl.col("variable") == variable) & (pl.col("group") == group))
        if found.is_empty():
            raise KeyError(f"no {variable} in {group}")
        return found


def characteristics(
    patients: pl.DataFrame,
    variables: Sequence[Variable],
    by: str | None = None,
    *,
    order: Sequence[str] = (),
    share_of: ShareOf = "known",
    quantile_type: QuantileType = 7,
    categorical: Categorical = "auto",
) -> Characteristics:
    """Describe patients, one row each: all of them and, by the column `by`, each group, with a test between the groups.

    Null (and NaN) is not known. Groups come in `order`, or sorted; a patient without one counts among all only.
    KeyError for a column that is not there, ValueError for one that is neither number, text nor yes/no, or a group that is
    called like all patients.
    """
    absent = [name for name in (*(variable.column for variable in variables), by) if name and name not in patients]
    if absent:
        raise KeyError(f"no column {', '.join(absent)}; there are {', '.join(patients.columns)}")
    parts = _parts(patients, by, order)
    rows, tests = [], []
    for variable in variables:
        kind = _kind(patients[variable.column])
        levels = _levels(patients[variable.column], kind, variable)
        columns = {group: _of_those_asked(part, variable) for group, part in parts.items()}
        for group, column in columns.items():
            rows += _described(column, kind, variable, levels, group, share_of, quantile_type)
        apart = [column for group, column in columns.items() if group != EVERYBODY]
        tested = _tested(apart, kind, levels, categorical)
        if tested is not None:
            tests.append({"variable": variable.column, "test": tested.name, "p": tested.p})
    return Characteristics(
        pl.DataFrame(rows, schema=SCHEMA),
        pl.DataFrame(tests, schema={"variable": pl.String, "test": pl.String, "p": pl.Float64}),
        {group: part.height for group, part in parts.items()},
        patients[by].null_count() if by else 0,
        share_of,
        quantile_type,
    )


def cells(table: Characteristics, *, spread_as: Spread = "range", decimals: int = 0) -> pl.DataFrame:
    """Return the table as a paper prints it, all text: `characteristic`, `level`, a column a group with its n, p and test.

    Shares have `decimals`; of a yes or no only the yes has a row, with its share of those known; a row of what is not known
    stands under every variable of which something is not known.
    """
    columns = {group: f"{group} (n = {n})" for group, n in table.groups.items()}
    nobody_without = table.rows.filter((pl.col("level") == "no") & (pl.col("count") == 0) & (pl.col("missing") > 0))
    only_found = {(row["variable"], row["group"]) for row in nobody_without.filter(pl.col("kind") == YES_NO).to_dicts()}
    p_values = {row["variable"]: row for row in table.tests.to_dicts()}
    lines: list[dict[str, str]] = []
    for (variable,), part in table.rows.group_by("variable", maintain_order=True):
        first = part.row(0, named=True)
        named = first["label"] + (f", {first['unit']}" if first["unit"] else "")
        titled = named if first["kind"] == NUMBER else f"{named}, n (%)"
        written: dict[str, dict[str, str]] = {}
        for row in part.to_dicts():
            if row["kind"] == NUMBER:
                for said, cell in _numbers(row, spread_as):
                    written.setdefault(said, {})[columns[row["group"]]] = cell
            elif row["kind"] != YES_NO or row["level"] != "no":
                one_sided = (row["variable"], row["group"]) in only_found
                cell = counted(row["count"], 0 if one_sided else _denominator(row, table.share_of), decimals)
                written.setdefault(row["level"], {})[columns[row["group"]]] = cell
        if part["missing"].sum():
            missing = part.unique("group", maintain_order=True).to_dicts()
            written[NOT_KNOWN] = {columns[row["group"]]: str(row["missing"]) for row in missing}
        for k, (level, cell_of) in enumerate(written.items()):
            line = {"characteristic": titled if k == 0 else "", "level": level, **cell_of}
            if table.tests.height:
                tested = p_values.get(str(variable)) if k == 0 else None
                line["p"] = p_in_words(tested["p"]) if tested else ""
                line["test"] = tested["test"] if tested and line["p"] else ""
            lines.append(line)
    schema = ["characteristic", "level", *columns.values(), *(["p", "test"] if table.tests.height else [])]
    return pl.DataFrame(lines, schema=dict.fromkeys(schema, pl.String))


def counted(count: int, of: int, decimals: int = 0) -> str:
    """A count and its share in per cent, halves upwards: "138 (58)"; without a denominator only the count."""
    if not of:
        return str(count)
    scaled = (2 * 100 * 10**decimals * count + of) // (2 * of)
    share = f"{scaled // 10**decimals}" + (f".{scaled % 10**decimals:0{decimals}d}" if decimals else "")
    return f"{count} ({share})"


def p_in_words(p: float | None) -> str:
    """A p as papers print it: "<0.001", 0.004, 0.03, 0.56; "" where nothing was tested."""
    if p is None:
        return ""
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.01 else f"{p:.2f}"


def _parts(patients: pl.DataFrame, by: str | None, order: Sequence[str]) -> dict[str, pl.DataFrame]:
    parts = {EVERYBODY: patients}
    if by is None:
        return parts
    groups = patients[by].cast(pl.String)
    present = sorted(groups.drop_nulls().unique())
    named = [*(str(name) for name in order), *(name for name in present if name not in order)]
    if EVERYBODY in named:
        raise ValueError(f"a group cannot be called {EVERYBODY!r}: that is the column of them all")
    return parts | {name: patients.filter(groups == name) for name in named}


def _of_those_asked(part: pl.DataFrame, variable: Variable) -> pl.Series:
    """A variable of the patients of whom it is asked: all of them, or those without a no in `asked_of`."""
    if not variable.asked_of:
        return part[variable.column]
    return part.filter(pl.col(variable.asked_of).fill_null(True))[variable.column]


def _kind(column: pl.Series) -> str:
    if column.dtype == pl.Boolean or column.dtype == pl.Null:
        return YES_NO
    if column.dtype.is_numeric():
        return NUMBER
    if column.dtype == pl.String or isinstance(column.dtype, pl.Enum | pl.Categorical):
        return CATEGORY
    raise ValueError(f"{column.name} is {column.dtype}: only numbers, text and yes/no can be described")


def _levels(column: pl.Series, kind: str, variable: Variable) -> tuple[str, ...]:
    if kind == NUMBER:
        return ()
    if kind == YES_NO:
        return ("yes", "no")
    declared = variable.levels or (tuple(column.dtype.categories) if isinstance(column.dtype, pl.Enum) else ())
    seen = sorted(set(column.cast(pl.String).drop_nulls()) - set(declared))
    return (*declared, *seen)


def _in_words(column: pl.Series, kind: str) -> list[str]:
    """The known values as levels."""
    known = column.drop_nulls()
    return ["yes" if value else "no" for value in known] if kind == YES_NO else known.cast(pl.String).to_list()


def _values(column: pl.Series) -> NDArray[np.float64]:
    values = column.cast(pl.Float64).drop_nulls().to_numpy()
    known: NDArray[np.float64] = values[~np.isnan(values)]
    return known


def _described(
    column: pl.Series,
    kind: str,
    variable: Variable,
    levels: Sequence[str],
    group: str,
    share_of: ShareOf,
    quantile_type: QuantileType,
) -> list[dict[str, Any]]:
    known = _values(column) if kind == NUMBER else _in_words(column, kind)
    row: dict[str, Any] = dict.fromkeys(SCHEMA) | {
        "variable": variable.column,
        "label": variable.label,
        "unit": variable.unit,
        "kind": kind,
        "decimals": variable.decimals,
        "group": group,
        "n": len(column),
        "known": len(known),
        "missing": len(column) - len(known),
    }
    if kind == NUMBER:
        found = spread(known, type=quantile_type)
        told = ("median", "lower_quartile", "upper_quartile", "lowest", "highest")
        return [row | {name: getattr(found, name) for name in told}]
    of = _denominator(row, share_of)
    counts = {level: sum(value == level for value in known) for level in levels}
    return [
        row | {"level": level, "count": count, "share": count / of if of else None} for level, count in counts.items()
    ]


def _denominator(row: Mapping[str, Any], share_of: ShareOf) -> int:
    return int(row["known"] if share_of == "known" else row["n"])


def _tested(
    groups: Sequence[pl.Series], kind: str, levels: Sequence[str], categorical: Categorical
) -> GroupTest | None:
    if len(groups) < 2:
        return None
    if kind == NUMBER:
        return compare_numbers([_values(group) for group in groups])
    words = [_in_words(group, kind) for group in groups]
    if not levels:  # nobody's is known, and nothing says what it could be
        return None
    return compare_counts([[group.count(level) for group in words] for level in levels], categorical)


def _numbers(row: Mapping[str, Any], spread_as: Spread) -> list[tuple[str, str]]:
    """The cells of a number: median with its range, its quartiles, or both."""

    def within(low: str, high: str) -> str:
        if row["median"] is None:
            return ""
        middle, least, most = (f"{row[name]:.{row['decimals']}f}" for name in ("median", low, high))
        return f"{middle} ({least}-{most})" if not least.startswith("-") else f"{middle} ({least} to {most})"

    both = {
        "range": ("median (range)", within("lowest", "highest")),
        "quartiles": ("median (quartiles)", within("lower_quartile", "upper_quartile")),
    }
    return [both[name] for name in (("range", "quartiles") if spread_as == "both" else (spread_as,))]
