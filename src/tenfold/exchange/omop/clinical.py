"""The persons, conditions, procedures, drugs, episodes and deaths of a CDM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tenfold.exchange.converted import Fate
from tenfold.exchange.omop.harvest import NO_CONCEPT, Gathered, Lookup, day_of
from tenfold.exchange.omop.sources import LINE
from tenfold.exchange.omop.standard_rows import PREFIX
from tenfold.records.lexicon import drugs
from tenfold.vocabulary import EventKind

Row = dict[str, Any]


@dataclass
class Clinical:
    """Reads the clinical tables, one method each, in the order in which they need each other.

    `diagnosed`, `died`: first day of AML, and of death, by person; `seen`: the last day on which anything was recorded.
    """

    gathered: Gathered
    lookup: Lookup
    diagnosed: dict[str, str] = field(default_factory=dict)
    died: dict[str, Row] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    def see(self, rows: list[Row], column: str) -> None:
        """Take note of the days on which something was recorded."""
        for row in rows:
            on = day_of(row.get(column))
            if on is not None and on > self.seen.get(row["person_id"], ""):
                self.seen[row["person_id"]] = on

    def deaths(self, rows: list[Row]) -> None:
        """Deaths by person; the first where a person has several."""
        for row in sorted(rows, key=lambda row: row.get("death_date") or "9999"):
            self.died.setdefault(row["person_id"], row)

    def conditions(self, rows: list[Row], file: str) -> None:
        """Diagnoses and events; the first record of AML is taken for its diagnosis."""
        source = "condition_occurrence"
        for row in rows:
            concept, said = row.get("condition_concept_id"), row.get("condition_source_value")
            label = self.lookup.label(concept, said, "condition")
            on = day_of(row.get("condition_start_date"))
            kind = (
                (said or "").removeprefix(f"{PREFIX}events:") if (said or "").startswith(f"{PREFIX}events:") else None
            )
            if kind in set(EventKind):
                self.gathered.tell(source, label, Fate.MAPPED, "events")
                self._event(file, row, on, {"kind": kind}, row.get("condition_end_date"), None)
                continue
            found, fate, note = self.lookup.find("condition", concept, said)
            if found is None:
                self.gathered.tell(source, label, fate, note=note)
            elif found.column == "diagnosis_date":
                self._diagnosis(row["person_id"], on)
                note = "; ".join(filter(None, ("the first record is taken for the diagnosis", note)))
                self.gathered.tell(source, label, Fate.GUESSED, found.into, note)
            else:
                self.gathered.tell(source, label, fate, found.into, note)
                self._event(
                    file, row, on, found.constant, row.get("condition_end_date"), self.lookup.vocabulary.name(concept)
                )

    def _diagnosis(self, person: str, on: str | None) -> None:
        if on is not None and on < self.diagnosed.get(person, "9999-99-99"):
            self.diagnosed[person] = on

    def _event(self, file: str, row: Row, on: str | None, constant: Any, end: str | None, detail: str | None) -> None:
        cells = {"patient_id": row["person_id"], "event_date": on, "present": "yes", **constant}
        self.gathered.row("events", file, row[LINE], {**cells, "end_date": day_of(end), "detail": detail or None})

    def procedures(self, rows: list[Row], file: str) -> None:
        """Allogeneic transplants; a procedure that does not say that it is one is left."""
        for row in rows:
            concept, said = row.get("procedure_concept_id"), row.get("procedure_source_value")
            label = self.lookup.label(concept, said, "procedure")
            own = said == f"{PREFIX}transplants"
            found, fate, note = self.lookup.find("procedure", concept, said)
            if found is None and not own:
                self.gathered.tell("procedure_occurrence", label, fate, note=note)
                continue
            constant = dict(found.constant) if found else {}
            self.gathered.tell(
                "procedure_occurrence", label, Fate.MAPPED if own else fate, "transplants", "" if own else note
            )
            on = day_of(row.get("procedure_date"))
            cells = {"patient_id": row["person_id"], "transplant_date": on}
            self.gathered.row("transplants", file, row[LINE], {**cells, **constant})

    def drug_names(self, rows: list[Row]) -> dict[str, str]:
        """The generic name of each exposure that has one, by its id; what has none is left."""
        named: dict[str, str] = {}
        for row in rows:
            concept, said = row.get("drug_concept_id"), row.get("drug_source_value")
            label = self.lookup.label(concept, said, "drug")
            found, fate, note = self.lookup.find("drug", concept, said)
            name = found.name if found else None
            if name is None:
                name, note = self._name_said(concept, said, note)
                fate = Fate.LEFT if name is None else Fate.MAPPED
            if name is None:
                self.gathered.tell("drug_exposure", label, fate, note=note)
                continue
            self.gathered.tell("drug_exposure", label, fate, "treatments.drugs or medications.drug", note)
            named[row.get("drug_exposure_id") or f"line {row[LINE]}"] = name
        return named

    def _name_said(self, concept: str | None, said: str | None, note: str) -> tuple[str | None, str]:
        """The generic name that the vocabulary or the source gives in so many letters, and how it was found or why not."""
        within = self.lookup.vocabulary.ingredients.get(concept or "", ())
        together = [within[0], "-".join(within), "-".join(reversed(within))] if within else []
        for name in together if len(within) == 1 else together[1:]:
            if name in drugs():
                return name, "by its ingredients"
        if len(within) > 1:
            return None, f"it has the ingredients {', '.join(within)}, which are not one drug of the records"
        for name in (self.lookup.vocabulary.name(concept), said or ""):
            if name.casefold() in drugs():
                return name.casefold(), "by its name"
        return None, note

    def episodes(self, rows: list[Row], file: str, drugs_of: dict[str, list[str]]) -> None:
        """Treatments, cycles, relapse, progression and remission, from the episodes of disease and treatment."""
        numbers = {row.get("episode_id"): row.get("episode_number") for row in rows}
        for row in rows:
            concept, said = row.get("episode_concept_id"), row.get("episode_source_value")
            found, fate, note = self.lookup.find("episode", concept, None)
            label = self.lookup.label(concept, None, "episode")
            self.gathered.tell("episode", label, fate, found.into if found else "", note)
            if found is None:
                continue
            whose, start, end = (
                row["person_id"],
                day_of(row.get("episode_start_date")),
                day_of(row.get("episode_end_date")),
            )
            if found.column == "diagnosis_date":
                self._diagnosis(whose, start)
            elif found.table == "treatments":
                used = drugs_of.get(row.get("episode_id") or "", [])
                cells = {"patient_id": whose, "line": row.get("episode_number"), "regimen": self._regimen(row)}
                cells |= {"drugs": "+".join(dict.fromkeys(used)) or None, "start_date": start, "end_date": end}
                self.gathered.row("treatments", file, row[LINE], {**cells, **found.constant})
            elif found.table == "cycles":
                cells = {"patient_id": whose, "line": numbers.get(row.get("episode_parent_id"))}
                cells |= {"cycle": row.get("episode_number"), "start_date": start, "end_date": end}
                self.gathered.row("cycles", file, row[LINE], {**cells, **found.constant})
            elif found.table == "events":
                self._event(file, row, start, found.constant, end, said if said != found.constant.get("kind") else None)
            else:
                cells = {"patient_id": whose, "response_date": start, "source": "EPISODE of the CDM"}
                self.gathered.row("responses", file, row[LINE], {**cells, **found.constant})

    def _regimen(self, row: Row) -> str | None:
        named = self.lookup.vocabulary.name(row.get("episode_object_concept_id"))
        return named or row.get("episode_source_value")

    def medications(self, rows: list[Row], file: str, named: dict[str, str], of_episodes: set[str]) -> None:
        """Exposures that no episode of treatment contains."""
        for row in rows:
            own = row.get("drug_exposure_id") or f"line {row[LINE]}"
            if own in named and own not in of_episodes:
                # The CDM wants an end, and it is often made up from a supply; what the source itself said is verbatim.
                cells = {
                    "patient_id": row["person_id"],
                    "drug": named[own],
                    "end_date": day_of(row.get("verbatim_end_date")),
                }
                start = day_of(row.get("drug_exposure_start_date"))
                self.gathered.row("medications", file, row[LINE], {**cells, "start_date": start})

    def observations(self, rows: list[Row], file: str) -> None:
        """What our own source vocabulary says where its note is gone; any other observation is left."""
        for row in rows:
            concept, source = row.get("observation_concept_id"), row.get("observation_source_value") or ""
            on, said = day_of(row.get("observation_date")), row.get("value_as_string")
            label = self.lookup.label(concept, source)
            dated = {"patient_id": row["person_id"]}
            into, _, what = source.removeprefix(PREFIX).partition(":")
            if source.startswith(PREFIX) and into == "genes_tested" and what:
                cells = {**dated, "sample_date": on, "gene": what, "method": said}
            elif source.startswith(PREFIX) and into.startswith("responses.") and said:
                cells = {**dated, "response_date": on, into.partition(".")[2]: said}
            elif source.startswith(PREFIX) and into == "events" and what in set(EventKind):
                absent = said == "looked for and absent"
                cells = {**dated, "event_date": on, "kind": what, "present": "no" if absent else "yes"}
                cells["detail"] = None if absent else said
            else:
                self.gathered.tell("observation", label, Fate.LEFT, note="the concept map does not have it")
                continue
            table = into.partition(".")[0]
            self.gathered.tell("observation", label, Fate.MAPPED, table)
            self.gathered.row(table, file, row[LINE], cells)

    def persons(self, rows: list[Row], file: str, cohort: bool = False) -> None:
        """Patients. Of a birth of which only the year is known, none is made up.

        `cohort`: persons without AML are left; so they are where anybody here has it.
        """
        cohort = cohort or any(row["person_id"] in self.diagnosed for row in rows)
        for row in rows:
            person = row["person_id"]
            if cohort and person not in self.diagnosed:
                self.gathered.tell(
                    "person", "persons without a mapped diagnosis of AML", Fate.LEFT, note="not in the cohort"
                )
                continue
            sex = self.lookup.map.word_of("sex", row.get("gender_concept_id"))
            fate = Fate.MAPPED if sex else Fate.LEFT
            known = row.get("gender_concept_id") not in NO_CONCEPT
            label = self.lookup.label(row.get("gender_concept_id"), row.get("gender_source_value"), "sex")
            self.gathered.tell(
                "person, gender",
                label,
                fate,
                "patients.sex" if sex else "",
                "" if sex or not known else "not in the map",
            )
            cells: Row = {"patient_id": person, "sex": sex, "birth_date": self._born(row)}
            cells["diagnosis_date"] = self.diagnosed.get(person)
            death = self.died.get(person)
            if death is not None:
                cells |= {"death_date": day_of(death.get("death_date")), "cause_of_death": self._cause(death)}
            elif person in self.seen:
                cells["last_contact_date"] = self.seen[person]
                note = "the last day on which a visit, measurement, procedure or drug was recorded"
                self.gathered.tell("person", "last day recorded", Fate.GUESSED, "patients.last_contact_date", note)
            self.gathered.row("patients", file, row[LINE], cells)

    def _born(self, row: Row) -> str | None:
        year, month, day = (row.get(f"{part}_of_birth") for part in ("year", "month", "day"))
        if year is None or month is None or day is None:
            self.gathered.tell("person", "births of which only the year is known", Fate.LEFT, note="no day is made up")
            return None
        self.gathered.tell("person", "births with year, month and day", Fate.MAPPED, "patients.birth_date")
        return f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}"

    def _cause(self, death: Row) -> str | None:
        return death.get("cause_source_value") or self.lookup.vocabulary.name(death.get("cause_concept_id")) or None
