"""The index day of a description: what is "before", what a group is known by, which treatment, and who is described.

Any clock of the endpoints can be it (the diagnosis, the first treatment, the first dose of venetoclax, the first MRD
relapse ...), or the first venetoclax for residual or relapsed disease. Who has no such day is not described, and the
patient flow counts why.

Traps: a line that begins on the index day is the one about to start; the treatment of a diagnosis is the first line, that of
an MRD relapse the first line for residual disease from it on; where no day is published at all everybody is described by
all that is on record, which is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import clock_called
from tenfold.cohort.flow import MOLECULAR_RELAPSE_STEPS, Flow, Step, flow, flow_facts
from tenfold.cohort.index_treatment import for_molecular_disease, index_treatment, with_venetoclax
from tenfold.cohort.known_at_start import KnownAtStart, as_recorded, index_days, known_at_start
from tenfold.cohort.members import only_members
from tenfold.cohort.population import value_at_start
from tenfold.cohort.subgroup import members
from tenfold.endpoints.starts import starts
from tenfold.mrd.molecular_response import FOR_RESIDUAL_DISEASE
from tenfold.records.timeline import complete_from_the_beginning, exact_day
from tenfold.vocabulary import Clock

MOLECULAR = "venetoclax for residual or relapsed disease"
SHORT = ("venetoclax for molecular disease", "venetoclax for residual disease", MOLECULAR)
"""The index that is no clock, however written."""
UNDATED = "No {} has a published day: nobody is left out for want of it, and what is known is all that is on record."


@dataclass(frozen=True)
class Described:
    """Who is described, from which day. `name`: the index in words; `start`: patient_id, `start_day`.

    `assessment` holds the described patients only; `known` is what was known of them on the day (all that is on record where
    not `dated`); `treatments` as `index_treatment`; `flow` from everybody on record to them.
    """

    name: str
    dated: bool
    assessment: Assessment
    known: KnownAtStart
    start: pl.DataFrame
    treatments: pl.DataFrame
    flow: Flow
    notes: tuple[str, ...]


def index_called(name: str) -> Clock | None:
    """Return the clock of an index, None for `MOLECULAR`. LookupError names those there are."""
    if name.strip().lower() in SHORT:
        return None
    try:
        return clock_called(name)
    except LookupError:
        there = ", ".join(clock.value for clock in Clock)
        raise LookupError(f"no index is called {name}; there are {there}, {MOLECULAR}") from None


def described_at(assessment: Assessment, name: str, population: str | None = None, endpoint: str = "OS") -> Described:
    """Return who is described from an index. `population`: a subgroup in words, read as known on each patient's index day.

    `endpoint` chooses among models made for several. LookupError for an index or a fact that means nothing; ValueError for
    a population that cannot be read, or if nobody is left.
    """
    clock = index_called(name)
    said = MOLECULAR if clock is None else clock.value
    found = _index_days(assessment, clock)
    start = found.select("patient_id", "start_day").drop_nulls()
    dated = bool(start.height)
    if not dated and not found["has"].has_nulls():
        raise ValueError(f"nobody has the index that is described, {said}")
    known = known_at_start(assessment, start.rename({"start_day": "index_day"})) if dated else as_recorded(assessment)
    inside = known.present.select("patient_id", member=pl.lit(True))
    if population is not None:
        inside = members(population, value_at_start(known, endpoint))
    chosen = inside.filter("member")["patient_id"]
    if chosen.is_empty():
        raise ValueError(f"nobody is left to describe: no patient with {said} is known to have {population}")
    kept = only_members(assessment, chosen)
    treatments = _treatments(kept, clock, found)
    facts = flow_facts(assessment, _treatments(assessment, clock, found))
    facts = facts.join(found.select("patient_id", "has"), on="patient_id", how="left", maintain_order="left")
    facts = facts.join(inside, on="patient_id", how="left", maintain_order="left")
    made = flow(facts, _steps(clock, population, dated=dated))
    notes = [] if dated else [UNDATED.format(said)]
    if clock is None and len(made.kept) != chosen.len():
        notes.append(
            f"The tables are of {chosen.len()} patients: everybody with {said}, also who leaves this flow earlier."
        )
    return Described(
        name=said,
        dated=dated,
        assessment=kept,
        known=_only(known, chosen),
        start=start.filter(pl.col("patient_id").is_in(chosen.implode())),
        treatments=treatments,
        flow=made,
        notes=tuple(notes),
    )


def _index_days(assessment: Assessment, clock: Clock | None) -> pl.DataFrame:
    """Each patient's `start_day` and `start_order` (null where there is none), and whether there `has` been an index."""
    registry = assessment.registry
    if clock is None:
        index = index_treatment(registry, for_molecular_disease())
        days = index.select("patient_id", start_day=exact_day(), start_order="order", given=pl.lit(True))
        frame = registry.patient_ids().join(days, on="patient_id", how="left", maintain_order="left")
        none = ~pl.col("given").fill_null(False) & complete_from_the_beginning(registry, "treatments")
    else:
        frame = starts(registry, assessment.history, assessment.molecular, clock)
        day = pl.when(pl.col("no_start_because").is_null()).then(pl.col("start_day").cast(pl.Int64))
        frame = frame.with_columns(start_day=day)
        none = (pl.col("no_start_because") == f"no {clock.value} on record").fill_null(False)
        on = index_days(assessment, frame, clock).rename({"index_day": "start_day"})
        frame = frame.drop("start_day").join(on, on="patient_id", how="left", maintain_order="left")
    has = pl.when(pl.col("start_day").is_not_null()).then(True).when(none).then(False)
    return frame.select("patient_id", "start_day", "start_order", has=has)


def _treatments(assessment: Assessment, clock: Clock | None, found: pl.DataFrame) -> pl.DataFrame:
    """The treatment that the tables are about, as `index_treatment`."""
    registry = assessment.registry
    if clock is None:
        return index_treatment(registry, for_molecular_disease())
    if clock == Clock.VENETOCLAX:
        return index_treatment(registry, with_venetoclax())
    if clock in (Clock.DIAGNOSIS, Clock.TREATMENT):
        return index_treatment(registry, pl.lit(True))
    kept = pl.lit(True)
    if clock == Clock.MRD_RELAPSE:
        kept = pl.col("intent").is_null() | pl.col("intent").is_in(FOR_RESIDUAL_DISEASE)
    since = found.select("patient_id", from_order="start_order").drop_nulls()
    return index_treatment(registry, kept, since=since)


def _steps(clock: Clock | None, population: str | None, *, dated: bool) -> tuple[Step, ...]:
    said = MOLECULAR if clock is None else clock.value
    there = Step(
        said, pl.col("has"), f"no {said}", f"whether or on which day there was a {said}", keeps_unknown=not dated
    )
    chosen = (
        [] if population is None else [Step(population, pl.col("member"), f"not {population}", f"whether {population}")]
    )
    if clock is None:
        return (*MOLECULAR_RELAPSE_STEPS, *chosen)
    if clock in (Clock.TREATMENT, Clock.VENETOCLAX):
        return (there, *chosen)
    words = {
        Clock.DIAGNOSIS: "treated",
        Clock.MRD_RELAPSE: "treated for residual disease from then on",
    }.get(clock, "treated from then on")
    return (there, *chosen, Step(words, pl.col("treated"), "never so treated", "whether so treated"))


def _only(known: KnownAtStart, patients: pl.Series) -> KnownAtStart:
    mine = pl.col("patient_id").is_in(patients.implode())
    return replace(
        known,
        records=known.records.select(patients),
        present=known.present.filter(mine),
        diagnosis=known.diagnosis.filter(mine),
    )
