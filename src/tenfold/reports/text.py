"""Cards and tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

NOT_A_DEVICE = "Decision support for professionals: not a medical device, no replacement for judgement."


def either(possible: Sequence[str], decided_by: Sequence[str] = ()) -> str:
    """A set of answers in words: "A", or "A or B (C decides)"."""
    if not possible:
        return "no answer"
    said = " or ".join(possible)
    return f"{said} ({'; '.join(decided_by)})" if len(possible) > 1 and decided_by else said


def print_head(console: Console, card: Mapping[str, Any]) -> None:
    """Print who a card is about, whether simulated, and the records that could not be used."""
    who = ", ".join(str(part) for part in (card["sex"], card["as_of"] and f"as of {card['as_of']}") if part)
    console.rule(f"[bold]{escape(card['patient_id'])}[/bold]{'  ' + who if who else ''}", align="left")
    if card["simulated"]:
        console.print("[bold]SIMULATED PATIENT[/bold]")
    if card["day_zero"]:
        console.print(f"Days are counted from: {escape(card['day_zero'])}")
    for row in card["set_aside"]:
        console.print(
            f"[bold red]Set aside, not used below:[/] {escape(row['file'])} line {row['line']}: {escape(row['text'] or '')}"
        )


def print_card(console: Console, card: Mapping[str, Any], *, brief: bool = False) -> None:
    """Print a patient's card; `brief` leaves out the criteria of the scores."""
    print_head(console, card)
    if card["died"]:
        console.print(f"[bold]Died:[/] {escape(card['died'])}")
    state = card["molecular_state"]
    if state["possible"]:
        since = f" ({'; '.join(state['since'])})" if state["since"] else ""
        console.print(f"[bold]Molecular state:[/] {escape(either(state['possible']) + since)}")
        if state["relapse"]:
            console.print(f"  {escape(state['relapse'])}")
        if state["decided_by"]:
            console.print(f"  open: {escape('; '.join(state['decided_by']))}")
    else:
        known = f"known by {card['as_of']}" if card["as_of"] else "on record"
        console.print(f"[bold]Molecular state:[/] no MRD sample {known}")
    for refused in card["refused_markers"]:
        console.print(
            f"  {escape(refused['marker'])} in {escape(refused['sample_id'])} is not read as MRD: {escape(refused['why'])}"
        )
    for stream in card["streams"]:
        _print_stream(console, stream)
    _print_responses(console, card["molecular_responses"])
    for marrow in card["marrows"]:
        console.print(f"\n[bold]Marrow[/], {escape(marrow['day'])}: {escape(marrow['headline'])}")
        if not marrow["possible"]:
            continue
        _print_because(console, marrow["because"])
        if marrow["extramedullary_assumed_absent"]:
            console.print("  extramedullary disease was not recorded and is taken as absent (setting)")
    if card["course"]:
        turns = "; ".join(f"{turn['what']} ({turn['source']}, {turn['day']})" for turn in card["course"])
        console.print(f"\n[bold]Course:[/] {escape(turns)}")
    for reading in card["refractory"]:
        console.print(f"[bold]Refractory?[/] {escape(reading)}")
    for remission in card["remissions"]:
        console.print(f"[bold]Remission[/], {escape(remission['day'])}: {escape(remission['headline'])}")
    for conflict in card["conflicts"]:
        console.print(f"[bold red]The records conflict[/] (both kept): {escape(conflict)}")
    for outcome in card["reported"]["outcomes"]:
        ended = outcome["event_kind"] or ("event" if outcome["event"] else "no event")
        console.print(
            f"[bold]Reported:[/] {outcome['endpoint']} {outcome['time_months']:g} months, {escape(ended)} (clock: {escape(outcome['clock_start'] or 'not stated')})"
        )
    for risk in card["risk"]:
        print_answer(console, risk["model"], risk, brief=brief or not risk["possible"])
    if not brief:
        print_models(console, card)
        _print_genetics(console, card)
    console.print()


