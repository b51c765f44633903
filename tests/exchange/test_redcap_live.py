"""Fetching records over the API, from a stand-in server that speaks the documented protocol."""

import logging
import sys

import pytest
from polars.testing import assert_frame_equal
from redcap_server import REFUSED, TOKEN, metadata, rows_of, serving
from typer.testing import CliRunner

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange.published import published
from tenfold.exchange.redcap import pull, token_from_environment, token_from_file, write_records
from tenfold.records import Registry, read

WRONG = "F" * 32


def exported(registry, folder):
    file = folder / "export.csv"
    write_records(registry, file)
    return rows_of(file)


def test_a_whole_project_is_fetched_some_records_at_a_time(tmp_path):
    registry = simulate_registry(12, kind="mixed").registry
    with serving(metadata(), exported(registry, tmp_path)) as server:
        found = pull(server.url, TOKEN, records_at_once=5).registry
        batches = [one for one in server.asked if one["content"] == "record" and "records[0]" in one]
    assert len(batches) == 3  # twelve patients and the registry's own record
    assert found.simulated
    for name, frame in registry.tables.items():
        assert_frame_equal(frame, found.table(name), check_row_order=False)


def test_a_project_that_keeps_days_is_fetched_with_its_days(tmp_path):
    registry = published()
    with serving(metadata("relative"), exported(registry, tmp_path)) as server:
        found = pull(server.url, TOKEN).registry
    assert found.axis == "relative"
    assert_frame_equal(registry.table("mrd_samples"), found.table("mrd_samples"), check_row_order=False)


def test_missing_data_codes_declared_in_the_project_are_not_values(tmp_path):
    registry = Registry.from_tables({"counts": [{"patient_id": "A", "sample_date": "2024-05-03", "anc_e9_l": 1.0}]})
    rows = exported(registry, tmp_path)
    for row in rows:
        if row["redcap_repeat_instrument"] == "counts":
            row["counts_platelets_e9_l"] = "-999"
    with serving(metadata(), rows, missing_data_codes="UNK, Unknown | -999, Not asked") as server:
        found = pull(server.url, TOKEN)
    assert found.registry.table("counts").select("anc_e9_l", "platelets_e9_l").rows() == [(1.0, None)]
    note = next(one.note for one in found.fields if one.field == "counts_platelets_e9_l")
    assert note == "1 missing data codes read as not known"


def test_a_refusal_is_told_in_redcaps_words_and_without_the_token(caplog):
    caplog.set_level(logging.DEBUG)
    with serving(metadata(), []) as server, pytest.raises(ValueError, match=REFUSED) as told:
        pull(server.url, WRONG)
    assert WRONG not in str(told.value)
    assert WRONG not in caplog.text


def test_an_empty_project_is_said_to_be_empty():
    with serving(metadata(), []) as server, pytest.raises(ValueError, match="holds no records"):
        pull(server.url, TOKEN)


def test_a_project_of_another_dictionary_is_refused_before_any_record_is_asked_for():
    fields = [{"field_name": name, "form_name": "baseline"} for name in ("record_id", "age", "wbc")]
    with serving(fields, [{"record_id": "1", "age": "61", "wbc": "4"}]) as server:
        with pytest.raises(ValueError, match="mapping file"):
            pull(server.url, TOKEN)
        assert {one["content"] for one in server.asked} == {"metadata"}


def test_a_page_that_is_no_api_is_said_to_be_none():
    with serving(metadata(), []) as server, pytest.raises(ValueError, match="not REDCap's API"):
        pull(server.url.replace("/api/", "/redcap/api/"), TOKEN)


def test_the_token_does_not_follow_a_redirect():
    with serving(metadata(), []) as other, serving(metadata(), []) as server:
        server.redirect_to = other.url
        with pytest.raises(ValueError, match="not REDCap's API"):
            pull(server.url, TOKEN)
        assert server.asked
        assert not other.asked


def test_a_server_that_is_not_there_does_not_answer():
    with serving(metadata(), []) as server:
        gone = server.url
    with pytest.raises(ConnectionError, match="does not answer") as told:
        pull(gone, TOKEN)
    assert TOKEN not in str(told.value)


