"""Records straight from a REDCap server, over its API.

The token is the key to every record that its user may see: it comes from the environment or a file, is sent to the
given address alone (over https; redirects are not followed), and is in no message. What the user may not see is not
in the answer: a user in a data access group gets its records only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tenfold.exchange.converted import Converted
from tenfold.exchange.redcap.exports import FOREIGN, OURS_AT_LEAST, read_rows
from tenfold.exchange.redcap.project import RECORD, known_items
from tenfold.exchange.redcap.reading import records_of

TOKEN_LENGTH = 32
RECORDS_AT_ONCE = 500
SECONDS = 120.0
HERE = ("localhost", "127.0.0.1", "::1")


def token_from_environment(name: str) -> str:
    """The token in an environment variable. ValueError, without it, if it is not there or no token."""
    return _token(os.environ.get(name, ""), f"the environment variable {name}")


def token_from_file(path: Path) -> str:
    """The token in a file that holds nothing else. OSError if it cannot be read, ValueError if it is no token."""
    with path.open("rb") as file:
        return _token(file.read(1024).decode("ascii", "replace"), f"the file {path}")


def pull(
    url: str,
    token: str,
    *,
    certificates: Path | None = None,
    records_at_once: int = RECORDS_AT_ONCE,
    seconds: float = SECONDS,
) -> Converted:
    """Every record of a project of ours that the token's user may see.

    `certificates`: a file of authorities to trust, where a hospital has its own; `seconds`: to wait for one answer.
    ValueError if REDCap refuses, the project is not ours, or the address or token cannot be one; ConnectionError if
    there is no answer. ImportError, with what to install, without PyCap.
    """
    address = _address(url)
    token = _token(token, "what was given")
    project = _Project(address, token, certificates, seconds)
    fields = [str(field.get("field_name", "")) for field in project.ask("metadata")]
    if sum(name in known_items() and name != RECORD for name in fields) < OURS_AT_LEAST:
        raise ValueError(f"the project at {project.host} {FOREIGN}")
    about = project.ask("project")
    declared = str(about[0].get("missing_data_codes") or "") if about else ""
    rows = [row for batch in project.records(fields[0], records_at_once) for row in batch]
    if not rows:
        raise ValueError(f"the project at {project.host} holds no records that the token's user may see")
    return records_of(read_rows(rows, f"REDCap at {project.host}"), [declared])


def _token(text: str, where: str) -> str:
    token = text.strip()
    if not token:
        raise ValueError(f"{where} is empty: it must hold the API token of the project, as REDCap's page API shows it")
    if len(token) != TOKEN_LENGTH or not (token.isascii() and token.isalnum()):
        raise ValueError(f"{where} does not hold a REDCap API token, which is {TOKEN_LENGTH} letters and digits")
    return token


def _address(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise ValueError(
            f"{parts.hostname or url} is not the address of a REDCap API, such as https://redcap.example.org/api/"
        )
    if parts.scheme == "http" and parts.hostname not in HERE:
        raise ValueError(
            f"the address of {parts.hostname} is not https: the token and the records would go unencrypted"
        )
    address = url.strip().rstrip("/") + "/"
    if not address.endswith("/api/"):
        raise ValueError("the address of a REDCap API ends in /api/, as the project's page API prints it")
    return address


class _Project:
    """A project behind its API; what goes wrong is said in words, without the token."""

    def __init__(self, url: str, token: str, certificates: Path | None, seconds: float) -> None:
        try:
            from redcap.project import Project
        except ImportError as error:
            raise ImportError("records are fetched from REDCap with PyCap: pip install 'tenfold[formats]'") from error
        self.host = urlsplit(url).netloc
        verify: bool | str = True if certificates is None else str(certificates)
        self._token = token
        # A redirect could carry the token to another address.
        self._project: Any = Project(url, token, verify_ssl=verify, timeout=seconds, allow_redirects=False)

    def ask(self, content: str, **asked: Any) -> list[dict[str, Any]]:
        """One question: `metadata`, `project` or `record`; a single answer comes as a list of one."""
        from redcap.request import RedcapError
        from requests import exceptions

        ways = {"metadata": "export_metadata", "project": "export_project_info", "record": "export_records"}
        try:
            answer = getattr(self._project, ways[content])(format_type="json", **asked)
        except exceptions.JSONDecodeError:
            raise ValueError(
                f"what answers at {self.host} is not REDCap's API: give the address that the project's page API prints"
            ) from None
        except RedcapError as error:
            said = error.args[0] if error.args else ""
            if isinstance(said, dict):
                raise ValueError(f"REDCap at {self.host} refuses: {self._safe(said.get('error', ''))}") from None
            kind = type(error).__name__
            raise ConnectionError(f"REDCap at {self.host} does not answer ({kind}): {self._safe(said)}") from None
        rows = answer if isinstance(answer, list) else [answer]
        if not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"what answers at {self.host} is not REDCap's API: its answer holds no records")
        return rows

    def records(self, record_field: str, at_once: int) -> Iterator[list[dict[str, Any]]]:
        """The rows of every record, some records at a time, because a large project does not answer in one."""
        ids = [str(row.get(record_field, "")) for row in self.ask("record", fields=[record_field])]
        wanted = [one for one in dict.fromkeys(ids) if one]
        for start in range(0, len(wanted), at_once):
            yield self.ask("record", records=wanted[start : start + at_once], event_name="unique")

    def _safe(self, said: object) -> str:
        return str(said).replace(self._token, "[token]")[:300]
