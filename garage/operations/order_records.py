"""What is told and shown of an order: notes and photos, taken away and put back; nothing is ever erased."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.order_records import OrderNote, Photo
from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import RepairOrder
from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.errors.workshop import EmptyNote, NotYourRecord
from garage.domain.order_works import NoteKind
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderState
from garage.operations import journal


@dataclass(frozen=True, slots=True)
class By:
    """Who tells it (`author`) under whose right (`actor`), when it was told and when it is written down."""

    author: Actor
    actor: Actor
    at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo on disk: SHA-256 of its bytes, width and height in pixels, size in bytes, its caption if it has one."""

    sha256: str
    width: int
    height: int
    size: int
    caption: str | None = None


def add_note(session: Session, number: str, kind: NoteKind, text: str, by: By, work_id: int | None = None) -> OrderNote:
    """Words about an order or one of its works; two people's notes both stand.

    Raises NotFound, EmptyNote, OrderClosed when it is cancelled: a checked or billed order may still be told about.
    """
    if not text.strip():
        raise EmptyNote
    order = _order(session, number)
    _check_work(session, order, work_id)
    note = OrderNote(
        order_id=order.id, work_id=work_id, kind=kind, text=text.strip(), author_id=by.author.id, written_at=by.at
    )
    session.add(note)
    session.flush()
    data = {"note": note.id, "kind": kind.value}
    journal.record(session, by.author, "order.note", ("repair_orders", number), data=data, now=by.now)
    return note


def remove_note(session: Session, number: str, note_id: int, by: By) -> None:
    """Take a note away: one's own, or any for the head. Raises NotFound, NotYourRecord."""
    note = _note(session, number, note_id)
    _check_own(note, by)
    _remove(session, note, number, by, {"note": note_id})


def restore_note(session: Session, number: str, note_id: int, by: By) -> None:
    """Put a note back. Raises NotFound, NotYourRecord."""
    note = _note(session, number, note_id)
    _check_own(note, by)
    _restore(session, note, number, by, {"note": note_id})


def add_photo(session: Session, number: str, taken: Taken, by: By) -> tuple[Photo, bool]:
    """Show a picture of an order, and whether it is new: the same one already there stays as it is.

    Raises NotFound, OrderClosed when the order is cancelled.
    """
    order = _order(session, number)
    same = select(Photo).where(Photo.order_id == order.id, Photo.sha256 == taken.sha256, Photo.removed_at.is_(None))
    known = session.scalars(same.limit(1)).one_or_none()
    if known is not None:
        return known, False
    photo = Photo(
        order_id=order.id,
        sha256=taken.sha256,
        width=taken.width,
        height=taken.height,
        size=taken.size,
        caption=(taken.caption or "").strip() or None,
        author_id=by.author.id,
        taken_at=by.at,
    )
    session.add(photo)
    session.flush()
    data = {"photo": photo.id, "sha256": taken.sha256}
    journal.record(session, by.author, "order.photo", ("repair_orders", number), data=data, now=by.now)
    return photo, True


def remove_photo(session: Session, number: str, photo_id: int, by: By) -> None:
    """Take a photo away: one's own, or any for the head; its file stays. Raises NotFound, NotYourRecord."""
    photo = _photo(session, number, photo_id)
    _check_own(photo, by)
    _remove(session, photo, number, by, {"photo": photo_id})


def restore_photo(session: Session, number: str, photo_id: int, by: By) -> None:
    """Put a photo back. Raises NotFound, NotYourRecord."""
    photo = _photo(session, number, photo_id)
    _check_own(photo, by)
    _restore(session, photo, number, by, {"photo": photo_id})


def _order(session: Session, number: str) -> RepairOrder:
    """The order, locked so that the same photo sent twice at once is kept once."""
    order = session.scalar(select(RepairOrder).where(RepairOrder.number == number).with_for_update())
    if order is None:
        raise NotFound("order", number)
    if order.state is OrderState.CANCELLED:
        raise OrderClosed(number, order.state)
    return order


def _check_work(session: Session, order: RepairOrder, work_id: int | None) -> None:
    if work_id is None:
        return
    work = session.get(OrderWork, work_id)
    if work is None or work.order_id != order.id:
        raise NotFound("work", str(work_id))


def _note(session: Session, number: str, note_id: int) -> OrderNote:
    mine = select(OrderNote).join(RepairOrder, RepairOrder.id == OrderNote.order_id)
    note = session.scalar(mine.where(RepairOrder.number == number, OrderNote.id == note_id).with_for_update())
    if note is None:
        raise NotFound("note", f"{number}/{note_id}")
    return note


def _photo(session: Session, number: str, photo_id: int) -> Photo:
    mine = select(Photo).join(RepairOrder, RepairOrder.id == Photo.order_id)
    photo = session.scalar(mine.where(RepairOrder.number == number, Photo.id == photo_id).with_for_update())
    if photo is None:
        raise NotFound("photo", f"{number}/{photo_id}")
    return photo


def _check_own(row: OrderNote | Photo, by: By) -> None:
    if by.actor.role is not Role.HEAD and row.author_id != by.author.id:
        raise NotYourRecord


def _remove(session: Session, row: OrderNote | Photo, number: str, by: By, data: dict[str, int]) -> None:
    if row.removed_at is None:
        row.removed_at = by.now
        journal.record(session, by.author, "order.remove_record", ("repair_orders", number), data=data, now=by.now)


def _restore(session: Session, row: OrderNote | Photo, number: str, by: By, data: dict[str, int]) -> None:
    if row.removed_at is not None:
        row.removed_at = None
        journal.record(session, by.author, "order.restore_record", ("repair_orders", number), data=data, now=by.now)
