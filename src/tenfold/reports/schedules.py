"""Sampling schedules compared by simulation: on a terminal and as a page."""

from __future__ import annotations

import polars as pl
from rich.console import Console
from rich.markup import escape

from tenfold.figures.schedules import schedules_figure
from tenfold.reports.page import render_plain
from tenfold.reports.pictures import picture
from tenfold.reports.text import plain_table

COLUMNS = (
    "marker",
    "schedule",
    "samples",
    "seen before overt",
    "and confirmed",
    "seen, if overt in follow-up",
    "lead, days (10th-90th centile)",
)
LEAD = (
    "SIMULATED relapses: regrowth at published doubling times, sampled by each schedule. Of all relapses, some become"
    " overt only after the schedule ends; those overt within follow-up are given apart."
)


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    def share(name: str) -> str:
        value = row[name]
        return "" if value is None else f"{100 * float(str(value)):.0f} %"

    lead = (
        ""
        if row["lead_days"] is None
        else f"{row['lead_days']:.0f} ({row['lead_days_p10']:.0f}-{row['lead_days_p90']:.0f})"
    )
    shares = (share("detected"), share("confirmed"), share("detected_of_these"))
    return str(row["marker"]), str(row["schedule"]), str(row["samples"]), *shares, lead


def print_schedules(console: Console, compared: pl.DataFrame) -> None:
    """Print one line a schedule, with what is not verified."""
    console.print(f"[bold]{escape(LEAD)}[/bold]")
    table = plain_table(*COLUMNS)
    for row in compared.to_dicts():
        table.add_row(*map(escape, _cells(row)))
    console.print(table)
    for line in _unverified(compared):
        console.print(f"[dim]not verified: {escape(line)}[/]")


def schedules_page(compared: pl.DataFrame) -> str:
    """Return the comparison as a self-contained page."""
    drawn = picture(
        lambda width: schedules_figure(compared, width=width),
        "Share of simulated relapses seen before they are overt, and lead time, by schedule; the table says the same.",
    )
    return render_plain(
        "schedules.html.j2",
        title="Sampling schedules compared",
        lead=LEAD,
        picture=drawn,
        columns=COLUMNS,
        rows=[_cells(row) for row in compared.to_dicts()],
        citations=compared["citation"].unique(maintain_order=True).to_list(),
        unverified=_unverified(compared),
        patients=compared["patients"][0],
        seed=compared["seed"][0],
    )


def _unverified(compared: pl.DataFrame) -> list[str]:
    return compared["unverified"].explode().drop_nulls().unique(maintain_order=True).to_list()
