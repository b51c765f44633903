"""The small parts of FHIR resources: how a day, a word, a number and a text are written, and read again.

Days of the relative axis have no date: they stand in an extension of the empty element. A text that a FHIR string cannot
hold (control characters) is written as bytes. A date with a time is read as the day that is written; a year or a month alone
is not a day.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from tenfold.exchange.fhir.codes import COLUMN, URN, WORD, Code, factors, system, unit_spelt, written_unit
from tenfold.exchange.mapping.units import says_another
from tenfold.records.lexicon import genes
from tenfold.records.shape import Column, Kind

DAY = URN + "day"
"""Extension of a date that is empty: days since the patient's day 0."""
COLUMNS = URN + "columns"
"""Extension of a resource: the columns of the record that no element of the resource holds."""
UNKNOWN = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}

Json = dict[str, Any]


def coding(code: Code) -> Json:
    """A Coding that may be changed."""
    return dict(code.coding())


def word(vocabulary: str, value: str) -> Json:
    """A word of one of our vocabularies as a CodeableConcept."""
    return {"coding": [{"system": WORD + vocabulary, "code": value}], "text": value}


def storable(text: str) -> bool:
    """Whether a FHIR string can hold a text and give it back unchanged."""
    return all(char in "\t\n\r " or not (char.isspace() or ord(char) < 32) for char in text)


def dated(element: Json, name: str, day: Any) -> None:
    """Put a day into an element: a date, or a day number of the relative axis as an extension of the empty date."""
    if isinstance(day, date):
        element[name] = day.isoformat()
    elif day is not None:
        element["_" + name] = {"extension": [{"url": DAY, "valueInteger": day}]}


def day_of(element: Json, name: str) -> date | int | str | None:
    """The day of an element: a date as text, a day number, or None where no whole day is given."""
    beside = element.get("_" + name)
    if isinstance(beside, dict):
        for one in _dicts(beside.get("extension")):
            if one.get("url") == DAY and isinstance(one.get("valueInteger"), int):
                return int(one["valueInteger"])
    said = element.get(name)
    return said[:10] if isinstance(said, str) and len(said) >= 10 else None


def partial(element: Json, name: str) -> bool:
    """Whether a date gives only a year or a month."""
    said = element.get(name)
    return isinstance(said, str) and 0 < len(said) < 10


def typed_value(column: Column, value: Any, owner: str) -> Json:
    """A value of a column as value[x] of a component or an extension; `owner` is table.column."""
    if column.kind is Kind.DATE:
        return {"valueDateTime": value.isoformat()} if isinstance(value, date) else {"valueInteger": value}
    if column.kind is Kind.YESNO:
        return {"valueBoolean": value}
    if column.kind is Kind.NUMBER:
        unit = written_unit(owner)
        quantity: Json = {"value": value}
        if unit is not None:
            quantity |= {"unit": unit, "system": system("ucum"), "code": unit}
        return {"valueQuantity": quantity}
    if column.kind is Kind.COUNT:
        return {"valueInteger": value}
    if column.kind is Kind.WORD and column.words is not None:
        return {"valueCodeableConcept": word(column.words.__name__, value)}
    return text_value(value)


def text_value(text: str) -> Json:
    """A text as value[x]."""
    if storable(text):
        return {"valueString": text}
    return {"valueBase64Binary": base64.b64encode(text.encode()).decode("ascii")}


def gene_value(symbol: str) -> Json:
    """A gene as value[x], with its HGNC number where that is known."""
    concept: Json = {"text": symbol}
    if genes().get(symbol):
        concept = {
            "coding": [{"system": system("hgnc"), "code": f"HGNC:{genes()[symbol]}", "display": symbol}],
            "text": symbol,
        }
    return {"valueCodeableConcept": concept}


def hgvs_value(text: str, of: str = "hgvs") -> Json:
    """A change in HGVS, or a karyotype in ISCN, as value[x]."""
    if not storable(text):
        return text_value(text)
    concept: Json = {"text": text}
    if text == " ".join(text.split()):
        concept = {"coding": [{"system": system(of), "code": text}], "text": text}
    return {"valueCodeableConcept": concept}


class NotRead(ValueError):
    """A value that is not taken, with the reason."""


