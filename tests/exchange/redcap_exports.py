"""Exports of our REDCap project, written as REDCap writes them."""

import csv
import io

from tenfold.exchange.redcap import write_records
from tenfold.exchange.redcap.project import forms, items

SYSTEM = ["redcap_repeat_instrument", "redcap_repeat_instance"]
SYSTEM_HEADINGS = {"redcap_repeat_instrument": "Repeat Instrument", "redcap_repeat_instance": "Repeat Instance"}
FIELDS = [
    name
    for item in items()
    for name in ([f"{item.name}___{one.code}" for one in item.choices] if item.kind == "checkbox" else [item.name])
]
HEADER = ["patient_id", *SYSTEM, *FIELDS[1:]]


def rows_of(registry, folder):
    """The rows of an import file, each a dictionary of what is filled."""
    file = folder / "import.csv"
    write_records(registry, file)
    with file.open(newline="", encoding="utf-8") as text:
        rows = [{name: value for name, value in row.items() if value} for row in csv.DictReader(text)]
    file.unlink()
    return rows


def export(folder, rows, header=HEADER, name="export.csv"):
    """Write rows as REDCap exports them, every column of the project."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / name).write_text(text.getvalue(), "utf-8")
    return folder / name


def with_labels(rows):
    """The same rows as an export with labels, in headings and in values, with the states of the forms."""
    labels = dict(SYSTEM_HEADINGS)
    said = {}
    for item in items():
        if item.kind == "checkbox":
            labels |= {f"{item.name}___{one.code}": f"{item.label} (choice={one.label})" for one in item.choices}
            said |= {f"{item.name}___{one.code}": {"1": "Checked", "0": "Unchecked"} for one in item.choices}
        else:
            labels[item.name] = item.label
            said[item.name] = {one.code: one.label for one in item.choices}
    said["redcap_repeat_instrument"] = {form: form.replace("_", " ").title() for form in forms()}
    told = [{labels[name]: said.get(name, {}).get(value, value) for name, value in row.items()} for row in rows]
    return told, [labels[name] for name in HEADER]


def as_values(rows):
    """The same rows as single values, a tick being the name of the checkbox and its choice."""
    values = []
    for row in rows:
        key = {"record": row["patient_id"]} | {name: row.get(name, "") for name in SYSTEM}
        if "redcap_repeat_instrument" not in row:
            values.append(key | {"field_name": "patient_id", "value": row["patient_id"]})
        for name, value in row.items():
            field, _, choice = name.partition("___")
            if name in HEADER[3:] and not (choice and value == "0"):
                values.append(key | {"field_name": field, "value": choice or value})
        form = row.get("redcap_repeat_instrument", "patients")
        values.append(key | {"field_name": f"{form}_complete", "value": "2"})
    return values


VALUES_HEADER = ["record", *SYSTEM, "field_name", "value"]
A = {"patient_id": "A"}


def instance(form, number=1, **fields):
    return A | {"redcap_repeat_instrument": form, "redcap_repeat_instance": str(number)} | fields


def kept(*tables, **fields):
    """The registry's own record, which says which forms are kept in full."""
    return {"patient_id": "registry"} | {f"registry_tables___{name}": "1" for name in tables} | fields
