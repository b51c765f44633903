"""One page for each definition and model of the catalogue, and one for each fold."""

from __future__ import annotations

import ast
import inspect
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import tenfold.assessment  # noqa: F401  every room is loaded before its definitions are looked for
from generate.examples import examples_of
from generate.markdown import code, page, table
from generate.rooms import ROOT
from generate.settings_read import reads_of
from tenfold.calculator import verification
from tenfold.catalogue import FOLDS, GROUPS, QUESTIONS, RISK_AT_DIAGNOSIS, RISK_AT_PRESENT
from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Decision, Guard, Input, Question, Score
from tenfold.logic.fold import Fold
from tenfold.mrd.editions import Edition, editions
from tenfold.risk import venprs
from tenfold.risk.published import published_for
from tenfold.settings import DEFAULTS

FOLDER = "reference/definitions"
NOT_VERIFIED = "**not read in the original**"
BY_ITSELF = "---\norphan: true\n---"
"""In no list beside the pages: found from the index of definitions and by searching."""


def pages() -> Iterator[tuple[str, str]]:
    """Every page of this part, with its place."""
    yield f"{FOLDER}/index.md", index()
    for questions in GROUPS.values():
        for question in questions:
            yield place(question), question_page(question)
    for fold in FOLDS:
        yield place(fold), fold_page(fold)


def place(definition: Question | Fold) -> str:
    """Where a definition's page lies."""
    key = definition.key if isinstance(definition, Question) else definition.name
    return f"{FOLDER}/{key.replace('_', '-')}.md"


def _link(definition: Question | Fold) -> str:
    return f"[{definition.name}]({place(definition).rpartition('/')[2]})"


def index() -> str:
    """All definitions by what they are about."""
    parts = [
        "# Definitions and models",
        "Every definition and model of the catalogue, each with its inputs, its rules or weights, what was published for"
        " it and two worked examples that were run when this page was made. `tenfold score --list` prints the same list.",
    ]
    for group, questions in GROUPS.items():
        rows = [(_link(question), question.question, question.edition) for question in questions]
        parts += [f"## {group}", table(("definition", "question", "edition"), rows)]
    rows = [(_link(fold), fold.question, fold.edition) for fold in FOLDS]
    return page(*parts, "## Over time", table(("definition", "question", "edition"), rows))


def question_page(question: Question) -> str:
    """The page of a decision or a score."""
    kind = (
        "a score: weights are added, the sum has a group"
        if isinstance(question, Score)
        else "a decision: rules in order"
    )
    facts = [
        ("edition", question.edition),
        ("kind", kind),
        ("answers", "; ".join(question.answers)),
        (
            "columns",
            f"`{question.key}`, `{question.key}_possible`, `{question.key}_decided_by`, `{question.key}_scope`",
        ),
        ("written in", f"`{home(question)}`"),
        ("source", question.citation),
        ("fingerprint", f"`{_fingerprint(question)}`; it changes where an input, a criterion or an answer does"),
    ]
    return page(
        BY_ITSELF,
        f"# {question.name}",
        f"{question.question} ([all definitions](index.md))",
        table(("", ""), facts),
        "## Whom it is for",
        _scope(question.guards),
        "## Inputs",
        "A fact that is left out, or given as `?`, is not known. It is never taken for a no.",
        table(("input", "meaning", "kind", "unit", "range or words"), map(_input, question.inputs)),
        "## Criteria",
        _criteria(question),
        _weights(question) if isinstance(question, Score) else _rules(question),
        _published(question),
        "## Cautions, and what was verified",
        _cautions(question),
        _reads(question.name),
        "## Worked examples",
        *_examples(question),
    )


def _fingerprint(question: Question) -> str:
    """As it is kept in the repository, where a test holds it to the definition."""
    return str(_kept_fingerprints()[f"{question.name} ({question.edition})"])


@cache
def _kept_fingerprints() -> dict[str, str]:
    return tomllib.loads((ROOT / "tests" / "golden" / "editions.toml").read_text("utf-8"))


