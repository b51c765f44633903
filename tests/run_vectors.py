"""Run a file of worked clinical cases through the public API.

    python tests/run_vectors.py tests/acceptance_vectors.json

Each vector is {"id", "area", "input", "expected"}. Every expected field of an area that Tenfold answers must come out;
areas that no room answers yet are "not yet". The last line counts: N passed, N failed, N not yet. Exit 1 on a failure.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import vectors_of_assay
import vectors_of_curves
import vectors_of_dosing
import vectors_of_mrd
import vectors_of_response
import vectors_of_risk
import vectors_of_thol
from vector_answers import ANSWERS, Fields, NotYet

ANSWERED_IN = (
    vectors_of_response,
    vectors_of_risk,
    vectors_of_mrd,
    vectors_of_dosing,
    vectors_of_assay,
    vectors_of_curves,
    vectors_of_thol,
)
"""Each of them says, as it is imported, which areas it answers."""


def same(expected: Any, found: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            same(value, found.get(key)) for key, value in expected.items() if key != "note"
        )
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(same, expected, found))
    if isinstance(expected, bool) or expected is None or isinstance(found, bool):
        return expected is found
    try:
        return math.isclose(float(expected), float(found), rel_tol=1e-4, abs_tol=1e-9)
    except (TypeError, ValueError):
        return str(expected) == str(found)


def judge(vector: Fields) -> tuple[str, str]:
    """Return ("pass", "fail" or "not yet", a remark)."""
    if vector["area"] not in ANSWERS:
        return "not yet", vector["area"]
    try:
        found = ANSWERS[vector["area"]](vector["input"])
    except NotYet as missing:
        return "not yet", str(missing)
    except Exception as error:  # one vector that cannot be answered never stops the others
        return "fail", f"{type(error).__name__}: {error}"
    expected = {name: value for name, value in vector["expected"].items() if name != "note"}
    wrong = {
        name: (value, found[name]) for name, value in expected.items() if name in found and not same(value, found[name])
    }
    if wrong:
        return "fail", "; ".join(f"{name}: expected {want}, found {got}" for name, (want, got) in wrong.items())
    missing = [name for name in expected if name not in found]
    if missing:
        return "not yet", f"{', '.join(missing)} (the rest passes)"
    return "pass", ""


def main(path: str) -> int:
    counts = {"pass": 0, "fail": 0, "not yet": 0}
    for vector in json.loads(Path(path).read_text("utf-8")):
        verdict, remark = judge(vector)
        counts[verdict] += 1
        print(f"{vector['id']:<5} {vector['area']:<22} {verdict}{'  ' + remark if remark else ''}")
    print(f"{counts['pass']} passed, {counts['fail']} failed, {counts['not yet']} not yet")
    return 1 if counts["fail"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
