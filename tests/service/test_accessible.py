"""Every page of the service can be used by everybody: held against WCAG 2.2 AA, at two widths, enlarged, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from furnished_service import ALL_ROLES, CALENDAR, Furnished, Watched, furnish, own_store, running, watched
from playwright.sync_api import Browser, Page, expect

from tenfold.service.pages import ROUTERS

LARGEST = 200_000
AXE = Axe().axe_script
WIDE, NARROW, ENLARGED = (1280, 900), (390, 844), (640, 450)
"""Enlarged: a window of 1,280 by 900 at 200%."""
ASKED = """axe.run(document, {preload: false, iframes: false, resultTypes: ["violations"], runOnly: {type: "tag",
  values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}})"""
NO_PAGE = re.compile(r"\.(svg|csv|toml|html)$|/state$|/progress$|^/smart/|^/sign-in/hospital|^/export$|^/patients$")
"""Pictures, files, parts of pages, what only leads on; and the steps of signing in elsewhere, which have tests of their own."""
SHAPE = """() => ({
  h1: document.querySelectorAll("h1").length, lang: document.documentElement.lang, title: document.title,
  inline: document.querySelectorAll("[style], script:not([src]), style").length,
  controls: [...document.querySelectorAll("main a, main button, main input, main select, main textarea, main summary")]
    .filter((one) => one.tabIndex > 0).length,
})"""


@pytest.fixture(scope="module")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with own_store(template, tmp_path_factory.mktemp("accessible")) as store, running(store) as (address, app):
        app.state.service.requests.most = 1_000_000
        yield furnish(store, address, app)


def against_the_rules(page: Page) -> list[str]:
    """What axe finds, a line for each kind."""
    found = page.evaluate(ASKED)
    return [
        f"{one['id']}: {len(one['nodes'])}, such as {one['nodes'][0]['html'][:200]}: {one['nodes'][0]['failureSummary'][:300]}"
        for one in found["violations"]
    ]


def size(page: Page, wanted: tuple[int, int]) -> None:
    page.set_viewport_size({"width": wanted[0], "height": wanted[1]})


def sideways(page: Page) -> bool:
    """Whether the page has to be moved sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def looked_at(one: Watched, address: str, *, narrow: bool = True) -> list[str]:
    """What is wrong with a page; `narrow`: the rules are asked on a telephone, too."""
    page = one.page
    size(page, WIDE)
    answer = page.goto(f"{one.address}{address}")
    assert answer is not None
    expect(page.locator("[data-poll]")).to_have_count(0, timeout=60_000)  # what is worked out has come
    page.wait_for_load_state()
    page.evaluate(AXE)
    wrong = against_the_rules(page)
    if int(answer.headers["content-length"]) >= LARGEST:
        wrong.append(f"{answer.headers['content-length']} bytes")
    shape = page.evaluate(SHAPE)
    if shape["h1"] != 1 or shape["lang"] != "en-GB" or not shape["title"].removesuffix("· Tenfold").strip():
        wrong.append(f"h1, language or title: {shape}")
    if shape["inline"] or shape["controls"]:
        wrong.append(f"something inline, or an order of its own for the keyboard: {shape}")
    page.emulate_media(media="print")
    if page.locator("nav:visible, form:not(.on-paper):visible, button:visible, .skip:visible").count():
        wrong.append("navigation or a form on paper")
    page.emulate_media(media="screen")
    size(page, ENLARGED)
    if sideways(page):
        wrong.append("at 200% it has to be moved sideways")
    size(page, NARROW)
    if sideways(page):
        wrong.append("on a telephone it has to be moved sideways")
    if narrow:
        wrong += [f"on a telephone: {line}" for line in against_the_rules(page)]
    return wrong


def test_every_page_can_be_read_by_everybody_at_every_size_and_on_paper(browser: Browser, furnished: Furnished) -> None:
    wrong = {}
    for centre, addresses in furnished.addresses.items():
        with watched(browser, furnished.address, device_scale_factor=1) as one:
            one.expected.append("404")
            one.sign_in_at_once(furnished.store, ALL_ROLES, centre)
            for name, address in addresses.items():
                # The same templates serve every centre: on a telephone one of them stands for all.
                if found := looked_at(one, address, narrow=centre == CALENDAR):
                    wrong[f"{centre}, {name}"] = found
    assert wrong == {}, "\n".join(f"{name}\n  " + "\n  ".join(lines) for name, lines in wrong.items())


def test_the_door_and_a_readers_pages_can_be_read_by_everybody(browser: Browser, furnished: Furnished) -> None:
    wrong = {}
    with watched(browser, furnished.address) as one:
        wrong["sign-in"] = looked_at(one, "/sign-in")
        one.sign_in_at_once(furnished.store, "north viewer", CALENDAR)
        one.expected.append("403")
        for name in ("patient", "settings", "facts"):
            wrong[name] = looked_at(one, furnished.addresses[CALENDAR][name])
    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_page_is_left_out_of_these_tests(furnished: Furnished) -> None:
    asked = [address.partition("?")[0] for one in furnished.addresses.values() for address in one.values()]
    left = []
    for route in (route for router in ROUTERS for route in router.routes):
        path = str(getattr(route, "path", ""))
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$")
        if "GET" in getattr(route, "methods", ()) and not NO_PAGE.search(path) and path != "/sign-in":
            left += [] if any(pattern.match(address) for address in asked) else [path]
    assert left == []
