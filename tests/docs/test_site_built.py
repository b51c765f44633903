"""The whole site: built as `make docs` builds it, then read from a folder in a real browser without a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

from browser_running import chromium
from tenfold.catalogue import FOLDS, QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
READ = (
    "index",
    "safety",
    "validation",
    "explanation/architecture",
    "reference/settings",
    "reference/command-line",
    "reference/rest",
    "reference/python/tenfold-assessment",
    "reference/definitions/index",
    "reference/definitions/ven-prs-os",
    "reference/definitions/icc-2022-class",
    "how-to/assess-patients",
)


def built(to: Path, site: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "generate", str(site), "--source", str(to)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "docs"), "POLARS_MAX_THREADS": "1"}
    return subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_site_builds_without_a_warning_and_is_read_and_searched_without_a_network(tmp_path: Path):
    """One test, so that the site is built once."""
    site = tmp_path / "site"
    ran = built(tmp_path / "source", site)
    assert ran.returncode == 0, ran.stderr[-3000:]
    for one in (*QUESTIONS, *FOLDS):
        page = site / "reference" / "definitions" / f"{getattr(one, 'key', one.name).replace('_', '-')}.html"
        assert one.name in re.sub(r"<[^>]+>", "", page.read_text("utf-8")), one.name
    for page in site.rglob("*.html"):
        elsewhere = re.findall(
            r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?://[^"]+)"', page.read_text("utf-8")
        )
        assert not elsewhere, page
        assert not re.search(r"<!-- generated: ", page.read_text("utf-8")), page
    with chromium() as browser:
        for viewport in (DESK, TELEPHONE):
            page = browser.new_context(viewport=viewport, offline=True).new_page()
            read_through(page, site, viewport)


def read_through(page: Page, site: Path, viewport: dict[str, int]) -> None:
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request", lambda asked: None if asked.url.startswith((site.as_uri(), "data:")) else troubles.append(asked.url)
    )
    for name in READ:
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
        assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)"), name
    page.goto((site / "search.html").as_uri() + "?q=VEN-PRS")
    page.locator("#search-results li").first.wait_for()
    found = page.locator("#search-results li a").all_inner_texts()
    assert {"VEN-PRS-OS", "VEN-PRS-EFS"} <= set(found)
    leads_to = page.get_by_role("link", name="VEN-PRS-OS", exact=True).evaluate("link => link.href")
    page.goto(leads_to)
    assert page.locator("h1").inner_text().startswith("VEN-PRS-OS")
    assert troubles == []
