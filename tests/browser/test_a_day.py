"""The proof of the whole: a new mechanic on a phone, the Wi-Fi cut twice, then a head who closes, and the preview."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect
from sqlalchemy import select

from garage import clock
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.domain.repair_orders import LineNature, OrderState
from tests.web.harness import email_of

from .offline import Shop, back_online, eventually, opened, sign_in, stored, tablet

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "service_workers": "allow"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opened(tmp_path) as made:
        yield made


def _order(shop: Shop, number: str) -> RepairOrder:
    with shop.work.site.database.reading() as session:
        return session.scalars(select(RepairOrder).where(RepairOrder.number == number)).one()


def _lines(shop: Shop, number: str) -> list[OrderLine]:
    with shop.work.site.database.reading() as session:
        lines = select(OrderLine).join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        return list(session.scalars(lines.where(RepairOrder.number == number).order_by(OrderLine.id)))


def _open_from_the_label(page: Page, shop: Shop) -> str:
    """The vehicle's label leads to its page; one press opens the order."""
    tag = next(vehicle.tag for code, vehicle in shop.work.garage.vehicles.items() if code != "BOURG")
    page.goto(f"/q/{tag}")
    page.get_by_role("button", name="Nouvel OR").tap()
    page.wait_for_url("**/ordres/OR-*")
    return page.url.rsplit("/", 1)[1].partition("#")[0]


def _go(page: Page, path: str) -> None:
    """Go to a page, also when the one before renews itself at that very moment."""
    for _ in range(3):
        try:
            page.goto(path)
        except Error as fault:
            if "ERR_ABORTED" not in str(fault):
                raise
        else:
            return
    raise AssertionError("the page never rests")


def test_a_day_with_the_wifi_cut_twice_is_in_the_preview(browser: Browser, shop: Shop) -> None:
    context = tablet(browser, shop, **PHONE)
    page = context.new_page()
    sign_in(page)
    number = _open_from_the_label(page, shop)

    page.get_by_role("link", name="Pièce à ajouter").filter(visible=True).tap()
    page.get_by_label("Référence, désignation").fill("P1")
    page.get_by_label("Référence, désignation").press("Enter")
    plus = page.locator("form[action*='/saisies/piece'] button").filter(visible=True).first
    expect(plus).to_be_visible()
    context.set_offline(True)
    plus.tap()
    eventually(lambda: len(stored(page)) == 1, page)
    expect(
        page.get_by_text("gardée sur cet appareil").or_(page.get_by_text("Enregistré sur cet appareil")).first
    ).to_be_visible()
    context.set_offline(False)
    back_online(page)
    eventually(lambda: any(line.nature is LineNature.PART for line in _lines(shop, number)), page, 40)

    eventually(lambda: not stored(page), page, 40)
    _go(page, f"/ordres/{number}/temps")
    page.get_by_label("Temps passé").fill("1 h 20")
    page.get_by_label("Main-d’œuvre").select_option("MO-VL")
    page.locator("main form button.bouton-principal").first.tap()
    page.wait_for_url(f"**/ordres/{number}*")

    _go(page, f"/ordres/{number}/terminer")
    context.set_offline(True)
    page.get_by_role("button", name="Terminer l’OR").filter(visible=True).first.tap()
    eventually(lambda: len(stored(page)) == 1, page)
    context.set_offline(False)
    back_online(page)
    eventually(lambda: _order(shop, number).state is OrderState.TO_CHECK, page, 40)
    context.close()
    assert len(_lines(shop, number)) == 2

    _close(browser, shop, number)


def _close(browser: Browser, shop: Shop, number: str) -> None:
    """The head checks it and calls the other order off; nothing blocks any more, and accounting sees every line."""
    context = tablet(browser, shop, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    sign_in(page, email_of(Role.HEAD))
    page.goto(f"/ordres/{number}/controle")
    expect(page.get_by_text("Pourquoi ce prix").first).to_be_visible()
    page.get_by_role("button", name="Valider le contrôle").click()
    page.wait_for_url(lambda url: "/controle" not in url)
    page.goto(f"/ordres/{shop.work.number}/etat/annule")
    page.get_by_label("Motif").fill("Doublon")
    page.locator("main form button.bouton-danger, main form button.bouton-principal").first.click()
    page.wait_for_url(f"**/ordres/{shop.work.number}*")
    quarter = Quarter.of(clock.today())
    page.goto(f"/cloture?trimestre={quarter}")
    expect(page.get_by_text("Rien ne bloque ce trimestre")).to_be_visible()
    context.close()

    context = tablet(browser, shop, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    sign_in(page, email_of(Role.ACCOUNTING))
    page.goto(f"/facturation/{quarter}")
    page.locator(f"a[href*='/facturation/{quarter}/apercu/']").first.click()
    expect(page.get_by_text(number).first).to_be_visible()
    expect(page.get_by_text("1 h 20").first).to_be_visible()
    context.close()
