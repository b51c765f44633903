"""The form of an MRD sample shows at once what its result hangs on, and speaks of its lists in the words they show."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from service_running import Client, centre_of
from tenfold.service.store.entry import add_patient
from tenfold.service.store.store import Store


@pytest.fixture
def key(store: Store) -> str:
    return add_patient(centre_of(store), {"patient_id": "N-1", "diagnosis_date": "2023-01-10"}).id


def test_the_control_gene_and_the_day_of_the_report_are_not_folded(client: Callable[..., Client], key: str) -> None:
    page = client("clinician").get(f"/patients/{key}/entry/mrd_samples").text
    shown = page.partition("<details")[0]
    for name in ("control_gene", "control_copies", "reported_date"):
        assert f'name="{name}"' in shown


def test_a_missing_scale_is_asked_for_in_the_words_of_the_list(client: Callable[..., Client], key: str) -> None:
    one = client("clinician")
    form = one.get(f"/patients/{key}/entry/mrd_samples").text
    typed = dict(re.findall(r'<input type="hidden" name="(_\w+)" value="(\d+)">', form))
    typed |= {"sample_id": "m1", "sample_date": "2023-06-10", "tissue": "marrow", "marker": "NPM1", "value": "0.25"}
    told = one.post_form(f"/patients/{key}/entry/mrd_samples", typed)
    assert told.status_code == 422
    assert "one of % of ABL1" in told.text
    live = one.post_form(f"/patients/{key}/entry/mrd_samples/check", typed).text
    assert "one of % of ABL1" in live
    assert "percent_abl1" not in live
