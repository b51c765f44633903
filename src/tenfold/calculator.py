"""The calculator of any model, made from its catalogue entry: typed fields in, an explained answer out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from tenfold.catalogue import QUESTIONS, find
from tenfold.genetics.lesions import CHROMOSOMES, READING, disputed
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision, Input, Question, Score
from tenfold.logic.explain import explain
from tenfold.logic.score_words import cut_offs_in_words
from tenfold.risk.published import Outcome, published_for

NOT_KNOWN = ("?", "", "unknown")
KARYOTYPE = "karyotype"
"""A field that stands for every fact of the chromosomes."""


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

    `karyotype='46,XY[20]'` answers every fact of the chromosomes that is not given itself. LookupError for an unknown
    model, ValueError for an unknown field or a value that cannot be. A model outside its published scope is refused, with
    the reason. `remarks` says how a karyotype was understood, and what each reading of a disputed footnote leads to.
    """
    questions = find(name)
    given, remarks = _parse(questions, values)
    return [
        {**answer_to(question, given), "remarks": [*remarks, *_of_footnotes(question, given)]} for question in questions
    ]


def _of_footnotes(question: Question, given: Mapping[str, Any]) -> list[str]:
    """What each reading of a disputed footnote leads to, where that decides the answer, and how to fix one."""
    asked = next((item for item in question.inputs if item.name == READING.name), None)
    if asked is None or disputed("").wording not in answer_to(question, given)["decided_by"]:
        return []
    told = {word: answer_to(question, {**given, asked.name: word}) for word in asked.words}
    led = (
        f"read {word}: {one['headline']}" + (f" ({'; '.join(one['rules'])})" if one["rules"] and one["answer"] else "")
        for word, one in told.items()
    )
    how = " or ".join(f'{asked.name}="{word}"' for word in asked.words)
    return [f"a footnote of the table is disputed; {'; '.join(led)}; to hold to one reading add {how}"]


