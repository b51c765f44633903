"""The dose of venetoclax: every source against a second reading, medicines in the records, and the worked cases."""

from __future__ import annotations

import itertools
import json
import math
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from guidance_oracles import GUIDANCE_ORACLES, GUIDANCE_STRADDLED
from registries import line, only, registry
from tenfold.guidance.venetoclax.cycle_length import CYCLE_QUESTIONS
from tenfold.guidance.venetoclax.dose_data import CAUTIONS, NUMBERS, every_dose, schedules
from tenfold.guidance.venetoclax.dosing import (
    AVOID,
    DOSE_QUESTIONS,
    ELN_2022_DOSE,
    EU_LABEL,
    NEVER_AN_ORDER,
    NOT_STATED,
    RAMP_UP,
    REVIEW,
    US_LABEL,
    WITHOUT_RAMP_UP,
    WITHOUT_RAMP_UP_IN_REMISSION,
    doses,
    ramp_up,
)
from tenfold.guidance.venetoclax.interactions import FACTS, interaction, interactions, listed, medicines
from tenfold.guidance.venetoclax.picture import dosing, venetoclax_lines
from tenfold.guidance.venetoclax.toxicity import NEUTROPENIA_GRADE, THROMBOCYTOPENIA_GRADE
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.logic.explain import explain
from tenfold.records import Registry

QUESTIONS = (*DOSE_QUESTIONS, *CYCLE_QUESTIONS)
VECTORS = json.loads((Path(__file__).parents[1] / "acceptance_vectors.json").read_text("utf-8"))
PARTNER = {"AZA": "azacitidine", "LDAC": "low-dose cytarabine"}
TAKEN: dict[str, list[dict[str, bool]]] = {
    "none": [{}],
    "posaconazole": [{"posaconazole": True}],
    "moderate_or_Pgp": [{"moderate_cyp3a4_inhibitor": True}, {"p_gp_inhibitor": True}],
}


def values(question: Decision) -> dict[str, tuple[Any, ...]]:
    read = frozenset().union(*(criterion.reads for criterion in question.criteria))
    return {
        i.name: (False, True) if i.kind == "yes/no" else i.words or GUIDANCE_STRADDLED[i.name]
        for i in question.inputs
        if i.name in read
    }


def ask(question: Decision, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    schema = {i.name: i.dtype for i in question.inputs if i.name in rows[0]}
    return answer(pl.DataFrame(rows, schema), [question]).to_dicts()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_every_complete_case_gets_the_answer_of_the_second_reading(question: Decision) -> None:
    axes = values(question)
    rows = [dict(zip(axes, filled, strict=True)) for filled in itertools.product(*axes.values())]
    for row, said in zip(rows, ask(question, rows), strict=True):
        assert said[question.key] == GUIDANCE_ORACLES[question.name](row), row


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_what_is_not_known_leaves_exactly_the_answers_that_it_could_give(question: Decision) -> None:
    axes = values(question)

    @given(st.fixed_dictionaries({n: st.sampled_from(v) for n, v in axes.items()}), st.sets(st.sampled_from([*axes])))
    def check(row: dict[str, Any], blanks: set[str]) -> None:
        if math.prod(len(axes[name]) for name in blanks) > 1500:
            return
        [said] = ask(question, [{**row, **dict.fromkeys(blanks)}])
        filled = itertools.product(*(axes[name] for name in sorted(blanks)))
        oracle = GUIDANCE_ORACLES[question.name]
        could_be = {oracle({**row, **dict(zip(sorted(blanks), one, strict=True))}) for one in filled}
        assert set(said[f"{question.key}_possible"]) == could_be
        assert said[f"{question.key}_exact"]

    check()


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["area"] == "ven.dose"], ids=lambda v: v["id"])
def test_the_worked_cases_of_dosing_come_out(vector: dict[str, Any]) -> None:
    given_, expected = vector["input"], vector["expected"]
    liver = {"child_pugh": given_["hepatic"][-1]} if "hepatic" in given_ else {}
    for taken in TAKEN[given_["cyp"]]:
        facts = {"venetoclax_partner": PARTNER[given_["partner"]], **taken, **liver}
        label, consensus = ramp_up(US_LABEL, **facts), ramp_up(ELN_2022_DOSE, **facts)
        full = ramp_up(US_LABEL, venetoclax_partner=facts["venetoclax_partner"]).steady
        steady = label.steady
        found: dict[str, Any] = {"alert": "MANUAL_PHARMACIST_REVIEW" if label.alert == REVIEW else None}
        if steady is not None and full is not None:
            at_most = 100 * steady.mg / full.mg if steady.bound == "at most" else None
            found |= {"ramp": [dose.mg for dose in label.ramp], "steady": steady.mg, "steady_us_label": steady.mg}
            found |= {"steady_max_pct_of_full": at_most}
        if consensus.steady is not None:
            found["steady_eln_tiong"] = consensus.steady.mg
        assert {name: found.get(name) for name in expected} == expected


