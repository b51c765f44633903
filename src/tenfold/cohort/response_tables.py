"""Response tables: how many responded how, by group, over a stated denominator, so that the categories add up.

Every patient stands in exactly one line of a group: a category, "cannot be told" (a sample or a record leaves it open) or
"not evaluable". The molecular table's denominator is those evaluable in that tissue (FILO); the haematological sets say
their own. Shares carry exact (Clopper-Pearson) intervals.

Traps: a patient whose response cannot be told may be surely no responder: leaving such patients out of the denominator
flatters, so `at_most` gives how many could be in a line, and the share of all lies between the two; FILO's printed categories do not add up to their denominator (27 + 16 + 14 of 64: progression is left unsaid); a
response of those evaluable is not one of those treated, so both numbers stand in every row.

Clopper and Pearson, Biometrika 1934;26:404-413.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from tenfold.cohort.characteristics import EVERYBODY, counted, p_in_words
from tenfold.cohort.group_tests import Categorical, GroupTest, compare_counts

CANNOT_BE_TOLD, NOT_EVALUABLE = "cannot be told", "not evaluable"
OUTSIDE = (CANNOT_BE_TOLD, NOT_EVALUABLE)
CATEGORY, COMPOSITE, NO_CATEGORY = "category", "composite", "outside the categories"
SCHEMA: dict[str, Any] = {
    "of": pl.String,
    "group": pl.String,
    "category": pl.String,
    "role": pl.String,
    "count": pl.Int64,
    "at_most": pl.Int64,
    "patients": pl.Int64,
    "denominator": pl.Int64,
    "share": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


@dataclass(frozen=True)
class ResponseTable:
    """Counts of responses.

    `rows` (`SCHEMA`): `of` is a tissue or a response set, `role` tells categories from composites of them and from what
    is in none; `count` of the group's `patients`, of whom `denominator` count for the share; `at_most` adds those whose
    response cannot be told but may be this. `tests`: `of`, `test`, `p` between the
    groups over the categories. `why_not`: `of`, `group`, `why`, `patients` of those outside. `left_out`: `why`, `patients`
    who stand in no group.
    """

    rows: pl.DataFrame
    tests: pl.DataFrame
    why_not: pl.DataFrame
    left_out: pl.DataFrame


def response_table(
    found: pl.DataFrame,
    categories: Sequence[str],
    composites: Mapping[str, Sequence[str]] | None = None,
    groups: pl.DataFrame | None = None,
    *,
    denominator: Literal["evaluable", "treated"] = "evaluable",
    order: Sequence[str] = (),
    test: Categorical = "auto",
) -> ResponseTable:
    """Count responses: `found` holds patient_id, `of`, `standing` (a category or one of `OUTSIDE`) and `because`; where it
    holds `possible` (a list, null for anything), that is what one that cannot be told may be.

    `groups` holds patient_id, `group` and perhaps `why` of those left out (group null); patients who are not in it are left
    out too. Without it there is one group of everybody. Groups come in `order`, or sorted (those that begin with a number by it). ValueError for a standing that is
    no category, or a patient on two rows of one `of` or in two groups.
    """
    named = {*categories, *OUTSIDE}
    odd = sorted(set(found["standing"]) - named)
    if odd:
        raise ValueError(f"{', '.join(odd)}: not a category of this table, which has {', '.join(categories)}")
    if found.select("patient_id", "of").is_duplicated().any():
        raise ValueError("a patient stands in one line of a table only: found has two rows of one patient")
    grouped, left_out = _grouped(found, groups)
    present = sorted(grouped["group"].unique(), key=_by_number)
    names = [*order, *(name for name in present if name not in order)]
    rows: list[dict[str, Any]] = []
    tests, why_not = [], []
    for of in found["of"].unique(maintain_order=True):
        tables = []
        for group in names:
            part = grouped.filter((pl.col("of") == of) & (pl.col("group") == group))
            counts = {name: int((part["standing"] == name).sum()) for name in (*categories, *OUTSIDE)}
            open_sets = _open(part, categories)
            rows += _counted(str(of), group, counts, open_sets, categories, composites or {}, denominator)
            tables.append([counts[name] for name in categories])
            why_not.append(_why_not(part, str(of), group))
        if len(names) > 1:
            found_test = compare_counts([list(level) for level in zip(*tables, strict=True)], test)
            tests.append({"of": of, "test": found_test.name, "p": found_test.p})
    return ResponseTable(
        pl.DataFrame(rows, schema=SCHEMA),
        pl.DataFrame(tests, schema={"of": pl.String, "test": pl.String, "p": pl.Float64}),
        pl.concat(why_not) if why_not else pl.DataFrame(schema=_WHY),
        left_out,
    )


def composite_test(table: ResponseTable, of: str, composite: str) -> GroupTest:
    """Fisher's exact test of one composite (or category), with against without it, between the groups of a table."""
    part = table.rows.filter((pl.col("of") == of) & (pl.col("category") == composite))
    with_it = part["count"].to_list()
    return compare_counts([with_it, (part["denominator"] - part["count"]).to_list()], "fisher")


