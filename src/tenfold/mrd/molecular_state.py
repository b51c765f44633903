"""ELN molecular state over time: where a patient stands after each sample of one marker in one tissue.

Traps: a tenfold rise counts at exactly ten times; a relapse is dated at its first sample and a later one only confirms
it; negativity in an earlier remission is not negativity in this one; a negative second sample after treatment began is
a response, not a refutation; a sample too poor to call negative is skipped, one whose call is unknown is not.

Heuser et al., Blood 2021;138:2753-2767, as carried into Döhner et al., Blood 2022;140:1345-1377 and quoted by Thol,
Döhner and Ganser, Blood 2024;143:11-20, Table 1. Where the papers are silent (resets, treated and superseded relapses,
intervals, second relapses) the reading is ours and is named in the reason.
"""

from typing import Any

import numpy as np

from tenfold.logic.fold import NO, NONE, UNKNOWN, YES, Fold, Said, settle, tell
from tenfold.mrd.levels import ABL1, UNSCALED
from tenfold.mrd.molecular_memory import (
    SCALES,
    START,
    Kind,
    Open,
    Phase,
    Reason,
    State,
    at_least,
    break_line,
    forget_levels,
    has_nadir,
    remember_level,
    reset,
    stand,
)
from tenfold.mrd.molecular_words import ELN2021, QUESTIONS, REASONS, THOL
from tenfold.vocabulary import MolecularState


def treat(memory: Any, said: Any, reason: int) -> None:
    """Open a treated epoch: from here a fall is measured against the last sample, a rise against what follows."""
    pending, confirmed = memory.phase == Phase.PENDING, memory.phase == Phase.IN_RELAPSE
    if pending:
        memory.relapses += 1
    memory.base_at, memory.base_family = memory.last_at, memory.last_family
    memory.base_low, memory.base_high = memory.last_low, memory.last_high
    memory.phase = Phase.TREATED
    memory.was_negative = NO
    forget_levels(memory, False)
    if pending:
        stand(memory, said, State.RELAPSE_UNCONFIRMED_TREATED, reason, memory.candidate)
    else:
        state = State.IN_RELAPSE if confirmed else memory.standing
        stand(memory, said, state, Reason.TREATMENT_OF_RELAPSE, memory.base_at)


def risen(memory: Any, rules: Any, low: float, high: float, path: Any) -> int:
    """Settle whether a change between two bounds, in log10, is a tenfold rise."""
    if rules.rise_known != YES:
        return settle(path, NO if high <= 0 else UNKNOWN, Open.EDITION)
    return settle(path, at_least(low, high, rules.tenfold), Open.ALIGNMENT if memory.broken == YES else Open.RISE)


def fallen(memory: Any, rules: Any, low: float, high: float, path: Any) -> int:
    """Settle whether a fall between two bounds, in log10, is tenfold."""
    if rules.rise_known != YES:
        return settle(path, NO if high <= 0 else UNKNOWN, Open.EDITION)
    return settle(path, at_least(low, high, rules.tenfold), Open.ALIGNMENT if memory.broken == YES else Open.FALL)


def under_suspicion(memory: Any) -> Any:
    """Whether a relapse was suspected and never confirmed, treated or not."""
    pending = memory.phase == Phase.PENDING
    return pending or (memory.phase == Phase.TREATED and memory.standing == State.RELAPSE_UNCONFIRMED_TREATED)


def step_haematological_relapse(memory: Any, rows: Any, i: int, said: Any) -> None:
    """Leave remission. A suspected molecular relapse is superseded; a further document of the relapse changes nothing."""
    if memory.remission == NO:
        tell(said, memory.standing, Reason.HAEMATOLOGICAL_RELAPSE, NONE)
        return
    candidate, suspected, pending = memory.candidate, under_suspicion(memory), memory.phase == Phase.PENDING
    memory.remission = NO
    reset(memory, rows.history_known[i])
    if suspected:
        if pending:
            memory.relapses += 1
        memory.candidate = candidate
        stand(memory, said, State.RELAPSE_SUPERSEDED, Reason.SUPERSEDED, candidate)
    else:
        stand(memory, said, State.OUTSIDE_REMISSION, Reason.HAEMATOLOGICAL_RELAPSE, NONE)


