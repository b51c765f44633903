"""The command that lists what a centre should mend or complete: data queries and completeness."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.shared import (
    JsonOption,
    OnOption,
    PathArgument,
    SettingsOption,
    console_for,
    day_of,
    in_batches,
    print_json,
    read,
    read_settings,
    stop,
    working,
)

if TYPE_CHECKING:
    from tenfold.reports.query_files import QueryFiles, RedcapProject

MOST_SHOWN = 10


def queries(
    path: PathArgument,
    out: Annotated[Path, typer.Option("--out", help="The folder into which the queries are written.")],
    on: OnOption = None,
    centres: Annotated[
        str | None,
        typer.Option("--centres", help="A CSV with patient_id and centre, or the name of the one centre."),
    ] = None,
    redcap: Annotated[
        Path | None,
        typer.Option(
            "--redcap", help="A TOML file that says where queries go in REDCap (docs/how-to/data-queries.md)."
        ),
    ] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is faulty, contradictory, overdue or missing, by what hangs on it, and how complete the records are."""
    from tenfold.reports.completeness_score import patient_scores
    from tenfold.reports.query_files import queries_data, write_queries

    registry = read(path)
    project = None if redcap is None else _project(redcap)
    named = _centres(centres, registry.patient_ids()["patient_id"].to_list())
    assessment = in_batches(registry, read_settings(settings), day_of(on, registry))
    try:
        with working("Writing queries"):
            written = write_queries(assessment, out, named, project, datetime.now())
    except OSError as error:
        stop(f"{out} cannot be written: {error.strerror}")
    if as_json:
        scores = patient_scores(assessment, named)
        data = queries_data(assessment, written.queries, scores, written.centres)
        print_json({**data, "written": [str(file) for file in written.files], "not_held": list(written.left)})
        return
    _say(written, out, asked_overdue=on is not None)


def _project(path: Path) -> RedcapProject:
    from tenfold.reports.query_files import read_redcap_project

    try:
        return read_redcap_project(path)
    except OSError as error:
        stop(f"{path}: cannot be read: {error.strerror}")
    except ValueError as error:
        stop(error)


def _centres(said: str | None, patients: list[str]) -> dict[str, str]:
    """Patient -> centre, from a file or one name for all."""
    if said is None:
        return {}
    file = Path(said)
    if not file.is_file():
        if file.suffix:
            stop(f"--centres {said}: there is no such file")
        return dict.fromkeys(patients, said)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text)
            if not {"patient_id", "centre"} <= set(rows.fieldnames or ()):
                stop(f"{file}: the header must have patient_id and centre, separated by commas")
            return {row["patient_id"].strip(): (row["centre"] or "").strip() for row in rows if row["patient_id"]}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        stop(f"{file}: cannot be read as CSV in UTF-8 ({error})")


def _say(written: QueryFiles, out: Path, *, asked_overdue: bool) -> None:
    console: Any = console_for()
    counted = Counter((str(one.consequence), str(one.sort)) for one in written.queries)
    for consequence in ("high", "medium", "low"):
        parts = [f"{count} {sort}" for (level, sort), count in sorted(counted.items()) if level == consequence]
        console.print(f"{consequence}: {', '.join(parts) or 'none'}")
    for row in written.centres.to_dicts():
        share = "nothing asked" if row["completeness"] is None else f"{100 * row['completeness']:.0f} %"
        name = row["centre"] or "centre not stated"
        console.print(
            f"{name}: {row['patients']} patients, completeness {share}, {row['queries']} queries", markup=False
        )
    for one in written.queries[:MOST_SHOWN]:
        who = one.patient_id or "the file"
        console.print(f"\n[{one.consequence}] {who}, {one.table}.{one.column} ({one.row})", markup=False)
        console.print(f"  {one.question}", markup=False)
        if one.why:
            console.print(f"  hangs on it: {'; '.join(one.why[:3])}", markup=False)
    if len(written.queries) > MOST_SHOWN:
        console.print(f"\nThe first {MOST_SHOWN} of {len(written.queries)} queries.")
    if not asked_overdue:
        console.print("Whether a sample is overdue was not asked: give the day with --on.")
    for left in written.left:
        console.print(f"REDCap: {left}", markup=False)
    console.print(f"Written: {', '.join(file.name for file in written.files)} in {out}.", markup=False)
