"""The gestures of the day counted in touches, on a phone: with scripts, and without; each one found in the database."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.collectivities import Collectivity
from garage.db.models.order_records import Photo
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.models.work_time import ClockSegment
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, stock
from garage.operations.order_lines import Entry
from garage.operations.stock import Movement
from tests.factories import garage as make
from tests.web.harness import PASSWORD, email_of
from tests.web.workshop import HEAD

from .conftest import SIZES, Live
from .scanning import PART_TAG

Open = Callable[..., Page]
PHONE = SIZES["phone"]
HABITUAL, SOUGHT = "DOIGT-1", "ZYX-9"
both = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])


class Hand:
    """A finger on a page: counts what it touches. The address bubble of the phone's own camera is touched before."""

    def __init__(self, page: Page, taps: int = 0) -> None:
        self.page = page
        self.taps = taps

    def tap(self, target: Locator) -> None:
        """Touch the only one in sight."""
        target.filter(visible=True).tap()
        self.taps += 1

    def button(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name))

    def link(self, name: str) -> None:
        self.tap(self.page.get_by_role("link", name=name))


@dataclass
class Van:
    """A vehicle with a label and a habitual part; `number` is its order in progress."""

    live: Live
    user_id: int
    vehicle_id: int
    tag: str
    number: str

    def read(self, question: Any) -> Any:
        with self.live.site.database.reading() as session:
            return session.scalar(question)

    def lines(self, reference: str) -> int:
        """How many times a part is on the order."""
        order = select(RepairOrder.id).where(RepairOrder.number == self.number).scalar_subquery()
        part = select(Part.id).where(Part.reference == reference).scalar_subquery()
        on_it = (OrderLine.order_id == order, OrderLine.part_id == part)
        return int(self.read(select(func.count()).select_from(OrderLine).where(*on_it)))

    def running(self) -> str | None:
        """The order on which the mechanic's clock runs."""
        runs = (ClockSegment.user_id == self.user_id, ClockSegment.ended_at.is_(None), ~ClockSegment.to_confirm)
        asked = select(RepairOrder.number).join(ClockSegment, ClockSegment.order_id == RepairOrder.id).where(*runs)
        return self.read(asked)  # type: ignore[no-any-return]


def _van(session: Session) -> tuple[Vehicle, str]:
    owner = session.scalars(select(Collectivity).where(Collectivity.code == "LONGUE")).one()
    rank = session.scalar(select(func.count()).select_from(Vehicle))
    van = make.vehicle(session, owner, f"TAP-{rank}", registration=f"TP-{rank:03d}-TP")
    for reference in (HABITUAL, SOUGHT):
        if session.scalar(select(Part.id).where(Part.reference == reference)) is None:
            made = make.part(session, reference, "0")
            stock.receive(session, made.id, Decimal(100), Decimal(10), Movement(make.TODAY, HEAD, make.NOW, "Essai"))
    day = make.TODAY
    before, present = (make.order(session, owner, day, by=HEAD, vehicle_id=van.id) for _ in range(2))
    part = session.scalars(select(Part.id).where(Part.reference == HABITUAL)).one()
    order_lines.add_part(session, Entry(before.number, day, HEAD, make.NOW, day), part, Decimal(1))
    return van, present.number


@pytest.fixture(scope="module")
def mechanic(browser: Browser, live: Live) -> Iterator[tuple[int, list[Any]]]:
    """Somebody whom no other test knows, with the cookies of a session: the clock of the others goes on."""
    with live.site.database.transaction() as session:
        known = session.scalars(select(User).where(User.email == email_of(Role.MECHANIC))).one()
        words = {"role": Role.MECHANIC, "password_hash": known.password_hash, "created_at": clock.now()}
        one = User(name="Maël Touchard", email="touches@exemple.test", session_token="touches", **words)
        session.add(one)
        session.flush()
        user_id = one.id
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(f"{live.origin}/connexion")
    page.get_by_label("Adresse électronique").fill("touches@exemple.test")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator(".compte .nom")).to_contain_text("Maël Touchard")
    cookies = context.cookies()
    context.close()
    yield user_id, cookies
    with live.site.database.transaction() as session:
        session.get_one(User, user_id).active = False


@pytest.fixture
def van(live: Live, mechanic: tuple[int, list[Any]]) -> Van:
    """A van before the mechanic, whose clock does not run and whose day is empty."""
    with live.site.database.transaction() as session:
        session.execute(delete(ClockSegment).where(ClockSegment.user_id == mechanic[0]))
        session.execute(delete(Assignment).where(Assignment.user_id == mechanic[0]))
        vehicle, number = _van(session)
        return Van(live, mechanic[0], vehicle.id, vehicle.tag, number)


@pytest.fixture
def phone(open_page: Open, mechanic: tuple[int, list[Any]]) -> Open:
    """Opens a page in the mechanic's hand."""

    def open_one(*, scripts: bool = True, size: tuple[int, int] = PHONE) -> Page:
        page = open_page(None, size=size, java_script_enabled=scripts)
        page.context.add_cookies(mechanic[1])
        return page

    return open_one


def _mine(van: Van) -> None:
    """The order is planned today for the mechanic."""
    with van.live.site.database.transaction() as session:
        order = session.scalars(select(RepairOrder).where(RepairOrder.number == van.number)).one()
        known = {"order_id": order.id, "user_id": van.user_id, "day": clock.today()}
        session.add(Assignment(**known, minutes=60, created_at=clock.now()))


