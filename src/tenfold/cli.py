"""The command line: thin. Every command asks the same functions as Python does and prints their answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from tenfold.assessment import Assessment
    from tenfold.records import Registry
    from tenfold.settings import Settings

FAULTS, USAGE = 1, 2
BATCH = 10_000

app = typer.Typer(
    name="tenfold",
    help="MRD-guided, venetoclax-based treatment of AML: molecular state, response and risk from dated records,"
    " with the reasons and what is not known. Decision support; not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

PathArgument = Annotated[Path, typer.Argument(help="A folder of tables (CSV or Parquet), one file a table.")]
OnOption = Annotated[
    str | None,
    typer.Option("--on", help="Answer as of this day, seeing only what was known by it: 2024-05-03, or a day number."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
SettingsOption = Annotated[
    Path | None,
    typer.Option("--settings", help="A TOML file that changes named settings, e.g. [mrd] low_level_below = 1.0"),
]


EditionOption = Annotated[
    str | None,
    typer.Option("--edition", help="Whose definition of molecular relapse: ELN-MRD-2018, ELN-MRD-2021, FILO-2025 ..."),
]


def main() -> None:
    """Run the command line; exit 0, 1 (the input has faults) or 2 (usage)."""
    app()


def _stop(message: str, code: int = USAGE) -> NoReturn:
    typer.echo(f"tenfold: {message}", err=True)
    raise typer.Exit(code)


def _console(stderr: bool = False) -> Any:
    from rich.console import Console

    # Off a terminal nothing is folded to 80 columns.
    return Console(stderr=stderr, highlight=False, width=None if sys.stdout.isatty() else 160)


@contextmanager
def _working(message: str) -> Iterator[None]:
    console = _console(stderr=True)
    if console.is_terminal:
        with console.status(message):
            yield
    else:
        yield


def _read(path: Path) -> Registry:
    import tenfold

    try:
        with _working(f"Reading {path}"):
            return tenfold.read(path)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        _stop(str(error))


def _settings(path: Path | None) -> Settings:
    from tenfold.settings import DEFAULTS

    try:
        return DEFAULTS if path is None else DEFAULTS.read(path)
    except OSError as error:
        _stop(str(error))
    except (KeyError, ValueError) as error:
        _stop(f"{path}: {error.args[0]}")


def _edition(settings: Settings, name: str | None) -> Settings:
    try:
        return settings if name is None else settings.changed(mrd__edition=name)
    except ValueError as error:
        _stop(str(error.args[0]))


def _day(text: str | None, registry: Registry) -> int | None:
    """A day of the registry's own axis from what the user typed."""
    if text is None:
        return None
    if registry.axis == "relative":
        try:
            return int(text)
        except ValueError:
            _stop(f"--on {text}: these records count days; give a day number such as 120")
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError:
        _stop(f"--on {text}: write the date as 2024-05-03")


def _say_faults(registry: Registry) -> int:
    """Tell on stderr that records have faults; return the exit code."""
    faults = registry.check()
    if not faults.height:
        return 0
    rows = registry.set_aside.height
    typer.echo(
        f"tenfold: {faults.height} fault{'s' * (faults.height > 1)} in the records, {rows} row{'s' * (rows != 1)} set aside;"
        " the rest is used. `tenfold check` names each.",
        err=True,
    )
    return FAULTS


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write the report, one self-contained page, here.")]


def _write(page: str, path: Path) -> None:
    from tenfold.reports.page import write_page

    try:
        write_page(page, path)
    except OSError as error:
        _stop(f"the report cannot be written: {error}")


