"""What collectivities ask about a line, before its bill or after, and what the garage answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base


class Question(Base):
    """A question on a line. Without a bill it keeps its order out of the run until it is answered."""

    __tablename__ = "questions"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered"),
        CheckConstraint("(invoice_id IS NULL) = (invoice_line_id IS NULL)", name="billed"),
        Index(
            "ix_questions_open",
            "order_id",
            sqlite_where=text("answered_at IS NULL AND invoice_id IS NULL"),
            postgresql_where=text("answered_at IS NULL AND invoice_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collectivity_id: Mapped[int] = mapped_column(ForeignKey("collectivities.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id", ondelete="SET NULL"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_lines.id"), index=True)
    line_label: Mapped[str] = mapped_column(String(500))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    question: Mapped[str] = mapped_column(Text)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
