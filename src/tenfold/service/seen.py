"""Who saw whom: that a patient was looked at, or a table taken away, goes into the audit trail once the answer is sent.

Looking does not wait for the store (`scribe`). Who looks at a patient again within the hour is told of once, so that the trail
stays readable; so is who looks at a list of them.
"""

from __future__ import annotations

from typing import Any

from fastapi import BackgroundTasks, Request

from tenfold.service.access.rate import Rate
from tenfold.service.scribe import Entry, Scribe
from tenfold.service.store.centre import Centre

SEEN = "seen"
"""The action of who looked at somebody, in the trail."""
OF_A_PATIENT = "/patients/{key}"
LISTS = {
    "/api/v1/patients": "the list of patients",
    "/api/v1/worklist": "the worklist",
    "/api/v1/endpoints": "the endpoints",
}
"""What tells programs of many patients of the centre at once, by address."""
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "patients.html.j2": ("the list of patients", ()),
    "patients_rows.html.j2": ("the list of patients", ()),
    "worklist.html.j2": ("the worklist", ()),
    "meetings.html.j2": ("the meetings", ()),
    "meeting.html.j2": ("a meeting", ("number",)),
    "laboratory_run.html.j2": ("a laboratory run", ("key",)),
    "laboratory_result.html.j2": ("a result of a laboratory run", ("key", "number")),
    "import_look.html.j2": ("an import", ("key",)),
}
"""Pages that show many patients at once, at whatever address and for whatever reason: by template, with what is told of them, and
what of the address is told beside it."""


def seen_later(request: Request, afterwards: BackgroundTasks, centre: Centre, rate: Rate, scribe: Scribe) -> None:
    """Put into the trail, once the answer is sent, whom an address shows: a patient, or the patients of a list."""
    path = getattr(request.scope.get("route"), "path", "")
    if OF_A_PATIENT in path:
        afterwards.add_task(_seen, scribe, rate, centre, str(request.path_params.get("key", "")), True, {})
    elif path in LISTS:
        afterwards.add_task(_seen, scribe, rate, centre, LISTS[path], False, {})


def page_seen_later(
    request: Request, template: str, afterwards: BackgroundTasks, centre: Centre, rate: Rate, scribe: Scribe
) -> None:
    """The same for a page that shows many patients: it may be the answer to a form that was refused, too."""
    if template in PAGES:
        what, told = PAGES[template]
        detail = {name: str(request.path_params[name]) for name in told}
        afterwards.add_task(_seen, scribe, rate, centre, what, False, detail)


def taken_later(afterwards: BackgroundTasks, scribe: Scribe, centre: Centre, what: str, **detail: Any) -> None:
    """Put into the trail, once the answer is sent, what was taken away."""
    afterwards.add_task(_put, scribe, Entry(centre, "downloaded", None, {"what": what, **detail}))


# Neither waits for anything, so that no thread is asked for.


async def _seen(scribe: Scribe, rate: Rate, centre: Centre, whom: str, patient: bool, detail: dict[str, str]) -> None:
    key = f"{centre.id} {centre.account} {whom} {detail}"
    if not rate.wait(key):
        scribe.put(Entry(centre, SEEN, whom, detail, patient, lambda: rate.forget(key)))


async def _put(scribe: Scribe, entry: Entry) -> None:
    scribe.put(entry)
