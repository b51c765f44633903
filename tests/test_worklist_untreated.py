"""A confirmed molecular relapse, or other molecular failure, that nobody treats: told of patients."""

from __future__ import annotations

from typing import Any

import pytest

from registries import Row, line, only, registry, remission, sample
from tenfold.assessment import assess
from tenfold.worklist import EntryKind, worklist

INTENSIVE = [
    line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=7),
    line(50, "consolidation", "cytarabine", intensive=True, line=1, end_day=100),
]
RELAPSE = [sample(120, "neg"), sample(200, 0.1), sample(225, 0.9)]
PERSISTENCE = [sample(120, 6.0), sample(200, 5.0)]
PROGRESSION = [sample(120, 2.5), sample(200, 30.0)]


def entries(on: int | None, **tables: list[Row]) -> list[dict[str, Any]]:
    base: dict[str, list[Row]] = {"responses": [remission(40)], "treatments": INTENSIVE, "mrd_samples": RELAPSE}
    return worklist(assess(registry(**{**base, **tables}), on=on)).to_dicts()


def kinds(on: int | None, **tables: list[Row]) -> list[tuple[str, bool]]:
    return [(row["kind"], row["certain"]) for row in entries(on, **tables)]


def test_a_confirmed_relapse_takes_the_place_of_the_unconfirmed_one_the_day_its_second_sample_arrives() -> None:
    assert kinds(224) == [(EntryKind.UNCONFIRMED_RELAPSE, True)]
    assert kinds(225) == [(EntryKind.CONFIRMED_RELAPSE, True)]


def test_it_is_the_most_urgent_and_says_since_when_and_which_sample_was_the_last() -> None:
    first, late = entries(900)
    assert (first["kind"], first["urgency"], first["subject"], first["since_day"]) == (
        EntryKind.CONFIRMED_RELAPSE,
        1,
        "marrow-200",
        200,
    )
    assert "confirmed, by sample marrow-225 of day 225" in first["because"]
    assert "no treatment of it begun since is on record; its last sample is marrow-225 of day 225" in first["because"]
    assert (late["kind"], late["due_day"], late["overdue_days"]) == (EntryKind.SAMPLE_OVERDUE, 225 + 56, 900 - 281)


def test_a_later_positive_sample_leaves_it_and_an_adequate_negative_one_ends_it() -> None:
    assert kinds(300, mrd_samples=[*RELAPSE, sample(290, 3.0)])[0] == (EntryKind.CONFIRMED_RELAPSE, True)
    assert not kinds(300, mrd_samples=[*RELAPSE, sample(290, "neg")])


@pytest.mark.parametrize(
    "ended",
    [
        {"treatments": [*INTENSIVE, line(230, "pre-emptive", line=2)]},
        {"transplants": [{"transplant_day": 230}]},
        {"events": [{"kind": "relapse", "event_day": 230}]},
        {"events": [{"kind": "death", "event_day": 230}]},
    ],
)
def test_treatment_a_graft_a_haematological_relapse_or_death_ends_it(ended: dict[str, list[Row]]) -> None:
    assert kinds(229, **ended) == [(EntryKind.CONFIRMED_RELAPSE, True)]
    assert kinds(230, **ended) == []


def test_treatment_that_was_begun_before_it_or_is_no_treatment_of_relapse_leaves_it_and_is_named() -> None:
    going_on = [*INTENSIVE, line(110, "maintenance", line=2)]
    assert kinds(240, treatments=going_on) == [(EntryKind.CONFIRMED_RELAPSE, True)]
    [row] = entries(240, treatments=[*INTENSIVE, line(230, "maintenance", line=2)])
    assert row["certain"]
    assert "azacitidine+venetoclax of day 230 does not count" in row["because"]


def test_a_treatment_whose_intent_nobody_recorded_leaves_it_perhaps() -> None:
    [row] = entries(240, treatments=[*INTENSIVE, line(230, None, "gilteritinib", line=2)])
    assert (row["kind"], row["certain"]) == (EntryKind.CONFIRMED_RELAPSE, False)
    assert "whether gilteritinib of day 230 treats it is not known" in row["because"]


