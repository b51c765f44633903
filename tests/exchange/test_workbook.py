"""A workbook whose sheets are named after the tables is read like a folder, and written so that it comes back as it was."""

import sys
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange import workbook
from tenfold.exchange.converted import Fate
from tenfold.exchange.published import published
from tenfold.exchange.workbook import read_records, recognises, write_records
from tenfold.records import Registry

sys.path.append(str(Path(__file__).resolve().parents[1] / "records"))
from strategies import tables, tables_with_faults
from whole_registries import comes_back_whole, same, through_format


def there_and_back(registry):
    return through_format(workbook, registry, "book.xlsx")


def book(path, sheets, **options):
    """A workbook of rows by sheet; a cell that begins with = is a formula with the result that follows a bar, if one does."""
    with xlsxwriter.Workbook(str(path), options) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, (date, datetime)):
                        sheet.write_datetime(row, column, cell, day)
                    elif isinstance(cell, str) and cell.startswith("="):
                        formula, _, result = cell.partition("|")
                        sheet.write_formula(row, column, formula, None, result)
                    elif cell is not None:
                        sheet.write(row, column, cell)
    return path


def test_the_published_patients_come_back_with_their_days():
    found = there_and_back(published())
    assert found.registry.axis == "relative"
    assert found.registry.check().is_empty()
    same(published(), found.registry)


@pytest.mark.parametrize("kind", ["venprs", "mixed"])
def test_simulated_patients_come_back_and_stay_labelled(kind):
    registry = simulate_registry(30, kind=kind).registry
    found = there_and_back(registry).registry
    assert found.simulated
    same(registry, found)


@given(tables(), st.booleans())
def test_whatever_the_tables_hold_comes_back(found, simulated):
    registry = Registry.from_tables(found, simulated=simulated, title="A title; with 'signs'")
    comes_back_whole(registry, there_and_back(registry))


@given(tables_with_faults())
def test_rows_set_aside_leave_their_patients_as_incomplete_as_they_were(found):
    registry = Registry.from_tables(found)
    comes_back_whole(registry, there_and_back(registry))


def test_a_table_that_is_empty_but_kept_comes_back_as_kept():
    registry = Registry.from_tables({"patients": [{"patient_id": "A"}], "transplants": []})
    assert there_and_back(registry).registry.complete("transplants")["patient_id"].to_list() == ["A"]


def test_an_empty_sheet_of_a_template_says_nothing(tmp_path):
    path = book(tmp_path / "b.xlsx", {"patients": [["patient_id"], ["A"]], "transplants": [["patient_id"]]})
    found = read_records(path)
    assert not found.registry.recorded("transplants")
    assert found.registry.complete("transplants").is_empty()
    assert any("transplants holds no row" in note for note in found.notes)


def test_a_fault_names_the_sheet_the_row_and_the_cell(tmp_path):
    rows = [["patient_id", "sample_date", "blasts_pct"], ["A", date(2024, 5, 3), 3], ["B", date(2024, 5, 4), 300]]
    fault = read_records(book(tmp_path / "b.xlsx", {"marrows": rows})).registry.check().to_dicts()[0]
    assert (fault["file"], fault["line"], fault["column"]) == ("b.xlsx, sheet marrows", 3, "blasts_pct (cell C3)")


@pytest.mark.parametrize("epoch", [False, True])
def test_dates_are_dates_in_books_that_count_from_1900_and_from_1904(tmp_path, epoch):
    rows = [["patient_id", "birth_date"], ["A", date(1950, 1, 31)], ["B", date(2004, 2, 29)]]
    found = read_records(book(tmp_path / "b.xlsx", {"patients": rows}, date_1904=epoch)).registry
    assert found.table("patients")["birth_date"].to_list() == [date(1950, 1, 31), date(2004, 2, 29)]


def test_a_birth_before_spreadsheets_count_comes_back():
    registry = Registry.from_tables({"patients": [{"patient_id": "A", "birth_date": "1900-01-31"}]})
    assert there_and_back(registry).registry.table("patients")["birth_date"].to_list() == [date(1900, 1, 31)]


def test_numbers_are_read_as_a_spreadsheet_shows_them(tmp_path):
    rows = [["patient_id", "sample_date", "wbc_e9_l"], [12.0, date(2024, 5, 3), 0.1 + 0.2]]
    found = read_records(book(tmp_path / "b.xlsx", {"counts": rows})).registry.table("counts")
    assert found.select("patient_id", "wbc_e9_l").rows() == [("12", 0.3)]


