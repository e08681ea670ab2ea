"""The page in a browser: Debian's Chromium, one for all of these tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from reconciler.server.pages.cut import ROWS
from reconciler.server.serving import Server
from reconciler.server.tokens import Role
from tests.reconciler.server.pages.conftest import Site, site_of
from tests.reconciler.server.pages.fleet import A_HOST, GUESTS, HOSTS, begin, fleet, guest, host_name

pytestmark = pytest.mark.real

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text()
LONG = 60_000.0
"""Milliseconds: how long at most something is waited for that comes by itself."""
PAGES = [
    "/",
    "/resource?address=Domain/web-00-000",
    "/runs",
    "/runs/2",
    "/hosts",
    "/commits",
    "/decisions",
    "/help",
    "/login",
    "/nothing-here",
]
_EXPECTED = re.compile(r"Failed to load resource|net::|htmx:sse:error")
"""What the console says of a page that is not there, and of a server that goes away."""


@dataclass
class Served:
    """The application at an address that stays the same when it is stopped and started."""

    site: Site
    server: Server
    base: str = ""

    @classmethod
    def over(cls, site: Site) -> Served:
        served = cls(site, Server(site.settings, site.state, site.hooks))
        served.server.start()
        address = served.server.address
        served.site.settings = replace(site.settings, listen=address)
        served.base = f"http://{address}"
        return served

    def again(self) -> None:
        self.server = Server(self.site.settings, self.site.state, self.site.hooks)
        self.server.start()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """10,000 guests."""
    folder = tmp_path_factory.mktemp("served")
    with fleet(folder) as state:
        served = Served.over(site_of(state, folder))
        yield served
        served.server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=LONG)
    # The module's alone: while it is there, no other test of this process may run a loop of its own.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, served: Served, role: Role = Role.VIEW, **settings: object) -> Iterator[Page]:
    """A page of one who may look, or decide; nothing may be refused or fail in it."""
    context = browser.new_context(
        base_url=served.base,
        extra_http_headers={"Authorization": f"Bearer {served.site.tokens[role]}"},
        **settings,  # type: ignore[arg-type]
    )
    context.set_default_timeout(LONG)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [text for text in complaints if not _EXPECTED.search(text)] == []


def arrived(page: Page, url: str | re.Pattern[str]) -> None:
    """The page of this address is there, and its scripts listen."""
    expect(page).to_have_url(url)
    page.wait_for_load_state()


def drawn(page: Page) -> None:
    expect(page.locator("#map")).to_have_attribute("data-drawn", str(GUESTS))


def test_ten_thousand_guests_are_a_map_and_a_table_of_a_hundred_rows(
    browser: Browser, served: Served
) -> None:
    with window(browser, served) as page:
        page.goto("/")
        drawn(page)
        assert page.locator("table.fleet tbody tr").count() == ROWS
        assert page.evaluate("document.querySelectorAll('*').length") < 3000
        assert page.locator("#map canvas").bounding_box()["height"] > 100  # type: ignore[index]


def test_counts_are_filters_and_the_address_keeps_them(browser: Browser, served: Served) -> None:
    with window(browser, served) as page:
        page.goto("/")
        number = page.locator(".chip.c-failed .number").inner_text()
        page.locator(".chip.c-failed").click()
        arrived(page, f"{served.base}/?show=failed")
        assert {
            text.split()[1] for text in page.locator(".fleet tbody td:first-child").all_inner_texts()
        } == {"failed"}
        expect(page.locator(".fleet caption")).to_contain_text(f"of {number}")
        page.locator("#q").fill("build-0")
        page.locator("#q").press("Enter")
        arrived(page, re.compile(r"q=build-0.*show=failed"))
        assert all("build-0" in text for text in page.locator(".fleet tbody th").all_inner_texts())
        page.go_back()
        arrived(page, f"{served.base}/?show=failed")


def test_keys_search_walk_open_and_help(browser: Browser, served: Served) -> None:
    with window(browser, served) as page:
        page.goto("/?show=drifted")
        links = page.locator("tbody th a")
        page.keyboard.press("/")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type("jk?")
        expect(page.locator("#q")).to_have_value("jk?")
        page.keyboard.press("Escape")
        for key in "jjjk":
            page.keyboard.press(key)
        expect(links.nth(1)).to_be_focused()
        page.keyboard.press("?")
        expect(page.locator("#help")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#help")).to_be_hidden()
        where = links.nth(1).get_attribute("href")
        links.nth(1).focus()
        page.keyboard.press("Enter")
        arrived(page, f"{served.base}{where}")
        page.keyboard.press("g")
        arrived(page, f"{served.base}/")
        page.keyboard.press("n")
        arrived(page, f"{served.base}/?page=2")


def test_the_map_tells_and_opens_guests_by_keys_and_by_pointer(browser: Browser, served: Served) -> None:
    with window(browser, served) as page:
        page.goto("/")
        drawn(page)
        page.locator("#map canvas").focus()
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        first = sorted(guest(0, number).address.name for number in range(A_HOST))
        expect(page.locator("#map-say")).to_contain_text(f"{first[1]} on {host_name(0)}")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(f"Domain/{first[1]}")
        page.go_back()
        drawn(page)
        page.locator("#map canvas").click(position={"x": 17, "y": 24})
        arrived(page, re.compile("/resource"))


def test_a_run_moves_by_itself_and_goes_on_after_the_server_was_away(
    browser: Browser, served: Served
) -> None:
    state, run = served.site.state, served.site.open_run
    with window(browser, served) as page:
        asked: list[str] = []
        page.on(
            "request",
            lambda request: (
                asked.append(request.headers.get("last-event-id", "")) if "/changes" in request.url else None
            ),
        )
        page.goto(f"/runs/{run}")
        rows, progress = page.locator("#rows tr"), page.locator("#progress")
        expect(progress).to_have_text("4 done, 2 under way")
        state.finish_action(run, "action 4", "done")
        begin(state, run, 6)
        expect(progress).to_have_text("5 done, 2 under way")
        expect(rows.nth(4)).to_contain_text("done")
        expect(rows.nth(6)).to_contain_text("under way")
        served.server.stop()
        expect(page.locator("#lost")).to_be_visible(timeout=LONG)
        seen = state.last_number()
        state.finish_action(run, "action 6", "failed", "it broke")
        begin(state, run, 7)
        served.again()
        expect(rows.nth(6)).to_contain_text("it broke")
        expect(rows).to_have_count(8)
        assert str(seen) in asked
        state.finish_action(run, "action 5", "done")
        state.finish_action(run, "action 7", "done")
        state.finish_run(run, "failed", "7 done, 1 failed")
        expect(page.locator(".head")).to_contain_text("7 done, 1 failed")
        expect(page.locator("#rows")).not_to_have_attribute("hx-sse:connect", re.compile("."))
        expect(page.locator("#lost")).to_be_hidden(timeout=LONG)


def test_it_works_without_script(browser: Browser, served: Served) -> None:
    with window(browser, served, Role.OPERATE, java_script_enabled=False) as page:
        page.goto("/")
        expect(page.locator("#map")).to_be_hidden()
        page.locator("#q").fill("web-01-0")
        page.locator("#q").press("Enter")
        page.locator("tbody th a").first.click()
        expect(page.locator("h1")).to_contain_text("Domain/web-01-0")
        page.locator("summary", has_text="Suspend").click()
        page.locator("input[name=reason]").fill("tried without a script")
        page.get_by_role("button", name="Suspend").click()
        expect(page.locator(".decided")).to_contain_text("tried without a script")
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".decided")).to_have_count(0)
        page.goto("/")
        page.get_by_role("link", name="after →").click()
        arrived(page, f"{served.base}/?page=2")


def test_a_page_renews_itself_and_keeps_what_is_being_typed(browser: Browser, served: Served) -> None:
    with window(browser, served, Role.OPERATE) as page:
        page.clock.install()
        page.goto("/decisions")
        page.locator("input[name=reason]").fill("half a sen")
        at = page.locator("#live").get_attribute("data-at") or ""
        page.clock.fast_forward(6000)
        expect(page.locator("#live")).not_to_have_attribute("data-at", at)
        expect(page.locator("input[name=reason]")).to_have_value("half a sen")
        expect(page.locator("input[name=reason]")).to_be_focused()


def test_people_log_in_with_their_token_and_are_out_when_it_is(browser: Browser, served: Served) -> None:
    context = browser.new_context(base_url=served.base)
    page = context.new_page()
    served.site.woken.clear()
    page.goto("/hosts")
    page.locator("input[name=token]").fill(served.site.tokens[Role.OPERATE])
    page.get_by_role("button", name="Log in").click()
    arrived(page, f"{served.base}/hosts")
    page.get_by_role("button", name="Look now").first.click()
    arrived(page, f"{served.base}/hosts")
    assert served.site.woken == [host_name(HOSTS - 2)]
    page.clock.install()
    page.reload()
    file = served.site.settings.tokens
    assert file is not None
    known = file.read_text()
    file.write_text("")
    page.clock.fast_forward(6000)
    arrived(page, re.compile("/login"))
    file.write_text(known)
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_keeps_anybody_from_using_a_page(opened: Page, path: str) -> None:
    """Axe finds nothing, in light and in dark; and on a phone no page is wider than it."""
    opened.set_viewport_size({"width": 390, "height": 800})
    opened.goto(path)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    opened.set_viewport_size({"width": 1300, "height": 900})
    opened.evaluate(AXE)
    assert violations(opened, {}) == []
    opened.emulate_media(color_scheme="dark")
    assert violations(opened, {"runOnly": ["color-contrast"]}) == []
    opened.emulate_media(color_scheme="light")


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of a small fleet, as one sees it who may decide."""
    folder = tmp_path_factory.mktemp("opened")
    with fleet(folder, 3, 5) as state:
        served = Served.over(site_of(state, folder))
        with window(browser, served, Role.OPERATE, color_scheme="light") as page:
            yield page
        served.server.stop()


def violations(page: Page, options: dict[str, object]) -> list[str]:
    """What axe finds to be wrong; that it looked at something is made sure of."""
    answer = page.evaluate("options => axe.run(document, {preload: false, ...options})", options)
    assert answer["passes"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in answer["violations"]]
