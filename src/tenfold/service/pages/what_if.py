"""What would change for a patient if something were so: supposed, shown beside the answers from the records, never stored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from tenfold.reports.what_if import what_if_view
from tenfold.service.access.permissions import Permission
from tenfold.service.pages.patient import as_of
from tenfold.service.patient_view import nothing_known
from tenfold.service.suppositions import Chosen, choices, texts_of
from tenfold.service.visitor import Visitor, requires
from tenfold.what_if.compare import WhatIf, what_if

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, requires(Permission.READ)]
MOST = 12
"""Suppositions at a time."""


@router.get("/patients/{key}/what-if")
def form(visitor: Reading, key: str, on: str = "") -> HTMLResponse:
    """The lists to choose from."""
    return _page(visitor, key, Chosen(on=on))


@router.post("/patients/{key}/what-if")
def changes(visitor: Reading, key: str, chosen: Annotated[Chosen, Form()]) -> HTMLResponse:
    """What changes with all that is supposed."""
    return _page(visitor, key, chosen, sent=True)


def _page(visitor: Visitor, key: str, chosen: Chosen, *, sent: bool = False) -> HTMLResponse:
    on = chosen.on
    kept = chosen.supposed
    asked = visitor.day(on)
    patient = visitor.centre.patient(key)
    about, said, found = visitor.about, "", None
    try:
        texts = list(dict.fromkeys([*kept, *texts_of(chosen)]))
        if len(texts) > MOST:
            raise ValueError(f"at most {MOST} things can be supposed at a time")
        if texts:
            key_of = ("what if", visitor.centre.id, key, patient.revision, about["settings_revision"], asked, *texts)

            def make() -> WhatIf:
                registry, _ = visitor.centre.registry([patient.id])
                if asked is not None and nothing_known(registry.as_of(asked)):
                    raise KeyError(key)
                return what_if(registry, patient.patient_id, texts, visitor.settings, asked)

            view = visitor.service.answers.drawn(key_of, lambda: what_if_view(make()))
            found, kept, chosen = view, texts, Chosen()
        elif sent:
            said = "nothing was chosen: choose something below"
    except KeyError:
        said = "nothing was known of this patient by that day"
    except ValueError as error:
        said = str(error)
    return visitor.page(
        "what_if_page.html.j2",
        422 if said else 200,
        patient=patient,
        found=found,
        said=said,
        supposed=kept,
        given=chosen,
        choices=choices(),
        **as_of(visitor, patient, on, asked),
    )
