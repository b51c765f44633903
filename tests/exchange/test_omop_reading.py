"""A CDM that others wrote: what is mapped, what is guessed and said to be, and what is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from omop_files import aml, measured, person, write_folder

from tenfold.exchange.converted import Converted, Fate
from tenfold.exchange.omop import read_records, recognises

WBC, HAEMOGLOBIN, CREATININE, NPM1 = 3000905, 3000963, 3016723, 44816925


def read_cdm(folder: Path, **tables: list[dict[str, Any]]) -> Converted:
    return read_records(write_folder(folder, {"person": [person()], "condition_occurrence": [aml()], **tables}))


def note_of(found: Converted, start: str) -> str:
    [one] = [field for field in found.fields if field.field.startswith(start) and field.fate is not Fate.MAPPED]
    return one.note


def test_numbers_of_one_day_are_one_blood_count_in_the_units_of_the_records(tmp_path: Path) -> None:
    found = read_cdm(
        tmp_path,
        measurement=[
            measured(1, WBC, "2500", unit_concept_id=8647),
            measured(2, HAEMOGLOBIN, "95", unit_source_value="g/L"),
            measured(3, CREATININE, "1.0", unit_concept_id=8840),
        ],
    )
    [count] = found.registry.table("counts").to_dicts()
    assert (count["wbc_e9_l"], count["haemoglobin_g_dl"], count["patient_id"]) == (2.5, 9.5, "1")
    assert found.registry.table("chemistry")["creatinine_umol_l"].to_list() == [88.4]


def test_two_haemoglobins_of_one_day_are_two_blood_counts(tmp_path: Path) -> None:
    rows = [measured(i, HAEMOGLOBIN, value, unit_concept_id=8713) for i, value in ((1, "9.5"), (2, "8.0"))]
    found = read_cdm(tmp_path, measurement=rows)
    assert sorted(found.registry.table("counts")["haemoglobin_g_dl"]) == [8.0, 9.5]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "without a unit"),
        ({"unit_concept_id": 8749}, "its unit 8749 is not known"),
        ({"unit_source_value": "mmol/L"}, "its unit mmol/L is not known"),
        ({"unit_concept_id": 8749, "unit_source_value": "g/dL"}, "is not known"),
        ({"unit_concept_id": 8713, "unit_source_value": "mmol/L"}, 'its unit is "mmol/L" in words'),
        ({"unit_concept_id": 8713, "unit_source_value": "g/L"}, 'its unit is "g/L" in words'),
        ({"unit_concept_id": 8713, "operator_concept_id": 4171756}, "less or more than a number"),
        ({"unit_concept_id": 8713, "value_as_number": None}, "without a number"),
    ],
)
def test_a_number_whose_unit_or_sign_the_column_cannot_hold_is_left_and_said_to_be(
    tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    found = read_cdm(tmp_path, measurement=[measured(1, HAEMOGLOBIN, "9.5") | more])
    assert found.registry.table("counts").is_empty()
    assert said in note_of(found, "3000963")


def test_a_unit_in_words_that_are_not_known_is_that_of_its_concept(tmp_path: Path) -> None:
    rows = [measured(1, HAEMOGLOBIN, "9.5", unit_concept_id=8713, unit_source_value="grams%")]
    assert read_cdm(tmp_path, measurement=rows).registry.table("counts")["haemoglobin_g_dl"].to_list() == [9.5]


def test_a_level_without_a_scale_is_a_fault_and_never_a_level(tmp_path: Path) -> None:
    found = read_cdm(tmp_path, measurement=[measured(1, NPM1, "0.02", unit_concept_id=8554, unit_source_value="%")])
    assert found.registry.table("mrd_samples").is_empty()
    [fault] = found.registry.faults.to_dicts()
    assert "has no scale" in fault["rule"]
    assert (fault["file"], fault["line"]) == ("measurement.csv", 2)


def test_a_level_with_its_scale_is_read_with_marker_tissue_and_sign(tmp_path: Path) -> None:
    rows = [
        measured(1, NPM1, "0.02", unit_source_value="% ABL1"),
        measured(2, NPM1, "0.01", unit_source_value="copies/10^4 ABL1", operator_concept_id=4171756),
        measured(3, NPM1, None, value_as_concept_id=9189, unit_source_value="% ABL1"),
    ]
    found = read_cdm(tmp_path, measurement=rows)
    samples = found.registry.table("mrd_samples").sort("sample_id").to_dicts()
    told = [(row["value"], row["scale"], row["qualifier"], row["detected"]) for row in samples]
    assert told == [
        (0.02, "percent_abl1", None, None),
        (0.01, "per_1e4_abl1", "<", None),
        (None, None, None, "no"),
    ]
    assert {(row["marker"], row["tissue"], row["method"]) for row in samples} == {("NPM1", "marrow", None)}


def test_a_yes_or_no_on_no_scale_is_a_test_for_the_mutation_and_no_residual_disease(tmp_path: Path) -> None:
    rows = [
        measured(1, NPM1, None, value_as_concept_id=9189),
        measured(2, NPM1, None, value_as_concept_id=9191, measurement_date="2020-01-10"),
        measured(3, NPM1, None, value_as_concept_id=0, measurement_date="2020-01-11"),
    ]
    found = read_cdm(tmp_path, measurement=rows)
    tables = found.registry
    assert not tables.recorded("mrd_samples")
    tested = tables.table("genes_tested").select("gene", "sample_date").sort("sample_date").rows()
    assert tested == [("NPM1", date(2020, 1, 10)), ("NPM1", date(2020, 2, 1))]
    assert tables.table("variants").select("gene", "sample_date").rows() == [("NPM1", date(2020, 1, 10))]
    assert tables.complete("variants").is_empty()
    assert tables.complete("genes_tested").is_empty()
    [left] = [field for field in found.of(Fate.LEFT) if field.field.startswith(str(NPM1))]
    assert "neither positive nor negative" in left.note
    assert left.filled == 1


def test_a_sign_that_is_not_known_does_not_become_a_plain_value(tmp_path: Path) -> None:
    rows = [measured(1, NPM1, "0.02", unit_source_value="% ABL1", operator_concept_id=999)]
    found = read_cdm(tmp_path, measurement=rows)
    assert found.registry.table("mrd_samples").is_empty()
    assert found.registry.faults["column"].to_list() == ["qualifier"]


def test_nothing_that_comes_of_a_foreign_cdm_is_complete(tmp_path: Path) -> None:
    found = read_cdm(
        tmp_path,
        observation_period=[
            {"observation_period_id": 1, "person_id": 1, "observation_period_start_date": "2019-01-01"}
            | {"observation_period_end_date": "2024-01-01", "period_type_concept_id": 32817}
        ],
        measurement=[measured(1, WBC, "2.5", unit_concept_id=9444)],
    )
    assert set(found.registry.tables) >= {"patients", "counts"}
    assert all(found.registry.complete(name).is_empty() for name in found.registry.tables if name != "completeness")
    [period] = [field for field in found.fields if field.source == "observation_period"]
    assert period.fate is Fate.LEFT
    assert found.registry.table("patients")["last_contact_date"].to_list() == [date(2020, 2, 1)]


def test_concepts_that_the_map_does_not_have_are_counted(tmp_path: Path) -> None:
    rows = [measured(i, 40000001, "1", measurement_source_value="odd test") for i in (1, 2, 3)]
    found = read_cdm(tmp_path, measurement=rows)
    [left] = [field for field in found.fields if field.field.startswith("40000001")]
    assert (left.fate, left.filled, left.field) == (Fate.LEFT, 3, "40000001 odd test")


def test_every_column_of_the_source_is_listed_once(tmp_path: Path) -> None:
    found = read_cdm(tmp_path, measurement=[measured(1, WBC, "2.5", unit_concept_id=9444)])
    listed = [(field.source, field.field) for field in found.fields]
    assert len(listed) == len(set(listed))


def test_a_birth_of_which_only_the_year_is_known_stays_unknown(tmp_path: Path) -> None:
    found = read_cdm(tmp_path, person=[person(born=(1960, "", ""))])
    assert found.registry.table("patients")["birth_date"].to_list() == [None]
    assert note_of(found, "births of which only the year") == "no day is made up"


def test_the_first_record_of_aml_is_guessed_to_be_its_diagnosis(tmp_path: Path) -> None:
    later = aml(1, "2020-06-01") | {"condition_occurrence_id": 2}
    found = read_cdm(tmp_path, condition_occurrence=[later, aml(1, "2020-01-10")])
    assert found.registry.table("patients")["diagnosis_date"].to_list() == [date(2020, 1, 10)]
    assert "first record" in note_of(found, "140352")


def test_persons_without_aml_are_left_and_counted_where_others_have_it(tmp_path: Path) -> None:
    found = read_cdm(tmp_path, person=[person(1), person(2), person(3)])
    assert found.registry.table("patients")["patient_id"].to_list() == ["1"]
    [left] = [field for field in found.fields if field.field.startswith("persons without")]
    assert left.filled == 2


def test_rows_of_persons_without_aml_and_persons_with_aml_who_are_not_in_person_are_counted_and_named(
    tmp_path: Path,
) -> None:
    rows = [measured(1, HAEMOGLOBIN, "9.8", unit_source_value="g/dL") | {"person_id": 9}]
    found = read_cdm(tmp_path, condition_occurrence=[aml(), aml(4)], measurement=rows)
    told = {(one.source, one.field): (one.filled, one.note) for one in found.of(Fate.LEFT)}
    assert told["measurement", "rows of persons without a mapped diagnosis of AML"] == (1, "of 9")
    assert told["person", "persons with AML who are not in PERSON"] == (1, "of 4")


def test_a_descendant_of_aml_is_aml_where_the_source_has_the_vocabulary(tmp_path: Path) -> None:
    tables = {"condition_occurrence": [aml(concept=777)]}
    assert read_cdm(tmp_path / "a", **tables).registry.table("patients")["diagnosis_date"].to_list() == [None]
    tables["concept_ancestor"] = [{"ancestor_concept_id": 140352, "descendant_concept_id": 777}]
    found = read_cdm(tmp_path / "b", **tables)
    assert found.registry.table("patients")["diagnosis_date"].to_list() == [date(2020, 1, 10)]


def test_a_concept_that_the_source_calls_something_else_is_not_used(tmp_path: Path) -> None:
    rows = [measured(1, WBC, "2.5", unit_concept_id=9444)]
    concept = {"concept_id": WBC, "concept_name": "Shoe size"}
    found = read_cdm(tmp_path, measurement=rows, concept=[concept])
    assert "counts" not in found.registry.tables
    assert "the source calls it Shoe size" in note_of(found, "3000905")


def test_what_is_not_verified_is_guessed_unless_the_source_names_it_alike(tmp_path: Path) -> None:
    procedures = [
        {"procedure_occurrence_id": 1, "person_id": 1, "procedure_concept_id": 4143404, "procedure_date": "2020-07-01"}
    ]
    one = read_cdm(tmp_path / "a", procedure_occurrence=procedures)
    named = {"concept_id": 4143404, "concept_name": "Allogeneic peripheral blood stem cell transplant"}
    other = read_cdm(tmp_path / "b", procedure_occurrence=procedures, concept=[named])
    assert one.registry.table("transplants").height == other.registry.table("transplants").height == 1
    assert [field.fate for field in one.fields if field.field.startswith("4143404")] == [Fate.GUESSED]
    assert [field.fate for field in other.fields if field.field.startswith("4143404")] == [Fate.MAPPED]


def test_a_stem_cell_transplant_that_may_be_autologous_is_left(tmp_path: Path) -> None:
    found = read_cdm(
        tmp_path,
        procedure_occurrence=[
            {
                "procedure_occurrence_id": 1,
                "person_id": 1,
                "procedure_concept_id": 4120445,
                "procedure_date": "2020-07-01",
            }
        ],
    )
    assert "transplants" not in found.registry.tables


def exposure(number: int, concept: int, said: str = "", **more: Any) -> dict[str, Any]:
    cells = {"drug_exposure_id": number, "person_id": 1, "drug_concept_id": concept, "drug_source_value": said}
    return {**cells, "drug_exposure_start_date": "2020-01-15", "drug_exposure_end_date": "2020-02-14", **more}


def test_an_episode_of_treatment_is_a_line_with_the_drugs_it_contains_and_other_drugs_are_medications(
    tmp_path: Path,
) -> None:
    found = read_cdm(
        tmp_path,
        episode=[
            {"episode_id": 5, "person_id": 1, "episode_concept_id": 32531, "episode_start_date": "2020-01-15"}
            | {"episode_number": 1, "episode_object_concept_id": 0, "episode_source_value": "VEN-AZA"},
            {"episode_id": 6, "person_id": 1, "episode_concept_id": 32529, "episode_start_date": "2020-09-01"}
            | {"episode_object_concept_id": 0},
        ],
        drug_exposure=[exposure(1, 35604205), exposure(2, 0, "Azacitidine"), exposure(3, 0, "posaconazole")],
        episode_event=[{"episode_id": 5, "event_id": i, "episode_event_field_concept_id": 1147094} for i in (1, 2)],
    )
    [line] = found.registry.table("treatments").to_dicts()
    assert (line["line"], line["regimen"], line["drugs"]) == (1, "VEN-AZA", "venetoclax+azacitidine")
    [other] = found.registry.table("medications").to_dicts()
    assert (other["drug"], other["end_date"]) == ("posaconazole", None)
    [event] = found.registry.table("events").to_dicts()
    assert (event["kind"], event["event_date"]) == ("relapse", date(2020, 9, 1))


def test_a_drug_is_followed_to_its_ingredients_where_the_source_has_the_vocabulary(tmp_path: Path) -> None:
    ingredients = {1: "posaconazole", 2: "decitabine", 3: "cedazuridine", 4: "letermovir", 5: "azacitidine"}
    above = {888: [1], 889: [2, 3], 890: [1, 4]}
    found = read_cdm(
        tmp_path,
        drug_exposure=[exposure(i, concept) for i, concept in enumerate((888, 889, 890, 999, 1000), 1)],
        concept_ancestor=[
            {"ancestor_concept_id": upper, "descendant_concept_id": lower}
            for lower, uppers in above.items()
            for upper in uppers
        ],
        concept=[
            *(
                {"concept_id": i, "concept_name": name, "concept_class_id": "Ingredient"}
                for i, name in ingredients.items()
            ),
            {"concept_id": 999, "concept_name": "Voriconazole", "concept_class_id": "Brand"},
        ],
    )
    assert sorted(found.registry.table("medications")["drug"]) == [
        "decitabine-cedazuridine",
        "posaconazole",
        "voriconazole",
    ]
    assert "letermovir, posaconazole" in note_of(found, "890")
    assert note_of(found, "1000") == "the concept map does not have it"


def test_ids_kept_as_decimal_numbers_are_the_same_ids(tmp_path: Path) -> None:
    rows = [
        measured(1, 0, "2.5") | {"measurement_concept_id": f"{WBC}.0", "unit_concept_id": "9444.0", "person_id": "1.0"}
    ]
    found = read_cdm(tmp_path, person=[person() | {"person_id": "1.0", "year_of_birth": "1960.0"}], measurement=rows)
    assert found.registry.table("counts")["wbc_e9_l"].to_list() == [2.5]
    assert found.registry.table("patients")["birth_date"].to_list() == [date(1960, 5, 3)]


def test_a_table_of_deaths_without_a_header_is_said_to_tell_nothing(tmp_path: Path) -> None:
    write_folder(tmp_path, {"person": [person()], "condition_occurrence": [aml()]})
    (tmp_path / "death.csv").write_text("column0,column1\n1,2020-03-01\n")
    found = read_records(tmp_path)
    assert found.registry.table("patients")["death_date"].to_list() == [None]
    assert any("who has died is not known" in note for note in found.notes)


def test_a_death_is_read_and_a_record_after_it_is_a_fault(tmp_path: Path) -> None:
    rows = [measured(1, WBC, "2.5", unit_concept_id=9444), measured(2, WBC, "3", unit_concept_id=9444)]
    rows[1] |= {"measurement_date": "2021-01-01"}
    death = {"person_id": 1, "death_date": "2020-12-24 03:00:00", "cause_source_value": "sepsis"}
    found = read_cdm(tmp_path, death=[death], measurement=rows)
    [patient] = found.registry.table("patients").to_dicts()
    assert (patient["death_date"], patient["cause_of_death"], patient["last_contact_date"]) == (
        date(2020, 12, 24),
        "sepsis",
        None,
    )
    assert found.registry.table("counts").height == 1
    assert "after the patient's death" in found.registry.faults["rule"][0]


def test_a_site_states_the_scale_and_its_own_tests_in_a_map_of_its_own(tmp_path: Path) -> None:
    rows = [
        measured(1, NPM1, "0.02", unit_source_value="%"),
        measured(2, 0, "12", measurement_source_value="LEUKO", unit_source_value="Gpt/l"),
    ]
    write_folder(tmp_path / "cdm", {"person": [person()], "condition_occurrence": [aml()], "measurement": rows})
    (tmp_path / "own.toml").write_text(
        '[[measurement]]\nid = 44816925\ninto = "mrd_samples"\nscale = "percent_abl1"\n'
        'with = { marker = "NPM1", tissue = "marrow", method = "rt-qpcr" }\n'
        '[[measurement]]\nid = -1\ninto = "counts.wbc_e9_l"\nunits = "Gpt"\nsource_values = ["leuko"]\n'
        '[units.Gpt]\nunits = [{ texts = ["Gpt/L"], factor = 1.0 }]\n'
    )
    settings = tmp_path / "site.omop.toml"
    settings.write_text('database = "cdm"\nconcepts = "own.toml"\n')
    assert recognises(settings)
    registry = read_records(settings).registry
    [sample] = registry.table("mrd_samples").to_dicts()
    assert (sample["value"], sample["scale"], sample["method"]) == (0.02, "percent_abl1", "rt-qpcr")
    assert registry.table("counts")["wbc_e9_l"].to_list() == [12.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[measurement]]\nid = "x"\n', "id is 'x'"),
        ('[[measurement]]\nid = 5\ninto = "counts.nothing"\n', "no table and column"),
        ('[[measurement]]\nid = 5\ninto = "counts.wbc_e9_l"\nunits = "ells"\n', "names the units ells"),
        ("id = ", "not TOML"),
    ],
)
def test_a_map_that_cannot_be_used_names_its_entry(tmp_path: Path, text: str, said: str) -> None:
    write_folder(tmp_path / "cdm", {"person": [person()]})
    (tmp_path / "own.toml").write_text(text)
    (tmp_path / "a.omop.toml").write_text('database = "cdm"\nconcepts = "own.toml"\n')
    with pytest.raises(ValueError, match=said):
        read_records(tmp_path / "a.omop.toml")


def test_one_impossible_row_is_set_aside_and_the_others_stand(tmp_path: Path) -> None:
    rows = [
        measured(1, WBC, "2.5", unit_concept_id=9444),
        measured(2, WBC, "many", unit_concept_id=9444, measurement_date="2020-03-01"),
        measured(3, WBC, "3.5", unit_concept_id=9444, measurement_date="01.04.2020"),
    ]
    found = read_cdm(tmp_path, measurement=rows)
    assert found.registry.table("counts")["wbc_e9_l"].to_list() == [2.5]
    assert [(row["line"], row["column"]) for row in found.registry.faults.to_dicts()] == [
        (3, "wbc_e9_l"),
        (4, "sample_date"),
    ]


def test_parquet_and_headers_in_capitals_are_read_like_csv(tmp_path: Path) -> None:
    rows = {"measurement": [measured(1, WBC, 2.5, unit_concept_id=9444)]}
    text = read_cdm(tmp_path / "csv", **rows)
    (tmp_path / "parquet").mkdir()
    for file in (tmp_path / "csv").iterdir():
        frame = pl.read_csv(file, try_parse_dates=True)
        frame.rename(str.upper).write_parquet(tmp_path / "parquet" / f"{file.stem.upper()}.parquet")
    assert recognises(tmp_path / "parquet")
    other = read_records(tmp_path / "parquet")
    assert all(text.registry.table(name).equals(other.registry.table(name)) for name in text.registry.tables)
