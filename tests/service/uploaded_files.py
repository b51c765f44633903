"""Files that tests send through the pages, and what is stored of them."""

from __future__ import annotations

import io
import zipfile

from service_running import Client, centre_of
from tenfold.service.store.store import Store

PATIENTS = "patient_id,sex,diagnosis_date,age_at_diagnosis_years\nA-1,female,2023-01-02,71\nA-2,male,2023-02-03,66\n"
SAMPLES = (
    "sample_id,patient_id,sample_date,tissue,marker,value,scale\n"
    "S1,A-1,2023-05-01,marrow,NPM1,0.02,percent_abl1\nS2,A-2,2023-06-01,marrow,NPM1,1.5,percent_abl1\n"
)


def zipped(files: dict[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def upload(one: Client, *files: tuple[str, str | bytes]):  # type: ignore[no-untyped-def]
    return one.post_form("/import", files=[("files", (name, content)) for name, content in files])


def looked_at(one: Client, *files: tuple[str, str | bytes]) -> tuple[str, str]:
    """The address and text of the page that says what a file would do."""
    answer = upload(one, *files)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    for _ in range(40):
        page = one.get(address)
        assert page.status_code == 200
        if "data-poll" not in page.text:
            break
    return address, page.text


def revision_in(page: str) -> str:
    return page.split('name="revision" value="')[1].split('"')[0]


def stored_in(store: Store, name: str = "North") -> list[str]:
    return [one.patient_id for one in centre_of(store, name).patients()]
