"""Response tables: which sample counts, who is evaluable, that every patient stands in one line, and the named sets."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registries import line, registry, remission, sample
from relapse_cohort import PATIENTS, cycle, relapse_cohort
from tenfold.assessment import Assessment, assess
from tenfold.cohort.index_treatment import for_molecular_disease, index_treatment
from tenfold.cohort.molecular_tables import (
    AFTER_TWO_CYCLES,
    CATEGORIES,
    DEPTHS,
    RESPONSE,
    After,
    by_cycle,
    by_flt3_itd_or_ras,
    by_venetoclax_days,
    molecular_responses,
)
from tenfold.cohort.response_sets import ELN_2022, MODIFIED_CRC, RESPONSE_SETS, VEN_PRS, response_set, set_table
from tenfold.cohort.response_tables import (
    CANNOT_BE_TOLD,
    NOT_EVALUABLE,
    OUTSIDE,
    composite_test,
    exact_interval,
    response_cells,
    response_table,
)
from tenfold.exchange.published import published, tiong_cohorts


@pytest.fixture(scope="module")
def cohort() -> Assessment:
    return assess(relapse_cohort())


@pytest.fixture(scope="module")
def tiong() -> Assessment:
    return assess(published())


def standings(assessment: Assessment, tissue: str = "marrow", **asked: object) -> dict[str, str]:
    index = index_treatment(assessment.registry, for_molecular_disease())
    found = molecular_responses(assessment, index, **asked).filter(pl.col("of") == tissue)  # type: ignore[arg-type]
    return dict(zip(found["patient_id"], found["standing"], strict=True))


def line_of(table: pl.DataFrame, category: str, group: str = "all patients") -> dict[str, object]:
    return table.filter((pl.col("category") == category) & (pl.col("group") == group)).row(0, named=True)


def test_the_last_evaluable_sample_after_cycle_1_and_before_cycle_3_or_other_therapy_counts(cohort: Assessment) -> None:
    assert standings(cohort) == {
        "a": "MRD negativity",
        "b": "MRD reduction",
        "c": "stable MRD",
        "d": "MRD progression",
        "e": NOT_EVALUABLE,
        "f": NOT_EVALUABLE,
    }
    assert standings(cohort, "blood")["e"] == "MRD reduction"


def test_a_sample_on_the_first_day_of_cycle_3_still_counts_and_one_on_the_next_day_does_not() -> None:
    for day, found in ((60, "MRD negativity"), (61, "MRD progression")):
        levels = [(-5, 0.1), (58, 3.0), (day, "neg")]
        rows = [sample(at, level, name=f"s{at}") for at, level in levels]
        made = registry(
            mrd_samples=rows,
            responses=[remission(-50)],
            treatments=[line(0, line=2)],
            cycles=[cycle(1, 0), cycle(2, 30), cycle(3, 60)],
        )
        assert standings(assess(made)) == {"p": found}


def test_a_sample_during_cycle_1_is_not_a_response_after_it() -> None:
    made = registry(
        mrd_samples=[sample(-5, 0.5, name="s0"), sample(20, "neg", name="s1")],
        responses=[remission(-50)],
        treatments=[line(0, line=2)],
        cycles=[cycle(1, 0)],
    )
    assert standings(assess(made)) == {"p": NOT_EVALUABLE}


def test_without_recorded_cycles_a_response_after_cycle_2_cannot_be_told_but_the_best_can(tiong: Assessment) -> None:
    index = index_treatment(tiong.registry, for_molecular_disease(), "last")
    after = molecular_responses(tiong, index, AFTER_TWO_CYCLES).filter(pl.col("of") == "marrow")
    assert set(after["standing"]) == {CANNOT_BE_TOLD}
    assert set(after["because"]) == {"cycles are not recorded"}
    best = molecular_responses(tiong, index, "best").filter(pl.col("of") == "marrow")
    assert best["standing"].to_list().count("MRD negativity") == 11


def test_tiongs_figure_s1_is_reached_by_depth_11_of_12_negative_and_one_positive(tiong: Assessment) -> None:
    """92 % by the end of the second cycle (Tiong 2021, Figure S1); the patient's best sample stands for the cycle."""
    index = index_treatment(tiong.registry, for_molecular_disease(), "last")
    found = molecular_responses(tiong, index, "best", "depth").filter(pl.col("of") == "marrow")
    table = response_table(found, DEPTHS)
    assert [line_of(table.rows, depth)["count"] for depth in DEPTHS] == [11, 0, 1]
    assert round(100 * float(str(line_of(table.rows, "MRD negative")["share"]))) == 92
    groups = pl.DataFrame([{"patient_id": k, "group": v} for k, v in tiong_cohorts(tiong.registry).items()])
    split = response_table(found, DEPTHS, groups=groups)
    assert split.rows.filter(pl.col("category") == "MRD negative")["count"].to_list() == [5, 6]


