"""The analysis set: who is compared, on what was known at time zero, and who is left out and why."""

from __future__ import annotations

import dataclasses
import operator
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registries import line, only, registry
from scored_registries import scored_registry
from tenfold.assessment import Assessment, assess
from tenfold.cohort.analysis import AnalysisSet, analysis_set, clock_called, endpoint_called
from tenfold.cohort.known_at_start import counted_from, index_days, known_at_start, remission_since
from tenfold.cohort.subgroup import members
from tenfold.endpoints import OVERALL_SURVIVAL
from tenfold.records import Registry
from tenfold.vocabulary import Clock

PATIENTS = 40


@cache
def assessed() -> Assessment:
    return assess(scored_registry(PATIENTS, untested=5))


def on_venetoclax(scores: list[str], assessment: Assessment | None = None, **more: Any) -> AnalysisSet:
    return analysis_set(assessment or assessed(), scores, OVERALL_SURVIVAL, Clock.VENETOCLAX, **more)


def alone(**tables: Any) -> Assessment:
    """One patient, given azacitidine and venetoclax for a relapse on day 0."""
    base: dict[str, Any] = {
        "patients": [{"patient_id": "p", "diagnosis_day": -400, "age_at_diagnosis_years": 60, "last_contact_day": 300}],
        "treatments": [line(-395, "induction", "cytarabine", end_day=-300), line(0, "salvage")],
        "responses": [{"response_day": -340, "reported_response": "CR"}],
        "events": [{"event_day": -20, "kind": "relapse"}],
    }
    return assess(registry(**{**base, **tables}))


def panel(day: int, *genes: str, **more: Any) -> list[dict[str, Any]]:
    return [{"sample_day": day, "gene": gene, **more} for gene in genes or ("NF1", "PTPN11", "FLT3", "TP53", "SF3B1")]


def test_each_patient_has_time_status_group_score_predictor_and_scope() -> None:
    found = on_venetoclax(["venprs"])
    assert found.patients.columns[:5] == ["patient_id", "time_months", "event", "status", "entry_months"]
    [score] = found.scores
    assert (score.name, score.ordered, score.predictor) == ("VEN-PRS-OS", True, True)
    compared = found.complete
    assert compared[score.column("linear_predictor")].equals(compared[score.column("score")], check_names=False)
    assert set(compared[score.column("group")]) == {"favourable", "intermediate", "adverse"}
    assert found.scope(score) == {"yes": compared.height, "no": 0, "unknown": 0}


def test_who_is_left_out_is_counted_with_the_criterion_that_is_not_known() -> None:
    found = on_venetoclax(["venprs", "age_years"])
    assert found.complete.height == PATIENTS - 5
    assert found.left_out.rows() == [("no score", "VEN-PRS-OS is not known", 5)]
    assert found.open.rows() == [("VEN-PRS-OS", "PTPN11", 5)]


def test_every_patient_is_compared_or_counted() -> None:
    found = on_venetoclax(["venprs"], subgroup="age_years>=60")
    before = found.left_out.filter(pl.col("step") != "no score")["patients"].sum()
    assert found.given == PATIENTS == found.patients.height + before
    assert 0 < found.patients.height < PATIENTS


def test_a_sample_taken_by_time_zero_counts_although_its_report_came_later() -> None:
    late = alone(genes_tested=panel(-8, reported_day=5), variants=panel(-8, "NF1", reported_day=5))
    assert on_venetoclax(["present.NF1"], late).patients["present_NF1_group"].to_list() == ["yes"]


def test_a_sample_taken_after_time_zero_does_not_count() -> None:
    later = alone(genes_tested=panel(3), variants=panel(3, "NF1"))
    assert on_venetoclax(["present.NF1", "age_years"], later).patients["present_NF1_group"].to_list() == [None]


def test_a_patient_who_later_had_venetoclax_was_venetoclax_naive_at_time_zero() -> None:
    again = alone(treatments=[line(-395, "induction", "cytarabine"), line(0, "salvage"), line(200, "salvage")])
    assert on_venetoclax(["prior_venetoclax"], again).patients["prior_venetoclax_score"].to_list() == [0.0]


def test_a_model_outside_its_scope_is_computed_and_marked() -> None:
    treated_before = alone(
        treatments=[line(-395, "induction"), line(0, "salvage")],
        genes_tested=panel(-8),
        events=[{"event_day": -20, "kind": "relapse"}],
    )
    chosen = analysis_set(treated_before, ["venprs"], OVERALL_SURVIVAL, Clock.DIAGNOSIS)
    assert chosen.complete.height == 0  # at diagnosis nobody has looked at the genes of the relapse
    # Azacitidine and venetoclax before: the model refuses a single patient, and research computes it all the same.
    index = pl.DataFrame({"patient_id": ["p"], "index_day": [0]})
    known = known_at_start(treated_before, index)
    from tenfold.cohort.asked_scores import asked

    [score], columns = asked(["venprs"], known, "OS")
    assert columns[score.column("in_scope")].to_list() == ["no"]
    assert columns[score.column("group")].to_list() == ["intermediate"]


