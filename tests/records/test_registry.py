"""The registry: its tables, its two time axes, completeness, what was known on a day, writing and joining."""

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tenfold.records import TABLES, Registry, read

TABLES_OF_TWO = {
    "patients": [
        {"patient_id": "P2", "diagnosis_date": "2023-11-20"},
        {
            "patient_id": "P1",
            "birth_date": "1960-01-01",
            "diagnosis_date": "2024-01-02",
            "last_contact_date": "2024-09-01",
            "death_date": "2024-09-01",
            "cause_of_death": "infection",
            "reason_no_transplant": "age",
        },
    ],
    "treatments": [
        {
            "patient_id": "P1",
            "line": 1,
            "drugs": "azacitidine+venetoclax",
            "start_date": "2024-01-05",
            "end_date": "2024-04-01",
            "cycles": 3,
            "stop_reason": "relapse",
        },
        {"patient_id": "P1", "line": 2, "start_date": "2024-05-05", "cycles": 1},
    ],
    "mrd_samples": [
        {"patient_id": "P1", "sample_date": "2024-03-01", "reported_date": "2024-03-20", "marker": "NPM1"},
        {"patient_id": "P1", "sample_date": "2024-04-01", "marker": "NPM1", "value": 0.1, "scale": "percent_abl1"},
    ],
}


@pytest.fixture
def two():
    registry = Registry.from_tables(TABLES_OF_TWO, title="Two", simulated=True, sources={"patients": 'A "quoted" one'})
    assert registry.faults.is_empty()
    return registry


def test_every_table_has_every_column_present_or_not(two):
    for name, table in TABLES.items():
        assert two.table(name).schema == table.schema()
    assert two.recorded("treatments")
    assert not two.recorded("events")
    with pytest.raises(KeyError):
        two.recorded("treatment")


def test_days_are_whole_numbers_since_1970_and_come_back_as_dates(two):
    days = two.days("mrd_samples")
    assert days.schema["sample_day"] == pl.Int32
    assert days["sample_day"].to_list() == [
        (date(2024, 3, 1) - date(1970, 1, 1)).days,
        (date(2024, 4, 1) - date(1970, 1, 1)).days,
    ]
    assert_frame_equal(two.dated(days), two.table("mrd_samples"))


def test_a_day_is_written_out():
    registry = Registry.from_tables({})
    assert registry.format_day((date(2024, 5, 3) - date(1970, 1, 1)).days) == "3 May 2024"
    assert Registry.from_tables({}, relative=True).format_day(120) == "day 120"


def test_patients_are_sorted_and_each_once(two):
    assert two.patient_ids()["patient_id"].to_list() == ["P1", "P2"]


def test_one_patient_is_found_and_an_unknown_one_named_with_the_nearest(two):
    one = two.patient("P1")
    assert one.patient_ids()["patient_id"].to_list() == ["P1"]
    assert one.recorded("mrd_samples")
    assert two.patient("P2").recorded("mrd_samples")
    with pytest.raises(KeyError, match="no patient P3; the nearest is P"):
        two.patient("P3")


def test_some_patients_are_selected(two):
    assert two.select(["P2", "P7"]).patient_ids()["patient_id"].to_list() == ["P2"]
    assert two.select(pl.Series(["P1"])).table("treatments").height == 2


# What was known on a day


def test_a_result_is_known_from_its_report_and_not_from_its_sample(two):
    assert two.as_of(date(2024, 3, 19)).table("mrd_samples").is_empty()
    assert two.as_of(date(2024, 3, 20)).table("mrd_samples").height == 1


def test_the_end_of_a_treatment_and_what_it_came_to_are_blank_until_it_ends(two):
    during = two.as_of(date(2024, 3, 31)).table("treatments").row(0, named=True)
    assert (during["end_date"], during["cycles"], during["stop_reason"]) == (None, None, None)
    assert during["drugs"] == "azacitidine+venetoclax"
    after = two.as_of(date(2024, 4, 1)).table("treatments").row(0, named=True)
    assert (after["end_date"], after["cycles"], after["stop_reason"]) == (date(2024, 4, 1), 3, "relapse")


def test_what_has_no_date_of_its_own_stays_blank(two):
    assert two.as_of(date(2025, 1, 1)).table("treatments")["cycles"].to_list() == [3, None]


