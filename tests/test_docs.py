"""The pages keep up with what they describe."""

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


def test_the_example_definition_runs() -> None:
    page = (ROOT / "docs" / "how-to" / "write-a-definition.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.S)
    names: dict = {}
    exec(code, names)
    assert names["EXAMPLE"].verdict((1, 0)).possible == ("refractory",)
    assert names["EXAMPLE"].verdict((1, None)).possible == ("refractory", "not refractory")


def test_the_examples_of_endpoints_and_curves_run_and_say_what_the_page_says() -> None:
    page = (ROOT / "docs" / "how-to" / "reports-and-curves.md").read_text("utf-8")
    names: dict = {}
    for code in re.findall(r"```python\n(.*?)```", page, re.S):
        exec(code, names)
        for expression, said in re.findall(r"^(\S.*?)  # (\S+)$", code, re.M):
            assert round(eval(expression, names), 3) == float(said), expression
    assert names["rows"].height == 15


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: p.name)
def test_every_page_and_picture_that_a_page_links_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", ["options.md", "after-remission.md", "trials.md", "what-if.md", "develop-a-score.md"])
def test_the_examples_of_guidance_run_as_printed(name: str) -> None:
    page = (ROOT / "docs" / "how-to" / name).read_text("utf-8")
    names: dict = {}
    for code in re.findall(r"```python\n(.*?)```", page, re.S):
        exec(code, names)
