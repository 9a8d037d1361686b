"""Tablets and screens of the workshop that the head has signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.domain.devices import DeviceKind


class Device(Base):
    """A device known by the hash of the token in its cookie; `waiting` is what it last said it keeps to send."""

    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[DeviceKind]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    waiting: Mapped[int] = mapped_column(default=0)
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
