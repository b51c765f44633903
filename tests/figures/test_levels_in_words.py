"""Numbers beside the marks: as a laboratory signs them, in no other's place, and a negative that is no low level."""

from __future__ import annotations

import pytest
from drawn_patients import drawn, layers

from registries import registry, sample
from tenfold.figures.numbers import as_signed, sensitivity_in_words


@pytest.mark.parametrize(
    ("measured", "signed"),
    [
        (2.59601, "2.6"),
        (0.150722, "0.151"),
        (5200.0, "5200"),
        (520_000.0, "520000"),
        (0.0000123456, "0.0000123"),
        (95.0, "95"),
        (1.9996, "1.9996"),
        (2.0, "2"),
        (200.04, "200.04"),
    ],
)
def test_a_level_is_signed_with_three_digits_and_never_rounded_onto_a_limit(measured: float, signed: str) -> None:
    assert as_signed(measured) == signed


@pytest.mark.parametrize(("sensitivity", "said"), [(1e-5, "10^-5"), (3.98793e-06, "10^-5.4"), (1e-3, "10^-3")])
def test_a_sensitivity_is_a_power_of_ten(sensitivity: float, said: str) -> None:
    assert sensitivity_in_words(sensitivity) == said


def test_a_high_level_is_written_out_and_a_word_at_an_edge_is_turned_inwards() -> None:
    samples = [sample(100, 0.12), sample(400, 5200.0)]
    words = [
        (row["word"], one.mark["align"])
        for one in layers(drawn(registry(mrd_samples=samples)))
        if one.type == "text"
        for row in one.rows
        if row.get("word")
    ]
    assert ("5200 %", "right") in words


def test_a_negative_and_a_level_below_quantification_have_different_marks() -> None:
    samples = [sample(5, 5.0), sample(100, "neg"), sample(200, "det")]
    marks = {
        row["sample"]: one.mark["shape"]
        for one in layers(drawn(registry(mrd_samples=samples)))
        if one.type == "point" and "shape" in one.mark
        for row in ({"sample": "negative" if not each["detected"] else "detected"} for each in one.rows)
    }
    assert marks["negative"] != marks["detected"] == "triangle-down"
