"""What is wrong with a page that is open in a browser: WCAG 2.2 AA, two widths, enlarged, on paper, and its size."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

LARGEST = 200_000
AXE = Axe().axe_script
WIDE, NARROW, ENLARGED = (1280, 900), (390, 844), (640, 450)
"""Enlarged: a window of 1,280 by 900 at 200%."""
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
OF_THE_WIDTH = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
"""The rules whose answer changes with the width: colours do not (a test says so), names, roles and order do not."""
ASKED = (
    """(rules) => axe.run(document, {preload: false, iframes: false, resultTypes: ["violations"], runOnly: rules})"""
)
SHAPE = """() => ({
  h1: document.querySelectorAll("h1").length, lang: document.documentElement.lang, title: document.title,
  inline: document.querySelectorAll("[style], script:not([src]), style").length,
  controls: [...document.querySelectorAll("main a, main button, main input, main select, main textarea, main summary")]
    .filter((one) => one.tabIndex > 0).length,
})"""


def against_the_rules(page: Page, rules: dict[str, object]) -> list[str]:
    """What axe finds, a line for each kind."""
    found = page.evaluate(ASKED, rules)
    return [
        f"{one['id']}: {len(one['nodes'])}, such as {one['nodes'][0]['html'][:200]}: {one['nodes'][0]['failureSummary'][:300]}"
        for one in found["violations"]
    ]


def size(page: Page, wanted: tuple[int, int]) -> None:
    page.set_viewport_size({"width": wanted[0], "height": wanted[1]})


def sideways(page: Page) -> bool:
    """Whether the page has to be moved sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def wrong_with(page: Page, answer: Response | None = None, *, narrow: bool = True) -> list[str]:
    """What is wrong with the page that is open, a line for each; it is left as wide as a telephone.

    `answer`: what brought it, whose size is then held against the limit; `narrow`: on a telephone, too.
    """
    size(page, WIDE)
    page.wait_for_load_state()
    page.evaluate(AXE)
    wrong = against_the_rules(page, RULES)
    if answer is not None and int(answer.headers["content-length"]) >= LARGEST:
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
        wrong += [f"on a telephone: {line}" for line in against_the_rules(page, OF_THE_WIDTH)]
    return wrong
