"""The part of a study that describes its patients: tables with what must stand under them, and figures, of one population.

Everything here is of the same patients: those of the population who have the index day, read as known on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from tenfold.assessment import ALL_MODELS, Assessment
from tenfold.cohort.asked_scores import Asked, asked
from tenfold.cohort.describe import Description, describe, score_values
from tenfold.cohort.figure_rows import courses, mutation_rows, trajectory_rows
from tenfold.cohort.molecular_tables import CATEGORIES, TISSUES
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.index_day import Described, described_at
from tenfold.cohort.study.later_facts import one_each
from tenfold.cohort.unsettled import unsettled
from tenfold.figures.flow import flow_figure
from tenfold.figures.heading import Drawing
from tenfold.figures.histogram import score_histogram
from tenfold.figures.oncoprint import oncoprint
from tenfold.figures.response_by_cycle import response_by_cycle
from tenfold.figures.swimmer import swimmer
from tenfold.figures.trajectories import trajectories
from tenfold.figures.vaf_by_gene import vaf_by_gene_figure
from tenfold.logic.decision import Score
from tenfold.mrd.levels import ABL1, CD45, DIAGNOSIS, VAF
from tenfold.vocabulary import Clock

SCALES = {
    ABL1: "percent of ABL1",
    DIAGNOSIS: "percent of the diagnostic level",
    VAF: "variant allele fraction",
    CD45: "percent of CD45 positive cells",
}
MONTHS_BEFORE, MONTHS_AFTER = 3, 24
"""MRD is drawn from so long before the index day until so long after."""


@dataclass(frozen=True)
class StudyDescription:
    """The description of a study's patients, what draws its figures (by title), the notes under its tables, its methods."""

    told: Description
    of: Described
    drawings: dict[str, Drawing]
    notes: dict[str, list[str]]
    methods: list[str]

    def notes_table(self) -> pl.DataFrame:
        """What stands under each table, one row a note."""
        rows = [(name, note) for name, notes in self.notes.items() for note in notes]
        return pl.DataFrame(rows, {"table": pl.String, "note": pl.String}, orient="row")


def describe_study(assessment: Assessment, study: Study) -> StudyDescription:
    """Describe a study's population from its index day: the study's, else the clock of its first endpoint.

    LookupError for a name that means nothing, ValueError for one that means several models, has no groups, or leaves nobody.
    """
    first = study.endpoints[0]
    name = study.index or (first.clock or first.rule.clock).value
    endpoint = str(first.rule.name)
    of = described_at(assessment, name, study.population, endpoint)
    groups, order, open_ = (None, (), []) if study.describe_by is None else _groups(of, study.describe_by, endpoint)
    told = describe(
        of.assessment,
        groups,
        index=of.treatments,
        known=of.known if of.dated else None,
        as_recorded=not of.dated,
        patient_flow=of.flow,
        order=order,
        age_at_diagnosis=of.name == Clock.DIAGNOSIS.value,
    )
    notes = told.notes()
    if open_:
        notes["table_1"] = list(dict.fromkeys([*notes.get("table_1", []), *open_]))
    if of.notes:
        notes["patient_flow"] = [*of.notes, *notes.get("patient_flow", [])]
    drawings = dict(_drawings(of, told, study, endpoint))
    return StudyDescription(told, of, drawings, notes, _methods(of, told, study))


def _groups(of: Described, name: str, endpoint: str) -> tuple[pl.DataFrame, tuple[str, ...], list[str]]:
    """The group of each patient by a model or a column as known on the index day, the groups' own order, and what is said
    of those whose group is one of several.
    """
    wanted, columns = asked([name], of.known, endpoint)
    one_each([name], wanted)
    [score] = wanted
    if not score.groups:
        raise ValueError(f"describe_by: {name} is a number and has no groups; name a model, or a column of words")
    groups = columns.select("patient_id", group=pl.col(score.column("group")))
    there = set(groups["group"].drop_nulls())
    if not there:
        raise ValueError(f"describe_by: {name} is not known of anybody on the index day ({of.name})")
    return groups, tuple(group for group in score.groups if group in there), unsettled(wanted, columns)


