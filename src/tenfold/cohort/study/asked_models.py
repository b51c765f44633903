"""What a study file may ask for beyond curves and Cox models, read strictly, every fault at once.

```toml
[[endpoint]]
name = "OS"
restricted_mean_months = 48             # the mean time without the event up to then, and how groups differ in it

[[groups]]
by = "eln2022"
trend = true                            # in the model's own order; of a column name it: trend = ["0", "1", "2"]

[[groups]]
by = "transplant"                       # what had happened by a landmark: "transplant", "remission_reached"
landmark_months = 3

[[groups]]
by = "transplant"                       # each patient moves at the transplant
simon_makuch = true

[[fine_gray]]
endpoint = "CIR"
covariates = ["age_years", "eln2022"]

[[response_model]]
outcome = "CRc"                         # CRc, ORR, or categories of the set joined by +
response_set = "VEN-PRS"                # or ELN-2022, modified CRc
which = "best"                          # or "last"
index = "first dose of venetoclax"      # the response to the treatment of that day; any index of a description
covariates = ["age_years", "TP53"]
bootstrap = 200                         # resamples of the correction for optimism; 0 for none

[[subgroups]]
endpoint = "OS"
effect = "TP53"                         # whose effect is looked at
by = ["sex", "age_years>=60"]           # in which subgroups
adjust = ["ecog"]                       # optional
```

Traps: a subgroup analysis that was not written down beforehand proves nothing; the methods text counts how many were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenfold.cohort.response_sets import RESPONSE_SETS, Which
from tenfold.cohort.study.checks import MOST_MONTHS, no_endpoint, strange
from tenfold.cohort.study.index_day import index_called
from tenfold.cohort.study.response_outcome import outcome_of
from tenfold.vocabulary import Clock

TREND = "trend"
"""The word of [[groups]] for a test of a trend across groups in an order."""
AT_LANDMARK = ("landmark_months", "simon_makuch")
"""Words of [[groups]] that make curves from a later fact soundly."""
FIRST_VENETOCLAX = Clock.VENETOCLAX.value
"""The index of a response model that names none: the treatment of the VEN-PRS paper."""
MOST_BOOTSTRAP = 10_000


@dataclass(frozen=True)
class AskedTrend:
    """A test for a trend across the groups of `by`, in `order` (null: the model's own)."""

    by: str
    endpoints: tuple[str, ...]
    order: tuple[str, ...] | None


@dataclass(frozen=True)
class AskedLandmark:
    """Curves by a later fact: by what had happened at `months`, or (`simon_makuch`) each patient moving at the fact."""

    by: str
    endpoints: tuple[str, ...]
    months: float | None
    simon_makuch: bool


@dataclass(frozen=True)
class AskedFineGray:
    """A Fine-Gray model of one endpoint: each covariate alone, then all together."""

    endpoint: str
    covariates: tuple[str, ...]


@dataclass(frozen=True)
class AskedResponse:
    """A model of who responds: `outcome` in a response set, each covariate alone and all together."""

    outcome: str
    covariates: tuple[str, ...]
    response_set: str = "VEN-PRS"
    which: Which = "best"
    index: str = FIRST_VENETOCLAX
    bootstrap: int = 200


@dataclass(frozen=True)
class AskedSubgroups:
    """The effect of one covariate within the levels of others, and whether it differs between them."""

    endpoint: str
    effect: str
    by: tuple[str, ...]
    adjust: tuple[str, ...] = ()


@dataclass(frozen=True)
class AskedModels:
    """What is asked for beyond curves and Cox models."""

    trends: tuple[AskedTrend, ...] = ()
    landmarks: tuple[AskedLandmark, ...] = ()
    fine_gray: tuple[AskedFineGray, ...] = ()
    responses: tuple[AskedResponse, ...] = ()
    subgroups: tuple[AskedSubgroups, ...] = ()


MAY_HAVE: dict[str, tuple[str, ...]] = {
    "fine_gray": ("endpoint", "covariates"),
    "response_model": ("outcome", "covariates", "response_set", "which", "index", "bootstrap"),
    "subgroups": ("endpoint", "effect", "by", "adjust"),
}
WORDS = tuple(MAY_HAVE)
"""The tables of a study file that are read here."""


def is_at_landmark(row: Any) -> bool:
    """Whether a row of [[groups]] asks for a landmark or a Simon-Makuch curve."""
    return isinstance(row, Mapping) and any(name in row for name in AT_LANDMARK)


def parse_models(content: Mapping[str, Any], endpoints: Sequence[str], faults: list[str]) -> AskedModels:
    """Return what the content of a study file asks for here; every fault is added to `faults` in words."""
    groups = content.get("groups", [])
    wanted = [row for row in groups if is_at_landmark(row)] if isinstance(groups, list) else []
    landmarks = [one for row in wanted if (one := _landmark(row, endpoints, faults)) is not None]
    fine_gray = [
        AskedFineGray(row["endpoint"], tuple(row["covariates"]))
        for row in _rows(content, "fine_gray", {"endpoint": str, "covariates": list}, {}, endpoints, faults)
    ]
    responses = [
        AskedResponse(
            row["outcome"],
            tuple(row["covariates"]),
            row.get("response_set", "VEN-PRS"),
            row.get("which", "best"),
            row.get("index", FIRST_VENETOCLAX),
            row.get("bootstrap", 200),
        )
        for row in _rows(
            content,
            "response_model",
            {"outcome": str, "covariates": list},
            {"response_set": str, "which": str, "index": str, "bootstrap": int},
            endpoints,
            faults,
        )
    ]
    for response in responses:
        faults += _of_response(response)
    subgroups = [
        AskedSubgroups(row["endpoint"], row["effect"], tuple(row["by"]), tuple(row.get("adjust", ())))
        for row in _rows(
            content, "subgroups", {"endpoint": str, "effect": str, "by": list}, {"adjust": list}, endpoints, faults
        )
    ]
    return AskedModels(
        _trends(groups, endpoints, faults), tuple(landmarks), tuple(fine_gray), tuple(responses), tuple(subgroups)
    )


def restricted_to(value: Any, endpoint: str, *, competing: bool) -> float | None:
    """The horizon of an endpoint's restricted mean, null for none. LookupError, in words, for what cannot be one."""
    if value is None:
        return None
    if not (_number(value) and 0 < value <= MOST_MONTHS):
        raise LookupError(
            f"restricted_mean_months of {endpoint} is a number of months above 0 and up to {MOST_MONTHS:g}, not {value!r}"
        )
    if competing:
        raise LookupError(
            f"{endpoint} has competing events: its curve is of incidence and has no restricted mean; leave restricted_mean_months out"
        )
    return float(value)


def _trends(groups: Any, endpoints: Sequence[str], faults: list[str]) -> tuple[AskedTrend, ...]:
    """The rows of [[groups]] that ask for a trend."""
    found = []
    for row in groups if isinstance(groups, list) else []:
        if not isinstance(row, Mapping) or TREND not in row:
            continue
        order, by, named = row[TREND], row.get("by"), row.get("endpoints", list(endpoints))
        if is_at_landmark(row):
            faults.append("[[groups]]: trend has no meaning beside landmark_months or simon_makuch")
        elif not isinstance(order, bool) and not (_texts(order) and len(order) > 1):
            faults.append(
                f'[[groups]]: trend is true, or the groups in their order, e.g. ["0", "1", "2"], not {order!r}'
            )
        elif order is not False and isinstance(by, str) and _texts(named):
            found.append(AskedTrend(by, tuple(named), None if order is True else tuple(order)))
    return tuple(found)


def _landmark(row: Mapping[str, Any], endpoints: Sequence[str], faults: list[str]) -> AskedLandmark | None:
    """A row of [[groups]] with a landmark or a Simon-Makuch curve; null where it has faults."""
    where = "[[groups]]"
    found = strange("groups", row, ("by", "endpoints", *AT_LANDMARK))
    by, named = row.get("by"), row.get("endpoints", list(endpoints))
    if not isinstance(by, str):
        found.append(f'{where}: by is a word, e.g. by = "transplant"')
    if not _texts(named):
        found.append(f'{where}: endpoints is a list of words, e.g. ["OS"]')
    else:
        found += [fault for name in named for fault in no_endpoint("groups", name, endpoints)]
    makuch = row.get("simon_makuch", False)
    if not isinstance(makuch, bool):
        found.append(f"{where}: simon_makuch is true or false, not {makuch!r}")
    months = row.get("landmark_months")
    if months is not None and not (_number(months) and 0 < months <= MOST_MONTHS):
        found.append(f"{where}: landmark_months is a number of months after time zero, not {months!r}")
    if months is None and makuch is False:
        found.append(f"{where}: simon_makuch = false asks for nothing; leave it out or give landmark_months")
    if makuch is True and isinstance(by, str) and by != "transplant":
        found.append(f'{where}: a Simon-Makuch curve is drawn by = "transplant", not by = {by!r}; give landmark_months')
    faults += found
    if found:
        return None
    return AskedLandmark(str(by), tuple(named), None if months is None else float(months), makuch)


def _of_response(one: AskedResponse) -> list[str]:
    where = "[[response_model]]"
    found = []
    if one.which not in ("best", "last"):
        found.append(f'{where}: which is "best" or "last", not {one.which!r}')
    try:
        index_called(one.index)
    except LookupError as error:
        found.append(f"{where}: {error.args[0]}")
    if not 0 <= one.bootstrap <= MOST_BOOTSTRAP or 0 < one.bootstrap < 10:
        found.append(f"{where}: bootstrap is 0, or from 10 to {MOST_BOOTSTRAP} resamples, not {one.bootstrap}")
    if one.response_set not in RESPONSE_SETS:
        return [*found, f"{where}: no response set {one.response_set}; there are {', '.join(RESPONSE_SETS)}"]
    try:
        outcome_of(one.outcome, RESPONSE_SETS[one.response_set])
    except LookupError as error:
        found.append(f"{where}: {error.args[0]}")
    return found


def _rows(
    content: Mapping[str, Any],
    table: str,
    needed: Mapping[str, type],
    may: Mapping[str, type],
    endpoints: Sequence[str],
    faults: list[str],
) -> list[Mapping[str, Any]]:
    """The rows of one table that have no fault."""
    rows, where = content.get(table, []), f"[[{table}]]"
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        faults.append(f"{table} is written {where}, once for each")
        return []
    good = []
    for row in rows:
        found = strange(table, row, MAY_HAVE[table])
        found += [f"{where}: {name} is missing" for name in needed if name not in row]
        for name, kind in {**needed, **may}.items():
            if name in row and (said := _wrong(name, row[name], kind, needed=name in needed)):
                found.append(f"{where}: {said}")
        endpoint = row.get("endpoint")
        if isinstance(endpoint, str):
            found += no_endpoint(table, endpoint, endpoints)
        faults += found
        if not found:
            good.append(row)
    return good


def _wrong(name: str, value: Any, kind: type, *, needed: bool) -> str | None:
    if kind is str and not (isinstance(value, str) and value.strip()):
        return f"{name} is a word in quotation marks, not {value!r}"
    if kind is int and (isinstance(value, bool) or not isinstance(value, int)):
        return f"{name} is a whole number, not {value!r}"
    if kind is list and isinstance(value, str):
        return f'{name} is a list, e.g. ["{value}"]'
    if kind is list and not (_texts(value) and (value or not needed)):
        return f'{name} is a list of words, e.g. ["age_years"]'
    return None


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
