"""What the molecular state is walked over and what it remembers: rows, rules, memory, and the small steps on them."""

from enum import CONTINUOUS, UNIQUE, IntEnum, verify
from typing import Any, NamedTuple

import numpy as np

from tenfold.logic.fold import NO, NONE, UNKNOWN, YES, tell
from tenfold.mrd.levels import UNSCALED


@verify(UNIQUE, CONTINUOUS)
class Kind(IntEnum):
    """What a row of a stream is. On one day, rows stand in this order."""

    UNRECORDED = 0
    REMISSION = 1
    HAEMATOLOGICAL_RELAPSE = 2
    SAMPLE = 3
    THERAPY = 4
    TRANSPLANT = 5


@verify(UNIQUE, CONTINUOUS)
class State(IntEnum):
    """Codes of `MolecularState`, in its order."""

    OUTSIDE_REMISSION = 0
    NOT_SAMPLED = 1
    NEGATIVE = 2
    DETECTABLE = 3
    PROGRESSION = 4
    RELAPSE_UNCONFIRMED = 5
    RELAPSE_UNCONFIRMED_TREATED = 6
    RELAPSE_CONFIRMED = 7
    IN_RELAPSE = 8
    RELAPSE_SUPERSEDED = 9


@verify(UNIQUE, CONTINUOUS)
class Phase(IntEnum):
    """How far a molecular relapse has come."""

    NONE = 0
    PENDING = 1
    IN_RELAPSE = 2
    TREATED = 3
    RESPONDED = 4


@verify(UNIQUE, CONTINUOUS)
class Reason(IntEnum):
    """Why a row has its state."""

    AT_DIAGNOSIS = 0
    NOT_IN_REMISSION = 1
    NEW_REMISSION = 2
    STILL_IN_REMISSION = 3
    INADEQUATE = 4
    NEGATIVE = 5
    NOT_CONFIRMED = 6
    FIRST_POSITIVE = 7
    NO_TENFOLD_RISE = 8
    CONVERSION = 9
    TENFOLD_RISE_FROM_LOW_LEVEL = 10
    TENFOLD_RISE_FROM_HIGHER_LEVEL = 11
    CONFIRMED = 12
    CONFIRMED_LATE = 13
    CONFIRMATION_WAIVED = 14
    STILL_POSITIVE = 15
    TREATMENT_BEFORE_CONFIRMATION = 16
    TREATMENT_OF_RELAPSE = 17
    TENFOLD_FALL = 18
    TENFOLD_RISE_AFTER_RESPONSE = 19
    HAEMATOLOGICAL_RELAPSE = 20
    SUPERSEDED = 21
    TRANSPLANTED = 22
    OTHER_THERAPY = 23
    RECORDS_INCOMPLETE = 24
    SAME_DAY = 25
    CONVERSION_TO_REPEAT = 26
    TENFOLD_RISE_AFTER_NEGATIVITY = 27
    LABORATORY_CHANGED = 28


@verify(UNIQUE, CONTINUOUS)
class Open(IntEnum):
    """What can be unknown about a row."""

    CALL = 0
    ADEQUACY = 1
    REMISSION = 2
    EARLIER_NEGATIVE = 3
    RISE = 4
    LOW_LEVEL = 5
    THERAPY = 6
    DAYS = 7
    FALL = 8
    WAIVER = 9
    TRANSPLANT = 10
    UNSEEN = 11
    ALIGNMENT = 12
    EDITION = 13


class Rows(NamedTuple):
    """The columns of the streams, in total order. Levels are log10 bounds on the scale of their family (percent)."""

    kind: Any
    earliest_day: Any
    latest_day: Any
    low: Any
    high: Any
    family: Any  # of the scale: ABL1, DIAGNOSIS ... or UNSCALED
    detected: Any
    adequate: Any
    at_diagnosis: Any
    superseded: Any  # another result of that day in the same stream counts instead
    no_call: Any  # the laboratory gave no call because the sample was not adequate
    history_known: Any  # MRD samples are recorded completely from here on
    therapy: Any  # YES where the row's therapy is one that bears on a relapse, UNKNOWN where its intent is not recorded
    treatments_known: Any
    transplants_known: Any
    responses_known: Any
    low_level_rule: Any  # the marker and method have a low-level rule (NPM1, core-binding factor, by qPCR)
    share_low: Any  # log10 bounds of the level in % of diagnosis, infinite where not known
    share_high: Any
    laboratory: Any  # who measured it, as a number of its own; levels of two laboratories never compare


class Rules(NamedTuple):
    """An edition's numbers, levels as log10."""

    every_state: int
    tenfold: float
    low_level: float
    confirm_within_days: int
    waived_from: float
    waiver: int  # from `waived_from` (% of diagnosis) on no second sample is needed
    conversion: int  # positive after negative is a suspected relapse, not only a reason to repeat
    rise_from_low_level: int  # a tenfold rise from low level is a suspected relapse, not only a progression
    rise_known: int  # `tenfold` is the step that the edition counts


