"""Reading an answer aloud: the row's criteria in words, each with its citation. Nothing is explained a second time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Codes, Question, Score
from tenfold.logic.score_words import points_of, total_in_words

MOST_NAMED = 4
"""More possible answers than this are counted in a headline, not named."""
MOST_DECIDING = 3
"""More deciding facts than this are counted where there is little room."""


@dataclass(frozen=True)
class Reading:
    """One criterion of a row read aloud. `level` is None where it is not known; `decides` where that matters; `is_first`
    where it is at its first level, which moves nothing; `points`: what it adds to a score.
    """

    wording: str
    level: str | None
    value: str | None
    citation: str
    decides: bool = False
    is_first: bool = False
    points: str | None = None

    def __str__(self) -> str:
        said = self.level if self.level is not None else "not known"
        shown = f" ({self.value})" if self.value else ""
        return f"{self.wording}: {said}{shown}{' - this decides' if self.decides else ''}"


@dataclass(frozen=True)
class Explanation:
    """An answered row in words: what was asked, what is possible, why, and what stands against applying the model."""

    question: str
    edition: str
    answer: str | None
    possible: tuple[str, ...]
    decided_by: tuple[str, ...]
    exact: bool
    scope: str
    refused_by: tuple[str, ...]
    outside: tuple[str, ...]
    scope_in_doubt: tuple[str, ...]
    rules: tuple[str, ...]
    because: tuple[Reading, ...]
    citation: str
    answers: int
    total: tuple[str, str] | None
    total_in_words: str | None

    @property
    def headline(self) -> str:
        """The answer as a sentence would say it: single, or "A or B; X decides"."""
        if not self.possible:
            return "refused: " + "; ".join(self.refused_by)
        doubt = "if it applies: " if self.scope == "unknown" else ""
        deciding = f"; {', '.join(self.decided_by)} {'decides' if len(self.decided_by) == 1 else 'decide'}"
        if len(self.possible) == self.answers > 1:
            return f"{doubt}cannot be told{deciding}"
        if len(self.possible) > MOST_NAMED:
            return f"{doubt}one of {len(self.possible)}{deciding}"
        return doubt + " or ".join(self.possible) + (deciding if self.decided_by else "")

    @property
    def brief(self) -> str:
        """The headline with no more than three of the facts that decide."""
        if len(self.decided_by) <= MOST_DECIDING:
            return self.headline
        named, rest = ", ".join(self.decided_by[:MOST_DECIDING]), len(self.decided_by) - MOST_DECIDING
        return self.headline.partition(";")[0] + f"; {named} and {rest} more decide"

    def as_data(self) -> dict[str, Any]:
        """The explanation as plain data, with its headline."""
        data = {"headline": self.headline, **asdict(self)}
        del data["answers"]
        return data


def explain(question: Question, row: Mapping[str, Any]) -> Explanation:
    """Explain one row of a frame that `answer` returned."""
    deciding = set(row[f"{question.key}_decided_by"] or ())
    codes: Codes = tuple(row[criterion.column] for criterion in question.criteria)
    readings = tuple(_read(question, criterion, row, criterion.name in deciding) for criterion in question.criteria)
    standings = [(guard, row[guard.criterion.column]) for guard in question.guards]
    refused_by = [guard.outside for guard, code in standings if code == 0 and guard.refuses]
    outside = [guard.outside for guard, code in standings if code == 0 and not guard.refuses]
    in_doubt = [guard.criterion.wording for guard, code in standings if code is None]
    return Explanation(
        question=question.question,
        edition=question.edition,
        answer=row[question.key],
        possible=tuple(row[f"{question.key}_possible"]),
        decided_by=tuple(c.wording for c in question.criteria if c.name in deciding),
        exact=row[f"{question.key}_exact"],
        scope=row[f"{question.key}_scope"],
        refused_by=tuple(refused_by),
        outside=tuple(outside),
        scope_in_doubt=tuple(in_doubt),
        rules=question.verdict(codes).rules,
        because=readings,
        citation=question.citation,
        answers=len(question.answers),
        total=_total(question, row),
        total_in_words=_total_in_words(question, codes, row),
    )


def _total(question: Question, row: Mapping[str, Any]) -> tuple[str, str] | None:
    """The least and the most that a score's total can be, as printed decimals."""
    low, high = row.get(f"{question.key}_low"), row.get(f"{question.key}_high")
    return None if not isinstance(question, Score) or low is None else (str(low), str(high))


def _total_in_words(question: Question, codes: Codes, row: Mapping[str, Any]) -> str | None:
    low, high = row.get(f"{question.key}_low"), row.get(f"{question.key}_high")
    if not isinstance(question, Score) or low is None or high is None:
        return None
    return total_in_words(question, codes, low, high)


def _parts(criterion: Criterion, row: Mapping[str, Any], code: int | None) -> str:
    """Which of a criterion's facts make it yes, or which of them are not known."""
    if code == 1:
        return ", ".join(name for name in criterion.parts if row.get(name))
    return ", ".join(name for name in criterion.parts if row.get(name) is None) if code is None else ""


def _read(question: Question, criterion: Criterion, row: Mapping[str, Any], decides: bool) -> Reading:
    code = row[criterion.column]
    value = row.get(criterion.value) if criterion.value else None
    shown = None if value is None else f"{value:g} {criterion.unit}".strip()
    if criterion.parts:
        shown = _parts(criterion, row, code) or None
    return Reading(
        criterion.wording,
        None if code is None else criterion.levels[code],
        shown,
        criterion.citation,
        decides,
        code == 0,
        points_of(question, criterion, code) if isinstance(question, Score) else None,
    )
