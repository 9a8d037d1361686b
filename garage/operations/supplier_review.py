"""A supplier's invoice looked at before it is accepted: each line's differences and what acceptance would do. Reads."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from garage.db.queries import supplier_invoices as queries
from garage.db.queries import supplier_matching as matching
from garage.db.queries.paging import AnyRow
from garage.db.queries.supplier_matching import Goods
from garage.domain.money import ZERO, cents
from garage.domain.repair_orders import LineNature, OrderState
from garage.domain.supplier_invoices import (
    Difference,
    Effect,
    Expected,
    Gap,
    corrected_cost,
    differences,
    needs_reason,
)
from garage.operations import stock

_NONE: Final = Decimal(0)
_ONE: Final = Decimal(1)
_PRICES: Final = {Gap.PRICE_ABOVE, Gap.PRICE_BELOW}


@dataclass(frozen=True, slots=True)
class PriceEffect:
    """What a corrected receipt does: unit costs and averages in euros (4 decimals).

    In euros to the cent, `to_stock` goes on the value of the stock, `variance` is about units that are gone (S3, S5).
    """

    movement_id: int
    cost_before: Decimal
    cost_after: Decimal
    average_before: Decimal | None
    average_after: Decimal | None
    on_hand: Decimal
    to_stock: Decimal
    variance: Decimal


@dataclass(frozen=True, slots=True)
class Looked:
    """A line as the check page shows it; `cost` is the unit cost of what it bills, before."""

    row: AnyRow
    cost: Decimal | None
    gaps: tuple[Difference, ...]
    effect: Effect
    price: PriceEffect | None = None

    @property
    def reason_needed(self) -> bool:
        """Whether its differences are accepted only with words."""
        return needs_reason(self.gaps, self.effect)

    @property
    def may_go_to_order(self) -> bool:
        """Whether the head may put what was billed dearer on the order that it was bought for, as a line of its own."""
        alive = bool(self.row.line_id) and self.row.order_state is not OrderState.CANCELLED
        return self.effect is Effect.KEEPS and alive and self.dearer > 0

    @property
    def dearer(self) -> Decimal:
        """The price difference in euros on what was to bill, 0.00 when there is none."""
        return _dearer(self.row, self.cost, self.gaps)


@dataclass(frozen=True, slots=True)
class Review:
    """An invoice's lines, what came along and is not billed, the sum; `seen` changes with any of it."""

    lines: tuple[Looked, ...]
    absent: tuple[AnyRow, ...]
    total: Decimal
    seen: str


def review(session: Session, invoice: AnyRow) -> Review:
    """Look at an invoice that is not accepted yet."""
    rows = queries.lines(session, [invoice.id])
    goods = matching.goods(session, {row.receipt_line_id for row in rows if row.receipt_line_id}, invoice.id)
    billed = matching.billed(session, {row.line_id for row in rows if row.line_id})
    lines = tuple(_look(session, row, goods.get(row.receipt_line_id), row.line_id in billed) for row in rows)
    told = [invoice.version, *((one.row.id, one.cost, one.gaps, one.effect) for one in lines)]
    return Review(
        lines,
        tuple(matching.not_on_invoice(session, invoice.id)),
        sum((row.net for row in rows), ZERO),
        hashlib.sha256(repr(told).encode()).hexdigest()[:32],
    )


def _look(session: Session, row: AnyRow, goods: Goods | None, billed: bool) -> Looked:
    if goods is not None:
        return _look_at_goods(session, row, goods, billed)
    if row.order_line_id is not None:
        return _look_at_work(row, billed)
    if row.deposit_id is not None:
        gaps = differences(row.quantity, row.price, Expected(_ONE, row.deposit))
        return Looked(row, row.deposit, gaps, Effect.KEEPS if gaps else Effect.NOTHING)
    if row.repair_order_id is not None:
        return Looked(row, None, (), Effect.NEW_LINE)
    return Looked(row, None, differences(row.quantity, row.price, None), Effect.NOTHING)


def _look_at_goods(session: Session, row: AnyRow, goods: Goods, billed: bool) -> Looked:
    gaps = differences(row.quantity, row.price, goods.expected)
    dearer = any(one.gap in _PRICES for one in gaps)
    if goods.movement_id is None:
        return Looked(row, goods.expected.cost, gaps, _after_issue(row, goods.expected.cost, gaps, billed))
    cost = corrected_cost(row.received, goods.cost, (row.quantity, row.price), goods.expected) if dearer else goods.cost
    if cost == goods.cost:
        return Looked(row, goods.expected.cost, gaps, Effect.KEEPS if dearer else Effect.NOTHING)
    after, variance = stock.corrected(session, goods.movement_id, cost)
    before = stock.balance(session, row.part_id)
    averages = (before.average_cost, after.average_cost)
    to_stock = cents(row.received * cost) - cents(row.received * goods.cost) - variance
    effect = PriceEffect(goods.movement_id, goods.cost, cost, *averages, before.on_hand, to_stock, variance)
    return Looked(row, goods.expected.cost, gaps, Effect.CORRECTS_PRICE, effect)


def _look_at_work(row: AnyRow, billed: bool) -> Looked:
    gaps = differences(row.quantity, row.price, Expected(row.line_quantity or _NONE, row.cost))
    shut = billed or row.order_state is OrderState.CANCELLED
    if row.cost is None and not shut:
        return Looked(row, None, gaps, Effect.SETS_COST)
    dearer = any(one.gap in _PRICES for one in gaps)
    if dearer and not shut and row.nature is LineNature.EXTERNAL:
        return Looked(row, row.cost, gaps, Effect.SETS_COST)
    return Looked(row, row.cost, gaps, _after_issue(row, row.cost, gaps, billed))


def _after_issue(row: AnyRow, cost: Decimal | None, gaps: Sequence[Difference], billed: bool) -> Effect:
    """What another price does once the order has its cost: nothing to that cost (S5), a complement when billed (E8)."""
    if not {one.gap for one in gaps} & _PRICES:
        return Effect.NOTHING
    complement = billed and _dearer(row, cost, gaps) > 0 and row.order_state is not OrderState.CANCELLED
    return Effect.COMPLEMENT if complement else Effect.KEEPS


def _dearer(row: AnyRow, cost: Decimal | None, gaps: Sequence[Difference]) -> Decimal:
    if cost is None or not {one.gap for one in gaps} & _PRICES:
        return ZERO
    quantity = row.quantity - sum((one.by for one in gaps if one.gap is Gap.QUANTITY_ABOVE), _NONE)
    return cents(quantity * row.price) - cents(quantity * cost)
