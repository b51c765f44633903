"""Laboratory runs through the pages: measured, read, signed once, and stored result by result where somebody says so."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from service_running import PASSWORD, Client, centre_of
from tenfold.records.registry import Registry
from tenfold.service.plates import Plate
from tenfold.service.store import schema
from tenfold.service.store.entry import history_of, records_of, write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "npm1-run"
RUN, MAP, PROFILE, DIAGNOSIS = (
    (EXAMPLE / name).read_bytes() for name in ("run.csv", "map.csv", "laboratory.toml", "diagnosis.csv")
)
SMALL = b"well,sample,target,role,copies,ct\n" + b"".join(
    f"{well},{sample},{target},{role},{copies},{ct}\n".encode()
    for well, sample, target, role, copies, ct in [
        *((f"A{i}", f"s{c}", "NPM1 A", "standard", c, 39.5 - 3.4 * n) for i, (n, c) in enumerate([(1, 10), (1, 10), (3, 1000), (3, 1000), (5, 100000), (5, 100000)], 1)),
        *((f"B{i}", f"s{c}", "ABL1", "standard", c, 38.5 - 3.35 * n) for i, (n, c) in enumerate([(3, 1000), (3, 1000), (4, 10000), (4, 10000), (5, 100000), (5, 100000)], 1)),
        *((f"C{i}", "L-77", "NPM1 A", "patient", "", 32.6 + i / 20) for i in (1, 2, 3)),
        *((f"D{i}", "L-77", "ABL1", "patient", "", 23.2 + i / 20) for i in (1, 2)),
        ("E1", "water", "NPM1 A", "no template", "", "Undetermined"), ("E2", "water", "ABL1", "no template", "", "Undetermined"),
    ]
)  # fmt: skip
"""A run whose file names a sample and nothing of its patient."""


def upload(one: Client, run: bytes = RUN, name: str = "run.csv", *, check: int = 303, **more: bytes):  # type: ignore[no-untyped-def]
    files = [("run", (name, run)), *((part, (f"{part}.x", content)) for part, content in more.items())]
    answer = one.post_form("/laboratory", files=files)
    assert answer.status_code == check, answer.text
    return answer


def example(one: Client) -> str:
    return str(upload(one, plate_map=MAP, profile=PROFILE, diagnosis=DIAGNOSIS).headers["location"])


def test_a_run_whose_file_says_no_day_is_placed_by_the_day_that_is_given(client: Callable[..., Client]) -> None:
    one = client("laboratory")
    files = {"run": ("run.csv", RUN), "plate_map": ("map.csv", MAP)}
    given = one.post_form("/laboratory", {"day": "2026-05-20"}, files=files)
    assert given.status_code == 303, given.text
    assert "20 May 2026" in one.get(given.headers["location"]).text
    refused = one.post_form("/laboratory", {"day": "20.5."}, files=files)
    assert refused.status_code == 422
    assert "20.5. is no date of a run: write it as 2026-05-20" in refused.text


@pytest.fixture
def people(store: Store) -> None:
    rows = [{"patient_id": name, "sex": "female"} for name in ("SIM-1", "SIM-2", "OTHER")]
    store_registry(centre_of(store), Registry.from_tables({"patients": rows}), "for the test")


def samples_of(store: Store, patient_id: str) -> list[dict[str, object]]:
    centre = centre_of(store)
    key = next(one.id for one in centre.patients() if one.patient_id == patient_id)
    return [row["content"] for row in records_of(centre, key) if row["kind"] == "mrd_samples"]


def test_a_run_is_a_report_and_nothing_of_it_is_a_fact_yet(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("laboratory")
    page = one.get(example(one)).text
    assert "SIM-1 cycle 2" in page
    assert "the diagnostic sample of 2026-01-12" in page
    assert "It can be stored as an MRD sample once the run is signed" in page
    assert samples_of(store, "SIM-1") == []
    assert len(page.encode()) < 200_000
    assert "run.csv" in one.get("/laboratory").text


def test_charts_come_from_addresses_of_their_own(client: Callable[..., Client]) -> None:
    one = client("laboratory")
    address = example(one)
    page = one.get(address).text
    for name in ("wells-wide", "wells-narrow", "curve-0-wide", "curve-1-narrow"):
        assert f"{address}/{name}.svg" in page
        chart = one.get(f"{address}/{name}.svg")
        assert chart.headers["content-type"].startswith("image/svg+xml")
        assert chart.text.startswith("<svg")
    assert one.get(f"{address}/curve-9-wide.svg").status_code == 404
    assert one.get(f"{address}/wells-huge.svg").status_code == 404


def test_a_signed_result_becomes_a_fact_of_the_patient_who_was_chosen_with_its_provenance(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("laboratory")
    address = example(one)
    refused = one.post_form(f"{address}/results/1", {"patient": "SIM-1"})
    assert refused.status_code == 422
    assert "sign the run first" in refused.text.lower()
    assert one.post_form(f"{address}/sign", {"comment": "controls in range", "password": PASSWORD}).status_code == 303
    page = one.get(address).text
    assert "Signed by north laboratory" in page
    assert "controls in range" in page
    stored = one.post_form(f"{address}/results/1", {"patient": "SIM-1"})
    assert stored.status_code == 303, stored.text
    (fact,) = samples_of(store, "SIM-1")
    assert fact["sample_date"] == "2026-03-16"
    assert fact["scale"] == "percent_abl1"
    assert fact["replicates_run"] == 3
    centre = centre_of(store)
    key = next(person.id for person in centre.patients() if person.patient_id == "SIM-1")
    newest = history_of(centre, key)[0]
    assert newest["account"] == "north laboratory"
    assert "signed by north laboratory" in newest["reason"]
    assert "Stored as an MRD sample of" in one.get(address).text


def test_a_result_is_stored_once_and_of_nobody_else_than_the_plate_map_says(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("laboratory")
    address = example(one)
    one.post_form(f"{address}/sign", {"password": PASSWORD})
    other = one.post_form(f"{address}/results/1", {"patient": "OTHER"})
    assert other.status_code == 422
    assert "The plate map says that this sample is of SIM-1" in other.text
    assert one.post_form(f"{address}/results/1", {"patient": "SIM-1"}).status_code == 303
    again = one.post_form(f"{address}/results/1", {"patient": "SIM-1"})
    assert again.status_code == 422
    assert "on record already" in again.text
    assert len(samples_of(store, "SIM-1")) == 1


def test_a_withdrawn_fact_can_be_stored_again_and_the_report_says_what_became_of_it(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("laboratory")
    address = example(one)
    one.post_form(f"{address}/sign", {"password": PASSWORD})
    one.post_form(f"{address}/results/1", {"patient": "SIM-1"})
    centre = centre_of(store)
    person = next(each for each in centre.patients() if each.patient_id == "SIM-1")
    record = next(row["id"] for row in records_of(centre, person.id) if row["kind"] == "mrd_samples")
    write_facts(centre, person.id, person.revision, end=[record], reason="wrong tube")
    assert "corrected or withdrawn since" in one.get(address).text
    assert one.post_form(f"{address}/results/1", {"patient": "SIM-1"}).status_code == 303


def test_a_result_is_not_stored_over_what_somebody_changed_since_the_form_was_opened(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("laboratory")
    address = example(one)
    one.post_form(f"{address}/sign", {"password": PASSWORD})
    shown = one.get(f"{address}/results/1").text.partition('name="shown" value="')[2].partition('"')[0]
    centre = centre_of(store)
    persons = {one.patient_id: one for one in centre.patients()}
    count = {"counts": [{"sample_date": "2024-01-05", "anc_e9_l": 1.2}]}
    write_facts(centre, persons["OTHER"].id, persons["OTHER"].revision, add=count)
    write_facts(centre, persons["SIM-1"].id, persons["SIM-1"].revision, add=count)
    late = one.post_form(f"{address}/results/1", {"patient": "SIM-1", "shown": shown})
    assert late.status_code == 409
    assert "since this form was opened. Nothing of yours was written" in late.text
    assert samples_of(store, "SIM-1") == []
    shown = one.get(f"{address}/results/1").text.partition('name="shown" value="')[2].partition('"')[0]
    other = centre.patient(persons["OTHER"].id)
    later = {"counts": [{"sample_date": "2024-02-05", "anc_e9_l": 1.4}]}
    write_facts(centre, other.id, other.revision, add=later)
    assert one.post_form(f"{address}/results/1", {"patient": "SIM-1", "shown": shown}).status_code == 303


def test_of_a_sample_without_a_plate_map_everything_is_asked_and_each_omission_is_named(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("laboratory")
    address = str(upload(one, SMALL).headers["location"])
    one.post_form(f"{address}/sign", {"password": PASSWORD})
    right = {"patient": "OTHER", "day": "2026-05-03", "tissue": "marrow", "sample_id": "M-9"}
    for name, said in (
        ("patient", "choose the patient"),
        ("day", "give the date"),
        ("tissue", "say where the sample was taken"),
    ):
        answer = one.post_form(f"{address}/results/0", {**right, name: ""})
        assert answer.status_code == 422
        assert said in answer.text.lower()
    for name, value, said in (("patient", "NOBODY", "no patient NOBODY"), ("day", "03/05/26", "is no date")):
        answer = one.post_form(f"{address}/results/0", {**right, name: value})
        assert answer.status_code == 422
        assert said in answer.text
        assert 'value="M-9"' in answer.text
    assert one.post_form(f"{address}/results/0", right).status_code == 303
    (fact,) = samples_of(store, "OTHER")
    assert (fact["sample_id"], fact["sample_date"], fact["tissue"], fact["marker"]) == ("M-9", "2026-05-03", "marrow", "NPM1")  # fmt: skip
    assert one.get(f"{address}/results/7").status_code == 404


def test_a_centre_that_keeps_days_gives_the_day_of_the_sample(client: Callable[..., Client], store: Store) -> None:
    made = Registry.from_tables({"patients": [{"patient_id": "D", "sex": "male"}]}, relative=True)
    store_registry(centre_of(store), made, "for the test")
    one = client("laboratory")
    address = str(upload(one, SMALL).headers["location"])
    one.post_form(f"{address}/sign", {"password": PASSWORD})
    given = {"patient": "D", "tissue": "blood", "sample_id": "M-1"}
    assert one.post_form(f"{address}/results/0", {**given, "day": "soon"}).status_code == 422
    assert one.post_form(f"{address}/results/0", {**given, "day": "120"}).status_code == 303
    (fact,) = samples_of(store, "D")
    assert fact["sample_day"] == 120
    assert "2000" not in json.dumps(fact)


def test_a_run_that_is_not_accepted_is_neither_signed_nor_stored(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("laboratory")
    dirty = SMALL.replace(b"E1,water,NPM1 A,no template,,Undetermined\n", b"E1,water,NPM1 A,no template,,30.0\n")
    assert dirty != SMALL
    address = str(upload(one, dirty).headers["location"])
    assert "none of its results may be signed" in one.get(address).text
    assert one.post_form(f"{address}/sign", {"password": PASSWORD}).status_code == 422
    given = {"patient": "OTHER", "day": "2026-05-03", "tissue": "marrow", "sample_id": "M-9"}
    assert one.post_form(f"{address}/results/0", given).status_code == 422
    assert samples_of(store, "OTHER") == []


def test_a_run_is_signed_once_and_the_signed_report_is_kept_as_it_was(client: Callable[..., Client]) -> None:
    one = client("laboratory")
    address = example(one)
    assert one.get(f"{address}/signed.html").status_code == 404
    one.post_form(f"{address}/sign", {"comment": "<b>seen</b>", "password": PASSWORD})
    assert one.post_form(f"{address}/sign", {"password": PASSWORD}).status_code == 409
    kept = one.get(f"{address}/signed.html")
    assert "Signed by north laboratory: &lt;b&gt;seen" in kept.text
    assert "attachment" in kept.headers["content-disposition"]


def test_a_run_is_compared_with_the_diagnostic_sample_on_record(client: Callable[..., Client], store: Store) -> None:
    rows = [dict(zip(DIAGNOSIS.decode().split("\n")[0].split(","), DIAGNOSIS.decode().split("\n")[1].split(","), strict=True))]  # fmt: skip
    made = Registry.from_tables({"patients": [{"patient_id": "SIM-1"}], "mrd_samples": rows})
    store_registry(centre_of(store), made, "for the test")
    one = client("laboratory")
    page = one.get(upload(one, plate_map=MAP, profile=PROFILE).headers["location"]).text
    assert "the diagnostic sample of 2026-01-12 (500 % of ABL1)" in page


WRONG: dict[str, dict[str, bytes]] = {
    "empty": {"run": b""},
    "noise": {"run": bytes(range(256)) * 50},
    "a page": {"run": b"<html>no run</html>"},
    "a cut archive": {"run": b"PK\x03\x04" + b"\0" * 200},
    "no run in it": {"run": b"a,b\n1,2\n"},
    "a wrong map": {"run": RUN, "plate_map": b"well,sample\nZ99,x\n"},
    "a wrong profile": {"run": RUN, "profile": b"[profile]\nname = 3\n[assay]\nnothing = 1\n"},
    "a profile of bytes": {"run": RUN, "profile": b"\xff\xfe\x00"},
    "a map of bytes": {"run": RUN, "plate_map": b"\xff\x00\xfe"},
    "a wrong diagnosis": {"run": RUN, "diagnosis": b"sample_id,patient_id\n1,2\n"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_run_is_refused_in_words_and_not_kept(
    client: Callable[..., Client], store: Store, what: str
) -> None:
    one = client("laboratory")
    parts = dict(WRONG[what])
    answer = upload(one, parts.pop("run"), "../../absurd\0name.csv", check=422, **parts)
    assert 'role="alert"' in answer.text
    assert "/tmp" not in answer.text
    with store.reading() as connection:
        assert connection.execute(select(schema.laboratory_run)).all() == []
    assert one.post_form("/laboratory").status_code == 422


def test_a_bomb_that_calls_itself_rdml_is_not_unpacked(client: Callable[..., Client]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rdml_data.xml", b"0" * 70_000_000)
    answer = upload(client("laboratory"), held.getvalue(), "run.rdml", check=422)
    assert "which no real file does" in answer.text


def test_other_roles_read_and_other_centres_see_nothing(client: Callable[..., Client], people: None) -> None:
    address = example(client("laboratory"))
    reader = client("viewer")
    assert reader.get(address).status_code == 200
    assert "Upload a run" not in reader.get("/laboratory").text
    upload(reader, check=403)
    assert reader.post_form(f"{address}/sign", {"password": PASSWORD}).status_code == 403
    assert reader.post_form(f"{address}/results/1", {"patient": "SIM-1"}).status_code == 403
    other = client("laboratory", "South")
    for path in ("", "/wells-wide.svg", "/curve-0-wide.svg", "/results/1", "/signed.html"):
        assert other.get(address + path).status_code == 404
    assert other.post_form(f"{address}/sign", {"password": PASSWORD}).status_code == 404
    assert other.post_form(f"{address}/results/1", {"patient": "SIM-1"}).status_code == 404
    assert "run.csv" not in other.get("/laboratory").text


def test_a_plate_is_the_same_after_it_was_kept() -> None:
    plate = Plate("run.csv", RUN, MAP, PROFILE, "[mrd]\n", "one", signed="<p>")
    assert Plate.unpacked(plate.packed()) == plate


def test_a_scientist_uploads_signs_and_stores_in_the_browser(
    served: str, store: Store, browser: Browser, people: None
) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 900})
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{served}/laboratory")
    page.get_by_label("Name").fill("north laboratory")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("input[name=run]").set_input_files(EXAMPLE / "run.csv")
    page.locator("input[name=plate_map]").set_input_files(EXAMPLE / "map.csv")
    page.locator("input[name=profile]").set_input_files(EXAMPLE / "laboratory.toml")
    page.get_by_role("button", name="Measure it").click()
    expect(page.get_by_role("heading", name="Results", exact=True)).to_be_visible(timeout=15_000)
    page.get_by_label("Comment").fill("fine")
    page.get_by_label("password").fill(PASSWORD)
    page.get_by_role("button", name="Sign as").click()
    page.locator("section.score", has_text="SIM-2 cycle 4").get_by_role("link", name="Store as an MRD").click()
    page.get_by_label("Patient", exact=False).first.fill("SIM-2")
    page.get_by_role("button", name="Store as an MRD sample").click()
    expect(page.get_by_text("Stored as an MRD sample of")).to_be_visible(timeout=15_000)
    page.close()
    assert len(samples_of(store, "SIM-2")) == 1


def test_a_run_is_signed_with_the_password_and_by_nothing_less(client: Callable[..., Client]) -> None:
    one = client("laboratory")
    address = example(one)
    for wrong in ("", "wrong"):
        answer = one.post_form(f"{address}/sign", {"comment": "kept", "password": wrong})
        assert answer.status_code == 422
        assert "nothing was signed" in answer.text
        assert ">kept</textarea>" in answer.text
    assert one.get(f"{address}/signed.html").status_code == 404