def test_the_categories_and_what_is_outside_add_up_in_every_tissue_and_group(cohort: Assessment) -> None:
    index = index_treatment(cohort.registry, for_molecular_disease())
    found = molecular_responses(cohort, index)
    for groups in (None, by_venetoclax_days(cohort.registry, index), by_flt3_itd_or_ras(cohort)):
        table = response_table(found, CATEGORIES, RESPONSE, groups)
        for _, part in table.rows.filter(pl.col("role") != "composite").group_by("of", "group"):
            assert part["count"].sum() == part["patients"][0]
            inside = part.filter(~pl.col("category").is_in(OUTSIDE))
            assert inside["count"].sum() == part["denominator"][0]
        left = 0 if groups is None else table.left_out["patients"].sum()
        assert table.rows.unique(["of", "group"])["patients"].sum() == 2 * (len(PATIENTS) - left)


def test_the_denominator_is_of_those_evaluable_in_that_tissue(cohort: Assessment) -> None:
    index = index_treatment(cohort.registry, for_molecular_disease())
    rows = response_table(molecular_responses(cohort, index), CATEGORIES, RESPONSE).rows
    marrow = line_of(rows.filter(pl.col("of") == "marrow"), "response")
    assert (marrow["count"], marrow["denominator"], marrow["patients"]) == (2, 4, 6)
    blood = line_of(rows.filter(pl.col("of") == "blood"), "response")
    assert (blood["count"], blood["denominator"]) == (1, 1)


def test_patients_whose_venetoclax_days_changed_are_left_out_and_counted(cohort: Assessment) -> None:
    index = index_treatment(cohort.registry, for_molecular_disease())
    groups = by_venetoclax_days(cohort.registry, index)
    table = response_table(molecular_responses(cohort, index), CATEGORIES, RESPONSE, groups)
    assert table.left_out.rows() == [("venetoclax days changed from cycle 1 to cycle 2", 1)]
    assert table.rows["group"].unique(maintain_order=True).to_list() == ["14 days", "28 days"]


def test_a_changed_dose_leaves_out_as_changed_days_do() -> None:
    made = relapse_cohort(
        cycles=[
            {"patient_id": "a", **cycle(1, 0, venetoclax_mg=400.0)},
            {"patient_id": "a", **cycle(2, 28, venetoclax_mg=200.0)},
        ]
    )
    groups = by_venetoclax_days(made, index_treatment(made, for_molecular_disease()))
    said = dict(zip(groups["patient_id"], groups["why"], strict=True))
    assert said["a"] == "the dose of venetoclax changed from cycle 1 to cycle 2"
    assert said["b"] == "venetoclax days are not recorded"


def test_without_flt3_itd_or_ras_needs_each_gene_tested(cohort: Assessment) -> None:
    groups = by_flt3_itd_or_ras(cohort)
    found = dict(zip(groups["patient_id"], groups["group"], strict=True))
    assert found["a"] == found["c"] == "NPM1 with FLT3-ITD or N/KRAS"
    assert found["b"] == found["d"] == "NPM1 without FLT3-ITD or N/KRAS"
    assert found["e"] is None
    assert found["f"] is None


def test_responses_cycle_by_cycle_are_of_those_who_began_the_cycle(cohort: Assessment) -> None:
    index = index_treatment(cohort.registry, for_molecular_disease())
    marrow = by_cycle(cohort, index).filter(pl.col("of") == "marrow")
    assert marrow.group_by("cycle").len().sort("cycle").rows() == [(1, 6), (2, 4), (3, 1)]
    of_a = marrow.filter(pl.col("patient_id") == "a").sort("cycle")["standing"].to_list()
    assert of_a == ["MRD reduction", "MRD negativity"]
    assert by_cycle(cohort, index, most=1)["cycle"].unique().to_list() == [1]


