"""The study file: what a registry paper is made of, in TOML.

```toml
title = "Overall survival by ELN 2022 risk"
population = "age_years>=18"            # optional, a subgroup in words
landmarks_months = [12, 24]
describe = true                          # Table 1, treatment, responses, subsequent therapy, patient flow, figures
describe_by = "eln2022"                  # optional: the groups of Table 1
index = "venetoclax"                     # optional: the day that the description is of (the first endpoint's clock if left out)

[[endpoint]]
name = "OS"                             # one of the eighteen, or one of the study's own (`endpoints.custom`)
clock = "diagnosis"                     # optional: the endpoint's own clock if left out
delayed_entry = "first dose of venetoclax"

[[groups]]
by = "eln2022"                          # a model, or a column; as known at each patient's time zero
endpoints = ["OS"]                      # optional: all if left out

[[groups]]
by = "age_years"                        # a number is cut: below 60, 60 to below 70, 70 or more
cuts = [60, 70]

[[cox]]
endpoint = "OS"
covariates = ["age_years", "eln2022"]

[[scores]]
compare = ["eln2022", "eln2017"]
endpoint = "OS"
horizon_months = 24
```

Traps: a group, covariate or stratum is read as known at time zero; what is dated later (a transplant as a group, the response
that a model looks at) is refused unless `as_published = true` stands beside it, in which case the figure carries the warning.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tenfold.cohort.analysis import clock_called, endpoint_called
from tenfold.cohort.study.asked_external import AskedExternal, parse_external
from tenfold.cohort.study.asked_models import (
    AT_LANDMARK,
    TREND,
    WORDS,
    AskedModels,
    is_at_landmark,
    parse_models,
    restricted_to,
)
from tenfold.cohort.study.checks import no_endpoint, number, numbers, strange, text, truth, words
from tenfold.cohort.study.index_day import MOLECULAR, index_called
from tenfold.cohort.subgroup import conditions
from tenfold.endpoints.custom import EndpointFault, custom_endpoint
from tenfold.endpoints.definitions import EndpointRule
from tenfold.vocabulary import Clock

MOST_RESAMPLES, MOST_SEED = 100_000, 2**31 - 1
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
    restricted_mean_months: float | None = None

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
    cuts: tuple[float, ...] = ()


@dataclass(frozen=True)
class AskedCox:
    """A Cox model of one endpoint: each covariate alone, then all together."""

    endpoint: str
    covariates: tuple[str, ...]
    strata: tuple[str, ...] = ()
    as_published: bool = False


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
    further: AskedModels = field(default_factory=AskedModels)
    external: AskedExternal | None = None
    describe: bool = False
    describe_by: str | None = None
    index: str | None = None
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
        "index",
        "seed",
        "endpoint",
        "groups",
        "cox",
        "scores",
        "external",
        *WORDS,
    ),
    "groups": ("by", "endpoints", "as_published", "cuts", TREND, *AT_LANDMARK),
    "cox": ("endpoint", "covariates", "strata", "as_published"),
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
    faults = strange("", content, MAY_HAVE[""])
    endpoints = _endpoints(content.get("endpoint", []), faults)
    names = [one.name for one in endpoints]
    if not endpoints and not faults:
        faults.append('no endpoint is asked for; write [[endpoint]] with name = "OS"')
    groups = [
        AskedGroups(
            str(text(row, "by", "", "groups", faults)),
            words(row, "endpoints", names, "groups", faults),
            truth(row, "as_published", False, "groups", faults),
            numbers(row, "cuts", (), "groups", faults, rising=True) if "cuts" in row else (),
        )
        for row in _rows(content, "groups", ("by",), faults)
        if not is_at_landmark(row)
    ]
    cox = [
        AskedCox(
            str(text(row, "endpoint", "", "cox", faults)),
            words(row, "covariates", (), "cox", faults),
            words(row, "strata", (), "cox", faults),
            truth(row, "as_published", False, "cox", faults),
        )
        for row in _rows(content, "cox", ("endpoint", "covariates"), faults)
    ]
    scores = [
        AskedScores(
            words(row, "compare", (), "scores", faults),
            str(text(row, "endpoint", "", "scores", faults)),
            number(row, "horizon_months", 12, "scores", faults),
            int(number(row, "bootstrap", 200, "scores", faults, most=MOST_RESAMPLES, whole=True)),
        )
        for row in _rows(content, "scores", ("compare", "endpoint"), faults)
    ]
    for where, asked in (
        ("groups", [name for one in groups for name in one.endpoints]),
        ("cox", [one.endpoint for one in cox]),
        ("scores", [one.endpoint for one in scores]),
    ):
        faults += [fault for name in dict.fromkeys(asked) if name for fault in no_endpoint(where, name, names)]
    further = parse_models(content, names, faults)
    external = parse_external(content, faults)
    title = text(content, "title", "A study", "", faults)
    population = text(content, "population", None, "", faults)
    described = truth(content, "describe", "describe_by" in content, "", faults)
    describe_by = text(content, "describe_by", None, "", faults)
    index = text(content, "index", None, "", faults)
    faults += _no_index(index)
    landmarks = numbers(content, "landmarks_months", (12.0, 24.0), "", faults, months=True)
    seed = int(number(content, "seed", 1, "", faults, most=MOST_SEED, whole=True))
    faults += _unread(population)
    if faults:
        raise StudyFault(list(dict.fromkeys(faults)))
    return Study(
        title=str(title),
        endpoints=tuple(endpoints),
        population=population,
        groups=tuple(groups),
        cox=tuple(cox),
        scores=tuple(scores),
        further=further,
        external=external,
        describe=described,
        describe_by=describe_by,
        index=index,
        landmarks_months=landmarks,
        seed=seed,
    )


def _no_index(name: str | None) -> list[str]:
    """What keeps an index day from being understood."""
    try:
        index_called(name or MOLECULAR)
    except LookupError as error:
        return [f"index: {error.args[0]}"]
    return []


def _unread(population: str | None) -> list[str]:
    """What keeps a population from being read as conditions."""
    try:
        conditions(population or "x=y")
    except ValueError as error:
        return [f"population: {error}"]
    return []


def _rows(content: Mapping[str, Any], where: str, needed: Sequence[str], faults: list[str]) -> list[dict[str, Any]]:
    rows = content.get(where, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        faults.append(f"{where} is written [[{where}]], once for each")
        return []
    good = []
    for row in rows:
        found = strange(where, row, MAY_HAVE[where]) + [
            f"[[{where}]]: {name} is missing" for name in needed if name not in row
        ]
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
        if not isinstance(row, dict):
            faults.append(f"endpoint is written [[endpoint]], once for each, not {row!r}")
            continue
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
    mean = given.pop("restricted_mean_months", None)
    if "events" in given or "start" in given:
        rule = custom_endpoint(given)
    else:
        if strange := sorted(set(given) - {"name"}):
            raise LookupError(f"{', '.join(strange)} means nothing here; give name, clock, delayed_entry or label")
        if "name" not in given:
            raise LookupError("name is missing")
        rule = endpoint_called(_said(given, "name"))
    if entry is not None:
        rule = replace(rule, entry=clock_called(_said(row, "delayed_entry")))
    name = _said(row, "label" if label is not None else "name")
    horizon = restricted_to(mean, name, competing=bool(rule.competing))
    return AskedEndpoint(name, rule, None if clock is None else clock_called(_said(row, "clock")), horizon)


def _said(row: Mapping[str, Any], name: str) -> str:
    """Text of an endpoint. LookupError for anything else."""
    if not isinstance(row[name], str) or not row[name].strip():
        raise LookupError(f"{name} is text, not {row[name]!r}")
    return str(row[name])
