"""Every screen of SCREENS, through every audit."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page

from . import audits
from .conftest import Live
from .screens import SCREENS, Screen

Open = Callable[..., Page]
SMALL, PHONE, TABLET, DESKTOP = (320, 640), (390, 844), (820, 1180), (1280, 800)
_AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# What a theme changes; the rest is the same page.
_COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)


class Traffic:
    """The bytes that each request of a page brings."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.under_way: set[str] = set()
        self.brought: list[float] = []
        session: CDPSession = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda event: self.under_way.add(event["requestId"]))
        session.on("Network.loadingFailed", lambda event: self.under_way.discard(event["requestId"]))
        session.on("Network.loadingFinished", self._came)

    def _came(self, event: dict[str, Any]) -> None:
        self.under_way.discard(event["requestId"])
        self.brought.append(event["encodedDataLength"])

    def weights(self) -> list[float]:
        """What came since the last call, once nothing has been under way for a tenth of a second."""
        quiet = 0
        while quiet < 2:
            self.page.wait_for_timeout(50)
            quiet = 0 if self.under_way else quiet + 1
        brought, self.brought = self.brought, []
        return brought


def show(page: Page, screen: Screen) -> Page:
    """The screen in this page, fonts loaded."""
    answer = page.goto(screen.path)
    assert answer
    assert answer.status == screen.status
    if screen.submit:
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_load_state()
    page.evaluate("() => document.fonts.ready")
    return page


def density(page: Page) -> int:
    """The least height of a control in the density of the page."""
    return 60 if page.locator("html").get_attribute("data-densite") == "atelier" else 44


def laid_out(page: Page, size: tuple[int, int]) -> dict[str, list[str]]:
    """What is wrong with the page at this size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    found = {
        "overflow": audits.overflow(page),
        "bars": audits.bars_out_of_view(page),
        "targets": audits.small_targets(page, density(page)),
    }
    return {f"{kind} at {size[0]}": faults for kind, faults in found.items() if faults}


def axe(page: Page, theme: str) -> dict[str, list[str]]:
    """What axe finds in the light, and of what the dark changes, with the whole page in sight.

    Else a fixed bar lies over targets that scroll.
    """
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": PHONE[0], "height": whole})
    found = Axe().run(page, options=_AXE if theme == "clair" else _COLOURS).response["violations"]
    return {f"{fault['id']} in {theme}": [node["html"][:200] for node in fault["nodes"]] for fault in found}


@every_screen
def test_on_a_phone(open_page: Open, live: Live, screen: Screen) -> None:
    """Held in a hand: its layout down to 320 px, the keyboard, axe in both themes, a console that says nothing."""
    page = open_page(screen.role, size=PHONE)
    silence = audits.Silence(page, live.origin)
    show(page, screen)
    assert page.locator("h1").count() == 1
    assert page.evaluate("() => document.querySelectorAll('*').length") <= 1500
    faults = laid_out(page, PHONE) | {"focus": audits.lost_focus(page)} | laid_out(page, SMALL)
    faults |= axe(page, "clair") | axe(page, "sombre")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    faults |= {"spaced out": audits.cut_by_spacing(page), "not silent": silence.faults}
    assert {kind: found for kind, found in faults.items() if found} == {}


@every_screen
def test_on_a_desk(open_page: Open, screen: Screen) -> None:
    """What a first visit and a second bring, then the layout from 1280 px down to 820, and the keyboard."""
    page = open_page(screen.role, size=DESKTOP)
    traffic = Traffic(page)
    page.goto(screen.path)
    first = traffic.weights()
    assert 0 < len(first) <= 10
    assert sum(first) <= 100 * 1024
    page.reload()
    assert sum(traffic.weights()) <= 15 * 1024
    show(page, screen)
    faults = laid_out(page, DESKTOP) | {"focus": audits.lost_focus(page)} | laid_out(page, TABLET)
    assert {kind: found for kind, found in faults.items() if found} == {}


@pytest.fixture(scope="module")
def saved(
    browser: object, live: Live, keys: dict[object, list[dict[str, str]]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The HTML of every screen, as the server sent it."""
    folder = tmp_path_factory.mktemp("html")
    for screen in SCREENS:
        client = live.site.app.test_client()
        for cookie in keys[screen.role]:
            client.set_cookie(cookie["name"], cookie["value"])
        answer = client.post(screen.path, data={}) if screen.submit else client.get(screen.path)
        (folder / f"{screen.name}.html").write_bytes(answer.data)
    return folder


def test_html_is_valid(saved: Path, vnu: list[str]) -> None:
    """RGAA 8.2, one run of the checker for every screen."""
    files = [str(path) for path in sorted(saved.glob("*.html"))]
    done = subprocess.run(
        [*vnu, "--format", "json", "--stdout", "--exit-zero-always", *files], capture_output=True, check=True, text=True
    )
    messages = json.loads(done.stdout)["messages"]
    faults = [
        f"{Path(message['url']).name}:{message.get('lastLine')} {message['message']}"
        for message in messages
        if message["type"] == "error" or message.get("subType") == "warning"
    ]
    assert faults == []
