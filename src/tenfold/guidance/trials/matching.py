"""Trial matching: whether a patient's facts fit what is structured of a trial's eligibility, with the reason for each.

Three-valued: a criterion on a fact that is not known is not known, and a trial neither matches nor fails to match while
such a criterion could decide. A trial whose structured part is not complete never simply matches, only "as far as is known".

Traps: a match is a reason to read the protocol, not an inclusion; status and its date are said and never decide; a fact that
the picture does not carry is not known, and that is said; a registry that only observes offers nothing and is not matched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache, reduce
from operator import and_
from typing import Any

import polars as pl

from tenfold.exchange.clinical_trials import STATUSES
from tenfold.guidance.trials.eligibility import REGISTRY, EligibilityCriterion, StructuredTrial, key_of
from tenfold.guidance.trials.reasons import (
    AS_FAR_AS_KNOWN,
    ASKED,
    CRITERION_SCHEMA,
    DOES_NOT_MATCH,
    MATCHES,
    NO_CRITERION,
    NOT_KNOWN,
    asked,
    facts_key,
    reason,
    told,
    value_of,
)
from tenfold.logic.answering import answer
from tenfold.logic.criterion import Criterion, Facts
from tenfold.logic.decision import Decision, Rule, otherwise
from tenfold.logic.explain import Explanation, explain

OLD_AFTER_DAYS = 180
"""A status is called old after so many days: Tenfold's choice, no source."""
OPEN = ("recruiting", "enrolling by invitation")

SCHEMA: dict[str, Any] = {
    "patient_id": pl.String(),
    "trial": pl.String(),
    "title": pl.String(),
    "match": pl.Boolean(),
    "answer": pl.String(),
    "reasons": pl.List(pl.String()),
    "decided_by": pl.List(pl.String()),
    "criteria": pl.List(pl.Struct(CRITERION_SCHEMA)),
    "exact": pl.Boolean(),
    "complete": pl.Boolean(),
    "left_out": pl.String(),
    "status": pl.String(),
    "status_date": pl.Date(),
    "recruiting": pl.Boolean(),
    "status_note": pl.String(),
    "source": pl.String(),
}
"""The columns of what `matches` returns."""
CRITERION = list(CRITERION_SCHEMA)
OF_THE_TRIAL = ("title", "complete", "status", "status_date", "source")
OF_ITS_STATUS = ("trial", "left_out", "recruiting", "status_note")
KEYS = {"_pattern": pl.UInt32(), "_trial": pl.Int32()}


