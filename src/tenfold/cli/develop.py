"""The commands that make a score, and fit one to local patients: develop, recalibrate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.models import model_called, numbers
from tenfold.cli.shared import (
    JsonOption,
    SettingsOption,
    console_for,
    in_batches,
    print_json,
    read,
    read_settings,
    refuse_unwritable,
    stop,
    working,
)

if TYPE_CHECKING:
    import polars as pl

FEWEST_RESAMPLES = 10
CohortArgument = Annotated[
    Path,
    typer.Argument(
        help="A folder of records, or a CSV or Parquet file with one row a patient (time_months, event, candidates)."
    ),
]
EndpointOption = Annotated[
    str, typer.Option("--endpoint", help="OS, EFS-ELN2022, RFS, response ...; of a file what its time is to.")
]
ClockOption = Annotated[str | None, typer.Option("--clock", help="What time counts from: diagnosis, treatment, ...")]
HorizonOption = Annotated[float, typer.Option("--horizon", help="Months at which predictions are judged.")]
EntryOption = Annotated[
    str | None, typer.Option("--entry", help="In a file: the column of months from which each patient was observed.")
]


def develop(
    ctx: typer.Context,
    path: CohortArgument,
    candidates: Annotated[str, typer.Option("--candidates", help="Columns, joined by commas: TP53,NF1,age_years.")],
    endpoint: EndpointOption = "OS",
    clock: ClockOption = None,
    force: Annotated[str, typer.Option("--force", help="Candidates that stay whatever the screen says.")] = "",
    threshold: Annotated[float, typer.Option("--threshold", help="The screen keeps a p below this.")] = 0.10,
    cut_offs: Annotated[
        str | None,
        typer.Option(
            "--cut-offs", help="Bounds of the recipe's groups: '<0.25,<=0.75'. If not given, searched in each resample."
        ),
    ] = None,
    groups: Annotated[int, typer.Option("--groups", min=2, max=6, help="Groups, where cut-offs are searched.")] = 3,
    bands: Annotated[
        list[str] | None, typer.Option("--bands", help="Cut a number into bands: age_years=60,70 (repeat for more).")
    ] = None,
    reference: Annotated[
        list[str] | None, typer.Option("--reference", help="The word others are compared with: eln2022=favourable.")
    ] = None,
    mixing: Annotated[
        float, typer.Option("--mixing", min=0, max=1, help="Of the penalised model: 0 ridge, 1 lasso.")
    ] = 0.0,
    horizon: HorizonOption = 12.0,
    splits: Annotated[int, typer.Option("--splits", min=0, help="Random splits; 0 for none.")] = 200,
    train: Annotated[
        int | None, typer.Option("--train", min=1, help="Patients to train on: 100, or 57 % of fewer than 174.")
    ] = None,
    bootstrap: Annotated[int, typer.Option("--bootstrap", min=0, help="Resamples; 0 for none.")] = 200,
    impute: Annotated[
        int, typer.Option("--impute", min=0, help="Imputations; 0 leaves out who has an unknown candidate.")
    ] = 0,
    explained: Annotated[
        float | None, typer.Option("--explained", help="Cox-Snell explained variation expected from earlier studies.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same files.")] = 1,
    name: Annotated[str, typer.Option("--name", help="What the score is called.")] = "local-score",
    licence: Annotated[str, typer.Option("--licence", help="Under what terms others may use it.")] = "not stated",
    validation: Annotated[
        Path | None, typer.Option("--validation", help="Other patients, read like PATH, to validate both models in.")
    ] = None,
    entry: EntryOption = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome", help="With --endpoint response: CRc, ORR, or categories joined by +. CRc if not given."
        ),
    ] = None,
    response_set: Annotated[
        str | None, typer.Option("--response-set", help="VEN-PRS, ELN-2022 or modified CRc. VEN-PRS if not given.")
    ] = None,
    which: Annotated[str | None, typer.Option("--which", help="The best response, or the last.")] = None,
    index: Annotated[
        str | None,
        typer.Option("--index", help="The day whose treatment is responded to: first dose of venetoclax, ..."),
    ] = None,
    population: Annotated[
        str | None, typer.Option("--population", help="Who counts, as known on that day: 'age_years>=60,TP53=yes'.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the models and the report.")] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Develop a score: screen, multivariable Cox, weights, groups; a penalised model beside it; both validated.

    With --endpoint response a logistic model of who responds, and no penalised one.
    """
    from dataclasses import replace

    from tenfold.cli.develop_response import develop_response, is_response
    from tenfold.cohort.development.cut_offs import read_cut_offs
    from tenfold.cohort.development.develop import Plan
    from tenfold.cohort.development.develop import develop as run
    from tenfold.cohort.development.external import validate
    from tenfold.cohort.development.pictured import all_pictured
    from tenfold.cohort.development.shared_patients import told_apart
    from tenfold.cohort.development.validated import validated
    from tenfold.reports.development import as_data, print_development
    from tenfold.reports.development_files import write_development
    from tenfold.reports.study_files import in_short

    if out is not None:
        refuse_unwritable(out, "the models")
    names = _listed(candidates)
    if 0 < bootstrap < FEWEST_RESAMPLES:
        stop(f"--bootstrap {bootstrap}: ask for at least {FEWEST_RESAMPLES} resamples, or 0 for none")
    columns = tuple(each.replace(".", "_") for each in names)
    forced = tuple(each.replace(".", "_") for each in _listed(force))
    cut = {key: numbers(key, text) for key, text in _pairs("--bands", bands).items()}
    references = _pairs("--reference", reference)
    if is_response(ctx, endpoint):
        from tenfold.cohort.development.response.develop import ResponsePlan

        wanted = {"outcome": outcome, "response_set": response_set, "which": which}
        wanted |= {"index": index, "population": population}
        asked = ResponsePlan(
            candidates=columns,
            forced=forced,
            threshold=threshold,
            bands=cut,
            reference=references,
            bootstrap=bootstrap,
            explained=explained,
            seed=seed,
            name=name,
            licence=licence,
        )
        shared = {"validation": validation, "out": out, "settings": settings}
        develop_response(path, asked, names, wanted, **shared, as_json=as_json, counting=_counting)
        return
    endpoint, other, late, whose = _known_by(endpoint), None, None, ""
    frame, delayed, source, simulated, digest = _frame(path, names, endpoint, clock, entry, settings)
    if validation is not None:
        other, late, whose, *_ = _frame(validation, names, endpoint, clock, entry, settings)
    try:
        if other is not None:
            told_apart(frame, other, columns, ("time_months", "event"))  # before the work, not after it
        plan = Plan(
            candidates=columns,
            forced=forced,
            threshold=threshold,
            cut_offs=None if cut_offs is None else read_cut_offs(cut_offs),
            searched=groups - 1,
            bands=cut,
            reference=references,
            mixing=mixing,
            horizon=horizon,
            splits=splits,
            training=train,
            bootstrap=bootstrap,
            imputations=impute,
            explained=explained,
            seed=seed,
            entry=delayed,
            name=name,
            endpoint=endpoint,
            source=source,
            digest=digest,
            licence=licence,
        )
        with _counting() as tell:
            found = run(frame, plan, tell)
        validations = {}
        if other is not None:
            arms = []
            for arm in found.arms:
                held = arm.entry
                if held is not None:
                    seen = validate(held, other, horizon=horizon, entry_time=late, developed=frame)
                    validations[held.name] = seen
                    held = validated(held, found.internally, seen, whose)
                arms.append(replace(arm, entry=held))
            found = replace(found, recipe=arms[0], penalised=arms[1])
    except (LookupError, ValueError) as error:
        stop(error)
    if out is not None:
        try:
            with working("Writing the models and the report"):
                entries = [arm.entry for arm in found.arms]
                pictures = all_pictured(entries, horizon, (frame, delayed), (other, late))
                files = write_development(found, out, validations=validations, simulated=simulated, pictures=pictures)
        except OSError as error:
            stop(f"the models cannot be written: {error}")
        typer.echo(f"In {out}: {in_short(files)}", err=as_json)
    if as_json:
        print_json(as_data(found, validations))
        return
    print_development(console_for(), found, validations=validations)