def test_a_number_that_needs_more_digits_than_a_spreadsheet_keeps_comes_back_exactly():
    rows = [{"patient_id": "A", "sample_date": "2024-05-03", "wbc_e9_l": 0.1 + 0.2}]
    assert there_and_back(Registry.from_tables({"counts": rows})).registry.table("counts")["wbc_e9_l"][0] == 0.1 + 0.2


def test_texts_that_look_like_formulas_links_and_numbers_stay_text():
    texts = ["=1+1", "+1", "-7", "@x", "'tis", "https://example.org", "007", "1e5", "#N/A", "_x0041_", "a\rb\nc\td"]
    rows = [{"patient_id": f"P{i}", "cause_of_death": text} for i, text in enumerate(texts)]
    found = there_and_back(Registry.from_tables({"patients": rows})).registry
    assert found.table("patients")["cause_of_death"].to_list() == texts


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("=NA()|#N/A", "blasts_pct (cell C2) holds the error #N/A"),
        ("=1+1|", "blasts_pct (cell C2) holds a formula without a result"),
    ],
)
def test_errors_and_formulas_that_were_never_calculated_are_not_taken_for_not_known(tmp_path, cell, rule):
    rows = [["patient_id", "sample_date", "blasts_pct"], ["A", date(2024, 5, 3), cell], ["A", date(2024, 6, 3), 2]]
    found = read_records(book(tmp_path / "b.xlsx", {"marrows": rows})).registry
    assert found.check()["rule"].to_list() == [rule]
    assert found.table("marrows")["blasts_pct"].to_list() == [2.0]
    assert found.complete("marrows").is_empty()


def test_a_formula_counts_by_its_saved_result_and_is_noted(tmp_path):
    rows = [["patient_id", "sample_date", "blasts_pct"], ["A", date(2024, 5, 3), "=2+2|4"]]
    found = read_records(book(tmp_path / "b.xlsx", {"marrows": rows}))
    assert found.registry.table("marrows")["blasts_pct"].to_list() == [4.0]
    assert "sheet marrows: 1 formulas count by the result that was saved with them" in found.notes


def test_a_patient_number_that_became_a_date_is_set_aside(tmp_path):
    rows = [["patient_id", "sex"], [date(2024, 1, 2), "male"], ["B", "female"]]
    found = read_records(book(tmp_path / "b.xlsx", {"patients": rows})).registry
    assert found.table("patients")["patient_id"].to_list() == ["B"]
    assert found.check()["rule"].to_list() == ["patient_id (cell A2) holds a date, and patient_id is text"]


def test_a_patient_number_too_long_for_a_spreadsheet_is_set_aside(tmp_path):
    rows = [["patient_id"], [123456789012345678]]
    assert (
        "more than 15 digits" in read_records(book(tmp_path / "b.xlsx", {"patients": rows})).registry.check()["rule"][0]
    )


def test_merged_cells_are_set_aside_and_hidden_rows_and_sheets_are_noted(tmp_path):
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("patients")
        for place, name in enumerate(("patient_id", "sex")):
            sheet.write(0, place, name)
        sheet.merge_range(1, 0, 2, 0, "A")
        sheet.write_row(3, 0, ["C", "male"])
        sheet.set_row(3, None, None, {"hidden": True})
        other = made.add_worksheet("medications")
        other.write_row(0, 0, ["patient_id", "drug"])
        other.write_row(1, 0, ["C", "posaconazole"])
        other.hide()
    found = read_records(path)
    assert found.registry.table("patients")["patient_id"].to_list() == ["C"]
    assert all("merged" in rule for rule in found.registry.check()["rule"])
    assert "sheet patients: 1 hidden rows are read like the others" in found.notes
    assert "the sheet medications is hidden in the workbook; it is read" in found.notes


def test_a_sheet_of_a_similar_name_is_pointed_out_and_others_are_left(tmp_path):
    path = book(tmp_path / "b.xlsx", {"patients": [["patient_id"], ["A"]], "marrow": [["x"]], "Pivot 7": [["x"]]})
    found = read_records(path)
    assert 'rename it to "marrows" if it is that table' in found.registry.check()["remedy"].to_list()
    assert [one.field for one in found.of(Fate.LEFT)] == ["sheet marrow", "sheet Pivot 7"]


def test_a_column_that_is_no_column_is_left_and_faulted(tmp_path):
    found = read_records(book(tmp_path / "b.xlsx", {"patients": [["patient_id", "shoe size"], ["A", 43]]}))
    assert [(one.field, one.filled) for one in found.of(Fate.LEFT)] == [("shoe size", 1)]
    assert found.registry.table("patients").height == 1


