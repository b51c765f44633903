"""The forms of data entry, made from the tables' own columns: which kinds of fact there are, and a field for each column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenfold.mrd.markers import MARKERS
from tenfold.records.lexicon import drugs, genes
from tenfold.records.names import CHANGES, FLOW
from tenfold.records.shape import Axis, Column, Kind
from tenfold.records.tables import TABLES
from tenfold.reports.streams import SCALES
from tenfold.service.templating import day_in_words, in_words

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Residual disease and response", ("mrd_samples", "marrows", "responses")),
    ("Blood", ("counts", "chemistry")),
    ("Genetics", ("variants", "genes_tested", "karyotypes", "fusions")),
    ("Treatment", ("treatments", "cycles", "transplants", "medications")),
    ("Course", ("events", "status", "reported_outcomes")),
    ("The patient", ("patients",)),
)
"""The tables as a clinician looks for them; what is complete is said elsewhere."""
TITLES = {
    "patients": "the patient's own data",
    "treatments": "treatment",
    "status": "fitness",
    "mrd_samples": "MRD sample",
    "marrows": "marrow",
    "counts": "blood count",
    "variants": "variant",
    "genes_tested": "gene looked at",
    "karyotypes": "karyotype",
    "fusions": "fusion looked for",
    "chemistry": "blood chemistry",
    "cycles": "cycle of treatment",
    "transplants": "transplant",
    "responses": "response as recorded",
    "events": "event",
    "medications": "other medicine",
    "reported_outcomes": "reported outcome",
    "completeness": "what is complete",
    "set_aside": "row set aside",
}
"""A row of each table, in a word or two."""
USUAL: dict[str, tuple[str, ...]] = {
    "patients": (
        "patient_id", "sex", "birth_date", "age_at_diagnosis_years", "diagnosis_date", "ontogeny", "treatment_intent",
        "last_contact_date", "death_date", "cause_of_death",
    ),
    "treatments": ("line", "intent", "regimen", "drugs", "start_date", "end_date", "cycles", "stop_reason"),
    "status": ("status_date", "ecog", "fit_for_intensive", "transplant_eligible"),
    "mrd_samples": (
        "sample_id", "sample_date", "reported_date", "tissue", "marker", "method", "value", "scale", "detected",
        "control_gene", "control_copies", "adequate",
    ),
    "marrows": ("sample_date", "blasts_pct", "cellularity_pct", "evaluable"),
    "counts": ("sample_date", "anc_e9_l", "platelets_e9_l", "wbc_e9_l", "haemoglobin_g_dl", "blasts_pb_pct"),
    "variants": ("sample_date", "gene", "hgvs_p", "kind", "vaf", "allelic_ratio"),
    "genes_tested": ("sample_date", "gene", "method"),
    "karyotypes": ("sample_date", "iscn", "metaphases"),
    "fusions": ("sample_date", "fusion", "method", "result"),
    "chemistry": ("sample_date", "creatinine_umol_l", "bilirubin_umol_l", "alt_u_l", "ldh_u_l"),
    "cycles": ("line", "cycle", "start_date", "end_date", "venetoclax_mg", "venetoclax_days", "partner_drug", "partner_days"),
    "transplants": ("transplant_date", "number", "donor", "conditioning_intensity", "remission_before"),
    "responses": ("response_date", "reported_response", "criteria", "reported_mrd"),
    "events": ("event_date", "kind", "present", "grade", "detail", "end_date"),
    "medications": ("drug", "start_date", "end_date"),
    "reported_outcomes": ("endpoint", "clock_start", "time_months", "event", "event_kind"),
}  # fmt: skip
"""The columns that are shown at once; the others are folded."""
LABELS = {
    "anc_e9_l": "Neutrophils", "platelets_e9_l": "Platelets", "wbc_e9_l": "Leucocytes", "haemoglobin_g_dl": "Haemoglobin",
    "blasts_pb_pct": "Blasts in the blood", "blasts_pct": "Blasts", "cellularity_pct": "Cellularity",
    "creatinine_umol_l": "Creatinine", "bilirubin_umol_l": "Total bilirubin", "alt_u_l": "Alanine aminotransferase",
    "ldh_u_l": "Lactate dehydrogenase", "vaf": "Variant allele fraction", "hgvs_c": "Change in the coding sequence",
    "hgvs_p": "Change in the protein", "iscn": "Karyotype (ISCN)", "ecog": "ECOG performance status",
    "hct_ci": "Transplant comorbidity index (HCT-CI)", "venetoclax_mg": "Venetoclax a day", "g_csf": "G-CSF given",
    "in_frame_bzip": "In-frame in bZIP", "hla_match": "HLA match", "reported_mrd": "Molecular state as reported",
    "patient_id": "Pseudonym", "age_at_diagnosis_years": "Age at diagnosis", "age_years": "Age as published",
    "time_months": "Time", "present": "Did it happen", "sequence": "Place in the course",
    "sample_id": "Sample number", "kind": "Kind", "event": "Did it happen",
}  # fmt: skip
WORDS = {
    "detected": {"no": "not detected", "below_quantification": "detected, below quantification", "yes": "detected"},
    "qualifier": {"=": "as printed (=)", ">": "more than this (>)", "<": "less than this (<)"},
    "scale": {str(scale): words for scale, words in SCALES.items()},
}
"""Words of a column as they are shown, where they are not shown as they are stored."""
YES_NO = {"yes": "yes", "no": "no"}


@dataclass(frozen=True)
class Field:
    """A field of a form. `sort`: text, choice, yes_no, date; `list`: of the proposals; `empty`: what nothing means.

    `faults`: what is wrong with what was typed, in words.
    """

    name: str
    label: str
    hint: str
    unit: str | None
    sort: str
    mode: str
    options: dict[str, str]
    empty: str
    list: str | None
    value: str
    required: bool
    usual: bool
    faults: tuple[str, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether the field may stay out of sight."""
        return not self.usual and not self.value and not self.faults


