"""A sample that is too poor to be read was taken: no surface says that the patient was not sampled."""

from __future__ import annotations

from registries import registry, remission, sample
from tenfold.assessment import assess
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.vocabulary import MolecularState

POOR = sample(120, "neg", control_copies=4138)


def test_one_inadequate_sample_reads_as_none_that_can_be_read_with_the_reason() -> None:
    made = assess(registry(responses=[remission(40)], mrd_samples=[POOR]), on=130)
    told = card(made, "p")
    assert told["molecular_state"]["possible"] == ["no sample yet that can be read"]
    lines = [line["text"] for one in board(made, told, [])["sections"] for line in one["lines"]]
    [said] = [line for line in lines if line.startswith("molecular state")]
    assert said == (
        "molecular state: no sample yet that can be read: sample not adequate to call negative: skipped, repeat it"
    )


def test_the_same_words_are_true_of_a_patient_without_any_sample_in_this_remission() -> None:
    before = [sample(-100, 60.0)]
    made = assess(registry(responses=[remission(40)], mrd_samples=before), on=50)
    assert made.patients["molecular_state"].to_list() == [MolecularState.NOT_SAMPLED]
