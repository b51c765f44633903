"""What holds of every worklist: it knows nothing of later, no row order matters, and unknown never becomes no."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registries import EMPTY, Row, line, registry, remission, sample, tables
from tenfold.assessment import Assessment, assess
from tenfold.cohort.simulation import simulate_registry
from tenfold.reports.queries import Sort, data_queries
from tenfold.vocabulary import MolecularState
from tenfold.worklist import EntryKind, undecided, worklist

CONFIRMED, RELAPSE, _, OVERDUE, INADEQUATE, _ = (kind.value for kind in EntryKind)
DAY_OF = {"mrd_samples": "sample_day", "responses": "response_day", "treatments": "start_day", "events": "event_day"}


def said(assessment: Assessment) -> tuple[list[Row], list[Row]]:
    return worklist(assessment).to_dicts(), undecided(assessment).to_dicts()


@given(tables, st.integers(0, 420))
def test_what_came_later_never_changes_the_worklist_of_an_earlier_day(given_tables: dict[str, Any], on: int) -> None:
    def known(name: str, row: Row) -> bool:
        day = row.get("reported_day") or row.get(DAY_OF.get(name, "sample_day"), row.get("transplant_day"))
        return bool(day <= on)

    earlier = {name: [row for row in rows if known(name, row)] for name, rows in given_tables.items()}
    assert said(assess(registry(**given_tables), on=on)) == said(assess(registry(**earlier), on=on))


@given(tables, st.randoms(use_true_random=False), st.one_of(st.none(), st.integers(0, 420)))
def test_the_order_of_rows_does_not_matter(given_tables: dict[str, Any], random: Any, on: int | None) -> None:
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in given_tables.items()}
    assert said(assess(registry(**given_tables), on=on)) == said(assess(registry(**shuffled), on=on))


@given(tables, st.integers(0, 420))
def test_a_worklist_is_that_of_each_patient_alone(given_tables: dict[str, Any], on: int) -> None:
    other = [{"patient_id": "q", **row} for row in (sample(60, "neg", name="q1"), sample(150, 0.1, name="q2"))]
    people = [{"patient_id": name, "diagnosis_day": -100, "age_years": 60} for name in "pq"]
    both = {**given_tables, "mrd_samples": [*given_tables["mrd_samples"], *other], "patients": people}
    alone = worklist(assess(registry(**given_tables), on=on)).to_dicts()
    among = worklist(assess(registry(**both), on=on)).filter(pl.col("patient_id") == "p").to_dicts()
    assert alone == among


followed = st.lists(
    st.tuples(st.sampled_from(["neg", "neg", "det", 0.01, 0.5, "poor"]), st.sampled_from(["", "", "call", "quality"])),
    min_size=2,
    max_size=6,
)


def as_sample(number: int, level: Any, hidden: str) -> Row:
    row = sample(60 + 40 * number, "neg" if level == "poor" else level, name=f"s{number}")
    if level == "poor":
        row["control_copies"] = 500
    if hidden == "call":
        row |= {"detected": None, "value": None, "scale": None}
    if hidden == "quality":
        row["control_copies"] = None
    return row


@given(followed, st.integers(100, 400))
def test_what_is_not_known_neither_closes_an_entry_nor_opens_a_certain_one(
    course: list[tuple[Any, str]], on: int
) -> None:
    def listed(hide: bool) -> Assessment:
        rows = [as_sample(number, level, hidden if hide else "") for number, (level, hidden) in enumerate(course)]
        base = {
            "responses": [remission(40)],
            "treatments": [line(0, "induction", "cytarabine", intensive=True, line=1)],
        }
        return assess(registry(mrd_samples=rows, **base), on=on)

    partly, fully = listed(True), listed(False)
    true = {(row["kind"], row["subject"]) for row in worklist(fully).to_dicts() if row["certain"]}
    held = worklist(partly).to_dicts()
    for row in held:
        if row["certain"] and row["kind"] in (RELAPSE, INADEQUATE):
            assert (row["kind"], row["subject"]) in {
                (one["kind"], one["subject"]) for one in worklist(fully).to_dicts()
            }
    kinds = {row["kind"] for row in held} | set(undecided(partly)["kind"])
    assert {kind for kind, _ in true if kind in (RELAPSE, INADEQUATE)} <= kinds


@given(tables, st.integers(0, 420))
def test_what_the_schedule_calls_overdue_is_always_listed_and_nothing_else_is_for_certain(
    given_tables: dict[str, Any], on: int
) -> None:
    assessment = assess(registry(**given_tables), on=on)
    entries = worklist(assessment)
    late = assessment.next_samples.filter("overdue")
    covered = entries.filter(pl.col("kind").is_in([OVERDUE, RELAPSE, CONFIRMED]))
    assert set(late["patient_id"]) <= set(covered["patient_id"])
    certain = entries.filter((pl.col("kind") == OVERDUE) & pl.col("certain"))
    assert set(certain["marker"]) <= set(late["marker"])
    asked = {one.patient_id for one in data_queries(assessment) if one.sort == Sort.OVERDUE}
    assert asked <= set(covered["patient_id"])


@given(st.integers(0, 400))
def test_an_entry_of_a_relapse_keeps_its_subject_until_it_closes_and_its_delay_only_grows(on: int) -> None:
    samples = [sample(60, "neg"), sample(150, 0.1), sample(170, "neg", control_copies=500), sample(300, 0.2)]
    found = worklist(assess(registry(mrd_samples=samples, responses=[remission(40)]), on=on))
    rows = found.filter(pl.col("kind") == RELAPSE).to_dicts()
    assert [row["subject"] for row in rows] == ["marrow-150"] * (150 <= on < 300)
    assert [row["overdue_days"] for row in rows] == [max(0, on - 178)] * (150 <= on < 300)


@cache
def simulated() -> Assessment:
    on = (datetime.date(2018, 1, 1) - datetime.date(1970, 1, 1)).days
    return assess(simulate_registry(300, 5, "npm1").registry, on=on)


def test_of_simulated_patients_everyone_alive_who_awaits_a_second_sample_is_listed_and_no_dead() -> None:
    assessment = simulated()
    dead = set(assessment.history.filter(pl.col("kind") == "death")["patient_id"])
    awaits = assessment.standing.filter(
        pl.col("state_possible").list.contains(MolecularState.RELAPSE_UNCONFIRMED.value)
    )
    found = worklist(assessment)
    listed = set(found.filter(pl.col("kind") == RELAPSE)["patient_id"])
    confirmed = set(found.filter(pl.col("kind") == CONFIRMED)["patient_id"])
    assert dead & set(awaits["patient_id"])
    assert listed <= set(awaits["patient_id"]) - dead <= listed | confirmed
    assert not dead & {*worklist(assessment)["patient_id"], *undecided(assessment)["patient_id"]}


def test_of_simulated_patients_a_confirmed_relapse_or_progression_leaves_nobody_alive_unlisted_and_untreated() -> None:
    assessment = simulated()
    stands = assessment.standing.filter(
        pl.col("state").is_in([MolecularState.RELAPSE_CONFIRMED.value, MolecularState.PROGRESSION.value])
    )
    aimed = assessment.molecular.filter((pl.col("row") == "therapy") & (pl.col("therapy") == 1))
    last = aimed.group_by("patient_id").agg(treated=pl.col("order").max())
    untreated = stands.join(last, on="patient_id", how="left").filter(
        pl.col("treated").is_null() | (pl.col("treated") < pl.col("relapse_latest_day").fill_null(pl.col("order")))
    )
    dead = set(assessment.history.filter(pl.col("kind") == "death")["patient_id"])
    assert set(untreated["patient_id"]) - dead
    assert set(untreated["patient_id"]) - dead <= set(worklist(assessment)["patient_id"])


@pytest.mark.parametrize("missing", [name for name in EMPTY if name in ("treatments", "transplants", "responses")])
def test_a_table_that_is_not_recorded_never_takes_an_entry_away(missing: str) -> None:
    rows: dict[str, list[Row]] = {
        "mrd_samples": [sample(60, "neg"), sample(150, 0.1)],
        "responses": [remission(40)],
        "treatments": [line(0, "induction", intensive=False, line=1)],
    }
    whole = registry(**rows)
    without = type(whole)({name: frame for name, frame in whole.tables.items() if name != missing}, axis="relative")
    kinds = [row["kind"] for row in worklist(assess(without, on=200)).to_dicts()]
    assert RELAPSE in kinds
