"""ELN 2017 and 2022 from what a real registry holds, against the groups that its study gave.

What was found is told in docs/explanation/beat-aml-eln2017.md.
"""

from __future__ import annotations

import beataml
import polars as pl
import pytest

from tenfold.genetics.lesions import MYELODYSPLASIA_RELATED_ELN_2022
from tenfold.risk.eln2017 import ELN_2017

VERDICTS = {"ours wrong: mended", "theirs differs", "data missing", "disputed"}
MENDED = "ours wrong: mended"
SINGLE = ["favourable", "intermediate", "adverse"]
needs_data = pytest.mark.skipif(not beataml.WORKBOOK.exists(), reason="the Beat AML tables are not beside the project")

FAVOURABLE_GENE = (pl.col("NPM1") & ~pl.col("FLT3_ITD")) | pl.col("CEBPA_biallelic")
CORE_BINDING_FACTOR = pl.col("t_8_21") | pl.col("inv_16")
MYELODYSPLASIA_RELATED = pl.any_horizontal(MYELODYSPLASIA_RELATED_ELN_2022)


@pytest.fixture(scope="module")
def facts() -> pl.DataFrame:
    return beataml.picture()


@pytest.fixture(scope="module")
def rows(facts) -> pl.DataFrame:
    return beataml.answered(facts)


@pytest.fixture(scope="module")
def literally(facts) -> pl.DataFrame:
    return beataml.answered(facts, beataml.LITERALLY)


def rated(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("theirs").is_in(beataml.GROUPS))


def sets(rows: pl.DataFrame, edition: str) -> set[tuple[str, ...]]:
    return {tuple(sorted(one)) for one in rows[f"{edition}_possible"].to_list()}


@pytest.mark.parametrize(
    ("text", "variants"),
    [
        ("TP53 (p.I195T; 22.2%)|TP53 (p.P151R; 54.8%)", (("p.I195T", 0.222), ("p.P151R", 0.548))),
        ("TP53 (C238R; MAF 5% (not confirmed by Sanger seq))", (("C238R", 0.05),)),
        ("RUNX1 (L89fs*49; MAF 20-30%)", (("L89fs*49", None),)),
        ("TP53", ((None, None),)),
    ],
)
def test_a_reviewed_variant_is_read_as_the_study_writes_it(text, variants):
    found = beataml.reviewed(text)
    assert [change for change, _ in found] == [change for change, _ in variants]
    assert [vaf for _, vaf in found] == [pytest.approx(vaf) for _, vaf in variants]


def test_every_listed_disagreement_has_a_verdict_and_a_reason():
    listed = beataml.explained()
    assert listed
    for specimen, row in listed.items():
        assert row["verdict"] in VERDICTS, specimen
        assert len(row["why"].split()) >= 5, specimen
        assert row["theirs"] in beataml.CURATED, specimen


@needs_data
def test_of_548_rated_specimens_452_agree_singly_and_no_more_than_4_differ(rows):
    assert rated(rows).height == 548
    table = {ours: counts for ours, *counts in beataml.confusion(rows).iter_rows()}
    agree = [table[group][at] for at, group in enumerate(SINGLE)]
    single = sum(sum(table[group]) for group in SINGLE)
    assert sum(agree) >= 452
    assert single - sum(agree) <= 4


@needs_data
def test_with_footnotes_read_literally_464_agree_singly_and_no_more_than_7_differ(literally):
    table = {ours: counts for ours, *counts in beataml.confusion(literally).iter_rows()}
    agree = [table[group][at] for at, group in enumerate(SINGLE)]
    single = sum(sum(table[group]) for group in SINGLE)
    assert sum(agree) >= 464
    assert single - sum(agree) <= 7


@needs_data
def test_every_set_of_answers_contains_the_group_of_the_study(rows, literally):
    for answers in (rows, literally):
        several = rated(answers).filter(pl.col("eln_2017_possible").list.len() > 1)
        assert 0 < several.height <= 75
        assert beataml.disagreements(several).is_empty()


@needs_data
def test_every_disagreement_is_listed_with_its_reason_and_nothing_else_is(rows, literally):
    listed = beataml.explained()
    found = {
        row["patient_id"]: row["theirs"]
        for answers in (rows, literally)
        for row in beataml.disagreements(answers).iter_rows(named=True)
    }
    assert found == {name: row["theirs"] for name, row in listed.items() if row["verdict"] != MENDED}
    now = zip(rows["patient_id"], rows["ours"], literally["ours"], strict=True)
    told = {name: (ours, by_letter) for name, ours, by_letter in now if name in listed}
    assert told == {name: (row["ours"], row["ours_literally"]) for name, row in listed.items()}


@needs_data
def test_what_the_study_leaves_open_is_open_here_too(rows):
    for theirs, groups in beataml.CURATED.items():
        if len(groups) > 1:
            answers = rows.filter(pl.col("theirs") == theirs)
            assert answers.height > 5
            assert all(set(groups) <= set(one) for one in answers["eln_2017_possible"].to_list()), theirs
    without = rows.filter(pl.col("theirs") == "MissingKaryo")
    assert sets(without, "eln_2017") == {("adverse", "favourable", "intermediate")}


