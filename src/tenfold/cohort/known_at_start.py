"""Each patient as known on the patient's own time zero: no fact of the future can enter a score, a column or a subgroup.

The records of each patient are counted in days from the patient's own start and seen as of day 0, so that one assessment
asks every model of every patient on the right day. A sample taken by then counts whenever its report came.

Traps: a line of treatment that begins on day 0 is the one about to start; on the clock of the diagnosis a patient is read
on the first day of treatment where that follows within the diagnostic window, since the work-up of a diagnosis takes days;
a time that was reported without dates has no day to look from, and the picture is then of all that is on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from tenfold.assessment import Assessment, assess
from tenfold.catalogue import QUESTIONS
from tenfold.endpoints.starts import starts
from tenfold.records.nearest import nearest
from tenfold.records.registry import Registry
from tenfold.records.shape import Table
from tenfold.records.tables import TABLES
from tenfold.records.timeline import placed
from tenfold.vocabulary import Clock, Intent

NOT_READ = ("mrd_samples",)
"""Tables that no risk model reads: leaving them out spares an assessment most of its time."""
NEAR = 0.75
"""A name so like another may be a slip of it; one that is less so means something else."""
PRESENT, DIAGNOSIS, CALENDAR = "present", "diagnosis", "calendar"
_ANSWERED = tuple(f"{question.key}_" for question in QUESTIONS)


class SeveralPlaces(LookupError):
    """A name of several columns that say different things of some patient."""


@dataclass(frozen=True)
class KnownAtStart:
    """What was known of each patient. `present`: the picture on the day; `diagnosis`: that of the diagnosis.

    `records`: the tables, in days from the start, as known by it. `years`: patient_id and `diagnosis_year`, the calendar
    year, null where days take the place of dates.
    """

    records: Registry
    present: pl.DataFrame
    diagnosis: pl.DataFrame
    years: pl.DataFrame

    def value(self, name: str) -> pl.DataFrame:
        """Return patient_id and `value` of a column: a fact of a picture, or the last value of a table by time zero.

        "TP53" where only one place has it, else "present.TP53", "diagnosis.TP53" or "counts.wbc_e9_l". A model's file, where
        a name cannot hold a dot, calls them "present_TP53" and "counts_wbc_e9_l". LookupError in plain words where there is
        none, where several places have it, and for a column that holds several values.
        """
        places = self._places()
        place, dot, column = _with_dot(name, places).partition(".")
        if dot and place in places and column in places[place]:
            return self._read(place, column)
        if dot:
            near = nearest(column, places.get(place, ()), NEAR)
            known = ", ".join(places.get(place, ())) if place in places else f"the places are {', '.join(places)}"
            raise LookupError(f"no column is called {name}; " + (f"did you mean {place}.{near}?" if near else known))
        found = [place for place, columns in places.items() if name in columns]
        # A picture is made from the tables: it goes before them.
        found = [place for place in found if place in (PRESENT, DIAGNOSIS)] or found
        if not found:
            every = sorted({column for columns in places.values() for column in columns})
            near = nearest(name, every, NEAR)
            raise LookupError(f"no column is called {name}" + (f"; did you mean {near}?" if near else ""))
        values = [self._read(place, name) for place in found]
        if not all(one.equals(values[0]) for one in values[1:]):
            raise SeveralPlaces(f"{name} is in several places: say {' or '.join(f'{place}.{name}' for place in found)}")
        return values[0]

    def _places(self) -> dict[str, list[str]]:
        pictures = {PRESENT: self.present, DIAGNOSIS: self.diagnosis}
        named = {place: [c for c in frame.columns if _is_fact(c)] for place, frame in pictures.items()}
        for table in self.records.tables:
            skipped = {"patient_id", "sequence", *(column.named("relative") for column in TABLES[table].dates)}
            named[table] = [column for column in self.records.table(table).columns if column not in skipped]
        named[CALENDAR] = ["diagnosis_year"]
        return {place: columns for place, columns in named.items() if place != "completeness"}

    def _read(self, place: str, column: str) -> pl.DataFrame:
        people = self.present.select("patient_id")
        if place == CALENDAR:
            rows = self.years.select("patient_id", value=column)
        elif place in (PRESENT, DIAGNOSIS):
            rows = (self.present if place == PRESENT else self.diagnosis).select("patient_id", value=column)
        elif TABLES[place].dated_by is None:
            raise LookupError(f"{place}.{column}: {place} has no dates, so what was known at time zero cannot be told")
        else:
            known = placed(self.records, place).filter(pl.col(column).is_not_null())
            dated = known.filter(pl.col("order").is_not_null() | (place == "patients")).sort("order")
            rows = dated.group_by("patient_id", maintain_order=True).agg(value=pl.col(column).last())
        if isinstance(rows.schema["value"], (pl.List, pl.Struct)):
            raise LookupError(f"{place}.{column} holds several values a patient: it cannot be a score")
        return people.join(rows, on="patient_id", how="left", maintain_order="left")


def _with_dot(name: str, places: Mapping[str, Sequence[str]]) -> str:
    """A name as it is asked for: where no column is called "present_TP53" it is the TP53 of the present picture."""
    if any(name in columns for columns in places.values()):
        return name
    told = (
        f"{place}.{column}" for place, columns in places.items() for column in columns if f"{place}_{column}" == name
    )
    return next(told, name)


def _is_fact(column: str) -> bool:
    answered = column.startswith((*_ANSWERED, "criterion_", "phase_")) or column in {q.key for q in QUESTIONS}
    return not answered and column not in ("patient_id", "relapsed")


def index_days(assessment: Assessment, timed: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Return patient_id and `index_day`, the day on which each patient is read. `timed`: patient_id, `start_day`."""
    started = timed.select("patient_id", "start_day").drop_nulls()
    if clock != Clock.DIAGNOSIS:
        return started.rename({"start_day": "index_day"})
    first = starts(assessment.registry, assessment.history, assessment.molecular, Clock.TREATMENT)
    window = assessment.settings["risk.diagnostic_window"]
    joined = started.join(
        first.select("patient_id", first_day="start_day"), on="patient_id", how="left", maintain_order="left"
    )
    soon = pl.col("first_day").is_between(pl.col("start_day"), pl.col("start_day") + window).fill_null(False)
    return joined.select("patient_id", index_day=pl.when(soon).then("first_day").otherwise("start_day"))


