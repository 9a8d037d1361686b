"""A line of a delivery typed wrong is undone: stock, average, order, deposit, price; or refused (rules S2, S3)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import CoreDeposit, PartSupplier
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.models.stock import Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.queries import purchases as purchase_queries
from garage.db.session import Database
from garage.domain.errors.base import NotFound, ReasonMissing
from garage.domain.errors.purchases import GoodsGone, ReceiptFollowed
from garage.domain.errors.stock import NotAReceipt, YearFrozen
from garage.domain.purchases import PurchaseState
from garage.domain.stock import Balance
from garage.french.refusals import sentence
from garage.operations import (
    core_deposits,
    goods_receipts,
    purchases,
    receipt_corrections,
    stock,
    stores,
    supplier_returns,
)
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.purchases import By, Wanted
from garage.operations.supplier_returns import SentBack
from tests.concurrency.test_numbers_race import at_once
from tests.factories import garage as make
from tests.factories.stock import prove

D = Decimal
BY = By(make.HEAD, make.NOW, make.TODAY)
MOVED = stock.Movement(make.TODAY, make.HEAD, make.NOW, "Essai")


class Shop:
    """Two of a part at 8 €, five more ordered; each delivery costs 20 € for one and a deposit of 3 €."""

    def __init__(self, session: Session) -> None:
        self.session = session
        make.garage(session)
        self.part = make.part(session, "FILTRE", "2", "8", supplier="Filtres Martin")
        self.part.deposit = D(3)
        self.supplier = self.part.supplier_id or 0
        self.order = purchases.draft(session, self.supplier, [Wanted(self.part.id, D(5))], BY)
        purchases.send(session, self.order.number, self.order.version, BY)

    def receive(self, quantity: str = "5", cost: str = "20", note: str = "BL 1", **more: object) -> ReceiptLine:
        lines = purchase_queries.lines(self.session, self.order.id)
        told = replace(Received(self.part.id, D(quantity), D(cost), lines[0].id), **more)
        delivery = Delivery(self.supplier, note, make.TODAY, [told])
        made = goods_receipts.receive(self.session, delivery, make.HEAD, make.NOW, make.TODAY)
        return self.session.scalars(select(ReceiptLine).where(ReceiptLine.receipt_id == made.id)).one()

    def undo(self, line: ReceiptLine, reason: str = "50 au lieu de 5") -> receipt_corrections.Undoing:
        return receipt_corrections.undo(self.session, line.id, reason, BY)

    def rows(self, table: type) -> int:
        return self.session.scalar(select(func.count()).select_from(table)) or 0


def test_all_is_as_if_it_had_never_come(database: Database) -> None:
    with database.transaction() as session:
        shop = Shop(session)
        line = shop.receive()
        assert stock.balance(session, shop.part.id) == Balance(D(7), D("16.5714"))
        assert (shop.order.state, shop.rows(CoreDeposit)) == (PurchaseState.RECEIVED, 1)
        shop.undo(line)
        assert stock.balance(session, shop.part.id) == Balance(D(2), D(8))
        assert shop.part.value == 16
        assert (shop.order.state, shop.rows(CoreDeposit)) == (PurchaseState.ORDERED, 0)
        assert (shop.rows(ReceiptLine), shop.rows(GoodsReceipt)) == (0, 0)
        assert [row.left for row in purchase_queries.lines(session, shop.order.id)] == [D(5)]
        last = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
        assert last is not None
        assert (last.quantity, last.unit_cost, last.variance) == (D(-5), D(20), 0)
        prove(session)
        again = shop.receive("5", "10")
        assert (shop.order.state, again.quantity) == (PurchaseState.RECEIVED, D(5))
        assert stock.balance(session, shop.part.id) == Balance(D(7), D("9.4286"))
        prove(session)


def test_goods_issued_meanwhile_keep_their_cost_and_the_difference_has_a_name(database: Database) -> None:
    with database.transaction() as session:
        shop = Shop(session)
        shelf = stores.bin_of(session, "A2")
        line = shop.receive(bin_id=shelf)
        stock.issue(session, shop.part.id, D(2), MOVED)
        foreseen = receipt_corrections.look(session, line.id)
        with pytest.raises(ReasonMissing):
            shop.undo(line, " ")
        made = shop.undo(line)
        # 2 left at 16.5714 for 33.14 where they had cost 8: the 17.14 € are named.
        assert made.variance == foreseen.variance == D("-17.14")
        assert stock.balance(session, shop.part.id).on_hand == 0
        assert stock.in_bin(session, shop.part.id, shelf) == 0
        assert session.scalar(select(func.sum(StockMovement.value_change))) == sum(
            part.value for part in session.scalars(select(Part))
        )
        prove(session)


def test_a_corrected_price_goes_with_it_and_is_corrected_no_more(database: Database) -> None:
    with database.transaction() as session:
        shop = Shop(session)
        line = shop.receive()
        [received] = session.scalars(select(StockMovement).where(StockMovement.receipt_line_id == line.id))
        first = session.scalars(select(StockMovement).where(StockMovement.part_id == shop.part.id)).first()
        assert first is not None
        stock.correct_price(session, received.id, D(30), MOVED)
        assert shop.undo(line).cost == 30
        assert stock.balance(session, shop.part.id) == Balance(D(2), D(8))
        for movement in session.scalars(select(StockMovement.id).where(StockMovement.quantity.in_((D(5), D(-5))))):
            with pytest.raises(NotAReceipt):
                stock.correct_price(session, movement, D(1), MOVED)
        stock.correct_price(session, first.id, D(9), MOVED)
        assert stock.balance(session, shop.part.id) == Balance(D(2), D(9))
        prove(session)


def test_the_only_receipt_undone_leaves_no_average(database: Database) -> None:
    with database.transaction() as session:
        shop = Shop(session)
        stock.lose(session, shop.part.id, D(2), MOVED)
        new = stock.create_part(session, stock.NewPart("NEUVE", "Neuve"), make.HEAD, make.NOW)
        delivery = Delivery(shop.supplier, "BL 7", make.TODAY, [Received(new.id, D(3), D(0))])
        made = goods_receipts.receive(session, delivery, make.HEAD, make.NOW, make.TODAY)
        shop.undo(session.scalars(select(ReceiptLine).where(ReceiptLine.receipt_id == made.id)).one())
        assert stock.balance(session, new.id) == Balance(D(0), None)
        prove(session)


def test_the_price_that_the_next_order_proposes_is_that_of_the_delivery_before(database: Database) -> None:
    with database.transaction() as session:
        shop = Shop(session)
        shop.receive("2", "9")
        shop.undo(shop.receive("3", "90", "BL 2"))
        assert session.get_one(PartSupplier, (shop.part.id, shop.supplier)).price == 9
        assert [row.left for row in purchase_queries.lines(session, shop.order.id)] == [D(3)]


def test_what_followed_from_it_keeps_it(database: Database) -> None:
    with database.transaction() as session:
        shop = Shop(session)
        line = shop.receive("2")
        back = SentBack(line.id, D(1), "Casse", make.TODAY, D(0))
        supplier_returns.send_back(session, back, BY)
        with pytest.raises(ReceiptFollowed) as refused:
            shop.undo(line)
        assert sentence(refused.value).startswith("Une partie de cette ligne est déjà retournée")
        other = shop.receive("1", "20", "BL 2")
        deposit = session.scalars(select(CoreDeposit).where(CoreDeposit.receipt_line_id == other.id)).one()
        core_deposits.abandon(session, deposit.id, "Perdue", core_deposits.By(make.HEAD, make.NOW, make.TODAY, 1))
        with pytest.raises(ReceiptFollowed) as refused:
            shop.undo(other)
        assert "consigne" in sentence(refused.value)
        last = shop.receive("2", "20", "BL 3")
        stock.lose(session, shop.part.id, stock.balance(session, shop.part.id).on_hand - 1, MOVED)
        with pytest.raises(GoodsGone) as gone:
            shop.undo(last)
        assert "1 de FILTRE sur les 2 reçus" in sentence(gone.value)
        with pytest.raises(NotFound):
            receipt_corrections.undo(session, 999, "Essai", BY)


def test_a_frozen_year_and_two_at_once(database: Database) -> None:
    with database.transaction() as session:
        shop = Shop(session)
        line = shop.receive().id
    year = StockYear(year=make.TODAY.year, value=D(0), parts=0, issuer="", sha256="", frozen_at=make.NOW)
    with database.transaction() as session:
        session.add(year)
    with pytest.raises(YearFrozen), database.transaction() as session:
        receipt_corrections.undo(session, line, "Essai", BY)
    with database.transaction() as session:
        session.delete(session.get_one(StockYear, make.TODAY.year))

    def undo() -> None:
        with database.transaction() as session:
            receipt_corrections.undo(session, line, "Essai", BY)

    assert [type(one) for one in at_once(undo, undo)] == [NotFound]
    with database.reading() as session:
        prove(session)
        assert session.scalar(select(func.sum(StockMovement.quantity)).where(StockMovement.unit_cost == D(20))) == 0


def test_an_open_page_of_a_line_undone_undoes_no_other(database: Database) -> None:
    """A number given once is never another line's: what is sent again finds nothing."""
    with database.transaction() as session:
        shop = Shop(session)
        line = shop.receive("1")
        first, delivery = line.id, line.receipt_id
        receipt_corrections.undo(session, first, "Erreur", BY)
    with database.transaction() as session:
        delivered = Delivery(shop.supplier, "BL 2", make.TODAY, [Received(shop.part.id, D(2), D(20))])
        made = goods_receipts.receive(session, delivered, make.HEAD, make.NOW, make.TODAY)
        assert made.id > delivery
        with pytest.raises(NotFound):
            receipt_corrections.undo(session, first, "Erreur", BY)
