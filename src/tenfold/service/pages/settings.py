"""The settings of a centre: editions, thresholds and how laboratories align, each with its source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from tenfold.service.access.permissions import Permission
from tenfold.service.sent import number
from tenfold.service.store.centre_settings import save_settings
from tenfold.service.store.outcome import Refused
from tenfold.service.visitor import Visitor, requires
from tenfold.settings import DEFAULTS, Setting

router = APIRouter(include_in_schema=False)
SECTIONS = {
    "mrd": "Measurable residual disease",
    "response": "Haematological response",
    "risk": "Risk",
    "guidance": "Guidance",
    "assay": "The laboratory's assay",
}
ALIGNMENT = re.compile(r"^\[\[alignment\]\]", re.MULTILINE)


@router.get("/settings")
def settings(visitor: Annotated[Visitor, requires(Permission.READ)]) -> HTMLResponse:
    """Every setting with its value, unit, meaning and source."""
    given = {name: entry.value for name, entry in visitor.settings.entries.items()}
    return _page(visitor, given, _alignments(visitor.about["settings"]))


def _page(
    visitor: Visitor, given: Mapping[str, Any], alignments: str, said: str = "", status: int = 200
) -> HTMLResponse:
    sections: dict[str, list[tuple[Setting, Any]]] = {}
    for name, entry in DEFAULTS.entries.items():
        section = name.partition(".")[0]
        sections.setdefault(SECTIONS.get(section, section), []).append((entry, given.get(name, entry.value)))
    return visitor.page(
        "settings.html.j2", status, sections=sections, alignments=alignments, said=said, may=visitor.may("SETTINGS")
    )


def _alignments(text: str) -> str:
    found = ALIGNMENT.search(text)
    return text[found.start() :] if found else ""


@router.post("/settings")
async def save(request: Request, visitor: Annotated[Visitor, requires(Permission.SETTINGS)]) -> Response:
    """Keep what was changed from the defaults."""
    from starlette.concurrency import run_in_threadpool

    form = {name: str(value) for name, value in (await request.form()).items()}
    return await run_in_threadpool(_save, visitor, form)


def _save(visitor: Visitor, form: Mapping[str, str]) -> Response:
    alignments = form.get("alignments", "").replace("\r\n", "\n")
    try:
        text = as_file(form) + ("\n" + alignments if alignments.strip() else "")
        revision = number(form.get("revision"))
        if revision is None:
            raise Refused("this form is out of date: open the page again")
        save_settings(visitor.centre, text, revision)
    except Refused as error:
        return _page(visitor, form, alignments, f"{str(error)[:1].upper()}{str(error)[1:]}.", 422)
    return visitor.to("/settings")


def as_file(form: Mapping[str, str]) -> str:
    """The settings file of what differs from the defaults. Refused for a number that is none."""
    sections: dict[str, list[str]] = {}
    for name, entry in DEFAULTS.entries.items():
        given = form.get(name, "").strip()
        value = _value(entry, given) if given else entry.value
        if value != entry.value:
            section, _, short = name.partition(".")
            said = f'"{value}"' if isinstance(value, str) else f"{value}"
            sections.setdefault(section, []).append(f"{short} = {said}")
    return "\n".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())


def _value(entry: Setting, given: str) -> Any:
    value: Any = given
    if not entry.words:
        try:
            value = int(given) if isinstance(entry.value, int) else float(given)
        except ValueError:
            raise Refused(f"{entry.name} must be a number of {entry.unit}, not {given[:40]}") from None
    if reason := entry.refuse(value):
        raise Refused(f"{entry.name} {reason}, not {given[:40]}")
    return value
