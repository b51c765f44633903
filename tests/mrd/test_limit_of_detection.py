"""How deep a negative sample lies: the worse of its stated sensitivity and one copy in its ABL1, wherever it is told."""

from __future__ import annotations

from typing import Any

import pytest
from test_cutoffs_and_cautions import assessed, level, on, reduction, sample

from tenfold.mrd.molecular_response import MOLECULAR_RESPONSE

DIAGNOSIS = level(0, 5200.0)
SALVAGE = [{"patient_id": "A", "intent": "pre-emptive", "drugs": "venetoclax+azacitidine", "start_date": on(200)}]


def negative(day: int, **facts: Any) -> dict[str, Any]:
    return sample(day, detected="no", adequate="yes", control_copies=44_000, **facts)


def limited_by(*samples: dict[str, Any]) -> str | None:
    return assessed(list(samples)).molecular.filter(row="sample").row(-1, named=True)["limited_by"]


def test_a_negative_sample_fell_by_no_more_than_its_stated_sensitivity_shows() -> None:
    stated = negative(250, sensitivity=1e-5)
    assert reduction([DIAGNOSIS, stated])[0] == pytest.approx(5.0)
    assert limited_by(DIAGNOSIS, stated) == "the stated sensitivity"


def test_nor_by_more_than_one_copy_in_the_control_gene_shows() -> None:
    optimistic = negative(250, sensitivity=1e-9)
    assert reduction([DIAGNOSIS, optimistic])[0] == pytest.approx(6.36, abs=0.01)
    assert limited_by(DIAGNOSIS, optimistic) == "one copy in the ABL1 counted"


def test_five_copies_in_one_well_of_three_are_negative_and_lie_no_deeper_than_five_copies() -> None:
    faint = negative(250) | {"detected": None, "target_copies": 5, "replicates_positive": 1, "replicates_run": 3}
    assert reduction([DIAGNOSIS, faint])[0] == pytest.approx(5.66, abs=0.01)


@pytest.mark.parametrize(("sensitivity", "fall"), [(None, 2.62), (1e-5, 1.26), (1e-3, -0.74)])
def test_the_fall_since_treatment_is_told_by_the_same_limit(sensitivity: float | None, fall: float) -> None:
    samples = [DIAGNOSIS, level(195, 0.95), negative(250, sensitivity=sensitivity)]
    [row] = assessed(samples, treatments=SALVAGE).responses.to_dicts()
    assert row["fall_low"] == pytest.approx(fall, abs=0.01)
    assert row["criterion_tenfold_fall"] == (1 if fall > 1 else None)
    assert row[MOLECULAR_RESPONSE.key] == "MRD negativity"


def test_without_control_copies_or_sensitivity_the_fall_stays_unknown() -> None:
    bare = {**negative(250), "control_copies": None}
    [row] = assessed([DIAGNOSIS, level(195, 0.95), bare], treatments=SALVAGE).responses.to_dicts()
    assert row["fall_low"] is None
