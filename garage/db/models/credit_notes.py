"""Credit notes in preparation: what they will take back, who prepared and who reviewed them (rule B8)."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.invoices.credit_notes import CreditPurpose, CreditState


class CreditDraft(Base):
    """A credit note that is being prepared on an issued bill; `credit_note_id` once it is issued."""

    __tablename__ = "credit_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    purpose: Mapped[CreditPurpose]
    state: Mapped[CreditState]
    reason: Mapped[str] = mapped_column(Text)
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[datetime]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    credit_note_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), unique=True)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)


class CreditDraftLine(Base):
    """What is to be credited of one billed line: whole minutes of labour, else a quantity with 3 decimals."""

    __tablename__ = "credit_draft_lines"
    __table_args__ = (
        CheckConstraint("(minutes IS NULL) <> (quantity IS NULL)", name="measure"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey("credit_drafts.id"), primary_key=True)
    invoice_line_id: Mapped[int] = mapped_column(ForeignKey("invoice_lines.id"), primary_key=True, index=True)
    minutes: Mapped[int | None]
    quantity: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    returns_part: Mapped[bool] = mapped_column(default=False)
