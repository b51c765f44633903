"""Units of other tables: which are ours under another spelling, and by what a value of another unit is multiplied.

Traps: a millimole of haemoglobin is that of its monomer; a variant allele fraction is a fraction here and a percentage in
most reports. A factor that is not listed may be stated in a mapping all the same; one that is listed must agree.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit in which a column is kept, its spellings, and the factors of others: ours = theirs x factor."""

    ours: str
    same: frozenset[str]
    factors: dict[str, Decimal]

    def factor(self, unit: str) -> Decimal | None:
        """What a value in `unit` is multiplied by; 1 for ours under any spelling, None where it is not listed."""
        known = spelled(unit)
        return Decimal(1) if known in self.same else self.factors.get(known)


def spelled(unit: str) -> str:
    """A unit without case and blanks, micro written u: spellings of one unit agree by it."""
    bare = (
        "".join(unit.split())
        .replace("μ", "u")
        .replace("µ", "u")
        .replace("×", "x")
        .replace("⁹", "^9")
        .replace("³", "^3")
    )
    return bare.casefold()


def says_another(column: str, words: str, factor: Decimal) -> bool:
    """Whether a unit in words is known, and is another than the one whose factor for the column is given.

    Where a code says one unit and words another, which is right cannot be told. Factors that rest on a molar mass may differ
    a little.
    """
    known = units().get(column)
    said = None if known is None else known.factor(words)
    return said is not None and abs(said - factor) > factor / 100


@cache
def units() -> dict[str, Unit]:
    """The columns that have a unit, by name."""
    text = (resources.files("tenfold.exchange.mapping") / "units.toml").read_text("utf-8")
    found: dict[str, Unit] = {}
    for entry in tomllib.loads(text)["column"]:
        same = frozenset(map(spelled, (entry["ours"], *entry["same"])))
        factors = {spelled(one["unit"]): Decimal(one["factor"]) for one in entry["other"]}
        found |= dict.fromkeys(entry["names"], Unit(entry["ours"], same, factors))
    return found
