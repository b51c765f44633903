"""One model of the list with its weights, and a model in a file asked of every patient on record."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import tenfold
from model_files import of_one_gene
from registries import registry
from tenfold.assessment import ALL_MODELS
from tenfold.catalogue import RISK_AT_DIAGNOSIS, RISK_AT_PRESENT

MODEL = of_one_gene("ward", "TP53")


def test_a_risk_model_on_the_list_is_assessed_without_being_listed_again() -> None:
    assert {one.name for one in ALL_MODELS} == {one.name for one in (*RISK_AT_PRESENT, *RISK_AT_DIAGNOSIS)}


def test_a_named_model_is_listed_alone_with_its_weights_groups_and_verification() -> None:
    said = tenfold("score", "--list", "venprs-os").stdout
    assert "mPRS" not in said
    assert "SF3B1 mutated: -0.98" in said
    assert "intermediate from 0.25 up to 0.75" in said
    assert "verification: nothing of it is marked" in said
    assert "verification: NOT VERIFIED: the points" in tenfold("score", "--list", "mayo-2024").stdout
    assert "TP53 mutated: lower benefit" in tenfold("score", "--list", "mprs").stdout
    assert [one["name"] for one in json.loads(tenfold("score", "--list", "mprs", "--json").stdout)] == ["mPRS"]


def test_a_name_that_no_model_has_is_said() -> None:
    told = tenfold("score", "--list", "venpsr")
    assert told.returncode != 0
    assert "no model is called venpsr" in told.stderr


def test_a_model_in_a_file_is_asked_of_every_patient_and_leaves_open_what_is_not_known(tmp_path: Path) -> None:
    people = [{"patient_id": name, "diagnosis_day": -100} for name in ("mutated", "untested")]
    relapse = [{"patient_id": name, "event_day": 300, "kind": "relapse"} for name in ("mutated", "untested")]
    found = [{"patient_id": "mutated", "sample_day": 300, "gene": "TP53"}]
    registry(patients=people, events=relapse, variants=found).write(tmp_path / "centre")
    (tmp_path / "ward.toml").write_text(MODEL)
    told = tenfold("score", "--all", "centre", "--model", "ward.toml", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    [mutated, untested] = json.loads(told.stdout)["patients"]
    assert (mutated["possible"], mutated["score"]) == (["higher"], 0.8)
    assert (untested["possible"], untested["score"], untested["decided_by"]) == (["lower", "higher"], None, ["TP53"])
    assert "lower or higher" in tenfold("score", "--all", "centre", "--model", "ward.toml", cwd=tmp_path).stdout
