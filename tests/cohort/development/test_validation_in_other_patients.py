"""Validation is in other patients: the same ones are refused, shared ones told, and what was done is said everywhere."""

import json

import polars as pl
import pytest
from developing import simulated

from command_line import tenfold
from tenfold.cohort.development.develop import Plan, develop
from tenfold.cohort.development.external import validate
from tenfold.cohort.development.shared_patients import told_apart
from tenfold.cohort.development.validated import status, validated
from tenfold.reports.development import head, validation_rows
from tenfold.reports.tripod import tripod_rows

OUTCOME = ("time_months", "event")
CANDIDATES = ("EMD", "HMA", "SF3B1")


@pytest.fixture(scope="module")
def made():
    return develop(simulated(150), Plan(candidates=CANDIDATES, seed=1, bootstrap=10, splits=0, horizon=10))


def numbered(frame, first=0):
    return frame.with_columns(patient_id=pl.format("P{}", pl.int_range(first, first + frame.height)))


def test_the_patients_a_model_was_made_from_do_not_validate_it(made):
    with pytest.raises(ValueError, match="row by row those the model is made from: that is no validation"):
        validate(made.recipe.entry, simulated(150), horizon=10, developed=simulated(150))
    shuffled = numbered(simulated(150)).sample(fraction=1, shuffle=True, seed=1)
    with pytest.raises(ValueError, match="all 150 patients"):
        validate(made.recipe.entry, shuffled, horizon=10, developed=numbered(simulated(150)))


def test_some_of_them_among_others_are_counted(made):
    training = numbered(simulated(150))
    mixed = pl.concat([training.head(12), numbered(simulated(100, seed=8), 1000)])
    found = validate(made.recipe.entry, mixed, horizon=10, developed=training)
    assert found.remarks[0].startswith("12 of 112 patients are among those the model was made from")
    assert found.remarks[0] in status(True, found)


def test_the_same_identifiers_with_other_times_are_asked_about():
    said = told_apart(numbered(simulated(50)), numbered(simulated(40, seed=9)), CANDIDATES, OUTCOME)
    assert (
        said
        == "40 of 40 have the patient_id of one the model was made from, with another outcome: make sure that they are others"
    )


def test_other_patients_without_identifiers_are_others():
    assert told_apart(simulated(50), simulated(40, seed=9), CANDIDATES, OUTCOME) is None


def test_equal_answers_of_different_responders_are_no_shared_patients():
    few = pl.DataFrame({"response": [True, False], "TP53": [True, False]})
    many = pl.DataFrame({"response": [True, False] * 20, "TP53": [True, False] * 20})
    assert told_apart(many, few, ("TP53",), ("response",)) is None


def test_what_was_validated_is_said_at_the_head_in_the_checklist_and_in_the_file(made):
    entry = made.recipe.entry
    other = validate(entry, simulated(120, seed=4), horizon=10, developed=simulated(150))
    said = f"in 120 other patients with {other.events} events"
    assert said in head(made, {entry.name: other})[-1]
    rows = {item: here for item, _, here in tripod_rows(made, {entry.name: other})}
    assert said in rows["18"]
    assert rows["13c"].startswith("120 of 120 patients used")
    assert "10c" not in {item for item, _, _ in tripod_rows(made)}
    told = validated(entry, made.internally, other, "Elsewhere")
    assert told.caution.endswith(f"{said} (Elsewhere)")
    assert told.provenance["validated_patients"] == 120
    assert "internally validated only" in entry.caution


def test_without_resamples_and_splits_nothing_is_called_validated():
    bare = develop(simulated(150), Plan(candidates=CANDIDATES, seed=1, bootstrap=0, splits=0, horizon=10))
    assert head(bare)[-1].startswith("Not validated")
    assert bare.recipe.entry.caution.endswith("not validated")


def test_area_brier_score_medians_and_observed_survival_have_intervals(made):
    found = validate(made.recipe.entry, simulated(120, seed=4), horizon=10)
    for measure, (low, high) in found.intervals.items():
        assert low < getattr(found.measures, measure) < high
    assert set(found.intervals) == {"concordance", "slope", "area", "brier", "observed_to_expected"}
    rows = dict(validation_rows(found))
    assert " to " in rows["area under the ROC curve at the horizon"]
    group = next(said for name, said in rows.items() if name.startswith("group"))
    assert "months" in group
    assert "observed 0." in group
    row = found.groups.to_dicts()[0]
    assert row["observed_low"] <= row["observed"] <= row["observed_high"]


def test_the_command_refuses_before_it_begins(tmp_path):
    numbered(simulated(120)).write_csv(tmp_path / "train.csv")
    train = str(tmp_path / "train.csv")
    run = tenfold(
        "develop", train, "--candidates", "EMD,HMA", "--validation", train, "--bootstrap", "0", "--splits", "0"
    )
    assert run.returncode == 2
    assert "that is no validation" in " ".join(run.stderr.split())


def test_a_model_compared_in_the_registry_it_was_made_from_is_marked(tmp_path):
    registry, made = str(tmp_path / "registry"), tmp_path / "made"
    assert tenfold("simulate", "--patients", "90", "--kind", "venprs", "--out", registry).returncode == 0
    few = ("--bootstrap", "0", "--splits", "0", "--cut-offs", "0.3", "--out", str(made))
    assert (
        tenfold(
            "develop",
            registry,
            "--candidates",
            "extramedullary,prior_hma",
            "--force",
            "extramedullary",
            "--clock",
            "venetoclax",
            *few,
        ).returncode
        == 0
    )
    model = str(made / "local-score.toml")
    other = str(tmp_path / "other")
    assert tenfold("simulate", "--patients", "90", "--kind", "venprs", "--seed", "2", "--out", other).returncode == 0
    asked = ("--scores", model, "--clock", "venetoclax", "--bootstrap", "0", "--json")
    warnings = [json.loads(tenfold("compare", where, *asked).stdout)["warnings"] for where in (registry, other)]
    assert any("developed here" in line for line in warnings[0])
    assert not any("developed here" in line for line in warnings[1])
