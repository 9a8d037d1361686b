"""Reads of what is told and shown of an order: notes, photos, meter, time spent in each state, what is still open."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.journal import JournalEntry
from garage.db.models.order_records import OrderNote, Photo
from garage.db.models.order_works import OrderCheck, OrderWork
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.requests import Request
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.models.vehicles import MeterReading
from garage.db.models.work_time import ClockSegment
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import NotFound
from garage.domain.order_works import WorkState
from garage.domain.repair_orders import LineNature, OrderState, Pending

WAITING_INVOICES = 200
_OBJECTS = 30


def notes(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The notes of an order that stand, the oldest first, with the work they are about."""
    return session.execute(
        select(
            OrderNote.id, OrderNote.kind, OrderNote.text, OrderNote.author_id, OrderNote.written_at,
            User.name.label("author"), OrderWork.label.label("work"),
        )
        .outerjoin(User, User.id == OrderNote.author_id)
        .outerjoin(OrderWork, OrderWork.id == OrderNote.work_id)
        .where(OrderNote.order_id == order_id, OrderNote.removed_at.is_(None))
        .order_by(OrderNote.written_at, OrderNote.id)
    ).all()  # fmt: skip


def photos(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The photos of an order, and before them those of the request it came from, the oldest first."""
    asked = select(Request.id).where(Request.order_id == order_id)
    return session.execute(
        select(
            Photo.id, Photo.request_id, Photo.width, Photo.height, Photo.caption, Photo.author_id, Photo.taken_at,
            User.name.label("author"),
        )
        .outerjoin(User, User.id == Photo.author_id)
        .where((Photo.order_id == order_id) | Photo.request_id.in_(asked), Photo.removed_at.is_(None))
        .order_by(Photo.request_id.is_(None), Photo.taken_at, Photo.id)
    ).all()  # fmt: skip


def photo(session: Session, photo_id: int) -> AnyRow:
    """A photo that stands: its content, and of a request's whether it became an order. Raises NotFound."""
    columns = select(Photo.sha256, Photo.request_id, Request.order_id.label("became"))
    columns = columns.outerjoin(Request, Request.id == Photo.request_id)
    row = session.execute(columns.where(Photo.id == photo_id, Photo.removed_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound("photo", str(photo_id))
    return row


def last_reading(session: Session, vehicle_id: int) -> AnyRow | None:
    """The latest meter reading of a vehicle and its day."""
    columns = select(MeterReading.value, MeterReading.read_on).where(MeterReading.vehicle_id == vehicle_id)
    return session.execute(columns.order_by(MeterReading.read_on.desc(), MeterReading.id.desc()).limit(1)).one_or_none()


def last_act(session: Session, number: str, actions: tuple[str, ...]) -> AnyRow | None:
    """Who last did one of these things to an order, and when."""
    columns = select(JournalEntry.actor, JournalEntry.actor_id, JournalEntry.at, JournalEntry.data).where(
        JournalEntry.subject == "repair_orders", JournalEntry.subject_key == number, JournalEntry.action.in_(actions)
    )
    return session.execute(columns.order_by(JournalEntry.id.desc()).limit(1)).one_or_none()


def changes(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The states an order entered, the first first, with the reason given."""
    columns = select(OrderStateChange.state, OrderStateChange.at, OrderStateChange.reason, OrderStateChange.actor_id)
    return session.execute(columns.where(OrderStateChange.order_id == order_id).order_by(OrderStateChange.id)).all()


def pending(session: Session, order_id: int, but: int | None = None) -> Pending:
    """What is not ended on an order: works, points to check, clocks; one person's running clock may be left out."""
    works = select(func.count()).select_from(OrderWork).where(OrderWork.order_id == order_id)
    todo = works.where(OrderWork.state == WorkState.TODO)
    points = select(func.count()).select_from(OrderCheck).join(OrderWork, OrderWork.id == OrderCheck.work_id)
    points = points.where(OrderWork.order_id == order_id, OrderCheck.result.is_(None))
    points = points.where(OrderWork.state.in_((WorkState.TODO, WorkState.DONE)))
    running = select(User.name).join(ClockSegment, ClockSegment.user_id == User.id)
    running = running.where(
        ClockSegment.order_id == order_id, ClockSegment.ended_at.is_(None), ~ClockSegment.to_confirm
    )
    unsure = select(func.count()).select_from(ClockSegment)
    unsure = unsure.where(ClockSegment.order_id == order_id, ClockSegment.to_confirm)
    if but is not None:
        running = running.where(ClockSegment.user_id != but)
    return Pending(
        works=session.scalar(todo) or 0,
        points=session.scalar(points) or 0,
        running=tuple(session.scalars(running.order_by(User.name))),
        unsure=session.scalar(unsure) or 0,
    )


_AWAITED = (
    OrderLine.cost.is_(None),
    OrderLine.nature.in_((LineNature.EXTERNAL, LineNature.PART)),
    RepairOrder.state != OrderState.CANCELLED,
)


def costs_awaited(session: Session) -> int:
    """How many lines `expected_invoices` would list in all."""
    lines = select(func.count()).select_from(OrderLine).join(RepairOrder, RepairOrder.id == OrderLine.order_id)
    return session.scalar(lines.where(*_AWAITED)) or 0


def expected_invoices(session: Session) -> Sequence[AnyRow]:
    """Lines of orders that are not cancelled whose cost is awaited: the supplier's invoice, or a part's price."""
    return session.execute(
        select(
            RepairOrder.number, RepairOrder.state, OrderLine.rank, OrderLine.nature, OrderLine.label,
            OrderLine.supplier, OrderLine.supplier_invoice, OrderLine.done_on, Part.label.label("part"),
        )
        .outerjoin(Part, Part.id == OrderLine.part_id)
        .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
        .where(*_AWAITED)
        .order_by(OrderLine.done_on, RepairOrder.number, OrderLine.rank)
        .limit(WAITING_INVOICES + 1)
    ).all()  # fmt: skip


def objects(session: Session) -> Sequence[str]:
    """Sites and objects already worked on, the latest first."""
    known = select(RepairOrder.object_label).where(RepairOrder.object_label.is_not(None))
    latest = known.group_by(RepairOrder.object_label).order_by(func.max(RepairOrder.id).desc()).limit(_OBJECTS)
    return [str(label) for label in session.scalars(latest)]
