"""A study's models from a simulated registry's CSV files are those that R makes of the same files (golden/study_models.R)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tenfold
from tenfold.assessment import assess
from tenfold.cohort.simulation import simulate_registry
from tenfold.cohort.study.file import parse_study
from tenfold.reports.study import StudyResult, run_study

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "study_models.json").read_text())
OWN_CIR = {
    "name": "relapse",
    "start": "first remission",
    "events": ["relapse"],
    "competing": ["death"],
    "censor": ["known to be alive"],
}
COVARIATES = ["sex", "ontogeny"]
STUDY: dict[str, Any] = {
    "landmarks_months": [12],
    "endpoint": [{"name": "OS", "restricted_mean_months": 24}, OWN_CIR],
    "groups": [
        {"by": "sex", "endpoints": ["OS"]},
        {"by": "ontogeny", "endpoints": ["OS"], "trend": ["de novo", "secondary", "therapy-related"]},
        {"by": "transplant", "endpoints": ["OS"], "landmark_months": 6},
        {"by": "transplant", "endpoints": ["OS"], "simon_makuch": True},
    ],
    "fine_gray": [{"endpoint": "relapse", "covariates": COVARIATES}],
    "response_model": [
        {"outcome": "CRc", "covariates": COVARIATES, "bootstrap": 20},
        {"outcome": "MLFS", "covariates": ["ontogeny"], "bootstrap": 0},
    ],
    "subgroups": [{"endpoint": "OS", "effect": "sex", "by": ["ontogeny"]}],
}
NEAR: dict[str, Any] = {"rel": 1e-6, "abs": 1e-9}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    folder = tmp_path_factory.mktemp("simulated")
    simulate_registry(160, 3, "venprs").registry.write(folder)
    found = run_study(assess(tenfold.read(folder)), parse_study(STUDY))
    assert not found.failed, found.failed
    return found


def further(result: StudyResult) -> Any:
    assert result.further is not None
    return result.further


def test_the_registry_is_the_one_that_r_read(result: StudyResult) -> None:
    whole = result.curves[0].patients
    assert (whole.height, int(whole["event"].sum())) == (GOLDEN["n"], GOLDEN["events"])
    assert float(whole["time_months"].sum()) == pytest.approx(GOLDEN["months"], **NEAR)


def test_restricted_means_and_their_difference_are_rs(result: StudyResult) -> None:
    means = further(result).means
    rows = means.filter(means["by"] == "sex").to_dicts()
    theirs = GOLDEN["restricted"]
    assert [row["group"] for row in rows] == theirs["group"]
    assert [row["restricted_mean_months"] for row in rows] == pytest.approx(theirs["mean"], **NEAR)
    assert [row["mean_low"] for row in rows] == pytest.approx(theirs["low"], **NEAR)
    assert rows[1]["difference_months"] == pytest.approx(theirs["difference"], **NEAR)
    assert rows[1]["difference_p"] == pytest.approx(theirs["difference_p"], **NEAR)


def test_the_trend_is_rs(result: StudyResult) -> None:
    [trend] = further(result).trends
    assert [trend.statistic, trend.p] == pytest.approx(GOLDEN["trend"], **NEAR)


def test_the_landmark_and_the_moving_curves_are_tested_as_r_tests_them(result: StudyResult) -> None:
    landmark, moving = further(result).landmarks
    assert landmark.table["patients"].to_list() == GOLDEN["landmark"]["n"]
    assert landmark.p == pytest.approx(GOLDEN["landmark"]["p"], **NEAR)
    assert moving.p == pytest.approx(GOLDEN["mantel_byar"], **NEAR)


def test_the_fine_gray_model_is_cmprsks(result: StudyResult) -> None:
    [model] = further(result).fine_gray
    theirs = GOLDEN["fine_gray"]
    assert (model.together.n, model.together.events, model.together.competing) == (
        theirs["n"],
        theirs["events"],
        theirs["competing"],
    )
    table = model.table
    assert table["together_subdistribution_hazard_ratio"].to_list() == pytest.approx(
        theirs["together"]["ratio"], **NEAR
    )
    assert table["together_low"].to_list() == pytest.approx(theirs["together"]["low"], **NEAR)
    alone = [
        ratio
        for one in theirs["alone"]
        for ratio in (one["ratio"] if isinstance(one["ratio"], list) else [one["ratio"]])
    ]
    assert table["alone_subdistribution_hazard_ratio"].to_list() == pytest.approx(alone, **NEAR)
    assert table["cause_specific_hazard_ratio"].to_list() == pytest.approx(theirs["cause_specific"], **NEAR)


def test_the_response_model_is_rs_glm_with_its_test(result: StudyResult) -> None:
    model = further(result).responses[0]
    theirs = GOLDEN["response"]
    assert (model.together.n, model.together.responses) == (theirs["n"], theirs["responders"])
    for ours, name in (("together_odds_ratio", "ratio"), ("together_low", "low"), ("together_p", "p")):
        assert model.table[ours].to_list() == pytest.approx(theirs["together"][name], **NEAR)
    assert model.table["alone_odds_ratio"][0] == pytest.approx(theirs["alone"][0]["ratio"], **NEAR)
    assert model.table["test_p"][0] == pytest.approx(theirs["chi_squared_sex"], **NEAR)


def test_where_none_of_a_group_respond_it_is_firths_model(result: StudyResult) -> None:
    model = further(result).responses[1]
    assert model.together.method == "Firth"
    assert model.together.responses == GOLDEN["firth"]["responders"]
    # R's optim stops at about six digits.
    assert model.table["together_odds_ratio"].to_list() == pytest.approx(GOLDEN["firth"]["ratio"], rel=1e-4)
    assert model.table["together_p"].to_list() == pytest.approx(GOLDEN["firth"]["p"], rel=1e-4)


def test_the_interaction_is_rs_likelihood_ratio(result: StudyResult) -> None:
    [model] = further(result).subgroups
    levels = model.table.filter(model.table["level"].is_not_null())
    assert levels["hazard_ratio"].to_list() == pytest.approx(GOLDEN["subgroups"]["within"], **NEAR)
    assert levels["interaction_p"].to_list() == pytest.approx([GOLDEN["subgroups"]["interaction_p"]] * 3, **NEAR)