def test_there_are_five_worked_cases_of_dosing() -> None:
    assert [v["id"] for v in VECTORS if v["area"] == "ven.dose"] == ["D01", "D02", "D03", "D05", "D06"]


def test_with_posaconazole_the_labels_and_the_consensus_are_shown_to_differ() -> None:
    azacitidine = {"venetoclax_partner": "azacitidine", "venetoclax_day": 10.0, "child_pugh": "none"}
    rows = [{**azacitidine, **dict.fromkeys(FACTS, False), "posaconazole": taken} for taken in (True, False)]
    with_it, without = doses(pl.DataFrame(rows)).to_dicts()
    assert with_it["venetoclax_dose_us_label"] == "70 mg"
    assert with_it["venetoclax_dose_eln_2022"] == "100 mg or less"
    assert with_it["sources_differ"]
    assert without["sources_differ"] is False


@given(st.data())
def test_leaving_out_the_ramp_up_is_never_offered_in_overt_leukaemia(data: st.DataObject) -> None:
    axes = values(WITHOUT_RAMP_UP_IN_REMISSION)
    row = {name: data.draw(st.sampled_from([None, *options])) for name, options in axes.items()}
    [said] = ask(WITHOUT_RAMP_UP_IN_REMISSION, [{**row, "in_remission": False}])
    assert said["venetoclax_without_ramp_up_possible"] == [RAMP_UP]
    [open_] = ask(WITHOUT_RAMP_UP_IN_REMISSION, [{**row, "in_remission": None}])
    assert open_["venetoclax_without_ramp_up"] is None or open_["venetoclax_without_ramp_up"] == RAMP_UP


def test_the_liver_that_nobody_recorded_leaves_the_dose_open() -> None:
    row = {"venetoclax_partner": "azacitidine", "venetoclax_day": 4.0, **dict.fromkeys(FACTS, False)}
    [said] = ask(US_LABEL, [row])
    assert set(said["venetoclax_dose_us_label_possible"]) == {"400 mg", "200 mg"}
    assert said["venetoclax_dose_us_label_decided_by"] == ["severe_liver"]


def test_cytarabine_is_not_on_the_eu_label_and_a_third_drug_on_none() -> None:
    assert ramp_up(EU_LABEL, venetoclax_partner="low-dose cytarabine").alert == NOT_STATED
    for question in (US_LABEL, EU_LABEL, ELN_2022_DOSE):
        assert ramp_up(question, venetoclax_partner="other").alert == NOT_STATED


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_every_answer_has_a_source_and_says_that_it_is_never_an_order(question: Decision) -> None:
    assert NEVER_AN_ORDER in question.caution
    assert question.citation
    printed = every_dose()
    assert all(rule.citation for rule in question.rules if rule.answer in printed)


