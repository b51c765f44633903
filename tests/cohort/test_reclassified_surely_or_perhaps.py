"""A patient whose possible states under two editions overlap may not have moved: such patients are counted apart."""

from __future__ import annotations

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.cohort.reclassified import Reclassified, reclassified
from tenfold.settings import DEFAULTS


def moved(*samples: dict, **tables: list) -> Reclassified:
    made = registry(
        mrd_samples=list(samples),
        responses=[remission(0)],
        treatments=[line(1, "consolidation", "cytarabine")],
        **tables,
    )
    editions = (DEFAULTS, DEFAULTS.changed(mrd__edition="ELN-MRD-2018"))
    return reclassified(*(assess(made, settings) for settings in editions))


def test_who_can_be_in_no_state_under_both_editions_is_reclassified() -> None:
    found = moved(sample(10, 0.02), sample(100, "neg"), sample(190, 0.05), sample(210, 0.06))
    assert found.in_words() == "1 of 1 patients reclassified"
    assert found.moved["reclassified"].to_list() == ["surely"]


def test_who_may_be_in_the_same_state_under_both_is_not_counted_as_reclassified() -> None:
    open_ = moved(
        sample(10, 0.02),
        sample(190, 0.05),
        sample(210, 0.3),
        completeness=[{"table": "mrd_samples", "complete": False}],
    )
    assert open_.in_words() == "0 of 1 patients reclassified; 1 more perhaps: what is possible differs, and overlaps"
    assert open_.moved["reclassified"].to_list() == ["perhaps"]
