"""The worked cases: every one that a room answers comes out, and the runner counts the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from run_vectors import ANSWERS, judge

FILE = Path(__file__).with_name("acceptance_vectors.json")
VECTORS = json.loads(FILE.read_text("utf-8"))
MINE = (
    "tiong.case",
    "tiong.summary",
    "filo.category",
    "filo.percent",
    "km.rfs",
    "eln.mrd_relapse",
    "eln.mrd_ll",
    "venprs",
    "venprs.missing",
    "eln2022.response",
    "ferguson",
    "eac.curve",
    "eac.copies",
    "eac.call",
    "eac.sensv",
    "eac.units",
    "eln2022",
    "eln2024_li",
    "mprs",
    "breems",
    "goelams",
    "ven.dose",
    "thol.trigger",
    "thol.patient1.mrd",
    "thol.patient1.relapse",
    "thol.patient2.relapse",
    "thol.patient3.relapse",
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vector(vector: dict) -> None:
    verdict, remark = judge(vector)
    assert verdict != "fail", remark
    if vector["area"] in MINE:
        assert verdict == "pass", remark


def test_the_areas_answered_are_the_ones_that_the_vectors_use() -> None:
    assert set(ANSWERS) <= {vector["area"] for vector in VECTORS}


def test_a_wrong_expectation_fails_and_the_last_line_counts(tmp_path: Path) -> None:
    wrong = {"id": "X1", "area": "venprs", "input": {"present": []}, "expected": {"group_OS": "adverse"}}
    right = {**wrong, "id": "X2", "expected": {"group_OS": "favourable"}}
    unknown = {**wrong, "id": "X3", "area": "not.an.area"}
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps([wrong, right, unknown]))
    ran = subprocess.run([sys.executable, FILE.with_name("run_vectors.py"), file], capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "1 passed, 1 failed, 1 not yet"
    assert ran.returncode == 1
