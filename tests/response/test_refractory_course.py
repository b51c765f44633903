"""Refractory leukaemia read from a patient's treatments and marrows; flow and sequencing below their share; best band."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

import tenfold
from tenfold.records import Registry

DAY0 = date(2024, 1, 1)


def on(day: int) -> date:
    return DAY0 + timedelta(days=day)


def assessed(**tables: Any) -> Any:
    known: dict[str, Any] = {
        "patients": [{"patient_id": "A", "diagnosis_date": DAY0}],
        "responses": pl.DataFrame(schema={"patient_id": pl.String, "response_date": pl.Date}),
        "treatments": pl.DataFrame(schema={"patient_id": pl.String, "start_date": pl.Date}),
        "transplants": pl.DataFrame(schema={"patient_id": pl.String, "transplant_date": pl.Date}),
        **{name: [{"patient_id": "A", **row} for row in rows] for name, rows in tables.items()},
    }
    return tenfold.assess(Registry.from_tables(known))


def line(day: int, regimen: str, *, intensive: str | None, cycles: int | None = 1, **facts: Any) -> dict[str, Any]:
    return {
        "start_date": on(day),
        "intent": "induction",
        "regimen": regimen,
        "drugs": "cytarabine",
        "intensive": intensive,
        "cycles": cycles,
        "end_date": on(day + 7),
        **facts,
    }


def marrow(day: int, blasts: float) -> dict[str, Any]:
    return {"sample_date": on(day), "blasts_pct": blasts}


def last(**tables: Any) -> dict[str, Any]:
    return assessed(**tables).refractory.row(-1, named=True)


TWO_COURSES = [line(2, "7+3", intensive="yes"), line(40, "FLAG-Ida", intensive="yes")]
MARROWS = [marrow(0, 60), marrow(30, 40), marrow(70, 20)]


def test_two_intensive_courses_without_remission_are_refractory_by_eln_and_as_the_venprs_paper_quotes_it() -> None:
    found = last(treatments=TWO_COURSES, marrows=MARROWS)
    assert found["eln_2022_refractory"] == "refractory"
    assert found["eln_refractory_as_in_ven_prs"] == "refractory"


def test_a_course_of_another_kind_is_not_taken_off_those_that_count() -> None:
    azacitidine = line(-60, "AZA", intensive="no", cycles=1)
    found = last(treatments=[azacitidine, *TWO_COURSES], marrows=[marrow(-70, 50), *MARROWS])
    assert (found["intensive_courses"], found["nonintensive_cycles"]) == (2, 1)
    assert found["eln_2022_refractory"] == "refractory"


def test_without_a_course_of_intermediate_dose_cytarabine_the_quoted_reading_stays_open() -> None:
    found = last(treatments=[TWO_COURSES[0], line(40, "7+3", intensive="yes")], marrows=MARROWS)
    assert found["eln_2022_refractory"] == "refractory"
    assert set(found["eln_refractory_as_in_ven_prs_possible"]) == {"refractory", "not refractory"}


def test_ferguson_speaks_after_the_first_induction_only() -> None:
    rows = assessed(treatments=TWO_COURSES, marrows=MARROWS).refractory
    assert rows["ferguson_refractory"].to_list() == ["refractory", None]


def test_a_course_whose_number_is_not_recorded_leaves_it_open() -> None:
    found = last(treatments=[TWO_COURSES[0], line(40, "FLAG-Ida", intensive="yes", cycles=None)], marrows=MARROWS)
    assert set(found["eln_2022_refractory_possible"]) == {"refractory", "not refractory"}


def test_of_a_line_whose_end_is_not_recorded_it_is_not_known_how_much_was_given_by_the_marrow() -> None:
    two_cycles = line(2, "7+3", intensive="yes", cycles=2)
    assert last(treatments=[two_cycles], marrows=MARROWS)["eln_2022_refractory"] == "refractory"
    open_ended = last(treatments=[{**two_cycles, "end_date": None}], marrows=MARROWS)
    assert set(open_ended["eln_2022_refractory_possible"]) == {"refractory", "not refractory"}


@pytest.mark.parametrize(("day", "said"), [(181, "not refractory"), (182, "refractory")])
def test_non_intensive_treatment_is_judged_at_180_days(day: int, said: str) -> None:
    found = last(treatments=[line(2, "AZA", intensive="no", cycles=3)], marrows=[marrow(0, 60), marrow(day, 30)])
    assert found["eln_2022_refractory"] == said
    assert found["esmo_refractory_non_intensive"] == "not refractory"


def test_esmo_counts_four_cycles() -> None:
    found = last(treatments=[line(2, "AZA", intensive="no", cycles=4)], marrows=[marrow(0, 60), marrow(120, 30)])
    assert found["esmo_refractory_non_intensive"] == "refractory"
    assert found["eln_2022_refractory"] == "not refractory"


def test_after_a_remission_nobody_is_refractory() -> None:
    remission = [{"response_date": on(35), "reported_response": "CR"}]
    assert last(treatments=TWO_COURSES, marrows=MARROWS, responses=remission)["eln_2022_refractory"] == "not refractory"


def test_nor_is_who_relapses_after_two_courses_and_a_remission() -> None:
    remission = [{"response_date": on(75), "reported_response": "CR"}]
    relapsed = [*MARROWS[:2], marrow(100, 20)]
    found = last(treatments=TWO_COURSES, marrows=relapsed, responses=remission)
    assert found["eln_2022_refractory"] == "not refractory"


def test_an_unrecorded_table_of_treatments_decides_nothing() -> None:
    complete = [{"patient_id": None, "table": "treatments", "complete": "no"}]
    found = last(treatments=TWO_COURSES[:1], marrows=MARROWS[:2], completeness=complete)
    assert set(found["eln_2022_refractory_possible"]) == {"refractory", "not refractory"}


# -- shares below which flow and sequencing are negative ----------------------------------------------------------------


def state(**facts: Any) -> set[str]:
    sample = {"sample_id": "s", "sample_date": on(100), "tissue": "marrow", "adequate": "yes", "detected": "yes"}
    remission = [{"response_date": on(30), "reported_response": "CR"}]
    found = assessed(mrd_samples=[{**sample, **facts}], responses=remission).patients
    return set(found["state_possible"][0])


@pytest.mark.parametrize(
    ("marker", "method", "scale"), [("LAIP", "flow", "percent_cd45"), ("NPM1", "ngs", "percent_vaf")]
)
def test_flow_and_sequencing_are_negative_below_a_tenth_of_a_percent(marker: str, method: str, scale: str) -> None:
    told = {"marker": marker, "method": method, "scale": scale}
    assert state(value=0.09, **told) == {"MRD negative"}
    assert state(value=0.1, **told) == {"MRD detectable"}
    assert state(value=0.1, qualifier="<", detected=None, **told) == {"MRD negative"}


def test_a_share_of_abl1_has_no_such_limit() -> None:
    facts = {"marker": "NPM1", "method": "rt-qpcr", "scale": "percent_abl1", "control_gene": "ABL1"}
    assert state(value=0.001, control_copies=100_000, **facts) == {"MRD detectable"}


# -- FILO's best first-line band ----------------------------------------------------------------------------------------


def bands(levels: list[float | str | None]) -> list[str | None]:
    remission = [{"response_date": on(30), "reported_response": "CR"}]
    samples = [
        {
            "sample_id": f"s{k}",
            "sample_date": on(40 + 30 * k),
            "marker": "NPM1",
            "tissue": "marrow",
            "method": "rt-qpcr",
            "control_gene": "ABL1",
            "control_copies": 50_000,
            "detected": None if level == "?" else "no" if level is None else "yes",
            **({} if level in (None, "?") else {"value": level, "scale": "percent_abl1"}),
        }
        for k, level in enumerate(levels)
    ]
    rows = assessed(mrd_samples=samples, responses=remission).molecular
    return rows.filter(pl.col("row") == "sample")["best_band"].to_list()


def test_the_best_band_is_the_best_so_far_and_never_looks_ahead() -> None:
    low, high = "detectable, below 2 %", "2 % or more"
    assert bands([3.0, 0.5, None, 0.5]) == [high, low, "negative", "negative"]


def test_a_sample_without_a_call_leaves_the_best_band_open_until_it_is_negative() -> None:
    assert bands([0.5, "?", 0.4, None]) == ["detectable, below 2 %", None, None, "negative"]
