"""What the papers print beside what Tenfold recomputes: the verdicts are computed, and nothing is left out."""

from __future__ import annotations

import copy
import itertools
import json
import math
import random
import re
import tomllib
from collections import Counter
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from importlib import resources
from typing import Any

import numpy as np
import polars as pl
import pytest

from tenfold.evidence.library import discrepancies, papers, printed_numbers
from tenfold.reproduce import Finding, Verdict, as_data, profiles, reproduce, tiong, venprs, venprs_cohort
from tenfold.reproduce.literature import findings as recorded
from tenfold.reproduce.printed import CHECKS, check, would_fit
from tenfold.reproduce.quartiles import fractions, nearest_neighbours
from tenfold.reproduce.rounding import one_value, rounds_to

ITSELF, SOURCE = Verdict.DISAGREES_WITH_ITSELF, Verdict.DISAGREES_WITH_SOURCE


@pytest.fixture(scope="module")
def found() -> list[Finding]:
    return reproduce()


def of(found: list[Finding], paper: str, what: str) -> list[Finding]:
    matching = [finding for finding in found if finding.paper == paper and what in finding.what]
    assert matching, f"nothing is found on {what}"
    return matching


def only(paper: str, kind: str, **row: Any) -> Finding:
    (finding,) = check(paper, {kind: [{"where": "here", "what": "this", **row}]})
    return finding


# --- completeness


def test_every_discrepancy_of_the_list_is_shown(found: list[Finding]) -> None:
    assert {finding.discrepancy for finding in found} - {None} == set(discrepancies())


def test_the_list_holds_every_discrepancy_asked_for() -> None:
    asked = {
        f"D-{letter}{n}"
        for letter, last in {"V": 13, "F": 8, "T": 8, "H": 7, "M": 9, "X": 2}.items()
        for n in range(1, last + 1)
    }
    assert asked | {"D-JC", "D-R1", "B10", "B19", "B26", "G2"} <= set(discrepancies())


def test_every_paper_has_findings_and_a_citation(found: list[Finding]) -> None:
    assert {finding.paper for finding in found} == set(papers())
    assert all(re.search(r"20\d\d", finding.citation) for finding in found)


def test_every_printed_file_belongs_to_a_paper() -> None:
    files = {path.name for path in (resources.files("tenfold.evidence") / "printed").iterdir()}
    assert files == {f"{key}.toml" for key in papers()}


def test_every_finding_says_where_what_and_why(found: list[Finding]) -> None:
    for finding in found:
        assert all((finding.where, finding.what, finding.published)), finding
        assert len(finding.why) > 10, finding


def test_what_cannot_be_recomputed_always_says_why(found: list[Finding]) -> None:
    reasons = {finding.why for finding in found if finding.verdict is Verdict.CANNOT}
    assert len(reasons) > 10
    assert all(reason.strip() for reason in reasons)


def test_no_finding_stands_twice(found: list[Finding]) -> None:
    again = [key for key, n in Counter((f.paper, f.where, f.what, f.published, f.why) for f in found).items() if n > 1]
    assert again == []


def test_the_reading_of_a_discrepancy_stands_behind_its_reason(found: list[Finding]) -> None:
    for finding in found:
        if finding.discrepancy:
            assert discrepancies()[finding.discrepancy].resolution in finding.why


def test_findings_are_plain_data_with_their_citation(found: list[Finding]) -> None:
    data = json.loads(json.dumps([as_data(finding) for finding in found]))
    assert data[0]["citation"] == found[0].citation
    assert {row["verdict"] for row in data} == {str(verdict) for verdict in Verdict}


def test_no_discrepancy_of_arithmetic_is_recorded_by_hand(found: list[Finding]) -> None:
    """Only a doubtful citation or another source may be; leaving out what arithmetic shows is refused."""
    by_hand = {finding.discrepancy for finding in recorded({row.id for row in discrepancies().values()})}
    assert {discrepancies()[name or ""].kind for name in by_hand} == {"citation"}
    with pytest.raises(ValueError, match="D-F2"):
        list(recorded({row.id for row in discrepancies().values()} - {"D-F2"}))


def test_a_doi_stands_only_where_the_paper_was_read_with_one() -> None:
    assert {key for key, paper in papers().items() if paper.doi} == {"shahswar-2025", "molica-2025"}


# --- shares, checked again in plain Python


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


# --- a changed digit


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


# --- Tiong's twelve


def typed(table: str) -> pl.DataFrame:
    path = resources.files("tenfold.evidence") / "patients" / "tiong-2021" / f"{table}.csv"
    return pl.read_csv(path.read_bytes())


