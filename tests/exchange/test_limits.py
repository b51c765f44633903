"""Files made to do harm are refused in plain words before they are unpacked, and ordinary files are not."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.exchange import limits
from tenfold.exchange.instruments import read_run
from tenfold.exchange.limits import bounded_lines, checked_archive, checked_size, checked_zip, in_words
from tenfold.exchange.run import RunNotUnderstood
from tenfold.exchange.variant_files import read_maf
from tenfold.exchange.workbook_limits import checked_open_workbook, checked_workbook

RUNS = Path(__file__).parent.parent / "data" / "runs"
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def packed(members: dict[str, bytes | str]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return memory.getvalue()


def test_a_file_larger_than_is_read_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "mrd_samples.csv"
    with path.open("wb") as file:
        file.truncate(10 * limits.GB)  # sparse: it takes no room on the disk
    with pytest.raises(ValueError, match="has 10 GB, and at most 4 GB are read at once"):
        checked_size(path)
    assert checked_size(path, most=10 * limits.GB) == 10 * limits.GB


def test_a_pipe_never_ends_and_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ValueError, match="a device or a pipe, not a file"):
        checked_size(tmp_path / "pipe.csv")
    with pytest.raises(ValueError, match="is a folder"):
        checked_size(tmp_path)
    with pytest.raises(FileNotFoundError):
        checked_size(tmp_path / "none.csv")


def test_a_zip_bomb_is_refused_by_what_it_would_unpack_to(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(packed({"a.xml": b" " * (70 * limits.MB)}))
    assert path.stat().st_size < limits.MB
    with pytest.raises(ValueError, match="unpacks to 70 MB, which no real file does"):
        checked_zip(path)
    with pytest.raises(ValueError, match="unpacks to 70 MB, more than the 1 MB that are read"):
        checked_zip(path, most_unpacked=limits.MB)


def test_sizes_that_are_not_true_do_not_hide_a_bomb() -> None:
    size = 3 * limits.MB
    bomb = packed({"a.xml": b" " * size})
    stated = size.to_bytes(4, "little")
    assert bomb.count(stated) == 2
    with pytest.raises(ValueError, match="sizes that are not true"):
        checked_archive(bomb.replace(stated, (100).to_bytes(4, "little")), "liar.xlsx")


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../../up.xml", "C:\\windows\\x.xml", "xl/../../x.xml", "\\\\host\\share\\x", "a\\..\\..\\b"],
)
def test_a_member_that_leads_out_of_its_archive_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="names a file outside itself"):
        checked_archive(packed({"good.xml": "", name: "x"}), "file.zip")


def test_an_archive_within_an_archive_is_refused_whatever_it_is_called() -> None:
    inner = packed({"a.txt": "x"})
    for members in ({"inner.zip": inner}, {"picture.png": inner}, {"data.bin": gzip.compress(b"x" * 100)}):
        with pytest.raises(ValueError, match="holds another archive"):
            checked_archive(packed(dict(members)), "file.zip")


def test_a_link_a_lock_and_two_members_of_one_name_are_refused() -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        link = zipfile.ZipInfo("data.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ValueError, match="is a link to another file"):
        checked_archive(memory.getvalue(), "file.zip")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("data.xml", "one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("data.xml", "two")
    with pytest.raises(ValueError, match="twice, and which is meant is not known"):
        checked_archive(memory.getvalue(), "file.zip")
    locked = bytearray(packed({"data.xml": "x"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ValueError, match="locked with a password"):
        checked_archive(bytes(locked), "file.zip")


def test_an_archive_of_too_many_files_is_refused() -> None:
    many = packed({str(i): "" for i in range(limits.MOST_MEMBERS + 1)})
    with pytest.raises(ValueError, match=r"holds 10,001 files, and at most 10,000 are read"):
        checked_archive(many, "many.zip")


@given(st.binary(max_size=400), st.floats(0, 1))
def test_a_damaged_archive_says_so_and_never_fails_in_another_way(content: bytes, kept: float) -> None:
    whole = packed({"a.xml": content, "b/c.xml": content * 20})
    cut = whole[: int(len(whole) * kept)]
    if cut == whole:
        checked_archive(cut, "file.zip")
        return
    with pytest.raises(ValueError, match="damaged or cut off"):
        checked_archive(cut, "file.zip")


@pytest.mark.parametrize("file", ["stepone_std.rdml", "shifted_baseline.rdml"])
def test_the_files_that_instruments_write_pass(file: str) -> None:
    checked_zip(RUNS / file)
    assert read_run(RUNS / file).wells.height


def test_a_sheet_of_two_cells_at_opposite_corners_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    corners = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    data = packed({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": SHEET.format(corners)})
    with pytest.raises(ValueError, match="spans 17,179,869,184 cells, most of them empty"):
        checked_open_workbook(data, "run.xlsx")
    path = tmp_path / "run.xlsx"
    path.write_bytes(data)
    with pytest.raises(RunNotUnderstood, match="spans 17,179,869,184 cells"):
        read_run(path)


@given(st.integers(1, 60), st.integers(1, 30), st.booleans())
def test_the_cells_of_a_sheet_are_counted_whether_their_places_are_named_or_not(
    rows: int, columns: int, named: bool
) -> None:
    letters = [chr(65 + i) if i < 26 else f"A{chr(65 + i - 26)}" for i in range(columns)]
    body = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{letter}{r}"/>' if named else "<c/>" for letter in letters) + "</row>"
        for r in range(1, rows + 1)
    )
    data = packed({"xl/worksheets/sheet1.xml": SHEET.format(body)})
    checked_open_workbook(data, "run.xlsx", most_cells=rows * columns)
    with pytest.raises(ValueError, match="cells, most of them empty"):
        checked_open_workbook(data, "run.xlsx", most_cells=rows * columns - 1)


def test_an_open_document_sheet_may_repeat_empty_rows_at_its_foot_but_not_filled_ones() -> None:
    space = 'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    row = '<t:table-row {r}><t:table-cell o:value-type="float"/><t:table-cell t:number-columns-repeated="1000"/></t:table-row>'
    foot = (
        '<t:table-row t:number-rows-repeated="1048570"><t:table-cell t:number-columns-repeated="16384"/></t:table-row>'
    )
    sound = f"<d {space}><t:table>{row.format(r='')}{foot}</t:table></d>"
    checked_open_workbook(packed({"content.xml": sound}), "book.ods", most_cells=10)
    many = row.format(r='t:number-rows-repeated="900000"')
    filled = f"<d {space}><t:table>{many}</t:table></d>"
    with pytest.raises(ValueError, match="spans 900,000 cells"):
        checked_open_workbook(packed({"content.xml": filled}), "book.ods", most_cells=1000)


def test_entities_in_a_workbook_are_refused(tmp_path: Path) -> None:
    attack = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SHEET.format("&b;")
    (tmp_path / "run.xlsx").write_bytes(packed({"xl/worksheets/sheet1.xml": attack}))
    with pytest.raises(ValueError, match="declares a document type or entities"):
        checked_workbook(tmp_path / "run.xlsx")


def test_a_line_without_an_end_is_given_up_at_its_bound() -> None:
    text = io.StringIO("short\n" + "x" * 50)
    lines = bounded_lines(text, "calls.vcf", longest=20)
    assert next(lines) == (1, "short")
    with pytest.raises(ValueError, match=r"calls.vcf line 2 has more than 20 characters"):
        next(lines)
    with pytest.raises(ValueError, match="more than is read; split the file"):
        list(bounded_lines(io.StringIO("ab\n" * 10), "calls.vcf", most=20))


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=8), max_size=8))
def test_lines_within_the_bounds_are_read_as_they_are(lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines)
    assert list(bounded_lines(io.StringIO(text, newline="\n"), "f", longest=9)) == list(enumerate(lines, 1))


def test_a_packed_variant_file_that_unpacks_without_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SMALL", limits.MB)
    path = tmp_path / "bomb.maf.gz"
    path.write_bytes(gzip.compress(b"#version 2.4\n" + b"\n" * (5 * limits.MB)))
    assert path.stat().st_size < 10_000
    with pytest.raises(ValueError, match="more than is read; split the file"):
        read_maf(path)


@pytest.mark.parametrize(
    ("size", "said"), [(10, "10 bytes"), (2048, "2 kB"), (5 * limits.MB, "5 MB"), (3 * limits.GB, "3 GB")]
)
def test_sizes_are_said_in_words(size: int, said: str) -> None:
    assert in_words(size) == said
