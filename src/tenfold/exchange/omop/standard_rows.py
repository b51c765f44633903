"""What of a row of the records the standard tables of OMOP have a place for.

Each function gives the CDM rows that say the same as one row of the records, without ids: the writer numbers them, and the
reader makes them again to see whether anybody changed them since. A row without a date gives none, since every clinical
table of the CDM wants one; it is held by its note alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tenfold.exchange.omop.cdm import widths
from tenfold.exchange.omop.concepts import concept_map
from tenfold.records.shape import Kind, day_name
from tenfold.records.tables import TABLES
from tenfold.vocabulary import Detection, EventKind, Qualifier

PREFIX = "tenfold:"
"""Before every source value of our own vocabulary: tenfold:counts.anc_e9_l, tenfold:mrd_samples:NPM1."""
DAY_ZERO = date(2000, 1, 1)
"""The date on which day 0 is written, where the records keep days since each patient's day 0."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standard:
    """One CDM row without its ids: its table and its cells. `of_episode`: an exposure that the episode before it contains."""

    table: str
    cells: dict[str, Any] = field(default_factory=dict)
    of_episode: bool = False


def standard_rows(table: str, row: Row) -> list[Standard]:
    """The CDM rows that say the same as a row of a table of the records; none where OMOP has no place for it."""
    made = MAKERS[table](row) if table in MAKERS else []
    return [Standard(one.table, fitted(one.table, one.cells), one.of_episode) for one in made]


def fitted(table: str, cells: dict[str, Any]) -> dict[str, Any]:
    """Cells with their texts cut to what the CDM has room for; the whole text is in the note."""
    bounds = widths(table)
    return {
        name: value[: bounds[name]] if isinstance(value, str) and name in bounds else value
        for name, value in cells.items()
    }


def calendar(row: Row, name: str) -> date | None:
    """A date of a row; a day since day 0 as the date that so many days after `DAY_ZERO`. ValueError beyond the calendar."""
    if day_name(name) not in row:
        value = row.get(name)
        return value if isinstance(value, date) else None
    day = row[day_name(name)]
    try:
        return None if day is None else DAY_ZERO + timedelta(days=int(day))
    except OverflowError:
        raise ValueError(f"{day_name(name)} {day} is beyond the years 1 to 9999, which OMOP's dates can hold") from None


def person_cells(row: Row) -> dict[str, Any]:
    """What PERSON holds of a patient's own row; without the year of a birth that is not known, which the writer adds."""
    born = calendar(row, "birth_date")
    sex = next((one.id for one in concept_map().of("sex").values() if one.word == row.get("sex")), 0)
    cells: dict[str, Any] = {"gender_concept_id": sex, "gender_source_value": row.get("sex")}
    cells |= {"month_of_birth": born.month if born else None, "day_of_birth": born.day if born else None}
    return cells | {"year_of_birth": born.year} if born else cells


def _patient(row: Row) -> list[Standard]:
    found = []
    diagnosed, died = calendar(row, "diagnosis_date"), calendar(row, "death_date")
    if diagnosed is not None:
        aml = next(one for one in concept_map().of("condition").values() if one.into == "patients.diagnosis_date")
        cells = {"condition_concept_id": aml.id, "condition_start_date": diagnosed}
        found.append(
            Standard("condition_occurrence", {**cells, "condition_source_value": f"{PREFIX}patients.diagnosis_date"})
        )
    if died is not None:
        cause = row.get("cause_of_death")
        found.append(Standard("death", {"death_date": died, "cause_source_value": cause}))
    return found


def _treatment(row: Row) -> list[Standard]:
    start, end = calendar(row, "start_date"), calendar(row, "end_date")
    if start is None:
        return []
    episode = _episode("treatments", start, end, number=row["line"], said=row["regimen"])
    drugs = (row["drugs"] or "").split("+") if row["drugs"] else []
    return [episode, *(_exposure(drug, start, end, of_episode=True) for drug in drugs)]


def _cycle(row: Row) -> list[Standard]:
    start = calendar(row, "start_date")
    if start is None:
        return []
    return [_episode("cycles", start, calendar(row, "end_date"), number=row["cycle"], said=None)]


