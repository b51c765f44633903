"""Commands that read a centre's records: check, assess, patient, cohort."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.in_buckets import EngineOption, MemoryOption, run_in_buckets
from tenfold.cli.shared import (
    FAULTS,
    EditionOption,
    HtmlOption,
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
    with_edition,
    working,
    write_report,
)
from tenfold.cli.trials import TrialsOption, trials_of
from tenfold.cli.what_if import IfOption, say_supposed, supposed

if TYPE_CHECKING:
    from tenfold.records import Registry
    from tenfold.settings import Settings


def check(path: PathArgument, as_json: JsonOption = False) -> None:
    """Name the faults of the records, histories that cannot be, and tables that are not there; exit 1 at a fault."""
    from tenfold.records.not_recorded import not_recorded, other_absent
    from tenfold.records.set_aside import FAULTS_FILE, set_aside_before
    from tenfold.reports.impossible import as_faults, impossible_in, parted, silences_in_words
    from tenfold.reports.text import print_faults

    registry = read(path)
    faults = registry.check().to_dicts()
    wrong, silent = parted(impossible_in(registry))
    said = silences_in_words(silent)
    counts = {name: frame.height for name, frame in sorted(registry.tables.items())}
    before = set_aside_before(path)
    if as_json:
        absent = {"not_recorded": not_recorded(registry), "absent_too": other_absent(registry)}
        told = {"impossible_histories": wrong.to_dicts(), "silences": silent.to_dicts(), **absent}
        aside = {"rows_set_aside": registry.set_aside.height, "set_aside_before": before}
        print_json({"faults": faults, **told, "rows_used": counts, **aside})
    else:
        console = console_for()
        print_faults(console, faults)
        used = ", ".join(f"{name} {rows}" for name, rows in counts.items())
        if wrong.height:
            console.print("[bold]Histories that cannot be[/]")
            print_faults(console, as_faults(wrong))
        if said is not None:
            console.print(said)
        console.print(f"Rows used: {used}. Rows set aside: {registry.set_aside.height}. Faults: {len(faults)}.")
        if wrong.height:
            console.print(f"Histories that cannot be: {wrong.height}, of {wrong['patient_id'].n_unique()} patients.")
        if before:
            told_by = f"{FAULTS_FILE} names {before} faults"
            console.print(f"When these records were converted, more was set aside: {told_by}.", markup=False)
        for name, open_ in not_recorded(registry).items():
            console.print(f"{name}: {open_}.", markup=False)
        if others := other_absent(registry):
            console.print(f"Not there either, and so not known: {', '.join(others)}.", markup=False)
    if faults or wrong.height:
        raise typer.Exit(FAULTS)


def assess(
    path: PathArgument,
    on: OnOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write every answer as CSV tables into this folder.")
    ] = None,
    settings: SettingsOption = None,
    edition: EditionOption = None,
    compare_edition: Annotated[
        str | None,
        typer.Option("--compare-edition", help="Show who is reclassified under this edition, and why."),
    ] = None,
    engine: EngineOption = None,
    memory: MemoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assess every patient: molecular state, response, risk. Faulty rows are set aside and the rest is used."""
    from tenfold.reports.card import card
    from tenfold.reports.simulated import mark
    from tenfold.reports.tables import summary, write

    chosen = with_edition(read_settings(settings), edition)
    if engine is not None:
        if compare_edition is not None:
            stop("--compare-edition and --engine do not go together")
        raise typer.Exit(run_in_buckets(path, out, engine, memory, chosen, on, as_json))
    if memory is not None:
        stop("--memory goes with --engine")
    registry = read(path)
    day = day_of(on, registry)
    if compare_edition is not None:
        _compare_editions(registry, chosen, with_edition(chosen, compare_edition), day, out, as_json)
        raise typer.Exit(say_faults(registry))
    assessment = in_batches(registry, chosen, day)
    if out is not None:
        try:
            files = [*write(assessment, out), *mark(out, registry.simulated)]
        except OSError as error:
            stop(error)
        typer.echo(f"{assessment.patients.height} patients; answers in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        print_json([card(assessment, patient) for patient in assessment.patients["patient_id"]])
    elif out is None and not assessment.patients.height and registry.patient_ids().height:
        typer.echo(f"Nothing was known of any of the {registry.patient_ids().height} patients by {on}.")
    elif out is None:
        summary(console_for(), assessment)
    raise typer.Exit(say_faults(registry))


def _compare_editions(
    registry: Registry, first: Settings, second: Settings, on: int | None, out: Path | None, as_json: bool
) -> None:
    from tenfold.cohort.reclassified import reclassified
    from tenfold.reports.tables import print_reclassified, write_reclassified

    found = reclassified(in_batches(registry, first, on), in_batches(registry, second, on))
    if out is not None:
        try:
            files = write_reclassified(found, out)
        except OSError as error:
            stop(error)
        typer.echo(f"{found.in_words()}; in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        print_json(
            {
                "first": found.first,
                "second": found.second,
                "cross_table": found.cross_table.to_dicts(),
                "reclassified": found.moved.to_dicts(),
            }
        )
    elif out is None:
        print_reclassified(console_for(), found)


def patient(
    path: PathArgument,
    patient_id: Annotated[str, typer.Argument(metavar="ID", help="The patient's identifier in the records.")],
    on: OnOption = None,
    settings: SettingsOption = None,
    changes: IfOption = None,
    trials: TrialsOption = None,
    html: HtmlOption = None,
    full: Annotated[bool, typer.Option("--full", help="Print everything behind the page, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one patient on one page: where the patient stands, options with their evidence, next sample, sources."""
    from tenfold.assessment import assess as run
    from tenfold.reports.board import board
    from tenfold.reports.board_text import print_board
    from tenfold.reports.card import card
    from tenfold.reports.text import NOT_A_DEVICE, print_card, print_head

    registry = read(path)
    try:
        one = registry.patient(patient_id)
    except KeyError as error:
        stop(error.args[0])
    day = day_of(on, registry)
    chosen = read_settings(settings)
    offered = trials_of(trials)
    assessment = run(one, chosen, day)
    if patient_id not in assessment.patients["patient_id"]:
        stop(f"nothing was known of {patient_id} by {registry.format_day(day or 0)}")
    data = card(assessment, patient_id)
    found = supposed(one, patient_id, changes or [], chosen, day, offered)
    if found is not None:
        data["what_if"] = found.as_data()
    if html is not None:
        from tenfold.reports.page import patient_page

        with working("Drawing the report"):
            page = patient_page(assessment, patient_id, found, offered)
        write_report(page, html)
        typer.echo(f"Report of {patient_id}: {html}", err=as_json)
    page_data = board(assessment, data, offered)
    if as_json:
        print_json({**data, "board": page_data})
    elif html is None:
        console = console_for()
        say_supposed(found, console)
        if full:
            print_card(console, data)
        else:
            print_head(console, data)
        print_board(console, page_data)
        if not full:
            console.print("\n--full shows every sample, criterion and model behind this page.")
        console.print(NOT_A_DEVICE)
    raise typer.Exit(say_faults(one))


def cohort(
    path: PathArgument,
    out: Annotated[Path, typer.Option("--out", help="Folder for the report, the tables and the figures.")],
    study: Annotated[
        Path | None,
        typer.Option("--study", help="A study file (TOML): population, endpoints, groups, models."),
    ] = None,
    on: OnOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report a registry: patients, molecular response, endpoints with curves; or exactly what a study file asks for."""
    refuse_unwritable(out, "the report" if study is None else "the study")
    registry = read(path)
    chosen = read_settings(settings)
    if study is None:
        _usual_report(registry, chosen, on, out, path, as_json)
    else:
        _study(registry, chosen, on, out, path, study, as_json)
    raise typer.Exit(say_faults(registry))


def _usual_report(registry: Registry, settings: Settings, on: str | None, out: Path, path: Path, as_json: bool) -> None:
    from tenfold.cohort.outcomes import outcomes
    from tenfold.reports.cohort import cohort_page, write_outcomes
    from tenfold.reports.impossible import impossible_of, write_impossible

    assessment = in_batches(registry, settings, day_of(on, registry))
    with working("Counting endpoints"):
        found = outcomes(assessment)
    with working("Drawing the report"):
        page = cohort_page(assessment, title=registry.title or f"Cohort of {path.name}", found=found)
    try:
        write_report(page, out / "report.html")
        files = [
            "report.html",
            *write_outcomes(found, registry, out),
            *write_impossible(impossible_of(assessment), out),
        ]
    except OSError as error:
        stop(f"the report cannot be written: {error}")
    typer.echo(f"{assessment.patients.height} patients; in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        print_json(found.as_data())


def _study(
    registry: Registry, settings: Settings, on: str | None, out: Path, path: Path, file: Path, as_json: bool
) -> None:
    from tenfold.cohort.study.file import StudyFault, read_study
    from tenfold.cohort.study.lock import lock, write_lock
    from tenfold.cohort.study.names import meaningless_names
    from tenfold.endpoints.time_zero import ImmortalTime
    from tenfold.reports.study import run_study, study_page
    from tenfold.reports.study_files import in_short, write_study

    try:
        asked = read_study(file)
    except OSError as error:
        stop(error)
    except StudyFault as fault:
        stop("\n".join([f"{file} cannot be used:", *(f"  {one}" for one in fault.faults)]))
    beside = None if asked.external is None else file.parent / asked.external.path
    there = None if beside is None else read(beside)
    if wrong := meaningless_names(asked, registry):
        stop("\n".join([f"{file} cannot be used on these records:", *(f"  {one}" for one in wrong)]))
    assessment = in_batches(registry, settings, day_of(on, registry))
    other = None if there is None else in_batches(there, settings, day_of(on, there))
    try:
        with working("Doing what the study asks for"):
            result = run_study(assessment, asked, other)
    except (ImmortalTime, ValueError, LookupError) as error:
        stop(error)
    try:
        with working("Drawing the report"):
            page = study_page(assessment, result)
            files = write_study(result, page, out)
            held = lock(path, file, settings, asked.seed, on, simulated=registry.simulated, external=beside)
            write_lock(held, out / "lock.json")
    except OSError as error:
        stop(f"the study cannot be written: {error}")
    typer.echo(f"{assessment.patients.height} patients; in {out}: {in_short([*files, 'lock.json'])}", err=as_json)
    for line in result.failed:
        typer.echo(f"tenfold: not done: {line}", err=True)
    if as_json:
        print_json({"endpoints": result.endpoints.to_dicts(), "methods": result.methods, "failed": result.failed})
    if result.failed:
        raise typer.Exit(FAULTS)
