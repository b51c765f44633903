"""Models that are asked for by a file or a name: `tenfold score --model FILE` of one patient, with `--all` of a registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tenfold.cli.shared import console_for, day_of, in_batches, print_json, read, read_settings, say_faults, stop

if TYPE_CHECKING:
    from tenfold.cohort.development.entry import Entry

COLUMNS = ("patient", "group", "score", "in scope", "not known, and decides")


def model_called(model: str, endpoint: str = "OS") -> Entry:
    """The model of a file, or a score of the catalogue; stop with what is wrong."""
    from tenfold.catalogue import find
    from tenfold.cohort.development.entry import entry_of, read_entry
    from tenfold.logic.decision import Score

    path = Path(model)
    if path.suffix == ".toml":
        try:
            return read_entry(path)
        except (OSError, ValueError) as error:
            stop(error)
    try:
        found = [question for question in find(model) if isinstance(question, Score)]
    except LookupError as error:
        stop(error)
    if len(found) != 1:
        names = ", ".join(question.name for question in found)
        stop(f"{model}: name one score{f' of {names}' if names else '; it is none'}, or a file ending in .toml")
    return entry_of(found[0], endpoint=endpoint)


def score_model(file: Path, values: Sequence[str], months: str, as_json: bool) -> None:
    """What `tenfold score --model FILE` does: the group, and survival at the months where a baseline is held."""
    from tenfold.cohort.development.individual import score_file
    from tenfold.reports.text import print_answer

    entry = model_called(str(file))
    try:
        answers = score_file(entry, values, numbers("--at", months))
    except (LookupError, ValueError) as error:
        stop(error)
    if as_json:
        print_json(answers)
        return
    console = console_for()
    for data in answers:
        print_answer(console, data["model"], data)
        for line in [*data["lines"], *data["published"]]:
            console.print(f"  {line}")


def score_patients(file: Path, path: Path, on: str | None, as_json: bool) -> None:
    """Each patient's group and total, as on record on the day; what is not known leaves several groups."""
    from tenfold.cohort.asked_scores import FromFile, asked
    from tenfold.cohort.known_at_start import as_recorded
    from tenfold.reports.text import print_rows

    entry = model_called(str(file))
    registry = read(path)
    assessment = in_batches(registry, read_settings(None), day_of(on, registry))
    try:
        [one], columns = asked([FromFile(entry.score)], as_recorded(assessment), entry.endpoint)
    except (LookupError, ValueError) as error:
        stop(error)
    names = ("possible", "score", "in_scope", "decided_by")
    rows = columns.select("patient_id", *(one.column(name) for name in names)).rename(
        {one.column(name): name for name in names}
    )
    if as_json:
        print_json({"model": one.name, "simulated": registry.simulated, "patients": rows.to_dicts()})
    else:
        console = console_for()
        if registry.simulated:
            console.print("[bold]SIMULATED PATIENTS[/bold]")
        console.print(f"{one.name}, on what is on record{f' on {on}' if on else ''}", markup=False)
        told = [
            (name, " or ".join(groups), "" if total is None else f"{total:.2f}", scope, ", ".join(open_))
            for name, groups, total, scope, open_ in rows.rows()
        ]
        print_rows(console, COLUMNS, told)
    raise typer.Exit(say_faults(registry))


def numbers(what: str, text: str) -> list[float]:
    """Numbers joined by commas; stop with what is written instead."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        stop(f"{what} {text}: write numbers joined by commas")
