"""Simulated registries: the same patients whatever is asked for at once, without faults, and true to their truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tenfold
from tenfold.cohort.cox import cox
from tenfold.cohort.simulation import Simulated, simulate_registry, stream
from tenfold.cohort.simulation.blocks import BLOCK
from tenfold.cohort.simulation.molecular import planted_relapses
from tenfold.cohort.simulation.numbers import FREQUENCIES, frequency, number
from tenfold.cohort.simulation.population import COEFFICIENTS
from tenfold.cohort.survival import kaplan_meier
from tenfold.endpoints import EVERY_ENDPOINT, times
from tenfold.mrd.streams import molecular_states
from tenfold.records.tables import TABLES
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.response.course import course
from tenfold.risk.venprs import GENES
from tenfold.settings import DEFAULTS
from tenfold.snapshot import snapshot
from tenfold.vocabulary import Clock, MolecularState

KINDS = ("venprs", "npm1", "mixed")
ENDPOINTS = ("OS", "EFS")
CERTAIN = (MolecularState.RELAPSE_CONFIRMED.value, MolecularState.IN_RELAPSE.value)


@pytest.fixture(scope="module")
def four_thousand() -> pl.DataFrame:
    """The truth of a cohort in which VEN-PRS is to be found again."""
    truth = simulate_registry(4_000, seed=1).truth
    weighed = list(COEFFICIENTS["OS"])
    return truth.with_columns(pl.col(weighed).cast(pl.Int8))


def frames(simulated: Simulated) -> dict[str, pl.DataFrame]:
    return {**simulated.registry.tables, "truth": simulated.truth, "samples": simulated.samples}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_patients_come_out_whatever_is_asked_for_at_once(kind: str) -> None:
    together = frames(simulate_registry(2 * BLOCK + 150, seed=5, kind=kind))
    parts = [simulate_registry(n, 5, kind, first) for n, first in ((BLOCK, 0), (BLOCK, 1), (150, 2))]
    for name, frame in together.items():
        if name != "completeness":
            assert pl.concat([frames(part)[name] for part in parts]).equals(frame), name


def test_another_seed_gives_other_patients() -> None:
    one, other = (simulate_registry(100, seed=seed).truth for seed in (1, 2))
    assert not one.drop("patient_id").equals(other.drop("patient_id"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_is_filled_labelled_simulated_and_without_a_fault(kind: str) -> None:
    registry = simulate_registry(600, kind=kind).registry
    assert registry.check().is_empty()
    assert registry.set_aside.is_empty()
    assert registry.simulated
    assert "SIMULATED" in str(registry.title)
    assert all(source.startswith("simulated") for source in registry.sources.values())
    assert {name for name, frame in registry.tables.items() if frame.height} == set(TABLES)


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 2**31), st.integers(0, 10**6), st.sampled_from([0.0, 0.25, 0.6]))
def test_no_seed_makes_a_fault_or_a_time_that_cannot_be(kind: str, seed: int, block: int, noise: float) -> None:
    simulated = simulate_registry(120, seed, kind, block, noise=noise)
    assert simulated.registry.check().is_empty()
    truth = simulated.truth.filter("venetoclax")
    assert (truth["OS_days"] >= truth["EFS_days"]).all()
    assert (truth["EFS_days"] > 0).all()
    assert (truth["EFS_event"] | ~truth["OS_event"]).all()
    assert simulated.samples["sample_id"].n_unique() == simulated.registry.table("mrd_samples").height


@pytest.mark.parametrize("wrong", [{"kind": "apl"}, {"patients": 0}, {"seed": -1}, {"noise": -0.1}])
def test_what_cannot_be_simulated_is_refused_in_words(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"simulated|simulate|whole numbers|noise"):
        simulate_registry(**({"patients": 10} | wrong))  # type: ignore[arg-type]


def test_every_number_says_where_it_comes_from_and_whether_it_was_read() -> None:
    for section, entries in FREQUENCIES.items():
        for name, entry in ({section: entries} if "source" in entries else entries).items():
            assert entry["source"], name
            assert isinstance(entry["verified"], bool), name


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_cox_on_4000_patients_finds_the_coefficients_within_3_standard_errors(
    four_thousand: pl.DataFrame, endpoint: str
) -> None:
    wanted = COEFFICIENTS[endpoint]
    model = cox(four_thousand, time=f"{endpoint}_days", event=f"{endpoint}_event", covariates=list(wanted))
    for name, coefficient in wanted.items():
        found = model[name]
        assert found.coefficient is not None
        assert found.standard_error is not None
        assert abs(found.coefficient - coefficient) < 3 * found.standard_error, name
        assert found.standard_error < 0.15


def median_months(rows: pl.DataFrame, endpoint: str) -> float:
    curve = kaplan_meier(rows[f"{endpoint}_days"] / DAYS_PER_MONTH, rows[f"{endpoint}_event"])
    median = curve.median().value
    assert median is not None
    return float(median)


def test_the_whole_cohort_has_the_published_medians_and_the_groups_their_order(four_thousand: pl.DataFrame) -> None:
    assert median_months(four_thousand, "OS") == pytest.approx(7.9, abs=0.5)
    assert median_months(four_thousand, "EFS") == pytest.approx(5.1, abs=0.35)
    for endpoint in ENDPOINTS:
        score = pl.col(f"log_hazard_{endpoint}").round(2)
        groups = [score < 0.25, (score >= 0.25) & (score <= 0.75), score > 0.75]
        medians = [median_months(four_thousand.filter(group), endpoint) for group in groups]
        assert medians[0] > 1.3 * medians[1] > 1.3 * 1.3 * medians[2]


def test_frequencies_are_the_published_ones_within_sampling_error(four_thousand: pl.DataFrame) -> None:
    shares = frequency("genes_relapsed") | {
        name: number(f"relapsed.{name}") for name in ("extramedullary", "prior_hma")
    }
    for name in COEFFICIENTS["OS"]:
        error = np.sqrt(shares[name] * (1 - shares[name]) / four_thousand.height)
        assert abs(four_thousand[name].mean() - shares[name]) < 4 * error, name  # type: ignore[operator]


def test_few_patients_are_likelier_to_die_than_to_have_an_event(four_thousand: pl.DataFrame) -> None:
    assert 0.01 < float(four_thousand["EFS_bounded"].mean()) < 0.04  # type: ignore[arg-type]


def test_survival_and_event_free_survival_read_from_the_records_are_the_true_ones() -> None:
    simulated = simulate_registry(150, seed=9)
    assessed = tenfold.assess(simulated.registry)
    for endpoint, rule in (("OS", "OS"), ("EFS", "EFS-failure-date")):
        found = times(
            simulated.registry,
            assessed.history,
            assessed.molecular,
            EVERY_ENDPOINT[rule],
            Clock.VENETOCLAX,
            marrows=assessed.marrows,
        )
        both = found.join(simulated.truth.filter("venetoclax"), on="patient_id")
        assert both.height == 150
        assert both["time_days"].cast(pl.Int64).to_list() == both[f"{endpoint}_days"].to_list()
        assert both["event"].to_list() == both[f"{endpoint}_event"].to_list()
    assert assessed.conflicts.is_empty()


def test_the_records_on_the_first_day_of_venetoclax_tell_what_the_score_weighs() -> None:
    simulated = simulate_registry(14, seed=4)
    for true in simulated.truth.iter_rows(named=True):
        day = simulated.registry.day_number(true["index_date"])
        registry = simulated.registry.patient(true["patient_id"]).as_of(day)
        picture = snapshot(registry, DEFAULTS, course(registry, DEFAULTS), GENES, day).row(0, named=True)
        assert {name: picture[name] for name in COEFFICIENTS["OS"]} == {name: true[name] for name in COEFFICIENTS["OS"]}
        assert picture["relapsed_or_refractory"]
        assert picture["hma_venetoclax"]
        assert picture["prior_venetoclax"] is False


def looked_for(simulated: Simulated) -> pl.DataFrame:
    """Each sample that is asked: whether a relapse is planted on it, and whether one is found for certain by then."""
    registry = simulated.registry
    walked = molecular_states(registry, DEFAULTS, course(registry, DEFAULTS), compiled=True)
    walked = walked.filter(pl.col("row") == "sample")
    certain = pl.col("state_possible").list.eval(pl.element().is_in(CERTAIN)).list.all()
    rows = simulated.samples.join(walked.select("sample_id", "tissue", "order", found=certain), on="sample_id")
    rows = rows.filter("asked").sort("patient_id", "tissue", "order")
    return rows.with_columns(confirmed_next=pl.col("found").shift(-1).over("patient_id", "tissue"))


def by_stream(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("patient_id", "tissue").agg(pl.col("planted_relapse", "found").any())


@pytest.mark.parametrize("kind", KINDS)
def test_without_noise_every_planted_relapse_is_found_and_none_invented(kind: str) -> None:
    rows = looked_for(simulate_registry(700, seed=6, kind=kind, noise=0.0))
    planted = rows.filter("planted_relapse")
    assert planted.height > 50
    assert planted["confirmed_next"].all()
    streams = by_stream(rows)
    assert (streams["planted_relapse"] == streams["found"]).all()
    assert set(planted["true_state"]) == {"rising"}


def test_with_assay_noise_the_shares_found_and_invented_are_as_stated() -> None:
    streams = by_stream(looked_for(simulate_registry(1_500, seed=2, kind="mixed", noise=0.25)))
    assert streams.filter("planted_relapse")["found"].mean() == pytest.approx(0.965, abs=0.02)
    assert streams.filter(~pl.col("planted_relapse"))["found"].mean() == pytest.approx(0.02, abs=0.01)


N, D = None, 0.0
"""Not detected; detected, below quantification."""


@pytest.mark.parametrize(
    ("levels", "planted"),
    [
        ([N, 0.1, 0.2], 1),
        ([N, D, D, N], 1),
        ([N, 0.1, N, 0.1, N], None),
        ([N, N, 0.1], None),
        ([0.1, 0.5, 0.9], None),
        ([0.1, 1.0, 2.0], 1),
        ([0.1, 1.0, 0.5, 1.5, 1.6], 3),
        ([3.0, 40.0, 50.0], None),
        ([D, 0.1, 0.1], None),
        ([D, 0.3, 0.4], 1),
        ([0.1, 0.2, N, 0.1, 0.1], 3),
    ],
)
def test_a_relapse_is_planted_where_two_samples_in_a_row_show_it(
    levels: list[float | None], planted: int | None
) -> None:
    control = np.full((1, len(levels)), 50_000.0)
    copies = np.array([[np.nan if level in (N, D) else level * 500 for level in levels]], float)
    seen = np.array([[level is not None for level in levels]])
    one_segment = np.ones((1, len(levels)), np.int64)
    found = planted_relapses(seen, copies, control, one_segment, one_segment > 0)
    assert np.flatnonzero(found[0]).tolist() == ([] if planted is None else [planted])


def test_a_transplant_or_a_new_remission_begins_the_series_anew() -> None:
    seen = np.array([[False, True, True, False]])
    copies, control = np.array([[np.nan, 50.0, 90.0, np.nan]]), np.full((1, 4), 50_000.0)
    asked = np.ones((1, 4), bool)
    assert planted_relapses(seen, copies, control, np.array([[1, 1, 1, 1]]), asked)[0, 1]
    assert not planted_relapses(seen, copies, control, np.array([[1, 2, 2, 2]]), asked).any()
    assert not planted_relapses(seen, copies, control, np.array([[1, 1, 2, 2]]), asked).any()


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_streamed_registry_is_one_registry_in_buckets_whatever_is_written_at_once(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    tell = lambda done, of: seen.append((done, of))  # noqa: E731
    assert stream(tmp_path / "three", 2_100, 8, 3, tell, blocks_to_a_part=1) == ["0000", "0001", "0002"]
    stream(tmp_path / "again", 2_100, 8, 3)
    assert stream(tmp_path / "one", 2_100, 8, blocks_to_a_part=2) == ["0000"]
    assert seen == [(1000, 2100), (2000, 2100), (2100, 2100)]
    assert content(tmp_path / "three") == content(tmp_path / "again")
    whole = simulate_registry(2_100, seed=8, kind="mixed")
    for registry in (tenfold.read(tmp_path / "three"), tenfold.read(tmp_path / "one")):
        # Of two thousand invented patients two may share birth date, sex and date of diagnosis.
        assert registry.check().filter(~pl.col("rule").str.contains("may be one person")).is_empty()
        assert registry.simulated
        assert "SIMULATED" in str(registry.title)
        assert registry.tables.keys() == whole.registry.tables.keys()
        for name, frame in whole.registry.tables.items():
            assert registry.table(name).equals(frame), name
    truth = pl.read_parquet(tmp_path / "three" / "truth" / "patients" / "*" / "*.parquet", hive_partitioning=False)
    assert truth.equals(whole.truth)


def test_a_registry_is_not_streamed_over_another(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id\nA\n", "utf-8")
    with pytest.raises(ValueError, match="already holds something"):
        stream(tmp_path, 10)
    with pytest.raises(ValueError, match="at least one bucket"):
        stream(tmp_path / "other", 10, buckets=0)