def _scope(guards: tuple[Guard, ...]) -> str:
    if not guards:
        return "It has no guard: it is answered wherever its inputs are known."
    rows = [
        (
            guard.criterion.wording,
            "the answer is withheld" if guard.refuses else "the answer is given, and this is said",
            guard.outside,
        )
        for guard in guards
    ]
    return page(
        "Outside the published scope one patient is refused, with the reason; where it is not known whether a condition"
        " holds, the answer says *if it applies*. `compare`, `develop` and `cohort` compute it for everyone whose inputs"
        " are known, and label it as applied outside its published scope.",
        table(("condition", "where it does not hold", "what is said"), rows),
    ).rstrip()


def _input(item: Input) -> tuple[str, str, str, str, str]:
    bounds = [f"{word} {bound:g}" for word, bound in (("from", item.low), ("to", item.high)) if bound is not None]
    return f"`{item.name}`", item.wording, item.kind, item.unit or "", " / ".join(item.words) or " ".join(bounds)


def _criteria(question: Question) -> str:
    def row(criterion: Criterion) -> tuple[str, ...]:
        levels = " / ".join(criterion.levels)
        reads = ", ".join(f"`{name}`" for name in sorted(criterion.reads))
        source = "" if criterion.citation == question.citation else criterion.citation
        return f"`{criterion.name}`", criterion.wording, levels, reads, source

    return table(
        ("criterion", "wording", "levels", "reads", "source, where it is another"), map(row, question.criteria)
    )


def _rules(question: Question) -> str:
    assert isinstance(question, Decision)
    rows = [
        (number, rule.wording, rule.answer, "" if rule.citation == question.citation else rule.citation)
        for number, rule in enumerate(question.rules, start=1)
    ]
    return page(
        "## Rules, in order",
        "The first rule that holds gives the answer. Where facts are not known, every way they could turn out is tried,"
        " and each answer that results is possible.",
        table(("", "if", "then", "source, where it is another"), rows),
    ).rstrip()


def _weights(question: Score) -> str:
    """The formula, the weights and the groups."""
    published = _printed_beside_weights(question)
    rows = []
    for criterion in question.criteria:
        weights = question.weights[criterion.name]
        for level, weight in zip(
            criterion.levels[1:], (weights,) if isinstance(weights, str) else weights, strict=True
        ):
            held = criterion.wording if criterion.levels == ("no", "yes") else f"{criterion.wording}: {level}"
            beside = published.get(criterion.name, {})
            rows.append((held, weight, beside.get("hazard_ratio", ""), beside.get("p", "")))
    groups = [(_bounds(question, k), group.answer) for k, group in enumerate(question.groups)]
    return page(
        "## Weights and groups",
        "The score is the sum of the weights of what holds, in exact decimals. Of facts that are not known every"
        " combination is tried: the sum has a range, and the groups are those that can really come out.",
        table(("if", "weight", "hazard ratio (95 % interval)", "p"), rows),
        table(("sum", "group"), groups),
    ).rstrip()


def _printed_beside_weights(question: Score) -> Mapping[str, Any]:
    endpoint = {venprs.OVERALL_SURVIVAL.name: "OS", venprs.EVENT_FREE_SURVIVAL.name: "EFS"}.get(question.name)
    found: Mapping[str, Any] = venprs.PUBLISHED[endpoint]["weights"] if endpoint else {}
    return found


def _bounds(question: Score, position: int) -> str:
    group = question.groups[position]
    upper = "" if group.upper is None else f"{'up to' if group.includes_upper else 'below'} {group.upper}"
    if position == 0:
        return upper
    before = question.groups[position - 1]
    return f"{'above' if before.includes_upper else 'from'} {before.upper}{', ' if upper else ''}{upper}"


def _published(question: Question) -> str:
    outcomes = published_for(question)
    if not outcomes:
        none = "## What was published for the groups\n\nNone is held here."
        return none if question in (*RISK_AT_PRESENT, *RISK_AT_DIAGNOSIS) else ""
    carried = [outcome.note for outcome in outcomes]
    shared = dict.fromkeys(note for note in carried if note and carried.count(note) > 1)
    rows = [
        (
            outcome.title,
            *(outcome.groups.get(answer, "") for answer in question.answers),
            outcome.citation,
            "; ".join(
                part
                for part in ("" if outcome.note in shared else outcome.note, "" if outcome.verified else NOT_VERIFIED)
                if part
            ),
        )
        for outcome in outcomes
    ]
    return page(
        "## What was published for the groups",
        "As printed; a figure in brackets is the 95 % interval. These are outcomes of other patients, no prediction for one.",
        table(("outcome", *question.answers, "source", "note"), rows),
        *(f"Of all of them: {note}." for note in shared),
    ).rstrip()


