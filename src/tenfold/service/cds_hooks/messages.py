"""What is said over CDS Hooks: request, answer, cards, feedback and the list of services, in the specification's own words.

What we receive may hold more than is named here; what we send holds no null and nothing empty but `cards`. Left out of what
we send on purpose: a suggestion's actions and the answer's systemActions, by which an order could be placed, and
`autolaunchable`, by which a card could be passed over unread.

CDS Hooks 2.0 (HL7), sections Discovery, Calling a CDS Service, CDS Service Response, Feedback; the hooks patient-view and
order-select 1.0.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

MOST_SUMMARY = 139
"""Characters: the specification says fewer than 140."""
MOST_FEEDBACK = 1000
"""Entries of one feedback."""

Indicator = Literal["info", "warning", "critical"]
Hook = Literal["patient-view", "order-select"]


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_said)]
FhirId = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
"""An id of FHIR: it goes into the address of a search, and must not change it."""


def _web(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    if scheme not in ("https", "http") or not separator or not rest or any(char.isspace() for char in address):
        raise ValueError("it is no absolute https or http address")
    return address


Web = Annotated[str, AfterValidator(_web)]


class _Received(BaseModel):
    """What a client sends: members that the specification does not name are allowed."""

    model_config = ConfigDict(extra="allow", frozen=True)


class _Sent(BaseModel):
    """What we send: nothing that is not named, nothing that changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def as_json(self) -> dict[str, Any]:
        """This as JSON, without members that have no value."""
        return self.model_dump(mode="json", exclude_none=True)


class Coding(_Received):
    """A code, the system that it is of, and what it is called."""

    code: Text
    system: Text
    display: Text | None = None


class FhirAuthorization(_Received):
    """The token by which the client lets us read from its FHIR server, for this call alone."""

    access_token: Text = Field(repr=False)
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
    subject: Text
    patient: FhirId | None = None


class PatientContext(_Received):
    """The context of patient-view."""

    userId: Text  # noqa: N815
    patientId: FhirId  # noqa: N815
    encounterId: FhirId | None = None  # noqa: N815


class OrderContext(PatientContext):
    """The context of order-select: which orders were chosen, and every order of the session that is not signed yet."""

    selections: tuple[Text, ...]
    draftOrders: dict[str, JsonValue]  # noqa: N815


class Request(_Received):
    """A call of a service. `prefetch` stays as it came: it is read as FHIR, not here."""

    hook: Text
    hookInstance: UUID  # noqa: N815
    fhirServer: Web | None = None  # noqa: N815
    fhirAuthorization: FhirAuthorization | None = None  # noqa: N815
    context: PatientContext
    prefetch: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _told_where(self) -> Self:
        if self.fhirAuthorization is not None and self.fhirServer is None:
            raise ValueError("fhirAuthorization is given without fhirServer")
        return self


class OrderRequest(Request):
    """A call of a service on order-select."""

    context: OrderContext


class Source(_Sent):
    """Where what a card says is from."""

    label: Text
    url: Web | None = None
    topic: Coding | None = None


class Suggestion(_Sent):
    """Something to agree with. It has no actions: agreeing changes nothing in the record system."""

    label: Text
    uuid: UUID


class Link(_Sent):
    """A page to open; `smart`: launched for the patient by the record system."""

    label: Text
    url: Web
    type: Literal["absolute", "smart"]
    appContext: Text | None = None  # noqa: N815

    @model_validator(mode="after")
    def _context_of_an_app(self) -> Self:
        if self.appContext is not None and self.type != "smart":
            raise ValueError("only a link to a SMART app has appContext")
        return self


class OverrideReason(_Sent):
    """Why a card may be put aside."""

    code: Text
    system: Text
    display: Text


class Card(_Sent):
    """One statement: a sentence, how urgent it is, its details in Markdown, and where it is from."""

    uuid: UUID
    summary: Annotated[Text, Field(max_length=MOST_SUMMARY)]
    indicator: Indicator
    source: Source
    detail: Text | None = None
    suggestions: Annotated[tuple[Suggestion, ...], Field(min_length=1)] | None = None
    selectionBehavior: Literal["at-most-one", "any"] | None = None  # noqa: N815
    overrideReasons: Annotated[tuple[OverrideReason, ...], Field(min_length=1)] | None = None  # noqa: N815
    links: Annotated[tuple[Link, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _chosen_how(self) -> Self:
        if (self.suggestions is None) != (self.selectionBehavior is None):
            raise ValueError("suggestions and selectionBehavior come together")
        return self


class Response(_Sent):
    """The answer of a service; no cards where there is nothing to say."""

    cards: tuple[Card, ...] = ()


class Service(_Sent):
    """A service as the discovery lists it."""

    hook: Hook
    title: Text
    description: Text
    id: Text
    prefetch: Annotated[dict[Text, Text], Field(min_length=1)]
    usageRequirements: Text | None = None  # noqa: N815


class Discovery(_Sent):
    """The list of services."""

    services: tuple[Service, ...]


class AcceptedSuggestion(_Received):
    """A suggestion that was agreed with."""

    id: UUID


class Overridden(_Received):
    """Why a card was put aside: a listed reason, a comment, or both."""

    reason: Coding | None = None
    userComment: Text | None = None  # noqa: N815

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.reason is None and self.userComment is None:
            raise ValueError("it holds neither a reason nor a comment")
        return self


class FeedbackEntry(_Received):
    """What became of one card."""

    card: UUID
    outcome: Literal["accepted", "overridden"]
    acceptedSuggestions: Annotated[tuple[AcceptedSuggestion, ...], Field(min_length=1)] | None = None  # noqa: N815
    overrideReason: Overridden | None = None  # noqa: N815
    outcomeTimestamp: AwareDatetime  # noqa: N815

    @model_validator(mode="after")
    def _what_was_accepted(self) -> Self:
        if self.outcome == "accepted" and self.acceptedSuggestions is None:
            raise ValueError("accepted, but acceptedSuggestions does not say what")
        return self


class Feedback(_Received):
    """What a client posts to the feedback of a service."""

    feedback: Annotated[tuple[FeedbackEntry, ...], Field(max_length=MOST_FEEDBACK)]
