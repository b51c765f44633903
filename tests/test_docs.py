"""The pages keep up with what they describe."""

from __future__ import annotations

import re
from pathlib import Path

from tenfold.records import TABLES

ROOT = Path(__file__).resolve().parent.parent


def test_the_data_page_lists_every_table_and_column() -> None:
    page = (ROOT / "docs" / "how-to" / "check-your-data.md").read_text("utf-8")
    for table in TABLES.values():
        section = page.split(f"### {table.name}\n")[1].split("\n### ")[0]
        assert [column.name for column in table.columns] == re.findall(r"^\| `(\w+)` \|", section, re.M)


def test_the_example_definition_runs() -> None:
    page = (ROOT / "docs" / "how-to" / "write-a-definition.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.S)
    names: dict = {}
    exec(code, names)
    assert names["EXAMPLE"].verdict((1, 0)).possible == ("refractory",)
    assert names["EXAMPLE"].verdict((1, None)).possible == ("refractory", "not refractory")


def test_every_page_that_the_readme_links_is_there() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / target).exists(), target
