"""Goods that go to orders and come back: deliveries, requests, what was kept, undone as it was done (S2–S6, PA-17)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.part_requests import PartRequest, Reservation
from garage.db.models.purchases import PurchaseLine, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.session import Database
from garage.domain.errors.base import Conflict
from garage.domain.errors.parts import BinClosed
from garage.domain.errors.purchases import WentToOrder
from garage.domain.errors.stock import BadCost, NothingOnHand
from garage.domain.losses import LossReason
from garage.domain.part_requests import PartRequestState
from garage.domain.stock import Balance, MovementKind
from garage.operations import (
    goods_receipts,
    order_costs,
    order_lines,
    part_requests,
    purchases,
    removed_lines,
    reservations,
    stock,
    stock_acts,
    stores,
    supplier_returns,
    suppliers,
)
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.order_costs import Cost
from garage.operations.order_lines import NewQuantity
from garage.operations.part_requests import Seen
from garage.operations.purchases import By, Changes, Wanted
from garage.operations.stock_acts import Act
from garage.operations.supplier_returns import SentBack
from tests.factories import garage as make
from tests.factories.stock import prove

D = Decimal
BY = By(make.HEAD, make.NOW, make.TODAY)
KEEPS = reservations.By(make.HEAD, make.NOW)
MOVED = stock.Movement(date(2026, 10, 1), make.HEAD, make.NOW, "Essai")


class Store:
    """Two of a part at 8 €, an order in progress, a request of it for five of them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.part = make.part(session, "FILTRE", "2", "8", supplier="Filtres Martin")
        self.owner = make.garage(session).partner
        self.order: RepairOrder = make.order(session, self.owner)
        wanted = part_requests.Wanted(self.order.number, self.part.id, "", D(5))
        self.asked: PartRequest = part_requests.ask(session, wanted, BY)

    @property
    def supplier(self) -> int:
        assert self.part.supplier_id
        return self.part.supplier_id

    def ordered(self) -> PurchaseLine:
        """Five of the part ordered for the request."""
        part_requests.order_it(self.session, Seen(self.asked.id, self.asked.version), self.supplier, None, BY)
        bought = self.session.scalars(select(PurchaseOrder)).one()
        purchases.send(self.session, bought.number, bought.version, BY)
        return self.session.scalars(select(PurchaseLine)).one()

    def delivery(self, *quantities: str, line: int | None = None, **more: object) -> Delivery:
        lines = [Received(self.part.id, D(quantity), D(10), line) for quantity in quantities]
        return replace(Delivery(self.supplier, "BL 1", make.TODAY, lines), **more)

    def receive(self, delivery: Delivery) -> list[ReceiptLine]:
        made = goods_receipts.receive(self.session, delivery, make.HEAD, make.NOW, make.TODAY)
        return list(self.session.scalars(select(ReceiptLine).where(ReceiptLine.receipt_id == made.id)))

    def lines(self) -> list[OrderLine]:
        return list(self.session.scalars(select(OrderLine).order_by(OrderLine.rank)))

    def remove(self, rank: int = 1) -> int:
        return order_lines.remove(self.session, self.order.number, rank, make.HEAD, make.NOW)

    def put_back(self, line_id: int) -> OrderLine:
        return removed_lines.put_back(self.session, self.order.number, line_id, make.HEAD, make.NOW)

    def change(self, wanted: str, rank: int = 1) -> None:
        change = NewQuantity(self.order.number, rank, wanted=D(wanted))
        order_lines.change_quantity(self.session, change, make.HEAD, make.NOW, make.TODAY)

    def kept(self) -> D:
        return self.session.scalar(select(Reservation.quantity)) or D(0)

    def send_back(self, line: ReceiptLine, quantity: str, seen: str = "0") -> None:
        back = SentBack(line.id, D(quantity), "Erreur", make.TODAY, D(seen))
        supplier_returns.send_back(self.session, back, BY)


