"""What is told and shown of the work: notes and photos. The photos' bytes are files of garage.photos."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.domain.order_works import NoteKind


class OrderNote(Base):
    """Words about an order or one of its works; two people's notes both stand. Removed ones keep their row."""

    __tablename__ = "order_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    work_id: Mapped[int | None] = mapped_column(ForeignKey("order_works.id"), index=True)
    kind: Mapped[NoteKind]
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Photo(Base):
    """A picture of an order or a request, kept once per content (SHA-256). Removed ones keep their row."""

    __tablename__ = "photos"
    __table_args__ = (CheckConstraint("(order_id IS NULL) <> (request_id IS NULL)", name="of_one_thing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("requests.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    caption: Mapped[str | None] = mapped_column(String(200))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
