"""The run of negative samples: forgetting a call only widens it, and known samples give the run that one would count by hand."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from remission_patients import TODAY, facts, picture

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.guidance.remission.negativity import NEGATIVITY, negativity


def blanked(row: dict[str, Any], what: str) -> dict[str, Any]:
    if what == "call":
        return {name: value for name, value in row.items() if name not in ("detected", "value", "scale")}
    return {**row, "control_copies": None}


mrd = st.lists(
    st.builds(
        lambda day, level, tissue: sample(day, level, tissue=tissue),
        st.integers(50, 520),
        st.sampled_from(["neg", "neg", "neg", "neg", "det", 0.05, 3.0]),
        st.sampled_from(["marrow", "marrow", "blood"]),
    ),
    max_size=7,
    unique_by=lambda row: (row["sample_day"], row["tissue"]),
)


def runs(patients: list[list[dict[str, Any]]], on: int = TODAY) -> list[dict[str, Any]]:
    """The facts of several patients at once, in order."""
    people = [{"patient_id": f"p{k:02}", "diagnosis_day": -100, "age_years": 60} for k in range(len(patients))]

    def each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "patient_id": person["patient_id"]} for person in people for row in rows]

    made = assess(
        registry(
            patients=people,
            mrd_samples=[
                {**row, "patient_id": f"p{k:02}", "sample_id": f"{k}-{row['sample_id']}"}
                for k, rows in enumerate(patients)
                for row in rows
            ],
            responses=each([remission(40)]),
            treatments=each([line(0, "induction")]),
        ),
        on=on,
    )
    found = negativity(made.registry, made.settings, made.molecular, on).sort("patient_id").to_dicts()
    assert len(found) == len(patients)
    return found


several = st.lists(mrd, min_size=6, max_size=12)
few = settings(deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(several, st.data())
def test_forgetting_a_call_or_its_quality_only_widens_the_facts_of_a_run(
    patients: list[list[Any]], data: st.DataObject
) -> None:
    chance = data.draw(st.randoms(use_true_random=False))
    how = data.draw(st.sampled_from(["call", "quality"]))
    forgotten = [[blanked(row, how) if chance.random() < 0.3 else row for row in rows] for rows in patients]
    for known, wide in zip(runs(patients), runs(forgotten), strict=True):
        for name in NEGATIVITY:
            if name.endswith("_low") and wide[name] is not None and known[name] is not None:
                assert wide[name] <= known[name], name
            elif name.endswith("_high") and wide[name] is not None and known["negative_marrows_low"]:
                assert wide[name] >= known[name], name
            elif not name.endswith(("_low", "_high")):
                assert wide[name] in (known[name], None), name


@few
@given(several, st.integers(60, 520))
def test_samples_after_the_day_never_matter(patients: list[list[Any]], on: int) -> None:
    earlier = [[row for row in rows if row["sample_day"] <= on] for rows in patients]
    assert runs(patients, on) == runs(earlier, on)


@few
@given(several, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(patients: list[list[Any]], random: Any) -> None:
    assert runs(patients) == runs([random.sample(rows, len(rows)) for rows in patients])


@few
@given(several)
def test_known_samples_give_the_run_that_one_would_count_by_hand(patients: list[list[Any]]) -> None:
    for rows, said in zip(patients, runs(patients), strict=True):
        counted_by_hand(rows, said)


def counted_by_hand(rows: list[Any], said: dict[str, Any]) -> None:
    seen = sorted((row for row in rows if row["sample_day"] <= TODAY), key=lambda row: row["sample_day"])
    negatives: list[int] = []
    for row in (row for row in seen if row["tissue"] == "marrow"):
        negatives = [*negatives, row["sample_day"]] if row["detected"] == "no" else []
    assert said["negative_marrows_low"] == said["negative_marrows_high"] == len(negatives)
    if negatives:
        assert said["negative_months_low"] == round((negatives[-1] - negatives[0]) / 30.4375, 1)
        assert said["last_marrow_days_high"] == TODAY - negatives[-1]
        gaps = [later - day for day, later in itertools.pairwise(negatives)]
        assert said["negative_gap_months_high"] == round(max(gaps, default=0) / 30.4375, 1)
        blood = [row["sample_day"] for row in seen if row["tissue"] == "blood" and row["detected"] != "no"]
        assert said["positive_in_the_run"] == any(day >= negatives[0] for day in blood)
        assert said["blood_positive_after_marrow"] == any(day > negatives[-1] for day in blood)


def test_the_shortest_gap_that_is_sure_lies_between_marrows_that_are_surely_negative() -> None:
    """Whether the marrow of day 400 was good enough to be called negative is not known."""
    rows = [sample(60, "neg"), sample(90, "neg"), sample(400, "neg", control_copies=None)]
    [row] = picture(**facts(mrd_samples=rows)).to_dicts()
    assert (row["negative_gap_months_low"], row["negative_gap_months_high"]) == (1.0, 10.2)


@pytest.mark.parametrize(("marker", "most"), [("RUNX1::RUNX1T1", 0.0), ("CBFB::MYH11", 0.0), ("NPM1", None)])
def test_only_a_sample_of_npm1_of_unknown_tissue_may_be_a_negative_marrow_where_no_other_was_taken(
    marker: str, most: float | None
) -> None:
    rows = [{**sample(100, "neg", name="unknown"), "tissue": None, "marker": marker}]
    [row] = picture(**facts(mrd_samples=rows)).to_dicts()
    assert (row["negative_marrows_low"], row["negative_marrows_high"]) == (0.0, most)
