"""What the demonstration's workshop asks the store for on the last day, and what is kept for orders to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import PartRequest
from garage.db.models.repair_orders import RepairOrder
from garage.domain.permissions import Actor
from garage.domain.repair_orders import OrderState
from garage.operations import part_requests, reservations
from garage.operations.demo.people import Team
from garage.operations.demo.seasons import after
from garage.operations.demo.shelf import Shelf, Shelved
from garage.operations.part_requests import Seen, Wanted
from garage.operations.purchases import By


@dataclass(frozen=True, slots=True)
class Counter:
    """The store's counter: who is there, the last day of work, and the day after."""

    team: Team
    shelf: Shelf
    now: datetime
    today: date

    def by(self, actor: Actor) -> By:
        """Somebody on that day."""
        return By(actor, self.now, self.now.date())

    def there(self, *uses: str) -> Shelved:
        """A part of these uses of which two are on hand."""
        return next(part for part in self.shelf if part.use in uses and part.on_hand >= 2)


def reserve(session: Session, counter: Counter, planned: Sequence[str]) -> None:
    """Parts kept for the orders planned; more than there is of one of them."""
    by = reservations.By(counter.team.head, counter.now)
    reservations.reserve(session, planned[0], counter.there("huile-vl").id, Decimal(1), by)
    reservations.reserve(session, planned[0], counter.shelf["FICT-025"].id, Decimal("5.5"), by)
    reservations.reserve(session, planned[1], counter.there("plaquettes-vl").id, Decimal(1), by)
    dear = counter.shelf["FICT-114"]
    reservations.reserve(session, planned[2], dear.id, max(dear.on_hand, Decimal(0)) + 1, by)


def ask(session: Session, counter: Counter, planned: Sequence[str]) -> None:
    """A request in each state; those answered had been asked in the morning."""
    waiting = session.scalars(_numbers(OrderState.WAITING_PART, OrderState.IN_PROGRESS)).all()
    numbers: list[str] = [*waiting, *planned]
    hand, head = counter.team.mechanics[0], counter.by(counter.team.head)
    asked: list[PartRequest] = []
    for place, (part, label, quantity) in enumerate(
        (
            (counter.there("plaquettes-vl"), "", 1),
            (None, "Durite de retour, diamètre 12 (exemple fictif)", 1),
            (counter.there("rotule", "roulement"), "", 2),
            (counter.shelf["FICT-108"], "", 1),
            (counter.there("ampoule"), "", 2),
            (counter.there("visserie"), "", 1),
            (counter.there("attelage", "securite"), "", 1),
        )
    ):
        wanted = Wanted(
            numbers[place % len(numbers)], part.id if part else None, label, Decimal(quantity), after(counter.today, 1)
        )
        asked.append(part_requests.ask(session, wanted, counter.by(hand)))
    _, _, ready, ordered, given, refused, given_up = asked
    part_requests.set_aside(session, _seen(ready), "Au comptoir (fictif)", head)
    part_requests.order_it(session, _seen(ordered), counter.shelf["FICT-108"].supplier_id, "Commandée (fictif)", head)
    part_requests.give(session, _seen(given), None, head)
    part_requests.refuse(session, _seen(refused), "Il en reste à l’établi (exemple fictif)", head)
    part_requests.withdraw(session, given_up.id, counter.by(hand))


def _seen(asked: PartRequest) -> Seen:
    return Seen(asked.id, asked.version)


def _numbers(*states: OrderState) -> Select[str]:
    return select(RepairOrder.number).where(RepairOrder.state.in_(states)).order_by(RepairOrder.number)
