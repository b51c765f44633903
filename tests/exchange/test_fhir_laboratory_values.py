"""Counts and chemistry as hospital systems send them: by their code, unit, time and specimen, or left with the reason."""

from __future__ import annotations

from datetime import date

import pytest
from fhir_files import DAY, LOINC, SNOMED, amount, component, concept, left, observation, patient, received, rows


@pytest.mark.parametrize(
    ("code", "unit", "value", "column", "expected"),
    [
        ("26464-8", "10*9/L", 4.2, "wbc_e9_l", 4.2),
        ("6690-2", "10*3/uL", 4.2, "wbc_e9_l", 4.2),
        ("804-5", "/uL", 4200, "wbc_e9_l", 4.2),
        ("751-8", "10*3/uL", 0.7, "anc_e9_l", 0.7),
        ("753-4", "/uL", 700, "anc_e9_l", 0.7),
        ("26499-4", "10*9/l", 0.7, "anc_e9_l", 0.7),
        ("777-3", "10*3/uL", 101, "platelets_e9_l", 101),
        ("26515-7", "10*9/L", 101, "platelets_e9_l", 101),
        ("778-1", "10*9/L", 101, "platelets_e9_l", 101),
        ("718-7", "g/L", 93, "haemoglobin_g_dl", 9.3),
        ("718-7", "g/dl", 9.3, "haemoglobin_g_dl", 9.3),
        ("709-6", "%", 3, "blasts_pb_pct", 3),
        ("26446-5", "%", 3, "blasts_pb_pct", 3),
    ],
)
def test_every_code_and_unit_of_a_count_is_read(code, unit, value, column, expected):
    found = received(patient(), observation(code, **amount(value, unit)))
    assert rows(found, "counts") == [{"patient_id": "p1", "sample_date": DAY, column: expected}]


@pytest.mark.parametrize(
    ("code", "unit", "value", "column", "expected"),
    [
        ("14682-9", "umol/L", 80, "creatinine_umol_l", 80),
        ("2160-0", "mg/dL", 1, "creatinine_umol_l", 88.4),
        ("14631-6", "umol/L", 17, "bilirubin_umol_l", 17),
        ("1975-2", "mg/dL", 2, "bilirubin_umol_l", 34.208),
        ("1742-6", "U/L", 40, "alt_u_l", 40),
        ("2532-0", "U/L", 300, "ldh_u_l", 300),
        ("14804-9", "ukat/L", 5, "ldh_u_l", 300),
    ],
)
def test_chemistry_is_converted_by_the_unit_that_is_stated(code, unit, value, column, expected):
    found = received(patient(), observation(code, **amount(value, unit)))
    assert rows(found, "chemistry") == [{"patient_id": "p1", "sample_date": DAY, column: expected}]


def test_a_number_without_a_unit_is_left():
    found = received(patient(), observation("26464-8", **amount(4.2, None)), observation("718-7", valueInteger=9))
    assert not found.registry.recorded("counts")
    assert set(left(found).values()) == {"a number without a unit"}


def test_a_unit_without_a_known_conversion_is_left():
    found = received(patient(), observation("718-7", **amount(5.8, "mmol/L")))
    assert not found.registry.recorded("counts")
    assert "no conversion from mmol/L is known" in left(found).values()


def test_a_bound_is_no_value():
    found = received(patient(), observation("751-8", **amount(0.1, "10*9/L", comparator="<")))
    assert not found.registry.recorded("counts")


def test_values_of_one_time_are_one_row():
    found = received(
        patient(),
        observation("26464-8", **amount(4.2, "10*9/L")),
        observation("777-3", **amount(90, "10*9/L")),
        observation("718-7", day="2024-05-04", **amount(9, "g/dL")),
    )
    assert rows(found, "counts") == [
        {"patient_id": "p1", "sample_date": DAY, "wbc_e9_l": 4.2, "platelets_e9_l": 90},
        {"patient_id": "p1", "sample_date": date(2024, 5, 4), "haemoglobin_g_dl": 9},
    ]


def test_a_result_of_a_time_at_which_another_was_measured_twice_goes_with_neither():
    found = received(
        patient(),
        observation("26464-8", **amount(4.2, "10*9/L")),
        observation("777-3", **amount(50, "10*9/L")),
        observation("26515-7", **amount(100, "10*9/L")),
    )
    alone = {"patient_id": "p1", "sample_date": DAY}
    assert rows(found, "counts") == [
        alone | {"wbc_e9_l": 4.2},
        alone | {"platelets_e9_l": 50},
        alone | {"platelets_e9_l": 100},
    ]
    assert any(note.startswith("3 results stand in rows of their own") for note in found.notes)


