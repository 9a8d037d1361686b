"""A supplier's invoice entered, matched, disputed, accepted, on both databases (E8, E9, S3, S5)."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice, LiveBilling
from garage.db.models.journal import JournalEntry
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.models.supplier_invoices import SupplierInvoice
from garage.db.models.suppliers import Supplier
from garage.db.queries import supplier_invoices as queries
from garage.db.queries import supplier_matching, unmatched
from garage.db.queries.supplier_invoices import InvoiceFilter
from garage.db.session import Database
from garage.domain.errors.base import Conflict, GarageError, NotFound, ReasonMissing
from garage.domain.errors.purchases import ReceiptFollowed
from garage.domain.errors.repair_orders import OrderClosed
from garage.domain.errors.stock import BadCost, BadQuantity, YearFrozen
from garage.domain.errors.supplier_invoices import (
    BadFreeAmount,
    BadInvoiceDay,
    BadInvoiceTotal,
    BadInvoiceVat,
    BadShares,
    DepositShared,
    GapUnexplained,
    InvoiceAccepted,
    InvoiceDisputed,
    InvoiceHasLines,
    InvoiceNotDisputed,
    InvoiceNumberKnown,
    InvoiceTotalDiffers,
    LabelMissing,
    LineMatched,
    NoInvoiceLine,
    NotExternal,
    NotFromPrices,
    NotToBill,
    SameTarget,
    SentOtherwise,
    ShareNotExact,
    ShareTooSmall,
    SupplierMatched,
    UnknownSupplier,
)
from garage.domain.parts import DepositState
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.repair_orders import LineNature, OrderState
from garage.domain.stock import MovementKind
from garage.domain.supplier_invoices import Effect, Gap
from garage.french import supplier_invoices as words
from garage.operations import (
    core_deposits,
    goods_receipts,
    order_lines,
    purchases,
    receipt_corrections,
    repair_orders,
    suppliers,
)
from garage.operations import supplier_invoices as invoices
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.order_lines import External
from garage.operations.supplier_acceptance import Told, accept
from garage.operations.supplier_free_lines import FreeLine, Target, add
from garage.operations.supplier_invoices import By, Head, Matched
from garage.operations.supplier_review import Review, review
from tests.factories import garage as make
from tests.factories.bills import invoice as bill

BY = By(make.HEAD, make.NOW, make.TODAY)
DAY = date(2026, 10, 1)
NAME = "Pièces de l’Ouest"
D = Decimal


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A garage, and a supplier that delivered 10 of P1 and 4 of P2 at 12 euros on one note; P1, P2 had 100 at 10."""
    with database.transaction() as session:
        made = make.garage(session)
        session.info["garage"] = made
        lines = [Received(made.parts["P1"].id, D(10), D(12)), Received(made.parts["P2"].id, D(4), D(12))]
        receive(session, "BL 1", lines)
        yield session


def receive(session: Session, note: str, lines: list[Received], day: date = DAY) -> GoodsReceipt:
    sold = suppliers.named(session, NAME, make.NOW)
    return goods_receipts.receive(session, Delivery(sold, note, day, lines), make.HEAD, make.NOW, make.TODAY)


def goods(session: Session) -> list[ReceiptLine]:
    return list(session.scalars(select(ReceiptLine).order_by(ReceiptLine.id)))


def entered(session: Session, net: str = "120.00", number: str = "F 1", **more: Any) -> SupplierInvoice:
    name = more.pop("supplier", NAME)
    suppliers.named(session, name, make.NOW)
    return invoices.record(session, name, Head(number, DAY, D(net)), BY, **more)


def match(session: Session, invoice: SupplierInvoice, *lines: Matched) -> None:
    invoices.match(session, invoice.id, invoice.version, lines, BY)


def look(session: Session, invoice: SupplierInvoice) -> Review:
    session.flush()
    return review(session, queries.one(session, invoice.id))


def take(session: Session, invoice: SupplierInvoice, reasons: dict[int, str] | None = None, *to_order: int) -> Review:
    return accept(session, invoice.id, look(session, invoice).seen, Told(reasons or {}, to_order), BY)


def order(session: Session, **more: Any) -> RepairOrder:
    return make.order(session, session.info["garage"].partner, **more)


def outside(
    session: Session, made: RepairOrder, cost: str | None = None, quantity: str = "1", **more: Any
) -> OrderLine:
    values = External(more.pop("supplier", NAME), more.pop("typed", None), D(quantity), cost and D(cost))
    return order_lines.add_external(session, make.entry(made, label="Rectification"), values)


def lines_of(session: Session, made: RepairOrder) -> list[OrderLine]:
    rows = select(OrderLine).where(OrderLine.order_id == made.id).order_by(OrderLine.rank)
    return list(session.scalars(rows))


def acts(session: Session, action: str) -> list[dict[str, Any]]:
    rows = select(JournalEntry.data).where(JournalEntry.action == f"supplier_invoice.{action}")
    return list(session.scalars(rows.order_by(JournalEntry.id)))


# Entering


