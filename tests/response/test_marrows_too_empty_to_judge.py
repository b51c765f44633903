"""A marrow too empty to judge shows no remission, but does show blasts; and what was published of patients stays so."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from test_course import count, marrow, response

from tenfold.risk.published import outcomes


@pytest.mark.parametrize(
    "aplastic",
    [{"spicules": False}, {"cells_counted": 150, "cellularity_pct": 5}],
    ids=["no spicules", "few cells"],
)
@pytest.mark.parametrize(
    ("blasts", "said"),
    [(3.9, "not evaluable"), (4.0, "not evaluable"), (4.9, "not evaluable"), (5.0, "no response")],
)
def test_an_aplastic_marrow_cannot_be_judged_while_its_blasts_are_below_5_percent(
    aplastic: dict[str, Any], blasts: float, said: str
) -> None:
    """The counts have not recovered, so that blasts of 5 % are no partial remission."""
    assert response(count(30, anc=0.2, platelets=20.0), marrows=[marrow(30, blasts, **aplastic)]) == said


def test_whoever_reads_what_was_published_of_a_group_cannot_change_it_for_the_next_reader() -> None:
    for outcome in outcomes():
        with pytest.raises(FrozenInstanceError):
            outcome.verified = True  # type: ignore[misc]
