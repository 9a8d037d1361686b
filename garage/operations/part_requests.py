"""The workshop asks the store for a part: ask, set aside, give, order, refuse, take back (feature PA-18)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import PartRequest
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part
from garage.db.queries import reservations as kept
from garage.domain.errors.base import Conflict, NotFound, ReasonMissing
from garage.domain.errors.part_requests import NothingAsked, NothingSetAside, PartUnnamed
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.errors.workshop import DayPassed
from garage.domain.money import ZERO
from garage.domain.part_requests import PartRequestState, check_follow
from garage.domain.repair_orders import WORK_LEFT, check_quantity
from garage.operations import journal, order_lines, purchases, repair_orders, reservations, stock
from garage.operations.order_lines import Entry
from garage.operations.purchases import By

S = PartRequestState


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a known part, or words; quantity (3 decimals), the day it is needed, a photo's SHA-256.

    `form_token` makes a repeated sending of the same form the same request.
    """

    number: str
    part_id: int | None
    label: str
    quantity: Decimal
    needed_on: date | None = None
    photo: str | None = None
    form_token: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the page showed it, and which part it is, said now when it was asked for in words."""

    id: int
    version: int
    part_id: int | None = None


def ask(session: Session, wanted: Wanted, by: By) -> PartRequest:
    """Ask for a part from an order whose work is not finished.

    Raises NotFound, OrderClosed, NothingAsked, BadQuantity, DayPassed.
    """
    order = repair_orders.locked(session, wanted.number)
    known = select(PartRequest).where(PartRequest.form_token == wanted.form_token)
    if wanted.form_token and (same := session.scalar(known)) is not None:
        return same
    check_quantity(wanted.quantity)
    part = _part(session, wanted.part_id) if wanted.part_id is not None else None
    label = wanted.label.strip() or (part.label if part else "")
    if not label:
        raise NothingAsked
    if wanted.needed_on is not None and wanted.needed_on < by.today:
        raise DayPassed(wanted.needed_on)
    if order.state not in WORK_LEFT:
        raise OrderClosed(order.number, order.state)
    asked = PartRequest(
        repair_order_id=order.id,
        part_id=wanted.part_id,
        label=label,
        quantity=wanted.quantity,
        state=S.ASKED,
        needed_on=wanted.needed_on,
        photo=wanted.photo,
        asked_by_id=by.actor.id,
        asked_at=by.now,
        form_token=wanted.form_token,
    )
    session.add(asked)
    session.flush()
    _told(session, "part_request.ask", asked, order, by)
    return asked


def set_aside(session: Session, seen: Seen, answer: str | None, by: By) -> PartRequest:
    """Put the part aside for its order: it is kept for it.

    Raises RequestAnswered, PartUnnamed, NothingSetAside, Conflict.
    """
    asked, order = _open(session, seen, S.READY)
    part = stock.locked(session, _named(session, asked, seen).id)
    free = part.on_hand - kept.reserved_for_others(session, [part.id], order.id).get(part.id, ZERO)
    if free < asked.quantity:
        raise NothingSetAside(part.reference, max(free, ZERO), asked.quantity)
    reservations.reserve_more(session, order.number, part.id, asked.quantity, reservations.By(by.actor, by.now))
    _answered(asked, S.READY, answer, by)
    _told(session, "part_request.ready", asked, order, by)
    return asked


def give(session: Session, seen: Seen, reason: str | None, by: By) -> OrderLine:
    """Give the part to its order: it goes out of stock onto a line of the order, dated today (rules S3, S4).

    Raises RequestAnswered, PartUnnamed, Conflict, and what `order_lines.add_part` raises.
    """
    asked, order = _open(session, seen, S.GIVEN)
    part = _named(session, asked, seen)
    entry = Entry(order.number, by.today, by.actor, by.now, by.today, form_token=f"demande-{asked.id}")
    line = order_lines.add_part(session, entry, part.id, asked.quantity, reason)
    asked.order_line_id = line.id
    _answered(asked, S.GIVEN, asked.answer, by)
    _told(session, "part_request.give", asked, order, by)
    return line


def order_it(session: Session, seen: Seen, supplier_id: int, answer: str | None, by: By) -> PartRequest:
    """Put the part on the draft order of a supplier, for this repair order.

    Raises RequestAnswered, PartUnnamed, Conflict, NotFound.
    """
    asked, order = _open(session, seen, S.ORDERED)
    part = _named(session, asked, seen)
    line = purchases.add_line(session, supplier_id, part.id, asked.quantity, by, repair_order_id=order.id)
    asked.purchase_line_id = line.id
    _answered(asked, S.ORDERED, answer, by)
    _told(session, "part_request.order", asked, order, by)
    return asked


def refuse(session: Session, seen: Seen, answer: str, by: By) -> PartRequest:
    """Refuse, with an answer that the workshop reads. Raises RequestAnswered, ReasonMissing, Conflict."""
    if not answer.strip():
        raise ReasonMissing(S.REFUSED)
    asked, order = _open(session, seen, S.REFUSED)
    _let_go(session, asked)
    _answered(asked, S.REFUSED, answer, by)
    _told(session, "part_request.refuse", asked, order, by)
    return asked


def withdraw(session: Session, request_id: int, by: By) -> PartRequest:
    """The workshop needs it no more. Raises NotFound, RequestAnswered."""
    asked, order = _open(session, Seen(request_id, 0), S.WITHDRAWN, stale=True)
    _let_go(session, asked)
    _answered(asked, S.WITHDRAWN, asked.answer, by)
    _told(session, "part_request.withdraw", asked, order, by)
    return asked


def arrived(session: Session, purchase_line_id: int, order_line_id: int, by: By) -> None:
    """Goods ordered for a request went straight to its order: the request is given."""
    waiting = select(PartRequest).where(
        PartRequest.purchase_line_id == purchase_line_id, PartRequest.state == S.ORDERED
    )
    for asked in session.scalars(waiting):
        asked.order_line_id = order_line_id
        _answered(asked, S.GIVEN, asked.answer, by)
        _told(session, "part_request.give", asked, session.get_one(RepairOrder, asked.repair_order_id), by)


def _open(
    session: Session, seen: Seen, wanted: PartRequestState, *, stale: bool = False
) -> tuple[PartRequest, RepairOrder]:
    """The request and its order, locked in that order's turn. Raises NotFound, RequestAnswered, Conflict."""
    found = session.get(PartRequest, seen.id)
    if found is None:
        raise NotFound("part_request", str(seen.id))
    number = session.get_one(RepairOrder, found.repair_order_id).number
    order = repair_orders.locked(session, number)
    asked = session.get_one(PartRequest, seen.id, with_for_update=True, populate_existing=True)
    check_follow(asked.state, wanted)
    if not stale and asked.version != seen.version:
        raise Conflict("part_request")
    return asked, order


def _part(session: Session, part_id: int) -> Part:
    part = session.get(Part, part_id)
    if part is None:
        raise NotFound("part", str(part_id))
    return part


def _named(session: Session, asked: PartRequest, seen: Seen) -> Part:
    """Which part it is; what was set aside or ordered keeps its part."""
    if seen.part_id is not None and asked.state is S.ASKED:
        asked.part_id = seen.part_id
    if asked.part_id is None:
        raise PartUnnamed
    return _part(session, asked.part_id)


def _let_go(session: Session, asked: PartRequest) -> None:
    if asked.state is S.READY and asked.part_id is not None:
        reservations.lower(session, asked.repair_order_id, asked.part_id, asked.quantity)


def _answered(asked: PartRequest, state: PartRequestState, answer: str | None, by: By) -> None:
    asked.state = state
    asked.answer = (answer or "").strip() or None
    asked.answered_by_id, asked.answered_at = by.actor.id, by.now
    asked.version += 1


def _told(session: Session, act: str, asked: PartRequest, order: RepairOrder, by: By) -> None:
    session.flush()
    data = {"label": asked.label, "quantity": str(asked.quantity), "answer": asked.answer}
    journal.record(session, by.actor, act, ("repair_orders", order.number), data=data, now=by.now)