def response_cells(table: ResponseTable, decimals: int = 0) -> pl.DataFrame:
    """Return the table as a paper prints it, all text: `response`, and a column for each tissue (or set) and group.

    A column's heading gives its patients and its denominator; what is outside the categories has no share of it.
    """
    several = table.rows["of"].n_unique() > 1
    columns: dict[str, dict[str, str]] = {}
    for (of, group), part in table.rows.group_by("of", "group", maintain_order=True):
        one = part.row(0, named=True)
        name = ", ".join(str(word) for word in ((of, group) if several or group == EVERYBODY else (group,)))
        heading = f"{name} (n = {one['patients']}, evaluable {one['denominator']})"
        if one["patients"] == one["denominator"]:
            heading = f"{name} (n = {one['patients']})"
        columns[heading] = {
            row["category"]: str(row["count"])
            if row["role"] == NO_CATEGORY and row["share"] is None
            else counted(row["count"], row["denominator"], decimals)
            for row in part.to_dicts()
        }
    lines = table.rows["category"].unique(maintain_order=True)
    return pl.DataFrame(
        {"response": lines, **{head: [cells.get(line, "") for line in lines] for head, cells in columns.items()}}
    )


def tests_in_words(table: ResponseTable) -> list[str]:
    """Each test between the groups as a sentence."""
    return [
        f"{row['of']}: {row['test']}, p {said if said.startswith('<') else '= ' + said}"
        for row in table.tests.to_dicts()
        if (said := p_in_words(row["p"]))
    ]


def exact_interval(count: int, of: int, level: float = 0.95) -> tuple[float | None, float | None]:
    """Return the exact (Clopper-Pearson) interval of a share; null where there is nobody."""
    from scipy.special import betaincinv

    if not of:
        return None, None
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, of - count + 1, tail))
    return low, (1.0 if count == of else float(betaincinv(count + 1, of - count, 1 - tail)))


_WHY: dict[str, Any] = {"of": pl.String, "group": pl.String, "why": pl.String, "patients": pl.Int64}


def _grouped(found: pl.DataFrame, groups: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with their group, and how many patients have none and why."""
    schema = {"why": pl.String, "patients": pl.Int64}
    if groups is None:
        return found.with_columns(group=pl.lit(EVERYBODY)), pl.DataFrame(schema=schema)
    if groups["patient_id"].is_duplicated().any():
        raise ValueError("a patient stands in one group only: groups has two rows of one patient")
    why = "why" if "why" in groups.columns else pl.lit(None, pl.String).alias("why")
    joined = found.join(
        groups.select("patient_id", pl.col("group").cast(pl.String), why),
        on="patient_id",
        how="left",
        maintain_order="left",
    )
    without = joined.filter(pl.col("group").is_null()).unique("patient_id")
    counts = (
        without.group_by(pl.col("why").fill_null("in none of the groups"))
        .agg(patients=pl.len().cast(pl.Int64))
        .sort("patients", "why", descending=[True, False])
    )
    return joined.filter(pl.col("group").is_not_null()), counts.cast(schema)  # type: ignore[arg-type]


def _counted(
    of: str,
    group: str,
    counts: Mapping[str, int],
    open_sets: Sequence[set[str]],
    categories: Sequence[str],
    composites: Mapping[str, Sequence[str]],
    denominator: str,
) -> list[dict[str, Any]]:
    patients = sum(counts.values())
    base = patients if denominator == "treated" else sum(counts[name] for name in categories)

    def row(category: str, role: str, parts: Sequence[str]) -> dict[str, Any]:
        count = sum(counts[part] for part in parts)
        may_be = sum(not possible.isdisjoint(parts) for possible in open_sets) if role != NO_CATEGORY else 0
        shared = role != NO_CATEGORY or denominator == "treated"
        low, high = exact_interval(count, base) if shared else (None, None)
        share = count / base if shared and base else None
        told = {
            "category": category,
            "role": role,
            "count": count,
            "at_most": count + may_be,
            "share": share,
            "low": low,
            "high": high,
        }
        return {"of": of, "group": group, "patients": patients, "denominator": base, **told}

    rows = [row(name, CATEGORY, [name]) for name in categories]
    rows += [row(name, COMPOSITE, parts) for name, parts in composites.items()]
    return rows + [row(name, NO_CATEGORY, [name]) for name in OUTSIDE]


def _by_number(name: str) -> tuple[float, str]:
    """The place of a group: "7 days" before "14 days"."""
    first = name.split(" ", 1)[0]
    return (float(first), name) if first.isdecimal() else (math.inf, name)


def _open(part: pl.DataFrame, categories: Sequence[str]) -> list[set[str]]:
    """What each patient whose response cannot be told may be."""
    rows = part.filter(pl.col("standing") == CANNOT_BE_TOLD)
    if "possible" not in rows.columns:
        return [set(categories)] * rows.height
    return [set(categories) if possible is None else set(possible) for possible in rows["possible"].to_list()]


def _why_not(part: pl.DataFrame, of: str, group: str) -> pl.DataFrame:
    outside = part.filter(pl.col("standing").is_in(OUTSIDE))
    return (
        outside.group_by(why="because")
        .agg(patients=pl.len().cast(pl.Int64))
        .sort("patients", "why", descending=[True, False])
        .select(of=pl.lit(of), group=pl.lit(group), why="why", patients="patients")
    )