def test_a_number_is_entered_once_per_supplier_however_it_is_typed(session: Session) -> None:
    first = entered(session, number="  FA  2026-7 ")
    assert (first.number, first.state) == ("FA 2026-7", SupplierInvoiceState.TO_CHECK)
    for number in ("FA 2026-7", "fa2026-7", "F A 2026-7"):
        with pytest.raises(InvoiceNumberKnown) as told:
            entered(session, number=number)
        assert (told.value.number, told.value.supplier) == ("FA 2026-7", NAME)
    entered(session, number="FA 2026-7", supplier="Un autre")
    assert len(acts(session, "record")) == 2


def test_an_unknown_supplier_is_refused_with_the_nearest_and_never_made(session: Session) -> None:
    known = session.scalar(select(func.count()).select_from(Supplier))
    for typed, nearest in (("Piece de l’ouest", NAME), ("ouest", NAME), ("Quincaillerie", None), ("", None)):
        with pytest.raises(UnknownSupplier) as told:
            invoices.record(session, typed, Head("F 1", DAY, D(10)), BY)
        assert told.value.nearest == nearest
    assert session.scalar(select(func.count()).select_from(Supplier)) == known
    assert entered(session, supplier="  PIECES de l'ouest ").supplier_id == suppliers.named(session, NAME, make.NOW)


def test_a_number_with_an_accent_is_the_same_without(session: Session) -> None:
    entered(session, number="FÉ 1")
    with pytest.raises(InvoiceNumberKnown):
        entered(session, number="fe1")


@pytest.mark.parametrize("vat", ["-0.01", "120.00", "144"])
def test_a_vat_that_is_none(session: Session, vat: str) -> None:
    with pytest.raises(BadInvoiceVat):
        invoices.record(session, NAME, Head("1", DAY, D(120), vat=D(vat)), BY)


def test_another_supplier_is_given_until_something_is_matched(session: Session) -> None:
    other = suppliers.named(session, "Pneus du Léon", make.NOW)
    entered(session, number="F 7", supplier="Pneus du Léon")
    invoice = entered(session)
    head, mine = Head("F 1", DAY, D("120.00"), vat=D("24.00")), invoice.supplier_id
    with pytest.raises(UnknownSupplier):
        invoices.change(session, invoice.id, invoice.version, head, BY, "Pneu")
    with pytest.raises(InvoiceNumberKnown):
        invoices.change(session, invoice.id, invoice.version, Head("f7", DAY, D(120)), BY, "Pneus du Léon")
    invoices.change(session, invoice.id, invoice.version, head, BY, "pneus du leon")
    assert (invoice.supplier_id, invoice.vat) == (other, D("24.00"))
    invoices.change(session, invoice.id, invoice.version, head, BY, NAME)
    assert invoice.supplier_id == mine
    match(session, invoice, Matched(D(10), D(12), receipt_line_id=goods(session)[0].id))
    with pytest.raises(SupplierMatched):
        invoices.change(session, invoice.id, invoice.version, head, BY, "Pneus du Léon")
    assert invoice.supplier_id == mine


def test_the_same_form_gives_the_same_invoice_and_another_content_is_refused(session: Session) -> None:
    first = entered(session, form_token="t1")
    assert entered(session, form_token="t1").id == first.id
    with pytest.raises(SentOtherwise):
        entered(session, net="121.00", form_token="t1")
    assert session.scalar(select(func.count()).select_from(SupplierInvoice)) == 1


@pytest.mark.parametrize("net", ["0", "-5", "100000000"])
def test_a_total_that_is_none(session: Session, net: str) -> None:
    with pytest.raises(BadInvoiceTotal):
        entered(session, net)


@pytest.mark.parametrize("day", [make.TODAY + timedelta(days=1), date(2024, 12, 31)])
def test_a_day_that_is_none(session: Session, day: date) -> None:
    with pytest.raises(BadInvoiceDay):
        invoices.record(session, NAME, Head("1", day, D(10)), BY)


def test_the_head_is_corrected_until_it_is_accepted(session: Session) -> None:
    invoice, other = entered(session), entered(session, number="F 2")
    version = invoice.version
    invoices.change(session, invoice.id, version, Head("F 3", DAY, D("48.00"), "a" * 64), BY)
    invoices.change(session, invoice.id, version, Head("F 3", DAY, D("48.00")), BY)  # sent twice
    assert (invoice.number, invoice.net, invoice.photo, invoice.version) == ("F 3", D("48.00"), "a" * 64, version + 1)
    with pytest.raises(Conflict):
        invoices.change(session, invoice.id, version, Head("F 4", DAY, D("48.00")), BY)
    with pytest.raises(InvoiceNumberKnown):
        invoices.change(session, invoice.id, invoice.version, Head("f2", DAY, D("48.00")), BY)
    match(session, invoice, Matched(D(4), D(12), receipt_line_id=goods(session)[1].id))
    take(session, invoice)
    with pytest.raises(InvoiceAccepted):
        invoices.change(session, invoice.id, invoice.version, Head("F 9", DAY, D(1)), BY)
    invoices.withdraw(session, other.id, other.version, BY)
    assert session.get(SupplierInvoice, other.id) is None
    assert acts(session, "withdraw")[0]["net"] == "120.00"
    with pytest.raises(NotFound):
        invoices.withdraw(session, 999, 1, BY)