def answer_to(question: Question, given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question from the values of its fields; one that is missing, or None, is not known."""
    fields = inputs_of([question])
    row = pl.DataFrame(
        {name: [given.get(name)] for name in fields}, {name: field.dtype for name, field in fields.items()}
    )
    [answered] = answer(row, [question]).to_dicts()
    return _answer(question, answered)


def _plain(field: str) -> str:
    return field.strip().lower().replace("-", "_")


def _parse(questions: Sequence[Question], values: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The values of the fields, and what is to be said of how they were understood."""
    known = inputs_of(questions)
    of_chromosomes = [name for name in known if name in CHROMOSOMES]
    spelling = {_plain(field): field for field in known} | ({KARYOTYPE: KARYOTYPE} if of_chromosomes else {})
    given: dict[str, str] = {}
    for text in values:
        field, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{text}: write FIELD=VALUE, for example {next(iter(known))}=yes")
        if _plain(field) not in spelling:
            near = difflib.get_close_matches(_plain(field), spelling, 1)
            hint = f"did you mean {spelling[near[0]]}? " if near else ""
            raise ValueError(f"{field}: no such field; {hint}the fields are {', '.join(spelling.values())}")
        field = spelling[_plain(field)]
        if field in given:
            raise ValueError(f"{field} is given twice")
        given[field] = value.strip()
    stated = {field: value for field, value in given.items() if value.lower() not in NOT_KNOWN}
    iscn = stated.pop(KARYOTYPE, None)
    facts, remarks = ({}, []) if iscn is None else _of_karyotype(iscn, of_chromosomes)
    try:
        filled = form(questions)(**stated)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        point = _decimal_comma(known[field], given[field])
        raise ValueError(f"{field}={given[field]}: {point}{_expected(known[field])}, or ? when not known") from None
    # A fact that was given itself, unknown too, stands before what the karyotype says of it.
    return {**filled.model_dump(), **{name: fact for name, fact in facts.items() if name not in given}}, remarks


def _of_karyotype(iscn: str, names: Sequence[str]) -> tuple[dict[str, bool | None], list[str]]:
    """The facts that a karyotype tells, by the name of their fields. ValueError where it cannot be read."""
    from tenfold.genetics.karyotype import Status, read_karyotype
    from tenfold.genetics.karyotype.as_read import as_read
    from tenfold.genetics.picture import genetic_picture
    from tenfold.records.schema import TABLES

    read = read_karyotype(iscn)
    if read.status is Status.UNREADABLE:
        raise ValueError(f"{KARYOTYPE}={iscn}: it cannot be read; write ISCN, for example {KARYOTYPE}='46,XY[20]'")
    understood = as_read(read)
    remarks = [] if understood is None else [f"the karyotype was read as {understood}"]
    remarks += [f"not read in the karyotype: {one.text or one.reason}" for one in read.unread]
    karyotypes = pl.DataFrame({"patient_id": ["-"], "iscn": [iscn], "dated": [True]})
    nothing = (
        pl.DataFrame(schema={**TABLES[name].schema(), "dated": pl.Boolean})
        for name in ("fusions", "variants", "genes_tested")
    )
    return genetic_picture(karyotypes, *nothing).select(names).row(0, named=True), remarks


def _decimal_comma(item: Input, text: str) -> str:
    """What to write instead of a number with a decimal comma; nothing of any other text."""
    comma = item.kind == "number" and re.fullmatch(r"[+-]?\d+,\d+", text)
    return f"with a decimal point, {text.replace(',', '.')}; " if comma else ""


def _expected(item: Input) -> str:
    if item.kind == "yes/no":
        return "give yes or no"
    if item.kind == "word":
        return f"give one of {', '.join(item.words)}"
    bounds = [f"{word} {bound:g}" for word, bound in (("from", item.low), ("to", item.high)) if bound is not None]
    unit = [f"in {item.unit}"] if item.unit else []
    return " ".join(["give a number", *bounds, *unit])


def _answer(question: Question, row: dict[str, Any], model: Question | None = None) -> dict[str, Any]:
    """The answer with what was published of `model`: the question itself, or that of the catalogue which it stands for."""
    found = published_for(model or question)
    published = _lines(question, found, row[f"{question.key}_possible"])
    settings = {outcome.setting for outcome in found if outcome.setting is not None}
    if published and found and all(outcome.setting for outcome in found):
        published.insert(
            0, f"note: no outcome of those the model was made for is held here, only of {', '.join(settings)} AML"
        )
    return {"model": question.name, **explain(question, row).as_data(), "published": published}


def published_lines(
    question: Question, possible: Sequence[str], relapsed_or_refractory: bool | None = True
) -> list[str]:
    """What was published for the possible groups; where a paper prints two figures, both."""
    return _lines(question, published_for(question, relapsed_or_refractory), possible)


def _lines(question: Question, found: Sequence[Outcome], possible: Sequence[str]) -> list[str]:
    if not possible:
        return []
    lines = []
    for outcome in found:
        shown = "; ".join(f"{group} {outcome.groups[group]}" for group in possible if group in outcome.groups)
        doubt = "" if outcome.verified else " [not read in the original]"
        lines.append(f"published {outcome.title}: {shown}{doubt}")
    notes = dict.fromkeys(outcome.note for outcome in found if outcome.note)
    return [*lines, *(f"note: {note}" for note in (question.said, *notes) if note)]


def verification(question: Question) -> str:
    """In words, what of a definition is marked as not verified in its source."""
    return (
        f"NOT VERIFIED: {question.unverified}"
        if question.unverified
        else "nothing of it is marked as not verified in its source"
    )


def listing(name: str | None = None) -> list[dict[str, Any]]:
    """Every model with its inputs, or those that a name means, as data. LookupError for a name that means none."""
    return [
        {
            "name": question.name,
            "edition": question.edition,
            "question": question.question,
            "citation": question.citation,
            "verification": verification(question),
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
        for question in (QUESTIONS if name is None else find(name))
    ]


def listing_in_words(name: str | None = None) -> str:
    """Every model with its inputs, to read; those that a name means also with their weights or rules. LookupError as above."""
    blocks = []
    for question in QUESTIONS if name is None else find(name):
        lines = [f"{question.name}  ({question.edition})", f"  {question.question}  {question.citation}"]
        for item in question.inputs:
            kind = (
                item.unit if item.kind == "number" else " / ".join(item.words) if item.kind == "word" else "yes or no"
            )
            lines.append(f"    {item.name:<24} {kind:<28} {item.wording}")
        blocks.append("\n".join([*lines, *([] if name is None else _formula(question))]))
    if name is not None:
        return "\n\n".join(blocks)
    example = "For example: tenfold score venprs prior_venetoclax=no extramedullary=no prior_hma=yes FLT3=yes TP53=no"
    return "\n\n".join([*blocks, example])


def _formula(question: Question) -> list[str]:
    """The weights and groups of a score, or the rules of a decision in their order, and what was verified."""
    if isinstance(question, Score):
        weighed = [
            f"    {criterion.wording}{'' if criterion.levels == ('no', 'yes') else f': {level}'}: {weight}"
            for criterion in question.criteria
            for level, weight in zip(criterion.levels[1:], _each(question.weights[criterion.name]), strict=True)
        ]
        told = ["  points", *weighed, f"  groups: {', '.join(cut_offs_in_words(question))}"]
    else:
        rules = question.rules if isinstance(question, Decision) else ()
        told = ["  rules, the first that holds", *(f"    {rule.wording}: {rule.answer}" for rule in rules)]
    return [*told, f"  verification: {verification(question)}"]


def _each(weights: str | tuple[str, ...]) -> tuple[str, ...]:
    return (weights,) if isinstance(weights, str) else weights
