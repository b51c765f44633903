"""The page of each model says what was verified, also where nothing is amiss, and says once what holds of all outcomes."""

from __future__ import annotations

from command_line import tenfold
from generate import definitions
from tenfold.catalogue import find
from tenfold.risk.published import published_for
from tenfold.settings import DEFAULTS


def page(name: str) -> str:
    [question] = find(name)
    return definitions.question_page(question)


def test_a_model_with_nothing_amiss_says_so_and_one_with_doubts_says_its_caution() -> None:
    good = "nothing of it is marked as not verified in its source"
    assert good in page("VEN-PRS-OS")
    assert good in page("ELN-2024")
    assert good not in page("Mayo-2024")
    assert "Said with every answer" in page("Mayo-2024")


def test_the_two_sets_of_medians_are_remarked_on_once_and_belong_to_no_table() -> None:
    assert page("VEN-PRS-OS").split("## Worked examples")[0].count("the paper prints two sets of medians") == 1
    assert not [one for one in published_for(find("VEN-PRS-OS")[0]) if "Table" in one.citation]


def test_a_risk_model_without_published_outcomes_says_that_none_is_held() -> None:
    assert "None is held here." in page("ELN-2024")


def test_the_version_names_every_setting_that_nobody_verified() -> None:
    said = tenfold("--version", "--verbose").stdout
    assert all(f"    {one.name}\n" in said for one in DEFAULTS.entries.values() if not one.verified)
