"""What the facts of the records mean for a decision: nothing stale, nothing borrowed, nothing taken for granted."""

from __future__ import annotations

from typing import Any

import polars as pl

from registries import line, registry, sample
from tenfold.assessment import Assessment, assess
from tenfold.records import Registry
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.reports.options import options_of
from tenfold.settings import DEFAULTS

INTENSIVE: dict[str, Any] = {
    "treatments": [
        {
            "line": 1,
            "intent": "induction",
            "regimen": "7+3",
            "drugs": "cytarabine+daunorubicin",
            "start_day": -95,
            "end_day": -60,
            "intensive": True,
        },
    ],
    "responses": [{"response_day": -50, "reported_response": "CR"}],
}


def facts(made: Registry, on: int | None = None) -> dict[str, Any]:
    [row] = assess(made, on=on).guidance.to_dicts()
    return row


def standings(assessment: Assessment) -> dict[str, str]:
    return {one["option"]: one["standing"] for one in options_of(assessment, "p")["options"]}


def relapsed(**more: Any) -> dict[str, Any]:
    """Treated intensively, in remission, then in overt relapse on day 200."""
    tables = {name: [*rows] for name, rows in INTENSIVE.items()}
    tables["events"] = [{"event_day": 200, "kind": "relapse"}]
    for name, rows in more.items():
        tables[name] = [*tables.get(name, []), *rows]
    return tables


AZA_VEN = {"line": 2, "intent": "salvage", "regimen": "AZA/VEN", "drugs": "azacitidine+venetoclax", "intensive": False}


def test_a_treatment_begun_since_the_relapse_has_not_failed() -> None:
    made = registry(**relapsed(treatments=[{**AZA_VEN, "start_day": 204}]))
    row = facts(made, on=210)
    assert row["thol_situation"] == "relapsed or refractory after intensive treatment"
    assert row["venetoclax_now"] is True


def test_a_treatment_that_a_relapse_ended_has() -> None:
    made = registry(**relapsed(treatments=[{**AZA_VEN, "start_day": 100, "end_day": 190}]))
    assert facts(made, on=210)["thol_situation"].endswith("after a hypomethylating agent and venetoclax")


def test_graft_versus_host_disease_that_nobody_wrote_of_is_not_known() -> None:
    made = registry(**relapsed(transplants=[{"transplant_day": 20}]))
    assert facts(made, on=210)["gvhd_active"] is None


def test_it_is_absent_only_if_both_kinds_were_looked_for_after_the_graft() -> None:
    def with_events(*kinds: str) -> dict[str, Any]:
        looked = [{"event_day": 190, "kind": kind, "present": False} for kind in kinds]
        return facts(registry(**relapsed(transplants=[{"transplant_day": 20}], events=looked)), on=210)

    assert with_events("acute GVHD")["gvhd_active"] is None
    assert with_events("acute GVHD", "chronic GVHD")["gvhd_active"] is False


def test_donor_lymphocytes_are_a_specialists_decision_while_graft_versus_host_disease_is_active() -> None:
    active = [{"event_day": 150, "kind": "chronic GVHD", "present": True}]
    made = registry(**relapsed(transplants=[{"transplant_day": 20}], events=active))
    stands = standings(assess(made, on=210))
    assert stands["donor lymphocytes"] == "contraindicated or specialist decision"


def molecular(*samples: dict[str, Any], **more: Any) -> Registry:
    tables = {name: [*rows] for name, rows in INTENSIVE.items()}
    consolidation = {
        "line": 1,
        "intent": "consolidation",
        "regimen": "HiDAC",
        "drugs": "cytarabine",
        "start_day": -45,
        "end_day": -40,
        "intensive": True,
    }
    tables["treatments"].append(consolidation)
    tables["mrd_samples"] = list(samples)
    for name, rows in more.items():
        tables[name] = [*tables.get(name, []), *rows]
    return registry(**tables)


ELIGIBLE = {"status_day": 190, "transplant_eligible": True, "fit_for_intensive": True}


