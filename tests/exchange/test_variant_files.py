"""MAF, tables like it, and annotated VCF: every record is read or reported, and none sinks the file."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.exchange.variant_files import VariantFileNotUnderstood, read_maf, read_vcf
from tenfold.exchange.variant_files.consequences import kind_of
from tenfold.exchange.variant_files.symbols import read_symbol
from tenfold.genetics.variants import patient_findings, variant_findings
from tenfold.records.laboratory_tables import VARIANTS

COHORTS = Path(__file__).resolve().parents[2].parent / "shared" / "data"
MAF = """\
#version 2.4
Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tHGVSc\tHGVSp\tHGVSp_Short\tt_ref_count\tt_alt_count\tMutation_Status\tCenter
NPM1\tS1\tFrame_Shift_Ins\tc.860_863dupTCTG\tp.Trp288CysfsTer12\tp.W288Cfs*12\t60\t40\tSomatic\tX
MLL\tS1\tMissense_Mutation\t\t\tp.M1090I\t50\t50\tGermline\tX
TP53\tS2\tIntron\tc.375-30A>G\t\t\t50\t50\tSomatic\tX
IDH2\tS2\tMissense_Mutation\tc.419G>A\t\t.\t\t\t\tX
FLT3\t\tMissense_Mutation\t\t\tp.D835Y\t1\t1\tSomatic\tX
\tS2\tMissense_Mutation\t\t\tp.D835Y\t1\t1\tSomatic\tX
FLT3\tS2\tMissense_Mutation
"""
CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|SYMBOL|Feature|BIOTYPE|HGVSc|HGVSp|CANONICAL|MANE_SELECT">'
)
ANN = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | "
    "Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | HGVS.p "
    "| cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | Distance | ERRORS / WARNINGS / INFO'\">"
)
FIXED = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
NPM1_CSQ = (
    "TCTG|downstream_gene_variant|NPM1|ENST9|processed_transcript|||,"
    "TCTG|frameshift_variant|NPM1|ENST00000296930.5|protein_coding|ENST00000296930.5:c.860_863dup|"
    "ENSP00000296930.5:p.Trp288CysfsTer12|YES|NM_002520.7"
)


def vcf(tmp_path: Path, *records: str, info: str = CSQ, samples: str = "T\tN") -> Path:
    path = tmp_path / "calls.vcf"
    path.write_text("\n".join(["##fileformat=VCFv4.3", info, f"{FIXED}\t{samples}", *records, ""]), "utf-8")
    return path


def maf(tmp_path: Path, text: str = MAF) -> Path:
    path = tmp_path / "calls.maf"
    path.write_text(text, "utf-8")
    return path


def test_a_maf_becomes_the_variants_table(tmp_path: Path) -> None:
    variants, report = read_maf(maf(tmp_path))
    assert variants.schema == pl.Schema(VARIANTS.schema("calendar"))
    assert variants.select("patient_id", "gene", "hgvs_c", "hgvs_p", "kind", "vaf", "germline").rows() == [
        ("S1", "NPM1", "c.860_863dupTCTG", "p.W288Cfs*12", "frameshift", 0.4, False),
        ("S1", "KMT2A", None, "p.M1090I", "missense", 0.5, True),
        ("S2", "IDH2", "c.419G>A", None, "missense", None, None),
    ]
    assert report.mapped["hgvs_p"] == ("HGVSp_Short", "HGVSp")
    assert report.left == ("Center",)
    assert (report.rows_read, report.variants) == (7, 3)


def test_every_row_of_a_maf_that_gives_no_variant_is_reported_with_its_line_and_reason(tmp_path: Path) -> None:
    _, report = read_maf(maf(tmp_path))
    assert report.set_aside.select("line", "rule").rows() == [
        (5, "the variant is intronic: neither in the coding sequence nor in a splice site"),
        (7, "no sample or patient is named"),
        (8, "no gene symbol is named"),
        (9, "the row has 3 cells, the header 10"),
    ]
    assert "the gene MLL was read as KMT2A" in report.guessed
    assert any("computed from the reads" in sentence for sentence in report.guessed)
    assert set(report.reasons()["times"]) == {1}


def test_samples_are_given_their_patients_and_dates_and_a_sample_of_nobody_is_set_aside(tmp_path: Path) -> None:
    variants, report = read_maf(maf(tmp_path), patients={"S1": "P7"}, dates={"S1": date(2024, 5, 3)})
    assert set(variants["patient_id"]) == {"P7"}
    assert set(variants["sample_date"]) == {date(2024, 5, 3)}
    assert "sample S2 is not in the list of patients" in report.set_aside["rule"].to_list()


def test_cbioportals_columns_and_a_percentage_with_its_sign_are_read_and_one_without_is_not_guessed(
    tmp_path: Path,
) -> None:
    text = "SAMPLE_ID,Hugo_Symbol,Protein_Change,VAF\nS1,FLT3-ITD,,35%\nS1,TP53,R248Q,35\nS1,TP53,R273H,0.35\n"
    variants, report = read_maf(maf(tmp_path, text))
    assert variants.select("gene", "kind", "vaf").rows() == [
        ("FLT3", "ITD", 0.35),
        ("TP53", None, None),
        ("TP53", None, 0.35),
    ]
    assert report.set_aside.select("line", "column", "used").rows() == [(3, "vaf", "kept")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_end_a_byte_order_mark_and_gzip_are_read_alike(tmp_path: Path, ending: str) -> None:
    plain, _ = read_maf(maf(tmp_path))
    other = tmp_path / "packed"
    other.write_bytes(gzip.compress(("\ufeff" + MAF.replace("\n", ending)).encode("utf-8")))
    assert read_maf(other)[0].equals(plain)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no header"),
        (b"#version 2.4\n", "no header"),
        (b"Gene\tx\nNPM1\t1\n", "is not the header of a MAF"),
        (gzip.compress(MAF.encode() * 50, mtime=0)[:-200], "breaks off"),
    ],
)
def test_a_file_that_is_no_maf_is_refused_in_plain_words(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "calls.maf"
    path.write_bytes(content)
    with pytest.raises(VariantFileNotUnderstood, match=says):
        read_maf(path)
    with pytest.raises(VariantFileNotUnderstood, match="is not there"):
        read_maf(tmp_path / "absent.maf")


@given(cells=st.lists(st.lists(st.text(alphabet="NPM1 \tx.35%-", max_size=6), min_size=3, max_size=3), max_size=6))
def test_every_row_of_a_maf_is_either_read_or_reported(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("maf") / "calls.maf"
    rows = ["\t".join(row) for row in cells]
    path.write_text("\n".join(["Hugo_Symbol\tTumor_Sample_Barcode\tt_vaf", *rows]), "utf-8")
    variants, report = read_maf(path)
    written = sum(bool(row.strip()) for row in rows)
    assert report.rows_read == written
    assert variants.height + report.set_aside.filter(pl.col("used") == "row set aside").height == written
    assert variants.filter(~pl.col("vaf").is_between(0, 1)).height == 0


HEAD = "Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tMutation_Status\tFILTER\tt_alt_count\tt_depth"
ALLELES = "\tReference_Allele\tTumor_Seq_Allele1\tTumor_Seq_Allele2"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("Wildtype\tPASS\t9\t20\tG\tG\tA", "calls it wild type"),
        ("None\tPASS\t9\t20\tG\tG\tA", "no mutation that was found"),
        ("LOH\tPASS\t9\t20\tG\tG\tA", "a loss of heterozygosity is no mutation"),
        ("Post-transcriptional modification\t.\t9\t20\tG\tG\tA", "of the RNA alone"),
        ("Somatic\tcommon_variant\t9\t20\tG\tG\tA", r"a filter refused it \(common_variant\)"),
        ("Somatic\tPASS\t0\t20\tG\tG\tA", "no read carries the variant"),
        ("Somatic\tPASS\t9\t20\tG\tG\tG", "both alleles of the sample are that of the reference"),
    ],
)
def test_a_row_of_a_maf_that_shows_no_mutation_is_set_aside_with_the_reason(
    tmp_path: Path, cells: str, says: str
) -> None:
    row = f"NPM1\tA\tFrame_Shift_Ins\t{cells}\n"
    variants, report = read_maf(maf(tmp_path, f"{HEAD}{ALLELES}\n{row}"))
    assert variants.is_empty()
    assert report.set_aside["patient_id"].to_list() == ["A"]
    assert report.set_aside["rule"].str.contains(says).all()


@pytest.mark.parametrize(
    "cells",
    [
        "Somatic\tPASS\t9\t20\tG\tG\tA",
        "Unknown\t.\t9\t20\tG\tG\tA",
        "\t\t\t\tG\tG\t",
        "Somatic\tPASS\t9\t20\tG\tA\tG",
        "Somatic\tPASS\t0\t0\t-\t-\tTCTG",
        "Germline\tPASS\t9\t20\tTC\tTC\t-",
    ],
)
def test_what_a_maf_does_not_deny_stays_a_mutation(tmp_path: Path, cells: str) -> None:
    variants, report = read_maf(maf(tmp_path, f"{HEAD}{ALLELES}\nNPM1\tA\tFrame_Shift_Ins\t{cells}\n"))
    assert variants["gene"].to_list() == ["NPM1"]
    assert report.set_aside.is_empty()


def test_a_mutation_without_a_read_stays_where_another_method_found_it_and_its_fraction_is_not_known(
    tmp_path: Path,
) -> None:
    rows = "NPM1\tA\tFrame_Shift_Ins\tSomatic\tPASS\t0\t49\tValid\nTET2\tB\tMissense_Mutation\tSomatic\tPASS\t0\t49\tUntested\n"
    variants, report = read_maf(maf(tmp_path, f"{HEAD}\tValidation_Status\n{rows}"))
    assert variants.select("gene", "vaf").rows() == [("NPM1", None)]
    assert report.set_aside.select("patient_id", "used").rows() == [("A", "kept"), ("B", "row set aside")]


def test_a_mutation_that_another_method_did_not_find_is_none(tmp_path: Path) -> None:
    rows = "NPM1\tA\tFrame_Shift_Ins\tSomatic\tPASS\t9\t49\tInvalid\n"
    variants, report = read_maf(maf(tmp_path, f"{HEAD}\tValidation_Status\n{rows}"))
    assert variants.is_empty()
    assert report.set_aside["column"].to_list() == ["Validation_Status"]


def test_more_reads_than_there_are_give_no_fraction_and_are_reported(tmp_path: Path) -> None:
    text = f"{HEAD}\nNPM1\tA\tFrame_Shift_Ins\tSomatic\tPASS\t5\t4\n"
    variants, report = read_maf(maf(tmp_path, text))
    assert variants["vaf"].to_list() == [None]
    assert report.set_aside.select("rule", "used").rows() == [
        ("5 of 4 reads cannot be: the fraction is not known", "kept")
    ]


def test_a_status_that_is_not_known_is_told_as_guessed(tmp_path: Path) -> None:
    text = f"{HEAD}\nNPM1\tA\tFrame_Shift_Ins\tValidated\tPASS\t\t\n"
    variants, report = read_maf(maf(tmp_path, text))
    assert variants["germline"].to_list() == [None]
    assert any("Validated is not known" in sentence for sentence in report.guessed)


def test_the_matched_normal_of_a_tumour_is_no_patient_where_the_file_tells_and_is_noted_where_it_does_not(
    tmp_path: Path,
) -> None:
    record = f"5\t170837543\t.\tC\tCTCTG\t.\tPASS\tCSQ={NPM1_CSQ}\tGT:AF\t0/1:0.41\t0/1:0.5"
    told, report = read_vcf(vcf(tmp_path, record, info=f"##normal_sample=N\n{CSQ}"))
    assert told["patient_id"].to_list() == ["T"]
    assert report.samples == ("T",)
    assert any("matched normal of a tumour is not read: N" in note for note in report.notes)
    named, _ = read_vcf(vcf(tmp_path, record, samples="TUMOR\tNORMAL"))
    assert named["patient_id"].to_list() == ["TUMOR"]
    untold, report = read_vcf(vcf(tmp_path, record))
    assert untold["patient_id"].to_list() == ["T", "N"]
    assert any("each of T, N is taken for a patient of their own" in note for note in report.notes)


def test_a_vcf_annotated_by_vep_becomes_the_variants_table(tmp_path: Path) -> None:
    path = vcf(
        tmp_path, f"5\t170837543\t.\tC\tCTCTG\t.\tPASS\tSOMATIC;CSQ={NPM1_CSQ}\tGT:AD:AF\t0/1:60,40:0.41\t0/0:99,0:0"
    )
    variants, report = read_vcf(path)
    assert variants.schema == pl.Schema(VARIANTS.schema("calendar"))
    assert variants.select("patient_id", "gene", "hgvs_c", "kind", "vaf", "germline").rows() == [
        ("T", "NPM1", "ENST00000296930.5:c.860_863dup", "frameshift", 0.41, False)
    ]
    assert variant_findings(variants)["finding"].to_list() == ["NPM1 type A"]
    assert report.set_aside.is_empty()


def test_a_vcf_annotated_by_snpeff_is_read_and_its_fraction_computed_from_the_reads(tmp_path: Path) -> None:
    entry = (
        "T|missense_variant|MODERATE|IDH1|ENSG1|transcript|NM_005896.3|protein_coding|4/10|c.394C>T|p.Arg132Cys|||||"
    )
    path = vcf(tmp_path, f"2\t209113113\t.\tG\tT\t.\t.\tANN={entry}\tGT:AD\t0|1:30,10\t./.:0,0", info=ANN)
    variants, report = read_vcf(path)
    assert variants.select("patient_id", "gene", "hgvs_c", "hgvs_p", "vaf").rows() == [
        ("T", "IDH1", "NM_005896.3:c.394C>T", "p.Arg132Cys", 0.25)
    ]
    assert "sample N has no call here" in report.set_aside["rule"][0]


def test_each_allele_of_a_record_goes_with_its_own_annotation_fraction_and_carriers(tmp_path: Path) -> None:
    csq = (
        "T|missense_variant|NRAS|ENST1|protein_coding|c.34G>T|p.Gly12Cys||,"
        "A|missense_variant|NRAS|ENST1|protein_coding|c.34G>A|p.Gly12Ser||"
    )
    path = vcf(tmp_path, f"1\t1\t.\tG\tT,A\t.\tPASS\tCSQ={csq}\tGT:AD\t0/1:70,30,0\t0/2:90,0,10")
    variants, _ = read_vcf(path)
    assert variants.select("patient_id", "hgvs_p", "vaf").rows() == [("T", "p.Gly12Cys", 0.3), ("N", "p.Gly12Ser", 0.1)]


def test_a_deletion_is_matched_to_veps_way_of_writing_it(tmp_path: Path) -> None:
    csq = "-|frameshift_variant|TET2|ENST1|protein_coding|c.945del|p.Gln317ArgfsTer30||"
    path = vcf(tmp_path, f"4\t1\t.\tTC\tT\t.\tPASS\tCSQ={csq}\tGT\t0/1\t0/0")
    assert read_vcf(path)[0]["hgvs_c"].to_list() == ["ENST1:c.945del"]


def test_records_of_a_vcf_that_cannot_be_used_are_reported_and_do_not_sink_the_others(tmp_path: Path) -> None:
    good = f"5\t1\t.\tC\tCTCTG\t.\tPASS\tCSQ={NPM1_CSQ}\tGT:FREQ\t0/1:45.03%\t0/0:0%"
    path = vcf(
        tmp_path,
        "5\t1\t.\tC",
        f"5\t2\t.\tC\tCTCTG\t.\tgermline_risk\tCSQ={NPM1_CSQ}\tGT\t0/1\t0/0",
        "5\t3\t.\tC\tT\t.\tPASS\tCSQ=T|intron_variant|NPM1|ENST1|protein_coding|||YES|\tGT\t0/1\t0/0",
        "5\t4\t.\tC\tT\t.\tPASS\tDP=9\tGT\t0/1\t0/0",
        good,
    )
    variants, report = read_vcf(path)
    assert variants["vaf"].to_list() == [pytest.approx(0.4503)]
    assert report.set_aside["line"].to_list() == [4, 5, 6, 7]
    assert report.set_aside["rule"].to_list() == [
        "the record has 4 columns, the header 11",
        "refused by the caller's filter: germline_risk",
        "the variant is intronic, outside what is translated",
        "no gene is annotated",
    ]
    assert read_vcf(path, filtered_too=True)[0].height == 2


def test_only_the_samples_of_known_patients_are_read_where_a_list_is_given(tmp_path: Path) -> None:
    path = vcf(tmp_path, f"5\t1\t.\tC\tCTCTG\t.\tPASS\tCSQ={NPM1_CSQ}\tGT\t0/1\t0/1")
    variants, report = read_vcf(path, patients={"T": "P7"})
    assert variants["patient_id"].to_list() == ["P7"]
    assert any("not in the list of patients: N" in note for note in report.notes)
    with pytest.raises(VariantFileNotUnderstood, match="holds no sample to read"):
        read_vcf(path, patients={"other": "P7"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no #CHROM line"),
        ("chrom pos\n", "is not the header of a VCF"),
        (f"##fileformat=VCFv4.3\n{FIXED}\tT\n", "no annotated consequences"),
        (f"{CSQ}\n{FIXED}\n", "has no samples"),
    ],
)
def test_a_file_that_is_no_annotated_vcf_is_refused_in_plain_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "calls.vcf"
    path.write_text(text, "utf-8")
    with pytest.raises(VariantFileNotUnderstood, match=says):
        read_vcf(path)


def test_the_most_severe_of_several_consequences_gives_the_kind_and_an_unknown_one_is_left_as_written() -> None:
    assert kind_of("missense_variant&splice_region_variant") == "missense"
    assert kind_of("splice_acceptor_variant,intron_variant") == "splice site"
    assert kind_of("Targeted_Region") == "Targeted_Region"


@pytest.mark.parametrize(
    ("written", "gene", "kind", "guessed"),
    [
        ("NPM1", "NPM1", None, False),
        ("MLL", "KMT2A", None, True),
        ("MLL2", "KMT2D", None, True),
        ("FLT3-ITD", "FLT3", "ITD", True),
        ("MLL-PTD", "KMT2A", "PTD", True),
        ("MAL", "MAL", None, False),
        ("TTN", "TTN", None, False),
        ("npm1", "NPM1", None, True),
    ],
)
def test_a_symbol_is_read_as_the_gene_it_stands_for(written: str, gene: str, kind: str | None, guessed: bool) -> None:
    symbol = read_symbol(written)
    assert (symbol.gene, symbol.kind, symbol.guessed) == (gene, kind, guessed)


@pytest.mark.skipif(not (COHORTS / "beataml2").is_dir(), reason="the folder of public cohorts is not here")
def test_the_mutation_table_of_beat_aml_is_read_whole() -> None:
    variants, report = read_maf(COHORTS / "beataml2" / "beataml2_mutations.txt")
    assert (report.rows_read, report.variants) == (11721, 11721)
    found = variant_findings(variants)
    unread = found.filter(pl.col("remark").str.contains("not understood|numbered on").fill_null(False))
    assert unread["gene"].n_unique() == 3
    npm1 = found.filter(pl.col("gene") == "NPM1")["npm1_type"].value_counts()
    assert dict(npm1.rows()) == {"A": 157, "D": 15, "other": 13, "B": 9, "not an exon 12 mutation": 3}
    assert patient_findings(found)["NPM1"].sum() == 194
