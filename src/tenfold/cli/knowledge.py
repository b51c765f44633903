"""Commands that need no records: demo, reproduce, score, surveillance, simulate."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import which
from typing import Annotated, Literal

import typer

from tenfold.cli.shared import (
    HtmlOption,
    JsonOption,
    OnOption,
    console_for,
    counted,
    day_of,
    print_json,
    read,
    stop,
    working,
    write_report,
)


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

    with working("Assessing the published patients"):
        registry = published()
        assessment = run(registry)
    if as_json:
        print_json([card(assessment, patient) for patient in registry.patient_ids()["patient_id"]])
        return
    lead = (
        "The patients published by Tiong et al. (Br J Haematol 2021; twelve) and Thol, Döhner and Ganser (Blood 2024;"
        " three), typed from the papers. What a paper does not print is not known here either, and the answers say so.",
    )
    with working("Recomputing the papers' numbers"):
        findings = recompute()
    with working("Drawing the report"):
        page = cohort_page(
            assessment,
            title="The published patients, assessed",
            lead=lead,
            found=outcomes(assessment, tiong_cohorts(registry)),
            findings=findings_view(findings),
        )
    write_report(page, html)
    console = console_for()
    console.print(lead[0] + "\n")
    summary(console, assessment)
    console.print(f"\nThe papers' own numbers: of {len(findings)}, {in_counts(findings)} (tenfold reproduce).")
    console.print(f"[bold]Report:[/] {html}")
    # Set up by make, the command is beside the interpreter and perhaps not on the path.
    command = "tenfold" if which("tenfold") else Path(sys.executable).with_name("tenfold")
    console.print(f"Next: {command} patient thol-2024 thol-2", soft_wrap=True)


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

    with working("Recomputing the papers' numbers"):
        findings = recompute()
    if out is not None:
        try:
            files = write_findings(findings, out)
        except OSError as error:
            stop(error)
        typer.echo(f"{len(findings)} findings; in {out}: {', '.join(files)}", err=as_json)
    if as_json:
        print_json([as_data(finding) for finding in findings])
    elif out is None:
        print_findings(console_for(), findings)


def score(
    name: Annotated[str | None, typer.Argument(help="A model or definition, e.g. venprs; see --list.")] = None,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE]...",
            help="What is known, e.g. FLT3=yes NF1=? ('?' or left out: not known).",
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Every model for one patient of a registry: tenfold score --all PATH ID. With --model: that model for "
            "every patient, tenfold score --all PATH --model FILE",
        ),
    ] = False,
    on: OnOption = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="List every model with its inputs, or those of NAME.")
    ] = False,
    model: Annotated[
        Path | None, typer.Option("--model", help="A model in a file, made by develop or recalibrate.")
    ] = None,
    at: Annotated[str, typer.Option("--at", help="Months at which --model tells survival.")] = "6,12,24",
    as_json: JsonOption = False,
) -> None:
    """Calculate a model from values on the command line; what is not given counts as not known."""
    from tenfold import calculator
    from tenfold.reports.text import print_answer

    if model is not None and everything:
        from tenfold.cli.models import score_patients

        if name is None or values:
            stop("name one registry: tenfold score --all PATH --model FILE")
        score_patients(model, Path(name), on, as_json)
    if model is not None:
        from tenfold.cli.models import score_model

        score_model(model, [*([name] if name else []), *(values or [])], at, as_json)
        return
    if everything:
        _score_all(name, values or [], on, as_json)
        return
    if show_list or name is None:
        try:
            said = calculator.listing(name) if as_json else calculator.listing_in_words(name)
        except LookupError as error:
            stop(error)
        print_json(said) if as_json else typer.echo(said)
        return
    try:
        answers = calculator.calculate(name, values or [])
    except (LookupError, ValueError) as error:
        stop(error)
    if as_json:
        print_json(answers)
        return
    console = console_for()
    for data in answers:
        print_answer(console, data["model"], data)
        for line in (*data["remarks"], *data["published"]):
            console.print(f"  {line}")


def _score_all(path: str | None, ids: list[str], on: str | None, as_json: bool) -> None:
    """Every model for one patient of a registry."""
    from tenfold.assessment import assess as run
    from tenfold.reports.models import models_of
    from tenfold.reports.text import print_models

    if path is None or len(ids) != 1:
        stop("name a registry and a patient: tenfold score --all PATH ID")
    registry = read(Path(path))
    try:
        found = models_of(run(registry.patient(ids[0]), on=day_of(on, registry)), ids[0])
    except KeyError as error:
        stop(error.args[0])
    if as_json:
        print_json(found)
    else:
        print_models(console_for(), found)


def surveillance(
    markers: Annotated[list[str] | None, typer.Argument(metavar="[MARKER]...", help="NPM1 unless named.")] = None,
    patients: Annotated[int, typer.Option("--patients", min=100, help="Simulated patients.")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", help="Of the simulation: the same seed gives the same answer.")] = 1,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare sampling schedules by simulation: how often a molecular relapse is seen before it is overt, how early."""
    from tenfold.mrd.surveillance import compare
    from tenfold.reports.schedules import print_schedules, schedules_page

    with working("Simulating relapses"):
        try:
            compared = compare(None, markers or ["NPM1"], patients=patients, seed=seed)
        except KeyError as error:
            stop(f"no doubling time is published here for {str(error.args[0]).removeprefix('doubling_time.')}")
    if html is not None:
        write_report(schedules_page(compared), html)
        typer.echo(f"Report: {html}", err=as_json)
    if as_json:
        print_json(compared.to_dicts())
    elif html is None:
        print_schedules(console_for(), compared)


def simulate(
    patients: Annotated[int, typer.Option("--patients", min=1, help="How many.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables.")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same patients.")] = 1,
    kind: Annotated[
        Literal["npm1", "venprs", "mixed"],
        typer.Option("--kind", help="Followed for NPM1; relapsed or refractory before VEN-HMA; or both."),
    ] = "npm1",
    buckets: Annotated[
        int | None,
        typer.Option(
            "--buckets",
            min=1,
            help="Stream as Parquet into so many buckets; above 10,000 patients this is done anyway, 10,000 to a bucket.",
        ),
    ] = None,
) -> None:
    """Write a registry of simulated patients, labelled simulated, to try things on; the truth is known."""
    from tenfold.cohort.simulation import simulate_registry, stream
    from tenfold.cohort.simulation.streaming import PATIENTS_TO_A_BUCKET

    try:
        if buckets is not None or patients > PATIENTS_TO_A_BUCKET:
            with counted(f"Simulating {patients} patients", patients) as reached:
                names = stream(out, patients, seed, buckets, lambda done, _: reached(done), kind=kind)
            told = f"in {len(names)} bucket{'s' * (len(names) > 1)}"
        else:
            with working(f"Simulating {patients} patients"):
                registry = simulate_registry(patients, seed, kind).registry
                registry.write(out)
            told = f"with {registry.table('mrd_samples').height} MRD samples"
    except (OSError, ValueError) as error:
        stop(error)
    typer.echo(f"{patients} SIMULATED patients {told} in {out}; tenfold assess {out}")