# Proposing and matching


def test_what_an_invoice_may_bill(session: Session) -> None:
    made = order(session)
    mine = outside(session, made, supplier="  PIECES de l’ouest")
    outside(session, made, supplier="Un autre")
    outside(session, made, typed="F 88")
    typed = outside(session, made, typed="F 1")
    bought = order_lines.add_bought_part(session, make.entry(made), session.info["garage"].parts["P1"].id, D(1), D(9))
    invoice = entered(session)
    seen = supplier_matching.received_lines(session, invoice.supplier_id, invoice.id)
    assert [row.id for row in seen] == [one.id for one in goods(session)]
    found = supplier_matching.order_lines(session, invoice.supplier_id, invoice.id, invoice.number)
    assert {row.id for row in found} == {mine.id, typed.id, bought.id}
    match(session, invoice, Matched(D(10), D(12), receipt_line_id=goods(session)[0].id))
    second = entered(session, number="F 2")
    left = supplier_matching.received_lines(session, second.supplier_id, second.id)
    assert [row.id for row in left] == [goods(session)[1].id]
    still = supplier_matching.received_lines(session, invoice.supplier_id, invoice.id)
    assert len(still) == 2


def test_matching_replaces_what_was_matched_and_the_same_again_changes_nothing(session: Session) -> None:
    one, two = goods(session)
    invoice = entered(session)
    add(session, invoice.id, FreeLine("Port", D(5), reason="Compris"), BY)
    match(session, invoice, Matched(D(10), D(12), receipt_line_id=one.id))
    old, version = invoice.version, invoice.version
    wanted = (Matched(D(9), D(12), receipt_line_id=one.id), Matched(D(4), None, D("48.00"), receipt_line_id=two.id))
    match(session, invoice, *wanted)
    invoices.match(session, invoice.id, old, wanted, BY)
    assert invoice.version == version + 1
    assert [(row.label[:4], row.net) for row in invoices.lines_of(session, invoice.id)] == [
        ("Port", D(5)), ("P1 P", D("108.00")), ("P2 P", D("48.00")),
    ]  # fmt: skip
    with pytest.raises(Conflict):
        invoices.match(session, invoice.id, old, wanted[:1], BY)
    match(session, invoice, wanted[1])
    assert len(invoices.lines_of(session, invoice.id)) == 2


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ((D(0), D(1), None), BadQuantity),
        ((D(-1), D(1), None), BadQuantity),
        ((D(1), D(-1), None), BadCost),
        ((D(1), None, None), NotFromPrices),
        ((D(99999), None, D("0.05")), NotFromPrices),
    ],
)
def test_lines_that_are_none(session: Session, line: tuple[Any, ...], refusal: type[GarageError]) -> None:
    invoice = entered(session)
    with pytest.raises(refusal):
        match(session, invoice, Matched(*line, receipt_line_id=goods(session)[0].id))


def test_another_supplier_s_goods_or_work_are_not_billed(session: Session) -> None:
    theirs = outside(session, order(session), supplier="Un autre")
    invoice = entered(session, supplier="Un troisième")
    with pytest.raises(NotToBill):
        match(session, invoice, Matched(D(1), D(12), receipt_line_id=goods(session)[0].id))
    with pytest.raises(NotToBill):
        match(session, invoice, Matched(D(1), D(12), order_line_id=theirs.id))


# Differences


def test_differences_are_named_line_by_line(session: Session) -> None:
    one, two = goods(session)
    invoice = entered(session, "200.00")
    match(session, invoice, Matched(D(12), D(12), receipt_line_id=one.id), Matched(D(3), D(13), receipt_line_id=two.id))
    add(session, invoice.id, FreeLine("Port", D(5)), BY)
    seen = look(session, invoice)
    assert [[(gap.gap, gap.by) for gap in line.gaps] for line in seen.lines] == [
        [(Gap.QUANTITY_ABOVE, D(2))],
        [(Gap.QUANTITY_BELOW, D(-1)), (Gap.PRICE_ABOVE, D("3.00"))],
        [(Gap.NOWHERE, D("5.00"))],
    ]
    assert [line.reason_needed for line in seen.lines] == [True, False, True]
    assert seen.total == D("188.00")
    assert [(row.id, row.left) for row in seen.absent] == [(two.id, D(1))]


