"""The tumour board's page on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

INDENT = (0, 0, 0, 2)
DEEPER = (0, 0, 0, 6)


def print_board(console: Console, page: Mapping[str, Any]) -> None:
    """Print the page: sections, options by rank, what hangs on what is not known, and the numbered sources."""
    if page["who"]:
        console.print(escape(page["who"]))
    for section in page["sections"]:
        console.print(f"\n[bold]{escape(section['title'])}[/]")
        for line in section["lines"]:
            console.print(Padding(escape(cited(line["text"], line["cite"])), INDENT))
    if page["options"]:
        console.print("\n[bold]Options[/], ranked as the source ranks them; alike within a rank")
        for one in page["options"]:
            _print_option(console, one)
        console.print(Padding(f"[dim]{escape(page['approvals_on'])}[/]", INDENT))
    for one in page["in_short"]:
        said = cited(f"{one['option']}: {one['standing']} ({one['why']})", one["cite"])
        console.print(Padding(escape(said), INDENT))
    if page["open"]:
        console.print("\n[bold]Hangs on what is not known[/]")
        for one in page["open"]:
            console.print(Padding(f"[bold]{escape(one['unknown'])}[/]: {escape(one['options'])}", INDENT))
    if page["trials"]:
        console.print("\n[bold]Trials[/], matched as far as is known; read the protocol and look the status up")
        for line in page["trials"]:
            console.print(Padding(escape(cited(line["text"], line["cite"])), INDENT))
    if page["sources"]:
        console.print("\n[bold]Sources[/] [dim](EV044 and the like: tenfold evidence EV044)[/]")
        for one in page["sources"]:
            console.print(
                Padding(f"[dim][{one['number']}] {escape(one['source'])}[/]".replace("[dim][", "[dim]\\["), INDENT)
            )


def cited(text: str, number: int | None) -> str:
    """A line with the number of its source."""
    return text if number is None else f"{text} [{number}]"


def _print_option(console: Console, one: Mapping[str, Any]) -> None:
    says = escape(cited(f"{one['says']} ({one['why']})", one["cite"]))
    console.print(Padding(f"[bold]{escape(one['standing'])}[/]  {says}", INDENT))
    if one["newer"]:
        console.print(Padding(escape(one["newer"]), DEEPER))
    for row in one["evidence"]:
        n = "" if row["n"] is None else f", n {row['n']}"
        said = f"{row['study']} ({row['population']}{n}): {row['said']}"
        console.print(Padding(escape(cited(said, row["cite"])), DEEPER))
    if one["more_line"]:
        console.print(Padding(f"[dim]{escape(one['more_line'])}[/]", DEEPER))
    if one["approval_line"]:
        console.print(Padding(escape(one["approval_line"]), DEEPER))
    for row in one["cautions"]:
        console.print(Padding(f"[yellow]caution:[/] {escape(cited(row['text'], row['cite']))}", DEEPER))
    if one["change_lines"]:
        console.print(Padding(f"[dim]would change it: {escape('; '.join(one['change_lines']))}[/]", DEEPER))
