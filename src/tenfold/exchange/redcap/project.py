"""The REDCap project that holds our records: its forms and fields, derived from the tables.

One form for each table. The record is the patient, so every form but `patients` repeats. What concerns the registry
as a whole (its title, what it keeps in full, statements about everybody) is held by one record that is no patient,
called `registry`. A field is named after its table and column (`mrd_samples_value`), because a name may stand only
once in a project; `completeness_complete` would be REDCap's own name for the state of the form, so that column has
another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from tenfold.records.cell_rules import FARTHEST
from tenfold.records.shape import Axis, Column, Kind, Table
from tenfold.records.tables import TABLES
from tenfold.vocabulary import Qualifier

RECORD = "patient_id"
"""The field of the record id."""
REGISTRY_RECORD = "registry"
"""The record that speaks of the registry and is no patient."""
REGISTRY, SOURCES = "registry", "sources"
"""The two forms that are no table of the records."""
INSTRUMENT, INSTANCE, EVENT = "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_event_name"
GROUP, SURVEY = "redcap_data_access_group", "redcap_survey_identifier"
SYSTEM = (EVENT, INSTRUMENT, INSTANCE, GROUP, SURVEY)
"""Columns that REDCap itself adds to an export."""
SYSTEM_LABELS = {
    "Event Name": EVENT,
    "Repeat Instrument": INSTRUMENT,
    "Repeat Instance": INSTANCE,
    "Data Access Group": GROUP,
    "Survey Identifier": SURVEY,
}
"""How REDCap heads its own columns where labels are exported."""
STATUS_LABEL = "Complete?"

FIRST_DAY, LAST_DAY = "1900-01-01", "2100-12-31"
OTHER_NAMES = {("completeness", "complete"): "completeness_of_all_rows"}
LONG_TEXTS = {"iscn", "comorbidities", "detail"}
IDENTIFIERS = {("patients", "birth_date"), ("mrd_samples", "sample_id")}
SIGNS = {
    Qualifier.EXACT: ("exact", "as printed"),
    Qualifier.ABOVE: ("more_than", "more than the value"),
    Qualifier.BELOW: ("less_than", "less than the value"),
}
"""Codes and labels of words that are signs: REDCap takes letters, digits and underscores as codes."""
RADIO_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a field: the code that REDCap stores, the label that it shows, and our word for it."""

    code: str
    label: str
    word: str


YES_NO = (Choice("1", "Yes", "yes"), Choice("0", "No", "no"))


@dataclass(frozen=True, slots=True)
class Item:
    """One field of the project.

    `kind`: REDCap's field type; `table` and `column`: what it holds of the records, on its axis (for the forms
    `registry` and `sources` the form and a name of its own); `empty_means`: what an empty field stands for, where
    that is not "not known"; `code`: the choice, where the field is one box of a checkbox as exported.
    """

    name: str
    form: str
    label: str
    kind: str
    table: str
    column: str
    choices: tuple[Choice, ...] = ()
    note: str = ""
    validation: str = ""
    low: str = ""
    high: str = ""
    section: str = ""
    branching: str = ""
    required: bool = False
    identifier: bool = False
    empty_means: str | None = None
    code: str | None = None

    @property
    def words(self) -> dict[str, str]:
        """What is exported (a code or its label) -> our word."""
        return {said: choice.word for choice in self.choices for said in (choice.label, choice.code)}

    @property
    def codes(self) -> dict[str, str]:
        """Our word -> the code that is imported."""
        return {choice.word: choice.code for choice in self.choices}


@cache
def items(axis: Axis = "calendar") -> tuple[Item, ...]:
    """Every field of the project for one axis, in the order of its forms, the record id first."""
    record = Item(RECORD, "patients", "Patients: the patient, by the centre's own pseudonym", "text", "patients",
                  "patient_id", identifier=True)  # fmt: skip
    of_tables = [
        _item(table, column, axis, first=place == 0)
        for table in TABLES.values()
        for place, column in enumerate(column for column in table.columns if column.name != RECORD)
    ]
    return (record, *of_tables, *_of_the_registry())


def forms() -> tuple[str, ...]:
    """The names of the forms, in order."""
    return tuple(dict.fromkeys(item.form for item in items()))


@cache
def known_items() -> dict[str, Item]:
    """The name of a field as it is exported -> the field, for both axes; a box of a checkbox by itself."""
    found: dict[str, Item] = {}
    for item in (*items("calendar"), *items("relative")):
        found[item.name] = item
        found |= {name: box for name, box, _ in _boxes(item)}
    return found


@cache
def names_by_label() -> dict[str, str]:
    """The heading of a column where labels are exported -> the name of the field."""
    labels = dict(SYSTEM_LABELS)
    for item in (*items("calendar"), *items("relative")):
        boxes = _boxes(item)
        labels |= {heading: name for name, _, heading in boxes} if boxes else {item.label: item.name}
    return labels