def test_nothing_is_accepted_with_another_total_or_no_line_or_without_reasons(session: Session) -> None:
    invoice = entered(session, "144.00")
    with pytest.raises(NoInvoiceLine):
        take(session, invoice)
    match(session, invoice, Matched(D(12), D(12), receipt_line_id=goods(session)[0].id))
    invoices.change(session, invoice.id, invoice.version, Head("F 1", DAY, D("144.01")), BY)
    with pytest.raises(InvoiceTotalDiffers) as told:
        take(session, invoice)
    assert (told.value.lines, told.value.total) == (D("144.00"), D("144.01"))
    invoices.change(session, invoice.id, invoice.version, Head("F 1", DAY, D("144.00")), BY)
    line = invoices.lines_of(session, invoice.id)[0]
    for reasons in ({}, {line.id: "  "}):
        with pytest.raises(GapUnexplained) as why:
            take(session, invoice, reasons)
        assert why.value.line_id == line.id
    take(session, invoice, {line.id: "Deux livrés sans bon"})
    assert (invoice.state, line.reason) == (SupplierInvoiceState.ACCEPTED, "Deux livrés sans bon")
    assert acts(session, "accept")[0]["differences"][0]["reason"] == "Deux livrés sans bon"


# Accepting goods


def test_an_accepted_price_corrects_the_receipt_as_the_page_said(session: Session) -> None:
    part = session.info["garage"].parts["P1"]
    made = order(session)
    order_lines.add_part(session, make.entry(made), part.id, D(55))  # half of the 110 is gone
    before = session.get_one(Part, part.id)
    average, value = before.average_cost, before.value
    invoice = entered(session, "130.00")
    match(session, invoice, Matched(D(10), D(13), receipt_line_id=goods(session)[0].id))
    told = look(session, invoice).lines[0]
    assert (told.effect, told.price.cost_before, told.price.cost_after) == (Effect.CORRECTS_PRICE, D(12), D(13))
    take(session, invoice)
    session.refresh(before)
    written = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.PRICE)).one()
    assert (told.price.average_before, told.price.average_after) == (average, before.average_cost)
    assert told.price.variance == written.variance
    assert written.variance + (before.value - value) == D("10.00")  # every euro of the difference is somewhere
    assert written.reason == f"Facture F 1 de {NAME}"
    assert written.receipt_line_id == goods(session)[0].id
    assert lines_of(session, made)[0].cost == average  # an issue already made keeps its cost (S5)


def test_goods_billed_in_two_times_at_two_prices(session: Session) -> None:
    one = goods(session)[0]
    first, second = entered(session, "65.00"), entered(session, "60.00", "F 2")
    match(session, first, Matched(D(5), D(13), receipt_line_id=one.id))
    take(session, first)
    match(session, second, Matched(D(5), D(12), receipt_line_id=one.id))
    seen = look(session, second).lines[0]
    assert (seen.gaps, seen.effect, seen.cost) == ((), Effect.NOTHING, D(12))
    take(session, second)
    written = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.PRICE)).one()
    assert written.unit_cost == D("12.5")
    assert supplier_matching.received_lines(session, first.supplier_id, 0)[0].id == goods(session)[1].id


def test_an_invoice_is_accepted_once_and_only_as_it_was_seen(session: Session) -> None:
    one = goods(session)[0]
    invoice = entered(session)
    match(session, invoice, Matched(D(10), D(12), receipt_line_id=one.id))
    seen = look(session, invoice).seen
    invoices.change(session, invoice.id, invoice.version, Head("F 1b", DAY, D("120.00")), BY)
    with pytest.raises(Conflict):
        accept(session, invoice.id, seen, Told({}), BY)
    take(session, invoice)
    for act in (
        lambda: take(session, invoice),
        lambda: match(session, invoice),
        lambda: add(session, invoice.id, FreeLine("Port", D(1)), BY),
        lambda: invoices.dispute(session, invoice.id, invoice.version, "Un avoir", BY),
        lambda: invoices.remove_line(session, invoice.id, 1, BY),
    ):
        with pytest.raises(InvoiceAccepted):
            act()
    assert len(acts(session, "accept")) == 1


def test_a_frozen_year_refuses_a_corrected_price_and_nothing_is_written(session: Session) -> None:
    session.add(StockYear(year=2026, value=D(0), parts=0, issuer="", sha256="0" * 64, frozen_at=make.NOW))
    session.flush()
    invoice = entered(session, "130.00")
    match(session, invoice, Matched(D(10), D(13), receipt_line_id=goods(session)[0].id))
    with pytest.raises(YearFrozen):
        take(session, invoice)


def test_a_part_straight_to_an_order_keeps_its_cost_with_a_reason(session: Session) -> None:
    made, part = order(session), session.info["garage"].parts["P1"]
    by = purchases.By(make.HEAD, make.NOW, make.TODAY)
    sold = suppliers.named(session, NAME, make.NOW)
    wanted = purchases.add_line(session, sold, part.id, D(2), by, repair_order_id=made.id)
    bought = purchase_sent(session, wanted)
    receive(session, "BL 2", [Received(part.id, D(2), D(30), bought)])
    line = lines_of(session, made)[0]
    invoice = entered(session, "62.00")
    match(session, invoice, Matched(D(2), D(31), receipt_line_id=goods(session)[2].id))
    told = look(session, invoice).lines[0]
    assert (told.effect, told.reason_needed, told.row.order_number) == (Effect.KEEPS, True, made.number)
    with pytest.raises(GapUnexplained):
        take(session, invoice)
    take(session, invoice, {told.row.id: "Prix du catalogue dépassé"})
    assert (line.cost, line.supplier, line.supplier_invoice) == (D(30), NAME, "F 1")


