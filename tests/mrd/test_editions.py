"""What changes when the edition does, and when the laboratory does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from walking import RELAPSE, REMISSION, THERAPY, last, rows_of, states, walk

from tenfold.logic.fold import UNKNOWN
from tenfold.mrd.editions import edition, editions
from tenfold.mrd.molecular_memory import LABORATORY_UNKNOWN, Open, Reason, State
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.streams import rules
from tenfold.settings import DEFAULTS

OLD, NEW, OPEN = "ELN-MRD-2018", "ELN-MRD-2021", "ELN-MRD-2025"
CONVERSION = [(0, REMISSION), (10, "neg"), (100, 0.05), (120, 0.06)]
RISE = [(0, REMISSION), (10, "neg"), (100, 0.05), (120, 0.5)]
RISE_FROM_LOW_LEVEL = [(0, REMISSION), (10, 0.05), (100, 0.5), (120, 0.6)]


def reasons(specs: list[Any], **facts: Any) -> list[int]:
    return walk(specs, **facts)["reason"].tolist()


def test_every_edition_that_can_be_set_is_described() -> None:
    assert set(editions()) == set(DEFAULTS.entries["mrd.edition"].words)
    with pytest.raises(KeyError, match="ELN-MRD-2021"):
        edition("ELN-MRD-1999")


def test_a_conversion_is_a_relapse_in_2021_and_a_reason_to_repeat_in_2018() -> None:
    assert last(CONVERSION, edition=NEW) == State.RELAPSE_CONFIRMED
    assert last(CONVERSION, edition=OLD) == State.DETECTABLE
    assert reasons(CONVERSION, edition=OLD)[2] == Reason.CONVERSION_TO_REPEAT


def test_in_2018_a_tenfold_rise_between_two_positives_after_negativity_is_the_relapse_dated_at_the_rise() -> None:
    assert last(RISE, edition=OLD) == State.RELAPSE_CONFIRMED
    walked = walk(RISE, edition=OLD)
    assert walked["reason"][3] == Reason.TENFOLD_RISE_AFTER_NEGATIVITY
    assert walked["relapse"][3] == 3
    assert walked["compared_with"][3] == 2
    assert walk(RISE, edition=NEW)["relapse"][3] == 2  # 2021 dates it at the conversion


def test_in_2018_a_tenfold_rise_in_persistence_is_progression_however_low_it_began() -> None:
    assert last(RISE_FROM_LOW_LEVEL, edition=NEW) == State.RELAPSE_CONFIRMED
    assert states(RISE_FROM_LOW_LEVEL, edition=OLD)[2] == {State.PROGRESSION}


def test_filo_counts_relapse_as_2021_does() -> None:
    for specs in (CONVERSION, RISE, RISE_FROM_LOW_LEVEL):
        assert states(specs, edition="FILO-2025") == states(specs, edition=NEW)


def test_in_2025_what_its_unread_thresholds_decide_is_left_open_and_says_so() -> None:
    walked = walk(CONVERSION, edition=OPEN)
    assert states(CONVERSION, edition=OPEN)[1] == {State.NEGATIVE}
    assert states(CONVERSION, edition=OPEN)[2] == {
        State.DETECTABLE,
        State.RELAPSE_UNCONFIRMED,
        State.RELAPSE_CONFIRMED,  # it may waive the second sample
    }
    assert walked["questions"][2] >> Open.EDITION & 1
    assert State.RELAPSE_CONFIRMED in states(RISE_FROM_LOW_LEVEL, edition=OPEN)[3]
    assert State.DETECTABLE in states(RISE_FROM_LOW_LEVEL, edition=OPEN)[3]


def test_in_2025_a_level_that_did_not_rise_is_no_relapse_by_any_threshold() -> None:
    assert last([(0, REMISSION), (10, 0.5), (100, 0.4)], edition=OPEN) == State.DETECTABLE


@pytest.mark.parametrize(
    ("level", "possible"),
    [(0.4, {State.IN_RELAPSE, State.DETECTABLE}), (0.6, {State.IN_RELAPSE}), (0.7, {State.IN_RELAPSE})],
)
def test_where_the_step_that_counts_was_not_read_any_fall_under_treatment_may_be_the_response(
    level: float, possible: set[State]
) -> None:
    specs = [(0, REMISSION), (10, "neg"), (40, 0.5), (60, 0.6), (62, THERAPY), (90, level)]
    unread = rules(DEFAULTS)._replace(rise_known=UNKNOWN)
    walked = MOLECULAR_STATE.walk(rows_of(specs), unread, np.array([0, len(specs)]), compiled=False)
    assert {state for state in State if walked["states"][-1] >> state & 1} == possible


@pytest.mark.parametrize("name", sorted(set(DEFAULTS.entries["mrd.edition"].words)))
def test_compiled_says_what_plain_says_in_every_edition(name: str) -> None:
    for specs in (CONVERSION, RISE, RISE_FROM_LOW_LEVEL, [*RISE, (130, THERAPY), (150, 0.04), (170, RELAPSE)]):
        plain, compiled = (walk(specs, edition=name, compiled=compiled) for compiled in (False, True))
        assert all((plain[key] == compiled[key]).all() for key in plain)


# -- laboratories -------------------------------------------------------------------------------------------------------


def at(laboratories: list[int]) -> dict[str, Any]:
    return {"laboratories": laboratories}


def test_a_change_of_laboratory_is_never_called_a_tenfold_rise() -> None:
    rise = [(0, REMISSION), (10, 0.05), (100, 0.6)]
    assert last(rise) == State.RELAPSE_UNCONFIRMED
    moved = states(rise, **at([0, 1, 2]))[2]
    assert State.DETECTABLE in moved
    assert State.RELAPSE_UNCONFIRMED in moved
    walked = walk(rise, **at([0, 1, 2]))
    assert walked["questions"][2] >> Open.ALIGNMENT & 1
    assert not walked["questions"][2] >> Open.RISE & 1


def test_a_rise_within_the_new_laboratory_is_one_whatever_the_old_one_said() -> None:
    assert states([(0, REMISSION), (10, 0.05), (100, 0.04), (130, 0.5)], **at([0, 1, 2, 2]))[3] <= {
        State.RELAPSE_UNCONFIRMED,
        State.RELAPSE_CONFIRMED,
        State.IN_RELAPSE,
        State.PROGRESSION,
    }


def test_a_conversion_stays_one_across_laboratories() -> None:
    assert last([(0, REMISSION), (10, "neg"), (100, 0.05), (120, 0.02)], **at([0, 1, 2, 3])) == State.RELAPSE_CONFIRMED


def test_a_fall_under_treatment_is_not_computed_across_laboratories() -> None:
    treated = [(0, REMISSION), (10, "neg"), (100, 0.5), (120, 0.9), (125, THERAPY), (160, 0.01)]
    assert last(treated) == State.DETECTABLE
    assert states(treated, **at([0, 1, 1, 1, 0, 2]))[5] == {State.DETECTABLE, State.IN_RELAPSE}


def test_a_laboratory_that_is_not_recorded_may_have_been_any() -> None:
    rise = [(0, REMISSION), (10, 0.05), (100, 0.6)]
    for laboratories in ([0, 1, LABORATORY_UNKNOWN], [0, LABORATORY_UNKNOWN, LABORATORY_UNKNOWN]):
        assert len(states(rise, **at(laboratories))[2]) > 1


def test_a_new_remission_forgets_the_break() -> None:
    specs = [(0, REMISSION), (10, 0.05), (100, 0.06), (200, RELAPSE), (250, REMISSION), (260, 0.05), (300, 0.6)]
    assert last(specs, **at([0, 1, 2, 0, 0, 2, 2])) == State.RELAPSE_UNCONFIRMED


def test_levels_measured_in_the_new_laboratory_alone_did_not_rise_whatever_laboratory_was_before() -> None:
    """The level of the old laboratory is forgotten: in 2018 with negativity, in 2021 with the treatment of the relapse."""
    again = [(0, REMISSION), (10, 0.05), (40, "neg"), (100, 0.05), (130, 0.06)]
    assert last(again, edition=OLD, **at([0, 1, 1, 2, 2])) == State.DETECTABLE
    assert reasons(again, edition=OLD, **at([0, 1, 1, 2, 2]))[-1] == Reason.NO_TENFOLD_RISE
    relapse = [*again[:3], (100, 0.5), (120, 0.6), (125, THERAPY)]
    responded = [*relapse, (160, 0.05), (190, 0.06)]
    assert last(responded, **at([0, 1, 1, 2, 2, 0, 2, 2])) == State.DETECTABLE
    assert reasons(responded, **at([0, 1, 1, 2, 2, 0, 2, 2]))[-1] == Reason.NO_TENFOLD_RISE