def _cautions(question: Question) -> str:
    return page(
        question.said and f"Said with every answer: {question.said}",
        "" if question.unverified else f"Of its criteria, rules, weights and groups: {verification(question)}.",
        _in_its_own_words(question),
    ).rstrip()


def _in_its_own_words(definition: Question | Fold) -> str:
    told = inspect.getdoc(sys.modules[home(definition)]) or ""
    return "From the file that holds it:\n\n" + "\n".join(f"> {line}".rstrip() for line in told.splitlines())


def _reads(name: str) -> str:
    """The settings that an assessment reads on the way to an answer, those that nobody verified marked."""
    reads = reads_of(name)
    if not reads:
        return "No setting is read on the way from records to this answer: what it needs is given with the question."
    entries = [DEFAULTS.entries[setting] for setting in reads]
    rows = [
        (f"`{entry.name}`", entry.value, entry.unit, "yes" if entry.verified else NOT_VERIFIED, entry.meaning)
        for entry in entries
    ]
    doubtful = sum(not entry.verified for entry in entries)
    return page(
        f"On the way from records to this answer {len(entries)} settings are read, {doubtful} of them not verified in their"
        " source ([all settings](../settings.md)). The list was traced by running an assessment.",
        table(("setting", "value", "unit", "verified", "meaning"), rows),
    ).rstrip()


def _examples(question: Question) -> list[str]:
    parts = []
    for title, example in zip(
        ("### What is known decides", "### What is not known stays open"), examples_of(question), strict=True
    ):
        parts += [title, f"{example.case} (a made-up case).", code(example.command, "sh"), code(example.printed())]
    return parts


def fold_page(fold: Fold) -> str:
    """The page of a state machine over dated facts."""
    rows = [_edition(edition) for edition in editions().values()]
    return page(
        BY_ITSELF,
        f"# {fold.name}",
        f"{fold.question} ([all definitions](index.md))",
        table(("", ""), [("edition", fold.edition), ("written in", f"`{home(fold)}`"), ("source", fold.citation)]),
        "It walks one stream of samples (a patient, a marker, a tissue, a method, a scale), oldest first. A row depends on"
        " earlier rows alone: a confirming sample points back to its candidate and does not rewrite it.",
        "## States",
        table(("state",), [(state,) for state in fold.states]),
        "## Reasons",
        table(("reason", "source"), fold.reasons.values()),
        "## What may be open",
        table(("question that an unknown leaves open",), [(wording,) for wording in fold.questions.values()]),
        "## Editions",
        table(("edition", "relapse is", "source"), rows),
        "## Cautions, and what was verified",
        _in_its_own_words(fold),
        _reads(fold.name),
        "Worked through for published patients: [molecular response](../../how-to/molecular-response.md).",
    )


def _edition(edition: Edition) -> tuple[str, str, str]:
    return (
        f"`{edition.name}`",
        edition.note,
        edition.source if edition.verified else f"{edition.source}; {NOT_VERIFIED}",
    )


def home(definition: Question | Fold) -> str:
    """The module that makes a definition: the one that assigns it, or the collection that holds it."""
    return _homes()[id(definition)]


@cache
def _homes() -> dict[int, str]:
    """The home of each definition of the catalogue."""
    wanted = {id(one) for one in (*QUESTIONS, *FOLDS)}
    alone: dict[int, str] = {}
    collected: dict[int, str] = {}
    for name, module in list(sys.modules.items()):
        if not name.startswith("tenfold.") or name in ("tenfold.catalogue", "tenfold.assessment"):
            continue
        for known, value in vars(module).items():
            inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
            mine = [id(item) for item in inside if id(item) in wanted]
            if (mine or id(value) in wanted) and known in _assigned(name):
                alone.update({id(value): name} if id(value) in wanted else {})
                collected.update(dict.fromkeys(mine, name))
    return collected | alone


@cache
def _assigned(module: str) -> frozenset[str]:
    """The names that a module assigns at its top level; what it imports is not among them."""
    names = set()
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return frozenset(names)
