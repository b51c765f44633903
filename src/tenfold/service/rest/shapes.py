"""What requests and answers of the interface hold."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tenfold.service.sent import REFUSED, texts_in, unusable

Cell = str | int | float | bool | None
MOST_PATIENTS = 1_000
MOST_ROWS = 200_000


class Records(BaseModel):
    """Records of patients: tables as `tenfold check` reads them, or one FHIR R4 Bundle."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "tables": {
                        "patients": [{"patient_id": "A", "diagnosis_date": "2024-01-05"}],
                        "mrd_samples": [
                            {
                                "sample_id": "s1",
                                "patient_id": "A",
                                "sample_date": "2024-06-01",
                                "marker": "NPM1",
                                "tissue": "marrow",
                                "method": "rt-qpcr",
                                "value": 0.02,
                                "scale": "percent_abl1",
                            }
                        ],
                    },
                    "on": "2024-06-30",
                }
            ]
        },
    )

    tables: dict[str, Annotated[list[dict[str, Cell]], Field(max_length=MOST_ROWS)]] = Field(
        default_factory=dict,
        description="table -> rows; a column that is left out, or null, is not known; a table that is left out is not recorded",
    )
    bundle: dict[str, Any] | None = Field(None, description="a FHIR R4 Bundle, in place of tables")
    on: str | int | None = Field(
        None, description="answer as of this day, seeing only what was known by it: 2024-05-03, or a day number"
    )
    relative: bool = Field(False, description="days are counted since each patient's day 0, in columns named *_day")

    @model_validator(mode="before")
    @classmethod
    def _text_that_can_be_kept(cls, sent: Any) -> Any:
        if any(unusable(one) for one in texts_in(sent)):
            raise ValueError(REFUSED)
        return sent


class Failure(BaseModel):
    """Why a request was not answered, in words."""

    error: str
    faults: list[dict[str, Any]] = Field(default_factory=list, description="each fault with its column and its remedy")


class AssessedPatient(BaseModel):
    """One patient: everything that the card says, and the page for the tumour board."""

    patient_id: str
    simulated: bool = Field(description="whether the patient is not real")
    card: dict[str, Any]
    board: dict[str, Any]


NOT_ASSESSED = "keys of patients whose records cannot be assessed: nothing is said of them"
PENDING = "how many patients are not worked out yet; while there are any the answer is 202: ask again"


class Patients(BaseModel):
    """The patients of a centre, each in a row."""

    simulated: bool = Field(description="whether they are not real")
    patients: list[dict[str, Any]]
    not_assessed: list[str] = Field(description=NOT_ASSESSED)
    pending: int = Field(description=PENDING)


class Endpoints(BaseModel):
    """The usual endpoints of a centre's patients."""

    simulated: bool = Field(description="whether they are not real")
    endpoints: list[dict[str, Any]]
    left_out: list[dict[str, Any]] = Field(description="by endpoint: how many do not count, and why")
    not_assessed: list[str] = Field(description=NOT_ASSESSED)
    pending: int = Field(description=PENDING)


class RecordsOfPatient(BaseModel):
    """A patient's facts: number, table, cells."""

    simulated: bool = Field(description="whether the patient is not real")
    records: list[dict[str, Any]]


class Worklist(BaseModel):
    """What needs attention."""

    simulated: bool = Field(description="whether the patients are not real")
    entries: list[dict[str, Any]] = Field(description="what needs attention, the most urgent first")
    in_doubt: list[dict[str, Any]] = Field(
        description="what may need attention, and hangs on what is not known: no entries"
    )
    closed: int = Field(description="how many entries are left out, as a signed reason holds for them")
    not_assessed: list[str] = Field(description=NOT_ASSESSED)
    pending: int = Field(description=PENDING)


class Assessed(BaseModel):
    """Every patient who could be assessed, and what was wrong with the records."""

    patients: list[AssessedPatient]
    faults: list[dict[str, Any]]
    rows_set_aside: int
    notes: list[str] = Field(default_factory=list, description="what a foreign format held that was not used")


class Answer(BaseModel):
    """The explained answer of one model."""

    model_config = ConfigDict(extra="allow")

    model: str
    headline: str
    answer: str | None
    possible: list[str]
    decided_by: list[str]
    scope: str
    citation: str
    published: list[str]


LATER: dict[int | str, dict[str, Any]] = {
    202: {"description": "some patients are not worked out yet (`pending`): ask again after the seconds of Retry-After"}
}
FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": Failure},
    401: {"model": Failure, "description": "no token, or one that does not hold"},
    403: {"model": Failure, "description": "the token's account has not the role for this"},
    404: {"model": Failure},
    413: {"description": "more was sent than is taken"},
    422: {"model": Failure, "description": "what was sent cannot be used, with what to do"},
    429: {"model": Failure, "description": "too many requests"},
    503: {"model": Failure, "description": "the store is busy"},
}
