"""Bounds on what is read: a file is data, and may have been made to do harm.

A zip archive of a few kilobytes can unpack to petabytes, name members that lie outside its folder, or state sizes that are
not true; a gzip file can hold one line without an end. Each function here looks before anything is unpacked into memory,
and raises ValueError that says in plain words what was found, what is allowed and what to do.

The bounds are far above what registries and instruments write (the largest public RDML file unpacks to 20 MB; VCF files
pack about twenty to one), and far below what would fill a machine. DEFLATE packs at most 1,032 to one (zlib.net,
"Maximum Compression Factor"), so that a ratio near it holds nothing but repetition.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import BinaryIO, TextIO

MB = 1024**2
GB = 1024**3
LARGEST_FILE = 4 * GB
"""Bytes of a file that is read at once."""
LARGEST_UNPACKED = GB
"""Bytes that all members of a zip archive may unpack to, together."""
MOST_MEMBERS = 10_000
"""Members of a zip archive."""
LARGEST_RATIO = 200
"""How many times its packed size an archive, or a gzip file, may unpack to."""
SMALL = 64 * MB
"""What unpacks to no more than this does no harm, whatever its ratio."""
LONGEST_LINE = 64 * MB
"""Characters of one line of a text file that is read line by line."""
LARGEST_TEXT = 64 * GB
"""Characters of a text file that is read line by line."""

CHUNK = MB
ARCHIVES = (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".zst", ".xlsx", ".xlsm", ".docx", ".jar")
PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd")
"""The first bytes of archives: zip, gzip, bzip2, xz, 7-Zip, RAR, Zstandard."""


def in_words(size: int) -> str:
    """A number of bytes to print: "12 MB", "4 GB"."""
    for unit, name in ((GB, "GB"), (MB, "MB"), (1024, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


def checked_size(path: str | Path, most: int = LARGEST_FILE) -> int:
    """The size of a file in bytes.

    FileNotFoundError if there is no such file; ValueError if it is a folder, no ordinary file (a device or a pipe never
    ends), or larger than `most`.
    """
    file = Path(path)
    about = file.stat()
    if stat.S_ISDIR(about.st_mode):
        raise ValueError(f"{file} is a folder: name one file")
    if not stat.S_ISREG(about.st_mode):
        raise ValueError(f"{file} is a device or a pipe, not a file: save its content as a file first")
    if about.st_size > most:
        raise ValueError(
            f"{file.name} has {in_words(about.st_size)}, and at most {in_words(most)} are read at once: "
            "split it by patient, or write it as Parquet"
        )
    return about.st_size


def checked_zip(path: str | Path, most_unpacked: int = LARGEST_UNPACKED) -> None:
    """See that a zip archive (xlsx, RDML, ods ...) can be unpacked without harm.

    ValueError if it is damaged, encrypted, unpacks to more than `most_unpacked` bytes or `LARGEST_RATIO` times its size,
    has more than `MOST_MEMBERS` members, two of one name, another archive among them, or one whose path leads out of the
    archive. FileNotFoundError if there is no such file.
    """
    file = Path(path)
    checked_size(file)
    with file.open("rb") as data:
        checked_archive(data, file.name, most_unpacked)


def checked_archive(data: bytes | BinaryIO, name: str, most_unpacked: int = LARGEST_UNPACKED) -> None:
    """The same for an archive in memory or an open file, called `name` in what is said."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _check_list(members, name, most_unpacked, stream.seek(0, io.SEEK_END))
            for member in members:
                _check_content(archive, member, name)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error, OSError) as error:
        raise ValueError(
            f"{name}: the archive is damaged or cut off, or states sizes that are not true ({error}); export it again"
        ) from error


def _check_list(members: list[zipfile.ZipInfo], name: str, most: int, packed: int) -> None:
    """What the list of members says of itself, before any of them is opened."""
    if len(members) > MOST_MEMBERS:
        raise ValueError(
            f"{name}: the archive holds {len(members):,} files, and at most {MOST_MEMBERS:,} are read; it is not opened"
        )
    total = sum(member.file_size for member in members)
    if total > most:
        raise ValueError(
            f"{name}: the archive unpacks to {in_words(total)}, more than the {in_words(most)} that are read; "
            "it is not opened. Export less to one file"
        )
    if total > SMALL and total > LARGEST_RATIO * packed:
        raise ValueError(
            f"{name}: the archive has {in_words(packed)} and unpacks to {in_words(total)}, which no real file does; "
            "it is not opened"
        )
    seen: set[str] = set()
    for member in members:
        shown = _shown(member.filename)
        if _leads_out(member.filename):
            raise ValueError(f"{name}: the archive names a file outside itself, {shown}; it is not opened")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ValueError(f"{name}: {shown} in the archive is a link to another file; it is not opened")
        if member.filename in seen:
            raise ValueError(
                f"{name}: the archive holds {shown} twice, and which is meant is not known; export it again"
            )
        if member.flag_bits & 1:
            raise ValueError(
                f"{name}: {shown} in the archive is locked with a password; unlock the file and save it again"
            )
        if member.filename.lower().endswith(ARCHIVES):
            raise ValueError(f"{name}: the archive holds another archive, {shown}; unpack it first and name that file")
        seen.add(member.filename)


def _leads_out(filename: str) -> bool:
    path = PureWindowsPath(filename)  # takes both kinds of slashes, and drive letters
    return bool(path.drive or path.root) or ".." in path.parts


def _check_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """Unpack a member piece by piece and keep none of it: zipfile stops at the size that was stated, and a file that holds
    more then fails its checksum.
    """
    with archive.open(member) as content:
        piece = content.read(CHUNK)
        if piece.startswith(PACKED):
            raise ValueError(
                f"{name}: the archive holds another archive, {_shown(member.filename)}; unpack it first and name that file"
            )
        while piece:
            piece = content.read(CHUNK)


def _shown(filename: str) -> str:
    """A member's name, fit to print."""
    kept = filename if len(filename) <= 60 else f"{filename[:57]}..."
    return repr(kept)


def bounded_lines(
    text: TextIO, name: str, longest: int = LONGEST_LINE, most: int = LARGEST_TEXT
) -> Iterator[tuple[int, str]]:
    """Number and text of each line of an open file, without its line end.

    ValueError at a line longer than `longest` characters, or once more than `most` were read. No more than one line is
    ever held.
    """
    total = 0
    for number, line in enumerate(iter(lambda: text.readline(longest + 1), ""), 1):
        total += len(line)
        if len(line) > longest:
            raise ValueError(
                f"{name} line {number} has more than {longest:,} characters, which no record has; the file is not read on"
            )
        if total > most:
            raise ValueError(
                f"{name} holds more than {in_words(most)} of text by line {number}, more than is read; split the file"
            )
        yield number, line.rstrip("\n")


def most_unpacked(packed: int) -> int:
    """The most characters that are read of a gzip file of so many bytes."""
    return min(LARGEST_TEXT, max(SMALL, LARGEST_RATIO * packed))