def for_one_order(session: Session, quantity: str = "2", cost: str = "30") -> tuple[RepairOrder, OrderLine]:
    """A part bought for an order, come on a delivery note."""
    made, part = order(session), session.info["garage"].parts["P1"]
    by = purchases.By(make.HEAD, make.NOW, make.TODAY)
    sold = suppliers.named(session, NAME, make.NOW)
    wanted = purchases.add_line(session, sold, part.id, D(quantity), by, repair_order_id=made.id)
    receive(session, "BL 2", [Received(part.id, D(quantity), D(cost), purchase_sent(session, wanted))])
    return made, lines_of(session, made)[0]


def test_the_head_puts_the_difference_on_an_order_that_is_not_billed_to_the_cent(session: Session) -> None:
    made, line = for_one_order(session, "3", "30.1111")
    invoice = entered(session, "92.50")
    match(session, invoice, Matched(D(3), None, D("92.50"), receipt_line_id=goods(session)[2].id))
    told = look(session, invoice).lines[0]
    assert (told.effect, told.may_go_to_order, told.dearer) == (Effect.KEEPS, True, D("2.17"))  # 92.50 − 90.33
    take(session, invoice, {}, told.row.id)
    new = lines_of(session, made)[-1]
    assert (new.nature, new.quantity, new.cost, new.supplier_invoice) == (LineNature.EXTERNAL, D(1), D("2.17"), "F 1")
    assert (line.cost, line.supplier_invoice) == (D("30.1111"), "F 1")  # what is issued keeps its cost (S5)
    assert invoices.lines_of(session, invoice.id)[0].reason == f"2,17\u00a0€ portés sur l’ordre {made.number}"
    assert acts(session, "accept")[0]["differences"][0]["to_order"] == "2.17"


def test_only_what_came_for_the_order_is_put_on_it(session: Session) -> None:
    made, _ = for_one_order(session)
    invoice = entered(session, "155.00")
    match(session, invoice, Matched(D(5), D(31), receipt_line_id=goods(session)[2].id))
    told = look(session, invoice).lines[0]
    assert (told.may_go_to_order, told.dearer) == (True, D("2.00"))
    take(session, invoice, {}, told.row.id)
    assert lines_of(session, made)[-1].cost == D("2.00")


def test_nothing_goes_to_an_order_unasked_or_cheaper(session: Session) -> None:
    made, _ = for_one_order(session)
    invoice = entered(session, "58.00")
    match(session, invoice, Matched(D(2), D(29), receipt_line_id=goods(session)[2].id))
    told = look(session, invoice).lines[0]
    assert not told.may_go_to_order
    with pytest.raises(GapUnexplained):
        take(session, invoice, {}, told.row.id)
    take(session, invoice, {told.row.id: "Remise"}, told.row.id)
    assert len(lines_of(session, made)) == 1


def test_goods_of_an_order_billed_already_bring_a_complement(session: Session) -> None:
    made, line = for_one_order(session)
    make.labour(session, made)
    make.check(session, made)
    live(session, line)
    invoice = entered(session, "64.00")
    match(session, invoice, Matched(D(2), D(32), receipt_line_id=goods(session)[2].id))
    told = look(session, invoice).lines[0]
    assert (told.effect, told.reason_needed) == (Effect.COMPLEMENT, False)
    take(session, invoice)
    assert (lines_of(session, made)[-1].cost, line.cost) == (D("4.00"), D(30))


def test_a_price_billed_once_the_stock_went_through_zero_is_all_variance(session: Session) -> None:
    made, part = order(session), session.info["garage"].parts["P2"]
    order_lines.add_part(session, make.entry(made), part.id, session.get_one(Part, part.id).on_hand)
    receive(session, "BL 9", [Received(part.id, D(6), D(20))])
    invoice = entered(session, "39.00")
    match(session, invoice, Matched(D(3), D(13), receipt_line_id=goods(session)[1].id))
    price = look(session, invoice).lines[0].price
    assert price is not None
    assert (price.on_hand, price.to_stock, price.variance) == (D(6), D("0.00"), D("3.00"))
    row = look(session, invoice).lines[0].row
    told = dict(words.price_facts(row, D(12), price))
    assert told["Prix noté à la réception"] == "12,00\u00a0€"
    assert told["Prix moyen des 4\u00a0u reçus"] == "12,00\u00a0€ → 12,75\u00a0€"
    assert told["Écart de prix, sur ce qui est déjà sorti"] == "3,00\u00a0€"
    assert words.gone(row, price).startswith("Les 6\u00a0u en stock viennent d’autres livraisons")


def purchase_sent(session: Session, line: Any) -> int:
    """The line of an order that is sent to its supplier."""
    from_draft = session.get_one(purchases.PurchaseOrder, line.purchase_order_id)
    from_draft.state, from_draft.ordered_on = purchases.PurchaseState.ORDERED, DAY
    session.flush()
    return int(line.id)


