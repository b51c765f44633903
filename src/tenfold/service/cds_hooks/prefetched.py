"""From what a client sends along, or lets us read, to a Registry of one patient; and what of it could not be read.

Resources stay plain dicts until `exchange.fhir` reads them. What is missing stays unknown: a search that was not answered is
named, never taken for an empty one; `null` is an answered search without a result. Without the patient, or without the search
for measurable residual disease, there is nothing to stand on (412).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from tenfold.exchange.converted import Converted, Fate
from tenfold.exchange.fhir import read_resources
from tenfold.exchange.fhir.codes import meanings
from tenfold.exchange.fhir.elements import Json, codings, dicts
from tenfold.exchange.fhir.medicines_in import ORDERS, drug_named
from tenfold.exchange.fhir.others_in import NOT_SO
from tenfold.exchange.fhir.references import patient_id as pseudonym_of
from tenfold.records.registry import Registry
from tenfold.service.cds_hooks.fhir_server import FhirServer, NotFetched
from tenfold.service.cds_hooks.messages import Request
from tenfold.service.cds_hooks.services import DISEASE, MOST, OBSERVED, Wanted, wanted

MOST_PAGES = 5
"""Pages of one search that are followed."""
NOT_SENT = "not sent, and not to be read from the FHIR server"
TOLD = ("Observation", "Procedure", "Condition")
"""Kinds of which it is told what could not be read: they were asked for by their codes."""
EXPECTED = ("nothing is read from it", "another condition")
LEUKAEMIA = ("mrd_samples", "variants", "fusions", "karyotypes", "transplants", "responses", "treatments", "cycles")
"""Tables that are filled for patients with leukaemia."""


class PreconditionFailed(Exception):
    """What is needed is not there, in words that hold nothing of the patient."""


@dataclass(frozen=True)
class Gathered:
    """What was sent or read, as resources; what was not, in words; and the keys of the searches that are answered in full."""

    resources: tuple[Json, ...]
    missing: tuple[str, ...] = ()
    answered: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Patient:
    """The patient of a call: the registry of this one person, and what could not be read.

    `died`: the Patient says so, with or without a day. `ordered`: medicines with an active order, by generic name: ordered, which is not given. `leukaemia`: whether anything says
    that the patient has, or had, acute myeloid leukaemia.
    """

    registry: Registry
    patient_id: str
    leukaemia: bool
    died: bool = False
    ordered: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()


@dataclass
class _Search:
    """A search being answered."""

    wanted: Wanted
    resources: list[Json] = field(default_factory=list)
    why: str | None = None
    after: str | None = None


async def gather(request: Request, server: FhirServer | None) -> Gathered:
    """Every resource that was sent, and what was not, read from the server where it may be asked.

    PreconditionFailed where the patient, or what else is needed, is not to be had.
    """
    sent = request.prefetch or {}
    asked = wanted()
    found = await asyncio.gather(*(_answered(one, sent, request.context.patientId, server) for one in asked))
    lacking = [f"{one.wanted.key} ({one.why})" for one in found if one.wanted.needed and one.why is not None]
    if lacking:
        raise PreconditionFailed(f"needed and not to be had: {'; '.join(lacking)}")
    missing = tuple(f"{one.wanted.called}: {one.why}" for one in found if one.why is not None)
    return Gathered(
        tuple(resource for one in found for resource in one.resources),
        missing,
        frozenset(one.wanted.key for one in found if one.why is None and one.after is None),
    )


async def _answered(one: Wanted, sent: dict[str, Any], patient_id: str, server: FhirServer | None) -> _Search:
    search = _Search(one)
    if one.key in sent:
        _take(search, sent[one.key])
    elif server is None:
        search.why = NOT_SENT
    else:
        try:
            _take(search, await server.get(one.of(patient_id)))
        except NotFetched as reason:
            search.why = str(reason)
    await _further(search, server)
    return search


async def _further(search: _Search, server: FhirServer | None) -> None:
    """The further pages of a search that the client cut; what is newer than a search asks for is enough."""
    pages = 1
    while search.after is not None and len(search.resources) < MOST and pages < MOST_PAGES and server is not None:
        address, search.after, pages = search.after, None, pages + 1
        try:
            _take(search, await server.page(next(iter(search.wanted.kinds)), address))
        except NotFetched as reason:
            search.why = f"only {len(search.resources)} were read: {reason}"
            return
    if search.after is not None and search.why is None and not search.wanted.needed:
        search.why = f"only the newest {len(search.resources)} are read"


def _take(search: _Search, value: Any) -> None:
    """Put the resources of a read or a page of a search into it, or why there are none."""
    if value is None:
        return
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        search.why = "it holds no resource"
    elif kind in search.wanted.kinds:
        search.resources.append(value)
    elif kind == "OperationOutcome":
        search.why = "the record system could not answer it (OperationOutcome)"
    elif kind != "Bundle":
        search.why = "it holds no resource of the kind that was asked for"
    else:
        refused = False
        for entry in dicts(value.get("entry")):
            resource = entry.get("resource")
            if isinstance(resource, dict) and resource.get("resourceType") == "OperationOutcome":
                refused = refused or _is_error(resource)
            elif isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
                search.resources.append(_addressed(resource, entry.get("fullUrl")))
        if refused:
            search.why = "the record system could not answer all of it (OperationOutcome)"
        links = [one for one in dicts(value.get("link")) if one.get("relation") == "next"]
        search.after = next((one["url"] for one in links if isinstance(one.get("url"), str)), None)


def _is_error(outcome: Json) -> bool:
    return any(one.get("severity") in ("error", "fatal") for one in dicts(outcome.get("issue")))


def _addressed(resource: Json, address: Any) -> Json:
    """A resource without an id of its own by the id in its address."""
    if "id" in resource or not isinstance(address, str) or "/" not in address:
        return resource
    return {**resource, "id": address.rstrip("/").split("/")[-1]}


def patient_of(gathered: Gathered, patient_id: str, complete: Collection[str] = ()) -> Patient:
    """Read the resources as the records of the patient with this id. PreconditionFailed where that cannot be done.

    `complete`: the tables of which the centre states that its record system holds every row. It is believed of a table only
    where all searches for it were answered in full, and everything that came was read.
    """
    person = _person(gathered.resources, patient_id)
    others = [one for one in gathered.resources if one["resourceType"] != "Patient"]
    try:
        read = _read([person, *others])
    except ValueError as reason:
        raise PreconditionFailed(f"the resources cannot be read together: {reason}") from None
    name = pseudonym_of(person)
    dark = any(one.source == "Patient" and "modifierExtension" in one.note for one in read.of(Fate.LEFT))
    if name is None or dark or name not in read.registry.patient_ids()["patient_id"]:
        raise PreconditionFailed("the Patient cannot be read")
    mine = read.registry.patient(name)
    unread = tuple(_unread(read, mine))
    whole = [] if unread else [table for table in complete if gathered.answered >= searches_for(table)]
    return Patient(
        registry=_stated_complete(mine, whole),
        patient_id=name,
        leukaemia=any(map(_is_leukaemia, others)) or any(mine.table(table).height for table in LEUKAEMIA),
        died=person.get("deceasedBoolean") is True or person.get("deceasedDateTime") is not None,
        ordered=tuple(dict.fromkeys(_ordered(others))),
        missing=gathered.missing,
        unread=unread,
        set_aside=tuple(_set_aside(mine)),
    )


def searches_for(table: str) -> frozenset[str]:
    """The searches that must be answered before a table can be complete."""
    observed = {key for key, (_, tables, _) in OBSERVED.items() if table in tables}
    if observed:
        return frozenset({*observed, "specimens"})
    medicines = {"medicationAdministrations", "medicationStatements", "medicationRequests"}
    return frozenset({"patient", "conditions"} if table == "patients" else {"procedures", *medicines})


def _stated_complete(registry: Registry, tables: Collection[str]) -> Registry:
    """The registry in which these tables hold everything, so that no row in them means "no"."""
    if not tables:
        return registry
    stated = registry.table("completeness").filter(~pl.col("table").is_in(list(tables)))
    present = {name: registry.table(name) for name in tables}
    return replace(registry, tables={**registry.tables, **present, "completeness": stated})


def _person(resources: tuple[Json, ...], patient_id: str) -> Json:
    """The Patient of the call. One without an id is taken to be the one that was asked for."""
    people = [one for one in resources if one["resourceType"] == "Patient"]
    for one in people:
        if one.get("id", patient_id) == patient_id:
            return {**one, "id": patient_id}
    raise PreconditionFailed("the Patient that was sent is not the one of the context" if people else "no Patient")


def _is_leukaemia(resource: Json) -> bool:
    """Whether a resource is a Condition of acute myeloid leukaemia that is not said to be no such thing."""
    if resource["resourceType"] != "Condition":
        return False
    if any(code in NOT_SO for _, code in codings(resource.get("verificationStatus"))):
        return False
    return any(meanings().get(code) == DISEASE for code in codings(resource.get("code")))


def _ordered(resources: list[Json]) -> Iterator[str]:
    """The generic names of the medicines that are ordered and not stopped."""
    for one in resources:
        wish = one.get("intent") not in ORDERS or one.get("doNotPerform")
        if one["resourceType"] == "MedicationRequest" and one.get("status") == "active" and not wish:
            drug, _ = drug_named(one.get("medicationCodeableConcept"))
            if drug is not None:
                yield drug


def _unread(read: Converted, mine: Registry) -> Iterator[str]:
    """What was sent and could not be read: kind, code and reason."""
    for one in read.of(Fate.LEFT):
        if one.source in TOLD and one.note not in EXPECTED:
            yield f"{one.source} {one.field}: {one.note}" + (f" ({one.filled} times)" if one.filled > 1 else "")
    rows = sum(frame.height for frame in read.registry.tables.values())
    kept = sum(frame.height for frame in mine.tables.values())
    if rows > kept:
        yield f"{rows - kept} records are of somebody else, and are not used"


def _set_aside(registry: Registry) -> Iterator[str]:
    """Why records were set aside, without what they hold."""
    faults = registry.check().unique(["column", "rule"], maintain_order=True)
    for one in faults.filter(pl.col("used") == "row set aside").to_dicts():
        yield f"{(one['column'] or 'a record').replace('_', ' ')}: {one['rule']}"


def _read(resources: list[Json]) -> Converted:
    return read_resources(resources, "the request")
