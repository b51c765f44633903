"""What a variant is called in the clinic, and whether it counts."""

from __future__ import annotations

import polars as pl
import pytest

from tenfold.genetics.variants import finding_of, variant_findings
from tenfold.genetics.variants.genes import categories, myelodysplasia_related, predisposition_genes
from tenfold.records.lexicon import genes


@pytest.mark.parametrize(
    ("gene", "hgvs_c", "hgvs_p", "kind", "finding"),
    [
        ("FLT3", None, None, "ITD", "FLT3-ITD"),
        ("FLT3", None, None, "internal tandem duplication", "FLT3-ITD"),
        ("FLT3", None, "p.T598_Y599insDVDFREYE", None, "FLT3-ITD"),
        ("FLT3", "c.1770_1793dup", None, None, "FLT3-ITD"),
        ("FLT3", None, "p.D835Y", None, "FLT3-TKD"),
        ("FLT3", None, "p.I836del", None, "FLT3-TKD"),
        ("FLT3", "c.2503G>T", None, None, "FLT3-TKD"),
        ("FLT3", None, "p.N676K", None, "FLT3 atypical"),
        ("FLT3", None, "p.Y842C", None, "FLT3 atypical"),
        ("FLT3", None, "p.Q575del", None, "FLT3 atypical"),
        ("FLT3", None, "p.S840_N841insGS", None, "FLT3 atypical"),
        ("FLT3", None, "p.T227M", None, "FLT3 other"),
        ("FLT3", None, "p.R100*", None, "FLT3 truncated"),
        ("FLT3", None, None, None, "FLT3, kind not known"),
        ("IDH1", "c.394C>T", None, None, "IDH1 R132"),
        ("IDH1", None, "p.Arg132His", None, "IDH1 R132"),
        ("IDH1", None, "p.A132V", None, "IDH1 other"),
        ("IDH2", None, "p.R140Q", None, "IDH2 R140"),
        ("IDH2", None, "p.R172K", None, "IDH2 R172"),
        ("IDH2", None, None, "missense", "IDH2, codon not known"),
        ("SRSF2", None, "p.P95H", None, "SRSF2 P95"),
        ("SRSF2", None, "p.P95_R102del", None, "SRSF2"),
        ("SF3B1", None, "p.K700E", None, "SF3B1 K700"),
        ("KMT2A", None, None, "PTD", "KMT2A-PTD"),
        ("KMT2A", None, None, "partial tandem duplication", "KMT2A-PTD"),
        ("KMT2A", None, "p.M1090I", None, "KMT2A"),
        ("KMT2A", None, None, None, "KMT2A, kind not known"),
        ("NPM1", "c.863_864insCATG", None, None, "NPM1 type B"),
        ("NPM1", None, None, "type A", "NPM1 type A"),
        ("NPM1", "c.863_864insCGTG", None, None, "NPM1 other exon 12"),
        ("NPM1", None, "p.I284F", None, "NPM1 not exon 12"),
        ("TP53", None, "p.R248Q", None, "TP53"),
    ],
)
def test_a_variant_gets_its_clinical_name(
    gene: str, hgvs_c: str | None, hgvs_p: str | None, kind: str | None, finding: str
) -> None:
    assert finding_of(gene, hgvs_c, hgvs_p, kind).finding == finding


@pytest.mark.parametrize(
    ("hgvs_p", "stated", "answer"),
    [
        ("p.K313dup", None, True),
        ("p.K304_Q305insL", None, True),
        ("p.K313del", None, True),
        ("p.R297P", None, None),
        ("p.R297P", True, True),
        ("p.R297P", False, False),
        ("p.Q311*", None, False),
        ("p.S299Rfs*22", None, False),
        ("p.P189del", None, False),
        ("p.S280_R281insA", None, None),
        ("p.N356del", None, None),
        ("p.K313dup", False, False),
        (None, True, True),
        (None, None, None),
    ],
)
def test_cebpa_in_frame_bzip_follows_the_laboratory_then_the_change_and_is_open_where_sources_differ(
    hgvs_p: str | None, stated: bool | None, answer: bool | None
) -> None:
    found = finding_of("CEBPA", None, hgvs_p, None, stated)
    assert found.bzip_in_frame is answer
    assert (found.finding == "CEBPA bZIP in-frame") == (answer is True)


