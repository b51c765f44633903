"""Planted runs, by cycles and by partitions: the intervals hold the planted ratio, whatever the order of the wells."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tenfold.assay.measure import MeasuredRun, measure
from tenfold.assay.planted import PlantedSample, planted_digital_run, planted_run
from tenfold.assay.profile import DEFAULT
from tenfold.assay.rows import mrd_rows
from tenfold.exchange.run import Run


def test_a_control_gene_counted_in_more_partitions_does_not_make_a_negative() -> None:
    """4,200 copies of ABL1 in each well; the target in one, ABL1 in three: the target saw 4,200."""
    planted = planted_digital_run([PlantedSample("S", 0, 4_200)], seed=3)
    abl1 = planted.partitions.filter((pl.col("sample") == "S") & (pl.col("target") == "ABL1"))
    more = [abl1.with_columns(well=pl.lit(f"P{n}")) for n in (1, 2)]
    measured = measure(Run("d", "a test", partitions=pl.concat([planted.partitions, *more])))
    [row] = measured.results.to_dicts()
    assert row["eac_result"] == "not evaluable"
    assert row["control_copies"] == pytest.approx(4_200, rel=0.1)


def test_partitions_of_different_volume_are_compared_by_volume() -> None:
    planted = planted_digital_run([PlantedSample("S", 800, 30_000)], seed=3)
    halved = planted.partitions.with_columns(
        partition_nl=pl.when(pl.col("target") == "NPM1 A").then(0.455).otherwise(0.91)
    )
    same, other = (measure(Run("d", "a test", partitions=p)).results for p in (planted.partitions, halved))
    assert other["percent"][0] == pytest.approx(2 * same["percent"][0])


def shares_inside(runs: list[MeasuredRun], truth: dict[str, float]) -> tuple[int, int]:
    inside = total = 0
    for measured in runs:
        for row in measured.results.filter(pl.col("eac_result") == "quantified").to_dicts():
            inside += row["ratio_low"] <= truth[row["sample"]] <= row["ratio_high"]
            total += 1
    return inside, total


def samples_of(seed: int, count: int) -> list[PlantedSample]:
    import numpy as np

    random = np.random.default_rng(seed)
    return [
        PlantedSample(f"S{n}", float(10 ** random.uniform(1.2, 5.5)), float(10 ** random.uniform(3.8, 5)))
        for n in range(count)
    ]


def test_the_interval_holds_the_planted_ratio_nineteen_times_in_twenty() -> None:
    """60 simulated runs of 25 samples; the share is within what chance allows around 95 %."""
    planted = samples_of(5, 25)
    truth = {s.name: math.log10(s.target / s.control) for s in planted}
    inside, total = shares_inside([measure(planted_run(planted, seed=seed)) for seed in range(60)], truth)
    assert total > 1400
    assert 0.935 <= inside / total <= 0.98


def test_the_interval_holds_in_small_runs_too() -> None:
    """300 runs of 3 samples: there is little to learn the noise from."""
    inside = total = 0
    for seed in range(300):
        planted = samples_of(seed, 3)
        truth = {s.name: math.log10(s.target / s.control) for s in planted}
        more, of = shares_inside([measure(planted_run(planted, seed=seed))], truth)
        inside, total = inside + more, total + of
    assert total > 700
    assert 0.935 <= inside / total <= 0.985


def test_the_interval_of_digital_pcr_holds_the_planted_ratio_nineteen_times_in_twenty() -> None:
    planted = [PlantedSample(s.name, min(s.target, 2e4), min(s.control, 5e4)) for s in samples_of(6, 25)]
    truth = {s.name: math.log10(s.target / s.control) for s in planted}
    inside, total = shares_inside([measure(planted_digital_run(planted, seed=seed)) for seed in range(60)], truth)
    assert total > 1400
    assert 0.935 <= inside / total <= 0.98


def test_digital_pcr_gives_the_same_rows_as_cycles() -> None:
    planted = [PlantedSample("S1", 800, 30_000), PlantedSample("S2", 0, 30_000)]
    samples = pl.DataFrame(
        {"sample": ["S1", "S2"], "patient_id": ["P", "Q"], "sample_date": ["2026-05-03"] * 2, "tissue": ["marrow"] * 2}
    )
    digital, _ = mrd_rows(measure(planted_digital_run(planted, seed=1), DEFAULT, samples))
    cycles, _ = mrd_rows(measure(planted_run(planted, seed=1), DEFAULT, samples))
    assert digital.schema == cycles.schema
    assert digital["detected"].to_list() == cycles["detected"].to_list() == ["yes", "no"]
    assert digital["method"].to_list() == ["digital pcr"] * 2
    assert digital["value"][0] == pytest.approx(cycles["value"][0], rel=0.3)


def test_two_positive_partitions_are_not_enough() -> None:
    run = planted_digital_run([PlantedSample("S1", 0, 30_000)], seed=1)
    for positive, said in ((2, "not detected"), (3, "detected, below quantification")):
        is_target = (pl.col("sample") == "S1") & (pl.col("target") == "NPM1 A")
        partitions = run.partitions.with_columns(positive=pl.when(is_target).then(positive).otherwise("positive"))
        measured = measure(Run("d", "a test", partitions=partitions))
        assert measured.results["eac_result"].to_list() == [said]


@given(st.integers(0, 10_000), st.randoms())
def test_the_order_of_the_wells_in_the_file_changes_no_result(seed: int, random: Any) -> None:
    run = planted_run(samples_of(seed, 5), seed=seed)
    order = list(range(run.wells.height))
    random.shuffle(order)
    shuffled = Run(run.name, run.format, wells=run.wells[order])
    columns = ["sample", "copies", "control_copies", "percent", "ratio_low", "eac_result", "eac_sample"]
    one_way, other = (measure(each).results.select(columns).sort("sample") for each in (run, shuffled))
    assert_frame_equal(one_way, other, rel_tol=1e-9)
