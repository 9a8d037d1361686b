"""The camera, the keyboard scanner and the field, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from garage import clock
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.domain.permissions import Role
from garage.operations import order_lines
from tests.web.workshop import HEAD

from . import audits
from .conftest import Live
from .scanning import BARCODE, PART_TAG, VEHICLE_TAG

Open = Callable[..., Page]
Filmed = Callable[..., Page]
ORDER = "OR-2024-00005"


def test_the_camera_reads_a_vehicle_s_label(filmed: Filmed, live: Live) -> None:
    page = filmed(f"https://un-autre-domaine.fr/q/{VEHICLE_TAG}")
    silence = audits.Silence(page, live.origin)
    page.goto("/scanner")
    page.wait_for_url("**/parc/HC-001")
    expect(page.get_by_role("heading", level=1)).to_have_text("Iveco")
    assert silence.faults == []


def test_a_part_before_the_camera_goes_on_the_order_once(filmed: Filmed, live: Live) -> None:
    page = filmed(f"{live.origin}/q/{PART_TAG}")
    page.goto(f"/scanner?ordre={ORDER}")
    said(page, "1 × Kit de joints").to_be_visible()
    expect(page).to_have_url(f"{live.origin}/scanner?ordre={ORDER}")
    expect(page.locator("[data-scan-etat]")).to_have_text("Placez le code dans l’image.")
    page.wait_for_timeout(3000)  # the label is still in the picture: it does not count again
    said(page, "1 × Kit de joints").to_be_visible()
    page.get_by_role("button", name="Annuler").last.click()
    said(page, "Ligne retirée").to_be_visible()
    assert taken_off(live) == 0


def test_a_badge_before_the_camera_goes_nowhere(filmed: Filmed) -> None:
    page = filmed("G1.7K3M9XQ2ABCD7K3M9XQ2ABCD12")
    page.goto("/scanner")
    expect(page.locator("[data-scan-etat]")).to_contain_text("C’est un badge")


def test_without_a_camera_the_field_is_there(open_page: Open) -> None:
    page = open_page(Role.MECHANIC, size=(390, 844))
    page.goto("/scanner")
    expect(page.locator("[data-scan-etat]")).to_contain_text("Saisissez le code ci-dessous.")
    expect(page.get_by_label("Immatriculation ou code")).to_be_focused()
    expect(page.locator("video")).to_be_hidden()
    page.keyboard.type("hc001hc")
    page.keyboard.press("Enter")
    page.wait_for_url("**/parc/HC-001")


def test_without_scripts_a_code_is_typed_and_the_part_is_one_button(open_page: Open) -> None:
    page = open_page(Role.MECHANIC, size=(390, 844), java_script_enabled=False)
    page.goto(f"/scanner?ordre={ORDER}")
    page.get_by_label("Immatriculation ou code").fill(BARCODE)
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("button", name="Ajouter 1 u").click()
    said(page, "1 × Kit de joints").to_be_visible()
    page.get_by_role("button", name="Annuler").last.click()
    said(page, "Ligne retirée").to_be_visible()


_KEYS = """async ([code, pause]) => {
  const target = document.activeElement ?? document.body;
  for (const key of [...code, "Enter"]) {
    const kept = target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    if (kept && key !== "Enter" && "value" in target) target.value += key;
    if (pause) await new Promise((done) => { setTimeout(done, pause); });
  }
}"""


def taken_off(live: Live) -> int:
    """How many parts the order had; it has none any more."""
    with live.site.database.transaction() as session:
        order = select(RepairOrder.id).where(RepairOrder.number == ORDER).scalar_subquery()
        parts = (OrderLine.order_id == order, OrderLine.part_id.is_not(None))
        ranks = session.scalars(select(OrderLine.rank).where(*parts)).all()
        for rank in ranks:
            order_lines.remove(session, ORDER, rank, HEAD, clock.now())
    return len(ranks)


def scan(page: Page, code: str, *, pause: int = 0) -> None:
    """The keys of a scanner that types; made in the page, so that a slow machine does not make it a person."""
    page.evaluate(_KEYS, [code, pause])


def said(page: Page, text: str) -> Any:
    """What the page says was done."""
    return expect(page.get_by_role("status").filter(has_text=text))


def test_a_keyboard_scanner_works_on_every_page_of_the_workshop(open_page: Open) -> None:
    page = open_page(Role.MECHANIC)
    for path, code, end in (
        ("/ordres/", f"https://garage.test/q/{VEHICLE_TAG}", "**/parc/HC-001"),
        ("/stock/", BARCODE, "**/stock/KJ/778-AB"),
        ("/parc", "inconnu-77/x", "**/scanner?q=inconnu-77*"),
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.locator("h1").click()
        scan(page, code)
        page.wait_for_url(end)
    expect(page.get_by_role("heading", level=1)).to_have_text("Code inconnu")


@pytest.mark.parametrize("searching", [True, False])
def test_a_keyboard_scanner_adds_a_part_on_the_page_of_parts(open_page: Open, live: Live, *, searching: bool) -> None:
    page = open_page(Role.MECHANIC)
    page.goto(f"/ordres/{ORDER}/pieces")
    page.wait_for_load_state("networkidle")
    (page.locator("[data-recherche]").focus if searching else page.locator("h1").click)()
    scan(page, BARCODE)
    said(page, "1 × Kit de joints").to_be_visible()
    expect(page).to_have_url(f"{live.origin}/ordres/{ORDER}/pieces")
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert taken_off(live) == 1


def test_normal_typing_is_never_stolen(open_page: Open) -> None:
    page = open_page(Role.MECHANIC)
    page.goto("/ordres/")
    page.wait_for_load_state("networkidle")
    page.locator("h1").click()
    scan(page, "AB-123-CD", pause=70)  # a person who types fast
    scan(page, "AB12")  # too short
    page.wait_for_timeout(300)
    assert page.url.endswith("/ordres/")
    field = page.locator("[data-recherche]").first
    field.focus()
    page.keyboard.type("LB001LB", delay=8)
    expect(field).to_have_value("LB001LB")
    page.keyboard.press("Control+k")
    page.wait_for_timeout(300)
    assert "/q/" not in page.url


def test_a_badge_typed_by_a_scanner_goes_nowhere(open_page: Open) -> None:
    page = open_page(Role.MECHANIC)
    page.goto("/parc")
    page.wait_for_load_state("networkidle")
    scan(page, "G1.7K3M9XQ2ABCD7K3M9XQ2ABCD12")
    page.wait_for_timeout(300)
    assert page.url.endswith("/parc")


def test_the_keyboard_scanner_is_switched_off_on_a_device(open_page: Open) -> None:
    page = open_page(Role.MECHANIC)
    page.goto("/scanner")
    page.get_by_text("Lecteur branché à l’appareil").click()
    box = page.get_by_label("Écouter le lecteur sur cet appareil")
    expect(box).to_be_checked()
    box.uncheck()
    page.goto("/parc")
    page.wait_for_load_state("networkidle")
    scan(page, BARCODE)
    page.wait_for_timeout(300)
    assert page.url.endswith("/parc")
    page.goto("/scanner")
    expect(box).not_to_be_checked()


def test_an_unknown_code_is_tied_in_one_tap(open_page: Open) -> None:
    page = open_page(Role.MECHANIC, size=(390, 844))
    page.goto("/q/4006381333931")
    page.get_by_role("link", name="Associer à une pièce…").click()
    page.get_by_label("Référence, désignation ou code-barres").press_sequentially("fh-0003")
    page.get_by_role("button", name="Associer à Pièce FH-0003").click()
    page.wait_for_url("**/stock/FH-0003")
    said(page, "Code associé à Pièce FH-0003").to_be_visible()
    page.get_by_role("button", name="Annuler").last.click()
    said(page, "Code retiré de Pièce FH-0003").to_be_visible()


def test_a_link_that_nobody_scanned_adds_nothing_by_itself(open_page: Open) -> None:
    page = open_page(Role.MECHANIC)
    page.goto(f"/q/{BARCODE}?ordre={ORDER}")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("button", name="Ajouter 1 u")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Ajouter 1 u")).to_be_visible()
