"""Beat AML's release read into records: one patient a subject, no date made, nothing negative that was not looked at."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from beataml_release import AML, DNMT3A, MUTATIONS, WORKBOOK, specimen, write_release
from hypothesis import given
from hypothesis import strategies as st

import tenfold
from tenfold.exchange.beataml import read_records, recognises
from tenfold.exchange.beataml.course import course_of
from tenfold.exchange.beataml.genetics import genes_named
from tenfold.exchange.beataml.people import drugs_in
from tenfold.exchange.beataml.reader import known_fields
from tenfold.exchange.beataml.release import Specimen
from tenfold.exchange.converted import Fate
from tenfold.exchange.formats import open_records
from tenfold.records.faults import Used
from tenfold.records.tables import TABLES

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "beataml2"
needs_data = pytest.mark.skipif(not FOLDER.exists(), reason="the Beat AML tables are not beside the project")
RELAPSE = {
    "dbgap_dnaseq_sample": "BA2D",
    "timeOfSampleCollectionRelativeToInclusion": 200.0,
    "diseaseStageAtSpecimenCollection": "Relapse",
    "isDenovo": "FALSE",
}


@pytest.fixture(scope="module")
def real():
    return read_records(FOLDER)


def rows(found, table: str, **wanted: object) -> list[dict[str, object]]:
    return found.registry.table(table).filter(**wanted).to_dicts()


# The invented release


def test_a_release_is_known_by_the_names_and_the_columns_of_its_two_files(tmp_path):
    folder = write_release(tmp_path / "release", [specimen()])
    assert recognises(folder)
    assert open_records(folder).format == "beataml"
    (folder / MUTATIONS).write_text("Hugo_Symbol\tTumor_Sample_Barcode\n", "utf-8")
    assert not recognises(folder)
    assert not recognises(tmp_path / "nothing")
    assert not recognises(folder / WORKBOOK)


def test_two_specimens_of_a_patient_are_one_patient_and_each_keeps_its_day(tmp_path):
    mutation = {**DNMT3A, "dbgap_sample_id": "BA2D", "symbol": "TP53", "hgvsp_short": "p.R175H", "hgvsc": "c.524G>A"}
    found = read_records(write_release(tmp_path, [specimen(), specimen(**RELAPSE)], [DNMT3A, mutation]))
    assert found.registry.axis == "relative"
    (patient,) = rows(found, "patients")
    assert (patient["patient_id"], patient["sex"], patient["ontogeny"]) == ("1", "female", "de novo")
    assert patient["diagnosis_day"] is None
    assert patient["death_day"] is None
    days = {row["gene"]: (row["sample_day"], row["sequence"]) for row in rows(found, "variants")}
    assert days == {"DNMT3A": (0, 1), "TP53": (200, 3)}


def test_a_first_treatment_follows_the_diagnosis_and_a_response_follows_where_that_is_certain(
    tmp_path,
):
    alone = read_records(write_release(tmp_path / "alone", [specimen()]))
    (treatment,), (response,) = rows(alone, "treatments"), rows(alone, "responses")
    assert (treatment["sequence"], treatment["intent"], treatment["start_day"]) == (2, "induction", None)
    assert treatment["drugs"] == "cytarabine+idarubicin"
    assert treatment["intensive"] is None
    assert (response["sequence"], response["reported_response"]) == (3, "CR")
    later = read_records(write_release(tmp_path / "later", [specimen(), specimen(**RELAPSE)]))
    assert rows(later, "responses") == []
    assert any("1 responses and grafts are left" in note for note in later.notes)


def test_overall_survival_is_reported_in_months_from_the_diagnosis_and_an_unknown_status_gives_none(tmp_path):
    specimens = [
        specimen(),
        specimen(dbgap_subject_id=2.0, dbgap_dnaseq_sample="BA2D", vitalStatus="Alive", causeOfDeath="Alive"),
        specimen(dbgap_subject_id=3.0, dbgap_dnaseq_sample="BA3D", vitalStatus="Unknown", overallSurvival=0.0),
        specimen(dbgap_subject_id=4.0, dbgap_dnaseq_sample="BA4D", overallSurvival=-1.0),
    ]
    found = read_records(write_release(tmp_path, specimens))
    told = {row["patient_id"]: row for row in rows(found, "reported_outcomes")}
    assert set(told) == {"1", "2"}
    assert told["1"]["time_months"] == pytest.approx(365 / 30.4375)
    assert told["1"]["clock_start"] == "diagnosis"
    assert (told["1"]["event"], told["2"]["event"]) == (True, False)


def test_rows_of_a_patient_that_contradict_each_other_are_a_fault_and_neither_is_used(tmp_path):
    found = read_records(write_release(tmp_path, [specimen(), specimen(**RELAPSE, overallSurvival=400.0)]))
    assert rows(found, "reported_outcomes") == []
    (fault,) = found.registry.check().to_dicts()
    assert (fault["file"], fault["line"], fault["patient_id"], fault["value"]) == (WORKBOOK, 3, "1", "400")
    assert "365 on line 2 and 400 on line 3" in fault["rule"]


def test_lists_of_treatments_in_another_order_do_not_contradict_each_other(tmp_path):
    regimens = ("HiDAC|7+3 (Cytarabine, Idarubicin)", "7+3 (Cytarabine, Idarubicin)|HiDAC")
    specimens = [
        specimen(cumulativeTreatmentRegimens=regimens[0]),
        specimen(**RELAPSE, cumulativeTreatmentRegimens=regimens[1]),
    ]
    found = read_records(write_release(tmp_path, specimens))
    assert found.registry.check().is_empty()
    assert rows(found, "treatments")[0]["regimen"] is None


def test_a_gene_is_looked_at_only_where_the_exome_was_sequenced(tmp_path):
    specimens = [
        specimen(),
        specimen(dbgap_subject_id=2.0, dbgap_dnaseq_sample="BA2D"),
        specimen(dbgap_subject_id=3.0, dbgap_dnaseq_sample=None, exomeSeq="n", NPM1=None),
    ]
    found = read_records(write_release(tmp_path, specimens))
    tested = {(row["patient_id"], row["gene"]) for row in rows(found, "genes_tested")}
    assert tested == {(p, g) for p in "12" for g in ("DNMT3A", "FLT3", "NPM1")} | {("3", "FLT3")}


def test_a_gene_that_the_clinical_report_names_and_the_exome_does_not_show_is_left_open(tmp_path):
    specimens = [
        specimen(),
        specimen(
            dbgap_subject_id=2.0, dbgap_dnaseq_sample="BA2D", variantSummary="DNMT3A (p.R882C; MAF 50%)|FLT3-D835"
        ),
    ]
    found = read_records(write_release(tmp_path, specimens))
    assert rows(found, "genes_tested", patient_id="1", gene="DNMT3A")
    assert not rows(found, "genes_tested", patient_id="2", gene="DNMT3A")
    assert not rows(found, "variants", patient_id="2")


def test_cebpa_is_open_where_the_review_knows_of_more_than_the_exome_shows(tmp_path):
    cebpa = {**DNMT3A, "symbol": "CEBPA", "hgvsc": "c.68dup", "hgvsp_short": "p.H24Afs*84"}
    second = {**cebpa, "hgvsc": "c.493dup", "hgvsp_short": "p.R165Afs*153"}
    both = read_records(write_release(tmp_path / "bi", [specimen(CEBPA_Biallelic="bi")], [cebpa]))
    changes = [row["hgvs_p"] for row in rows(both, "variants")]
    assert sorted(changes, key=str) == sorted([None, "p.H24Afs*84"], key=str)
    one = read_records(write_release(tmp_path / "mono", [specimen(CEBPA_Biallelic="mono")], [cebpa, second]))
    assert rows(one, "variants") == []
    assert not rows(one, "genes_tested", gene="CEBPA")
    faults = one.registry.check().to_dicts()
    assert [(fault["file"], fault["line"], fault["used"]) for fault in faults] == [
        (MUTATIONS, line, str(Used.ROW_SET_ASIDE)) for line in (2, 3)
    ]
    assert "mono on line 2" in faults[0]["rule"]


def test_a_consensus_that_contradicts_the_exome_or_another_specimen_of_the_day_is_a_fault_and_the_finding_stays(
    tmp_path,
):
    npm1 = {**DNMT3A, "symbol": "NPM1", "hgvsc": "c.860_863dupTCTG", "hgvsp_short": "p.W288Cfs*12"}
    blood = specimen(dbgap_dnaseq_sample="BA2D", **{"FLT3-ITD": "positive"})
    found = read_records(write_release(tmp_path, [specimen(), blood], [npm1]))
    faults = {(fault["line"], fault["column"], fault["used"]) for fault in found.registry.check().to_dicts()}
    assert faults == {(3, "FLT3-ITD", str(Used.KEPT)), (2, "NPM1", str(Used.KEPT))}
    assert sorted(row["gene"] for row in rows(found, "variants")) == ["FLT3", "NPM1"]


def test_a_karyotype_beside_a_later_specimen_is_not_dated_on_it(tmp_path):
    both = read_records(write_release(tmp_path / "both", [specimen(), specimen(**RELAPSE, karyotype="47,XX,+8[20]")]))
    assert [row["iscn"] for row in rows(both, "karyotypes")] == ["46,XX[20]"]
    alone = read_records(write_release(tmp_path / "alone", [specimen(**RELAPSE)]))
    assert [(row["iscn"], row["sample_day"]) for row in rows(alone, "karyotypes")] == [("46,XX[20]", None)]


def test_a_fusion_that_is_not_named_is_no_evidence_and_kmt2a_without_a_partner_keeps_none(tmp_path):
    specimens = [
        specimen(consensusAMLFusions="RUNX1-RUNX1T1"),
        specimen(dbgap_subject_id=2.0, dbgap_dnaseq_sample="BA2D", consensusAMLFusions="KMT2A_re"),
        specimen(dbgap_subject_id=3.0, dbgap_dnaseq_sample="BA3D", consensusAMLFusions="N/A"),
    ]
    found = read_records(write_release(tmp_path, specimens))
    told = [(row["patient_id"], row["fusion"], row["result"]) for row in rows(found, "fusions")]
    assert told == [("1", "RUNX1::RUNX1T1", True), ("2", "KMT2A", True)]


def test_units_are_those_the_dictionary_states_and_a_word_for_a_number_sinks_nothing_beside_it(tmp_path):
    laboratory = {
        "creatinine": 1.0,
        "wbcCount": 12.5,
        "%.Blasts.in.PB": "rare",
        "%.Blasts.in.BM": "80",
        "hemoglobin": 9.0,
        "plateletCount": 50.0,
        "%.Neutrophils.in.PB": 10.0,
    }
    found = read_records(write_release(tmp_path, [{**specimen(), **laboratory}]))
    assert [row["creatinine_umol_l"] for row in rows(found, "chemistry")] == [pytest.approx(88.4)]
    (count,) = rows(found, "counts")
    assert count["wbc_e9_l"] == 12.5
    assert (count["haemoglobin_g_dl"], count["platelets_e9_l"], count["anc_e9_l"]) == (None, None, None)
    assert rows(found, "marrows")[0]["blasts_pct"] == 80
    assert [(fault["line"], fault["value"]) for fault in found.registry.check().to_dicts()] == [(2, "rare")]


def test_no_table_is_complete_but_the_variants_of_genes_that_were_looked_at(tmp_path):
    specimens = [
        specimen(),
        specimen(dbgap_subject_id=2.0, dbgap_dnaseq_sample=None, exomeSeq="n", NPM1=None, **{"FLT3-ITD": None}),
    ]
    found = read_records(write_release(tmp_path, specimens))
    registry = found.registry
    for name in registry.tables:
        if name not in ("patients", "completeness"):
            whole = registry.complete(name)["patient_id"].to_list()
            assert whole == (["1"] if name == "variants" else []), name


def test_leukaemia_of_ambiguous_lineage_and_what_came_later_are_no_diagnosis_of_aml(tmp_path):
    ambiguous = specimen(dxAtSpecimenAcquisition="ACUTE LEUKAEMIAS OF AMBIGUOUS LINEAGE")
    found = read_records(write_release(tmp_path, [ambiguous]))
    assert rows(found, "treatments") == []
    risk = tenfold.assess(found.registry).diagnosis
    assert risk["eln_2017"].to_list() == [None]
    assert AML.startswith("ACUTE MYELOID")


def test_a_risk_group_is_read_from_the_specimen_of_the_diagnosis_and_not_from_a_later_one(tmp_path):
    npm1 = {"NPM1": "positive", "FLT3-ITD": "negative"}
    late = {**RELAPSE, "NPM1": "negative", "FLT3-ITD": "positive", "allelic_ratio": 0.9}
    diagnostic = [{**specimen(), **npm1}, {**specimen(), **late}]
    found = read_records(
        write_release(tmp_path, diagnostic, [{**DNMT3A, "symbol": gene} for gene in ("TP53", "CEBPA")])
    )
    picture = tenfold.assess(found.registry).diagnosis.row(0, named=True)
    assert (picture["NPM1"], picture["FLT3_ITD"]) == (True, False)


@pytest.mark.parametrize("missing", [WORKBOOK, MUTATIONS])
def test_a_folder_with_one_of_the_two_files_is_refused_in_plain_words(tmp_path, missing):
    folder = write_release(tmp_path, [specimen()])
    (folder / missing).unlink()
    assert not recognises(folder)
    with pytest.raises(ValueError, match="put just these two into one folder"):
        read_records(folder)


def test_a_workbook_that_is_none_is_refused_in_plain_words(tmp_path):
    folder = write_release(tmp_path, [specimen()])
    (folder / WORKBOOK).write_bytes(b"no workbook at all")
    with pytest.raises(ValueError, match="beataml_invented_clinical"):
        read_records(folder)


def test_a_specimen_of_mutations_that_the_workbook_does_not_have_is_a_fault_with_its_line(tmp_path):
    folder = write_release(tmp_path, [specimen()], [DNMT3A, {**DNMT3A, "dbgap_sample_id": "BA9D"}])
    found = read_records(folder)
    assert [(fault["file"], fault["line"]) for fault in found.registry.check().to_dicts()] == [(MUTATIONS, 3)]
    assert len(rows(found, "variants")) == 1


@pytest.mark.parametrize(
    ("regimen", "drugs"),
    [
        ("7+3 (Cytarabine, Idarubicin)", "cytarabine+idarubicin"),
        ("Decitabine", "decitabine"),
        ("7+3 (Cytarabine, Idarubicin) plus Midostaurin", None),
        ("Venetoclax (ABT-199), Azacitidine", None),
        ("HiDAC", None),
    ],
)
def test_drugs_are_told_only_where_every_part_of_a_regimen_is_one(regimen, drugs):
    assert drugs_in(regimen) == drugs


def test_genes_are_named_by_the_beginning_of_an_entry_of_the_clinical_report():
    named = genes_named("IDH2 (p.R140Q; MAF 40%)|FLT3-D835|MLL (PTD)|No gene mutations found in the 43 genes tested")
    assert named == {"IDH2", "FLT3", "KMT2A"}


stages = st.sampled_from(["Initial Diagnosis", "Residual", "Relapse", "Remission", "Unknown"])


@given(st.lists(st.tuples(st.integers(0, 400), stages), min_size=1, max_size=6))
def test_the_order_of_a_patient_never_runs_against_the_days(told):
    specimens = [
        Specimen(
            line,
            "1",
            {
                "timeOfSampleCollectionRelativeToInclusion": str(day),
                "diseaseStageAtSpecimenCollection": stage,
                "dxAtSpecimenAcquisition": AML,
            },
        )
        for line, (day, stage) in enumerate(told, start=2)
    ]
    course = course_of(specimens)
    assert bool(course.places) == any(one.of_the_diagnosis for one in specimens)
    if course.places:
        for first in specimens:
            for second in specimens:
                assert (first.day < second.day) == (course.places[first.line] < course.places[second.line])
            if first.of_the_diagnosis:
                assert course.places[first.line] < course.treated
        assert (course.answered is None) == any(place > course.treated for place in course.places.values())


def test_every_field_that_is_mapped_or_guessed_goes_into_a_column_of_the_records():
    for columns in known_fields().values():
        for name, said in columns.items():
            assert said["fate"] in set(Fate), name
            if said["fate"] == Fate.LEFT:
                assert said["note"], name
                assert "into" not in said, name
            else:
                table, column = said["into"].split(".")
                assert column.removesuffix("_day") + "_date" in TABLES[table] or column in TABLES[table], name


# The release itself


@needs_data
def test_every_column_of_the_release_is_told_once(real):
    told = [(field.source, field.field) for field in real.fields]
    assert len(told) == len(set(told)) == 95 + 32
    assert not [field for field in real.fields if "as it is known" in field.note]


@needs_data
def test_942_specimens_are_805_patients_of_whom_556_have_a_specimen_of_the_diagnosis(real):
    registry = real.registry
    assert registry.table("patients").height == 805
    assert registry.set_aside.filter(pl.col("table") == "patients").is_empty()
    placed = registry.table("genes_tested").filter(pl.col("sequence").is_not_null())["patient_id"].n_unique()
    assert 540 < placed <= 556
    assert registry.table("treatments").height == 511


@needs_data
def test_the_survival_of_772_patients_is_the_releases_own(real):
    outcomes = real.registry.table("reported_outcomes")
    assert outcomes.height == outcomes["patient_id"].n_unique() == 772
    assert outcomes.filter("event").height > 400
    assert outcomes.filter(pl.col("patient_id") == "2476")["time_months"].item() == pytest.approx(1463 / 30.4375)


@needs_data
def test_of_the_release_only_words_for_numbers_and_contradictions_are_faults(real):
    faults = real.registry.check()
    dated = faults.filter(pl.col("rule").str.contains("as if it held a date"))
    assert dated["column"].to_list() == ["iscn"]
    faults = faults.filter(~pl.col("rule").str.contains("as if it held"))
    assert faults.height == 27
    words = faults.filter(pl.col("rule").str.contains("is not a number"))
    assert words.height == 12
    rest = faults.filter(~pl.col("rule").str.contains("is not a number"))
    assert rest["rule"].str.contains("contradict|several CEBPA|specimens of one day|the exome of specimen").all()


@needs_data
def test_the_records_are_written_and_read_back_as_they_are(real, tmp_path):
    real.registry.write(tmp_path / "tables", "parquet")
    again = tenfold.read(tmp_path / "tables")
    assert again.axis == "relative"
    for name in ("patients", "variants", "karyotypes", "reported_outcomes", "treatments"):
        assert again.table(name).equals(real.registry.table(name)), name
    assert again.complete("variants").equals(real.registry.complete("variants"))


@needs_data
def test_nobody_without_a_treated_diagnosis_gets_a_risk_group(real):
    risk = tenfold.assess(real.registry).diagnosis
    told = risk.filter(pl.col("eln_2017").is_not_null() | pl.col("eln_2022").is_not_null())
    treated = real.registry.table("treatments")["patient_id"].to_list()
    assert told.height > 350
    assert told["patient_id"].is_in(treated).all()
