"""Reads of orders to suppliers: the list, one with its lines, what is expected of a part. Columns, not entities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from garage.db.models.mails import Mail
from garage.db.models.parts import PartSupplier
from garage.db.models.purchases import GoodsReceipt, PurchaseLine, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.models.users import User
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut, id_of
from garage.db.types import ScaledDecimal
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO, cents
from garage.domain.purchases import PurchaseState, left_of, whole_packs
from garage.french.plain import plain_text

PAGE: Final = 24
NOTHING: Final = Decimal(0)
# The place of what was received among the columns of a line, nothing at all before the first delivery.
_CAME: Final = 10
_OPEN: Final = (PurchaseState.DRAFT, PurchaseState.ORDERED)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order to a supplier, what came of it and what is left to come."""

    id: int
    rank: int
    part_id: int
    reference: str
    label: str
    unit: str
    supplier_reference: str | None
    quantity: Decimal
    price: Decimal | None
    cancelled: Decimal
    received: Decimal
    repair_order: str | None
    number: str
    expected_on: date | None
    bin: str | None = None
    pack: Decimal | None = None

    @property
    def odd(self) -> bool:
        """Whether the quantity is no whole number of the supplier's packs."""
        return whole_packs(self.quantity, self.pack) != self.quantity

    @property
    def left(self) -> Decimal:
        """What is still to come."""
        return left_of(self.quantity, self.cancelled, self.received)

    @property
    def amount(self) -> Decimal | None:
        """Quantity times price in euros, not rounded."""
        return None if self.price is None else self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Total:
    """What the lines of an order whose price is known come to, in euros to the cent, and how many have none."""

    amount: Decimal
    unpriced: int


def total(lines: Sequence[Line]) -> Total:
    """What an order comes to without what was cancelled of it: each line to the cent, then their sum."""
    amounts = [cents((line.quantity - line.cancelled) * line.price) for line in lines if line.price is not None]
    return Total(sum(amounts, ZERO), len(lines) - len(amounts))


@dataclass(frozen=True, slots=True)
class PurchaseFilter:
    """Which orders to list: a state, a supplier, words of number or supplier, those that are late on a day."""

    state: PurchaseState | None = None
    supplier_id: int | None = None
    text: str = ""
    late_on: date | None = None


def _came() -> Any:
    """What was received of an ordered line, nothing at all before the first delivery."""
    return (
        select(func.sum(ReceiptLine.quantity))
        .where(ReceiptLine.purchase_line_id == PurchaseLine.id)
        .correlate(PurchaseLine)
        .scalar_subquery()
    )


def _listed() -> AnySelect:
    return (
        select(
            PurchaseLine.id, PurchaseLine.rank, PurchaseLine.part_id, Part.reference,
            func.coalesce(PurchaseLine.label, Part.label), Part.unit, PurchaseLine.supplier_reference,
            PurchaseLine.quantity, PurchaseLine.price, PurchaseLine.cancelled, _came(), RepairOrder.number,
            PurchaseOrder.number, PurchaseOrder.expected_on, Part.bin, PartSupplier.pack,
        )
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.purchase_order_id)
        .join(Part, Part.id == PurchaseLine.part_id)
        .outerjoin(
            PartSupplier,
            (PartSupplier.part_id == PurchaseLine.part_id) & (PartSupplier.supplier_id == PurchaseOrder.supplier_id),
        )
        .outerjoin(RepairOrder, RepairOrder.id == PurchaseLine.repair_order_id)
    )  # fmt: skip


def _read(session: Session, statement: AnySelect) -> list[Line]:
    found = []
    for row in session.execute(statement):
        values: list[Any] = list(row)
        values[_CAME] = values[_CAME] or NOTHING
        found.append(Line(*values))
    return found


def lines(session: Session, order_id: int) -> list[Line]:
    """The lines of an order to a supplier, in their order."""
    wanted = _listed().where(PurchaseLine.purchase_order_id == order_id)
    return _read(session, wanted.order_by(PurchaseLine.rank))


