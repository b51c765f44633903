"""What a patient's first sample says of MRD, a further treatment, a method nobody wrote down, a share near a half."""

from __future__ import annotations

from typing import Any

import pytest

from registries import Row, line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.vocabulary import MolecularState

GERMLINE = "an allele frequency near 50 or 100 % in this gene may be germline"


def test_a_second_treatment_confirms_no_relapse_that_was_treated_before_its_second_sample() -> None:
    """Treatment neither confirms nor refutes: only a sample could have."""
    made = registry(
        responses=[remission(0)],
        mrd_samples=[sample(10, "neg"), sample(40, 0.5)],
        treatments=[line(46), line(80, "salvage", "gilteritinib")],
    )
    treated = assess(made, on=100).molecular.filter(row="therapy")
    assert treated["state"].to_list() == [MolecularState.RELAPSE_UNCONFIRMED_TREATED] * 2
    assert treated["relapse_sample_id"].to_list() == ["marrow-40"] * 2


@pytest.mark.parametrize(
    ("responses", "day"),
    [([remission(0)], -100), ([remission(0)], -20), ([], 10)],
    ids=["at diagnosis", "before the remission", "no remission recorded"],
)
def test_the_first_sample_of_a_patient_is_of_no_relapse_and_compared_with_none(responses: list[Row], day: int) -> None:
    rows = assess(registry(responses=responses, mrd_samples=[sample(day, 0.5)]), on=100).molecular
    [first] = rows.filter(row="sample").to_dicts()
    assert first["relapse_sample_id"] is first["relapse_number"] is first["compared_with"] is None


@pytest.mark.parametrize(
    ("at_diagnosis", "later", "reduction"),
    [("rt-qpcr", "rt-qpcr", 4.0), (None, None, 4.0), ("digital pcr", "rt-qpcr", None), ("rt-qpcr", None, None)],
)
def test_a_level_is_held_against_the_one_at_diagnosis_by_the_same_method_or_where_no_method_was_written_down(
    at_diagnosis: str | None, later: str | None, reduction: float | None
) -> None:
    """From 300 % to 0.03 % are four powers of ten."""
    taken = [sample(-100, 300.0, method=at_diagnosis), sample(40, 0.03, method=later)]
    rows = assess(registry(responses=[remission(0)], mrd_samples=taken), on=100).molecular
    [last] = rows.filter(row="sample", sample_id="marrow-40").to_dicts()
    for bound in (last["reduction_low"], last["reduction_high"]):
        assert bound == (None if reduction is None else pytest.approx(reduction))


@pytest.mark.parametrize(
    ("frequency", "perhaps"),
    [(39.9, False), (40.0, True), (60.0, True), (60.1, False), (89.9, False), (90.0, True), (100.0, True)],
)
def test_a_variant_of_runx1_may_be_germline_from_40_to_60_and_from_90_percent_on(
    frequency: float, perhaps: bool
) -> None:
    sequenced: dict[str, Any] = {"marker": "RUNX1", "method": "ngs", "scale": "percent_vaf"}
    taken = sample(40, frequency, control_gene=None, control_copies=None, **sequenced)
    told = assess(registry(responses=[remission(0)], mrd_samples=[taken]), on=100).cautions
    assert any(text.startswith(GERMLINE) for text in told["caution"].to_list()) is perhaps
