"""Courses of treatment at their edges: when one begins anew, and which marrow is of its fourth cycle or of its end."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from remission_patients import assessed, due, facts, picture
from test_next_sample import INTENSIVE

from registries import line, sample
from tenfold.guidance.remission.next_sample import AFTER_INTENSIVE
from tenfold.guidance.remission.venetoclax_course import lines_of_this_remission, present_course

UNREAD: dict[str, Any] = {"detected": None}


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([sample(150, "neg")], True),
        ([sample(60, "neg")], False),
        ([sample(200, "neg")], False),
        ([sample(60, "neg"), sample(200, "neg")], False),
        ([sample(150, "neg") | UNREAD], None),
        ([sample(60, "neg") | UNREAD], False),
    ],
    ids=["in it", "before it", "after it", "before and after it", "perhaps called in it", "perhaps called before it"],
)
def test_a_marrow_was_called_in_cycle_4_only_between_its_first_day_and_its_end(
    samples: list[Any], said: bool | None
) -> None:
    """The fourth cycle begins on day 126, the fifth on day 168."""
    [row] = picture(**facts(mrd_samples=samples)).to_dicts()
    assert row["cycle_4_day"] == 126
    assert row["cycle_4_sampled"] is said


@pytest.mark.parametrize(("begun_again", "since"), [(330, 0), (375, 375)])
def test_venetoclax_begins_a_new_course_after_a_molecular_relapse_and_not_where_that_came_after_it(
    begun_again: int, since: int
) -> None:
    """The relapse is dated at day 350, while the second line is given already, or soon after the first has ended."""
    lines = [
        line(0, "induction", intensive=False, line=1, end_day=begun_again - 30),
        line(begun_again, "pre-emptive", intensive=False, line=2),
    ]
    rows = [*(sample(day, "neg") for day in (60, 120, 200)), sample(350, 0.5), sample(370, 1.0)]
    [row] = picture(420, **facts(treatments=lines, mrd_samples=rows)).to_dicts()
    assert (row["venetoclax"], row["venetoclax_from"]) == ("being given", since)


def test_a_line_that_has_no_place_stays_and_does_not_tell_of_a_course_before_it() -> None:
    made = assessed(**facts())
    lines = lines_of_this_remission(made.registry, made.molecular).with_columns(order=pl.lit(None, pl.Int64))
    assert present_course(lines, made.molecular)["restarted"].to_list() == [False]


@pytest.mark.parametrize(("day", "window"), [(99, (100, 191)), (100, (100, 191)), (101, (192, 192))])
def test_a_marrow_of_the_last_day_of_consolidation_is_not_yet_the_one_that_is_due_at_its_end(
    day: int, window: tuple[int, int]
) -> None:
    """Consolidation ends on day 100; a sample of that day is of treatment still. Three months are 91 days."""
    rows = due(120, **facts(treatments=INTENSIVE, cycles=[], mrd_samples=[sample(day, "neg")]))
    [row] = [one for one in rows if one["tissue"] == "marrow"]
    assert row["schedule"] == AFTER_INTENSIVE
    assert (row["earliest_day"], row["latest_day"]) == window
