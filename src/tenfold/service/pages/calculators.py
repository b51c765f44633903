"""A calculator for every model and definition of the catalogue: fields left empty are not known, and widen the answer.

The address holds the values given, so that a link shares a calculation; it has no field for who the patient is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tenfold.calculator import calculate, inputs_of
from tenfold.catalogue import GROUPS, QUESTIONS
from tenfold.logic.decision import Question
from tenfold.service.access.permissions import Permission
from tenfold.service.store.outcome import NotThere
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/calculators", include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.READ)]
BY_KEY = {question.key: question for question in QUESTIONS}


@router.get("")
def calculators(visitor: Reader) -> HTMLResponse:
    """Every calculator."""
    return visitor.page("calculators.html.j2", groups=GROUPS)


@router.get("/{key}")
def calculator(visitor: Reader, request: Request, key: str) -> HTMLResponse:
    """The form of one calculator, with the answer to what is given."""
    question = _question(key)
    given = dict(request.query_params)
    return visitor.page("calculator.html.j2", question=question, given=given, **_answered(question, given))


@router.post("/{key}/answer")
async def answered(visitor: Reader, request: Request, key: str) -> HTMLResponse:
    """The answer alone, asked for whenever the form changes."""
    question = _question(key)
    form = {name: str(value) for name, value in (await request.form()).items() if name != "csrf"}
    return visitor.page("calculator_answer.html.j2", question=question, **_answered(question, form))


def _question(key: str) -> Question:
    if key not in BY_KEY:
        raise NotThere("there is no calculator of this name")
    return BY_KEY[key]


def _answered(question: Question, given: Mapping[str, str]) -> dict[str, Any]:
    """The answer and what is wrong with what was given, and the link that shares it."""
    fields = inputs_of((question,))
    stated = {name: value.strip() for name, value in given.items() if name in fields and value.strip()}
    wrong = {}
    for name, value in stated.items():
        try:
            calculate(question.name, [f"{name}={value}"])
        except ValueError as error:
            wrong[name] = str(error.args[0])
    right = {name: value for name, value in stated.items() if name not in wrong}
    [told] = calculate(question.name, [f"{name}={value}" for name, value in right.items()])
    return {"told": told, "wrong": wrong, "stated": right}
