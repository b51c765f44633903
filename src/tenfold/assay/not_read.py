"""What of a run's file is not read: wells, standards without copies, targets that are not known; and files refused for it.

Traps: a slip in a file must not look like failed wet work; where one slip took most wells, the file is at fault, not the run.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from tenfold.assay.profile import Profile, plain
from tenfold.exchange.instruments.plausible import COLUMNS_NOT_READ, UNNAMED, listed
from tenfold.exchange.run import Run
from tenfold.vocabulary import CtStatus, WellRole

FIRST = 3
"""So many wells are shown with what is wrong with them."""


def refuse_standards_without_copies(run: Run, profile: Profile) -> None:
    """Refuse a run whose standards have no copies at all, so that no curve can be drawn. ValueError in words."""
    standards = run.wells.filter(pl.col("role") == WellRole.STANDARD)
    stored = {plain(curve.target) for curve in profile.stored_curves}
    needed = standards.filter(
        ~pl.col("target").map_elements(lambda name: plain(name) in stored, return_dtype=pl.Boolean)
    )
    if needed.is_empty() or standards["copies"].is_not_null().any():
        return
    unread = [f"; {note}" for note in run.notes if COLUMNS_NOT_READ in note]
    wrong = [f"; {remark}" for remark in needed["remark"].drop_nulls().unique(maintain_order=True)[:FIRST]]
    raise ValueError(
        f"{run.name}: the wells {listed(needed['well'].fill_null('without a name').to_list())} are standards, and none has its"
        f" copies{''.join(unread or wrong)}. Give them in the column copies of the run, or in a plate map (well, copies)"
    )


def refuse_unreadable(run: Run) -> None:
    """Refuse a run of which most wells that gave anything are not read for the same reason. ValueError in words."""
    table = run.partitions if run.wells.is_empty() else run.wells
    alike: dict[str, list[dict[str, Any]]] = {}
    for row in _unread(table):
        alike.setdefault(_reason(row["remark"]), []).append(row)
    most = max(alike.values(), key=len, default=[])
    gave = table.filter(pl.col("ct_status").ne_missing(CtStatus.UNDETERMINED)) if "ct" in table.columns else table
    if len(most) >= FIRST and 2 * len(most) >= gave.height:
        raise ValueError(
            f"{run.name}: {len(most)} wells are not read, all for the same reason: {most[0]['remark']}. Correct the file"
        )


def _unread(table: pl.DataFrame) -> list[dict[str, Any]]:
    """The wells whose value is not read, or standards without their copies, where a remark says why."""
    if "ct" in table.columns:
        nothing = (pl.col("ct_status") == CtStatus.MISSING).fill_null(True)
        nothing |= ((pl.col("role") == WellRole.STANDARD) & pl.col("copies").is_null()).fill_null(False)
    else:
        nothing = pl.col("positive").is_null() | pl.col("total").is_null()
    counted = ~pl.col("left_out").fill_null(False)
    return table.filter(nothing & counted & pl.col("remark").is_not_null()).to_dicts()


def _reason(remark: str) -> str:
    """A remark without the values in it."""
    return re.sub(r"'[^']*'|[\d.,]+", "", remark.replace(UNNAMED, ""))


def not_read(table: pl.DataFrame, profile: Profile) -> list[str]:
    """What of the run no verdict speaks of: wells not read or without a role, targets that are not known."""
    notes = []
    unread = _unread(table)
    if unread:
        first = "; ".join(f"{row['well'] or 'a well'}: {row['remark']}" for row in unread[:FIRST])
        more = f"; and {len(unread) - FIRST} more" if len(unread) > FIRST else ""
        notes.append(f"{len(unread)} well{'s are' if len(unread) > 1 else ' is'} not read: {first}{more}")
    roleless = table.filter(pl.col("role").is_null())
    if roleless.height:
        names = roleless["well"].fill_null("no name").unique(maintain_order=True).to_list()
        more = " ..." if len(names) > 5 else ""
        notes.append(
            f"{len(names)} well{'s' * (len(names) > 1)} without a role ({', '.join(names[:5])}{more}): not used; name them in a plate map"
            " (patient, standard, control, no template)"
        )
    targets = table["target"].drop_nulls().unique(maintain_order=True)
    unknown = [name for name in targets if profile.control_gene(name) is None and profile.target(name) is None]
    if unknown:
        shown = ", ".join(unknown[:6]) + (" ..." if len(unknown) > 6 else "")
        notes.append(
            f"not known, measured and not passed on: {shown}; say in the profile what each is, under [[target]] with its"
            " marker or under [[control_gene]]"
        )
    if table.filter(pl.col("role") == WellRole.PATIENT).is_empty():
        notes.append("no well is said to hold a patient's sample: there is nothing to measure; a plate map names them")
    return notes
