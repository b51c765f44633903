"""What changes: one patient assessed with and without what is supposed, answer by answer.

Every decision of every frame of the assessment is compared, whatever it asks: models, classes, labels, responses, options,
steps and schedules. Traps: both assessments look at the same day, so that time alone changes nothing; of a frame with
several rows the last one of the patient (of each marker and tissue) is compared; an answer that stays the same for other
reasons is told apart from one that nothing touched; of a trial its reasons are compared too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from tenfold.assessment import PARTS, SILENT, Assessment, assess
from tenfold.catalogue import QUESTIONS
from tenfold.guidance.options.beside import questions
from tenfold.guidance.trials.eligibility import StructuredTrial, known_trials
from tenfold.guidance.trials.matching import matches
from tenfold.guidance.venetoclax.picture import dosing
from tenfold.logic.at_once import of_one_patient
from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Question
from tenfold.mrd.label import level_band
from tenfold.mrd.label_editions import label_decision
from tenfold.mrd.molecular_response import molecular_response
from tenfold.mrd.samples import STREAM, counts
from tenfold.mrd.tiong import cohort
from tenfold.records.registry import Registry
from tenfold.response.eln2022 import response_decision
from tenfold.settings import DEFAULTS, Settings
from tenfold.what_if.changes import parse
from tenfold.what_if.listed import Listed, listed_answers
from tenfold.what_if.suppose import LABEL, Supposition, suppose

POSSIBLE = "_possible"
STATE = "state"
KINDS = {
    "standing": "molecular state",
    "patients": "molecular state",
    "molecular": "last sample",
    "risk": "risk",
    "diagnosis": "risk and class",
    "responses": "molecular response",
    "marrows": "last marrow",
    "remissions": "last remission",
    "refractory": "refractory",
    "guidance": "options and steps",
    "dosing": "venetoclax",
}
"""What a frame's answers are about, in words; a frame that is not named here is called by its own name."""
NOT_ASKED = "not asked"


@dataclass(frozen=True)
class CriterionChange:
    """One criterion that reads otherwise: its level in words, None where it is not known."""

    wording: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Answer:
    """An answer: what is possible, what would decide it, whether the model applies, a score's total, the reason."""

    possible: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    scope: str | None = None
    total: tuple[str, str] | None = None
    reason: str | None = None

    @property
    def headline(self) -> str:
        """The answer as a sentence would say it."""
        if not self.possible:
            return NOT_ASKED if self.scope is None else "refused"
        doubt = "if it applies: " if self.scope == "unknown" else ""
        return doubt + " or ".join(self.possible)

    @property
    def compared(self) -> tuple[Any, ...]:
        """What makes it another answer."""
        return self.possible, self.scope, self.total


@dataclass(frozen=True)
class Difference:
    """One question whose answer, or whose reasons, change: `about` its room, `name` its own."""

    about: str
    name: str
    before: Answer
    after: Answer
    because: tuple[CriterionChange, ...]

    @property
    def moved(self) -> bool:
        """Whether the answer itself changes, and not only its reasons."""
        return self.before.compared != self.after.compared

    def as_data(self) -> dict[str, Any]:
        """The difference as plain data."""
        return {
            "about": self.about,
            "name": self.name,
            "before": {"headline": self.before.headline, **asdict(self.before)},
            "after": {"headline": self.after.headline, **asdict(self.after)},
            "because": [asdict(one) for one in self.because],
        }


@dataclass(frozen=True)
class WhatIf:
    """One patient with and without what is supposed. `registry` holds both; the records themselves are as they were."""

    patient_id: str
    suppositions: tuple[Supposition, ...]
    as_of: str | None
    changes: tuple[Difference, ...]
    same_answer: tuple[Difference, ...]
    unchanged: tuple[str, ...]
    registry: Registry
    before: Assessment
    after: Assessment

    def as_data(self) -> dict[str, Any]:
        """Everything as plain data, labelled as supposed."""
        return {
            "label": LABEL,
            "patient_id": self.patient_id,
            "as_of": self.as_of,
            "supposed": [asdict(one) for one in self.suppositions],
            "changes": [one.as_data() for one in self.changes],
            "same_answer_for_other_reasons": [one.as_data() for one in self.same_answer],
            "unchanged": list(self.unchanged),
        }


