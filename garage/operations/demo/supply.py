"""The demonstration's last weeks of purchases: ordered when the shelf is low, received on a delivery note, billed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.purchases import GoodsReceipt, PurchaseOrder, ReceiptLine
from garage.db.models.suppliers import Supplier
from garage.db.queries import purchases as queries
from garage.db.queries import supplier_invoices as invoice_queries
from garage.domain.money import ZERO, cents, percent_of
from garage.domain.permissions import Actor
from garage.operations import goods_receipts, purchases, supplier_acceptance, supplier_invoices, supplier_review
from garage.operations.demo.shelf import Shelf, moved
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.purchases import By, Wanted
from garage.operations.supplier_invoices import Head, Matched

# Older deliveries are told without their orders: they would only make the loading longer.
TOLD: Final = timedelta(days=70)
_BILLED: Final = timedelta(days=21)
_VAT: Final = Decimal(20)


@dataclass(frozen=True, slots=True)
class _Sent:
    """An order on its way."""

    order_id: int
    number: str
    supplier_id: int
    due: date


class Supply:
    """The orders on their way to a shelf, and the receipts that no invoice bills yet, by supplier."""

    def __init__(self, shelf: Shelf, accounting: Actor) -> None:
        self._shelf, self._accounting = shelf, accounting
        self._sent: list[_Sent] = []
        self._coming: set[int] = set()
        self._unbilled: dict[int, list[GoodsReceipt]] = defaultdict(list)

    def order(self, session: Session, by: By) -> None:
        """Order what fell below its minimum and is not on its way, up to its maximum."""
        wanted: dict[int, list[Wanted]] = defaultdict(list)
        for part in self._shelf.short():
            if part.id not in self._coming:
                wanted[part.supplier_id].append(Wanted(part.id, part.maximum - part.on_hand, part.cost))
                self._coming.add(part.id)
        for supplier_id, parts in sorted(wanted.items()):
            sent = order(session, supplier_id, parts, by)
            self._sent.append(_Sent(sent.id, sent.number, supplier_id, sent.expected_on or by.today))

    def receive(self, session: Session, by: By, chance: Random) -> None:
        """Receive what was due, at prices that moved a little since; bill what came three weeks ago."""
        for one in [one for one in self._sent if one.due <= by.today]:
            lines = []
            for line in queries.lines(session, one.order_id):
                part = self._shelf.by_id(line.part_id)
                part.cost = moved(part.cost, chance)
                part.on_hand += line.left
                self._coming.discard(part.id)
                lines.append(Received(part.id, line.left, part.cost, line.id))
            delivery = Delivery(one.supplier_id, note_of(one.number), by.today, lines)
            receipt = goods_receipts.receive(session, delivery, by.actor, by.now, by.today)
            self._unbilled[one.supplier_id].append(receipt)
            self._sent.remove(one)
        for receipts in self._unbilled.values():
            if receipts and receipts[0].received_on <= by.today - _BILLED:
                billing = supplier_invoices.By(self._accounting, by.now, by.today)
                attested = supplier_invoices.By(by.actor, by.now, by.today)
                accept(session, bill(session, receipts, billing), attested)
                receipts.clear()


def order(session: Session, supplier_id: int, wanted: Sequence[Wanted], by: By) -> PurchaseOrder:
    """An order written and sent at once."""
    drafted = purchases.draft(session, supplier_id, wanted, by)
    return purchases.send(session, drafted.number, drafted.version, by)


def note_of(number: str) -> str:
    """The number of the delivery note of an order's goods."""
    return number.replace("CF-", "BL-FICTIF-")


def bill(session: Session, receipts: Sequence[GoodsReceipt], by: supplier_invoices.By, dearer: Decimal = ZERO) -> int:
    """The invoice of some receipts of a supplier, its first line dearer by so many euros each; its id."""
    mine = select(ReceiptLine).where(ReceiptLine.receipt_id.in_([one.id for one in receipts])).order_by(ReceiptLine.id)
    matched = [Matched(line.quantity, line.cost, receipt_line_id=line.id) for line in session.scalars(mine)]
    first = matched[0]
    matched[0] = Matched(first.quantity, (first.price or ZERO) + dearer, receipt_line_id=first.receipt_line_id)
    net = sum((cents(line.quantity * (line.price or ZERO)) for line in matched), ZERO)
    supplier = session.get_one(Supplier, receipts[0].supplier_id).name
    number = receipts[-1].delivery_note.replace("BL-", "F-")
    head = Head(number, by.today, net, vat=percent_of(net, _VAT))
    made = supplier_invoices.record(session, supplier, head, by)
    supplier_invoices.match(session, made.id, made.version, matched, by)
    return made.id


def accept(session: Session, invoice_id: int, by: supplier_invoices.By, reason: str = "") -> None:
    """Accept an invoice as it is, with the reason of what must be explained."""
    looked = supplier_review.review(session, invoice_queries.one(session, invoice_id))
    reasons = {line.row.id: reason for line in looked.lines if line.reason_needed}
    supplier_acceptance.accept(session, invoice_id, looked.seen, supplier_acceptance.Told(reasons), by)
