"""What is read of each patient: residual disease, its gene, the course of venetoclax, its partner, the trigger."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from remission_patients import TODAY, cycles_from, facts, picture
from test_options_from_records import facts as guided
from test_options_from_records import molecular

from registries import line, registry, sample
from tenfold.guidance.numbers import read_file
from tenfold.guidance.trigger import at_trigger
from tenfold.guidance.venetoclax.dosing import ELN_2022_DOSE, EU_LABEL, NEVER_AN_ORDER, US_LABEL
from tenfold.guidance.venetoclax.picture import venetoclax_lines
from tenfold.settings import DEFAULTS


@pytest.mark.parametrize(
    ("counts", "copies", "said"),
    [
        ("reached", 199.0, False), ("reached", 200.0, True), ("reached", 201.0, True),
        ("exceeded", 199.0, False), ("exceeded", 200.0, False), ("exceeded", 201.0, True),
    ],
)  # fmt: skip
def test_200_copies_stand_at_the_trigger_where_reaching_it_counts_and_not_where_only_more_does(
    counts: str, copies: float, said: bool
) -> None:
    settings = DEFAULTS.changed(guidance__transplant_trigger_counts=counts)
    assert pl.DataFrame({"copies": [copies]}).select(at_trigger(pl.col("copies"), settings)).item() is said


@pytest.mark.parametrize(
    ("level", "below"),
    [({"value": 0.5}, True), ({"value": 2.0}, False), ({"value": 0.5, "qualifier": ">"}, None)],
    ids=["low", "2 %", "0.5 % or more"],
)
def test_persistence_is_below_2_percent_where_the_last_level_surely_is(
    level: dict[str, Any], below: bool | None
) -> None:
    row = guided(molecular(sample(90, 0.5) | level), on=100)
    assert row["molecular_persistence"] is True
    assert row["persistence_below_2"] is below


@pytest.mark.parametrize(("level", "mutated"), [(0.5, True), ("det", True), ("neg", None)])
def test_npm1_whose_transcript_was_ever_detected_was_mutated_though_nobody_tested_the_gene(
    level: Any, mutated: bool | None
) -> None:
    made = molecular(sample(0, level), sample(90, "neg"))
    assert guided(made, on=100)["NPM1"] is mutated


@pytest.mark.parametrize(
    ("beside", "partner"),
    [("azacitidine", "azacitidine"), ("arsenic trioxide", "other"), ("gilteritinib", "other")],
)
def test_only_azacitidine_is_azacitidine_beside_venetoclax(beside: str, partner: str) -> None:
    made = registry(treatments=[line(0, "induction", f"{beside}+venetoclax", intensive=False)])
    assert venetoclax_lines(made, 5)["venetoclax_partner"].to_list() == [partner]


@pytest.mark.parametrize(("earlier_ends", "on"), [(None, 200), (150, 200), (150, 120)])
def test_while_venetoclax_is_given_nobody_is_free_of_treatment_whether_or_not_an_earlier_drug_goes_on(
    earlier_ends: int | None, on: int
) -> None:
    lines = [
        line(0, "maintenance", "gilteritinib", line=1, intensive=False, end_day=earlier_ends),
        line(100, "pre-emptive", line=2, intensive=False),
    ]
    [row] = picture(on, **facts(treatments=lines, cycles=[])).to_dicts()
    assert row["venetoclax"] == "being given"
    assert row["treatment_free"] is False


@pytest.mark.parametrize(("day", "sampled"), [(135, True), (150, False), (200, False)])
def test_a_marrow_of_the_second_line_is_not_of_cycle_4_though_that_line_counts_its_own_cycles_to_four(
    day: int, sampled: bool
) -> None:
    """Cycle 4 begins on day 126, and cycle 5 of the course on day 140, though it is the first of its line."""
    lines = [
        line(0, "induction", intensive=False, line=1, end_day=139),
        line(140, "maintenance", "venetoclax", intensive=False, line=2),
    ]
    second = [{**row, "line": 2} for row in cycles_from(140, 168, 196, 224)]
    tables = facts(treatments=lines, cycles=[*cycles_from(0, 42, 84, 126), *second], mrd_samples=[sample(day, "neg")])
    [row] = picture(TODAY, **tables).to_dicts()
    assert row["cycle_4_day"] == 126
    assert row["cycle_4_sampled"] is sampled


@pytest.mark.parametrize(
    ("key", "question"), [("us_label", US_LABEL), ("eu_label", EU_LABEL), ("eln2022", ELN_2022_DOSE)]
)
def test_beside_a_dose_stands_the_note_on_its_source_as_one_sentence_after_that_it_is_never_an_order(
    key: str, question: Any
) -> None:
    [note] = [one["note"] for one in read_file("venetoclax/dosing.toml")["edition"] if one["key"] == key]
    said = question.caution.removeprefix(f"{NEVER_AN_ORDER} ")
    assert said[0].isupper()
    assert said.lower() == f"{note}.".lower()
