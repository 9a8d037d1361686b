"""Every screen of SCREENS, through every audit."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page

from . import audits
from .conftest import Live
from .screens import SCREENS, Screen

Open = Callable[..., Page]
PHONE, SMALL, DESKTOP = (390, 844), (320, 640), (1280, 800)
_AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)


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


@every_screen
@pytest.mark.parametrize("size", [SMALL, PHONE, (820, 1180), DESKTOP], ids=lambda size: str(size[0]))
def test_nothing_overflows_and_everything_can_be_pressed(
    open_page: Open, screen: Screen, size: tuple[int, int]
) -> None:
    page = show(open_page(screen.role, size=size), screen)
    assert audits.overflow(page) == []
    assert audits.bars_out_of_view(page) == []
    assert audits.small_targets(page, density(page)) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("() => document.querySelectorAll('*').length") <= 1500


@every_screen
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=lambda size: str(size[0]))
def test_the_keyboard_goes_everywhere_in_sight(open_page: Open, screen: Screen, size: tuple[int, int]) -> None:
    page = show(open_page(screen.role, size=size), screen)
    assert audits.lost_focus(page) == []


@every_screen
def test_text_may_be_spaced_out(open_page: Open, screen: Screen) -> None:
    page = show(open_page(screen.role, size=PHONE), screen)
    assert audits.cut_by_spacing(page) == []


@every_screen
@pytest.mark.parametrize("theme", ["clair", "sombre"])
def test_axe_finds_nothing_and_the_page_is_silent(open_page: Open, live: Live, screen: Screen, theme: str) -> None:
    page = open_page(screen.role, size=PHONE if screen.role else DESKTOP, theme=theme)
    silence = audits.Silence(page, live.origin)
    show(page, screen)
    whole = page.evaluate("document.documentElement.scrollHeight")  # else a fixed bar lies over targets that scroll
    page.set_viewport_size({"width": page.viewport_size["width"], "height": whole})
    found = Axe().run(page, options=_AXE).response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []
    assert silence.faults == []


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


@every_screen
def test_a_first_visit_is_light(open_page: Open, screen: Screen) -> None:
    page = open_page(screen.role)
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("Network.enable")
    weights: list[float] = []
    session.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    show(page, Screen(screen.role, screen.path, screen.name, screen.status))
    page.wait_for_load_state("networkidle")
    assert 0 < len(weights) <= 10
    assert sum(weights) <= 100 * 1024
    weights.clear()
    page.reload()
    page.wait_for_load_state("networkidle")
    assert sum(weights) <= 15 * 1024