def test_doses_and_grades_that_were_not_read_in_the_original_are_said_not_to_be_verified() -> None:
    for question in (US_LABEL, EU_LABEL, NEUTROPENIA_GRADE, THROMBOCYTOPENIA_GRADE):
        assert "which were not read in the original" in question.said, question.name
    assert "Newly diagnosed AML at 75 years or older" in US_LABEL.said


def test_use_in_relapse_is_computed_and_said_to_be_off_label() -> None:
    row = {"venetoclax_partner": "azacitidine", "venetoclax_day": 4.0, "child_pugh": "none", "front_line_unfit": False}
    [said] = ask(US_LABEL, [{**row, **dict.fromkeys(FACTS, False)}])
    told = explain(US_LABEL, said)
    assert told.answer == "400 mg"
    assert told.outside == ("off label: it was licensed for newly diagnosed AML only",)


def test_an_unknown_fact_has_no_place_in_the_calculator() -> None:
    with pytest.raises(ValueError, match="posaconazole must be known here"):
        ramp_up(US_LABEL, venetoclax_partner="azacitidine", posaconazole=None)
    with pytest.raises(ValueError, match="venetoclax_partner must be known here"):
        ramp_up(US_LABEL)
    with pytest.raises(ValueError, match="posaconazol is not asked"):
        ramp_up(US_LABEL, venetoclax_partner="azacitidine", posaconazol=True)
    with pytest.raises(ValueError, match="venetoclax_partner must be one of azacitidine"):
        ramp_up(US_LABEL, venetoclax_partner="AZA")


def test_every_number_schedule_and_drug_names_its_source() -> None:
    for entry in NUMBERS.entries.values():
        assert entry.source
        assert not entry.verified
    printed = [schedule for key in ("us_label", "eu_label", "eln2022") for schedule in schedules(key)]
    assert all(schedule.source and len(schedule.doses) == 4 for schedule in printed)
    assert all(schedule.verified == (schedule.edition == "eln2022") for schedule in printed)
    assert all(caution.source for caution in CAUTIONS)
    assert all(drug.source and not drug.verified for drug in listed().values())
    allowed = {None, "strong", "moderate", "weak", "none", "disputed"}
    assert all({drug.cyp3a4, drug.inducer} <= allowed for drug in listed().values())


def medicine(drug: str, start: int | None = 0, end: int | None = 50) -> dict[str, Any]:
    return {"drug": drug, "start_day": start, "end_day": end}


def found(on: int, **tables: Any) -> dict[str, Any]:
    [row] = interactions(registry(**tables), on).to_dicts()
    return row


