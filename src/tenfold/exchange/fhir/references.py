"""What refers to what: a resource by its reference, whose it is, and the specimen or report it belongs to.

The id of a resource is one server's: Patient/1 of one and Patient/1 of another are two persons. A relative reference is one of
the server that its own resource is of; an address is believed only as a whole. Resources without an address are taken to be of
the one server that the path names, where it names one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import meanings
from tenfold.exchange.fhir.elements import Json
from tenfold.exchange.fhir.facts_out import PATIENT_ID
from tenfold.exchange.fhir.sources import Source

SPOILT = {
    "entered-in-error": "its specimen was entered in error",
    "unsatisfactory": "its specimen is unsatisfactory: what was not found in it may be there",
}
"""The statuses of a Specimen from which nothing is read."""
Key = tuple[str | None, str]
"""The server of a resource (None: not said) and its name there, "Patient/1"."""


class References:
    """The resources of a path by what refers to them: Patient/1, its full address, or the address in its Bundle.

    `dark`: resources that are not read; they are found by nothing but what is of them.
    """

    def __init__(self, sources: list[Source], dark: list[Source] | None = None) -> None:
        everything = [*sources, *(one for one in dark or [] if one.kind == "Patient")]
        self.elsewhere: Counter[str] = Counter()
        """References to a patient whom nothing here can be told from another, by what they say."""
        self.patients = [one for one in everything if one.kind == "Patient"]
        self._home = _home(everything)
        self.assumed = (
            sum(_base(one) is None for one in everything) if any(map(_base, everything)) and self._home else 0
        )
        """How many resources without an address are taken to be of the one server that others name."""
        self._by_url: dict[str, list[Source]] = {}
        self._by_key: dict[Key, list[Source]] = {}
        for one in everything:
            if isinstance(one.resource.get("id"), str):
                self._by_key.setdefault((self.server_of(one), f"{one.kind}/{one.resource['id']}"), []).append(one)
            if one.url and ":" in one.url:
                self._by_url.setdefault(one.url, []).append(one)
        self._servers = {self.server_of(one) for one in everything} | {
            _split(said)[0] if "://" in said else self.server_of(one)
            for one in everything
            for said in _said_of_patients(one.resource)
        }
        self._pseudonyms = {patient_id(one.resource) for one in self.patients}
        self._wholes = _wholes(sources, self)

    def server_of(self, source: Source) -> str | None:
        """The address of the server that a resource is of; None where that is not known."""
        return _base(source) or self._home

    def source_of(self, reference: Any, within: Source) -> Source | None:
        """The resource of the path that a Reference points to; None if it is not here, or two differ that it may mean."""
        said = _said(reference)
        if said is None or said.startswith("#"):
            return None
        found = self._by_url.get(said) or self._by_key.get(self._key(said, within), [])
        if len(found) > 1 and len({_content(one) for one in found}) > 1:
            one_person = found[0].kind == "Patient" and len({patient_id(one.resource) for one in found}) == 1
            return found[0] if one_person else None
        return found[0] if found else None

    def resolve(self, reference: Any, within: Source) -> Json | None:
        """What a Reference points to: a resource of the path, or one that is contained."""
        said = _said(reference)
        if said is not None and said.startswith("#"):
            inside = part.dicts(within.resource.get("contained"))
            return next((one for one in inside if one.get("id") == said[1:]), None)
        found = self.source_of(reference, within)
        return None if found is None else found.resource

    def patient_of(self, source: Source) -> str | None:
        """Whose a resource is: our pseudonym, else the id of the Patient.

        None where that may be another person: of another server, or of a Patient who is contained and named nowhere else.
        """
        subject = source.resource.get("subject") or source.resource.get("patient")
        patient = self.resolve(subject, source)
        said = _said(subject)
        if patient is not None:
            if patient.get("resourceType") != "Patient":
                return None
            return pseudonym(patient) if said is not None and said.startswith("#") else patient_id(patient)
        if said is None or "?" in said or not ("Patient/" in said or said.startswith("urn:uuid:")):
            return None
        number = said.split("/")[-1].removeprefix("urn:uuid:")
        one_server = len(self._servers) == 1 or said.startswith("urn:uuid:")
        if not number or number in self._pseudonyms or not one_server:
            self.elsewhere[said] += 1
            return None
        return number

    def tissue_of(self, source: Source) -> str | None:
        """Where the specimen of a resource was taken: marrow or blood; None if that is not said in a code that is known."""
        specimen = self.resolve(source.resource.get("specimen"), source)
        if specimen is None:
            return None
        words = {
            meanings().get(code, "").removeprefix("tissue:")
            for code in part.codings(specimen.get("type"))
            if meanings().get(code, "").startswith("tissue:")
        }
        return words.pop() if len(words) == 1 else None

    def spoilt(self, source: Source) -> str | None:
        """Why nothing may be read from the specimen of a resource, in words; None where nothing is against it."""
        specimen = self.resolve(source.resource.get("specimen"), source)
        status = specimen.get("status") if specimen else None
        return SPOILT.get(status) if isinstance(status, str) else None

    def collected(self, source: Source) -> Any:
        """The day on which the specimen of a resource was taken."""
        specimen = self.resolve(source.resource.get("specimen"), source)
        collection = specimen.get("collection") if specimen else None
        return part.day_of(collection, "collectedDateTime") if isinstance(collection, dict) else None

    def specimen_of(self, source: Source) -> str | None:
        """What tells the specimen of a resource from others; None where none is given."""
        said = _said(source.resource.get("specimen"))
        if said is None:
            return None
        if said.startswith("#"):
            return f"{source.file} {source.line} {source.url} {source.resource.get('id')} {said}"
        return str(self._key(said, source))

    def report_of(self, source: Source) -> str | None:
        """What tells the report, or else the panel, that holds a result from others; None where it is in none."""
        seen: set[int] = set()
        found: list[Source] = self._wholes.get(id(source), [])
        last = found
        while found and id(found[0]) not in seen:
            seen.add(id(found[0]))
            last, found = found, self._wholes.get(id(found[0]), [])
        return " ".join(sorted(f"{one.file} {one.line} {id(one)}" for one in last)) or None

    def _key(self, said: str, within: Source) -> Key:
        if "://" in said:
            return _split(said)
        return self.server_of(within), "/".join(said.split("/")[-2:])


def patient_id(patient: Json) -> str | None:
    """The pseudonym of a Patient: our own identifier, else the resource's id, never a hospital number."""
    found = pseudonym(patient) or patient.get("id")
    return found if isinstance(found, str) else None