# Accepting work and shares


def test_the_cost_of_work_bought_outside_comes_with_the_invoice(session: Session) -> None:
    made = order(session)
    awaiting, dearer = outside(session, made), outside(session, made, "80", quantity="2")
    invoice = entered(session, "280.00")
    match(
        session,
        invoice,
        Matched(D(1), D(100), order_line_id=awaiting.id),
        Matched(D(2), D(90), order_line_id=dearer.id),
    )
    seen = look(session, invoice)
    assert [line.effect for line in seen.lines] == [Effect.SETS_COST, Effect.SETS_COST]
    take(session, invoice)
    assert [(one.cost, one.supplier_invoice) for one in (awaiting, dearer)] == [(D(100), "F 1"), (D(90), "F 1")]


def test_a_bought_part_without_cost_gets_it_and_passes_through_the_stock(session: Session) -> None:
    made, part = order(session), session.info["garage"].parts["P1"]
    line = order_lines.add_bought_part(session, make.entry(made), part.id, D(3), None)
    on_hand = session.get_one(Part, part.id).on_hand
    invoice = entered(session, "21.00")
    match(session, invoice, Matched(D(3), D(7), order_line_id=line.id))
    take(session, invoice)
    assert (line.cost, line.supplier, line.supplier_invoice) == (D(7), NAME, "F 1")
    assert session.get_one(Part, part.id).on_hand == on_hand
    with pytest.raises(LineMatched):
        order_lines.remove(session, made.number, line.rank, make.HEAD, make.NOW)


def test_a_line_already_billed_gets_a_complement_or_keeps_its_cost(session: Session) -> None:
    made = order(session)
    low, high = outside(session, made, "80"), outside(session, made, "60")
    make.labour(session, made)
    make.check(session, made)
    live(session, low, high)
    invoice = entered(session, "150.00")
    match(session, invoice, Matched(D(1), D(100), order_line_id=low.id), Matched(D(1), D(50), order_line_id=high.id))
    seen = look(session, invoice)
    assert [line.effect for line in seen.lines] == [Effect.COMPLEMENT, Effect.KEEPS]
    take(session, invoice, {seen.lines[1].row.id: "Avoir à faire"})
    new = lines_of(session, made)[-1]
    assert (new.nature, new.cost, new.supplier, new.supplier_invoice) == (LineNature.EXTERNAL, D("20.00"), NAME, "F 1")
    assert (low.cost, high.cost) == (D(80), D(60))
    assert new.done_on == low.done_on


def live(session: Session, *lines: OrderLine) -> None:
    """These lines stand on an issued bill."""
    number = bill(session, session.info["garage"].partner, "100")
    issued = session.scalars(select(Invoice.id).where(Invoice.number == number)).one()
    session.add_all(LiveBilling(order_line_id=line.id, invoice_id=issued) for line in lines)
    session.flush()


def test_a_sum_is_shared_over_orders_to_the_cent_the_last_takes_the_rest(session: Session) -> None:
    orders = [order(session) for _ in range(3)]
    awaiting = outside(session, orders[1])
    invoice = entered(session, "10.00")
    targets = [Target(orders[0].number), Target(orders[1].number, awaiting.rank), Target(orders[2].number)]
    free = FreeLine("Transport", D("10.00"), targets, form_token="t")
    add(session, invoice.id, free, BY)
    add(session, invoice.id, free, BY)
    assert [line.net for line in invoices.lines_of(session, invoice.id)] == [D("3.33"), D("3.33"), D("3.34")]
    with pytest.raises(SentOtherwise):
        add(session, invoice.id, FreeLine("Transport", D("11.00"), targets, form_token="t"), BY)
    assert [len(lines_of(session, made)) for made in orders] == [0, 1, 0]  # nothing before it is accepted
    take(session, invoice)
    assert [lines_of(session, made)[-1].cost for made in orders] == [D("3.33"), D("3.33"), D("3.34")]
    assert {lines_of(session, made)[-1].supplier_invoice for made in orders} == {"F 1"}
    assert all(line.order_line_id for line in invoices.lines_of(session, invoice.id))


def test_given_shares(session: Session) -> None:
    orders = [order(session) for _ in range(2)]
    invoice = entered(session, "10.00")
    targets = [Target(orders[0].number, weight=D(1)), Target(orders[1].number, weight=D(2))]
    add(session, invoice.id, FreeLine("Transport", D("10.00"), targets), BY)
    assert [line.net for line in invoices.lines_of(session, invoice.id)] == [D("3.33"), D("6.67")]


def test_an_invoiced_order_takes_a_share_as_a_complement(session: Session) -> None:
    made = order(session)
    make.labour(session, made)
    make.check(session, made)
    made.state = OrderState.INVOICED
    invoice = entered(session, "10.00")
    add(session, invoice.id, FreeLine("Port", D(10), [Target(made.number)]), BY)
    take(session, invoice)
    assert made.state is OrderState.DONE
    assert lines_of(session, made)[-1].cost == D(10)


