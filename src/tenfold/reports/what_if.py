"""What a supposition changes: on a terminal, and as the rows of a section of the page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from tenfold.what_if.compare import Difference, WhatIf
from tenfold.what_if.suppose import LABEL

COLUMNS = ("about", "question", "on record", LABEL, "because")
NOTHING = "No answer changes."
FIRST = (
    "course",
    "molecular state",
    "molecular response",
    "options and steps",
    "next samples",
    "venetoclax",
    "remission",
    "trials",
    "last sample",
)
"""What a clinician looks for first; the models follow."""
MOST_NAMED = 3
"""Open questions named beside an answer; the JSON names all."""


def print_what_if(console: Console, found: WhatIf) -> None:
    """Print what is supposed and every answer that changes, beside the answer from the records alone."""
    view = what_if_view(found)
    console.rule(f"[bold]{escape(view['title'])}[/bold]", align="left")
    for line in view["supposed"]:
        console.print(f"[bold]{LABEL.capitalize()}:[/] {escape(line['said'])}")
        for note in line["notes"]:
            console.print(f"  [dim]{escape(note)}[/]")
    _print_rows(console, view["rows"])
    if not view["rows"]:
        console.print(view["nothing"])
    if view["same_answer"]:
        console.print(f"  The same answer for other reasons: {escape('; '.join(view['same_answer']))}")
    console.print(f"  {escape(view['summary'])}\n")


def _print_rows(console: Console, rows: Sequence[tuple[str, str, str, str, str]]) -> None:
    """The changes as lines of full width, by what they are about; a reason that was said already is not said again."""
    said: set[str] = set()
    if rows:
        console.print(f"\nWhat changes: on record → [bold]{LABEL}[/]")
    for about, group in groupby(rows, key=lambda row: row[0]):
        console.print(f"\n[bold]{escape(about[:1].upper() + about[1:])}[/]")
        for _, name, before, after, because in group:
            console.print(Padding(f"{escape(name)}: {escape(before)} → [bold]{escape(after)}[/]", (0, 0, 0, 2)))
            new = [part for part in because.split("; ") if part and part not in said]
            said.update(new)
            if new:
                console.print(Padding(f"[dim]{escape('; '.join(new))}[/]", (0, 0, 0, 6)))
    console.print()


def what_if_view(found: WhatIf) -> dict[str, Any]:
    """Return the section as plain data: `title`, `supposed`, `columns`, `rows`, `same_answer` and `summary`."""
    as_of = f", as of {found.as_of}" if found.as_of else ""
    return {
        "title": f"What if: {found.patient_id}{as_of} ({LABEL})",
        "label": LABEL,
        "supposed": [
            {"said": f"{one.said}; {one.when}" + _as_written(one.text, one.said), "notes": list(one.notes)}
            for one in found.suppositions
        ],
        "columns": COLUMNS,
        "rows": _rows(found.changes),
        "same_answer": [one.name for one in found.same_answer],
        "summary": _summary(found),
        "nothing": "" if found.changes else NOTHING,
    }


def _as_written(text: str, said: str) -> str:
    return "" if text == said else f', written "{text}"'


def _rows(changes: Sequence[Difference]) -> list[tuple[str, str, str, str, str]]:
    place = {about: at for at, about in enumerate(FIRST)}
    ordered = sorted(changes, key=lambda one: place.get(one.about, len(place)))
    return [(one.about, one.name, _said(one, before=True), _said(one, before=False), _because(one)) for one in ordered]


def _said(one: Difference, *, before: bool) -> str:
    """One side of a difference: the answer, a total where it says more, and what would decide it."""
    answer, other = (one.before, one.after) if before else (one.after, one.before)
    said = answer.headline
    if answer.possible and answer.total is not None and answer.total != other.total:
        low, high = answer.total
        said += f", total {low if low == high else f'{low} to {high}'}"
    if len(answer.possible) > 1 and answer.decided_by:
        rest = len(answer.decided_by) - MOST_NAMED
        named = [*answer.decided_by[:MOST_NAMED], *([f"{rest} more"] if rest > 0 else [])]
        said += f" ({'; '.join(named)} {'decides' if len(named) == 1 else 'decide'})"
    return said


def _because(one: Difference) -> str:
    told = [f"{c.wording}: {c.before or 'not known'} → {c.after or 'not known'}" for c in one.because]
    if one.after.reason:
        told.append(one.after.reason)
    return "; ".join(told)


def _summary(found: WhatIf) -> str:
    total = len(found.changes) + len(found.same_answer) + len(found.unchanged)
    same = f", {len(found.same_answer)} stay for other reasons" if found.same_answer else ""
    return f"{len(found.changes)} of {total} answers change{same}; {len(found.unchanged)} are not touched."
