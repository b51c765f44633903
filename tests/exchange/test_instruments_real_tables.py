"""Real text exports of the instruments, and the traps that each of them sets."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from run_files import PLATE, RUNS, as_lightcycler, as_rotorgene, unpacked, written

from tenfold.exchange.instruments import read_run
from tenfold.exchange.run import CURVES, PARTITIONS, WELLS


def statuses(wells: pl.DataFrame) -> dict[str, int]:
    return dict(wells["ct_status"].value_counts().iter_rows())


def roles(frame: pl.DataFrame) -> dict[str | None, int]:
    return dict(frame["role"].value_counts().iter_rows())


def test_every_real_file_is_as_its_source_has_it_and_is_named_there() -> None:
    told = {
        cells[1].strip("` "): cells[-2].strip("` ")
        for line in (RUNS / "SOURCES.md").read_text("utf-8").splitlines()
        if len(cells := line.split("|")) > 4 and "`" in cells[1]
    }
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in RUNS.iterdir() if path.name != "SOURCES.md"
    }
    assert found == told


@pytest.mark.parametrize("path", sorted(RUNS.glob("*.[ct]s[vx]")) + sorted(RUNS.glob("*.txt")), ids=lambda p: p.name)
def test_every_reader_gives_the_one_shape(path: Path) -> None:
    run = read_run(path)
    assert dict(run.wells.schema) == WELLS
    assert dict(run.curves.schema) == CURVES
    assert dict(run.partitions.schema) == PARTITIONS
    assert run.wells.is_empty() != run.partitions.is_empty()


def test_a_quantstudio_standard_curve_is_read_with_its_thousands_and_its_curves() -> None:
    run = read_run(RUNS / "appbio_quantstudio_example04.txt")
    standards = run.wells.filter(pl.col("role") == "standard")
    assert standards["copies"].unique().sort().to_list() == [1250.0, 2500.0, 5000.0, 10000.0, 20000.0]
    slope, intercept = np.polyfit(np.log10(standards["copies"]), standards["ct"], 1)
    assert (slope, intercept) == (pytest.approx(-3.383, abs=2e-3), pytest.approx(39.814, abs=5e-3))  # as printed
    assert roles(run.wells) == {"patient": 71, "standard": 20, "no template": 4}
    assert statuses(run.wells) == {"measured": 91, "undetermined": 4}
    assert run.wells.filter(pl.col("role") == "patient")["copies"].null_count() == 71
    assert run.instrument == "QuantStudio(TM) 7 Flex System"
    assert run.curves.filter(pl.col("well") == "A1")["fluorescence"][0] == 0.522
    assert "set up, and without results: H11" in run.notes


def test_a_table_of_results_alone_is_read_though_its_last_columns_repeat_headers() -> None:
    wells = read_run(RUNS / "example_quantsudio_results_only.txt").wells
    assert wells["well"].n_unique() == wells.height == 24
    assert wells["copies"].drop_nulls().max() == 1e8


def test_a_lightcycler_export_keeps_the_wells_without_a_crossing_point(tmp_path: Path) -> None:
    run = read_run(unpacked("Edward_qPCR_Nrd1_calibration_2019-02-02_Cq.txt.gz", tmp_path))
    assert statuses(run.wells) == {"measured": 279, "undetermined": 105}
    assert run.wells["well"].to_list()[0] == "A1"
    assert run.wells["well"].to_list()[-1] == "P24"
    assert run.name == "Edward qPCR Nrd1 calibration 2019-02-02"
    assert run.wells["target"].unique().to_list() == ["SYBR Green I / HRM Dye (483-533)"]
    assert run.wells["role"].null_count() == 384
    small = read_run(unpacked("Stuart_dAgr_glyS_spoVG_5S_individualWells_Cq.txt.gz", tmp_path))
    assert statuses(small.wells) == {"measured": 90, "undetermined": 6}


def test_a_well_that_the_lightcycler_did_not_include_is_left_out_and_its_cycle_missing(tmp_path: Path) -> None:
    text = (
        as_lightcycler(PLATE)
        .replace("True\t255\tA5", "False\t255\tA5")
        .replace("A4\tP-0417\t28.375\t\t0\t", "A4\tP-0417\t28.375\t\t0\t>")
    )
    run = read_run(written(tmp_path, text))
    left, kept = run.wells.row(4, named=True), run.wells.row(3, named=True)
    assert (left["left_out"], left["ct_status"], left["remark"]) == (True, "missing", "left out by the operator")
    assert (kept["left_out"], kept["ct"], kept["remark"]) == (False, 28.375, "Status: >")


def test_raw_data_of_a_lightcycler_give_curves_without_melting_and_no_crossing_points(tmp_path: Path) -> None:
    head = "Raw Data \t\tExperiment - NPM1 (Run on LCS480 1.5.0.39)\r\n"
    head += "SamplePos\tSampleName\tProg#\tSeg#\tCycle#\tTime\tTemp\t465-510\t533-580\t\r\n"
    lines = [
        f"{well}\tS\t2\t2\t{c}\t{c * 1000}\t59.9\t{c / 4}\t{c / 8}\r\n" for well in ("A1", "P24") for c in (1, 2, 3)
    ]
    melt = [f"A1\tS\t3\t1\t1\t{t}\t{t}\t9.5\t9.5\r\n" for t in range(65, 95)]
    run = read_run(written(tmp_path, head + "".join(lines + melt), "raw.txt"))
    assert run.wells.select("well", "target", "ct_status").rows() == [
        ("A1", "465-510", "missing"),
        ("A1", "533-580", "missing"),
        ("P24", "465-510", "missing"),
        ("P24", "533-580", "missing"),
    ]
    assert run.curves.height == 12
    assert run.curves.filter(well="P24", target="533-580")["fluorescence"].to_list() == [0.125, 0.25, 0.375]
    assert run.software == "LCS480 1.5.0.39"


def test_every_channel_of_a_rotorgene_file_is_a_target_of_its_own(tmp_path: Path) -> None:
    npm1 = as_rotorgene(PLATE)
    table = npm1[npm1.index('"Quantitative') :]
    abl1 = table.replace("Cycling A.Green (NPM1)", "Cycling A.Yellow")
    run = read_run(written(tmp_path, npm1 + "\r\n" + abl1))
    assert run.wells.group_by("target").len().sort("target").rows() == [("Cycling A.Yellow", 6), ("NPM1", 6)]
    assert str(run.started) == "2026-02-13 10:34:20"


@pytest.mark.parametrize(("unit", "read"), [("copies/reaction", True), ("Copies", True), ("ng/ul", False)])
def test_a_given_concentration_that_is_not_in_copies_gives_no_copies(tmp_path: Path, unit: str, read: bool) -> None:
    run = read_run(written(tmp_path, as_rotorgene(PLATE).replace("copies/reaction", unit)))
    assert run.wells["copies"].drop_nulls().to_list() == ([100000.0, 1000.0, 10.0] if read else [])
    assert any(unit in note for note in run.notes) != read


def test_a_date_that_can_be_read_in_two_ways_is_not_read(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, as_rotorgene(PLATE).replace("02/13/2026", "02/03/2026")))
    assert run.started is None
    assert any("02/03/2026" in note for note in run.notes)


def test_a_cfx_export_takes_the_fluorophore_where_the_target_is_not_named(tmp_path: Path) -> None:
    run = read_run(RUNS / "cfx_maestro_example01.csv")
    assert run.format == "Bio-Rad CFX"
    assert (run.wells.height, run.wells["target"].unique().sort().to_list()) == (48, ["FAM", "VIC"])
    text = ",Well,Fluor,Target,Content,Sample,Cq,Starting Quantity (SQ)\n,A01,FAM,NPM1,Std-1,S1,20.5,1E5\n"
    text += ",A02,FAM,NPM1,NTC-2,,NaN,NaN\n,A03,FAM,NPM1,Unkn-07,P1,28.0,512.5\n,A04,FAM,NPM1,Pos Ctrl,C,25.5,N/A\n"
    wells = read_run(written(tmp_path, text)).wells
    assert wells.select("well", "role", "copies", "ct_status").rows() == [
        ("A1", "standard", 1e5, "measured"),
        ("A2", "no template", None, "undetermined"),
        ("A3", "patient", None, "measured"),
        ("A4", "control", None, "measured"),
    ]


def test_digital_exports_give_positive_and_accepted_partitions() -> None:
    qiacuity = read_run(RUNS / "qiacuity_dpcr_example01.csv").partitions
    assert qiacuity.select("well", "target", "role", "positive", "total").row(3) == (
        "D1",
        "5p",
        "no template",
        2095,
        25490,
    )
    assert read_run(RUNS / "qiacuity_dpcr_example03.csv").partitions["role"].null_count() == 24
    assert read_run(RUNS / "qiacuity_dpcr_example04.csv").partitions.row(0, named=True)["positive"] == 7644
    absolute = read_run(RUNS / "Appbio_AbsoluteQ_example01.csv")
    assert absolute.partitions.select("well", "sample", "positive", "total").row(4) == (
        "A3",
        "Cell Lysate A",
        343,
        20424,
    )
    assert any("sum up other rows" in note for note in absolute.notes)
    droplets = read_run(RUNS / "large_DNA_dilutions_res_dpcr_probe.tsv").partitions
    assert droplets.select("well", "target", "positive", "total").row(0) == ("A1", "FSTL_1_F_109", 2143, 19953)


def test_columns_that_a_merged_header_repeats_are_targets_of_one_well() -> None:
    partitions = read_run(RUNS / "Appbio_AbsoluteQ_summary.csv").partitions
    assert partitions.select("well", "target", "positive", "total").rows()[:2] == [
        ("A1", "TARGET 1", 3182, 20419),
        ("A1", "TARGET 2", 3237, 20419),
    ]


def test_rows_of_merged_wells_are_left_out_because_they_repeat_droplets(tmp_path: Path) -> None:
    head = "Well\tSample\tTarget\tSampleType\tAccepted Droplets\tPositives\tMergedWells\n"
    text = (
        head
        + "A01\tP1\tNPM1\tUnknown\t15000\t12\t\nB01\tP1\tNPM1\tUnknown\t15000\t8\t\nM01\tP1\tNPM1\tUnknown\t30000\t20\tA01,B01\n"
    )
    partitions = read_run(written(tmp_path, text)).partitions
    assert partitions["left_out"].to_list() == [False, False, True]
    assert partitions.filter(~pl.col("left_out"))["positive"].sum() == 20


def test_numbered_wells_are_named_by_the_block_that_the_file_tells(tmp_path: Path) -> None:
    text = (
        "Block Type\t{block}\n\nWell\tSample Name\tDetector Name\tTask\tCt\tQuantity\n25\tP1\tNPM1\tUnknown\t28.28\t\n"
    )
    for block, well in (("96well", "C1"), ("384-Well Block", "B1")):
        assert read_run(written(tmp_path, text.replace("{block}", block))).wells["well"].to_list() == [well]


def test_omitted_and_empty_wells_of_a_quantstudio(tmp_path: Path) -> None:
    text = "[Results]\nWell\tWell Position\tOmit\tSample Name\tTarget Name\tTask\tReporter\tCT\n"
    text += "1\tA1\ttrue\tP1\tNPM1\tUNKNOWN\tFAM\t28.1\n2\tA2\tfalse\tP1\tNPM1\tUNKNOWN\tFAM\t28.2\n3\tA3\tfalse\t\t\t\t\t\n"
    text += "4\tA4\tfalse\tP2\tNPM1\tUNKNOWN\tFAM\t\n\nAnalysis Type\tStandard Curve\n"
    run = read_run(written(tmp_path, text))
    assert run.wells.select("well", "left_out", "ct", "ct_status").rows() == [
        ("A1", True, 28.1, "measured"),
        ("A2", False, 28.2, "measured"),
        ("A4", False, None, "missing"),
    ]
    assert "1 rows are of empty wells and are left away" in run.notes


def test_agilent_exports_are_read(tmp_path: Path) -> None:
    text = "Well\tWell Name\tWell Type\tReplicate\tThreshold (dRn)\tCt (dRn)\tQuantity (copies)\n"
    text += "A1\tS1\tStandard\t1\t0.085\t18.73\t1.00e+006\nA2\tP1\tUnknown\t2\t0.085\tNo Ct\t\n"
    wells = read_run(written(tmp_path, text, encoding="utf-16")).wells
    assert wells.select("role", "copies", "ct", "ct_status").rows() == [
        ("standard", 1e6, 18.73, "measured"),
        ("patient", None, None, "undetermined"),
    ]
