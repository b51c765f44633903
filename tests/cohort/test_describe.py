"""Table 1, group comparisons against R, treatments and what followed, fractions, scores, and survival by group."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registries import line, registry, remission
from relapse_cohort import PATIENTS, cycle, relapse_cohort
from tenfold.assessment import Assessment, assess
from tenfold.cohort import group_tests
from tenfold.cohort.characteristics import Variable, cells, characteristics, counted, p_in_words
from tenfold.cohort.describe import describe, patient_facts, score_values, table_1_variables, vaf_by_gene
from tenfold.cohort.group_tests import (
    CHI_SQUARED,
    FISHER,
    chi_squared,
    compare_counts,
    compare_numbers,
    fisher_exact,
)
from tenfold.cohort.index_treatment import for_molecular_disease, index_treatment
from tenfold.cohort.subsequent import LEVELS, subsequent_counts, subsequent_therapy
from tenfold.cohort.survival_by_group import survival_by_factor, survival_by_group
from tenfold.cohort.treatment_table import treatment_facts, treatment_table
from tenfold.endpoints import OVERALL_SURVIVAL, RELAPSE_FREE_SURVIVAL
from tenfold.endpoints.time_zero import ImmortalTime
from tenfold.exchange.published import published, tiong_cohorts
from tenfold.risk.venprs import GENES
from tenfold.risk.venprs import OVERALL_SURVIVAL as VEN_PRS
from tenfold.vocabulary import Clock

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "group_tests.json").read_text())


@pytest.fixture(scope="module")
def cohort() -> Assessment:
    return assess(relapse_cohort())


@pytest.fixture(scope="module")
def tiong() -> Assessment:
    return assess(published())


def groups_of(assessment: Assessment) -> pl.DataFrame:
    return pl.DataFrame([{"patient_id": k, "group": v} for k, v in tiong_cohorts(assessment.registry).items()])


@pytest.mark.parametrize("name", GOLDEN["tables"])
def test_tests_of_counts_are_rs(name: str) -> None:
    golden = GOLDEN["tables"][name]
    assert fisher_exact(golden["counts"]) == pytest.approx(golden["fisher"], rel=1e-6)
    found = chi_squared(golden["counts"])
    assert found.p == pytest.approx(golden["chi_squared"], rel=1e-9)
    assert found.statistic == pytest.approx(golden["statistic"], rel=1e-9, abs=1e-12)
    assert chi_squared(golden["counts"], correct=False).p == pytest.approx(golden["chi_squared_uncorrected"], rel=1e-9)


@pytest.mark.parametrize("name", GOLDEN["numbers"])
def test_tests_of_numbers_are_rs(name: str) -> None:
    golden = GOLDEN["numbers"][name]
    assert compare_numbers(golden["groups"]).p == pytest.approx(golden["p"], rel=1e-9)


def test_fisher_is_taken_where_few_are_expected_and_gives_way_where_it_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert compare_counts([[2, 5], [3, 2]]).name == FISHER
    assert compare_counts([[98, 40], [76, 26]]).name == CHI_SQUARED
    monkeypatch.setattr(group_tests, "MOST_PATHS", 3)
    sparse = [[3, 1, 0], [0, 4, 2], [1, 0, 5]]
    assert fisher_exact(sparse) is None
    assert compare_counts(sparse).name == CHI_SQUARED


def test_where_nothing_can_be_compared_there_is_no_p() -> None:
    assert compare_counts([[3, 4], [0, 0]]).p is None
    assert compare_numbers([[1.0, 1.0], [1.0]]).p is None
    assert compare_numbers([[], [1.0, 2.0]]).p is None
    with pytest.raises(ValueError, match="whole numbers"):
        fisher_exact([[0.5, 1.0], [2.0, 1.0]])


@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=4))
def test_fishers_p_is_a_probability_and_does_not_depend_on_the_order(table: list[list[int]]) -> None:
    found = fisher_exact(table)
    if found is None:
        assert min(group_tests._counts(table).shape, default=0) < 2
        return
    assert 0 < found <= 1
    assert fisher_exact([row[::-1] for row in table[::-1]]) == pytest.approx(found, rel=1e-9)
    assert fisher_exact(np.array(table).T) == pytest.approx(found, rel=1e-9)


def test_what_is_not_known_is_shown_and_not_in_the_denominator() -> None:
    """Sex and ECOG of Shahswar 2025, Table 1: 51 of 240 without ECOG."""
    ecog = ["0"] * 54 + ["1"] * 98 + ["2"] * 27 + ["3 and 4"] * 10 + [None] * 51
    patients = pl.DataFrame({"patient_id": [f"p{k}" for k in range(240)], "ecog": ecog})
    table = characteristics(patients, [Variable("ecog", "ECOG")])
    assert cells(table).rows() == [
        ("ECOG, n (%)", "0", "54 (29)"),
        ("", "1", "98 (52)"),
        ("", "2", "27 (14)"),
        ("", "3 and 4", "10 (5)"),
        ("", "not known", "51"),
    ]
    of_all = characteristics(patients, [Variable("ecog", "ECOG")], share_of="all")
    assert cells(of_all).row(0)[2] == "54 (23)"


@given(
    st.lists(
        st.tuples(st.sampled_from(["x", "y", "z", None]), st.sampled_from(["g", "h", None])), min_size=1, max_size=30
    )
)
def test_the_levels_and_what_is_not_known_add_up_in_every_group(rows: list[tuple[str | None, str | None]]) -> None:
    patients = pl.DataFrame(
        {"word": [row[0] for row in rows], "group": [row[1] for row in rows]},
        schema={"word": pl.String, "group": pl.String},
    )
    table = characteristics(patients, [Variable("word", "Word", levels=("x", "y", "z"))], by="group")
    for (group,), part in table.rows.group_by("group"):
        assert part["count"].sum() + part["missing"][0] == part["n"][0] == table.groups[str(group)]
    assert sum(n for group, n in table.groups.items() if group != "all patients") + table.ungrouped == len(rows)


def test_numbers_come_as_median_with_range_or_quartiles_of_the_type_asked_for() -> None:
    ages = pl.DataFrame({"age": [71.0, 79.0, 67.0, 59.0, 62.0, None]})
    table = characteristics(ages, [Variable("age", "Age", "years", decimals=1)])
    assert cells(table, spread_as="both").rows() == [
        ("Age, years", "median (range)", "67.0 (59.0-79.0)"),
        ("", "median (quartiles)", "67.0 (62.0-71.0)"),
        ("", "not known", "1"),
    ]
    type_6 = characteristics(ages, [Variable("age", "Age")], quantile_type=6).rows.row(0, named=True)
    assert (type_6["lower_quartile"], type_6["upper_quartile"]) == (60.5, 75.0)  # R: quantile(type = 6)


def test_where_only_what_was_found_is_on_record_no_share_is_printed(tiong: Assessment) -> None:
    facts = patient_facts(tiong).filter(pl.col("patient_id").str.starts_with("tiong"))
    table = characteristics(facts, [Variable("FLT3_ITD", "FLT3-ITD"), Variable("NPM1", "NPM1")])
    assert cells(table).rows() == [
        ("FLT3-ITD, n (%)", "yes", "1"),
        ("", "not known", "11"),
        ("NPM1, n (%)", "yes", "12 (100)"),
    ]


def test_shares_are_rounded_half_up_and_ps_as_papers_write_them() -> None:
    assert (counted(1, 8), counted(1, 8, 1), counted(3, 8), counted(3, 0)) == ("1 (13)", "1 (12.5)", "3 (38)", "3")
    assert [p_in_words(p) for p in (0.00004, 0.0041, 0.03, 0.5581, None)] == ["<0.001", "0.004", "0.03", "0.56", ""]


def test_a_column_that_is_not_there_or_cannot_be_described_is_named() -> None:
    with pytest.raises(KeyError, match="no column weight; there are age"):
        characteristics(pl.DataFrame({"age": [1]}), [Variable("weight", "Weight")])
    dated = pl.DataFrame({"day": ["2024-05-03"]}).select(pl.col("day").str.to_date())
    with pytest.raises(ValueError, match="day is Date"):
        characteristics(dated, [Variable("day", "Day")])


def test_tiongs_table_by_cohort_with_rs_p_values(tiong: Assessment) -> None:
    facts = patient_facts(tiong, groups_of(tiong))
    table = characteristics(facts, table_1_variables(["NPM1"]), by="group")
    assert list(table.groups.values()) == [15, 5, 7]
    assert table.ungrouped == 3
    p = dict(table.tests.select("variable", "p").rows())
    assert p["sex"] == pytest.approx(GOLDEN["tables"]["Tiong 2021, sex by cohort"]["fisher"])
    assert p["age_years"] == pytest.approx(GOLDEN["numbers"]["Tiong 2021, age by cohort"]["p"])


def test_the_first_treatment_with_venetoclax_is_the_index_and_what_followed_ends_it(cohort: Assessment) -> None:
    index = index_treatment(cohort.registry, for_molecular_disease())
    assert index["patient_id"].to_list() == list(PATIENTS)
    followed = dict(zip(index["patient_id"], index["next_kind"], strict=True))
    assert followed == {
        "a": "allogeneic transplant",
        "b": "next line of treatment",
        "c": None,
        "d": None,
        "e": None,
        "f": "donor lymphocytes",
    }


def test_drugs_recorded_in_rows_of_one_day_are_one_treatment_and_rows_of_one_line_its_cycles() -> None:
    made = registry(
        treatments=[
            line(0, drugs="venetoclax", line=2),
            line(0, drugs="azacitidine", line=2),
            line(28, drugs="venetoclax", line=2),
            line(60, "salvage", "gilteritinib", line=3),
        ]
    )
    row = index_treatment(made).row(0, named=True)
    assert set(row["drugs"].split("+")) == {"venetoclax", "azacitidine"}
    assert row["next_order"] == 60


def test_the_first_subsequent_therapy_with_its_time(cohort: Assessment) -> None:
    index = index_treatment(cohort.registry, for_molecular_disease())
    found = subsequent_therapy(cohort, index)
    assert found["subsequent"].to_list() == [
        "allogeneic transplant",
        "next line of treatment",
        "died without",
        "none so far",
        "none so far",
        "donor lymphocytes",
    ]
    assert found["days"].to_list() == [80, 60, 150, 500, 300, 100]
    assert found["status"].to_list() == ["therapy", "therapy", "died without", "none so far", "none so far", "therapy"]
    counts = subsequent_counts(found)
    assert counts["patients"].sum() == 6
    assert counts["subsequent"].to_list() == [*LEVELS, "not known"]


def test_where_transplants_are_not_recorded_none_so_far_is_not_known_but_a_recorded_line_is() -> None:
    made = relapse_cohort(completeness=[{"patient_id": None, "table": "transplants", "complete": False}])
    found = subsequent_therapy(assess(made), index_treatment(made, for_molecular_disease()))
    told = dict(zip(found["patient_id"], found["subsequent"], strict=True))
    assert told["d"] is None
    assert told["b"] == "next line of treatment"
    why = dict(zip(found["patient_id"], found["not_known_because"], strict=True))
    assert why["d"] == "transplants are not recorded completely from then on"


def test_conditioning_before_a_transplant_is_part_of_it_and_supportive_care_is_its_own_kind() -> None:
    later = [line(50, "conditioning", "fludarabine", line=3), line(200, "palliative", "hydroxycarbamide", line=4)]
    made = registry(treatments=[line(0, line=2), *later], transplants=[{"transplant_day": 57}])
    found = subsequent_therapy(assess(made), index_treatment(made)).row(0, named=True)
    assert found["all_kinds"] == ["allogeneic transplant", "best supportive care"]
    assert found["days"] == 57


def test_tiongs_patients_went_on_to_four_transplants_and_one_donor_lymphocyte_infusion(tiong: Assessment) -> None:
    """Four patients underwent transplant after venetoclax (Tiong 2021, Figure S1)."""
    index = index_treatment(tiong.registry, for_molecular_disease(), "last")
    counts = dict(subsequent_counts(subsequent_therapy(tiong, index)).select("subsequent", "patients").rows())
    assert (counts["allogeneic transplant"], counts["donor lymphocytes"]) == (4, 1)


def test_how_patients_were_treated(cohort: Assessment) -> None:
    index = index_treatment(cohort.registry, for_molecular_disease())
    facts = {row["patient_id"]: row for row in treatment_facts(cohort, index).to_dicts()}
    assert facts["a"]["venetoclax_dose"] == "400 mg"
    assert facts["b"]["venetoclax_dose"] is None
    assert facts["b"]["setting"] == "outpatient"
    assert {row["partner"] for row in facts.values()} == {"azacitidine"}
    assert [facts[name]["cycles"] for name in "abcdef"] == [2, 1, 2, 3, 2, 1]
    assert facts["d"]["venetoclax_days_group"] == "28 days"
    assert treatment_table(cohort, index).groups == {"all patients": 6}


def test_no_azole_needs_medications_recorded_completely() -> None:
    def azole(**tables: object) -> bool | None:
        made = registry(treatments=[line(0, line=2)], **tables)  # type: ignore[arg-type]
        return treatment_facts(assess(made), index_treatment(made))["azole"][0]

    assert azole() is None
    assert azole(medications=[]) is False
    assert azole(medications=[{"drug": "posaconazole", "start_day": -5, "end_day": 10}]) is True
    assert azole(medications=[{"drug": "posaconazole", "start_day": -50, "end_day": -10}]) is False
    assert azole(cycles=[cycle(1, 0, azole="voriconazole")]) is True


def test_fractions_by_gene_count_patients_without_one(cohort: Assessment) -> None:
    genes, each = vaf_by_gene(cohort)
    npm1 = genes.filter(pl.col("gene") == "NPM1").row(0, named=True)
    assert (npm1["patients"], npm1["with_vaf"], npm1["median"]) == (4, 3, 0.4)
    assert each.filter(pl.col("gene") == "FLT3")["vaf"].to_list() == [0.2]
    assert vaf_by_gene(cohort, least=2)[0]["gene"].to_list() == ["NPM1"]


def test_a_score_has_its_cut_offs_and_a_total_only_where_it_is_exact_also_outside_its_scope(tiong: Assessment) -> None:
    def relapsed(tested: tuple[str, ...], *before: dict[str, object]) -> Assessment:
        rows = [{"sample_day": 2, "gene": gene} for gene in tested]
        lines = [line(-90, "induction", "cytarabine", line=1, intensive=True), *before]
        return assess(
            registry(
                treatments=lines,
                responses=[remission(-50)],
                events=[{"event_day": 1, "kind": "relapse"}],
                genes_tested=rows,
                variants=[{"sample_day": 2, "gene": "TP53"}],
            )
        )

    found = score_values(relapsed(GENES), VEN_PRS)
    assert found.cuts == ((0.25, "favourable"), (0.75, "intermediate"))
    assert found.last_group == "adverse"
    assert found.rows.select("total", "group").row(0) == (0.39, "intermediate")
    unknown = score_values(relapsed(tuple(gene for gene in GENES if gene != "SF3B1")), VEN_PRS)
    assert unknown.rows["total"].to_list() == [None]
    outside = score_values(relapsed(GENES, line(-40, "maintenance", line=2)), VEN_PRS)
    assert outside.rows.select("total", "in_scope").row(0) == (1.03, "no")  # venetoclax and azacitidine before
    with pytest.raises(KeyError, match="mine is not among the models"):
        score_values(tiong, replace(VEN_PRS, name="mine"))


def test_survival_at_one_two_and_three_years_by_tiongs_cohorts(tiong: Assessment) -> None:
    found = survival_by_group(tiong, groups_of(tiong), RELAPSE_FREE_SURVIVAL)
    assert [curve.n for curve in found.curves.values()] == [5, 7]
    first = found.at.filter(pl.col("group").str.contains("cohort 1"))
    assert first["survival"].to_list() == [1.0, 1.0, None]
    assert found.test is not None
    assert found.clock == "a clock as reported"
    assert found.left_out["patients"].sum() == 3


def test_curves_split_by_a_later_transplant_are_refused_unless_as_published(cohort: Assessment) -> None:
    grafted = pl.DataFrame({"patient_id": list(PATIENTS), "group": ["transplant", *["none"] * 5]})
    asked = {"clock": Clock.VENETOCLAX, "later_fact": "transplant"}
    with pytest.raises(ImmortalTime, match="transplant comes after time zero"):
        survival_by_group(cohort, grafted, OVERALL_SURVIVAL, **asked)  # type: ignore[arg-type]
    shown = survival_by_group(cohort, grafted, OVERALL_SURVIVAL, as_published=True, **asked)  # type: ignore[arg-type]
    assert shown.warning is not None
    assert shown.warning.startswith("Split as published")
    by_day = grafted.with_columns(fact_day=pl.when(pl.col("group") == "transplant").then(80))
    with pytest.raises(ImmortalTime, match="response comes after"):
        survival_by_group(cohort, by_day, OVERALL_SURVIVAL, Clock.VENETOCLAX, factor="response")


def test_survival_by_factor_splits_numbers_at_the_median_and_skips_what_is_alike(tiong: Assessment) -> None:
    variables = [Variable("sex", "Sex"), Variable("age_years", "Age"), Variable("NPM1", "NPM1")]
    found = {
        one.factor: one for one in survival_by_factor(tiong, patient_facts(tiong), variables, RELAPSE_FREE_SURVIVAL)
    }
    assert set(found) == {"Sex", "Age"}
    assert [name.split(" ")[0] for name in found["Age"].curves] == ["up", "above"]


def test_a_description_holds_every_table(cohort: Assessment) -> None:
    tables = describe(cohort).tables()
    assert {"table_1", "treatment", "subsequent_therapy", "patient_flow", "mutations", "response_VEN-PRS"} <= set(
        tables
    )
    assert {"molecular_response_all", "molecular_response_by_venetoclax_days"} <= set(tables)
    assert all(table.columns for table in tables.values())


def test_nobody_treated_still_gives_tables() -> None:
    made = registry(responses=[remission(0)], treatments=[line(-90, "induction", "cytarabine", line=1)])
    tables = describe(assess(made)).tables()
    assert tables["subsequent_therapy"]["patients"].sum() == 0


def test_a_category_that_is_known_of_nobody_is_compared_between_no_groups() -> None:
    patients = pl.DataFrame({"partner": [None, None], "group": ["a", "b"]}, schema_overrides={"partner": pl.String})
    table = characteristics(patients, [Variable("partner", "Partner")], by="group")
    assert table.tests.is_empty()
