"""Makes the pictures of these pages from the published patients: `python docs/pictures/make.py` (needs chromium)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import tenfold
from tenfold.cli.knowledge import demo
from tenfold.figures import style
from tenfold.figures.timeline import timeline

HERE = Path(__file__).parent

assessment = tenfold.assess(tenfold.published())
(HERE / "timeline.svg").write_text(style.svg(timeline(assessment, "thol-1")), encoding="utf-8")

with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
    report = Path(folder) / "demo.html"
    demo(html=report, as_json=False)
    browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1060, "height": 1400})
    page.goto(report.as_uri())
    for name, first, last in (
        ("report-patient", "#patient-tiong-10", "#patient-tiong-10 figure"),
        ("report-cohort", "h3:text-is('Endpoints')", "h3:text-is('Left out of the curves')"),
        ("report-papers", "#reproduced", "table.findings tbody tr:nth-child(6)"),
    ):
        top = page.locator(first).first.bounding_box()
        end = page.locator(last).first.bounding_box()
        bottom = end["y"] if name == "report-cohort" else end["y"] + end["height"]
        clip = {"x": 0, "y": top["y"] - 8, "width": 1060, "height": bottom - top["y"] + 16}
        page.screenshot(path=HERE / f"{name}.png", clip=clip, full_page=True)
    browser.close()