LABORATORY_UNKNOWN = -2
"""The laboratory of this sample is not recorded though others' are: it may have been any."""

SCALES = UNSCALED
"""Families that have a nadir of their own."""

MEMORY = np.dtype(
    [
        ("remission", "i8"),
        ("standing", "i8"),
        ("was_negative", "i8"),
        ("nadir_low", "f8", (SCALES,)),  # lowest level of this epoch, by scale family
        ("nadir_high", "f8", (SCALES,)),
        ("nadir_at", "i8", (SCALES,)),
        ("phase", "i8"),
        ("phase_before", "i8"),  # where a suspicion returns to when it is not confirmed
        ("candidate", "i8"),  # the row that dates the relapse under way
        ("by_conversion", "i8"),
        ("mark_low", "f8"),  # the nadir that the candidate rose from
        ("mark_high", "f8"),
        ("last_at", "i8"),
        ("last_low", "f8"),
        ("last_high", "f8"),
        ("last_family", "i8"),
        ("base_at", "i8"),  # the last sample up to the start of treatment
        ("base_low", "f8"),
        ("base_high", "f8"),
        ("base_family", "i8"),
        ("laboratory", "i8"),  # of the last level of this epoch
        ("broken", "i8"),  # whether levels of this epoch come from laboratories that do not compare
        ("rising", "i8"),  # whether the last sample was a molecular progression
        ("relapses", "i8"),  # molecular relapses so far, this epoch and before
    ]
)
"""What is remembered of the rows before: the current remission epoch and the relapse under way in it."""


def _start() -> np.ndarray:
    memory = np.zeros(1, MEMORY)
    memory["remission"] = UNKNOWN
    memory["standing"] = State.NOT_SAMPLED
    memory["laboratory"] = NONE
    for field in MEMORY.names or ():
        if field.endswith(("_low", "_high")):
            memory[field] = np.inf
        if field.endswith("_at") or field == "candidate":
            memory[field] = NONE
        if field.endswith("_family"):
            memory[field] = UNSCALED
    return memory


START = _start()
"""The memory of a stream before its first row."""


def at_least(low: float, high: float, threshold: float) -> int:
    """Whether a quantity between two bounds is at least a threshold: yes, no or unknown."""
    if low >= threshold:
        return YES
    return UNKNOWN if high >= threshold else NO


def forget_levels(memory: Any, unknown: bool) -> None:
    """Begin the nadirs anew; where earlier samples may be missing they can be anything."""
    for scale in range(SCALES):
        memory.nadir_low[scale] = -np.inf if unknown else np.inf
        memory.nadir_high[scale] = np.inf
        memory.nadir_at[scale] = NONE


def reset(memory: Any, history_known: int) -> None:
    """Begin an epoch: what came before is kept for display and no longer compared with."""
    unknown = history_known != YES
    memory.was_negative = UNKNOWN if unknown else NO
    forget_levels(memory, unknown)
    memory.phase = Phase.NONE
    memory.phase_before = Phase.NONE
    memory.candidate = NONE
    memory.rising = NO
    memory.last_at = NONE
    memory.last_low, memory.last_high, memory.last_family = -np.inf, np.inf, UNSCALED
    memory.laboratory, memory.broken = NONE, NO


def break_line(memory: Any, laboratory: int) -> None:
    """Another laboratory measured this level: what was measured before can be anything on its scale."""
    if memory.laboratory != NONE and (memory.laboratory != laboratory or laboratory == LABORATORY_UNKNOWN):
        memory.broken = YES
        for scale in range(SCALES):
            if memory.nadir_low[scale] < np.inf:
                memory.nadir_low[scale], memory.nadir_high[scale] = -np.inf, np.inf
        memory.mark_low, memory.mark_high = -np.inf, np.inf
        memory.base_low, memory.base_high = -np.inf, np.inf
        memory.last_low, memory.last_high = -np.inf, np.inf
    memory.laboratory = laboratory


def remember_level(memory: Any, low: float, high: float, family: int, i: int) -> None:
    """Take a positive sample into the nadir of its scale; a bare call may have been the lowest on any."""
    if family == UNSCALED:
        for scale in range(SCALES):
            memory.nadir_low[scale] = -np.inf
    else:
        if high < memory.nadir_high[family]:
            memory.nadir_at[family] = i
        memory.nadir_low[family] = min(memory.nadir_low[family], low)
        memory.nadir_high[family] = min(memory.nadir_high[family], high)


def has_nadir(memory: Any, family: int) -> bool:
    """Whether an earlier level of this epoch lies, or may lie, on this scale."""
    return family != UNSCALED and memory.nadir_low[family] < np.inf


def stand(memory: Any, said: Any, state: int, reason: int, compared_with: int) -> None:
    """Say a state and remember it as the one the patient stands in."""
    memory.standing = state
    tell(said, state, reason, compared_with)
