"""The study file: what a registry paper is made of, in TOML.

```toml
title = "Overall survival by ELN 2022 risk"
population = "age_years>=18"            # optional, a subgroup in words
landmarks_months = [12, 24]
describe = true                          # Table 1, treatment, responses, subsequent therapy, patient flow, figures
describe_by = "eln2022"                  # optional: the groups of Table 1

[[endpoint]]
name = "OS"                             # one of the eighteen, or one of the study's own (`endpoints.custom`)
clock = "diagnosis"                     # optional: the endpoint's own clock if left out
delayed_entry = "first dose of venetoclax"

[[groups]]
by = "eln2022"                          # a model, or a column; as known at each patient's time zero
endpoints = ["OS"]                      # optional: all if left out

[[cox]]
endpoint = "OS"
covariates = ["age_years", "eln2022"]

[[scores]]
compare = ["eln2022", "eln2017"]
endpoint = "OS"
horizon_months = 24
```

Traps: a group is read as known at time zero; `by = "transplant"` is dated later and is refused unless `as_published = true`
stands beside it, in which case the figure carries the warning; a time-dependent comparison is offered instead.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tenfold.cohort.analysis import clock_called, endpoint_called
from tenfold.endpoints.custom import EndpointFault, custom_endpoint
from tenfold.endpoints.definitions import EndpointRule
from tenfold.vocabulary import Clock

LATER = ("transplant",)
"""Groups that are dated after time zero."""


class StudyFault(ValueError):
    """A study file that cannot be used; `faults` says in plain words everything that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


@dataclass(frozen=True)
class AskedEndpoint:
    """One endpoint on one clock, by the name that the file gives it."""

    name: str
    rule: EndpointRule
    clock: Clock | None = None

    @property
    def label(self) -> str:
        """The endpoint with its clock, and delayed entry."""
        on = self.rule.clock if self.clock is None else self.clock
        entry = f", entry at {self.rule.entry.value}" if self.rule.entry else ""
        return f"{self.rule.name} from {on.value}{entry}"


@dataclass(frozen=True)
class AskedGroups:
    """Curves split by a model or a column, or by a later fact as published."""

    by: str
    endpoints: tuple[str, ...]
    as_published: bool = False


@dataclass(frozen=True)
class AskedCox:
    """A Cox model of one endpoint: each covariate alone, then all together."""

    endpoint: str
    covariates: tuple[str, ...]
    strata: tuple[str, ...] = ()


@dataclass(frozen=True)
class AskedScores:
    """Scores compared on one endpoint."""

    compare: tuple[str, ...]
    endpoint: str
    horizon_months: float
    bootstrap: int = 200


@dataclass(frozen=True)
class Study:
    """What a study asks for."""

    title: str
    endpoints: tuple[AskedEndpoint, ...]
    population: str | None = None
    groups: tuple[AskedGroups, ...] = ()
    cox: tuple[AskedCox, ...] = ()
    scores: tuple[AskedScores, ...] = ()
    describe: bool = False
    describe_by: str | None = None
    landmarks_months: tuple[float, ...] = (12.0, 24.0)
    seed: int = 1

    def endpoint(self, name: str) -> AskedEndpoint:
        """The endpoint of a name. KeyError for one that the study does not ask for."""
        return next(one for one in self.endpoints if one.name == name)


MAY_HAVE: dict[str, tuple[str, ...]] = {
    "": (
        "title",
        "population",
        "landmarks_months",
        "describe",
        "describe_by",
        "seed",
        "endpoint",
        "groups",
        "cox",
        "scores",
    ),
    "groups": ("by", "endpoints", "as_published"),
    "cox": ("endpoint", "covariates", "strata"),
    "scores": ("compare", "endpoint", "horizon_months", "bootstrap"),
}


