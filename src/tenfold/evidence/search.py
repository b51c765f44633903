"""Search over all that the library holds: every word must be found, as the beginning of a word, in any field.

The field's abbreviations find what the library spells out: "ven-aza npm1 os" is venetoclax, azacitidine, NPM1, overall
survival. Ranking: words found in what names a row (study, regimen, drug, endpoint, markers) count, the order of the files
settles the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeVar

from tenfold.evidence.approvals import ANY, Approval, Complete, approvals, complete
from tenfold.evidence.citations import cited
from tenfold.evidence.library import Discrepancy, discrepancies
from tenfold.evidence.studies import Result, results
from tenfold.evidence.trials import Strategy, Trial, strategies, trials

ABBREVIATIONS = {
    "overall survival": "OS",
    "relapse-free survival": "RFS",
    "event-free survival": "EFS",
    "treatment-free": "TFR TFS",
    "overall response": "ORR",
    "low-dose cytarabine": "LDAC",
    "hypomethylating agent": "HMA",
    "relapsed or refractory": "R/R RR",
    "core-binding factor": "CBF",
    "transplant": "HCT HSCT alloHCT",
    "donor lymphocytes": "DLI",
    "gemtuzumab ozogamicin": "GO",
    "hazard ratio": "HR",
}
Row = TypeVar("Row")
Text = Callable[[Row], Iterable[str]]
Words = tuple[tuple[frozenset[str], frozenset[str]], ...]


@dataclass(frozen=True)
class Found:
    """What a search found, each kind in order of relevance."""

    words: tuple[str, ...]
    results: tuple[Result, ...]
    approvals: tuple[Approval, ...]
    complete: tuple[Complete, ...]
    trials: tuple[Trial, ...]
    strategies: tuple[Strategy, ...]
    discrepancies: tuple[Discrepancy, ...]

    @property
    def count(self) -> int:
        """How many rows of all kinds."""
        kinds = (self.results, self.approvals, self.complete, self.trials, self.strategies, self.discrepancies)
        return sum(map(len, kinds))


def find(query: str | Sequence[str] = "") -> Found:
    """Return everything in which every word of the query is found; all there is for an empty query."""
    return _find(words_of(query if isinstance(query, str) else " ".join(query)))


@lru_cache(maxsize=1024)
def _find(words: tuple[str, ...]) -> Found:
    index = _index()
    return Found(
        words,
        _ranked(words, results(), index[0]),
        _ranked(words, approvals(), index[1]),
        _ranked(words, complete(), index[2]),
        _ranked(words, trials(), index[3]),
        _ranked(words, strategies(), index[4]),
        _ranked(words, tuple(discrepancies().values()), index[5]),
    )


def meant(words: Sequence[str]) -> dict[str, str]:
    """Words that nothing in the library begins with, each with the word that may have been meant."""
    held = sorted({one for kind in _index() for _, every in kind for one in every})
    unknown = [word for word in words if not _begins(word, held)]
    near = {word: difflib.get_close_matches(word, held, 1, 0.8) for word in unknown}
    return {word: found[0] for word, found in near.items() if found}


def words_of(text: str) -> tuple[str, ...]:
    """Return a text's words, casefolded: runs of letters and digits."""
    return tuple("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())


def _spelt(fields: Iterable[str]) -> frozenset[str]:
    text = " ; ".join(fields)
    low = text.casefold()
    return frozenset(words_of(" ; ".join([text, *(short for long, short in ABBREVIATIONS.items() if long in low)])))


@cache
def _index() -> tuple[Words, ...]:
    """Of every row of every kind the words that name it, and all its words."""
    return (
        _read(results(), _name_of_result, _rest_of_result),
        _read(approvals(), lambda row: (row.drug, row.agency, *row.markers), _rest_of_approval),
        _read(complete(), _name_of_statement, lambda row: ("approval", cited(row.source))),
        _read(trials(), lambda row: (row.id, row.name, row.regimen, *row.markers), _rest_of_trial),
        _read(strategies(), lambda row: (row.id, row.name, "NPM1"), _rest_of_strategy),
        _read(tuple(discrepancies().values()), lambda row: (row.id, row.paper), _rest_of_discrepancy),
    )


def _read(rows: Sequence[Row], name: Text[Row], rest: Text[Row]) -> Words:
    return tuple((_spelt(name(row)), _spelt((*name(row), *rest(row)))) for row in rows)


def _ranked(words: tuple[str, ...], rows: Sequence[Row], index: Words) -> tuple[Row, ...]:
    ranked = [
        (-sum(_begins(word, naming) for word in words), place)
        for place, (naming, every) in enumerate(index)
        if all(_begins(word, every) for word in words)
    ]
    return tuple(rows[place] for _, place in sorted(ranked))


def _begins(word: str, among: Iterable[str]) -> bool:
    return any(one.startswith(word) for one in among)


def _name_of_result(row: Result) -> Iterable[str]:
    return row.id, row.study, row.regimen, row.endpoint, *row.markers


def _rest_of_result(row: Result) -> Iterable[str]:
    return (
        row.population,
        row.setting,
        row.outcome,
        str(row.n or ""),
        cited(row.citation),
        row.read_in,
        row.place,
        row.quote,
        *row.discrepancies,
    )


def _rest_of_approval(row: Approval) -> Iterable[str]:
    return "approval", "approved", row.partner, row.indication, row.setting, str(row.approved), cited(row.source)


def _name_of_statement(row: Complete) -> Iterable[str]:
    return row.agency, row.setting, *({approval.drug for approval in approvals()} if ANY in row.drugs else row.drugs)


def _rest_of_trial(row: Trial) -> Iterable[str]:
    return "trial", row.phase, row.population, row.status, row.setting, row.read_in, row.why, *row.printed.values()


def _rest_of_strategy(row: Strategy) -> Iterable[str]:
    return "strategy", row.patients, row.advantages, row.risks, row.printed_evidence, row.corrected, *row.discrepancies


def _rest_of_discrepancy(row: Discrepancy) -> Iterable[str]:
    return "discrepancy", row.where, row.published, row.against, row.resolution, row.kind
