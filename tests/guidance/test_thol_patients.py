"""The three patients of Thol, Doehner and Ganser (Blood 2024;143:11-20), at each of their decision points.

For the first it is told what the authors did, for the other two what they advise at relapse; nothing is invented.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tenfold.assessment import assess
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.reports.options import options_of


def told_up_to(patient_id: str, sequence: int) -> Registry:
    """What the vignette had told by a point of its story."""
    registry = published().patient(patient_id)
    tables = {
        name: table.filter((pl.col("sequence") <= sequence).fill_null(True)) if "sequence" in table.columns else table
        for name, table in registry.tables.items()
    }
    return replace(registry, tables=tables)


def supposing(registry: Registry, table: str, **row: Any) -> Registry:
    """The same with one row more."""
    old = registry.table(table)
    new = pl.DataFrame([{"patient_id": registry.patient_ids()["patient_id"][0], **row}], infer_schema_length=None)
    schema = {name: old.schema[name] for name in new.columns}
    return replace(registry, tables={**registry.tables, table: pl.concat([old, new.cast(schema)], how="diagonal")})


def standings(registry: Registry) -> dict[str, str]:
    """Where each option surely stands."""
    [patient_id] = registry.patient_ids()["patient_id"]
    return {one["option"]: one["standing"] for one in options_of(assess(registry), patient_id)["options"]}


def steps_now(registry: Registry) -> list[str]:
    [patient_id] = registry.patient_ids()["patient_id"]
    return [one["step"] for one in options_of(assess(registry), patient_id)["steps"] if one["now"]]


def situation(registry: Registry) -> str | None:
    [patient_id] = registry.patient_ids()["patient_id"]
    return options_of(assess(registry), patient_id)["situation"]["answer"]


@pytest.fixture(scope="module")
def molecular_relapse() -> Registry:
    """Patient 1, a year after consolidation: more than 400 in marrow and 600 in blood, eligible for transplant."""
    return supposing(told_up_to("thol-1", 5), "status", status_day=None, transplant_eligible=True, sequence=5)


def test_patient_1_in_remission_without_residual_disease_is_not_offered_anything() -> None:
    registry = told_up_to("thol-1", 4)
    assert situation(registry) == "no relapse and no molecular failure"
    assert standings(registry) == {}


def test_patient_1_with_a_first_positive_sample_is_confirmed_and_a_donor_is_sought_at_once(
    molecular_relapse: Registry,
) -> None:
    assert situation(molecular_relapse) == "molecular failure"
    assert set(steps_now(molecular_relapse)) >= {
        "confirm by a second sample of the same tissue",
        "search for a donor",
    }


def test_patient_1_above_200_per_10_4_is_to_be_transplanted_once_the_relapse_is_confirmed(
    molecular_relapse: Registry,
) -> None:
    stands = standings(molecular_relapse)
    assert stands["clinical trial"] == "first"
    assert stands["allogeneic transplant"] == "once confirmed"
    assert stands["pre-emptive venetoclax"] == stands["pre-emptive FLT3 inhibitor"] == "once confirmed"


def test_patient_1_with_overt_relapse_and_flt3_itd_gets_gilteritinib_as_a_bridge_to_transplant_then_sorafenib() -> None:
    """What the authors did."""
    registry = supposing(told_up_to("thol-1", 6), "status", status_day=None, transplant_eligible=True, sequence=6)
    assert situation(registry) == "relapsed or refractory after intensive treatment"
    stands = standings(registry)
    assert stands["gilteritinib"] == "second"
    assert stands["allogeneic transplant"] == "first"
    assert stands["sorafenib maintenance"] == "after transplant"


def test_patient_1_after_transplant_gets_sorafenib_as_maintenance_unless_that_was_long_ago() -> None:
    """No day of the transplant is published."""
    registry = told_up_to("thol-1", 9)
    told = options_of(assess(registry), "thol-1")
    hanging = {tuple(one["if"]): one["options"] for one in told["open_options"]}
    assert {"option": "sorafenib maintenance", "may_be": "first"} in hanging[
        ("not: More than 24 months after transplant",)
    ]


def test_patient_2_after_azacitidine_and_venetoclax_is_offered_a_trial_then_palliation_or_enasidenib_unranked() -> None:
    """What the authors advise."""
    registry = told_up_to("thol-2", 4)
    assert situation(registry) == "relapsed or refractory after a hypomethylating agent and venetoclax"
    stands = standings(registry)
    assert stands["clinical trial"] == "first"
    assert stands["best supportive care"] == stands["enasidenib"] == "second"
    assert stands["salvage chemotherapy"] == "not favoured"
    assert "talk about goals, quality of life and symptom control" in steps_now(registry)


def test_patient_2_reads_that_the_enzyme_inhibitor_is_approved_in_america_only_and_lived_for_months_after_it() -> None:
    registry = told_up_to("thol-2", 4)
    told = {one["option"]: one for one in options_of(assess(registry), "thol-2")["options"]}["enasidenib"]
    approvals = {one["agency"]: one for one in told["approvals"]}
    assert approvals["FDA"]["approved"] == "yes"
    assert approvals["EMA"]["approved"] == "not known"
    assert "none by 2023-07-20" in approvals["EMA"]["because"]
    assert "median 4.4 months" in told["evidence"][0]["said"]


def test_patient_3_relapsed_after_transplant_is_offered_a_trial_and_then_less_immunosuppression_and_donor_lymphocytes() -> (
    None
):
    """What the authors advise; the vignette tells nothing of graft-versus-host disease, so that decides."""
    registry = told_up_to("thol-3", 4)
    assert situation(registry) == "relapse after transplant"
    told = options_of(assess(registry), "thol-3")
    assert {one["option"]: one["standing"] for one in told["options"]}["clinical trial"] == "first"
    hanging = {tuple(one["if"]): one["options"] for one in told["open_options"]}
    assert hanging[("not: Active graft-versus-host disease",)] == [{"option": "donor lymphocytes", "may_be": "third"}]
    assert hanging[("Active graft-versus-host disease",)] == [
        {"option": "donor lymphocytes", "may_be": "contraindicated or specialist decision"}
    ]


def test_patient_3_with_active_graft_versus_host_disease_gets_donor_lymphocytes_only_by_a_specialists_decision() -> (
    None
):
    registry = supposing(told_up_to("thol-3", 4), "events", event_day=None, kind="acute GVHD", present=True, sequence=4)
    stands = standings(registry)
    assert stands["donor lymphocytes"] == "contraindicated or specialist decision"
    assert stands["second allogeneic transplant"] == "not favoured"
