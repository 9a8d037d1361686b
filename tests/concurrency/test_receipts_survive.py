"""A delivery cannot be hurt: killed and sent again, sent at once, two for the same rest (rules S2, S3)."""

import random
import signal
import threading
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from garage.db.models.purchases import GoodsReceipt, PurchaseLine, PurchaseOrder, ReceiptLine
from garage.db.models.stock import Part, StockMovement
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.domain.errors.purchases import AboveOrder, NoteReceived
from garage.operations import goods_receipts, purchases, stock, stores
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.purchases import By, Wanted
from garage.operations.stock import Movement
from tests.concurrency import receipts_runner
from tests.concurrency.receipts_runner import delivery
from tests.concurrency.runner import Running
from tests.concurrency.test_numbers_race import at_once as together
from tests.factories import garage as make

pytestmark = pytest.mark.slow
BY = By(make.HEAD, make.NOW, make.TODAY)
AT_ONCE, KILLS, TURNS = 4, 3, 12
MOVED = Movement(make.TODAY, make.HEAD, make.NOW, "Essai")


@dataclass
class Ordered:
    """Six of a part, ordered."""

    database: Database
    supplier_id: int
    part_id: int
    line_id: int

    @property
    def ids(self) -> tuple[int, int, int]:
        return self.supplier_id, self.part_id, self.line_id

    def state(self) -> tuple[int, int, Decimal, Decimal]:
        """How many receipts and lines, what moved, what is on hand."""
        with self.database.reading() as session:
            receipts, lines = (
                session.scalar(select(func.count()).select_from(table)) or 0 for table in (GoodsReceipt, ReceiptLine)
            )
            moved = session.scalar(select(func.sum(StockMovement.quantity))) or Decimal(0)
            return receipts, lines, moved, session.get_one(Part, self.part_id).on_hand


@pytest.fixture
def ordered(database: Database) -> Ordered:
    with database.transaction() as session:
        part = make.part(session, "FILTRE", "0", supplier="Filtres Martin")
        assert part.supplier_id is not None
        made = purchases.draft(session, part.supplier_id, [Wanted(part.id, Decimal(6))], BY)
        purchases.send(session, made.number, made.version, BY)
        line = session.scalars(select(PurchaseLine.id)).one()
        return Ordered(database, part.supplier_id, part.id, line)


def at_once(ordered: Ordered, *deliveries: Delivery) -> list[GarageError]:
    """Receive these at the same time; what was refused."""
    gate, refused = threading.Barrier(len(deliveries)), []

    def one(wanted: Delivery) -> None:
        gate.wait()
        try:
            with ordered.database.transaction() as session:
                goods_receipts.receive(session, wanted, make.HEAD, make.NOW, make.TODAY)
        except GarageError as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=one, args=(wanted,)) for wanted in deliveries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return refused


ONE = (1, 2, Decimal(5), Decimal(5))


def test_the_same_form_sent_at_once_is_one_delivery(ordered: Ordered) -> None:
    assert at_once(ordered, *[delivery(*ordered.ids)] * AT_ONCE) == []
    assert ordered.state() == ONE


def test_the_same_note_typed_by_two_people_at_once(ordered: Ordered) -> None:
    refused = at_once(ordered, *(delivery(*ordered.ids, token=str(place)) for place in range(AT_ONCE)))
    assert [type(one) for one in refused] == [NoteReceived] * (AT_ONCE - 1)
    assert ordered.state() == ONE


def test_two_deliveries_for_the_same_rest(ordered: Ordered) -> None:
    refused = at_once(ordered, *(delivery(*ordered.ids, f"BL-{place}", str(place)) for place in range(2)))
    assert [type(one) for one in refused] == [AboveOrder]
    assert ordered.state() == ONE


def test_orders_for_two_suppliers_at_once_have_their_numbers(ordered: Ordered) -> None:
    def one(_: object = None) -> None:
        with ordered.database.transaction() as session:
            purchases.draft(session, ordered.supplier_id, [Wanted(ordered.part_id, Decimal(1))], BY)

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with ordered.database.reading() as session:
        numbers = list(session.scalars(select(PurchaseOrder.number).order_by(PurchaseOrder.number)))
    assert numbers == [f"CF-2026-{place:05d}" for place in range(1, AT_ONCE + 2)]


def run(ordered: Ordered, kill_at: int = 0) -> int:
    url = ordered.database.url.render_as_string(hide_password=False)
    return Running(receipts_runner.main, url, *ordered.ids, kill_at=kill_at).end()[0]


def test_killed_at_chosen_instants_and_sent_again(ordered: Ordered) -> None:
    for kill_at in sorted(random.Random(2026).sample(range(1, 28), KILLS)):
        assert run(ordered, kill_at) == -signal.SIGKILL, kill_at
        assert ordered.state() in ((0, 0, Decimal(0), Decimal(0)), ONE), kill_at
    for _ in range(2):
        assert run(ordered) == 0
        assert ordered.state() == ONE


def test_a_delivery_and_a_transfer_of_one_part_never_wait_for_each_other(ordered: Ordered) -> None:
    """A part that is written twice in a transaction has its supplier looked at again: that is no deadlock."""
    database = ordered.database
    with database.transaction() as session:
        stock.receive(session, ordered.part_id, Decimal(40), Decimal(7), MOVED)
        shelf = stores.bin_of(session, "A")

    def deliver(note: str) -> None:
        with database.transaction() as session:
            came = [Received(ordered.part_id, Decimal(1), Decimal(8))] * 2
            sent = Delivery(ordered.supplier_id, note, make.TODAY, came)
            goods_receipts.receive(session, sent, make.HEAD, make.NOW, make.TODAY)

    def move() -> None:
        with database.transaction() as session:
            stock.transfer(session, ordered.part_id, Decimal(1), shelf, replace(MOVED, bin_id=stores.LOOSE))

    def name(number: int) -> None:
        with database.transaction() as session:
            part = session.get_one(Part, ordered.part_id, with_for_update={"key_share": True})
            part.label = f"Filtre {number}"
            session.flush()
            part.minimum = Decimal(number)

    for turn in range(TURNS):
        acts = [lambda note=f"BL {turn} {one}": deliver(note) for one in range(2)]
        assert together(*acts, move, move, lambda turn=turn: name(turn)) == []
