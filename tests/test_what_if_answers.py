"""What if: which answers a supposed sample, relapse, gene or medicine changes, and how the terminal and the page say so."""

from __future__ import annotations

from io import StringIO

import jinja2
import polars as pl
import pytest
from rich.console import Console

from registries import line, only, sample
from tenfold.guidance.trials.eligibility import parse_trials
from tenfold.records import Registry
from tenfold.reports.page import _templates
from tenfold.reports.what_if import print_what_if, what_if_view
from tenfold.what_if.compare import what_if
from tenfold.what_if.listed import Listed, listed_answers
from tenfold.what_if.suppose import LABEL
from what_if_patients import PUBLISHED, change, in_remission, possible

IDS = PUBLISHED.patient_ids()["patient_id"].to_list()


def test_a_relapse_before_the_transplant_is_seen_in_tiongs_first_patient() -> None:
    found = what_if(PUBLISHED, "tiong-01", ["NPM1 next 0.5%"])
    assert possible(found, "NPM1 in marrow by rt-qpcr") == (("MRD negative",), ("MRD relapse, unconfirmed",))
    assert possible(found, "ELN-MRD-2021-label, NPM1 in marrow by rt-qpcr") == (("CR MRD-negative",), ("MRD relapse",))
    [row] = found.registry.table("mrd_samples").filter(sample_id="supposed-1").to_dicts()
    # What was not said is the last sample's, and it comes after everything that is recorded.
    assert (row["tissue"], row["method"], row["control_gene"], row["scale"]) == (
        "marrow",
        "rt-qpcr",
        "ABL1",
        "percent_of_diagnosis",
    )
    assert (row["sample_day"], row["sequence"]) == (None, 10)
    assert row["adequate"] is None


def test_a_negative_sample_of_unknown_quality_says_that_the_quality_matters() -> None:
    found = what_if(PUBLISHED, "tiong-01", ["NPM1 next negative"])
    [said] = found.suppositions
    assert any("adequate is not known, which matters" in note for note in said.notes)
    assert possible(found, "MRD-level-band, NPM1 in marrow by rt-qpcr")[1] == ("not evaluable", "negative")
    settled = what_if(PUBLISHED, "tiong-01", ["NPM1 next negative", "ABL1 20000"])
    assert not settled.changes


def test_thols_first_patient_was_sampled_in_two_tissues_and_the_other_is_named() -> None:
    found = what_if(PUBLISHED, "thol-1", ["NPM1 next 350/10^4"])
    [said] = found.suppositions
    assert any("in blood that day" in note for note in said.notes)
    assert "NPM1 in marrow by rt-qpcr: 350 per 10^4 ABL1" in said.said
    in_blood = what_if(PUBLISHED, "thol-1", ["NPM1 blood next 350/10^4"])
    assert change(in_blood, "NPM1 in blood by rt-qpcr")
    assert all(one.name != "NPM1 in marrow by rt-qpcr" for one in in_blood.changes)


def test_a_relapse_moves_the_course_and_a_gene_is_then_that_of_the_relapse() -> None:
    found = what_if(PUBLISHED, "tiong-01", ["relapse", "FLT3-ITD mutated"])
    assert possible(found, "last documented turn") == (("remission",), ("relapse",))
    assert any("as of now" in note for note in found.suppositions[1].notes)
    assert found.after.risk["FLT3"].to_list() == [True]
    alone = what_if(PUBLISHED, "tiong-01", ["FLT3-ITD mutated"])
    assert alone.after.risk["FLT3"].to_list() == [None]


def test_active_gvhd_moves_the_options_after_transplant() -> None:
    found = what_if(PUBLISHED, "tiong-10", ["GVHD active"])
    assert found.after.guidance["gvhd_active"].to_list() == [True]
    assert found.before.guidance["gvhd_active"].to_list() == [None]
    assert {one.about for one in found.changes} == {"options and steps"}
    assert all(one.because for one in found.changes)


def test_a_table_that_was_not_recorded_does_not_become_complete_by_one_supposed_row() -> None:
    found = what_if(PUBLISHED, "thol-1", ["posaconazole"])
    assert found.registry.recorded("medications")
    assert found.registry.complete("medications").is_empty()


def test_a_gene_supposed_wild_type_settles_no_other_gene() -> None:
    tested = [{"gene": gene, "sample_day": -100} for gene in ("ASXL1", "RUNX1")]
    patients = [{"patient_id": "p", "diagnosis_day": -100, "age_years": 60}]
    made = only(patients=patients, genes_tested=tested, treatments=[line(-90, "induction", "cytarabine")])
    found = what_if(made, "p", ["TP53 wild type"])
    picture = found.after.diagnosis.to_dicts()[0]
    assert (picture["TP53"], picture["ASXL1"], picture["RUNX1"]) == (False, None, None)
    assert any("not recorded completely" in note for note in found.suppositions[0].notes)