def known_at_start(assessment: Assessment, index: pl.DataFrame) -> KnownAtStart:
    """Return what was known of each patient by the patient's `index_day` (patient_id, `index_day`)."""
    records = counted_from(assessment.registry, index).as_of(0)
    read = replace(records, tables={name: frame for name, frame in records.tables.items() if name not in NOT_READ})
    found = assess(read, assessment.settings, on=0)
    return KnownAtStart(records, found.risk, found.diagnosis, _years(assessment.registry))


def seen_at_start(assessment: Assessment, known: KnownAtStart) -> Assessment:
    """Return an assessment whose records and pictures are those of time zero, of the patients who have one.

    Everything else in it (states, responses, history) is still of all that is on record.
    """
    pictures = {"risk": known.present, "diagnosis": known.diagnosis}
    return replace(
        assessment,
        registry=known.records,
        given=lambda name: pictures[name] if name in pictures else getattr(assessment, name),
    )


def as_recorded(assessment: Assessment) -> KnownAtStart:
    """Return all that is on record, for times that were reported without dates."""
    registry = assessment.registry
    return KnownAtStart(registry, assessment.risk, assessment.diagnosis, _years(registry))


def _years(registry: Registry) -> pl.DataFrame:
    """The calendar year of each patient's diagnosis."""
    people = registry.table("patients")
    dated = "diagnosis_date" in people.columns
    year = pl.col("diagnosis_date").dt.year().cast(pl.Int64) if dated else pl.lit(None, pl.Int64)
    return people.select("patient_id", diagnosis_year=year)


