"""Where nobody knows whether venetoclax goes on, the next sample is told for the case that it does."""

from __future__ import annotations

from typing import Any

from remission_patients import assessed, due, facts, page

from registries import line, sample
from tenfold.worklist import EntryKind, worklist

ENDED_UNDATED = [line(0, "induction", intensive=False, line=1, cycles=2)]
"""Two cycles are said to have been given, and no last day: it may have ended."""


def tables(**more: Any) -> dict[str, Any]:
    return facts(treatments=ENDED_UNDATED, cycles=[], mrd_samples=[sample(60, "neg")], **more)


def test_the_sample_of_a_course_that_goes_on_comes_first_and_what_decides_after() -> None:
    first, open_ = due(None, **tables())
    assert first["schedule"].startswith("if venetoclax goes on: on venetoclax, to cycle 4")
    assert (first["tissue"], first["earliest_day"], first["latest_day"]) == ("marrow", 60 + 28, 60 + 56)
    assert "whether venetoclax goes on is not known" in first["because"]
    assert (open_["tissue"], open_["latest_day"]) == (None, None)
    assert "not known: venetoclax" in open_["because"]


def test_it_is_never_surely_overdue() -> None:
    late = [row for row in due(500, **tables()) if row["schedule"].startswith("if venetoclax")]
    assert all(row["overdue"] is not True for row in late)
    entries = worklist(assessed(500, **tables())).to_dicts()
    assert not any(row["certain"] for row in entries if row["kind"] == EntryKind.SAMPLE_OVERDUE and late)


def test_with_neither_an_end_nor_a_number_of_cycles_it_goes_on_and_nothing_is_open() -> None:
    going_on = [line(0, "induction", intensive=False, line=1)]
    [row] = due(None, **{**tables(), "treatments": going_on})
    assert row["schedule"].startswith("on venetoclax")


def test_the_page_says_it_first() -> None:
    said = page(None, **tables())["Next sample"]
    assert said[0].startswith("NPM1 in marrow: day 88 to day 116 - if venetoclax goes on")
