"""The whole assessment from records: what must always hold, and patients told in sentences."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tenfold
from registries import line, only, registry, remission, sample, tables
from tenfold.assessment import PARTS, Assessment, assess, together
from tenfold.vocabulary import MolecularState


def as_rows(assessment: Assessment, without: set[str] = frozenset()) -> dict[str, list[str]]:
    """Every frame as comparable rows."""
    return {
        name: [str(row) for row in getattr(assessment, name).drop(without, strict=False).to_dicts()] for name in PARTS
    }


def state(assessment: Assessment) -> Any:
    [row] = assessment.patients.to_dicts()
    return row["molecular_state"] or set(row["state_possible"])


@given(tables, st.integers(0, 420), st.data())
def test_what_came_later_never_changes_an_assessment_as_of_an_earlier_day(
    given_tables: dict[str, list[Any]], on: int, data: st.DataObject
) -> None:
    """Leave out, row by row, some of what was dated or became known after the day: the answers are the same."""

    def known_after(row: dict[str, Any]) -> bool:
        day = next(
            row[name]
            for name in ("sample_day", "response_day", "start_day", "event_day", "transplant_day")
            if name in row
        )
        return max(day, row.get("reported_day") or day) > on

    earlier = {
        name: [row for row in rows if not known_after(row) or data.draw(st.booleans())]
        for name, rows in given_tables.items()
    }
    assert as_rows(assess(registry(**given_tables), on=on)) == as_rows(assess(registry(**earlier), on=on))


@given(tables, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(given_tables: dict[str, list[Any]], random: Any) -> None:
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in given_tables.items()}
    assert as_rows(assess(registry(**given_tables))) == as_rows(assess(registry(**shuffled)))


@given(st.lists(tables, min_size=2, max_size=3))
def test_a_patient_is_assessed_alike_alone_and_among_others(many: list[dict[str, list[Any]]]) -> None:
    combined: dict[str, list[Any]] = {"patients": []}
    for number, given_tables in enumerate(many):
        patient = f"p{number}"
        combined["patients"].append({"patient_id": patient, "diagnosis_day": -100, "age_years": 60})
        for name, rows in given_tables.items():
            mine = [{**row, "patient_id": patient} for row in rows]
            for row in mine:
                if "sample_id" in row:
                    row["sample_id"] = f"{patient}-{row['sample_id']}"
            combined.setdefault(name, []).extend(mine)
    everyone = registry(**combined)
    whole = assess(everyone)
    parts = [assess(everyone.select([patient])) for patient in everyone.patient_ids()["patient_id"]]
    assert as_rows(whole) == as_rows(together(parts))


@given(tables, st.data())
def test_an_absent_table_never_narrows_the_molecular_state(
    given_tables: dict[str, list[Any]], data: st.DataObject
) -> None:
    """Not recorded is wider than recorded as empty: null never becomes "no"."""
    if not given_tables["mrd_samples"]:
        return
    emptied = data.draw(st.sampled_from(["treatments", "transplants"]))
    recorded = registry(**{**given_tables, emptied: []})
    absent = tenfold.Registry.from_tables(
        {name: frame for name, frame in recorded.tables.items() if name != emptied}, relative=True
    )
    narrow, wide = assess(recorded).molecular, assess(absent).molecular
    for some, more in zip(narrow["state_possible"], wide["state_possible"], strict=True):
        assert set(some) <= set(more)


def test_a_full_history_gives_a_confirmed_relapse_dated_at_its_first_sample() -> None:
    assessment = assess(
        registry(responses=[remission(0)], mrd_samples=[sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)])
    )
    assert state(assessment) == MolecularState.RELAPSE_CONFIRMED
    [last] = assessment.standing.to_dicts()
    assert (last["relapse_sample_id"], last["relapse_earliest_day"]) == ("marrow-40", 40)


def test_blood_and_marrow_are_separate_streams_and_the_graver_stands_for_the_patient() -> None:
    assessment = assess(
        registry(
            responses=[remission(0)],
            mrd_samples=[
                sample(10, "neg"),
                sample(10, "neg", tissue="blood"),
                sample(40, "neg"),
                sample(40, 0.01, tissue="blood"),
            ],
        )
    )
    assert state(assessment) == MolecularState.RELAPSE_UNCONFIRMED


def test_blood_and_marrow_positive_on_one_day_are_concordant_and_do_not_confirm_each_other() -> None:
    assessment = assess(
        registry(
            responses=[remission(0)],
            mrd_samples=[
                sample(10, "neg"),
                sample(10, "neg", tissue="blood"),
                sample(40, 4.01),
                sample(40, 6.01, tissue="blood"),
            ],
        )
    )
    assert state(assessment) == MolecularState.RELAPSE_UNCONFIRMED
    assert assessment.standing["concordant"].all()


def test_of_two_results_of_one_day_the_higher_counts() -> None:
    rows = [sample(10, "neg"), sample(40, "neg", name="a"), sample(40, 0.05, name="b"), sample(60, 0.05)]
    assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == MolecularState.RELAPSE_CONFIRMED


def test_the_scales_of_abl1_convert_and_give_the_same_state() -> None:
    for scale, factor in (("percent_abl1", 1), ("per_1e4_abl1", 100), ("per_1e5_abl1", 1000)):
        rows = [sample(10, 0.05), sample(40, 0.5 * factor, scale=scale)]
        assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == MolecularState.RELAPSE_UNCONFIRMED


def test_copies_alone_give_a_level() -> None:
    row = {k: v for k, v in sample(10, 1.0).items() if k not in ("value", "scale")} | {"target_copies": 500}
    [said] = assess(registry(mrd_samples=[row])).molecular.filter(pl.col("row") == "sample").to_dicts()
    assert said["level"] == 1.0


def test_fewer_than_ten_thousand_copies_of_abl1_are_not_enough_to_call_a_negative() -> None:
    for copies, expected in ((9_999, MolecularState.NOT_SAMPLED), (10_000, MolecularState.NEGATIVE)):
        rows = [sample(10, "neg", control_copies=copies)]
        assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == expected


def test_a_positive_on_few_copies_stays_positive() -> None:
    rows = [sample(10, "neg"), sample(40, 0.5, control_copies=900)]
    assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == MolecularState.RELAPSE_UNCONFIRMED


def test_dta_mutations_are_refused_as_markers_with_the_reason() -> None:
    row = {
        "sample_id": "x",
        "sample_day": 10,
        "marker": "DNMT3A",
        "tissue": "marrow",
        "method": "ngs",
        "value": 12.0,
        "scale": "percent_vaf",
        "detected": "yes",
    }
    assessment = assess(registry(mrd_samples=[row]))
    assert assessment.molecular.height == 0
    assert "clonal haematopoiesis" in assessment.refused["why"][0]


def test_only_mrd_samples_still_get_an_answer_that_says_what_it_hangs_on() -> None:
    assessment = assess(only(mrd_samples=[sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]))
    [patient] = assessment.patients.to_dicts()
    assert set(patient["state_possible"]) == {
        MolecularState.OUTSIDE_REMISSION,
        MolecularState.RELAPSE_CONFIRMED,
        MolecularState.RELAPSE_UNCONFIRMED_TREATED,
        MolecularState.DETECTABLE,
    }
    assert "whether an allogeneic transplant came in between" in patient["state_decided_by"]
    assert "whether the patient was in CR, CRh or CRi" in patient["state_decided_by"]


class TestTheLabelOfASample:
    def label(self, day: int, level: Any, **last_line: Any) -> str | None:
        course = [
            line(-90, "induction", "cytarabine", end_day=-80),
            {**line(-60, "consolidation", "cytarabine", end_day=-10), **last_line},
        ]
        assessment = assess(registry(responses=[remission(-70)], treatments=course, mrd_samples=[sample(day, level)]))
        return assessment.standing["eln_mrd_2021_label"][0]

    def test_below_two_percent_at_the_end_of_treatment_is_low_level(self) -> None:
        assert self.label(20, 1.99) == "CR MRD-LL"

    def test_two_percent_is_not(self) -> None:
        assert self.label(20, 2.0) == "CR MRD-positive"

    def test_the_same_level_during_treatment_is_not_yet_low_level(self) -> None:
        assert self.label(-30, 1.0) == "detectable at low level, on treatment"

    def test_nor_is_it_in_follow_up(self) -> None:
        assert self.label(200, 1.0) == "low-level persistence in follow-up"

    def test_when_the_end_of_treatment_is_not_recorded_the_label_is_open(self) -> None:
        assert self.label(20, 1.0, end_day=None) is None

    def test_negative_is_negative_at_any_time(self) -> None:
        assert self.label(-30, "neg") == "CR MRD-negative"


class TestResponseToTreatment:
    def category(self, *rows: Any, start: int = 100) -> list[Any]:
        made = registry(responses=[remission(0)], treatments=[line(start)], mrd_samples=list(rows))
        return assess(made).responses["jimenez_chillon_response"].to_list()

    def test_a_tenfold_fall_is_a_reduction(self) -> None:
        assert self.category(sample(90, 1.0), sample(130, 0.1)) == ["MRD reduction"]

    def test_just_under_tenfold_is_stable(self) -> None:
        assert self.category(sample(90, 1.0), sample(130, 0.101)) == ["stable MRD"]

    def test_a_sample_of_the_first_day_is_the_value_before_treatment(self) -> None:
        assert self.category(sample(100, 1.0), sample(130, 0.05)) == ["MRD reduction"]

    def test_a_value_from_sixty_one_days_before_is_too_old(self) -> None:
        assert self.category(sample(40, 1.0), sample(130, 0.05)) == ["MRD reduction"]
        assert self.category(sample(39, 1.0), sample(130, 0.05)) == ["not evaluable"]

    def test_negativity_needs_no_value_before(self) -> None:
        assert self.category(sample(130, "neg")) == ["MRD negativity"]

    def test_another_tissue_is_no_value_before(self) -> None:
        assert self.category(sample(90, 1.0, tissue="blood"), sample(130, 0.05)) == ["not evaluable"]

    def test_below_quantification_is_a_reduction_only_if_even_its_bound_is(self) -> None:
        assert self.category(sample(90, 1.0), sample(130, "det")) == ["MRD reduction"]
        assert self.category(sample(90, 0.1), sample(130, "det", control_copies=20_000)) == [None]


def test_a_row_set_aside_makes_the_history_incomplete_and_is_shown() -> None:
    good = registry(responses=[remission(0)], mrd_samples=[sample(40, 0.05)])
    with_fault = tenfold.Registry.from_tables(
        {
            **good.tables,
            "mrd_samples": [{"patient_id": "p", **sample(40, 0.05)}, {"patient_id": "p", **sample(20, -1)}],
        },
        relative=True,
    )
    assert assess(good).patients["molecular_state"][0] == MolecularState.DETECTABLE
    [patient] = assess(with_fault).patients.to_dicts()
    assert patient["records_set_aside"] == 1
    assert patient["molecular_state"] is None
    assert MolecularState.RELAPSE_UNCONFIRMED in patient["state_possible"]


@pytest.mark.parametrize("gene", ["NF1", "PTPN11", "FLT3", "TP53", "SF3B1"])
def test_venprs_reads_genes_of_the_present_relapse_only(gene: str) -> None:
    def mutated(day: int, tested: bool = False) -> Any:
        table = "genes_tested" if tested else "variants"
        made = registry(
            responses=[remission(0)],
            events=[{"event_day": 300, "kind": "relapse"}],
            **{table: [{"sample_day": day, "gene": gene}]},
        )
        return assess(made, on=310).risk[gene][0]

    assert mutated(300) is True
    assert mutated(240) is True
    assert mutated(239) is None
    assert mutated(305, tested=True) is False


def test_venprs_is_refused_after_venetoclax_and_in_remission() -> None:
    relapse = [{"event_day": 300, "kind": "relapse"}]
    after_venetoclax = assess(registry(responses=[remission(0)], events=relapse, treatments=[line(-50)]), on=310).risk
    assert after_venetoclax["ven_prs_os_scope"][0] == "no"
    assert after_venetoclax["ven_prs_os_possible"][0].to_list() == []
    in_remission = assess(
        registry(responses=[remission(0)], treatments=[line(-50, "induction", "cytarabine")]), on=10
    ).risk
    assert in_remission["ven_prs_os_scope"][0] == "no"


def test_venprs_of_a_fully_described_relapse_is_exact() -> None:
    genes = [{"sample_day": 300, "gene": gene} for gene in ("NF1", "PTPN11", "FLT3", "TP53", "SF3B1")]
    made = registry(
        responses=[remission(0)],
        events=[{"event_day": 300, "kind": "relapse"}],
        treatments=[line(-50, "induction", "cytarabine"), line(320, "salvage")],
        genes_tested=genes,
        variants=[{"sample_day": 300, "gene": "FLT3", "kind": "ITD"}],
    )
    risk = assess(made, on=320).risk.to_dicts()[0]
    assert (risk["ven_prs_os"], str(risk["ven_prs_os_low"]), risk["ven_prs_os_scope"]) == (
        "intermediate",
        "0.49",
        "yes",
    )
    assert (risk["ven_prs_efs"], str(risk["ven_prs_efs_low"])) == ("intermediate", "0.60")


def test_without_a_treatments_table_nobody_is_venetoclax_naive() -> None:
    risk = assess(only(responses=[remission(0)], events=[{"event_day": 300, "kind": "relapse"}]), on=310).risk
    assert risk["prior_venetoclax"][0] is None
    assert risk["ven_prs_os_scope"][0] == "unknown"


def test_a_sample_of_unrecorded_tissue_is_compared_with_none_and_leaves_the_history_open() -> None:
    rows = [sample(10, "neg"), sample(40, 0.05, tissue=None, name="x"), sample(60, 0.05)]
    assessment = assess(registry(responses=[remission(0)], mrd_samples=rows))
    assert assessment.refused["sample_id"].to_list() == ["x"]
    [last] = assessment.standing.to_dicts()
    assert last["state"] == MolecularState.RELAPSE_UNCONFIRMED
    [first] = assess(registry(responses=[remission(0)], mrd_samples=rows[1:])).patients.to_dicts()
    assert first["molecular_state"] is None


def test_an_undated_earlier_treatment_is_not_forgotten_as_of_a_day() -> None:
    published = tenfold.published()
    seen = assess(published, on=0).risk
    before = {row["patient_id"]: row for row in seen.to_dicts()}
    assert before["tiong-06"]["prior_hma"] is True
    assert before["tiong-12"]["prior_venetoclax"] is True
    assert before["tiong-09"]["prior_hma"] is False
    thol = {row["patient_id"]: row for row in assess(published, on=100).risk.to_dicts()}
    assert thol["thol-2"]["prior_venetoclax"] is None


@pytest.mark.parametrize(
    ("drugs", "more", "hma", "venetoclax"),
    [
        ("cytarabine", {}, False, False),
        ("azacitidine", {}, True, False),
        ("azacitidine", {"regimen": "AZA/VEN"}, True, None),
        ("cytarabine", {"regimen": "7+3", "venetoclax_mg": 400}, False, True),
        ("study drug", {}, None, None),
        ("venetoclax+study drug", {}, None, True),
        (None, {"regimen": "x"}, None, None),
    ],
)
def test_only_recognised_drugs_can_say_no(drugs: str | None, more: dict[str, Any], hma: Any, venetoclax: Any) -> None:
    made = tenfold.Registry.from_tables(
        {"treatments": [{"patient_id": "p", "start_day": 0, "intent": "induction", "drugs": drugs, **more}]},
        relative=True,
    )
    [said] = assess(made, on=100).risk.to_dicts()
    assert (said["prior_hma"], said["prior_venetoclax"]) == (hma, venetoclax)


def test_secondary_leukaemia_without_its_earlier_treatment_leaves_hma_open() -> None:
    people = [{"patient_id": "p", "diagnosis_day": -100, "ontogeny": "secondary"}]
    assert assess(registry(patients=people), on=10).risk["prior_hma"][0] is None


def test_the_phase_begins_with_the_first_document_of_the_relapse() -> None:
    made = registry(
        responses=[remission(0), {"response_day": 500, "reported_response": "refractory"}],
        events=[
            {"event_day": 398, "kind": "extramedullary disease", "present": True},
            {"event_day": 400, "kind": "relapse"},
        ],
        genes_tested=[{"sample_day": 401, "gene": "TP53"}],
        marrows=[{"sample_day": 470, "blasts_pct": 45.0}],
    )
    [said] = assess(made, on=510).risk.to_dicts()
    assert (said["extramedullary"], said["TP53"], said["relapsed_or_refractory"]) == (True, False, True)


def test_a_clear_panel_from_remission_does_not_describe_the_relapse() -> None:
    made = registry(
        responses=[remission(0)],
        events=[{"event_day": 400, "kind": "relapse"}],
        genes_tested=[{"sample_day": 345, "gene": "TP53"}],
    )
    assert assess(made, on=410).risk["TP53"][0] is None


def test_a_mutation_without_a_date_is_never_overruled_by_a_dated_test() -> None:
    made = registry(
        responses=[remission(0)],
        events=[{"event_day": 400, "kind": "relapse"}],
        genes_tested=[{"sample_day": 401, "gene": "TP53"}],
        variants=[{"gene": "TP53"}],
    )
    assert assess(made).risk["TP53"][0] is None


def test_the_card_of_an_earlier_day_holds_nothing_later() -> None:
    from tenfold.reports.card import card

    assessment = assess(tenfold.published(), on=0)
    shown = card(assessment, "tiong-07")
    assert shown["reported"]["outcomes"] == []
    assert "negative" not in str(shown["reported"]["responses"])


def test_a_tested_gene_is_wild_type_only_where_mutations_are_recorded() -> None:
    relapse = {"responses": [remission(0)], "events": [{"event_day": 300, "kind": "relapse"}]}
    tested = [{"sample_day": 300, "gene": "NF1"}]
    assert assess(registry(**relapse, genes_tested=tested), on=310).risk["NF1"][0] is False
    assert assess(only(**relapse, genes_tested=tested), on=310).risk["NF1"][0] is None


def test_a_line_of_unrecorded_intent_leaves_the_time_point_open() -> None:
    def time_point(intent: str | None) -> str | None:
        course = [line(-13, intent, "cytarabine", end_day=17)]
        made = registry(responses=[remission(20)], treatments=course, mrd_samples=[sample(302, 0.05)])
        return assess(made).standing["time_point"][0]

    assert time_point("consolidation") == "follow-up"
    assert time_point("cytoreduction") == "before treatment"
    assert time_point(None) is None


def test_a_sample_of_unrecorded_method_among_others_leaves_the_history_open() -> None:
    rows = [sample(10, "neg", method=None), sample(60, 0.05)]
    [patient] = assess(registry(responses=[remission(0)], mrd_samples=rows)).patients.to_dicts()
    assert MolecularState.RELAPSE_UNCONFIRMED in patient["state_possible"]
    assert MolecularState.DETECTABLE in patient["state_possible"]


@pytest.mark.parametrize(
    ("facts", "call"),
    [
        ({"value": 0.1, "qualifier": "<", "scale": "percent_abl1"}, 2),
        ({"value": 0.1, "scale": "percent_abl1"}, 1),
        ({"detected": "yes", "replicates_positive": 0, "replicates_run": 3}, 2),
        ({"detected": "no", "replicates_positive": 2, "replicates_run": 2}, 2),
        ({"detected": "no", "target_copies": 500.0}, 2),
        ({"replicates_positive": 1, "replicates_run": 3}, 0),
        ({"replicates_positive": 2, "replicates_run": 3}, 1),
        ({"target_copies": 5.0}, 2),
        ({"target_copies": 0.0}, 0),
    ],
)
def test_a_call_is_read_from_what_the_laboratory_recorded(facts: dict[str, Any], call: int) -> None:
    bare = {k: v for k, v in sample(10, "neg").items() if k != "detected"}
    made = registry(mrd_samples=[{**bare, **facts}])
    [row] = assess(made).molecular.filter(pl.col("row") == "sample").to_dicts()
    assert row["detected_code"] == call


def test_a_sample_too_poor_to_call_is_skipped_and_labelled_so() -> None:
    rows = [sample(10, "neg"), {**sample(40, "neg"), "detected": None, "adequate": False}]
    assessment = assess(registry(responses=[remission(0)], mrd_samples=rows))
    [last] = assessment.standing.to_dicts()
    assert (last["state"], last["eln_mrd_2021_label"], last["mrd_level_band"]) == (
        MolecularState.NEGATIVE,
        "not evaluable",
        "not evaluable",
    )


def test_two_values_of_one_sample_that_contradict_each_other_give_bounds() -> None:
    rows = [sample(10, 0.03), sample(40, 0.05, target_copies=2500.0)]
    [last] = assess(registry(responses=[remission(0)], mrd_samples=rows)).standing.to_dicts()
    assert set(last["state_possible"]) == {MolecularState.DETECTABLE, MolecularState.RELAPSE_UNCONFIRMED}


sequenced = st.lists(
    st.tuples(st.sampled_from(["neg", 0.05, 0.5]), st.booleans(), st.one_of(st.none(), st.integers(0, 60))),
    min_size=1,
    max_size=5,
)


@given(sequenced, st.integers(0, 200), st.integers(0, 200))
def test_views_of_a_day_compose_where_only_the_order_is_known(facts: list[Any], a: int, b: int) -> None:
    rows = []
    for number, (level, dated, delay) in enumerate(facts):
        day = 30 * (number + 1)
        row = sample(day if dated else None, level, name=f"s{number}", sequence=number + 1)
        rows.append(row | ({"reported_day": day + delay} if dated and delay is not None else {}))
    made = registry(responses=[{**remission(0), "sequence": 0}], mrd_samples=rows)
    first, last = min(a, b), max(a, b)
    once, twice = assess(made, on=first), assess(made.as_of(last), on=first)
    assert as_rows(once) == as_rows(twice)
    assert as_rows(once) == as_rows(assess(made.as_of(first), on=first))


@given(tables, st.sampled_from(["variants", "events", "treatments", "responses"]), st.integers(100, 420))
def test_a_score_never_loses_an_answer_when_a_table_is_not_recorded(
    given_tables: dict[str, list[Any]], missing: str, on: int
) -> None:
    recorded = registry(**{**given_tables, missing: []})
    absent = tenfold.Registry.from_tables(
        {name: frame for name, frame in recorded.tables.items() if name != missing}, relative=True
    )
    for model in ("ven_prs_os_possible", "ven_prs_efs_possible"):
        narrow, wide = assess(recorded, on=on).risk[model].to_list(), assess(absent, on=on).risk[model].to_list()
        assert all(set(some) <= set(more) for some, more in zip(narrow, wide, strict=True))


@pytest.mark.parametrize("intent", ["conditioning", "salvage", "DLI", "pre-emptive"])
def test_a_negative_sample_after_treatment_refutes_nothing_whatever_the_treatment_is_called(intent: str) -> None:
    rows = [sample(10, "neg"), sample(40, 0.5), sample(70, "neg")]
    made = registry(responses=[remission(0)], treatments=[line(50, intent, "cytarabine")], mrd_samples=rows)
    [last] = assess(made).standing.to_dicts()
    assert (last["state"], last["reason"]) == (
        MolecularState.NEGATIVE,
        "below the assay's threshold in an adequate sample",
    )
    treated = assess(made).molecular.filter(pl.col("row") == "therapy")["state"].to_list()
    assert treated == [MolecularState.RELAPSE_UNCONFIRMED_TREATED]


def test_an_autologous_transplant_is_treatment_and_not_a_new_epoch() -> None:
    rows = [sample(10, "neg"), sample(40, 0.5), sample(70, 0.01)]
    auto = [{"transplant_day": 50, "donor": "autologous"}]
    states = assess(registry(responses=[remission(0)], transplants=auto, mrd_samples=rows)).molecular
    assert states.filter(pl.col("row") == "therapy")["state"].to_list() == [MolecularState.RELAPSE_UNCONFIRMED_TREATED]
    assert states.filter(pl.col("row") == "transplant").height == 0
