"""What if, in plain words: how each change is read, and what is refused with what may be meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.vocabulary import Detection, Qualifier, Scale
from tenfold.what_if.changes import parse
from tenfold.what_if.compare import what_if
from tenfold.what_if.kinds import Adequacy, Fact, FusionStatus, GeneStatus, Medicine, NextSample
from tenfold.what_if.words import FORMS, NotUnderstoodError
from what_if_patients import PUBLISHED


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
