"""The pages that are made from the code say all of it, and the architecture page is as the code is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tenfold
from generate import assemble, evidence_of_tests, knowledge, rooms, settings_read, surfaces, unverified
from tenfold.exchange.formats import FORMATS
from tenfold.records import TABLES
from tenfold.settings import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]


def test_the_settings_page_has_each_setting_and_says_which_were_verified():
    page = knowledge.settings_page()
    sections = dict(re.findall(r"^## .*?: \[(\w+)\]\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    for name, entry in DEFAULTS.entries.items():
        section, _, short = name.partition(".")
        [row] = [line for line in sections[section].splitlines() if line.startswith(f"| `{short}` |")]
        assert f"| {'yes' if entry.verified else '**no**'} |" in row, name
        assert entry.source.replace("|", "\\|").replace("<", "&lt;") in row


def test_a_setting_is_said_to_matter_where_changing_it_changes_an_answer():
    registry = tenfold.published()
    before = tenfold.assess(registry)
    after = tenfold.assess(registry, DEFAULTS.changed(mrd__edition="ELN-MRD-2018"))
    assert not before.molecular.equals(after.molecular)
    assert before.diagnosis.equals(after.diagnosis)
    assert "mrd.edition" in settings_read.reads_of("molecular_state")
    assert "mrd.edition" not in settings_read.reads_of("ELN-2022")
    assert "response.cri_reading" in settings_read.reads_of("ELN-2022-response")


def test_the_tables_page_has_each_column_of_each_table():
    page = knowledge.tables_page()
    for table in TABLES.values():
        section = page.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        assert [column.name for column in table.columns] == re.findall(r"^\| `(\w+)` \|", section, re.M)


def test_each_format_has_a_page_that_leads_to_its_how_to():
    for one in FORMATS:
        page = knowledge.format_page(one.name)
        [linked] = re.findall(r"\(\.\./\.\./how-to/([\w-]+)\.md\)", page.split("\n\n")[2])
        assert (ROOT / "docs" / "how-to" / f"{linked}.md").is_file()
        assert ("no" if not one.writes else "tenfold convert") in page


def test_the_command_line_page_prints_the_help_of_each_command():
    page = surfaces.command_line_page()
    names = [name for name, _, _ in surfaces.commands()]
    assert len(names) > 20
    assert {"tenfold assess", "tenfold score", "tenfold store backup", "tenfold redcap dictionary"} <= set(names)
    for name, command, _ in surfaces.commands():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert f"Usage: {name}" in section
        for option in command.params:
            assert all(written in section for written in option.opts if written.startswith("--")), (name, option.opts)


def test_the_rest_page_has_each_address_of_the_description():
    page = surfaces.rest_page()
    for address, methods in surfaces.described()["paths"].items():
        assert all(f"`{method.upper()} {address}`" in page for method in methods)


def test_what_is_not_verified_is_listed_with_the_file_that_says_so():
    section = unverified.unverified_section()
    settings = [doubt for doubt in unverified.doubts() if doubt.file in ("settings.toml", "assay.toml")]
    assert len(settings) == sum(not entry.verified for entry in DEFAULTS.entries.values())
    assert "[Mayo-2024](reference/definitions/mayo-2024.md)" in section
    assert all(doubt.name for doubt in unverified.doubts())


def test_the_counts_of_published_numbers_are_those_of_the_findings():
    section = evidence_of_tests.published_numbers_section()
    last = next(line for line in section.splitlines() if line.startswith("| **all** |"))
    numbers = [int(number) for number in re.findall(r"\d+", last)]
    assert sum(numbers[:-1]) == numbers[-1] == len(evidence_of_tests.findings()) > 500


def test_every_golden_file_of_r_is_read_by_a_test():
    rows = [line for line in evidence_of_tests.r_section().splitlines() if line.startswith("| `")]
    assert len(rows) == len(list((ROOT / "tests" / "golden").glob("*.R")))
    assert all("test_" in row for row in rows)


def test_whatever_a_room_imports_can_be_reached_by_the_arrows_that_are_drawn():
    found = rooms.rooms()
    drawn = found.arrows
    assert len(drawn) < len(found.imports) / 2

    def reached(room: str) -> set[str]:
        further = {other for start, other in drawn if start == room}
        return further.union(*map(reached, further))

    order = {name: place for place, name in enumerate(found.names)}
    for room, other in found.imports:
        assert order[other] < order[room]
        assert other in reached(room)
    assert rooms.rooms_svg().count("marker-end") == len(drawn)


def named_on_the_page(heading: str) -> set[str]:
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"`(tenfold\.[a-z0-9_.]+)`", section))


@pytest.mark.parametrize(
    ("journey", "heading"),
    [("sample", "One MRD sample, from a file to a CDS card"), ("gene", "One gene, from a MAF to a risk group")],
)
def test_a_journey_goes_through_the_modules_that_the_page_names(journey: str, heading: str, tmp_path: Path):
    """In a process of its own, in which nothing has been worked out before."""
    program = [sys.executable, str(Path(__file__).with_name("journeys.py")), journey, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    ran = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    named = named_on_the_page(heading)
    assert len(named) > 12
    assert not named - set(ran.stdout.split())


def test_a_page_in_no_group_and_a_group_without_its_page_are_named():
    with pytest.raises(ValueError, match=r"in no group of docs/generate/navigation\.toml: how-to/new"):
        assemble._with_navigation(Path("nowhere"), {"how-to/new", *pages_named()}, lambda name, text: None)
    with pytest.raises(ValueError, match="pages that are not there: safety"):
        assemble._with_navigation(Path("nowhere"), pages_named() - {"safety"}, lambda name, text: None)


def pages_named() -> set[str]:
    return set(
        re.findall(r'"([a-z-]+(?:/[\w-]+)*)"', (ROOT / "docs" / "generate" / "navigation.toml").read_text("utf-8"))
    )


def test_a_link_to_a_file_of_the_repository_becomes_its_name_and_a_link_to_a_page_stays():
    from pathlib import PurePosixPath

    at = PurePosixPath("how-to/omop.md")
    assert assemble._linked("[map](../../src/tenfold/settings.toml)", at) == "map (`src/tenfold/settings.toml`)"
    assert assemble._linked("[run](../examples/npm1-run)", at) == "[run](../examples/npm1-run/README.md)"
    for stays in ("[a](fhir.md)", "[a](fhir.md#b)", "[a](https://example.org/)", "![a](../pictures/a.png)", "[a](#b)"):
        assert assemble._linked(stays, at) == stays
