"""People who sign in, mechanics named by an import, and failed sign-ins. Rules are in the domain."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.domain.permissions import Role


class User(Base):
    """A person. Without password hash they cannot sign in; `session_token` ends their sessions when it changes.

    `pin_hash` and `badge_hash` open a shared tablet alone; `daily_minutes` is what the plan may give them in a day.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_badge_hash", "badge_hash", unique=True),
        CheckConstraint("(role = 'collectivity') = (collectivity_id IS NOT NULL)", name="collectivity_of_role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role]
    collectivity_id: Mapped[int | None] = mapped_column(ForeignKey("collectivities.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_token: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    badge_hash: Mapped[str | None] = mapped_column(String(64))
    daily_minutes: Mapped[int] = mapped_column(default=420, server_default="420")


class SavedView(Base):
    """A list as a person likes to see it: the words of its address under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    page: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[str] = mapped_column(String(1000))


class SignInFailure(Base):
    """A refused sign-in, kept as long as throttling needs it."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
