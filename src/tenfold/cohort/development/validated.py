"""What is said of how a model was validated: in its file, at the head of a report, in the checklist. Said once, here."""

from __future__ import annotations

from dataclasses import replace

from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.external import Validation
from tenfold.cohort.development.response.external import ResponseValidation

Found = Validation | ResponseValidation


def status(internally: bool, found: Found | None = None, source: str = "") -> str:
    """How far a model is validated. `internally`: by resamples or splits; `source`: where other patients come from."""
    inside = "validated internally" if internally else "not validated internally"
    if found is None:
        return "internally validated only" if internally else "not validated"
    events = found.events if isinstance(found, Validation) else found.responders
    what = "events" if isinstance(found, Validation) else "responders"
    where = f" ({source})" if source else ""
    return "; ".join([f"{inside}, and in {found.n} other patients with {events} {what}{where}", *found.remarks])


def validated(entry: Entry, internally: bool, found: Found, source: str) -> Entry:
    """The model with what its file says of validation."""
    events = found.events if isinstance(found, Validation) else found.responders
    return replace(
        entry,
        caution=entry.caution.replace(status(internally), status(internally, found, source)),
        provenance={
            **entry.provenance,
            "validated_on": source,
            "validated_patients": found.n,
            "validated_events": events,
        },
    )
