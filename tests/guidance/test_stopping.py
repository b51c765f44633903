"""Stopping venetoclax: every published duration against a second reading, and patients told in sentences."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import itertools

from asking import check_against_the_second_reading
from remission_patients import (
    GENES,
    MARROWS,
    TODAY,
    asked,
    assessed,
    counts_on,
    cycles_from,
    facts,
    page,
    picture,
    told,
)

from registries import line, only, registry, remission, sample
from tenfold.assessment import assess
from tenfold.exchange.published import published
from tenfold.guidance.remission.negativity import NEGATIVITY, negativity
from tenfold.guidance.remission.picture import remission_picture
from tenfold.guidance.remission.stopping import (
    CONSIDERED,
    NOT_SUPPORTED,
    NOT_YET,
    STOPPING,
    STOPPING_BY_DURATION,
    STOPPING_QUESTIONS,
    stopping_questions,
)
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.logic.explain import explain
from tenfold.settings import DEFAULTS

STRICT, TWELVE, SIX, EIGHT = STOPPING_QUESTIONS
by_duration = pytest.mark.parametrize("question", STOPPING_QUESTIONS, ids=lambda q: q.name)


@by_duration
def test_every_case_gets_the_answers_of_the_second_reading(question: Decision) -> None:
    check_against_the_second_reading(question)


@by_duration
def test_it_is_never_an_order_and_says_the_schedule_that_must_be_planned(question: Decision) -> None:
    assert "Never an order" in question.caution
    assert "monthly for the first 6 months, then every 2 months" in question.caution
    assert set(question.answers) == {CONSIDERED, NOT_YET, NOT_SUPPORTED}
    assert all(rule.citation for rule in question.rules)


def test_a_patient_of_whom_everything_holds_may_be_considered_by_every_duration() -> None:
    assert [told(question, **facts()) for question in STOPPING_QUESTIONS] == [CONSIDERED] * 4


def test_the_strict_reading_is_shown_first_and_a_centre_may_choose_another() -> None:
    assert any("(duration: strict)" in text for text in page(**facts())["Stopping venetoclax"])
    chosen = DEFAULTS.changed(guidance__stopping_duration="8 cycles")
    told_ = page(settings=chosen, **facts())["Stopping venetoclax"]
    assert any("(duration: 8 cycles)" in text for text in told_)
    assert not any("negative for at least 12 months" in text for text in told_)


def test_eight_months_negative_after_six_cycles_is_enough_for_one_duration_only() -> None:
    tables = facts(
        mrd_samples=[sample(day, "neg") for day in (250, 330, 410, 495)], cycles=cycles_from(0, 60, 120, 200, 300, 400)
    )
    assert [told(question, **tables) for question in STOPPING_QUESTIONS] == [NOT_YET, NOT_YET, CONSIDERED, NOT_YET]


def test_a_year_of_365_days_is_twelve_months() -> None:
    negative = [sample(day, "neg") for day in (120, 241, 362, 485)]
    assert told(TWELVE, **facts(mrd_samples=negative)) == CONSIDERED
    assert told(TWELVE, **facts(mrd_samples=[sample(day, "neg") for day in (124, 241, 362, 485)])) == NOT_YET


@pytest.mark.parametrize("gene", ["TP53", "ASXL1", "RUNX1"])
def test_a_high_risk_co_mutation_is_not_supported(gene: str) -> None:
    variants = [{"sample_day": -90, "gene": name} for name in ("NPM1", gene)]
    assert told(STRICT, **facts(variants=variants)) == NOT_SUPPORTED
    assert picture(**facts(variants=variants))["isolated_npm1"].to_list() == [False]


def test_flt3_itd_counts_whatever_its_ratio_unless_the_centre_asks_for_a_high_one() -> None:
    def row(ratio: float, **numbers: Any) -> dict[str, Any]:
        variants = [
            {"sample_day": -90, "gene": "NPM1"},
            {"sample_day": -90, "gene": "FLT3", "kind": "ITD", "allelic_ratio": ratio},
        ]
        made = assessed(**facts(variants=variants))
        shown = remission_picture(
            made.registry, made.settings, made.molecular, made.risk, made.diagnosis, TODAY, STOPPING.changed(**numbers)
        )
        [said] = answer(shown, [STRICT]).to_dicts()
        return said

    assert row(0.2)[STRICT.key] == NOT_SUPPORTED
    assert row(0.2, genes__flt3_itd="high ratio")[STRICT.key] == CONSIDERED
    assert row(0.7, genes__flt3_itd="high ratio")[STRICT.key] == NOT_SUPPORTED


def test_a_gene_that_was_not_tested_leaves_it_open_and_npm1_unproven_as_isolated() -> None:
    untested = [{"sample_day": -90, "gene": gene} for gene in GENES if gene != "ASXL1"]
    row = asked(STRICT, **facts(genes_tested=untested))
    assert set(row[f"{STRICT.key}_possible"]) == {CONSIDERED, NOT_SUPPORTED}
    assert row[f"{STRICT.key}_decided_by"] == ["co_mutation_against"]
    assert row["isolated_npm1"] is None
    assert picture(**facts())["isolated_npm1"].to_list() == [True]


def test_a_mutation_found_later_speaks_against_stopping_too() -> None:
    found = [{"sample_day": -90, "gene": "NPM1"}, {"sample_day": 450, "gene": "TP53"}]
    assert told(STRICT, **facts(variants=found)) == NOT_SUPPORTED
    assert told(SIX, on=430, **facts(variants=found, counts=counts_on(400, 425))) == CONSIDERED


def test_leukaemia_without_npm1_has_no_validated_marker_even_with_idh2() -> None:
    row = asked(STRICT, **facts(variants=[{"sample_day": -90, "gene": "IDH2"}]))
    assert row[STRICT.key] == NOT_SUPPORTED
    assert "not supported by a validated marker (Chua observational)" in explain(STRICT, row).rules


class TestWhoIsAsked:
    def test_outside_remission_it_is_refused(self) -> None:
        relapse = [remission(40), {"response_day": 450, "reported_response": "relapse"}]
        assert explain(STRICT, asked(STRICT, **facts(responses=relapse))).refused_by[0] == "outside remission"

    def test_who_has_stopped_already_is_told_so(self) -> None:
        stopped = [line(0, "induction", intensive=False, line=1, end_day=480)]
        assert explain(STRICT, asked(STRICT, **facts(treatments=stopped))).refused_by == ("already stopped",)

    def test_before_its_last_day_is_known_venetoclax_is_still_given(self) -> None:
        stopped = [line(0, "induction", intensive=False, line=1, end_day=480)]
        tables = facts(treatments=stopped, counts=counts_on(460, 470))
        assert asked(STRICT, on=479, **tables)["venetoclax"] == "being given"
        assert told(STRICT, on=479, **tables) == CONSIDERED

    def test_who_never_had_venetoclax_is_not_asked(self) -> None:
        intensive = [line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=7)]
        row = asked(STRICT, **facts(treatments=intensive, cycles=[]))
        assert explain(STRICT, row).refused_by == ("no course of venetoclax was given",)

    def test_without_lines_of_treatment_recorded_it_is_not_known_whether_it_applies(self) -> None:
        made = only(patients=[{"diagnosis_day": -100}], mrd_samples=[sample(60, "neg")], responses=[remission(40)])
        got = assess(made, on=TODAY)
        shown = remission_picture(got.registry, got.settings, got.molecular, got.risk, got.diagnosis, TODAY)
        [row] = answer(shown, [STRICT]).to_dicts()
        assert row["venetoclax"] is None
        assert row[f"{STRICT.key}_scope"] == "unknown"


class TestNotYet:
    def rules(self, **changed: Any) -> tuple[str, ...]:
        row = asked(STRICT, **facts(**changed))
        assert row[STRICT.key] == NOT_YET
        return explain(STRICT, row).rules

    def test_two_negative_marrows_are_not_sustained(self) -> None:
        [rule] = self.rules(mrd_samples=[sample(day, "neg") for day in (100, 490)])
        assert rule == "fewer than 3 adequate negative marrows in a row"

    def test_a_gap_of_more_than_four_months_is_not_sustained(self) -> None:
        [rule] = self.rules(mrd_samples=[sample(day, "neg") for day in (60, 120, 300, 400, 480)])
        assert rule == "more than 4 months between two of them"

    def test_a_last_marrow_older_than_eight_weeks_is_too_old(self) -> None:
        [rule] = self.rules(mrd_samples=[sample(day, "neg") for day in (60, 150, 250, 350, 440)])
        assert rule == "the last of them more than 56 days old"

    def test_blood_negative_never_stands_for_marrow(self) -> None:
        blood = [sample(day, "neg", tissue="blood") for day in MARROWS]
        assert self.rules(mrd_samples=blood)[0].startswith("fewer than 3")

    def test_a_positive_blood_sample_after_the_last_marrow(self) -> None:
        after = [*facts()["mrd_samples"], sample(490, 0.02, tissue="blood")]
        assert self.rules(mrd_samples=after) == ("a positive sample since",)

    def test_a_positive_marrow_begins_the_run_anew_and_is_called_fluctuating_once_negative_again(self) -> None:
        once = [sample(day, "neg") for day in (60, 120, 350, 400, 440, 490)]
        fluctuating = [*once, sample(200, "det")]
        row = asked(SIX, **facts(mrd_samples=fluctuating))
        assert row["negative_marrows_low"] == 4
        assert row["fluctuating"]
        assert row[SIX.key] == NOT_YET

    def test_counts_below_those_of_a_remission(self) -> None:
        assert self.rules(counts=counts_on(480, 495, anc=0.7)) == ("counts not stably recovered",)

    def test_seven_cycles_are_one_too_few(self) -> None:
        [rule] = self.rules(cycles=cycles_from(*range(0, 490, 70)))
        assert rule == "fewer than 8 cycles of venetoclax in this course"

    def test_negative_samples_too_poor_to_be_called_do_not_count(self) -> None:
        poor = [sample(day, "neg", control_copies=1000) for day in MARROWS]
        assert self.rules(mrd_samples=poor)[0].startswith("fewer than 3")


class TestWhatIsNotKnown:
    def test_negatives_of_unknown_quality_leave_it_open(self) -> None:
        unknown = [sample(day, "neg", control_copies=None) for day in MARROWS]
        row = asked(STRICT, **facts(mrd_samples=unknown))
        assert (row["negative_marrows_low"], row["negative_marrows_high"]) == (0, 6)
        assert set(row[f"{STRICT.key}_possible"]) == {CONSIDERED, NOT_YET}

    def test_one_sample_without_a_call_may_be_positive_or_one_more_negative(self) -> None:
        open_ = sample(290, "neg") | {"detected": None}
        rows = [*(sample(day, "neg") for day in MARROWS if day != 290), open_]
        row = asked(STRICT, **facts(mrd_samples=rows))
        assert (row["negative_marrows_low"], row["negative_marrows_high"]) == (2, 6)
        assert row["positive_in_the_run"] is None
        assert set(row[f"{STRICT.key}_possible"]) == {CONSIDERED, NOT_YET}

    def test_a_sample_found_too_poor_to_call_is_skipped(self) -> None:
        poor = sample(430, "neg") | {"detected": None, "adequate": False}
        rows = [*facts()["mrd_samples"], poor]
        assert told(STRICT, **facts(mrd_samples=rows)) == CONSIDERED

    def test_cycles_that_nobody_recorded_leave_their_number_open(self) -> None:
        tables = facts()
        del tables["cycles"]
        row = asked(STRICT, **tables)
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (0, TODAY // 21 + 1)
        assert row[f"{STRICT.key}_decided_by"] == ["cycles_8"]
        assert told(TWELVE, **tables) == CONSIDERED

    def test_counts_that_nobody_took_leave_recovery_open(self) -> None:
        assert asked(STRICT, **facts(counts=[]))[f"{STRICT.key}_decided_by"] == ["counts_stable"]

    def test_without_a_day_nothing_is_recent(self) -> None:
        row = asked(STRICT, on=None, **facts())
        assert row["last_marrow_days_low"] is None
        assert CONSIDERED in row[f"{STRICT.key}_possible"]
        assert row[STRICT.key] is None


def test_a_confirmed_molecular_relapse_before_is_not_supported_and_names_who_stopped_after_one() -> None:
    rows = [sample(day, "neg") for day in (-400, -330)]
    rows += [sample(day, level) for day, level in ((-60, 0.05), (-40, 0.3))]
    rows += [sample(day, "neg") for day in MARROWS]
    tables = facts(
        patients=[{"diagnosis_day": -700}],
        variants=[{"sample_day": -700, "gene": "NPM1"}],
        genes_tested=[{"sample_day": -700, "gene": gene} for gene in GENES],
        mrd_samples=rows,
        responses=[remission(-600)],
        treatments=[
            line(-690, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=-680),
            line(0, intensive=False, line=2),
        ],
        cycles=[{**row, "line": 2} for row in cycles_from(*range(0, 490, 42))],
    )
    row = asked(STRICT, **tables)
    assert row["earlier_molecular_relapse"]
    assert row[STRICT.key] == NOT_SUPPORTED
    [rule] = explain(STRICT, row).rules
    assert "EV042" in rule
    assert "EV023" in rule


def test_a_relapse_that_was_never_confirmed_leaves_it_open() -> None:
    rows = [sample(day, "neg") for day in (-90, -60)] + [sample(-10, 0.05)] + [sample(day, "neg") for day in MARROWS]
    row = asked(
        STRICT, **facts(mrd_samples=rows, responses=[remission(-95)], treatments=[line(0, intensive=False, line=1)])
    )
    assert row["earlier_molecular_relapse"] is None
    assert row[STRICT.key] is None or row[STRICT.key] == NOT_YET


def test_a_centre_may_ask_for_more_marrows() -> None:
    stricter = stopping_questions(STOPPING.changed(sustained__marrows=7))["strict"]
    assert told(stricter, **facts()) == NOT_YET


def test_an_allograft_begins_the_run_anew() -> None:
    row = asked(STRICT, **facts(transplants=[{"transplant_day": 250, "donor": "matched unrelated"}]))
    assert row["negative_marrows_high"] == 3
    assert row["negative_months_high"] < 12


def test_no_published_patient_may_be_considered_without_doubt() -> None:
    """Nobody published the days, samples and counts that it would take."""
    made = assess(published())
    shown = remission_picture(made.registry, made.settings, made.molecular, made.risk, made.diagnosis, None)
    assert shown.height == 15
    said = answer(shown, STOPPING_QUESTIONS)
    for question in STOPPING_BY_DURATION.values():
        assert CONSIDERED not in said[question.key].to_list()
    by_id = {row["patient_id"]: row for row in said.to_dicts()}
    assert by_id["thol-1"][f"{STRICT.key}_scope"] == "no"


RESTARTED = [
    line(0, "induction", intensive=False, line=1, end_day=300),
    line(400, "pre-emptive", intensive=False, line=2),
]


class TestThePresentCourse:
    def test_after_a_relapse_off_treatment_only_the_cycles_of_the_new_course_count(self) -> None:
        rows = [*(sample(day, "neg") for day in (60, 120, 200, 290)), sample(350, 0.5), sample(370, 1.0)]
        tables = facts(treatments=RESTARTED, mrd_samples=rows, cycles=cycles_from(*range(0, 300, 30)))
        row = asked(EIGHT, on=420, **tables)
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (0, 1)
        assert row["cycle_4_over"] is False
        assert (row["venetoclax"], row["venetoclax_from"]) == ("being given", 400)

    def test_after_a_long_gap_it_is_a_new_course_and_after_a_short_one_the_same(self) -> None:
        cycles = [*cycles_from(*range(0, 300, 30)), {**cycles_from(400)[0], "line": 2}]
        row = asked(EIGHT, **facts(treatments=RESTARTED, cycles=cycles))
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (1, 1)
        soon = [RESTARTED[0], {**RESTARTED[1], "start_day": 330}]
        row = asked(EIGHT, **facts(treatments=soon, cycles=cycles))
        assert (row["venetoclax_cycles_low"], row["venetoclax_cycles_high"]) == (11, 11)

    def test_a_course_without_a_recorded_end_is_over_once_a_relapse_was_treated_again(self) -> None:
        rows = [*(sample(day, "neg") for day in (60, 120, 200)), sample(350, 0.5), sample(370, 1.0)]
        lines = [{**RESTARTED[0], "end_day": None}, RESTARTED[1]]
        row = asked(EIGHT, on=420, **facts(treatments=lines, mrd_samples=rows))
        assert row["venetoclax_from"] == 400

    def test_venetoclax_inside_intensive_induction_is_no_course(self) -> None:
        flag_ven = [
            line(0, "induction", "fludarabine+cytarabine+idarubicin+venetoclax", intensive=True, line=1, end_day=30)
        ]
        row = asked(STRICT, **facts(treatments=flag_ven, cycles=cycles_from(0)))
        assert row["venetoclax"] == "never given"
        assert explain(STRICT, row).refused_by == ("no course of venetoclax was given",)
        assert row["intensive_treatment"]


def reason(said: str, cycle: int = 3) -> list[dict[str, Any]]:
    rows = cycles_from(*range(0, 470, 42))
    return [
        {**row, "end_day": row["start_day"] + 27, "dose_change_reason": said if row["cycle"] == cycle else None}
        for row in rows
    ]


class TestLateRecovery:
    @pytest.mark.parametrize(
        "said", ["shortened on account of the azole", "patient recovered from pneumonia", "recounted tablets"]
    )
    def test_a_word_that_only_contains_another_tells_nothing(self, said: str) -> None:
        assert asked(STRICT, **facts(cycles=reason(said)))["delayed_recovery"] is False

    @pytest.mark.parametrize(
        "said",
        [
            "Neutropenia grade 4",
            "low counts",
            "delayed  recovery",
            "prolonged thrombocytopaenia.",
            "Cytopenia/infection",
        ],
    )
    def test_whole_words_tell_of_late_recovery(self, said: str) -> None:
        assert asked(STRICT, **facts(cycles=reason(said)))["delayed_recovery"] is True

    def test_a_cycle_of_an_earlier_course_tells_nothing_of_this_one(self) -> None:
        second = [{**row, "line": 2, "start_day": 400, "end_day": 427, "cycle": 1} for row in cycles_from(400)]
        tables = facts(
            treatments=RESTARTED, cycles=[*(r for r in reason("neutropenia") if r["start_day"] < 300), *second]
        )
        assert asked(STRICT, **tables)["delayed_recovery"] is False


class TestThePage:
    def lines(self, **changed: Any) -> str:
        return "\n".join(page(**facts(**changed))["Stopping venetoclax"])

    def test_each_criterion_is_said_positively_whether_it_speaks_for_stopping_or_against(self) -> None:
        for said in (
            self.lines(),
            self.lines(mrd_samples=[sample(490, 0.05, tissue="blood")], counts=counts_on(480, 490, anc=0.5)),
        ):
            assert "not: " not in said
        assert "no positive sample of any tissue since" in self.lines()
        poor = self.lines(mrd_samples=[sample(100, "neg"), sample(490, "neg")], counts=counts_on(480, 490, anc=0.5))
        assert "fewer than 3 adequate negative marrows in a row (2)" in poor
        assert "counts not stably recovered" in poor

    def test_without_two_negative_marrows_no_gap_between_them_is_called_short(self) -> None:
        assert "between two of them" not in self.lines(mrd_samples=[sample(490, "neg")])
        assert "between two of them" in self.lines()

    def test_cycles_that_nobody_recorded_are_shown_as_bounds(self) -> None:
        tables = facts(treatments=[line(400, "induction", intensive=False, line=1)], cycles=[])
        said = "\n".join(page(**tables)["Stopping venetoclax"])
        assert "fewer than 8 cycles of venetoclax in this course (0 to 5)" in said

    def test_npm1_with_or_without_a_high_risk_mutation_is_said(self) -> None:
        assert "NPM1 without FLT3-ITD, TP53, ASXL1, RUNX1: yes" in self.lines()
        untested = [{"sample_day": -90, "gene": gene} for gene in GENES if gene != "TP53"]
        assert "NPM1 without FLT3-ITD, TP53, ASXL1, RUNX1: not known" in self.lines(genes_tested=untested)

    @pytest.mark.parametrize(
        ("npm1", "other", "clone"),
        [
            (0.45, 0.40, "founding"),
            (0.15, 0.45, "subclonal"),
            (0.40, 0.95, "founding"),
            (None, 0.4, None),
            (0.4, None, None),
        ],
    )
    def test_a_low_vaf_beside_another_mutation_cautions_of_a_subclone(
        self, npm1: float | None, other: float | None, clone: str | None
    ) -> None:
        variants = [
            {"sample_day": -100, "gene": "NPM1", "vaf": npm1},
            {"sample_day": -100, "gene": "DNMT3A", "vaf": other},
        ]
        assert picture(**facts(variants=variants))["npm1_clone"].to_list() == [clone]
        assert ("a caution only" in self.lines(variants=variants)) == (clone is not None)

    def test_evidence_is_shown_only_with_the_answer_that_it_supports(self) -> None:
        assert "Othman" in self.lines()
        not_yet = self.lines(counts=counts_on(480, 495, anc=0.7))
        assert "not yet" in not_yet
        assert "Othman" not in not_yet


def blanked(row: dict[str, Any], what: str) -> dict[str, Any]:
    if what == "call":
        return {name: value for name, value in row.items() if name not in ("detected", "value", "scale")}
    return {**row, "control_copies": None}


mrd = st.lists(
    st.builds(
        lambda day, level, tissue: sample(day, level, tissue=tissue),
        st.integers(50, 520),
        st.sampled_from(["neg", "neg", "neg", "neg", "det", 0.05, 3.0]),
        st.sampled_from(["marrow", "marrow", "blood"]),
    ),
    max_size=7,
    unique_by=lambda row: (row["sample_day"], row["tissue"]),
)


def runs(patients: list[list[dict[str, Any]]], on: int = TODAY) -> list[dict[str, Any]]:
    """The facts of several patients at once, in order."""
    people = [{"patient_id": f"p{k:02}", "diagnosis_day": -100, "age_years": 60} for k in range(len(patients))]

    def each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "patient_id": person["patient_id"]} for person in people for row in rows]

    made = assess(
        registry(
            patients=people,
            mrd_samples=[
                {**row, "patient_id": f"p{k:02}", "sample_id": f"{k}-{row['sample_id']}"}
                for k, rows in enumerate(patients)
                for row in rows
            ],
            responses=each([remission(40)]),
            treatments=each([line(0, "induction")]),
        ),
        on=on,
    )
    found = negativity(made.registry, made.settings, made.molecular, on).sort("patient_id").to_dicts()
    assert len(found) == len(patients)
    return found


several = st.lists(mrd, min_size=6, max_size=12)
few = settings(deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(several, st.data())
def test_forgetting_a_call_or_its_quality_only_widens_the_facts_of_a_run(
    patients: list[list[Any]], data: st.DataObject
) -> None:
    chance = data.draw(st.randoms(use_true_random=False))
    how = data.draw(st.sampled_from(["call", "quality"]))
    forgotten = [[blanked(row, how) if chance.random() < 0.3 else row for row in rows] for rows in patients]
    for known, wide in zip(runs(patients), runs(forgotten), strict=True):
        for name in NEGATIVITY:
            if name.endswith("_low") and wide[name] is not None and known[name] is not None:
                assert wide[name] <= known[name], name
            elif name.endswith("_high") and wide[name] is not None and known["negative_marrows_low"]:
                assert wide[name] >= known[name], name
            elif not name.endswith(("_low", "_high")):
                assert wide[name] in (known[name], None), name


@few
@given(several, st.integers(60, 520))
def test_samples_after_the_day_never_matter(patients: list[list[Any]], on: int) -> None:
    earlier = [[row for row in rows if row["sample_day"] <= on] for rows in patients]
    assert runs(patients, on) == runs(earlier, on)


@few
@given(several, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(patients: list[list[Any]], random: Any) -> None:
    assert runs(patients) == runs([random.sample(rows, len(rows)) for rows in patients])


@few
@given(several)
def test_known_samples_give_the_run_that_one_would_count_by_hand(patients: list[list[Any]]) -> None:
    for rows, said in zip(patients, runs(patients), strict=True):
        counted_by_hand(rows, said)


def counted_by_hand(rows: list[Any], said: dict[str, Any]) -> None:
    seen = sorted((row for row in rows if row["sample_day"] <= TODAY), key=lambda row: row["sample_day"])
    negatives: list[int] = []
    for row in (row for row in seen if row["tissue"] == "marrow"):
        negatives = [*negatives, row["sample_day"]] if row["detected"] == "no" else []
    assert said["negative_marrows_low"] == said["negative_marrows_high"] == len(negatives)
    if negatives:
        assert said["negative_months_low"] == round((negatives[-1] - negatives[0]) / 30.4375, 1)
        assert said["last_marrow_days_high"] == TODAY - negatives[-1]
        gaps = [later - day for day, later in itertools.pairwise(negatives)]
        assert said["negative_gap_months_high"] == round(max(gaps, default=0) / 30.4375, 1)
        blood = [row["sample_day"] for row in seen if row["tissue"] == "blood" and row["detected"] != "no"]
        assert said["positive_in_the_run"] == any(day >= negatives[0] for day in blood)
        assert said["blood_positive_after_marrow"] == any(day > negatives[-1] for day in blood)
