"""Every page of the service can be used by everybody: held against WCAG 2.2 AA, at two widths, enlarged, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from accessible_pages import WIDE, size, wrong_with
from furnished_service import ALL_ROLES, CALENDAR, RELATIVE, Furnished, Watched, furnish, own_store, running, watched
from playwright.sync_api import Browser, expect

from tenfold.service.pages import ROUTERS

NO_PAGE = re.compile(r"\.(svg|csv|toml|html)$|/state$|/progress$|^/smart/|^/sign-in/hospital|^/export$|^/patients$")
"""Pictures, files, parts of pages, what only leads on; and the steps of signing in elsewhere, which are held against the same
rules where they are walked through, in test_hospital_sign_in and test_smart."""

PARTS = 4
FIELDS_OF_DAYS = ("worklist", "patient", "entry of a sample", "meeting")


@pytest.fixture(scope="module")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with own_store(template, tmp_path_factory.mktemp("accessible")) as store, running(store) as (address, app):
        app.state.service.requests.most = 1_000_000
        yield furnish(store, address, app)


def looked_at(one: Watched, address: str) -> list[str]:
    """What is wrong with a page."""
    size(one.page, WIDE)
    answer = one.page.goto(f"{one.address}{address}")
    assert answer is not None
    expect(one.page.locator("[data-poll]")).to_have_count(0, timeout=60_000)  # what is worked out has come
    return wrong_with(one.page, answer)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_can_be_read_by_everybody_at_every_size_and_on_paper(
    browser: Browser, furnished: Furnished, part: int
) -> None:
    """In parts, so that no single test takes long."""
    wrong = {}
    for centre, addresses in furnished.addresses.items():
        mine = list(addresses.items())[part::PARTS]
        with watched(browser, furnished.address, device_scale_factor=1) as one:
            one.expected.append("404")
            one.sign_in_at_once(furnished.store, ALL_ROLES, centre)
            for name, address in mine:
                # The same templates serve every centre: where days have no dates only the fields of days are others.
                if centre == RELATIVE and name not in FIELDS_OF_DAYS:
                    continue
                if found := looked_at(one, address):
                    wrong[f"{centre}, {name}"] = found
    assert wrong == {}, "\n".join(f"{name}\n  " + "\n  ".join(lines) for name, lines in wrong.items())


def test_no_colour_changes_with_the_width() -> None:
    """On a telephone the rules about colours need not be asked again."""
    for sheet in resources.files("tenfold.service").joinpath("static").iterdir():
        if sheet.name.endswith(".css"):
            _, *narrow = sheet.read_text("utf-8").split("@media (max-width")
            for one in narrow:
                inside = one[
                    : next(
                        i for i, c in enumerate(one) if c == "}" and one[: i + 1].count("{") == one[: i + 1].count("}")
                    )
                ]
                assert not re.search(r"color|background|opacity", inside), inside


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
