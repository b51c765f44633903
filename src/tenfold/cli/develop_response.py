"""What `tenfold develop --endpoint response` does: a model of who responds, from records or from a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tenfold.cli.shared import console_for, in_batches, print_json, read, read_settings, stop, working

if TYPE_CHECKING:
    import polars as pl

    from tenfold.cohort.development.response.develop import ResponsePlan

    Counting = Callable[[], AbstractContextManager[Callable[[str, int], None]]]

OF_SURVIVAL = (
    "clock", "cut_offs", "groups", "mixing", "horizon", "splits", "train", "impute", "entry",
)  # fmt: skip
"""Options that have no meaning where the endpoint is a response."""
OF_RESPONSE = ("outcome", "response_set", "which", "index", "population")
"""Options that have a meaning only there."""


def is_response(ctx: typer.Context, endpoint: str) -> bool:
    """Whether the endpoint is a response; stop with the options that do not fit it."""
    given = [
        name
        for name in (*OF_SURVIVAL, *OF_RESPONSE)
        if (source := ctx.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    ]
    wanted = endpoint.strip().lower() == "response"
    wrong = [f"--{name.replace('_', '-')}" for name in given if (name in OF_RESPONSE) != wanted]
    if wrong:
        where = "of a response" if wanted else "of an endpoint over time; they go with --endpoint response"
        stop(f"{', '.join(wrong)}: no meaning in the model {where}")
    return wanted


def develop_response(
    path: Path,
    plan: ResponsePlan,
    names: Sequence[str],
    asked: dict[str, str | None],
    *,
    validation: Path | None,
    out: Path | None,
    settings: Path | None,
    as_json: bool,
    counting: Counting,
) -> None:
    """Develop, validate, write and print. `names`: the candidates as typed; `asked`: outcome, set, which, index, population."""
    from dataclasses import replace

    from tenfold.cohort.development.response.develop import develop_response as run
    from tenfold.cohort.development.response.external import validate_response
    from tenfold.cohort.development.shared_patients import told_apart
    from tenfold.cohort.development.validated import validated
    from tenfold.reports.response_development import as_data, print_response_development, write_response_development

    frame, outcome, source, simulated = _frame(path, names, asked, settings)
    other, whose = None, ""
    if validation is not None:
        other, _, whose, _ = _frame(validation, names, asked, settings)
    try:
        if other is not None:
            told_apart(frame, other, plan.candidates, (plan.response,))  # before the work, not after it
        with counting() as tell:
            found = run(frame, replace(plan, outcome=outcome, source=source, simulated=simulated), tell)
        seen = None
        if other is not None and found.entry is not None:
            seen = validate_response(found.entry, other, seed=plan.seed, developed=frame)
            found = replace(found, entry=validated(found.entry, bool(plan.bootstrap), seen, whose))
    except (LookupError, ValueError) as error:
        stop(error)
    if out is not None:
        try:
            with working("Writing the model and the report"):
                files = write_response_development(found, out, validation=seen)
        except OSError as error:
            stop(f"the model cannot be written: {error}")
        typer.echo(f"In {out}: {', '.join(files)}", err=as_json)
    if as_json:
        print_json(as_data(found, seen))
        return
    print_response_development(console_for(), found, validation=seen)


def _frame(
    path: Path, names: Sequence[str], asked: dict[str, str | None], settings: Path | None
) -> tuple[pl.DataFrame, str, str, bool]:
    """One row a patient: (the frame, the outcome in words, the source in words, whether simulated)."""
    from tenfold.cohort.development.reading import read_patients

    if not path.is_dir():
        meant = [
            f"--{name.replace('_', '-')}" for name in ("response_set", "which", "index", "population") if asked[name]
        ]
        if meant:
            stop(f"{', '.join(meant)}: for a folder of records; in a file the column response says who responded")
        try:
            return read_patients(path), asked["outcome"] or "response", path.name, False
        except (OSError, ValueError) as error:
            stop(error)
    from tenfold.cohort.development.response.records import INDEX, from_responses, response_set_called

    if asked["which"] not in (None, "best", "last"):
        stop(f"--which {asked['which']}: best or last")
    registry = read(path)
    try:
        chosen = response_set_called(asked["response_set"] or "VEN-PRS")
        assessment = in_batches(registry, read_settings(settings), None)
        with working("Reading responses and candidates at the index"):
            found = from_responses(
                assessment,
                names,
                outcome=asked["outcome"] or "CRc",
                of=chosen,
                which="last" if asked["which"] == "last" else "best",
                index=asked["index"] or INDEX,
                population=asked["population"],
            )
    except (LookupError, ValueError) as error:
        stop(error)
    for row in found.left_out.to_dicts():
        typer.echo(f"tenfold: {row['patients']} without an answer: {row['why']}", err=True)
    for line in found.notes:
        typer.echo(f"tenfold: {line}", err=True)
    return found.frame, found.outcome, registry.title or path.name, registry.simulated