@app.command()
def demo(
    html: Annotated[Path, typer.Option("--html", help="Where the report goes.")] = Path("tenfold-demo.html"),
    as_json: JsonOption = False,
) -> None:
    """Assess every patient published in the papers, recompute the papers' numbers, and write one report of it all."""
    from tenfold.assessment import assess as run
    from tenfold.cohort.outcomes import outcomes
    from tenfold.exchange.published import published, tiong_cohorts
    from tenfold.reports.card import card
    from tenfold.reports.cohort import cohort_page
    from tenfold.reports.findings import findings_view, in_counts
    from tenfold.reports.tables import summary
    from tenfold.reproduce import reproduce as recompute

    with _working("Assessing the published patients"):
        registry = published()
        assessment = run(registry)
    if as_json:
        _print_json([card(assessment, patient) for patient in registry.patient_ids()["patient_id"]])
        return
    lead = (
        "The patients published by Tiong et al. (Br J Haematol 2021; twelve) and Thol, Döhner and Ganser (Blood 2024;"
        " three), typed from the papers. What a paper does not print is not known here either, and the answers say so.",
    )
    with _working("Recomputing the papers' numbers"):
        findings = recompute()
    with _working("Drawing the report"):
        page = cohort_page(
            assessment,
            title="The published patients, assessed",
            lead=lead,
            found=outcomes(assessment, tiong_cohorts(registry)),
            findings=findings_view(findings),
        )
    _write(page, html)
    console = _console()
    console.print(lead[0] + "\n")
    summary(console, assessment)
    console.print(f"\nThe papers' own numbers: of {len(findings)}, {in_counts(findings)} (tenfold reproduce).")
    console.print(f"[bold]Report:[/] {html}")


@app.command()
def check(path: PathArgument, as_json: JsonOption = False) -> None:
    """Name the faults of the records in plain words; exit 1 if there are any."""
    from tenfold.reports.text import print_faults

    registry = _read(path)
    faults = registry.check().to_dicts()
    counts = {name: frame.height for name, frame in sorted(registry.tables.items())}
    if as_json:
        _print_json({"faults": faults, "rows_used": counts, "rows_set_aside": registry.set_aside.height})
    else:
        console = _console()
        print_faults(console, faults)
        used = ", ".join(f"{name} {rows}" for name, rows in counts.items())
        console.print(f"Rows used: {used}. Rows set aside: {registry.set_aside.height}. Faults: {len(faults)}.")
    if faults:
        raise typer.Exit(FAULTS)