def test_one_marrow_above_the_trigger_is_not_confirmed_by_low_positive_blood() -> None:
    made = molecular(
        sample(0, "neg", tissue="blood"),
        sample(0, "neg"),
        sample(180, 0.02, tissue="blood"),
        sample(190, 0.03, tissue="blood"),
        sample(195, 3.0),
        status=[ELIGIBLE],
    )
    assert standings(assess(made, on=200))["allogeneic transplant"] == "once confirmed"


def test_two_marrows_above_the_trigger_are() -> None:
    made = molecular(sample(0, "neg"), sample(180, 3.0), sample(195, 4.0), status=[ELIGIBLE])
    assert standings(assess(made, on=200))["allogeneic transplant"] == "first"


def test_a_relapse_confirmed_in_marrow_waits_for_no_second_sample_of_blood() -> None:
    marrow = (sample(0, "neg"), sample(180, 0.2), sample(195, 0.3))
    blood = (sample(0, "neg", tissue="blood"), sample(198, 0.01, tissue="blood"))
    treatments = ("pre-emptive venetoclax", "pre-emptive azacitidine", "pre-emptive chemotherapy")
    confirmed = standings(assess(molecular(*marrow, *blood, status=[ELIGIBLE]), on=200))
    assert {confirmed[name] for name in treatments} == {"second"}
    suspected = standings(assess(molecular(*marrow[:2], *blood, status=[ELIGIBLE]), on=200))
    assert {suspected[name] for name in treatments} == {"once confirmed"}


def test_a_level_of_exactly_the_trigger_confirms_the_next_only_where_reaching_it_counts() -> None:
    made = molecular(sample(180, 2.0), sample(195, 3.0), status=[ELIGIBLE])
    exceeded = DEFAULTS.changed(guidance__transplant_trigger_counts="exceeded")
    assert standings(assess(made, on=200))["allogeneic transplant"] == "first"
    assert standings(assess(made, on=200, settings=exceeded))["allogeneic transplant"] == "once confirmed"


def test_blood_alone_above_the_trigger_asks_for_marrow_too() -> None:
    made = molecular(
        sample(0, "neg", tissue="blood"),
        sample(180, 3.0, tissue="blood"),
        sample(195, 4.0, tissue="blood"),
        status=[ELIGIBLE],
    )
    now = [one["step"] for one in options_of(assess(made, on=200), "p")["steps"] if one["now"]]
    assert "sample the marrow, too" in now


def test_a_suspected_relapse_of_long_ago_says_nothing_of_now() -> None:
    made = molecular(sample(0, "neg"), sample(180, 3.0), status=[ELIGIBLE])
    assert facts(made, on=200)["mrd_relapse"] is True
    assert facts(made, on=600)["mrd_relapse"] is None


def test_a_confirmed_relapse_after_which_nothing_was_given_is_not_over_because_it_grew_old() -> None:
    relapse = [sample(0, "neg"), sample(180, 3.0), sample(195, 4.0)]
    long_ago = facts(molecular(*relapse, status=[ELIGIBLE]), on=600)
    assert long_ago["mrd_relapse"] is long_ago["mrd_relapse_confirmed"] is True
    assert long_ago["molecular_progression"] is False
    assert long_ago["npm1_per_1e4_high"] is None
    since = facts(molecular(*relapse, sample(260, "neg"), status=[ELIGIBLE]), on=600)
    assert since["mrd_relapse"] is None


def test_a_relapse_that_was_treated_and_never_sampled_since_may_be_over() -> None:
    relapse = [sample(0, "neg"), sample(180, 3.0), sample(195, 4.0)]
    made = molecular(*relapse, status=[ELIGIBLE], treatments=[line(200)])
    assert facts(made, on=220)["mrd_relapse"] is True
    assert facts(made, on=600)["mrd_relapse"] is None


def test_a_negative_of_long_ago_says_nothing_of_now() -> None:
    assert facts(molecular(sample(0, "neg"), status=[ELIGIBLE]), on=600)["mrd_relapse"] is None


def test_eligibility_stated_long_ago_is_not_known_now() -> None:
    made = molecular(sample(0, "neg"), sample(580, 3.0), sample(595, 4.0), status=[ELIGIBLE])
    assert facts(made, on=600)["transplant_eligible"] is None


