"""Which samples count: the highest of a day, after alignment, and what the others leave open; stream by stream."""

from __future__ import annotations

from typing import Any

import pytest

from registries import Row, registry, remission, sample
from tenfold.assessment import assess
from tenfold.mrd.samples import counting_samples
from tenfold.settings import DEFAULTS, Alignment, Settings
from tenfold.vocabulary import MolecularState

CR = [remission(0)]


def uncalled(day: int, name: str, **more: Any) -> Row:
    """A sample of which neither a call nor an amount is recorded."""
    return sample(day, "neg", name=name) | {"detected": None, "control_copies": None} | more


def possible(*samples: Row) -> set[str]:
    return set(assess(registry(responses=CR, mrd_samples=list(samples)), on=300).patients["state_possible"][0])


def test_a_sample_that_was_too_poor_to_call_does_not_stand_against_an_adequate_negative_of_that_day() -> None:
    poor = uncalled(40, "poor", adequate=False)
    assert possible(sample(40, "neg", name="good"), poor) == {MolecularState.NEGATIVE}
    assert possible(poor) == {MolecularState.NOT_SAMPLED}


def test_beside_a_sample_without_a_call_a_level_of_that_day_is_the_least_it_can_be() -> None:
    """The one without a call may have been higher: the rise over the level before may be tenfold."""
    before, level = sample(10, 0.05), sample(40, 0.06, name="level")
    assert possible(before, level) == {MolecularState.DETECTABLE}
    assert possible(before, level, uncalled(40, "no call")) == {
        MolecularState.DETECTABLE,
        MolecularState.RELAPSE_UNCONFIRMED,
    }


@pytest.mark.parametrize(
    ("asked", "measured", "aligned"),
    [
        ({}, {}, True),
        ({"assay": "B"}, {"assay": "B"}, True),
        ({"assay": "B"}, {"assay": "A"}, False),
        ({"assay": "B"}, {}, False),
        ({"marker": "NPM1"}, {}, True),
        ({"marker": "RUNX1::RUNX1T1"}, {}, False),
        ({}, {"laboratory": "Another"}, False),
        ({}, {"laboratory": None}, False),
        ({}, {"scale": "percent_of_diagnosis"}, False),
    ],
)
def test_a_level_is_aligned_in_the_laboratory_assay_marker_and_scale_that_the_factor_is_for(
    asked: dict[str, Any], measured: dict[str, Any], aligned: bool
) -> None:
    settings = Settings(DEFAULTS.entries, (Alignment("Old", "New", 10, "ring trial", **asked),))
    made = registry(mrd_samples=[sample(10, 0.05, **({"laboratory": "Old"} | measured))])
    [row] = counting_samples(made, settings).to_dicts()
    assert row["shift"] == (1.0 if aligned else 0.0)
    assert row["aligned_low"] == pytest.approx(row["low"] + row["shift"])
    assert (row["measured_by"] == "New") is aligned


def test_a_negative_is_aligned_with_its_laboratory() -> None:
    settings = Settings(DEFAULTS.entries, (Alignment("Old", "New", 10, "ring trial"),))
    made = registry(mrd_samples=[sample(10, "neg", laboratory="Old"), sample(40, 0.05, laboratory="New")])
    rows = counting_samples(made, settings).sort("order")
    assert rows["measured_by"].to_list() == ["New", "New"]
    assert rows["shift"].to_list() == [1.0, 0.0]


def test_samples_stand_in_the_order_of_their_streams_those_of_unrecorded_method_last() -> None:
    taken = [
        sample(10, "neg", name="a", method=None),
        sample(40, 0.05, name="b"),
        sample(20, "neg", name="c"),
        sample(30, "neg", name="d", tissue="blood"),
    ]
    made = registry(responses=CR, mrd_samples=taken)
    in_streams = assess(made, on=300).molecular.filter(row="sample")["sample_id"].to_list()
    assert counting_samples(made, DEFAULTS)["sample_id"].to_list() == in_streams == ["d", "c", "b", "a"]
