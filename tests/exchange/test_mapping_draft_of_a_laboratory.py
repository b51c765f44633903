"""Drafts of the tables that a laboratory or registry sends: what the file says plainly is drafted, what cannot be read is named."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from command_line import tenfold
from tenfold.exchange.formats import open_records
from tenfold.exchange.mapping import mapping_of, read_with
from tenfold.exchange.mapping.draft import draft
from tenfold.records import Registry

SAMPLES = (
    "Pat-Nr;Datum;Gewebe;NPM1 % ABL1;Nachweis;Ansprechen\n"
    "1;13.05.2024;KM;0,5;ja;CR\n1;14.08.2024;PB;<0,01;nein;CRi\n2;15.08.2024;KM;1,2;ja;PR\n"
)


def drafted(folder: Path, text: str | bytes, name: str = "t.csv") -> tuple[str, dict[str, dict[str, Any]]]:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    said = draft(folder)
    return said, {table["into"]: table for table in tomllib.loads(said).get("table", [])}


def read_as_drafted(folder: Path, said: str) -> Registry:
    """Read by a draft in which only the method was left to be said."""
    return read_with(
        mapping_of(tomllib.loads(said.replace('constant = ""', 'constant = "rt-qpcr"')), "d.toml"), folder
    ).registry


def test_a_header_that_says_marker_and_scale_is_drafted_to_be_confirmed(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, SAMPLES)
    columns = tables["mrd_samples"]["columns"]
    assert columns["scale"] == {"constant": "percent_abl1"}
    assert columns["marker"] == {"constant": "NPM1"}
    assert said.count("confirm it") == 2
    assert tables["mrd_samples"]["row_if"] == ["value", "detected"]
    assert tables["responses"]["columns"]["reported_response"] == {"from": "Ansprechen"}
    registry = read_as_drafted(tmp_path, said)
    assert registry.check().is_empty()
    assert registry.table("mrd_samples").select("value", "qualifier", "detected", "tissue").rows() == [
        (0.5, "=", "yes", "marrow"),
        (0.01, "<", "no", "blood"),
        (1.2, "=", "yes", "marrow"),
    ]


def test_a_header_that_does_not_say_its_scale_leaves_it_to_be_said(tmp_path: Path) -> None:
    _, tables = drafted(tmp_path, SAMPLES.replace("NPM1 % ABL1", "NPM1/ABL1"))
    assert tables["mrd_samples"]["columns"]["scale"] == {"constant": ""}


def test_a_result_beside_a_marker_and_a_unit_is_drafted_as_the_value(tmp_path: Path) -> None:
    text = "Pat-Nr;Datum;Marker;Wert;Einheit\n1;13.05.2024;NPM1;0,5;% ABL1\n2;14.05.2024;NPM1;<0,01;% ABL1\n"
    said, tables = drafted(tmp_path, text)
    assert tables["mrd_samples"]["columns"]["value"]["from"] == "Wert"
    assert 'perhaps: "Wert" stands beside a marker or a scale' in said
    assert tables["mrd_samples"]["columns"]["scale"]["codes"] == {"% ABL1": "percent_abl1"}


def test_a_result_of_which_it_is_not_said_what_was_measured_is_left(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "Pat-Nr;Datum;Geschlecht;Wert\n1;13.05.2024;W;0,5\n")
    assert "mrd_samples" not in tables
    assert '"Wert" = "not guessed' in said


def test_a_transplant_beside_each_sample_of_a_patient_is_drafted_once_and_read(tmp_path: Path) -> None:
    rows = "".join(f"1;{day}.05.2024;{day};14.03.2024;MSD\n" for day in (13, 14, 15))
    said, tables = drafted(tmp_path, f"Pat-Nr;Datum;Blasten KM (%);Transplantationsdatum;Spender\n{rows}")
    assert tables["transplants"]["distinct"]
    assert "distinct" not in tables["marrows"]
    codes = 'codes = { "MSD" = "" }'
    found = read_as_drafted(tmp_path, said.replace(codes, 'codes = { "MSD" = "matched sibling" }'))
    assert found.check().is_empty()
    assert found.table("transplants").height == 1
    assert found.table("marrows").height == 3


def test_a_percent_sign_in_the_cells_is_drafted_so_that_they_are_read(tmp_path: Path) -> None:
    text = "Pat-Nr;Datum;Blasten KM;Gen;Allelfrequenz\n1;13.05.2024;42 %;NPM1;40%\n2;14.05.2024;2,5 %;FLT3;3 %\n"
    said, tables = drafted(tmp_path, text)
    assert tables["marrows"]["columns"]["blasts_pct"] == {"from": "Blasten KM", "decimal": ",", "unit": "%"}
    found = read_as_drafted(tmp_path, said)
    assert found.check().is_empty()
    assert found.table("marrows")["blasts_pct"].to_list() == [42.0, 2.5]
    assert found.table("variants")["vaf"].to_list() == [0.4, 0.03]


def test_a_share_that_some_cells_write_without_the_sign_is_left_to_be_said_and_never_read_alike(tmp_path: Path) -> None:
    text = "Pat-Nr;Datum;Blasten KM\n1;13.05.2024;42 %\n2;14.05.2024;0.4\n"
    said, tables = drafted(tmp_path, text)
    assert tables["marrows"]["columns"]["blasts_pct"]["unit"] == ""
    assert "1 cells have a percent sign, and 1 have not" in said
    [fault] = read_as_drafted(tmp_path, said.replace('unit = ""', 'unit = "%"')).check().to_dicts()
    assert fault["rule"] == "0.4 has no percent sign, as other cells of its column have"


def test_a_file_whose_accents_are_in_another_encoding_is_drafted_with_it(tmp_path: Path) -> None:
    text = "Pat-Nr,Datum,Diagnose,Leukos (/µl)\n1,13.05.2024,AML,400\n".replace("µ", "")
    _, tables = drafted(tmp_path, f"{text}2,14.05.2024,sekundär,500\n".encode("cp1252"))
    assert tables["counts"]["encoding"] == "cp1252"


def test_a_row_that_cannot_be_read_is_named_in_the_draft_and_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rows = [b"Nr,Geschlecht,Ort", "1,W,Köln".encode(), "2,M,Köln".encode("cp1252"), b"3,W,Bonn,more"]
    (tmp_path / "in" / "p.csv").write_bytes(b"\n".join(rows) + b"\n")
    said = tenfold("convert", "in", "draft.toml", "--guess", cwd=tmp_path).stdout
    wrong = "line 3, character 6 was not looked at: the row is not in UTF-8. To mend it: save the file again as CSV in UTF-8"
    surplus = "line 4 was not looked at: the row has 4 cells, the header has 3"
    for text in (said, (tmp_path / "draft.toml").read_text("utf-8")):
        assert wrong in text
        assert surplus in text


@pytest.mark.parametrize("command", ["check", "assess"])
def test_a_folder_of_other_tables_alone_says_how_a_mapping_is_drafted(tmp_path: Path, command: str) -> None:
    (tmp_path / "their").mkdir()
    (tmp_path / "their" / "patienten.csv").write_text("Nr,Geschlecht\n1,W\n", "utf-8")
    said = tenfold(command, "their", cwd=tmp_path)
    assert said.returncode == 2
    mapping = Path("their", "tenfold-mapping.toml")
    assert f"tenfold convert their {mapping} --guess drafts a mapping" in said.stderr
    assert tenfold("convert", "their", mapping, "--guess", cwd=tmp_path).returncode == 0


def test_an_empty_folder_is_not_told_of_mappings(tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    with pytest.raises(ValueError, match="no table that is known") as caught:
        open_records(tmp_path)
    assert "--guess" not in str(caught.value)
