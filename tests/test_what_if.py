"""What if: changes in plain words, what they change, and what they never change."""

from __future__ import annotations

from io import StringIO
from typing import Any

import jinja2
import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from rich.console import Console

import tenfold
from registries import line, only, registry, remission, sample, tables
from tenfold.guidance.trials.eligibility import parse_trials
from tenfold.records import Registry
from tenfold.reports.page import _templates
from tenfold.reports.what_if import print_what_if, what_if_view
from tenfold.vocabulary import Detection, Qualifier, Scale
from tenfold.what_if.changes import parse
from tenfold.what_if.compare import Difference, WhatIf, what_if
from tenfold.what_if.kinds import Adequacy, Fact, FusionStatus, GeneStatus, Medicine, NextSample
from tenfold.what_if.listed import Listed, listed_answers
from tenfold.what_if.suppose import LABEL
from tenfold.what_if.words import FORMS, NotUnderstoodError

PUBLISHED = tenfold.published()
IDS = PUBLISHED.patient_ids()["patient_id"].to_list()


def rows_of(records: Registry) -> dict[str, list[dict[str, Any]]]:
    return {name: frame.to_dicts() for name, frame in records.tables.items()}


def change(found: WhatIf, name: str) -> Difference:
    return next(one for one in found.changes if one.name == name)


def possible(found: WhatIf, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    one = change(found, name)
    return one.before.possible, one.after.possible


def in_remission(*samples: Any, **more: Any) -> Registry:
    """A patient in remission of whom everything is recorded."""
    return registry(
        treatments=[line(-90, "induction", "cytarabine", intensive=True)],
        responses=[remission(0)],
        mrd_samples=list(samples),
        **more,
    )


@pytest.mark.parametrize(
    ("text", "marker", "tissue", "value", "scale"),
    [
        ("NPM1 next 350/10^4", "NPM1", None, "350", Scale.PER_1E4_ABL1),
        ("npm1 next 350 / 10⁴ ABL1", "NPM1", None, "350", Scale.PER_1E4_ABL1),
        ("NPM1 next 0.5% ABL1", "NPM1", None, "0.5", Scale.PERCENT_ABL1),
        ("NPM1 blood next 12/10^5", "NPM1", "blood", "12", Scale.PER_1E5_ABL1),
        ("NPM1 next 2% of diagnosis PB", "NPM1", "blood", "2", Scale.PERCENT_OF_DIAGNOSIS),
        ("RUNX1::RUNX1T1 next 3 per 10^5", "RUNX1::RUNX1T1", None, "3", Scale.PER_1E5_ABL1),
        ("FLT3 ITD next 1% VAF by ngs", "FLT3-ITD", None, "1", Scale.PERCENT_VAF),
        ("NPM1 next 0.5%", "NPM1", None, "0.5", None),
    ],
)
def test_a_next_level_is_read_with_its_scale(
    text: str, marker: str, tissue: str | None, value: str, scale: Scale | None
) -> None:
    what = parse(text).what
    assert isinstance(what, NextSample)
    assert (what.marker, what.tissue, what.value, what.scale) == (marker, tissue, value, scale)
    assert what.detected is Detection.YES


def test_a_level_that_is_only_less_than_is_not_thereby_detected() -> None:
    what = parse("NPM1 next <0.01% ABL1").what
    assert isinstance(what, NextSample)
    assert (what.qualifier, what.detected) == (Qualifier.BELOW, None)


def test_nothing_per_ten_thousand_is_a_negative_sample() -> None:
    what = parse("NPM1 next 0/10^4").what
    assert isinstance(what, NextSample)
    assert (what.value, what.detected) == (None, Detection.NO)


def test_the_abl1_of_a_scale_is_not_taken_for_copies() -> None:
    what = parse("NPM1 next 0.5% ABL1 adequate ABL1 20000 in 4 weeks")
    assert isinstance(what.what, NextSample)
    assert what.what.adequacy == Adequacy(True, "ABL1", "20000")
    assert what.after_days == 28


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("FLT3-ITD mutated", GeneStatus("FLT3", True, "ITD")),
        ("FLT3-ITD ratio 0.7", GeneStatus("FLT3", True, "ITD", allelic_ratio="0.7")),
        ("TP53 wild type", GeneStatus("TP53", False)),
        ("TP53 not mutated at diagnosis", GeneStatus("TP53", False, occasion="diagnosis")),
        ("IDH2 R140Q", GeneStatus("IDH2", True, hgvs_p="p.R140Q")),
        ("TP53 mutated VAF 30% now", GeneStatus("TP53", True, vaf="0.3", occasion="now")),
        ("CBFB::MYH11 not found", FusionStatus("CBFB::MYH11", False)),
        ("posaconazole", Medicine("posaconazole", True)),
        ("posaconazole stopped", Medicine("posaconazole", False)),
        ("not adequate", Adequacy(False)),
    ],
)
def test_genes_fusions_and_medicines_are_read(text: str, what: Any) -> None:
    assert parse(text).what == what


