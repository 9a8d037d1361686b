"""Parts, where they lie, and their movements; what is on hand is the sum of the movements (rules S1, S2)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    TextClause,
    UniqueConstraint,
    false,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from garage.db.base import Base
from garage.db.models.suppliers import Supplier
from garage.db.types import ScaledDecimal
from garage.domain.parts import WasteClass
from garage.domain.stock import MovementKind
from garage.domain.tags import new_tag


class Store(Base):
    """A place that holds bins: the workshop's store, a van, a depot."""

    __tablename__ = "stores"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    active: Mapped[bool] = mapped_column(default=True)


class Bin(Base):
    """A bin of a store; the one with an empty code holds what has no bin of its own; a closed one takes nothing."""

    __tablename__ = "bins"
    __table_args__ = (UniqueConstraint("store_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    code: Mapped[str] = mapped_column(String(50))
    active: Mapped[bool] = mapped_column(default=True, server_default=true())


class Part(Base):
    """A part or consumable under its reference; `tag` is the code of its label, `bin_id` where it usually lies.

    `on_hand`, `average_cost` and `value` (euros) repeat what its movements say; `deposit` is the consigne of one unit.
    """

    __tablename__ = "parts"
    __table_args__ = (
        Index("ix_parts_tag", "tag", unique=True),
        Index("ix_parts_family_reference", "family", "reference"),
        Index("ix_parts_on_hand", "on_hand", "value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(50), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    search_text: Mapped[str] = mapped_column(String(300), index=True)
    unit: Mapped[str] = mapped_column(String(20))
    bin_id: Mapped[int | None] = mapped_column(ForeignKey("bins.id"), index=True)
    minimum: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    maximum: Mapped[Decimal | None] = mapped_column(ScaledDecimal(3))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"), index=True)
    tag: Mapped[str] = mapped_column(String(16), default=new_tag, server_default="")
    family: Mapped[str | None] = mapped_column(String(60))
    waste: Mapped[WasteClass | None]
    deposit: Mapped[Decimal | None] = mapped_column(ScaledDecimal(2))
    photo: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    on_hand: Mapped[Decimal] = mapped_column(ScaledDecimal(3), default=Decimal(0), server_default="0")
    average_cost: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4))
    value: Mapped[Decimal] = mapped_column(ScaledDecimal(2), default=Decimal(0), server_default="0")

    bin: Mapped[str | None] = column_property(select(Bin.code).where(Bin.id == bin_id).scalar_subquery())
    supplier: Mapped[str | None] = column_property(
        select(Supplier.name).where(Supplier.id == supplier_id).scalar_subquery()
    )


class PartBarcode(Base):
    """A barcode that leads to a part."""

    __tablename__ = "part_barcodes"

    code: Mapped[str] = mapped_column(String(100), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)


# Literal, so that a query that says it is read by the index of these few.
IN_THE_RED: Final = text("bin_stock.quantity < 0")


class BinStock(Base):
    """What a bin holds of a part: the sum of its movements there (3 decimals)."""

    __tablename__ = "bin_stock"
    __table_args__ = (
        Index("ix_bin_stock_bin_id", "bin_id"),
        Index("ix_bin_stock_red", "part_id", sqlite_where=text("quantity < 0"), postgresql_where=text("quantity < 0")),
    )

    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), primary_key=True)
    bin_id: Mapped[int] = mapped_column(ForeignKey("bins.id"), primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))


# What a query says to be read by an index of the journal. SQLite without statistics takes any index for as good as
# another: one by kind would be read where one by part is meant. Receipts and issues, most movements, need none.
BY_KIND: Final = text("stock_movements.kind NOT IN ('receipt', 'issue')")
BY_BIN: Final = text("stock_movements.bin_id > 0")
BY_ACTOR: Final = text("stock_movements.actor_id > 0")


def _journal(name: str, said: TextClause, *columns: str) -> Index:
    own = text(said.text.removeprefix("stock_movements."))
    return Index(f"ix_stock_movements_{name}_day", *columns, sqlite_where=own, postgresql_where=own)


class StockMovement(Base):
    """A signed quantity (3 decimals) at a cost in euros (4), and the state it leaves (rules S2, S3).

    `average_cost` and `on_hand` are the part's after it; `value_change` (euros) is what the part's value won by it, so
    that any value is a sum of them. `variance` is what it costs beyond that, for goods already gone: a corrected price,
    a receipt that settles issues beyond the stock. `origin_id` is the movement that this one answers: the other side of
    a transfer, the receipt whose price is corrected. `through` marks the two movements of a part bought for one order,
    which leave the average alone.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        Index("ix_stock_movements_part", "part_id", "id", "quantity"),
        Index("ix_stock_movements_part_day", "part_id", "moved_on", "id", "bin_id", "quantity", "value_change"),
        Index("ix_stock_movements_day", "moved_on", "id"),
        _journal("kind", BY_KIND, "kind", "moved_on", "id"),
        _journal("bin", BY_BIN, "bin_id", "moved_on", "id"),
        _journal("actor", BY_ACTOR, "actor_id", "moved_on", "id", "kind"),
        CheckConstraint("kind = 'price' OR quantity <> 0", name="quantity"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"))
    bin_id: Mapped[int] = mapped_column(ForeignKey("bins.id"))
    kind: Mapped[MovementKind]
    quantity: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    unit_cost: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    average_cost: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4))
    on_hand: Mapped[Decimal] = mapped_column(ScaledDecimal(3))
    value_change: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    variance: Mapped[Decimal] = mapped_column(ScaledDecimal(2), default=Decimal(0), server_default="0")
    moved_on: Mapped[date]
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    receipt_line_id: Mapped[int | None] = mapped_column(ForeignKey("receipt_lines.id"), index=True)
    count_line_id: Mapped[int | None] = mapped_column(ForeignKey("count_lines.id"), index=True)
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("stock_movements.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    forced: Mapped[bool] = mapped_column(default=False)
    through: Mapped[bool] = mapped_column(default=False, server_default=false())
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
