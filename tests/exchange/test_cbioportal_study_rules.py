"""The rules of cBioPortal's own validator that a study must keep to be accepted, held against the studies that are written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.cbioportal import write_records
from tenfold.exchange.cbioportal.writing_genomics import classification
from tenfold.exchange.published import published
from tenfold.records import Registry

ROOT = Path(__file__).resolve().parent.parent.parent
MESSAGES = tomllib.loads((ROOT / "tests" / "data" / "cbioportal_validator.toml").read_text("utf-8"))
KINDS = {
    ("CANCER_TYPE", "CANCER_TYPE"),
    ("CLINICAL", "PATIENT_ATTRIBUTES"),
    ("CLINICAL", "SAMPLE_ATTRIBUTES"),
    ("CLINICAL", "TIMELINE"),
    ("MUTATION_EXTENDED", "MAF"),
    ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"),
}
CLASSES = {
    "Frame_Shift_Del",
    "Frame_Shift_Ins",
    "In_Frame_Del",
    "In_Frame_Ins",
    "Missense_Mutation",
    "Nonsense_Mutation",
    "Splice_Site",
    "Translation_Start_Site",
    "Nonstop_Mutation",
    "Silent",
    "Unknown",
}


def awkward() -> Registry:
    """Patients with names that cBioPortal does not take, and changes that its columns do not."""
    day = date(2024, 5, 3)
    return Registry.from_tables(
        {
            "patients": [
                {"patient_id": "P 2/ä", "diagnosis_date": day, "cause_of_death": 'he said "no"\tand\nleft'},
                {"patient_id": "NA", "sex": "other", "age_at_diagnosis_years": 60.5},
                {"patient_id": "jan-5"},
            ],
            "variants": [
                {"patient_id": "NA", "gene": "FLT3", "kind": "ITD", "germline": False},
                {"patient_id": "NA", "gene": "CEBPA", "hgvs_p": "p.A;p.B", "germline": True},
                {"patient_id": "other", "gene": "NPM1", "kind": "frameshift", "hgvs_p": "p." + "W" * 300},
            ],
            "events": [{"patient_id": "P 2/ä", "event_date": day, "kind": "relapse"}],
        },
        title='A: "quoted"\nregistry',
    )


@cache
def study(name: str) -> Path:
    """The folder of a study, written once."""
    registry = {"published": published, "simulated": lambda: simulate_registry(12, seed=5).registry, "awkward": awkward}
    folder = Path(mkdtemp()) / "study"
    write_records(registry[name](), folder)
    return folder


@pytest.fixture(params=["published", "simulated", "awkward"])
def folder(request: pytest.FixtureRequest) -> Path:
    return study(request.param)


def fields(path: Path) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in path.read_text("utf-8").splitlines())


def cells(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text("utf-8").split("\n")[:-1]]


def rows(path: Path) -> Iterator[dict[str, str]]:
    header, *others = [line for line in cells(path) if not line[0].startswith("#")]
    return (dict(zip(header, line, strict=True)) for line in others)


def samples(folder: Path) -> dict[str, str]:
    return {row["SAMPLE_ID"]: row["PATIENT_ID"] for row in rows(folder / "data_clinical_sample.txt")}


def test_every_file_is_whole_lines_of_as_many_cells_as_its_header(folder: Path) -> None:
    for path in folder.glob("data_*.txt"):
        if not path.name.startswith("data_gene_panel_") or "matrix" in path.name:
            assert len({len(line) for line in cells(path)}) == 1, path.name
            assert all(any(cell.strip() for cell in line) for line in cells(path)), path.name
        assert "\r" not in path.read_bytes().decode("utf-8")


def test_every_meta_file_names_the_study_a_kind_and_a_file_that_is_there(folder: Path) -> None:
    about = fields(folder / "meta_study.txt")
    assert {"type_of_cancer", "cancer_study_identifier", "name", "description"} <= set(about)
    named = set()
    for path in folder.glob("meta_*.txt"):
        meta = fields(path)
        if path.name == "meta_study.txt":
            continue
        assert (meta["genetic_alteration_type"], meta["datatype"]) in KINDS
        assert (folder / meta["data_filename"]).is_file()
        assert meta.get("cancer_study_identifier", about["cancer_study_identifier"]) == about["cancer_study_identifier"]
        named.add(meta["data_filename"])
    unnamed = {path.name for path in folder.glob("data_*.txt")} - named
    assert all(name.startswith(("data_tenfold_", "data_gene_panel_")) for name in unnamed)


@pytest.mark.parametrize("level", ["patient", "sample"])
def test_every_attribute_is_in_capitals_and_described_and_numbers_are_numbers(folder: Path, level: str) -> None:
    shown, described, kinds, priorities, header, *data = cells(folder / f"data_clinical_{level}.txt")
    for line in (shown, described, kinds, priorities):
        assert all(cell.lstrip("#").strip() for cell in line)
    assert {kind.lstrip("#") for kind in kinds} <= {"STRING", "NUMBER"}
    assert all(name.isupper() for name in header)
    assert len(set(header)) == len(header)
    for at, kind in enumerate(kinds):
        if kind == "NUMBER":
            assert all(not line[at] or float(line[at]) is not None for line in data)


def test_no_attribute_is_both_of_patients_and_of_samples(folder: Path) -> None:
    of_patients = set(cells(folder / "data_clinical_patient.txt")[4])
    of_samples = set(cells(folder / "data_clinical_sample.txt")[4])
    assert of_patients & of_samples == {"PATIENT_ID"}
    assert of_patients.isdisjoint({"SAMPLE_ID", "MUTATION_COUNT", "FRACTION_GENOME_ALTERED"})


def test_patients_and_samples_have_names_that_cbioportal_takes_and_each_patient_a_sample(folder: Path) -> None:
    patients = [row["PATIENT_ID"] for row in rows(folder / "data_clinical_patient.txt")]
    listed = [row["SAMPLE_ID"] for row in rows(folder / "data_clinical_sample.txt")]
    for name in [*patients, *listed]:
        assert name.replace("-", "").replace("_", "").replace(".", "").isalnum()
        assert name.isascii()
        assert len(name) <= 63
        assert name.casefold() != "na"
    assert len(set(patients)) == len(patients)
    assert len(set(listed)) == len(listed)
    assert set(samples(folder).values()) == set(patients)


def test_the_status_of_a_survival_attribute_is_0_or_1_with_its_label(folder: Path) -> None:
    header = cells(folder / "data_clinical_patient.txt")[4]
    for name in [name for name in header if name.endswith("_STATUS") and name.replace("_STATUS", "_MONTHS") in header]:
        said = {row[name] for row in rows(folder / "data_clinical_patient.txt")}
        wanted = {"0:LIVING", "1:DECEASED"} if name == "OS_STATUS" else {"0:NO EVENT", "1:EVENT"}
        assert said <= wanted | {""}


def test_every_event_of_a_timeline_has_a_whole_day_and_a_name(folder: Path) -> None:
    for path in folder.glob("data_timeline_*.txt"):
        assert cells(path)[0][:4] == ["PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE"]
        for row in rows(path):
            assert row["START_DATE"].lstrip("-").isdigit()
            assert not row["STOP_DATE"] or row["STOP_DATE"].lstrip("-").isdigit()
            assert row["EVENT_TYPE"]


def test_every_mutation_names_a_gene_a_sample_that_is_listed_and_a_class_that_is_known(folder: Path) -> None:
    listed = samples(folder)
    for row in rows(folder / "data_mutations.txt"):
        assert row["Hugo_Symbol"]
        assert row["Tumor_Sample_Barcode"] in listed
        assert row["Variant_Classification"] in CLASSES
        change = row["HGVSp_Short"]
        assert len(change) <= 255
        assert not any(mark in change for mark in ",;")
        assert "p." not in change[1:]


def test_the_case_lists_name_all_samples_and_those_that_were_sequenced(folder: Path) -> None:
    identifier = fields(folder / "meta_study.txt")["cancer_study_identifier"]
    everybody = fields(folder / "case_lists" / "cases_all.txt")
    sequenced = fields(folder / "case_lists" / "cases_sequenced.txt")
    assert everybody["stable_id"] == f"{identifier}_all"
    assert sequenced["stable_id"] == f"{identifier}_sequenced"
    assert set(everybody["case_list_ids"].split("\t")) == set(samples(folder))
    matrix = {row["SAMPLE_ID"]: row["mutations"] for row in rows(folder / "data_gene_panel_matrix.txt")}
    with_panel = {sample for sample, panel in matrix.items() if panel != "NA"}
    assert set(sequenced["case_list_ids"].split("\t")) == with_panel
    mutated = {row["Tumor_Sample_Barcode"] for row in rows(folder / "data_mutations.txt")}
    assert mutated <= with_panel, "a sample with mutations and no panel would count as wholly sequenced"


def test_a_simulated_study_says_so_in_its_name_its_description_and_on_every_patient() -> None:
    about = fields(study("simulated") / "meta_study.txt")
    assert "simulated" in about["name"].casefold()
    assert about["description"].startswith("Simulated patients")
    assert {row["SIMULATED"] for row in rows(study("simulated") / "data_clinical_patient.txt")} == {"yes"}
    assert "SIMULATED" not in cells(study("published") / "data_clinical_patient.txt")[4]


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        ("frameshift", "c.860_863dup", "Frame_Shift_Ins"),
        ("frameshift", "c.10del", "Frame_Shift_Del"),
        ("frameshift", "c.10delinsAA", "Unknown"),
        ("frameshift", None, "Unknown"),
        ("ITD", None, "In_Frame_Ins"),
        (None, None, "Unknown"),
    ],
)
def test_a_class_of_mutation_is_given_only_where_the_record_shows_it(
    kind: str | None, change: str | None, expected: str
) -> None:
    assert classification(kind, change) == expected


def test_every_warning_that_is_accepted_has_its_reason_and_stands_on_the_page() -> None:
    page = (ROOT / "docs" / "how-to" / "cbioportal.md").read_text("utf-8")
    assert MESSAGES["validator"].rsplit(" ", 1)[1][:7] in page
    for message in MESSAGES["warning"]:
        assert message["why"]
        assert message["begins"] in page
