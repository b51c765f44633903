"""A generic name is known however its letters are written; another name for it is still only asked about."""

from __future__ import annotations

import pytest

from tenfold.records import Registry


def treatments(drugs: str) -> Registry:
    rows = {"patients": [{"patient_id": "p"}], "treatments": [{"patient_id": "p", "start_day": 3, "drugs": drugs}]}
    return Registry.from_tables(rows, relative=True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Daunorubicin + CYTARABINE", "daunorubicin+cytarabine"),
        ("CPX-351", "cpx-351"),
        ("Venetoclax", "venetoclax"),
        ("Gemtuzumab Ozogamicin", "gemtuzumab ozogamicin"),
    ],
)
def test_capitals_of_a_generic_name_do_not_matter(written: str, read: str) -> None:
    made = treatments(written)
    assert not made.check().height
    assert made.table("treatments")["drugs"].to_list() == [read]


def test_an_abbreviation_beside_it_is_the_only_thing_asked_about() -> None:
    [fault] = treatments("Daunorubicin+AraC").check().to_dicts()
    assert fault["rule"] == '"AraC" is not a known drug'
    assert 'write "cytarabine" for "AraC"' in fault["remedy"]


def test_a_name_that_nobody_knows_keeps_its_letters() -> None:
    made = treatments("XYZ-123")
    assert made.table("treatments")["drugs"].to_list() == ["XYZ-123"]
    assert "kept under this name" in made.check()["remedy"][0]