def pseudonym(patient: Json) -> str | None:
    """The pseudonym that a Patient has by our own identifier."""
    for one in part.dicts(patient.get("identifier")):
        if one.get("system") == PATIENT_ID and isinstance(one.get("value"), str):
            return str(one["value"])
    return None


def doubtful(refs: References) -> dict[str, str]:
    """The pseudonyms that more than one person may have, with the reason."""
    by_name: dict[str, list[Source]] = {}
    for one in refs.patients:
        name = patient_id(one.resource)
        if name is not None:
            by_name.setdefault(name, []).append(one)
    found: dict[str, str] = {}
    for name, all_of_it in by_name.items():
        if len({_person(one.resource) for one in all_of_it}) > 1:
            found[name] = f'{len(all_of_it)} Patients have the id "{name}" and differ'
        elif len({refs.server_of(one) for one in all_of_it if pseudonym(one.resource) is None}) > 1:
            found[name] = f'Patients of different servers have the id "{name}"'
    return found


def _person(patient: Json) -> str:
    """What a Patient says of who it is, to be compared and not kept."""
    names = ("identifier", "name", "gender", "birthDate", "_birthDate", "deceasedDateTime", "_deceasedDateTime")
    columns = [repr(piece) for _, piece in part.extension_columns(patient)]
    return repr([patient.get(name) for name in (*names, "deceasedBoolean")] + columns)


def _content(source: Source) -> str:
    return repr(sorted((name, repr(value)) for name, value in source.resource.items() if name not in ("meta", "text")))


def _said(reference: Any) -> str | None:
    said = reference.get("reference") if isinstance(reference, dict) else None
    return said.split("/_history/")[0] if isinstance(said, str) else None


def _split(address: str) -> Key:
    pieces = address.split("/")
    return "/".join(pieces[:-2]), "/".join(pieces[-2:])


def _base(source: Source) -> str | None:
    """The server in the full address of a resource."""
    if source.url is None or "://" not in source.url:
        return None
    base, name = _split(source.url.split("/_history/")[0])
    return base if name.startswith(f"{source.kind}/") else None


def _said_of_patients(resource: Json) -> Iterator[str]:
    for name in ("subject", "patient"):
        said = _said(resource.get(name))
        if said is not None and "?" not in said and "Patient/" in said:
            yield said


def _home(sources: list[Source]) -> str | None:
    """The server that resources without an address are of: the only one that the path names, and never one beside others.

    Where no resource has an address, one that only some references to patients name is another server's.
    """
    bases = {base for base in map(_base, sources) if base is not None}
    said = [one for source in sources for one in _said_of_patients(source.resource)]
    named = {_split(one)[0] for one in said if "://" in one}
    if not bases and any("://" not in one for one in said):
        return None
    together = bases | named
    return together.pop() if len(together) == 1 else None


def _wholes(sources: list[Source], refs: References) -> dict[int, list[Source]]:
    """The reports of each result, else the panels it is a member of."""
    reports: dict[int, list[Source]] = {}
    panels: dict[int, list[Source]] = {}
    for whole in sources:
        into, element = (reports, "result") if whole.kind == "DiagnosticReport" else (panels, "hasMember")
        if whole.kind in ("DiagnosticReport", "Observation"):
            for reference in part.dicts(whole.resource.get(element)):
                found = refs.source_of(reference, whole)
                if found is not None and found is not whole:
                    into.setdefault(id(found), []).append(whole)
    return panels | reports
