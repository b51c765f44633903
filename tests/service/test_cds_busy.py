"""Many calls at once: the same patient is worked out once, a few patients at a time, and one too many is refused at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from cds_calls import CONFIRMED, NEGATIVE, RELAPSE, Service, resources, topics, view_request

from tenfold.service.cds_hooks import views
from tenfold.service.cds_hooks.services import PATIENT_VIEW

VIEW = f"/cds-services/{PATIENT_VIEW}"


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patients who are worked out, in order."""
    found: list[str] = []
    view_of = views.view_of

    def counted(patient, assessment):
        found.append(patient.patient_id)
        return view_of(patient, assessment)

    monkeypatch.setattr(views, "view_of", counted)
    return found


def test_a_chart_opened_twice_and_then_an_order_are_worked_out_once(worked_out: list[str]):
    service, found = Service(day=150), resources(mrd_samples=CONFIRMED)
    assert service.view(found) == service.view(found)
    assert service.order(found, ["venetoclax"])
    assert len(worked_out) == 1


def test_a_new_result_another_day_and_an_unanswered_search_are_worked_out_anew(worked_out: list[str]):
    service = Service(day=150)
    assert "molecular-state" not in topics(service.view(resources(mrd_samples=NEGATIVE)))
    assert "molecular-state" in topics(service.view(resources(mrd_samples=RELAPSE)))
    request = view_request(resources(mrd_samples=RELAPSE))
    del request["prefetch"]["procedures"]
    service.cards(PATIENT_VIEW, request)
    assert len(worked_out) == 3


def test_calls_for_the_same_patient_at_the_same_time_wait_for_one_working_out(worked_out: list[str]):
    service, found = Service(day=150), resources(mrd_samples=CONFIRMED)
    with ThreadPoolExecutor(8) as many:
        told = list(many.map(lambda _: service.view(found), range(8)))
    assert all(one == told[0] for one in told)
    assert len(worked_out) == 1


def test_one_too_many_is_refused_at_once_with_when_to_come_again_and_what_is_kept_is_answered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
):
    service, kept = Service(day=150), resources(mrd_samples=NEGATIVE)
    service.view(kept)
    others = [
        resources(mrd_samples=CONFIRMED[:-1], responses=[{"response_day": -60 + k}]) for k in range(views.AT_ONCE)
    ]
    begun, go_on = threading.Barrier(views.AT_ONCE + 1), threading.Event()
    monkeypatch.setattr(views, "view_of", _held(views.view_of, begun, go_on))
    with ThreadPoolExecutor(views.AT_ONCE) as many:
        under_way = [many.submit(service.view, one) for one in others]
        begun.wait(60)
        refused = service.client.post(VIEW, json=view_request(resources(mrd_samples=RELAPSE)))
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert refused.json() == {"error": "too many calls at the same time: try again later"}
        service.view(kept)
        go_on.set()
        assert all("molecular-state" in topics(one.result(60)) for one in under_way)
    monkeypatch.undo()
    assert service.view(resources(mrd_samples=RELAPSE))


def test_a_patient_who_cannot_be_read_takes_up_no_place():
    service, found = Service(day=150), resources(mrd_samples=NEGATIVE)
    wrong = view_request(found)
    wrong["prefetch"]["patient"] = {**wrong["prefetch"]["patient"], "id": "somebody-else"}
    for _ in range(views.AT_ONCE + 1):
        assert service.client.post(VIEW, json=wrong).status_code == 412
    assert service.view(found) is not None


def test_of_a_patient_without_leukaemia_nothing_is_worked_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tenfold.service.cds_hooks.cards.card", None)
    alone = [one for one in resources(mrd_samples=[], treatments=[], responses=[]) if one["resourceType"] == "Patient"]
    assert Service(day=150).view(alone) == []


def _held(work: Callable[..., object], begun: threading.Barrier, go_on: threading.Event) -> Callable[..., object]:
    def waits(patient, assessment):
        begun.wait(60)
        assert go_on.wait(60)
        return work(patient, assessment)

    return waits
