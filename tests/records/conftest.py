from collections.abc import Callable
from pathlib import Path

import pytest

from tenfold.records import Registry, read

PATIENTS = """patient_id,sex,birth_date,diagnosis_date,last_contact_date,death_date
P1,female,1960-01-01,2024-01-02,,
P2,male,1955-06-07,2023-11-20,,
"""


@pytest.fixture
def read_files(tmp_path: Path) -> Callable[..., Registry]:
    """Read a registry from the text (or bytes) of its files, by file name."""

    def reading(files: dict[str, str | bytes]) -> Registry:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read(tmp_path)

    return reading


@pytest.fixture
def faults_of(read_files: Callable[..., Registry]) -> Callable[..., list[dict[str, object]]]:
    """The faults of a registry of files, as rows."""

    def telling(files: dict[str, str | bytes]) -> list[dict[str, object]]:
        return read_files(files).faults.to_dicts()

    return telling


@pytest.fixture
def patients() -> str:
    """A table of two patients without a fault."""
    return PATIENTS
