"""Several registries as one."""

from typing import TYPE_CHECKING

import polars as pl

from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES

if TYPE_CHECKING:
    from tenfold.records.registry import Registry


def join_registries(parts: "list[Registry]") -> "Registry":
    """Registries of different patients as one.

    ValueError for none, for two axes, or for a patient in two of them. What each of them said of its own
    completeness is kept for its own patients: a table that only one of them has is not complete for the
    patients of the others.
    """
    if not parts:
        raise ValueError("there is no registry to join")
    axes = {part.axis for part in parts}
    if len(axes) > 1:
        raise ValueError("one of the registries keeps dates and another days since day 0: they cannot be joined")
    ids = pl.concat([part.patient_ids() for part in parts])["patient_id"]
    if ids.n_unique() < ids.len():
        twice = ids.filter(ids.is_duplicated()).unique().sort()
        more = f" and {twice.len() - 3} more" if twice.len() > 3 else ""
        raise ValueError(f"these patients are in more than one of the registries: {', '.join(twice.head(3))}{more}")
    names = [name for name in TABLES if any(part.recorded(name) for part in parts)]
    tables = {name: pl.concat([part.tables[name] for part in parts if part.recorded(name)]) for name in names}
    if "completeness" in names or any(set(part.tables) != set(names) for part in parts):
        said = pl.concat(
            [stated(part, name, parts[0].axis) for part in parts for name in names if name != "completeness"]
        )
        tables["completeness"] = said
    titles = list(dict.fromkeys(part.title for part in parts if part.title))
    return type(parts[0])(
        tables=tables,
        axis=parts[0].axis,
        title=" + ".join(titles) or None,
        simulated=any(part.simulated for part in parts),
        sources=_sources(parts),
        faults=pl.concat([part.faults for part in parts]),
        set_aside=pl.concat([part.set_aside for part in parts]),
        unplaced=pl.concat([part.unplaced for part in parts]),
    )


def _sources(parts: "list[Registry]") -> dict[str, str]:
    """Every citation of each table, each once."""
    said: dict[str, dict[str, None]] = {}
    for part in parts:
        for table, citation in part.sources.items():
            said.setdefault(table, {})[citation] = None
    return {table: "; ".join(citations) for table, citations in said.items()}


def stated(part: "Registry", name: str, axis: Axis) -> pl.DataFrame:
    """What a registry says of one table's completeness, spelt out for each of its patients."""
    complete = part.complete(name).with_columns(complete=pl.lit(True))
    start = pl.col("complete_from_day") if axis == "relative" else pl.col("complete_from_day").cast(pl.Date)
    return (
        part.patient_ids()
        .join(complete, on="patient_id", how="left", maintain_order="left")
        .select(
            "patient_id",
            pl.lit(name).alias("table"),
            pl.col("complete").fill_null(False),
            start.alias("from_day" if axis == "relative" else "from_date"),
        )
    )
