"""C, areas and their comparisons agree with R, and depend on nothing but the order of scores."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tenfold.cohort.discrimination import area, harrell_c, pairwise, uno_c
from tenfold.cohort.measured import difference
from tenfold.cohort.resampling import bootstrap

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "discrimination.json").read_text())
SETS = pytest.mark.parametrize("name", GOLDEN["sets"])
SCORES = pytest.mark.parametrize("which", ["score", "coarse"])
patients = st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.integers(-3, 3)), min_size=4, max_size=25)


def given_set(name, which):
    data = GOLDEN["sets"][name]
    return data, np.array(data["time"], float), np.array(data["status"]), np.array(data[which], float)


@SETS
@SCORES
def test_harrells_c_and_its_error_are_rs(name, which):
    data, time, event, score = given_set(name, which)
    ours, theirs = harrell_c(time, event, score), data["harrell"][which]
    assert ours.value == pytest.approx(theirs["c"], rel=1e-12)
    assert ours.standard_error == pytest.approx(theirs["se"], rel=1e-10)
    assert (ours.concordant, ours.discordant, ours.tied_score) == (
        theirs["concordant"],
        theirs["discordant"],
        theirs["tied"],
    )


@SETS
@SCORES
def test_unos_c_is_rs_with_and_without_a_limit(name, which):
    data, time, event, score = given_set(name, which)
    for until, theirs in ((None, data["uno"][which]), (data["horizons"][1], data["uno_until"][which])):
        ours = uno_c(time, event, score, until=until)
        assert ours.value == pytest.approx(theirs["c"], rel=1e-12)
        assert ours.standard_error == pytest.approx(theirs["se"], rel=1e-10)


@SETS
def test_unos_c_is_that_of_its_authors_package_but_for_ties(name):
    data, time, event, score = given_set(name, "score")
    ours = uno_c(time, event, score, until=data["horizons"][2])
    assert ours.value == pytest.approx(data["survc1"], abs=2e-4)


@SETS
@SCORES
def test_the_area_at_a_horizon_is_riskregressions(name, which):
    data, time, event, score = given_set(name, which)
    for theirs in data["auc"]:
        if theirs["model"] == which:
            ours = area(time, event, score, theirs["times"])
            assert ours.value == pytest.approx(theirs["AUC"], rel=1e-12)
            # They divide the sum of squares by n - 1, the infinitesimal jackknife by n.
            corrected = ours.standard_error * np.sqrt(ours.n / (ours.n - 1))
            assert corrected == pytest.approx(theirs["se"], rel=2e-4)


@SETS
def test_the_difference_of_two_areas_has_riskregressions_error(name):
    data, time, event, _ = given_set(name, "score")
    for theirs in data["auc_difference"]:
        first, second = (area(time, event, data[theirs[of]], theirs["times"]) for of in ("model", "reference"))
        ours = difference(first, second)
        assert ours.value == pytest.approx(theirs["delta.AUC"], abs=1e-12)
        assert ours.standard_error == pytest.approx(theirs["se"], rel=5e-3)
        assert ours.p == pytest.approx(theirs["p"], rel=0.05, abs=1e-6)


@SETS
def test_two_cs_of_the_same_patients_are_compared_as_a_pair(name):
    data, time, event, _ = given_set(name, "score")
    both = {which: harrell_c(time, event, data[which]) for which in ("score", "coarse")}
    assert difference(both["score"], both["coarse"]).standard_error == pytest.approx(
        data["harrell_difference_se"], rel=1e-10
    )
    assert pairwise(both)["difference"][0] == both["score"].value - both["coarse"].value


def test_areas_with_competing_events_are_riskregressions_and_timerocs():
    data = GOLDEN["competing"]
    time, event = np.array(data["time"], float), np.array(data["status"])
    for k, horizon in enumerate(data["horizons"]):
        this = area(time, event, data["score"], horizon)
        any_event = area(time, event, data["score"], horizon, controls="free of any event")
        assert this.value == pytest.approx(data["auc"][k]["AUC"], rel=1e-12)
        assert this.value == pytest.approx(data["free_of_this"]["auc"][k], rel=1e-12)
        assert any_event.value == pytest.approx(data["free_of_any"]["auc"][k], rel=1e-12)
        assert this.standard_error == pytest.approx(data["auc"][k]["se"], rel=3e-3)
        assert any_event.standard_error == pytest.approx(data["free_of_any"]["se"][k], rel=3e-3)
        assert this.of != any_event.of
        assert any_event.controls < this.controls


@settings(deadline=None)
@given(patients)
def test_c_and_area_see_only_the_order_of_scores(rows):
    time, event, score = (np.array(column) for column in zip(*rows, strict=True))
    stretched = np.exp(score / 2) * 7 - 100
    for measure in (harrell_c, uno_c, lambda t, e, s: area(t, e, s, 5)):
        try:
            first = measure(time, event, score)
        except ValueError:
            with pytest.raises(ValueError, match=r"nobody|no two patients"):
                measure(time, event, stretched)
            continue
        second = measure(time, event, stretched)
        assert second.value == pytest.approx(first.value, abs=1e-12)
        assert second.standard_error == pytest.approx(first.standard_error, abs=1e-12)
        assert measure(time, event, -score).value == pytest.approx(1 - first.value, abs=1e-12)


@settings(deadline=None)
@given(patients)
def test_harrells_c_counts_what_two_loops_count(rows):
    agree = against = tied = 0
    for one, (time, event, score) in enumerate(rows):
        for other, (later, happened, its) in enumerate(rows):
            if one != other and event and (time < later or (time == later and not happened)):
                agree, against, tied = agree + (score > its), against + (score < its), tied + (score == its)
    assume(agree + against + tied)
    found = harrell_c(*zip(*rows, strict=True))
    assert (found.concordant, found.discordant, found.tied_score) == (agree, against, tied)


@given(patients)
def test_influence_is_what_leaving_a_little_of_each_patient_out_does(rows):
    """Many copies of everybody, and one more of one: the change is what that patient's influence says."""
    time, event, score = (np.array(column) for column in zip(*rows, strict=True))
    times_over = 400
    try:
        area(time, event, score, 5)
    except ValueError:
        assume(False)
    everybody = np.repeat(np.arange(len(rows)), times_over)
    whole = area(time[everybody], event[everybody], score[everybody], 5)
    for one in range(len(rows)):
        more = np.append(everybody, one)
        change = area(time[more], event[more], score[more], 5).value - whole.value
        assert change == pytest.approx(whole.influence[one * times_over], abs=2e-5)


