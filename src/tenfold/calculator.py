"""The calculator of any model, made from its catalogue entry: typed fields in, an explained answer out."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from tenfold.catalogue import QUESTIONS, find
from tenfold.logic.answering import answer
from tenfold.logic.decision import Input, Question
from tenfold.logic.explain import explain
from tenfold.risk.published import published_for

NOT_KNOWN = ("?", "", "unknown")


def inputs_of(questions: Sequence[Question]) -> dict[str, Input]:
    """The inputs of some questions by name, each once, in order."""
    return {item.name: item for question in questions for item in question.inputs}


def form(questions: Sequence[Question]) -> type[BaseModel]:
    """Return the form of some questions: one optional field per input, typed and bounded, nothing else allowed."""
    fields: dict[str, Any] = {
        name: (_field(item) | None, Field(None, description=_described(item)))
        for name, item in inputs_of(questions).items()
    }
    return create_model(
        "_".join(question.key for question in questions), __config__=ConfigDict(extra="forbid"), **fields
    )


def _field(item: Input) -> Any:
    if item.kind == "yes/no":
        return bool
    if item.kind == "word":
        return Literal[item.words]
    return Annotated[float, Field(ge=item.low, le=item.high, allow_inf_nan=False)]


def _described(item: Input) -> str:
    return f"{item.wording} ({item.unit})" if item.unit else item.wording


def calculate(name: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Answer the questions that `name` means from "field=value" texts; "?" or a field left out is not known.

    LookupError for an unknown model, ValueError for an unknown field or a value that cannot be. A model outside its
    published scope is refused, with the reason.
    """
    questions = find(name)
    given = _parse(questions, values)
    return [answer_to(question, given) for question in questions]


def answer_to(question: Question, given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question from the values of its fields; one that is missing, or None, is not known."""
    fields = inputs_of([question])
    row = pl.DataFrame(
        {name: [given.get(name)] for name in fields}, {name: field.dtype for name, field in fields.items()}
    )
    [answered] = answer(row, [question]).to_dicts()
    return _answer(question, answered)


def _parse(questions: Sequence[Question], values: Sequence[str]) -> dict[str, Any]:
    known = inputs_of(questions)
    spelling = {field.lower(): field for field in known}
    given: dict[str, str] = {}
    for text in values:
        field, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{text}: write FIELD=VALUE, for example {next(iter(known))}=yes")
        if field.lower() not in spelling:
            near = difflib.get_close_matches(field.lower(), spelling, 1)
            hint = f"did you mean {spelling[near[0]]}? " if near else ""
            raise ValueError(f"{field}: no such field; {hint}the fields are {', '.join(known)}")
        field = spelling[field.lower()]
        if field in given:
            raise ValueError(f"{field} is given twice")
        given[field] = value.strip()
    stated = {field: value for field, value in given.items() if value.lower() not in NOT_KNOWN}
    try:
        filled = form(questions)(**stated)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise ValueError(f"{field}={given[field]}: {_expected(known[field])}, or ? when not known") from None
    return filled.model_dump()


def _expected(item: Input) -> str:
    if item.kind == "yes/no":
        return "give yes or no"
    if item.kind == "word":
        return f"give one of {', '.join(item.words)}"
    bounds = [f"{word} {bound:g}" for word, bound in (("from", item.low), ("to", item.high)) if bound is not None]
    return f"give a number {' '.join(bounds)} in {item.unit}"


def _answer(question: Question, row: dict[str, Any]) -> dict[str, Any]:
    published = published_lines(question, row[f"{question.key}_possible"])
    return {"model": question.name, **explain(question, row).as_data(), "published": published}


def published_lines(
    question: Question, possible: Sequence[str], relapsed_or_refractory: bool | None = True
) -> list[str]:
    """What was published for the possible groups; where a paper prints two figures, both."""
    if not possible:
        return []
    found = published_for(question, relapsed_or_refractory)
    lines = []
    for outcome in found:
        shown = "; ".join(f"{group} {outcome.groups[group]}" for group in possible if group in outcome.groups)
        doubt = "" if outcome.verified else " [not read in the original]"
        lines.append(f"published {outcome.title}: {shown}{doubt}")
    notes = dict.fromkeys(outcome.note for outcome in found if outcome.note)
    return [*lines, *(f"note: {note}" for note in (question.caution, *notes) if note)]


def listing() -> list[dict[str, Any]]:
    """Every model with its inputs, as data."""
    return [
        {
            "name": question.name,
            "edition": question.edition,
            "question": question.question,
            "citation": question.citation,
            "answers": list(question.answers),
            "inputs": [
                {
                    "name": i.name,
                    "wording": i.wording,
                    "kind": i.kind,
                    "unit": i.unit,
                    "low": i.low,
                    "high": i.high,
                    "words": list(i.words),
                }
                for i in question.inputs
            ],
        }
        for question in QUESTIONS
    ]


def listing_in_words() -> str:
    """Every model with its inputs, to read."""
    blocks = []
    for question in QUESTIONS:
        lines = [f"{question.name}  ({question.edition})", f"  {question.question}  {question.citation}"]
        for item in question.inputs:
            kind = (
                item.unit if item.kind == "number" else " / ".join(item.words) if item.kind == "word" else "yes or no"
            )
            lines.append(f"    {item.name:<24} {kind:<28} {item.wording}")
        blocks.append("\n".join(lines))
    example = "For example: tenfold score venprs prior_venetoclax=no extramedullary=no prior_hma=yes FLT3=yes TP53=no"
    return "\n\n".join([*blocks, example])