def test_a_window_says_what_it_is() -> None:
    assert After(1, 2).words == "after cycles 1 to 2, before cycle 3, transplant or other therapy"


def test_what_may_be_a_response_is_counted_beside_what_is_one() -> None:
    found = pl.DataFrame(
        {
            "patient_id": ["p", "q", "r"],
            "of": ["marrow"] * 3,
            "standing": ["MRD negativity", CANNOT_BE_TOLD, CANNOT_BE_TOLD],
            "because": [None, "x", "x"],
            "possible": [["MRD negativity"], ["stable MRD", NOT_EVALUABLE], None],
        }
    )
    rows = response_table(found, CATEGORIES, RESPONSE).rows
    assert (line_of(rows, "response")["count"], line_of(rows, "response")["at_most"]) == (1, 2)
    assert line_of(rows, "stable MRD")["at_most"] == 2


def test_a_table_refuses_a_standing_that_it_does_not_have_and_a_patient_twice() -> None:
    row = {"patient_id": "p", "of": "marrow", "standing": "cured", "because": None}
    with pytest.raises(ValueError, match="cured: not a category"):
        response_table(pl.DataFrame([row]), CATEGORIES)
    twice = pl.DataFrame([{**row, "standing": "stable MRD"}] * 2)
    with pytest.raises(ValueError, match="two rows of one patient"):
        response_table(twice, CATEGORIES)


@given(
    st.lists(
        st.tuples(st.sampled_from([*CATEGORIES, *OUTSIDE]), st.sampled_from(["x", "y", None])), min_size=1, max_size=20
    )
)
def test_every_patient_with_a_group_stands_in_exactly_one_line(patients: list[tuple[str, str | None]]) -> None:
    ids = [f"p{k}" for k in range(len(patients))]
    found = pl.DataFrame(
        {"patient_id": ids, "of": "blood", "standing": [one for one, _ in patients], "because": "why"},
    )
    groups = pl.DataFrame(
        {"patient_id": ids, "group": [group for _, group in patients]}, schema_overrides={"group": pl.String}
    )
    table = response_table(found, CATEGORIES, RESPONSE, groups)
    counted = table.rows.filter(pl.col("role") != "composite")["count"].sum()
    assert counted + table.left_out["patients"].sum() == len(patients)
    assert table.why_not["patients"].sum() == sum(one in OUTSIDE and group is not None for one, group in patients)


def test_the_interval_is_rs_binom_test() -> None:
    """binom.test(12, 44)$conf.int and binom.test(5, 5)$conf.int of R 4.2."""
    assert exact_interval(12, 44) == pytest.approx((0.149576844, 0.427896412), abs=1e-8)
    assert exact_interval(5, 5) == pytest.approx((0.4781762, 1.0), abs=1e-6)
    assert exact_interval(0, 0) == (None, None)


def test_filos_printed_counts_leave_seven_of_64_unsaid() -> None:
    """27 negative, 16 reduced and 14 stable of 64 in blood (FILO 2025): the rest shows where the categories must add up."""
    standing = ["MRD negativity"] * 27 + ["MRD reduction"] * 16 + ["stable MRD"] * 14 + [CATEGORIES[3]] * 7
    standing += [NOT_EVALUABLE] * 6
    ids = [f"p{k}" for k in range(70)]
    found = pl.DataFrame({"patient_id": ids, "of": "blood", "standing": standing, "because": None})
    cells = response_cells(response_table(found, CATEGORIES, RESPONSE))
    assert cells.columns[1] == "blood, all patients (n = 70, evaluable 64)"
    assert cells.rows()[:5] == [
        ("MRD negativity", "27 (42)"),
        ("MRD reduction", "16 (25)"),
        ("stable MRD", "14 (22)"),
        ("MRD progression", "7 (11)"),
        ("response", "43 (67)"),
    ]


