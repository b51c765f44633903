"""Curves of many groups: told apart by colour and dash together, or refused in words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tenfold.cohort.survival import Curve, kaplan_meier
from tenfold.figures import style
from tenfold.figures.heading import headed
from tenfold.figures.kaplan_meier import kaplan_meier_figure


def curves(groups: int) -> dict[str, Curve]:
    drawn = np.random.default_rng(1)
    return {f"group {k}": kaplan_meier(drawn.exponential(20, 30), drawn.random(30) < 0.6) for k in range(groups)}


def test_no_two_of_twelve_lines_share_colour_and_dash() -> None:
    pairs = list(
        zip(
            style.line_colours(style.MOST_LINES),
            [tuple(one) for one in style.line_dashes(style.MOST_LINES)],
            strict=True,
        )
    )
    assert len(set(pairs)) == style.MOST_LINES == 12


def test_twelve_groups_are_drawn_with_a_legend_that_shows_the_dash() -> None:
    drawn = json.dumps(kaplan_meier_figure(curves(12), y_title="alive", x_title="months").to_dict())
    assert all(f"group {k}" in drawn for k in range(12))
    assert '"strokeDash": {"field": "group", "legend": {' in drawn


def test_more_groups_than_can_be_told_apart_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="13 groups: no more than 12"):
        kaplan_meier_figure(curves(13), y_title="alive", x_title="months")


def test_a_heading_keeps_what_the_chart_itself_said() -> None:
    chart = kaplan_meier_figure(curves(2), y_title=["without relapse", "or death"], x_title="months")
    first = headed(chart, "A title", ["Simulated."])
    again = headed(first, "Another", ["More."]).to_dict()["title"]
    assert again["text"] == ["Another"]
    assert again["subtitle"] == ["More.", "A title", "Simulated."]
