"""The demo's report in a real browser: offline, on a desk, on a telephone and on paper."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run(
        [sys.executable, "-c", "from tenfold.cli import main; main()", "demo"],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    return folder / "tenfold-demo.html"


def open_page(browser: Browser, report: Path, viewport: dict[str, int]) -> tuple[Page, list[str]]:
    """The report without a network, and what went wrong or was asked of one."""
    context = browser.new_context(viewport=viewport, offline=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: None if asked.url == report.as_uri() else troubles.append(asked.url))
    page.goto(report.as_uri())
    return page, troubles


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_the_report_needs_no_network_and_nobody_scrolls_sideways(browser: Browser, report: Path, viewport: dict):
    page, troubles = open_page(browser, report, viewport)
    assert troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.locator("section.patient").count() == 15


@pytest.mark.parametrize(("viewport", "shown"), [(DESK, "wide"), (TELEPHONE, "narrow")], ids=["desk", "telephone"])
def test_each_chart_is_drawn_for_the_screen_it_is_on(browser: Browser, report: Path, viewport: dict, shown: str):
    page, _ = open_page(browser, report, viewport)
    figures = page.locator("figure").count()
    assert figures >= 18  # fifteen timelines, two of responses, one of survival
    assert page.locator("figure svg:visible").count() == figures
    assert page.locator(f"figure .{shown} svg:visible").count() == figures
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('figure svg')].map(svg => svg.getBoundingClientRect().right))"
    )
    assert widest <= viewport["width"]


def test_text_in_charts_is_large_enough_to_read_on_a_telephone(browser: Browser, report: Path):
    page, _ = open_page(browser, report, TELEPHONE)
    smallest = page.evaluate(
        """Math.min(...[...document.querySelectorAll('figure .narrow svg text')]
            .filter(text => text.textContent.trim())
            .map(text => text.getBoundingClientRect()).filter(box => box.height > 0)
            .map(box => Math.min(box.height, Math.max(box.width, box.height))))"""
    )
    assert smallest >= 9


def test_on_paper_the_wide_charts_are_printed_and_each_patient_starts_a_page(browser: Browser, report: Path):
    page, _ = open_page(browser, report, TELEPHONE)
    page.emulate_media(media="print")
    assert page.locator("figure .narrow svg:visible").count() == 0
    assert page.locator("nav.contents").is_hidden()
    breaks = page.evaluate(
        "[...document.querySelectorAll('section.patient')].map(section => getComputedStyle(section).breakBefore)"
    )
    assert set(breaks) == {"page"}
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.fixture(scope="module")
def laboratory_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plate")
    subprocess.run(
        [sys.executable, "-c", "from tenfold.cli import main; main()", "plate", "--simulated", "--out", str(folder)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    return folder / "report.html"


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_the_laboratory_s_report_needs_no_network_and_nobody_scrolls_sideways(
    browser: Browser, laboratory_report: Path, viewport: dict
):
    page, troubles = open_page(browser, laboratory_report, viewport)
    assert troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.get_by_text("This is not a negative result").is_visible()
