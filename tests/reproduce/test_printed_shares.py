"""Printed shares, checked again in plain Python: a changed digit changes the verdict."""

from __future__ import annotations

import copy
import re
from collections import Counter
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from asked_findings import ITSELF, of

from tenfold.evidence.library import papers, printed_numbers
from tenfold.reproduce import Finding, Verdict, tiong
from tenfold.reproduce.printed import CHECKS, check, would_fit
from tenfold.reproduce.rounding import one_value, rounds_to


def test_no_percentage_agrees_that_does_not_round_to_what_is_printed(found: list[Finding]) -> None:
    seen = Counter[Verdict]()
    for finding in found:
        share = re.fullmatch(r"(\d+) \(([\d.]+) %\)", finding.published)
        fraction = re.match(r"(\d+)/(\d+) = ", finding.recomputed or "")
        if not (share and fraction):
            continue
        count, denominator = int(fraction[1]), int(fraction[2])
        assert count == int(share[1])
        places = Decimal(1).scaleb(Decimal(share[2]).as_tuple().exponent)
        exactly = Decimal(100 * count) / denominator
        ways = {exactly.quantize(places, way) for way in (ROUND_HALF_UP, ROUND_HALF_DOWN)}
        assert (finding.verdict is Verdict.AGREES) == (Decimal(share[2]) in ways), finding
        seen[finding.verdict] += 1
    assert seen[Verdict.AGREES] > 150
    assert seen[ITSELF] == 8


@pytest.mark.parametrize(
    ("what", "published", "fits"),
    [
        ("G-CSF", "28 (42 %)", "28/66, 28/67"),
        ("Neutropenia", "36 (52 %)", "36/69"),
        ("Marrow: MRD reduced", "20 (46 %)", "No group below 44"),
        ("Venetoclax for 21 days", "15 (21.5 %)", "rounded to the nearest half"),
        ("Venetoclax for 28 days", "22 (31.5 %)", "rounded to the nearest half"),
    ],
)
def test_a_share_that_disagrees_names_the_groups_that_would_fit(
    found: list[Finding], what: str, published: str, fits: str
) -> None:
    (finding,) = of(found, "filo-2025", what)
    assert (finding.published, finding.verdict) == (published, ITSELF)
    assert fits in finding.why


def test_without_transplant_six_of_sixteen_is_38_percent_and_seven_would_be_44(found: list[Finding]) -> None:
    finding = next(f for f in found if f.discrepancy == "D-F2")
    assert finding.recomputed == "6/16 = 37.50 %"
    assert "7/16" in finding.why


def test_a_group_that_fits_really_gives_the_printed_share() -> None:
    for count, size, printed in [(28, 70, "42"), (36, 70, "52"), (53, 174, "31"), (56, 79, "84")]:
        said = would_fit(count, size, printed)
        for numerator, denominator in re.findall(r"(\d+)/(\d+)", said):
            assert round(100 * int(numerator) / int(denominator)) == int(printed)


def test_a_value_half_way_may_be_printed_either_way_and_no_further() -> None:
    assert [text for text in ("31", "32", "33", "34") if rounds_to(32.5, text)] == ["32", "33"]
    assert [text for text in ("32", "33") if rounds_to(32.51, text)] == ["33"]
    assert [text for text in ("2.0", "2.1") if rounds_to(2.04, text)] == ["2.0"]


@pytest.mark.parametrize(
    "pair", [("1.5", "1.49"), ("12", "11.8"), ("3.2", "3.18"), ("2.0", "2.0"), ("not reached",) * 2]
)
def test_one_quantity_printed_with_fewer_decimals_is_the_same_quantity(pair: tuple[str, str]) -> None:
    assert one_value(*pair)


@pytest.mark.parametrize(
    "pair", [("83", "82"), ("5", "6"), ("68.6", "67"), ("<0.001", "0.01"), ("III", "2"), ("1.5", "1.44")]
)
def test_two_values_are_not_one_quantity(pair: tuple[str, str]) -> None:
    assert not one_value(*pair)


CHANGED_DIGIT = [
    ("filo-2025", "percentage", {"count": 27, "of": 64}, "printed", "42", "43"),
    ("filo-2025", "sum", {"parts": [54, 16]}, "total", 70, 71),
    ("shahswar-2025", "subset", {"what": "Platelets, 10^9/l"}, "part", ["1", "496"], ["1", "946"]),
    ("shahswar-2025", "between", {"printed": ["53", "34"]}, "count", 68, 28),
    ("shahswar-2025", "hazard_ratio", {"ratio": "2.06"}, "ratio", "2.06", "2.60"),
]


@pytest.mark.parametrize(("paper", "kind", "which", "field", "old", "new"), CHANGED_DIGIT)
def test_a_changed_digit_in_the_printed_file_changes_the_verdict(
    paper: str, kind: str, which: dict[str, Any], field: str, old: Any, new: Any
) -> None:
    data = printed_numbers(paper)
    row = next(row for row in data[kind] if which.items() <= row.items())
    assert row[field] == old
    assert {finding.verdict for finding in check(paper, {kind: [row]})} == {Verdict.AGREES}
    assert ITSELF in {finding.verdict for finding in check(paper, {kind: [{**row, field: new}]})}


def test_a_changed_digit_in_a_table_changes_its_share_and_its_sum() -> None:
    row = {"group": "all", "size": 10, "missing": 2, "rows": [["a", 2, "25"], ["b", 6, "75"]]}
    for changed, wrong in [
        (row, 0),
        ({**row, "missing": 1}, 3),
        ({**row, "rows": [["a", 3, "25"], ["b", 6, "75"]]}, 2),
    ]:
        checked = list(check("filo-2025", {"breakdown": [{"where": "here", "what": "this", **changed}]}))
        assert [finding.verdict for finding in checked].count(ITSELF) == wrong


@pytest.mark.parametrize("row", printed_numbers("tiong-2021")["record"], ids=lambda row: row["key"])
def test_a_changed_number_in_the_text_is_seen_in_every_record_of_the_twelve_patients(row: dict[str, Any]) -> None:
    data = printed_numbers("tiong-2021")
    before = {finding.what + finding.where: finding.verdict for finding in tiong.findings(data)}[
        row["what"] + row["where"]
    ]
    expected = {"D-T1", "D-T3", "D-T5", "D-T8"}
    assert (before is ITSELF) == (row.get("discrepancy") in expected)
    for position, text in enumerate(row["printed"]):
        changed = copy.deepcopy(data)
        target = next(line for line in changed["record"] if line["key"] == row["key"])
        target["printed"][position] = "17" if text == "not reached" else str(Decimal(text) + Decimal(30))
        after = {f.what + f.where: f.verdict for f in tiong.findings(changed)}[row["what"] + row["where"]]
        assert after is ITSELF


def test_a_kind_of_row_that_nothing_checks_is_refused() -> None:
    with pytest.raises(ValueError, match="guess"):
        list(check("filo-2025", {"guess": []}))


def test_every_kind_of_check_is_used() -> None:
    assert {kind for key in papers() for kind in printed_numbers(key)} - {"record", "public_code"} == set(CHECKS)
