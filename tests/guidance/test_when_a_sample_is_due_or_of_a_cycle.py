"""When a sample is due, which marrows are of a cycle, and what is counted since a graft or a relapse."""

from __future__ import annotations

import pytest
from remission_patients import assessed, due, facts, picture
from test_options_from_records import facts as guided
from test_options_from_records import molecular, relapsed

from registries import Row, line, registry, remission, sample
from tenfold.guidance.remission.after_remission import CYCLE_4, NOT_SAMPLED
from tenfold.guidance.remission.negativity import negativity
from tenfold.guidance.remission.next_sample import EARLY, LATER
from tenfold.guidance.remission.relapse_now import sampling_in_relapse
from tenfold.logic.answering import answer


def test_without_a_day_nothing_is_overdue_where_nobody_recorded_which_cycle_it_is() -> None:
    tables = facts()
    del tables["cycles"]
    [row] = due(None, **tables)
    assert row["schedule"] == f"{EARLY} or {LATER}"
    assert row["overdue"] is None


@pytest.mark.parametrize(("on", "overdue"), [(533, False), (550, None), (561, None), (562, True)])
def test_a_sample_is_surely_overdue_where_it_is_by_either_schedule(on: int, overdue: bool | None) -> None:
    """The last marrow was on day 470: the next within two cycles or within three, and seven days of grace."""
    tables = facts()
    del tables["cycles"]
    [row] = due(on, **tables)
    assert row["schedule"] == f"{EARLY} or {LATER}"
    assert row["overdue"] is overdue


@pytest.mark.parametrize("day", [-20, 0])
def test_a_marrow_that_was_negative_before_the_first_dose_is_not_negative_by_cycle_4(day: int) -> None:
    """Venetoclax begins on day 0, in a remission of day -40; every sample is recorded."""
    tables = facts(responses=[remission(-40)], treatments=[line(0, "maintenance", intensive=False, line=1)])
    early = picture(**{**tables, "mrd_samples": [sample(day, "neg")]})
    [row] = answer(early, [CYCLE_4]).to_dicts()
    assert row["venetoclax_from"] == 0
    assert row["cycle_4_negative"] is row["cycle_4_sampled"] is False
    assert row[CYCLE_4.key] == NOT_SAMPLED
    later = picture(**{**tables, "mrd_samples": [sample(day, "neg"), sample(60, "neg")]})
    assert later["cycle_4_negative"].to_list() == [True]


def test_a_treatment_of_an_earlier_threat_is_none_of_the_relapse_that_came_after_it() -> None:
    """Azacitidine and venetoclax were begun on day 100; the relapse began on day 150."""
    samples = [sample(60, "neg"), sample(150, 0.4), sample(170, 0.9)]
    for later, begun in (([], None), ([line(175)], 175)):
        made = assessed(200, **facts(treatments=[line(0), line(100), *later], mrd_samples=samples, cycles=[]))
        [row] = sampling_in_relapse(made.molecular, "NPM1").to_dicts()
        assert row["tissues"] == ["marrow"]
        assert row["begun_low"] == row["begun_high"] == begun


@pytest.mark.parametrize("first", [True, False], ids=["undated first", "undated last"])
def test_negativity_has_no_longest_time_where_a_negative_marrow_has_no_day_and_nothing_bounds_it(first: bool) -> None:
    rows = [sample(day, "neg") for day in (60, 200)]
    rows.insert(0 if first else 2, sample(None, "neg", name="undated"))
    made = assessed(
        None,
        responses=[{"reported_response": "CR", "sequence": 1}],
        mrd_samples=[{**row, "sequence": place} for place, row in enumerate(rows, 2)],
    )
    [row] = negativity(made.registry, made.settings, made.molecular).to_dicts()
    assert row["negative_marrows_low"] == row["negative_marrows_high"] == 3
    assert row["negative_months_low"] == row["negative_gap_months_low"] == 4.6
    assert row["negative_months_high"] is row["negative_gap_months_high"] is None


GRAFT = {"transplant_day": 100}


@pytest.mark.parametrize("day", [100, 101])
def test_graft_versus_host_disease_recorded_on_the_day_of_the_graft_or_later_stands_without_an_end(day: int) -> None:
    events = [{"event_day": day, "kind": "acute GVHD"}]
    row = guided(molecular(sample(80, "neg"), transplants=[GRAFT], events=events), on=300)
    assert row["gvhd_active"] is row["gvhd_ever"] is True


@pytest.mark.parametrize("table", ["variants", "genes_tested"])
@pytest.mark.parametrize(("day", "repeated"), [(180, False), (205, True)])
def test_mutations_looked_for_since_the_overt_relapse_began_were_looked_for_again(
    table: str, day: int, repeated: bool
) -> None:
    """The relapse is of day 200."""
    row = guided(registry(**relapsed(**{table: [{"sample_day": day, "gene": "FLT3"}]})), on=210)
    assert row["overt"] is True
    assert row["genetics_repeated"] is repeated


@pytest.mark.parametrize(("day", "repeated"), [(170, False), (185, True)])
def test_mutations_looked_for_since_the_molecular_relapse_began_were_looked_for_again(day: int, repeated: bool) -> None:
    """Its first positive sample is of day 180."""
    looked: list[Row] = [{"sample_day": day, "gene": "FLT3"}]
    row = guided(molecular(sample(0, "neg"), sample(180, 3.0), sample(195, 4.0), genes_tested=looked), on=210)
    assert row["mrd_relapse"] is True
    assert row["genetics_repeated"] is repeated
