"""`tenfold score --all PATH --model FILE`: a model in a file on every patient of a registry."""

from __future__ import annotations

from pathlib import Path

import typer

from tenfold.cli.shared import console_for, day_of, in_batches, print_json, read, read_settings, say_faults, stop

COLUMNS = ("patient", "group", "score", "in scope", "not known, and decides")


def score_patients(file: Path, path: Path, on: str | None, as_json: bool) -> None:
    """Each patient's group and total, as on record on the day; what is not known leaves several groups."""
    from tenfold.cli.develop import model_called
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
