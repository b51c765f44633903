"""WT1 is expressed by normal marrow and blood: only above their background is it residual disease."""

from __future__ import annotations

from typing import Any

import pytest
from test_cutoffs_and_cautions import assessed, level, on, sample

from tenfold.settings import DEFAULTS


def wt1(day: int, percent: float, **facts: Any) -> dict[str, Any]:
    return level(day, percent, **{"marker": "WT1", "tissue": "blood", **facts})


def states(*samples: dict[str, Any], settings: Any = DEFAULTS) -> list[list[str]]:
    told = assessed(list(samples), settings).molecular
    return told.filter(told["row"] == "sample")["state_possible"].to_list()


NEGATIVE = wt1(50, 0.0, detected="no")


def test_levels_within_the_background_of_normal_blood_are_never_a_relapse() -> None:
    assert states(NEGATIVE, wt1(140, 0.1), wt1(160, 0.107)) == [["MRD negative"]] * 3


def test_two_levels_above_it_after_a_negative_are_a_relapse() -> None:
    assert states(NEGATIVE, wt1(140, 0.9), wt1(160, 2.4))[-1] == ["MRD relapse, confirmed"]


@pytest.mark.parametrize(("percent", "tissue", "positive"), [(0.5, "blood", False), (0.51, "blood", True),
                                                             (2.5, "marrow", False), (2.6, "marrow", True)])  # fmt: skip
def test_the_limit_itself_is_normal(percent: float, tissue: str, positive: bool) -> None:
    before = {**NEGATIVE, "tissue": tissue}
    [_, state] = states(before, wt1(140, percent, tissue=tissue))
    assert state == (["MRD relapse, unconfirmed"] if positive else ["MRD negative"])


@pytest.mark.parametrize(
    "facts",
    [
        {"value": None, "scale": None},
        {"value": 3.0, "scale": "percent_of_diagnosis"},
        {"value": 0.3, "scale": "percent_abl1", "qualifier": ">"},
        {"value": 0.9, "scale": "percent_abl1", "qualifier": "<"},
    ],
)
def test_without_a_level_that_can_be_compared_with_it_nothing_is_known(facts: dict[str, Any]) -> None:
    [_, state] = states(NEGATIVE, sample(140, marker="WT1", tissue="blood", **facts))
    assert {"MRD negative", "MRD relapse, unconfirmed"} <= set(state)


def test_a_laboratory_sets_its_own_limit() -> None:
    own = DEFAULTS.changed(mrd__wt1_background_blood=0.05)
    assert states(NEGATIVE, wt1(140, 0.1), settings=own)[-1] == ["MRD relapse, unconfirmed"]


def test_a_mutation_of_the_gene_followed_by_sequencing_has_no_such_background() -> None:
    mutation = {"marker": "WT1", "method": "ngs", "scale": "percent_vaf", "control_gene": None, "control_copies": None}
    found = states(
        sample(50, **mutation, value=0.0, detected="no", adequate=True),
        sample(140, **mutation, value=0.4, adequate=True),
    )
    assert found[-1] == ["MRD relapse, unconfirmed"]


def test_each_reading_says_what_it_rests_on() -> None:
    told = assessed([NEGATIVE, wt1(140, 0.1), wt1(160, 0.9), {**wt1(180, 3.0), "scale": "percent_of_diagnosis"}])
    said = {row["sample_id"]: row["caution"] for row in told.cautions.to_dicts()}
    assert said["s140"].startswith("detected, but within what normal tissue expresses")
    assert "s160" not in said
    assert "is not known" in said["s180"]


@pytest.mark.parametrize("sensitivity", [None, 1e-5])
def test_negative_within_the_background_is_no_fall_beyond_the_limit_of_detection(sensitivity: float | None) -> None:
    told = assessed([wt1(0, 90.0), wt1(140, 0.1, sensitivity=sensitivity)]).molecular
    [row] = told.filter(told["sample_id"] == "s140").to_dicts()
    assert row["detection_limit"] is None
    assert row["reduction_low"] in (None, float("-inf"))


def test_nor_a_fall_under_treatment() -> None:
    """From 3 % to 0.45 % is less than a tenfold fall, though 0.45 % is negative in blood."""
    treated = [{"patient_id": "A", "intent": "pre-emptive", "drugs": "venetoclax+azacitidine", "start_date": on(200)}]
    found = assessed([NEGATIVE, wt1(190, 3.0), wt1(240, 0.45, sensitivity=1e-5)], treatments=treated).responses
    [row] = found.to_dicts()
    assert row["criterion_negative"] is not None
    assert row["criterion_tenfold_fall"] is None