def test_a_remission_of_three_years_ago_is_not_known_to_last_where_relapses_are_not_recorded() -> None:
    tables = dict(INTENSIVE)
    partly = [{"table": name, "complete": False} for name in ("responses", "events")]
    assert facts(registry(**tables), on=1000)["overt"] is False
    made = registry(**tables, completeness=partly)
    assert facts(made, on=40)["overt"] is False
    assert facts(made, on=1000)["overt"] is None


def test_two_judgements_of_one_day_that_contradict_each_other_are_not_known() -> None:
    made = molecular(sample(0, "neg"), status=[ELIGIBLE, {**ELIGIBLE, "transplant_eligible": False}])
    row = facts(made, on=200)
    assert row["transplant_eligible"] is None
    assert row["fit_for_intensive"] is True


def test_a_relapse_that_came_on_venetoclax_is_not_treated_with_it_again() -> None:
    line = {**AZA_VEN, "intent": "maintenance", "start_day": 10}
    made = molecular(sample(0, "neg"), sample(180, 3.0), sample(195, 4.0), status=[ELIGIBLE], treatments=[line])
    assert standings(assess(made, on=200))["pre-emptive venetoclax"] == "not favoured"


def test_sequencing_alone_leads_to_no_option_and_the_page_says_so() -> None:
    ngs = {"method": "ngs", "marker": "FLT3-ITD", "control_gene": None, "control_copies": None, "scale": "percent_vaf"}
    made = molecular(
        {**sample(0, "neg"), **ngs, "value": None}, {**sample(180, "neg"), **ngs, "detected": "yes", "value": 1.0}
    )
    assessment = assess(made, on=200)
    assert standings(assessment) == {}
    page = board(assessment, card(assessment, "p"))
    said = [line["text"] for section in page["sections"] for line in section["lines"]]
    assert any("no decision rests on it" in text for text in said)


def test_the_dead_get_no_advice() -> None:
    tables = relapsed(patients=[{"diagnosis_day": -100, "age_years": 60, "death_day": 220}])
    assessment = assess(registry(**tables), on=300)
    page = board(assessment, card(assessment, "p"))
    assert page["options"] == page["open"] == page["trials"] == []
    assert [section["title"] for section in page["sections"]] == ["Died"]


def test_sorafenib_is_not_named_ten_years_after_the_graft() -> None:
    variants = [{"sample_day": -100, "gene": "FLT3", "kind": "ITD"}]
    made = molecular(transplants=[{"transplant_day": 20}], variants=variants)
    assert standings(assess(made, on=60))["sorafenib maintenance"] == "first"
    assert "sorafenib maintenance" not in standings(assess(made, on=4000))


def test_every_line_of_a_page_with_a_number_has_its_source() -> None:
    made = molecular(sample(0, "neg"), sample(180, 3.0), sample(195, 4.0), status=[ELIGIBLE])
    assessment = assess(made, on=200)
    page = board(assessment, card(assessment, "p"))
    numbers = {one["number"] for one in page["sources"]}
    cited = {line["cite"] for section in page["sections"] for line in section["lines"] if line["cite"]}
    cited |= {one["cite"] for one in (*page["options"], *page["in_short"])}
    cited |= {row["cite"] for one in page["options"] for row in (*one["evidence"], *one["cautions"])}
    cited |= {line["cite"] for line in page["trials"] if line["cite"]}
    assert cited == numbers


def test_nothing_dated_after_the_day_changes_the_page() -> None:
    early = (sample(0, "neg"), sample(180, 3.0))
    late = (*early, sample(240, 9.0))
    pages = []
    for samples in (early, late):
        assessment = assess(molecular(*samples, status=[ELIGIBLE]), on=200)
        pages.append(board(assessment, card(assessment, "p")))
    assert pages[0] == pages[1]


def test_the_order_of_rows_changes_nothing() -> None:
    made = molecular(sample(0, "neg"), sample(180, 3.0), sample(195, 4.0), status=[ELIGIBLE])
    turned = {name: frame.reverse() for name, frame in made.tables.items() if isinstance(frame, pl.DataFrame)}
    other = Registry.from_tables(turned, relative=True)
    assert assess(made, on=200).guidance.equals(assess(other, on=200).guidance)
