"""What the codes and units of FHIR mean in the records: read from `codes.toml`, which a site may add to."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

URN = "urn:tenfold:fhir:"
"""Our own code systems and extensions: a name that claims no domain. See docs/reference/fhir.md."""
RECORD = URN + "record"
"""Code system of the tables: the kind of record that a resource is."""
COLUMN = URN + "column"
"""Code system of the columns: `mrd_samples.target_copies`."""
WORD = URN + "word:"
"""Code systems of the vocabularies: `urn:tenfold:fhir:word:Scale`."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a code system, with the words that go with it."""

    system: str
    code: str
    display: str

    def coding(self) -> dict[str, str]:
        """As a FHIR Coding."""
        return {"system": self.system, "code": self.code, "display": self.display}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "codes.toml").read_text("utf-8"))


@cache
def system(name: str) -> str:
    """The address of a code system by its short name: "loinc"."""
    found: str = _data()["systems"][name]
    return found


@cache
def meanings() -> dict[tuple[str, str], str]:
    """(system, code) -> what it means: a column, or a word such as "tissue:marrow"."""
    return {(system(entry["system"]), code): entry["means"] for entry in _data()["code"] for code in entry["codes"]}


@cache
def codes_of(meaning: str) -> tuple[Code, ...]:
    """The codes of a meaning, the one that is written first; none if no standard code is known."""
    return tuple(
        Code(system(entry["system"]), code, display)
        for entry in _data()["code"]
        if entry["means"] == meaning
        for code, display in entry["codes"].items()
    )


@cache
def left_for() -> dict[tuple[str, str], str]:
    """(system, code) -> why a known code is not read."""
    return {(system(entry["system"]), code): entry["why"] for entry in _data()["left"] for code in entry["codes"]}


@cache
def factors(column: str) -> dict[str, Decimal]:
    """UCUM unit -> what a quantity in it is multiplied by to be in the column's unit; empty for a column without units."""
    other = _data()["written_units"].get(column)
    alone = {} if other is None else {other: "1"}
    return {unit: Decimal(factor) for unit, factor in _data()["units"].get(column, alone).items()}


@cache
def written_unit(column: str) -> str | None:
    """The UCUM unit in which a column is written; None where it has none."""
    first = next(iter(_data()["units"].get(column, {})), None)
    other: str | None = _data()["written_units"].get(column)
    return first or other


@cache
def scale_unit(scale: str) -> tuple[str, str]:
    """The unit in words and in UCUM in which a value of an MRD scale is written."""
    found = _data()["scales"][scale]
    return found["unit"], found["code"]


@cache
def _spellings() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for scale, entry in _data()["scales"].items():
        for words in (entry["unit"], entry["code"], *entry["also"]):
            found.setdefault(_closed(words), set()).add(scale)
    return {words: frozenset(scales) for words, scales in found.items()}


def scales_spelt(words: str) -> frozenset[str]:
    """The MRD scales whose unit may be written like this, without regard to blanks and capitals; none if that is not known."""
    return _spellings().get(_closed(words), frozenset())


@cache
def unit_spelt(column: str, words: str) -> Decimal | None:
    """The factor of a unit in words for a column, without regard to blanks and capitals; None if it is not a known unit."""
    return {_closed(unit): factor for unit, factor in factors(column).items()}.get(_closed(words))


def _closed(words: str) -> str:
    return "".join(words.split()).casefold().replace("\N{GREEK SMALL LETTER MU}", "u")


@cache
def product_words() -> frozenset[str]:
    """The words that may stand beside a generic name in the name of a product."""
    return frozenset(_data()["products"]["words"])


@cache
def columns_with_units() -> frozenset[str]:
    """The columns whose quantities are taken only with a unit."""
    return frozenset(_data()["units"]) | frozenset(_data()["written_units"])


@cache
def treatment_drugs() -> frozenset[str]:
    """The drugs that count as treatment of the leukaemia where a resource does not say what it is a record of."""
    return frozenset(_data()["treatment"]["drugs"])
