"""Patient flow: who leaves at which step, and that what is not known is counted apart."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relapse_cohort import relapse_cohort
from tenfold.assessment import assess
from tenfold.cohort.flow import MOLECULAR_RELAPSE_STEPS, Step, flow, flow_facts
from tenfold.exchange.published import published

answers = st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=25)
STEPS = [Step(f"step {name}", pl.col(name), f"not {name}", f"whether {name}") for name in "xyz"]


def patients(rows: list[tuple[bool | None, ...]]) -> pl.DataFrame:
    ids = pl.Series("patient_id", [f"p{k}" for k in range(len(rows))])
    columns = {name: pl.Series(name, [row[k] for row in rows], dtype=pl.Boolean) for k, name in enumerate("xyz")}
    return pl.DataFrame([ids, *columns.values()])


@given(answers)
def test_at_every_step_those_who_entered_leave_or_stay(rows: list[tuple[bool | None, ...]]) -> None:
    found = flow(patients(rows), STEPS)
    entered = found.start
    for row in found.steps.to_dicts():
        assert row["entered"] == entered
        assert row["entered"] == row["left_out"] + row["not_known"] + row["kept"]
        entered = row["kept"]
    assert entered == len(found.kept)
    assert found.left_out.height == found.start - entered
    assert not set(found.left_out["patient_id"]) & set(found.kept)


@given(answers)
def test_the_order_of_the_steps_does_not_change_who_stays(rows: list[tuple[bool | None, ...]]) -> None:
    assert flow(patients(rows), STEPS).kept == flow(patients(rows), STEPS[::-1]).kept


def test_who_cannot_be_told_leaves_counted_apart_or_stays_if_asked_for() -> None:
    rows = patients([(True, True, True), (None, True, True), (False, True, True)])
    left = flow(rows, STEPS[:1])
    assert left.steps.select("left_out", "not_known", "kept").rows() == [(1, 1, 1)]
    assert left.left_out["why"].to_list() == ["not x", "not known: whether x"]
    kept = flow(rows, [Step("step x", pl.col("x"), "not x", keeps_unknown=True)])
    assert kept.kept == ["p0", "p1"]
    assert kept.steps["not_known"].to_list() == [1]


def test_the_last_line_splits_those_who_stay_and_shows_the_unknown() -> None:
    rows = patients([(True, True, True), (True, False, True), (True, None, True)])
    groups = flow(rows, STEPS[:1], by="y").groups
    assert groups.rows() == [("y not known", 1), ("y: no", 1), ("y: yes", 1)]


def test_a_step_that_answers_with_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'step x' answers with"):
        flow(patients([(True, True, True)]), [Step("step x", pl.lit(1), "")])
    twice = pl.concat([patients([(True, True, True)])] * 2)
    with pytest.raises(ValueError, match="one row"):
        flow(twice, STEPS)


def test_a_molecular_relapse_is_needed_and_samples_before_treatment_alone_do_not_make_one() -> None:
    facts = flow_facts(assess(relapse_cohort()))
    found = flow(facts, MOLECULAR_RELAPSE_STEPS)
    assert found.steps.filter(pl.col("step") == "adults")["kept"].to_list() == [6]
    assert found.steps.filter(pl.col("step") == "confirmed MRD relapse")["left_out"].to_list() == [6]


def test_evaluable_is_told_for_each_tissue() -> None:
    facts = flow_facts(assess(relapse_cohort())).sort("patient_id")
    assert facts["evaluable_marrow"].to_list() == [True, True, True, True, False, False]
    assert facts["evaluable_blood"].to_list() == [False, False, False, False, True, False]
    assert facts["transplanted_after"].to_list() == [True, False, False, False, False, False]


def test_of_published_patients_an_mrd_relapse_is_not_known_and_nobody_is_counted_as_without() -> None:
    found = flow(flow_facts(assess(published()), window="best"), MOLECULAR_RELAPSE_STEPS)
    step = found.steps.filter(pl.col("step") == "confirmed MRD relapse").row(0, named=True)
    assert (step["left_out"], step["not_known"]) == (0, step["entered"])


def test_a_flow_reads_as_sentences() -> None:
    rows = patients([(True, True, True), (None, True, True), (False, True, True)])
    assert flow(rows, STEPS[:1]).in_words() == [
        "3 patients on record.",
        "step x: 1 of 3; 1 left out: not x; 1 not known: whether x.",
    ]