def test_the_token_is_not_sent_unencrypted_over_a_network():
    with pytest.raises(ValueError, match="not https"):
        pull("http://redcap.example.org/api/", TOKEN)


@pytest.mark.parametrize("url", ["redcap.example.org/api/", "ftp://redcap.example.org/api/", "https://"])
def test_what_is_no_address_is_said_to_be_none(url):
    with pytest.raises(ValueError, match="not the address"):
        pull(url, TOKEN)


def test_the_address_must_be_that_of_the_api():
    with pytest.raises(ValueError, match="ends in /api/"):
        pull("https://redcap.example.org/redcap", TOKEN)


def test_what_is_no_token_is_refused_and_never_repeated(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET", "not-a-token-at-all")
    with pytest.raises(ValueError, match="the environment variable SECRET") as told:
        token_from_environment("SECRET")
    assert "not-a-token" not in str(told.value)
    (tmp_path / "token").write_text("hunter2hunter2")
    with pytest.raises(ValueError, match="32 letters and digits") as told:
        token_from_file(tmp_path / "token")
    assert "hunter2" not in str(told.value)
    monkeypatch.delenv("SECRET")
    with pytest.raises(ValueError, match="is empty"):
        token_from_environment("SECRET")


def test_without_the_library_what_to_install_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "redcap.project", None)
    with pytest.raises(ImportError, match=r"pip install 'tenfold\[formats\]'"):
        pull("https://redcap.example.org/api/", TOKEN)


def test_a_token_is_read_from_a_file_without_its_line_end(tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert token_from_file(tmp_path / "token") == TOKEN


def test_the_command_fetches_into_a_folder_of_tables(tmp_path, monkeypatch):
    from tenfold.cli.redcap import app

    monkeypatch.setenv("REDCAP_TOKEN", TOKEN)
    registry = simulate_registry(3).registry
    with serving(metadata(), exported(registry, tmp_path)) as server:
        ran = CliRunner().invoke(
            app, ["pull", "--url", server.url, "--token-env", "REDCAP_TOKEN", str(tmp_path / "out")]
        )
    assert ran.exit_code == 0, ran.output
    assert TOKEN not in ran.output
    assert_frame_equal(
        read(tmp_path / "out").table("mrd_samples"), registry.table("mrd_samples"), check_row_order=False
    )


def test_the_command_wants_the_token_from_one_place(tmp_path):
    from tenfold.cli.redcap import app

    ran = CliRunner().invoke(app, ["pull", "--url", "https://redcap.example.org/api/", str(tmp_path / "out")])
    assert ran.exit_code == 2
    assert "--token-env" in ran.output


def test_the_command_tells_each_fault_because_the_tables_no_longer_hold_them(tmp_path, monkeypatch):
    from tenfold.cli.redcap import app

    monkeypatch.setenv("REDCAP_TOKEN", TOKEN)
    rows = exported(Registry.from_tables({"patients": [{"patient_id": "A", "sex": "female"}]}), tmp_path)
    for row in rows:
        if row["patient_id"] == "A":
            row["patients_sex"] = "woman"
    with serving(metadata(), rows) as server:
        ran = CliRunner().invoke(
            app, ["pull", "--url", server.url, "--token-env", "REDCAP_TOKEN", str(tmp_path / "out")]
        )
    assert ran.exit_code == 1
    assert "woman" in ran.output


def test_the_command_writes_the_dictionary_and_says_which_forms_repeat(tmp_path):
    from tenfold.cli.redcap import app

    ran = CliRunner().invoke(app, ["dictionary", str(tmp_path / "dictionary.csv")])
    assert ran.exit_code == 0
    assert "mrd_samples" in ran.output
    assert (tmp_path / "dictionary.csv").read_text().startswith("Variable / Field Name,Form Name")
    assert CliRunner().invoke(app, ["dictionary", str(tmp_path / "dictionary.csv")]).exit_code == 2
