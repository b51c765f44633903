"""Plate maps: what a laboratory names, and the contradictions that it is told of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_files import PLATE, as_lightcycler, as_plain, as_rotorgene, written

from tenfold.exchange.instruments import read_plate_map, read_run, with_plate_map
from tenfold.exchange.instruments.plausible import UNNAMED
from tenfold.exchange.run import RunNotUnderstood


def lightcycler(folder: Path) -> Path:
    return written(folder, as_lightcycler(PLATE), "lightcycler.txt")


def test_a_plate_map_names_samples_roles_targets_and_copies(tmp_path: Path) -> None:
    text = "well;sample;target;role;copies\nA1;S;NPM1;standard;1,5E5\nA4;Q-1;NPM1;patient;\na05;Q-2;;;\n,,\n".replace(
        ",,", ";;;;"
    )
    run = read_run(lightcycler(tmp_path), plate_map=written(tmp_path, text, "map.csv"))
    assert run.wells.select("sample", "target", "role", "copies").rows()[0] == ("S", "NPM1", "standard", 1.5e5)
    assert run.wells.select("sample", "target", "role", "ct").rows()[3] == ("Q-1", "NPM1", "patient", 28.375)
    assert run.wells.select("sample", "target", "role").rows()[4] == ("Q-2", "FAM (465-510)", None)
    assert run.wells["sample"][5] == "NTC"


def test_a_row_without_a_well_sets_all_wells_of_its_sample_that_no_row_of_a_well_has_set(tmp_path: Path) -> None:
    text = "well,sample,role\nA4,Q,\nA5,Q,control\n,Q,patient\n,NTC,NTC\n"
    wells = read_run(lightcycler(tmp_path), plate_map=written(tmp_path, text, "map.csv")).wells
    assert wells["role"].to_list() == ["standard"] * 3 + ["patient", "control", "no template"]


def test_facts_of_a_sample_are_kept_once_each(tmp_path: Path) -> None:
    text = "sample,patient_id,sample_id,sample_date,reported_date,tissue,marker,assay\n"
    text += "P-0417,417,S9,2026-02-27,2026-03-02,marrow,NPM1,NPM1 type A\nP-0417,417,,2026-02-27,,,,\n"
    found = read_plate_map(written(tmp_path, text))
    assert found.samples.rows() == [
        ("P-0417", "417", "S9", date(2026, 2, 27), date(2026, 3, 2), "marrow", "NPM1", "NPM1 type A")
    ]
    run = read_run(lightcycler(tmp_path))
    assert with_plate_map(run, found).wells.equals(run.wells)


def test_positions_of_a_rotor_are_meant_as_they_are_and_those_of_a_plate_are_counted(tmp_path: Path) -> None:
    plate_map = written(tmp_path, "well,sample\n4,Q-1\n", "map.csv")
    for text in (as_rotorgene(PLATE), as_lightcycler(PLATE)):
        run = read_run(written(tmp_path, text), plate_map=plate_map)
        assert run.wells["sample"].to_list()[3] == "Q-1"


def test_a_plate_map_serves_partitions_too(tmp_path: Path) -> None:
    path = written(tmp_path, "well,target,positive,total\nA1,NPM1,12,20000\nA1,ABL1,900,20000\n")
    run = read_run(path, plate_map=written(tmp_path, "well,sample,target,role\nA1,P1,NPM1,patient\n", "map.csv"))
    assert run.partitions.select("sample", "target", "role").rows() == [("P1", "NPM1", "patient"), (None, "ABL1", None)]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("well,sample\nA1,P\nA01,Q\n", "rows 2 and 3 are both about the well A1; take one of them away"),
        ("sample,role\nP,patient\nP,control\n", "rows 2 and 3 are both about the sample 'P'"),
        ("sample,patient_id\nP,1\nP,2\n", "rows 2 and 3 give the sample 'P' the patient_id 1 and 2"),
        ("well,role\nA1,guest\n", "row 2: the role 'guest' is not known; write one of patient, standard, control"),
        ("sample,tissue\nP,BM\n", "row 2: the tissue 'BM' is not known; write marrow or blood"),
        ("sample,marker\nP,B23\n", "row 2: the marker 'B23' is another name of NPM1; write NPM1"),
        ("sample,marker\nP,npm1\n", "row 2: the marker 'npm1' is another name of NPM1; write NPM1"),
        ("sample,sample_date\nP,27.02.2026\n", "row 2: the sample_date '27.02.2026' is not a date; write it as"),
        ("well,copies\nA1,many\n", "row 2: 'many' is not a number of copies"),
        ("well,role,copies\nA1,patient,10\n", "row 2 gives copies to a patient; only a standard has known copies"),
        ("well,sample\nA99,P\n", "row 2: 'A99' is not a well; write it as A1"),
        ("well,sample,role\n,,patient\n", "row 2 names neither a well nor a sample"),
        ("well,patient_id\nA1,1\n", r"row 2 tells of a sample \(patient_id\) and names none"),
        ("well,sample,shoe_size\nA1,P,44\n", "the columns shoe_size are not known; a plate map has"),
        ("shoe,size\n1,2\n", "expected a plate map with the column well or sample"),
    ],
)
def test_a_contradiction_or_an_unknown_word_is_told_with_its_row_and_remedy(
    tmp_path: Path, rows: str, fault: str
) -> None:
    with pytest.raises(RunNotUnderstood, match=fault):
        read_plate_map(written(tmp_path, rows, "map.csv"))


@pytest.mark.parametrize(
    ("word", "remark"),
    [
        ("negative control", "negative control"),
        ("NRT", "no reverse transcription control"),
        ("Extraction blank", "extraction blank"),
        ("no template", None),
    ],
)
def test_a_map_names_a_control_that_must_stay_empty_in_the_words_of_the_laboratory(
    tmp_path: Path, word: str, remark: str | None
) -> None:
    plate_map = written(tmp_path, f"well,role\nA6,{word}\n", "map.csv")
    wells = read_run(lightcycler(tmp_path), plate_map=plate_map).wells
    assert wells.select("role", "remark").row(5) == ("no template", remark)


@pytest.mark.parametrize("row", ["A6,,control", "A6,P-0500,patient", ",NTC,positive control", "A6,,standard"])
def test_a_map_cannot_unsay_a_blank_of_the_run_file(tmp_path: Path, row: str) -> None:
    run = read_run(written(tmp_path, as_plain(PLATE)))
    plate_map = read_plate_map(written(tmp_path, f"well,sample,role\nA4,P-0417,patient\n{row}\n", "map.csv"))
    with pytest.raises(
        RunNotUnderstood, match=r"row 3 calls A6 \w+, where the run's file says no template; a blank cannot"
    ):
        with_plate_map(run, plate_map)


def test_a_map_may_say_of_a_blank_again_that_it_is_one_and_name_it(tmp_path: Path) -> None:
    plate_map = written(tmp_path, "well,sample,role\nA6,water 2,NTC\n", "map.csv")
    wells = read_run(written(tmp_path, as_plain(PLATE)), plate_map=plate_map).wells
    assert wells.select("sample", "role").row(5) == ("water 2", "no template")


def test_a_patient_well_that_neither_file_nor_map_names_is_called_by_its_well(tmp_path: Path) -> None:
    text = as_lightcycler(PLATE).replace("P-0417", "").replace("P-0418", "")
    plate_map = written(tmp_path, "well,role\nA4,patient\nA5,control\n", "map.csv")
    wells = read_run(written(tmp_path, text, "nameless.txt"), plate_map=plate_map).wells
    assert wells.select("sample", "role").rows()[3:5] == [("well A4", "patient"), (None, "control")]
    assert wells["remark"][3] == UNNAMED


def test_a_map_that_names_a_nameless_patient_well_takes_its_remark_away(tmp_path: Path) -> None:
    path = written(tmp_path, "well,sample,role,ct,remark\nA1,,patient,28.5,\nA2,,patient,29.5,bubble\n")
    assert read_run(path).wells["sample"].to_list() == ["well A1", "well A2"]
    wells = read_run(path, plate_map=written(tmp_path, "well,sample\nA1,P1\nA2,P1\n", "map.csv")).wells
    assert wells.select("sample", "remark").rows() == [("P1", None), ("P1", "remark: bubble")]


@pytest.mark.parametrize("marker", ["NPM1", "FLT3-ITD", "RUNX1::RUNX1T1", "my own marker"])
def test_a_marker_that_is_known_or_like_none_that_is_known_is_kept(tmp_path: Path, marker: str) -> None:
    assert read_plate_map(written(tmp_path, f"sample,marker\nP,{marker}\n")).samples["marker"].item() == marker


def test_every_fault_of_a_plate_map_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RunNotUnderstood) as told:
        read_plate_map(written(tmp_path, "well,sample,role,tissue\nA1,P,guest,BM\nA1,Q,,\n"))
    assert all(word in str(told.value) for word in ("guest", "BM", "rows 2 and 3"))


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("well,sample\nH12,P\n", "row 2: the well H12 is not in the run; correct the name"),
        ("sample,role\nNobody,patient\n", "row 2: the sample 'Nobody' is not in the run"),
        (
            "sample,target,role\nP-0417,GATA2,patient\n",
            "the target 'GATA2' is not in the sample 'P-0417', which has NPM1",
        ),
    ],
)
def test_a_map_that_does_not_fit_the_run_is_refused(tmp_path: Path, rows: str, fault: str) -> None:
    with pytest.raises(RunNotUnderstood, match=fault):
        read_run(written(tmp_path, as_plain(PLATE)), plate_map=written(tmp_path, rows, "map.csv"))


@given(st.permutations(["A1,S,standard,1000", "A4,Q,patient,", "A6,N,NTC,", ",P-0418,patient,"]))
def test_the_order_of_the_rows_of_a_map_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    header = "well,sample,role,copies"
    one = written(folder, "\n".join([header, *sorted(rows)]) + "\n", "one.csv")
    other = written(folder, "\n".join([header, *rows]) + "\n", "other.csv")
    run = lightcycler(folder)
    assert read_run(run, plate_map=one).wells.equals(read_run(run, plate_map=other).wells)
