"""A site at work: the small garage of the factories, its two workshop people, and shortcuts of the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import StockMovement
from garage.domain.permissions import Actor, Role
from garage.operations import repair_orders
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
