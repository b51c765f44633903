"""A MAF or VCF as records: a gene without a variant is negative only where a panel says that it was looked at."""

import gzip

import pytest

from tenfold.exchange.converted import Fate
from tenfold.exchange.variant_records import read_records, recognises

MAF = """\
#version 2.4
Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tHGVSc\tt_ref_count\tt_alt_count\tCenter
NPM1\tS1\tFrame_Shift_Ins\tc.860_863dupTCTG\t60\t40\tX
TP53\tS2\tIntron\tc.375-30A>G\t50\t50\tX
"""
CSQ = '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL|Feature|BIOTYPE|HGVSc|HGVSp">'
RECORD = "5\t170837543\t.\tC\tCTCTG\t.\tPASS\tCSQ=TCTG|frameshift_variant|NPM1|ENST1|protein_coding|c.860_863dup|p.W288fs\tGT"


@pytest.fixture
def maf(tmp_path):
    path = tmp_path / "calls.maf"
    path.write_text(MAF, "utf-8")
    return path


def vcf(tmp_path, *calls):
    path = tmp_path / "calls.vcf"
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2"
    records = ["\t".join([RECORD, *one]) for one in calls]
    path.write_text("\n".join(["##fileformat=VCFv4.3", CSQ, columns, *records, ""]), "utf-8")
    return path


def complete(found, name):
    return found.registry.complete(name)["patient_id"].to_list()


def test_a_maf_alone_gives_variants_and_says_nothing_of_what_was_looked_at(maf):
    found = read_records(maf)
    assert recognises(maf)
    assert found.registry.table("variants").select("patient_id", "gene", "vaf").rows() == [("S1", "NPM1", 0.4)]
    assert not found.registry.recorded("genes_tested")
    assert complete(found, "variants") == []
    assert any("is not known" in note for note in found.notes)


def test_every_field_is_listed_once_and_what_was_left_is_named(maf):
    found = read_records(maf)
    names = [one.field for one in found.fields]
    assert len(names) == len(set(names))
    assert [one.field for one in found.of(Fate.LEFT)] == ["Center"]
    assert [one.note for one in found.of(Fate.GUESSED)]


def test_rows_that_give_no_variant_are_faults_of_the_registry(maf):
    fault = read_records(maf).registry.check().to_dicts()[0]
    assert (fault["file"], fault["line"], fault["patient_id"]) == ("calls.maf", 4, "S2")


def test_a_panel_makes_its_genes_tested_in_the_samples_of_the_list(maf):
    maf.with_name("calls.panel.txt").write_text("NPM1\nFLT3\n", "utf-8")
    text = "sample,patient_id,sample_date\nS1,A,2024-05-03\nS2,B,\nS3,C,2024-05-04\n"
    maf.with_name("calls.samples.csv").write_text(text, "utf-8")
    found = read_records(maf)
    assert found.registry.check()["line"].to_list() == [4]
    tested = found.registry.table("genes_tested")
    assert tested.filter(tested["patient_id"] == "C")["gene"].to_list() == ["NPM1", "FLT3"]
    assert complete(found, "variants") == ["A", "B", "C"]
    assert found.registry.table("patients")["patient_id"].to_list() == ["A", "B", "C"]
    assert complete(found, "genes_tested") == []


def test_the_genes_of_a_bed_are_those_of_its_fourth_column(maf):
    maf.with_name("calls.bed").write_text("chr5\t1\t2\tNPM1\nchr13\t1\t2\tFLT3\nchr13\t5\t6\tFLT3\n", "utf-8")
    assert read_records(maf).registry.table("genes_tested")["gene"].to_list() == ["NPM1", "FLT3"]
    maf.with_name("calls.bed").write_text("chr5\t1\t2\n", "utf-8")
    with pytest.raises(ValueError, match=r"calls\.bed line 1: the region has no gene"):
        read_records(maf)


def test_a_sample_without_a_call_is_not_negative(tmp_path):
    path = vcf(tmp_path, ("0/1", "./."))
    path.with_name("calls.panel.txt").write_text("NPM1\n", "utf-8")
    found = read_records(path)
    assert found.registry.table("genes_tested")["patient_id"].to_list() == ["S1"]
    assert complete(found, "variants") == ["S1"]


