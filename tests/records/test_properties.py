"""What holds of every registry, tried on random ones."""

import re
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from strategies import FIRST, rows, tables, tables_with_faults, texts

from tenfold.records import TABLES, Registry, read


def contents(frame):
    """The rows of a frame, each with how often it occurs."""
    return Counter(frame.rows())


def same_tables(one, other):
    assert one.tables.keys() == other.tables.keys()
    for name, frame in one.tables.items():
        assert_frame_equal(frame, other.tables[name])


@given(tables_with_faults(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_change_what_is_admitted(found, random):
    shuffled = {name: random.sample(its_rows, len(its_rows)) for name, its_rows in found.items()}
    registry, other = Registry.from_tables(found), Registry.from_tables(shuffled)
    assert registry.tables.keys() == other.tables.keys()
    for name in registry.tables:
        assert contents(registry.table(name)) == contents(other.table(name))
        assert contents(registry.complete(name)) == contents(other.complete(name))
    assert contents(registry.set_aside.drop("line")) == contents(other.set_aside.drop("line"))
    told = [
        Counter((fault[2], fault[3], re.sub(r"line(s)? .*", "", fault[5])) for fault in each.faults.rows())
        for each in (registry, other)
    ]
    assert told[0] == told[1]


@given(tables_with_faults())
def test_every_row_is_either_admitted_or_set_aside_and_then_has_a_fault(found):
    registry = Registry.from_tables(found)
    for name, its_rows in found.items():
        if registry.recorded(name):
            aside = registry.set_aside.filter(pl.col("table") == name)
            assert registry.table(name).height + aside.height == len(its_rows)
            named = registry.faults.filter(pl.col("used") == "row set aside", pl.col("file") == name)["line"]
            assert set(aside["line"]) == set(named)


@given(tables(), st.integers(-10, 250), st.integers(-10, 250))
def test_what_was_known_on_two_days_is_what_was_known_on_the_earlier(found, a, b):
    registry = Registry.from_tables(found)
    start, end = FIRST + timedelta(days=a), FIRST + timedelta(days=b)
    same_tables(registry.as_of(start).as_of(end), registry.as_of(min(start, end)))
    same_tables(registry.as_of(start).as_of(start), registry.as_of(start))


@given(tables(), st.integers(-10, 250))
def test_no_date_after_the_day_is_known_on_the_day(found, a):
    on = FIRST + timedelta(days=a)
    known = Registry.from_tables(found).as_of(on)
    for name, frame in known.tables.items():
        if name != "completeness":
            for column in TABLES[name].dates:
                assert frame[column.name].is_null().all() or frame[column.name].max() <= on


@given(rows(TABLES["treatments"]), rows(TABLES["patients"]), st.integers(-10, 250))
def test_what_comes_later_changes_nothing_that_was_known(treatment, patient, a):
    on = FIRST + timedelta(days=a)
    before = Registry.from_tables({"treatments": [treatment], "patients": [patient]})
    later = {
        "end_date": on + timedelta(days=400),
        "cycles": 7,
        "stop_reason": "relapse",
        "venetoclax_days": 28,
    }
    if treatment["end_date"] is None or treatment["end_date"] > on:
        treatment = treatment | later
    if patient["death_date"] is None or patient["death_date"] > on:
        patient = patient | {"death_date": on + timedelta(days=500), "cause_of_death": "infection"}
    after = Registry.from_tables({"treatments": [treatment], "patients": [patient]})
    if before.set_aside.is_empty() and after.set_aside.is_empty():
        same_tables(before.as_of(on), after.as_of(on))


@pytest.mark.parametrize("format", ["csv", "parquet"])
@given(found=tables(), title=texts, citation=texts)
def test_what_is_written_is_read_back_exactly(format, found, title, citation):
    registry = Registry.from_tables(found, title=title, sources={"patients": citation})
    registry = Registry(registry.tables, title=registry.title, sources=registry.sources)
    with tempfile.TemporaryDirectory() as folder:
        registry.write(folder, format)
        if not registry.tables:
            return
        again = read(folder)
    assert not again.set_aside.height
    assert (again.title, again.sources, again.axis) == (registry.title, registry.sources, registry.axis)
    same_tables(registry, again)


HEAD = "patient_id,status_date,ecog,comorbidities,fit_for_intensive"


@st.composite
def good_file(draw):
    """Physical lines of a file without a fault, and the lines of each row: some cells are quoted, some run
    over lines.
    """
    lines, spans = [HEAD], []
    for i in range(draw(st.integers(1, 6))):
        text = draw(
            st.sampled_from(
                ["", "none", '"a, b"', '"a ""b"" c"', '"two\nlines"', '"three\n\nlines, ""x"""', '""', '","']
            )
        )
        row = f"P{i},2024-03-0{i + 1},{i % 5},{text},yes".split("\n")
        spans.append((f"P{i}", len(lines), len(lines) + len(row)))
        lines += row
    return lines, spans


@settings(max_examples=400)
@given(good_file(), st.data())
def test_a_corrupted_line_costs_only_the_rows_on_it(file, data):
    lines, spans = file
    at = data.draw(st.integers(1, len(lines) - 1))
    line = bytearray(lines[at].encode())
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(line)))
        cut = data.draw(st.integers(0, 3))
        line[where : where + cut] = data.draw(
            st.sampled_from([b"", b'"', b'""', b",", b"\0", b"\xe9", b"\n", b"x", b'","', b'"\n', b"\r"])
        )
    corrupted = [text.encode() for text in lines]
    corrupted[at] = bytes(line)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "status.csv").write_bytes(b"\n".join(corrupted) + b"\n")
        registry = read(folder)
    rows = registry.table("status").select("patient_id", "status_date", "ecog").rows()
    for patient, start, end in spans:
        if not start <= at < end:
            i = int(patient[1:])
            assert (patient, (FIRST.replace(year=2024, month=3, day=i + 1)), i % 5) in rows


@settings(max_examples=200)
@given(
    st.binary(max_size=200), st.sampled_from([b"", HEAD.encode() + b"\n", b"\xef\xbb\xbf" + HEAD.encode() + b"\r\n"])
)
def test_no_bytes_whatever_stop_the_reader(noise, start):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "patients.csv").write_text("patient_id\nP1\n")
        (Path(folder) / "status.csv").write_bytes(start + noise)
        registry = read(folder)
    assert registry.recorded("status") or registry.faults.filter(pl.col("used") == "file not used").height
