"""What looks as if it named a person is found, what laboratories and clinicians write is not, and nothing is shown in full."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.published import published
from tenfold.records import TABLES
from tenfold.records.faults import Used
from tenfold.records.identifying import column_holds, identifier_looks_like, is_nhs_number, looks_like, masked
from tenfold.records.identifying_faults import identifying_faults
from tenfold.records.rules import FILE, LINE, ROW
from tenfold.records.same_person import perhaps_one_person
from tenfold.records.sheets import frame_sheet


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("write to anna.b@ward.example", "an e-mail address"),
        ("call 0171 555 12 34", "a telephone number"),
        ("+41 61 555 12 34", "a telephone number"),
        ("943 476 5919", "an NHS number"),
        ("078-05-1120", "a social security number"),
        ("12345678Z", "an identity card number"),
        ("MRN: 1234567", "a hospital number"),
        ("seen by Dr. Keller", "a person's name"),
        ("lives in SW1A 1AA", "a postcode"),
        ("on 3 May 2024", "a date"),
        ("2024-05-03", "a date"),
        ("03/05/24", "a date"),
    ],
)
def test_what_names_a_person_is_found(text: str, what: str) -> None:
    assert looks_like(text) == what


@pytest.mark.parametrize(
    "text",
    [
        "46,XX,t(8;21)(q22;q22)[20]",
        "45,XY,inv(3)(q21q26),-7[18]/46,XY[2]",
        "nuc ish 8q22(RUNX1T1x2),21q22(RUNX1x2)[200/200]",
        "c.860_863dupTCTG",
        "NM_002520.7:c.863_864insTATG",
        "p.Trp288CysfsTer12",
        "7+3",
        "CPX-351",
        "ELN 2022",
        "MutaQuant NPM1 A",
        "10/10",
        "900-32-1234",
        "1234567890",
        "grade 3, 12%",
        "",
    ],
)
def test_what_laboratories_and_clinicians_write_is_not_taken_for_a_person(text: str) -> None:
    assert looks_like(text) is None


def test_no_text_of_the_published_or_simulated_patients_looks_identifying() -> None:
    for registry in (published(), simulate_registry(50, 1, "mixed").registry):
        for name, frame in registry.tables.items():
            for column in TABLES[name].columns:
                if frame.schema.get(column.name) == pl.String:
                    for text in frame[column.name].drop_nulls().unique():
                        assert looks_like(text) is None, text


@given(st.integers(0, 10**9 - 1))
def test_one_check_digit_at_most_makes_an_nhs_number_of_nine_digits(number: int) -> None:
    sound = [digit for digit in range(10) if is_nhs_number(f"{number:09}{digit}")]
    assert len(sound) <= 1


def test_names_of_columns_are_known_without_case_and_punctuation() -> None:
    assert column_holds("Last_Name") == "a name"
    assert column_holds("E-Mail") == "an e-mail address"
    assert column_holds("ZIP code") == "an address"
    for harmless in ("gene_name", "cell_count", "sex", "patient_id", "nomenclature", "telomere"):
        assert column_holds(harmless) is None


@pytest.mark.parametrize(
    ("identifier", "what"),
    [
        ("Keller, Anna", "a person's name"),
        ("AK19600203", "the patient's date of birth"),
        ("030260-4411", "the patient's date of birth"),
        ("npm1-000017", None),
        ("tiong-07", None),
        ("A17", None),
    ],
)
def test_an_identifier_that_says_who_the_patient_is_is_found(identifier: str, what: str | None) -> None:
    assert identifier_looks_like(identifier, date(1960, 2, 3)) == what


@given(st.text(min_size=2))
def test_a_masked_text_shows_no_more_than_its_first_letter(text: str) -> None:
    assert masked(text).startswith(f"{text[:1]}...")
    assert text not in masked(text) or len(text) < 4


def test_a_file_is_warned_of_by_column_with_the_first_line_and_nothing_in_full() -> None:
    frame = pl.DataFrame(
        {
            "patient_id": ["A1", "A2", "A3"],
            "surname": ["Keller", "Meier", "Frei"],
            "note": ["x", "anna@ward.example", "b@ward.example"],
            "visited": ["2024-05-03", None, None],
            "cause_of_death": [None, None, "on 3 May 2024"],
        }
    )
    told = identifying_faults(frame_sheet("patients", "patients", frame), TABLES["patients"])
    assert [(one.column, one.line, one.used) for one in told] == [
        ("surname", None, Used.COLUMN_NOT_USED),
        ("note", 2, Used.KEPT),
        ("cause_of_death", 3, Used.KEPT),
    ]
    assert "and so do 1 more cells of note" in told[1].rule
    for fault in told:
        assert not any(secret in repr(fault) for secret in ("Keller", "anna", "May"))


def test_one_number_with_a_check_digit_is_chance_and_most_of_them_are_not() -> None:
    sound = ["9434765919", "4010232137"]
    assert all(is_nhs_number(one) for one in sound)
    for ids, warned in ((["1234567891", "1111111112", sound[0]], False), ([*sound, "A1"], True)):
        frame = pl.DataFrame({"patient_id": ids})
        told = identifying_faults(frame_sheet("patients", "patients", frame), TABLES["patients"])
        assert bool(told) is warned


def examined(**columns: list[object]) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    return frame.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW),
        pl.lit("patients.csv").alias(FILE),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias(LINE),
    )


def test_two_patients_of_one_life_may_be_one_person_and_an_unknown_date_says_nothing() -> None:
    born, ill = date(1960, 2, 3), date(2024, 1, 2)
    frame = examined(
        patient_id=["A1", "B2", "C3", "D4"],
        sex=["female"] * 4,
        birth_date=[born, born, None, None],
        diagnosis_date=[ill] * 4,
    )
    [fault] = perhaps_one_person(frame, "calendar").to_dicts()
    assert (fault["line"], fault["patient_id"], fault["used"]) == (3, "B2", "kept")
    assert fault["rule"].startswith("B2 and A1 of line 2 may be one person")
    assert perhaps_one_person(frame, "relative").height == 0


def test_identifiers_that_differ_in_nothing_but_punctuation_may_be_one_person() -> None:
    nothing: list[object] = [None, None, None]
    frame = examined(patient_id=["A-01", "a 01", "A1"], sex=nothing, birth_date=nothing, diagnosis_date=nothing)
    assert perhaps_one_person(frame, "relative")["patient_id"].to_list() == ["a 01"]
