"""Small mistakes that a definition of guidance could hold, each shown by a patient: of these nobody else was an example."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest
from remission_patients import MARROWS, TODAY, facts, picture

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.catalogue import QUESTIONS
from tenfold.guidance.numbers import read_file
from tenfold.guidance.options.beside import beside, with_approvals
from tenfold.guidance.remission.clonality import clonality
from tenfold.guidance.remission.relapse_now import relapses_under_way
from tenfold.guidance.trials.facts import FACTS
from tenfold.guidance.venetoclax.interactions import Interaction
from tenfold.guidance.venetoclax.toxicity import course_of


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_no_share_is_negative_or_more_than_all(question) -> None:
    shares = [one for one in question.inputs if one.kind == "number" and (one.unit or "").startswith("%")]
    assert all(one.low == 0 for one in shares)
    assert all(one.high == 100 for one in shares if one.unit == "%")


def test_the_count_before_a_cycle_is_the_last_of_the_week_before_it() -> None:
    assert course_of([-6, -1], [4, 1], 0, 27)["before"] == 1
    assert course_of([-6, -1, 5], [4, 1, 3], 0, 27)["before"] == 1


def test_of_other_mutations_the_one_with_the_highest_frequency_is_held_against_npm1() -> None:
    variants = [
        {"sample_day": -100, "gene": gene, "vaf": vaf}
        for gene, vaf in (("NPM1", 0.20), ("TET2", 0.10), ("DNMT3A", 0.44))
    ]
    [row] = clonality(registry(variants=variants)).to_dicts()
    assert (row["other_gene"], row["other_vaf"], row["npm1_clone"]) == ("DNMT3A", 0.44, "subclonal")


def test_of_two_with_the_same_frequency_the_name_decides() -> None:
    variants = [
        {"sample_day": -100, "gene": gene, "vaf": vaf}
        for gene, vaf in (("NPM1", 0.40), ("TET2", 0.44), ("DNMT3A", 0.44))
    ]
    assert clonality(registry(variants=variants))["other_gene"].to_list() == ["DNMT3A"]


@pytest.mark.parametrize("value", ["adverse", [], 3])
def test_one_of_several_needs_a_list_of_them(value: object) -> None:
    fact = next(one for one in FACTS.values() if "one_of" in one.relations)
    assert fact.refuse("one_of", value) == "must be a list of values in square brackets"


def test_an_approval_for_one_marker_is_none_for_another() -> None:
    """Revumenib was approved for KMT2A in November 2024, and for NPM1 later."""
    [row] = with_approvals(pl.DataFrame({"patient_id": ["p"]}), date(2025, 1, 1)).to_dicts()
    assert row["revumenib_for_KMT2A"] is True
    assert row["revumenib_for_NPM1"] is False


def test_an_option_names_the_marker_whose_approval_is_looked_up() -> None:
    markers = {name.removeprefix("Option: "): one.markers for name, one in beside().items()}
    assert {("FLT3",), ("IDH1",), ("IDH2",), ("NPM1",), ("CD33",)} <= set(markers.values())


def test_a_dose_says_whether_its_source_was_read_in_the_original() -> None:
    verified = {one["source"]: one["verified"] for one in read_file("venetoclax/dosing.toml")["schedule"]}
    told = {rule.citation for one in QUESTIONS if "dose" in one.name for rule in getattr(one, "rules", ())}
    for source, read in verified.items():
        assert (source in told) == read
        assert (f"{source} (not read in the original)" in told) == (not read)


def test_every_option_is_asked_for_by_a_name() -> None:
    asked = {one.question for one in QUESTIONS if one.name.startswith("Option: ")}
    assert len(asked) > 10
    assert all(re.fullmatch(r"Where does the source put \w.*\?", question) for question in asked)


@pytest.mark.parametrize(("on", "over"), [(47, False), (48, True)])
def test_intensive_treatment_is_over_the_day_after_its_end(on: int, over: bool) -> None:
    lines = [
        {"line": 1, "intent": intent, "drugs": "cytarabine", "start_day": day, "end_day": day + 7, "intensive": True}
        for intent, day in (("induction", 0), ("consolidation", 40))
    ]
    [row] = picture(on=on, **{**facts(), "treatments": lines}).to_dicts()
    assert row["intensive_over"] is over


def test_a_relapse_of_another_marker_is_none_of_npm1() -> None:
    other = "RUNX1::RUNX1T1"
    made = registry(
        responses=[remission(0)],
        treatments=[line(-40, "induction", "cytarabine+daunorubicin"), line(20, "consolidation", "cytarabine")],
        mrd_samples=[
            {**sample(day, level, name=f"{marker}-{day}"), "marker": marker}
            for marker, levels in (
                ("NPM1", ("neg", "neg", "neg")),
                (other, ("neg", 0.4, 0.9)),
            )
            for day, level in zip((60, 150, 170), levels, strict=True)
        ],
    )
    molecular = assess(made, on=180).molecular
    assert relapses_under_way(molecular, "NPM1")["relapse_under_way"].to_list() == [False]
    assert relapses_under_way(molecular, other)["relapse_under_way"].to_list() == [True]


def test_the_last_marrow_is_counted_in_days_up_to_the_day_that_is_asked_for() -> None:
    [row] = picture(**facts()).to_dicts()
    assert row["last_marrow_days_low"] == row["last_marrow_days_high"] == TODAY - MARROWS[-1]


def test_months_since_intensive_treatment_have_one_decimal() -> None:
    lines = [
        {
            "line": 1,
            "intent": "induction",
            "drugs": "cytarabine+daunorubicin",
            "start_day": 0,
            "end_day": 7,
            "intensive": True,
        },
        {
            "line": 1,
            "intent": "consolidation",
            "drugs": "cytarabine",
            "start_day": 40,
            "end_day": 47,
            "intensive": True,
        },
    ]
    [row] = picture(on=47 + 137, **{**facts(), "treatments": lines}).to_dicts()
    assert row["months_since_intensive"] == 4.5


def test_approvals_are_asked_for_the_markers_that_are_there_or_for_all_where_none_is_known_to_be() -> None:
    revumenib = beside()["Option: revumenib"]
    told = {
        known: revumenib.approvals(date(2025, 1, 1), frozenset(known))["FDA"].approved
        for known in ((), ("NPM1",), ("KMT2A",))
    }
    assert told == {(): True, ("NPM1",): None, ("KMT2A",): True}


@pytest.mark.parametrize(
    ("cyp3a4", "p_gp", "said"),
    [
        ("weak", True, True), ("weak", None, None), ("weak", False, False),
        (None, True, None), (None, False, False), ("strong", None, False), ("strong", True, False),
    ],
)  # fmt: skip
def test_what_a_drug_does_to_p_gp_counts_where_it_inhibits_cyp3a4_no_more_strongly(
    cyp3a4: str | None, p_gp: bool | None, said: bool | None
) -> None:
    drug = Interaction("a drug", cyp3a4, p_gp, None, None, 0, "", "", False)
    assert drug.facts["p_gp_inhibitor"] is said


def test_the_longest_gap_between_negatives_begins_at_the_first_of_them() -> None:
    [row] = picture(**facts(mrd_samples=[sample(day, "neg") for day in (60, 400, 430)])).to_dicts()
    assert row["negative_gap_months_low"] == row["negative_gap_months_high"] == 11.2


def test_whether_treatment_was_intensive_is_open_where_one_line_does_not_say() -> None:
    lines = [line(0, "induction", intensive=None, line=1, end_day=40)]
    [row] = picture(**facts(treatments=lines)).to_dicts()
    assert row["intensive_treatment"] is None


@pytest.mark.parametrize(
    ("scale", "level", "low_level"),
    [("percent_abl1", 0.05, True), ("percent_abl1", 5.0, False), ("percent_of_diagnosis", 0.05, None)],
)
def test_a_level_is_known_to_be_low_on_the_scale_of_abl1_alone(
    scale: str, level: float, low_level: bool | None
) -> None:
    [row] = picture(**facts(mrd_samples=[sample(470, level, scale=scale)])).to_dicts()
    assert row["mrd_positive"] is True
    assert row["mrd_low_level"] is low_level
