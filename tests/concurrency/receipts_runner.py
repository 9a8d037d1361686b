"""Receives one delivery in a process of its own, that kills itself at a chosen statement.

`python -m tests.concurrency.receipts_runner URL SUPPLIER_ID PART_ID LINE_ID KILL_AT` prints how many instants it lived.
"""

import sys
from decimal import Decimal

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.db import all_models  # noqa: F401 - the tables that keys point to
from garage.db.session import Database
from garage.operations import goods_receipts
from garage.operations.goods_receipts import Delivery, Received
from tests.concurrency import runner
from tests.factories import garage as make


def main(url: str, *ids: str) -> None:
    """Receive it."""
    supplier_id, part_id, line_id = map(int, ids)
    event.listen(Engine, "before_cursor_execute", runner.instant)
    Session.commit = runner.around(Session.commit)  # type: ignore[method-assign]
    with Database(url).transaction() as session:
        goods_receipts.receive(session, delivery(supplier_id, part_id, line_id), make.HEAD, make.NOW, make.TODAY)
    runner.say(runner.lived)


def delivery(supplier_id: int, part_id: int, line_id: int, note: str = "BL-1", token: str = "jeton") -> Delivery:
    """Four of the six that were ordered, and one that nobody ordered."""
    lines = [Received(part_id, Decimal(4), Decimal(11), line_id), Received(part_id, Decimal(1), Decimal(12))]
    return Delivery(supplier_id, note, make.TODAY, lines, form_token=token)


if __name__ == "__main__":
    runner.kill_at = int(sys.argv[5])
    main(*sys.argv[1:5])
