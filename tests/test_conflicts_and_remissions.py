"""Remissions with their molecular depth, and what the records say against themselves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

import tenfold
from tenfold.mrd.qualified import RESPONSE_WITH_MRD
from tenfold.records import Registry
from tenfold.settings import DEFAULTS

DAY0 = date(2023, 1, 1)
NO_TRANSPLANT = pl.DataFrame(schema={"patient_id": pl.String, "transplant_date": pl.Date})


def on(day: int) -> date:
    return DAY0 + timedelta(days=day)


def assessed(settings: Any = DEFAULTS, **tables: list[dict[str, Any]]) -> Any:
    known: dict[str, Any] = {
        "patients": [{"patient_id": "A", "diagnosis_date": DAY0}],
        "treatments": [
            {
                "patient_id": "A",
                "intent": "consolidation",
                "drugs": "cytarabine",
                "start_date": on(40),
                "end_date": on(100),
            }
        ],
        "transplants": NO_TRANSPLANT,
        "mrd_samples": pl.DataFrame(schema={"sample_id": pl.String, "patient_id": pl.String, "sample_date": pl.Date}),
        **{name: [{"patient_id": "A", **row} for row in rows] for name, rows in tables.items()},
    }
    return tenfold.assess(Registry.from_tables(known), settings)


def sample(day: int, percent: float | None, **facts: Any) -> dict[str, Any]:
    level = {} if percent is None else {"value": percent, "scale": "percent_abl1"}
    return {
        "sample_id": f"s{day}{facts.get('tissue', 'marrow')}",
        "sample_date": on(day),
        "marker": "NPM1",
        "tissue": "marrow",
        "method": "rt-qpcr",
        "control_gene": "ABL1",
        "control_copies": 50_000,
        "detected": "no" if percent is None else "yes",
        **level,
        **facts,
    }


def depth(day: int, samples: list[dict[str, Any]], settings: Any = DEFAULTS, said: str = "CR") -> set[str]:
    found = assessed(
        settings, mrd_samples=samples, responses=[{"response_date": on(day), "reported_response": said}]
    ).remissions
    return set(found[f"{RESPONSE_WITH_MRD.key}_possible"][0])


def test_a_remission_with_a_negative_sample_nearby_is_mrd_negative() -> None:
    assert depth(30, [sample(40, None)]) == {"CR MRD-negative"}
    assert depth(30, [sample(40, None)], said="CRh") == {"CRh MRD-negative"}


def test_a_remission_without_a_sample_in_the_window_is_not_assessed() -> None:
    assert depth(30, [sample(59, None)]) == {"CR, MRD not assessed"}
    assert depth(30, [sample(58, None)]) == {"CR MRD-negative"}


def test_of_several_samples_the_least_favourable_counts() -> None:
    assert depth(30, [sample(35, None), sample(36, 0.5, tissue="blood")]) == {"CR MRD-positive"}


def test_low_level_is_mrd_ll_at_the_end_of_treatment_only_except_for_filo() -> None:
    assert depth(110, [sample(112, 0.5)]) == {"CR MRD-LL"}
    assert depth(110, [sample(112, 2.0)]) == {"CR MRD-positive"}
    assert depth(45, [sample(45, 0.5)]) == {"CR MRD-positive"}
    assert depth(45, [sample(45, 0.5)], DEFAULTS.changed(mrd__edition="FILO-2025")) == {"CR MRD-LL"}


def test_an_inadequate_negative_assesses_nothing() -> None:
    assert depth(30, [sample(40, None, adequate="no")]) == {"CR, MRD not assessed"}


def test_unknown_calls_leave_the_depth_open() -> None:
    unknown = {**sample(40, None), "detected": None}
    assert depth(30, [unknown]) >= {"CR MRD-negative", "CR MRD-positive"}


def test_the_rate_without_mrd_is_given_with_and_without_low_level() -> None:
    row = assessed(
        mrd_samples=[sample(112, 0.5)], responses=[{"response_date": on(110), "reported_response": "CR"}]
    ).remissions.row(0, named=True)
    assert (row["without_mrd"], row["without_mrd_or_low"]) == (False, True)


def found(**tables: Any) -> list[tuple[str, str, str]]:
    frame = assessed(**tables).conflicts
    return [tuple(row) for row in frame.select("what", "recorded", "derived").iter_rows()]


CR = {"response_date": on(30), "reported_response": "CR"}


def test_a_relapse_written_down_after_the_marrow_that_shows_it_is_one_relapse_dated_twice() -> None:
    tables = {
        "responses": [CR],
        "marrows": [{"sample_date": on(200), "blasts_pct": 40}],
        "events": [{"event_date": on(221), "kind": "relapse"}],
    }
    assert found(**tables) == [("day of the relapse", "reported relapse", "marrow blasts")]
    tables["events"] = [{"event_date": on(200), "kind": "relapse"}]
    assert found(**tables) == []


def test_the_centres_own_molecular_word_is_held_against_the_derived_state() -> None:
    samples = [sample(110, None), sample(200, 0.5)]
    word = {"response_date": on(200), "reported_mrd": "negative"}
    assert found(mrd_samples=samples, responses=[CR, word]) == [
        ("molecular state", "reported negative", "MRD relapse, unconfirmed in marrow")
    ]
    assert found(mrd_samples=samples, responses=[CR, {**word, "reported_mrd": "relapse"}]) == []


def test_a_complete_quiet_record_has_no_conflict() -> None:
    assert found(mrd_samples=[sample(110, None)], responses=[CR]) == []
