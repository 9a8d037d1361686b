"""Reads of what the workshop asks of the store: the queue, one request, those of an order."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.part_requests import PartRequest
from garage.db.models.purchases import PurchaseLine, PurchaseOrder
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, id_of
from garage.domain.errors.base import NotFound
from garage.domain.part_requests import WAITING, PartRequestState
from garage.domain.repair_orders import WORK_LEFT

PAGE: Final = 50
_ASKED_BY = aliased(User)
_ANSWERED_BY = aliased(User)
_DUE = (PartRequest.state.in_(WAITING), RepairOrder.state.in_(WORK_LEFT))


def _listed() -> AnySelect:
    return (
        select(
            PartRequest.id, PartRequest.label, PartRequest.quantity, PartRequest.state, PartRequest.needed_on,
            PartRequest.photo, PartRequest.asked_at, PartRequest.answered_at, PartRequest.answer, PartRequest.version,
            PartRequest.part_id, Part.reference, Part.label.label("part_label"), Part.unit, Part.on_hand,
            Part.bin, Part.supplier_id, _ASKED_BY.name.label("asked_by"), PartRequest.asked_by_id,
            _ANSWERED_BY.name.label("answered_by"), PartRequest.repair_order_id, RepairOrder.number,
            RepairOrder.state.label("order_state"), RepairOrder.object_label, RepairOrder.vehicle_id,
            Vehicle.fleet_number,
            Vehicle.registration, Vehicle.make, Vehicle.model, Collectivity.name.label("collectivity"),
            PurchaseOrder.number.label("purchase"), PurchaseOrder.expected_on,
        )
        .join(RepairOrder, RepairOrder.id == PartRequest.repair_order_id)
        .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(Part, Part.id == PartRequest.part_id)
        .outerjoin(_ASKED_BY, _ASKED_BY.id == PartRequest.asked_by_id)
        .outerjoin(_ANSWERED_BY, _ANSWERED_BY.id == PartRequest.answered_by_id)
        .outerjoin(PurchaseLine, PurchaseLine.id == PartRequest.purchase_line_id)
        .outerjoin(PurchaseOrder, PurchaseOrder.id == PurchaseLine.purchase_order_id)
    )  # fmt: skip


def queue(session: Session) -> Sequence[AnyRow]:
    """What the store has to answer: the soonest needed, then the oldest first; what is ordered after the others."""
    wanted = _listed().where(*_DUE)
    ordered = (PartRequest.state == PartRequestState.ORDERED, PartRequest.needed_on.is_(None))
    return session.execute(wanted.order_by(*ordered, PartRequest.needed_on, PartRequest.id)).all()


def page(session: Session, state: PartRequestState | None, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of all the requests, of a state when one is given, the latest first."""
    columns = _listed() if state is None else _listed().where(PartRequest.state == state)
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(PartRequest.id > bound if key.backwards else PartRequest.id < bound)
    order = PartRequest.id.asc() if key.backwards else PartRequest.id.desc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


def request(session: Session, request_id: int) -> AnyRow:
    """One request. Raises NotFound."""
    row = session.execute(_listed().where(PartRequest.id == request_id)).one_or_none()
    if row is None:
        raise NotFound("part_request", str(request_id))
    return row


def of_order(session: Session, order_id: int) -> Sequence[AnyRow]:
    """What was asked from an order, the latest first; what was taken back is left out."""
    mine = _listed().where(PartRequest.repair_order_id == order_id, PartRequest.state != PartRequestState.WITHDRAWN)
    return session.execute(mine.order_by(PartRequest.id.desc())).all()


def waiting(session: Session) -> int:
    """How many requests wait for the store to answer, what is ordered apart."""
    told = or_(PartRequest.state == PartRequestState.ASKED, PartRequest.state == PartRequestState.READY)
    held = select(func.count()).select_from(PartRequest)
    joined = held.join(RepairOrder, RepairOrder.id == PartRequest.repair_order_id)
    return session.scalar(joined.where(told, RepairOrder.state.in_(WORK_LEFT))) or 0
