"""A site at work: the small garage of the factories, its two workshop people, and shortcuts of the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.session import Database
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, repair_orders, stock
from garage.operations.order_lines import Entry, External
from tests.factories import garage as make
from tests.factories.garage import Garage

from .harness import Site

HEAD = Actor(2, "Personne 2", Role.HEAD)
MECHANIC = Actor(1, "Personne 1", Role.MECHANIC)
ROLES_REFUSED = (Role.COLLECTIVITY, Role.ADMIN)


@dataclass
class Workshop:
    """The site, its garage and one order in progress on the partner's vehicle, opened the day before."""

    site: Site
    garage: Garage
    number: str
    head: FlaskClient
    mechanic: FlaskClient

    @property
    def url(self) -> str:
        return f"/ordres/{self.number}"

    def count(self, model: Any) -> int:
        with self.site.database.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def order(self) -> RepairOrder:
        with self.site.database.reading() as session:
            return session.scalars(select(RepairOrder).where(RepairOrder.number == self.number)).one()

    def lines(self) -> list[OrderLine]:
        with self.site.database.reading() as session:
            return list(session.scalars(select(OrderLine).order_by(OrderLine.id)))

    def on_hand(self, part_id: int) -> Decimal:
        with self.site.database.reading() as session:
            moved = select(func.sum(StockMovement.quantity)).where(StockMovement.part_id == part_id)
            return session.scalar(moved) or Decimal(0)

    def act(self, work: Callable[..., Any], *args: Any, **values: Any) -> Any:
        """Something done by the operations, committed."""
        with self.site.database.transaction() as session:
            return work(session, *args, **values)


def yesterday() -> date:
    return clock.today() - timedelta(days=1)


def build(site: Site) -> Workshop:
    """A workshop on a site; the grids of 2025 and 2026 are followed by one without end."""
    with site.database.transaction() as session:
        made = make.garage(session)
        make.grid(session, "2027", (date(2027, 1, 1), None))
        make.collectivity(session, "SANS", name="Sans convention")
        entered = repair_orders.NewOrder(
            made.partner.id,
            yesterday(),
            repair_orders.OrderKind.BREAKDOWN,
            vehicle_id=made.vehicles["BOURG"].id,
            reason="Fuite d’huile",
            meter=84310,
        )
        number = repair_orders.open_order(session, entered, HEAD, clock.now(), clock.today()).number
    return Workshop(site, made, number, site.client(Role.HEAD), site.client(Role.MECHANIC))


def said(answer: TestResponse, status: int, *words: str) -> None:
    """The answer has this status and says these words, spaces of typography apart."""
    text = answer.text.replace("\u00a0", " ").replace("\u202f", " ").replace("&#39;", "'").replace("&nbsp;", " ")
    assert answer.status_code == status, text[-3000:]
    for word in words:
        assert word in text, (word, text[text.find("<main") :][:3000])


LONG_NAME = "Saint-Germain-sur-Morin-les-Hautes-Bruyères"
LONG_PART = "Kit de joints de carter inférieur pour moteur diesel 4 cylindres 2,3 L"


def populate(database: Database) -> None:
    """For the browser's audits: orders OR-2024-00001 to 00040 in several states, long names, parts short of stock."""
    with database.transaction() as session:
        if session.scalar(select(Collectivity.id).where(Collectivity.code == "AGGLO")) is None:
            make.garage(session)
        owner = make.collectivity(session, "LONGUE", name=LONG_NAME, engagement_required=True)
        make.convention(session, owner)
        make.collectivity(session, "SANS", name="Sans convention")
        vehicle = make.vehicle(session, owner, "LB-001", registration="LB-001-LB", model="Master L3H2 benne")
        words = {"vehicle_id": vehicle.id, "meter": 84310, "reason": "Fuite hydraulique au vérin de levage de la benne"}
        numbers = [make.order(session, owner, date(2024, 3, 4), by=HEAD, **words).number for _ in range(2)]
        for _ in range(38):
            gate = "Portail de la déchèterie intercommunale de la Croix-Blanche"
            numbers.append(make.order(session, owner, date(2024, 3, 5), by=HEAD, object_label=gate).number)
        _shelf(session)
        _work(session, numbers)


def _shelf(session: Session) -> None:
    for n in range(30):
        minimum = Decimal(4) if n % 2 else None
        make.part(session, f"FH-{n:04d}", str(n % 7), "12.5000", bin=f"B{n % 9}", minimum=minimum)
    long = stock.NewPart("KJ/778-AB", LONG_PART, supplier="Pièces de l’Ouest", bin="Réserve")
    stock.receive(
        session,
        stock.create_part(session, long, HEAD, make.NOW).id,
        Decimal(3),
        Decimal("1284.1234"),
        stock.Movement(date(2024, 1, 1), HEAD, make.NOW, "Bon de livraison 774"),
    )


def _work(session: Session, numbers: list[str]) -> None:
    full, checked, blocked, done, *_ = numbers
    kit = session.scalars(select(Part.id).where(Part.reference == "KJ/778-AB")).one()

    def entry(number: str, **words: str) -> Entry:
        return Entry(number, date(2024, 3, 6), MECHANIC, make.NOW, make.TODAY, **words)

    for number in (full, checked, done):
        order_lines.add_labour(session, entry(number, label="Dépose du vérin"), "MO-VL", 190, 1)
    order_lines.add_part(session, entry(full, non_billable_reason="Garantie du fournisseur"), kit, Decimal(1))
    order_lines.add_flat(session, entry(full), "LAV", Decimal(1))
    outside = External("Mécanique de précision de l’Ouest", None, Decimal(1), None)
    order_lines.add_external(session, entry(full, label="Rectification du volant moteur"), outside)
    repair_orders.change_state(session, blocked, OrderState.BLOCKED, HEAD, make.NOW, reason="Clé perdue")
    for number in (checked, done):
        repair_orders.finish(session, number, "Vérin remplacé, essais faits", None, HEAD, make.NOW)
    repair_orders.check(session, done, make.TODAY, HEAD, make.NOW, make.TODAY)
