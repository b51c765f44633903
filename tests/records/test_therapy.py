"""Which rows are a graft, wherever it is recorded."""

from __future__ import annotations

from registries import registry
from tenfold.records.therapy import grafts


def line(day: int) -> dict[str, object]:
    return {"line": 1, "intent": "transplant", "start_day": day}


def test_a_line_of_treatment_beside_a_recorded_graft_is_that_graft() -> None:
    made = registry(transplants=[{"transplant_day": 107}], treatments=[line(100)])
    assert grafts(made)["earliest_day"].to_list() == [107]


def test_a_graft_that_only_a_line_records_is_one_also_beside_a_later_one() -> None:
    made = registry(transplants=[{"transplant_day": 700}], treatments=[line(100)])
    assert grafts(made)["earliest_day"].sort().to_list() == [100, 700]


def test_a_graft_of_the_patients_own_cells_is_told_apart() -> None:
    made = registry(
        transplants=[{"transplant_day": 100, "donor": "Autologous"}, {"transplant_day": 400, "donor": "sibling"}]
    )
    assert grafts(made).sort("order")["autologous"].to_list() == [True, False]


def test_a_line_without_a_day_is_not_taken_for_the_graft_of_another_time() -> None:
    undated = {"line": 1, "intent": "transplant", "sequence": 1}
    made = registry(transplants=[{"transplant_day": 700, "sequence": 5}], treatments=[undated])
    assert grafts(made).height == 2
