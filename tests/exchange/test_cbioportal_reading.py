"""Another's study: what is mapped, guessed and left, and that nothing counts as "no" because it is not listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenfold.exchange.cbioportal import read_records, recognises
from tenfold.exchange.converted import Converted, Fate
from tenfold.exchange.formats import open_records
from tenfold.genetics.variants.patient import patient_findings
from tenfold.records.timeline import placed

META = (
    "type_of_cancer: aml\ncancer_study_identifier: aml_here\nname: AML (Here, 2020)\ncitation: Here 2020\npmid: 123\n"
)
PATIENTS = """#Patient Identifier\tSex\tDiagnosis Age\tOverall Survival Status\tOverall Survival (Months)\tDFS\tFAB
#Identifier\tSex\tAge at diagnosis\tStatus\tOverall survival in months since diagnosis\tDFS\tFAB
#STRING\tSTRING\tNUMBER\tSTRING\tNUMBER\tSTRING\tSTRING
#1\t1\t1\t1\t1\t1\t1
PATIENT_ID\tSEX\tAGE\tOS_STATUS\tOS_MONTHS\tDFS_STATUS\tFAB
A\tMale\t50\t1:DECEASED\t11.99\t1:Recurred\tM4
B\tFemale\t[Not Available]\t0:LIVING\t26.02\t[Not Available]\t[Not Applicable]
C\t[Not Available]\t61\t[Not Available]\t[Not Available]\t[Not Available]\tM1
"""
SAMPLES = """#Patient\tSample\tKaryotype\tWBC\tBlasts
#Patient\tSample\tKaryotype\tLeucocytes (10^9/L)\tBlasts in the marrow, %
#STRING\tSTRING\tSTRING\tNUMBER\tNUMBER
#1\t1\t1\t1\t1
PATIENT_ID\tSAMPLE_ID\tKARYOTYPE\tWBC\tBM_BLAST_PERCENTAGE
A\tA-1\t46,XY[20]\t12.5\t60
B\tB-1\t[Not Available]\t3\t[Not Available]
C\tC-1\t\t\t
"""
MUTATIONS = (
    "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\tHGVSp_Short\tt_alt_count\tt_ref_count\tBAM_File\n"
    "NPM1\tFrame_Shift_Ins\tA-1\tp.W288Cfs*12\t30\t70\tx\n"
    "FLT3\tIntron\tA-1\t\t\t\tx\n"
    "TP53\tMissense_Mutation\tB-1\tp.R175H\t10\t90\tx\n"
)
MATRIX = "SAMPLE_ID\tmutations\tcna\nA-1\tMYELOID_50\tNA\nB-1\tNOT_HERE\tNA\nC-1\tWXS\tNA\n"
PANEL = "stable_id: MYELOID_50\ndescription: fifty genes\ngene_list: NPM1\tFLT3\tTP53\n"


def study(folder: Path, **files: str) -> Converted:
    """A study of these files, read; ``meta_study`` stands for ``meta_study.txt``."""
    for name, text in {"meta_study": META, "data_clinical_patient": PATIENTS, **files}.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    return read_records(folder)


def whole(folder: Path) -> Converted:
    return study(
        folder,
        data_clinical_sample=SAMPLES,
        data_mutations=MUTATIONS,
        data_gene_panel_matrix=MATRIX,
        data_gene_panel_myeloid=PANEL,
        data_cna="Hugo_Symbol\tA-1\nTP53\t-1\n",
        meta_cna="genetic_alteration_type: COPY_NUMBER_ALTERATION\ndatatype: DISCRETE\ndata_filename: data_cna.txt\n",
    )


def fates(found: Converted, file: str) -> dict[str, Fate]:
    return {one.field: one.fate for one in found.fields if one.source == file}


def test_patients_and_their_survival_are_read_and_not_available_is_not_known(tmp_path: Path) -> None:
    found = whole(tmp_path)
    patients = found.registry.table("patients").select("patient_id", "sex", "age_at_diagnosis_years").rows()
    assert patients == [("A", "male", 50.0), ("B", "female", None), ("C", None, 61.0)]
    outcomes = found.registry.table("reported_outcomes")
    assert outcomes.select("patient_id", "endpoint", "clock_start", "time_months", "event").rows() == [
        ("A", "OS", "diagnosis", 11.99, True),
        ("B", "OS", "diagnosis", 26.02, False),
    ]
    assert found.registry.title == "AML (Here, 2020)"
    assert found.registry.sources["patients"] == "AML (Here, 2020); Here 2020; PMID 123"


def test_every_column_of_every_file_is_mapped_guessed_or_left_with_a_reason(tmp_path: Path) -> None:
    found = whole(tmp_path)
    for name in ("data_clinical_patient.txt", "data_clinical_sample.txt", "data_mutations.txt"):
        lines = (tmp_path / name).read_text("utf-8").splitlines()
        header = next(line for line in lines if not line.startswith("#")).split("\t")
        assert [field for field in fates(found, name) if not field.startswith("(")] == header
    assert all(one.note for one in found.of(Fate.LEFT))
    assert fates(found, "data_clinical_patient.txt")["DFS_STATUS"] is Fate.LEFT
    assert fates(found, "data_cna.txt") == {"(the whole file)": Fate.LEFT}


def test_an_age_is_that_at_diagnosis_only_where_the_description_says_so(tmp_path: Path) -> None:
    found = study(
        tmp_path, data_clinical_patient=PATIENTS.replace("Diagnosis Age", "Age").replace("Age at diagnosis", "Age")
    )
    patients = found.registry.table("patients")
    assert patients["age_at_diagnosis_years"].null_count() == 3
    assert patients["age_years"].to_list() == [50.0, None, 61.0]
    assert fates(found, "data_clinical_patient.txt")["AGE"] is Fate.GUESSED


@pytest.mark.parametrize("said", ["Age at diagnosis (days)", "Age in months at diagnosis"])
def test_an_age_that_is_not_in_years_is_left(tmp_path: Path, said: str) -> None:
    found = study(tmp_path, data_clinical_patient=PATIENTS.replace("Age at diagnosis", said))
    assert fates(found, "data_clinical_patient.txt")["AGE"] is Fate.LEFT
    assert found.registry.table("patients")["age_at_diagnosis_years"].null_count() == 3


def test_an_age_in_years_of_which_days_are_spoken_beside_is_read(tmp_path: Path) -> None:
    said = "Age at diagnosis, in years (days were rounded)"
    found = study(tmp_path, data_clinical_patient=PATIENTS.replace("Age at diagnosis", said))
    assert found.registry.table("patients")["age_at_diagnosis_years"].drop_nulls().to_list() == [50.0, 61.0]


def test_of_a_patient_on_two_lines_that_differ_no_outcome_is_read(tmp_path: Path) -> None:
    twice = PATIENTS + "A\tMale\t50\t0:LIVING\t3\t[Not Available]\tM4\n"
    found = study(tmp_path, data_clinical_patient=twice)
    assert found.registry.table("reported_outcomes")["patient_id"].to_list() == ["B"]
    assert any("1 patients stand on several lines" in note for note in found.notes)


def test_a_line_that_is_repeated_as_it_is_says_one_outcome(tmp_path: Path) -> None:
    [line] = [one for one in PATIENTS.splitlines() if one.startswith("A\t")]
    found = study(tmp_path, data_clinical_patient=PATIENTS + line + "\n")
    assert set(found.registry.table("reported_outcomes")["patient_id"]) == {"A", "B"}


def test_a_survival_time_whose_beginning_is_not_said_has_no_clock(tmp_path: Path) -> None:
    found = study(tmp_path, data_clinical_patient=PATIENTS.replace("months since diagnosis", "months"))
    assert found.registry.table("reported_outcomes")["clock_start"].to_list() == [None, None]
    assert any("does not say where OS_MONTHS begins" in note for note in found.notes)


def test_a_value_that_cannot_be_right_is_a_fault_and_the_rest_of_the_patient_is_kept(tmp_path: Path) -> None:
    found = study(tmp_path, data_clinical_patient=PATIENTS.replace("\t50\t", "\t>89\t").replace("1:DECEASED", "gone"))
    faults = {row["column"]: row for row in found.registry.check().to_dicts()}
    assert (faults["AGE"]["line"], faults["AGE"]["value"], faults["AGE"]["used"]) == (6, ">89", "kept")
    assert faults["OS_STATUS"]["value"] == "gone"
    assert found.registry.table("patients").height == 3
    assert found.registry.table("reported_outcomes")["event"].to_list() == [None, False]


def test_nothing_of_anothers_study_is_complete_but_what_its_panels_cover(tmp_path: Path) -> None:
    registry = whole(tmp_path).registry
    for name in ("reported_outcomes", "karyotypes", "genes_tested"):
        assert registry.complete(name).is_empty()
    assert registry.complete("variants")["patient_id"].to_list() == ["A"]
    assert set(registry.table("genes_tested")["patient_id"]) == {"A"}


def test_a_panel_that_lists_flt3_does_not_show_that_there_is_no_tandem_duplication(tmp_path: Path) -> None:
    registry = whole(tmp_path).registry
    [found] = patient_findings(
        registry.table("variants").filter(patient_id="A"), placed(registry, "genes_tested").filter(patient_id="A")
    ).to_dicts()
    assert found["NPM1"] is True
    assert found["TP53"] is False
    assert found["FLT3_TKD"] is False
    assert found["FLT3_ITD"] is None


def test_a_sample_without_a_panel_is_not_taken_as_wholly_sequenced(tmp_path: Path) -> None:
    found = study(tmp_path, data_clinical_sample=SAMPLES, data_mutations=MUTATIONS)
    assert not found.registry.recorded("genes_tested")
    assert found.registry.complete("variants").is_empty()


def test_a_panel_that_the_folder_does_not_define_is_named_and_not_used(tmp_path: Path) -> None:
    notes = whole(tmp_path).notes
    assert any("the panel NOT_HERE is not defined in the folder" in note for note in notes)
    assert any("whole exome or genome" in note for note in notes)


def test_a_mutation_keeps_its_line_and_one_outside_the_code_is_named(tmp_path: Path) -> None:
    registry = whole(tmp_path).registry
    variants = registry.table("variants").select("patient_id", "gene", "kind", "vaf").rows()
    assert variants == [("A", "NPM1", "frameshift", 0.3), ("B", "TP53", "missense", 0.1)]
    assert registry.check().filter(column="kind")["line"].to_list() == [3]


def test_the_patient_of_a_lost_mutation_has_no_complete_variants(tmp_path: Path) -> None:
    lost = MUTATIONS + "\tMissense_Mutation\tA-1\tp.R1W\t1\t9\tx\n"
    found = study(
        tmp_path,
        data_clinical_sample=SAMPLES,
        data_mutations=lost,
        data_gene_panel_matrix=MATRIX,
        data_gene_panel_myeloid=PANEL,
    )
    assert found.registry.complete("variants").is_empty()


def test_a_wild_type_in_the_mutations_is_no_mutation_and_a_doubtful_row_leaves_the_patient_not_known(
    tmp_path: Path,
) -> None:
    header, *rows = MUTATIONS.splitlines()
    rows = [f"{row}\t{word}" for row, word in zip(rows, ("Wildtype", "Somatic", "LOH"), strict=True)]
    text = "\n".join([f"{header}\tMutation_Status", *rows, ""])
    files = {"data_clinical_sample": SAMPLES, "data_gene_panel_myeloid": PANEL}
    matrix = MATRIX.replace("NOT_HERE", "MYELOID_50")
    registry = study(tmp_path, **files, data_gene_panel_matrix=matrix, data_mutations=text).registry
    assert registry.table("variants").is_empty()
    assert registry.check().filter(column="Mutation_Status")["line"].to_list() == [2, 4]
    assert registry.complete("variants")["patient_id"].to_list() == ["A"]


def test_a_measurement_of_a_sample_without_a_day_is_counted_as_left(tmp_path: Path) -> None:
    specimens = "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSAMPLE_ID\nA\t-3\t\tSPECIMEN\tA-1\n"
    found = study(tmp_path, data_clinical_sample=SAMPLES, data_timeline_specimen=specimens)
    told = {one.field: (one.fate, one.filled) for one in found.fields if one.field.startswith("WBC")}
    assert told == {"WBC": (Fate.MAPPED, 1), "WBC (samples without a day)": (Fate.LEFT, 1)}
    assert found.registry.table("counts").height == 1


def test_a_measurement_is_placed_only_where_its_sample_has_a_day_and_its_unit_is_stated(tmp_path: Path) -> None:
    assert not whole(tmp_path).registry.recorded("counts")
    specimens = "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSAMPLE_ID\nA\t-3\t\tSPECIMEN\tA-1\n"
    found = study(tmp_path, data_timeline_specimen=specimens)
    assert found.registry.table("counts").select("patient_id", "sample_day", "wbc_e9_l").rows() == [("A", -3, 12.5)]
    assert found.registry.table("marrows")["blasts_pct"].to_list() == [60.0]
    assert found.registry.table("variants")["sample_day"].to_list() == [-3, None]
    without = study(tmp_path, data_clinical_sample=SAMPLES.replace("10^9/L", ""))
    assert without.registry.table("counts").is_empty()
    assert fates(without, "data_clinical_sample.txt")["WBC"] is Fate.LEFT


def test_treatments_of_a_timeline_are_read_in_days_and_what_day_zero_is_is_guessed(tmp_path: Path) -> None:
    timeline = (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tTREATMENT_TYPE\tAGENT\n"
        "A\t5\t11\tTREATMENT\tMedical Therapy\tCYTARABINE\n"
        "A\t60\t\tTreatment\tMedical Therapy\tVenclexta\n"
        "B\tx\t\tTREATMENT\tMedical Therapy\tNA\n"
        "B\t3\t\tIMAGING\t\t\n"
    )
    found = study(tmp_path, data_timeline_treatment=timeline)
    rows = found.registry.table("treatments").select("patient_id", "drugs", "start_day", "end_day").rows()
    assert rows == [("A", "cytarabine", 5, 11), ("A", "venetoclax", 60, None)]
    assert found.registry.axis == "relative"
    assert "does not say" in found.registry.table("patients")["day_zero"][0]
    told = fates(found, "data_timeline_treatment.txt")
    assert (told["AGENT"], told["START_DATE"], told["(day zero)"]) == (Fate.GUESSED, Fate.MAPPED, Fate.GUESSED)
    assert told["TREATMENT_TYPE"] is Fate.LEFT
    assert any("1 events called IMAGING were left" in note for note in found.notes)
    [fault] = found.registry.check().filter(column="start_date").to_dicts()
    assert (fault["line"], fault["value"]) == (4, "x")


def test_a_status_event_gives_the_days_of_diagnosis_and_death(tmp_path: Path) -> None:
    timeline = "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSTATUS\nA\t0\t\tSTATUS\tInitial Diagnosis\nA\t365\t\tSTATUS\tDeceased\nB\t9\t\tSTATUS\tsurgery\n"
    found = study(tmp_path, data_timeline_status=timeline)
    [first, *_] = found.registry.table("patients").select("patient_id", "diagnosis_day", "death_day").rows()
    assert first == ("A", 0, 365)
    assert fates(found, "data_timeline_status.txt")["STATUS"] is Fate.GUESSED
    assert any("1 events called STATUS were left" in note for note in found.notes)


def test_a_laboratory_test_is_used_only_with_the_unit_that_it_states(tmp_path: Path) -> None:
    timeline = (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tTEST\tRESULT\tUNIT\n"
        "A\t1\t\tLAB_TEST\tWBC\t12.5\t10^9/L\nA\t1\t\tLAB_TEST\tPlatelets\t40\t10^9/L\n"
        "A\t1\t\tLAB_TEST\tHemoglobin\t9\t\nB\t1\t\tLAB_TEST\tCA125\t9\tU/mL\n"
    )
    found = study(tmp_path, data_timeline_lab=timeline)
    rows = found.registry.table("counts").select("patient_id", "sample_day", "wbc_e9_l", "platelets_e9_l").rows()
    assert rows == [("A", 1, 12.5, 40.0)]
    assert found.registry.table("counts")["haemoglobin_g_dl"].to_list() == [None]
    assert any("2 laboratory tests were left" in note for note in found.notes)


def test_a_fusion_among_the_structural_variants_is_read_in_the_order_written(tmp_path: Path) -> None:
    variants = "Sample_Id\tSV_Status\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\nA-1\tSOMATIC\tRUNX1\tRUNX1T1\nB-1\tSOMATIC\tKMT2A\tKMT2A\n"
    found = study(tmp_path, data_clinical_sample=SAMPLES, data_sv=variants)
    assert found.registry.table("fusions").select("patient_id", "fusion", "result").rows() == [
        ("A", "RUNX1::RUNX1T1", True)
    ]
    assert fates(found, "data_sv.txt")["Site1_Hugo_Symbol"] is Fate.GUESSED


def test_a_row_of_the_wrong_width_is_set_aside_alone(tmp_path: Path) -> None:
    found = study(tmp_path, data_clinical_patient=PATIENTS.replace("\tM4\n", "\n"))
    [fault] = found.registry.check().to_dicts()
    assert (fault["line"], fault["used"]) == (6, "row set aside")
    assert found.registry.table("patients")["patient_id"].to_list() == ["B", "C"]


@pytest.mark.parametrize("named", ["../secret.txt", "/etc/hostname", "absent.txt"])
def test_a_meta_file_cannot_name_a_file_outside_the_study_or_one_that_is_not_there(tmp_path: Path, named: str) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text(PATIENTS.replace("A\t", "Z\t"), "utf-8")
    meta = f"genetic_alteration_type: CLINICAL\ndatatype: PATIENT_ATTRIBUTES\ndata_filename: {named}\n"
    found = study(folder, meta_other=meta)
    assert "Z" not in found.registry.table("patients")["patient_id"].to_list()
    assert found.registry.check().filter(file="meta_other.txt").height == 1


def test_a_file_that_is_not_utf_8_is_one_fault_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "data_timeline_x.txt").write_bytes(b"PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\n\xff\t1\t\tX\n")
    found = study(tmp_path)
    assert found.registry.check()["rule"].to_list() == ["the file is not in UTF-8"]
    assert found.registry.table("patients").height == 3


def test_a_study_is_known_by_its_meta_file_or_its_clinical_files_and_nothing_else_is(tmp_path: Path) -> None:
    study(tmp_path)
    assert recognises(tmp_path)
    assert open_records(tmp_path).format == "cbioportal"
    (tmp_path / "meta_study.txt").unlink()
    assert recognises(tmp_path)
    (tmp_path / "data_clinical_patient.txt").write_text("name\tvalue\n", "utf-8")
    assert not recognises(tmp_path)
    assert not recognises(tmp_path / "data_clinical_patient.txt")
    assert not recognises(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="is not a cBioPortal study"):
        read_records(tmp_path)
