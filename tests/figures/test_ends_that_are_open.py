"""A treatment whose end is not on record: pale up to what follows it, and open where nothing does."""

from __future__ import annotations

from typing import Any

from drawn_patients import Layer, drawn, panels

from registries import line, registry, remission, sample


def lanes(**more: Any) -> list[Layer]:
    made = registry(responses=[remission(40)], mrd_samples=[sample(60, "neg"), sample(300, "neg")], **more)
    return panels(drawn(made))[-1]


def bars(found: list[Layer], lane: str) -> list[dict[str, Any]]:
    return [row for one in found if one.type == "bar" for row in one.rows if row["lane"] == lane]


def arrows(found: list[Layer]) -> list[dict[str, Any]]:
    return [row for one in found if one.type == "text" for row in one.rows]


def test_a_treatment_that_nothing_ended_runs_past_the_last_sample_to_an_open_end() -> None:
    found = lanes(treatments=[line(10)])
    [bar] = bars(found, "azacitidine+venetoclax")
    assert bar["start"] == 10
    assert bar["end"] > 300
    assert [row["lane"] for row in arrows(found)] == ["azacitidine+venetoclax"]
    assert not bar["known_end"]


def test_one_that_another_line_or_a_graft_followed_ends_pale_where_that_begins() -> None:
    found = lanes(treatments=[line(0, "induction", "cytarabine"), line(50)], transplants=[{"transplant_day": 120}])
    assert [row["end"] for row in bars(found, "cytarabine")] == [50]
    assert [row["end"] for row in bars(found, "azacitidine+venetoclax")] == [120]
    assert not arrows(found)


def test_one_with_a_last_day_ends_there_and_is_not_open() -> None:
    found = lanes(treatments=[line(10, end_day=80)])
    assert {row["end"] for row in bars(found, "azacitidine+venetoclax")} == {80}
    assert not arrows(found)
