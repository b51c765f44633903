"""What a trial answers of a patient: as far as is known, with the reason, and with its status beside it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from trial_entries import ON, answer_of, entry_of, picture_of, trial_of

from tenfold.guidance.trials.eligibility import known_trials
from tenfold.guidance.trials.matching import SCHEMA, decision, explanation, matches, status_note


def test_the_explanation_gives_the_answer_of_the_table() -> None:
    trial = trial_of(entry_of({"fact": "NPM1", "is": True}, {"fact": "ecog", "at_most": 2, "wording": "ECOG 0 to 2"}))
    said = explanation({"patient_id": "A", "NPM1": True, "ecog": None}, trial)
    assert said.answer is None
    assert said.possible == ("matches", "does not match")
    assert said.decided_by == ("ECOG 0 to 2",)
    assert explanation({"patient_id": "A", "NPM1": True, "ecog": 1.0}, trial).answer == "matches"


@pytest.mark.parametrize(
    ("conditions", "shown"),
    [
        ([{"fact": "NPM1", "is": True}, {"fact": "FLT3", "is": True}], "FLT3"),
        ([{"fact": "NPM1", "is": False}, {"fact": "FLT3", "is": True}], None),
        ([{"fact": "ecog", "at_most": 2}, {"fact": "FLT3", "is": True}], None),
        ([{"fact": "FLT3", "is": True}], None),
    ],
)
def test_the_explanation_names_the_facts_that_let_a_patient_in_where_having_any_of_them_does(
    conditions: list[dict], shown: str | None
) -> None:
    """An ECOG of 3 is there and lets nobody in; nor can it be named by an absent mutation of NPM1."""
    trial = trial_of(entry_of({"any": conditions}))
    [reading] = explanation({"patient_id": "A", "NPM1": False, "FLT3": True, "ecog": 3.0}, trial).because
    assert (reading.level, reading.value) == ("yes", shown)


def test_the_criteria_of_a_trial_are_numbered_from_the_first_as_they_are_in_the_faults_of_its_file() -> None:
    trial = trial_of(entry_of({"fact": "NPM1", "is": True}, {"fact": "ecog", "at_most": 2}))
    assert [criterion.name for criterion in decision(trial).criteria] == ["x_1_1", "x_1_2"]


def test_criteria_and_reasons_are_told_in_the_order_of_the_trial_whoever_and_however_many_are_asked() -> None:
    asked = [("NPM1", "is", True), ("FLT3", "is", False), ("ecog", "at_most", 2), ("IDH1", "is", False)]
    trials = [
        trial_of(
            entry_of(
                *(
                    {"fact": fact, relation: value, "wording": f"{fact} of {number}"}
                    for fact, relation, value in turned
                ),
                id=f"X-{number}",
            )
        )
        for number in range(30)
        for turned in [asked[number % 4 :] + asked[: number % 4]]
    ]
    patients = [
        {"NPM1": n % 2 == 0, "FLT3": (True, False, None)[n % 3], "ecog": float(n % 5), "IDH1": n % 7 == 0}
        for n in range(210)
    ]
    found = matches(picture_of(patients), trials, ON)
    assert found.height == len(trials) * len(patients)
    wordings = {trial.id: [criterion.wording for criterion in trial.criteria] for trial in trials}
    for trial, criteria, reasons in found.select("trial", "criteria", "reasons").iter_rows():
        assert [criterion["wording"] for criterion in criteria] == wordings[trial]
        told = [next(at for at, wording in enumerate(wordings[trial]) if wording in reason) for reason in reasons]
        assert told == sorted(told)


def test_a_trial_that_is_not_complete_matches_only_as_far_as_is_known() -> None:
    entry = entry_of({"fact": "NPM1", "is": True}, complete=False)
    frame = pl.DataFrame({"patient_id": ["A", "B"], "NPM1": [True, False]})
    found = matches(frame, [trial_of(entry)], ON)
    assert found["answer"].to_list() == ["matches as far as is known", "does not match"]
    assert found["match"].to_list() == [None, False]
    assert found["left_out"][0] == "its structured criteria are not said to be complete"


def test_somebody_of_75_and_a_half_is_75_years_old() -> None:
    most = entry_of({"fact": "age_years", "at_most": 75})
    assert answer_of(most, age_years=75.5) == "matches"
    assert answer_of(most, age_years=76.0) == "does not match"
    assert answer_of(entry_of({"fact": "age_years", "at_least": 1.5}), age_years=1.6) == "matches"


def test_a_limit_between_the_bounds_of_a_level_is_not_known() -> None:
    above = entry_of({"fact": "npm1_per_1e4", "above": 200})
    assert answer_of(above, npm1_per_1e4_low=150.0, npm1_per_1e4_high=320.0) == "not known"
    assert answer_of(above, npm1_per_1e4_low=200.0, npm1_per_1e4_high=200.0) == "does not match"
    assert answer_of(above, npm1_per_1e4_low=201.0, npm1_per_1e4_high=None) == "matches"


def test_an_unconfirmed_molecular_relapse_is_neither_a_relapse_nor_none() -> None:
    entry = entry_of({"fact": "molecular_relapse", "is": True})
    assert answer_of(entry, mrd_relapse=True, mrd_relapse_confirmed=False) == "not known"
    assert answer_of(entry, mrd_relapse=True, mrd_relapse_confirmed=True) == "matches"
    assert answer_of(entry, mrd_relapse=False, mrd_relapse_confirmed=False) == "does not match"


def test_persistence_below_2_percent_leaves_molecular_failure_open() -> None:
    entry = entry_of({"fact": "molecular_failure", "is": True})
    facts = {"mrd_relapse": False, "mrd_relapse_confirmed": False, "molecular_progression": False}
    for persistence, below, said in (
        (True, True, "not known"),
        (True, None, "not known"),
        (True, False, "matches"),
        (False, False, "does not match"),
    ):
        assert answer_of(entry, **facts, molecular_persistence=persistence, persistence_below_2=below) == said


def test_an_exclusion_on_what_is_not_known_never_lets_in() -> None:
    entry = entry_of({"fact": "prior_venetoclax", "is": True, "kind": "exclusion", "wording": "Prior venetoclax"})
    frame = pl.DataFrame({"patient_id": ["A", "B", "C"], "prior_venetoclax": [None, True, False]})
    found = matches(frame, [trial_of(entry)], ON)
    assert found["match"].to_list() == [None, False, True]
    assert found["reasons"].to_list() == [
        ["not known: Exclusion: Prior venetoclax"],
        ["rules out: Exclusion: Prior venetoclax (prior venetoclax: yes)"],
        ["allows: Exclusion: Prior venetoclax (prior venetoclax: no)"],
    ]


def test_a_reason_shows_the_value_and_names_a_column_that_the_picture_lacks() -> None:
    trial = trial_of(entry_of({"fact": "ecog", "at_most": 2, "wording": "ECOG 0 to 2"}))
    assert matches(pl.DataFrame({"patient_id": ["A"], "ecog": [3.0]}), [trial], ON)["reasons"][0].to_list() == [
        "rules out: ECOG 0 to 2 (3)"
    ]
    assert matches(pl.DataFrame({"patient_id": ["A"]}), [trial], ON)["reasons"][0].to_list() == [
        "not known: ECOG 0 to 2 (the picture has no ecog)"
    ]


def test_a_level_is_shown_as_exactly_as_it_is_known() -> None:
    trial = trial_of(entry_of({"fact": "npm1_per_1e4", "at_least": 200, "wording": "NPM1 of 200 or more"}))
    levels = {"npm1_per_1e4_low": [300.0, 300.0, None], "npm1_per_1e4_high": [300.0, 400.0, 400.0]}
    reasons = matches(pl.DataFrame({"patient_id": ["A", "B", "C"], **levels}), [trial], ON)["reasons"].to_list()
    assert reasons == [
        ["allows: NPM1 of 200 or more (300 copies per 10^4 ABL1)"],
        ["allows: NPM1 of 200 or more (300 to 400 copies per 10^4 ABL1)"],
        ["not known: NPM1 of 200 or more (? to 400 copies per 10^4 ABL1)"],
    ]


def test_a_status_is_said_and_never_decides() -> None:
    facts = pl.DataFrame({"patient_id": ["A"], "NPM1": [True]})
    for status, day, recruiting, said in (
        ("recruiting", date(2026, 2, 1), True, None),
        ("completed", date(2026, 2, 1), False, "not recruiting: completed"),
        ("ongoing", date(2026, 2, 1), None, "whether it recruits is not told by its status (ongoing)"),
        ("unknown", date(2026, 2, 1), None, "whether it recruits is not told by its status (unknown)"),
        ("recruiting", date(2025, 6, 1), True, "the status is of 2025-06-01, 273 days old: look it up"),
        ("recruiting", date(2026, 3, 2), True, "the status is of 2026-03-02, later than the index day"),
    ):
        [row] = matches(
            facts, [trial_of(entry_of({"fact": "NPM1", "is": True}, status=status, status_date=day))], ON
        ).to_dicts()
        assert (row["match"], row["recruiting"], row["status_note"]) == (True, recruiting, said)


def test_an_age_of_a_status_is_not_told_on_counted_days_and_a_missing_date_is_said() -> None:
    trial = trial_of(entry_of({"fact": "NPM1", "is": True}, status_date=date(2020, 1, 1)))
    assert status_note(trial, 120) == (True, None)
    [trial] = [one for one in known_trials() if one.id == "NCT03662724"]
    assert "from when the status is, is not stated" in str(status_note(trial, ON)[1])


def test_a_trial_of_which_nothing_is_structured_is_not_known() -> None:
    trial = trial_of(entry_of(complete=False))
    [row] = matches(pl.DataFrame({"patient_id": ["A"]}), [trial], ON).to_dicts()
    assert row["match"] is None
    assert row["reasons"] == ["no criterion of this trial is structured"]
    with pytest.raises(ValueError, match="no criterion of this trial is structured"):
        explanation({"patient_id": "A"}, trial)


def test_no_patients_or_no_trials_give_an_empty_table_of_the_same_columns() -> None:
    assert matches(picture_of([]), known_trials(), ON).schema == pl.Schema(SCHEMA)
    assert matches(pl.DataFrame({"patient_id": ["A"]}), [], ON).schema == pl.Schema(SCHEMA)


def test_a_picture_that_cannot_be_read_is_refused_in_words() -> None:
    trial = trial_of(entry_of({"fact": "NPM1", "is": True}))
    with pytest.raises(ValueError, match="no column patient_id"):
        matches(pl.DataFrame({"NPM1": [True]}), [trial], ON)
    with pytest.raises(ValueError, match="column NPM1 is String; NPM1 mutation is a yes/no"):
        matches(pl.DataFrame({"patient_id": ["A"], "NPM1": ["no"]}), [trial], ON)
    with pytest.raises(ValueError, match="X-1 and X-1 are one trial"):
        matches(pl.DataFrame({"patient_id": ["A"]}), [trial, trial], ON)
