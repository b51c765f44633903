"""A CDM read as records: first what our own notes hold, then everything else through the concept map."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.exchange.converted import Converted, Fate, Field
from tenfold.exchange.omop.cdm import id_column
from tenfold.exchange.omop.clinical import Clinical
from tenfold.exchange.omop.columns_read import FOLLOWED, INTO, LEFT, READ, READ_BY_PERSON, SEEN, VOCABULARY
from tenfold.exchange.omop.concepts import KINDS, ConceptMap, concept_map
from tenfold.exchange.omop.harvest import Gathered, Lookup, Vocabulary, lines_of, vocabulary_of
from tenfold.exchange.omop.measurements import Measurements
from tenfold.exchange.omop.notes import About, Own, about, cells_sheet, read_notes
from tenfold.exchange.omop.of_persons import OfPersons
from tenfold.exchange.omop.sources import LINE, Source, opened, settings_of
from tenfold.records.admission import admit
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES
from tenfold.vocabulary import EventKind, Tissue

NAMED = 10
"""How many persons a reason names."""
NOT_COMPLETE = "OMOP does not say what is complete: no table made of it is taken to be, so that no row means not known"


def read_cdm(path: str | Path, persons: range | None = None, cohort: bool = False) -> Converted:
    """Read a CDM: a DuckDB file, a folder of CSV or Parquet, or what a file *.omop.toml names (a PostgreSQL URL ...).

    `persons`: only those of these numbers; `cohort`: persons without AML are left even if nobody among these has it.
    FileNotFoundError, ValueError with what to do where it cannot be read at all.
    """
    settings = settings_of(Path(path))
    known = concept_map(settings.concepts)
    source = opened(settings)
    try:
        return _Reading(source if persons is None else OfPersons(source, persons), known, cohort).converted()
    finally:
        source.close()


def anybody_diagnosed(source: Source, known: ConceptMap) -> bool:
    """Whether anybody of a source has AML, which makes those who have it the cohort."""
    return _Reading(source, known).anybody_diagnosed()


@dataclass
class _Reading:
    source: Source
    known: ConceptMap
    cohort: bool = False

    def anybody_diagnosed(self) -> bool:
        held = {name: self.source.table(name) for name in ("condition_occurrence", "episode")}
        scout = Clinical(Gathered(), Lookup(self.known, self._vocabulary(held)))
        scout.conditions(lines_of(held["condition_occurrence"]), "")
        scout.episodes(lines_of(held["episode"]), "", {})
        return bool(scout.diagnosed)

    def converted(self) -> Converted:
        there = [name for name in READ if name in self.source.names() and name not in VOCABULARY]
        held = {name: self.source.table(name) for name in there}
        useless = [name for name in held if "person_id" in READ[name] and "person_id" not in held[name].columns]
        if "person" in useless:
            raise ValueError(f"{self.source.file('person')} has no column person_id: it is no table of an OMOP CDM")
        held = {name: frame for name, frame in held.items() if name not in useless}
        told = about(held.get("metadata", pl.DataFrame()))
        own = read_notes(
            held.get("note", pl.DataFrame()), held, self.source.file("note"), told.axis if told else "calendar"
        )
        gathered = Gathered()
        rest = {name: _unclaimed(name, frame, own) for name, frame in held.items()}
        rest = {name: _named(frame, own) for name, frame in rest.items()}
        if told is not None and told.axis == "relative":
            others = sum(frame.height for name, frame in rest.items() if name in READ_BY_PERSON)
            if others:
                gathered.notes.append(
                    f"{others} rows are not of our own writing: they have dates, the records days since day 0, so that they are left"
                )
        else:
            self._gather(rest, gathered, own)
        sheets = [*self._own_sheets(own, told), *gathered.sheets()]
        sheets.append(self._completeness(own, told, gathered))
        registry = admit(
            [sheet for sheet in sheets if sheet.header],
            axis=told.axis if told else "calendar",
            title=told.title if told else None,
            simulated=told.simulated if told else False,
            sources=told.sources if told else {},
        )
        fields = [*self._columns(held, own), *gathered.fates.values()]
        return Converted(registry, "omop", tuple(fields), tuple(self._notes(gathered, told, own, held)))

    def _gather(self, held: dict[str, pl.DataFrame], gathered: Gathered, own: Own) -> None:
        lookup = Lookup(self.known, self._vocabulary(held))
        rows = {name: lines_of(frame) for name, frame in held.items()}
        scout = Clinical(Gathered(), lookup)
        scout.conditions(rows.get("condition_occurrence", []), "")
        scout.episodes(rows.get("episode", []), "", {})
        ours = set(own.patients.values())
        if scout.diagnosed or self.cohort:
            kept = set(scout.diagnosed) | ours
            for name, found in rows.items():
                if name in READ_BY_PERSON and name != "person":
                    others = [row["person_id"] for row in found if row.get("person_id") not in kept]
                    _say_left(gathered, name, "rows of persons without a mapped diagnosis of AML", others)
            rows = {
                name: [row for row in found if row.get("person_id") in kept]
                if name in READ_BY_PERSON and name != "person"
                else found
                for name, found in rows.items()
            }
        clinical = Clinical(gathered, lookup)
        clinical.deaths(rows.get("death", []))
        clinical.conditions(rows.get("condition_occurrence", []), self.source.file("condition_occurrence"))
        exposures = rows.get("drug_exposure", [])
        names = clinical.drug_names(exposures)
        drugs_of, of_episodes = self._of_episodes(rows, names, lookup)
        clinical.episodes(rows.get("episode", []), self.source.file("episode"), drugs_of)
        clinical.medications(exposures, self.source.file("drug_exposure"), names, of_episodes)
        clinical.procedures(rows.get("procedure_occurrence", []), self.source.file("procedure_occurrence"))
        clinical.observations(rows.get("observation", []), self.source.file("observation"))
        measurements = Measurements(
            gathered, lookup, self.source.file("measurement"), self._tissues(rows.get("specimen", []))
        )
        measurements.read(rows.get("measurement", []))
        for name, column in SEEN.items():
            clinical.see(rows.get(name, []), column)
        clinical.persons(rows.get("person", []), self.source.file("person"), self.cohort)
        persons = {row["person_id"] for row in rows.get("person", [])} | ours
        strangers = [who for who in scout.diagnosed if who not in persons]
        _say_left(gathered, "person", "persons with AML who are not in PERSON", strangers)
        for row in rows.get("death", []):
            if row["person_id"] in ours:  # the patient's own row is our note's, and has no such death
                cells = {
                    "patient_id": row["person_id"],
                    "event_date": row.get("death_date"),
                    "kind": str(EventKind.DEATH),
                }
                gathered.row("events", self.source.file("death"), row[LINE], {**cells, "present": "yes"})

    def _vocabulary(self, held: dict[str, pl.DataFrame]) -> Vocabulary:
        """Of the source's vocabulary what the data use: the whole has millions of concepts."""
        wanted = [number for kind in FOLLOWED for number in self.known.of(kind) if number > 0]
        used: set[int] = {number for kind in KINDS for number in self.known.of(kind) if number > 0}
        for frame in held.values():
            for column in frame.columns:
                if column.endswith("_concept_id"):
                    used.update(frame[column].cast(pl.Int64, strict=False).drop_nulls().unique())
        above = self.source.table("concept_ancestor", ("descendant_concept_id", sorted(used)))
        if "ancestor_concept_id" in above.columns:
            used.update(above["ancestor_concept_id"].cast(pl.Int64, strict=False).drop_nulls().unique())
        return vocabulary_of(self.source.table("concept", ("concept_id", sorted(used))), above, wanted)

    def _of_episodes(
        self, rows: dict[str, list[dict[str, Any]]], names: dict[str, str], lookup: Lookup
    ) -> tuple[dict[str, list[str]], set[str]]:
        """The drugs of each episode of treatment, and the exposures that belong to one."""
        regimens = {
            row.get("episode_id")
            for row in rows.get("episode", [])
            if (found := lookup.find("episode", row.get("episode_concept_id"), None)[0]) and found.table == "treatments"
        }
        field = str(self.known.written["drug_exposure_field"])
        drugs: dict[str, list[str]] = {}
        linked: set[str] = set()
        for row in rows.get("episode_event", []):
            exposure = row.get("event_id")
            if (
                row.get("episode_event_field_concept_id") == field
                and exposure in names
                and row.get("episode_id") in regimens
            ):
                drugs.setdefault(str(row["episode_id"]), []).append(names[exposure])
                linked.add(exposure)
        return drugs, linked

    def _tissues(self, specimens: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], set[str]] = {}
        for row in specimens:
            said = (row.get("specimen_source_value") or "").casefold()
            if said in set(Tissue):
                found.setdefault((row["person_id"], (row.get("specimen_date") or "")[:10]), set()).add(said)
        return {key: next(iter(tissues)) for key, tissues in found.items() if len(tissues) == 1}

    def _own_sheets(self, own: Own, told: About | None) -> list[Sheet]:
        axis = told.axis if told else "calendar"
        empty = [
            cells_sheet(table, self.source.file("note"), [], axis=axis)
            for table in (told.tables if told else {})
            if table not in own.sheets and table != "completeness"
        ]
        return [*own.sheets.values(), *empty]

    def _completeness(self, own: Own, told: About | None, gathered: Gathered) -> Sheet:
        """What METADATA states, less what is no longer so; nothing else is complete."""
        stated = list(told.completeness or []) if told else []
        rows: list[dict[str, Any]] = []
        short = {table for table, height in told.tables.items() if own.read.get(table, 0) < height} if told else set()
        whole = set(told.tables) - short if told else set()
        rows += [row for row in stated if row.get("table") not in short]
        made = {*own.sheets, *gathered.tables(), *(told.tables if told else {})}
        rows += [{"table": table, "complete": "no"} for table in TABLES if table in made and table not in whole]
        others = {
            cells["patient_id"]
            for of_table in gathered.rows.values()
            for _, cells in of_table
            if cells.get("patient_id")
        }
        strangers = sorted(others - set(own.patients.values()))
        rows += [
            {"patient_id": who, "table": table, "complete": "no"}
            for who in strangers
            for table in TABLES
            if table in whole & made
        ]
        axis = told.axis if told else "calendar"
        if not rows and (told is None or told.completeness is None):
            return Sheet("completeness", "", (), pl.DataFrame(), pl.Series([], dtype=pl.Int64), lambda rows: [])
        return cells_sheet("completeness", self.source.file("metadata"), list(enumerate(rows, 1)), axis=axis)

    def _columns(self, held: dict[str, pl.DataFrame], own: Own) -> list[Field]:
        """What became of each column of each table, and of our own notes."""
        told = []
        for name in self.source.names():
            if name in VOCABULARY:
                note = "of the concepts that the data use"
                told += [Field(name, column, Fate.MAPPED, INTO[name], note) for column in READ[name]]
            elif name not in held:
                why = "it has no column person_id" if name in READ else LEFT.get(name, "not used")
                told.append(Field(name, "the table", Fate.LEFT, note=why))
            if name not in held:
                continue
            for column in held[name].columns:
                filled = held[name].height - held[name][column].null_count()
                used = column in READ[name]
                if column != LINE and (used or filled):
                    fate = Fate.MAPPED if used else Fate.LEFT
                    told.append(
                        Field(
                            name, column, fate, INTO.get(name, "") if used else "", "" if used else "not used", filled
                        )
                    )
        told += [
            Field("note", f"tenfold:{table}", Fate.MAPPED, table, "a row of the records as it was written", height)
            for table, height in own.read.items()
            if table in TABLES
        ]
        return told

    def _notes(self, gathered: Gathered, told: About | None, own: Own, deaths_in: Collection[str]) -> list[str]:
        said = list(gathered.notes)
        if own.read and told is None:
            said.append(
                "there are notes of Tenfold's, and METADATA does not hold all that it wrote with them: nothing is taken as complete"
            )
        if told:
            short = {table: height - own.read.get(table, 0) for table, height in told.tables.items()}
            said += [f"{table}: {n} of its notes are gone; it is not complete" for table, n in short.items() if n > 0]
        if gathered.rows:
            said.append(NOT_COMPLETE)
        if gathered.rows and "death" not in deaths_in:
            said.append(
                "no table death could be read: who has died is not known, and nobody is taken to be alive for it"
            )
        outside = len(gathered.rows.get(("medications", self.source.file("drug_exposure")), []))
        if outside:
            said.append(
                f"{outside} exposures belong to no episode of treatment: they are medications, no line is made of them"
            )
        return said


