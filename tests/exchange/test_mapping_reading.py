"""Other systems' tables read by a mapping: what is said is done, what is not understood is named, nothing is guessed."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from mapped_files import PATIENTS, SAMPLES, WIDE, converted, problems

from tenfold.exchange.converted import Fate
from tenfold.exchange.formats import open_records
from tenfold.exchange.mapping import MappingError, mapping_of, read_mapping, read_with


def counts(column: str) -> str:
    return f"""
[[table]]
into = "counts"
[table.columns]
patient_id = "id"
sample_date = "date"
{column}
"""


def test_columns_by_visit_become_one_row_a_visit(tmp_path: Path) -> None:
    found = converted(tmp_path, SAMPLES, wide=WIDE)
    rows = found.registry.table("mrd_samples").sort("patient_id", "sample_date")
    assert rows.select("patient_id", "sample_date", "value", "qualifier", "detected").rows() == [
        ("X-1", date(2024, 2, 1), 0.5, "=", None),
        ("X-1", date(2024, 4, 3), None, None, "no"),
        ("X-3", date(2024, 2, 1), 2.0, "=", None),
        ("X-3", date(2024, 4, 3), 0.01, "<", None),
    ]


def test_less_than_a_number_is_no_value_where_the_mapping_keeps_no_qualifier(tmp_path: Path) -> None:
    without = "\n".join(line for line in SAMPLES.splitlines() if not line.startswith("qualifier"))
    found = converted(tmp_path, without, wide=WIDE)
    assert sorted(found.registry.table("mrd_samples")["value"].drop_nulls()) == [0.5, 2.0]
    [fault] = [row for row in found.registry.check().to_dicts() if row["value"] == "<0,01"]
    assert (fault["line"], fault["used"]) == (4, "row set aside")
    assert 'qualifier = { from = "npm1_{visit}", part = "comparator" }' in fault["remedy"]


def test_a_cell_that_is_not_understood_is_named_with_file_row_column_value_and_remedy(tmp_path: Path) -> None:
    found = converted(tmp_path, PATIENTS + SAMPLES, wide=WIDE)
    told = found.registry.check().select("file", "line", "patient_id", "column", "value", "used").rows()
    assert told == [
        ("wide.csv (into patients)", 4, "X-3", "Geschlecht -> sex", "Q", "row set aside"),
        ("wide.csv, c1 (into mrd_samples)", 3, "X-2", "date_c1 -> sample_date", "31.02.2024", "row set aside"),
    ]
    assert all(found.registry.check()["remedy"].str.len_chars() > 10)


def test_a_column_that_is_not_there_keeps_the_whole_table_out_and_is_named(tmp_path: Path) -> None:
    found = converted(tmp_path, PATIENTS + SAMPLES.replace("npm1_", "NPM1_"), wide=WIDE)
    assert not found.registry.recorded("mrd_samples")
    assert found.registry.table("patients").height == 2
    [fault] = [row for row in found.registry.check().to_dicts() if row["used"] == "file not used"]
    assert fault["column"] == "NPM1_c1"
    assert "npm1_c1" in fault["remedy"]


def test_every_column_of_the_source_is_listed_once_with_its_fate(tmp_path: Path) -> None:
    left = PATIENTS + '[table.left]\nnote = "free text"\n'
    found = converted(tmp_path, left, wide=WIDE, other="a,b\n1,2\n")
    assert [(one.source, one.field) for one in found.fields] == [
        *(("wide.csv", name) for name in WIDE.splitlines()[0].split(";")),
        ("other.csv", "a"),
        ("other.csv", "b"),
    ]
    assert not found.of(Fate.GUESSED)
    notes = {one.field: one.note for one in found.of(Fate.LEFT)}
    assert notes["note"] == "free text"
    assert notes["npm1_c1"] == "the mapping does not name it"


def test_a_unit_that_is_not_said_is_a_mistake() -> None:
    assert "the unit of the file is not said" in problems(counts('wbc_e9_l = "WBC"'))


def test_a_unit_other_than_ours_needs_its_factor_and_the_known_one_is_told() -> None:
    assert "add factor = 0.1" in problems(counts('haemoglobin_g_dl = { from = "Hb", unit = "g/L" }'))


def test_a_factor_that_contradicts_the_unit_is_a_mistake() -> None:
    assert "one g/L is 0.1 g/dL" in problems(counts('haemoglobin_g_dl = { from = "Hb", unit = "g/L", factor = 10 }'))


def test_all_mistakes_are_named_at_once_with_their_place() -> None:
    said = problems(
        '[[table]]\ninto = "mrd_sample"\n[[table]]\ninto = "counts"\nfiel = "x"\n[table.columns]\nwbc = "a"\n'
    )
    assert "[[table]] 1 (mrd_sample), into" in said
    assert '"mrd_samples"' in said
    assert "fiel" in said
    assert "columns.wbc" in said
    assert "patient_id is not filled" in said
    assert all(line.startswith("map.toml, ") for line in said.splitlines())


def test_what_a_draft_leaves_empty_is_refused() -> None:
    said = problems(
        '[[table]]\ninto = "mrd_samples"\n[table.columns]\npatient_id = "a"\nmarker = { constant = "" }\n'
        'sample_date = { from = "d", date_format = "" }\ntissue = { from = "t", codes = { X = "" } }\n'
    )
    assert "columns.marker" in said
    assert "the order of day, month and year is not said" in said
    assert 'codes."X"' in said


def test_a_code_must_be_one_of_our_words() -> None:
    said = problems(
        '[[table]]\ninto = "patients"\n[table.columns]\npatient_id = "a"\nsex = { from = "s", codes = { W = "femal" } }\n'
    )
    assert '"female" is the nearest' in said


def test_units_are_converted_exactly(tmp_path: Path) -> None:
    mapping = counts(
        'haemoglobin_g_dl = { from = "hb", unit = "g/L", factor = 0.1 }\n'
        'wbc_e9_l = { from = "wbc", unit = "/uL", factor = 0.001, thousands = "," }'
    )
    found = converted(tmp_path, mapping, lab='id,date,hb,wbc\n1,2024-01-01,98.5,"4,500"\n').registry
    assert found.table("counts").select("haemoglobin_g_dl", "wbc_e9_l").rows() == [(9.85, 4.5)]


def test_a_number_with_a_sign_that_was_not_announced_is_not_read(tmp_path: Path) -> None:
    mapping = counts('wbc_e9_l = { from = "wbc", unit = "10^9/L", decimal = "," }')
    found = converted(tmp_path, mapping, lab='id,date,wbc\n1,2024-01-01,"4.500"\n2,2024-01-01,"4,5"\n').registry
    assert found.table("counts").select("patient_id", "wbc_e9_l").rows() == [("2", 4.5)]
    assert found.check()["value"].to_list() == ["4.500"]


def test_a_day_that_two_listed_forms_read_differently_is_refused(tmp_path: Path) -> None:
    mapping = counts("").replace('"date"', '{ from = "date", date_format = ["%d/%m/%Y", "%m/%d/%Y"] }')
    found = converted(tmp_path, mapping, lab="id,date\n1,03/05/2024\n2,13/05/2024\n3,05/05/2024\n").registry
    assert found.table("counts")["sample_date"].to_list() == [date(2024, 5, 13), date(2024, 5, 5)]
    assert "2024-05-03 or 2024-03-05" in found.check()["rule"][0]


def test_genes_side_by_side_become_variants_and_genes_tested(tmp_path: Path) -> None:
    base = (
        '[[table]]\ninto = "{into}"\ncomplete = true\nvisits = ["NPM1", "FLT3", "TP53"]\n'
        'rows_where = {{ from = "{{visit}}", when = {when}, not_when = {not_when} }}\n'
        '[table.columns]\npatient_id = "id"\nsample_date = "date"\ngene = {{ constant = "{{visit}}" }}\n'
    )
    mapping = base.format(into="variants", when='["1"]', not_when='["0", ""]')
    mapping += base.format(into="genes_tested", when='["0", "1"]', not_when='[""]')
    found = converted(tmp_path, mapping, g="id,date,NPM1,FLT3,TP53\n1,2024-01-01,1,0,\n2,2024-01-01,0,9,0\n").registry
    assert found.table("variants").select("patient_id", "gene").rows() == [("1", "NPM1")]
    assert found.table("genes_tested").select("patient_id", "gene").rows() == [
        ("1", "NPM1"), ("2", "NPM1"), ("1", "FLT3"), ("2", "TP53")
    ]  # fmt: skip
    assert found.check()["value"].to_list() == ["9", "9"]
    assert found.complete("variants")["patient_id"].to_list() == ["1"]


def test_rows_that_come_out_alike_are_one_where_the_mapping_says_so(tmp_path: Path) -> None:
    mapping = '[[table]]\ninto = "patients"\ndistinct = true\n[table.columns]\npatient_id = "id"\nsex = "sex"\n'
    found = converted(tmp_path, mapping, p="id,sex,day\n1,male,1\n1,male,2\n2,female,1\n").registry
    assert found.table("patients").height == 2
    assert found.check().is_empty()


def test_a_row_is_made_only_where_one_of_the_asked_columns_is_filled(tmp_path: Path) -> None:
    mapping = (
        '[[table]]\ninto = "transplants"\ncomplete = true\nrow_if = ["transplant_date"]\n'
        '[table.columns]\npatient_id = "id"\ntransplant_date = "tx"\ndonor = "donor"\n'
    )
    found = converted(tmp_path, mapping, p="id,tx,donor\n1,2024-01-01,sibling\n2,,\n")
    assert found.registry.table("transplants")["patient_id"].to_list() == ["1"]
    assert any("1 rows of the file make none" in note for note in found.notes)


def test_a_workbook_sheet_is_read_with_its_own_dates_and_lines(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "lab.xlsx"))
    book.add_worksheet("cover").write(0, 0, "Labor")
    sheet = book.add_worksheet("Blutbild")
    sheet.write_row(1, 0, ["ID", "Datum", "Leuko"])
    sheet.write_number(2, 0, 7)
    sheet.write_datetime(2, 1, date(2024, 3, 5), book.add_format({"num_format": "dd.mm.yy"}))
    sheet.write_number(2, 2, 4.5)
    sheet.write_row(3, 0, ["8", "gestern", "x"])
    book.close()
    mapping = (
        '[[table]]\ninto = "counts"\nfile = "lab.xlsx"\nsheet = "Blutbild"\n[table.columns]\npatient_id = "ID"\n'
        'sample_date = { from = "Datum", date_format = "%m/%d/%Y" }\nwbc_e9_l = { from = "Leuko", unit = "G/l" }\n'
    )
    found = converted(tmp_path, mapping)
    assert found.registry.table("counts").select("patient_id", "sample_date", "wbc_e9_l").rows() == [
        ("7", date(2024, 3, 5), 4.5)
    ]
    assert found.registry.check().select("file", "line", "value").rows() == [
        ("lab.xlsx, sheet Blutbild", 4, "gestern"),
        ("lab.xlsx, sheet Blutbild", 4, "x"),
    ]
    assert ("lab.xlsx, sheet cover", "Labor") in [(one.source, one.field) for one in found.of(Fate.LEFT)]


def test_a_sheet_that_is_not_said_is_asked_for(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "lab.xlsx"))
    book.add_worksheet("A").write(0, 0, "id")
    book.add_worksheet("B").write(0, 0, "id")
    book.close()
    with pytest.raises(ValueError, match="it is not said which sheet: A, B"):
        converted(tmp_path, '[[table]]\ninto = "patients"\n[table.columns]\npatient_id = "id"\n')


def test_a_file_in_another_encoding_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes("Müller;Geschlecht\n1;männlich\n".encode("cp1252"))
    mapping = '[[table]]\ninto = "patients"\n[table.columns]\npatient_id = "Müller"\nsex = { from = "Geschlecht", codes = { "männlich" = "male" } }\n'
    with pytest.raises(ValueError, match="encoding"):
        converted(tmp_path, mapping)
    found = converted(tmp_path, mapping.replace('"patients"\n', '"patients"\nencoding = "cp1252"\n')).registry
    assert found.table("patients").select("patient_id", "sex").rows() == [("1", "male")]


def test_a_torn_row_is_set_aside_under_its_patient_and_the_rest_is_used(tmp_path: Path) -> None:
    mapping = counts('wbc_e9_l = { from = "wbc", unit = "10^9/L" }').replace('"counts"', '"counts"\ncomplete = true')
    found = converted(tmp_path, mapping, lab="wbc,id,date\n4,1,2024-01-01\n5,1\n6,2,2024-01-01\n").registry
    assert found.table("counts").height == 2
    assert found.set_aside.select("line", "patient_id").rows() == [(3, "1")]
    assert found.complete("counts")["patient_id"].to_list() == ["2"]


def test_a_header_below_a_title_is_found_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    mapping = '[[table]]\ninto = "patients"\nheader_row = 3\n[table.columns]\npatient_id = "id"\nsex = "sex"\n'
    found = converted(tmp_path, mapping, p="Export of 1 May\n\nid,sex\n1,male\n2,m\n").registry
    assert found.table("patients")["patient_id"].to_list() == ["1"]
    assert found.check()["line"].to_list() == [5]


def test_parquet_is_read_too(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2], "d": [date(2024, 1, 1), None], "w": [4.5, 5.0]}).write_parquet(tmp_path / "x.parquet")
    found = converted(tmp_path, counts('wbc_e9_l = { from = "w", unit = "G/L" }').replace('"date"', '"d"')).registry
    assert found.table("counts")["wbc_e9_l"].to_list() == [4.5]
    assert found.set_aside["patient_id"].to_list() == ["2"]


def test_relative_days_stay_days(tmp_path: Path) -> None:
    mapping = 'axis = "relative"\n[[table]]\ninto = "counts"\n[table.columns]\npatient_id = "id"\nsample_day = "d"\n'
    found = converted(tmp_path, mapping, lab="id,d\n1,-5\n1,30\n").registry
    assert found.axis == "relative"
    assert found.table("counts")["sample_day"].to_list() == [-5, 30]


def test_simulated_patients_stay_labelled(tmp_path: Path) -> None:
    mapping = 'simulated = true\ntitle = "T"\n[[table]]\ninto = "patients"\n[table.columns]\npatient_id = "id"\n'
    found = converted(tmp_path, mapping, p="id\n1\n").registry
    assert found.simulated
    assert found.title == "T"


def test_a_folder_with_a_mapping_is_read_by_it_as_any_other_format(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text(WIDE, "utf-8")
    (tmp_path / "tenfold-mapping.toml").write_text(PATIENTS, "utf-8")
    found = open_records(tmp_path)
    assert found.format == "mapped"
    assert found.registry.table("patients").height == 2


def test_a_mapping_that_is_not_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("[[table]\n", "utf-8")
    with pytest.raises(MappingError, match="not TOML"):
        read_mapping(tmp_path / "m.toml")


def test_a_mapping_never_reads_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id\n1\n", "utf-8")
    inner = tmp_path / "in"
    inner.mkdir()
    (inner / "p.csv").write_text("id\n2\n", "utf-8")
    mapping = '[[table]]\ninto = "patients"\nfile = "../secret.csv"\n[table.columns]\npatient_id = "id"\n'
    with pytest.raises(ValueError, match="the file is not there"):
        read_with(mapping_of(tomllib.loads(mapping), "m"), inner)


def test_a_nul_byte_of_a_file_is_never_taken_for_our_own_mark(tmp_path: Path) -> None:
    mapping = '[[table]]\ninto = "patients"\n[table.columns]\npatient_id = "id"\ncause_of_death = "c"\n'
    found = converted(tmp_path, mapping, p='id,c\n1,"\0 0"\n2,sepsis\n').registry
    assert found.table("patients")["patient_id"].to_list() == ["2"]
    assert "NUL" in found.check()["rule"][0]