@pytest.mark.parametrize(
    ("free", "refusal"),
    [
        (FreeLine("  ", D(1)), LabelMissing),
        (FreeLine("Port", D(0)), BadFreeAmount),
        (FreeLine("Port", D(1_000_000)), BadFreeAmount),
        (FreeLine("Remise", D(-5), [Target("1")]), BadFreeAmount),
        (FreeLine("Port", D(5), [Target("1"), Target("1", weight=D(2))]), BadShares),
        (FreeLine("Port", D("0.01"), [Target("1"), Target("1"), Target("1")]), ShareTooSmall),
        (FreeLine("Port", D(5), [Target("RIEN")]), NotFound),
        (FreeLine("Port", D(5), [Target("1", 9)]), NotFound),
        (FreeLine("Port", D(5), [Target("1", 1), Target("1", 1)]), SameTarget),
        (FreeLine("Port", D(5), [Target("1", 2)]), NotExternal),
        (FreeLine("Port", D("0.05"), [Target("1", 3)]), ShareNotExact),
        (FreeLine("Port", D(5), [Target("2")]), OrderClosed),
    ],
)
def test_shares_that_are_refused(session: Session, free: FreeLine, refusal: type[GarageError]) -> None:
    one, two = order(session), order(session)
    outside(session, one)
    outside(session, one, "5")
    outside(session, one, quantity="99999")
    repair_orders.change_state(session, two.number, OrderState.CANCELLED, make.HEAD, make.NOW, reason="Doublon")
    names = {"1": one.number, "2": two.number}
    targets = [Target(names.get(t.order, t.order), t.rank, t.weight) for t in free.targets]
    invoice = entered(session)
    with pytest.raises(refusal):
        add(session, invoice.id, FreeLine(free.label, free.net, targets), BY)


def test_a_discount_is_borne_by_the_garage_with_a_reason(session: Session) -> None:
    invoice = entered(session, "115.00")
    match(session, invoice, Matched(D(10), D(12), receipt_line_id=goods(session)[0].id))
    add(session, invoice.id, FreeLine("Remise", D(-5), reason="Remise de fin d’année"), BY)
    take(session, invoice)
    assert invoice.state is SupplierInvoiceState.ACCEPTED


def test_a_deposit_billed_is_tied_to_the_one_that_is_open_once(session: Session) -> None:
    line = goods(session)[0]
    deposit = core_deposits.open_for(session, line, D(9), make.NOW)  # 10 of them
    invoice = entered(session, "92.00")
    free = FreeLine("Consigne", D("92.00"), form_token="c", deposit_id=deposit.id)
    with pytest.raises(DepositShared):
        add(session, invoice.id, FreeLine("Consigne", D(90), [Target("1")], deposit_id=deposit.id), BY)
    for _ in range(2):
        add(session, invoice.id, free, BY)
    assert [row.deposit_id for row in invoices.lines_of(session, invoice.id)] == [deposit.id]
    assert supplier_matching.deposits(session, invoice.supplier_id) == []
    assert unmatched.unmatched(session, make.TODAY).nowhere == []
    theirs = entered(session, number="F 2", supplier="Un autre")
    for other in (invoice, theirs):
        with pytest.raises(NotToBill):
            add(session, other.id, FreeLine("Consigne", D(90), deposit_id=deposit.id), BY)
    with pytest.raises(ReceiptFollowed):
        receipt_corrections.undo(session, line.id, "Saisi deux fois", purchases.By(make.HEAD, make.NOW, make.TODAY))
    with pytest.raises(SupplierMatched):
        invoices.change(session, invoice.id, invoice.version, Head("F 1", DAY, D("92.00")), BY, "Un autre")
    told = look(session, invoice).lines[0]
    assert [(gap.gap, gap.by) for gap in told.gaps] == [(Gap.PRICE_ABOVE, D("2.00"))]
    assert (told.effect, told.reason_needed, told.may_go_to_order) == (Effect.KEEPS, True, False)
    take(session, invoice, {told.row.id: "Consigne relevée au 1er octobre"})
    assert (deposit.amount, deposit.state) == (D("90.00"), DepositState.OWED)


def test_taking_away_a_shared_sum_takes_all_its_shares(session: Session) -> None:
    orders = [order(session) for _ in range(2)]
    invoice = entered(session)
    targets = [Target(made.number) for made in orders]
    add(session, invoice.id, FreeLine("Port", D(10), targets, form_token="t"), BY)
    add(session, invoice.id, FreeLine("Divers", D(1), form_token="u"), BY)
    with pytest.raises(InvoiceHasLines):
        invoices.withdraw(session, invoice.id, invoice.version, BY)
    first = invoices.lines_of(session, invoice.id)[0]
    invoices.remove_line(session, invoice.id, first.id, BY)
    invoices.remove_line(session, invoice.id, first.id, BY)
    assert [line.label for line in invoices.lines_of(session, invoice.id)] == ["Divers"]
    assert acts(session, "remove_line")[0]["net"] == "10.00"


# Disputes