def test_a_laboratory_that_contradicts_its_own_change_is_believed_and_the_contradiction_is_said() -> None:
    assert "states otherwise" in str(finding_of("CEBPA", None, "p.K313dup", None, False).remark)
    assert "though the change reads as FLT3-TKD" in str(finding_of("FLT3", None, "p.D835Y", "ITD").remark)


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({"gene": "RUNX1", "hgvs_p": "p.R201Q"}, True),
        ({"gene": "RUNX1"}, True),
        ({"gene": "RUNX1", "hgvs_p": "something unreadable"}, True),
        ({"gene": "RUNX1", "hgvs_p": "p.R201Q", "pathogenic": False}, False),
        ({"gene": "IDH1", "hgvs_p": "p.G105="}, False),
        ({"gene": "DDX41", "hgvs_p": "p.G105=", "pathogenic": True}, True),
        ({"gene": "TP53", "hgvs_p": "p.P72R"}, False),
        ({"gene": "TP53", "hgvs_p": "p.P72R", "pathogenic": True}, True),
        ({"gene": "CEBPA", "hgvs_p": "p.P194_H195dup"}, False),
        ({"gene": "CEBPA", "hgvs_p": "p.P194_H195del"}, True),
        ({"gene": "TET2", "hgvs_p": "p.R10Q", "germline": True}, False),
        ({"gene": "TET2", "hgvs_p": "p.R10Q", "germline": True, "pathogenic": True}, None),
        ({"gene": "DDX41", "hgvs_p": "p.D140Gfs*2", "germline": True, "pathogenic": True}, True),
        ({"gene": "DDX41", "hgvs_p": "p.D140Gfs*2", "germline": True}, None),
        ({"gene": "DDX41", "hgvs_p": "p.R525H", "germline": False}, True),
        ({"gene": "TP53", "hgvs_c": "c.375-30A>G"}, None),
        ({"gene": "TP53", "hgvs_c": "c.375-2A>G"}, True),
        ({"gene": "NPM1", "hgvs_p": "p.I284F"}, False),
        ({"gene": "NPM1", "hgvs_p": "p.I284F", "pathogenic": True}, False),
        ({"gene": "NPM1", "hgvs_p": "unreadable"}, None),
        ({"gene": "NPM1", "hgvs_c": "c.860_863dup"}, True),
        ({"gene": "FLT3", "hgvs_p": "p.R100*"}, None),
    ],
)
def test_whether_a_variant_counts_as_a_mutation_of_its_gene(given: dict[str, str | bool], counts: bool | None) -> None:
    row = variant_findings(pl.DataFrame([given]))
    assert row["counts_as_mutated"].to_list() == [counts]


def test_what_could_not_be_read_stands_in_the_remark() -> None:
    assert "numbered on the genome" in str(finding_of("RUNX1", "g.36000000A>G").remark)


def test_a_symbol_in_another_spelling_is_read_as_the_gene_and_kind_it_stands_for() -> None:
    found = variant_findings(pl.DataFrame({"gene": ["FLT3-ITD", "MLL-PTD", "AML1", "flt3", "TP53"]}))
    assert found["gene"].to_list() == ["FLT3", "KMT2A", "RUNX1", "FLT3", "TP53"]
    assert found["finding"].to_list()[:2] == ["FLT3-ITD", "KMT2A-PTD"]


def test_rows_keep_their_order_and_number_even_when_repeated_and_without_any_value() -> None:
    rows = pl.DataFrame({"patient_id": ["b", "a", "b"], "gene": ["NPM1", "TP53", "NPM1"], "hgvs_c": [None] * 3})
    found = variant_findings(rows)
    assert found["patient_id"].to_list() == ["b", "a", "b"]
    assert variant_findings(rows.clear()).height == 0
    assert variant_findings(found).select(found.columns).equals(found)


def test_rows_without_a_gene_column_are_refused_in_plain_words() -> None:
    with pytest.raises(ValueError, match="no column gene"):
        variant_findings(pl.DataFrame({"patient_id": ["a"]}))


@pytest.mark.parametrize(
    ("row", "suspected"),
    [
        ({"gene": "RUNX1", "hgvs_p": "p.R201Q", "vaf": 0.48}, True),
        ({"gene": "RUNX1", "hgvs_p": "p.R201Q", "vaf": 0.30}, False),
        ({"gene": "RUNX1", "hgvs_p": "p.R201Q", "vaf": 0.48, "germline": False}, False),
        ({"gene": "NRAS", "hgvs_p": "p.G12D", "vaf": 0.48}, False),
        ({"gene": "DDX41", "hgvs_p": "p.D140Gfs*2", "vaf": 0.2}, True),
        ({"gene": "DDX41", "hgvs_p": "p.R525H"}, None),
    ],
)
def test_a_variant_that_may_be_inherited_is_flagged_until_someone_has_answered(
    row: dict[str, str | float | bool], suspected: bool | None
) -> None:
    assert variant_findings(pl.DataFrame([row]))["germline_suspected"].to_list() == [suspected]


def test_every_gene_of_the_data_is_a_symbol_that_the_records_know() -> None:
    named = {gene.removesuffix("-PTD") for group in categories().values() for gene in group}
    named |= set(myelodysplasia_related("ELN-2022")) | predisposition_genes()
    assert named <= set(genes())


def test_the_who_leaves_runx1_out_of_the_myelodysplasia_related_genes() -> None:
    assert set(myelodysplasia_related("ELN-2022")) - set(myelodysplasia_related("WHO-2022")) == {"RUNX1"}
