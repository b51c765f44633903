"""The data dictionary keeps REDCap's rules, and holds every column of the records."""

import csv
import itertools
import string
from pathlib import Path

import pytest

from tenfold.exchange.redcap import dictionary, recognises, repeating_forms, write_dictionary
from tenfold.exchange.redcap.project import items, known_items, names_by_label
from tenfold.records import TABLES

AXES = ("calendar", "relative")
LETTERS = set(string.ascii_lowercase + string.digits + "_")
HEADER = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
]  # fmt: skip


@pytest.mark.parametrize("axis", AXES)
def test_the_record_id_is_the_first_field_of_the_first_form_and_plain_text(axis):
    first = dictionary(axis).row(0, named=True)
    assert (first["Variable / Field Name"], first["Form Name"], first["Field Type"]) == (
        "patient_id",
        "patients",
        "text",
    )
    assert first["Branching Logic (Show field only if...)"] is None


@pytest.mark.parametrize("axis", AXES)
def test_names_are_unique_lower_case_and_free_of_double_underscores(axis):
    for names in (dictionary(axis)["Variable / Field Name"], dictionary(axis)["Form Name"].unique()):
        assert names.n_unique() == len(names)
        for name in names:
            assert set(name) <= LETTERS
            assert name[0] in string.ascii_lowercase
            assert not name.endswith("_")
            assert "__" not in name
            assert len(name) <= 64


@pytest.mark.parametrize("axis", AXES)
def test_no_field_is_called_as_redcap_calls_the_state_of_a_form(axis):
    frame = dictionary(axis)
    states = {f"{form}_complete" for form in frame["Form Name"]}
    assert not states & set(frame["Variable / Field Name"])
    assert not any(name.startswith("redcap_") for name in frame["Variable / Field Name"])


def test_the_fields_of_a_form_stand_together():
    forms = dictionary()["Form Name"].to_list()
    changes = sum(one != other for one, other in itertools.pairwise(forms))
    assert changes == len(set(forms)) - 1


@pytest.mark.parametrize("axis", AXES)
def test_every_column_of_every_table_is_a_field(axis):
    said = {(item.table, item.column) for item in items(axis)}
    for table in TABLES.values():
        for name in table.schema(axis):
            assert (table.name, name) in said or name == "patient_id"


def test_labels_are_unique_so_that_an_export_with_labels_can_be_read():
    labels = [item.label for axis in AXES for item in items(axis)]
    by_name = {item.name: item.label for axis in AXES for item in items(axis)}
    assert len(set(by_name.values())) == len(by_name)
    assert not any(letter in label for label in labels for letter in "[]<>|\n")


@pytest.mark.parametrize("axis", AXES)
def test_codes_and_labels_of_choices_are_told_apart(axis):
    for item in items(axis):
        codes = [choice.code for choice in item.choices]
        assert len({code.lower() for code in codes}) == len(codes)
        assert all(set(code) <= LETTERS for code in codes)
        assert not any(letter in choice.label for choice in item.choices for letter in "|,<>")
        for choice in item.choices:
            assert item.words[choice.code] == choice.word
            assert item.words[choice.label] == choice.word
            assert item.codes[choice.word] == choice.code


def test_choices_are_the_words_of_the_vocabulary():
    for table in TABLES.values():
        for column in table.columns:
            if column.words is not None:
                item = next(one for one in items() if (one.table, one.column) == (table.name, column.name))
                assert [choice.word for choice in item.choices] == [str(word) for word in column.words]


def test_a_field_of_choices_has_choices_and_no_other_field_has():
    for row in dictionary().iter_rows(named=True):
        has = row["Choices, Calculations, OR Slider Labels"] is not None
        assert has == (row["Field Type"] in ("radio", "dropdown", "checkbox"))
        if row["Text Validation Type OR Show Slider Number"] is not None:
            assert row["Field Type"] == "text"
            assert row["Text Validation Type OR Show Slider Number"] in ("date_ymd", "number", "integer")


def test_ranges_and_units_are_those_of_the_columns():
    row = next(row for row in dictionary().iter_rows(named=True) if row["Variable / Field Name"] == "counts_anc_e9_l")
    assert row["Text Validation Type OR Show Slider Number"] == "number"
    assert (row["Text Validation Min"], row["Text Validation Max"]) == ("0", "1000")
    assert row["Field Note"] == "in 10^9/L"
    cells = next(one for one in items() if one.name == "marrows_cells_counted")
    assert (cells.validation, cells.high) == ("integer", "1000000")


def test_identifiers_are_flagged():
    flagged = [row[0] for row in dictionary().rows() if row[10] == "y"]
    assert flagged == ["patient_id", "patients_birth_date", "mrd_samples_sample_id"]


def test_days_take_the_place_of_dates_on_the_relative_axis():
    frame = dictionary("relative")
    assert not any(name.endswith("_date") for name in frame["Variable / Field Name"])
    assert "date_ymd" not in frame["Text Validation Type OR Show Slider Number"].to_list()
    assert "mrd_samples_sample_day" in frame["Variable / Field Name"].to_list()


def test_every_form_repeats_but_that_of_the_patient_and_of_the_registry():
    assert set(repeating_forms()) == set(dictionary()["Form Name"]) - {"patients", "registry"}


def test_the_file_has_the_18_columns_of_redcap_and_is_read_by_any_csv_reader(tmp_path):
    file = tmp_path / "dictionary.csv"
    write_dictionary(file)
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    assert rows[0] == HEADER
    assert {len(row) for row in rows} == {18}
    assert len(rows) == dictionary().height + 1
    assert recognises(file)
    with pytest.raises(ValueError, match="there already"):
        write_dictionary(file)


def test_every_heading_of_an_export_leads_to_a_field():
    for label, name in names_by_label().items():
        assert name in known_items() or name.startswith("redcap_"), label


def test_the_how_to_gives_the_number_of_fields_and_forms():
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "redcap.md").read_text("utf-8")
    assert f"{dictionary().height} fields on {dictionary()['Form Name'].n_unique()} forms" in page
