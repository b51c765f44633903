"""The command for the literature: studies, approvals, trials and discrepancies, found by words."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from tenfold.cli.shared import HtmlOption, JsonOption, console_for, print_json, stop, write_report


def evidence(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="All must be found, as beginnings of words: venetoclax npm1 mrd"),
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="Say which approvals stood on this day: 2024-05-03.")] = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find what the literature says: results of studies with n and source, approvals, trials, discrepancies."""
    from tenfold.evidence.search import find, meant
    from tenfold.reports.evidence import as_data, evidence_page, print_contents, print_evidence

    try:
        day = None if on is None else date.fromisoformat(on)
    except ValueError:
        stop(f"--on {on} is no date; write it as 2024-05-03")
    found = find(words or [])
    if html is not None:
        write_report(evidence_page(found, day), html)
        typer.echo(f"Report: {html}", err=as_json)
    if as_json:
        print_json(as_data(found, day))
    elif html is None and not found.words and day is None:
        print_contents(console_for(), found)
    elif html is None and not found.count:
        perhaps = "".join(f" {word}: did you mean {other}?" for word, other in meant(found.words).items())
        said = f"Nothing found for: {' '.join(found.words)}.{perhaps} Every word must be found; leave one out."
        console_for().print(said, markup=False)
    elif html is None:
        print_evidence(console_for(), found, day)
