"""The papers' own numbers beside ours: on a terminal and as the part of a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape

from tenfold.records.csv_out import write_csv
from tenfold.reports.text import plain_table
from tenfold.reproduce import Finding, Verdict, as_data, profiles

ORDER = (
    Verdict.DISAGREES_WITH_ITSELF,
    Verdict.DISAGREES_WITH_SOURCE,
    Verdict.ANOTHER_DEFINITION,
    Verdict.CANNOT,
    Verdict.AGREES,
)
"""What a reader looks for first."""
IN_WORDS = {
    Verdict.AGREES: "agree",
    Verdict.DISAGREES_WITH_ITSELF: "where the paper disagrees with itself",
    Verdict.DISAGREES_WITH_SOURCE: "where it disagrees with another source",
    Verdict.ANOTHER_DEFINITION: "where another definition gives another number",
    Verdict.CANNOT: "that cannot be recomputed",
}
KINDS = {
    Verdict.AGREES: "agrees",
    Verdict.DISAGREES_WITH_ITSELF: "itself",
    Verdict.DISAGREES_WITH_SOURCE: "source",
    Verdict.ANOTHER_DEFINITION: "cannot",
    Verdict.CANNOT: "cannot",
}
STYLES = {
    Verdict.AGREES: "green",
    Verdict.DISAGREES_WITH_ITSELF: "bold red",
    Verdict.DISAGREES_WITH_SOURCE: "magenta",
    Verdict.ANOTHER_DEFINITION: "cyan",
    Verdict.CANNOT: "dim",
}


def by_paper(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """Findings by the paper's citation, disagreements first."""
    papers: dict[str, list[Finding]] = {}
    for finding in findings:
        papers.setdefault(finding.citation, []).append(finding)
    return {name: sorted(found, key=lambda one: ORDER.index(one.verdict)) for name, found in papers.items()}


def in_counts(findings: Sequence[Finding]) -> str:
    """How many findings have each verdict, in words."""
    counts = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{counts[verdict]} {said}" for verdict, said in IN_WORDS.items() if counts[verdict])


def findings_view(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings as a page shows them: every one that does not simply agree, and those that do in short."""
    papers = []
    for citation, found in by_paper(findings).items():
        told = [finding for finding in found if finding.verdict != Verdict.AGREES or len(found) < 60]
        agreeing = len(found) - len(told)
        papers.append(
            {
                "citation": citation,
                "counts": in_counts(found),
                "rows": [{**vars(finding), "kind": KINDS[finding.verdict]} for finding in told],
                "more": f"The {agreeing} that agree are listed by tenfold reproduce." if agreeing else "",
            }
        )
    lead = (
        f"{len(findings)} printed numbers and statements, recomputed from the papers' own patients, counts and coefficients:"
        f" {in_counts(findings)}. Nothing is tuned to match."
    )
    return {"lead": lead, "papers": papers}


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print every finding, by paper, disagreements first."""
    for citation, found in by_paper(findings).items():
        console.rule(f"[bold]{escape(citation)}[/bold]", align="left")
        table = plain_table("what", "printed", "recomputed", "verdict", "how")
        for finding in found:
            what = f"{finding.what} ({finding.where}{'; ' + finding.discrepancy if finding.discrepancy else ''})"
            verdict = f"[{STYLES[finding.verdict]}]{escape(finding.verdict)}[/]"
            cells = (escape(what), escape(finding.published), escape(finding.recomputed or ""), verdict)
            table.add_row(*cells, escape(finding.why))
        console.print(table)
    console.print(f"{len(findings)} printed numbers and statements: {in_counts(findings)}.")


def write_findings(findings: Sequence[Finding], folder: Path) -> list[str]:
    """Write the findings and every VEN-PRS profile as CSV; return the file names."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "findings.csv": pl.DataFrame([as_data(finding) for finding in findings], infer_schema_length=None),
        "venprs_profiles.csv": profiles(),
    }
    for name, table in tables.items():
        write_csv(table, folder / name)
    return list(tables)
