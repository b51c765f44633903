"""An endpoint of a study's own, as its study file gives it.

```toml
[[endpoint]]
name = "leukaemia-free survival after venetoclax"
start = "first dose of venetoclax"
events = ["relapse", "death"]
censor = ["known to be alive"]
```

`competing`, `stop_at` (ends the observation without an event), `horizon_days`, `in_remission`, `entry` (delayed entry),
`failure` with `landmark_days` (for "treatment failure"), `meaning` and `citation` may be given. Traps: what a death is must
be said, or the dead would be followed as if alive; nothing can be two things at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from tenfold.endpoints.definitions import EVERY_ENDPOINT, LANDMARK_DAYS, EndpointRule
from tenfold.vocabulary import Clock, Happening

SHORT_CLOCKS = {
    "treatment": Clock.TREATMENT,
    "venetoclax": Clock.VENETOCLAX,
    "remission": Clock.REMISSION,
    "MRD relapse": Clock.MRD_RELAPSE,
}
CLOCKS: dict[str, StrEnum] = {**{clock.value: clock for clock in Clock}, **SHORT_CLOCKS}
NO_END = (
    Happening.DIAGNOSIS,
    Happening.TREATMENT,
    Happening.MRD_SAMPLE,
    Happening.MARROW,
    Happening.RESPONSE_ASSESSMENT,
    Happening.CONTACT,
)
ENDS: dict[str, StrEnum] = {kind.value: kind for kind in Happening if kind not in NO_END}
LAST_OF = (Happening.CONTACT, Happening.RESPONSE_ASSESSMENT, Happening.MARROW, Happening.MRD_SAMPLE)
CENSORED_AT: dict[str, StrEnum] = {kind.value: kind for kind in LAST_OF}
FAILURES = ("day 1", "when documented")
NEEDED = ("name", "start", "events", "censor")
MAY_HAVE = (
    "competing",
    "stop_at",
    "horizon_days",
    "in_remission",
    "entry",
    "failure",
    "landmark_days",
    "meaning",
    "citation",
)


class EndpointFault(ValueError):
    """A study's endpoint that cannot be used; `faults` says in plain words everything that is wrong with it."""

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"endpoint {name!r}: " + "; ".join(self.faults))


def custom_endpoint(entry: Mapping[str, Any]) -> EndpointRule:
    """Return the endpoint that a study file's entry describes. EndpointFault with every fault of it at once."""
    name = entry.get("name")
    faults = [f"{key} is missing" for key in NEEDED if key not in entry]
    faults += [_unknown("key", key, (*NEEDED, *MAY_HAVE)) for key in entry if key not in (*NEEDED, *MAY_HAVE)]
    if "name" in entry and (not isinstance(name, str) or not name.strip()):
        faults.append(f"name must be words, not {name!r}")
    if isinstance(name, str) and name.strip() in EVERY_ENDPOINT:
        faults.append(f"{name} is an endpoint of Tenfold already: give this one a name of its own")
    start = _word(entry, "start", CLOCKS, faults)
    waits_for = _word(entry, "entry", CLOCKS, faults)
    events = _words(entry, "events", ENDS, faults)
    competing = _words(entry, "competing", ENDS, faults)
    stops = _words(entry, "stop_at", ENDS, faults)
    censor = _words(entry, "censor", CENSORED_AT, faults)
    failure = entry.get("failure", "when documented" if Happening.TREATMENT_FAILURE in events else None)
    faults += _contradictions(events, competing, stops, failure, entry)
    horizon = _days(entry, "horizon_days", faults)
    landmark = _days(entry, "landmark_days", faults) or LANDMARK_DAYS
    in_remission = entry.get("in_remission", False)
    if not isinstance(in_remission, bool):
        faults.append(f"in_remission must be true or false, not {in_remission!r}")
    said = {key: entry.get(key, "") for key in ("meaning", "citation")}
    faults += [f"{key} must be words, not {text!r}" for key, text in said.items() if not isinstance(text, str)]
    if faults:
        raise EndpointFault(str(name), faults)
    return EndpointRule(
        name=str(name).strip(),
        meaning=said["meaning"] or "without " + ", ".join(events),
        clock=Clock(str(start)),
        events=events,
        censored_at=censor,
        citation=said["citation"] or "the study's own definition",
        in_remission=in_remission,
        competing=competing,
        stops_at=stops,
        horizon_days=horizon,
        failure=failure,
        landmark_days=landmark,
        entry=None if waits_for is None else Clock(str(waits_for)),
        censoring="at the last of: " + ", ".join(censor) + (f"; or at {', '.join(stops)}" if stops else ""),
    )


