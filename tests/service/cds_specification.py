"""What the specification's logical models ask of the messages of CDS Hooks, held against JSON.

HL7/cds-hooks, input/fsh (3.0.0-ballot): the models CDSHooksServices, CDSHooksRequest, CDSHooksResponse and CDSHooksFeedback (cardinality and
type of each element), and the invariants cds-r-1, cds-resp-1 to 7 and cds-fb-1 to 3, whose FHIRPath is run as it stands there.
CDS Hooks 2.0: "JSON elements SHALL NOT be null" nor empty, but for `cards` and `services`; a summary of fewer than 140 characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from fhirpathpy import evaluate

Json = dict[str, Any]
Model = dict[str, tuple[int, bool, Any]]
"""Element -> least number, whether it is a list, and what it is: a check, or the model of its own elements."""


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _url(value: Any) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in ("http", "https") and bool(urlsplit(value).netloc)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _one_of(*words: str) -> Any:
    return lambda value: value in words


CODING: Model = {"code": (1, False, _text), "system": (1, False, _text), "display": (0, False, _text)}
ACTION: Model = {
    "type": (1, False, _one_of("create", "update", "delete")),
    "description": (0, False, _text),
    "resource": (0, False, _object),
    "resourceId": (0, False, _text),
}
SUGGESTION: Model = {
    "label": (1, False, _text),
    "uuid": (0, False, _uuid),
    "isRecommended": (0, False, _flag),
    "actions": (0, True, ACTION),
    "actionSelectionBehavior": (0, False, _text),
}
LINK: Model = {
    "label": (1, False, _text),
    "url": (1, False, _url),
    "type": (1, False, _one_of("absolute", "smart")),
    "appContext": (0, False, _text),
    "autolaunchable": (0, False, _flag),
}
SOURCE: Model = {
    "label": (1, False, _text),
    "url": (0, False, _url),
    "icon": (0, False, _url),
    "topic": (0, False, CODING),
}
CARD: Model = {
    "uuid": (0, False, _uuid),
    "summary": (1, False, lambda value: _text(value) and len(value) < 140),
    "detail": (0, False, _text),
    "indicator": (1, False, _one_of("info", "warning", "critical")),
    "source": (1, False, SOURCE),
    "suggestions": (0, True, SUGGESTION),
    "selectionBehavior": (0, False, _one_of("at-most-one", "any")),
    "overrideReasons": (0, True, CODING),
    "links": (0, True, LINK),
}
RESPONSE: Model = {"cards": (1, True, CARD), "systemActions": (0, True, ACTION)}
SERVICE: Model = {
    "hook": (1, False, _text),
    "title": (0, False, _text),
    "description": (1, False, _text),
    "id": (1, False, _text),
    "prefetch": (0, False, lambda value: _object(value) and all(map(_text, value.values()))),
    "usageRequirements": (0, False, _text),
}
DISCOVERY: Model = {"services": (1, True, SERVICE)}
FEEDBACK: Model = {
    "feedback": (
        1,
        True,
        {
            "card": (1, False, _uuid),
            "outcome": (1, False, _text),
            "acceptedSuggestions": (0, True, {"id": (1, False, _uuid)}),
            "overrideReason": (0, False, {"reason": (0, False, CODING), "userComment": (0, False, _text)}),
            "outcomeTimestamp": (1, False, _text),
        },
    )
}
MAY_BE_EMPTY = ("cards", "services", "feedback")

INVARIANTS = {
    "cds-r-1": ("", "fhirAuthorization.exists() implies fhirServer.exists()"),
    "cds-resp-1": (
        "cards",
        "(selectionBehavior = 'at-most-one') implies suggestions.where(isRecommended).count() <= 1",
    ),
    "cds-resp-2": ("cards.suggestions.actions", "(type = 'delete') implies (resourceId.exists() and resource.empty())"),
    "cds-resp-3": ("cards.links", "(type != 'smart') implies (appContext.empty())"),
    "cds-resp-4": ("cards.overrideReasons", "all(display.exists())"),
    "cds-resp-5": ("cards.suggestions", "actions.all(description.exists())"),
    "cds-resp-6": ("cards", "suggestions.exists() implies selectionBehavior.exists()"),
    "cds-resp-7": (
        "cards.suggestions",
        "actionSelectionBehavior.empty() or actionSelectionBehavior = 'all' or actionSelectionBehavior = 'any'"
        " or actionSelectionBehavior = 'at-most-one'",
    ),
    "cds-fb-1": ("feedback", "outcome = 'accepted' or outcome = 'overridden'"),
    "cds-fb-2": ("feedback", "(outcome = 'accepted') implies acceptedSuggestions.exists()"),
    "cds-fb-3": ("feedback.overrideReason", "reason.exists() or userComment.exists()"),
}
"""Name -> the element that obeys it, and its expression. (cds-r-2 is a warning on what clients send.)"""


def faults(message: Any, model: Model) -> list[str]:
    """What of a message the model or an invariant does not allow."""
    return [*_held(message, model, ""), *_nothing_empty(message, ""), *_invariants(message)]


def _held(value: Any, model: Any, at: str) -> Iterator[str]:
    if callable(model):
        if not model(value):
            yield f"{at}: {value!r}"
        return
    if not isinstance(value, dict):
        yield f"{at}: no object"
        return
    for name in value:
        if name not in model and name != "extension":
            yield f"{at}.{name}: not in the model"
    for name, (least, several, inner) in model.items():
        if name not in value:
            if least:
                yield f"{at}.{name}: missing"
            continue
        found = value[name]
        if several != isinstance(found, list):
            yield f"{at}.{name}: {'a list' if several else 'one'} is wanted"
            continue
        for one in found if several else [found]:
            yield from _held(one, inner, f"{at}.{name}")


def _nothing_empty(value: Any, at: str) -> Iterator[str]:
    if value is None or (value in ("", [], {}) and at not in MAY_BE_EMPTY):
        yield f"{at}: empty"
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _nothing_empty(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _nothing_empty(one, "an element")


def _invariants(message: Any) -> Iterator[str]:
    for name, (path, expression) in INVARIANTS.items():
        for element in _elements(message, path.split(".") if path else []):
            if evaluate(element, expression) != [True]:
                yield f"{name}: {path}"


def _elements(value: Any, path: list[str]) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _elements(one, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        elif path[0] in value:
            yield from _elements(value[path[0]], path[1:])