def step_transplant(memory: Any, rows: Any, i: int, path: Any, said: Any) -> None:
    """Begin anew after an allogeneic graft. A suspected relapse stays treated and unconfirmed."""
    candidate, suspected, pending = memory.candidate, under_suspicion(memory), memory.phase == Phase.PENDING
    reset(memory, rows.history_known[i])
    if suspected:
        if pending:
            memory.relapses += 1
        memory.candidate = candidate
        stand(memory, said, State.RELAPSE_UNCONFIRMED_TREATED, Reason.TRANSPLANTED, candidate)
    elif settle(path, memory.remission, Open.REMISSION) == NO:
        stand(memory, said, State.OUTSIDE_REMISSION, Reason.TRANSPLANTED, NONE)
    else:
        stand(memory, said, State.NOT_SAMPLED, Reason.TRANSPLANTED, NONE)
    if memory.remission == NO:
        memory.remission = UNKNOWN


def step_event(memory: Any, rows: Any, i: int, path: Any, said: Any) -> None:
    """Take a remission, a haematological relapse, a therapy or a transplant."""
    kind = rows.kind[i]
    if kind == Kind.REMISSION:
        if memory.remission == YES:
            tell(said, memory.standing, Reason.STILL_IN_REMISSION, NONE)
        else:
            memory.remission = YES
            reset(memory, rows.history_known[i])
            stand(memory, said, State.NOT_SAMPLED, Reason.NEW_REMISSION, NONE)
    elif kind == Kind.HAEMATOLOGICAL_RELAPSE:
        step_haematological_relapse(memory, rows, i, said)
    elif kind == Kind.TRANSPLANT:
        step_transplant(memory, rows, i, path, said)
    else:
        relapsing = memory.phase == Phase.PENDING or memory.phase == Phase.IN_RELAPSE or memory.phase == Phase.TREATED
        if relapsing and settle(path, rows.therapy[i], Open.THERAPY) == YES:
            treat(memory, said, Reason.TREATMENT_BEFORE_CONFIRMATION)
        else:
            tell(said, memory.standing, Reason.OTHER_THERAPY, NONE)
        if memory.remission == NO:  # a second remission may follow, documented or not
            memory.remission = UNKNOWN


def step_negative(memory: Any, rules: Any, i: int, said: Any) -> None:
    """Take an adequate negative sample. Where conversion alone is no relapse, a rise is looked for after negativity."""
    if rules.conversion == NO:
        forget_levels(memory, False)
    if memory.phase == Phase.PENDING:
        stand(memory, said, State.NEGATIVE, Reason.NOT_CONFIRMED, memory.candidate)
    else:
        stand(memory, said, State.NEGATIVE, Reason.NEGATIVE, memory.last_at)
    memory.was_negative = YES
    memory.phase = Phase.NONE
    memory.candidate = NONE
    memory.rising = NO


