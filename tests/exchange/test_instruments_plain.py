"""The plain table, its numbers, and bad cells that cost no more than themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_files import written

from tenfold.exchange.instruments import read_run
from tenfold.exchange.instruments.text import decimal_mark
from tenfold.exchange.instruments.wells import plate_well, well_name


@pytest.mark.parametrize("header", ["Ct", "CT", "Cq", "cp", " Cp "])
def test_the_usual_names_of_the_threshold_cycle_are_known(tmp_path: Path, header: str) -> None:
    run = read_run(written(tmp_path, f"Well;Sample Name;{header}\nA01;P1;27,5\n"))
    assert run.wells.select("well", "sample", "ct").rows() == [("A1", "P1", 27.5)]


@pytest.mark.parametrize(
    ("cell", "ct", "status"),
    [
        ("27.5", 27.5, "measured"),
        ("27,125", 27.125, "measured"),
        ("27.125", 27.125, "measured"),
        ("Undetermined", None, "undetermined"),
        ("No Ct", None, "undetermined"),
        ("ND", None, "undetermined"),
        ("", None, "missing"),
        ("NA", None, "missing"),
        ("abc", None, "missing"),
        ("-3", None, "missing"),
        ("0", None, "missing"),
        ("27.1.2", None, "missing"),
        ("inf", None, "missing"),
        ("60", 60.0, "measured"),
        ("60.1", None, "missing"),
        ("285.12", None, "missing"),
        ("28512", None, "missing"),
    ],
)
def test_a_threshold_cycle_is_a_number_undetermined_or_missing(
    tmp_path: Path, cell: str, ct: float | None, status: str
) -> None:
    (well,) = read_run(written(tmp_path, f"well;sample;target;ct\nA1;P1;NPM1;{cell}\n")).wells.to_dicts()
    assert (well["ct"], well["ct_status"]) == (ct, status)
    assert (well["remark"] is None) == (cell in {"", "NA"} or ct is not None or status == "undetermined")


def test_a_bad_cell_keeps_its_well_and_names_line_column_and_value(tmp_path: Path) -> None:
    text = "well,sample,role,copies,ct\nA1,P1,patient,,28.5\nA2,P2,patient,,2x\nZ9,P3,guest,,30.5\nA4,S,standard,many,20.5\n"
    wells = read_run(written(tmp_path, text)).wells.to_dicts()
    assert [well["ct"] for well in wells] == [28.5, None, 30.5, 20.5]
    assert wells[1]["remark"] == "line 3, column ct: '2x' is not a cycle"
    assert "line 4, column well: 'Z9' is not a well such as A1" in wells[2]["remark"]
    assert "line 4, column role: 'guest' is no known kind of well" in wells[2]["remark"]
    assert wells[3]["remark"] == "line 5, column copies: 'many' is not a number of copies above 0"


def test_unquoted_decimal_commas_between_commas_are_told_and_never_read_as_whole_numbers(tmp_path: Path) -> None:
    wells = read_run(written(tmp_path, "well,sample,ct\nA1,P1,28,5\nA2,P2,27\n")).wells.to_dicts()
    assert [well["ct"] for well in wells] == [None, 27.0]
    assert "line 2 has 4 cells and the header 3" in wells[0]["remark"]


def test_an_open_quote_costs_no_other_row(tmp_path: Path) -> None:
    wells = read_run(written(tmp_path, 'well,sample,ct\nA1,"P1,28.5\nA2,P2,27.5\nA3,"P3",26.5\n')).wells
    assert wells["ct"].to_list() == [28.5, 27.5, 26.5]


def test_two_stray_quotes_do_not_swallow_the_row_between_them(tmp_path: Path) -> None:
    wells = read_run(written(tmp_path, 'well,sample,ct\nA1,"P1,28.5\nA2,P2",27.5\nA3,P3,26.5\n')).wells
    assert wells.select("well", "ct").rows() == [("A1", 28.5), ("A2", 27.5), ("A3", 26.5)]


def test_a_quoted_cell_may_hold_the_separator_or_a_line_break(tmp_path: Path) -> None:
    text = 'well,sample,ct\nA1,"Doe, P1",28.5\nA2,"P2\nsecond tube",27.5\n'
    assert read_run(written(tmp_path, text)).wells["sample"].to_list() == ["Doe, P1", "P2\nsecond tube"]


@pytest.mark.parametrize(("highest", "first_of_second_row"), [(96, "B1"), (97, "A13")])
def test_numbered_wells_lie_on_the_smallest_plate_that_holds_them(
    tmp_path: Path, highest: int, first_of_second_row: str
) -> None:
    run = read_run(written(tmp_path, f"well,ct\n13,28.5\n{highest},27.5\n"))
    assert run.wells["well"][0] == first_of_second_row
    assert any("wells are numbered" in note for note in run.notes)


def test_copies_of_a_well_that_is_no_standard_are_not_read_and_unknown_columns_are_named(tmp_path: Path) -> None:
    text = "well,sample,role,copies,ct,humidity\nA1,S,standard,1000,25.5,40\nA2,P,patient,12,28.5,40\nA3,S2,standard,,20.5,40\n"
    run = read_run(written(tmp_path, text))
    assert run.wells["copies"].to_list() == [1000.0, None, None]
    assert any("humidity" in note for note in run.notes)
    assert any("1 wells that are not standards" in note for note in run.notes)


def test_without_roles_a_well_with_copies_is_a_standard_and_the_others_are_unknown(tmp_path: Path) -> None:
    wells = read_run(written(tmp_path, "well,sample,copies,ct\nA1,S,1000,25.5\nA2,P,,28.5\n")).wells
    assert wells["role"].to_list() == ["standard", None]


@pytest.mark.parametrize(
    ("word", "left_out"), [("yes", True), ("TRUE", True), ("x", True), ("no", False), ("", False), ("perhaps", None)]
)
def test_left_out_is_yes_no_or_unknown(tmp_path: Path, word: str, left_out: bool | None) -> None:
    assert read_run(written(tmp_path, f"well,ct,left_out\nA1,28.5,{word}\n")).wells["left_out"].item() is left_out


def test_a_well_of_several_targets_has_a_row_for_each(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, "well,target,ct\nA1,NPM1,28.5\nA1,ABL1,24.5\n"))
    assert run.wells.select("target", "ct").rows() == [("NPM1", 28.5), ("ABL1", 24.5)]
    assert run.notes == ()


def test_digital_counts_are_whole_numbers(tmp_path: Path) -> None:
    text = "well;sample;target;role;positive;total;partition_nl\nA1;P1;NPM1;patient;12;20.000;0,85\nA2;P1;NPM1;patient;1,5;19.000;0,85\nA3;P1;NPM1;patient;9;8;0,85\n"
    partitions = read_run(written(tmp_path, text)).partitions.to_dicts()
    assert (partitions[0]["positive"], partitions[0]["total"], partitions[0]["partition_nl"]) == (12, 20000, 0.85)
    assert (partitions[1]["positive"], partitions[1]["total"]) == (None, 19000)
    assert "'1,5' is not a count of partitions" in partitions[1]["remark"]
    assert (
        partitions[2]["remark"] == "line 4: 9 partitions are positive of 8 accepted, which cannot be; neither is read"
    )
    assert (partitions[2]["positive"], partitions[2]["total"]) == (None, None)


def test_five_thousand_and_five_point_seven_are_told_apart_by_the_other_numbers() -> None:
    assert decimal_mark(["5,720", "5,720.562"]).number("5,720") == 5720
    assert decimal_mark(["5,720", "12,5"]).number("5,720") == 5.72
    assert decimal_mark(["5,720"], ["27,102"]).number("5,720") == 5.72
    assert decimal_mark(["5,720"], ["27.102"]).number("5,720") == 5720
    assert decimal_mark(["5,720"]).number("5,720") is None
    assert decimal_mark(["5.720", "1,5", "1.5"]).number("5.720") is None


@given(st.floats(0.001, 1e8), st.sampled_from([".", ","]), st.booleans())
def test_a_number_is_read_as_it_was_meant(value: float, mark: str, grouped: bool) -> None:
    text = f"{value:,.4f}" if grouped else f"{value:.4f}"
    written_as = text if mark == "." else text.translate(str.maketrans(",.", ".,"))
    assert decimal_mark([written_as]).number(written_as) == float(text.replace(",", ""))


@given(st.integers(1, 384))
def test_a_place_on_a_plate_of_384_has_the_name_that_it_is_known_by(number: int) -> None:
    name = plate_well(number, 24)
    assert well_name(name) == name
    assert well_name(f"{name[0].lower()}{int(name[1:]):02d}") == name
    assert (ord(name[0]) - ord("A")) * 24 + int(name[1:]) == number


@given(st.text(max_size=200))
def test_any_text_in_the_cells_keeps_every_well(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    cell = '"' + text.replace('"', '""').replace("\r", " ").replace("\n", " ").replace("\0", " ") + '"'
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(f"well,sample,role,copies,ct\nA1,{cell},{cell},{cell},{cell}\nA2,P,patient,,28.5\n", "utf-8")
    wells = read_run(path).wells
    assert wells["well"].to_list() == ["A1", "A2"]
    assert wells["ct"][1] == 28.5