@app.command()
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
    as_json: JsonOption = False,
) -> None:
    """Assess every patient: molecular state, response, risk. Faulty rows are set aside and the rest is used."""
    from tenfold.reports.card import card
    from tenfold.reports.tables import summary, write

    registry = _read(path)
    day = _day(on, registry)
    chosen = _edition(_settings(settings), edition)
    if compare_edition is not None:
        _compare_editions(registry, chosen, _edition(chosen, compare_edition), day, out, as_json)
        raise typer.Exit(_say_faults(registry))
    assessment = _in_batches(registry, chosen, day)
    if out is not None:
        try:
            files = write(assessment, out)
        except OSError as error:
            _stop(str(error))
        typer.echo(f"{assessment.patients.height} patients; answers in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        _print_json([card(assessment, patient) for patient in assessment.patients["patient_id"]])
    elif out is None and not assessment.patients.height and registry.patient_ids().height:
        typer.echo(f"Nothing was known of any of the {registry.patient_ids().height} patients by {on}.")
    elif out is None:
        summary(_console(), assessment)
    raise typer.Exit(_say_faults(registry))


def _compare_editions(
    registry: Registry, first: Settings, second: Settings, on: int | None, out: Path | None, as_json: bool
) -> None:
    from tenfold.cohort.reclassified import reclassified
    from tenfold.reports.tables import print_reclassified, write_reclassified

    found = reclassified(_in_batches(registry, first, on), _in_batches(registry, second, on))
    if out is not None:
        try:
            files = write_reclassified(found, out)
        except OSError as error:
            _stop(str(error))
        typer.echo(f"{found.moved.height} patients reclassified; in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        _print_json(
            {
                "first": found.first,
                "second": found.second,
                "cross_table": found.cross_table.to_dicts(),
                "reclassified": found.moved.to_dicts(),
            }
        )
    elif out is None:
        print_reclassified(_console(), found)


def _in_batches(registry: Registry, settings: Settings, on: int | None) -> Assessment:
    """Assess in batches of whole patients, with a progress bar on a terminal."""
    from rich.progress import Progress

    from tenfold.assessment import assess as run
    from tenfold.assessment import together

    patients = registry.patient_ids()["patient_id"]
    if len(patients) <= BATCH:
        with _working(f"Assessing {len(patients)} patients"):
            return run(registry, settings, on)
    parts = []
    with Progress(console=_console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Assessing patients", total=len(patients))
        for start in range(0, len(patients), BATCH):
            ids = patients.slice(start, BATCH)
            parts.append(run(registry.select(ids), settings, on))
            progress.advance(task, len(ids))
    return together(parts)


@app.command()
def patient(
    path: PathArgument,
    patient_id: Annotated[str, typer.Argument(metavar="ID", help="The patient's identifier in the records.")],
    on: OnOption = None,
    settings: SettingsOption = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one patient: the molecular state and why, response, risk, what is missing."""
    from tenfold.assessment import assess as run
    from tenfold.reports.card import card
    from tenfold.reports.page import patient_page
    from tenfold.reports.text import NOT_A_DEVICE, print_card

    registry = _read(path)
    try:
        one = registry.patient(patient_id)
    except KeyError as error:
        _stop(error.args[0])
    day = _day(on, registry)
    assessment = run(one, _settings(settings), day)
    if patient_id not in assessment.patients["patient_id"]:
        _stop(f"nothing was known of {patient_id} by {registry.format_day(day or 0)}")
    data = card(assessment, patient_id)
    if html is not None:
        with _working("Drawing the report"):
            page = patient_page(assessment, patient_id)
        _write(page, html)
        typer.echo(f"Report of {patient_id}: {html}", err=as_json)
    if as_json:
        _print_json(data)
    elif html is None:
        console = _console()
        print_card(console, data)
        console.print(NOT_A_DEVICE)
    raise typer.Exit(_say_faults(one))


@app.command()
def cohort(
    path: PathArgument,
    out: Annotated[Path, typer.Option("--out", help="Folder for the report, the times and the curves.")],
    on: OnOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report a registry: patients, molecular response, and OS, RFS and RFS-MRD with their curves and numbers at risk."""
    from tenfold.cohort.outcomes import outcomes
    from tenfold.reports.cohort import cohort_page, write_outcomes

    registry = _read(path)
    assessment = _in_batches(registry, _settings(settings), _day(on, registry))
    with _working("Counting endpoints"):
        found = outcomes(assessment)
    with _working("Drawing the report"):
        page = cohort_page(assessment, title=registry.title or f"Cohort of {path.name}", found=found)
    _write(page, out / "report.html")
    files = ["report.html", *write_outcomes(found, registry, out)]
    typer.echo(f"{assessment.patients.height} patients; in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        _print_json(found.as_data())
    raise typer.Exit(_say_faults(registry))


@app.command()
def reproduce(
    as_json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the findings and all VEN-PRS profiles as CSV into this folder.")
    ] = None,
) -> None:
    """Recompute what the papers print: published, recomputed, verdict, and why they differ where they do."""
    from tenfold.reports.findings import print_findings, write_findings
    from tenfold.reproduce import as_data
    from tenfold.reproduce import reproduce as recompute

    with _working("Recomputing the papers' numbers"):
        findings = recompute()
    if out is not None:
        try:
            files = write_findings(findings, out)
        except OSError as error:
            _stop(str(error))
        typer.echo(f"{len(findings)} findings; in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        _print_json([as_data(finding) for finding in findings])
    elif out is None:
        print_findings(_console(), findings)


@app.command()
def score(
    name: Annotated[str | None, typer.Argument(help="A model or definition, e.g. venprs; see --list.")] = None,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE]...",
            help="What is known, e.g. FLT3=yes NF1=? ('?' or left out: not known).",
        ),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List every model with its inputs.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Calculate a model from values on the command line; what is not given counts as not known."""
    from tenfold import calculator
    from tenfold.reports.text import print_answer

    if show_list or name is None:
        if as_json:
            _print_json(calculator.listing())
        else:
            typer.echo(calculator.listing_in_words())
        return
    try:
        answers = calculator.calculate(name, values or [])
    except (LookupError, ValueError) as error:
        _stop(str(error.args[0]))
    if as_json:
        _print_json(answers)
        return
    console = _console()
    for data in answers:
        print_answer(console, data["model"], data)
        for line in data["published"]:
            console.print(f"  {line}")
