"""What of a schedule was not read in its source, and when a sample was taken of a patient on two treatments at once."""

from __future__ import annotations

import polars as pl
import pytest

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.logic.explain import explain
from tenfold.mrd.label import ELN_LABEL, FILO_LABEL
from tenfold.mrd.surveillance import SCHEDULES, Schedule, compare
from tenfold.vocabulary import Tissue


def not_read(schedule: Schedule) -> set[str]:
    """What is said of this schedule beyond what is said of any, as that the level in blood is not verified."""
    verified = Schedule(schedule.name, schedule.tissue, schedule.days, schedule.citation, verified=True)
    of_it, of_any = (set(compare([one], patients=10)["unverified"][0]) for one in (schedule, verified))
    assert of_it > of_any
    return of_it - of_any


def test_of_a_schedule_that_was_not_read_its_note_is_told_and_without_a_note_that_it_is_the_schedule() -> None:
    molica = SCHEDULES["Molica 2025 after stopping venetoclax, marrow"]
    assert not_read(molica) == {molica.note}
    assert not_read(Schedule("by hearsay", Tissue.MARROW, (90.0,), "", verified=False)) == {
        "by hearsay: the schedule itself"
    }


@pytest.mark.parametrize("turned", [False, True], ids=["as recorded", "recorded the other way round"])
@pytest.mark.parametrize(
    ("ends", "sampled", "time_point"),
    [
        ((60, None), 70, None),
        ((60, 65), 70, "end of treatment"),
        ((60, 65), 65, "during treatment"),
    ],
    ids=["one may go on", "both ended", "on the last day of the longer"],
)
def test_of_two_treatments_begun_on_one_day_the_one_that_ends_last_or_has_no_end_tells_when_a_sample_was_taken(
    ends: tuple[int | None, int | None], sampled: int, time_point: str | None, turned: bool
) -> None:
    lines = [line(10, "consolidation", "cytarabine", end_day=end) for end in ends]
    made = registry(
        responses=[remission(0)],
        mrd_samples=[sample(sampled, 0.5)],
        treatments=lines[::-1] if turned else lines,
    )
    assert assess(made, on=400).molecular.filter(row="sample")["time_point"].to_list() == [time_point]


@pytest.mark.parametrize(
    ("label", "time_point", "because"),
    [
        (ELN_LABEL, "end of treatment", "detectable at low level at the end of treatment"),
        (FILO_LABEL, "end of treatment", "detectable at low level in first line"),
        (FILO_LABEL, "during treatment", "detectable at low level in first line"),
    ],
    ids=["ELN", "FILO", "FILO during treatment"],
)
def test_mrd_at_low_level_is_said_to_be_of_the_end_of_treatment_by_eln_and_of_the_first_line_by_filo(
    label: Decision, time_point: str, because: str
) -> None:
    patient = {
        "marker_suitable": True,
        "in_remission": True,
        "detected": True,
        "adequate": True,
        "relapse": False,
        "low_level_rule": True,
        "percent_low": 0.5,
        "percent_high": 0.5,
        "time_point": time_point,
        "first_line": True,
    }
    [row] = answer(pl.DataFrame([patient]), [label]).to_dicts()
    said = explain(label, row)
    assert (said.answer, said.rules) == ("CR MRD-LL", (because,))
