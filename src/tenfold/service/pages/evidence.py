"""The evidence browser: what the literature says, found by words, with forest figures and where papers disagree."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from tenfold.evidence.search import Found, find, meant
from tenfold.reports.evidence import LEAD, contents, evidence_tables, forests
from tenfold.reports.pictures import Picture
from tenfold.service.access.permissions import Permission
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/evidence", include_in_schema=False)
LONGEST = 200
Reader = Annotated[Visitor, requires(Permission.READ)]


@router.get("")
def evidence(visitor: Reader, q: str = "", on: str = "") -> HTMLResponse:
    """What is found for the words; without any, what there is to be found."""
    found, day = _found(q), _day(on)
    asked = bool(found.words)
    return visitor.page(
        "evidence_browser.html.j2",
        q=q[:LONGEST],
        on=on,
        asked=asked,
        lead=LEAD,
        count=found.count,
        meant={} if found.count else meant(found.words),
        held=contents(found),
        tables=evidence_tables(found, day) if asked else {},
        figures=_drawn(visitor, found) if asked else [],
    )


@router.get("/forest/{number}.svg")
def forest(visitor: Reader, number: int, q: str = "", narrow: bool = False) -> Response:
    """One of the forest figures of what is found."""
    drawn = _drawn(visitor, _found(q))
    if not 0 <= number < len(drawn):
        raise NotThere("there is no such figure")
    _, picture = drawn[number]
    content = picture.narrow if narrow else picture.wide
    return Response(str(content), media_type="image/svg+xml", headers={"cache-control": "private, max-age=3600"})


def _found(q: str) -> Found:
    return find(q[:LONGEST].split())


def _day(on: str) -> date | None:
    try:
        return date.fromisoformat(on) if on else None
    except ValueError:
        raise Refused(f"{on[:40]} is no date: write it as 2024-05-03") from None


def _drawn(visitor: Visitor, found: Found) -> list[tuple[str, Picture]]:
    def draw() -> list[tuple[str, Picture]]:
        return [(title, drawn) for title, drawn in forests(found) if drawn is not None]

    return visitor.service.answers.drawn(("evidence", found.words), draw)