def _say_left(gathered: Gathered, table: str, what: str, persons: list[str]) -> None:
    """Rows that are left because of whose they are, with the first of the persons."""
    if not persons:
        return
    each = list(dict.fromkeys(persons))
    more = f" and {len(each) - NAMED} more" if len(each) > NAMED else ""
    gathered.tell(table, what, Fate.LEFT, note=f"of {', '.join(each[:NAMED])}{more}", filled=len(persons))


def _unclaimed(name: str, frame: pl.DataFrame, own: Own) -> pl.DataFrame:
    """The rows of a table that no note of ours names."""
    claimed = own.claimed.get(name)
    column = id_column(name)
    if not claimed or column not in frame.columns:
        return frame
    return frame.filter(~pl.col(column).is_in(sorted(claimed)).fill_null(False))


def _named(frame: pl.DataFrame, own: Own) -> pl.DataFrame:
    """Persons under the ids of the records; a person whose number is a patient's own id is kept apart from that patient."""
    if "person_id" not in frame.columns:
        return frame
    frame = frame.filter(pl.col("person_id").is_not_null())
    clash = sorted(set(own.patients.values()) - set(own.patients))
    person = pl.col("person_id")
    other = pl.when(person.is_in(clash)).then(pl.format("person {}", person)).otherwise(person)
    return frame.with_columns(
        pl.when(person.is_in(list(own.patients))).then(person.replace(own.patients)).otherwise(other).alias("person_id")
    )
