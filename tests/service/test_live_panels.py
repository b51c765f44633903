"""What stands beside a form while it is filled in: never an answer to something else than is typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from service_running import PASSWORD, centre_of
from tenfold.exchange.published import published
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store

CHECK = "**/entry/mrd_samples/check"


@pytest.fixture
def page(browser: Browser, served: str, store: Store) -> Iterator[Page]:
    """The form of a sample of a published patient, with a value typed and checked."""
    store_registry(centre_of(store), published(), "test")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served}/sign-in")
    page.get_by_label("Name").fill("north clinician")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{served}/patients/{centre_of(store).patients()[0].id}/entry/mrd_samples")
    page.locator("#f-value").fill("plenty")
    expect(page.locator("#check")).to_contain_text("plenty")
    yield page
    context.close()


def test_an_answer_to_what_was_typed_before_is_dimmed_until_the_new_one_is_there(page: Page) -> None:
    held: list[Route] = []
    page.route(CHECK, lambda route: held.append(route))
    with page.expect_request(CHECK):
        page.locator("#f-value").fill("many")
    expect(page.locator("#check.stale[aria-busy=true]")).to_contain_text("plenty")
    held[0].continue_()
    expect(page.locator("#check")).to_contain_text("many")
    expect(page.locator("#check.stale")).to_have_count(0)


@pytest.mark.parametrize("how", ["429", "500", "cut"])
def test_a_check_that_fails_says_not_checked_and_leaves_nothing_of_the_old_one(page: Page, how: str) -> None:
    page.route(
        CHECK,
        lambda route: route.abort() if how == "cut" else route.fulfill(status=int(how), body="<h1>A whole page</h1>"),
    )
    page.locator("#f-value").fill("many")
    expect(page.locator("#check")).to_contain_text("Not checked")
    expect(page.locator("#check")).not_to_contain_text("plenty")
    expect(page.locator("#check h1")).to_have_count(0)
    page.unroute(CHECK)
    page.locator("#f-value").fill("several")
    expect(page.locator("#check")).to_contain_text("several")


def test_a_page_that_waits_stops_asking_when_it_is_refused_and_says_so(page: Page, served: str) -> None:
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=429, body="too many requests")

    page.route("**/cohort/state**", refuse)
    page.route(
        "**/cohort",
        lambda route: route.fulfill(
            body=route.fetch().text().replace("</h1>", '</h1><p id="waits" data-poll="/cohort/state?">Wait.</p>', 1),
            content_type="text/html",
        ),
    )
    page.goto(f"{served}/cohort")
    expect(page.locator("#waits")).to_contain_text("Open this page again")
    page.wait_for_timeout(2500)
    assert len(asked) <= 2
