"""An entry as the plain data of its file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from tenfold.cohort.development.baseline import Baseline
from tenfold.cohort.development.cut_offs import CutOff, group_names
from tenfold.cohort.development.entry import FORMAT, Entry
from tenfold.cohort.development.file_names import (
    bound_of,
    endpoint_in_a_file,
    number_in_words,
    refuse_strange_names,
    refuse_unreachable,
)
from tenfold.cohort.development.known_inputs import number_input, refuse_what_cannot_be
from tenfold.cohort.development.response.intercept import Intercept
from tenfold.cohort.development.scored_terms import totals_between
from tenfold.cohort.development.terms import Term
from tenfold.logic.decision import Input

SIGNIFICANT = 7


def as_data(entry: Entry) -> dict[str, Any]:
    """The plain data of an entry's file."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "name": entry.name,
        "edition": entry.edition,
        "question": entry.question,
        "citation": entry.citation,
        "licence": entry.licence,
        "endpoint": entry.endpoint,
        "caution": entry.caution or None,
        "of": entry.of,
    }
    if entry.of is None:
        data["terms"] = [_term(term, entry.weights[term.name]) for term in entry.terms]
        data["groups"] = _groups(entry)
    if entry.baseline is not None:
        data["baseline"] = _baseline(entry.baseline, entry.slope)
    if entry.intercept is not None:
        data["intercept"] = _intercept(entry.intercept)
    data["provenance"] = dict(entry.provenance) or None
    data["performance"] = [dict(row) for row in entry.performance] or None
    data["case_mix"] = [dict(row) for row in entry.case_mix] or None
    return data


def from_data(data: Mapping[str, Any]) -> Entry:
    """The entry of a file's data. KeyError for what is missing, ValueError for what cannot be."""
    if data.get("format") != FORMAT:
        raise ValueError(f'the first line must be format = "{FORMAT}", not {data.get("format")!r}')
    refuse_strange_names(data)
    endpoint_in_a_file(data["endpoint"])
    terms, weights = [], {}
    for row in data.get("terms", []):
        term = _read_term(row)
        texts = tuple(str(each) for each in row["weights"])
        if len(texts) != len(term.columns):
            raise ValueError(f"{term.name}: {len(texts)} weights for {len(term.columns)} levels")
        for text in texts:
            _weight(term, text)
        if term.name in weights:
            raise ValueError(f"{term.name} is named twice")
        terms.append(term)
        weights[term.name] = texts
    of = data.get("of")
    if of is None and not terms:
        raise ValueError("a model needs [[terms]], or the name of a score of the catalogue in of")
    cut_offs, names = _read_groups(data.get("groups", []))
    baseline, slope = _read_baseline(data.get("baseline"), len([t for term in terms for t in term.columns]))
    intercept = _read_intercept(data.get("intercept"), len([t for term in terms for t in term.columns]))
    if terms and intercept is None:
        refuse_unreachable(cut_offs, *totals_between(terms, weights))
    if intercept is not None and (of is not None or baseline is not None):
        raise ValueError("a model of who responds has [intercept] and [[terms]], and neither [baseline] nor of")
    return Entry(
        name=data["name"],
        edition=data["edition"],
        question=data["question"],
        citation=data["citation"],
        licence=data["licence"],
        endpoint=data["endpoint"],
        caution=data.get("caution", ""),
        of=of,
        terms=tuple(terms),
        weights=weights,
        cut_offs=cut_offs,
        group_names=names,
        baseline=baseline,
        slope=slope,
        intercept=intercept,
        provenance=data.get("provenance", {}),
        performance=tuple(data.get("performance", ())),
        case_mix=tuple(data.get("case_mix", ())),
    )