@pytest.mark.parametrize(
    ("text", "table", "cells"),
    [
        ("chronic GVHD absent", "events", [{"kind": "chronic GVHD", "present": "no"}]),
        ("no extramedullary disease", "events", [{"kind": "extramedullary disease", "present": "no"}]),
        ("neutropenia grade 4", "events", [{"kind": "neutropenia", "present": "yes", "grade": "4"}]),
        ("relapse", "events", [{"kind": "relapse", "present": "yes"}]),
        ("ECOG 2", "status", [{"ecog": "2"}]),
        ("unfit for intensive", "status", [{"fit_for_intensive": "no"}]),
        ("not eligible", "status", [{"transplant_eligible": "no"}]),
        ("marrow blasts 12%", "marrows", [{"blasts_pct": "12"}]),
        ("neutrophils 0.4 10^9/L", "counts", [{"anc_e9_l": "0.4"}]),
        ("CR", "responses", [{"reported_response": "CR"}]),
    ],
)
def test_other_facts_become_rows_of_their_table(text: str, table: str, cells: list[dict[str, str]]) -> None:
    what = parse(text).what
    assert isinstance(what, Fact)
    assert (what.table, [dict(row) for row in what.rows]) == (table, cells)


def test_gvhd_that_is_absent_is_absent_in_both_kinds_and_active_in_one() -> None:
    absent, active = parse("GVHD absent").what, parse("GVHD active").what
    assert isinstance(absent, Fact)
    assert isinstance(active, Fact)
    assert (len(absent.rows), len(active.rows)) == (2, 1)
    assert "taken as acute" in active.note


def test_acute_gvhd_that_is_absent_says_nothing_of_chronic_gvhd() -> None:
    what = parse("acute GVHD absent").what
    assert isinstance(what, Fact)
    assert [dict(row) for row in what.rows] == [{"kind": "acute GVHD", "present": "no"}]
    assert what.note == "of chronic GVHD nothing is supposed: it stays as it is on record"
    alone = what_if(PUBLISHED, "tiong-10", ["acute GVHD absent"])
    assert alone.after.guidance["gvhd_active"].to_list() == [None]
    for text in ("GVHD absent", "no active GVHD"):
        assert what_if(PUBLISHED, "tiong-10", [text]).after.guidance["gvhd_active"].to_list() == [False]


@pytest.mark.parametrize("text", ["foo", "NPM1 foo", "xyz 3", "NPM1 next bar"])
def test_a_word_that_is_like_no_known_one_is_named_without_a_suggestion(text: str) -> None:
    with pytest.raises(NotUnderstoodError) as error:
        parse(text)
    assert "is not understood here" in str(error.value)
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_an_error_shows_is_understood(form: str) -> None:
    assert parse(form).text == form


@pytest.mark.parametrize(
    ("text", "word", "meant"),
    [
        ("NPM1 nxt 350/10^4", '"nxt"', '"next"'),
        ("NPN1 next 350/10^4", '"NPN1"', '"NPM1"'),
        ("GVDH active", '"GVDH"', '"GVHD"'),
        ("posaconazol", '"posaconazol"', '"posaconazole"'),
        ("TP35 mutated", '"TP35"', '"TP53"'),
        ("ECOG two", '"two"', "ECOG 2"),
        ("NPM1 next 350", "no scale", "350/10^4"),
        ("NPM1 next 0,5% ABL1", '"0,5"', "decimal point"),
        ("NPM1 negative", "NPM1 next negative", "wild type"),
        ("NPM1 next", "neither a level", "FLT3-ITD mutated"),
        ("NPM1 next 3/10^4 mutated", "one by one", "What can be supposed"),
        ("", "nothing is supposed", "NPM1 next 350/10^4"),
    ],
)
def test_what_is_not_understood_is_named_with_what_may_be_meant(text: str, word: str, meant: str) -> None:
    with pytest.raises(NotUnderstoodError) as error:
        parse(text)
    assert word in str(error.value)
    assert meant in str(error.value)


