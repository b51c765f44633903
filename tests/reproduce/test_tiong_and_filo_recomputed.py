"""Tiong's twelve patients and FILO's quartiles recomputed: medians, follow-up, and what whole months cannot give."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction
from importlib import resources

import numpy as np
import polars as pl
import pytest
from asked_findings import ITSELF, of

from tenfold.reproduce import Finding, Verdict, tiong
from tenfold.reproduce.quartiles import fractions, nearest_neighbours
from tenfold.reproduce.rounding import rounds_to


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
