"""What holds of every endpoint: one patient's times to all of them, and none from tables that were not recorded."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from endpoint_lives import anything, cohort, moved
from endpoint_patients import Row, event, frame, marrow, patient, said, told
from registries import line, only, registry, sample
from tenfold.endpoints import EVERY_ENDPOINT
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.vocabulary import Clock


def life() -> dict[str, list[Row]]:
    """Somebody to whom nearly everything happened."""
    return {
        "patients": patient(death_day=900),
        "treatments": [
            line(5, "induction", line=1, end_day=150),
            line(320, "pre-emptive", line=2, end_day=450),
            line(700, "salvage", "gilteritinib", line=3),
        ],
        "responses": [said(40, "PR"), said(60, "CR"), said(680, "relapse")],
        "marrows": [marrow(-1, 70.0), marrow(680, 50.0)],
        "mrd_samples": [
            sample(70, 0.5),
            sample(100, "neg"),
            sample(250, 0.05),
            sample(280, 0.2),
            sample(380, "neg"),
            sample(600, 0.5),
            sample(640, 3.0),
        ],
        "events": [event(680, "relapse")],
    }


LIFE = {
    "OS": (900.0, "event", "death"),
    "RFS": (620.0, "event", "relapse"),
    "RFS-MRD": (350.0, "event", "MRD relapse"),
    "EFS-ELN2022": (680.0, "event", "relapse"),
    "EFS-failure-date": (680.0, "event", "relapse"),
    "EFS-ELN2017": (680.0, "event", "relapse"),
    "EFS-MRD": (250.0, "event", "MRD relapse"),
    "RFS-ELN2017": (620.0, "event", "relapse"),
    "RFS-MRD-symmetric": (350.0, "event", "MRD relapse"),
    "RFS-MRD-ELN2022": (190.0, "event", "MRD relapse"),
    "CIR": (620.0, "event", "relapse"),
    "CIR-MRD": (190.0, "event", "MRD relapse"),
    "remission duration": (620.0, "event", "relapse"),
    "TFR": (100.0, "event", "MRD relapse"),
    "TFR-relapse-only": (100.0, "event", "MRD relapse"),
    "time to MRD negativity": (95.0, "event", "MRD negativity"),
    "early death, 30 days": (30.0, "censored", None),
    "early death, 60 days": (60.0, "censored", None),
}


def test_one_patient_has_these_times_to_every_endpoint() -> None:
    made = registry(**life())
    assert {name: told(made, name) for name in EVERY_ENDPOINT} == LIFE


PUBLISHED = published()


@pytest.mark.parametrize("name", EVERY_ENDPOINT)
def test_no_endpoint_says_more_than_the_dates_of_the_published_patients(name: str) -> None:
    for found in frame(PUBLISHED, name).to_dicts():
        if found["left_out_because"] is None and found["source"] == "dates":
            assert found["time_days"] == found["end_day"] - found["start_day"] >= 0
        assert (found["left_out_because"] is None) == (found["time_months"] is not None)


@pytest.mark.parametrize("name", ["mrd_samples", "responses", "events", "treatments", "transplants", "marrows"])
def test_a_table_that_is_not_recorded_never_gives_another_time(name: str) -> None:
    """The same time, one that other tables still give, or none; never a time in which the event is lost."""
    whole = registry(**life())
    made = Registry.from_tables({k: v for k, v in whole.tables.items() if k != name}, relative=True)
    for endpoint in EVERY_ENDPOINT:
        found = told(made, endpoint)
        assert isinstance(found, str) or found == LIFE[endpoint], (name, endpoint, found)


@pytest.mark.parametrize("name", EVERY_ENDPOINT)
def test_nobody_and_everybody_undated_have_no_times(name: str) -> None:
    assert frame(Registry.from_tables({"patients": []}, relative=True), name).is_empty()
    assert isinstance(told(only(patients=[{"patient_id": "p"}]), name), str)


@settings(max_examples=2, phases=[Phase.generate], deadline=None)
@given(st.lists(anything, min_size=12, max_size=12).map(cohort), st.integers(-4000, 4000), st.randoms())
def test_neither_the_order_of_rows_nor_the_day_called_zero_matters(tables: Any, by: int, random: Any) -> None:
    tables["treatments"] = [{**r, "end_day": r["start_day"], "line": k} for k, r in enumerate(tables["treatments"], 1)]
    here = registry(**tables)
    shuffled = registry(**{name: random.sample(rows, len(rows)) for name, rows in tables.items()})
    there = registry(**moved(tables, by))
    asked: list[tuple[str, Clock | None]] = [(name, None) for name in EVERY_ENDPOINT]
    asked.append(("OS", Clock.VENETOCLAX_STOP))
    found, in_any_order, later = (
        [frame(made, *which, entry=Clock.TREATMENT if which[0] == "OS" else None) for which in asked]
        for made in (here, shuffled, there)
    )
    days = ("start_day", "end_day", "entry_day")
    for one, other, shifted in zip(found, in_any_order, later, strict=True):
        assert one.equals(other)
        assert one.with_columns(pl.col(days) + by).equals(shifted)


def test_dates_give_the_times_that_days_give() -> None:
    def on(row: Row) -> Row:
        zero = datetime.date(2016, 2, 28)
        return {
            (k.removesuffix("_day") + "_date" if k.endswith("_day") else k): (
                zero + datetime.timedelta(days=v) if k.endswith("_day") and v is not None else v
            )
            for k, v in row.items()
        }

    made = registry(relative=False, **{name: [on(r) for r in rows] for name, rows in life().items()})
    assert {name: told(made, name) for name in EVERY_ENDPOINT} == LIFE