def read_value(column: Column | None, element: Json, owner: str, prefix: str = "value") -> Any:
    """The value[x] of a component, an extension or an observation, for a column; None where there is none.

    NotRead where it is there and cannot be taken: another unit, a bound ("< 5"), a kind of value that is not the column's.
    """
    name = next((key for key in element if key.startswith(prefix) and key != prefix and not key.startswith("_")), None)
    if name is None:
        return None
    value, kind = element[name], name.removeprefix(prefix)
    if kind == "Quantity":
        return quantity(value, owner) if isinstance(value, dict) else None
    if owner in _with_units():
        raise NotRead("a number without a unit" if kind in ("Integer", "Decimal") else f"a number wanted, not a {kind}")
    if kind == "CodeableConcept":
        return concept_text(value, column)
    if kind == "Base64Binary":
        try:
            return base64.b64decode(value, validate=True).decode()
        except ValueError:
            raise NotRead("the bytes of its text cannot be read") from None
    if kind == "DateTime" and isinstance(value, str):
        return value[:10]
    if isinstance(value, (str, int, float, bool)):
        return value
    raise NotRead(f"a value of the kind {kind} is not read here")


def quantity(found: Json, owner: str) -> float | None:
    """A Quantity in the unit of a column (`owner`: table.column); NotRead for a bound or another unit."""
    value = found.get("value")
    if value is None:
        return None
    if found.get("comparator"):
        raise NotRead(f'a bound ("{found["comparator"]}") is not a value')
    known = factors(owner)
    unit = found.get("code") or found.get("unit")
    if not known:
        factor: Decimal | None = Decimal(1)
    elif unit is None:
        raise NotRead("a number without a unit")
    else:
        # UCUM writes the litre as l or L.
        factor = known.get(str(unit)) or known.get(str(unit)[:-1] + "L" if str(unit).endswith("l") else "")
    if factor is None:
        raise NotRead(f"no conversion from {unit} is known")
    words = found.get("unit")
    if known and isinstance(words, str) and words != unit and _is_another(owner, words, factor):
        raise NotRead(f'its unit is "{words}" in words and {unit} in the code')
    try:
        return float(value) if factor == 1 else float(Decimal(str(value)) * factor)
    except (InvalidOperation, TypeError, ValueError, OverflowError):
        raise NotRead(f"{value} is not a number") from None


def _is_another(owner: str, words: str, factor: Decimal) -> bool:
    spelt = unit_spelt(owner, words)
    return says_another(owner.partition(".")[2], words, factor) if spelt is None else spelt != factor


def concept_text(concept: Any, column: Column | None) -> str | None:
    """What a CodeableConcept says: our own word first, then its text, its words, its code."""
    if not isinstance(concept, dict):
        return None
    codings = list(_dicts(concept.get("coding")))
    if column is not None and column.words is not None:
        ours = next((one.get("code") for one in codings if one.get("system") == WORD + column.words.__name__), None)
        if ours:
            return str(ours)
    if column is not None and column.kind is Kind.GENE:
        hgnc = next((one.get("display") for one in codings if one.get("system") == system("hgnc")), None)
        if hgnc:
            return str(hgnc)
    said = [concept.get("text"), *(one.get("display") for one in codings), *(one.get("code") for one in codings)]
    return next((str(text) for text in said if text), None)


def codings(concept: Any) -> list[tuple[str, str]]:
    """The (system, code) of a CodeableConcept, in order."""
    if not isinstance(concept, dict):
        return []
    return [(str(one.get("system") or ""), str(one.get("code") or "")) for one in _dicts(concept.get("coding"))]


def label(concept: Any) -> str:
    """A CodeableConcept in a few words, for the report of what was left."""
    if not isinstance(concept, dict):
        return "without a code"
    for one in _dicts(concept.get("coding")):
        return " ".join(str(part) for part in (one.get("system"), one.get("code"), one.get("display")) if part)[:160]
    return str(concept.get("text") or "without a code")[:160]


def columns_extension(values: dict[str, Json]) -> list[Json]:
    """The extension of columns that no element holds: name -> value[x]. No extension where there are none."""
    if not values:
        return []
    return [{"url": COLUMNS, "extension": [{"url": name, **value} for name, value in values.items()]}]


def extension_columns(resource: Json) -> Iterator[tuple[str, Json]]:
    """The columns in a resource's extension: name and the part that holds its value."""
    for one in _dicts(resource.get("extension")):
        if one.get("url") == COLUMNS:
            for part in _dicts(one.get("extension")):
                yield str(part.get("url")), part


def component_column(component: Json, table: str) -> str | None:
    """The column that a component holds by our own code; None if it has none of ours for this table."""
    for where, code in codings(component.get("code")):
        if where == COLUMN and code.startswith(table + "."):
            return code.removeprefix(table + ".")
    return None


def _dicts(values: Any) -> list[Json]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def dicts(values: Any) -> list[Json]:
    """The objects in a list; none if it is not a list."""
    return _dicts(values)


def _with_units() -> frozenset[str]:
    from tenfold.exchange.fhir.codes import columns_with_units

    return columns_with_units()
