"""Whatever the network does to a device, each of its entries is applied exactly once, held for the head, or told to it.

The device is played here as its outbox is written: stored first, then sent in order; forgotten once answered.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.order_records import OrderNote
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import StockMovement
from garage.domain.entries import EntryState
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import repair_orders

from .harness import Site
from .workshop import HEAD, Workshop, build, yesterday

_keys = count(1)


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


@dataclass
class Tablet:
    """A queue, and a client whose requests and answers get lost."""

    client: FlaskClient
    waiting: deque[tuple[str, dict[str, str], int]] = field(default_factory=deque)
    told: set[str] = field(default_factory=set)

    def enter(self, slug: str, values: dict[str, str]) -> str:
        """Written down before anything is sent."""
        key = f"essai-{next(_keys)}"
        self.waiting.append((slug, values | {"cle": key}, 0))
        return key

    def attempt(self, fault: str) -> None:
        """Send the first that waits: «lost» never arrives, «deaf» arrives and the answer is lost."""
        if not self.waiting:
            return
        slug, values, tries = self.waiting.popleft()
        status = 0
        if fault != "lost":
            headers = {"X-Saisie": "rejouee" if tries else "1"}
            status = self.client.post(f"/saisies/{slug}", data=values, headers=headers).status_code
            assert status in {201, 202, 409, 422}
            assert not (tries and status == 422), "what comes late is never refused"
        if fault in {"lost", "deaf"}:
            self.waiting.appendleft((slug, values, tries + 1))
        elif status == 422:
            self.told.add(values["cle"])


_ENTRIES = st.sampled_from(["piece", "trop", "note"])
_STEPS = st.lists(
    st.one_of(_ENTRIES, st.sampled_from(["ok", "lost", "deaf", "ok", "cancel", "other"])), min_size=3, max_size=14
)


def _order(work: Workshop) -> str:
    entered = repair_orders.NewOrder(
        work.garage.partner.id, yesterday(), repair_orders.OrderKind.BREAKDOWN, object_label="Portail", reason="Grippé"
    )
    return str(work.act(repair_orders.open_order, entered, HEAD, clock.now(), clock.today()).number)


def _play(work: Workshop, order: str, tablets: list[Tablet], step: str) -> str | None:
    here = tablets[0]
    if step in {"ok", "lost", "deaf"}:
        here.attempt(step)
    elif step == "other":
        tablets.reverse()
    elif step == "cancel":
        with work.site.database.transaction() as session:
            closed = update(RepairOrder).where(RepairOrder.number == order)
            session.execute(closed.values(state=OrderState.CANCELLED))
    elif step == "note":
        return here.enter("note", {"ordre": order, "text": "Jeu dans le moyeu"})
    else:
        quantity = "1" if step == "piece" else "99999"
        reference = work.garage.parts["P1"].reference
        return here.enter("piece", {"ordre": order, "reference": reference, "quantity": quantity})
    return None


@settings(max_examples=25)
@given(steps=_STEPS)
def test_each_entry_counts_once_or_is_held_or_told(work: Workshop, steps: list[str]) -> None:
    order = _order(work)
    tablets = [Tablet(work.mechanic), Tablet(work.head)]
    entered: list[str] = []
    cancelled = False
    for step in steps:
        if step == "cancel" and cancelled:
            continue
        cancelled = cancelled or step == "cancel"
        if key := _play(work, order, tablets, step):
            entered.append(key)
    for tablet in tablets:  # in the end the network is back
        while tablet.waiting:
            tablet.attempt("ok")
    _check(work, order, entered, set().union(*(tablet.told for tablet in tablets)))


def _check(work: Workshop, order: str, entered: list[str], told: set[str]) -> None:
    with work.site.database.reading() as session:
        rows = {row.key: row for row in session.scalars(select(Entry).where(Entry.key.in_(entered)))}
        lines = session.scalars(select(OrderLine).where(OrderLine.form_token.in_(entered))).all()
        notes = session.scalar(select(func.count(OrderNote.id)).join(RepairOrder).where(RepairOrder.number == order))
        moved = session.scalar(
            select(func.sum(StockMovement.quantity)).where(StockMovement.order_line_id.in_([line.id for line in lines]))
        )
    assert set(rows) | told == set(entered)
    assert not set(rows) & told
    applied = {key for key, row in rows.items() if row.state is EntryState.APPLIED}
    assert all(rows[key].refusal for key in set(rows) - applied)
    assert sorted(line.form_token or "" for line in lines) == sorted(k for k in applied if rows[k].kind == "piece")
    assert (moved or Decimal(0)) == -sum((line.quantity or Decimal(0) for line in lines), Decimal(0))
    assert notes == len([key for key in applied if rows[key].kind == "note"])
    assert {row.subject for row in rows.values()} <= {order}


def test_the_same_entry_sent_by_two_ways_at_once_counts_once(work: Workshop) -> None:
    values = {"ordre": work.number, "reference": work.garage.parts["P1"].reference, "quantity": "1", "cle": "double"}
    clients = [work.site.client(Role.MECHANIC) for _ in range(6)]
    headers = {"X-Saisie": "rejouee"}

    def send(client: FlaskClient) -> int:
        return client.post("/saisies/piece", data=values, headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(send, clients))
    assert answers == [201, 409, 409, 409, 409, 409]
    assert work.count(OrderLine) == work.count(Entry) == 1
