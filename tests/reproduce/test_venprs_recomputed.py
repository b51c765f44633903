"""VEN-PRS recomputed: its profiles, hazard ratios, medians and shares, and where they do not fit together."""

from __future__ import annotations

import itertools
import math
import re
import tomllib
from collections import Counter
from decimal import Decimal
from importlib import resources
from typing import Any

import polars as pl
import pytest
from asked_findings import ITSELF, SOURCE, of

from tenfold.evidence.library import printed_numbers
from tenfold.reproduce import Finding, Verdict, profiles, tiong, venprs, venprs_cohort
from tenfold.reproduce.printed import check


def only(paper: str, kind: str, **row: Any) -> Finding:
    (finding,) = check(paper, {kind: [{"where": "here", "what": "this", **row}]})
    return finding


def test_all_128_and_64_profiles_are_listed_once() -> None:
    table = profiles()
    assert dict(table.group_by("endpoint").len().rows()) == {"OS": 128, "EFS": 64}
    assert table.select(pl.exclude("score", "group", "group_from_hazard_ratios")).is_unique().all()


def test_profiles_recomputed_in_plain_python_fall_into_the_same_groups() -> None:
    path = resources.files("tenfold.risk") / "venprs.toml"
    published = tomllib.loads(path.read_text("utf-8"))
    for endpoint, sizes in (("OS", (12, 14, 102)), ("EFS", (9, 13, 42))):
        weights = {name: round(100 * float(row["weight"])) for name, row in published[endpoint]["weights"].items()}
        counted = Counter[str]()
        for row in profiles().filter(pl.col("endpoint") == endpoint).to_dicts():
            total = sum(weight for name, weight in weights.items() if row[name])
            group = "favourable" if total < 25 else "intermediate" if total <= 75 else "adverse"
            assert (row["score"], row["group"]) == (Decimal(total).scaleb(-2), group)
            assert row["group_from_hazard_ratios"] == group
            counted[group] += 1
        assert tuple(counted[name] for name in ("favourable", "intermediate", "adverse")) == sizes


def test_overall_and_event_free_groups_differ_in_23_of_128_profiles(found: list[Finding]) -> None:
    (finding,) = of(found, "shahswar-2025", "overall and for event-free survival differ")
    assert finding.recomputed == "23 of 128"


def test_a_quarter_is_never_and_three_quarters_once_reached(found: list[Finding]) -> None:
    scores = profiles()["score"].to_list()
    assert (scores.count(Decimal("0.25")), scores.count(Decimal("0.75"))) == (0, 1)
    (finding,) = [f for f in found if f.discrepancy == "D-V3"]
    assert finding.recomputed is not None
    assert "EFS extramedullary + prior_hma + FLT3 + SF3B1: intermediate" in finding.recomputed
    assert 0.57 + 0.45 + 0.6 - 0.87 > 0.75


def test_the_sign_of_sf3b1_in_the_public_script_moves_22_of_128_profiles(found: list[Finding]) -> None:
    weights = [90, 64, 94, 80, 49, 39]
    group = lambda total: (total >= 25) + (total > 75)  # noqa: E731
    sums = [sum(part) for n in range(7) for part in itertools.combinations(weights, n)]
    moved = sum(group(total - 98) != group(total + 98) for total in sums)
    finding = next(f for f in found if f.discrepancy == "D-R1" and "overall survival" in f.what)
    assert finding.verdict is SOURCE
    assert f"{moved} of 128" in finding.why
    assert moved == 22


def test_every_coefficient_is_the_logarithm_of_its_hazard_ratio(found: list[Finding]) -> None:
    rows = of(found, "shahswar-2025", "coefficient against hazard ratio")
    assert len(rows) == 13
    assert {row.verdict for row in rows} == {Verdict.AGREES}
    *_, coefficient = check(
        "shahswar-2025",
        {
            "hazard_ratio": [
                {"where": "", "what": "", "ratio": "2.26", "low": "1.2", "high": "5.4", "coefficient": "0.94"}
            ]
        },
    )
    assert coefficient.verdict is ITSELF


def test_one_hazard_ratio_does_not_lie_in_its_own_interval(found: list[Finding]) -> None:
    off = [row.what for row in of(found, "shahswar-2025", "against its interval") if row.verdict is not Verdict.AGREES]
    assert off == ["White blood cells, overall survival: hazard ratio against its interval"]
    assert math.sqrt(0.925 * 1.945) < 1.375