@given(st.text(max_size=30))
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    try:
        said = parse(text).text
    except NotUnderstoodError as error:
        said = error.text
    assert said.split() == text.split()


@pytest.mark.parametrize("patient_id", ["thol-1", "tiong-01", "tiong-10"])
def test_nothing_supposed_changes_nothing(patient_id: str) -> None:
    found = what_if(PUBLISHED, patient_id, [])
    assert (found.changes, found.same_answer, found.suppositions) == ((), (), ())
    assert len(found.unchanged) > 20


@given(tables, st.none() | st.integers(0, 420))
def test_nothing_supposed_changes_nothing_whatever_the_records(
    given_tables: dict[str, list[Any]], on: int | None
) -> None:
    found = what_if(registry(**given_tables), "p", [], on=on)
    assert not found.changes
    assert not found.same_answer


@pytest.mark.parametrize(
    ("patient_id", "texts"),
    [
        ("thol-1", ["FLT3-ITD mutated", "FLT3-ITD ratio 0.21 at diagnosis", "NPM1 mutated"]),
        ("tiong-11", ["FLT3-ITD mutated"]),
        ("tiong-04", ["NPM1 mutated"]),
        ("thol-3", ["ECOG 1"]),
        ("thol-2", ["TP53 mutated"]),
        ("tiong-10", ["relapse"]),
        ("tiong-01", ["NPM1 next negative adequate"]),
    ],
)
def test_supposing_what_is_recorded_changes_no_answer(patient_id: str, texts: list[str]) -> None:
    found = what_if(PUBLISHED, patient_id, texts)
    assert [(one.name, one.before.headline, one.after.headline) for one in found.changes] == []
    assert [one.text for one in found.suppositions] == texts


@pytest.mark.parametrize(
    "texts", [["NPM1 next 350/10^4", "TP53 wild type", "relapse", "posaconazole"], ["adequate ABL1 20000"]]
)
def test_the_records_stay_as_they_were(texts: list[str]) -> None:
    before = rows_of(PUBLISHED)
    found = what_if(PUBLISHED, "thol-1", texts)
    assert rows_of(PUBLISHED) == before
    assert rows_of(found.registry) != rows_of(PUBLISHED.patient("thol-1"))
    assert LABEL in (found.registry.title or "")
    assert found.after.registry is found.registry


@given(tables, st.sampled_from([form for form in FORMS if "posaconazole" not in form]), st.integers(0, 420))
def test_no_supposition_alters_the_records_or_what_was_answered_from_them(
    given_tables: dict[str, list[Any]], text: str, on: int
) -> None:
    made = registry(**given_tables)
    before = rows_of(made)
    try:
        found = what_if(made, "p", [text], on=on)
    except ValueError as error:
        event(str(error))
    else:
        assert [one.text for one in found.suppositions] == [text]
        assert not found.before.registry.table("mrd_samples")["sample_id"].str.starts_with("supposed").any()
    assert rows_of(made) == before


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("marrow blasts 130%", "above 100"),
        ("ECOG 7", "above 5"),
        ("ECOG 1.5", "not a whole number"),
        ("NPM1 next -3/10^4", "below 0"),
        ("TP53 mutated VAF 300%", "allele fraction"),
        ("posaconazole stopped", "do not show"),
        ("FLT3-ITD next 3% VAF", "say marrow or blood"),
        ("NPM1 next 0.5%", "of what 0.5 % is"),
    ],
)
def test_what_cannot_be_is_refused_with_the_change_and_the_rule(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        what_if(PUBLISHED, "thol-1", [text])
    assert f'"{text}"' in str(error.value)


def test_nothing_is_supposed_after_a_death_but_of_the_day_before_it() -> None:
    with pytest.raises(ValueError, match="the patient died"):
        what_if(PUBLISHED, "tiong-07", ["CR"])
    assert what_if(PUBLISHED, "tiong-07", ["ECOG 2"], on=0).suppositions


def test_a_patient_who_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(KeyError, match="tiong-01"):
        what_if(PUBLISHED, "tiong01", ["CR"])


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
