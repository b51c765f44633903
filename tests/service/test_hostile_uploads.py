"""What is sent to do harm or cannot be read is said in words, and nothing of it is stored."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from uploaded_files import PATIENTS, looked_at, stored_in, upload, zipped

from service_running import Client
from tenfold.service.store.store import Store
from tenfold.service.uploads import safe_name, unpacked


def bomb(size: int = 3_000_000_000) -> bytes:
    """An archive whose list says that its one file unpacks to gigabytes."""
    small = bytearray(zipped({"patients.csv": b"0" * 1000}))
    struct.pack_into("<I", small, small.rindex(b"PK\x01\x02") + 24, size)
    return bytes(small)


HOSTILE: dict[str, tuple[str, str | bytes]] = {
    "an empty file": ("patients.csv", ""),
    "an empty archive": ("x.zip", zipped({})),
    "a bomb": ("x.zip", bomb()),
    "a cut archive": ("x.zip", zipped({"patients.csv": PATIENTS})[:-30]),
    "a path out": ("x.zip", zipped({"../../patients.csv": PATIENTS})),
    "an absolute path": ("x.zip", zipped({"/etc/patients.csv": PATIENTS})),
    "a name too long": ("x.zip", zipped({"x" * 3000 + ".csv": PATIENTS})),
    "a file that is a folder, too": ("x.zip", zipped({"a": "1", "a/patients.csv": PATIENTS})),
    "deep folders": ("x.zip", zipped({"a/" * 50 + "patients.csv": PATIENTS, "b.csv": "x"})),
    "an archive in an archive": ("x.zip", zipped({"y.zip": zipped({"patients.csv": PATIENTS})})),
    "a database elsewhere": ("x.omop.toml", 'database = "postgresql://192.0.2.1/x"'),
    "the same in an archive": ("x.zip", zipped({"x.omop.toml": 'database = "/etc"'})),
    "no table": ("x.zip", zipped({"readme.txt": "hello", "other.csv": "a,b\n1,2\n"})),
    "a page": ("patients.html", "<html>no</html>"),
    "noise": ("noise.bin", bytes(range(256)) * 40),
    "a broken workbook": ("x.xlsx", b"PK\x03\x04" + b"\0" * 300),
    "broken JSON": ("x.json", '{"resourceType": "Bundle", '),
    "JSON of a thousand brackets": ("x.json", '{"resourceType": "Bundle", "entry": ' + "[" * 100_000),
    "broken Parquet": ("patients.parquet", b"PAR1" + b"\0" * 100),
    "a broken database": ("x.duckdb", b"\0" * 8 + b"DUCK" + b"\0" * 500),
    "nobody": ("patients.csv", "patient_id,sex\n"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_cannot_be_read_is_said_in_words_and_nothing_is_stored(
    client: Callable[..., Client], store: Store, what: str
) -> None:
    one = client("data manager")
    address, page = looked_at(one, HOSTILE[what])
    assert "This file cannot be read" in page or "This file cannot be stored" in page
    assert "<button>Store</button>" not in page
    assert "/tmp" not in page
    assert "tenfold-" not in page.replace("tenfold-mapping", "")
    assert "we did not foresee" not in page
    assert one.get(f"{address}/faults.csv").status_code in (200, 422)
    assert one.get(f"{address}/draft.toml").status_code in (200, 422)
    assert one.post_form(f"{address}/store", {"revision": "0"}).status_code == 422
    assert stored_in(store) == []


def test_a_link_in_an_archive_is_not_followed(client: Callable[..., Client]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        link = zipfile.ZipInfo("patients.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    _, page = looked_at(client("data manager"), ("x.zip", held.getvalue()))
    assert "is a link to another file" in page


def test_nothing_chosen_and_two_files_of_one_name_are_refused_in_words(client: Callable[..., Client]) -> None:
    one = client("data manager")
    nothing = one.post_form("/import", files=[("files", ("", b""))])
    assert nothing.status_code == 422
    assert "No file was chosen" in nothing.text
    assert one.post_form("/import").status_code == 422
    twice = upload(one, ("a/patients.csv", PATIENTS), ("b/patients.csv", PATIENTS))
    assert twice.status_code == 422
    assert "two of the files are called patients.csv" in twice.text.lower()


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "C:\\x\\patients.csv", "a\0b.csv", "x" * 5000 + ".csv", "‮gnp.csv", "...", "a\r\nb", "<i>.csv"]
)  # fmt: skip
def test_an_absurd_name_becomes_a_name_that_is_only_a_name(name: str, tmp_path: Path) -> None:
    kept = safe_name(name)
    assert kept == safe_name(kept)
    assert len(kept) <= 60
    assert "/" not in kept
    assert kept.isprintable()
    assert unpacked(name, b"x", tmp_path).parent == tmp_path


def test_so_many_files_wait_that_the_next_is_refused_in_words(client: Callable[..., Client]) -> None:
    one = client("data manager")
    for _ in range(10):
        assert upload(one, ("x.csv", "a\n")).status_code == 303
    answer = upload(one, ("x.csv", "a\n"))
    assert answer.status_code == 422
    assert "wait already" in answer.text
