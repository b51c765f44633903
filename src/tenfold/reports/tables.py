"""An assessment as tables: a summary to read, and every answer as CSV to work on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape

from tenfold.assessment import RISK_MODELS, Assessment
from tenfold.cohort.reclassified import Reclassified
from tenfold.engine.answers import answer_frames
from tenfold.logic.decision import Question
from tenfold.records.csv_out import write_csv
from tenfold.reports.text import NOT_A_DEVICE, either, plain_table

MOST_ROWS = 50


def summary(console: Console, assessment: Assessment) -> None:
    """Print one line per patient (the first 50) and how often each molecular state was found."""
    if assessment.registry.simulated:
        console.print("[bold]SIMULATED PATIENTS[/bold]")
    table = plain_table("patient", "molecular state", "disease", *(model.name for model in RISK_MODELS), "set aside")
    risks = {row["patient_id"]: row for row in assessment.risk.head(MOST_ROWS).to_dicts()}
    for row in assessment.patients.head(MOST_ROWS).to_dicts():
        risk = risks[row["patient_id"]]
        answers = [in_short(model, risk[f"{model.key}_possible"]) for model in RISK_MODELS]
        state = either(row["state_possible"]) if row["state_possible"] else "no MRD sample"
        table.add_row(
            *map(
                escape,
                (
                    row["patient_id"],
                    state,
                    row["last_turn"] or "",
                    *answers,
                    str(row["records_set_aside"] or ""),
                ),
            )
        )
    console.print(table)
    for line in outside_scope(assessment):
        console.print(line)
    if assessment.patients.height > MOST_ROWS:
        console.print(
            f"The first {MOST_ROWS} of {assessment.patients.height} patients; --out DIR writes all, --json prints all."
        )
    states = Counter(
        either(row) if row is not None else "no MRD sample" for row in assessment.patients["state_possible"].to_list()
    )
    for state, count in states.most_common():
        console.print(f"{count:>8}  {escape(state)}")
    console.print(NOT_A_DEVICE)


def outside_scope(assessment: Assessment) -> list[str]:
    """Why models are outside their scope, and of how many patients: one line for models of which the same is said."""
    said: dict[tuple[str, int], list[str]] = {}
    for model in RISK_MODELS:
        for guard in model.guards:
            count = int((assessment.risk[guard.criterion.column] == 0).sum())
            if guard.refuses and count:
                said.setdefault((guard.outside, count), []).append(model.name)
    return [
        f"Outside the scope of {' and '.join(names)}, {count} patient{'s' * (count > 1)}: {why}."
        for (why, count), names in said.items()
    ]


def in_short(model: Question, possible: Sequence[str]) -> str:
    """A model's answer in a cell: the group or groups, "cannot be told" for all of them, "refused" for none."""
    if not possible:
        return "outside scope"
    return "cannot be told" if len(possible) == len(model.answers) else either(possible)


def print_reclassified(console: Console, found: Reclassified) -> None:
    """Print how the molecular states of two editions cross, and each patient who moves (the first 50)."""
    table = plain_table(found.first, found.second, "patients")
    for row in found.cross_table.to_dicts():
        moved = row["state_first"] != row["state_second"]
        style = "bold" if moved else "dim"
        cells = (escape(row["state_first"]), escape(row["state_second"]), str(row["patients"]))
        table.add_row(*(f"[{style}]{cell}[/]" for cell in cells))
    console.print(table)
    console.print(f"{found.in_words()}.")
    if found.moved.height:
        listed = plain_table("patient", found.first, "because", found.second, "because", "reclassified")
        for row in found.moved.head(MOST_ROWS).to_dicts():
            listed.add_row(*(escape(row[name]) for name in found.moved.columns))
        console.print(listed)
    if found.moved.height > MOST_ROWS:
        console.print(f"The first {MOST_ROWS}; --out DIR writes all.")
    console.print(NOT_A_DEVICE)


def write_reclassified(found: Reclassified, folder: Path) -> list[str]:
    """Write the cross-table and the patients who move as CSV; return the file names."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {"first": found.first, "second": found.second}
    for name, frame in (("cross_table.csv", found.cross_table), ("reclassified.csv", found.moved)):
        renamed = {
            column: column.replace(which, edition)
            for which, edition in named.items()
            for column in frame.columns
            if column.endswith(which)
        }
        write_csv(frame.rename(renamed), folder / name)
    return ["cross_table.csv", "reclassified.csv"]


def write(assessment: Assessment, folder: Path) -> list[str]:
    """Write every frame of an assessment as CSV, days as dates where the registry has dates; return the file names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for name, frame in answer_frames(assessment).items():
        lists = [column for column, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
        names.append(f"{name}.csv")
        write_csv(frame.with_columns(pl.col(lists).list.join(" | ")), folder / names[-1])
    return names
