"""The names that a model's file may use, and the bounds that its groups may have: a slip of the pen is said, not passed by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from tenfold.cohort.development.cut_offs import CutOff
from tenfold.endpoints import EVERY_ENDPOINT
from tenfold.records.nearest import bare, nearest

NAMES: dict[str, list[str]] = {
    "": [
        "format",
        "name",
        "edition",
        "question",
        "citation",
        "licence",
        "endpoint",
        "caution",
        "of",
        "terms",
        "groups",
        "baseline",
        "intercept",
        "provenance",
        "performance",
        "case_mix",
    ],
    "terms": ["input", "wording", "coding", "weights", "reference", "levels", "unit", "from", "to", "cuts"],
    "groups": ["answer", "upto", "below"],
    "baseline": ["unit", "until", "slope", "event_times", "times", "survival", "cumulative_hazard", "variance"],
    "baseline.variance": ["interval", "on", "coefficients", "between", "log_cumulative_hazard"],
    "intercept": ["log_odds", "probability", "variance"],
    "intercept.variance": ["interval", "coefficients"],
}
"""By the table of the file, what may stand in it; the tables that tell of the model's making are told as they stand."""
SPOKEN = {"overallsurvival": "OS", "relapsefreesurvival": "RFS"}
"""Endpoints in words that mean one thing."""
NEAR = 0.75
"""A word so like an endpoint is a slip of it; one that is less so is an endpoint of somebody's own."""


def refuse_strange_names(data: Mapping[str, Any]) -> None:
    """ValueError for a name that means nothing, with the one that was probably meant."""
    for where, known in NAMES.items():
        for table in _tables(data, where):
            for name in table:
                if name not in known:
                    near = nearest(name, known)
                    hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
                    raise ValueError(f"{f'{where}: ' if where else ''}{name} means nothing in a model's file; {hint}")


def endpoint_in_a_file(name: str) -> str:
    """The name of an endpoint as it is written; of somebody's own as it stands. ValueError for a slip of one."""
    plain = {bare(known): str(known) for known in EVERY_ENDPOINT} | SPOKEN
    if bare(name) in plain:
        return plain[bare(name)]
    near = nearest(name, EVERY_ENDPOINT, NEAR)
    # "EFS" alone is what several endpoints of Tenfold begin with, and an endpoint of somebody's own.
    if near and not bare(near).startswith(bare(name)):
        raise ValueError(f"no endpoint is called {name}; did you mean {near}?")
    return name


def number_in_words(what: str, text: str) -> Decimal:
    """The number of a text. ValueError names what it is of, and the decimal point to write."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite():
        return number
    comma = re.fullmatch(r"\s*[+-]?\d+,\d+\s*", text)
    raise ValueError(f"{what} {text!r} is no number" + (f": write {text.strip().replace(',', '.')}" if comma else ""))


def bound_of(row: Mapping[str, Any]) -> CutOff:
    """The bound above a group. ValueError for none, two, and what is no number of at most two decimals."""
    given = [name for name in ("upto", "below") if name in row]
    if not given:
        raise ValueError(f"group {row['answer']}: every group but the last has an upto or a below")
    if len(given) > 1:
        raise ValueError(f"group {row['answer']}: upto or below, not both")
    at = number_in_words(f"group {row['answer']}: {given[0]}", str(row[given[0]]))
    if at * 100 != int(at * 100):
        raise ValueError(f"group {row['answer']}: {given[0]} {at} has more than two decimals")
    return CutOff(at, given[0] == "upto")


def refuse_unreachable(cut_offs: Sequence[CutOff], least: Decimal, greatest: Decimal) -> None:
    """ValueError for a bound with a group beside it that no total from `least` to `greatest` can be in."""
    for cut in cut_offs:
        under = cut.at < least or (cut.at == least and not cut.includes)
        over = cut.at > greatest or (cut.at == greatest and cut.includes)
        if under or over:
            none = "below" if under else "above"
            raise ValueError(
                f"totals run from {least.normalize():f} to {greatest.normalize():f}: with a bound of {cut} nobody can be in "
                f"the group {none} it"
            )


def _tables(data: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    """The tables of a name: one, a list of them, or those within another; what is no table is left to the reading."""
    found: list[Any] = [data]
    for name in filter(None, where.split(".")):
        inside = [each.get(name) for each in found if isinstance(each, Mapping)]
        found = [one for each in inside for one in (each if isinstance(each, list) else [each])]
    return [each for each in found if isinstance(each, Mapping)]