def recalibrate(
    path: CohortArgument,
    model: Annotated[str, typer.Option("--model", help="A model's file, or a score of the catalogue: venprs-os.")],
    endpoint: EndpointOption = "OS",
    clock: ClockOption = None,
    slope: Annotated[bool, typer.Option("--slope", help="Fit the slope too, not the baseline alone.")] = False,
    horizon: HorizonOption = 12.0,
    name: Annotated[str | None, typer.Option("--name", help="What the recalibrated model is called.")] = None,
    entry: EntryOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="The file to write the model to, FILE.toml.")] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a model's baseline survival (and slope) to local patients; weights and groups stay as they are."""
    from dataclasses import asdict

    from tenfold.cohort.development.recalibrate import recalibrate as run
    from tenfold.reports.development import print_recalibrated, validation_data

    endpoint = _known_by(endpoint)
    held = model_called(model, endpoint)
    if held.intercept is not None:
        stop(f"{model} tells who responds: it has no baseline survival to fit")
    wanted = [item.name for item in held.score.inputs]
    frame, delayed, source, *_ = _frame(path, wanted, endpoint, clock, entry, settings, absent=True)
    try:
        found = run(held, frame, slope=slope, horizon=horizon, source=source, name=name, entry_time=delayed)
    except (LookupError, ValueError) as error:
        stop(error)
    if out is not None:
        try:
            found.entry.write(out)
        except OSError as error:
            stop(f"the model cannot be written: {error}")
        typer.echo(f"Model: {out}; tenfold score --model {out} FIELD=VALUE ...", err=as_json)
    if as_json:
        told: dict[str, Any] = {
            "model": found.entry.name,
            "n": found.n,
            "events": found.events,
            "left_out": found.left_out,
            "slope": [found.slope, found.slope_low, found.slope_high],
            "slope_fitted": found.slope_fitted,
            "slope_is_one": asdict(found.slope_is_one),
            "before": validation_data(found.before),
            "warnings": list(found.warnings),
        }
        print_json(told)
        return
    print_recalibrated(console_for(), found)