def test_a_supposed_wild_type_leaves_the_recorded_mutation_out_and_says_so() -> None:
    found = what_if(PUBLISHED, "thol-3", ["TP53 wild type at diagnosis"])
    assert found.before.diagnosis["TP53"].to_list() == [True]
    assert found.after.diagnosis["TP53"].to_list() == [False]
    assert "recorded mutations of it that are left out here: 1" in found.suppositions[0].notes
    # A complex karyotype leaves the risk adverse: the model says so for other reasons.
    assert "ELN-2022" in [one.name for one in found.same_answer]
    assert possible(found, "Shimony-ontogeny") == (
        ("TP53-mutated", "secondary ontogeny"),
        ("secondary ontogeny", "de novo ontogeny"),
    )


def test_the_quality_alone_is_supposed_of_the_last_sample_where_it_is_not_recorded() -> None:
    open_ = in_remission(sample(30, "neg", control_copies=None))
    found = what_if(open_, "p", ["ABL1 20000"])
    assert "marrow-30" in found.suppositions[0].said
    assert change(found, "MRD-level-band, NPM1 in marrow by rt-qpcr").after.possible == ("negative",)
    assert found.registry.table("mrd_samples").height == 1
    with pytest.raises(ValueError, match="is on record"):
        what_if(in_remission(sample(30, "neg")), "p", ["ABL1 20000"])


def test_a_sample_takes_the_laboratory_of_the_last_one_so_that_the_two_compare() -> None:
    made = in_remission(sample(30, "neg", laboratory="one"), sample(60, 0.02, laboratory="one"))
    found = what_if(made, "p", ["NPM1 next 0.9% ABL1 in 28 days"])
    [row] = found.registry.table("mrd_samples").filter(sample_id="supposed-1").to_dicts()
    assert (row["laboratory"], row["sample_day"]) == ("one", 60 + 1 + 28)
    assert possible(found, "NPM1 in marrow by rt-qpcr") == (("MRD relapse, unconfirmed",), ("MRD relapse, confirmed",))


def test_a_sample_without_a_wait_is_of_the_day_asked_or_of_the_day_after_the_last_record() -> None:
    made = in_remission(sample(30, "neg"), sample(300, 5.0))
    later = what_if(made, "p", ["NPM1 next 0.9% ABL1"])
    then = what_if(made, "p", ["NPM1 next 0.9% ABL1"], on=100)
    days = [
        one.registry.table("mrd_samples").filter(sample_id="supposed-1")["sample_day"].to_list()
        for one in (later, then)
    ]
    assert days == [[301], [100]]
    # As of day 100 the sample of day 300 is not known, and both sides look at one day.
    assert "marrow-300" not in then.registry.table("mrd_samples")["sample_id"].to_list()
    assert (then.before.on, then.after.on) == (100, 100)
    waited = what_if(made, "p", ["NPM1 next 0.9% ABL1 in 28 days"], on=100)
    assert (waited.before.on, waited.after.on) == (128, 128)


def test_two_next_samples_of_one_stream_follow_each_other() -> None:
    found = what_if(in_remission(sample(30, "neg")), "p", ["NPM1 next 0.5% ABL1", "NPM1 next 0.9% ABL1"])
    samples = found.registry.table("mrd_samples").sort("sample_day").select("sample_id", "sample_day").rows()
    assert samples == [("marrow-30", 30), ("supposed-1", 31), ("supposed-2", 32)]


def test_supposed_names_do_not_meet_recorded_ones() -> None:
    found = what_if(in_remission(sample(30, "neg", name="supposed-1")), "p", ["NPM1 next 0.5% ABL1"])
    assert found.registry.table("mrd_samples")["sample_id"].sort().to_list() == ["supposed-1", "supposed-2"]


def test_a_calendar_registry_is_supposed_in_dates() -> None:
    patients = [{"patient_id": "p", "diagnosis_date": "2024-01-01", "age_years": 60}]
    made = only(
        relative=False, patients=patients, responses=[{"response_date": "2024-02-28", "reported_response": "CR"}]
    )
    found = what_if(made, "p", ["marrow blasts 12%"])
    assert str(found.registry.table("marrows")["sample_date"][0]) == "2024-02-29"
    assert found.suppositions[0].when == "29 February 2024"
    assert possible(found, "last documented turn") == (("remission",), ("relapse",))


def test_a_medicine_that_is_taken_can_be_stopped() -> None:
    made = in_remission(sample(30, "neg"), medications=[{"drug": "posaconazole", "start_day": 1}])
    found = what_if(made, "p", ["posaconazole stopped"], on=60)
    assert found.registry.table("medications")["end_day"].to_list() == [60]
    assert made.table("medications")["end_day"].to_list() == [None]


