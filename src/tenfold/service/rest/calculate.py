"""Every model and definition of the catalogue as an address of its own, with its fields typed and bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel

from tenfold.calculator import answer_to, form, listing
from tenfold.catalogue import QUESTIONS
from tenfold.logic.decision import Question
from tenfold.service.access.permissions import Permission
from tenfold.service.rest.plain import plain
from tenfold.service.rest.shapes import FAILURES, Answer
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/api/v1/calculators", tags=["calculators"], responses=FAILURES)
Reader = Annotated[Visitor, requires(Permission.READ)]


@router.get("")
def calculators(visitor: Reader) -> list[dict[str, Any]]:
    """Every calculator with its inputs."""
    return [{"key": question.key, **told} for question, told in zip(QUESTIONS, listing(), strict=True)]


def _calculator(question: Question, fields: type[BaseModel]) -> Callable[..., Answer]:
    def calculate(visitor: Reader, known: Annotated[Any, Body()]) -> Answer:
        return Answer(**plain(answer_to(question, known.model_dump())))

    # The fields of each model are known only now; FastAPI reads them from here.
    calculate.__annotations__["known"] = Annotated[fields, Body()]
    return calculate


for one in QUESTIONS:
    router.add_api_route(
        f"/{one.key}",
        _calculator(one, form((one,))),
        methods=["POST"],
        name=one.key,
        summary=one.name,
        description=f"{one.question} {one.citation} A field that is left out, or null, is not known.",
        response_model=Answer,
    )
