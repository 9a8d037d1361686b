"""Parts and their movements; what is on hand is the sum of the movements (rules S1, S2)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from garage.db.base import Base
from garage.db.types import ScaledDecimal
from garage.domain.stock import MovementKind
from garage.domain.tags import new_tag


class Part(Base):
    """A part or consumable under its reference; `tag` is the code of its label."""

    __tablename__ = "parts"
    __table_args__ = (Index("ix_parts_tag", "tag", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(50), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    search_text: Mapped[str] = mapped_column(String(300), index=True)
    unit: Mapped[str] = mapped_column(String(20))
    bin: Mapped[str | None] = mapped_column(String(50))
    minimum: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    maximum: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    supplier: Mapped[str | None] = mapped_column(String(200))
    tag: Mapped[str] = mapped_column(String(16), default=new_tag, server_default="")


class PartBarcode(Base):
    """A barcode that leads to a part."""

    __tablename__ = "part_barcodes"

    code: Mapped[str] = mapped_column(String(100), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)


class StockMovement(Base):
    """A signed quantity (3 decimals) at a cost in euros (4), and the weighted average cost after it (rule S3)."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        Index("ix_stock_movements_part", "part_id", "id", "quantity"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"))
    kind: Mapped[MovementKind]
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    unit_cost: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    average_cost: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4))
    moved_on: Mapped[date]
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    forced: Mapped[bool] = mapped_column(default=False)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
