"""The next sample where a graft ended a relapse, a second sample was negative, or nobody knows the day of the last one."""

from __future__ import annotations

import pytest
from remission_patients import assessed, due, facts
from test_next_sample import INTENSIVE

from registries import Row, line, remission, sample
from tenfold.guidance.remission.next_sample import (
    AFTER_INTENSIVE,
    AFTER_INTENSIVE_CBF,
    CONFIRM,
    DURING_INTENSIVE,
    NOT_STATED,
)
from tenfold.guidance.remission.relapse_now import high_levels, relapses_under_way


def treated(*samples: Row, **more: list[Row]) -> dict[str, list[Row]]:
    """After intensive treatment."""
    return facts(treatments=INTENSIVE, cycles=[], mrd_samples=list(samples), **more)


def test_a_relapse_that_a_graft_ended_is_not_under_way_after_a_sample_too_poor_to_be_called() -> None:
    poor = {**sample(230, "neg", name="third"), "detected": None, "adequate": False}
    tables = treated(
        sample(105, "neg", name="first"),
        sample(150, 0.4, name="second"),
        poor,
        transplants=[{"transplant_day": 200, "donor": "sibling"}],
    )
    tables["treatments"] = [*INTENSIVE, line(170)]
    assert relapses_under_way(assessed(300, **tables).molecular, "NPM1")["relapse_under_way"].to_list() == [False]
    assert [row["schedule"] for row in due(300, **tables)] == [NOT_STATED]


NEGATIVE = {"value": 0.0, "scale": "percent_abl1"}


@pytest.mark.parametrize("printed", [NEGATIVE, {}], ids=["on the scale of ABL1", "without a scale"])
def test_a_level_at_the_trigger_awaits_no_second_sample_once_that_was_negative(printed: Row) -> None:
    high = (sample(60, 8.0), sample(150, 3.0))
    assert {row["schedule"] for row in due(170, **treated(*high))} == {CONFIRM}
    tables = treated(*high, sample(190, "neg", **printed))
    assert {row["schedule"] for row in due(200, **tables)} == {AFTER_INTENSIVE}


@pytest.mark.parametrize("printed", [NEGATIVE, {}], ids=["on the scale of ABL1", "without a scale"])
def test_a_negative_sample_too_poor_to_be_called_neither_answers_a_level_at_the_trigger_nor_is_a_level_of_none(
    printed: Row,
) -> None:
    poor = {**sample(190, "neg", **printed), "adequate": False, "control_copies": 30}
    tables = treated(sample(60, 8.0), sample(150, 3.0), poor)
    assert {row["schedule"] for row in due(200, **tables)} == {CONFIRM}
    [now] = assessed(200, **tables).guidance.to_dicts()
    assert now["npm1_per_1e4_high"] is None
    assert now["mrd_positive_now"] is None


@pytest.mark.parametrize("earlier", [(), (sample(105, 1.0),)])
def test_a_negative_sample_is_surely_no_level_at_the_trigger(earlier: tuple[Row, ...]) -> None:
    tables = treated(*earlier, sample(190, "neg", **NEGATIVE))
    made = assessed(200, **tables)
    [row] = high_levels(made.molecular, made.settings).to_dicts()
    assert row["high_level_marrow"] is row["high_level_blood"] is False
    assert {row["schedule"] for row in due(200, **tables)} == {AFTER_INTENSIVE}


@pytest.mark.parametrize(
    ("last", "at_trigger"),
    [({"value": 2.5}, True), ({"value": 1.5}, False), ({"value": 1.5, "qualifier": ">"}, None)],
    ids=["2.5 %", "1.5 %", "more than 1.5 %"],
)
def test_a_level_that_may_be_at_the_trigger_is_not_said_to_be_below_it(last: Row, at_trigger: bool | None) -> None:
    made = assessed(200, **treated(sample(190, 1.0) | last))
    assert high_levels(made.molecular, made.settings)["high_level_marrow"].to_list() == [at_trigger]


def test_where_neither_day_nor_quality_of_the_last_sample_is_known_that_is_said() -> None:
    """The window opens after the first dose at the earliest; its end has no bound."""
    doubtful = {**sample(None, "neg", name="undated", control_copies=None), "sequence": 3}
    rows = due(
        None,
        treatments=[line(0, "induction", intensive=False, line=1, sequence=1)],
        responses=[{**remission(40), "sequence": 2}],
        mrd_samples=[doubtful],
    )
    assert rows
    for row in rows:
        assert row["earliest_day"] == 28
        assert row["latest_day"] is None
        assert "; the day of the last sample is not known" in row["because"]


def test_inversion_16_is_followed_in_blood_as_core_binding_factor_and_never_as_npm1() -> None:
    blood = {**sample(105, "neg", tissue="blood"), "marker": "CBFB::MYH11"}
    [row] = [one for one in due(120, **treated(blood)) if one["marker"] == "CBFB::MYH11"]
    assert row["schedule"] == AFTER_INTENSIVE_CBF
    assert (row["tissue"], row["earliest_day"], row["latest_day"]) == ("blood", 105 + 28, 105 + 42)


def test_flt3_itd_is_another_marker_and_has_no_schedule() -> None:
    itd = {**sample(105, "neg"), "marker": "FLT3-ITD"}
    [row] = [one for one in due(120, **treated(itd)) if one["marker"] == "FLT3-ITD"]
    assert (row["schedule"], row["tissue"], row["latest_day"]) == (NOT_STATED, None, None)


def test_what_eln_recommends_during_intensive_treatment_was_read_in_the_original_though_it_has_no_day() -> None:
    rows = due(40, **treated(responses=[remission(30)]))
    assert [row["schedule"] for row in rows] == [DURING_INTENSIVE, DURING_INTENSIVE]
    assert all(row["verified"] is True for row in rows)


def test_that_eln_prints_no_schedule_after_an_allograft_was_read_in_the_original() -> None:
    [row] = due(300, **treated(sample(105, "neg"), transplants=[{"transplant_day": 150, "donor": "sibling"}]))
    assert row["schedule"] == NOT_STATED
    assert row["verified"] is True
