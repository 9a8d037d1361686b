"""Faults that axe and the HTML checker do not see. Each function looks at a page and lists what is wrong with it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_FUNCTIONS = (Path(__file__).parent / "audits.js").read_text("utf-8")


def _ask(page: Page, function: str, value: Any = None) -> Any:
    return page.evaluate(f"(value) => {_FUNCTIONS.strip()}.{function}(value)", value)


def overflow(page: Page) -> list[str]:
    """Sideways overflow of the page, with the elements that cause it."""
    return list(_ask(page, "overflow"))


def bars_out_of_view(page: Page) -> list[str]:
    """Fixed and sticky bars that leave the screen."""
    return list(_ask(page, "bars"))


def small_targets(page: Page, least: int) -> list[str]:
    """Controls under `least` px, and anything one can press under 24 px, links inside sentences apart."""
    return list(_ask(page, "targets", least))


def lost_focus(page: Page, most: int = 150) -> list[str]:
    """Tab through the page: stops without a visible focus, out of view or covered by a bar."""
    faults: list[str] = []
    _ask(page, "startTabbing")
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = _ask(page, "stop")
        if stop is None or stop["over"]:
            return faults
        faults += stop["faults"]
    return [*faults, f"more than {most} stops"]


def cut_by_spacing(page: Page) -> list[str]:
    """Text cut, or a page made wider, by the spacing of RGAA 10.12. Leaves the page spaced out."""
    return [*_ask(page, "spacing"), *overflow(page)]


class Silence:
    """Listens to a page: console, CSP, failed and foreign requests. `faults` should stay empty."""

    def __init__(self, page: Page, origin: str) -> None:
        self.faults: list[str] = []
        self.origin = origin
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url} {request.failure}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str) -> None:
        # Chromium reports the status of a refused page in these words, and the driver a worker that tests block.
        meant = ("the server responded with a status of 4", "Service Worker registration blocked by Playwright")
        if kind in {"error", "warning"} and not any(words in text for words in meant):
            self.faults.append(f"console {kind}: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith(self.origin):
            self.faults.append(f"foreign request: {url}")