def test_a_death_is_blank_until_it_happens(two):
    before = two.as_of(date(2024, 8, 31)).table("patients").filter(patient_id="P1").row(0, named=True)
    assert before["death_date"] is before["cause_of_death"] is before["last_contact_date"] is None
    assert before["reason_no_transplant"] is None
    assert before["birth_date"] == date(1960, 1, 1)
    after = two.as_of(date(2024, 9, 1)).table("patients").filter(patient_id="P1").row(0, named=True)
    assert (after["cause_of_death"], after["reason_no_transplant"]) == ("infection", "age")


def test_a_patient_not_yet_diagnosed_is_not_known_and_one_without_a_date_always_is():
    registry = Registry.from_tables(
        {"patients": [{"patient_id": "P1", "diagnosis_date": "2024-01-02"}, {"patient_id": "P2"}]}
    )
    assert registry.as_of(date(2023, 1, 1)).table("patients")["patient_id"].to_list() == ["P2"]


def test_rows_without_a_date_are_dropped_and_statements_of_completeness_kept():
    registry = Registry.from_tables(
        {
            "variants": [{"patient_id": "P1", "gene": "NPM1"}],
            "reported_outcomes": [{"patient_id": "P1", "endpoint": "OS", "time_months": 3}],
            "completeness": [{"table": "events", "complete": "yes"}],
        }
    ).as_of(date(2024, 1, 1))
    assert registry.table("variants").is_empty()
    assert registry.table("reported_outcomes").is_empty()
    assert registry.table("completeness").height == 1


def test_a_day_number_and_a_moment_serve_as_well_as_a_date(two):
    day = (date(2024, 3, 20) - date(1970, 1, 1)).days
    for on in (day, datetime(2024, 3, 20, 12)):
        assert two.as_of(on).table("mrd_samples").height == 1


def test_a_date_has_no_place_on_the_relative_axis():
    registry = Registry.from_tables({"marrows": [{"patient_id": "P1", "sample_day": 5}]}, relative=True)
    assert registry.as_of(4).table("marrows").is_empty()
    with pytest.raises(ValueError, match="give a day number"):
        registry.as_of(date(2024, 1, 1))


# Completeness


def complete(registry, name):
    return dict(registry.complete(name).iter_rows())


def test_a_table_that_is_present_is_complete_for_everybody_from_the_beginning(two):
    assert complete(two, "treatments") == {"P1": None, "P2": None}
    assert two.complete("treatments").schema == {"patient_id": pl.String, "complete_from_day": pl.Int32}


def test_a_table_that_is_absent_is_complete_for_nobody(two):
    assert complete(two, "events") == {}


def test_a_patients_own_statement_stands_before_that_for_everybody():
    tables = TABLES_OF_TWO | {
        "completeness": [
            {"table": "treatments", "complete": "no"},
            {"patient_id": "P2", "table": "treatments", "complete": "yes", "from_date": "1970-01-11"},
            {"table": "mrd_samples", "complete": "yes", "from_date": "1970-02-01"},
            {"patient_id": "P1", "table": "mrd_samples", "complete": "yes"},
        ]
    }
    registry = Registry.from_tables(tables)
    assert complete(registry, "treatments") == {"P2": 10}
    assert complete(registry, "mrd_samples") == {"P1": None, "P2": 31}
    assert complete(registry, "patients") == {"P1": None, "P2": None}
    assert complete(registry.patient("P2"), "treatments") == {"P2": 10}


def test_a_patient_with_a_row_set_aside_is_not_complete():
    rows = [*TABLES_OF_TWO["treatments"], {"patient_id": "P2", "start_date": "2024-13-01"}]
    assert complete(Registry.from_tables(TABLES_OF_TWO | {"treatments": rows}), "treatments") == {"P1": None}


def test_a_row_set_aside_whose_patient_is_unreadable_makes_the_table_incomplete_for_everybody():
    rows = [*TABLES_OF_TWO["treatments"], {"patient_id": "", "start_date": "2024-01-01"}]
    registry = Registry.from_tables(TABLES_OF_TWO | {"treatments": rows})
    assert complete(registry, "treatments") == {}
    assert complete(registry, "mrd_samples") == {"P1": None, "P2": None}
    assert complete(registry.patient("P2"), "treatments") == {}


def test_a_statement_that_cannot_be_read_leaves_nothing_complete_for_whom_it_speaks_of():
    statement = {"patient_id": "P1", "table": "treatment", "complete": "no"}
    registry = Registry.from_tables(TABLES_OF_TWO | {"completeness": [statement]})
    assert complete(registry, "treatments") == complete(registry, "mrd_samples") == {"P2": None}