def test_what_came_for_a_request_in_two_rows_of_one_note_answers_it(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        line = store.ordered()
        store.receive(store.delivery("2", "1", line=line.id))
        assert store.asked.state is PartRequestState.ORDERED
        store.receive(store.delivery("1", "1", line=line.id, delivery_note="BL 2"))
        assert store.asked.state is PartRequestState.GIVEN
        assert store.asked.order_line_id == store.lines()[-1].id
        prove(session)


def test_a_part_delivered_to_an_order_and_taken_off_it_lies_in_stock_and_can_go_back(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        [received] = store.receive(store.delivery("5", line=store.ordered().id))
        with pytest.raises(WentToOrder):
            store.send_back(received, "1")
        gone = store.remove()
        assert stock.balance(session, store.part.id) == Balance(D(7), D("9.4286"))
        assert (received.order_line_id, store.asked.state) == (None, PartRequestState.ASKED)
        assert store.asked.order_line_id is None
        again = store.put_back(gone)
        assert (again.bought_for_order, received.order_line_id) == (True, again.id)
        assert (store.asked.state, store.asked.order_line_id) == (PartRequestState.GIVEN, again.id)
        assert stock.balance(session, store.part.id) == Balance(D(2), D(8))
        store.remove()
        store.send_back(received, "4")
        assert stock.balance(session, store.part.id).on_hand == 3
        prove(session)


def test_a_part_delivered_to_an_order_comes_back_in_part(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        [received] = store.receive(store.delivery("5", line=store.ordered().id))
        store.change("3")
        assert stock.balance(session, store.part.id).on_hand == 4
        store.change("4")
        assert stock.balance(session, store.part.id).on_hand == 3
        store.send_back(received, "1")
        with pytest.raises(WentToOrder):
            store.send_back(received, "1", "1")
        store.change("6")
        assert stock.balance(session, store.part.id).on_hand == 2
        prove(session)


def test_what_went_back_to_the_supplier_does_not_return_to_its_order(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        [received] = store.receive(store.delivery("5", line=store.ordered().id))
        gone = store.remove()
        store.send_back(received, "5")
        with pytest.raises(NothingOnHand), session.begin_nested():
            store.put_back(gone)
        session.expire_all()
        stock.receive(session, store.part.id, D(5), D(11), MOVED)
        again = store.put_back(gone)
        assert (again.bought_for_order, received.order_line_id) == (False, None)
        store.remove()
        assert stock.balance(session, store.part.id).on_hand == 7
        prove(session)


def test_an_undone_issue_is_kept_again_for_its_order(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        stock.receive(session, store.part.id, D(8), D(8), MOVED)
        reservations.reserve(session, store.order.number, store.part.id, D(3), KEEPS)
        since = session.scalars(select(Reservation.reserved_at)).one()
        order_lines.add_part(session, make.entry(store.order), store.part.id, D(2))
        assert store.kept() == 1
        order_lines.add_part(session, make.entry(store.order), store.part.id, D(4))
        assert store.kept() == 0
        store.change("2", rank=2)
        assert store.kept() == 0
        gone = store.remove(2)
        assert store.kept() == 1
        store.change("1")
        assert store.kept() == 2
        store.change("2")
        assert store.kept() == 1
        store.put_back(gone)
        assert store.kept() == 0
        store.remove(1)
        store.remove(2)
        assert store.kept() == 3
        assert session.scalars(select(Reservation.reserved_at)).one() == since
        prove(session)


def test_a_part_bought_by_hand_for_less_is_kept_again(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        reservations.reserve(session, store.order.number, store.part.id, D(2), KEEPS)
        order_lines.add_bought_part(session, make.entry(store.order), store.part.id, D(2), D(9))
        assert store.kept() == 0
        store.change("0.5")
        assert store.kept() == D("1.5")
        store.change("1")
        assert store.kept() == 1
        gone = store.remove()
        assert store.kept() == 2
        store.put_back(gone)
        assert store.kept() == 1
        prove(session)


@pytest.mark.parametrize("aside", [True, False])
def test_a_part_given_and_taken_off_the_order_is_asked_for_again(database: Database, aside: bool) -> None:
    with database.transaction() as session:
        store = Store(session)
        stock.receive(session, store.part.id, D(8), D(8), MOVED)
        if aside:
            part_requests.set_aside(session, Seen(store.asked.id, 1), None, BY)
        part_requests.give(session, Seen(store.asked.id, store.asked.version), None, BY)
        gone = store.remove()
        waits = PartRequestState.READY if aside else PartRequestState.ASKED
        assert (store.asked.state, store.kept()) == (waits, D(5) if aside else D(0))
        store.put_back(gone)
        assert (store.asked.state, store.kept()) == (PartRequestState.GIVEN, D(0))
        store.remove()
        part_requests.give(session, Seen(store.asked.id, store.asked.version), None, BY)
        assert [line.quantity for line in store.lines()] == [5]
        prove(session)


def test_the_same_form_is_one_receipt_and_with_other_figures_is_refused(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        sent = store.delivery("5", form_token="jeton")
        assert store.receive(sent) == store.receive(replace(sent))
        for other in (store.delivery("6", form_token="jeton"), replace(sent, received_on=date(2026, 10, 1))):
            with pytest.raises(Conflict):
                store.receive(other)
        assert stock.balance(session, store.part.id).on_hand == 7


def test_prices_finer_than_four_decimals_are_refused_everywhere(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        fine = D("1.00001")
        line = order_lines.add_bought_part(session, make.entry(store.order), store.part.id, D(1), None)
        seen = Cost(None, None, None)
        acts = (
            lambda: store.receive(replace(store.delivery(), lines=[Received(store.part.id, D(1), fine)])),
            lambda: purchases.draft(session, store.supplier, [Wanted(store.part.id, D(1), fine)], BY),
            lambda: order_lines.add_bought_part(session, make.entry(store.order), store.part.id, D(1), fine),
            lambda: order_lines.add_external(
                session, make.entry(store.order), order_lines.External("Martin", None, D(1), fine)
            ),
            lambda: order_costs.set_cost(
                session, store.order.number, line.rank, (seen, replace(seen, cost=fine)), make.HEAD, make.NOW
            ),
        )
        for act in acts:
            with pytest.raises(BadCost), session.begin_nested():
                act()
            session.expire_all()


def test_a_draft_typed_over_leaves_the_lines_of_other_orders_alone(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        line = store.ordered()
        other = purchases.draft(session, store.supplier, [Wanted(store.part.id, D(1))], BY)
        purchases.change(session, other.number, Changes(other.version, lines={line.id: None}), BY)
        assert (store.asked.state, store.asked.purchase_line_id) == (PartRequestState.ORDERED, line.id)


def test_a_closed_bin_takes_nothing(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        by, part = stores.By(make.HEAD, make.NOW), store.part.id
        shelf = stores.bin_of(session, "A")
        stock.transfer(session, part, D(2), shelf, MOVED)
        order_lines.add_part(session, make.entry(store.order), part, D(2))
        stores.close_bin(session, shelf, by)
        there = replace(MOVED, bin_id=shelf)
        acts = (
            lambda: stock.receive(session, part, D(1), D(8), there),
            lambda: stock.transfer(session, part, D(1), shelf, MOVED),
            lambda: stock.count(session, part, D(1), there),
        )
        for act in acts:
            with pytest.raises(BinClosed):
                act()
        store.remove()
        assert stock.in_bin(session, part, stores.LOOSE) == 2
        stock.transfer(session, part, D(1), stores.bin_of(session, "A"), MOVED)
        prove(session)


def test_a_loss_out_of_two_bins_counts_once_and_another_one_counts(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        stock.transfer(session, store.part.id, D(1), stores.bin_of(session, "A"), MOVED)
        stock.receive(session, store.part.id, D(8), D(8), MOVED)
        seen = session.scalars(select(StockMovement.id).order_by(StockMovement.id.desc())).first() or 0
        act = Act(store.part.id, D(10), MOVED, seen)
        for _ in range(2):
            stock_acts.lose(session, act, LossReason.BROKEN, "Chute", BY)
        assert stock.balance(session, store.part.id).on_hand == 0
        stock.receive(session, store.part.id, D(10), D(8), MOVED)
        stock_acts.lose(session, act, LossReason.STOLEN, "Vol", BY)
        assert stock.balance(session, store.part.id).on_hand == 0


def test_a_transfer_sent_again_is_one_and_to_another_bin_is_another(database: Database) -> None:
    with database.transaction() as session:
        store = Store(session)
        ends = [stores.bin_of(session, code) for code in "AB"]
        seen = session.scalars(select(StockMovement.id).order_by(StockMovement.id.desc())).first() or 0
        act = Act(store.part.id, D(1), replace(MOVED, bin_id=stores.LOOSE), seen)
        for to_bin in (*ends, ends[0]):
            stock_acts.transfer(session, act, to_bin, BY)
        assert [stock.in_bin(session, store.part.id, one) for one in (stores.LOOSE, *ends)] == [0, 1, 1]


def test_a_price_known_after_its_year_was_frozen(database: Database) -> None:
    """The part goes through the stock on the first open day; undoing an issue of that year is refused."""
    with database.transaction() as session:
        store = Store(session)
        order = make.order(session, store.owner, date(2025, 12, 1))
        day = date(2025, 12, 20)
        bought = order_lines.add_bought_part(session, make.entry(order, day), store.part.id, D(1), None)
        issued = order_lines.add_part(session, make.entry(order, day), store.part.id, D(1))
        told = {"value": D(0), "parts": 0, "issuer": "", "sha256": "", "frozen_at": make.NOW}
        session.add(StockYear(year=2025, **told))
        versions = (Cost(None, None, None), Cost(None, None, D(9)))
        order_costs.set_cost(session, order.number, bought.rank, versions, make.HEAD, make.NOW)
        days = select(StockMovement.moved_on).where(StockMovement.order_line_id == bought.id)
        assert list(session.scalars(days)) == [date(2026, 1, 1)] * 2
        order_lines.remove(session, order.number, issued.rank, make.HEAD, make.NOW)
        returned = select(StockMovement.moved_on).where(StockMovement.kind == MovementKind.RETURN)
        assert session.scalars(returned).one() == date(2026, 1, 1)


def test_issues_beyond_the_stock_settled_at_another_price_are_explained(database: Database) -> None:
    """Three owed at 8 €, five come at 12 €: two are worth 24 €, the three cost 12 € more than their orders say."""
    with database.transaction() as session:
        store = Store(session)
        stock.issue(session, store.part.id, D(5), replace(MOVED, forced=True))
        stock.receive(session, store.part.id, D(5), D(12), MOVED)
        last = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
        assert last is not None
        assert (last.value_change, last.variance) == (D("48.00"), D("12.00"))
        assert session.get_one(Part, store.part.id).value == 24
        prove(session)


def test_a_supplier_is_one_however_its_name_is_typed(database: Database) -> None:
    with database.transaction() as session:
        known = suppliers.named(session, "Pièces de l’Ouest", make.NOW)
        assert suppliers.named(session, "PIECES DE L'OUEST", make.NOW) == known
        assert suppliers.named(session, "Pièces de l’Est", make.NOW) != known
