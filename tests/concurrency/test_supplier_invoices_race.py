"""Two people at one supplier's invoice: accepted once, a number once, nothing billed twice nor half done (E9, E17)."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from garage.db.models.journal import JournalEntry
from garage.db.models.purchases import ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import StockMovement
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.queries import supplier_invoices as queries
from garage.db.session import Database
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.errors.supplier_invoices import InvoiceAccepted, InvoiceNumberKnown, NotToBill
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.stock import MovementKind
from garage.operations import goods_receipts, order_lines, supplier_invoices, suppliers
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.order_lines import External
from garage.operations.supplier_acceptance import Told, accept
from garage.operations.supplier_free_lines import FreeLine, Target, add
from garage.operations.supplier_invoices import By, Head, Matched
from garage.operations.supplier_review import review
from tests.factories import garage as make

pytestmark = pytest.mark.slow
BY = By(make.HEAD, make.NOW, make.TODAY)
DAY = date(2026, 10, 1)
NAME = "Pièces de l’Ouest"
AT_ONCE = 4
D = Decimal


class _Killed(BaseException):
    """The instant at which everything stops."""


@pytest.fixture
def stocked(database: Database) -> Database:
    """Two parts received, two orders with work that awaits its cost, an invoice of all of it, at other prices."""
    with database.transaction() as session:
        made = make.garage(session)
        sold = suppliers.named(session, NAME, make.NOW)
        lines = [Received(made.parts[name].id, D(10), D(12)) for name in ("P1", "P2")]
        goods_receipts.receive(session, Delivery(sold, "BL 1", DAY, lines), make.HEAD, make.NOW, make.TODAY)
        orders = [make.order(session, made.partner) for _ in range(2)]
        for order in orders:
            order_lines.add_external(session, make.entry(order), External(NAME, None, D(1), None))
        invoice = supplier_invoices.record(session, NAME, Head("F 1", DAY, D("270.00")), BY)
        wanted = [Matched(D(10), D(13), receipt_line_id=one) for one in session.scalars(select(ReceiptLine.id))]
        supplier_invoices.match(session, invoice.id, 1, wanted, BY)
        targets = [Target(order.number, 1) for order in orders]
        add(session, invoice.id, FreeLine("Transport", D("10.00"), targets, form_token="t"), BY)
    return database


def at_once(database: Database, *acts: Callable[..., object]) -> list[BaseException]:
    """Do these at the same time, each in its own transaction; what was refused or broke."""
    gate, refused = threading.Barrier(len(acts)), []

    def one(act: Callable[..., object]) -> None:
        gate.wait()
        try:
            with database.transaction() as session:
                act(session)
        except (GarageError, OSError, RuntimeError, ValueError) as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return refused


def seen(database: Database, invoice_id: int = 1) -> str:
    with database.reading() as session:
        return review(session, queries.one(session, invoice_id)).seen


def state(database: Database) -> tuple[SupplierInvoiceState, int, int, int]:
    """The invoice's state, corrected prices, costs known, acts of acceptance."""
    with database.reading() as session:
        invoice = session.get_one(SupplierInvoice, 1)
        prices = session.scalar(select(func.count()).where(StockMovement.kind == MovementKind.PRICE))
        costs = session.scalar(select(func.count()).where(OrderLine.cost.is_not(None)))
        told = session.scalar(select(func.count()).where(JournalEntry.action == "supplier_invoice.accept"))
        return invoice.state, prices or 0, costs or 0, told or 0


def test_two_people_accept_at_once_and_one_does(stocked: Database) -> None:
    key = seen(stocked)
    refused = at_once(stocked, *[lambda session: accept(session, 1, key, Told({}), BY)] * AT_ONCE)
    assert [type(one) for one in refused] == [InvoiceAccepted] * (AT_ONCE - 1)
    assert state(stocked) == (SupplierInvoiceState.ACCEPTED, 2, 2, 1)


def test_accepting_while_the_parts_and_the_orders_move(stocked: Database) -> None:
    """No deadlock: both take the orders, then the parts."""
    key = seen(stocked)
    with stocked.reading() as session:
        numbers = list(session.scalars(select(RepairOrder.number).order_by(RepairOrder.id)))
        parts = list(session.scalars(select(ReceiptLine.part_id).order_by(ReceiptLine.id)))

    def issue(number: str, part_id: int) -> Callable[..., object]:
        entry = order_lines.Entry(number, DAY, make.HEAD, make.NOW, make.TODAY)
        return lambda session: order_lines.add_part(session, entry, part_id, D(1))

    moves = [issue(number, part) for number in numbers for part in reversed(parts)]
    refused = at_once(stocked, lambda session: accept(session, 1, key, Told({}), BY), *moves)
    assert refused == []
    assert state(stocked)[0] is SupplierInvoiceState.ACCEPTED