@of_one_patient
def what_if(
    registry: Registry,
    patient_id: str,
    texts: Sequence[str],
    settings: Settings = DEFAULTS,
    on: int | None = None,
    trials: Sequence[StructuredTrial] | None = None,
) -> WhatIf:
    """Suppose changes of one patient, written in plain words, and return what they change.

    `trials`: those that the patient is matched with before and after, the library's if None.
    KeyError for a patient who is not there; ValueError naming what is not understood or cannot be.
    """
    changes = [parse(text) for text in texts]
    first = assess(registry.patient(patient_id), settings, on)
    standing: dict[str, Any] = next(iter(first.risk.filter(pl.col("patient_id") == patient_id).to_dicts()), {})
    overt, phase = standing.get("relapsed_or_refractory"), standing.get("phase_order")
    supposed = suppose(registry, patient_id, changes, overt=overt, phase=phase, on=on)
    before = first if supposed.on == on else assess(supposed.recorded, settings, supposed.on)
    after = assess(supposed.registry, settings, supposed.on)
    found = differences(before, after, patient_id, trials)
    touched = [one for one in found if one.because or one.moved or one.before.reason != one.after.reason]
    return WhatIf(
        patient_id=patient_id,
        suppositions=supposed.suppositions,
        as_of=None if supposed.on is None else registry.format_day(supposed.on),
        changes=tuple(one for one in touched if one.moved),
        same_answer=tuple(one for one in touched if not one.moved),
        unchanged=tuple(one.name for one in found if one not in touched),
        registry=supposed.registry,
        before=before,
        after=after,
    )


def differences(
    before: Assessment, after: Assessment, patient_id: str, trials: Sequence[StructuredTrial] | None = None
) -> tuple[Difference, ...]:
    """Every question that either assessment answers of the patient, with both answers, changed or not."""
    asked = _questions(before.settings)
    first, second = _answers(before, patient_id, asked), _answers(after, patient_id, asked)
    found = [_course(before, after, patient_id)]
    for key in dict.fromkeys([*first, *second]):
        about, name, question_key = key
        (one, row), (other, new_row) = first.get(key, (Answer(), {})), second.get(key, (Answer(), {}))
        question = asked.get(question_key)
        because = () if question is None else _because(question, row, new_row)
        found.append(Difference(about, name, one, other, because))
    offered = known_trials() if trials is None else trials
    lists = [
        listed_answers(_frames(one) | {"trials": _matched(one, patient_id, offered)}, patient_id, one.registry)
        for one in (before, after)
    ]
    for about, name, frame in dict.fromkeys([*lists[0], *lists[1]]):
        one, other = (_listed(each.get((about, name, frame))) for each in lists)
        found.append(Difference(about, name, one, other, ()))
    return tuple(one for one in found if one.before.headline != NOT_ASKED or one.after.headline != NOT_ASKED)


def _questions(settings: Settings) -> dict[str, Question]:
    """Every question by the prefix of its columns, with the centre's own numbers where it has them."""
    of_settings: tuple[Question, ...] = (
        label_decision(settings),
        level_band(settings["mrd.low_level_below"]),
        cohort(settings["mrd.tiong_unconfirmed_from"]),
        molecular_response(settings["mrd.tenfold_log10"]),
        response_decision(settings["response.cri_reading"]),
        *questions(settings),
    )
    return {question.key: question for question in (*QUESTIONS, *of_settings)}


_Key = tuple[str, str, str]


def _answers(
    assessment: Assessment, patient_id: str, asked: Mapping[str, Question]
) -> dict[_Key, tuple[Answer, Mapping[str, Any]]]:
    """Every answer of the patient, by what it is about, its name and its columns, with the row it stands in."""
    found: dict[_Key, tuple[Answer, Mapping[str, Any]]] = {}
    for frame_name, frame in _frames(assessment).items():
        keys = [name.removesuffix(POSSIBLE) for name in frame.columns if name.endswith(POSSIBLE)]
        # The state of a stream is that of its last row, its labels are those of its last sample.
        if frame_name == "standing":
            keys = [STATE]
        elif frame_name == "molecular":
            keys = [key for key in keys if key != STATE]
            frame = frame.filter(counts())
        for row in _last_rows(frame, patient_id) if keys else []:
            for key in keys:
                answer = _answer(row, key, asked.get(key))
                found[(KINDS.get(frame_name, frame_name), _name(row, key, asked), key)] = (answer, row)
    return found


