"""What needs attention: unconfirmed relapses, samples overdue or inadequate, stopping; told of patients."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "guidance"))

from remission_patients import GENES, MARROWS, TODAY, facts

from registries import Row, line, registry, remission, sample
from tenfold.assessment import Assessment, assess
from tenfold.records import Registry
from tenfold.settings import DEFAULTS
from tenfold.worklist import COLUMNS, EntryKind, undecided, worklist
from tenfold.worklist.entries import NO_DAY, NUMBERS

CONFIRMED, RELAPSE, _, OVERDUE, INADEQUATE, STOPPING = (kind.value for kind in EntryKind)
CONVERSION = [sample(60, "neg"), sample(150, 0.1)]
POOR: dict[str, Any] = {"control_copies": 500}
UNKNOWN_QUALITY: dict[str, Any] = {"control_copies": None}


def made(on: int | None, **tables: list[Row]) -> Assessment:
    """A patient in remission since day 40 of one line of azacitidine and venetoclax; `tables` replace or add."""
    base: dict[str, list[Row]] = {
        "responses": [remission(40)],
        "treatments": [line(0, "induction", intensive=False, line=1)],
    }
    return assess(registry(**{**base, **tables}), on=on)


def entries(on: int | None, kind: str | None = None, **tables: list[Row]) -> list[dict[str, Any]]:
    rows = worklist(made(on, **tables)).to_dicts()
    return [row for row in rows if kind in (None, row["kind"])]


def in_doubt(assessment: Assessment, kind: str) -> list[dict[str, Any]]:
    return [row for row in undecided(assessment).to_dicts() if row["kind"] == kind]


class TestARelapseThatAwaitsItsSecondSample:
    def test_it_is_an_entry_from_the_day_of_its_first_sample_with_its_reason_and_source(self) -> None:
        [row] = entries(150, mrd_samples=CONVERSION)
        assert list(row) == list(COLUMNS)
        assert (row["kind"], row["certain"], row["subject"]) == (RELAPSE, True, "marrow-150")
        assert (row["marker"], row["tissue"], row["method"]) == ("NPM1", "marrow", "rt-qpcr")
        assert (row["since_day"], row["due_day"], row["overdue_days"], row["reminder"]) == (150, 178, 0, 0)
        assert "conversion from MRD negativity to positivity (Thol" in row["because"]
        assert "within 28 days (ELN 2018/2021" in row["because"]
        assert "NPM1 in marrow by rt-qpcr that is positive, or negative and adequate" in row["closes_by"]

    @pytest.mark.parametrize(
        ("waited", "reminder", "overdue"), [(0, 0, 0), (13, 0, 0), (14, 14, 0), (27, 14, 0), (28, 28, 0), (29, 28, 1)]
    )
    def test_it_is_brought_up_again_after_14_and_28_days_and_is_overdue_after_28(
        self, waited: int, reminder: int, overdue: int
    ) -> None:
        [row] = entries(150 + waited, mrd_samples=CONVERSION)
        assert (row["reminder"], row["overdue_days"]) == (reminder, overdue)

    def test_a_centre_may_remind_earlier_and_ask_for_the_second_sample_earlier(self) -> None:
        base = registry(mrd_samples=CONVERSION, responses=[remission(40)])
        stricter = assess(base, DEFAULTS.changed(mrd__confirm_within=21), on=157)
        [row] = worklist(stricter, NUMBERS.changed(reminder__first=7)).to_dicts()
        assert (row["reminder"], row["due_day"]) == (7, 171)

    def test_a_positive_second_sample_confirms_it_and_an_adequate_negative_one_refutes_it(self) -> None:
        for level in (0.2, "det", "neg"):
            assert not entries(170, RELAPSE, mrd_samples=[*CONVERSION, sample(169, level)])

    def test_an_inadequate_second_sample_closes_nothing_and_is_an_entry_itself(self) -> None:
        found = entries(180, mrd_samples=[*CONVERSION, sample(169, "neg", **POOR)])
        assert [(row["kind"], row["subject"], row["certain"]) for row in found] == [
            (RELAPSE, "marrow-150", True),
            (INADEQUATE, "marrow-169", True),
        ]

    def test_a_second_sample_of_unknown_quality_leaves_the_same_entry_no_longer_certain(self) -> None:
        [row] = entries(180, RELAPSE, mrd_samples=[*CONVERSION, sample(169, "neg", **UNKNOWN_QUALITY)])
        assert (row["certain"], row["subject"], row["since_day"]) == (False, "marrow-150", 150)
        assert "decides: whether the sample was adequate to call negative" in row["because"]

    def test_a_second_sample_whose_call_nobody_recorded_leaves_it_too(self) -> None:
        [row] = entries(180, RELAPSE, mrd_samples=[*CONVERSION, sample(169, "neg") | {"detected": None}])
        assert (row["certain"], row["subject"]) == (False, "marrow-150")
        assert "whether the sample was positive" in row["because"]
        # Nor does one after it that is too poor, though by then the state is confirmed or refuted.
        later = [sample(169, "neg") | {"detected": None}, sample(175, "neg", **POOR)]
        [row] = entries(180, RELAPSE, mrd_samples=[*CONVERSION, *later])
        assert (row["certain"], row["subject"]) == (False, "marrow-150")
        assert not entries(180, RELAPSE, mrd_samples=[*CONVERSION, later[0], sample(175, "neg")])

    def test_a_rise_that_may_not_be_tenfold_is_perhaps_a_relapse_and_says_what_decides(self) -> None:
        [row] = entries(150, RELAPSE, mrd_samples=[sample(60, "det"), sample(149, 0.01)])
        assert row["certain"] is False
        assert "whether the level rose tenfold" in row["because"]

    def test_a_sample_of_another_tissue_or_method_does_not_close_it(self) -> None:
        for other in (sample(169, "neg", tissue="blood"), sample(169, "neg", method="digital pcr")):
            [row] = entries(180, RELAPSE, mrd_samples=[*CONVERSION, other])
            assert row["subject"] == "marrow-150"

    def test_treatment_a_graft_or_a_haematological_relapse_ends_it_unconfirmed(self) -> None:
        treated = [line(0, "induction", intensive=False, line=1), line(160, "pre-emptive", line=2)]
        assert not entries(180, RELAPSE, mrd_samples=CONVERSION, treatments=treated)
        assert not entries(180, RELAPSE, mrd_samples=CONVERSION, transplants=[{"transplant_day": 160}])
        assert not entries(180, RELAPSE, mrd_samples=CONVERSION, events=[{"kind": "relapse", "event_day": 160}])

    def test_a_treatment_of_unrecorded_intent_leaves_it_uncertain(self) -> None:
        lines = [line(0, "induction", intensive=False, line=1), line(160, None, "gilteritinib", line=2)]
        [row] = entries(180, RELAPSE, mrd_samples=CONVERSION, treatments=lines)
        assert row["certain"] is False
        assert "whether treatment began before the second sample" in row["because"]

    def test_one_that_blood_has_confirmed_stands_as_the_confirmed_relapse_alone(self) -> None:
        blood = [sample(day, level, tissue="blood") for day, level in ((60, "neg"), (150, 0.1), (165, 0.2))]
        [row] = entries(180, mrd_samples=[*CONVERSION, *blood])
        assert (row["kind"], row["tissue"], row["certain"], row["urgency"]) == (CONFIRMED, "blood", True, 1)

    def test_one_after_the_treatment_of_a_relapse_that_blood_still_shows_stands_and_says_so(self) -> None:
        blood = [sample(day, level, tissue="blood") for day, level in ((60, "neg"), (150, 0.1), (165, 0.2))]
        treated = [line(0, "induction", intensive=False, line=1), line(170, "pre-emptive", line=2)]
        marrow = [sample(60, "neg"), sample(200, "neg"), sample(260, 0.1)]
        [row] = entries(265, RELAPSE, mrd_samples=[*blood, *marrow], treatments=treated)
        assert (row["tissue"], row["certain"]) == ("marrow", True)
        assert "a relapse of NPM1 is confirmed in blood" in row["because"]

    def test_a_row_that_was_set_aside_may_have_been_the_second_sample(self) -> None:
        faulty = {"patient_id": "p", **sample(165, 0.1), "sample_day": "in May"}
        tables: dict[str, Any] = {
            "patients": [{"patient_id": "p", "diagnosis_day": -100}],
            "responses": [{"patient_id": "p", **remission(40)}],
            "mrd_samples": [*({"patient_id": "p", **row} for row in CONVERSION), faulty],
        }
        for name in ("treatments", "transplants", "events"):
            tables[name] = []
        held = Registry.from_tables(tables, relative=True)
        assert held.check().height == 1
        [row] = [row for row in worklist(assess(held, on=200)).to_dicts() if row["kind"] == RELAPSE]
        assert (row["certain"], row["subject"]) == (False, "marrow-150")
        assert "not recorded completely" in row["because"]

    def test_without_a_day_nobody_is_told_that_it_is_overdue(self) -> None:
        [row] = entries(None, mrd_samples=CONVERSION)
        assert (row["since_day"], row["due_day"], row["overdue_days"], row["reminder"]) == (150, 178, None, None)
        assert NO_DAY in row["because"]

    def test_of_a_day_that_nobody_published_neither_delay_nor_reminder_is_made_up(self) -> None:
        places = [
            {**sample(None, level, name=f"s{place}"), "sequence": place} for place, level in ((2, "neg"), (3, 0.1))
        ]
        first = {"response_day": None, "reported_response": "CR", "sequence": 1}
        [row] = worklist(assess(registry(mrd_samples=places, responses=[first]))).to_dicts()
        assert (row["kind"], row["subject"]) == (RELAPSE, "s3")
        assert (row["since_day"], row["due_day"], row["overdue_days"]) == (None, None, None)
        assert "of a day that is not known" in row["because"]


@pytest.mark.parametrize(
    "death",
    [
        {"events": [{"kind": "death", "event_day": 155}]},
        {"patients": [{"diagnosis_day": -100, "death_day": 155}]},
    ],
)
def test_who_died_has_no_entries_and_had_them_the_day_before(death: dict[str, list[Row]]) -> None:
    tables = {"mrd_samples": CONVERSION, **death}
    assert len(entries(154, **tables)) == 1
    assert not entries(155, **tables)
    assert not undecided(made(155, **tables)).height


def test_a_death_that_was_looked_for_and_did_not_happen_leaves_the_entry() -> None:
    alive = [{"kind": "death", "event_day": 155, "present": False}]
    assert entries(160, RELAPSE, mrd_samples=CONVERSION, events=alive)


class TestASampleThatIsOverdue:
    def test_it_is_an_entry_with_its_schedule_once_the_days_of_grace_have_passed(self) -> None:
        late = 470 + 84 + 7
        assert not entries(late, OVERDUE, **facts())
        [row] = entries(late + 1, OVERDUE, **facts())
        assert (row["subject"], row["certain"]) == ("NPM1 in marrow, due day 554", True)
        assert (row["since_day"], row["due_day"], row["overdue_days"]) == (526, 554, 8)
        assert "every 2 to 3 cycles after cycle 4" in row["because"]
        assert "not verified" in row["because"]

    def test_it_hangs_on_the_same_subject_every_day_until_a_sample_is_taken(self) -> None:
        assert {entries(on, OVERDUE, **facts())[0]["subject"] for on in (562, 580, 640)} == {
            "NPM1 in marrow, due day 554"
        }
        assert not entries(640, OVERDUE, **facts(mrd_samples=[sample(day, "neg") for day in (*MARROWS, 600)]))

    def test_marrow_and_blood_that_one_recommendation_offers_are_one_entry(self) -> None:
        stopped = [line(0, "induction", intensive=False, line=1, end_day=480)]
        [row] = entries(520, OVERDUE, **facts(treatments=stopped))
        assert (row["tissue"], row["due_day"], row["overdue_days"]) == ("marrow or blood", 510, 10)

    def test_the_second_sample_of_a_suspected_relapse_stands_under_the_relapse_alone(self) -> None:
        found = made(190, mrd_samples=CONVERSION)
        assert found.next_samples["overdue"].to_list() == [True]
        assert [row["kind"] for row in worklist(found).to_dicts()] == [RELAPSE]

    def test_a_high_level_that_surely_awaits_its_second_sample_does_not_hide_under_a_relapse_that_is_only_possible(
        self,
    ) -> None:
        lines = [
            line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1, end_day=7),
            line(50, "consolidation", "cytarabine", intensive=True, line=2, end_day=100),
        ]
        two_laboratories = [sample(60, 1.0, laboratory="A"), sample(200, 5.0, laboratory="B")]
        found = entries(260, mrd_samples=two_laboratories, treatments=lines)
        assert [(row["kind"], row["certain"]) for row in found] == [(OVERDUE, True), (RELAPSE, False)]

    def test_a_later_sample_of_unknown_quality_leaves_it_perhaps_overdue(self) -> None:
        doubtful = sample(430, "neg", **UNKNOWN_QUALITY)
        [row] = entries(TODAY, OVERDUE, **facts(mrd_samples=[sample(60, "neg"), sample(300, "neg"), doubtful]))
        assert row["certain"] is False
        assert "may be overdue" in row["because"]

    def test_where_it_is_not_known_which_schedule_applies_there_is_no_entry_but_it_is_said(self) -> None:
        found = made(400, mrd_samples=[sample(60, "neg")], treatments=[line(0, None, "cytarabine")])
        assert OVERDUE not in worklist(found)["kind"].to_list()
        [row] = in_doubt(found, OVERDUE)
        assert "not known" in row["because"]

    def test_without_a_day_it_cannot_be_told_and_is_said(self) -> None:
        found = made(None, **facts())
        assert OVERDUE not in worklist(found)["kind"].to_list()
        [row] = in_doubt(found, OVERDUE)
        assert row["because"].endswith(NO_DAY)

    def test_a_centre_that_does_not_hold_every_sample_is_not_told_for_certain(self) -> None:
        partly = {
            "completeness": [{"patient_id": "p", "table": "mrd_samples", "complete": False}],
        }
        [row] = entries(600, OVERDUE, **facts(**partly))
        assert row["certain"] is False
        assert "not recorded completely" in row["because"]


class TestAnInadequateSample:
    def inadequate(self, *samples: Row, on: int = 300, **tables: list[Row]) -> list[tuple[str, bool]]:
        rows = entries(on, INADEQUATE, mrd_samples=[sample(60, "neg"), *samples], **tables)
        return [(row["subject"], row["certain"]) for row in rows]

    def test_a_negative_on_too_few_control_copies_is_to_be_repeated(self) -> None:
        [row] = entries(300, INADEQUATE, mrd_samples=[sample(200, "neg", **POOR)])
        assert (row["subject"], row["since_day"], row["due_day"], row["certain"]) == ("marrow-200", 200, None, True)
        assert "repeat it (Heuser" in row["because"]

    def test_one_too_poor_for_any_call_is_to_be_repeated(self) -> None:
        assert self.inadequate(sample(200, "neg") | {"detected": None, "adequate": False}) == [("marrow-200", True)]

    def test_a_positive_on_few_copies_is_a_positive_and_nothing_to_repeat(self) -> None:
        assert not self.inadequate(sample(200, 0.1, **POOR))

    @pytest.mark.parametrize("later", [sample(230, "neg"), sample(230, 0.1), sample(230, 0.1, **POOR)])
    def test_a_later_sample_that_is_called_closes_it(self, later: Row) -> None:
        assert not self.inadequate(sample(200, "neg", **POOR), later)

    def test_an_adequate_one_of_the_same_day_closes_it_and_one_of_another_tissue_does_not(self) -> None:
        poor = sample(200, "neg", **POOR)
        assert not self.inadequate(poor, sample(200, "neg", name="again"))
        assert self.inadequate(poor, sample(230, "neg", tissue="blood")) == [("marrow-200", True)]

    def test_a_later_one_of_unknown_quality_leaves_it_no_longer_certain(self) -> None:
        later = sample(230, "neg", **UNKNOWN_QUALITY)
        assert self.inadequate(sample(200, "neg", **POOR), later) == [("marrow-200", False)]

    def test_one_of_unknown_quality_alone_opens_nothing_and_is_said(self) -> None:
        found = made(300, mrd_samples=[sample(200, "neg", **UNKNOWN_QUALITY)])
        assert INADEQUATE not in worklist(found)["kind"].to_list()
        [row] = in_doubt(found, INADEQUATE)
        assert row["subject"] == "marrow-200"

    def test_a_second_inadequate_one_is_a_new_entry(self) -> None:
        assert self.inadequate(sample(200, "neg", **POOR), sample(230, "neg", **POOR)) == [("marrow-230", True)]

    def test_an_allograft_or_a_haematological_relapse_ends_it(self) -> None:
        poor = sample(200, "neg", **POOR)
        assert not self.inadequate(poor, transplants=[{"transplant_day": 210}])
        assert not self.inadequate(poor, events=[{"kind": "relapse", "event_day": 210}])

    def test_one_from_diagnosis_is_nothing_to_repeat(self) -> None:
        assert not entries(300, INADEQUATE, mrd_samples=[sample(-100, "neg", **POOR)])


class TestStopping:
    def test_who_meets_every_criterion_is_an_entry_that_is_never_an_order(self) -> None:
        [row] = entries(TODAY, **facts())
        assert (row["kind"], row["certain"], row["subject"]) == (STOPPING, True, "venetoclax since day 0")
        assert "all criteria met" in row["because"]
        assert "Never an order" in row["because"]
        assert "(duration: strict)" in row["because"]

    def test_the_duration_that_the_centre_chose_counts(self) -> None:
        short = facts(mrd_samples=[sample(day, "neg") for day in (250, 330, 410, 495)])
        chosen = DEFAULTS.changed(guidance__stopping_duration="8 cycles")
        assert STOPPING not in worklist(made(TODAY, **short))["kind"].to_list()
        assert STOPPING in worklist(assess(registry(**short), chosen, on=TODAY))["kind"].to_list()

    def test_a_gene_that_was_not_tested_makes_no_entry_but_is_said(self) -> None:
        tested = [{"sample_day": -90, "gene": gene} for gene in GENES if gene != "TP53"]
        found = made(TODAY, **facts(genes_tested=tested))
        assert STOPPING not in worklist(found)["kind"].to_list()
        [row] = in_doubt(found, STOPPING)
        assert "Co-mutation of high risk" in row["because"]

    def test_not_yet_is_neither_an_entry_nor_in_doubt(self) -> None:
        found = made(300, **facts(mrd_samples=[sample(60, "neg"), sample(290, "neg")]))
        assert STOPPING not in [*worklist(found)["kind"], *undecided(found)["kind"]]

    def test_without_a_day_the_age_of_the_last_marrow_is_not_known_and_it_is_only_said(self) -> None:
        found = made(None, **facts())
        assert STOPPING not in worklist(found)["kind"].to_list()
        assert in_doubt(found, STOPPING)

    def test_a_relapse_of_another_marker_stands_against_it(self) -> None:
        fusion = [
            sample(day, level, name=f"f{day}", marker="RUNX1::RUNX1T1") for day, level in ((60, "neg"), (480, 0.1))
        ]
        found = made(TODAY, **facts(mrd_samples=[*(sample(day, "neg") for day in MARROWS), *fusion]))
        assert RELAPSE in worklist(found)["kind"].to_list()
        assert STOPPING not in [*worklist(found)["kind"], *undecided(found)["kind"]]


def test_the_most_urgent_come_first_and_of_one_urgency_the_longest_overdue() -> None:
    def person(name: str, *samples: Row) -> dict[str, list[Row]]:
        mine = {"mrd_samples": [{**row, "sample_id": f"{name}-{row['sample_id']}"} for row in samples]}
        return {table: [{**row, "patient_id": name} for row in rows] for table, rows in {**facts(), **mine}.items()} | {
            "patients": [{"patient_id": name, "diagnosis_day": -100, "age_years": 60}]
        }

    people = [
        person("a", *facts()["mrd_samples"]),
        person("b", sample(60, "neg"), sample(480, 0.1)),
        person("c", sample(60, "neg"), sample(440, 0.1)),
        person("d", sample(60, "neg"), sample(400, "neg")),
        person("e", sample(60, "det"), sample(480, 0.01)),
    ]
    tables: dict[str, list[Row]] = {}
    for one in people:
        for name, rows in one.items():
            tables[name] = [*tables.get(name, []), *rows]
    found = worklist(assess(registry(**tables), on=TODAY))
    assert found["patient_id"].to_list() == ["c", "b", "d", "e", "a"]
    assert found["urgency"].is_sorted()


def test_the_examples_of_the_page_run_as_printed() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "how-to" / "worklist.md").read_text("utf-8")
    codes = re.findall(r"```python\n(.*?)```", page, re.S)
    assert codes
    names: dict[str, Any] = {}
    for code in codes:
        exec(code, names)