def step_second(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    """Take the positive sample after a candidate: it confirms the relapse or does not."""
    candidate = memory.candidate
    soonest = rows.earliest_day[i] - rows.latest_day[candidate]
    latest = rows.latest_day[i] - rows.earliest_day[candidate]
    if latest <= 0:
        tell(said, memory.standing, Reason.SAME_DAY, NONE)
        return
    still = YES
    if memory.by_conversion == NO:
        low, high = -np.inf, np.inf
        if rows.family[i] == rows.family[candidate]:
            low, high = rows.low[i] - memory.mark_high, rows.high[i] - memory.mark_low
        still = risen(memory, rules, low, high, path)
    said[Said.RISE] = still
    if still == NO:
        memory.phase = memory.phase_before
        memory.candidate = NONE
        stand(memory, said, State.DETECTABLE, Reason.NOT_CONFIRMED, candidate)
        return
    late = settle(path, at_least(soonest, latest, rules.confirm_within_days + 1), Open.DAYS)
    confirm(memory, said, Reason.CONFIRMED_LATE if late == YES else Reason.CONFIRMED, candidate)


def confirm(memory: Any, said: Any, reason: int, compared_with: int) -> None:
    """Call the candidate a confirmed relapse, dated at its first sample."""
    memory.phase = Phase.IN_RELAPSE
    memory.relapses += 1
    said[Said.CONFIRMED] = YES
    stand(memory, said, State.RELAPSE_CONFIRMED, reason, compared_with)


def suspect(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any, reason: int) -> None:
    """Make this sample the candidate of a relapse; an edition may waive the second sample from some level on."""
    family = rows.family[i]
    compared_with = memory.last_at
    memory.mark_low, memory.mark_high = -np.inf, np.inf
    if reason != Reason.CONVERSION and has_nadir(memory, family):
        compared_with = memory.nadir_at[family]
        memory.mark_low, memory.mark_high = memory.nadir_low[family], memory.nadir_high[family]
        if rules.rise_known == YES:  # on a path that takes this for a tenfold rise, it rose from no more than a tenth
            memory.mark_high = min(memory.mark_high, rows.high[i] - rules.tenfold)
    memory.candidate = i
    memory.by_conversion = YES if reason == Reason.CONVERSION else NO
    memory.phase_before = memory.phase
    memory.phase = Phase.PENDING
    stand(memory, said, State.RELAPSE_UNCONFIRMED, reason, compared_with)
    if settle(path, rules.waiver, Open.EDITION) == YES:
        waived = at_least(rows.share_low[i], rows.share_high[i], rules.waived_from)
        if settle(path, waived, Open.WAIVER) == YES:
            confirm(memory, said, Reason.CONFIRMATION_WAIVED, compared_with)


def step_positive(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    """Take a positive sample where no relapse is under way."""
    family = rows.family[i]
    if memory.phase == Phase.NONE:
        memory.was_negative = settle(path, memory.was_negative, Open.EARLIER_NEGATIVE)
        if memory.was_negative == YES and settle(path, rules.conversion, Open.EDITION) == YES:
            suspect(memory, rows, rules, i, path, said, Reason.CONVERSION)
            return
    compared = False
    for scale in range(SCALES):
        compared = compared or has_nadir(memory, scale)
    if not compared:
        converted = memory.phase == Phase.NONE and memory.was_negative == YES
        reason = Reason.CONVERSION_TO_REPEAT if converted else Reason.FIRST_POSITIVE
        stand(memory, said, State.DETECTABLE, reason, memory.last_at)
        return
    low, high, nadir_at = -np.inf, np.inf, NONE
    if has_nadir(memory, family):
        nadir_at = memory.nadir_at[family]
        low, high = rows.low[i] - memory.nadir_high[family], rows.high[i] - memory.nadir_low[family]
    rise = risen(memory, rules, low, high, path)
    said[Said.RISE] = rise
    if rise == NO:
        memory.rising = NO
        unaligned = memory.broken == YES and high == np.inf
        reason = Reason.LABORATORY_CHANGED if unaligned else Reason.NO_TENFOLD_RISE
        stand(memory, said, State.DETECTABLE, reason, nadir_at)
        return
    if memory.phase == Phase.RESPONDED:
        suspect(memory, rows, rules, i, path, said, Reason.TENFOLD_RISE_AFTER_RESPONSE)
        return
    if memory.phase == Phase.NONE and memory.was_negative == YES:  # an edition in which conversion is only repeated
        suspect(memory, rows, rules, i, path, said, Reason.TENFOLD_RISE_AFTER_NEGATIVITY)
        confirm(memory, said, Reason.TENFOLD_RISE_AFTER_NEGATIVITY, nadir_at)
        return
    from_low = NO
    if rows.low_level_rule[i] != NO:
        from_low = UNKNOWN
        if family == ABL1 and memory.nadir_high[family] < rules.low_level:
            from_low = YES
        elif family == ABL1 and memory.nadir_low[family] >= rules.low_level:
            from_low = NO
        if rows.low_level_rule[i] == UNKNOWN and from_low == YES:
            from_low = UNKNOWN
    counts = settle(path, rules.rise_from_low_level, Open.EDITION)
    if counts == YES and settle(path, from_low, Open.LOW_LEVEL) == YES:
        suspect(memory, rows, rules, i, path, said, Reason.TENFOLD_RISE_FROM_LOW_LEVEL)
        return
    said[Said.CONFIRMED] = memory.rising
    memory.rising = YES
    stand(memory, said, State.PROGRESSION, Reason.TENFOLD_RISE_FROM_HIGHER_LEVEL, nadir_at)


def step_unrecorded(memory: Any, rows: Any, i: int, path: Any, said: Any) -> None:
    """Take in what may have come since the last row without being recorded: a sample, a transplant, a treatment."""
    if rows.history_known[i] != YES and memory.last_at != NONE:
        if memory.was_negative == NO:
            memory.was_negative = UNKNOWN
        for scale in range(SCALES):
            memory.nadir_low[scale] = -np.inf
        relapse = memory.phase == Phase.PENDING or memory.phase == Phase.IN_RELAPSE
        if relapse and settle(path, UNKNOWN, Open.UNSEEN) == YES:
            memory.phase = Phase.NONE
            memory.candidate = NONE
    compares = memory.was_negative != NO or memory.phase != Phase.NONE
    for scale in range(SCALES):
        compares = compares or memory.nadir_low[scale] < np.inf
    if compares and rows.transplants_known[i] != YES and settle(path, UNKNOWN, Open.TRANSPLANT) == YES:
        reset(memory, rows.history_known[i])
    relapsing = memory.phase == Phase.PENDING or memory.phase == Phase.IN_RELAPSE or memory.phase == Phase.TREATED
    if relapsing and rows.treatments_known[i] != YES and settle(path, UNKNOWN, Open.THERAPY) == YES:
        treat(memory, said, Reason.TREATMENT_BEFORE_CONFIRMATION)


def in_remission(memory: Any, rows: Any, i: int, path: Any) -> bool:
    """Whether the patient is in remission at a sample, by the documents or by the path that is being tried.

    A remission that is not documented may have begun since the last sample: only a "yes" is remembered.
    """
    remission = memory.remission
    if remission == NO and (rows.treatments_known[i] != YES or rows.responses_known[i] != YES):
        remission = UNKNOWN
    if remission == UNKNOWN:
        if settle(path, UNKNOWN, Open.REMISSION) == NO:
            return False
        if memory.standing == State.OUTSIDE_REMISSION or memory.standing == State.RELAPSE_SUPERSEDED:
            reset(memory, rows.history_known[i])
        memory.remission = YES
        return True
    return bool(remission == YES)


def step_sample(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    """Take a sample: skip it, or read it as negative or positive in the current remission."""
    if rows.superseded[i] == YES:
        tell(said, memory.standing, Reason.SAME_DAY, NONE)
        return
    if rows.adequate[i] == NO and (rows.detected[i] == NO or rows.no_call[i] == YES):
        tell(said, memory.standing, Reason.INADEQUATE, NONE)
        return
    if rows.at_diagnosis[i] == YES:
        stand(memory, said, State.OUTSIDE_REMISSION, Reason.AT_DIAGNOSIS, NONE)
        return
    detected = settle(path, rows.detected[i], Open.CALL)
    if detected == NO and settle(path, rows.adequate[i], Open.ADEQUACY) == NO:
        tell(said, memory.standing, Reason.INADEQUATE, NONE)
        return
    step_unrecorded(memory, rows, i, path, said)
    if not in_remission(memory, rows, i, path):
        stand(memory, said, State.OUTSIDE_REMISSION, Reason.NOT_IN_REMISSION, NONE)
        return
    low, high, family = rows.low[i], rows.high[i], rows.family[i]
    if detected == NO:
        step_negative(memory, rules, i, said)
        low = -np.inf
    else:
        break_line(memory, rows.laboratory[i])
        if memory.phase == Phase.PENDING:
            step_second(memory, rows, rules, i, path, said)
        elif memory.phase == Phase.IN_RELAPSE:
            said[Said.CONFIRMED], said[Said.RISE] = YES, 1 - memory.by_conversion
            stand(memory, said, State.IN_RELAPSE, Reason.STILL_POSITIVE, memory.candidate)
        elif memory.phase == Phase.TREATED:
            fall_low, fall_high = -np.inf, np.inf
            if memory.base_family == family and family != UNSCALED:
                fall_low, fall_high = memory.base_low - high, memory.base_high - low
            if fallen(memory, rules, fall_low, fall_high, path) == YES:
                memory.phase = Phase.RESPONDED
                stand(memory, said, State.DETECTABLE, Reason.TENFOLD_FALL, memory.base_at)
            else:
                tell(said, memory.standing, Reason.STILL_POSITIVE, memory.base_at)
        else:
            step_positive(memory, rows, rules, i, path, said)
        remember_level(memory, low, high, family, i)
    memory.last_at, memory.last_family = i, family
    memory.last_low, memory.last_high = low, high


def step(memory: Any, rows: Any, rules: Any, i: int, path: Any, said: Any) -> None:
    """Take one row of a stream: a sample, or an event of the patient's course."""
    if rows.kind[i] == Kind.SAMPLE:
        step_sample(memory, rows, rules, i, path, said)
    elif rows.kind[i] == Kind.UNRECORDED:
        reset(memory, NO)
        tell(said, memory.standing, Reason.RECORDS_INCOMPLETE, NONE)
    else:
        step_event(memory, rows, i, path, said)
    said[Said.EARLIER_NEGATIVE] = memory.was_negative
    if memory.candidate != NONE:
        said[Said.RELAPSE] = memory.candidate
        said[Said.NUMBER] = max(NONE, memory.relapses + (1 if memory.phase == Phase.PENDING else 0))


MOLECULAR_STATE = Fold(
    name="molecular_state",
    edition="ELN-MRD-2021",
    question="Where does the patient stand, in this marker and tissue, after each sample?",
    citation=f"{ELN2021}; {THOL}",
    step=step,
    memory=START,
    shown=frozenset({"nadir_at", "last_at", "base_at", "relapses"}),
    states=tuple(MolecularState),
    reasons=REASONS,
    questions=QUESTIONS,
)
