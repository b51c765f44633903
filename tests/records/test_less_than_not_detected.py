"""A result printed as "<0.01" and called not detected states its limit: it is no contradiction."""

import pytest

from tenfold.assessment import assess
from tenfold.records import Registry
from tenfold.reports.card import card

SAMPLE = {
    "patient_id": "1",
    "tissue": "marrow",
    "marker": "NPM1",
    "method": "rt-qpcr",
    "control_gene": "ABL1",
    "control_copies": "50000",
    "scale": "percent_abl1",
}


def registry_of(**last: str) -> Registry:
    diagnosis = SAMPLE | {"sample_date": "2024-01-01", "value": "500"}
    patient = {"patient_id": "1", "diagnosis_date": "2024-01-01"}
    samples = [diagnosis, SAMPLE | {"sample_date": "2024-06-01"} | last]
    return Registry.from_tables({"patients": [patient], "mrd_samples": samples})


def test_less_than_a_limit_and_not_detected_agree():
    registry = registry_of(value="0.01", qualifier="<", detected="no")
    assert registry.check().is_empty()
    assessment = assess(registry)
    last = assessment.molecular.row(-1, named=True)
    assert last["detected_code"] == 0
    # It saw no deeper than the limit that was printed, whatever its copies of ABL1 would have allowed.
    assert last["detection_limit"] == pytest.approx(-2)
    shown = card(assessment, "1")["streams"][0]["history"][-1]["level"]
    assert shown == "< 0.01 % of ABL1: negative"


@pytest.mark.parametrize("qualifier", ["", "=", ">"])
def test_any_other_level_contradicts_not_detected(qualifier):
    registry = registry_of(value="0.01", qualifier=qualifier, detected="no")
    assert registry.check()["rule"].to_list() == ["the value is 0.01 although detected is no"]
    assert registry.table("mrd_samples").height == 1


def test_less_than_a_limit_alone_is_not_known_to_be_negative():
    registry = registry_of(value="0.01", qualifier="<")
    assert registry.check().is_empty()
    assert assess(registry).molecular["detected_code"][-1] == 2
