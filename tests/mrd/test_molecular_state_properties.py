"""What must always hold of the molecular state, whatever the samples."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from walking import RELAPSE, REMISSION, THERAPY, TRANSPLANT, rows_of, states, walk

from tenfold.mrd.molecular_memory import Rows
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.streams import rules
from tenfold.settings import DEFAULTS

LEVELS = [0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 1.9, 2.0, 5.0, 20.0, 100.0]
known = st.one_of(
    st.sampled_from(["neg", "neg", "inadequate", "det", *LEVELS]),
    st.sampled_from([REMISSION, RELAPSE, THERAPY, TRANSPLANT]),
    st.tuples(st.just("dx"), st.sampled_from(LEVELS)),
)
unknown = st.sampled_from(["unknown", "neg?", [0.001, 5.0]])


def series(rows: st.SearchStrategy[Any], most: int = 12) -> st.SearchStrategy[list[tuple[int, Any]]]:
    gaps = st.integers(1, 60)
    return st.lists(st.tuples(gaps, rows), min_size=1, max_size=most).map(
        lambda steps: list(zip(np.cumsum([gap for gap, _ in steps]).tolist(), [row for _, row in steps], strict=True))
    )


@given(series(st.one_of(known, unknown)), st.data())
def test_later_rows_never_change_earlier_states(specs: list[Any], data: st.DataObject) -> None:
    """No future leakage: the state as of a day is the last row on or before it."""
    cut = data.draw(st.integers(1, len(specs)))
    whole, part = walk(specs), walk(specs[:cut])
    for name, values in part.items():
        assert (whole[name][:cut] == values).all(), name


@given(st.lists(series(st.one_of(known, unknown)), min_size=1, max_size=8), st.sampled_from([0, 1]))
def test_the_compiled_fold_equals_the_plain_one_and_streams_do_not_touch(many: list[Any], treatments: int) -> None:
    parts = [rows_of(specs, treatments=treatments) for specs in many]
    together = Rows(*[np.concatenate(columns) for columns in zip(*parts, strict=True)])
    starts = np.concatenate([[0], np.cumsum([len(specs) for specs in many])])
    compiled = MOLECULAR_STATE.walk(together, rules(DEFAULTS), starts, compiled=True)
    plain = MOLECULAR_STATE.walk(together, rules(DEFAULTS), starts, compiled=False)
    for name, values in plain.items():
        assert (compiled[name] == values).all(), name
    for specs, start, end in zip(many, starts[:-1], starts[1:], strict=True):
        alone = walk(specs, treatments=treatments)
        offset = {"since", "compared_with", "relapse"}
        for name, values in alone.items():
            shifted = np.where(values >= 0, values + start, values) if name in offset else values
            assert (plain[name][start:end] == shifted).all(), name


COMPLETIONS = {"unknown": ["neg", "inadequate", "det", 0.001, 0.05, 0.5, 2.0, 20.0], "neg?": ["neg", "inadequate"]}


@given(series(st.one_of(known, unknown), most=7))
def test_the_set_contains_every_state_that_the_unknowns_could_give(specs: list[Any]) -> None:
    choices = []
    for day, what in specs:
        if isinstance(what, list):
            filled = [0.001, 0.03, 0.4, 5.0]
        else:
            filled = COMPLETIONS.get(what, [what]) if isinstance(what, str) else [what]
        choices.append([(day, value) for value in filled])
    possible = states(specs)
    for completed in itertools.islice(itertools.product(*choices), 64):
        for wide, narrow in zip(possible, states(list(completed)), strict=True):
            assert narrow <= wide


@given(series(st.one_of(known, unknown)), st.data())
def test_marking_a_call_unknown_can_only_widen(specs: list[Any], data: st.DataObject) -> None:
    samples = [i for i, (_, what) in enumerate(specs) if what not in (REMISSION, RELAPSE, THERAPY, TRANSPLANT)]
    if not samples:
        return
    blanked = list(specs)
    at = data.draw(st.sampled_from(samples))
    blanked[at] = (specs[at][0], "unknown") if specs[at][1] != "neg?" else specs[at]
    rows = rows_of(blanked)
    if specs[at][1] == "inadequate" or specs[at][1] == "neg?":
        rows.adequate[at] = 2
    wide = MOLECULAR_STATE.walk(rows, rules(DEFAULTS), np.array([0, len(specs)]), compiled=False)["states"]
    narrow = walk(specs)["states"]
    # Where too many memories are possible every state is said to be: that is no answer which could be widened.
    said = narrow != MOLECULAR_STATE.every_state
    assert ((wide & narrow) == narrow)[said].all()


@given(series(known))
def test_a_patient_of_whom_everything_is_known_has_one_state(specs: list[Any]) -> None:
    """Levels exact on one scale, and in the first remission: after a relapse the next one may go undocumented."""
    known_rows = [(0, REMISSION)] + [r for r in specs if not isinstance(r[1], tuple) and r[1] not in ("det", RELAPSE)]
    assert all(len(possible) == 1 for possible in states(known_rows))


@given(st.lists(st.floats(-4, 1.5), min_size=2, max_size=8), st.integers(0, 6))
def test_samples_added_from_the_same_noise_free_curve_never_lose_a_confirmed_relapse(
    exponents: list[float], extra: int
) -> None:
    """Levels that only rise: 0.001 % doubling; a denser schedule sees the same relapse, never later."""
    from tenfold.mrd.molecular_memory import State

    rate = 0.02 + 0.01 * (abs(exponents[0]) % 3)
    start = -3 + (exponents[1] % 1)

    def curve(day: int) -> float:
        return float(10 ** (start + rate * day))

    sparse = list(range(10, 200, 40))
    dense = sorted({*sparse, *(15 + 23 * k for k in range(extra))})
    confirmed = [
        any(
            State.RELAPSE_CONFIRMED in possible for possible in states([(0, REMISSION), *((d, curve(d)) for d in days)])
        )
        for days in (sparse, dense)
    ]
    assert confirmed[1] or not confirmed[0]
