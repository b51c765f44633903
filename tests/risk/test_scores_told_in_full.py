"""Whoever reads a score sees its items' points, its cut-offs, and what it would be if the untested genes were wild type."""

from __future__ import annotations

from tenfold.calculator import calculate

KNOWN = ["extramedullary=no", "prior_hma=yes", "FLT3=yes", "TP53=no"]


def test_the_total_of_venprs_stands_beside_its_cut_offs_and_the_sum_of_what_is_known() -> None:
    told = calculate("VEN-PRS-OS", KNOWN)[0]["total_in_words"]
    assert told == (
        "total between 0.15 and 2.87 (favourable below 0.25, intermediate from 0.25 up to 0.75, adverse above 0.75); "
        "only if each that is not known were no: 1.13, adverse"
    )


def test_a_complete_score_says_one_total_and_supposes_nothing() -> None:
    told = calculate("VEN-PRS-OS", [*KNOWN, "NF1=no", "PTPN11=no", "SF3B1=yes"])[0]["total_in_words"]
    assert told.startswith("total 0.15 (")
    assert "not known" not in told


def test_each_item_says_its_points_and_an_unknown_one_both_that_it_may_have() -> None:
    points = {row["wording"]: row["points"] for row in calculate("VEN-PRS-OS", KNOWN)[0]["because"]}
    assert points["Azacitidine or decitabine before"] == "0.64"
    assert points["TP53 mutated"] == "0"
    assert points["SF3B1 mutated"] == "0 or -0.98"


def test_nothing_is_supposed_where_nothing_is_known() -> None:
    assert "were no" not in calculate("Mayo-2025", [])[0]["total_in_words"]


def test_what_is_no_score_has_neither_points_nor_total() -> None:
    [told] = calculate("ELN-2022", ["NPM1=yes"])
    assert told["total_in_words"] is None
    assert {row["points"] for row in told["because"]} == {None}
