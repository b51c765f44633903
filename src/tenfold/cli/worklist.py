"""The command that lists what needs attention: relapses to treat or to confirm, samples overdue or inadequate, stopping."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

from tenfold.cli.shared import (
    JsonOption,
    OnOption,
    PathArgument,
    SettingsOption,
    console_for,
    day_of,
    in_batches,
    print_json,
    read,
    read_settings,
    say_faults,
    working,
)

if TYPE_CHECKING:
    import polars as pl

    from tenfold.records import Registry

MOST_SHOWN = 50


def worklist(
    path: PathArgument, on: OnOption = None, settings: SettingsOption = None, as_json: JsonOption = False
) -> None:
    """List what needs attention, most urgent first: relapses to treat or to confirm, samples overdue or inadequate, stopping."""
    from tenfold.worklist import undecided as undecided_of
    from tenfold.worklist import worklist as worklist_of

    registry = read(path)
    assessment = in_batches(registry, read_settings(settings), day_of(on, registry))
    with working("Drawing up the worklist"):
        entries, undecided = worklist_of(assessment), undecided_of(assessment)
    if as_json:
        print_json(
            {
                "on": on,
                "simulated": registry.simulated,
                "patients": assessment.patients.height,
                "overdue_asked": assessment.on is not None,
                "entries": registry.dated(entries).to_dicts(),
                "undecided": undecided.to_dicts(),
            }
        )
    else:
        _say(registry, entries, undecided, assessment.on)
    raise typer.Exit(say_faults(registry))


def _say(registry: Registry, entries: pl.DataFrame, undecided: pl.DataFrame, on: int | None) -> None:
    from tenfold.reports.text import NOT_A_DEVICE, print_rows
    from tenfold.worklist.entries import CLOSING, SAME_STREAM, EntryKind

    console: Any = console_for()
    if registry.simulated:
        console.print("[bold]SIMULATED PATIENTS[/bold]")
    if entries.height:
        shown = [_cells(registry, row, on) for row in entries.head(MOST_SHOWN).iter_rows(named=True)]
        print_rows(console, ("patient", "what", "it hangs on", "when", "because"), shown)
        if entries.height > MOST_SHOWN:
            console.print(f"The first {MOST_SHOWN} of {entries.height} entries; --json lists all.")
        for said in dict.fromkeys(entries.head(MOST_SHOWN)["kind"]):
            console.print(f"{said}: closed by {CLOSING[EntryKind(said)].format(SAME_STREAM)}", markup=False)
    named = Counter(
        kind if certain else f"{kind}, perhaps" for kind, certain in entries.select("kind", "certain").iter_rows()
    )
    console.print(f"Entries: {_counted(named)}.", markup=False)
    if undecided.height:
        hang = _counted(Counter(undecided["kind"]))
        console.print(f"No entry, as it hangs on what is not known (--json names it): {hang}.", markup=False)
    if on is None:
        console.print("Whether anything is overdue was not asked: give the day with --on.", markup=False)
    console.print(NOT_A_DEVICE)


def _cells(registry: Registry, row: dict[str, Any], on: int | None) -> tuple[str, ...]:
    days = row["overdue_days"]
    when = [
        f"{said} {registry.format_day(row[name])}"
        for name, said in (("since_day", "since"), ("due_day", "due by"))
        if row[name] is not None
    ]
    if on is not None and row["since_day"] is not None and row["due_day"] is None:
        when.append(f"{on - row['since_day']} days ago")
    if days:
        when.append(f"{days} day{'s' * (days != 1)} overdue")
    if row["reminder"]:
        when.append(f"reminder of day {row['reminder']}")
    what = row["kind"] if row["certain"] else f"{row['kind']}, perhaps"
    return row["patient_id"], what, row["subject"], "\n".join(when), row["because"]


def _counted(named: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in named.items()) or "none"
