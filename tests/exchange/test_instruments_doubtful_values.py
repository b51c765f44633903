"""What no run can hold: cycles beyond any programme, a well written twice, controls and patients that go unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_files import PLATE, Well, as_applied_biosystems, as_lightcycler, as_plain, as_rotorgene, written

from tenfold.exchange.instruments import read_run
from tenfold.exchange.instruments.layout import ROLES, role_of
from tenfold.exchange.instruments.plausible import HIGHEST_CYCLE, UNNAMED, settled
from tenfold.vocabulary import CtStatus, WellRole

CFX = "Well,Fluor,Target,Content,Sample,Cq,Starting Quantity (SQ)\n"


@pytest.mark.parametrize("shape", [as_plain, as_lightcycler, as_rotorgene, as_applied_biosystems])
@pytest.mark.parametrize("cycle", [60.5, 285.125, 28512.0])
def test_a_cycle_that_lost_its_decimal_mark_is_missing_in_every_shape_and_never_late(
    tmp_path: Path, shape: Callable[[list[Well]], str], cycle: float
) -> None:
    wells = read_run(written(tmp_path, shape([*PLATE, Well(7, "P-0419", "patient", None, cycle)]), "run.txt")).wells
    (bad,) = wells.filter(sample="P-0419").to_dicts()
    assert (bad["ct"], bad["ct_status"]) == (None, "missing")
    assert f"'{cycle:g}' is no cycle, for none is above 60 (a lost decimal mark?)" in bad["remark"]
    assert bad["remark"].startswith("line ")
    assert wells["ct"].drop_nulls().len() == 4


def test_a_cq_of_rdml_that_lost_its_decimal_mark_is_missing(tmp_path: Path) -> None:
    xml = (
        '<rdml version="1.3"><sample id="P1"><type>unkn</type></sample><experiment id="E"><run id="R">'
        '<react id="1"><sample id="P1"/><data><tar id="NPM1"/><cq>285.12</cq></data></react></run></experiment></rdml>'
    )
    (well,) = read_run(written(tmp_path, xml, "run.rdml")).wells.to_dicts()
    assert (well["ct"], well["ct_status"]) == (None, "missing")
    assert well["remark"] == "cq '285.12' is no cycle, for none is above 60 (a lost decimal mark?)"


@given(st.floats(0.01, 1e6).map(lambda value: round(value, 2)))
def test_a_cycle_is_read_up_to_the_highest_that_a_programme_runs_to(
    tmp_path_factory: pytest.TempPathFactory, cycle: float
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (well,) = read_run(written(folder, f"well,ct\nA1,{cycle:.2f}\n", "cycle.csv")).wells.to_dicts()
    assert well["ct"] == (cycle if cycle <= HIGHEST_CYCLE else None)


@pytest.mark.parametrize(
    ("word", "remark"),
    [
        ("NRT", "no reverse transcription control"),
        ("no RT", "no reverse transcription control"),
        ("no-RT-2", "no reverse transcription control"),
        ("minus RT", "no reverse transcription control"),
        ("-RT", "no reverse transcription control"),
        ("NAC", "no amplification control"),
        ("NTP", "no target present control"),
        ("NEG", "negative control"),
        ("Neg Ctrl-3", "negative control"),
        ("Negative Control", "negative control"),
        ("negative_control_1", "negative control"),
        ("NEC", "extraction blank"),
        ("extraction blank", "extraction blank"),
        ("water", "water"),
        ("NTC", None),
    ],
)
def test_a_control_that_must_stay_empty_is_without_template_and_its_remark_says_what_it_is(
    tmp_path: Path, word: str, remark: str | None
) -> None:
    (well,) = read_run(written(tmp_path, f"well,sample,role,ct\nA1,HL60,{word},30.5\n")).wells.to_dicts()
    assert (well["role"], well["ct"], well["remark"]) == ("no template", 30.5, remark)


@pytest.mark.parametrize("word", ["control", "positive control", "Pos Ctrl-1", "calibrator", "IPC"])
def test_a_control_that_holds_template_stays_a_control(word: str) -> None:
    found = role_of(word.lower())
    assert found is not None
    assert found[0] == WellRole.CONTROL


@given(
    st.sampled_from(sorted(word for word in ROLES if word[-1].isalpha())),
    st.integers(1, 99),
    st.sampled_from(["-", " ", "_", ""]),
)
def test_a_number_after_a_role_changes_nothing(word: str, number: int, between: str) -> None:
    assert role_of(f"{word}{between}{number}") == ROLES[word]


def test_a_well_written_twice_alike_is_read_once_and_no_second_replicate(tmp_path: Path) -> None:
    text = "well,sample,target,role,ct\nA1,P1,NPM1,patient,37\nA1,P1,NPM1,patient,37\nA2,P1,NPM1,patient,\n"
    run = read_run(written(tmp_path, text))
    assert run.wells.select("well", "ct").rows() == [("A1", 37.0), ("A2", None)]
    assert run.notes == ("more than one row for the wells A1 (NPM1), which are alike; one of them is read",)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("P1,NPM1,patient,28.5", "P1,NPM1,patient,29.5", "ct 28.5 and 29.5"),
        ("P1,NPM1,patient,28.5", "P1,NPM1,patient,ND", "ct 28.5 and none"),
        ("P1,NPM1,patient,ND", "P1,NPM1,patient,", "ct undetermined and missing"),
        ("P1,NPM1,patient,28.5", "P2,NPM1,patient,28.5", "sample P1 and P2"),
        ("P1,NPM1,patient,28.5", "P1,NPM1,ntc,28.5", "role patient and no template"),
    ],
)
def test_a_well_written_twice_and_differently_keeps_both_rows_and_neither_value(
    tmp_path: Path, first: str, second: str, told: str
) -> None:
    run = read_run(written(tmp_path, f"well,sample,target,role,ct\nA1,{first}\nA01,{second}\nA2,P1,NPM1,patient,30\n"))
    assert run.wells.select("well", "ct").rows() == [("A1", None), ("A1", None), ("A2", 30.0)]
    assert run.wells["ct_status"].to_list() == ["missing", "missing", "measured"]
    remark = f"written twice, with {told}, so not read"
    assert all(remark in (found or "") for found in run.wells["remark"][:2])
    assert run.notes == ("more than one row for the wells A1 (NPM1), which differ; none of them is read",)


def test_partitions_and_rdml_reactions_written_twice_are_not_read_either(tmp_path: Path) -> None:
    text = "well,target,positive,total\nA1,NPM1,5,20000\nA1,NPM1,900,20000\n"
    partitions = read_run(written(tmp_path, text)).partitions
    assert partitions.select("positive", "total").rows() == [(None, None)] * 2
    react = '<react id="1"><sample id="P1"/><data><tar id="NPM1"/><cq>{}</cq></data></react>'
    xml = '<rdml version="1.3"><sample id="P1"><type>unkn</type></sample><experiment id="E"><run id="R">'
    xml += react.format(28) + react.format(31) + "</run></experiment></rdml>"
    run = read_run(written(tmp_path, xml, "run.rdml"))
    assert run.wells["ct_status"].to_list() == ["missing", "missing"]
    assert run.wells["remark"][0] == "written twice, with ct 28 and 31, so not read"


@given(
    st.lists(
        st.tuples(st.sampled_from(["A1", "A2", None]), st.sampled_from(["NPM1", None]), st.sampled_from([20.0, 30.0])),
        max_size=8,
    )
)
def test_after_all_no_well_and_target_has_two_values_and_none_is_lost(
    rows: list[tuple[str | None, str | None, float]],
) -> None:
    records = [
        {
            "well": w,
            "target": t,
            "sample": None,
            "role": WellRole.PATIENT,
            "ct": ct,
            "ct_status": CtStatus.MEASURED,
            "remark": None,
        }
        for w, t, ct in rows
    ]
    kept, _ = settled(records)
    values = [(record["well"], record["target"]) for record in kept if record["well"] and record["ct"] is not None]
    assert len(values) == len(set(values))
    assert {(w, t) for w, t, _ in rows} == {(record["well"], record["target"]) for record in kept}
    assert all(record["sample"] for record in kept)


def test_patient_wells_without_a_name_are_called_by_their_well_and_never_put_together(tmp_path: Path) -> None:
    text = (
        CFX
        + "A01,FAM,NPM1,Unkn-1,,30.1,\nA02,FAM,NPM1,Unkn-1,,31.5,\nA03,FAM,NPM1,NTC-1,,NaN,\nA04,FAM,NPM1,Std-1,,20,1E5\n"
    )
    wells = read_run(written(tmp_path, text)).wells
    assert wells["sample"].to_list() == ["well A1", "well A2", None, None]
    assert wells["remark"].to_list() == [UNNAMED, UNNAMED, None, None]


def test_patient_wells_with_neither_name_nor_place_are_kept_apart(tmp_path: Path) -> None:
    wells = read_run(written(tmp_path, "well,sample,role,ct\n,,patient,30.5\n,,patient,31.5\n")).wells
    assert wells.select("sample", "ct").rows() == [("unnamed well 1", 30.5), ("unnamed well 2", 31.5)]