def test_where_a_transplant_or_treatment_may_be_missing_from_the_records_nobody_is_told_for_certain() -> None:
    whole = registry(responses=[remission(40)], treatments=INTENSIVE, mrd_samples=RELAPSE)
    for table in ("transplants", "treatments"):
        kept = {name: frame for name, frame in whole.tables.items() if name != table}
        listed = worklist(assess(type(whole)(kept, axis="relative"), on=240)).to_dicts()
        assert listed
        assert not any(row["certain"] for row in listed if "relapse" in row["kind"])


def test_a_row_of_treatment_that_was_set_aside_may_have_treated_it() -> None:
    partly = [{"table": "treatments", "complete": False}]
    [row] = [one for one in entries(240, completeness=partly) if one["kind"] == EntryKind.CONFIRMED_RELAPSE]
    assert not row["certain"]
    assert "treatments are not recorded completely: one may have begun" in row["because"]


def test_a_second_relapse_after_a_treated_one_stands_again() -> None:
    treated = [*INTENSIVE, line(230, "pre-emptive", line=2, end_day=300)]
    again = [*RELAPSE, sample(290, "neg"), sample(400, 0.1), sample(425, 0.2)]
    [row] = [one for one in entries(430, mrd_samples=again, treatments=treated) if "confirmed mole" in one["kind"]]
    assert (row["kind"], row["certain"], row["subject"]) == (EntryKind.CONFIRMED_RELAPSE, True, "marrow-400")


def test_marrow_and_blood_that_both_confirm_it_are_one_entry() -> None:
    blood = [{**row, "tissue": "blood", "sample_id": f"blood-{row['sample_day']}"} for row in RELAPSE]
    assert kinds(240, mrd_samples=[*RELAPSE, *blood]) == [(EntryKind.CONFIRMED_RELAPSE, True)]


def test_progression_and_persistence_of_two_per_cent_in_two_samples_are_listed_until_treated() -> None:
    for samples, said in (
        (PROGRESSION, "no second sample has confirmed it"),
        (PERSISTENCE, "still 2 % of ABL1 or more after treatment, in two samples"),
    ):
        [row] = [one for one in entries(210, mrd_samples=samples) if one["kind"] == EntryKind.MOLECULAR_FAILURE]
        assert row["certain"]
        assert said in row["because"]
        treated = [*INTENSIVE, line(205, "pre-emptive", line=2)]
        assert EntryKind.MOLECULAR_FAILURE not in dict(kinds(210, mrd_samples=samples, treatments=treated))


def test_a_later_sample_too_poor_to_be_called_changes_neither_the_entry_nor_its_words() -> None:
    poor = sample(260, "neg", control_copies=500)
    first = entries(270, mrd_samples=[*RELAPSE, poor])[0]
    assert (first["kind"], first["certain"]) == (EntryKind.CONFIRMED_RELAPSE, True)
    assert "by sample marrow-225 of day 225" in first["because"]
    treated = [*INTENSIVE, line(230, "pre-emptive", line=2)]
    assert EntryKind.CONFIRMED_RELAPSE not in dict(kinds(270, mrd_samples=[*RELAPSE, poor], treatments=treated))


def test_a_progression_that_a_second_sample_confirmed_says_so() -> None:
    [row] = [
        one
        for one in entries(240, mrd_samples=[*PROGRESSION, sample(230, 60.0)])
        if one["kind"] == EntryKind.MOLECULAR_FAILURE
    ]
    assert "a second sample has confirmed it" in row["because"]


def test_persistence_of_one_sample_or_below_two_per_cent_is_none() -> None:
    for samples in (PERSISTENCE[:1], [sample(120, 1.0), sample(200, 1.2)], [sample(120, 6.0), sample(200, 1.2)]):
        assert EntryKind.MOLECULAR_FAILURE not in dict(kinds(210, mrd_samples=samples))


def test_who_is_in_an_untreated_relapse_is_not_listed_for_stopping_venetoclax() -> None:
    given = [line(0, "induction", intensive=False, line=1)]
    assert EntryKind.STOPPING not in dict(kinds(900, treatments=given))


def test_records_without_any_table_of_treatment_list_it_perhaps() -> None:
    made = only(
        patients=[{"diagnosis_day": -100}], responses=[remission(40)], mrd_samples=RELAPSE, transplants=[], events=[]
    )
    assert [row["certain"] for row in worklist(assess(made, on=240)).to_dicts()] == [False]
