"""The facts of the guidance picture that a trial's criteria may name, and the relations in which they may stand.

Traps: a whole number of years of age counts completed years; a fact between two columns is sure where the first says so and
excluded where the second does, else not known; a word that is not in the fact's list is not known, never "no".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from tenfold.logic.criterion import certain
from tenfold.logic.decision import Input
from tenfold.vocabulary import Tissue

RELATIONS = ("is", "not", "one_of", "at_least", "at_most", "above", "below")
LIMITS = ("at_least", "at_most", "above", "below")


@dataclass(frozen=True)
class Fact:
    """One fact: "yes/no", a "number" between `low` and `high`, or a "word" of `words`.

    `columns` are those of the picture that it reads, its own name by default. Of a number with two columns they are its
    bounds. Of a yes/no fact, it is sure if every column of a tuple of `surely` holds (a name after "not " must not), and
    possible if any of `possibly` does.
    """

    name: str
    wording: str
    kind: str = "yes/no"
    unit: str = ""
    low: float = 0.0
    high: float = math.inf
    words: tuple[str, ...] = ()
    bounds: tuple[str, str] | None = None
    surely: tuple[tuple[str, ...], ...] = ()
    possibly: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the picture that the fact reads."""
        if self.bounds:
            return self.bounds
        named = [name.removeprefix("not ") for part in (*self.surely, self.possibly) for name in part]
        return tuple(dict.fromkeys(named)) or (self.name,)

    @property
    def relations(self) -> tuple[str, ...]:
        """The relations in which the fact may stand."""
        if self.bounds:
            return LIMITS
        return {"yes/no": ("is", "not"), "word": ("is", "not", "one_of"), "number": RELATIONS}[self.kind]

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The columns as inputs of a decision."""
        kind: Any = self.kind
        return tuple(Input(name, self.wording, kind, self.unit or None, words=self.words) for name in self.columns)

    def refuse(self, relation: str, value: Any) -> str | None:
        """Why a value cannot stand in a relation to this fact, with the remedy; None if it can."""
        if relation not in self.relations:
            return f"{self.name} cannot be {relation} something; write one of {', '.join(self.relations)}"
        if relation == "one_of":
            if not (isinstance(value, list) and value):
                return "must be a list of values in square brackets"
            return next((why for item in value if (why := self._refuse_one(item))), None)
        return self._refuse_one(value)

    def _refuse_one(self, value: Any) -> str | None:
        if self.kind == "yes/no":
            return None if isinstance(value, bool) else "must be true or false, without quotes"
        if self.kind == "word":
            return None if value in self.words else f"must be one of {', '.join(self.words)}, in quotes"
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            most = "or more" if math.isinf(self.high) else f"to {self.high:g}"
            return f"must be a number, {self.low:g} {most}{f', in {self.unit}' if self.unit else ''}"
        return None if math.isfinite(value) else "must be a finite number"


@dataclass(frozen=True)
class Condition:
    """A fact in a relation to a value; of `one_of` a tuple of values."""

    fact: Fact
    relation: str
    value: Any

    def holds(self) -> pl.Expr:
        """Whether it holds of a row of the picture; null where that is not known."""
        if self.fact.kind == "number":
            return self._compared()
        values = self.value if self.relation == "one_of" else (self.value,)
        if self.fact.kind == "word":
            word = pl.col(self.fact.name).cast(pl.String)
            within = pl.when(word.is_in(self.fact.words)).then(word.is_in(values))
            return ~within if self.relation == "not" else within
        return _yes_no(self.fact) if self.value is (self.relation == "is") else ~_yes_no(self.fact)

    def _compared(self) -> pl.Expr:
        if self.fact.bounds:
            low, high = (_quantity(name) for name in self.fact.bounds)
            if self.relation in ("at_least", "above"):
                return certain(_limit(low, self.relation, self.value), _limit(high, self.relation, self.value))
            return certain(_limit(high, self.relation, self.value), _limit(low, self.relation, self.value))
        if self.relation == "one_of":
            return reduce(or_, (_limit(self._in_units_of(value), "is", value) for value in self.value))
        return _limit(self._in_units_of(self.value), self.relation, self.value)

    def _in_units_of(self, value: float) -> pl.Expr:
        """The quantity; beside a whole number of years, the completed years of age."""
        quantity = _quantity(self.fact.name)
        return quantity.floor() if self.fact.name == "age_years" and value == math.floor(value) else quantity


def _quantity(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64).fill_nan(None)


def _limit(quantity: pl.Expr, relation: str, value: float) -> pl.Expr:
    return {
        "is": quantity == value,
        "not": quantity != value,
        "at_least": quantity >= value,
        "at_most": quantity <= value,
        "above": quantity > value,
        "below": quantity < value,
    }[relation]


def _yes_no(fact: Fact) -> pl.Expr:
    if not fact.surely:
        return pl.col(fact.name).cast(pl.Boolean)
    surely = reduce(or_, (reduce(and_, map(_named, part)) for part in fact.surely))
    return certain(surely, reduce(or_, map(_named, fact.possibly)))


def _named(name: str) -> pl.Expr:
    found = pl.col(name.removeprefix("not ")).cast(pl.Boolean)
    return ~found if name.startswith("not ") else found


def _number(name: str, wording: str, unit: str = "", high: float = math.inf, **more: Any) -> Fact:
    return Fact(name, wording, "number", unit, 0.0, high, **more)


FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        _number("age_years", "age", "years", 130),
        _number("ecog", "ECOG performance status", "", 5),
        _number("lines", "lines of treatment begun"),
        _number("months_to_relapse", "months from transplant to relapse", "months"),
        _number(
            "npm1_per_1e4",
            "NPM1 level of the last sample",
            "copies per 10^4 ABL1",
            bounds=("npm1_per_1e4_low", "npm1_per_1e4_high"),
        ),
        Fact("npm1_tissue", "tissue of that sample", "word", words=tuple(tissue.value for tissue in Tissue)),
        Fact("untreated", "newly diagnosed, nothing given"),
        Fact("in_remission", "in remission"),
        Fact("overt", "relapsed or refractory, haematologically"),
        Fact(
            "molecular_relapse",
            "molecular relapse; open while it is not confirmed",
            surely=(("mrd_relapse_confirmed",),),
            possibly=("mrd_relapse",),
        ),
        Fact("mrd_relapse", "molecular relapse, confirmed or not"),
        Fact("mrd_relapse_confirmed", "molecular relapse, confirmed"),
        Fact("molecular_progression", "molecular progression"),
        Fact("molecular_persistence", "molecular persistence after treatment, at any level"),
        Fact("persistence_below_2", "molecular persistence below 2 %"),
        Fact(
            "molecular_failure",
            "molecular relapse, progression or persistence; open while unconfirmed or below 2 %",
            surely=(
                ("mrd_relapse_confirmed",),
                ("molecular_progression",),
                ("molecular_persistence", "not persistence_below_2"),
            ),
            possibly=("mrd_relapse", "molecular_progression", "molecular_persistence"),
        ),
        Fact("mrd_positive_now", "residual disease in the last sample"),
        Fact("fit_for_intensive", "fit for intensive chemotherapy"),
        Fact("transplant_eligible", "eligible for transplant"),
        Fact("prior_intensive", "prior intensive chemotherapy"),
        Fact("prior_hma", "prior hypomethylating agent"),
        Fact("prior_venetoclax", "prior venetoclax"),
        Fact("prior_hma_venetoclax", "prior hypomethylating agent with venetoclax"),
        Fact("venetoclax_now", "venetoclax is being given"),
        Fact("prior_transplant", "prior allogeneic transplant"),
        Fact("transplanted_since", "transplanted since the present relapse"),
        Fact("long_after_graft", "more than 24 months after transplant"),
        Fact("gvhd_active", "active graft-versus-host disease"),
        Fact("gvhd_ever", "graft-versus-host disease at any time"),
        Fact("on_immunosuppression", "immunosuppression after transplant"),
        Fact("NPM1", "NPM1 mutation"),
        Fact("FLT3", "FLT3 mutation"),
        Fact("FLT3_ITD", "FLT3-ITD"),
        Fact("IDH1", "IDH1 mutation"),
        Fact("IDH2", "IDH2 mutation"),
        Fact("TP53", "TP53 mutation"),
        Fact("KMT2A_rearranged", "KMT2A rearrangement"),
    )
}