def counted_from(registry: Registry, index: pl.DataFrame) -> Registry:
    """Return the records of the patients of `index`, every day counted from each patient's own `index_day`."""
    chosen = registry.select(index["patient_id"])
    tables = {name: _shifted(chosen, name, index) for name in chosen.tables}
    aside = chosen.set_aside.join(index, on="patient_id", how="left", maintain_order="left")
    return replace(
        chosen,
        tables=tables,
        axis="relative",
        set_aside=aside.with_columns((pl.col("known_day") - pl.col("index_day")).cast(pl.Int32)).drop("index_day"),
    )


def _shifted(registry: Registry, name: str, index: pl.DataFrame) -> pl.DataFrame:
    table = TABLES[name]
    frame = registry.days(name)
    if name == "completeness":
        frame = _for_each(frame, index)
    days = [column.named("relative") for column in table.dates]
    moved = frame.join(index, on="patient_id", how="left", maintain_order="left").with_columns(
        (pl.col(day) - pl.col("index_day")).cast(pl.Int32).alias(day) for day in days
    )
    return _by_own_day(moved.drop("index_day"), table)


def _by_own_day(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """A sample counts from the day on which it was taken, whenever its result was reported."""
    if table.dated_by is None or "reported_date" not in table:
        return frame
    own = pl.col(table[table.dated_by].named("relative"))
    return frame.with_columns(reported_day=pl.when(own.is_null()).then("reported_day"))


def _for_each(statements: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """Statements for everybody as one a patient, since each counts days from a start of its own."""
    everybody = statements.filter(pl.col("patient_id").is_null()).drop("patient_id")
    own = statements.filter(pl.col("patient_id").is_not_null())
    spread = index.select("patient_id").join(everybody, how="cross")
    rest = spread.join(own, on=["patient_id", "table"], how="anti")
    return pl.concat([own, rest.select(own.columns)])


def remission_since(assessment: Assessment, index: pl.DataFrame, within_days: int | None) -> pl.DataFrame:
    """Return patient_id and `remission_reached`: CR or CRi after the start, with no salvage before it.

    `within_days`: by this day after the start; at any time if None. "No" only where responses are recorded completely.
    """
    limit = pl.lit(within_days, pl.Int64)
    upto = pl.lit(True) if within_days is None else pl.col("latest_day") <= pl.col("index_day") + limit
    perhaps = pl.lit(True) if within_days is None else pl.col("earliest_day") <= pl.col("index_day") + limit
    turns = assessment.course.filter(pl.col("kind") == "remission").join(index, on="patient_id")
    after = turns.filter(pl.col("latest_day") > pl.col("index_day"))
    lines = placed(assessment.registry, "treatments").filter(pl.col("intent") == Intent.SALVAGE)
    later = lines.join(index, on="patient_id").filter(pl.col("earliest_day") > pl.col("index_day"))
    salvage = later.group_by("patient_id").agg(salvaged=pl.col("order").min())
    told = (
        after.join(salvage, on="patient_id", how="left")
        .with_columns(first=(pl.col("salvaged").is_null() | (pl.col("order") < pl.col("salvaged"))))
        .group_by("patient_id")
        .agg(surely=(upto & pl.col("first")).any(), possibly=(perhaps & pl.col("first").fill_null(True)).any())
    )
    complete = assessment.registry.complete("responses").with_columns(recorded=pl.lit(True))
    joined = index.join(told, on="patient_id", how="left").join(complete, on="patient_id", how="left")
    begun = (pl.col("complete_from_day").is_null() | (pl.col("complete_from_day") <= pl.col("index_day"))).fill_null(
        False
    )
    none = pl.col("recorded").fill_null(False) & begun & ~pl.col("possibly").fill_null(False)
    return joined.select(
        "patient_id",
        remission_reached=pl.when(pl.col("surely").fill_null(False)).then(True).when(none).then(False),
    )