def test_the_interval_by_influence_is_that_of_the_bootstrap():
    _, time, event, score = given_set("pbc", "score")
    found = area(time, event, score, 1825)
    again = bootstrap(
        lambda rows: area(time[rows], event[rows], score[rows], 1825).value, time.size, resamples=400, seed=5
    )
    assert again.value == found.value
    assert np.std(again.replicates) == pytest.approx(found.standard_error, rel=0.15)
    assert again.without_answer == 0


def test_a_missing_score_refuses_with_how_many_rows_lack_it():
    for measure in (harrell_c, uno_c, lambda t, e, s: area(t, e, s, 2)):
        with pytest.raises(ValueError, match="score is not known for 2 of 4 rows"):
            measure([1, 2, 3, 4], [1, 0, 1, 0], [0.1, None, float("nan"), 2])


def test_what_cannot_be_measured_is_refused_in_plain_words():
    with pytest.raises(ValueError, match="nobody is followed past 9"):
        area([1, 2, 3], [1, 0, 1], [1, 2, 3], 9)
    with pytest.raises(ValueError, match="nobody has the event by 1"):
        area([2, 2, 3], [1, 0, 1], [1, 2, 3], 1)
    with pytest.raises(ValueError, match="no two patients can be compared"):
        harrell_c([1, 2, 3], [0, 0, 0], [1, 2, 3])
    with pytest.raises(ValueError, match="event of 1 of 3 rows"):
        harrell_c([1, 2, 3], [0, 2, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="cannot be compared"):
        difference(area([1, 2, 3], [1, 0, 1], [1, 2, 3], 1), area([1, 2, 3], [1, 0, 1], [1, 2, 3], 2))
