"""Table 1 read on a telephone: each row says of which characteristic it is, and no name is cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tenfold.assessment import assess
from tenfold.cohort.simulation import simulate_registry
from tenfold.cohort.study.file import parse_study
from tenfold.reports.study import run_study, study_page

TABLE_1 = "h3:text-is('Table 1') + .scroll table"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assessed = assess(simulate_registry(20, 5, "npm1").registry)
    path = tmp_path_factory.mktemp("report") / "report.html"
    asked = parse_study({"endpoint": [{"name": "OS"}], "describe": True})
    path.write_text(study_page(assessed, run_study(assessed, asked)), "utf-8")
    return path


def opened(browser: Browser, report: Path, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(report.as_uri())
    return page


def test_on_a_telephone_every_row_of_table_1_names_its_characteristic_whole(browser: Browser, report: Path) -> None:
    page = opened(browser, report, 390)
    rows = page.locator(f"{TABLE_1} tbody tr")
    names = [row.locator("td").first.inner_text().strip() for row in rows.all()]
    assert all(names)
    levels = [row.locator("td").nth(1).inner_text().strip() for row in rows.all()]
    of_sex = [level for name, level in zip(names, levels, strict=True) if name.endswith("Sex, n (%)")]
    assert len(of_sex) == 2
    cells = page.locator(f"{TABLE_1} tbody td:first-child > div")
    assert all(cell.evaluate("one => one.scrollWidth <= one.clientWidth") for cell in cells.all())


def test_on_a_desk_a_characteristic_is_named_once(browser: Browser, report: Path) -> None:
    page = opened(browser, report, 1280)
    shown = [cell.inner_text() for cell in page.locator(f"{TABLE_1} tbody td:first-child").all()]
    assert sum("Sex, n (%)" in text for text in shown) == 1