def test_a_title_row_above_the_header_is_not_guessed_around(tmp_path):
    rows = [["Our AML patients"], ["patient_id"], ["A"]]
    registry = read_records(book(tmp_path / "b.xlsx", {"patients": rows})).registry
    assert not registry.recorded("patients")
    assert not registry.check().is_empty()


def test_a_label_that_cannot_be_read_keeps_the_patients_simulated(tmp_path):
    path = book(tmp_path / "b.xlsx", {"registry": [["simulated", "perhaps"]], "patients": [["patient_id"], ["A"]]})
    registry = read_records(path).registry
    assert registry.simulated
    assert registry.check()["column"].to_list() == ["simulated"]


def test_the_first_sheet_explains_every_column(tmp_path):
    import python_calamine

    write_records(simulate_registry(3).registry, tmp_path / "b.xlsx")
    opened = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "b.xlsx"))
    assert opened.sheet_names[0] == "columns"
    rows = opened.get_sheet_by_name("columns").to_python()
    assert "SIMULATED" in rows[0][0]
    assert ["patients", "patient_id"] in [row[:2] for row in rows]


@pytest.mark.parametrize("name", ["b.xls", "b.csv", "b"])
def test_a_workbook_is_written_as_xlsx_only(tmp_path, name):
    with pytest.raises(ValueError, match=r"\.xlsx"):
        write_records(published(), tmp_path / name)


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    path = book(tmp_path / "b.xlsx", {"x": [["y"]]})
    with pytest.raises(ValueError, match="there already"):
        write_records(published(), path)


def test_what_is_no_such_workbook_is_not_recognised(tmp_path):
    (tmp_path / "torn.xlsx").write_bytes(b"PK\x03\x04 torn")
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><workbook>&a;</workbook>")
    book(tmp_path / "wells.xlsx", {"Results": [["Well", "Ct"]]})
    for name in ("torn.xlsx", "other.xlsx", "wells.xlsx", "absent.xlsx"):
        assert not recognises(tmp_path / name)
    with pytest.raises(ValueError, match="no sheet that is named after a table"):
        read_records(tmp_path / "wells.xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 100_000_000)
    assert not recognises(path)
    with pytest.raises(ValueError, match="no real file does"):
        read_records(path)


def test_an_open_document_is_read_too(tmp_path):
    path = tmp_path / "book.ods"
    cell = '<table:table-cell office:value-type="{}" {}><text:p>{}</text:p></table:table-cell>'
    header = "".join(cell.format("string", "", name) for name in ("patient_id", "birth_date", "hct_ci"))
    row = cell.format("string", "", "A") + cell.format("date", 'office:date-value="1950-01-31"', "31.01.50")
    row += cell.format("float", 'office:value="3"', "3")
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="patients"><table:table-row>{header}</table:table-row>'
        f"<table:table-row>{row}</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"/>')
    assert recognises(path)
    found = read_records(path).registry.table("patients").select("patient_id", "birth_date", "hct_ci")
    assert found.rows() == [("A", date(1950, 1, 31), 3)]


@pytest.mark.parametrize("style", ["0%", "0.0##%"])
def test_twenty_percent_is_never_read_as_a_fifth_of_a_percent(tmp_path, style):
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        percent = made.add_format({"num_format": style})
        for name, column, cells in (("marrows", "blasts_pct", (0.2, 20)), ("variants", "vaf", (0.35, 0.4))):
            sheet = made.add_worksheet(name)
            sheet.write_row(0, 0, ["patient_id", "sample_date", "gene" if name == "variants" else "spicules", column])
            for row, cell in enumerate(cells, 1):
                sheet.write_row(row, 0, ["A", f"2024-05-0{row}", "NPM1" if name == "variants" else "yes"])
                sheet.write_number(row, 3, cell, percent if row == 1 else None)
    found = read_records(path).registry
    assert found.table("marrows")["blasts_pct"].to_list() == [20.0]
    assert "blasts_pct (cell D2) is shown as a percentage" in found.check()["rule"][0]
    assert found.table("variants")["vaf"].to_list() == [0.35, 0.4]
    assert found.complete("marrows").is_empty()


def test_percentages_of_an_open_document_are_not_read(tmp_path):
    import shutil

    test_an_open_document_is_read_too(tmp_path)
    shutil.move(tmp_path / "book.ods", tmp_path / "old.ods")
    with zipfile.ZipFile(tmp_path / "old.ods") as old, zipfile.ZipFile(tmp_path / "book.ods", "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, text.replace('value-type="float"', 'value-type="percentage"'))
    found = read_records(tmp_path / "book.ods").registry
    assert not found.recorded("patients")
    assert "percentages" in found.check()["rule"][0]
