"""The page of the patient whose chart is open in the record system, from its data alone: nothing of it is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from tenfold.assessment import Assessment, assess
from tenfold.service.access.permissions import Permission
from tenfold.service.access.providers import listed
from tenfold.service.patient_view import CAPTION, WIDTHS, picture_of, shown
from tenfold.service.smart.launch import ANEW
from tenfold.service.smart.launched import Launched, opened
from tenfold.service.smart.reading import NotToBeRead, Read, read
from tenfold.service.store.outcome import NotThere
from tenfold.service.templating import in_words
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/smart", include_in_schema=False)
Reading = Annotated[Visitor, requires(Permission.READ)]


@router.get("/patient")
def patient(visitor: Reading, launch: str = "") -> HTMLResponse:
    """The page of the launch's patient. `launch`: which one; another page of the same browser may have opened a later one."""
    if visitor.who.launch is None:
        raise NotThere(f"no patient was opened from the record system. {ANEW}")
    launched = opened(visitor.service.store, visitor.who.launch)
    where: dict[str, Any] = {"system": urlsplit(launched.base).hostname, "until": _moment(launched.until), "anew": ANEW}
    if launch and launch != launched.key:
        said = "Since this page was opened, another patient was opened from the record system"
        return visitor.page("smart_not_read.html.j2", 409, said=said, **where)
    named = visitor.service.configuration.launch_centre
    if named is not None and visitor.about["name"] != named:
        said = (
            f"Patients of the record system are shown in the centre {named}, and you went on to {visitor.about['name']}"
        )
        return visitor.page("smart_not_read.html.j2", 409, said=said, **where)
    began = time.perf_counter()
    smart, cds = visitor.service.configuration.smart, visitor.service.configuration.cds
    try:
        found = read(launched, listed(smart.get("complete", cds.get("complete", ""))))
    except NotToBeRead as why:
        _told(visitor, launched, outcome="not read")
        said = (
            "The record system's permission to read has run out" if why.over else f"The patient cannot be shown: {why}"
        )
        return visitor.page("smart_not_read.html.j2", 403 if why.over else 502, said=said, **where)
    _told(visitor, launched, outcome="shown", milliseconds=round(1000 * (time.perf_counter() - began)))
    return visitor.page("smart_patient.html.j2", **where, **_page(visitor, found))


def _page(visitor: Visitor, found: Read) -> dict[str, Any]:
    one = found.patient
    calendar = one.registry.axis == "calendar"
    assessment = assess(one.registry, visitor.settings, one.registry.day_number(date.today()) if calendar else None)
    view = shown(assessment, one.patient_id) if one.leukaemia else None
    return {
        "view": view,
        "patient": {"id": "", "patient_id": one.patient_id},
        "found": found,
        "axis": one.registry.axis,
        "on": "",
        "on_words": in_words(date.today()) if calendar else "all that was read",
        "read_at": datetime.now(UTC),
        "born": _born(found.born),
        "leukaemia": one.leukaemia,
        "entries": [] if view is None else [{**row, "closed_before": None} for row in view["worklist"].to_dicts()],
        "closed": [],
        "caption": CAPTION,
        "pictures": _pictures(assessment, one.patient_id) if view is not None and view["drawn"] else {},
        **(view or {}),
    }


def _pictures(assessment: Assessment, patient_id: str) -> dict[str, str]:
    """The timeline within the page itself: a picture with an address would have to be read, or kept, once more."""
    drawn = {}
    for size, width in WIDTHS.items():
        picture = picture_of(assessment, patient_id, width)
        if picture is not None:
            drawn[size] = f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
    return drawn


def _born(text: str | None) -> str | None:
    try:
        return None if text is None else in_words(date.fromisoformat(text))
    except ValueError:
        return text[:10] if text is not None and text[:4].isdecimal() else None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _told(visitor: Visitor, launched: Launched, **detail: Any) -> None:
    """Put it into the trail whose chart was read, as a keyed digest: who asks about a patient can work it out, nobody else."""
    whom = f"{launched.base} {launched.patient_id}".encode()
    digest = hmac.new(hashlib.sha256(b"tenfold launches" + visitor.service.store.secret).digest(), whom, "sha256")
    with visitor.centre.writing() as connection:
        visitor.centre.told(
            connection,
            "patient read from the record system",
            None,
            system=launched.base,
            patient=digest.hexdigest()[:24],
            **detail,
        )
