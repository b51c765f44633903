"""What a supposition changes: on a terminal, and as the rows of a section of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from tenfold.reports.text import plain_table
from tenfold.what_if.compare import Difference, WhatIf
from tenfold.what_if.suppose import LABEL

COLUMNS = ("about", "question", "on record", LABEL, "because")
NOTHING = "No answer changes."
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
    if view["rows"]:
        table = plain_table(*COLUMNS)
        for row in view["rows"]:
            table.add_row(*map(escape, row))
        console.print(Padding(table, (0, 0, 0, 2)))
    else:
        console.print(view["nothing"])
    if view["same_answer"]:
        console.print(f"  The same answer for other reasons: {escape('; '.join(view['same_answer']))}")
    console.print(f"  {escape(view['summary'])}\n")


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
    return [(one.about, one.name, _said(one, before=True), _said(one, before=False), _because(one)) for one in changes]


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
    if not told and one.after.reason:
        told = [one.after.reason]
    return "; ".join(told)


def _summary(found: WhatIf) -> str:
    total = len(found.changes) + len(found.same_answer) + len(found.unchanged)
    same = f", {len(found.same_answer)} stay for other reasons" if found.same_answer else ""
    return f"{len(found.changes)} of {total} answers change{same}; {len(found.unchanged)} are not touched."
