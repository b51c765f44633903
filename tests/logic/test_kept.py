"""What is worked out once: kept by its own object, at once where it is small, and as an error where it cannot be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import polars as pl
import pytest

import tenfold
from tenfold.assessment import PARTS, assess
from tenfold.logic.at_once import FEW, at_once
from tenfold.logic.kept import kept


class Asked:
    def __init__(self, gate: Event) -> None:
        self.gate, self.times = gate, 0

    @kept
    def answer(self) -> int:
        assert self.gate.wait(20)
        self.times += 1
        return self.times


def test_who_asks_one_object_never_waits_for_another() -> None:
    shut, open_ = Event(), Event()
    open_.set()
    slow, quick = Asked(shut), Asked(open_)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: slow.answer)
        assert quick.answer == 1
        assert not waiting.done()
        shut.set()
        assert waiting.result(20) == 1


def test_many_who_ask_at_once_are_given_what_was_worked_out_once() -> None:
    gate, together = Event(), Barrier(4)
    gate.set()
    asked = Asked(gate)

    def one(_: int) -> int:
        together.wait(20)
        return asked.answer

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [1, 1, 1, 1]


def test_a_part_of_an_assessment_is_worked_out_when_it_is_asked_for_and_no_other_is() -> None:
    assessment = assess(tenfold.published().patient("thol-1"))
    assert not set(PARTS) & set(vars(assessment))
    assert assessment.course is assessment.course
    assert set(PARTS) & set(vars(assessment)) == {"marrows", "course"}


@pytest.mark.parametrize("patients", [1, FEW + 1])
def test_an_error_comes_out_of_work_done_at_once_as_it_is(patients: int) -> None:
    told = KeyError("no such patient")

    def work() -> None:
        raise told

    with pytest.raises(KeyError) as found:
        at_once(work, patients)
    assert found.value is told


def test_work_done_at_once_may_hold_other_such_work() -> None:
    frame = pl.DataFrame({"x": [1, 2]})
    assert at_once(lambda: at_once(lambda: frame.filter(pl.col("x") > 1).height)) == 1
