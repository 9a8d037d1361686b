"""Any sequence of acts on the stock, cut short or not, on both databases (rules S2 to S6).

On hand is the sum of the movements, for a part and in every bin; what a part says is what its last movement says and
what replaying them gives; its value is the sum of what they changed; its average lies between the costs ever received;
no movement without its cause, none dated in a frozen year; no day of the past had less than nothing but for what was
forced until then; a count writes what it found once approved, and nothing
before; what is kept for an order is what was asked, less what its lines took and still hold.
"""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from garage.db.models.counts import CountLine, StockCount
from garage.db.models.journal import JournalEntry
from garage.db.models.part_requests import Reservation
from garage.db.models.purchases import PurchaseLine, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement
from garage.db.models.stock_years import StockYear
from garage.db.queries.counts import Scope
from garage.db.session import Database
from garage.domain.counts import OPEN, CountKind, CountReason, CountState
from garage.domain.errors.base import GarageError
from garage.domain.stock import MovementKind
from garage.operations import (
    count_approval,
    counting,
    goods_receipts,
    order_lines,
    purchases,
    receipt_corrections,
    removed_lines,
    reservations,
    stock,
    stores,
    supplier_returns,
    suppliers,
)
from garage.operations.count_approval import Approval
from garage.operations.counting import Entry as Found
from garage.operations.counting import Opening
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.order_lines import NewQuantity
from garage.operations.purchases import By, Wanted
from garage.operations.stock import Movement, NewPart
from garage.operations.supplier_returns import SentBack
from tests.factories import garage as make
from tests.factories.stock import prove

DAYS = st.sampled_from([date(2025, 12, 31), date(2026, 7, 1), date(2026, 10, 1)])
QUANTITIES = st.one_of(st.integers(1, 6).map(Decimal), st.integers(-500, 9000).map(lambda n: Decimal(n) / 1000))
COSTS = st.one_of(st.integers(0, 30).map(Decimal), st.integers(0, 300_000).map(lambda n: Decimal(n) / 10_000))
CHOICE = st.integers(0, 9999)
PLACE = st.integers(0, 3)
PARTS = st.integers(0, 2)


class Interrupted(BaseException):
    """The act dies here."""


