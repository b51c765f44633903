"""One run in the shapes of several instruments is read as one run; how a file is written changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from run_files import (
    PLATE,
    Well,
    as_applied_biosystems,
    as_lightcycler,
    as_plain,
    as_rotorgene,
    name,
    written,
)

from tenfold.exchange.instruments import read_run
from tenfold.exchange.run import RunNotUnderstood

VALUES = ["sample", "copies", "ct", "ct_status", "left_out"]

cycles = st.one_of(st.none(), st.integers(80, 400).map(lambda eighths: eighths / 8))
copies = st.integers(1, 10**6).map(float)


@st.composite
def plates(draw: st.DrawFn) -> list[Well]:
    """Standards, patients and controls without template, in any order."""
    roles = draw(st.lists(st.sampled_from(["standard", "patient", "no template"]), min_size=1, max_size=12))
    return [
        Well(place, f"S{place}", role, draw(copies) if role == "standard" else None, draw(cycles))
        for place, role in enumerate(roles, 1)
    ]


def expected(wells: list[Well]) -> list[tuple[object, ...]]:
    """The wells as they must be read, from the plate itself."""
    return [(w.sample, w.copies, w.ct, "undetermined" if w.ct is None else "measured", False) for w in wells]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.mark.parametrize("shape", [as_plain, as_lightcycler, as_rotorgene, as_applied_biosystems])
@given(wells=plates(), mark=st.sampled_from([".", ","]))
def test_one_run_is_read_alike_in_every_shape(
    folder: Path, shape: Callable[..., str], wells: list[Well], mark: str
) -> None:
    text = as_plain(wells, ";", mark) if shape is as_plain else shape(wells, mark=mark)
    run = read_run(written(folder, text, "run.txt"))
    assert run.wells.select(VALUES).rows() == expected(wells)
    places = [str(w.place) if shape is as_rotorgene else name(w.place) for w in wells]
    assert run.wells["well"].to_list() == places
    assert run.wells["target"].unique().to_list() == ["FAM (465-510)" if shape is as_lightcycler else "NPM1"]


@pytest.mark.parametrize("shape", [as_plain, as_rotorgene, as_applied_biosystems])
def test_roles_are_read_where_the_file_tells_them(tmp_path: Path, shape: Callable[[list[Well]], str]) -> None:
    run = read_run(written(tmp_path, shape(PLATE)))
    assert run.wells["role"].to_list() == [w.role for w in PLATE]


def test_a_lightcycler_tells_standards_and_leaves_other_roles_unknown(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, as_lightcycler(PLATE)))
    assert run.wells["role"].to_list() == ["standard"] * 3 + [None] * 3


@given(
    wells=plates(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    separator=st.sampled_from([";", "\t"]),
    mark=st.sampled_from([".", ","]),
)
def test_encoding_line_ends_separator_and_decimal_mark_do_not_change_what_is_read(
    folder: Path, wells: list[Well], encoding: str, end: str, separator: str, mark: str
) -> None:
    wells = [Well(w.place, f"Müller {w.sample}", w.role, w.copies, w.ct) for w in wells]
    plain = read_run(written(folder, as_plain(wells), "plain.csv"))
    other = read_run(written(folder, as_plain(wells, separator, mark).replace("\n", end), "other.txt", encoding))
    assert_frame_equal(plain.wells, other.wells)
    assert plain.wells.select(VALUES).rows() == expected(wells)


@given(wells=plates(), data=st.data())
def test_the_order_of_the_rows_does_not_matter(folder: Path, wells: list[Well], data: st.DataObject) -> None:
    mixed = data.draw(st.permutations(wells))
    one = read_run(written(folder, as_applied_biosystems(wells), "one.txt")).wells.sort("well")
    other = read_run(written(folder, as_applied_biosystems(mixed), "other.txt")).wells.sort("well")
    assert_frame_equal(one, other)


@pytest.mark.parametrize("shape", [as_lightcycler, as_rotorgene])
@given(cut=st.integers(1, 400))
def test_a_file_cut_off_is_refused_or_all_its_whole_lines_are_read(
    folder: Path, shape: Callable[[list[Well]], str], cut: int
) -> None:
    whole = shape(PLATE)
    text = whole[: max(len(whole) - cut, 0)]
    try:
        run = read_run(written(folder, text, "cut.txt"))
    except RunNotUnderstood:
        return
    lines = [line for line in text.splitlines() if (line.startswith(("True", '"')) and "Std" in line) or "P-0" in line]
    last = text.splitlines()[-1]
    assert run.wells.height >= len(lines)
    assert text.endswith("\n") or last.count("\t") == 7 or last.count(",") == 7
    assert text.endswith(("\n", "\r")) or any("no line end" in note for note in run.notes)