def read_study(path: Path) -> Study:
    """Read a study file. OSError if it cannot be read; StudyFault with every fault in words."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyFault([f"it is not TOML: {error}"]) from None
    return parse_study(content)


def parse_study(content: Mapping[str, Any]) -> Study:
    """Return the study that the content of a file asks for. StudyFault with every fault in words."""
    faults = _strange("", content)
    endpoints = _endpoints(content.get("endpoint", []), faults)
    names = [one.name for one in endpoints]
    if not endpoints and not faults:
        faults.append('no endpoint is asked for; write [[endpoint]] with name = "OS"')
    groups = [
        AskedGroups(row["by"], tuple(row.get("endpoints", names)), bool(row.get("as_published", False)))
        for row in _rows(content, "groups", ("by",), faults)
    ]
    cox = [
        AskedCox(row["endpoint"], tuple(row["covariates"]), tuple(row.get("strata", ())))
        for row in _rows(content, "cox", ("endpoint", "covariates"), faults)
    ]
    scores = [
        AskedScores(
            tuple(row["compare"]), row["endpoint"], float(row.get("horizon_months", 12)), int(row.get("bootstrap", 200))
        )
        for row in _rows(content, "scores", ("compare", "endpoint"), faults)
    ]
    for where, asked in (
        ("groups", [name for one in groups for name in one.endpoints]),
        ("cox", [one.endpoint for one in cox]),
        ("scores", [one.endpoint for one in scores]),
    ):
        faults += [
            f"[[{where}]]: {name} is no endpoint of this study; there are {', '.join(names)}"
            for name in dict.fromkeys(asked)
            if name not in names
        ]
    if faults:
        raise StudyFault(faults)
    return Study(
        title=str(content.get("title", "A study")),
        endpoints=tuple(endpoints),
        population=content.get("population"),
        groups=tuple(groups),
        cox=tuple(cox),
        scores=tuple(scores),
        describe=bool(content.get("describe", "describe_by" in content)),
        describe_by=content.get("describe_by"),
        landmarks_months=tuple(float(month) for month in content.get("landmarks_months", (12, 24))),
        seed=int(content.get("seed", 1)),
    )


def _strange(where: str, row: Mapping[str, Any]) -> list[str]:
    """Words that mean nothing here, with the nearest that does."""
    found = []
    for name in row:
        if name not in MAY_HAVE[where]:
            near = get_close_matches(name, MAY_HAVE[where], 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(MAY_HAVE[where])}"
            found.append(f"{f'[[{where}]]: ' if where else ''}{name} means nothing{hint}")
    return found


def _rows(content: Mapping[str, Any], where: str, needed: Sequence[str], faults: list[str]) -> list[dict[str, Any]]:
    rows = content.get(where, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        faults.append(f"{where} is written [[{where}]], once for each")
        return []
    good = []
    for row in rows:
        found = _strange(where, row) + [f"[[{where}]]: {name} is missing" for name in needed if name not in row]
        lists = [name for name in ("endpoints", "covariates", "compare", "strata") if isinstance(row.get(name), str)]
        found += [f'[[{where}]]: {name} is a list, e.g. ["{row[name]}"]' for name in lists]
        faults += found
        if not found:
            good.append(row)
    return good


def _endpoints(rows: Any, faults: list[str]) -> list[AskedEndpoint]:
    if not isinstance(rows, list):
        faults.append("endpoint is written [[endpoint]], once for each")
        return []
    found = []
    for row in rows:
        try:
            found.append(_endpoint(row))
        except EndpointFault as fault:
            faults += [f"[[endpoint]]: {one}" for one in fault.faults]
        except LookupError as error:
            faults.append(f"[[endpoint]]: {error.args[0]}")
    names = [one.name for one in found]
    faults += [
        f'[[endpoint]]: {name} stands twice; give each its own label, e.g. label = "{name} from treatment"'
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return found


def _endpoint(row: Mapping[str, Any]) -> AskedEndpoint:
    given = dict(row)
    label, clock, entry = given.pop("label", None), given.pop("clock", None), given.pop("delayed_entry", None)
    if "events" in given or "start" in given:
        rule = custom_endpoint(given)
    else:
        if strange := sorted(set(given) - {"name"}):
            raise LookupError(f"{', '.join(strange)} means nothing here; give name, clock, delayed_entry or label")
        if "name" not in given:
            raise LookupError("name is missing")
        rule = endpoint_called(str(given["name"]))
    if entry is not None:
        rule = replace(rule, entry=clock_called(str(entry)))
    name = str(label if label is not None else row["name"])
    return AskedEndpoint(name, rule, None if clock is None else clock_called(str(clock)))