class StockMachine(RuleBasedStateMachine):
    """Three parts, one with an opening, one usually in a bin, one with nothing; four bins in two stores."""

    address: Callable[[Path], str]

    @initialize()
    def open_the_garage(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="garage-stock-"))
        self.database = Database(type(self).address(self.folder))
        self.left = self.armed = self.last_of_frozen = 0
        with self.database.transaction() as session:
            made = make.garage(session)
            self.order = make.order(session, made.partner, date(2025, 12, 1)).number
            van = stores.add_store(session, "VAN", "Fourgon", stores.By(make.HEAD, make.NOW)).id
            self.bins = [stores.LOOSE, *(stores.bin_of(session, code) for code in ("A", "B"))]
            self.bins.append(stores.bin_of(session, "A", van))
            self.parts = [
                made.parts["P1"].id,
                *(stock.create_part(session, NewPart(name, name, bin="A"), make.HEAD, make.NOW).id for name in "XY"),
            ]
            self.supplier = suppliers.named(session, "Martin", make.NOW)
            for part in self.parts:
                by = reservations.By(make.HEAD, make.NOW)
                reservations.reserve(session, self.order, part, Decimal(2), by)
        self.notes = 0
        event.listen(self.database.engine, "before_cursor_execute", self.count_down)

    def count_down(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise Interrupted

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.dispose()
            shutil.rmtree(self.folder)

    def act(self, doing: Callable[..., object], *words: Any, **named: Any) -> None:
        """One transaction, that a refusal or its death undoes whole."""
        self.left, self.armed = self.armed, 0
        with suppress(GarageError, Interrupted), self.database.transaction() as session:
            doing(session, *words, **named)
        self.left = 0

    def movement(self, day: date, place: int | None = None, **more: Any) -> Movement:
        bin_id = None if place is None else self.bins[place]
        return Movement(day, make.HEAD, make.NOW, **({"reason": "Essai", "bin_id": bin_id} | more))

    @rule(after=st.integers(1, 25))
    def die_in_the_next_act(self, after: int) -> None:
        self.armed = after

    @rule(part=PARTS, quantity=QUANTITIES, cost=COSTS, day=DAYS, place=st.none() | PLACE)
    def receive(self, part: int, quantity: Decimal, cost: Decimal, day: date, place: int | None) -> None:
        self.act(stock.receive, self.parts[part], quantity, cost, self.movement(day, place))

    @rule(part=PARTS, quantity=QUANTITIES, day=DAYS, forced=st.booleans())
    def issue(self, part: int, quantity: Decimal, day: date, forced: bool) -> None:
        reason = "Urgence" if forced else None
        self.act(lambda session: order_lines.add_part(session, self.entry(day), self.parts[part], quantity, reason))

    @rule(part=PARTS, quantity=QUANTITIES, cost=st.none() | COSTS, day=DAYS)
    def buy_for_the_order(self, part: int, quantity: Decimal, cost: Decimal | None, day: date) -> None:
        told = self.entry(day)
        self.act(lambda session: order_lines.add_bought_part(session, told, self.parts[part], quantity, cost))

    def entry(self, day: date) -> order_lines.Entry:
        return order_lines.Entry(self.order, day, make.HEAD, make.NOW, make.TODAY)

    @rule(choice=CHOICE, wanted=QUANTITIES, reason=st.none() | st.just("Urgence"))
    def take_back_or_issue_again(self, choice: int, wanted: Decimal, reason: str | None) -> None:
        def doing(session: Session) -> None:
            for line in some(session.scalars(select(OrderLine).order_by(OrderLine.id)).all(), choice):
                change = NewQuantity(self.order, line.rank, wanted=wanted, reason=reason)
                order_lines.change_quantity(session, change, make.HEAD, make.NOW, make.TODAY)

        self.act(doing)

    @rule(choice=CHOICE)
    def remove_from_the_order(self, choice: int) -> None:
        def doing(session: Session) -> None:
            for line in some(session.scalars(select(OrderLine).order_by(OrderLine.id)).all(), choice):
                order_lines.remove(session, self.order, line.rank, make.HEAD, make.NOW)

        self.act(doing)

    @rule(choice=CHOICE)
    def put_back_on_the_order(self, choice: int) -> None:
        def doing(session: Session) -> None:
            told = select(JournalEntry.data).where(JournalEntry.action == "order.remove_line").order_by(JournalEntry.id)
            for data in some(session.scalars(told).all(), choice):
                removed_lines.put_back(session, self.order, data["id"], make.HEAD, make.NOW)

        self.act(doing)

    @rule(part=PARTS, quantity=QUANTITIES, day=DAYS, place=st.none() | PLACE, back=st.booleans())
    def lose_or_send_back(self, part: int, quantity: Decimal, day: date, place: int | None, back: bool) -> None:
        verb = stock.send_back if back else stock.lose
        self.act(verb, self.parts[part], quantity, self.movement(day, place))

    @rule(part=PARTS, quantity=QUANTITIES, day=DAYS, ends=st.tuples(st.none() | PLACE, PLACE))
    def transfer(self, part: int, quantity: Decimal, day: date, ends: tuple[int | None, int]) -> None:
        movement = self.movement(day, ends[0], reason=None)
        self.act(stock.transfer, self.parts[part], quantity, self.bins[ends[1]], movement)

    @rule(part=PARTS, counted=QUANTITIES, day=DAYS, place=st.none() | PLACE, difference=st.booleans())
    def count_or_adjust(self, part: int, counted: Decimal, day: date, place: int | None, difference: bool) -> None:
        verb = stock.adjust if difference else stock.count
        self.act(verb, self.parts[part], counted, self.movement(day, place))

    @rule(choice=CHOICE, cost=COSTS, day=DAYS)
    def correct_price(self, choice: int, cost: Decimal, day: date) -> None:
        def doing(session: Session) -> None:
            received = select(StockMovement.id).where(StockMovement.kind == MovementKind.RECEIPT)
            for one in some(session.scalars(received.order_by(StockMovement.id)).all(), choice):
                stock.correct_price(session, one, cost, self.movement(day))

        self.act(doing)

    @rule(part=PARTS, quantity=QUANTITIES, cost=COSTS, kept=st.booleans())
    def deliver(self, part: int, quantity: Decimal, cost: Decimal, kept: bool) -> None:
        """To the order that it was bought for, or `kept` in stock."""
        self.notes += 1

        def doing(session: Session) -> None:
            by = By(make.HEAD, make.NOW, make.TODAY)
            order = session.scalars(select(RepairOrder.id)).one()
            made = purchases.draft(session, self.supplier, [Wanted(self.parts[part], quantity, cost, order)], by)
            purchases.send(session, made.number, made.version, by)
            line = session.scalars(select(PurchaseLine.id).where(PurchaseLine.purchase_order_id == made.id)).one()
            came = [Received(self.parts[part], quantity, cost, line, to_stock=kept)]
            delivery = Delivery(self.supplier, f"BL {self.notes}", make.TODAY, came)
            goods_receipts.receive(session, delivery, make.HEAD, make.NOW, make.TODAY)

        self.act(doing)

    @rule(choice=CHOICE, part=PARTS, quantity=QUANTITIES, cost=COSTS)
    def undo_what_came(self, choice: int, part: int, quantity: Decimal, cost: Decimal) -> None:
        """A line of any delivery, after one more came into stock."""
        self.deliver(part, quantity, cost, kept=True)

        def doing(session: Session) -> None:
            for line in some(session.scalars(select(ReceiptLine.id).order_by(ReceiptLine.id)).all(), choice):
                receipt_corrections.undo(session, line, "Erreur", By(make.HEAD, make.NOW, make.TODAY))

        self.act(doing)

    @rule(choice=CHOICE, quantity=QUANTITIES)
    def send_back_what_came(self, choice: int, quantity: Decimal) -> None:
        def doing(session: Session) -> None:
            for line in some(session.scalars(select(ReceiptLine).order_by(ReceiptLine.id)).all(), choice):
                gone = supplier_returns.queries.sent_back(session, line.id)
                back = SentBack(line.id, quantity, "Erreur", make.TODAY, gone)
                supplier_returns.send_back(session, back, By(make.HEAD, make.NOW, make.TODAY))

        self.act(doing)

    @rule(part=PARTS, quantity=st.none() | QUANTITIES)
    def keep_for_the_order(self, part: int, quantity: Decimal | None) -> None:
        by = reservations.By(make.HEAD, make.NOW)
        if quantity is None:
            self.act(reservations.release, self.order, self.parts[part], by)
        else:
            self.act(reservations.reserve, self.order, self.parts[part], quantity, by)

    @rule(
        day=DAYS,
        found=st.lists(st.tuples(CHOICE, QUANTITIES | st.just(Decimal(0))), min_size=1, max_size=3),
        act=st.sampled_from(["over", "approve", "approve", "approve", "again", "back", "cancel"]),
    )
    def go_on_counting(self, day: date, found: list[tuple[int, Decimal]], act: str) -> None:
        """A count is opened and begun; the next time it goes on to its end, or nearly."""
        count = self.count()
        if count is None:
            opening = Opening(Scope(CountKind.FULL), "Tout", day)
            self.act(counting.open_count, opening, make.HEAD, make.NOW, make.TODAY)
        for choice, counted in found:
            self.act(self.enter, choice, counted)
        if count is None:
            return
        self.act(counting.hand_over, count.id, make.HEAD, make.NOW)
        count = self.count()
        if count is not None and act != "over":
            self.act(self.end_the_count, count, act)

    def count(self) -> StockCount | None:
        with self.database.reading() as session:
            return session.scalars(select(StockCount).where(StockCount.state.in_(OPEN))).one_or_none()

    def enter(self, session: Session, choice: int, counted: Decimal) -> None:
        """What is found on a line of the sheet, twice where a second count is asked; sometimes where none was."""
        lines = select(CountLine).join(StockCount, StockCount.id == CountLine.count_id)
        lines = lines.where(StockCount.state == CountState.COUNTING).order_by(CountLine.id)
        for line in some(session.scalars(lines).all(), choice):
            place = line.bin_id if choice % 5 else self.bins[choice % 4]
            version = line.version if place == line.bin_id else 0
            entered = counting.enter(
                session, line.count_id, Found(line.part_id, place, counted, version), make.HEAD, make.NOW
            )
            if entered.recount:
                again = Found(line.part_id, place, counted + Decimal(choice % 2), entered.version)
                counting.enter(session, line.count_id, again, make.HEAD, make.NOW)

    @staticmethod
    def end_the_count(session: Session, count: StockCount, act: str) -> None:
        if act == "approve":
            approval = Approval(count.version, other=CountReason.UNEXPLAINED)
            count_approval.approve(session, count.id, approval, make.CLERK, make.NOW)
        elif act == "again":
            lines = select(CountLine.id).where(CountLine.count_id == count.id, CountLine.counted.is_not(None))
            counting.count_again(session, count.id, session.scalars(lines).first() or 0, make.HEAD, make.NOW)
        elif act == "back":
            counting.send_back(session, count.id, make.HEAD, make.NOW)
        else:
            counting.cancel(session, count.id, "Erreur", make.HEAD, make.NOW)

    @rule()
    def freeze_last_year(self) -> None:
        with self.database.transaction() as session:
            if session.get(StockYear, 2025) is None:
                told = {"value": Decimal(0), "parts": 0, "issuer": "", "sha256": "", "frozen_at": make.NOW}
                session.add(StockYear(year=2025, **told))
                self.last_of_frozen = session.scalar(select(func.max(StockMovement.id))) or 0

    @invariant()
    def everything_agrees(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            prove(session)
            if self.last_of_frozen:
                later = select(func.min(StockMovement.moved_on)).where(StockMovement.id > self.last_of_frozen)
                assert (session.scalar(later) or date(2026, 1, 1)).year > 2025

    @invariant()
    def no_day_had_less_than_nothing(self) -> None:
        """Unless issues were forced beyond the stock until that day, and by no more than they took (rules S4, S6)."""
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            rows = session.scalars(select(StockMovement).order_by(StockMovement.moved_on)).all()
            for part in self.parts:
                moves = [row for row in rows if row.part_id == part]
                for day in {row.moved_on for row in moves}:
                    until = [row for row in moves if row.moved_on <= day]
                    forced = sum(-row.quantity for row in until if row.forced)
                    assert sum(row.quantity for row in until) >= -forced

    @invariant()
    def lines_hold_what_they_say(self) -> None:
        """A part bought for the order holds nothing of the stock, what a delivery brought all but what it gave back."""
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            taken = select(StockMovement.order_line_id, func.sum(StockMovement.quantity)).group_by(
                StockMovement.order_line_id
            )
            held = {row[0]: -row[1] for row in session.execute(taken)}
            through = taken.where(StockMovement.through, StockMovement.quantity > Decimal(0))
            bought = {row[0]: row[1] for row in session.execute(through)}
            delivered = set(session.scalars(select(ReceiptLine.order_line_id)))
            for line in session.scalars(select(OrderLine)):
                if line.id in delivered:
                    assert line.quantity == bought.get(line.id, Decimal(0)) + held[line.id]
                else:
                    assert held.get(line.id, Decimal(0)) == (Decimal(0) if line.bought_for_order else line.quantity)

    @invariant()
    def counts_wrote_what_they_found(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            moved = select(StockMovement.count_line_id, func.sum(StockMovement.quantity))
            written = {row[0]: row[1] for row in session.execute(moved.group_by(StockMovement.count_line_id))}
            lines = select(CountLine, StockCount.state).join(StockCount, StockCount.id == CountLine.count_id)
            for line, state in session.execute(lines):
                counted = state is CountState.APPROVED and line.counted is not None
                assert written.get(line.id, Decimal(0)) == (line.counted - line.expected if counted else 0)

    @invariant()
    def what_is_kept_was_asked_and_not_taken(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            parts = {row.reference: row.id for row in session.execute(select(Part.id, Part.reference))}
            kept, taken = dict.fromkeys(parts.values(), Decimal(0)), defaultdict[int, Decimal](Decimal)
            told = select(JournalEntry.action, JournalEntry.data).where(JournalEntry.action.startswith("reservation."))
            for action, data in session.execute(told.order_by(JournalEntry.id)):
                part_id, quantity = data.get("part_id") or parts[data["reference"]], Decimal(data["quantity"])
                if action == "reservation.keep":
                    kept[part_id] = quantity
                elif action == "reservation.release":
                    kept[part_id] -= quantity
                else:
                    more = quantity if action == "reservation.give_back" else -quantity
                    kept[part_id] += more
                    taken[data["line_id"]] -= more
            rows = {row.part_id: row.quantity for row in session.scalars(select(Reservation))}
            assert {part_id: quantity for part_id, quantity in kept.items() if quantity} == rows
            hold = {line.id: line.quantity for line in session.scalars(select(OrderLine))}
            for line_id, quantity in taken.items():
                assert 0 <= quantity <= hold.get(line_id, Decimal(0))


def some(rows: Any, choice: int) -> list[Any]:
    """One of these, if there is any."""
    return [rows[choice % len(rows)]] if rows else []


def run(examples: int) -> None:
    case = StockMachine.TestCase
    case.settings = settings(max_examples=examples, stateful_step_count=40, deadline=None)
    case().runTest()


def test_stock_machine(sqlite_template: Path) -> None:
    def address(folder: Path) -> str:
        shutil.copy(sqlite_template, folder / "garage.sqlite")
        return f"sqlite:///{folder / 'garage.sqlite'}"

    StockMachine.address = staticmethod(address)
    run(14)


@pytest.mark.slow
def test_stock_machine_on_the_other_database(make_postgresql: Callable[[], str]) -> None:
    StockMachine.address = staticmethod(lambda _: make_postgresql())
    run(5)
