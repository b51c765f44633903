"""What a study file asks for beyond curves and Cox models: what it may say, what is refused, and what is made of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.assessment import Assessment, assess
from tenfold.cohort.response_optimism import area_of, response_optimism
from tenfold.cohort.response_sets import ELN_2022, VEN_PRS
from tenfold.cohort.study.asked_models import MAY_HAVE
from tenfold.cohort.study.file import StudyFault, parse_study
from tenfold.cohort.study.response_outcome import outcome_of, responded
from tenfold.records import Registry
from tenfold.reports.study import StudyResult, run_study
from tenfold.reports.study_models import further_figures, further_tables
from tenfold.reports.study_models_view import further_view

START = date(2020, 1, 1)
OS: dict[str, Any] = {"endpoint": [{"name": "OS"}]}


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


def made(patients: int = 40) -> Registry:
    """Every third patient dies; even ones are transplanted after 100 days; all get venetoclax; no woman over 60 responds."""
    people, transplants, treatments, responses = [], [], [], []
    for k in range(patients):
        who, age, sex = f"p{k:02d}", 41 + k, "female" if k % 2 else "male"
        dead, last = k % 3 == 0, 150 + 29 * k
        people.append(
            {
                "patient_id": who,
                "sex": sex,
                "diagnosis_date": day(k),
                "age_at_diagnosis_years": age,
                "last_contact_date": day(k + last),
                "death_date": day(k + last) if dead else None,
            }
        )
        row = {
            "patient_id": who,
            "line": 1,
            "intent": "induction",
            "regimen": "AZA/VEN",
            "drugs": "azacitidine+venetoclax",
        }
        treatments.append({**row, "start_date": day(k + 3)})
        good = sex == "male" and k % 4 == 0
        responses.append(
            {"patient_id": who, "response_date": day(k + 40), "reported_response": "CR" if good else "no response"}
        )
        if k % 2 == 0:
            transplants.append({"patient_id": who, "transplant_date": day(k + 100)})
    tables = {
        "patients": people,
        "treatments": treatments,
        "responses": responses,
        "transplants": transplants,
        "events": [],
    }
    registry = Registry.from_tables(tables)
    assert not registry.check().height, registry.check().to_dicts()
    return registry


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    return assess(made())


def ran(assessed: Assessment, **asked: Any) -> StudyResult:
    return run_study(assessed, parse_study({**OS, **asked}))


def further(result: StudyResult) -> Any:
    assert result.further is not None
    return result.further


def test_every_fault_of_what_is_asked_is_named_at_once() -> None:
    with pytest.raises(StudyFault) as caught:
        parse_study(
            {
                "endpoint": [{"name": "OS", "restricted_mean_months": "48"}, {"name": "RFS"}],
                "groups": [{"by": "transplant", "landmark_months": 0}, {"by": "sex", "simon_makuch": "yes"}],
                "fine_gray": [{"endpoint": "CIRR", "covariates": "sex"}],
                "response_model": [{"outcome": "remission", "covariates": ["sex"], "bootstrap": 3}],
                "subgroups": [{"endpoint": "RFS", "effekt": "sex", "by": []}],
            }
        )
    said = "\n".join(caught.value.faults)
    for part in (
        "restricted_mean_months of OS is a number",
        "landmark_months is a number of months after time zero, not 0",
        "simon_makuch is true or false",
        "CIRR is no endpoint of this study",
        'covariates is a list, e.g. ["sex"]',
        "remission is no outcome of VEN-PRS",
        "bootstrap is 0, or from 10",
        "did you mean effect",
        "effect is missing",
    ):
        assert part in said, part


def test_a_restricted_mean_of_an_endpoint_with_competing_events_is_refused() -> None:
    with pytest.raises(StudyFault, match="CIR has competing events"):
        parse_study({"endpoint": [{"name": "CIR", "restricted_mean_months": 24}]})


@given(st.sampled_from(sorted(MAY_HAVE)), st.sampled_from([1, 1.5, True, "x", [], {}, [1], [{"endpoint": 3}], None]))
def test_no_content_of_a_table_is_a_traceback(table: str, content: Any) -> None:
    if content == []:
        assert parse_study({**OS, table: content}).endpoints
        return
    with pytest.raises(StudyFault, match=r"."):
        parse_study({**OS, table: content})


def test_a_horizon_beyond_the_follow_up_has_no_restricted_mean_and_says_so() -> None:
    followed = assess(made(41))  # the last of them is alive
    result = run_study(followed, parse_study({"endpoint": [{"name": "OS", "restricted_mean_months": 600}]}))
    [row] = further(result).means.to_dicts()
    assert row["restricted_mean_months"] is None
    assert "beyond the last patient followed" in row["why_not"]


def test_a_trend_across_groups_without_an_order_asks_for_one(assessed: Assessment) -> None:
    result = ran(assessed, groups=[{"by": "sex", "trend": True}])
    assert 'write trend = ["female", "male"]' in result.failed[0]
    [trend] = further(ran(assessed, groups=[{"by": "sex", "trend": ["male", "female"]}])).trends
    assert trend.order == ("male", "female")
    [curves] = [one for one in result.curves if one.by == "sex"]
    assert trend.p == pytest.approx(curves.p)  # of two groups the trend is the log-rank test


def test_at_a_landmark_a_later_transplant_changes_no_group(assessed: Assessment) -> None:
    early, late = further(
        ran(assessed, groups=[{"by": "transplant", "landmark_months": months} for months in (2, 4)])
    ).landmarks
    assert early.table["group"].to_list() == ["transplant by then: no"]
    assert dict(late.table.select("group", "patients").iter_rows()) == {
        "transplant by then: no": 20,
        "transplant by then: yes": 20,
    }
    assert late.patients["time_months"].max() < early.patients["time_months"].max()


def test_where_transplants_are_not_recorded_a_landmark_takes_nobody_for_untransplanted() -> None:
    tables = {name: frame for name, frame in made().tables.items() if name != "transplants"}
    unrecorded = assess(Registry.from_tables(tables))
    asked = [{"by": "transplant", "landmark_months": 4}, {"by": "transplant", "simon_makuch": True}]
    failed = ran(unrecorded, groups=asked).failed
    assert len(failed) == 2, failed


def test_in_a_simon_makuch_curve_every_patient_begins_without_a_transplant(assessed: Assessment) -> None:
    result = ran(assessed, groups=[{"by": "transplant", "simon_makuch": True}])
    [moving] = further(result).landmarks
    assert moving.test == "Mantel-Byar test"
    assert moving.table["patients"].to_list() == [40, 20]
    assert int(moving.table["events"].sum()) == int(result.curves[0].patients["event"].sum())
    assert any("Mantel and Byar" in line for line in result.methods)


def test_a_fine_gray_model_of_an_endpoint_without_competing_events_is_refused_alone(assessed: Assessment) -> None:
    result = ran(assessed, fine_gray=[{"endpoint": "OS", "covariates": ["sex"]}])
    assert "no competing event" in result.failed[0]
    assert result.endpoints.height == 1


def test_a_later_fact_is_no_covariate_of_these_models(assessed: Assessment) -> None:
    result = ran(
        assessed,
        response_model=[{"outcome": "CRc", "covariates": ["remission_reached"], "bootstrap": 0}],
        subgroups=[{"endpoint": "OS", "effect": "transplant", "by": ["sex"]}],
    )
    assert len(result.failed) == 2
    assert "comes after time zero" in " ".join(result.failed)
    assert "immortal time" in " ".join(result.failed)


def test_where_none_of_a_group_respond_the_odds_ratio_is_firths_and_says_so(assessed: Assessment) -> None:
    result = ran(assessed, response_model=[{"outcome": "CR", "covariates": ["sex", "age_years"], "bootstrap": 20}])
    [model] = further(result).responses
    assert model.together.method == "Firth"
    sex, age = model.table.to_dicts()
    assert (sex["patients"], sex["responders"], sex["alone_method"]) == (20, 10, "Firth")
    assert age["alone_method"] == "logistic"
    assert sex["together_odds_ratio"] > 1
    assert sex["test"] == "chi-squared test"
    assert model.worth.c.corrected < model.worth.c.apparent
    assert any("Firth" in note for note in model.notes)


def test_the_population_restricts_a_response_model_and_who_is_left_out_is_counted(assessed: Assessment) -> None:
    result = ran(
        assessed, population="age_years>=60", response_model=[{"outcome": "CRc", "covariates": ["sex"], "bootstrap": 0}]
    )
    [model] = further(result).responses
    assert model.together.n == 21
    assert model.left_out["patients"].to_list() == [19]


def test_an_effect_is_told_in_every_level_with_one_interaction(assessed: Assessment) -> None:
    result = ran(assessed, subgroups=[{"endpoint": "OS", "effect": "age_years", "by": ["sex", "age_years>=60"]}])
    [found] = further(result).subgroups
    assert found.table["level"].to_list() == [None, "female", "male", "no", "yes"]
    assert found.table["interaction_p"].drop_nulls().n_unique() == 2
    whole, *levels = found.table["patients"].to_list()
    assert sum(levels) == 2 * whole


def test_a_number_is_no_subgroup_but_a_condition_is(assessed: Assessment) -> None:
    result = ran(assessed, subgroups=[{"endpoint": "OS", "effect": "sex", "by": ["age_years"]}])
    assert 'give a condition as the subgroup, e.g. "age_years>=60"' in result.failed[0]


def test_every_model_has_its_table_its_forest_and_its_place_on_the_page(assessed: Assessment) -> None:
    result = ran(
        assessed,
        cox=[{"endpoint": "OS", "covariates": ["sex", "age_years"]}],
        response_model=[{"outcome": "CRc", "covariates": ["age_years"], "bootstrap": 0}],
        subgroups=[{"endpoint": "OS", "effect": "sex", "by": ["age_years>=60"]}],
    )
    found = further(result)
    assert {"response_model_1", "response_model_1_worth", "subgroups_1"} <= set(further_tables(found))
    assert set(further_figures(found, result.models)) == {"forest_cox_1", "forest_response_1", "forest_subgroups_1"}
    view = further_view(found, result.models, result.study)
    assert all(one["picture"] is not None for one in view["models"])
    assert "n\u00a0=\u00a020" in view["cox_forests"][0]["picture"].wide


@pytest.mark.parametrize(
    ("name", "of", "categories"),
    [
        ("crc", VEN_PRS, ("CR", "CRi")),
        ("ORR", VEN_PRS, ("CR", "CRi", "MLFS")),
        ("CRc", ELN_2022, ("CR", "CRh", "CRi")),
        ("MLFS + CR", ELN_2022, ("CR", "MLFS")),
    ],
)
def test_an_outcome_is_read_in_its_response_set(name: str, of: Any, categories: tuple[str, ...]) -> None:
    assert outcome_of(name, of).categories == categories


def test_a_response_that_cannot_be_told_counts_only_where_every_possibility_agrees() -> None:
    rows = [
        ("a", "CR", None, None),
        ("b", "cannot be told", "open", ["CR", "CRi"]),
        ("c", "cannot be told", "open", ["CRi", "PR"]),
        ("d", "cannot be told", "open", ["PR", "MLFS"]),
        ("e", "cannot be told", "open", None),
        ("f", "not evaluable", "no response was assessed under the treatment", None),
        ("g", "not evaluable", "in remission when the treatment began", None),
    ]
    schema = {"patient_id": pl.String, "standing": pl.String, "because": pl.String, "possible": pl.List(pl.String)}
    told, left_out = responded(pl.DataFrame(rows, schema, orient="row"), outcome_of("crc", VEN_PRS), VEN_PRS)
    assert dict(told.iter_rows()) == {"a": True, "b": True, "d": False, "f": False}
    assert int(left_out["patients"].sum()) == 3


@given(st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=4, max_size=30))
def test_c_is_the_share_of_pairs_that_the_score_orders_rightly(rows: list[tuple[bool, int]]) -> None:
    y, score = np.array([float(answer) for answer, _ in rows]), np.array([float(value) for _, value in rows])
    pairs = [
        (a > b) + 0.5 * (a == b) for a, r in zip(score, y, strict=True) for b, s in zip(score, y, strict=True) if r > s
    ]
    found = area_of(y, score)
    assert np.isnan(found) if not pairs else found == pytest.approx(sum(pairs) / len(pairs))


def test_noise_looks_better_than_chance_until_it_is_corrected() -> None:
    drawn = np.random.default_rng(5)
    found = []
    for _ in range(6):
        x, y = drawn.normal(size=(60, 8)), (drawn.random(60) < 0.5).astype(float)
        found.append(response_optimism(x, y, resamples=40, seed=1, penalised=False))
    apparent = np.mean([one.c.apparent for one in found if one.c.apparent is not None])
    corrected = np.mean([one.c.corrected for one in found if one.c.corrected is not None])
    slope = np.mean([one.slope.corrected for one in found if one.slope.corrected is not None])
    assert apparent > 0.65
    assert abs(corrected - 0.5) < 0.1
    assert slope < 0.6
    assert found[-1] == response_optimism(x, y, resamples=40, seed=1, penalised=False)


def test_a_response_asked_for_as_an_endpoint_is_sent_to_its_model() -> None:
    with pytest.raises(StudyFault, match=r"response_model"):
        parse_study({"endpoint": [{"name": "response"}]})