@both
def test_an_order_from_a_label_takes_three(phone: Open, van: Van, *, scripts: bool) -> None:
    with van.live.site.database.transaction() as session:
        others = update(RepairOrder).where(RepairOrder.vehicle_id == van.vehicle_id)
        session.execute(others.values(state=OrderState.CANCELLED))
    page = phone(scripts=scripts)
    page.goto(f"/q/{van.tag}")
    hand = Hand(page, taps=1)
    hand.button("Nouvel OR")
    hand.button("Démarrer")
    expect(page.get_by_role("button", name="Pause").filter(visible=True)).to_be_visible()
    opened = select(RepairOrder.number).where(
        RepairOrder.vehicle_id == van.vehicle_id, RepairOrder.created_by_id == van.user_id
    )
    assert van.running() == van.read(opened)
    assert hand.taps <= 3


@both
def test_the_one_order_of_mine_takes_one(phone: Open, van: Van, *, scripts: bool) -> None:
    _mine(van)
    page = phone(scripts=scripts)
    page.goto(f"/q/{van.tag}")
    expect(page).to_have_url(f"{van.live.origin}/ordres/{van.number}")


@both
def test_a_habitual_part_takes_two(phone: Open, van: Van, *, scripts: bool) -> None:
    page = phone(scripts=scripts)
    page.goto(f"/ordres/{van.number}")
    hand = Hand(page)
    hand.link("Pièce à ajouter")
    hand.button(f"de Pièce {HABITUAL} à ajouter")
    expect(page.get_by_role("status").filter(has_text=f"1 × Pièce {HABITUAL}")).to_be_visible()
    assert van.lines(HABITUAL) == 1
    assert hand.taps <= 2


@both
def test_a_part_that_is_looked_for_takes_two(phone: Open, van: Van, *, scripts: bool) -> None:
    page = phone(scripts=scripts)
    page.goto(f"/ordres/{van.number}")
    hand = Hand(page)
    hand.link("Pièce à ajouter")
    field = page.get_by_label("Référence, désignation ou code-barres")
    field.press_sequentially("zyx")  # typing begins where the keyboard is asked for: a touch of the field, not counted
    if not scripts:
        field.press("Enter")
    hand.button(f"de Pièce {SOUGHT} à ajouter")
    expect(page.get_by_role("status").filter(has_text=f"1 × Pièce {SOUGHT}")).to_be_visible()
    assert van.lines(SOUGHT) == 1
    assert hand.taps <= 2


def test_on_a_tablet_the_field_waits_for_what_is_typed(phone: Open, van: Van) -> None:
    page = phone(size=SIZES["tablet"])
    page.goto(f"/ordres/{van.number}")
    page.get_by_role("link", name="Ajouter une pièce").filter(visible=True).click()
    expect(page.get_by_label("Référence, désignation ou code-barres")).to_be_focused()
    page.keyboard.type("zyx")
    page.get_by_role("button", name=f"de Pièce {SOUGHT} à ajouter").click()
    expect(page.get_by_role("status").filter(has_text=f"1 × Pièce {SOUGHT}")).to_be_visible()
    assert van.lines(SOUGHT) == 1


def test_a_part_before_the_camera_takes_two(filmed: Callable[..., Page], van: Van) -> None:
    page = filmed(f"{van.live.origin}/q/{PART_TAG}", has_touch=True, is_mobile=True)
    page.goto(f"/ordres/{van.number}")
    hand = Hand(page)
    hand.link("Pièce à ajouter")
    hand.link("Scanner des pièces")
    expect(page.get_by_role("status").filter(has_text="1 × Kit de joints")).to_be_visible()
    assert van.lines("KJ/778-AB") == 1
    assert hand.taps <= 2
    with van.live.site.database.transaction() as session:
        order = select(RepairOrder.id).where(RepairOrder.number == van.number).scalar_subquery()
        for rank in session.scalars(select(OrderLine.rank).where(OrderLine.order_id == order)).all():
            order_lines.remove(session, van.number, rank, HEAD, clock.now())


@both
def test_the_clock_takes_one_on_the_order_and_one_to_pause(phone: Open, van: Van, *, scripts: bool) -> None:
    page = phone(scripts=scripts)
    page.goto(f"/ordres/{van.number}")
    hand = Hand(page)
    hand.button("Démarrer")
    pause = page.get_by_role("button", name="Pause").filter(visible=True)
    expect(pause).to_be_visible()
    assert (van.running(), hand.taps) == (van.number, 1)
    hand.tap(pause)
    expect(page.get_by_role("button", name="Démarrer").filter(visible=True)).to_be_visible()
    assert (van.running(), hand.taps) == (None, 2)


@both
def test_the_clock_takes_one_on_the_page_of_the_day(phone: Open, van: Van, *, scripts: bool) -> None:
    _mine(van)
    page = phone(scripts=scripts)
    page.goto("/ma-journee")
    hand = Hand(page)
    hand.button(f"l’ordre {van.number}")
    expect(page.get_by_role("heading", name="En ce moment")).to_be_visible()
    assert (van.running(), hand.taps) == (van.number, 1)


@both
def test_a_photo_takes_one_and_the_camera(phone: Open, van: Van, *, scripts: bool) -> None:
    page = phone(scripts=scripts)
    page.goto(f"/ordres/{van.number}")
    hand = Hand(page)
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "#0b5a63").save(picture, "JPEG")
    with page.expect_file_chooser() as chosen:
        hand.tap(page.locator("label", has_text="Photographier"))
    chosen.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    if not scripts:
        hand.button("Envoyer la photo")
    expect(page.get_by_role("list", name="Photos").get_by_role("img")).to_have_count(1)
    of_it = select(RepairOrder.id).where(RepairOrder.number == van.number).scalar_subquery()
    assert van.read(select(func.count()).select_from(Photo).where(Photo.order_id == of_it)) == 1
    assert hand.taps <= (1 if scripts else 2)
