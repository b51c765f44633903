"""The commands of genetics and risk in a process of their own."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from command_line import tenfold

THOL = Path(__file__).resolve().parents[2] / "src" / "tenfold" / "evidence" / "patients" / "thol-2024"


def test_one_karyotype_is_read_aloud() -> None:
    said = tenfold("karyotype", "45,XY,-7,t(3;3)(q21;q26)[15]/46,XY[5]")
    assert said.returncode == 0
    assert "Yes: -7 (-7; clone 1)" in said.stdout
    assert json.loads(tenfold("karyotype", "46,XX[20]", "--json").stdout)["normal"] is True


def test_a_table_keeps_its_rows_and_gets_one_row_of_facts_each(tmp_path: Path) -> None:
    table = 'id;karyotype;status\r1;46,XX[20];alive\r2;"45,XY,-7[10]\r/46,XY[3]";dead\r3;Keine analysierbaren Metaphasen;\r4;;\r'
    (tmp_path / "k.csv").write_bytes(table.encode("cp1252"))
    said = tenfold("karyotype", tmp_path / "k.csv", "--column", "karyotype", "--out", tmp_path / "f.csv")
    assert said.returncode == 0, said.stderr
    facts = pl.read_csv(tmp_path / "f.csv", infer_schema=False)
    assert facts["id"].to_list() == ["1", "2", "3", "4"]
    assert facts["status"].to_list() == ["alive", "dead", None, None]  # the table's own column is kept as it was
    assert facts["status_derived"].to_list() == ["read", "read", "failed", "empty"]
    assert facts["loss_7"].to_list() == ["false", "true", None, None]
    assert {"unread", "unknown"} <= set(facts.columns)


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("id,karyotype\n1,46,XX,t(8;21)[20]\n", ("--column", "karyotype", "--out", "f.csv"), "put it in quotes"),
        ("id;karyotype\n1;46,XX[20]\n", ("--column", "iscn", "--out", "f.csv"), "has no column iscn"),
        ("id;karyotype\n1;46,XX[20]\n", (), "name its column"),
        ("", ("--column", "karyotype", "--out", "f.csv"), "k.csv"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, content: str, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "k.csv").write_text(content, "utf-8")
    answer = tenfold("karyotype", tmp_path / "k.csv", *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_every_model_for_one_patient_says_whether_it_applies_and_where_models_differ() -> None:
    said = json.loads(tenfold("score", "--all", THOL, "thol-1", "--json").stdout)
    models = {view["model"]: view for view in said["models"]}
    assert set(models) >= {"ELN-2017", "ELN-2022", "ELN-2024", "mPRS", "VEN-PRS-OS", "Breems-index", "Mayo-2025"}
    assert models["VEN-PRS-OS"]["applies"] == "outside its scope"
    assert models["VEN-PRS-OS"]["why_not"]
    assert "NPM1 mutated (exon 12)" in models["ELN-2022"]["drivers"]
    assert "NOT VERIFIED" in models["Mayo-2024"]["caution"]
    printed = tenfold("score", "--all", THOL, "thol-1").stdout
    assert "Every risk model" in printed


def test_a_patient_who_is_not_there_is_refused_in_words() -> None:
    said = tenfold("score", "--all", THOL, "nobody")
    assert said.returncode == 2
    assert "nobody" in said.stderr
    assert "Traceback" not in said.stderr


def test_models_that_cannot_both_be_right_are_set_against_each_other(tmp_path: Path) -> None:
    """NPM1 with FLT3-ITD of a low ratio, all else looked at and absent: favourable in 2017, intermediate in 2022."""
    genes = [
        "NPM1",
        "FLT3",
        "CEBPA",
        "TP53",
        "RUNX1",
        "ASXL1",
        "BCOR",
        "EZH2",
        "SF3B1",
        "SRSF2",
        "STAG2",
        "U2AF1",
        "ZRSR2",
        "NRAS",
        "KRAS",
        "IDH1",
        "IDH2",
        "DDX41",
        "KMT2D",
        "NF1",
        "PTPN11",
    ]
    (tmp_path / "patients.csv").write_text("patient_id,diagnosis_date,birth_date\nA,2024-01-10,1990-05-05\n")
    (tmp_path / "karyotypes.csv").write_text('patient_id,sample_date,iscn\nA,2024-01-10,"46,XX[20]"\n')
    (tmp_path / "variants.csv").write_text(
        "patient_id,sample_date,gene,hgvs_c,kind,allelic_ratio\n"
        "A,2024-01-10,NPM1,c.860_863dup,,\nA,2024-01-10,FLT3,,ITD,0.2\n"
    )
    tested = "".join(f"A,2024-01-10,{gene},NGS panel\n" for gene in genes)
    (tmp_path / "genes_tested.csv").write_text("patient_id,sample_date,gene,method\n" + tested)
    said = json.loads(tenfold("score", "--all", tmp_path, "A", "--json").stdout)
    models = {view["model"]: view for view in said["models"]}
    assert models["ELN-2017"]["possible"] == ["favourable"]
    assert models["ELN-2022"]["possible"] == ["intermediate"]
    assert any(
        "ELN-2022 says intermediate" in line and "ELN-2017 says favourable" in line for line in said["differences"]
    )