def test_the_median_before_venetoclax_of_cohort_2_disagrees_with_the_text(found: list[Finding]) -> None:
    (finding,) = [f for f in found if f.discrepancy == "D-T1"]
    levels = [0.0090, 0.0168, 0.0206, 14.1264, 10.8569, 0.0168, 1.4518]
    assert finding.recomputed == str(sorted(levels)[3])
    assert (finding.published, finding.verdict) == ("0.0208", ITSELF)


def test_the_text_makes_the_youngest_of_cohort_2_four_years_younger_than_table_1(found: list[Finding]) -> None:
    (finding,) = [f for f in found if f.discrepancy == "D-T8"]
    ages = typed("patients").filter(pl.col("patient_id") > "tiong-05")["age_years"]
    assert (finding.recomputed, finding.verdict) == (str(ages.min()), ITSELF)


def reverse_median(rows: list[tuple[float, str]]) -> float:
    """Reverse Kaplan-Meier median by hand: censored times are events, events leave at risk before those of their day."""
    share, at_risk = Fraction(1), len(rows)
    for time, event in sorted(rows):
        if event == "no":
            share *= Fraction(at_risk - 1, at_risk)
            if share < Fraction(1, 2):
                return time
        at_risk -= 1
    raise AssertionError("not reached")


def test_follow_up_is_reproduced_by_reverse_kaplan_meier_and_not_by_the_plain_median(found: list[Finding]) -> None:
    rows = typed("reported_outcomes").select("patient_id", "time_months", "event").rows()
    times = {row[0]: (float(row[1]), row[2]) for row in rows}
    cohort_2 = [value for name, value in times.items() if name > "tiong-05"]
    responders = [value for name, value in times.items() if name != "tiong-10"]
    for what, group in (("Median follow-up, months", cohort_2), ("Follow-up of the 11 responders", responders)):
        (finding,) = of(found, "tiong-2021", what)
        printed = finding.published.split(";")[0]
        assert finding.verdict is Verdict.AGREES
        assert f"{reverse_median(group):.1f}" == printed
        assert f"{np.median([time for time, _ in group]):.1f}" != printed


def test_two_thirds_of_cohort_2_are_free_of_relapse_at_the_median_follow_up(found: list[Finding]) -> None:
    (finding,) = of(found, "tiong-2021", "Relapse-free survival at 10.8")
    by_hand = Fraction(5, 6) * Fraction(4, 5)  # deaths and relapses at 4.9 and 5.6 months, 6 and 5 at risk
    assert finding.recomputed == f"{float(100 * by_hand):.2f}"
    assert finding.verdict is Verdict.AGREES


def test_whether_a_patient_became_negative_is_tenfolds_own_answer(found: list[Finding]) -> None:
    best = typed("mrd_samples").filter(pl.col("sample_id").str.ends_with("best"))
    assert set(tiong.cases().filter("negative")["patient_id"]) == set(
        best.filter(pl.col("detected") == "no")["patient_id"]
    )


# --- FILO's quartiles


def test_whole_months_cannot_give_14_and_a_quarter_by_kaplan_meier(found: list[Finding]) -> None:
    (finding,) = of(found, "filo-2025", "Quartiles of follow-up, all")
    assert finding.verdict is Verdict.CANNOT
    assert finding.recomputed is not None
    assert "type 7: with neighbours 1 and 0 apart" in finding.recomputed
    assert "Kaplan-Meier: not possible" in finding.recomputed


@pytest.mark.parametrize(("definition", "method"), [("type 7", "linear"), ("type 6", "weibull")])
@pytest.mark.parametrize("n", [16, 54, 70])
def test_quantiles_of_whole_numbers_lie_where_the_definition_says(definition: str, method: str, n: int) -> None:
    rng = random.Random(n)
    for at in (Fraction(1, 4), Fraction(3, 4)):
        where = fractions(n, at)[definition]
        values = sorted(rng.randrange(60) for _ in range(n))
        quantile = np.quantile(values, float(at), method=method)
        neighbours = itertools.pairwise(values)
        assert any(math.isclose(a + float(where) * (b - a), quantile) for a, b in neighbours)


def test_the_smallest_distance_of_neighbours_is_the_smallest() -> None:
    for printed, fraction in itertools.product(
        ["14.25", "31.5", "8.8", "28"], [Fraction(1, 4), Fraction(3, 4), Fraction(1, 2)]
    ):
        by_hand = [d for d in range(41) if any(rounds_to(a + fraction * d, printed) for a in range(40))]
        assert nearest_neighbours(printed, fraction) == (by_hand[0] if by_hand else None)


# --- VEN-PRS


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