def test_the_dose_of_venetoclax_is_among_the_answers_of_a_day() -> None:
    made = in_remission(sample(30, "neg"), medications=[])
    given_now = Registry.from_tables(
        {
            **{name: made.table(name) for name in made.tables},
            "treatments": [{"patient_id": "p", **line(40, "pre-emptive", intensive=False)}],
        },
        relative=True,
    )
    found = what_if(given_now, "p", ["posaconazole"], on=45)
    assert {"venetoclax"} == {one.about for one in found.changes}
    assert "70 mg" in change(found, "Venetoclax-dose-US-label").after.possible


@pytest.mark.parametrize("patient_id", IDS)
def test_every_published_patient_can_be_asked(patient_id: str) -> None:
    if patient_id == "tiong-07":
        with pytest.raises(ValueError, match="died"):
            what_if(PUBLISHED, patient_id, ["ECOG 2"])
        return
    found = what_if(PUBLISHED, patient_id, ["ECOG 2", "TP53 mutated"])
    data = found.as_data()
    assert data["label"] == LABEL
    assert len(data["supposed"]) == 2
    total = len(found.changes) + len(found.same_answer) + len(found.unchanged)
    assert what_if_view(found)["summary"].startswith(f"{len(found.changes)} of {total} answers change")


def test_the_terminal_and_the_page_say_everywhere_that_it_is_supposed() -> None:
    found = what_if(PUBLISHED, "tiong-01", ["NPM1 next 0.5%"])
    console = Console(width=200, record=True, file=StringIO())
    print_what_if(console, found)
    text = console.export_text()
    assert text.count("upposed, not recorded") == 3
    assert "MRD relapse, unconfirmed" in text
    template = '{% from "what_if.html.j2" import what_if %}{{ what_if(one) }}'
    page = _templates().from_string(template).render(one=what_if_view(found))
    assert isinstance(_templates(), jinja2.Environment)
    assert "Supposed, not recorded" in page
    assert "MRD relapse, unconfirmed" in page


def test_the_trials_that_a_relapse_closes_and_opens_are_among_the_answers() -> None:
    made = in_remission(sample(30, "neg"), transplants=[], events=[])
    found = what_if(made, "p", ["relapse"])
    uproleselan = next(one for one in found.changes if one.name == "NCT03616470")
    assert uproleselan.about == "trials"
    assert (uproleselan.before.possible, uproleselan.after.possible) == (("does not match",), ("not known",))
    rows = {row[1]: row for row in what_if_view(found)["rows"]}
    assert rows["NCT03616470"][2:4] == ("does not match", "not known")
    assert "not known: Fit for intensive chemotherapy" in rows["NCT03616470"][4]


def test_a_centres_own_trials_are_compared_when_they_are_given() -> None:
    text = """
[[trial]]
id = "OWN-1"
title = "An example"
status = "recruiting"
source = "protocol"
complete = true
[[trial.criterion]]
kind = "inclusion"
fact = "ecog"
at_most = 2
wording = "ECOG 0 to 2"
source = "protocol"
"""
    own = parse_trials(text, "centre.toml").trials
    found = what_if(PUBLISHED, "thol-1", ["ECOG 3"], trials=own)
    trial = change(found, "OWN-1")
    assert (trial.before.possible, trial.after.possible) == (("not known",), ("does not match",))
    assert "NCT04867928" not in found.unchanged


def test_where_nothing_changes_that_is_said() -> None:
    found = what_if(PUBLISHED, "thol-1", ["FLT3-ITD mutated"])
    console = Console(width=200, record=True, file=StringIO())
    print_what_if(console, found)
    assert "No answer changes." in console.export_text()


def test_the_windows_of_the_next_samples_and_the_trials_are_answers_too() -> None:
    made = in_remission(sample(30, "neg"))
    window = {
        "patient_id": "p",
        "marker": "NPM1",
        "tissue": "blood",
        "earliest_day": 58,
        "latest_day": 62,
        "overdue": None,
    }
    frames = {
        "due": pl.DataFrame([{**window, "schedule": "follow-up", "because": ""}]),
        "trials": pl.DataFrame([{"patient_id": "p", "trial": "NCT1", "answer": "possible"}]),
        "course": made.table("events"),
    }
    assert listed_answers(frames, "p", made) == {
        ("next samples", "NPM1 in blood: follow-up", "due"): Listed(("from day 58 up to day 62",)),
        ("trials", "NCT1", "trials"): Listed(("possible",)),
    }
    assert listed_answers(frames, "q", made) == {}
