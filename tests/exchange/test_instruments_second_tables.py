"""Several tables in one file: each is read under its own header, or the file is refused; nothing changes columns."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_files import PLATE, RUNS, Well, as_applied_biosystems, as_lightcycler, as_plain, as_rotorgene, written

from tenfold.exchange.instruments import read_run
from tenfold.exchange.run import RunNotUnderstood

CFX = "Well,Fluor,Target,Content,Sample,Cq,Starting Quantity (SQ)\n"


@pytest.mark.parametrize("between", ["", "\r\n", "\r\n\r\n"])
def test_two_analyses_of_a_lightcycler_are_two_targets(tmp_path: Path, between: str) -> None:
    other = [Well(w.place, w.sample, w.role, None, 24.5) for w in PLATE]
    text = as_lightcycler(PLATE) + between + as_lightcycler(other).replace("FAM (465-510)", "HEX (533-580)")
    wells = read_run(written(tmp_path, text, "lc.txt")).wells
    assert wells.filter(target="FAM (465-510)")["ct"].to_list() == [w.ct for w in PLATE]
    assert wells.filter(target="HEX (533-580)")["ct"].to_list() == [24.5] * 6
    assert wells.height == 12


def test_two_analyses_of_one_filter_that_differ_are_not_read_and_no_replicates(tmp_path: Path) -> None:
    other = [Well(w.place, w.sample, w.role, w.copies, 24.5) for w in PLATE]
    run = read_run(written(tmp_path, as_lightcycler(PLATE) + as_lightcycler(other), "lc.txt"))
    assert run.wells["ct"].drop_nulls().is_empty()
    assert any("which differ; none of them is read" in note for note in run.notes)


def test_analyses_of_two_experiments_in_one_file_are_refused(tmp_path: Path) -> None:
    text = as_lightcycler(PLATE) + as_lightcycler(PLATE).replace("NPM1 2026-03-02", "NPM1 2026-03-09")
    with pytest.raises(RunNotUnderstood, match=r"below line 2 is of the experiment .* and the one below line 10 of"):
        read_run(written(tmp_path, text, "lc.txt"))


@pytest.mark.parametrize("between", ["", "\n", "Hex results\n\n"])
def test_the_second_table_of_a_cfx_is_read(tmp_path: Path, between: str) -> None:
    text = CFX + "A01,FAM,NPM1,Unkn-1,P1,30.5,\n"
    text += ("\n" + between if between.startswith("H") else between) + CFX + "A01,HEX,ABL1,Unkn-1,P1,24.5,\n"
    wells = read_run(written(tmp_path, text)).wells
    assert wells.select("target", "ct").rows() == [("NPM1", 30.5), ("ABL1", 24.5)]


def test_a_channel_of_a_rotorgene_without_a_blank_line_before_it_is_a_target_of_its_own(tmp_path: Path) -> None:
    npm1 = as_rotorgene(PLATE)
    abl1 = npm1[npm1.index('"Quantitative') :].replace("(NPM1)", "(ABL1)")
    wells = read_run(written(tmp_path, npm1 + abl1)).wells
    assert wells.group_by("target").len().sort("target").rows() == [("ABL1", 6), ("NPM1", 6)]


@given(st.permutations(["sample", "target", "role", "copies", "ct"]), st.sampled_from(["", "\n"]))
def test_a_repeated_header_in_any_order_of_columns_names_its_own_rows(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], between: str
) -> None:
    rows = [
        {"well": "A2", "sample": "P1", "target": "ABL1", "role": "patient", "copies": "", "ct": "24"},
        {"well": "A3", "sample": "S", "target": "ABL1", "role": "standard", "copies": "1000", "ct": "25"},
    ]
    columns = ["well", *order]
    text = "well,sample,target,role,copies,ct\nA1,P1,NPM1,patient,,30\n" + between + ",".join(columns) + "\n"
    text += "".join(",".join(row[name] for name in columns) + "\n" for row in rows)
    wells = read_run(written(tmp_path_factory.getbasetemp(), text, "two.csv")).wells
    assert wells.select("well", "target", "role", "copies", "ct").rows() == [
        ("A1", "NPM1", "patient", None, 30.0),
        ("A2", "ABL1", "patient", None, 24.0),
        ("A3", "ABL1", "standard", 1000.0, 25.0),
    ]


def test_numbered_wells_of_two_tables_lie_on_one_plate(tmp_path: Path) -> None:
    text = "well,target,ct\n13,NPM1,30\nwell,target,ct\n13,ABL1,24\n97,ABL1,25\n"
    assert read_run(written(tmp_path, text)).wells["well"].to_list() == ["A13", "A13", "E1"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            as_plain(PLATE) + "well,target,positive,total\nA1,NPM1,12,20000\n",
            "line 1 .* and line 8 of a plain CSV, digital",
        ),
        (as_plain(PLATE) + "\nwell,sample,cycles,copies\nA7,P9,28.5,\n", "line 1 .* and line 9 is like another header"),
        (as_plain(PLATE) + "sample,target,cycles\nP9,NPM1,28.5\n", "line 1 .* and line 8 is like another header"),
        (CFX + "A01,FAM,NPM1,Unkn,P1,30,\n" + as_plain(PLATE), "line 1 .* Bio-Rad CFX table and line 3 of a plain CSV"),
        (
            as_applied_biosystems(PLATE) + as_applied_biosystems(PLATE).split("[Results]\n")[1],
            "line 5 .* and line 12 of a",
        ),
    ],
)
def test_tables_that_do_not_belong_together_are_refused_with_both_lines(tmp_path: Path, text: str, lines: str) -> None:
    with pytest.raises(RunNotUnderstood, match=lines):
        read_run(written(tmp_path, text))


def test_a_blank_line_between_wells_loses_none_of_them(tmp_path: Path) -> None:
    lines = as_lightcycler(PLATE).splitlines(keepends=True)
    wells = read_run(written(tmp_path, "".join([*lines[:5], "\r\n", *lines[5:]]), "lc.txt")).wells
    assert wells["ct"].to_list() == [w.ct for w in PLATE]


def test_lines_below_a_table_that_are_like_wells_are_told(tmp_path: Path) -> None:
    text = as_applied_biosystems(PLATE) + "\nAnalysis Type\tStandard Curve\n"
    assert read_run(written(tmp_path, text)).notes[1:] == ()
    run = read_run(written(tmp_path, text + "A7\tP9\tNPM1\tUNKNOWN\t30.5\t\n"))
    assert run.wells.height == 6
    assert "below the table, the lines from line 14 on are not read" in run.notes


def test_a_second_sheet_of_results_is_told(tmp_path: Path) -> None:
    path = RUNS / "appbio_quantstudio_example10.xlsx"
    with zipfile.ZipFile(path) as real, zipfile.ZipFile(tmp_path / "run.xlsx", "w") as changed:
        for name in real.namelist():
            text = real.read(name).replace(b'name="Amplification Data"', b'name="Results 2"')
            changed.writestr(
                name, text.replace(b"sheet2.xml", b"sheet3.xml") if name.endswith("workbook.xml.rels") else text
            )
    run = read_run(tmp_path / "run.xlsx")
    assert run.wells.equals(read_run(path).wells)
    assert "the sheet 'results 2' has a table of results too, which is not read" in run.notes
    assert not any("which is not read" in note for note in read_run(path).notes)