def _medication(row: Row) -> list[Standard]:
    start, end = calendar(row, "start_date"), calendar(row, "end_date")
    return [] if start is None else [_exposure(drug, start, end) for drug in row["drug"].split("+")]


def _transplant(row: Row) -> list[Standard]:
    on = calendar(row, "transplant_date")
    if on is None:
        return []
    cells = {"procedure_concept_id": concept_map().written["transplant"], "procedure_date": on}
    return [Standard("procedure_occurrence", {**cells, "procedure_source_value": f"{PREFIX}transplants"})]


def _mrd(row: Row) -> list[Standard]:
    on = calendar(row, "sample_date")
    if on is None:
        return []
    detected = {Detection.YES: "positive", Detection.NO: "negative"}.get(row["detected"])
    npm1 = [
        one
        for one in concept_map().of("measurement").values()
        if one.into == "mrd_samples" and {name: row.get(name) for name in one.constant} == dict(one.constant)
    ]
    measured = _measurement(
        on,
        npm1[0].id if npm1 else 0,
        _mrd_source("tissue", row),
        number=row["value"],
        operator={q: q.value for q in Qualifier}.get(row["qualifier"]),
        word=detected,
        said=row["detected"],
        unit_text=row["scale"],
    )
    copies = [
        _measurement(on, 0, _mrd_source(name, row), number=row[name], unit_text="copies")
        for name in ("target_copies", "control_copies")
        if row[name] is not None
    ]
    specimen = {"specimen_concept_id": 0, "specimen_date": on, "specimen_source_id": row["sample_id"]}
    return [measured, *copies, Standard("specimen", {**specimen, "specimen_source_value": row["tissue"]})]


def _mrd_source(name: str, row: Row) -> str:
    """tenfold:mrd_samples.marrow:NPM1, or tenfold:mrd_samples.target_copies:NPM1 beside it."""
    part = row["tissue"] if name == "tissue" else name
    return f"{PREFIX}mrd_samples{'.' + part if part else ''}:{row['marker']}"


def _numbers(table: str, dated_by: str) -> Callable[[Row], list[Standard]]:
    """A maker for a table of numbers: one measurement for each that is filled."""
    columns = [one for one in TABLES[table].columns if one.kind in (Kind.NUMBER, Kind.COUNT) and one.name != "sequence"]

    def made(row: Row) -> list[Standard]:
        on = calendar(row, dated_by)
        found = []
        for column in columns:
            if on is None or row[column.name] is None:
                continue
            into = f"{table}.{column.name}"
            concept = concept_map().written_as(into)
            units = concept_map().units.get(concept.units, ()) if concept else ()
            unit = next((one for one in units if one.factor == 1), None)
            found.append(
                _measurement(
                    on,
                    concept.id if concept else 0,
                    PREFIX + into,
                    number=row[column.name],
                    unit=unit.id if unit else None,
                    unit_text=column.unit,
                )
            )
        return found

    return made


def _variant(row: Row) -> list[Standard]:
    on = calendar(row, "sample_date")
    if on is None:
        return []
    said = row["hgvs_p"] or row["hgvs_c"] or row["kind"]
    return [_measurement(on, 0, f"{PREFIX}variants:{row['gene']}", number=row["vaf"], word="positive", said=said)]


def _fusion(row: Row) -> list[Standard]:
    on = calendar(row, "sample_date")
    if on is None:
        return []
    word = {True: "positive", False: "negative"}.get(row["result"])
    return [_measurement(on, 0, f"{PREFIX}fusions:{row['fusion']}", word=word, said=row["method"])]


def _karyotype(row: Row) -> list[Standard]:
    on = calendar(row, "sample_date")
    return [] if on is None else [_measurement(on, 0, f"{PREFIX}karyotypes", said=row["iscn"])]


def _gene_tested(row: Row) -> list[Standard]:
    on = calendar(row, "sample_date")
    return [] if on is None else [_observation(on, f"genes_tested:{row['gene']}", row["method"])]


def _response(row: Row) -> list[Standard]:
    on = calendar(row, "response_date")
    if on is None:
        return []
    word, molecular = row["reported_response"], row["reported_mrd"]
    extent = _episode_of("responses", "reported_response", word)
    found = [] if molecular is None else [_observation(on, "responses.reported_mrd", molecular)]
    if extent is not None:
        return [*found, _episode("responses", on, None, concept=extent, said=word)]
    return found if word is None else [*found, _observation(on, "responses.reported_response", word)]