def _print_genetics(console: Console, card: Mapping[str, Any]) -> None:
    console.print("\n[bold]Genetics[/]")
    for karyotype in card["karyotypes"]:
        console.print(f"  Karyotype, {escape(karyotype['day'])}: {escape(karyotype['iscn'])}")
        console.print(Padding(escape(karyotype["read"]), (0, 0, 0, 4)))
    if card["variants"]:
        table = plain_table("when", "variant", "measured", "note")
        for variant in card["variants"]:
            table.add_row(*map(escape, variant))
        console.print(Padding(table, (0, 0, 0, 2)))
    for one in card["classes"]:
        console.print(f"  {escape(one['model'])}: {escape(one['headline'])}")
    if card["qualifiers"]:
        console.print(f"  Qualifiers: {escape('; '.join(card['qualifiers']))}")
    for name, genes in card["categories"].items():
        console.print(f"  {escape(name)}: {escape(', '.join(genes))} [dim](membership not verified)[/]")
    for conflict in card["fusion_conflicts"]:
        console.print(f"  [bold red]Two methods contradict each other:[/] {escape(conflict)}")
    if card["other_fusions"]:
        console.print(f"  Fusions found that no definition here names: {escape(', '.join(card['other_fusions']))}")
    if card["evolution"]:
        table = plain_table("between", "mutation", "under", "note")
        for step in card["evolution"]:
            table.add_row(*map(escape, step))
        console.print(Padding(table, (0, 0, 0, 2)))


def print_models(console: Console, card: Mapping[str, Any]) -> None:
    """Print every risk model side by side, and where they differ."""
    table = plain_table("model", "applies", "group", "driven by", "published for it")
    for view in card["models"]:
        table.add_row(*map(escape, model_row(view)))
    console.print("\n[bold]Every risk model[/]")
    console.print(Padding(table, (0, 0, 0, 2)))
    for view in card["models"]:
        if view["caution"] and view["possible"]:
            console.print(f"  [dim]{escape(view['model'])}: {escape(view['caution'])}[/]")
    for line in card["differences"]:
        console.print(f"  [bold]They differ:[/] {escape(line)}")


def model_row(view: Mapping[str, Any]) -> tuple[str, ...]:
    """A risk model as a row: name, whether it applies, group, drivers, what was published for the group."""
    applies = view["applies"]
    if applies != "yes":
        applies += ": " + "; ".join(view["why_not"] or view["scope_in_doubt"])
    # Of a set of groups no outcome can be told; the others stand in `tenfold score NAME`.
    published = (
        view["published"][0].removeprefix("published ") if len(view["possible"]) == 1 and view["published"] else ""
    )
    group = view["headline"] if view["possible"] else "refused"
    return view["model"], applies, group, "; ".join(view["drivers"]), published


def event_in_words(row: Mapping[str, Any]) -> str:
    """An event of a stream with its regimen or source."""
    return f"{row['what']}: {row['detail']}" if row["detail"] else str(row["what"])


def plain_table(*headers: str) -> Table:
    """Return an empty table in the house's plain style."""
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


MOST_LINES = 4
"""A row of a table that would need more lines than this on a screen is told fact by fact."""


