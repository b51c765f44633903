"""How long a patient is negative, whether blood confirms a relapse of marrow, and what a trial's criterion says of them."""

from __future__ import annotations

import pytest
from remission_patients import MARROWS, TWELVE, asked, facts, told
from test_options_from_records import facts as guided
from test_options_from_records import molecular
from trial_entries import ON, entry_of, picture_of, trial_of

from registries import Row, line, sample
from tenfold.guidance.remission.after_remission import CONFIRM, RECHALLENGE
from tenfold.guidance.trials.matching import matches
from tenfold.logic.explain import explain

STOPPED = [line(0, "induction", intensive=False, line=1, end_day=500)]


@pytest.mark.parametrize(
    "samples",
    [[sample(470, 0.5)], [sample(470, "neg", tissue="blood")], [sample(470, "neg")]],
    ids=["positive", "negative in blood only", "negative once"],
)
def test_without_two_negative_marrows_a_patient_is_said_to_be_negative_for_0_months(samples: list[Row]) -> None:
    said = explain(TWELVE, asked(TWELVE, **facts(mrd_samples=samples)))
    [months] = [one for one in said.because if one.wording == "Negative for at least 12 months"]
    assert months.value == "0 months"


def test_a_relapse_in_marrow_is_not_confirmed_by_blood_that_stays_negative() -> None:
    marrows = [*(sample(day, "neg") for day in MARROWS), sample(540, 0.05)]
    blood = [sample(day, "neg", tissue="blood") for day in (300, 470, 530)]
    assert told(RECHALLENGE, on=600, **facts(mrd_samples=[*marrows, *blood], treatments=STOPPED)) == CONFIRM


@pytest.mark.parametrize("method", ["rt-qpcr", None])
@pytest.mark.parametrize("level", [0.5, 5.0])
def test_a_marrow_is_no_blood_at_the_trigger_whatever_its_level_and_though_nobody_recorded_how_it_was_measured(
    level: float, method: str | None
) -> None:
    made = molecular(sample(0, "neg", method=method), sample(180, level, method=method))
    row = guided(made, on=200)
    assert row["npm1_tissue"] == "marrow"
    assert row["blood_only_at_trigger"] is False


@pytest.mark.parametrize(
    ("kind", "ecog", "state", "holds"),
    [
        ("inclusion", 1.0, "allows", True),
        ("inclusion", 3.0, "rules out", False),
        ("inclusion", None, "not known", None),
        ("exclusion", 1.0, "rules out", True),
        ("exclusion", 3.0, "allows", False),
        ("exclusion", None, "not known", None),
    ],
)
def test_a_criterion_holds_where_its_words_are_true_of_the_patient_whether_it_lets_in_or_keeps_out(
    kind: str, ecog: float | None, state: str, holds: bool | None
) -> None:
    trial = trial_of(entry_of({"kind": kind, "fact": "ecog", "at_most": 2, "wording": "ECOG 0 to 2"}))
    [criterion] = matches(picture_of([{"ecog": ecog}]), [trial], ON)["criteria"][0]
    assert (criterion["state"], criterion["holds"]) == (state, holds)