def matches(
    picture: pl.DataFrame,
    trials: Sequence[StructuredTrial],
    on: date | int | None,
    *,
    old_after_days: int = OLD_AFTER_DAYS,
) -> pl.DataFrame:
    """Return one row per patient and trial (`SCHEMA`), patients in the order of the picture, trials as given; no registries.

    `match` is true, false or null (not known, or a match as far as is known: `answer` tells which). `reasons` name what
    rules the patient out, else what is not known, else what allows; `criteria` has the state of every one. `on`: the index
    day, against which the age of a status is told; of days that are only counted it cannot be. ValueError if two trials
    have one id, or if the picture has no patients' ids or a column of another kind than the fact.
    """
    _refuse_unusable(picture, trials)
    trials = [trial for trial in trials if trial.kind != REGISTRY]
    decisions = {trial.id: decision(trial) for trial in trials if trial.criteria}
    columns = {name for trial in trials for name in _columns(trial)}
    used = [name for name in picture.columns if name in columns]
    people = picture.select("patient_id", *used, _any=pl.lit(0)).with_row_index("_row")
    # Patients of whom the same is known are told the same.
    patterns = people.select("_any", *used).unique().with_row_index("_pattern")
    answered = answer(patterns, list(decisions.values())) if decisions else patterns
    if not trials:
        return pl.DataFrame(schema=SCHEMA)
    lacking = frozenset(columns) - frozenset(picture.columns)
    noted = [status_note(trial, on, old_after_days) for trial in trials]
    of_trial = pl.DataFrame(
        {
            "_trial": range(len(trials)),
            **{name: [getattr(trial, name) for trial in trials] for name in OF_THE_TRIAL},
            "trial": [trial.id for trial in trials],
            "left_out": [_left_out(trial) for trial in trials],
            "recruiting": [recruiting for recruiting, _ in noted],
            "status_note": [note for _, note in noted],
        },
        {"_trial": pl.Int32(), **{name: SCHEMA[name] for name in (*OF_THE_TRIAL, *OF_ITS_STATUS)}},
    )
    answers = _answers(answered, trials)
    rows = (
        answers.join(_criteria(answered, answers, trials, lacking), on=list(KEYS), how="left")
        .join(of_trial, on="_trial")
        .with_columns(
            pl.col("criteria").fill_null(pl.lit([], SCHEMA["criteria"])),
            pl.col("reasons").fill_null(pl.lit([NO_CRITERION], SCHEMA["reasons"])),
        )
    )
    return (
        people.join(patterns, on=["_any", *used], how="left", nulls_equal=True)
        .select("_row", "patient_id", "_pattern")
        .join(rows, on="_pattern")
        .sort("_row", "_trial")
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


def explanation(patient: Mapping[str, Any], trial: StructuredTrial) -> Explanation:
    """Explain one trial for one patient's row of the picture. ValueError if no criterion of the trial is structured."""
    if not trial.criteria:
        raise ValueError(f"{trial.id}: {NO_CRITERION}")
    question = decision(trial)
    row = {name: [patient[name]] for name in _columns(trial) if name in patient}
    frame = pl.DataFrame({"patient_id": [str(patient.get("patient_id"))], **row})
    _refuse_unusable(frame, [trial])
    [answered] = answer(frame, [question]).to_dicts()
    return explain(question, answered)


def status_note(
    trial: StructuredTrial, on: date | int | None, old_after_days: int = OLD_AFTER_DAYS
) -> tuple[bool | None, str | None]:
    """Whether a trial recruits by its status (None: not told), and what is to be said of it; None if nothing is."""
    word = trial.status.strip().lower()
    recruiting = True if word in OPEN else False if word in set(STATUSES.values()) - {"unknown"} else None
    said = []
    if recruiting is None:
        said.append(f"whether it recruits is not told by its status ({trial.status})")
    elif not recruiting:
        said.append(f"not recruiting: {trial.status}")
    elif word != OPEN[0]:
        said.append(trial.status)
    if trial.status_date is None:
        said.append("from when the status is, is not stated")
    elif isinstance(on, date):
        days = (on - trial.status_date).days
        if days > old_after_days:
            said.append(f"the status is of {trial.status_date}, {days} days old: look it up")
        elif days < 0:
            said.append(f"the status is of {trial.status_date}, later than the index day")
    return recruiting, "; ".join(said) or None


def together(known: Sequence[StructuredTrial], own: Sequence[StructuredTrial]) -> tuple[StructuredTrial, ...]:
    """Return a centre's own trials and those of the literature that it does not have itself; its own entry stands."""
    taken = {key_of(trial.id) for trial in own}
    return (*own, *(trial for trial in known if key_of(trial.id) not in taken))


@lru_cache(maxsize=1024)
def decision(trial: StructuredTrial) -> Decision:
    """Return a trial as a question: every inclusion must hold and no exclusion may."""
    names = [f"{key_of(trial.id)}_{position}" for position, _ in enumerate(trial.criteria, 1)]
    kinds = [criterion.kind for criterion in trial.criteria]

    def allowed(facts: Facts) -> Any:
        holds = [getattr(facts, name) for name in names]
        return reduce(and_, (fact if kind == "inclusion" else ~fact for fact, kind in zip(holds, kinds, strict=True)))

    inputs = {
        item.name: item for one in trial.criteria for condition in one.conditions for item in condition.fact.inputs
    }
    return Decision(
        name=f"trial {key_of(trial.id)} match",
        edition=str(trial.status_date) if trial.status_date else "",
        question=f"Does the patient match {trial.id}, {trial.title}?",
        citation=trial.source,
        inputs=tuple(inputs.values()),
        criteria=tuple(_criterion(*each) for each in zip(names, trial.criteria, strict=True)),
        rules=(
            Rule(MATCHES if trial.complete else AS_FAR_AS_KNOWN, allowed, "every inclusion holds and no exclusion"),
            Rule(DOES_NOT_MATCH, otherwise, "an inclusion does not hold, or an exclusion does"),
        ),
        caution=_left_out(trial) or "",
    )


def _criterion(name: str, criterion: EligibilityCriterion) -> Criterion:
    wording = criterion.wording if criterion.kind == "inclusion" else f"Exclusion: {criterion.wording}"
    conditions = criterion.conditions
    first = conditions[0].fact
    single = len(conditions) == 1
    code = pl.any_horizontal(condition.holds() for condition in conditions)
    said_by_name = all(
        one.fact.columns == (one.fact.name,) and (one.relation, one.value) == ("is", True) for one in conditions
    )
    return Criterion(
        name,
        wording,
        code,
        value=first.name if single and first.kind == "number" and not first.bounds else None,
        unit=first.unit,
        citation=criterion.source,
        parts=tuple(one.fact.name for one in conditions) if said_by_name and not single else (),
    )


def _answers(answered: pl.DataFrame, trials: Sequence[StructuredTrial]) -> pl.DataFrame:
    """One row per pattern of facts and trial."""
    said = {str(position): _answer(trial) for position, trial in enumerate(trials)}
    return _down(answered.select("_pattern", **said))


@lru_cache(maxsize=4096)
def _answer(trial: StructuredTrial) -> pl.Expr:
    """What is answered of one trial; where nothing of it is structured, it is not known."""
    if not trial.criteria:
        unknown, nothing = pl.lit(None, pl.Boolean), pl.lit([], pl.List(pl.String))
        return pl.struct(match=unknown, answer=pl.lit(NOT_KNOWN), exact=pl.lit(True), decided_by=nothing)
    question = decision(trial)
    key, wordings = question.key, {criterion.name: criterion.wording for criterion in question.criteria}
    return pl.struct(
        match=pl.when(pl.col(key) == MATCHES).then(True).when(pl.col(key) == DOES_NOT_MATCH).then(False),
        answer=pl.col(key).fill_null(NOT_KNOWN),
        exact=f"{key}_exact",
        decided_by=pl.col(f"{key}_decided_by").list.eval(pl.element().replace_strict(wordings, return_dtype=pl.String)),
    )


def _criteria(
    answered: pl.DataFrame, answers: pl.DataFrame, trials: Sequence[StructuredTrial], lacking: frozenset[str]
) -> pl.DataFrame:
    """The criteria and reasons of each pattern and trial, as lists in the order of the trial."""
    rows = [
        (position, *row)
        for position, trial in enumerate(trials)
        for row in _asked_of(trial, lacking & frozenset(_columns(trial)))
    ]
    asked_of = pl.DataFrame(rows, {"_trial": KEYS["_trial"], **ASKED}, orient="row").with_row_index("_order")
    values = {facts_key(one): _value_of(one) for trial in trials for one in trial.criteria}
    codes = _long(answered.select("_pattern", *asked_of["_column"]), "_column", "code")
    said = _long(answered.select("_pattern", **values), "_facts", "value")
    return (
        asked_of.join(codes, on="_column")
        .join(said, on=["_pattern", "_facts"])
        .join(answers.select(*KEYS, "answer"), on=list(KEYS))
        .with_columns(**told())
        .with_columns(reason=reason())
        .sort("_pattern", "_order")
        .group_by(*KEYS, maintain_order=True)
        .agg(criteria=pl.struct(CRITERION), reasons=pl.col("reason").drop_nulls())
    )


@lru_cache(maxsize=4096)
def _asked_of(trial: StructuredTrial, lacking: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """What is asked by each criterion of one trial."""
    if not trial.criteria:
        return ()
    return tuple(asked(*each, lacking) for each in zip(trial.criteria, decision(trial).criteria, strict=True))


@lru_cache(maxsize=4096)
def _value_of(criterion: EligibilityCriterion) -> pl.Expr:
    """To build it takes longer than to run it for one patient."""
    return value_of(criterion)


def _long(wide: pl.DataFrame, name: str, value: str) -> pl.DataFrame:
    """The columns beside `_pattern` below each other."""
    return wide.unpivot(index="_pattern", variable_name=name, value_name=value)


def _down(wide: pl.DataFrame) -> pl.DataFrame:
    """Columns of structs, numbered by name, below each other: `_trial` is the number."""
    long = wide.unpivot(index="_pattern", variable_name="_trial", value_name="_said")
    return long.with_columns(pl.col("_trial").cast(pl.Int32)).unnest("_said")


def _columns(trial: StructuredTrial) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(name for one in trial.criteria for condition in one.conditions for name in condition.fact.columns)
    )


def _left_out(trial: StructuredTrial) -> str | None:
    if trial.complete:
        return None
    return trial.left_out or "its structured criteria are not said to be complete"


def _refuse_unusable(picture: pl.DataFrame, trials: Sequence[StructuredTrial]) -> None:
    """ValueError in plain words for what cannot be matched."""
    if "patient_id" not in picture.columns:
        raise ValueError("the guidance picture has no column patient_id")
    keys: dict[str, str] = {}
    held = picture.schema
    for trial in trials:
        if (first := keys.get(key_of(trial.id))) is not None:
            raise ValueError(
                f"{first} and {trial.id} are one trial; a centre's own entry takes the place of a known one (`together`)"
            )
        keys[key_of(trial.id)] = trial.id
        for condition in (condition for one in trial.criteria for condition in one.conditions):
            for name in condition.fact.columns:
                if name in held and not _fits(held[name], condition.fact.kind):
                    raise ValueError(
                        f"the guidance picture's column {name} is {held[name]}; {condition.fact.wording} is a"
                        f" {condition.fact.kind}"
                    )


def _fits(dtype: pl.DataType, kind: str) -> bool:
    if dtype == pl.Null:
        return True
    if kind == "yes/no":
        return dtype == pl.Boolean
    return dtype.is_numeric() if kind == "number" else isinstance(dtype, pl.String | pl.Enum | pl.Categorical)