def test_a_row_set_aside_for_its_date_may_have_been_known_at_any_time():
    tables = {
        "patients": [{"patient_id": "P1", "diagnosis_date": "2024-01-02", "death_date": "2024-09-01"}],
        "marrows": [{"patient_id": "P1", "sample_date": "2042-03-01"}],  # 2024 was meant
    }
    registry = Registry.from_tables(tables)
    assert complete(registry.as_of(date(2024, 6, 1)), "marrows") == {}


# Writing and joining


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_what_is_written_is_read_back_exactly(two, tmp_path, format):
    two.write(tmp_path / "out", format)
    again = read(tmp_path / "out")
    assert again.faults.is_empty()
    assert (again.title, again.simulated, again.sources, again.axis) == (
        two.title,
        two.simulated,
        two.sources,
        two.axis,
    )
    assert again.tables.keys() == two.tables.keys()
    for name, frame in two.tables.items():
        assert_frame_equal(again.tables[name], frame)


def test_a_registry_without_any_day_keeps_its_axis(tmp_path):
    Registry.from_tables({"patients": [{"patient_id": "P1"}]}, relative=True).write(tmp_path)
    assert read(tmp_path).axis == "relative"


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_what_was_incomplete_is_so_when_it_is_read_back(tmp_path, format):
    rows = [*TABLES_OF_TWO["treatments"], {"patient_id": "P2", "start_date": "2024-13-01"}]
    marrows = [{"patient_id": "P1", "sample_date": "2024-03-01"}, {"patient_id": "", "sample_date": "2024-03-01"}]
    registry = Registry.from_tables(TABLES_OF_TWO | {"treatments": rows, "marrows": marrows})
    registry.write(tmp_path, format)
    again = read(tmp_path)
    for name in TABLES:
        if name != "completeness":
            assert complete(again, name) == complete(registry, name)


def test_a_registry_is_not_written_over_another(two, tmp_path):
    two.write(tmp_path)
    with pytest.raises(ValueError, match="already holds"):
        two.write(tmp_path, "parquet")
    with pytest.raises(ValueError, match="csv or parquet"):
        two.write(tmp_path / "other", "xlsx")


def test_joined_registries_keep_what_each_said_of_its_own_completeness(two):
    other = Registry.from_tables(
        {
            "patients": [{"patient_id": "P3"}],
            "events": [],
            "completeness": [{"table": "patients", "complete": "no"}],
        },
        title="Other",
    )
    joined = Registry.concat([two, other])
    assert joined.patient_ids()["patient_id"].to_list() == ["P1", "P2", "P3"]
    assert complete(joined, "events") == {"P3": None}
    assert complete(joined, "treatments") == {"P1": None, "P2": None}
    assert complete(joined, "patients") == {"P1": None, "P2": None}
    assert (joined.title, joined.simulated) == ("Two + Other", True)


def test_registries_that_share_a_patient_or_an_axis_they_do_not_share_are_not_joined(two):
    with pytest.raises(ValueError, match="more than one of the registries: P1, P2"):
        Registry.concat([two, two])
    with pytest.raises(ValueError, match="dates and another days"):
        Registry.concat([two, Registry.from_tables({}, relative=True)])
    with pytest.raises(ValueError, match="no registry"):
        Registry.concat([])


def test_an_empty_registry_answers_every_question():
    registry = Registry.from_tables({})
    assert registry.patient_ids().is_empty()
    assert registry.table("patients").is_empty()
    assert registry.as_of(date(2024, 1, 1)).tables == {}
    with pytest.raises(KeyError, match="no patient P1"):
        registry.patient("P1")


def test_a_view_of_a_day_keeps_a_table_without_dates_whole_even_where_it_came_in_pieces() -> None:
    import polars as pl

    pieces = [
        Registry.from_tables(
            {
                "patients": [{"patient_id": name, "diagnosis_date": "2023-01-01"}],
                "completeness": [{"patient_id": name, "table": "patients", "complete": True}],
            }
        ).table("completeness")
        for name in ("A", "B")
    ]
    patients = [{"patient_id": name, "diagnosis_date": "2023-01-01"} for name in ("A", "B")]
    registry = Registry.from_tables({"patients": patients})
    stated = pl.concat(pieces, rechunk=False)
    assert stated.n_chunks() == 2
    whole = replace(registry, tables={**registry.tables, "completeness": stated})
    assert whole.as_of(date(2023, 6, 1)).table("completeness").height == 2
