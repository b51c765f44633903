"""Who saw whom: that a patient was looked at, or a table taken away, goes into the audit trail once the answer is sent.

Looking does not wait for the store, and does not fail where it is busy. Who looks at a patient again within the hour is told of
once, so that the trail stays readable; so is who looks at a list of them.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import BackgroundTasks, Request
from sqlalchemy.exc import SQLAlchemyError

from tenfold.service.access.rate import Rate
from tenfold.service.store.centre import Centre
from tenfold.service.store.outcome import NotThere

log = logging.getLogger("tenfold.service")
OF_A_PATIENT = "/patients/{key}"
LISTS = {
    "/": "the list of patients",
    "/patients": "the list of patients",
    "/patients/rows": "the list of patients",
    "/worklist": "the worklist",
    "/meetings": "the meetings",
    "/meetings/{number}": "a meeting",
    "/api/v1/patients": "the list of patients",
    "/api/v1/worklist": "the worklist",
    "/api/v1/endpoints": "the endpoints",
}
"""What shows many patients of the centre at once, by address."""


def seen_later(request: Request, afterwards: BackgroundTasks, centre: Centre, rate: Rate) -> None:
    """Put into the trail, once the answer is sent, whom an address shows: a patient, or the patients of a list."""
    path = getattr(request.scope.get("route"), "path", "")
    if OF_A_PATIENT in path:
        afterwards.add_task(_seen, centre, str(request.path_params.get("key", "")), rate)
    elif path in LISTS:
        afterwards.add_task(_seen, centre, LISTS[path], rate, **request.path_params)


def taken_later(afterwards: BackgroundTasks, centre: Centre, what: str, **detail: Any) -> None:
    """Put into the trail, once the answer is sent, what was taken away."""
    afterwards.add_task(_tell, centre, "downloaded", None, {"what": what, **detail})


def _seen(centre: Centre, whom: str, rate: Rate, **detail: Any) -> None:
    key = f"{centre.id} {centre.account} {whom} {detail}"
    if not rate.wait(key) and not _tell(centre, "seen", whom, detail):
        rate.forget(key)


def _tell(centre: Centre, action: str, subject: str | None, detail: dict[str, Any]) -> bool:
    try:
        if subject is not None and subject not in LISTS.values():
            centre.patient(subject)
        with centre.store.writing() as connection:
            centre.told(connection, action, subject, **detail)
    except NotThere:  # an address that somebody made up shows nobody
        return False
    except SQLAlchemyError as error:
        log.error("an entry of the audit trail (%s) could not be written: %s", action, type(error).__name__)
        return False
    return True
