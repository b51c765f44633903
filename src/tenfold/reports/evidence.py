"""What the literature says, found by words: on a terminal, as a page with forest figures, and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from tenfold.evidence.approvals import Approval, Complete
from tenfold.evidence.citations import cited
from tenfold.evidence.library import Discrepancy
from tenfold.evidence.search import Found
from tenfold.evidence.studies import NOT_STATED, Result, comparable
from tenfold.evidence.trials import Strategy, Trial
from tenfold.figures.forest import forest
from tenfold.reports.page import render_plain
from tenfold.reports.pictures import Picture, picture
from tenfold.reports.text import print_rows

RESULT_COLUMNS = ("row", "study", "population", "n", "regimen", "endpoint", "value", "source")
APPROVAL_COLUMNS = ("agency", "drug", "indication", "approved", "source")
TRIAL_COLUMNS = ("trial", "phase", "population", "regimen", "status", "source", "note")
STRATEGY_COLUMNS = ("after remission", "for whom", "advantages", "risks", "evidence as printed", "after checking")
DISCREPANCY_COLUMNS = ("id", "where", "published", "against", "how it is read")
LEAD = (
    "Outcomes as the papers print them, in our words. Rows side by side are no comparison of treatments: patients,"
    " clocks and definitions differ. 'Via' names the paper in which a value was read where it is not the study's own."
)
RESULTS = "Results of studies"
FIGURES = 6
"""Endpoints drawn on a page, those with most results first."""
Rows = tuple[tuple[str, ...], list[tuple[str, ...]]]


def evidence_tables(found: Found, on: date | None = None) -> dict[str, Rows]:
    """Return columns and rows by title for what was found; kinds of which nothing was found are left out."""
    approvals = (*APPROVAL_COLUMNS[:4], f"on {on}", APPROVAL_COLUMNS[4]) if on else APPROVAL_COLUMNS
    tables: dict[str, Rows] = {
        RESULTS: (RESULT_COLUMNS, [_result(row) for row in found.results]),
        "Approvals": (approvals, [_approval(row, on) for row in found.approvals]),
        "Where the list of approvals is complete": (
            ("statement", "source"),
            [_statement(one) for one in found.complete],
        ),
        "Trials": (TRIAL_COLUMNS, [_trial(row) for row in found.trials]),
        "Strategies after remission": (STRATEGY_COLUMNS, [_strategy(row) for row in found.strategies]),
        "Where papers disagree": (DISCREPANCY_COLUMNS, [_discrepancy(row) for row in found.discrepancies]),
    }
    return {title: table for title, table in tables.items() if table[1]}


def print_evidence(console: Console, found: Found, on: date | None = None) -> None:
    """Print everything found: results under their patients and treatment, with their sources by number; then the other kinds."""
    tables = evidence_tables(found, on)
    sources: dict[str, int] = {}
    if found.results:
        del tables[RESULTS]
        console.print(f"[bold]{RESULTS}[/bold]: {len(found.results)}")
        groups: dict[tuple[str, ...], list[Result]] = {}
        for row in found.results:
            groups.setdefault(_patients_and_treatment(row), []).append(row)
        for head, group in groups.items():
            console.print(f"\n[bold]{escape(head[0])}[/]  {escape('; '.join(head[1:]))}")
            told = Table.grid(padding=(0, 2))
            for row in group:
                number = sources.setdefault(_result(row)[-1], len(sources) + 1)
                told.add_row(row.id, escape(f"{row.endpoint}: {row.outcome} [{number}]"))
            console.print(Padding(told, (0, 0, 0, 2)))
        console.print()
        for source, place in sources.items():
            console.print(f"  [{place}] {source}", markup=False)
        console.print(f"[dim]{escape(LEAD)}[/]\n")
    for title, (columns, rows) in tables.items():
        console.print(f"[bold]{escape(title)}[/bold]: {len(rows)}")
        print_rows(console, columns, rows)


def _patients_and_treatment(row: Result) -> tuple[str, ...]:
    """What the results of a group share: study, patients, how many, treatment."""
    n = f"n {NOT_STATED}" if row.n is None else f"n {row.n}"
    return tuple(part for part in (row.study, row.population, n, row.regimen) if part)


def contents(found: Found) -> dict[str, Any]:
    """What the library holds: how many of each kind, and settings, markers and drugs to ask for."""
    return {
        "counts": {
            "results": len(found.results),
            "rows": len({row.row for row in found.results}),
            "studies": len({row.study for row in found.results}),
            "approvals": len(found.approvals),
            "trials": len(found.trials),
            "strategies after remission": len(found.strategies),
            "places where papers disagree": len(found.discrepancies),
        },
        "settings": Counter(row.setting for row in found.results),
        "markers": Counter(marker for row in found.results for marker in row.markers),
        "drugs": sorted({row.drug for row in found.approvals}, key=str.casefold),
        "endpoints": [
            (f"{endpoint}, {unit}", len(group))
            for (endpoint, unit), group in list(comparable(found.results, least=4).items())[:8]
        ],
    }


def print_contents(console: Console, found: Found) -> None:
    """Print what the library holds, and how to ask it."""
    held = contents(found)
    n = held["counts"]
    console.print(
        f"The library holds {n['results']} results in {n['rows']} rows of {n['studies']} studies,"
        f" {n['approvals']} approvals, {n['trials']} trials, {n['strategies after remission']} strategies after"
        f" remission and {n['places where papers disagree']} places where papers disagree."
    )
    console.print(f"Settings: {_counted(held['settings'])}", markup=False)
    console.print(f"Markers: {_counted(held['markers'])}", markup=False)
    console.print(f"Approvals of: {', '.join(held['drugs'])}", markup=False)
    console.print("Endpoints with most results:")
    for title, count in held["endpoints"]:
        console.print(f"  {title}: {count}", markup=False)
    console.print("Ask for words that must all be found: tenfold evidence venetoclax npm1 mrd")


def evidence_page(found: Found, on: date | None = None) -> str:
    """Return what was found as a self-contained page; endpoints with two results or more are drawn."""
    asked = " ".join(found.words)
    return render_plain(
        "evidence.html.j2",
        simulated=False,
        title=f"Evidence: {asked}" if asked else "Evidence",
        asked=asked,
        lead=LEAD,
        figures=forests(found),
        tables=evidence_tables(found, on),
        quotes=[(row.id, row.quote, cited(row.read_in), row.licence) for row in _quoted(found.results)],
    )


def forests(found: Found) -> list[tuple[str, Picture | None]]:
    """The endpoints with two results or more, each drawn under its title, those with most results first."""
    figures: list[tuple[str, Picture | None]] = []
    for (endpoint, unit), group in list(comparable(found.results).items())[:FIGURES]:
        drawn = picture(
            partial(_drawn, group),
            f"{endpoint}, {unit}, of {len(group)} groups of patients side by side; the table says the same.",
        )
        figures.append((f"{endpoint}, {unit}", drawn))
    return figures


def _drawn(group: Sequence[Result], width: int) -> Any:
    return forest(group, width=width)


def as_data(found: Found, on: date | None = None) -> dict[str, Any]:
    """Return what was found as data: every field of every row, None where it is not known."""
    return {
        "words": list(found.words),
        "on": on and str(on),
        "results": [_result_data(row) for row in found.results],
        "approvals": [_approval_data(row, on) for row in found.approvals],
        "complete": [
            {"agency": one.agency, "drugs": list(one.drugs), "setting": one.setting, "until": str(one.until)}
            | {"source": cited(one.source), "place": one.place}
            for one in found.complete
        ],
        "trials": [
            {**vars(row), "as_of": row.as_of and str(row.as_of), "printed": dict(row.printed)}
            | {"citation": row.citation and cited(row.citation)}
            for row in found.trials
        ],
        "strategies": [dict(vars(row)) for row in found.strategies],
        "discrepancies": [dict(vars(row)) for row in found.discrepancies],
    }


def _result_data(row: Result) -> dict[str, Any]:
    intervals = [vars(interval) for interval in row.intervals]
    said = {"citation": cited(row.citation), "citation_key": row.citation, "source": _source(row)}
    return {**vars(row), "intervals": intervals, **said}


def _approval_data(row: Approval, on: date | None) -> dict[str, Any]:
    days = {
        name: None if span is None else {"first": span.first and str(span.first), "last": str(span.last)}
        for name, span in (("approved", row.approved), ("withdrawn", row.withdrawn))
    }
    held = {} if on is None else {"held": row.held(on)}
    return {**vars(row), **days, "source": cited(row.source), **held}


def _quoted(results: Sequence[Result]) -> Iterable[Result]:
    return {row.row: row for row in reversed(results) if row.quote}.values()


def _source(row: Result) -> str:
    if row.verified:
        return f"{cited(row.citation)}; {row.place}"
    if row.read_in == "secondary":
        return f"{cited(row.citation)}; second hand, not verified"
    return f"{cited(row.citation)}; via {cited(row.read_in)}, {row.place}"


def _result(row: Result) -> tuple[str, ...]:
    source = _source(row)
    if row.discrepancies:
        source += f"; see {', '.join(row.discrepancies)}"
    n = NOT_STATED if row.n is None else str(row.n)
    return row.id, row.study, row.population, n, row.regimen, row.endpoint, row.outcome, source


def _approval(row: Approval, on: date | None) -> tuple[str, ...]:
    drug = f"{row.drug} with {row.partner}" if row.partner else row.drug
    ended = "" if row.withdrawn is None else f"; withdrawn {row.withdrawn}"
    sources = (
        cited(row.source) if row.confirmed_by is None else f"{cited(row.source)}; named in {cited(row.confirmed_by)}"
    )
    held = () if on is None else ({True: "yes", False: "no", None: "not known"}[row.held(on)],)
    return row.agency, drug, row.indication, f"{row.approved}{ended}", *held, sources


def _statement(one: Complete) -> tuple[str, ...]:
    return str(one), f"{cited(one.source)}, {one.place}"


def _trial(row: Trial) -> tuple[str, ...]:
    notes = [f"printed: {name} {value}" for name, value in row.printed.items()]
    notes += [row.why.rstrip(".")] if row.why else []
    notes += [f"see {', '.join(row.discrepancies)}"] if row.discrepancies else []
    status = row.status if row.as_of is None else f"{row.status} (as of {row.as_of})"
    read = "second hand" if row.read_in == "secondary" else cited(row.read_in)
    source = f"{read}, {row.place}" if row.citation is None else f"{cited(row.citation)}; {read}, {row.place}"
    name = f"{row.id} ({row.name})" if row.name else row.id
    return name, row.phase, row.population, row.regimen, status, source, "; ".join(notes)


def _strategy(row: Strategy) -> tuple[str, ...]:
    after = f"{row.corrected} See {', '.join(row.discrepancies)}."
    return row.name, row.patients, row.advantages, row.risks, row.printed_evidence, after


def _discrepancy(row: Discrepancy) -> tuple[str, ...]:
    return row.id, f"{cited(row.paper)}: {row.where}", row.published, row.against, row.resolution


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.most_common())