def _known_by(endpoint: str) -> str:
    """The name of an endpoint as it is written, for "os" OS; what is none of Tenfold's stays as it was typed, a slip stops."""
    from tenfold.cohort.development.file_names import endpoint_in_a_file

    try:
        return endpoint_in_a_file(endpoint)
    except ValueError as error:
        stop(error)


def _frame(
    path: Path,
    columns: Sequence[str],
    endpoint: str,
    clock: str | None,
    entry: str | None,
    settings: Path | None,
    *,
    absent: bool = False,
) -> tuple[pl.DataFrame, str | None, str, bool, str | None]:
    """One row a patient: (the frame, the column of delayed entry, the source in words, whether simulated, its digest)."""
    from tenfold.cohort.development.reading import read_patients

    if not path.is_dir():
        try:
            return read_patients(path), entry, path.name, False, None
        except (OSError, ValueError) as error:
            stop(error)
    from tenfold.cohort.analysis import clock_called, endpoint_called
    from tenfold.cohort.development.records import from_records
    from tenfold.cohort.development.shared_patients import digest_of

    registry = read(path)
    try:
        rule = endpoint_called(endpoint)
        start = None if clock is None else clock_called(clock)
        assessment = in_batches(registry, read_settings(settings), None)
        with working("Reading candidates at time zero"):
            found = from_records(assessment, columns, rule, start, absent=absent)
    except (LookupError, ValueError) as error:
        stop(error)
    for row in found.left_out.to_dicts():
        typer.echo(f"tenfold: {row['count']} without a time: {row['left_out_because']}", err=True)
    for line in found.notes:
        typer.echo(f"tenfold: {line}", err=True)
    source = registry.title or path.name
    return found.frame, "entry_months" if found.delayed else None, source, registry.simulated, digest_of(registry)


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _pairs(option: str, texts: Sequence[str] | None) -> dict[str, str]:
    found = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals or not value:
            stop(f"{option} {text}: write COLUMN=VALUE")
        found[key.strip().replace(".", "_")] = value.strip()
    return found


@contextmanager
def _counting() -> Iterator[Callable[[str, int], None]]:
    """Progress on a terminal: what is being done, and how many steps of it are done."""
    from rich.progress import Progress, SpinnerColumn, TextColumn

    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}: {task.completed:.0f}"),
        console=console_for(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with shown as progress:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what.capitalize(), total=None)
            progress.advance(tasks[what], done)

        yield tell