def awaited(session: Session, supplier_id: int, number: str | None = None) -> list[Line]:
    """The ordered lines of a supplier, or of one order, of which something is left to come: the oldest first."""
    wanted = _listed().where(PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.state == PurchaseState.ORDERED)
    if number is not None:
        wanted = wanted.where(PurchaseOrder.number == number)
    return [line for line in _read(session, wanted.order_by(PurchaseOrder.id, PurchaseLine.rank)) if line.left]


def drafted(session: Session) -> Sequence[AnyRow]:
    """The parts that lie in drafts, the oldest draft first, and drafts that are empty: nothing of them is ordered."""
    return session.execute(
        select(
            PurchaseOrder.number, Supplier.name.label("supplier"), PurchaseOrder.created_at, Part.reference, Part.label,
            Part.unit, PurchaseLine.quantity,
        )
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
        .outerjoin(PurchaseLine, PurchaseLine.purchase_order_id == PurchaseOrder.id)
        .outerjoin(Part, Part.id == PurchaseLine.part_id)
        .where(PurchaseOrder.state == PurchaseState.DRAFT)
        .order_by(PurchaseOrder.id, PurchaseLine.rank)
    ).all()  # fmt: skip


def drafts(session: Session) -> int:
    """How many orders are not sent yet."""
    wanted = select(func.count()).select_from(PurchaseOrder).where(PurchaseOrder.state == PurchaseState.DRAFT)
    return session.scalar(wanted) or 0


def expected_of(session: Session, part_id: int) -> list[Line]:
    """The ordered lines of a part of which something is left to come, the oldest first."""
    wanted = _listed().where(PurchaseLine.part_id == part_id, PurchaseOrder.state == PurchaseState.ORDERED)
    return [line for line in _read(session, wanted.order_by(PurchaseOrder.id, PurchaseLine.rank)) if line.left]


def expected(session: Session, part_ids: Sequence[int], *, drafts: bool = False) -> dict[int, Decimal]:
    """How much of each of these parts is to come into stock (3 decimals), those of which something is.

    A line bought for a repair order goes straight there and does not count. `drafts` counts what is not sent yet.
    """
    columns = to_come(drafts=drafts).subquery()
    rows = session.execute(select(columns).where(columns.c.part_id.in_(part_ids)))
    return {row.part_id: row.quantity for row in rows if row.quantity}


def to_come(*, drafts: bool) -> Any:
    """A statement of how much of each part is to come into stock; it reads the open orders alone.

    `coalesce` keeps SQLite from starting at the lines bought for no repair order, which are most of them.
    """
    states = _OPEN if drafts else (PurchaseState.ORDERED,)
    left = PurchaseLine.quantity - PurchaseLine.cancelled - func.coalesce(_came(), NOTHING)
    lines = (
        select(PurchaseLine.part_id, left.label("left"))
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.purchase_order_id)
        .where(PurchaseOrder.state.in_(states), func.coalesce(PurchaseLine.repair_order_id, 0) == 0)
        .subquery()
    )
    quantity = func.sum(lines.c.left, type_=ScaledDecimal(3)).label("quantity")
    return select(lines.c.part_id, quantity).where(lines.c.left > NOTHING).group_by(lines.c.part_id)


def page(session: Session, wanted: PurchaseFilter, key: Key = FIRST, size: int = PAGE) -> Page:
    """A page of orders to suppliers, the latest first, with how many lines each has and how many are whole."""
    columns = _orders().where(*_conditions(wanted))
    bound = id_of(key)
    if bound is not None:
        columns = columns.where(PurchaseOrder.id > bound if key.backwards else PurchaseOrder.id < bound)
    order = PurchaseOrder.id.asc() if key.backwards else PurchaseOrder.id.desc()
    rows = session.execute(columns.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.id))


