"""Planted relapses are found, and none is invented; a change of scale changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tenfold
from tenfold.mrd.planted import Course, adequately_sampled, confirmed, plant
from tenfold.records import Registry


def test_of_100_000_noise_free_series_every_planted_relapse_is_found_and_none_invented() -> None:
    planted = plant(100_000, noise=0.0, seed=7)
    truth = adequately_sampled(planted)
    assert 30_000 < truth.sum() < 70_000
    assert (confirmed(planted) == truth).all()
    assert not truth[np.isin(planted.course, (Course.CLEAR, Course.STABLE_LOW))].any()


def test_of_a_hundred_noise_free_series_too_the_remission_is_known_and_every_relapse_is_found() -> None:
    planted = plant(100, noise=0.0, seed=11)
    truth = adequately_sampled(planted)
    assert 30 < truth.sum() < 70
    assert (confirmed(planted, compiled=False) == truth).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_with_assay_noise_the_shares_are_those_that_the_docs_print(seed: int) -> None:
    planted = plant(20_000, noise=0.25, seed=seed)
    truth, found = adequately_sampled(planted), confirmed(planted)
    assert found[truth].mean() == pytest.approx(0.919, abs=0.01)
    assert found[~truth].mean() == pytest.approx(0.0116, abs=0.004)


def test_planted_conversions_double_as_published_about_11_days_with_the_stated_scatter_between_patients() -> None:
    planted = plant(20_000, noise=0.0, seed=5, months_between=1.0, samples=24)
    true, days = planted.true[planted.course == Course.CONVERSION], planted.days[0]
    growing = np.isfinite(true[:, :-1]) & (true[:, 1:] < 3.0)  # up to the most that is planted
    seen = growing.any(axis=1)
    rows, at = np.flatnonzero(seen), growing.argmax(axis=1)[seen]
    doubling = np.log10(2) * (days[at + 1] - days[at]) / (true[rows, at + 1] - true[rows, at])
    assert len(doubling) > 4_000
    assert np.median(doubling) == pytest.approx(11, rel=0.05)
    assert np.std(np.log10(doubling)) == pytest.approx(0.25, rel=0.1)


def test_plain_and_compiled_find_the_same() -> None:
    planted = plant(1_500, noise=0.3, seed=3)
    assert (confirmed(planted, compiled=False) == confirmed(planted, compiled=True)).all()


SCALES = {"percent_abl1": 1.0, "per_1e4_abl1": 100.0, "per_1e5_abl1": 1000.0}
levels = st.sampled_from([0.004, 0.02, 0.05, 0.2, 0.5, 1.9, 2.0, 5.0, 19.0, 20.0])
steps = st.lists(st.tuples(st.integers(5, 60), st.one_of(st.none(), levels)), min_size=2, max_size=9)


def states(taken: list[tuple[int, float | None]], scales: list[str]) -> list[Any]:
    rows, day = [], date(2024, 1, 1)
    for k, ((gap, level), scale) in enumerate(zip(taken, scales, strict=True)):
        day += timedelta(days=gap)
        rows.append(
            {
                "sample_id": f"s{k}",
                "patient_id": "A",
                "sample_date": day,
                "marker": "NPM1",
                "tissue": "marrow",
                "method": "rt-qpcr",
                "adequate": "yes",
                "detected": "no" if level is None else "yes",
                "scale": None if level is None else scale,
                "value": None if level is None else level * SCALES[scale],
            }
        )
    registry = Registry.from_tables(
        {
            "mrd_samples": rows,
            "responses": [{"patient_id": "A", "response_date": date(2024, 1, 1), "reported_response": "CR"}],
            "treatments": pl.DataFrame(schema={"patient_id": pl.String, "start_date": pl.Date}),
            "transplants": pl.DataFrame(schema={"patient_id": pl.String, "transplant_date": pl.Date}),
        }
    )
    samples = tenfold.assess(registry).molecular.filter(pl.col("row") == "sample")
    return samples.select("sample_id", "state_possible", "relapse_number", "mrd_level_band").rows()


@given(steps, st.data())
def test_converting_among_the_scales_of_abl1_never_changes_a_state(
    taken: list[tuple[int, float | None]], data: st.DataObject
) -> None:
    mixed = data.draw(st.lists(st.sampled_from(list(SCALES)), min_size=len(taken), max_size=len(taken)))
    assert states(taken, mixed) == states(taken, ["percent_abl1"] * len(taken))
