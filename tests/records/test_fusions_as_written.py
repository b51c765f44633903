"""A known fusion is understood whichever sign stands between its genes; any other name is not taken for one."""

import pytest

from tenfold.records import Registry
from tenfold.records.lexicon import fusions, genes
from tenfold.records.names import CHANGES


def samples(marker: str) -> Registry:
    row = {"patient_id": "1", "sample_date": "2024-05-03", "marker": marker}
    return Registry.from_tables({"mrd_samples": [row]})


def test_every_known_fusion_is_of_two_known_genes():
    assert all(gene in genes() for fusion in fusions() for gene in fusion.split("::"))


@pytest.mark.parametrize("sign", ["::", "-", "--", "/", "_"])
@pytest.mark.parametrize("fusion", ["RUNX1::RUNX1T1", "CBFB::MYH11", "PML::RARA", "BCR::ABL1"])
def test_the_sign_between_the_genes_of_a_known_fusion_does_not_matter(fusion, sign):
    registry = samples(fusion.replace("::", sign))
    assert registry.check().is_empty()
    assert registry.table("mrd_samples")["marker"].to_list() == [fusion]


def test_a_fusion_found_at_diagnosis_is_read_alike():
    row = {"patient_id": "1", "sample_date": "2024-05-03", "fusion": "CBFB-MYH11", "result": "yes"}
    registry = Registry.from_tables({"fusions": [row]})
    assert registry.table("fusions")["fusion"].to_list() == ["CBFB::MYH11"]


@pytest.mark.parametrize("marker", ["NPM1/ABL1", "IDH1/IDH2", "cbfb-myh11", "WT1-NPM1", "t(8;21)", "nonsense"])
def test_two_genes_that_are_no_known_fusion_are_not_taken_for_one(marker):
    registry = samples(marker)
    assert registry.check()["rule"].to_list() == [f"{marker} is not a known marker"]
    assert registry.table("mrd_samples").is_empty()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("FTL3-ITD", "FLT3-ITD"), ("FLT3-TIK", ""), ("RUNX1::RUNXT1", "RUNX1::RUNX1T1"), ("CBFB-MYH1", "CBFB::MYH11")],
)
def test_a_slip_in_a_known_marker_is_refused_with_the_one_that_was_meant(written, meant):
    [fault] = samples(written).check().to_dicts()
    assert (f'write "{meant}"' in fault["remedy"]) == bool(meant)
    assert (fault["used"] == "row set aside") == bool(meant)


@pytest.mark.parametrize("marker", sorted(CHANGES))
def test_a_kind_of_change_is_no_fusion(marker):
    assert samples(marker).table("mrd_samples")["marker"].to_list() == [marker]
