"""A registry written as a cBioPortal study and read back is the registry that was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.cbioportal import read_records, recognises, write_records
from tenfold.exchange.converted import Fate
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.completeness import statements_to_keep
from tenfold.records.faults import no_faults
from tenfold.records.shape import Axis, Column, Kind
from tenfold.records.tables import TABLES

IDS = ("p1", "p1-S1", "P 2/ä", "NA", "jan-5", "x" * 70, "PATIENT_1", "#7")


def assert_same(read: Registry, written: Registry) -> None:
    assert (read.axis, read.title, read.simulated) == (written.axis, written.title, written.simulated)
    assert read.sources == written.sources
    assert set(read.tables) == set(written.tables)
    for name, frame in written.tables.items():
        assert_frame_equal(read.tables[name], frame, check_row_order=False)
        if name != "completeness":
            assert_frame_equal(read.complete(name), written.complete(name))


def round_trip(registry: Registry) -> Registry:
    with TemporaryDirectory() as folder:
        write_records(registry, Path(folder) / "study")
        found = read_records(Path(folder) / "study")
        assert recognises(Path(folder) / "study")
    listed = [(one.source, one.field) for one in found.fields]
    assert len(listed) == len(set(listed)), "every field is listed once"
    assert not found.of(Fate.GUESSED)
    return found.registry


def test_the_published_patients_come_back_on_their_relative_days() -> None:
    registry = published()
    assert registry.axis == "relative"
    assert_same(round_trip(registry), registry)


@pytest.mark.parametrize("kind", ["venprs", "mixed"])
def test_simulated_patients_come_back_with_their_dates_and_stay_simulated(kind: str) -> None:
    registry = simulate_registry(20, seed=3, kind=kind).registry
    read = round_trip(registry)
    assert read.simulated
    assert_same(read, registry)


def value(column: Column, axis: Axis) -> st.SearchStrategy[Any]:
    """Any value that a column may hold."""
    if column.words is not None:
        return st.sampled_from([str(word) for word in column.words])
    low, high = column.low or 0, 1e6 if column.high is None else column.high
    match column.kind:
        case Kind.NUMBER:
            return st.floats(low, high, allow_subnormal=False)
        case Kind.COUNT:
            return st.integers(int(low), int(high))
        case Kind.YESNO:
            return st.booleans()
        case Kind.DATE:
            return st.integers(-500, 500) if axis == "relative" else st.dates(date(2015, 1, 1), date(2024, 12, 31))
        case Kind.GENE:
            return st.sampled_from(["NPM1", "FLT3", "TP53", "ZZZ9"])
        case Kind.MARKER:
            return st.sampled_from(["NPM1", "RUNX1::RUNX1T1", "FLT3-ITD"])
        case Kind.DRUGS:
            return st.sampled_from(["azacitidine", "azacitidine+venetoclax"])
        case _:
            awkward = st.sampled_from(["NA", "[Not Available]", 'said "no"', "=1+1", "Jan-99", "-", "#", "p.L287fs;x"])
            return awkward | st.text("aé\\\t\n\r,;:'\"[]0 ", min_size=1).filter(lambda text: bool(text.strip()))


@st.composite
def made(draw: st.DrawFn) -> Registry:
    """A registry of any tables with any rows that admission takes."""
    axis: Axis = draw(st.sampled_from(("relative", "calendar")))
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in draw(st.lists(st.sampled_from(sorted(TABLES)), min_size=1, max_size=6, unique=True)):
        table = TABLES[name]
        columns = {
            column.named(axis): value(column, axis) if column.required else st.none() | value(column, axis)
            for column in table.columns
        }
        if name == "completeness":
            columns["table"] = st.sampled_from(sorted(TABLES))
            columns["patient_id"] = st.none() | st.sampled_from(IDS)
        else:
            columns["patient_id"] = st.sampled_from(IDS)
        rows[name] = draw(st.lists(st.fixed_dictionaries(columns), max_size=4))
    registry = Registry.from_tables(
        rows,
        relative=axis == "relative",
        title=draw(st.none() | st.text('a é"\\\n:', max_size=8)),
        simulated=draw(st.booleans()),
        sources=draw(st.dictionaries(st.sampled_from(sorted(rows)), st.text(max_size=6), max_size=2)),
    )
    return replace(registry, faults=no_faults(), set_aside=registry.set_aside.clear())


@given(made())
def test_any_registry_comes_back_as_it_was(registry: Registry) -> None:
    if registry.patient_ids().is_empty():
        with pytest.raises(ValueError, match="no patient"), TemporaryDirectory() as folder:
            write_records(registry, Path(folder) / "study")
        return
    assert_same(round_trip(registry), registry)


def test_a_patient_of_whom_a_row_was_set_aside_stays_incomplete() -> None:
    rows = [{"patient_id": "p", "start_day": 3, "cycles": 2}, {"patient_id": "p", "start_day": 9, "cycles": -1}]
    registry = Registry.from_tables({"treatments": rows, "patients": [{"patient_id": "p"}]}, relative=True)
    assert registry.complete("treatments").is_empty()
    read = round_trip(registry)
    assert read.complete("treatments").is_empty()
    assert read.complete("patients").height == 1
    statements = statements_to_keep(registry)
    assert statements is not None
    assert_frame_equal(read.tables["completeness"], statements)


def test_without_the_dates_of_day_zero_the_study_reads_as_days(tmp_path: Path) -> None:
    registry = simulate_registry(5, seed=2).registry
    write_records(registry, tmp_path / "study")
    file = tmp_path / "study" / "data_clinical_patient.txt"
    lines = [line.split("\t") for line in file.read_text("utf-8").splitlines()]
    at = lines[4].index("DAY_ZERO_DATE")
    file.write_text("".join("\t".join(line[:at] + line[at + 1 :]) + "\n" for line in lines), "utf-8")
    read = read_records(tmp_path / "study").registry
    assert read.axis == "relative"
    assert read.simulated
    patients = registry.table("patients")
    diagnosed = patients.filter(pl.col("diagnosis_date").is_not_null())["patient_id"]
    zero = read.table("patients").filter(pl.col("patient_id").is_in(diagnosed.implode()))["diagnosis_day"]
    assert zero.to_list() == [0] * diagnosed.len()
    assert read.table("treatments").height == registry.table("treatments").height


def test_a_study_is_written_into_an_empty_folder_only(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("kept", "utf-8")
    with pytest.raises(ValueError, match="holds something already"):
        write_records(published(), tmp_path)
    assert (tmp_path / "other.txt").read_text("utf-8") == "kept"


def test_what_no_timeline_can_hold_is_said(tmp_path: Path) -> None:
    said = write_records(published(), tmp_path / "study").left
    assert any(line.startswith("39 rows of treatments have no day") for line in said)
    assert any("sources of the tables" in line for line in said)


def test_dates_and_patient_ids_that_the_format_does_not_take_are_said(tmp_path: Path) -> None:
    rows = [{"patient_id": "Müller 3", "diagnosis_date": date(2024, 5, 3)}]
    said = write_records(Registry.from_tables({"patients": rows}), tmp_path / "study").left
    assert any("DAY_ZERO_DATE" in line for line in said)
    assert any(line.startswith("1 patient ids") for line in said)
    assert not any("2024" in file.read_text("utf-8") for file in (tmp_path / "study").glob("data_timeline*"))


@pytest.mark.parametrize(
    "lost", ["data_timeline_treatments.txt", "data_mutations.txt", "data_tenfold_completeness.txt"]
)
def test_a_study_that_has_lost_a_file_claims_no_completeness_for_it(tmp_path: Path, lost: str) -> None:
    registry = simulate_registry(5, seed=2).registry
    write_records(registry, tmp_path / "study")
    (tmp_path / "study" / lost).unlink()
    read = read_records(tmp_path / "study").registry
    table = {"data_mutations.txt": "variants", "data_tenfold_completeness.txt": "counts"}.get(lost, "treatments")
    assert not registry.complete(table).is_empty() or lost.endswith("completeness.txt")
    assert read.complete(table).is_empty()
    assert any("counts as complete for nobody" in rule for rule in read.check()["rule"])


def test_a_study_that_has_lost_the_file_beside_it_is_read_like_anothers(tmp_path: Path) -> None:
    registry = simulate_registry(5, seed=2).registry
    write_records(registry, tmp_path / "study")
    (tmp_path / "study" / "tenfold.toml").unlink()
    read = read_records(tmp_path / "study").registry
    assert read.simulated, "the patients say it themselves"
    assert_frame_equal(read.table("treatments"), registry.table("treatments"), check_row_order=False)
    unsaid = set(read.tables) - {"patients", "variants", "completeness"}
    assert all(read.complete(name).is_empty() for name in unsaid)
