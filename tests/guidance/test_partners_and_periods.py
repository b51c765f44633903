"""With which drug venetoclax is given, which sources print its dose, and what is not known before or after it."""

from __future__ import annotations

import polars as pl
import pytest
from remission_patients import assessed, facts, picture

from registries import line, only, registry
from tenfold.assessment import assess
from tenfold.guidance.remission.due_samples import next_samples
from tenfold.guidance.remission.next_sample import AFTER_STOPPING
from tenfold.guidance.remission.picture import remission_picture, schedules
from tenfold.guidance.venetoclax.dosing import NOT_STATED, doses
from tenfold.guidance.venetoclax.interactions import FACTS
from tenfold.guidance.venetoclax.picture import venetoclax_lines


@pytest.mark.parametrize(
    ("drug", "partner"),
    [
        ("cytarabine", "low-dose cytarabine"),
        ("cladribine", "other"),
        ("arsenic trioxide", "other"),
        ("gilteritinib", "other"),
    ],
)
def test_of_the_drugs_beside_venetoclax_cytarabine_alone_is_low_dose_cytarabine(drug: str, partner: str) -> None:
    made = registry(treatments=[line(0, drugs=f"{drug}+venetoclax", intensive=False)])
    assert venetoclax_lines(made, 3)["venetoclax_partner"].to_list() == [partner]


@pytest.mark.parametrize(("day", "dose"), [(1.0, "100 mg"), (10.0, "600 mg")])
def test_with_low_dose_cytarabine_the_sources_differ_as_it_is_not_on_the_eu_label(day: float, dose: str) -> None:
    known = {"venetoclax_partner": "low-dose cytarabine", "venetoclax_day": day, "child_pugh": "none"}
    [row] = doses(pl.DataFrame([{**known, **dict.fromkeys(FACTS, False)}])).to_dicts()
    assert row["venetoclax_dose_us_label"] == row["venetoclax_dose_eln_2022"] == dose
    assert row["venetoclax_dose_eu_label"] == NOT_STATED
    assert row["sources_differ"] is True


INDUCTION = [line(0, "induction", "cytarabine+daunorubicin", intensive=True, line=1)]


@pytest.mark.parametrize(
    ("responses", "before"),
    [
        ([], True),
        ([{"response_day": 30, "reported_response": "refractory"}], True),
        ([{"response_day": 30, "reported_response": "CR"}], False),
    ],
    ids=["no response", "refractory", "remission"],
)
def test_until_a_remission_is_recorded_the_patient_is_before_the_first_one(
    responses: list[dict[str, object]], before: bool
) -> None:
    tables = facts(treatments=INDUCTION, responses=responses, mrd_samples=[], cycles=[], counts=[])
    [row] = picture(35, **tables).to_dicts()
    assert row["before_first_remission"] is before


def test_where_responses_are_not_recorded_nobody_knows_whether_there_was_a_remission() -> None:
    made = assess(only(patients=[{"diagnosis_day": -10}], treatments=INDUCTION), on=35)
    [row] = remission_picture(made.registry, made.settings, made.molecular, made.risk, made.diagnosis, 35).to_dicts()
    assert row["before_first_remission"] is None


def test_months_after_stopping_on_a_day_that_is_not_known_the_schedule_holds_and_has_no_days() -> None:
    """The next sample is not taken to lie beyond the 24 months of the schedule."""
    tables = facts(treatments=[line(0, "induction", intensive=False, line=1, end_day=410)])
    made = assessed(500, **tables)
    known = schedules(made.molecular, made.diagnosis, picture(500, **tables), 500)
    assert known["follow_up_months"].to_list() == [3.0]
    undated = known.with_columns(venetoclax_until=pl.lit(None, pl.Int64))
    rows = next_samples(undated, made.molecular, made.settings, 500).to_dicts()
    assert {row["tissue"] for row in rows} == {"marrow", "blood"}
    for row in rows:
        assert row["schedule"] == AFTER_STOPPING
        assert row["earliest_day"] is row["latest_day"] is row["overdue"] is None
        assert row["because"].endswith("; the day it is counted from is not known")
