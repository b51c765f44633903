"""An independent oracle: the subset of molecular relapse in Clinical Quality Language, answered by `cql-execution`."""

from __future__ import annotations

import cql_oracle
import polars as pl
import pytest
from relapse_subset import changes, disagreements, ours

from tenfold.cohort.simulation import simulate_registry
from tenfold.mrd.streams import molecular_states
from tenfold.response.course import course
from tenfold.settings import DEFAULTS

PATIENTS, SEED = 80, 11


def test_molecular_relapses_are_those_that_cql_execution_finds() -> None:
    try:
        cql_oracle.installed()
    except LookupError as why:
        pytest.skip(str(why))
    registry = simulate_registry(PATIENTS, SEED, kind="mixed").registry
    turns = course(registry, DEFAULTS)
    molecular = molecular_states(registry, DEFAULTS, turns)
    theirs, remission, _ = cql_oracle.answered(cql_oracle.patients(registry, turns))
    unlike, counted = disagreements(molecular, theirs)
    assert unlike.rows() == []
    assert counted["asked"] > PATIENTS / 2
    assert counted["confirmed"] > PATIENTS / 20
    assert counted["suspected"] > counted["by_conversion"] > 0
    assert counted["confirmation_asked"] > counted["confirmed"]
    in_remission = changes(turns).filter("remission")["patient_id"].unique().sort()
    ids = registry.patient_ids()["patient_id"]
    assert ids.filter(pl.Series(remission)).sort().to_list() == in_remission.to_list()


def test_a_relapse_that_is_moved_or_left_out_is_seen() -> None:
    registry = simulate_registry(20, SEED, kind="npm1").registry
    molecular = molecular_states(registry, DEFAULTS, course(registry, DEFAULTS))
    mine = ours(molecular).filter("comparable", pl.col("id").is_not_null())
    told = mine.select("id", "conversion", pl.col("confirmed").fill_null(False))
    assert disagreements(molecular, told)[0].is_empty()
    assert disagreements(molecular, told.slice(1))[0].height == 1
    assert disagreements(molecular, told.with_columns(confirmed=~pl.col("confirmed")))[0].height > 0