def print_rows(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows as a table where the screen is wide enough for it, else each as a list of labelled facts."""
    if _fits(console.width, columns, rows):
        table = plain_table(*columns)
        for row in rows:
            table.add_row(*map(escape, row))
        console.print(table)
        return
    for head, *facts in rows:
        console.print(f"\n[bold]{escape(head)}[/]")
        told = Table.grid(padding=(0, 2))
        for label, fact in zip(columns[1:], facts, strict=True):
            if fact:
                told.add_row(f"[dim]{escape(label)}[/]", escape(fact))
        console.print(Padding(told, (0, 0, 0, 2)))
    console.print()


def _fits(width: int, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether no word is broken and no row grows long when each column has the width that its longest cell needs."""
    needed = 0
    for column in zip(columns, *rows, strict=True):
        word = max((len(word) for cell in column for word in cell.split()), default=0)
        needed += max(word, max(map(len, column)) // MOST_LINES) + 2
    return needed <= width


def _print_stream(console: Console, stream: Mapping[str, Any]) -> None:
    parts = [part or "not recorded" for part in (stream["marker"], stream["tissue"], stream["method"])]
    console.print(f"\n[bold]{escape(parts[0])}[/] in {escape(parts[1])} by {escape(parts[2])}")
    table = plain_table("when", "what", "state after it", "because")
    for row in stream["history"]:
        what = f"{row['sample_id']}: {row['level']}" if row["what"] == "sample" else event_in_words(row)
        why = row["because"] or f"not known: {'; '.join(row['decided_by'] or [])}"
        if row["compared_with"]:
            why += f" [compared with {row['compared_with']}]"
        if row["concordant"]:
            why += " [concordant in another tissue that day: not a confirmation]"
        table.add_row(*(escape(text) for text in (row["day"], what, either(row["possible"]), why)))
    console.print(Padding(table, (0, 0, 0, 2)))
    for name, title in (("label", "ELN label"), ("cohort", "Tiong's cohorts")):
        if stream[name]:
            console.print(f"  {title} of the last sample: {escape(stream[name]['headline'])}")
    if stream["reduction"]:
        console.print(f"  The last sample: {escape(stream['reduction'])}")
    if stream["kinetics"]:
        console.print(f"  Level now: {escape(stream['kinetics']['said'])}")
        for reached in stream["kinetics"]["reaches"]:
            console.print(f"    {escape(reached['said'])}")
    for cutoff in stream["cutoffs"]:
        console.print(f"  {escape(cutoff_in_words(cutoff))}")
    for caution in stream["cautions"]:
        concerned = ", ".join(caution["sample_id"])
        console.print(
            f"  [bold]Caution[/] ({escape(concerned)}): {escape(caution['caution'])} ({escape(caution['citation'])})"
        )


def cutoff_in_words(cutoff: Mapping[str, Any]) -> str:
    """A published cut-off beside a sample: met or not, and when it applies."""
    met = {True: "yes", False: "no", None: "cannot be told"}[cutoff["met"]]
    when = "" if cutoff["in_time"] else f", if this is the sample {cutoff['cutoff_time_point']}"
    source = cutoff["citation"] + ("" if cutoff["verified"] else "; not verified here")
    return f"{cutoff['in_words']}: {met}{when} ({cutoff['meaning']}; {source})"


def _print_responses(console: Console, responses: Sequence[Mapping[str, Any]]) -> None:
    if not responses:
        return
    table = plain_table("under", "tissue", "sample", "molecular response", "because")
    for row in responses:
        why = [f"{reading['wording']}: {reading['level'] or 'not known'}" for reading in row["because"]]
        table.add_row(
            *(
                escape(text or "")
                for text in (
                    row["regimen"],
                    row["tissue"],
                    f"{row['sample_id']}: {row['level']}",
                    row["said"],
                    "; ".join(why),
                )
            )
        )
    console.print("\n[bold]Molecular response to treatment[/] (Jimenez-Chillon; FILO)")
    console.print(Padding(table, (0, 0, 0, 2)))


def print_answer(console: Console, name: str, data: Mapping[str, Any], *, brief: bool = False) -> None:
    """Print a model's answer with its because; `brief` gives the headline and what stands against it."""
    console.print(f"\n[bold]{escape(name)}[/]: {escape(data['headline'])}")
    if data["total_in_words"] and data["possible"]:
        console.print(f"  {escape(data['total_in_words'])}")
    if len(data["possible"]) == 1 and data["rules"]:
        console.print(f"  by the rule: {escape('; '.join(data['rules']))}")
    if data["possible"]:
        for line in data["outside"]:
            console.print(f"  {escape(line)}")
        if data["scope_in_doubt"]:
            console.print(f"  it applies only if (not known): {escape('; '.join(data['scope_in_doubt']))}")
        if not data["exact"]:
            console.print("  no possible answer is missing here, but some may be ruled out by facts not enumerated")
    if not brief:
        _print_because(console, data["because"])
        console.print(f"  [dim]{escape(data['citation'])}[/]")


def _print_because(console: Console, readings: Iterable[Mapping[str, Any]]) -> None:
    for reading in readings:
        level = reading["level"] if reading["level"] is not None else "not known"
        value = f" ({reading['value']})" if reading["value"] else ""
        points = f", {reading['points']} points" if reading["points"] else ""
        decides = " [bold]<- decides[/]" if reading["decides"] else ""
        console.print(f"  {escape(reading['wording'])}: {escape(level + value + points)}{decides}")


def print_faults(console: Console, faults: Sequence[Mapping[str, Any]], most: int = 200) -> None:
    """Print faults, one block each: where, what, what to do."""
    for fault in faults[:most]:
        where = fault["file"] + (f" line {fault['line']}" if fault["line"] is not None else "")
        column = f", {fault['column']}" if fault["column"] else ""
        value = f" = {fault['value']!r}" if fault["value"] is not None else ""
        console.print(f"[bold]{escape(where)}[/]{escape(column + value)}")
        console.print(f"  {escape(fault['rule'])}")
        console.print(f"  -> {escape(fault['remedy'])} [dim]({escape(fault['used'])})[/]")
    if len(faults) > most:
        console.print(f"... and {len(faults) - most} more; --json lists them all")
