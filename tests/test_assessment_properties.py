"""What holds of every assessment: the order of rows, later facts, other patients and tables that are absent never mislead it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import tenfold
from registries import registry, remission, sample, tables
from tenfold.assessment import PARTS, Assessment, assess, together


def as_rows(assessment: Assessment, without: set[str] = frozenset()) -> dict[str, list[str]]:
    """Every frame as comparable rows."""
    return {
        name: [str(row) for row in getattr(assessment, name).drop(without, strict=False).to_dicts()] for name in PARTS
    }


@given(tables, st.integers(0, 420), st.data())
def test_what_came_later_never_changes_an_assessment_as_of_an_earlier_day(
    given_tables: dict[str, list[Any]], on: int, data: st.DataObject
) -> None:
    """Leave out, row by row, some of what was dated or became known after the day: the answers are the same."""

    def known_after(row: dict[str, Any]) -> bool:
        day = next(
            row[name]
            for name in ("sample_day", "response_day", "start_day", "event_day", "transplant_day")
            if name in row
        )
        return max(day, row.get("reported_day") or day) > on

    earlier = {
        name: [row for row in rows if not known_after(row) or data.draw(st.booleans())]
        for name, rows in given_tables.items()
    }
    assert as_rows(assess(registry(**given_tables), on=on)) == as_rows(assess(registry(**earlier), on=on))


@given(tables, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(given_tables: dict[str, list[Any]], random: Any) -> None:
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in given_tables.items()}
    assert as_rows(assess(registry(**given_tables))) == as_rows(assess(registry(**shuffled)))


@given(st.lists(tables, min_size=2, max_size=3))
def test_a_patient_is_assessed_alike_alone_and_among_others(many: list[dict[str, list[Any]]]) -> None:
    combined: dict[str, list[Any]] = {"patients": []}
    for number, given_tables in enumerate(many):
        patient = f"p{number}"
        combined["patients"].append({"patient_id": patient, "diagnosis_day": -100, "age_years": 60})
        for name, rows in given_tables.items():
            mine = [{**row, "patient_id": patient} for row in rows]
            for row in mine:
                if "sample_id" in row:
                    row["sample_id"] = f"{patient}-{row['sample_id']}"
            combined.setdefault(name, []).extend(mine)
    everyone = registry(**combined)
    whole = assess(everyone)
    parts = [assess(everyone.select([patient])) for patient in everyone.patient_ids()["patient_id"]]
    assert as_rows(whole) == as_rows(together(parts))


@given(tables, st.data())
def test_an_absent_table_never_narrows_the_molecular_state(
    given_tables: dict[str, list[Any]], data: st.DataObject
) -> None:
    """Not recorded is wider than recorded as empty: null never becomes "no"."""
    if not given_tables["mrd_samples"]:
        return
    emptied = data.draw(st.sampled_from(["treatments", "transplants"]))
    recorded = registry(**{**given_tables, emptied: []})
    absent = tenfold.Registry.from_tables(
        {name: frame for name, frame in recorded.tables.items() if name != emptied}, relative=True
    )
    narrow, wide = assess(recorded).molecular, assess(absent).molecular
    for some, more in zip(narrow["state_possible"], wide["state_possible"], strict=True):
        assert set(some) <= set(more)


sequenced = st.lists(
    st.tuples(st.sampled_from(["neg", 0.05, 0.5]), st.booleans(), st.one_of(st.none(), st.integers(0, 60))),
    min_size=1,
    max_size=5,
)


@given(sequenced, st.integers(0, 200), st.integers(0, 200))
def test_views_of_a_day_compose_where_only_the_order_is_known(facts: list[Any], a: int, b: int) -> None:
    rows = []
    for number, (level, dated, delay) in enumerate(facts):
        day = 30 * (number + 1)
        row = sample(day if dated else None, level, name=f"s{number}", sequence=number + 1)
        rows.append(row | ({"reported_day": day + delay} if dated and delay is not None else {}))
    made = registry(responses=[{**remission(0), "sequence": 0}], mrd_samples=rows)
    first, last = min(a, b), max(a, b)
    once, twice = assess(made, on=first), assess(made.as_of(last), on=first)
    assert as_rows(once) == as_rows(twice)
    assert as_rows(once) == as_rows(assess(made.as_of(first), on=first))


@given(tables, st.sampled_from(["variants", "events", "treatments", "responses"]), st.integers(100, 420))
def test_a_score_never_loses_an_answer_when_a_table_is_not_recorded(
    given_tables: dict[str, list[Any]], missing: str, on: int
) -> None:
    recorded = registry(**{**given_tables, missing: []})
    absent = tenfold.Registry.from_tables(
        {name: frame for name, frame in recorded.tables.items() if name != missing}, relative=True
    )
    for model in ("ven_prs_os_possible", "ven_prs_efs_possible"):
        narrow, wide = assess(recorded, on=on).risk[model].to_list(), assess(absent, on=on).risk[model].to_list()
        assert all(set(some) <= set(more) for some, more in zip(narrow, wide, strict=True))