def test_a_sample_that_does_not_carry_it_is_negative_by_the_panel(tmp_path):
    path = vcf(tmp_path, ("0/1", "0/0"))
    path.with_name("calls.panel.txt").write_text("NPM1\n", "utf-8")
    found = read_records(path)
    assert complete(found, "variants") == ["S1", "S2"]
    assert found.registry.table("variants")["patient_id"].to_list() == ["S1"]


def test_a_row_that_cannot_be_placed_leaves_nobody_negative(maf):
    maf.write_text(MAF + "FLT3\tS1\n", "utf-8")
    maf.with_name("calls.panel.txt").write_text("NPM1\n", "utf-8")
    found = read_records(maf)
    assert found.registry.table("genes_tested").is_empty()
    assert complete(found, "variants") == []


def test_a_list_of_samples_that_contradicts_itself_is_a_fault_and_a_wrong_header_is_refused(maf):
    listed = maf.with_name("calls.samples.csv")
    listed.write_text("sample,patient_id,sample_date\nS1,A,May\nS1,B,\n", "utf-8")
    rules = read_records(maf).registry.check().filter(file="calls.samples.csv")["rule"].to_list()
    assert rules == ["May is not a date", "S1 is of two patients"]
    listed.write_text("name\nS1\n", "utf-8")
    with pytest.raises(ValueError, match="the header must name sample and patient_id"):
        read_records(maf)


def test_two_panels_are_refused(maf):
    for ending in ("panel.txt", "bed"):
        maf.with_name(f"calls.{ending}").write_text("x\t1\t2\tNPM1\n", "utf-8")
    with pytest.raises(ValueError, match="keep the one that is right"):
        read_records(maf)


def test_packed_files_are_recognised_and_others_are_not(tmp_path, maf):
    packed = tmp_path / "calls.maf.gz"
    packed.write_bytes(gzip.compress(MAF.encode()))
    assert recognises(packed)
    assert recognises(vcf(tmp_path))
    (tmp_path / "torn.gz").write_bytes(b"\x1f\x8b torn")
    (tmp_path / "patients.csv").write_text("patient_id\nA\n", "utf-8")
    for name in ("torn.gz", "patients.csv", "absent.vcf", "."):
        assert not recognises(tmp_path / name)


def status(path, *words):
    rows = "".join(f"NPM1\tS{n}\tFrame_Shift_Ins\t{word}\n" for n, word in enumerate(words, 1))
    path.write_text(f"Hugo_Symbol\tTumor_Sample_Barcode\tVariant_Classification\tMutation_Status\n{rows}", "utf-8")


def test_wild_type_is_a_negative_and_what_is_only_doubted_is_not_known(maf):
    status(maf, "Somatic", "Wildtype", "LOH", "None")
    maf.with_name("calls.panel.txt").write_text("NPM1\n", "utf-8")
    maf.with_name("calls.samples.csv").write_text("sample,patient_id\nS1,A\nS2,B\nS3,C\nS4,D\n", "utf-8")
    found = read_records(maf)
    assert found.registry.table("variants")["patient_id"].to_list() == ["A"]
    assert complete(found, "variants") == ["A", "B"]


def test_a_patient_of_whom_no_row_is_a_mutation_is_still_a_patient(maf):
    status(maf, "Wildtype", "None")
    found = read_records(maf)
    assert found.registry.table("patients")["patient_id"].to_list() == ["S1", "S2"]
    assert found.registry.table("variants").is_empty()
    assert complete(found, "variants") == []


def test_a_column_that_decides_which_rows_are_variants_says_so_in_the_report(maf):
    maf.write_text(MAF.replace("Center", "FILTER").replace("\tX\n", "\tPASS\n"), "utf-8")
    [one] = [one for one in read_records(maf).fields if one.field == "FILTER"]
    assert (one.fate, one.into) == (Fate.MAPPED, "")
    assert "decides" in one.note


def test_a_matched_normal_that_the_header_names_is_no_patient(tmp_path):
    path = vcf(tmp_path, ("0/1", "0/0"))
    path.write_text(path.read_text("utf-8").replace(CSQ, f"##normal_sample=S2\n{CSQ}"), "utf-8")
    path.with_name("calls.panel.txt").write_text("NPM1\n", "utf-8")
    found = read_records(path)
    assert found.registry.table("patients")["patient_id"].to_list() == ["S1"]
    assert complete(found, "variants") == ["S1"]
