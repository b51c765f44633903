"""A drug that is misspelt in a search of the evidence is found by its spelling."""

from __future__ import annotations

from command_line import tenfold
from tenfold.evidence.search import meant, words_of


def test_a_misspelt_drug_is_named_as_the_library_spells_it() -> None:
    assert meant(("gilteritnib", "npm1")) == {"gilteritnib": "gilteritinib"}


def test_what_the_library_holds_is_not_corrected_and_what_is_like_nothing_not_guessed() -> None:
    assert meant(words_of("venetoclax npm1 mrd")) == {}
    assert meant(("qqqqqq",)) == {}


def test_the_command_asks_whether_it_was_meant() -> None:
    told = tenfold("evidence", "gilteritnib")
    assert "gilteritnib: did you mean gilteritinib?" in told.stdout