def test_accepting_while_somebody_matches_again(stocked: Database) -> None:
    key = seen(stocked)
    with stocked.reading() as session:
        invoice = session.get_one(SupplierInvoice, 1)
        version, goods = invoice.version, list(session.scalars(select(ReceiptLine.id)))
    less = [Matched(D(5), D(13), receipt_line_id=goods[0])]
    refused = at_once(
        stocked,
        lambda session: accept(session, 1, key, Told({}), BY),
        lambda session: supplier_invoices.match(session, 1, version, less, BY),
    )
    assert len(refused) == 1
    if isinstance(refused[0], InvoiceAccepted):
        assert state(stocked) == (SupplierInvoiceState.ACCEPTED, 2, 2, 1)
    else:
        assert state(stocked) == (SupplierInvoiceState.TO_CHECK, 0, 0, 0)


def test_a_number_entered_at_once_is_entered_once(stocked: Database) -> None:
    acts = [
        lambda session, word=word: supplier_invoices.record(session, NAME, Head(word, DAY, D(10)), BY)
        for word in ("G 2", "g2", "G2", "g 2")
    ]
    assert [type(one) for one in at_once(stocked, *acts)] == [InvoiceNumberKnown] * 3
    same = [lambda session: supplier_invoices.record(session, NAME, Head("H 3", DAY, D(10)), BY, "jeton")] * AT_ONCE
    assert at_once(stocked, *same) == []
    with stocked.reading() as session:
        assert session.scalar(select(func.count()).select_from(SupplierInvoice)) == 3


def test_goods_matched_by_two_invoices_at_once_are_billed_once(stocked: Database) -> None:
    with stocked.transaction() as session:
        sold = suppliers.named(session, NAME, make.NOW)
        part = session.scalars(select(ReceiptLine.part_id)).first()
        note = Delivery(sold, "BL 2", DAY, [Received(part or 0, D(3), D(12))])
        made = goods_receipts.receive(session, note, make.HEAD, make.NOW, make.TODAY)
        line = session.scalars(select(ReceiptLine.id).where(ReceiptLine.receipt_id == made.id)).one()
        ids = [supplier_invoices.record(session, NAME, Head(f"K {n}", DAY, D(36)), BY).id for n in range(AT_ONCE)]
    wanted = [Matched(D(3), D(12), receipt_line_id=line)]
    acts = [lambda session, key=key: supplier_invoices.match(session, key, 1, wanted, BY) for key in ids]
    assert [type(one) for one in at_once(stocked, *acts)] == [NotToBill] * (AT_ONCE - 1)
    with stocked.reading() as session:
        billed = select(func.count()).where(SupplierInvoiceLine.receipt_line_id == line)
        assert session.scalar(billed) == 1


def test_stopped_at_any_statement_nothing_is_half_accepted(stocked: Database) -> None:
    key, count = seen(stocked), 0
    while True:
        count += 1
        left = [count]

        def stop(*_: object, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise _Killed

        event.listen(stocked.engine, "before_cursor_execute", stop)
        try:
            with stocked.transaction() as session:
                accept(session, 1, key, Told({}), BY)
            break
        except _Killed:
            event.remove(stocked.engine, "before_cursor_execute", stop)
            assert state(stocked) == (SupplierInvoiceState.TO_CHECK, 0, 0, 0)
            assert seen(stocked) == key
        finally:
            if event.contains(stocked.engine, "before_cursor_execute", stop):
                event.remove(stocked.engine, "before_cursor_execute", stop)
    assert count > 20
    assert state(stocked) == (SupplierInvoiceState.ACCEPTED, 2, 2, 1)


def test_a_stale_page_is_refused(stocked: Database) -> None:
    with pytest.raises(Conflict), stocked.transaction() as session:
        accept(session, 1, "autre", Told({}), BY)


def test_a_number_brought_by_another_supplier_at_once_is_there_once(stocked: Database) -> None:
    with stocked.transaction() as session:
        suppliers.named(session, "Un autre", make.NOW)
        key = supplier_invoices.record(session, "Un autre", Head("M 4", DAY, D(10)), BY).id
    refused = at_once(
        stocked,
        lambda session: supplier_invoices.change(session, key, 1, Head("M 4", DAY, D(10)), BY, NAME),
        lambda session: supplier_invoices.record(session, NAME, Head("m4", DAY, D(10)), BY),
    )
    assert [type(one) for one in refused] == [InvoiceNumberKnown]