def _event(row: Row) -> list[Standard]:
    on = calendar(row, "event_date")
    if on is None:
        return []
    if row["present"] is False:  # a condition or an episode would say that it happened
        return [_observation(on, f"events:{row['kind']}", "looked for and absent")]
    extent = _episode_of("events", "kind", row["kind"])
    if extent is not None:
        return [_episode("events", on, calendar(row, "end_date"), concept=extent, said=row["kind"])]
    if row["kind"] in (EventKind.DEATH, EventKind.TRANSFUSION, EventKind.OTHER):
        return [_observation(on, f"events:{row['kind']}", row["detail"])]
    known = [one.id for one in concept_map().of("condition").values() if one.constant.get("kind") == row["kind"]]
    cells = {"condition_concept_id": known[0] if known else 0, "condition_start_date": on}
    cells |= {
        "condition_end_date": calendar(row, "end_date"),
        "condition_source_value": f"{PREFIX}events:{row['kind']}",
    }
    return [Standard("condition_occurrence", cells)]


def _episode_of(table: str, column: str, word: str | None) -> int | None:
    found = [
        one.id
        for one in concept_map().of("episode").values()
        if one.table == table and word is not None and one.constant.get(column) == word
    ]
    return found[0] if found else None


def _episode(
    table: str,
    start: date,
    end: date | None,
    *,
    concept: int | None = None,
    number: int | None = None,
    said: str | None,
) -> Standard:
    if concept is None:
        concept = next(one.id for one in concept_map().of("episode").values() if one.into == table)
    cells = {
        "episode_concept_id": concept,
        "episode_start_date": start,
        "episode_end_date": end,
        "episode_number": number,
    }
    return Standard("episode", {**cells, "episode_object_concept_id": 0, "episode_source_value": said})


def _exposure(drug: str, start: date, end: date | None, of_episode: bool = False) -> Standard:
    """An exposure; the CDM wants an end, so that one that is not known stands on the first day, and is not verbatim."""
    known = [one.id for one in concept_map().of("drug").values() if one.name == drug]
    cells = {
        "drug_concept_id": known[0] if known else 0,
        "drug_exposure_start_date": start,
        "drug_exposure_end_date": start if end is None else end,
        "verbatim_end_date": end,
        "drug_source_value": drug,
    }
    return Standard("drug_exposure", cells, of_episode)


def _measurement(
    on: date,
    concept: int,
    source: str,
    *,
    number: float | None = None,
    operator: str | None = None,
    word: str | None = None,
    said: str | None = None,
    unit: int | None = None,
    unit_text: str | None = None,
) -> Standard:
    cells = {
        "measurement_concept_id": concept,
        "measurement_date": on,
        "operator_concept_id": _by_word("operator", operator),
        "value_as_number": None if number is None else float(number),
        "value_as_concept_id": _by_word("value", word),
        "unit_concept_id": unit,
        "measurement_source_value": source,
        "unit_source_value": unit_text,
        "value_source_value": said,
    }
    return Standard("measurement", cells)


def _observation(on: date, source: str, said: str | None) -> Standard:
    cells = {"observation_concept_id": 0, "observation_date": on, "value_as_string": said}
    return Standard("observation", {**cells, "observation_source_value": PREFIX + source, "value_source_value": said})


def _by_word(kind: str, word: str | None) -> int | None:
    return next((one.id for one in concept_map().of(kind).values() if word is not None and one.word == word), None)


MAKERS: dict[str, Callable[[Row], list[Standard]]] = {
    "patients": _patient,
    "treatments": _treatment,
    "status": _numbers("status", "status_date"),
    "mrd_samples": _mrd,
    "marrows": _numbers("marrows", "sample_date"),
    "counts": _numbers("counts", "sample_date"),
    "variants": _variant,
    "genes_tested": _gene_tested,
    "karyotypes": _karyotype,
    "fusions": _fusion,
    "chemistry": _numbers("chemistry", "sample_date"),
    "cycles": _cycle,
    "transplants": _transplant,
    "responses": _response,
    "events": _event,
    "medications": _medication,
}
"""Tables without one, reported_outcomes, are held by their notes alone."""