def overt(*responses: tuple[int, str], death: int | None = None) -> Assessment:
    """A patient in relapse treated on day 0, with reported responses."""
    end = {"death_day": death} if death is not None else {"last_contact_day": 300}
    return assess(
        registry(
            patients=[{"patient_id": "p", "diagnosis_day": -400, "age_years": 60, **end}],
            treatments=[line(-399, "induction", "cytarabine", line=1), line(0, "salvage", line=2)],
            responses=[
                remission(-350),
                {"response_day": -5, "reported_response": "relapse"},
                *({"response_day": day, "reported_response": word} for day, word in responses),
            ],
        )
    )


def counted(assessment: Assessment, of: str, **asked: str) -> dict[str, int]:
    table = set_table(assessment, index_treatment(assessment.registry), response_set(of), **asked)  # type: ignore[arg-type]
    return {row["category"]: row["count"] for row in table.rows.to_dicts() if row["count"]}


def test_the_sets_name_different_responses_for_the_same_patient() -> None:
    one = overt((30, "MLFS"))
    assert counted(one, "ELN-2022") == {"MLFS": 1}
    assert counted(one, "VEN-PRS") == {"MLFS": 1, "overall response (CR, CRi, MLFS)": 1}
    assert counted(one, "modified CRc") == {"MLFS": 1, "modified CRc (CR, CRi, CRp, MLFS)": 1}


def test_the_best_response_is_not_the_last() -> None:
    one = overt((30, "CR"), (60, "PR"), (90, "relapse"))
    assert "CR" in counted(one, "VEN-PRS", which="best")
    assert counted(one, "VEN-PRS", which="last") == {"PR": 1}


def test_who_died_before_any_assessment_counts_among_those_treated() -> None:
    one = overt(death=20)
    for name in RESPONSE_SETS:
        assert counted(one, name) == {"died before assessment": 1}
    assert counted(overt(), "VEN-PRS") == {NOT_EVALUABLE: 1}


def test_a_patient_in_remission_at_the_start_has_no_haematological_response(cohort: Assessment) -> None:
    assert counted(cohort, "VEN-PRS") == {NOT_EVALUABLE: 6}


def test_the_sets_cover_every_response_that_is_one() -> None:
    for one in (ELN_2022, VEN_PRS, MODIFIED_CRC):
        assert set(one.words.values()) == set(one.categories)
        assert all(set(parts) <= set(one.categories) for parts in one.composites.values())
    with pytest.raises(KeyError, match="there are ELN-2022, VEN-PRS, modified CRc"):
        response_set("ELN")


def test_shahswars_table_3_is_printed_again_from_its_counts() -> None:
    """CR 60, CRi 33, MLFS 13, PR 22, stable or refractory 87, died 25 of 240 (Shahswar 2025, Table 3)."""
    counts = dict(zip(VEN_PRS.categories, (60, 33, 13, 22, 87, 25), strict=True))
    standing = [name for name, n in counts.items() for _ in range(n)]
    ids = [f"p{k}" for k in range(240)]
    found = pl.DataFrame({"patient_id": ids, "of": "VEN-PRS", "standing": standing, "because": None})
    table = response_table(found, VEN_PRS.categories, VEN_PRS.composites, denominator=VEN_PRS.denominator)
    printed = dict(response_cells(table).rows())
    assert [printed[name] for name in VEN_PRS.categories] == [
        "60 (25)",
        "33 (14)",
        "13 (5)",
        "22 (9)",
        "87 (36)",
        "25 (10)",
    ]
    assert printed["composite CR (CR, CRi)"] == "93 (39)"
    assert printed["overall response (CR, CRi, MLFS)"] == "106 (44)"


def test_a_composite_is_compared_between_groups_by_fishers_test() -> None:
    ids = [f"p{k}" for k in range(16)]
    standing = ["MRD negativity"] * 7 + ["stable MRD"] + ["MRD negativity"] * 2 + ["stable MRD"] * 6
    found = pl.DataFrame({"patient_id": ids, "of": "marrow", "standing": standing, "because": None})
    groups = pl.DataFrame({"patient_id": ids, "group": ["x"] * 8 + ["y"] * 8})
    table = response_table(found, CATEGORIES, RESPONSE, groups)
    assert composite_test(table, "marrow", "response").p == pytest.approx(0.04055944, abs=1e-7)  # R: fisher.test