class TestMedicinesInTheRecords:
    def test_a_medicine_counts_by_its_strongest_effect_alone(self) -> None:
        """Posaconazole, itraconazole and clarithromycin inhibit P-gp as well."""
        posaconazole = found(10, medications=[medicine("posaconazole")])
        assert {name for name in FACTS if posaconazole[name]} == {"posaconazole"}
        itraconazole = found(10, medications=[medicine("itraconazole")])
        assert {name for name in FACTS if itraconazole[name]} == {"other_strong_cyp3a4_inhibitor"}
        verapamil = found(10, medications=[medicine("verapamil")])
        assert {name for name in FACTS if verapamil[name]} == {"moderate_cyp3a4_inhibitor", "p_gp_inhibitor"}

    def test_medicines_that_nobody_recorded_are_unknown_never_none(self) -> None:
        [row] = interactions(only(patients=[{"diagnosis_day": 0}]), 10).to_dicts()
        assert [row[name] for name in FACTS] == [None] * len(FACTS)
        assert row["medications_recorded"] is False

    def test_a_recorded_list_without_inhibitors_is_none(self) -> None:
        row = found(10, medications=[medicine("allopurinol")])
        assert [row[name] for name in FACTS] == [False] * len(FACTS)

    def test_a_drug_that_is_not_on_the_list_is_not_known(self) -> None:
        tables = {"patients": [{"patient_id": "p"}], "medications": [{"patient_id": "p", **medicine("zzyxinib")}]}
        [row] = interactions(Registry.from_tables(tables, relative=True), 10).to_dicts()
        assert row["other_strong_cyp3a4_inhibitor"] is None
        assert row["cyp3a4_inducer"] is None
        assert row["posaconazole"] is False
        assert row["not_listed"] == ["zzyxinib"]
        assert interaction("zzyxinib").cyp3a4 is None

    @pytest.mark.parametrize(
        ("start", "end", "on", "expected"),
        [
            (0, 50, 0, True),
            (0, 50, 50, True),
            (0, 50, -1, False),
            (0, None, 20, None),
            (0, None, 0, True),
            (None, 50, 20, None),
            (None, 50, 54, False),
            (0, 50, 51, True),
            (0, 50, 52, None),
            (0, 50, 53, False),
        ],
    )
    def test_an_inhibitor_acts_on_for_two_to_three_days_and_one_without_an_end_may_still_be_taken(
        self, start: int | None, end: int | None, on: int, expected: bool | None
    ) -> None:
        assert (
            found(on, medications=[medicine("voriconazole", start, end)])["other_strong_cyp3a4_inhibitor"] is expected
        )

    def test_an_inducer_lingers_for_weeks(self) -> None:
        assert found(60, medications=[medicine("rifampicin")])["cyp3a4_inducer"] is None
        assert found(64, medications=[medicine("rifampicin")])["cyp3a4_inducer"] is False

    def test_the_azole_of_a_cycle_counts_until_the_next_cycle(self) -> None:
        cycles = [{"cycle": 1, "start_day": 0, "azole": "posaconazole"}, {"cycle": 2, "start_day": 28}]
        tables = {"cycles": cycles, "medications": [medicine("allopurinol")]}
        assert found(0, **tables)["posaconazole"]
        assert found(27, **tables)["posaconazole"]
        assert found(60, **tables)["posaconazole"] is False

    def test_a_drug_whose_strength_is_disputed_goes_to_the_pharmacist(self) -> None:
        row = found(10, medications=[medicine("diltiazem")], treatments=[line(0)])
        assert row["interaction_disputed"]
        said = dosing(registry(medications=[medicine("diltiazem")], treatments=[line(0)]), PICTURE, 10).to_dicts()[0]
        assert said["venetoclax_dose_us_label"] == REVIEW

    def test_an_azole_with_gilteritinib_is_flagged_for_the_qt_interval(self) -> None:
        both = found(10, medications=[medicine("voriconazole"), medicine("gilteritinib")])
        assert both["qt_stacking"]
        assert found(10, medications=[medicine("voriconazole")])["qt_stacking"] is False
        assert found(10, medications=[medicine("isavuconazole"), medicine("gilteritinib")])["qt_stacking"] is False

    @pytest.mark.parametrize(("azole_until", "partner_until"), [(50, None), (None, 50), (None, None)])
    def test_an_azole_and_gilteritinib_of_which_one_has_no_end_leave_the_qt_interval_open(
        self, azole_until: int | None, partner_until: int | None
    ) -> None:
        taken = [medicine("voriconazole", 0, azole_until), medicine("gilteritinib", 0, partner_until)]
        assert found(20, medications=taken)["qt_stacking"] is None

    def test_each_medicine_is_listed_with_its_strength_and_source(self) -> None:
        rows = medicines(registry(medications=[medicine("fluconazole"), medicine("posaconazole", 0, 3)]), 10).to_dicts()
        assert next((row["drug"], row["cyp3a4"], row["verified"]) for row in rows) == ("fluconazole", "moderate", False)
        assert all(row["source"] for row in rows)

    @given(
        st.lists(
            st.builds(
                medicine,
                st.sampled_from(
                    ["posaconazole", "fluconazole", "rifampicin", "diltiazem", "allopurinol", "enasidenib"]
                ),
                st.integers(0, 30),
                st.integers(31, 60),
            ),
            max_size=4,
            unique_by=lambda row: (row["drug"], row["start_day"]),
        ),
        st.sets(st.integers(0, 3)),
        st.integers(0, 80),
    )
    def test_forgetting_an_end_never_turns_what_may_act_into_no(
        self, rows: list[dict[str, Any]], forgotten: set[int], on: int
    ) -> None:
        blanked = [{**row, "end_day": None} if k in forgotten else row for k, row in enumerate(rows)]
        known = found(on, medications=rows)
        wider = found(on, medications=blanked)
        for name in FACTS:
            assert wider[name] in (known[name], None)


