"""A model asked on the command line as a clinician would type it: names as written, a whole karyotype, a disputed footnote."""

from __future__ import annotations

import pytest

from tenfold.calculator import calculate


@pytest.mark.parametrize("field", ["FLT3_ITD", "FLT3-ITD", "flt3-itd"])
def test_a_field_may_be_written_with_a_hyphen_and_in_any_case(field: str) -> None:
    [told] = calculate("ELN-2022", [f"{field}=no", "NPM1=yes", "karyotype=46,XY[20]", "TP53-at-least-10-percent=no"])
    assert told["answer"] == "favourable"


def test_a_karyotype_answers_every_fact_of_the_chromosomes() -> None:
    [told] = calculate("ELN-2022", ["karyotype=45,XY,-7[20]", "CEBPA-bZIP-in-frame=no"])
    assert told["answer"] == "adverse"
    assert told["remarks"] == []


def test_a_fact_that_was_given_itself_stands_before_the_karyotype() -> None:
    [told] = calculate("ELN-2022", ["karyotype=46,XY[20]", "inv_16=yes", "TP53_at_least_10_percent=no"])
    assert told["answer"] == "favourable"
    [open_] = calculate("ELN-2022", ["karyotype=46,XY[20]", "inv_16=?", "TP53_at_least_10_percent=yes"])
    assert "Core-binding factor leukaemia" in open_["decided_by"]


def test_a_failed_culture_answers_nothing_and_what_is_no_karyotype_is_refused() -> None:
    [told] = calculate("ELN-2022", ["karyotype=culture failed"])
    assert told == {**calculate("ELN-2022", [])[0]}
    with pytest.raises(ValueError, match="karyotype=hello: it cannot be read"):
        calculate("ELN-2022", ["karyotype=hello"])
    with pytest.raises(ValueError, match="karyotype: no such field"):
        calculate("VEN-PRS-OS", ["karyotype=46,XY"])


def test_a_slip_in_the_karyotype_is_read_and_said() -> None:
    assert calculate("ELN-2022", ["karyotype=46 XY"])[0]["remarks"][0] == "the karyotype was read as 46,XY"


def test_a_disputed_footnote_says_what_each_reading_leads_to_and_how_to_choose() -> None:
    known = ["NPM1=yes", "FLT3-ITD=yes", "karyotype=46,XY[20]", "ASXL1=yes", "CEBPA_bZIP_in_frame=no"]
    [told] = calculate("ELN-2022", [*known, "TP53_at_least_10_percent=no"])
    [remark] = told["remarks"]
    assert "read literally: adverse (a myelodysplasia-related gene mutated)" in remark
    assert "read the other way: intermediate (NPM1 with FLT3-ITD" in remark
    assert 'footnote_reading="the other way"' in remark
    [held] = calculate("ELN-2022", [*known, "TP53_at_least_10_percent=no", "footnote_reading=the other way"])
    assert (held["answer"], held["remarks"]) == ("intermediate", [])


def test_outcomes_of_other_patients_are_said_to_be_theirs() -> None:
    [told] = calculate("ELN-2022", ["NPM1=yes", "FLT3-ITD=no"])
    assert "only of relapsed or refractory AML" in told["published"][0]
    assert "only of" not in calculate("mPRS", ["TP53=yes"])[0]["published"][0]