def test_a_dispute_holds_the_invoice_until_it_is_solved(session: Session) -> None:
    invoice = entered(session, "48.00")
    match(session, invoice, Matched(D(4), D(12), receipt_line_id=goods(session)[1].id))
    with pytest.raises(InvoiceNotDisputed):
        invoices.resume(session, invoice.id, invoice.version, "Rien", BY)
    with pytest.raises(ReasonMissing):
        invoices.dispute(session, invoice.id, invoice.version, " ", BY)
    version = invoice.version
    invoices.dispute(session, invoice.id, version, "Un avoir de 4 €", BY)
    invoices.dispute(session, invoice.id, version, "Un avoir de 4 €", BY)
    assert (invoice.state, invoice.note, invoice.version) == (
        SupplierInvoiceState.DISPUTED,
        "Un avoir de 4 €",
        version + 1,
    )
    with pytest.raises(Conflict):
        invoices.dispute(session, invoice.id, version, "Autre chose", BY)
    with pytest.raises(InvoiceDisputed):
        take(session, invoice)
    with pytest.raises(Conflict):
        invoices.resume(session, invoice.id, version, "Reçu", BY)
    with pytest.raises(ReasonMissing):
        invoices.resume(session, invoice.id, invoice.version, "", BY)
    invoices.resume(session, invoice.id, invoice.version, "Avoir A 12 reçu", BY)
    assert (invoice.state, invoice.note) == (SupplierInvoiceState.TO_CHECK, None)
    take(session, invoice)
    assert acts(session, "resume")[0]["awaited"] == "Un avoir de 4 €"


# The next morning, the list and the CSV


def test_what_nobody_put_together_is_there_the_next_morning(session: Session) -> None:
    later = make.TODAY + timedelta(days=60)
    assert unmatched.unmatched(session, DAY + timedelta(days=29)).count == 0
    made, part = order(session), session.info["garage"].parts["P1"]
    line = order_lines.add_bought_part(session, make.entry(made, DAY), part.id, D(1), D(5))
    by = purchases.By(make.HEAD, make.NOW, make.TODAY)
    sold = suppliers.named(session, NAME, make.NOW)
    wanted = purchases.add_line(session, sold, part.id, D(2), by, repair_order_id=made.id)
    receive(session, "BL 3", [Received(part.id, D(2), D(30), purchase_sent(session, wanted), to_stock=True)])
    invoice = entered(session, "5.00")
    add(session, invoice.id, FreeLine("Colis inconnu", D(5)), BY)
    found = unmatched.unmatched(session, later)
    assert [row.label for row in found.nowhere] == ["Colis inconnu"]
    assert [(row.order_number, row.quantity) for row in found.no_order] == [(made.number, D(2))]
    assert [row.id for row in found.bought] == [line.id]
    assert [row.delivery_note for row in found.never_billed] == ["BL 1", "BL 3"]
    assert unmatched.waiting(session, later) == found.count == 5
    assert unmatched.unmatched(session, later, days=90).never_billed == []
    order_lines.add_part(session, make.entry(made), part.id, D(2))
    assert unmatched.unmatched(session, later).no_order == []
    one, two, three = goods(session)
    full = entered(session, "228.00", "F 2")
    match(
        session, full,
        Matched(D(10), D(12), receipt_line_id=one.id), Matched(D(4), D(12), receipt_line_id=two.id),
        Matched(D(2), D(30), receipt_line_id=three.id), Matched(D(1), D(5), order_line_id=line.id),
    )  # fmt: skip
    left = unmatched.unmatched(session, later)
    assert (left.bought, left.never_billed) == ([], [])


def test_lists_pages_and_every_line(session: Session) -> None:
    for n in range(5):
        entered(session, number=f"N {n}")
    invoice = entered(session, "48.00", "Z 1")
    match(session, invoice, Matched(D(4), D(12), receipt_line_id=goods(session)[1].id))
    take(session, invoice)
    assert queries.waiting(session) == 5
    wanted = InvoiceFilter(SupplierInvoiceState.ACCEPTED)
    assert [row.number for row in queries.page(session, wanted, None).rows] == ["Z 1"]
    first = queries.page(session, InvoiceFilter(), None, size=4)
    assert [row.number for row in first.rows] == ["Z 1", "N 4", "N 3", "N 2"]
    last = first.rows[-1]
    second = queries.page(session, InvoiceFilter(), (last.dated_on, last.id), size=4)
    assert [row.number for row in second.rows] == ["N 1", "N 0"]
    back = queries.page(session, InvoiceFilter(), (DAY, second.rows[0].id), backwards=True, size=4)
    assert back.rows == first.rows
    assert [row.number for row in queries.page(session, InvoiceFilter(text="n 3"), None).rows] == ["N 3"]
    assert len(queries.page(session, InvoiceFilter(text="pieces OUEST"), None).rows) == 6
    told = list(queries.every_line(session, InvoiceFilter()))
    assert [(one.number, line and line.net) for one, line in told][:2] == [("Z 1", D("48.00")), ("N 4", None)]
    assert NAME in queries.suppliers(session)
