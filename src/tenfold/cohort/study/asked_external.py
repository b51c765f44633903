"""The other cohort that a study file may name, to show how its own patients differ from it.

```toml
[external]
path = "../other-records"               # a folder of records, from where the study file lies
name = "VEN-PRS cohort"
covariates = ["age_years", "TP53"]      # optional: those of the study's groups and models
population = "age_years>=18"            # optional: who of the other cohort counts; everybody with the index if left out
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenfold.cohort.study.checks import text, words
from tenfold.cohort.subgroup import conditions

NAMES = ("path", "name", "covariates", "population")


@dataclass(frozen=True)
class AskedExternal:
    """Another cohort: where its records lie, what it is called, and what is compared (nothing: what the study models)."""

    path: str
    name: str
    covariates: tuple[str, ...] = ()
    population: str | None = None


def parse_external(content: Mapping[str, Any], faults: list[str]) -> AskedExternal | None:
    """Return the cohort that a study file names, null for none; every fault is added to `faults` in words."""
    if "external" not in content:
        return None
    row = content["external"]
    if not isinstance(row, Mapping):
        faults.append('external is written [external], once, with path = "..." and name = "..."')
        return None
    found: list[str] = [f"{name} means nothing; there are {', '.join(NAMES)}" for name in row if name not in NAMES]
    found += [f"{name} is missing" for name in ("path", "name") if name not in row]
    path, called = (text(row, name, "-", "", found) for name in ("path", "name"))
    population = text(row, "population", None, "", found)
    covariates = words(row, "covariates", (), "", found)
    try:
        conditions(population or "x=y")
    except ValueError as error:
        found.append(f"population: {error}")
    faults += [f"[external]: {fault}" for fault in found]
    return None if found else AskedExternal(str(path), str(called), covariates, population)