def custom_endpoints(study: Mapping[str, Any]) -> dict[str, EndpointRule]:
    """Return a study's endpoints by name, from its list `endpoint`. EndpointFault for the first that cannot be used."""
    entries = study.get("endpoint", [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise EndpointFault("?", ["write each endpoint under its own [[endpoint]]"])
    found: dict[str, EndpointRule] = {}
    for entry in entries:
        rule = custom_endpoint(entry)
        if str(rule.name) in found:
            raise EndpointFault(str(rule.name), ["two endpoints have this name"])
        found[str(rule.name)] = rule
    return found


def _contradictions(
    events: tuple[Happening, ...],
    competing: tuple[Happening, ...],
    stops: tuple[Happening, ...],
    failure: Any,
    entry: Mapping[str, Any],
) -> list[str]:
    """What cannot stand beside each other."""
    faults = []
    every = [*events, *competing, *stops]
    faults += [f"{kind} is named more than once" for kind in sorted({kind for kind in every if every.count(kind) > 1})]
    if "events" in entry and not events:
        faults.append("events must name at least one event")
    if events and Happening.DEATH not in every:
        faults.append("say what a death is: put it among events, competing or stop_at")
    if failure is not None and failure not in FAILURES:
        faults.append(f"failure must be one of {', '.join(FAILURES)}, not {failure!r}")
    if failure is not None and Happening.TREATMENT_FAILURE not in events:
        faults.append("failure is given, but treatment failure is not among the events")
    if Happening.TREATMENT_FAILURE in (*competing, *stops):
        faults.append("treatment failure can only be an event")
    if failure is not None and Happening.DEATH not in events:
        faults.append("with treatment failure as an event, death must be an event too")
    if "landmark_days" in entry and failure is None:
        faults.append("landmark_days is given, but treatment failure is not among the events")
    if failure is not None and entry.get("in_remission") is True:
        faults.append("patients in remission at the start have no treatment failure: leave out in_remission or failure")
    return faults


def _word(entry: Mapping[str, Any], key: str, words: Mapping[str, StrEnum], faults: list[str]) -> StrEnum | None:
    if key not in entry:
        return None
    value = entry[key]
    if not isinstance(value, str) or value not in words:
        faults.append(_unknown(key, value, tuple(words)))
        return None
    return words[value]


def _words(
    entry: Mapping[str, Any], key: str, words: Mapping[str, StrEnum], faults: list[str]
) -> tuple[Happening, ...]:
    given = entry.get(key, [])
    if isinstance(given, str) or not isinstance(given, Sequence):
        faults.append(f'{key} must be a list, e.g. {key} = ["{next(iter(words))}"], not {given!r}')
        return ()
    known = [value for value in given if isinstance(value, str) and value in words]
    faults += [_unknown(key, value, tuple(words)) for value in given if value not in known]
    if key == "censor" and not given and key in entry:
        faults.append(f"censor must name at least one of {', '.join(words)}")
    return tuple(Happening(str(words[value])) for value in known)


def _days(entry: Mapping[str, Any], key: str, faults: list[str]) -> int | None:
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        faults.append(f"{key} must be a whole number of days above 0, not {value!r}")
        return None
    return value


def _unknown(key: str, value: Any, words: Sequence[str]) -> str:
    near = get_close_matches(str(value), words, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{key} {value!r} is not known{hint} (there are {', '.join(words)})"