def form_meant(said: str | None) -> str | None:
    """The name of a form from its name or its title ("Mrd Samples"); None for nothing, another name as it is."""
    return None if said is None else said.strip().lower().replace(" ", "_")


def _boxes(item: Item) -> list[tuple[str, Item, str]]:
    if item.kind != "checkbox":
        return []
    return [
        (f"{item.name}___{choice.code}", replace(item, code=choice.code), f"{item.label} (choice={choice.label})")
        for choice in item.choices
    ]


def _item(table: Table, column: Column, axis: Axis, first: bool) -> Item:
    relative = column.kind is Kind.DATE and axis == "relative"
    named = column.named(axis)
    kind, choices = _kind(table, column)
    validation, low, high = _validation(column, relative)
    # REDCap would read brackets in a label as the name of a field.
    meaning = column.meaning.split(", e.g.")[0] if "[" in column.meaning else column.meaning
    title = table.name.replace("_", " ").capitalize()
    notes = [
        f"in {column.unit}" if column.unit else "",
        f"empty means {column.empty_means}" if column.empty_means else "",
    ]
    return Item(
        OTHER_NAMES.get((table.name, column.name), f"{table.name}_{named}"),
        table.name,
        f"{title}: {meaning}{' (days since day 0)' if relative else ''}",
        kind,
        table.name,
        named,
        choices,
        "; ".join(note for note in notes if note),
        validation,
        low,
        high,
        table.meaning if first else "",
        required=column.required,
        identifier=(table.name, column.name) in IDENTIFIERS,
        empty_means=column.empty_means,
    )


def _kind(table: Table, column: Column) -> tuple[str, tuple[Choice, ...]]:
    if column.kind is Kind.YESNO:
        return "yesno", YES_NO
    if (table.name, column.name) == ("completeness", "table"):
        return "dropdown", _tables()
    if column.words is not None:
        choices = tuple(_choice(word) for word in column.words)
        return ("radio" if len(choices) <= RADIO_AT_MOST else "dropdown"), choices
    return ("notes" if column.name in LONG_TEXTS else "text"), ()


def _choice(word: StrEnum) -> Choice:
    if isinstance(word, Qualifier):
        code, label = SIGNS[word]
        return Choice(code, label, str(word))
    letters = "".join(letter if letter.isalnum() else "_" for letter in str(word).lower().replace(", ", " "))
    return Choice(letters, str(word).replace(",", ""), str(word))


def _tables() -> tuple[Choice, ...]:
    return tuple(Choice(name, name, name) for name in TABLES)


def _validation(column: Column, relative: bool) -> tuple[str, str, str]:
    if relative:
        return "integer", str(-FARTHEST), str(FARTHEST)
    if column.kind is Kind.DATE:
        return "date_ymd", FIRST_DAY, LAST_DAY
    if column.kind not in (Kind.NUMBER, Kind.COUNT):
        return "", "", ""
    low, high = ("" if end is None else f"{end:g}" if end < 1e6 else str(int(end)) for end in (column.low, column.high))
    return ("integer" if column.kind is Kind.COUNT else "number"), low, high


def _of_the_registry() -> tuple[Item, ...]:
    only = f"[{RECORD}] = '{REGISTRY_RECORD}'"
    axes = (Choice("calendar", "dates", "calendar"), Choice("relative", "days since day 0", "relative"))
    return (
        Item("registry_title", REGISTRY, "Registry: its title", "text", REGISTRY, "title", branching=only,
             section=f"only in the record named {REGISTRY_RECORD}, which is no patient"),
        Item("registry_axis", REGISTRY, "Registry: how time is kept", "radio", REGISTRY, "axis", axes, branching=only),
        Item("registry_simulated", REGISTRY, "Registry: whether the patients are simulated", "yesno", REGISTRY,
             "simulated", YES_NO, branching=only),
        Item("registry_missing_codes", REGISTRY, "Registry: the missing data codes of this project", "notes", REGISTRY,
             "missing_codes", note="one a line, code and label: UNK, Unknown", branching=only),
        Item("registry_tables", REGISTRY, "Registry: forms that are kept in full", "checkbox", REGISTRY, "tables",
             _tables(), branching=only,
             note="where ticked, no entry means no, but for what the form completeness excepts"),
        Item("sources_table", SOURCES, "Sources: the form", "dropdown", SOURCES, "table", _tables(), branching=only,
             section=f"only in the record named {REGISTRY_RECORD}: where the entries of a form come from"),
        Item("sources_citation", SOURCES, "Sources: where its entries come from", "notes", SOURCES, "citation",
             branching=only),
    )  # fmt: skip
