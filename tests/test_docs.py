"""The pages keep up with what they describe. What they tell a reader to do is done in `tests/docs`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tenfold.records import TABLES

ROOT = Path(__file__).resolve().parent.parent


def test_the_data_page_lists_every_table_and_column() -> None:
    page = (ROOT / "docs" / "how-to" / "check-your-data.md").read_text("utf-8")
    for table in TABLES.values():
        section = page.split(f"### {table.name}\n")[1].split("\n### ")[0]
        assert [column.name for column in table.columns] == re.findall(r"^\| `(\w+)` \|", section, re.M)


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: p.name)
def test_every_page_and_picture_that_a_page_links_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
