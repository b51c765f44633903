"""What browsers and programs send, before anything is done with it: text that can be kept, and numbers of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request

from tenfold.service.store.outcome import Refused

LARGEST = 2**31 - 1
REFUSED = "what was sent holds a character that is none of any script (NUL, or half of a pair): take it out"


def number(text: str | None) -> int | None:
    """A number of the store as a form sends it; None for none, or for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text[:11]) <= LARGEST else None


def unusable(text: str) -> bool:
    """Whether no store can keep a text: NUL, or half of a surrogate pair."""
    if text.isascii():
        return "\0" in text
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in what was sent as JSON, names of fields too."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one


async def refuse_unusable(request: Request) -> None:
    """Refuse an address or a form that holds text which no store can keep. Files are their readers' to judge."""
    said = [request.scope["path"], *(part for pair in request.query_params.multi_items() for part in pair)]
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        form = (await request.form()).multi_items()
        said += [part for pair in form for part in pair if isinstance(part, str)]
    if any(unusable(one) for one in said):
        raise Refused(REFUSED)