def test_the_last_value_of_a_table_by_time_zero_is_taken() -> None:
    counts = [{"sample_day": day, "wbc_e9_l": value} for day, value in ((-30, 2.0), (-2, 9.0), (4, 80.0))]
    found = on_venetoclax(["counts.wbc_e9_l"], alone(counts=counts))
    assert found.patients["counts_wbc_e9_l_score"].to_list() == [9.0]


def test_an_outcome_cannot_be_read_as_a_column() -> None:
    died = alone(
        patients=[{"patient_id": "p", "diagnosis_day": -400, "death_day": 90, "cause_of_death": "sepsis"}],
        reported_outcomes=[{"endpoint": "OS", "time_months": 3, "event": True}],
    )
    assert on_venetoclax(["patients.cause_of_death", "age_years"], died).complete.height == 0
    with pytest.raises(LookupError, match="reported_outcomes has no dates"):
        on_venetoclax(["reported_outcomes.event"], died)


def test_on_the_clock_of_the_diagnosis_a_patient_is_read_on_the_first_day_of_treatment() -> None:
    soon = alone(
        patients=[{"patient_id": "p", "diagnosis_day": -10, "age_at_diagnosis_years": 60, "last_contact_day": 300}],
        treatments=[line(0, "induction", "cytarabine")],
        responses=[],
        events=[],
    )
    timed = pl.DataFrame({"patient_id": ["p"], "start_day": [-10]})
    assert index_days(soon, timed, Clock.DIAGNOSIS)["index_day"].to_list() == [0]
    assert index_days(soon, timed, Clock.TREATMENT)["index_day"].to_list() == [-10]
    assert any("first day of treatment" in note for note in analysis_set(soon, ["age_years"], OVERALL_SURVIVAL).notes)


def test_a_landmark_leaves_out_early_deaths_and_counts_from_it() -> None:
    whole, later = on_venetoclax(["age_years"]), on_venetoclax(["age_years"], landmark_months=3.0)
    kept = whole.patients.filter(pl.col("time_months") > 3)
    assert later.patients["patient_id"].to_list() == kept["patient_id"].to_list()
    assert (later.patients["time_months"] - (kept["time_months"] - 3)).abs().max() < 1e-9
    gone = later.left_out.filter(pl.col("step") == "landmark")["patients"].sum()
    assert gone == PATIENTS - kept.height > 0
    assert later.patients["age_years_score"].equals(kept["age_years_score"])


def test_a_remission_after_the_landmark_is_not_known_at_it() -> None:
    assessment = alone(
        responses=[{"response_day": day, "reported_response": "CR"} for day in (-340, 120)],
        events=[{"event_day": -20, "kind": "relapse"}],
    )
    index = pl.DataFrame({"patient_id": ["p"], "index_day": [0]})
    reached = [remission_since(assessment, index, days)["remission_reached"][0] for days in (91, 150, None)]
    assert reached == [False, True, True]


def test_without_complete_responses_nobody_is_said_not_to_have_responded() -> None:
    untold = assess(only(patients=[{"diagnosis_day": -400, "last_contact_day": 300}], treatments=[line(0, "salvage")]))
    index = pl.DataFrame({"patient_id": ["p"], "index_day": [0]})
    assert remission_since(untold, index, 91)["remission_reached"].to_list() == [None]


def test_a_response_cannot_choose_who_is_compared_from_time_zero() -> None:
    with pytest.raises(ValueError, match="after time zero"):
        on_venetoclax(["age_years"], subgroup="remission_reached=yes")
    with pytest.raises(ValueError, match="looks later than time zero"):
        on_venetoclax(["mayo2024"], subgroup="Mayo-2024=low")


def test_a_group_of_a_model_can_be_a_subgroup() -> None:
    found = on_venetoclax(["venprs", "age_years"], subgroup="ven-prs-os=adverse")
    assert set(found.patients["ven_prs_os_group"]) == {"adverse"}
    assert ("subgroup", "not known whether in the subgroup ven-prs-os=adverse", 5) in found.left_out.rows()


def test_completeness_stated_for_everybody_counts_from_each_patients_own_start() -> None:
    tables = {
        "patients": [{"patient_id": name, "diagnosis_day": day} for name, day in (("a", 0), ("b", 500))],
        "treatments": [{"patient_id": "a", **line(10)}],
        "completeness": [
            {"patient_id": None, "table": "treatments", "complete": True, "from_day": 100},
            {"patient_id": "b", "table": "treatments", "complete": False, "from_day": None},
        ],
    }
    moved = counted_from(only(**tables), pl.DataFrame({"patient_id": ["a", "b"], "index_day": [30, 40]}))
    assert moved.complete("treatments").rows() == [("a", 70)]
    assert moved.days("treatments")["start_day"].to_list() == [-20]