@needs_data
def test_acute_promyelocytic_leukaemia_is_refused_and_nothing_else_is(rows):
    refused = rated(rows).filter(pl.col("ours") == beataml.REFUSED)
    assert refused.height == 21
    assert refused["fusion"].unique().to_list() == ["PML-RARA"]
    assert refused["theirs"].unique().to_list() == ["Favorable"]
    assert refused["t_15_17"].all()


@needs_data
def test_no_favourable_npm1_specimen_becomes_adverse_by_a_myelodysplasia_related_gene_under_eln_2022(facts, rows):
    favourable = pl.col("NPM1") & ~pl.col("FLT3_ITD")
    with_gene = rows.filter(favourable & MYELODYSPLASIA_RELATED)
    assert with_gene.height >= 30
    assert with_gene.filter(pl.col("eln_2022") == "favourable").height >= 20
    wild_type = facts.with_columns(pl.lit(False).alias(gene) for gene in MYELODYSPLASIA_RELATED_ELN_2022)
    without_gene = beataml.answered(wild_type).filter(pl.col("patient_id").is_in(with_gene["patient_id"].to_list()))
    assert without_gene["eln_2022_possible"].to_list() == with_gene["eln_2022_possible"].to_list()
    adverse = with_gene.filter(pl.col("eln_2022") == "adverse")
    assert (adverse["criterion_adverse_cytogenetics_2022"] == 1).all()


@needs_data
def test_a_favourable_gene_with_adverse_cytogenetics_or_tp53_is_both_in_2017(rows):
    weighed = (pl.col("criterion_adverse_cytogenetics_2017") == 1) | pl.col("TP53")
    pair = rows.filter(FAVOURABLE_GENE & weighed & ~CORE_BINDING_FACTOR & ~pl.col("t_9_11"))
    assert pair.height >= 9
    assert sets(pair, "eln_2017") == {("adverse", "favourable")}


@needs_data
def test_core_binding_factor_with_tp53_is_both_in_either_edition(rows):
    pair = rows.filter(CORE_BINDING_FACTOR & pl.col("TP53_at_least_10_percent"))
    assert pair.height >= 1
    assert sets(pair, "eln_2017") == sets(pair, "eln_2022") == {("adverse", "favourable")}


@needs_data
def test_cebpa_bzip_with_adverse_cytogenetics_is_both_in_2022_and_npm1_with_them_is_adverse(rows):
    adverse = rows.filter((pl.col("criterion_adverse_cytogenetics_2022") == 1) & ~CORE_BINDING_FACTOR)
    cebpa = adverse.filter(pl.col("CEBPA_bZIP_in_frame"))
    assert cebpa.height >= 2
    assert sets(cebpa, "eln_2022") == {("adverse", "favourable")}
    npm1 = adverse.filter(pl.col("NPM1") & ~pl.col("CEBPA_bZIP_in_frame"))
    assert npm1.height >= 5
    assert sets(npm1, "eln_2022") == {("adverse",)}


@needs_data
def test_npm1_with_itd_and_a_myelodysplasia_related_gene_is_both_in_2022_unless_more_is_found(rows):
    pair = rows.filter(
        pl.col("NPM1")
        & pl.col("FLT3_ITD")
        & MYELODYSPLASIA_RELATED
        & (pl.col("criterion_adverse_cytogenetics_2022") == 0)
        & ~CORE_BINDING_FACTOR
        & ~pl.any_horizontal("t_9_11", "TP53_at_least_10_percent", "CEBPA_bZIP_in_frame")
    )
    assert pair.height >= 8
    assert sets(pair, "eln_2022") == {("adverse", "intermediate")}


@needs_data
def test_the_literal_answer_is_always_one_of_those_shown_for_a_disputed_pair(rows, literally):
    disputed = (pl.col("eln_2017_possible").list.len() > 1) & (pl.col("eln_2017_decided_by") == ["footnote_reading"])
    shown = rows.filter(disputed).select("patient_id", "eln_2017_possible")
    assert shown.height >= 6
    pairs = shown.join(literally.select("patient_id", "eln_2017"), on="patient_id")
    assert pairs["eln_2017"].null_count() == 0
    assert pairs.select(pl.col("eln_2017_possible").list.contains(pl.col("eln_2017")).all()).item()
    assert ELN_2017.reading == "footnote_reading"


@needs_data
def test_a_cebpa_mutation_on_both_alleles_is_missed_by_the_exome_in_a_third_and_so_the_column_comes_first(rows):
    both = rated(rows).filter(pl.col("cebpa_stated") == "bi")
    assert both.height >= 18
    assert both["CEBPA_biallelic"].all()
    assert both.filter(pl.col("cebpa_by_variants").fill_null(False)).height < both.height
    assert rows.filter(pl.col("cebpa_stated") == "N/A")["CEBPA_biallelic"].null_count() == 10


@needs_data
def test_an_exome_not_taken_for_a_test_of_cebpa_widens_answers_and_loses_none(rows):
    wider = beataml.answered(beataml.picture(cebpa_by_exome=False))
    pairs = zip(rows["eln_2017_possible"], wider["eln_2017_possible"], strict=True)
    assert all(set(few) <= set(many) for few, many in pairs)
    assert sum(len(one) for one in wider["eln_2017_possible"]) > sum(len(one) for one in rows["eln_2017_possible"])
