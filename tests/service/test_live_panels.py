"""What stands beside a form while it is filled in: never an answer to something else than is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from furnished_service import own_store, running, watched
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from service_running import centre_of
from tenfold.exchange.published import published
from tenfold.service.store.imports import store_registry

CHECK = "**/entry/mrd_samples/check"


@pytest.fixture(scope="module")
def signed_in(
    browser: Browser, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str, BrowserContext]]:
    """A service with a published patient: its address, the patient's random name, and a browser that is signed in."""
    with (
        own_store(template, tmp_path_factory.mktemp("live")) as store,
        running(store) as (address, _),
        watched(browser, address) as one,
    ):
        store_registry(centre_of(store), published().patient("tiong-01"), "test")
        one.sign_in_at_once(store, "north clinician", "North")
        one.expected += ["429", "500", "ERR_FAILED"]
        yield address, centre_of(store).patients()[0].id, one.context


@pytest.fixture
def page(signed_in: tuple[str, str, BrowserContext]) -> Iterator[Page]:
    """The form of a sample of a published patient, with a value typed and checked."""
    address, patient, context = signed_in
    page = context.new_page()
    page.goto(f"{address}/patients/{patient}/entry/mrd_samples")
    page.locator("#f-value").fill("plenty")
    expect(page.locator("#check")).to_contain_text("plenty")
    yield page
    page.close()


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


def waiting(address: str, context: BrowserContext, answered: Callable[[Route], None]) -> Page:
    """A page that waits for what is worked out elsewhere, with how it is answered when it asks."""
    page = context.new_page()
    page.clock.install()
    page.route("**/cohort/state**", answered)
    page.route(
        "**/cohort",
        lambda route: route.fulfill(
            body=route.fetch().text().replace("</h1>", '</h1><p id="waits" data-poll="/cohort/state?">Wait.</p>', 1),
            content_type="text/html",
        ),
    )
    page.goto(f"{address}/cohort")
    return page


def test_a_page_that_waits_stops_asking_when_it_is_refused_and_says_so(
    signed_in: tuple[str, str, BrowserContext],
) -> None:
    address, _, context = signed_in
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=429, body="too many requests")

    page = waiting(address, context, refuse)
    page.clock.run_for(5_000)
    expect(page.locator("#waits")).to_contain_text("Open this page again")
    for _ in range(3):  # seconds pass at once, and whatever was asked in them has been answered
        page.clock.run_for(2_000)
        page.evaluate("fetch('/health')")
    assert asked
    assert len({route.request.url for route in asked}) == len(asked)
    page.close()


def test_a_page_that_is_ready_throws_nothing_away_that_somebody_has_begun_to_fill_in(
    signed_in: tuple[str, str, BrowserContext],
) -> None:
    address, _, context = signed_in
    page = waiting(address, context, lambda route: route.fulfill(status=200, body="done"))
    page.locator("select[name=sex]").select_option("male")
    page.clock.run_for(3_000)
    expect(page.locator("#waits")).to_contain_text("It is ready")
    expect(page.locator("select[name=sex]")).to_have_value("male")
    expect(page.get_by_role("link", name="Show it")).to_have_attribute("href", f"{address}/cohort")
    page.close()