def test_results_of_one_day_go_together_by_their_specimen():
    tubes = [{"resourceType": "Specimen", "id": name} for name in ("one", "other")]
    of = [{"specimen": {"reference": f"Specimen/{name}"}} for name in ("one", "other")]
    found = received(
        patient(),
        *tubes,
        observation("26515-7", **amount(50, "10*9/L"), **of[0]),
        observation("26515-7", **amount(100, "10*9/L"), **of[1]),
        observation("751-8", **amount(2, "10*9/L"), **of[1]),
    )
    alone = {"patient_id": "p1", "sample_date": DAY}
    assert rows(found, "counts") == [alone | {"platelets_e9_l": 50}, alone | {"platelets_e9_l": 100, "anc_e9_l": 2}]


@pytest.mark.parametrize("kind", ["DiagnosticReport", "Observation"])
def test_results_of_one_day_go_together_by_their_report_or_panel(kind):
    def whole(*ids):
        held = [{"reference": f"Observation/{one}"} for one in ids]
        return (
            {"resourceType": kind, "status": "final", "code": concept(LOINC, "58410-2")}
            | {"subject": {"reference": "Patient/p1"}}
            | ({"result": held} if kind == "DiagnosticReport" else {"hasMember": held})
        )

    found = received(
        patient(),
        observation("26515-7", id="a", **amount(50, "10*9/L")),
        observation("26515-7", id="b", **amount(100, "10*9/L")),
        observation("751-8", id="c", **amount(2, "10*9/L")),
        whole("a"),
        whole("b", "c"),
    )
    alone = {"patient_id": "p1", "sample_date": DAY}
    assert rows(found, "counts") == [alone | {"platelets_e9_l": 50}, alone | {"platelets_e9_l": 100, "anc_e9_l": 2}]


def test_a_value_that_cannot_be_right_takes_no_other_result_with_it():
    found = received(
        patient(),
        observation("26499-4", **amount(3000, "10*3/uL")),
        observation("718-7", **amount(9, "g/dL")),
        observation("26464-8", **amount(4, "10*9/L")),
    )
    assert rows(found, "counts") == [{"patient_id": "p1", "sample_date": DAY, "wbc_e9_l": 4, "haemoglobin_g_dl": 9}]
    fault = found.registry.check().row(0, named=True)
    assert (fault["line"], fault["column"], fault["value"]) == (2, "anc_e9_l", "3000")


def test_a_count_panel_with_components_is_read():
    parts = [component("26464-8", **amount(4, "10*9/L")), component("718-7", **amount(9, "g/dL"))]
    found = received(patient(), observation("58410-2", component=parts))
    assert rows(found, "counts") == [{"patient_id": "p1", "sample_date": DAY, "wbc_e9_l": 4, "haemoglobin_g_dl": 9}]


def test_blasts_of_the_marrow_are_not_those_of_the_blood():
    found = received(patient(), observation("11150-0", **amount(4, "%")), observation("709-6", **amount(2, "%")))
    assert rows(found, "marrows")[0]["blasts_pct"] == 4
    assert rows(found, "counts")[0]["blasts_pb_pct"] == 2


def test_a_blood_count_on_a_marrow_specimen_is_left():
    specimen = {"resourceType": "Specimen", "id": "s", "type": concept(SNOMED, "119359002")}
    blasts = observation("709-6", contained=[specimen], specimen={"reference": "#s"}, **amount(2, "%"))
    found = received(patient(), blasts)
    assert not found.registry.recorded("counts")


def test_myeloblasts_alone_are_not_taken_for_all_blasts():
    found = received(patient(), observation("30445-1", **amount(1, "%")))
    assert not found.registry.recorded("counts")
    assert any("too few blasts would pass for a remission" in why for why in left(found).values())


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled", "registered", "unknown"])
def test_what_is_not_final_is_left(status):
    found = received(patient(), observation("26464-8", status=status, **amount(4, "10*9/L")))
    assert not found.registry.recorded("counts")


def test_results_that_were_reported_on_different_days_are_known_on_different_days():
    found = received(
        patient(),
        observation("26464-8", issued="2024-05-03T10:00:00Z", **amount(4, "10*9/L")),
        observation("709-6", issued="2024-05-06T10:00:00Z", **amount(2, "%")),
    )
    assert [row.get("reported_date") for row in rows(found, "counts")] == [None, date(2024, 5, 6)]