PICTURE = pl.DataFrame({"patient_id": ["p"], "in_remission": [True], "child_pugh": ["none"]})


class TestThePatientsOwnLine:
    def ask(self, on: int = 3, **tables: Any) -> dict[str, Any] | None:
        rows = venetoclax_lines(registry(**tables), on).to_dicts()
        return rows[0] if rows else None

    def test_the_partner_and_the_day_come_from_the_line_of_venetoclax(self) -> None:
        row = self.ask(treatments=[line(0)])
        assert row == {"patient_id": "p", "venetoclax_partner": "azacitidine", "venetoclax_day": 4.0}

    def test_a_row_for_each_drug_is_one_combination(self) -> None:
        row = self.ask(treatments=[line(0, drugs="venetoclax"), line(0, drugs="decitabine")])
        assert row is not None
        assert row["venetoclax_partner"] == "decitabine"

    @pytest.mark.parametrize(("intensive", "partner"), [(False, "low-dose cytarabine"), (True, "other"), (None, None)])
    def test_cytarabine_is_low_dose_only_where_the_line_is_not_intensive(
        self, intensive: bool | None, partner: str | None
    ) -> None:
        row = self.ask(treatments=[line(0, drugs="cytarabine+venetoclax", intensive=intensive)])
        assert row is not None
        assert row["venetoclax_partner"] == partner

    def test_a_third_drug_makes_another_combination_and_an_ended_line_is_none(self) -> None:
        row = self.ask(treatments=[line(0, drugs="azacitidine+venetoclax+gilteritinib")])
        assert row is not None
        assert row["venetoclax_partner"] == "other"
        assert self.ask(treatments=[line(0, end_day=2)]) is None

    def test_a_patient_in_molecular_relapse_on_posaconazole_sees_every_source_at_once(self) -> None:
        made = registry(treatments=[line(0)], medications=[medicine("posaconazole")])
        [row] = dosing(made, PICTURE, 10).to_dicts()
        assert row["venetoclax_dose_us_label"] == "70 mg"
        assert row["venetoclax_dose_eu_label"] == row["venetoclax_dose_eln_2022"] == "100 mg or less"
        assert row["venetoclax_without_ramp_up"].startswith("100 mg (Tiong)")
        assert row["sources_differ"]

    def test_without_inhibitors_in_remission_the_studies_gave_the_full_dose_at_once(self) -> None:
        made = registry(treatments=[line(0)], medications=[])
        assert dosing(made, PICTURE, 0).to_dicts()[0]["venetoclax_without_ramp_up"] == WITHOUT_RAMP_UP

    def test_an_inducer_is_avoided_and_with_an_inhibitor_reviewed(self) -> None:
        inducer = registry(treatments=[line(0)], medications=[medicine("carbamazepine")])
        assert dosing(inducer, PICTURE, 5).to_dicts()[0]["venetoclax_dose_us_label"] == AVOID
        both = registry(treatments=[line(0)], medications=[medicine("carbamazepine"), medicine("posaconazole")])
        assert dosing(both, PICTURE, 5).to_dicts()[0]["venetoclax_dose_us_label"] == REVIEW


def test_the_examples_of_the_page_run() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "dosing.md").read_text("utf-8")
    blocks = [block.split("```")[0] for block in page.split("```python\n")[1:]]
    assert len(blocks) == 2
    for block in blocks:
        exec(block, {})
