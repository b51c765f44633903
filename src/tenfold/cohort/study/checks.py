"""What stands under a name of a study file, held to its kind: true or false, text, a number, a list of either.

Each function returns the value, or the one to go on with, and adds what is wrong to `faults`, so that a file's faults are
named all at once. Traps: TOML's "false" in quotation marks is a word and no truth; true is no number; 1e400 is infinite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tenfold.records.nearest import nearest

MOST_MONTHS = 1200.0
"""A hundred years."""
NEAR = 0.6
"""A word so like one of the few that a table may have is a slip of it."""
FAR = 1e300
"""No number of a study is further from 0; not a number and infinite are none."""


def truth(row: Mapping[str, Any], name: str, default: bool, where: str, faults: list[str]) -> bool:
    """Return true or false."""
    value = row.get(name, default)
    if isinstance(value, bool):
        return value
    faults.append(f"{_at(where)}{name} is true or false, without quotation marks, not {value!r}")
    return default


def text(row: Mapping[str, Any], name: str, default: str | None, where: str, faults: list[str]) -> str | None:
    """Return text that says something, or the default where nothing stands."""
    value = row.get(name, default)
    if value is default or (isinstance(value, str) and value.strip()):
        return value
    faults.append(f'{_at(where)}{name} is text, e.g. {name} = "...", not {value!r}')
    return default


def number(
    row: Mapping[str, Any],
    name: str,
    default: float,
    where: str,
    faults: list[str],
    *,
    least: float = 0.0,
    most: float = MOST_MONTHS,
    whole: bool = False,
) -> float:
    """Return a finite number from `least` to `most` (above 0 where `least` is 0 and fractions are allowed)."""
    value = row.get(name, default)
    kind = "a whole number" if whole else "a number"
    if _is_number(value) and (not whole or float(value).is_integer()):
        if least <= value <= most and (whole or value > 0):
            return float(value)
        span = f"from {least:g} to {most:g}" if whole or least > 0 else f"above 0 and up to {most:g}"
        faults.append(f"{_at(where)}{name} is {kind} {span}, not {value!r}")
    else:
        faults.append(f"{_at(where)}{name} is {kind}, without quotation marks, not {value!r}")
    return default


def numbers(
    row: Mapping[str, Any],
    name: str,
    default: Sequence[float],
    where: str,
    faults: list[str],
    *,
    months: bool = False,
    rising: bool = False,
) -> tuple[float, ...]:
    """Return a list of finite numbers; of `months` above 0 and up to a hundred years, and `rising` if their order counts."""
    value = row.get(name, default)
    if not isinstance(value, list | tuple) or not all(_is_number(one) for one in value):
        faults.append(f"{_at(where)}{name} is a list of numbers, e.g. {name} = [12, 24], not {value!r}")
        return tuple(default)
    wrong = [one for one in value if months and not 0 < one <= MOST_MONTHS]
    if wrong:
        faults.append(f"{_at(where)}{name} are months above 0 and up to {MOST_MONTHS:g}, not {wrong[0]!r}")
        return tuple(default)
    if rising and (not value or any(after <= before for before, after in pairwise(value))):
        faults.append(f"{_at(where)}{name} rise from one to the next and are at least one, not {value!r}")
        return tuple(default)
    return tuple(float(one) for one in value)


def words(row: Mapping[str, Any], name: str, default: Sequence[str], where: str, faults: list[str]) -> tuple[str, ...]:
    """Return a list of texts, each once."""
    value = row.get(name, default)
    if isinstance(value, str):
        parts = [part.strip() for part in value.split(",")]
        faults.append(f"{_at(where)}{name} is a list, e.g. {_list(parts)}")
        return tuple(default)
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        faults.append(f'{_at(where)}{name} is a list of texts, e.g. {name} = ["age_years"], not {value!r}')
        return tuple(default)
    if name in row and not value:
        faults.append(f"{_at(where)}{name} is an empty list")
    twice = sorted({one for one in value if list(value).count(one) > 1})
    faults += [f"{_at(where)}{name} names {one} twice" for one in twice]
    return tuple(value)


def strange(where: str, row: Mapping[str, Any], may_have: Sequence[str]) -> list[str]:
    """Words that mean nothing here, with the one that is like them, else those there are."""
    found = []
    for name in row:
        if name not in may_have:
            near = nearest(name, may_have, NEAR)
            hint = f"; did you mean {near}?" if near else f"; there are {', '.join(may_have)}"
            found.append(f"{_at(where)}{name} means nothing{hint}")
    return found


def no_endpoint(where: str, name: str, endpoints: Sequence[str]) -> list[str]:
    """What is wrong with the name of an endpoint that a study does not ask for; nothing where none was understood at all."""
    if not endpoints or name in endpoints:
        return []
    parts = [part.strip() for part in name.split(",")]
    if len(parts) > 1:
        return [
            f"{_at(where)}{name!r} names several endpoints: write [[{where}]] once for each, or a list, {_list(parts)}"
        ]
    return [f"{_at(where)}{name} is no endpoint of this study; there are {', '.join(endpoints)}"]


def _list(parts: Sequence[str]) -> str:
    quoted = (f'"{part}"' for part in parts if part)
    return f"[{', '.join(quoted)}]"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -FAR <= value <= FAR


def _at(where: str) -> str:
    return f"[[{where}]]: " if where else ""
