"""A file that cannot be understood is refused with what was expected, what was found, and where."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_files import PLATE, as_lightcycler, as_plain, written

from tenfold.exchange.instruments import read_run
from tenfold.exchange.run import RunNotUnderstood


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(RunNotUnderstood, match="found no such file"):
        read_run(tmp_path / "none.txt")
    with pytest.raises(RunNotUnderstood, match="found a folder"):
        read_run(tmp_path)
    for content in (b"", b"\xef\xbb\xbf", b"\xff\xfe\r\0\n\0", b"\r\n \n"):
        (tmp_path / "empty.csv").write_bytes(content)
        with pytest.raises(RunNotUnderstood, match="found an empty file"):
            read_run(tmp_path / "empty.csv")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (gzip.compress(b"well,ct\nA1,20\n", mtime=0), "a gzip archive; unpack it first"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\x01\x02\0\0\0\x07ABC\0\xff" * 20, "a binary file"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes, found: str) -> None:
    (tmp_path / "run.csv").write_bytes(content)
    with pytest.raises(RunNotUnderstood, match=found):
        read_run(tmp_path / "run.csv")


def archive(*names: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as packed:
        for name in names:
            packed.writestr(name, "content")
    return memory.getvalue()


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["apldbio/sds/plate_setup.xml"], "export the results as text, CSV or RDML"),
        (["holiday.jpg", "notes.txt"], "expected an RDML archive with rdml_data.xml in it, found 2 other files"),
    ],
)
def test_an_archive_of_another_kind_is_named(tmp_path: Path, names: list[str], found: str) -> None:
    (tmp_path / "run.eds").write_bytes(archive(*names))
    with pytest.raises(RunNotUnderstood, match=found):
        read_run(tmp_path / "run.eds")


def test_a_header_that_lacks_a_column_is_told_with_its_line_and_the_column(tmp_path: Path) -> None:
    text = as_lightcycler(PLATE).replace("\tPos\t", "\tPlace\t")
    with pytest.raises(RunNotUnderstood, match="line 2 is like the header of LightCycler 480, but lacks pos"):
        read_run(written(tmp_path, text))


def test_any_other_text_is_told_with_its_first_line(tmp_path: Path) -> None:
    with pytest.raises(RunNotUnderstood, match=r"Found none of them: the first line is 'Dear colleague,'"):
        read_run(written(tmp_path, "Dear colleague,\nthe run is attached.\n"))


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunNotUnderstood, match="line 1 is the header of a plain CSV table, and no rows follow it"):
        read_run(written(tmp_path, "well,sample,ct\n"))


def test_a_last_line_that_breaks_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunNotUnderstood, match="breaks off in line 4, which has 2 cells"):
        read_run(written(tmp_path, "well,sample,ct\nA1,P1,28.5\nA2,P2,28.5\nA3,P"))


def test_text_that_breaks_off_inside_a_character_is_refused(tmp_path: Path) -> None:
    for name, data in (
        ("utf8", "well,ct,sample\nA1,20.5,Mü".encode()[:-1]),
        ("utf16", as_plain(PLATE).encode("utf-16")[:-1]),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RunNotUnderstood, match="breaks off or is damaged inside a character"):
            read_run(tmp_path / name)


def test_a_run_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(RunNotUnderstood, match="no run is called 'Tuesday'; the file holds one run, 'run'"):
        read_run(written(tmp_path, as_plain(PLATE)), "Tuesday")


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"<rdml", b"\xff\xfe", b"Well,Ct\n"]))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(start + content)
    try:
        told, read = "", read_run(path)
    except RunNotUnderstood as refused:
        told, read = str(refused), None
    assert "bytes.csv" in told if read is None else read.wells.height + read.partitions.height > 0
