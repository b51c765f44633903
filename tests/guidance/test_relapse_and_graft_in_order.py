"""What is under way in a patient, and of now: a relapse treated without a graft, genes without a day, a high ratio."""

from __future__ import annotations

import pytest
from remission_patients import TODAY, assessed
from remission_patients import facts as in_remission
from test_options_from_records import facts, relapsed

from registries import Row, line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.guidance.remission.picture import remission_picture
from tenfold.guidance.remission.relapse_now import relapses_under_way
from tenfold.guidance.remission.stopping import STOPPING


@pytest.mark.parametrize(
    ("grafts", "under_way"),
    [([], True), ([20], True), ([190], False), ([20, 190], False)],
    ids=["no graft", "a graft before it", "a graft after it", "a graft before and one after it"],
)
def test_a_relapse_treated_before_its_second_sample_is_under_way_until_a_graft_after_it(
    grafts: list[int], under_way: bool
) -> None:
    """The relapse is of day 150, its treatment of day 170."""
    made = registry(
        responses=[remission(0)],
        treatments=[line(-40, "induction", "cytarabine+daunorubicin"), line(170)],
        mrd_samples=[sample(60, "neg"), sample(150, 0.4)],
        transplants=[{"transplant_day": day} for day in grafts],
    )
    told = relapses_under_way(assess(made, on=200).molecular, "NPM1")
    assert told["relapse_under_way"].to_list() == [under_way]


@pytest.mark.parametrize(
    ("found", "tested", "said"),
    [
        ([205], [], True),
        ([None], [], None),
        ([None], [205], None),
        ([], [205], False),
        ([], [None], None),
    ],
    ids=["found now", "found once", "found once and tested now", "not found now", "tested once"],
)
def test_a_gene_looked_at_on_a_day_that_nobody_recorded_says_nothing_sure_of_the_relapse(
    found: list[int | None], tested: list[int | None], said: bool | None
) -> None:
    """It may have been looked at when the leukaemia was first diagnosed; the relapse is of day 200.

    Without a day of assessment everything that is recorded is known.
    """
    variants, genes_tested = ([{"sample_day": day, "gene": "IDH1"} for day in days] for days in (found, tested))
    row = facts(registry(**relapsed(variants=variants, genes_tested=genes_tested)))
    assert row["overt"] is True
    assert row["IDH1"] is said


@pytest.mark.parametrize(
    ("itd", "speaks_against"),
    [
        ([{"allelic_ratio": 0.49}], False),
        ([{"allelic_ratio": 0.5}], True),
        ([{"allelic_ratio": 0.9}], True),
        ([{}], None),
        ([], False),
    ],
    ids=["0.49", "0.5", "0.9", "ratio not recorded", "no FLT3-ITD"],
)
def test_where_only_a_high_ratio_counts_flt3_itd_speaks_against_stopping_from_a_half_on(
    itd: list[Row], speaks_against: bool | None
) -> None:
    """High is 0.5 or more, as ELN 2017 said. FLT3 was looked at in each of them."""
    variants = [
        {"sample_day": -90, "gene": "NPM1"},
        *({"sample_day": -90, "gene": "FLT3", "kind": "ITD", **one} for one in itd),
    ]
    made = assessed(**in_remission(variants=variants))
    [row] = remission_picture(
        made.registry,
        made.settings,
        made.molecular,
        made.risk,
        made.diagnosis,
        TODAY,
        STOPPING.changed(genes__flt3_itd="high ratio"),
    ).to_dicts()
    assert row["FLT3_ITD_against"] is speaks_against
