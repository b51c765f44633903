"""The command that sets scores against each other: compare."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    refuse_unwritable,
    say_faults,
    stop,
    working,
)

if TYPE_CHECKING:
    from tenfold.cohort.asked_scores import FromFile
    from tenfold.cohort.development.entry import Entry


def compare(
    path: PathArgument,
    scores: Annotated[
        str,
        typer.Option(
            "--scores", help="Models, model files or columns, joined by commas: venprs,eln2022,mine.toml,age_years"
        ),
    ],
    endpoint: Annotated[str, typer.Option("--endpoint", help="OS, EFS-ELN2022, RFS, CIR ...")] = "OS",
    clock: Annotated[
        str | None,
        typer.Option(
            "--clock", help="What time counts from: diagnosis, treatment, venetoclax, remission, 'MRD relapse'."
        ),
    ] = None,
    subgroup: Annotated[
        str | None, typer.Option("--subgroup", help="Only these patients, e.g. 'age_years>=60,present.TP53=no'.")
    ] = None,
    horizon: Annotated[
        float, typer.Option("--horizon", help="Months at which areas, Brier scores and calibration are read.")
    ] = 12.0,
    landmark: Annotated[
        float,
        typer.Option("--landmark", help="Months from which a model that looks at the response is compared again."),
    ] = 3.0,
    bootstrap: Annotated[int, typer.Option("--bootstrap", min=0, help="Resamples; 0 for none.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same figures.")] = 1,
    developed_here: Annotated[
        str,
        typer.Option("--developed-here", help="Which of the scores were developed on these patients, by full name."),
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the report, the table of scores and the tables beside it.")
    ] = None,
    on: OnOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare scores on the same patients: AIC, C, AUC, Brier, calibration, decision curves, groups, reclassification."""
    from tenfold.cohort.analysis import clock_called, endpoint_called
    from tenfold.cohort.compare import compare as run
    from tenfold.cohort.development.shared_patients import made_from
    from tenfold.reports.compare import print_comparison, print_headline
    from tenfold.reports.comparison_files import write_comparison
    from tenfold.reports.study_files import in_short

    if out is not None:
        refuse_unwritable(out, "the report")
    entries = {name: _from_file(name) for name in _listed(scores) if name.endswith(".toml")}
    wanted = [entries[name][0] if name in entries else name for name in _listed(scores)]
    try:
        rule = endpoint_called(endpoint)
        start = None if clock is None else clock_called(clock)
    except LookupError as error:
        stop(error)
    registry = read(path)
    here = [
        *_listed(developed_here),
        *(entry.name for _, entry in entries.values() if made_from(entry.provenance, registry)),
    ]
    assessment = in_batches(registry, read_settings(settings), day_of(on, registry))
    try:
        with _counting(bootstrap) as progress:
            found = run(
                assessment,
                wanted,
                rule,
                start,
                subgroup=subgroup,
                horizon_months=horizon,
                landmark_months=landmark,
                resamples=bootstrap,
                seed=seed,
                developed_here=here,
                progress=progress,
            )
    except (LookupError, ValueError) as error:
        stop(error)
    if out is not None:
        title = f"Scores compared: {registry.title or path.name}"
        try:
            with working("Drawing the report"):
                files = write_comparison(found, assessment.registry, out, title=title)
        except OSError as error:
            stop(f"the report cannot be written: {error}")
        typer.echo(f"{found.n} patients, {len(found.scores)} scores; in {out}: {in_short(files)}", err=as_json)
    if as_json:
        print_json(found.as_data())
    elif out is not None:
        print_headline(console_for(), found)
    else:
        print_comparison(console_for(), found, simulated=registry.simulated)
    raise typer.Exit(say_faults(registry))


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _from_file(name: str) -> tuple[FromFile, Entry]:
    """A model that somebody developed, from its file, and the file; or stop with what is wrong with it."""
    from tenfold.cohort.asked_scores import FromFile
    from tenfold.cohort.development.entry import read_entry
    from tenfold.cohort.development.file_names import endpoint_in_a_file

    try:
        entry = read_entry(Path(name))
    except (OSError, ValueError) as error:
        stop(error)
    if entry.intercept is not None:
        stop(f"{name} tells who responds: it is no score of an endpoint over time")
    log_hazards = entry.baseline is not None and entry.slope == 1
    return FromFile(entry.score, log_hazards, endpoint_in_a_file(entry.endpoint)), entry


@contextmanager
def _counting(resamples: int) -> Iterator[Callable[[int], None]]:
    """A progress bar over the resamples, on a terminal."""
    from rich.progress import Progress

    with Progress(console=console_for(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Comparing scores", total=resamples or None)
        yield lambda done: progress.advance(task, done)