def as_on_the_form(text: str) -> str:
    """What is said of a fault, with the stored words of the form's lists as the lists show them."""
    words = {word: said for words in WORDS.values() for word, said in words.items() if "_" in word}
    return re.sub(r"\b\w+\b", lambda found: words.get(found[0], found[0]), text)


def label_of(column: Column) -> str:
    """What a column is called on a form."""
    name = column.name.removesuffix("_pct").removesuffix("_years").replace("_", " ")
    return LABELS.get(column.name, name[:1].upper() + name[1:])


def shown(column: Column, value: Any, axis: Axis) -> str:
    """A cell of a record as it is read: a date in words, a word of the vocabulary as it is shown, the unit beside it."""
    if value is None:
        return "not known" if column.empty_means is None else column.empty_means
    if column.kind is Kind.DATE:
        return day_in_words(value, axis) if axis == "relative" else in_words(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = f"{value:.12g}" if isinstance(value, float) else str(value)
    said = WORDS.get(column.name, {}).get(said, said)
    return f"{said} {column.unit}" if column.unit and column.kind in (Kind.NUMBER, Kind.COUNT) else said


def cells_of(kind: str, content: Mapping[str, Any], axis: Axis) -> list[tuple[str, str]]:
    """The filled cells of a record, each with its name, in the order of its table; the patient is left out."""
    if kind not in TABLES:
        named = (("table", "Table"), ("file", "File"), ("line", "Line"), ("text", "As written"))
        found = [(label, str(content[name])) for name, label in named if content.get(name) is not None]
        return found + [("What was wrong", one) for one in content.get("wrong", ())]
    table = TABLES[kind]
    return [
        (label_of(column), shown(column, content[column.named(axis)], axis))
        for column in table.columns
        if column.name != "patient_id" and content.get(column.named(axis)) is not None
    ]


def typed_cell(value: Any) -> str:
    """A stored cell as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.17g}" if isinstance(value, float) and value.is_integer() else str(value)


def fields_of(
    name: str,
    axis: Axis,
    values: Mapping[str, str],
    faults: Sequence[Mapping[str, Any]] = (),
    *,
    new_patient: bool = False,
    in_sequence: bool = False,
) -> list[Field]:
    """The fields of a table's form with what was typed and what is wrong with it.

    `in_sequence`: the patient's facts are put in order by number, and each needs its own.
    """
    said: dict[str, list[str]] = {}
    for one in faults:
        told = as_on_the_form(f"{one['rule']}. To mend it: {one['remedy']}.")
        said.setdefault(str(one["column"]), []).append(told)
    usual = USUAL[name]
    columns = [column for column in TABLES[name].columns if column.name != "patient_id" or new_patient]
    ordered = sorted(
        columns, key=lambda column: usual.index(column.name) if column.name in usual else len(usual) + columns.index(column)
    )  # fmt: skip
    found = []
    for column in ordered:
        field_name = column.named(axis)
        mine = tuple(dict.fromkeys([*said.get(column.name, []), *said.get(field_name, [])]))
        is_usual = column.name in usual or (in_sequence and column.name == "sequence")
        if column.name == "day_zero":
            is_usual = axis == "relative"
        needed = column.required or (
            TABLES[name].date_required and column.name == ("sequence" if in_sequence else TABLES[name].dated_by)
        )
        found.append(_field(column, axis, values.get(field_name, ""), mine, is_usual, needed))
    return found


def _field(column: Column, axis: Axis, value: str, faults: tuple[str, ...], usual: bool, needed: bool) -> Field:
    sort, mode = "text", "text"
    options: dict[str, str] = {}
    if column.words is not None:
        sort, options = "choice", {str(word): _word(column, str(word)) for word in column.words}
    elif column.kind is Kind.YESNO:
        sort, options = "yes_no", YES_NO
    elif column.kind is Kind.DATE and axis == "calendar":
        # What is no date would vanish from a field of dates.
        sort = "date" if not value or _is_date(value) else "text"
    elif column.kind is Kind.NUMBER:
        mode = "decimal"
    elif column.kind is Kind.COUNT:
        mode = "numeric"
    relative = column.kind is Kind.DATE and axis == "relative"
    if options and value and value not in options:
        sort = "text"
    return Field(
        name=column.named(axis),
        label=label_of(column).replace(" date", " day") if relative else label_of(column),
        hint=_hint(column, relative),
        unit="days since day 0" if relative else _unit(column),
        sort=sort,
        mode=mode,
        options=options,
        empty=_empty(column),
        list=_list(column),
        value=value,
        required=needed,
        usual=usual,
        faults=faults,
    )


def _unit(column: Column) -> str | None:
    """The unit beside the name, where the name does not say it."""
    return None if column.unit and label_of(column).endswith(column.unit) else column.unit


def _empty(column: Column) -> str:
    if column.empty_means:
        return f"not said: means {column.empty_means}"
    return "choose" if column.required else "not known"


HINTS = {
    "sample_id": "proposed; your laboratory's own number may take its place, if it names no patient",
    "vaf": "0 to 1, no percentage",
}
"""What is said of a column in place of its meaning, where that is not all that who types has to know."""


def _hint(column: Column, relative: bool) -> str:
    if column.name in HINTS:
        return HINTS[column.name]
    said = column.meaning
    if relative:
        said = said.replace("date of", "day of")
    if column.low is not None and column.high is not None and column.kind in (Kind.NUMBER, Kind.COUNT):
        said += f" ({column.low:.12g} to {column.high:.12g})"
    return "" if said.lower() == label_of(column).lower() else said


def _word(column: Column, word: str) -> str:
    return WORDS.get(column.name, {}).get(word, word)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _list(column: Column) -> str | None:
    if column.name == "fusion":
        return "fusions"
    return {Kind.GENE: "genes", Kind.MARKER: "markers", Kind.DRUGS: "drugs"}.get(column.kind)


def proposals(fields: Sequence[Field]) -> dict[str, list[str]]:
    """The proposals that the fields of a form point at, by list."""
    markers = [*MARKERS, *sorted((CHANGES | FLOW) - set(MARKERS))]
    lists = {
        "genes": sorted(genes()),
        "markers": markers,
        "fusions": [one for one in markers if "::" in one],
        "drugs": sorted(drugs()),
    }
    wanted = {field.list for field in fields}
    return {name: lists[name] for name in lists if name in wanted}


def moved(step: Mapping[str, Any], axis: Axis) -> list[tuple[str, str, str]]:
    """The cells of a record that a correction changed: name, before, after."""
    kind, before, after = step["kind"], step["before"]["content"], step["after"]["content"]
    if kind not in TABLES:
        return []
    return [
        (label_of(column), shown(column, before.get(name), axis), shown(column, after.get(name), axis))
        for column in TABLES[kind].columns
        if before.get(name := column.named(axis)) != after.get(name)
    ]


def step_in_words(step: Mapping[str, Any], axis: Axis) -> str:
    """What a change did to one fact, as a line."""
    title = TITLES.get(step["kind"], step["kind"])
    if step["before"] and step["after"]:
        cells = "; ".join(f"{name}: {new}, before: {old}" for name, old, new in moved(step, axis))
        return f"Corrected, {title}. {cells}"
    row = step["before"] or step["after"]
    cells = "; ".join(f"{name}: {said}" for name, said in cells_of(row["kind"], row["content"], axis))
    return f"{'Withdrawn' if step['before'] else 'Added'}, {title}. {cells}"