def test_pooled_medians_follow_the_exponential_mixture(found: list[Finding]) -> None:
    for medians, printed in (((14.2, 7.0, 3.1), "about 6.3"), ((21.4, 7.5, 4.6), "about 8.0")):
        pooled = venprs_cohort.pooled_median((46, 75, 53), medians)
        alive = sum(n * math.exp(-math.log(2) * pooled / m) for n, m in zip((46, 75, 53), medians, strict=True))
        assert alive == pytest.approx(87)
        assert printed in {finding.recomputed for finding in found if finding.discrepancy == "B10"}


def test_both_sets_of_medians_stand_with_equal_weight(found: list[Finding]) -> None:
    both = [f for f in found if f.discrepancy == "D-V1" and f.verdict is ITSELF]
    assert [f.published for f in both] == [
        f"{abstract} (Abstract); {results} (Results)"
        for abstract, results in (("21.4", "14.2"), ("7.5", "7.0"), ("4.6", "3.1"))
    ]


def test_five_months_cannot_be_the_event_free_median_of_eln_2022(found: list[Finding]) -> None:
    (finding,) = [f for f in found if f.discrepancy == "G2"]
    assert 240 - 60 - 33 > 120
    assert (finding.published, finding.recomputed, finding.verdict) == ("5.1", "0", Verdict.ANOTHER_DEFINITION)
    data = printed_numbers("shahswar-2025")
    table = next(row for row in data["breakdown"] if row["what"] == "Best response" and row["group"] == "all")
    table["rows"][0][1] += 80
    (changed,) = [f for f in venprs_cohort.findings(data) if f.discrepancy == "G2"]
    assert changed.verdict is Verdict.CANNOT


def test_aic_differences_above_two_need_two_parameters_and_give_the_printed_p(found: list[Finding]) -> None:
    (eln,) = of(found, "shahswar-2025", "ELN 2022, overall survival")
    assert eln.recomputed == f"likelihood ratio 0.20, p {math.exp(-0.1):.3f}"
    assert (eln.published, eln.verdict) == ("AIC difference 3.8, p 0.9", Verdict.AGREES)
    assert "at least 2 parameters" in eln.why
    (viale,) = of(found, "shahswar-2025", "VIALE-A score, overall survival")
    assert viale.verdict is Verdict.CANNOT
    impossible = only("shahswar-2025", "aic", difference="4.2", groups=3)
    assert impossible.verdict is not Verdict.AGREES


def test_no_whole_number_of_responders_gives_the_three_eln_shares(found: list[Finding]) -> None:
    (finding,) = [f for f in found if f.discrepancy == "D-V14"]
    assert finding.verdict is ITSELF
    assert all(round(100 * k / 47) != 44 for k in range(48))
    assert all(round(100 * k / 9) != 42 for k in range(10))
    fine = only("shahswar-2025", "whole_count", printed=["42"], groups=[["all", 12]])
    assert fine.verdict is Verdict.CANNOT


def test_a_whole_cannot_respond_more_often_than_both_its_parts(found: list[Finding]) -> None:
    rows = of(found, "shahswar-2025", ", against all")
    against = {row.published for row in rows if row.verdict is ITSELF}
    assert against == {"0 % v 38 %", "14 % v 37 %", "29 % v 38 %"}
    assert len(rows) == 9


def test_hazard_ratios_of_the_model_are_those_of_the_risk_room() -> None:
    assert {name: len(venprs.weights(name)) for name in venprs.SCORES} == {"OS": 7, "EFS": 6}


def test_the_cut_offs_hold_for_totals_outside_the_score_too() -> None:
    totals = [Decimal("0.24"), Decimal("0.25"), Decimal("0.75"), Decimal("0.76")]
    assert [venprs.group(total) for total in totals] == ["favourable", "intermediate", "intermediate", "adverse"]


def test_a_part_of_the_patients_cannot_have_fewer_white_cells_than_all_of_them(found: list[Finding]) -> None:
    beyond = [finding.what for finding in found if "range beyond" in finding.why and finding.verdict is ITSELF]
    assert beyond == ["White blood cells, 10^9/l"]
    above = only("shahswar-2025", "subset", whole=["0.1", "75"], part=["0.3", "77"])
    assert above.verdict is ITSELF


def test_three_variables_are_called_significant_that_table_4_does_not_show_so(found: list[Finding]) -> None:
    shown = {name for f in found if f.discrepancy == "D-V13" for name in re.findall(r"(\w+) p = ", f.why)}
    assert shown == {"FLT3", "TP53", "NF1"}
    assert {f.verdict for f in found if f.discrepancy == "D-V13"} == {ITSELF}


def test_treatment_before_venetoclax_leaves_out_venetoclax_itself() -> None:
    prior = dict(tiong.cases().select("patient_id", "prior").rows())
    assert prior["tiong-06"] == "DA+GO; DA3+8; Aza"
    assert prior["tiong-01"].endswith("GO+Aza")
