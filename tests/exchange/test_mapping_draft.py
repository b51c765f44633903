"""The draft of a mapping: what is sure is said with its reason, and what cannot be told is left for a person."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tenfold.exchange.mapping import MappingError, mapping_of, read_with
from tenfold.exchange.mapping.contents import look
from tenfold.exchange.mapping.draft import draft
from tenfold.exchange.mapping.guesses import guesses, hint, known_headers, known_words
from tenfold.exchange.mapping.repeated import by_gene, by_visit
from tenfold.records.tables import TABLES

SPEAKING = "Nr,Geschlecht,Geburtsdatum,Datum,Leukos (/µl),Hb [g/dl],Karyotyp,Bemerkung\n"
ROWS = '1,w,31.12.1960,13.04.2024,4500,9.8,"46,XX[20]",gut\n2,m,01.02.1955,05.06.2024,800,12.1,"47,XY,+8[20]",\n'


def drafted(folder: Path, text: str, name: str = "t.csv") -> tuple[str, dict[str, dict[str, Any]]]:
    (folder / name).write_text(text, "utf-8")
    said = draft(folder)
    return said, {table["into"]: table for table in tomllib.loads(said).get("table", [])}


def problems(said: str) -> str:
    with pytest.raises(MappingError) as caught:
        mapping_of(tomllib.loads(said), "draft.toml")
    return str(caught.value)


def test_a_draft_of_a_plain_german_file_can_be_read_as_it_is(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, SPEAKING.replace("Nr", "Patientennummer") + ROWS)
    assert set(tables) == {"patients", "counts", "karyotypes"}
    found = read_with(mapping_of(tomllib.loads(said), "draft.toml"), tmp_path).registry
    assert found.check().is_empty()
    assert found.table("counts").select("patient_id", "sample_date", "wbc_e9_l", "haemoglobin_g_dl").rows() == [
        ("1", date(2024, 4, 13), 4.5, 9.8),
        ("2", date(2024, 6, 5), 0.8, 12.1),
    ]
    assert found.table("patients")["sex"].to_list() == ["female", "male"]
    assert found.complete("counts").is_empty()


def test_every_line_of_a_draft_says_how_sure_it_is_and_why(tmp_path: Path) -> None:
    said, _ = drafted(tmp_path, SPEAKING + ROWS)
    columns = [line for line in said.splitlines() if " = " in line and line.split(" = ")[0] in TABLES["counts"]]
    assert columns
    assert all(
        "# " in line and any(word in line for word in ("sure:", "likely:", "perhaps:", "TO BE SAID"))
        for line in columns
    )


def test_an_order_of_day_and_month_that_cannot_be_told_is_left_to_be_said(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "patient,sample date,platelets (G/L)\n1,03/05/2024,100\n2,04/06/2024,90\n")
    assert tables["counts"]["columns"]["sample_date"]["date_format"] == ""
    assert "%d/%m/%Y or %m/%d/%Y" in said
    assert "the order of day, month and year is not said" in problems(said)


def test_one_value_above_twelve_settles_the_order(tmp_path: Path) -> None:
    _, tables = drafted(tmp_path, "patient,sample date,platelets (G/L)\n1,03/05/2024,100\n2,04/26/2024,90\n")
    assert tables["counts"]["columns"]["sample_date"]["date_format"] == "%m/%d/%Y"


def test_dates_of_both_orders_in_one_column_are_left_to_be_said(tmp_path: Path) -> None:
    text = (
        "patient,sample date,platelets (G/L)\n"
        + "".join(f"{i},{i}/03/2024,9\n" for i in range(1, 25))
        + "9,03/30/2024,9\n"
    )
    _, tables = drafted(tmp_path, text)
    assert tables["counts"]["columns"]["sample_date"]["date_format"] == ""


def test_years_of_two_digits_ask_for_their_century(tmp_path: Path) -> None:
    said, _ = drafted(tmp_path, "patient,date of birth\n1,31.12.55\n2,13.01.60\n")
    assert "years of two digits may be of any century" in problems(said)


def test_a_unit_that_is_not_in_the_header_is_left_to_be_said(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "patient,sample date,Hb\n1,2024-05-13,98\n")
    assert tables["counts"]["columns"]["haemoglobin_g_dl"]["unit"] == ""
    assert "haemoglobin_g_dl is kept in g/dL" in problems(said)


def test_the_scale_the_tissue_and_the_method_of_residual_disease_are_never_guessed(tmp_path: Path) -> None:
    _, tables = drafted(tmp_path, "patient,sample date,NPM1/ABL1\n1,2024-05-13,0.5\n2,2024-05-14,negative\n")
    columns = tables["mrd_samples"]["columns"]
    assert [columns[name] for name in ("scale", "tissue", "method", "marker")] == [{"constant": ""}] * 4
    assert columns["detected"]["codes"] == {"negative": "no"}
    assert columns["value"]["not_known"] == ["negative"]


def test_columns_by_visit_are_drafted_as_one_row_a_visit(tmp_path: Path) -> None:
    text = "Pat-Nr,npm1_c1,date_c1,npm1_c2,date_c2\n1,0.5,13.02.2024,<0.01,30.03.2024\n2,neg,14.02.2024,,\n"
    _, tables = drafted(tmp_path, text)
    samples = tables["mrd_samples"]
    assert samples["visits"] == ["c1", "c2"]
    assert samples["columns"]["sample_date"] == {"from": "date_{visit}", "date_format": "%d.%m.%Y"}
    assert samples["columns"]["marker"] == {"constant": "NPM1"}
    assert samples["columns"]["value"]["part"] == "number"
    assert samples["columns"]["qualifier"]["part"] == "comparator"


def test_genes_side_by_side_are_drafted_as_variants_and_genes_tested(tmp_path: Path) -> None:
    _, tables = drafted(tmp_path, "patient,NPM1,FLT3,IDH1,IDH2\n1,1,0,0,0\n2,0,1,,0\n")
    assert tables["variants"]["visits"] == ["NPM1", "FLT3", "IDH1", "IDH2"]
    assert tables["variants"]["rows_where"] == {"from": "{visit}", "when": ["1"], "not_when": ["0"]}
    assert set(tables["genes_tested"]["rows_where"]["when"]) == {"0", "1"}


def test_codes_that_nobody_can_know_are_left_to_be_said(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "patient,gender\n1,1\n2,2\n")
    assert tables["patients"]["columns"]["sex"]["codes"] == {"1": "", "2": ""}
    assert 'codes."1"' in problems(said)


def test_a_header_whose_cells_are_something_else_is_left(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "patient,sex,cytogenetics\n1,male,normal\n2,female,complex\n")
    assert "karyotypes" not in tables
    assert '"cytogenetics" = "not guessed' in said


def test_a_karyotype_is_known_by_its_cells_alone(tmp_path: Path) -> None:
    _, tables = drafted(tmp_path, 'patient,result\n1,"46,XX[20]"\n2,"45,XY,-7[12]/46,XY[8]"\n')
    assert tables["karyotypes"]["columns"]["iscn"] == {"from": "result"}


def test_a_file_of_one_row_a_sample_makes_each_patient_once(tmp_path: Path) -> None:
    _, tables = drafted(tmp_path, "patient,sex,sample date,ANC (G/L)\n1,male,2024-01-13,1\n1,male,2024-02-13,2\n")
    assert tables["patients"]["distinct"] is True


def test_a_file_that_says_nothing_known_is_named_with_its_columns(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "foo,bar\n1,2\n")
    assert not tables
    assert "foo, bar" in said


def test_a_file_that_is_not_utf8_is_drafted_with_an_encoding_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("Patient;Geschlecht;Stra\xdfe\n1;m\xe4nnlich;x\n".encode("latin-1"))
    [table] = tomllib.loads(draft(tmp_path))["table"]
    assert table["encoding"] == "cp1252"
    assert table["columns"]["sex"]["codes"] == {"männlich": "male"}


def test_gene_names_with_digits_are_no_visits() -> None:
    assert by_visit(["IDH1", "IDH2", "FLT3"]) == ()
    assert [one.template for one in by_gene(["IDH1_mut", "IDH2_mut", "age"])] == ["{visit}_mut"]


@pytest.mark.parametrize(
    ("headers", "template", "visits"),
    [
        (["MRD1", "MRD2"], "MRD{visit}", ("1", "2")),
        (["wbc_cycle_1", "wbc_cycle_2"], "wbc_{visit}", ("cycle_1", "cycle_2")),
        (["C1 NPM1", "C2 NPM1", "EOT NPM1"], "{visit} NPM1", ("C1", "C2", "EOT")),
    ],
)
def test_visits_are_found_at_either_end_of_a_header(headers: list[str], template: str, visits: tuple[str, ...]) -> None:
    [found] = by_visit(headers)
    assert (found.template, found.visits) == (template, visits)


def test_every_usual_name_leads_to_a_column_of_ours() -> None:
    for header, entries in known_headers().items():
        for table, column, _ in entries:
            assert header
            assert column in TABLES[{"*": "mrd_samples", "relapse": "events"}.get(table, table)]


def test_every_other_word_means_a_word_of_the_vocabulary() -> None:
    vocabularies = {c.words.__name__: c.words for t in TABLES.values() for c in t.columns if c.words is not None}
    for name, words in vocabularies.items():
        assert set(known_words(name).values()) <= {str(word) for word in words}
    assert set(known_words("YesNo").values()) == {"yes", "no"}


@pytest.mark.parametrize(
    ("header", "table", "column"),
    [
        ("date de naissance", "patients", "birth_date"),
        ("Fecha de diagnóstico", "patients", "diagnosis_date"),
        ("Data decesso", "patients", "death_date"),
        ("Thrombozyten", "counts", "platelets_e9_l"),
        ("globules blancs (G/L)", "counts", "wbc_e9_l"),
        ("creatinine_mg_dl", "chemistry", "creatinine_umol_l"),
        ("Letzter Kontakt", "patients", "last_contact_date"),
    ],
)
def test_usual_names_in_several_languages_are_known(header: str, table: str, column: str) -> None:
    first = guesses(header, look([]))[0]
    assert (first.table, first.column) == (table, column)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8), min_size=1, max_size=6))
def test_a_draft_of_any_header_is_toml(headers: list[str]) -> None:
    import csv
    import io
    import tempfile

    text = io.StringIO()
    csv.writer(text).writerows([["patient", *headers], ["1", *headers]])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.csv").write_text(text.getvalue(), "utf-8")
        said = tomllib.loads(draft(folder))
    assert said["tenfold_mapping"] == 1


def test_a_draft_is_never_written_over_a_file(tmp_path: Path) -> None:
    import typer

    from tenfold.cli.mapping import write_draft

    (tmp_path / "x.csv").write_text("patient,sex\n1,male\n", "utf-8")
    app = typer.Typer()
    app.command()(write_draft)
    arguments = [str(tmp_path / "x.csv"), str(tmp_path / "m.toml")]
    first, second = CliRunner().invoke(app, arguments), CliRunner().invoke(app, arguments)
    assert first.exit_code == 0
    assert "a draft with 1 tables" in first.output
    assert second.exit_code == 2
    assert "name another file" in second.output


def test_a_header_that_ends_like_a_usual_name_is_only_perhaps(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "dbgap_subject_id,consensus_sex,cause\n1,Male,x\n2,Female,y\n")
    assert tables["patients"]["columns"]["patient_id"] == "dbgap_subject_id"
    assert tables["patients"]["columns"]["sex"]["codes"] == {"Male": "male", "Female": "female"}
    assert said.count("# perhaps:") == 2


def test_none_and_a_dash_are_never_taken_for_not_known(tmp_path: Path) -> None:
    _, tables = drafted(tmp_path, "patient,transplant eligible,status date\n1,none,2024-01-13\n2,-,2024-01-14\n3,NA,\n")
    assert tables["status"]["not_known"] == ["NA"]
    assert tables["status"]["columns"]["transplant_eligible"]["codes"] == {"none": "", "-": ""}


def test_the_kind_of_a_sample_alone_makes_no_row_of_residual_disease(tmp_path: Path) -> None:
    said, tables = drafted(tmp_path, "patient,sex,material\n1,male,BM\n2,female,PB\n")
    assert "mrd_samples" not in tables
    assert '"material" = "not guessed' in said


HINTED = {
    "ED": "perhaps patients.diagnosis_date",
    "SCT": "transplants wants its day",
    "Status": "death_date",
    "OS (months)": "reported_outcomes",
    "MRN": "patient_id",
}


@pytest.mark.parametrize("more", ["", ",sex"])
def test_a_header_that_says_too_little_is_left_with_what_it_may_be(tmp_path: Path, more: str) -> None:
    rows = ["A1,13.04.2021,1,dead,12,x", "A2,14.05.2021,0,alive,24,y", "A3,15.06.2021,0,alive,30,z"]
    text = "\n".join([f"MRN,ED,SCT,Status,OS (months),Note{more}", *(f"{row}{more and ',male'}" for row in rows)])
    said, tables = drafted(tmp_path, text)
    assert ("patients" in tables) == bool(more)
    for name, hinted in HINTED.items():
        assert any(f"{name}" in line and hinted in line for line in said.splitlines()), name
    assert not any("Note" in line and "perhaps" in line for line in said.splitlines())
    assert not any("diagnosis_date" in table["columns"] for table in tables.values())


def test_what_is_said_of_a_header_depends_on_its_cells() -> None:
    assert hint("SCT", look(["2021-03-04", "2021-05-06"])) == "perhaps transplants.transplant_date"
    assert "who had a transplant" in hint("SCT", look(["1", "0"]))
    assert hint("ED", look(["1", "0"])) == hint("Thrombozyten", look(["2021-03-04"])) == ""