def _orders() -> AnySelect:
    count = select(func.count()).where(PurchaseLine.purchase_order_id == PurchaseOrder.id).scalar_subquery()
    return select(
        PurchaseOrder.id, PurchaseOrder.number, PurchaseOrder.state, PurchaseOrder.ordered_on,
        PurchaseOrder.expected_on, PurchaseOrder.created_at, PurchaseOrder.note, PurchaseOrder.closed_reason,
        PurchaseOrder.version, PurchaseOrder.supplier_id, Supplier.name.label("supplier"), Supplier.email,
        Supplier.customer_number, Supplier.address, User.name.label("author"), User.email.label("author_email"),
        count.label("lines"),
    ).join(Supplier, Supplier.id == PurchaseOrder.supplier_id).outerjoin(
        User, User.id == PurchaseOrder.created_by_id
    )  # fmt: skip


def _conditions(wanted: PurchaseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(PurchaseOrder.state == wanted.state)
    if wanted.supplier_id is not None:
        found.append(PurchaseOrder.supplier_id == wanted.supplier_id)
    for word in plain_text(wanted.text).split():
        known = PurchaseOrder.number.contains(word.upper(), autoescape=True)
        found.append(known | Supplier.search_text.contains(word, autoescape=True))
    if wanted.late_on is not None:
        found += [PurchaseOrder.state == PurchaseState.ORDERED, PurchaseOrder.expected_on < wanted.late_on]
    return found


def order(session: Session, number: str) -> AnyRow:
    """One order to a supplier. Raises NotFound."""
    row = session.execute(_orders().where(PurchaseOrder.number == number)).one_or_none()
    if row is None:
        raise NotFound("purchase", number)
    return row


def last_mail(session: Session, order_id: int) -> AnyRow | None:
    """The last mail that carries an order: to whom, when it left, and whether it will be tried again."""
    mine = Mail.key.startswith(f"purchase:{order_id}:", autoescape=True)
    columns = select(Mail.recipient, Mail.created_at, Mail.sent_at, Mail.next_try_at)
    return session.execute(columns.where(mine).order_by(Mail.id.desc()).limit(1)).one_or_none()


def receipts(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The deliveries that brought something of an order, the latest first."""
    return session.execute(
        select(GoodsReceipt.id, GoodsReceipt.delivery_note, GoodsReceipt.received_on)
        .join(ReceiptLine, ReceiptLine.receipt_id == GoodsReceipt.id)
        .join(PurchaseLine, PurchaseLine.id == ReceiptLine.purchase_line_id)
        .where(PurchaseLine.purchase_order_id == order_id)
        .distinct()
        .order_by(GoodsReceipt.received_on.desc(), GoodsReceipt.id.desc())
    ).all()


def suppliers(session: Session) -> list[tuple[int, str]]:
    """The suppliers in use by name."""
    rows = session.execute(select(Supplier.id, Supplier.name).where(Supplier.active).order_by(Supplier.name))
    return [(row.id, row.name) for row in rows]


def waiting(session: Session) -> int:
    """How many orders to suppliers still await something."""
    wanted = select(func.count()).select_from(PurchaseOrder).where(PurchaseOrder.state == PurchaseState.ORDERED)
    return session.scalar(wanted) or 0


def preferred(session: Session, part_id: int) -> int | None:
    """The usual supplier of a part."""
    return session.scalar(select(Part.supplier_id).where(Part.id == part_id))


def last_line(session: Session, repair_order_id: int) -> int:
    """The id of the latest line bought for a repair order, 0 before the first."""
    wanted = select(func.max(PurchaseLine.id)).where(PurchaseLine.repair_order_id == repair_order_id)
    return session.scalar(wanted) or 0


def line_since(session: Session, seen: int, what: tuple[int, int, Decimal]) -> str | None:
    """The order that holds a line newer than what a form had seen: for a repair order, of a part, of that quantity."""
    repair_order_id, part_id, quantity = what
    return session.scalar(
        select(PurchaseOrder.number)
        .join(PurchaseLine, PurchaseLine.purchase_order_id == PurchaseOrder.id)
        .where(
            PurchaseLine.repair_order_id == repair_order_id,
            PurchaseLine.part_id == part_id,
            PurchaseLine.quantity == quantity,
            PurchaseLine.id > seen,
        )
        .limit(1)
    )


def number_of(session: Session, order_id: int) -> str:
    """The number of an order to a supplier."""
    return session.scalars(select(PurchaseOrder.number).where(PurchaseOrder.id == order_id)).one()
