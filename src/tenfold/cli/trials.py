"""The command for trials: those known with status and date, a centre's own file checked, studies of the register drafted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.shared import FAULTS, JsonOption, console_for, print_json, stop

if TYPE_CHECKING:
    from tenfold.guidance.trials.eligibility import StructuredTrial, TrialFile


TrialsOption = Annotated[
    Path | None,
    typer.Option(
        "--trials", help="A centre's own file of trials (docs/how-to/trials.md), matched beside the known ones."
    ),
]


def trials_of(path: Path | None) -> list[StructuredTrial]:
    """Return a centre's own trials and the known ones; say on stderr what is wrong in the file and use the others.

    Stops if the file cannot be read at all.
    """
    from tenfold.guidance.trials.eligibility import known_trials
    from tenfold.guidance.trials.matching import together

    if path is None:
        return list(known_trials())
    read = _read(path)
    _say_faults(read)
    return list(together(known_trials(), read.trials))


def trials(
    file: Annotated[Path | None, typer.Option("--file", help="Check and list a centre's own file of trials.")] = None,
    study: Annotated[
        Path | None,
        typer.Option("--import", help="A study JSON downloaded from ClinicalTrials.gov; drafts entries in --out."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The centre's file; what is in it is never changed.")
    ] = None,
    facts: Annotated[bool, typer.Option("--facts", help="List the facts that a criterion may name.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List trials with status and date; check a centre's own file; draft entries from a study of ClinicalTrials.gov."""
    from tenfold.guidance.trials.eligibility import known_trials

    if (study is None) != (out is None):
        stop("--import and --out go together: tenfold trials --import study.json --out centre-trials.toml")
    if sum((file is not None, study is not None, facts)) > 1:
        stop("one of --file, --import and --facts at a time")
    if facts:
        _print_facts(as_json)
    elif study is not None and out is not None:
        _import(study, out, as_json)
    elif file is not None:
        _check(_read(file), as_json)
    else:
        _list(known_trials(), as_json)


def _read(path: Path) -> TrialFile:
    """A centre's file, or stop with why it cannot be read."""
    from tenfold.guidance.trials.eligibility import read_trials

    try:
        return read_trials(path)
    except OSError as error:
        stop(f"{path}: cannot be read: {error.strerror}")
    except ValueError as error:
        stop(error)


def _check(read: TrialFile, as_json: bool) -> None:
    _list(read.trials, as_json, [vars(fault) for fault in read.faults])
    _say_faults(read)
    if read.faults:
        raise typer.Exit(FAULTS)


def _say_faults(read: TrialFile) -> None:
    """Say on stderr what is wrong in a file."""
    for fault in read.faults:
        typer.echo(f"tenfold: {fault}", err=True)
    if read.faults:
        typer.echo("tenfold: trials with a fault are set aside; the others are used", err=True)


def _import(study: Path, out: Path, as_json: bool) -> None:
    """Append a draft of each study whose id the centre's file does not have."""
    from tenfold.exchange.clinical_trials import read_studies
    from tenfold.guidance.trials.drafts import draft
    from tenfold.guidance.trials.eligibility import key_of

    try:
        found = read_studies(study)
    except OSError as error:
        stop(f"{study}: cannot be read: {error.strerror}")
    except ValueError as error:
        stop(str(error), FAULTS)
    there = _read(out) if out.exists() else None
    unread = [fault for fault in there.faults if fault.field == "TOML"] if there else []
    if unread:
        stop(
            f"{unread[0]}\nNothing was written: repair the file first, so that no trial in it is drafted twice.", FAULTS
        )
    taken = {key_of(name) for name in there.ids} if there else set()
    drafted = [one for one in found.studies if key_of(one.id) not in taken]
    kept = [one.id for one in found.studies if key_of(one.id) in taken]
    if drafted:
        _append(out, "\n".join(draft(one) for one in drafted))
    said = {
        "file": str(out),
        "drafted": [{"id": one.id, "title": one.title, "notes": list(one.notes)} for one in drafted],
        "already_there": kept,
        "set_aside": list(found.set_aside),
        "notes": list(found.notes),
    }
    if as_json:
        print_json(said)
    else:
        for one in drafted:
            typer.echo(f"Drafted: {one.id}, {one.title}")
            for note in one.notes:
                typer.echo(f"  {note}")
        for name in kept:
            typer.echo(f"Already in {out}, left as it is: {name}")
        if drafted:
            typer.echo(f"{out}: write the criteria by hand, then tenfold trials --file {out}")
    for line in (*found.notes, *found.set_aside):
        typer.echo(f"tenfold: {line}", err=True)
    if found.set_aside:
        raise typer.Exit(FAULTS)


def _append(path: Path, text: str) -> None:
    try:
        before = path.read_bytes() if path.exists() else b""
        gap = "" if not before else "\n" if before.endswith(b"\n") else "\n\n"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(gap + text)
    except OSError as error:
        stop(f"{path}: cannot be written: {error.strerror}")


ONLY_OBSERVES = "a registry: it observes, and no patient is matched with it"


def _list(found: Sequence[StructuredTrial], as_json: bool, faults: Sequence[dict[str, Any]] | None = None) -> None:
    """Print trials with status and date; `faults` belong to a file."""
    from rich.markup import escape

    from tenfold.guidance.trials.eligibility import REGISTRY
    from tenfold.guidance.trials.matching import status_note
    from tenfold.reports.text import plain_table

    today = date.today()
    if as_json:
        listed = [_data(trial) | {"status_note": status_note(trial, today)[1]} for trial in found]
        print_json({"trials": listed} | ({} if faults is None else {"faults": list(faults)}))
        return
    table = plain_table("trial", "title", "phase", "status", "as of", "structured", "note")
    for trial in found:
        count = len(trial.criteria)
        structured = f"{count} criteri{'on' if count == 1 else 'a'}, {'complete' if trial.complete else 'not complete'}"
        said = [ONLY_OBSERVES if trial.kind == REGISTRY else None, status_note(trial, today)[1]]
        note = "; ".join(filter(None, said))
        day = str(trial.status_date or "not stated")
        table.add_row(*map(escape, (trial.id, trial.title, trial.phase, trial.status, day, structured, note)))
    console = console_for()
    console.print(table)
    console.print(
        "A status goes stale: look it up in the register. A match is a reason to read the protocol, no inclusion."
    )


def _data(trial: StructuredTrial) -> dict[str, Any]:
    """A trial as plain data, in the words of its file."""
    criteria = []
    for one in trial.criteria:
        parts = [{"fact": c.fact.name, c.relation: c.value} for c in one.conditions]
        said = parts[0] if len(parts) == 1 else {"any": parts}
        criteria.append({"kind": one.kind, **said, "wording": one.wording, "source": one.source})
    return {**vars(trial), "status_date": trial.status_date and str(trial.status_date), "criteria": criteria}


def _print_facts(as_json: bool) -> None:
    from rich.markup import escape

    from tenfold.guidance.trials.facts import FACTS
    from tenfold.reports.text import plain_table

    rows = [
        {
            "fact": fact.name,
            "meaning": fact.wording,
            "kind": fact.kind,
            "values": ", ".join(fact.words) or fact.unit,
            "relations": ", ".join(fact.relations),
        }
        for fact in FACTS.values()
    ]
    if as_json:
        print_json(rows)
        return
    table = plain_table(*rows[0])
    for row in rows:
        table.add_row(*map(escape, row.values()))
    console_for().print(table)
