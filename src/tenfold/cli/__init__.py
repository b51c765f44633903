"""The command line: thin. Every command asks the same functions as Python does and prints their answers."""

import typer

from tenfold.cli import (
    accounts,
    compare,
    convert,
    deidentify,
    develop,
    evidence,
    genetics,
    knowledge,
    laboratory,
    queries,
    records,
    redcap,
    serve,
    trials,
    version,
    worklist,
)

app = typer.Typer(
    name="tenfold",
    help="MRD-guided, venetoclax-based treatment of AML: molecular state, response and risk from dated records,"
    " with the reasons and what is not known. Decision support; not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.callback(invoke_without_command=True)(version.said)
for command in (
    knowledge.demo,
    records.check,
    records.assess,
    records.patient,
    records.cohort,
    compare.compare,
    convert.convert,
    deidentify.deidentify,
    queries.queries,
    worklist.worklist,
    develop.develop,
    develop.recalibrate,
    laboratory.plate,
    genetics.karyotype,
    knowledge.score,
    evidence.evidence,
    trials.trials,
    knowledge.reproduce,
    knowledge.surveillance,
    knowledge.simulate,
    serve.serve,
):
    app.command()(command)
app.add_typer(redcap.app)
serve.app.command()(accounts.account)
app.add_typer(serve.app)


def main() -> None:
    """Run the command line; exit 0, 1 (the input has faults) or 2 (usage)."""
    app()
