"""Orders to suppliers on paper and by e-mail: the PDF made from what was ordered, attached when the mail leaves."""

import re
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.purchases import PurchaseOrder
from garage.db.models.suppliers import Supplier
from garage.db.queries import purchases as queries
from garage.db.queries.paging import AnyRow
from garage.db.queries.purchases import Line
from garage.db.session import Database
from garage.documents.purchase_order import OrderedLine, PurchaseOrderSheet, render
from garage.domain.errors.purchases import NoSupplierAddress, NotOrdered
from garage.domain.money import cents
from garage.domain.purchases import PurchaseState
from garage.french import purchases as words
from garage.french.formats import euros, quantity, unit_price
from garage.operations import mails, purchases
from garage.operations.bill_mails import Attachment
from garage.operations.mails import Message
from garage.operations.purchases import By

_KEY: Final = re.compile(r"purchase:(\d+):\d+")


def send(session: Session, number: str, version: int, by: By) -> str:
    """Queue the mail that carries an order to its supplier; returns the address.

    `version` is the one that was on screen: asked twice from the same page, it goes once. Raises NotFound, NotOrdered,
    NoSupplierAddress.
    """
    order = purchases.locked(session, number)
    if order.state is PurchaseState.DRAFT or order.ordered_on is None:
        raise NotOrdered(number, order.state)
    supplier = session.get_one(Supplier, order.supplier_id)
    if not supplier.email:
        raise NoSupplierAddress(supplier.name)
    text = words.mail(order.number, order.ordered_on, order.expected_on, _issuer(session)[0])
    key = f"purchase:{order.id}:{version}"
    mails.queue(session, Message(key, supplier.email, text.subject, text.body), by.now)
    if order.version == version:
        order.version += 1
        purchases.tell(session, "purchase.mail", number, {"to": supplier.email}, by)
    session.flush()
    return supplier.email


def attachment(database: Database, key: str) -> Attachment | None:
    """The PDF that a mail of this key carries; None for a mail that carries no order."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    with database.reading() as session:
        number = session.scalar(select(PurchaseOrder.number).where(PurchaseOrder.id == int(found[1])))
        return None if number is None else Attachment(f"{number}.pdf", pdf(session, number))


def pdf(session: Session, number: str) -> bytes:
    """An order to a supplier as a PDF, as its lines say it. Raises NotFound."""
    order = queries.order(session, number)
    lines = [line for line in queries.lines(session, order.id) if line.quantity > line.cancelled]
    issuer, address, contact = _issuer(session)
    sheet = PurchaseOrderSheet(
        title=words.TITLE,
        number=order.number,
        issuer=issuer,
        issuer_lines=address,
        supplier_title=words.SUPPLIER,
        supplier=_whom(order.supplier, order.address, order.customer_number, order.email),
        facts=_facts(order, contact),
        heads=words.COLUMNS,
        lines=[_line(line) for line in lines],
        total=_total(lines),
        notes=[*(order.note or "").splitlines(), words.PRICES],
        delivery_title=words.DELIVER_TO,
        delivery=[issuer, *address],
    )
    return render(sheet)


def _issuer(session: Session) -> tuple[str, list[str], str]:
    """The name of who orders, the lines of its address, and the e-mail to write to."""
    body = session.scalars(select(Collectivity).where(Collectivity.is_issuer)).first()
    if body is None:
        return "Garage mutualisé", [], ""
    town = " ".join(filter(None, (body.postal_code, body.city)))
    lines = [*(body.address or "").splitlines(), *filter(None, (town,))]
    return body.name, lines, next(iter((body.emails or "").split()), "").strip(",;")


def _whom(name: str, address: str | None, customer: str | None, email: str | None) -> list[str]:
    number = f"Notre numéro de client\u00a0: {customer}" if customer else ""
    return [text for text in (name, *(address or "").splitlines(), email or "", number) if text]


def _facts(order: AnyRow, contact: str) -> list[str]:
    return [
        words.ordered_on(order.ordered_on),
        *([words.expected_on(order.expected_on)] if order.expected_on else []),
        *([words.bought_by(order.author, order.author_email or contact)] if order.author else []),
    ]


def _line(line: Line) -> OrderedLine:
    wanted = line.quantity - line.cancelled
    price = unit_price(line.price) if line.price is not None else "–"
    amount = euros(cents(wanted * line.price)) if line.price is not None else "–"
    told = f"{line.label} (notre référence {', '.join(filter(None, (line.reference, words.by_pack(line.pack))))})"
    return OrderedLine(line.supplier_reference or "–", told, (f"{quantity(wanted)} {line.unit}", price, amount))


def _total(lines: list[Line]) -> tuple[str, str] | None:
    total = queries.total(lines)
    left_out = words.unpriced(total.unpriced)
    return f"{words.TOTAL}, {left_out}" if left_out else words.TOTAL, euros(total.amount)
