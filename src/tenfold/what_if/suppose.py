"""A patient's records with what is supposed beside them, admitted by the same rules as any record.

The records themselves never change: a new registry is made, whose title and rows say that they are supposed. Traps: a table
that was not recorded does not become complete by one supposed row; a gene is wild type only where mutations are recorded
completely, so that is supposed with it, and of no other gene; a next sample without a word on its quality is of unknown
adequacy, which matters where it is negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from tenfold.records.faults import Used
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES
from tenfold.records.timeline import FAR
from tenfold.what_if.genes import recorded_already, settled
from tenfold.what_if.kinds import Adequacy, Change, Fact, FusionStatus, GeneStatus, Medicine, NextSample, Occasion
from tenfold.what_if.places import Place, at_diagnosis, in_words, present
from tenfold.what_if.samples import next_sample, with_adequacy

LABEL = "supposed, not recorded"
Row = dict[str, str]
MARKED = {"responses": "source", "events": "detail", "genes_tested": "method", "fusions": "method"}
"""The column of free text in which a supposed row says what it is."""


@dataclass(frozen=True)
class Supposition:
    """One change as it was read: as written, in words, when, and what has to be known of it."""

    text: str
    said: str
    when: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Supposed:
    """The records as known, the same with what is supposed, and the last day of the two that is asked of (None: all)."""

    recorded: Registry
    registry: Registry
    suppositions: tuple[Supposition, ...]
    on: int | None


@dataclass
class _Draft:
    """The rows of every table while the changes are read one by one."""

    registry: Registry
    rows: list[tuple[str, Row, str]] = field(default_factory=list)
    said: list[Supposition] = field(default_factory=list)
    last_day: int | None = None

    def add(self, table: str, row: Row, text: str) -> None:
        if table in MARKED:
            row = {**row, MARKED[table]: "; ".join(filter(None, [row.get(MARKED[table]), LABEL]))}
        if (table, row) not in [(other, known) for other, known, _ in self.rows]:
            self.rows.append((table, row, text))

    def say(self, change: Change, said: str, place: Place, notes: Sequence[str] = ()) -> None:
        self.said.append(Supposition(change.text, said, in_words(self.registry, place), tuple(notes)))
        if place.day is not None:
            self.last_day = place.day if self.last_day is None else max(self.last_day, place.day)


def suppose(
    registry: Registry,
    patient_id: str,
    changes: Sequence[Change],
    *,
    overt: bool | None,
    phase: int | None = None,
    on: int | None = None,
) -> Supposed:
    """Return one patient's records as known on a day, and the same with the changes.

    `overt`: whether the leukaemia is relapsed or refractory, which says of what occasion a gene is asked, and `phase` where
    that began in the order of facts. KeyError for a patient who is not there; ValueError naming the change that cannot be, with the rule that it breaks and the remedy.
    """
    recorded = registry.patient(patient_id)
    recorded = recorded if on is None else recorded.as_of(on)
    if recorded.patient_ids().is_empty():
        raise ValueError(f"nothing was known of {patient_id} by {registry.format_day(on or 0)}")
    if not changes:
        return Supposed(recorded, recorded, (), on)
    now = present(recorded, on)
    draft = _Draft(recorded)
    if any(isinstance(one.what, Fact) and _is_relapse(one.what) for one in changes):
        # Of a relapse that is only supposed no gene is on record.
        overt, phase = True, FAR
    quality = [one for one in changes if isinstance(one.what, Adequacy)]
    samples = 0
    for change in changes:
        waited = now if change.after_days is None else _waited(now, change)
        match change.what:
            case NextSample() as what:
                samples += 1
                _add_sample(draft, patient_id, change, what, waited, samples, quality)
            case Fact() as what:
                for cells in what.rows:
                    draft.add(
                        what.table, {"patient_id": patient_id, **dict(cells), **waited.cells(what.table)}, change.text
                    )
                draft.say(change, what.said, waited, [what.note] if what.note else [])
            case Medicine() as what:
                _add_medicine(draft, patient_id, change, what, waited)
            case GeneStatus() | FusionStatus() as what:
                _add_genetics(draft, patient_id, change, what, waited, overt, phase)
    for change in quality:
        _settle_adequacy(draft, change, samples, now)
    made = _admitted(draft, patient_id)
    after = on if on is None or draft.last_day is None else max(on, draft.last_day)
    told = "; ".join(one.text for one in draft.said)
    title = f"{made.title + ', ' if made.title else ''}with what is {LABEL}: {told}"
    return Supposed(recorded, replace(made, title=title), tuple(draft.said), after)


def _is_relapse(fact: Fact) -> bool:
    return any(value in ("relapse", "refractory") for row in fact.rows for _, value in row)


def _waited(now: Place, change: Change) -> Place:
    """So many days after the last record, or after the day of the question."""
    return now.later(change.after_days or 0)


def _add_sample(
    draft: _Draft, patient_id: str, change: Change, what: NextSample, place: Place, number: int, quality: list[Change]
) -> None:
    for one in quality:
        if not what.adequacy.said and isinstance(one.what, Adequacy):
            what = replace(what, adequacy=one.what)
    earlier = [row for table, row, _ in draft.rows if table == "mrd_samples"]
    found = next_sample(draft.registry, what, earlier, change.text)
    # Of two next samples of one stream the second comes after the first.
    place = place if change.after_days is not None else place.later(found.before)
    names = set(draft.registry.table("mrd_samples")["sample_id"].drop_nulls())
    while f"supposed-{number}" in names:
        number += 1
    row = {"sample_id": f"supposed-{number}", "patient_id": patient_id, **found.row, **place.cells("mrd_samples")}
    draft.add("mrd_samples", row, change.text)
    notes = list(found.notes)
    if change.after_days is not None and place.day is None:
        notes.append("the days of the records are not published: how long after the last sample it is cannot be said")
    draft.say(change, found.said, place, notes)


def _add_medicine(draft: _Draft, patient_id: str, change: Change, what: Medicine, place: Place) -> None:
    if what.taken:
        draft.add(
            "medications", {"patient_id": patient_id, "drug": what.drug, **place.cells("medications")}, change.text
        )
        draft.say(change, f"{what.drug} taken", place)
        return
    table = draft.registry.table("medications")
    end = "end_day" if draft.registry.axis == "relative" else "end_date"
    open_ = (pl.col("drug") == what.drug) & pl.col(end).is_null()
    if table.filter(open_).is_empty():
        raise ValueError(f'"{change.text}": the records do not show that {what.drug} is taken')
    day = pl.lit(place.day, pl.Int32) if end == "end_day" else pl.lit(place.day, pl.Int32).cast(pl.Date)
    kept = (
        table.filter(~open_)
        if place.day is None
        else table.with_columns(pl.when(open_).then(day).otherwise(end).alias(end))
    )
    draft.registry = replace(draft.registry, tables={**draft.registry.tables, "medications": kept})
    draft.say(change, f"{what.drug} no longer taken", place)


def _add_genetics(
    draft: _Draft,
    patient_id: str,
    change: Change,
    what: GeneStatus | FusionStatus,
    now: Place,
    overt: bool | None,
    phase: int | None,
) -> None:
    occasion: Occasion = what.occasion or ("now" if overt or change.after_days is not None else "diagnosis")
    place = now if occasion == "now" else at_diagnosis(draft.registry)
    notes = []
    if what.occasion is None:
        notes.append(
            "read as of now, in overt disease; write 'at diagnosis' for the other"
            if occasion == "now"
            else "read as of the diagnosis, as no overt relapse is on record; write 'now' for the other"
        )
    if isinstance(what, FusionStatus):
        cells = {"fusion": what.fusion, "result": "yes" if what.found else "no"}
        draft.add("fusions", {"patient_id": patient_id, **cells, **place.cells("fusions")}, change.text)
        draft.say(change, f"{what.fusion} {'found' if what.found else 'looked for and not found'}", place, notes)
        return
    name = f"{what.gene}-{what.kind}" if what.kind else what.gene
    if what.mutated:
        told = {"kind": what.kind, "hgvs_p": what.hgvs_p, "vaf": what.vaf, "allelic_ratio": what.allelic_ratio}
        known = {"gene": what.gene} | {column: cell for column, cell in told.items() if cell is not None}
        draft.registry, there, more = recorded_already(draft.registry, what, occasion, phase)
        if not there:
            draft.add("variants", {"patient_id": patient_id, **known, **place.cells("variants")}, change.text)
        draft.say(change, f"{name}{' ' + what.hgvs_p if what.hgvs_p else ''} mutated", place, [*notes, *more])
        return
    draft.registry, more = settled(draft.registry, patient_id, what, occasion, phase)
    method = {"method": f"for {what.kind}"} if what.kind else {}
    draft.add(
        "genes_tested",
        {"patient_id": patient_id, "gene": what.gene, **method, **place.cells("genes_tested")},
        change.text,
    )
    draft.say(change, f"{name} tested and not mutated", place, [*notes, *more])


def _settle_adequacy(draft: _Draft, change: Change, samples: int, now: Place) -> None:
    """Quality said by itself is that of the supposed samples, else of the last recorded one."""
    assert isinstance(change.what, Adequacy)
    if samples:
        draft.say(change, "said of the next sample", now)
        return
    draft.registry, rows, said = with_adequacy(draft.registry, change.what, change.text)
    for row in rows:
        draft.rows.append(("mrd_samples", row, change.text))
    draft.say(change, said, now)


def _admitted(draft: _Draft, patient_id: str) -> Registry:
    """The records with the rows that are supposed, once these have passed admission."""
    registry = draft.registry
    names = list(dict.fromkeys(table for table, _, _ in draft.rows))
    asked: dict[str, pl.DataFrame | list[Row]] = {}
    if registry.recorded("patients"):
        asked["patients"] = registry.table("patients")
    asked |= {name: [row for table, row, _ in draft.rows if table == name] for name in names}
    admitted = Registry.from_tables(asked, relative=registry.axis == "relative")
    for fault in admitted.check().to_dicts():
        if fault["file"] != "patients" and fault["used"] != Used.KEPT:
            texts = [text for table, _, text in draft.rows if table == fault["file"]]
            text = texts[fault["line"] - 1] if fault["line"] else "; ".join(texts)
            raise ValueError(
                f'"{text}" cannot be: {fault["rule"]}. {fault["remedy"][:1].upper()}{fault["remedy"][1:]}.'
            )
    tables = dict(registry.tables)
    for name in names:
        tables[name] = pl.concat([registry.table(name), admitted.table(name)])
    new = [name for name in names if not registry.recorded(name)]
    if new:
        tables["completeness"] = _with_statements(registry, patient_id, new)
    ordered = {name: tables[name] for name in TABLES if name in tables}
    return replace(registry, tables=ordered)


def _with_statements(registry: Registry, patient_id: str, names: Sequence[str]) -> pl.DataFrame:
    """The completeness table with a "no" for tables that hold only what is supposed."""
    said = registry.table("completeness")
    about = pl.col("table").is_in(list(names)) & (pl.col("patient_id") == patient_id).fill_null(False)
    no = [{"patient_id": patient_id, "table": name, "complete": False} for name in names]
    return pl.concat([said.filter(~about), pl.DataFrame(no, schema=said.schema)])
