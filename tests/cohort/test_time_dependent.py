"""A transplant in time agrees with R's tmerge, Simon-Makuch curves and landmark, and gives nobody immortal time."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.cox import cox
from tenfold.cohort.time_dependent import landmark, simon_makuch, split_at_transplant

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "cox.json").read_text())
MYELOID = pl.DataFrame(GOLDEN["sets"]["myeloid"], strict=False)
TRANSPLANT = GOLDEN["transplant"]
COLUMNS = {"time": "time", "event": "event", "transplant": "txtime"}
whole = st.integers(1, 30)
patients = st.lists(st.tuples(whole, st.booleans(), st.none() | st.integers(-2, 35)), min_size=1, max_size=25)


def same(ours, theirs):
    ours = [np.nan if value is None else value for value in ours]
    theirs = [np.nan if value is None else value for value in theirs]
    np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float), rtol=1e-6, atol=1e-9)


def test_the_split_is_that_of_rs_tmerge():
    split, theirs = split_at_transplant(MYELOID, **COLUMNS), TRANSPLANT["split"]
    same(split["row"] + 1, theirs["id"])
    same(split["start"], theirs["tstart"])
    same(split["stop"], theirs["tstop"])
    same(split["event"], theirs["death"])
    same(split["transplanted"], theirs["transplanted"])


def test_the_model_with_a_transplant_in_time_is_rs():
    split, theirs = split_at_transplant(MYELOID, **COLUMNS), TRANSPLANT["cox"]
    model = cox(split, entry="start", time="stop", event="event", covariates=["transplanted", "arm"])
    assert model.n == theirs["rows"]
    same([each.coefficient for each in model.coefficients], theirs["coefficients"])
    same([each.standard_error for each in model.coefficients], theirs["standard_errors"])


@pytest.mark.parametrize("golden", TRANSPLANT["simon_makuch"])
def test_simon_makuch_curves_and_the_mantel_byar_test_are_rs(golden):
    found = simon_makuch(MYELOID, start=golden["start"], **COLUMNS)
    same([found.mantel_byar.test.statistic], [golden["chisq"]])
    for curve, theirs in ((found.without, golden["without"]), (found.transplanted, golden["transplanted"])):
        same(curve.steps["time"], theirs["time"])
        same(curve.steps["at_risk"], theirs["at_risk"])
        same(curve.steps["survival"], theirs["survival"])
        begun = curve.steps["survival"] < 1
        for side in ("low", "high"):
            same(curve.steps[side].filter(begun), pl.Series(theirs[side], strict=False).filter(begun))
    assert found.ended_before == (MYELOID["time"] <= golden["start"]).sum()


def test_the_landmark_analysis_is_rs():
    golden = TRANSPLANT["landmark"]
    found = landmark(MYELOID, at=golden["at"], **COLUMNS)
    assert (found.frame.height, found.frame["transplanted"].sum()) == (golden["n"], golden["early"])
    assert (found.event_before, found.censored_before) == (golden["event_before"], golden["censored_before"])
    model = cox(found.frame, time="time_from_landmark", event="event", covariates=["transplanted"])
    same([model["transplanted"].coefficient], [golden["coefficient"]])
    same([model["transplanted"].standard_error], [golden["standard_error"]])


def cohort(rows):
    time, event, transplant = zip(*rows, strict=True)
    return pl.DataFrame({"time": time, "event": event, "txtime": pl.Series(transplant, dtype=pl.Float64)})


@given(patients)
def test_splitting_keeps_every_day_and_every_event(rows):
    data = cohort(rows)
    split = split_at_transplant(data, **COLUMNS)
    assert (split["stop"] - split["start"]).sum() == data["time"].sum()
    assert (split["stop"] > split["start"]).all()
    assert split["event"].sum() == data["event"].sum()
    assert split["row"].n_unique() == data.height


@given(patients)
def test_no_time_before_the_transplant_is_given_to_the_transplanted(rows):
    split = split_at_transplant(cohort(rows), **COLUMNS)
    after = split.filter("transplanted")
    assert (after["start"] >= after["txtime"]).all()
    before = split.filter(~pl.col("transplanted"))
    assert (before["stop"] <= before["txtime"].fill_null(float("inf"))).all()


@given(patients, st.integers(0, 40))
def test_everybody_is_either_at_the_landmark_or_counted_as_before_it(rows, at):
    found = landmark(cohort(rows), at=at, **COLUMNS)
    assert found.frame.height + found.event_before + found.censored_before == len(rows)
    assert (found.frame["time_from_landmark"] > 0).all()


def test_a_transplant_at_the_very_end_comes_too_late_to_count():
    split = split_at_transplant(cohort([(5, True, 5), (5, True, 0), (5, True, None)]), **COLUMNS)
    assert split["transplanted"].to_list() == [False, True, False]


def test_delayed_entry_begins_the_first_interval():
    data = cohort([(10, True, 4), (10, False, 1)]).with_columns(entry=pl.Series([2.0, 3.0]))
    split = split_at_transplant(data, entry="entry", **COLUMNS)
    assert split.select("start", "stop", "event", "transplanted").rows() == [
        (2.0, 4.0, False, False),
        (4.0, 10.0, True, True),
        (3.0, 10.0, False, True),
    ]


def test_unknown_times_are_left_out_and_counted():
    data = pl.DataFrame({"time": [1.0, None, 4], "event": [True, True, None], "txtime": [None, 1.0, None]})
    found = simon_makuch(data, **COLUMNS)
    assert (found.n_given, found.left_out) == (3, {"time": 1, "event": 1})
    assert landmark(data, at=0.5, **COLUMNS).left_out == {"time": 1, "event": 1}


def test_a_patient_never_at_risk_and_a_bad_column_are_named():
    with pytest.raises(ValueError, match="1 rows end at or before"):
        split_at_transplant(cohort([(5, True, None)]).with_columns(time=0), **COLUMNS)
    with pytest.raises(ValueError, match="no column 'hsct'"):
        split_at_transplant(MYELOID, time="time", event="event", transplant="hsct")
    with pytest.raises(ValueError, match="rename yours"):
        split_at_transplant(MYELOID.rename({"arm": "start"}), **COLUMNS)
