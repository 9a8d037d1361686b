"""The plan comes to the same by mouse, by keyboard and without scripts; the wall screen fits and tells its age."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import delete, select

from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.users import User
from garage.domain.permissions import Role
from garage.domain.planning import Week
from tests.web import planned

from .conftest import Live

Open = Callable[..., Page]
WALL = "/ecran-atelier"
WEEK = Week.read(planned.EMPTY)
assert WEEK
THURSDAY, FRIDAY = WEEK.days[3], WEEK.days[4]
ADDRESS = f"/planning?semaine={planned.EMPTY}"


def held(live: Live) -> list[tuple[str, str, int]]:
    with live.site.database.reading() as session:
        rows = session.execute(
            select(User.name, Assignment.day, Assignment.minutes)
            .join(Assignment, Assignment.user_id == User.id)
            .join(RepairOrder, RepairOrder.id == Assignment.order_id)
            .where(RepairOrder.object_label == planned.FREE)
            .order_by(Assignment.day)
        )
        return [(row.name, row.day.isoformat(), row.minutes) for row in rows]


@pytest.fixture
def _unplanned(live: Live) -> Iterator[None]:
    yield
    with live.site.database.transaction() as session:
        order = session.scalars(select(RepairOrder.id).where(RepairOrder.object_label == planned.FREE)).one()
        session.execute(delete(Assignment).where(Assignment.order_id == order))


def cell(page: Page, person: str, day: str) -> str:
    """Where a card is dropped."""
    number = page.locator("tr", has=page.get_by_role("rowheader", name=person)).locator("td").first
    return f'td[data-person="{number.get_attribute("data-person")}"][data-day="{day}"]'


@pytest.mark.usefixtures("_unplanned")
def test_a_card_dragged_onto_a_day_then_onto_another(open_page: Open, live: Live) -> None:
    page = open_page(Role.HEAD, size=(1600, 1000))
    page.goto(ADDRESS)
    first = cell(page, "Aziliz", THURSDAY.isoformat())
    page.locator(".a-planifier").get_by_role("link", name=planned.FREE).drag_to(page.locator(first))
    expect(page.locator(".annuler")).to_contain_text("planifié")
    assert held(live) == [("Aziliz Le Goff-Kermarrec", THURSDAY.isoformat(), 60)]
    second = cell(page, "Denez", FRIDAY.isoformat())
    page.locator(first).get_by_role("link", name=planned.FREE).drag_to(page.locator(second))
    expect(page.locator(".annuler")).to_contain_text("déplacé")
    assert held(live) == [("Denez Riou", FRIDAY.isoformat(), 60)]
    page.locator(".annuler").get_by_role("button", name="Annuler").click()
    expect(page.locator(first).get_by_role("link", name=planned.FREE)).to_be_visible()
    assert held(live) == [("Aziliz Le Goff-Kermarrec", THURSDAY.isoformat(), 60)]


@pytest.mark.usefixtures("_unplanned")
@pytest.mark.parametrize("scripts", [True, False])
def test_the_same_by_keyboard(open_page: Open, live: Live, *, scripts: bool) -> None:
    page = open_page(Role.HEAD, java_script_enabled=scripts)
    page.goto(ADDRESS)
    page.locator(".a-planifier").get_by_role("link", name=planned.FREE).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Planifier l’ordre")
    page.get_by_label("Mécanicien", exact=True).select_option("Aziliz Le Goff-Kermarrec")
    page.get_by_label("Jour", exact=True).fill(THURSDAY.isoformat())
    page.get_by_label("Durée prévue").press("Enter")
    expect(page.locator(".annuler")).to_contain_text("planifié")
    assert held(live) == [("Aziliz Le Goff-Kermarrec", THURSDAY.isoformat(), 60)]
    page.locator(".planning").get_by_role("link", name=planned.FREE).press("Enter")
    page.get_by_label("Mécanicien", exact=True).select_option("Denez Riou")
    page.get_by_label("Jour", exact=True).fill(FRIDAY.isoformat())
    page.get_by_role("button", name="Enregistrer le changement").press("Enter")
    expect(page.locator(".annuler")).to_contain_text("déplacé")
    assert held(live) == [("Denez Riou", FRIDAY.isoformat(), 60)]
    page.locator(".annuler").get_by_role("button", name="Annuler").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Planning")
    assert held(live) == [("Aziliz Le Goff-Kermarrec", THURSDAY.isoformat(), 60)]


def test_an_absence_by_touch(open_page: Open) -> None:
    page = open_page(Role.HEAD, size=(390, 844))
    page.goto(ADDRESS)
    day = page.get_by_role("link", name=re.compile("jeudi 20 ?, Katell"))
    expect(day).to_contain_text(re.compile(r"0\sh sur 7\sh"))
    day.tap()
    page.get_by_role("button", name="Noter absent").tap()
    expect(day).to_contain_text("Absent")
    page.get_by_role("button", name="Annuler").tap()
    expect(day).not_to_contain_text("Absent")


def test_a_phone_shows_a_list_and_the_desk_a_grid(open_page: Open) -> None:
    phone, desk = open_page(Role.HEAD, size=(390, 844)), open_page(Role.HEAD)
    for page, name, layout in ((phone, "Par personne", "block"), (desk, "Grille", "table-row")):
        page.goto(f"/planning?semaine={planned.BUSY}")
        expect(page.get_by_role("link", name=name, exact=True).filter(visible=True)).to_have_attribute(
            "aria-current", "page"
        )
        assert page.locator(".planning tbody tr").first.evaluate("e => getComputedStyle(e).display") == layout


def test_the_plan_on_paper(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto(f"/planning?semaine={planned.BUSY}")
    page.emulate_media(media="print")
    expect(page.get_by_role("rowheader", name="Aziliz Le Goff-Kermarrec")).to_be_visible()
    expect(page.get_by_role("heading", name="À planifier")).to_be_hidden()
    assert page.get_by_role("button").filter(visible=True).count() == 0


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
@pytest.mark.parametrize("theme", ["clair", "sombre"])
def test_twelve_mechanics_fit_on_the_wall(open_page: Open, size: tuple[int, int], theme: str) -> None:
    page = open_page(Role.MECHANIC, size=size, theme=theme)
    page.goto(WALL)
    page.evaluate("() => document.fonts.ready")
    assert page.locator(".mains h2").count() == 12
    tall = page.evaluate("() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    assert tall[0] <= size[1]
    assert tall[1] <= size[0]


def test_the_wall_says_when_it_lost_the_connection_and_when_it_is_back(open_page: Open) -> None:
    page = open_page(Role.MECHANIC)
    page.goto(WALL)
    lost = page.locator("#perdu")
    expect(lost).to_be_hidden()
    refuse: Callable[[Route], None] = lambda route: route.abort()  # noqa: E731
    page.route("**/ecran-atelier", refuse)
    page.get_by_role("link", name="Actualiser").click()
    expect(lost).to_have_text(re.compile(r"Données de \d\d:\d\d\u00a0: connexion perdue"))
    page.unroute("**/ecran-atelier", refuse)
    page.route("**/ecran-atelier", lambda route: route.fulfill(status=502, body="panne"))
    page.get_by_role("link", name="Actualiser").click()
    expect(lost).to_be_visible()
    page.unroute("**/ecran-atelier")
    page.get_by_role("link", name="Actualiser").click()
    expect(lost).to_be_hidden()


def test_the_wall_without_scripts(open_page: Open) -> None:
    page = open_page(Role.MECHANIC, java_script_enabled=False)
    page.goto(WALL)
    page.get_by_role("link", name="Actualiser").click()
    expect(page.get_by_text("Mis à jour à")).to_be_visible()


def test_the_search_of_the_header_by_keyboard(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto("/tableau-de-bord")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox", name="Ordre, plaque, parc, pièce ou objet")).to_be_focused()
    page.keyboard.type("master")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Véhicules")).to_be_visible()
    phone = open_page(Role.HEAD, size=(390, 844))
    phone.goto("/tableau-de-bord")
    phone.get_by_role("link", name="Rechercher").tap()
    phone.wait_for_url("**/recherche")
    phone.keyboard.press("Control+k")
    expect(phone.get_by_label("Ordre, plaque, parc, pièce ou objet").filter(visible=True)).to_be_focused()


def test_the_closing_comes_after_the_page(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto("/tableau-de-bord")
    expect(page.get_by_role("link", name=re.compile("encore être facturé"))).to_be_visible()
