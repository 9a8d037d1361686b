"""E-mails to send, each under a key that makes it go once, and every attempt's outcome."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base


class Mail(Base):
    """A message to one address, kept from the transaction that caused it until it is sent or given up."""

    __tablename__ = "mails"
    __table_args__ = (
        Index(
            "ix_mails_due",
            "next_try_at",
            sqlite_where=text("next_try_at IS NOT NULL"),
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))


class MailAttempt(Base):
    """One exchange with the server about a mail; without an end, whoever made it was stopped on the way."""

    __tablename__ = "mail_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(500))


class BillMail(Base):
    """A bill sent to one address; stays when the mail itself is forgotten. `copy` counts what people asked for again.

    Without an address (the collectivity had none) nothing was sent, and the row says so.
    """

    __tablename__ = "bill_mails"
    __table_args__ = (UniqueConstraint("invoice_id", "address", "copy"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    address: Mapped[str] = mapped_column(String(254))
    copy: Mapped[int]
    queued_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id", ondelete="SET NULL"), unique=True)
    sent_at: Mapped[datetime | None]