def test_times_reported_without_dates_are_used_only_where_there_are_no_dates_and_said() -> None:
    rows = [{"patient_id": name, "endpoint": "OS", "time_months": 5.0, "event": True} for name in "ab"]
    people = [{"patient_id": name, "age_years": 60} for name in "ab"]
    found = analysis_set(assess(only(patients=people, reported_outcomes=rows)), ["age_years"], OVERALL_SURVIVAL)
    assert (found.source, found.complete.height) == ("reported", 2)
    assert any("without dates" in note for note in found.notes)


@cache
def few() -> tuple[Registry, pl.DataFrame]:
    small = scored_registry(6, seed=3, untested=1)
    return small, on_venetoclax(["venprs", "breems"], assess(small)).patients


def test_the_calendar_does_not_matter() -> None:
    small, whole = few()
    tables = {name: rows.with_columns(pl.col(pl.Date).dt.offset_by("-1234d")) for name, rows in small.tables.items()}
    moved = dataclasses.replace(small, tables=tables)
    assert on_venetoclax(["venprs", "breems"], assess(moved)).patients.equals(whole)


def test_the_company_does_not_matter() -> None:
    small, whole = few()
    one = on_venetoclax(["venprs", "breems"], assess(small.patient("V0004"))).patients
    assert one.equals(whole.filter(pl.col("patient_id") == "V0004"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("efs", "EFS-ELN2022, EFS-failure-date, EFS-ELN2017"),
        ("happiness", "no endpoint is called happiness; there are OS"),
    ],
)
def test_an_endpoint_that_means_several_or_nothing_is_named(name: str, said: str) -> None:
    with pytest.raises(LookupError, match=said):
        endpoint_called(name)


def test_endpoints_and_clocks_are_found_however_spelt() -> None:
    assert endpoint_called("os") is OVERALL_SURVIVAL
    assert str(endpoint_called("rfs mrd").name) == "RFS-MRD"
    assert clock_called("VENETOCLAX") == Clock.VENETOCLAX == clock_called("first dose of venetoclax")
    with pytest.raises(LookupError, match="no clock is called moon"):
        clock_called("moon")


@pytest.mark.parametrize(
    ("scores", "error", "said"),
    [
        (["venprz"], LookupError, "nor is a model called so"),
        (["age_yers"], LookupError, "did you mean age_years"),
        (["counts.colour"], LookupError, "no column is called counts.colour"),
        (["sky.blue"], LookupError, "the places are present"),
        (["venprs", "VEN-PRS-OS"], ValueError, "asked for twice"),
        (["category_cohesin_genes"], LookupError, "several values"),
        (["MRD-state"], LookupError, "nor is a model called so"),
        ([], ValueError, "at least one score"),
    ],
)
def test_a_score_that_cannot_be_is_refused_in_plain_words(scores: list[str], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        on_venetoclax(scores)


COLUMN = pl.DataFrame(
    {
        "patient_id": list("abcdef"),
        "age": [50.0, 60.0, 70.0, None, 60.0, 80.0],
        "sex": ["female", "male", None, "male", "Female", "male"],
        "fit": [True, False, None, True, False, True],
    }
)


def column(name: str) -> pl.DataFrame:
    if name not in COLUMN.columns:
        raise LookupError(f"no column is called {name}")
    return COLUMN.select("patient_id", value=name)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("age>=60", [False, True, True, None, True, True]),
        ("age=60|80", [False, True, False, None, True, True]),
        ("age!=60|80", [True, False, True, None, False, False]),
        ("sex=FEMALE", [True, False, None, False, True, False]),
        ("fit=no", [False, True, None, False, True, False]),
        ("age<70, fit=yes", [True, False, False, None, False, False]),
    ],
)
def test_a_subgroup_is_read(expression: str, expected: list[bool | None]) -> None:
    assert members(expression, column)["member"].to_list() == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "is no condition"),
        ("age", "write for example"),
        ("age>=", "lacks a column or a value"),
        (">=60", "lacks a column or a value"),
        ("age>=old", "'old' is not"),
        ("age>50|60", "only be asked with = or !="),
        ("fit>no", "is not a number"),
        ("fit=perhaps", "is yes or no"),
        ("sex=other", "there are: female, male"),
        ("__import__('os')", "is no condition"),
    ],
)
def test_a_subgroup_that_cannot_be_read_says_what_to_write(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        members(expression, column)


@given(
    st.lists(st.tuples(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), st.integers(50, 80)), min_size=1, max_size=3)
)
def test_conditions_hold_together_and_never_for_the_unknown(parts: list[tuple[str, int]]) -> None:
    asked = {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "=": operator.eq,
        "!=": operator.ne,
    }
    told = members(",".join(f"age{sign}{value}" for sign, value in parts), column)["member"]
    for age, member in zip(COLUMN["age"], told, strict=True):
        expected = None if age is None else all(asked[sign](age, value) for sign, value in parts)
        assert member == expected
