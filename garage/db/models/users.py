"""People who sign in, mechanics named by an import, and failed sign-ins. Rules are in the domain."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.domain.permissions import Role


class User(Base):
    """A person. Without password hash they cannot sign in; `session_token` ends their sessions when it changes."""

    __tablename__ = "users"
    __table_args__ = (
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


class SignInFailure(Base):
    """A refused sign-in, kept as long as throttling needs it."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