def _term(term: Term, weights: tuple[str, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {"input": term.name, "wording": term.input.wording, "coding": term.coding}
    if term.coding == "levels":
        row |= {"reference": term.reference, "levels": list(term.levels)}
    if term.coding in ("bands", "linear"):
        row |= {"unit": term.input.unit or None, "from": term.low, "to": term.high}
    if term.coding == "bands":
        row["cuts"] = [f"{relation}{cut:g}" for relation, cut in term.cuts]
    return {**row, "weights": list(weights)}


def _read_term(row: Mapping[str, Any]) -> Term:
    name, wording, coding = row["input"], row.get("wording", row["input"]), row["coding"]
    if coding == "yes/no":
        return Term(Input(name, wording), "yes/no")
    if coding == "levels":
        words = (row["reference"], *row["levels"])
        return Term(Input(name, wording, "word", words=words), "levels", row["reference"], tuple(row["levels"]))
    item = number_input(name, wording, row.get("unit", ""))
    low, high = float(row.get("from", 0)), float(row.get("to", 0))
    if coding == "bands":
        cuts = tuple(_read_cut(name, text) for text in row["cuts"])
        if any(first[1] >= second[1] for first, second in pairwise(cuts)):
            raise ValueError(f"{name}: cuts rise from each to the next")
        refuse_what_cannot_be(item, [*(cut for _, cut in cuts), low, high])
        return Term(item, "bands", cuts=cuts, low=low, high=high)
    if coding == "linear":
        if not row["from"] < row["to"]:
            raise ValueError(f"{name}: a linear term runs from one number to a greater one")
        refuse_what_cannot_be(item, [low, high])
        return Term(item, "linear", low=low, high=high)
    raise ValueError(f"{name}: coding is yes/no, levels, bands or linear, not {coding!r}")


def _read_cut(name: str, text: str) -> tuple[str, float]:
    relation = ">=" if text.startswith(">=") else ">"
    if not text.startswith(relation):
        raise ValueError(f"{name}: a cut is written >=60 or >60, not {text!r}")
    return relation, float(number_in_words(f"{name}: the cut", text.removeprefix(relation)))


def _weight(term: Term, text: str) -> None:
    number = number_in_words(f"{term.name}: the weight", text)
    if term.coding != "linear" and number * 100 != int(number * 100):
        raise ValueError(f"{term.name}: the weight {text} has more than two decimals")


def _groups(entry: Entry) -> list[dict[str, Any]]:
    names = entry.group_names or group_names(len(entry.cut_offs) + 1)
    rows: list[dict[str, Any]] = [
        {"answer": name, "upto" if cut.includes else "below": str(cut.at)}
        for name, cut in zip(names, entry.cut_offs, strict=False)
    ]
    return [*rows, {"answer": names[-1]}]


def _read_groups(rows: Any) -> tuple[tuple[CutOff, ...], tuple[str, ...]]:
    return tuple(bound_of(row) for row in rows[:-1]), tuple(row["answer"] for row in rows)


def _baseline(found: Baseline, slope: float) -> dict[str, Any]:
    data: dict[str, Any] = {
        "unit": "months",
        "until": found.until,
        "slope": slope,
        "event_times": found.event_times,
        "times": found.times,
        "survival": [_short(np.exp(-_short(value))) for value in found.hazard],
        "cumulative_hazard": [_short(value) for value in found.hazard],
    }
    if found.own.size:
        data["variance"] = {
            "interval": found.interval,
            "on": found.on,
            "coefficients": [[_short(v) for v in row] for row in found.coefficients],
            "between": [[_short(v) for v in row] for row in found.between],
            "log_cumulative_hazard": [_short(v) for v in found.own],
        }
    return data


def _read_baseline(data: Mapping[str, Any] | None, columns: int) -> tuple[Baseline | None, float]:
    if data is None:
        return None, 1.0
    if data.get("unit", "months") != "months":
        raise ValueError(f"the baseline's times are in months, not {data['unit']}")
    times = np.asarray(data["times"], dtype=float)
    # A file written by hand may give survival alone.
    given = data.get("cumulative_hazard")
    hazard = -np.log(np.asarray(data["survival"], dtype=float)) if given is None else np.asarray(given, dtype=float)
    if times.size != hazard.size or not times.size:
        raise ValueError(f"the baseline has {times.size} times and {hazard.size} values")
    if (
        (np.diff(times) <= 0).any()
        or (np.diff(hazard) < 0).any()
        or not (hazard > 0).all()
        or not np.isfinite(hazard).all()
    ):
        raise ValueError("the baseline's times rise and its survival falls, from below 1 and above 0")
    slope = float(data.get("slope", 1.0))
    until = float(data.get("until", times[-1]))
    if until < times[-1]:
        raise ValueError(f"until {until:g} months lies before the baseline's last time, {times[-1]:g} months")
    # Survival stays between the times of events; what somebody printed at 6 and 12 months says nothing of 9.
    steps = data.get("event_times", False) is True
    told = data.get("variance")
    if told is None:
        return Baseline(times, hazard, until, event_times=steps), slope
    between = np.asarray(told["between"], dtype=float).reshape(times.size, -1)
    spread = np.asarray(told["coefficients"], dtype=float).reshape(between.shape[1], between.shape[1])
    own = np.asarray(told["log_cumulative_hazard"], dtype=float)
    on = told.get("on", "columns")
    if (
        on not in ("columns", "total")
        or own.size != times.size
        or between.shape[1] != (1 if on == "total" else columns)
    ):
        raise ValueError("the baseline's variance does not fit its times and weights")
    return Baseline(times, hazard, until, told.get("interval", ""), on, spread, between, own, steps), slope


def _intercept(found: Intercept) -> dict[str, Any]:
    data: dict[str, Any] = {"log_odds": found.log_odds, "probability": round(found.probability(0.0), 4)}
    if found.variance.size:
        rows = [[_short(v) for v in row] for row in found.variance]
        data["variance"] = {"interval": found.interval, "coefficients": rows}
    return data


def _read_intercept(data: Mapping[str, Any] | None, columns: int) -> Intercept | None:
    if data is None:
        return None
    odds = float(data["log_odds"])
    if not np.isfinite(odds):
        raise ValueError(f"the intercept is a number (log odds), not {data['log_odds']}")
    told = data.get("variance")
    if told is None:
        return Intercept(odds)
    try:
        variance = np.asarray(told["coefficients"], dtype=float)
    except ValueError:
        variance = np.zeros((0, 0))
    if variance.shape != (columns + 1, columns + 1) or not np.isfinite(variance).all():
        raise ValueError(f"the intercept's variance has one row for it and one a weight: {columns + 1} in all")
    return Intercept(odds, told.get("interval", ""), variance)


def _short(value: float) -> float:
    return float(f"{float(value):.{SIGNIFICANT}g}")
