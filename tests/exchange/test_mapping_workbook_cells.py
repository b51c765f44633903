"""A mapped workbook: what its cells only seem to hold is told with the sheet and the cell, never read as if it were a value."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tenfold.exchange.converted import Converted
from tenfold.exchange.mapping import MappingError, mapping_of, read_with
from tenfold.exchange.mapping.cells import Wrong, cell_reader
from tenfold.exchange.mapping.contents import look
from tenfold.exchange.mapping.draft import draft
from tenfold.exchange.mapping.held import of_number
from tenfold.exchange.mapping.plan import ColumnRule
from tenfold.records.tables import TABLES

MARROWS = """
[[table]]
into = "marrows"
[table.columns]
patient_id = "ID"
sample_date = "Datum"
blasts_pct = { from = "Blasten %", UNIT }
"""
VARIANTS = """
[[table]]
into = "variants"
[table.columns]
patient_id = "ID"
sample_date = "Datum"
gene = { constant = "NPM1" }
vaf = { from = "VAF", UNIT }
"""
DAY = date(2024, 3, 5)


def labor(folder: Path, header: list[str], *rows: list[Any]) -> Path:
    """A workbook; a tuple is a number with its format, text with a bar is a formula and the result saved with it."""
    file = folder / "lab.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("Labor")
        for at, row in enumerate([header, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, book.add_format({"num_format": "dd.mm.yy"}))
                elif isinstance(cell, tuple):
                    sheet.write_number(at, column, cell[0], book.add_format({"num_format": cell[1]}))
                elif isinstance(cell, str) and cell.startswith("="):
                    formula, _, result = cell.partition("|")
                    sheet.write_formula(at, column, formula, None, result)
                else:
                    sheet.write(at, column, cell)
    return file


def mapped(folder: Path, mapping: str, unit: str = 'unit = "%"') -> Converted:
    return read_with(mapping_of(tomllib.loads(mapping.replace("UNIT", unit)), "map.toml"), folder)


def told(found: Converted) -> list[tuple[str, str]]:
    return found.registry.check().select("column", "rule").rows()


BLASTS = ["ID", "Datum", "Blasten %"]


def test_a_cell_shown_as_60_percent_is_a_fault_and_never_0_6_percent_of_blasts(tmp_path: Path) -> None:
    labor(tmp_path, BLASTS, ["1", DAY, (0.6, "0%")], ["2", DAY, 5])
    found = mapped(tmp_path, MARROWS)
    assert found.registry.table("marrows").select("patient_id", "blasts_pct").rows() == [("2", 5.0)]
    [fault] = found.registry.check().to_dicts()
    assert (fault["file"], fault["line"], fault["patient_id"]) == ("lab.xlsx, sheet Labor", 2, "1")
    assert fault["column"] == "Blasten % (cell C2) -> blasts_pct"
    assert "hundredth part" in fault["rule"]
    assert "factor = 100" in fault["remedy"]


def test_a_column_that_is_shown_as_percentages_throughout_is_read_by_a_factor_of_100(tmp_path: Path) -> None:
    labor(tmp_path, BLASTS, ["1", DAY, (0.6, "0%")], ["2", DAY, (0.05, "0.0%")])
    found = mapped(tmp_path, MARROWS, 'unit = "fraction", factor = 100')
    assert found.registry.table("marrows")["blasts_pct"].to_list() == [60.0, 5.0]
    assert told(found) == []


def test_a_number_among_percentages_is_not_multiplied_by_100_unasked(tmp_path: Path) -> None:
    labor(tmp_path, BLASTS, ["1", DAY, (0.6, "0%")], ["2", DAY, 0.5])
    found = mapped(tmp_path, MARROWS, 'unit = "fraction", factor = 100')
    assert found.registry.table("marrows")["blasts_pct"].to_list() == [60.0]
    [(column, rule)] = told(found)
    assert column == "Blasten % (cell C3) -> blasts_pct"
    assert "not shown as a percentage" in rule


def test_a_fraction_that_is_shown_as_a_percentage_is_the_fraction_unless_divided_again(tmp_path: Path) -> None:
    labor(tmp_path, ["ID", "Datum", "VAF"], ["1", DAY, (0.2, "0%")])
    assert mapped(tmp_path, VARIANTS, 'unit = "fraction"').registry.table("variants")["vaf"].to_list() == [0.2]
    twice = mapped(tmp_path, VARIANTS, 'unit = "%", factor = 0.01')
    assert twice.registry.table("variants").height == 0
    assert "hundredth part" in told(twice)[0][1]


def test_the_draft_for_a_column_of_percentages_reads_back_what_the_sheet_shows(tmp_path: Path) -> None:
    labor(tmp_path, ["PatID", "Datum", "Blasten %"], ["a1", DAY, (0.6, "0%")], ["a2", DAY, (0.05, "0%")])
    text = draft(tmp_path)
    assert 'unit = "fraction", factor = 100' in text
    found = read_with(mapping_of(tomllib.loads(text), "map.toml"), tmp_path)
    assert found.registry.table("marrows")["blasts_pct"].to_list() == [60.0, 5.0]


def test_the_draft_for_percentages_beside_plain_numbers_leaves_the_unit_to_be_said(tmp_path: Path) -> None:
    labor(tmp_path, ["PatID", "Datum", "Blasten %"], ["a1", DAY, (0.6, "0%")], ["a2", DAY, 5])
    [line] = [one for one in draft(tmp_path).splitlines() if one.startswith("blasts_pct")]
    assert 'unit = ""' in line
    assert "TO BE SAID" in line


def test_errors_and_formulas_without_a_result_set_their_rows_aside_and_are_not_empty(tmp_path: Path) -> None:
    labor(
        tmp_path,
        BLASTS,
        ["1", DAY, "=1/0|#DIV/0!"],
        ["2", DAY, "=1+1|"],
        ["3", DAY, "=2+3|5"],
        ["4", DAY, None],
    )
    found = mapped(tmp_path, MARROWS)
    assert found.registry.table("marrows").select("patient_id", "blasts_pct").rows() == [("3", 5.0), ("4", None)]
    assert [column for column, _ in told(found)] == [f"Blasten % (cell C{k}) -> blasts_pct" for k in (2, 3)]
    assert "#DIV/0!" in told(found)[0][1]
    assert "formula without a result" in told(found)[1][1]
    assert any("formulas" in note for note in found.notes)


def test_a_last_row_of_formulas_that_were_never_calculated_is_not_lost(tmp_path: Path) -> None:
    labor(tmp_path, BLASTS, ["1", DAY, 5], ["=A2|", "=B2|", "=C2|"])
    found = mapped(tmp_path, MARROWS)
    assert set(found.registry.check()["line"].to_list()) == {3}


def test_an_error_that_the_mapping_lists_as_not_known_is_not_known(tmp_path: Path) -> None:
    labor(tmp_path, BLASTS, ["1", DAY, "=NA()|#N/A"])
    found = mapped(tmp_path, MARROWS, 'unit = "%", not_known = ["#N/A"]')
    assert found.registry.table("marrows")["blasts_pct"].to_list() == [None]


def test_patients_are_not_merged_by_long_numbers_nor_named_by_dates_or_errors(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[12345678901234567890, DAY, 5], [12345678901234567891, DAY, 6], [date(2021, 3, 1), DAY, 7]]
    labor(tmp_path, BLASTS, *rows, ["=1/0|#DIV/0!", DAY, 8], [77, DAY, 9])
    found = mapped(tmp_path, MARROWS)
    assert found.registry.table("marrows")["patient_id"].to_list() == ["77"]
    assert [column for column, _ in told(found)] == [f"ID (cell A{k}) -> patient_id" for k in (2, 3, 4, 5)]


def test_an_error_as_text_in_a_csv_file_is_no_patient(tmp_path: Path) -> None:
    (tmp_path / "lab.csv").write_text("ID;Datum;Blasten %\n#REF!;2024-03-05;5\n2;2024-03-05;6\n", "utf-8")
    found = mapped(tmp_path, MARROWS)
    assert found.registry.table("marrows")["patient_id"].to_list() == ["2"]
    assert told(found) == [("ID -> patient_id", "the cell holds the error #REF!")]


def test_merged_cells_say_nothing_of_their_rows(tmp_path: Path) -> None:
    file = tmp_path / "lab.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("Labor")
        sheet.write_row(0, 0, BLASTS)
        sheet.merge_range(1, 0, 2, 0, "1")
        sheet.write_row(1, 1, ["2024-03-05", 5])
        sheet.write_row(2, 1, ["2024-03-06", 6])
    found = mapped(tmp_path, MARROWS)
    assert found.registry.table("marrows").height == 0
    assert all("merged" in rule for _, rule in told(found))


def test_a_formula_without_a_result_under_rows_where_is_not_taken_for_an_empty_no(tmp_path: Path) -> None:
    labor(tmp_path, ["ID", "NPM1"], ["1", "=1+1|"], ["2", None])
    mapping = """
    [[table]]
    into = "variants"
    complete = true
    rows_where = { from = "NPM1", when = ["1"], not_when = ["0", ""] }
    [table.columns]
    patient_id = "ID"
    gene = { constant = "NPM1" }
    """
    found = mapped(tmp_path, mapping)
    [fault] = found.registry.check().to_dicts()
    assert (fault["patient_id"], fault["rule"]) == ("1", "the cell holds a formula without a result")


def test_a_workbook_of_the_old_kind_is_refused_for_what_cannot_be_seen_in_it(tmp_path: Path) -> None:
    (tmp_path / "lab.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    with pytest.raises(ValueError, match="save it as"):
        mapped(tmp_path, MARROWS)


@given(st.integers(1, 999), st.integers(0, 999))
def test_a_number_that_a_workbook_holds_has_a_point_whatever_sign_its_texts_have(whole: int, part: int) -> None:
    value = whole + (2 * part + 1) / 2000
    rule = ColumnRule("haemoglobin_g_dl", "Hb", decimal=",", thousands=".")
    read = cell_reader(rule, TABLES["counts"]["haemoglobin_g_dl"], "calendar")
    assert float(str(read(of_number(value, str(value), 15)))) == value
    assert read("120.000") == "120000"


@pytest.mark.parametrize("text", ["<=0.01", ">=5", "≤0.01", "≥5", "~3", "=<1"])
@pytest.mark.parametrize("part", ["number", "comparator"])
def test_a_sign_that_cannot_be_kept_is_told_and_never_taken_for_less_or_more(text: str, part: Any) -> None:
    name = "value" if part == "number" else "qualifier"
    read = cell_reader(ColumnRule(name, "x", part=part), TABLES["mrd_samples"][name], "calendar")
    found = read(text)
    assert isinstance(found, Wrong)
    assert found.value == text


def test_signs_that_can_be_kept_are_kept() -> None:
    read = cell_reader(ColumnRule("qualifier", "x", part="comparator"), TABLES["mrd_samples"]["qualifier"], "calendar")
    assert [read(text) for text in ("<0.01", "> 5", "0.5", "=1")] == ["<", ">", "=", "="]


@pytest.mark.parametrize("sign", [".", ","])
def test_the_draft_asks_whether_120_000_is_one_hundred_and_twenty_or_thousands(tmp_path: Path, sign: str) -> None:
    text = "PatID;Datum;Thrombozyten [/µl]\na1;2021-03-14;120.000\na2;2021-03-15;85.000\na3;2021-03-16;90\n"
    (tmp_path / "l.csv").write_text(text.replace(".", sign), "utf-8")
    made = draft(tmp_path)
    [line] = [one for one in made.splitlines() if one.startswith("platelets")]
    assert 'decimal = ""' in line
    assert "TO BE SAID" in line
    with pytest.raises(MappingError, match="the sign before the decimals is not said"):
        mapping_of(tomllib.loads(made), "map.toml")
    other = {".": ",", ",": "."}[sign]
    said = made.replace('decimal = ""', f'decimal = "{other}", thousands = "{sign}"')
    found = read_with(mapping_of(tomllib.loads(said), "map.toml"), tmp_path)
    assert found.registry.table("counts")["platelets_e9_l"].to_list() == [120.0, 85.0, 0.09]


def test_the_draft_asks_where_another_column_of_the_file_uses_the_other_sign(tmp_path: Path) -> None:
    text = "PatID;Datum;Hb [g/dL];WBC [G/L];NPM1_MRD\na1;2021-03-14;9,5;4.5;0,01\na2;2021-03-15;10,5;12.25;neg\n"
    (tmp_path / "l.csv").write_text(text, "utf-8")
    lines = draft(tmp_path).splitlines()
    for name in ("haemoglobin_g_dl", "wbc_e9_l"):
        [line] = [one for one in lines if one.startswith(name)]
        assert 'decimal = ""' in line


@given(st.lists(st.integers(1000, 999_999), min_size=1, max_size=20), st.sampled_from(".,"))
def test_whole_numbers_with_a_sign_between_thousands_never_have_their_sign_guessed(
    numbers: list[int], sign: str
) -> None:
    assert look([f"{number:,}".replace(",", sign) for number in numbers]).decimal == ""


def test_numbers_that_a_workbook_holds_need_no_sign_to_be_said(tmp_path: Path) -> None:
    labor(tmp_path, ["PatID", "Datum", "Hb [g/dL]"], ["a1", DAY, 9.125], ["a2", DAY, 10.125])
    [line] = [one for one in draft(tmp_path).splitlines() if one.startswith("haemoglobin")]
    assert "decimal" not in line
