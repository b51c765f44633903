"""Uploaded files made safe to read: a name that is only a name, an archive that unpacks into its own folder and no further.

What a reader would look up elsewhere because a file says so (the address of a database) is not read of an upload.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tenfold.exchange.limits import LARGEST_UNPACKED, MB, checked_archive
from tenfold.records.tables import TABLES

LONGEST_NAME = 60
"""Characters of a file's name, at four bytes each well below what a file system takes."""
MOST_FILES = 200
"""Files of one upload that is no archive."""
ELSEWHERE = ".omop.toml"
NOISE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
DEEPEST = 8
CHUNK = MB


def safe_name(given: str) -> str:
    """The name of an uploaded file without its path, and without what a file system or a page could take for more."""
    last = unicodedata.normalize("NFC", given.replace("\\", "/")).rpartition("/")[2]
    kept = "".join(letter if letter.isalnum() or letter in " ._-()+," else "_" for letter in last).strip(" ._")
    return _shortened(kept) or "file"


def _shortened(name: str) -> str:
    """A name that a file can have, with its ending, which says what it is."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 16].rstrip(' .')}_{name[-15:]}"


def as_one(files: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """The name and content of an upload: a file as it is, several as an archive. ValueError for none, or two of one name."""
    if not files:
        raise ValueError("no file was chosen: choose one or more, and upload them")
    named = [(safe_name(name), content) for name, content in files]
    if len(named) == 1:
        return named[0]
    if len(named) > MOST_FILES:
        raise ValueError(f"{len(named)} files are too many at once: pack them into a zip archive")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in named:
            if name in archive.namelist():
                raise ValueError(f"two of the files are called {name}: upload them one after the other, or rename one")
            archive.writestr(name, content)
    return f"{named[0][0]} and {len(named) - 1} more.zip", packed.getvalue()


def unpacked(name: str, content: bytes, folder: Path) -> Path:
    """Put an upload into an empty folder and return the file or the folder that is to be read. ValueError in words."""
    name = safe_name(name)
    if not content:
        raise ValueError(f"{name} is empty")
    if not name.lower().endswith(".zip"):
        _refuse_what_points_elsewhere(name)
        place = folder / name
        place.write_bytes(content)
        return place
    checked_archive(content, name, LARGEST_UNPACKED)
    inside = folder / "unpacked"
    inside.mkdir()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not _is_noise(one.filename)]
        if not members:
            raise ValueError(f"{name} holds no file")
        for member in members:
            _unpack(archive, member, inside, name)
    return _innermost(inside)


def _is_noise(filename: str) -> bool:
    return any(part in NOISE or part.startswith("._") for part in Path(filename).parts)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, inside: Path, name: str) -> None:
    parts = [_part(part) for part in member.filename.replace("\\", "/").split("/") if part not in ("", ".")]
    if len(parts) > DEEPEST:
        raise ValueError(f"{name}: the archive holds folders within folders, more than {DEEPEST} deep; pack it flat")
    _refuse_what_points_elsewhere(parts[-1])
    place = inside.joinpath(*parts)
    if not place.resolve().is_relative_to(inside.resolve()):
        raise ValueError(f"{name}: the archive names a file outside itself; it is not opened")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as packed, place.open("xb") as file:
            while piece := packed.read(CHUNK):
                file.write(piece)
    except OSError:
        raise ValueError(
            f"{name}: two things in the archive have one name, {'/'.join(parts)[:80]!r}, or a name that no file can have;"
            " pack it again"
        ) from None


def _part(part: str) -> str:
    """A part of a path in an archive: also a column of a partitioned table ("year=2024"), so that more is kept of it."""
    return _shortened("".join(letter if letter.isprintable() else "_" for letter in part))


def _refuse_what_points_elsewhere(name: str) -> None:
    if name.lower().endswith(ELSEWHERE):
        raise ValueError(
            f"{name} names a database elsewhere, and what is uploaded is read by itself alone: run tenfold convert where"
            " the database can be reached, and upload what it writes"
        )


def _innermost(folder: Path) -> Path:
    """A folder that holds nothing but one folder or one file is only its wrapping; a folder named after a table is one."""
    entries = list(folder.iterdir())
    while len(entries) == 1 and not (entries[0].is_dir() and entries[0].name.removesuffix(".parquet") in TABLES):
        if not entries[0].is_dir():
            return entries[0]
        folder = entries[0]
        entries = list(folder.iterdir())
    return folder
