"""Importing through the pages: what a file would do is shown before anything is stored."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update
from uploaded_files import PATIENTS, SAMPLES, looked_at, revision_in, stored_in, upload, zipped

from service_running import PASSWORD, Client, centre_of
from tenfold.records.registry import Registry
from tenfold.service.store import schema
from tenfold.service.store.centre import now
from tenfold.service.store.imports import store_registry
from tenfold.service.store.pending import KEPT_FOR, forget_old
from tenfold.service.store.store import Store


def test_that_a_table_is_complete_which_the_file_does_not_hold_is_said_not_to_be_stored(
    client: Callable[..., Client], store: Store
) -> None:
    said = "patient_id,table,complete,from_date\n,transplants,yes,\n"
    _, page = looked_at(client("data manager"), ("patients.csv", PATIENTS), ("completeness.csv", said))
    assert "which it does not hold: transplants of 2 patients. If there is truly nothing to record" in page


def test_a_folder_as_a_zip_is_shown_first_and_stored_when_somebody_says_so(
    client: Callable[..., Client], store: Store
) -> None:
    one = client("data manager")
    files = zipped({"ours/patients.csv": PATIENTS, "ours/mrd_samples.csv": SAMPLES, "__MACOSX/._x": "noise"})
    address, page = looked_at(one, ("ours.zip", files))
    assert "2 new patients, 0 who are here already" in page
    assert stored_in(store) == []
    done = one.post_form(f"{address}/store", {"revision": revision_in(page)})
    assert done.status_code == 303
    assert "2 new patients" in one.get(done.headers["location"]).text
    assert stored_in(store) == ["A-1", "A-2"]
    assert one.get(address).status_code == 404


def test_importing_the_same_files_again_would_change_nothing_and_says_so(client: Callable[..., Client]) -> None:
    one = client("data manager")
    files = (("patients.csv", PATIENTS), ("mrd_samples.csv", SAMPLES))
    address, page = looked_at(one, *files)
    one.post_form(f"{address}/store", {"revision": revision_in(page)})
    _, again = looked_at(one, *files)
    assert "0 new patients, 2 who are here already" in again
    assert "storing it would change nothing" in again


def test_one_table_alone_is_taken_and_a_bad_row_is_named_with_its_remedy(client: Callable[..., Client]) -> None:
    one = client("data manager")
    bad = PATIENTS + "A-3,female,2023-13-45,66\nA-4,<b>perhaps</b>,2023-01-01,5\n"
    address, page = looked_at(one, ("patients.csv", bad))
    assert "2023-13-45" in page
    assert "&lt;b&gt;perhaps" in page
    assert "<b>perhaps" not in page
    assert "2 new patients" in page
    rows = list(csv.DictReader(io.StringIO(one.get(f"{address}/faults.csv").text)))
    assert {row["line"] for row in rows} == {"4", "5"}


def test_of_many_faults_the_first_two_hundred_are_shown_and_the_download_has_all(client: Callable[..., Client]) -> None:
    one = client("data manager")
    bad = PATIENTS + "".join(f"B-{n},unsure,2023-01-01,60\n" for n in range(400))
    address, page = looked_at(one, ("patients.csv", bad))
    assert "The first 200 of 400 faults" in page
    assert len(page.encode()) < 200_000
    assert len(list(csv.DictReader(io.StringIO(one.get(f"{address}/faults.csv").text)))) == 400


def test_a_column_of_names_is_warned_of_by_itself(client: Callable[..., Client]) -> None:
    text = "patient_id,surname,sex\nA-1,Example,female\n"
    _, page = looked_at(client("data manager"), ("patients.csv", text))
    assert "This may name a person" in page
    assert "surname looks like a column" in page


def test_histories_that_cannot_be_are_shown_before_they_are_stored(client: Callable[..., Client]) -> None:
    early = "patient_id,transplant_date,number\nA-1,2022-12-01,1\n"
    _, page = looked_at(client("data manager"), ("patients.csv", PATIENTS), ("transplants.csv", early))
    assert "Histories that cannot be" in page


def test_a_change_by_somebody_else_stops_the_store_and_shows_the_file_anew(
    client: Callable[..., Client], store: Store
) -> None:
    one = client("data manager")
    address, page = looked_at(one, ("patients.csv", PATIENTS))
    store_registry(centre_of(store), Registry.from_tables({"patients": [{"patient_id": "A-1", "sex": "female"}]}), "x")
    answer = one.post_form(f"{address}/store", {"revision": revision_in(page)})
    assert answer.status_code == 409
    assert "records have changed" in answer.text
    assert stored_in(store) == ["A-1"]
    assert "1 new patient, 1 who is here already" in answer.text
    assert one.post_form(f"{address}/store", {"revision": revision_in(answer.text)}).status_code == 303
    assert stored_in(store) == ["A-1", "A-2"]


def test_simulated_patients_do_not_go_among_real_ones(client: Callable[..., Client], store: Store) -> None:
    store_registry(centre_of(store), Registry.from_tables({"patients": [{"patient_id": "R", "sex": "female"}]}), "x")
    files = zipped({"patients.csv": PATIENTS, "registry.toml": "simulated = true\n"})
    address, page = looked_at(client("data manager"), ("simulated.zip", files))
    assert "simulated patients and real ones are not kept in one centre" in page
    assert "<button>Store</button>" not in page
    client("data manager").post_form(f"{address}/store", {"revision": "1"})
    assert stored_in(store) == ["R"]


def test_what_is_discarded_is_gone_and_never_stored(client: Callable[..., Client], store: Store) -> None:
    one = client("data manager")
    address, page = looked_at(one, ("patients.csv", PATIENTS))
    assert one.post_form(f"{address}/discard").status_code == 303
    assert one.post_form(f"{address}/store", {"revision": revision_in(page)}).status_code == 404
    with store.reading() as connection:
        assert connection.execute(select(schema.pending_import)).all() == []


def test_a_file_that_waited_for_a_day_is_forgotten(client: Callable[..., Client], store: Store) -> None:
    one = client("data manager")
    address, _ = looked_at(one, ("patients.csv", PATIENTS))
    with store.writing() as connection:
        connection.execute(update(schema.pending_import).values(at=now() - KEPT_FOR - KEPT_FOR))
    assert one.get(address).status_code == 404
    assert forget_old(store) == 1


def test_another_centre_cannot_see_store_or_discard_the_file(client: Callable[..., Client], store: Store) -> None:
    address, page = looked_at(client("data manager"), ("patients.csv", PATIENTS))
    other = client("data manager", "South")
    for path in ("", "/state", "/faults.csv", "/fields.csv", "/draft.toml"):
        assert other.get(address + path).status_code == 404
    assert other.post_form(f"{address}/store", {"revision": revision_in(page)}).status_code == 404
    assert other.post_form(f"{address}/format", {"format": "fhir"}).status_code == 404
    other.post_form(f"{address}/discard")
    assert client("data manager").get(address).status_code == 200
    assert stored_in(store) == stored_in(store, "South") == []


def test_a_wrong_format_is_chosen_and_the_way_back_is_there(client: Callable[..., Client]) -> None:
    one = client("data manager")
    address, _ = looked_at(one, ("patients.csv", PATIENTS))
    assert one.post_form(f"{address}/format", {"format": "nothing"}).status_code == 422
    one.post_form(f"{address}/format", {"format": "fhir"})
    assert "This file cannot be read" in one.get(address).text
    one.post_form(f"{address}/format", {"format": ""})
    assert "2 new patients" in one.get(address).text


def test_a_table_of_another_shape_comes_with_a_mapping_that_was_drafted(client: Callable[..., Client]) -> None:
    one = client("data manager")
    theirs = "pat_no,gender,dx_date\nA-1,female,2023-01-02\n"
    address, page = looked_at(one, ("theirs.csv", theirs))
    assert "draft.toml" in page
    assert "[[table]]" in one.get(f"{address}/draft.toml").text
    mapping = (
        'tenfold_mapping = 1\n[[table]]\ninto = "patients"\nfile = "theirs.csv"\n[table.columns]\n'
        'patient_id = "pat_no"\nsex = "gender"\ndiagnosis_date = "dx_date"\n'
    )
    _, mapped = looked_at(one, ("theirs.csv", theirs), ("tenfold-mapping.toml", mapping))
    assert "1 new patient" in mapped or "mapping" in mapped


@pytest.mark.parametrize("role", ["viewer", "clinician", "laboratory"])
def test_who_may_not_import_sees_neither_way(client: Callable[..., Client], role: str) -> None:
    one = client(role)
    assert one.get("/import").status_code == 403
    assert one.get("/export").status_code == 403
    assert upload(one, ("patients.csv", PATIENTS)).status_code == 403


def test_no_file_name_and_no_identifier_stands_in_the_audit_trail(client: Callable[..., Client], store: Store) -> None:
    one = client("data manager")
    address, page = looked_at(one, ("Example_Erika_patients.csv", PATIENTS), ("patients.csv", PATIENTS))
    one.post_form(f"{address}/discard")
    with store.reading() as connection:
        said = json.dumps([list(row) for row in connection.execute(select(schema.audit))])
    assert "Erika" not in said
    assert "A-1" not in said
    assert page


def test_a_data_manager_uploads_looks_and_stores_in_the_browser(
    served: str, store: Store, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "patients.csv").write_text(PATIENTS + "A-3,perhaps,2023-01-01,60\n")
    (tmp_path / "mrd_samples.csv").write_text(SAMPLES)
    page = browser.new_page()
    page.goto(f"{served}/import")
    page.get_by_label("Name").fill("north data manager")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Files").set_input_files([tmp_path / "patients.csv", tmp_path / "mrd_samples.csv"])
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("2 new patients")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("cell", name="perhaps", exact=True)).to_be_visible()
    page.get_by_role("button", name="Store", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Stored")).to_be_visible(timeout=15_000)
    page.close()
    assert stored_in(store) == ["A-1", "A-2"]


def test_what_was_stored_is_told_without_its_rows(store: Store) -> None:
    from tenfold.service.looks import Looks

    looks = Looks()
    registry = Registry.from_tables({"patients": [{"patient_id": "A", "sex": "female"}]})
    done = store_registry(centre_of(store), registry, "x")
    looks.note(1, "k", done)
    told = looks.stored(1, "k")
    assert told is not None
    assert told == replace(done, _steps=[], faults=told.faults)
    assert looks.stored(2, "k") is None