def _drawings(of: Described, told: Description, study: Study, endpoint: str) -> Iterator[tuple[str, Drawing]]:
    mutations, lanes = mutation_rows(told.seen), courses(of.assessment, told.index)
    yield "Patient flow", lambda width: flow_figure(told.flow, width=width)
    yield "Mutations at diagnosis", lambda width: oncoprint(mutations, width=width)
    yield (
        "Variant allele fraction by gene",
        lambda width: vaf_by_gene_figure(told.mutations, told.fractions, width=width),
    )
    for score in _scores(of, study, endpoint):
        values = score_values(told.seen, score)
        yield f"Distribution of {score.name}", lambda width, values=values: score_histogram(values, width=width)  # type: ignore[misc]
    yield (
        "Course from the index treatment",
        lambda width: swimmer(lanes, x_title="months from the first day of the treatment", width=width),
    )
    for tissue in TISSUES:
        if told.cycles.filter((pl.col("of") == tissue) & pl.col("standing").is_in(CATEGORIES)).height:
            yield (
                f"MRD response by cycle in {tissue}",
                lambda width, tissue=tissue: response_by_cycle(told.cycles, tissue=tissue, width=width),  # type: ignore[misc]
            )
    yield from _trajectories(of)


def _trajectories(of: Described) -> Iterator[tuple[str, Drawing]]:
    """MRD over time in each tissue and on each scale; scales have figures of their own."""
    x_title = f"months from {of.name}, {MONTHS_BEFORE} before to {MONTHS_AFTER} after"
    for tissue in TISSUES:
        levels = trajectory_rows(of.assessment, of.start, tissue=tissue)
        levels = levels.filter(pl.col("at").is_between(-MONTHS_BEFORE, MONTHS_AFTER))
        for family, scale in SCALES.items():
            here = levels.filter((pl.col("family") == family) & (pl.col("level").is_not_null()))
            if here.height:
                yield (
                    f"MRD in {tissue} over time in {scale}",
                    lambda width, rows=levels, family=family: trajectories(  # type: ignore[misc]
                        rows, family, x_title=x_title, start=of.name, width=width
                    ),
                )


def _scores(of: Described, study: Study, endpoint: str) -> list[Score]:
    """The scores with cut-offs that the study names anywhere, each once."""
    names = [
        study.describe_by,
        *(one.by for one in study.groups),
        *(name for one in study.scores for name in one.compare),
    ]
    found: dict[str, Score] = {}
    for name in dict.fromkeys(name for name in names if name):
        for one in _asked(name, of, endpoint):
            model = one.question
            if isinstance(model, Score) and any(held is model for held in ALL_MODELS) and len(model.groups) > 1:
                found[model.name] = model
    return list(found.values())


def _asked(name: str, of: Described, endpoint: str) -> list[Asked]:
    """The scores that a name means; a name that means nothing is told where it is asked for."""
    try:
        return asked([name], of.known, endpoint)[0]
    except (LookupError, ValueError):
        return []


def _methods(of: Described, told: Description, study: Study) -> list[str]:
    """What was described, in the sentences of a methods section."""
    whom = "every patient" if study.population is None else f"every patient with {study.population}"
    when = "as known on its day" if of.dated else "by all that is on record"
    patients = told.table_1.groups["all patients"]
    said = [
        f"The description is of {patients} patients: {whom} who has the index, {of.name}, {when}; the treatment and response "
        f"tables are of the {told.index.height} of them who had the index treatment."
    ]
    age = (
        "Age is that at diagnosis"
        if of.name == Clock.DIAGNOSIS.value or not of.dated
        else "Age is that on the index day"
    )
    said.append(f"{age}; karyotype, mutations, ELN risk, blood counts and ECOG are those at diagnosis.")
    if study.describe_by is not None:
        said.append(f"They are compared by {study.describe_by}, {when}; the test stands beside each p.")
    if "molecular_response_all" not in told.tables():
        said.append(
            "After cycles 1 to 2 of that treatment nobody's molecular response could be told: those tables are left out."
        )
    said.append("Figures without room for all patients show some, evenly spaced by identifier, and say how many.")
    return said
