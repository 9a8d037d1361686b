"""What the pages of the workshop weigh, by kind, and what a page waits for on the worst network of the garage.

The whole of each screen, first visit and return, is bounded in test_screens; here what it is made of.
The figures are logged: --log-cli-level=INFO.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from garage.domain.permissions import Role

from .conftest import SIZES, Live
from .screens import planned

Open = Callable[..., Page]
KIB = 1024
_LOG = logging.getLogger(__name__)
# 50 kB/s, 400 ms for a round trip, a processor four times slower: a phone at the back of the workshop.
BYTES_A_SECOND, ROUND_TRIP, SLOWER = 50_000, 0.4, 4

PAGES = {
    "ma-journee": (Role.MECHANIC, "/ma-journee"),
    "ordre": (Role.MECHANIC, "/ordres/OR-2024-00001"),
    "ordre-de-trente-travaux": (Role.MECHANIC, "/ordres/OR-2023-00001"),
    "ordre-de-deux-cents-lignes": (Role.HEAD, "/ordres/OR-2023-00002"),
    "pieces": (Role.MECHANIC, "/ordres/OR-2024-00001/pieces"),
    "terminer": (Role.MECHANIC, "/ordres/OR-2024-00001/terminer"),
    "scanner": (Role.MECHANIC, "/scanner"),
    "ordres": (Role.HEAD, "/ordres/"),
    "tableau-de-bord": (Role.HEAD, "/tableau-de-bord"),
    "planning": (Role.HEAD, f"/planning?semaine={planned.BUSY}"),
    "controle": (Role.HEAD, "/ordres/OR-2024-00002/controle"),
}
every_page = pytest.mark.parametrize("name", PAGES)


@dataclass
class Loaded:
    """One thing that crossed the network."""

    url: str
    kind: str
    depth: int
    later: bool
    weight: float = 0


@dataclass
class Wire:
    """Listens to the network under a page: what crossed it, and after how many round trips it could be asked for.

    `later` is what a script asks for once it runs: nobody waits for it.
    """

    page: Page
    seen: dict[str, Loaded] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cdp = self.page.context.new_cdp_session(self.page)
        self.cdp.send("Network.enable")
        self.cdp.on("Network.requestWillBeSent", self._asked)
        self.cdp.on("Network.loadingFinished", self._came)

    def _asked(self, event: dict[str, Any]) -> None:
        initiator = event["initiator"]
        parents = [one for one in self.seen.values() if one.url == initiator.get("url", "")]
        after = max((one.depth for one in parents), default=0)
        kind = "Script" if event["request"]["url"].endswith(".js") else event["type"]
        later = "stack" in initiator or any(one.later for one in parents)
        self.seen[event["requestId"]] = Loaded(event["request"]["url"], kind, after + 1, later)

    def _came(self, event: dict[str, Any]) -> None:
        self.seen[event["requestId"]].weight = event["encodedDataLength"]

    def visit(self, path: str) -> list[Loaded]:
        """What this visit brought, the browser's own cache apart."""
        self.seen.clear()
        self.page.goto(path, wait_until="networkidle")
        return [one for one in self.seen.values() if one.weight]

    def slow(self) -> None:
        """The worst network."""
        known = {"latency": ROUND_TRIP * 1000, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
        self.cdp.send("Network.emulateNetworkConditions", {"offline": False, **known})
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def weight(things: list[Loaded], kind: str = "") -> float:
    """KiB of a kind, as transferred, with headers."""
    return sum(one.weight for one in things if kind in {"", one.kind}) / KIB


@every_page
def test_each_kind_has_its_budget(open_page: Open, live: Live, name: str) -> None:
    role, path = PAGES[name]
    wire = Wire(open_page(role, size=SIZES["phone"]))
    things = [one for one in wire.visit(path) if "/photos/" not in one.url and "barcode-detector" not in one.url]
    nodes = wire.page.evaluate("() => document.querySelectorAll('*').length")
    again = weight(wire.visit(path))
    _LOG.info(
        f"{name}: {len(things)} requests, {weight(things):.1f} KiB (HTML {weight(things, 'Document'):.1f}, "
        f"CSS {weight(things, 'Stylesheet'):.1f}, JS {weight(things, 'Script'):.1f}), again {again:.1f}, {nodes} nodes"
    )
    assert [one.url for one in things if not one.url.startswith(live.origin)] == []
    assert len(things) <= 10, [one.url for one in things]
    assert weight(things) <= 100
    assert weight(things, "Stylesheet") <= 15
    assert weight(things, "Script") <= 35
    assert again <= 15
    assert nodes <= 1500


@every_page
def test_nothing_waits_behind_more_than_two_round_trips(open_page: Open, name: str) -> None:
    """The page, then all that it names at once: what paints it and makes it answer comes with the second trip."""
    role, path = PAGES[name]
    wire = Wire(open_page(role, size=SIZES["phone"]))
    needed = [one for one in wire.visit(path) if not one.later and "/photos/" not in one.url]
    assert [one.url for one in needed if one.depth > 2] == []
    floor = 2 * ROUND_TRIP + weight(needed) * KIB / BYTES_A_SECOND
    _LOG.info(f"{name}: {weight(needed):.1f} KiB needed, {floor:.2f} s at the least")
    assert floor <= (2.6 if any("htmx" in one.url for one in needed) else 2.4)


def test_the_order_on_the_worst_network(open_page: Open) -> None:
    """Bounded by its bytes and round trips above; the time itself is only printed, and far from a failure."""
    wire = Wire(open_page(Role.MECHANIC, size=SIZES["phone"]))
    wire.slow()
    for visit in ("first", "second"):
        wire.visit(PAGES["ordre"][1])
        paint, ready = wire.page.evaluate(
            """() => [performance.getEntriesByName("first-contentful-paint")[0].startTime,
                      performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd]"""
        )
        _LOG.info(f"{visit} visit: painted at {paint / 1000:.2f} s, answers at {ready / 1000:.2f} s")
        assert ready < 8000
