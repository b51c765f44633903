"""A file that nothing recognises is refused with the reason that is its own, and a pipe is never waited for."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tenfold.cli import app
from tenfold.exchange.formats import open_records, read_as
from tenfold.records import read

ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'


def refused(path: Path) -> str:
    with pytest.raises(ValueError, match="is of no format that is recognised") as told:
        open_records(path)
    text = str(told.value)
    assert "--from" in text
    assert "--guess" in text
    assert "give the folder" not in text
    assert "Forbidden" not in text
    return text


def workbook(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_a_workbook_that_unpacks_without_end_is_named_as_one(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", {"xl/worksheets/sheet1.xml": " " * 100 * 1024**2})
    assert "which no real file does" in refused(path)


def test_a_workbook_with_entities_or_paths_out_of_it_is_named_as_one(tmp_path: Path) -> None:
    path = workbook(tmp_path / "entities.xlsx", {"xl/worksheets/sheet1.xml": ENTITIES})
    assert "declares a document type or entities" in refused(path)
    assert "outside itself" in refused(workbook(tmp_path / "out.xlsx", {"../../evil": "x"}))


def test_what_is_empty_cut_off_or_not_what_its_ending_says_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "empty.xlsx").write_bytes(b"")
    assert "it is empty" in refused(tmp_path / "empty.xlsx")
    (tmp_path / "cut.vcf.gz").write_bytes(gzip.compress(os.urandom(4000))[:500])
    assert "damaged or cut off" in refused(tmp_path / "cut.vcf.gz")
    (tmp_path / "wide.json").write_text('{"resourceType": "Patient"}', "utf-16")
    assert "UTF-16" in refused(tmp_path / "wide.json")
    (tmp_path / "bundle.csv").write_text('{"resourceType": "Patient"}', "utf-8")
    assert "it holds JSON and ends in .csv" in refused(tmp_path / "bundle.csv")


def test_one_table_alone_is_told_to_come_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id\nA1\n", "utf-8")
    with pytest.raises(ValueError, match="give the folder that holds the tables"):
        open_records(tmp_path / "patients.csv")


def test_a_pipe_and_a_link_to_a_device_are_faults_and_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id\nA1\n", "utf-8")
    os.mkfifo(tmp_path / "events.csv")
    (tmp_path / "counts.csv").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "registry.toml")
    faults = read(tmp_path).check()
    told = {file for file, rule in faults.select("file", "rule").iter_rows() if "not a file" in rule}
    assert told == {"events.csv", "counts.csv", "registry.toml"}
    os.mkfifo(tmp_path / "pipe")
    assert "a device or a pipe" in refused(tmp_path / "pipe")


def test_our_own_tables_are_a_format_that_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id\nA1\n", "utf-8")
    for name in ("tables", "parquet"):
        assert read_as(tmp_path, name).registry.table("patients")["patient_id"].to_list() == ["A1"]
    with pytest.raises(LookupError, match="there are tables, parquet, mapped"):
        read_as(tmp_path, "spss")
    with pytest.raises(FileNotFoundError, match=r"holds a tenfold-mapping\.toml"):
        read_as(tmp_path, "mapped")
    with pytest.raises(FileNotFoundError, match="there is no file or folder"):
        read_as(tmp_path / "none", "fhir")


def test_the_command_says_these_in_words(tmp_path: Path) -> None:
    run = CliRunner()
    (tmp_path / "patients.csv").write_text("patient_id\nA1\n", "utf-8")
    assert run.invoke(app, ["convert", str(tmp_path), str(tmp_path / "out"), "--from", "tables"]).exit_code == 0
    told = run.invoke(app, ["convert", str(tmp_path), str(tmp_path / "other"), "--from", "mapped"])
    assert told.exit_code
    assert "tenfold-mapping.toml" in " ".join(told.output.split())
    assert "Errno" not in told.output


def test_no_draft_is_written_of_a_file_from_which_no_table_can_be_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", {"xl/worksheets/sheet1.xml": " " * 100 * 1024**2})
    out = tmp_path / "map.toml"
    told = CliRunner().invoke(app, ["convert", str(path), str(out), "--guess"])
    assert told.exit_code
    assert "which no real file does" in " ".join(told.output.split())
    assert not out.exists()
