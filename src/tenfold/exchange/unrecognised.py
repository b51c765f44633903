"""Why a file is of no known format, in words: what its ending promises, and what is wrong with its content."""

from __future__ import annotations

import gzip
import stat
import zlib
from collections.abc import Callable
from pathlib import Path

from tenfold.exchange.limits import checked_size
from tenfold.records.reading import DELIMITED

WORKBOOKS = (".xlsx", ".xlsm", ".ods")
JSON = (".json", ".ndjson", ".jsonl")
HELP = (
    "tenfold convert --from NAME reads it as the format that you name (--to list shows them), and tenfold convert FILE "
    "MAPPING --guess drafts a mapping of a table or workbook of another shape"
)
LOOKED_AT = 65_536


def unrecognised(path: Path) -> str:
    """Why nothing recognises a file, and what to do. Never raises."""
    try:
        found = reason(path)
    except OSError as error:
        return f"{path} cannot be read ({error.strerror or error})"
    return f"{path} is of no format that is recognised: {found}. {HELP}"


def reason(path: Path) -> str:
    """What is the matter with a file that nothing recognises, by its ending and its content. OSError where it cannot be read."""
    if not stat.S_ISREG(path.stat().st_mode):
        return "it is a device or a pipe, not a file; save its content as a file first"
    if not path.stat().st_size:
        return "it is empty"
    ending = path.suffix.lower()
    if ending in WORKBOOKS:
        return _told_by(lambda: _read_workbook(path)) or "no sheet of it is named after a table"
    with path.open("rb") as data:
        head = data.read(LOOKED_AT)
    if ending in (".gz", ".bgz") or head.startswith(b"\x1f\x8b"):
        return _told_by(lambda: _unpack_beginning(path)) or "what it packs is neither a VCF nor a MAF"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is text in UTF-16; save it in UTF-8"
    if ending in JSON:
        told = _told_by(lambda: _read_json(path))
        return told or "it is JSON, and neither FHIR nor a phenopacket is in it"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return f"it holds JSON and ends in {ending or 'nothing'}; give it a name that ends in .json"
    if text.startswith(b"<"):
        return "it holds XML or HTML, which is not read; export it as JSON or CSV"
    if text.startswith(b"PK\x03\x04"):
        return f"it holds a zip archive or a workbook and ends in {ending or 'nothing'}; name it after what it is"
    if ending in (*DELIMITED, ".parquet"):
        return "one table alone is not taken for a registry; give the folder that holds the tables, one file each"
    return "neither its name nor its beginning says what it is; give the folder that holds the tables, one file each"


def _told_by(read: Callable[[], object]) -> str | None:
    """What a reader says of the file as it refuses it; None where it does not."""
    from defusedxml import DefusedXmlException

    try:
        read()
    except DefusedXmlException:
        return "it declares a document type or entities, which no workbook needs and an attack does; it is not opened"
    except (ValueError, OSError, EOFError, zlib.error, RecursionError, KeyError, SyntaxError) as error:
        return str(error).rstrip(".") or type(error).__name__
    return None


def _read_workbook(path: Path) -> None:
    from tenfold.exchange.workbook import read_records

    read_records(path)


def _read_json(path: Path) -> None:
    from tenfold.exchange.fhir import read_records

    checked_size(path)
    read_records(path)


def _unpack_beginning(path: Path) -> None:
    try:
        with gzip.open(path, "rb") as data:
            data.read(LOOKED_AT)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the gzip archive is damaged or cut off ({error}); copy or export it again") from error