def _frames(assessment: Assessment) -> dict[str, pl.DataFrame]:
    """Every frame of patients' rows; beside them, on a day, the dose of venetoclax."""
    frames: dict[str, pl.DataFrame] = {name: getattr(assessment, name) for name in PARTS}
    if assessment.on is not None:
        frames["dosing"] = dosing(assessment.registry, assessment.risk, assessment.on)
    return frames


def _matched(assessment: Assessment, patient_id: str, trials: Sequence[StructuredTrial]) -> pl.DataFrame:
    """The trials that have a structured criterion, matched with the patient on the day of the assessment."""
    mine = assessment.guidance.filter(pl.col("patient_id") == patient_id)
    asked = [trial for trial in trials if trial.criteria]
    return matches(mine, asked, assessment.registry.date_of(assessment.on))


def _listed(found: Listed | None) -> Answer:
    return Answer() if found is None else Answer(found.said, reason=found.why or None)


def _last_rows(frame: pl.DataFrame, patient_id: str) -> list[dict[str, Any]]:
    """The patient's last row, of each marker and tissue where the frame tells them apart."""
    mine = frame.filter(pl.col("patient_id") == patient_id)
    if "order" in mine.columns:
        mine = mine.sort("order", nulls_last=False, maintain_order=True)
    by = [name for name in STREAM if name in mine.columns]
    return mine.group_by(by, maintain_order=True).last().sort(by).to_dicts()


def _name(row: Mapping[str, Any], key: str, asked: Mapping[str, Question]) -> str:
    """What a question is called, with the marker and tissue of which it is asked."""
    stream = [str(row[name]) for name in STREAM[1:] if row.get(name) is not None]
    where = f"{stream[0]} in {stream[1]}" + (f" by {stream[2]}" if len(stream) > 2 else "") if len(stream) > 1 else ""
    if key == STATE:
        return where or "over all markers and tissues"
    named = asked[key].name if key in asked else key.replace("_", " ")
    return f"{named}, {where}" if where else named


def _answer(row: Mapping[str, Any], key: str, question: Question | None) -> Answer:
    wordings = {} if question is None else {one.name: one.wording for one in question.criteria}
    low, high = row.get(f"{key}_low"), row.get(f"{key}_high")
    silent = key != STATE or row.get("reason") in SILENT
    return Answer(
        possible=tuple(row[f"{key}{POSSIBLE}"] or ()),
        decided_by=tuple(wordings.get(name, name) for name in row.get(f"{key}_decided_by") or ()),
        scope=row.get(f"{key}_scope"),
        total=None if low is None or high is None else (str(low), str(high)),
        reason=_compared_with(row) or (None if silent else row.get("reason")),
    )


def _compared_with(row: Mapping[str, Any]) -> str | None:
    """What a response to treatment is held against: not the sample before it, but the last one before the treatment."""
    before = row.get("pretreatment_sample_id")
    return (
        None if before is None else f"held against {before}, the last sample before {row['regimen'] or 'the treatment'}"
    )


def _because(question: Question, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[CriterionChange, ...]:
    """The criteria of a question that read otherwise."""
    if not before or not after:
        return ()
    levels = [(one, _level(one, before), _level(one, after)) for one in question.examined]
    return tuple(CriterionChange(one.wording, old, new) for one, old, new in levels if old != new)


def _level(criterion: Criterion, row: Mapping[str, Any]) -> str | None:
    code = row.get(criterion.column)
    return None if code is None else criterion.levels[code]


def _course(before: Assessment, after: Assessment, patient_id: str) -> Difference:
    """The last documented turn of the leukaemia: a remission or a relapse."""

    def turn(assessment: Assessment) -> Answer:
        row = assessment.patients.filter(pl.col("patient_id") == patient_id).to_dicts()
        return Answer((row[0]["last_turn"],)) if row and row[0]["last_turn"] else Answer()

    return Difference("course", "last documented turn", turn(before), turn(after), ())
