"""One delivery received (see `runner`)."""

from decimal import Decimal

from garage.db.session import Database
from garage.operations import goods_receipts
from garage.operations.goods_receipts import Delivery, Received
from tests.factories import garage as make


def main(url: str, *ids: int) -> None:
    """Receive it."""
    with Database(url).transaction() as session:
        goods_receipts.receive(session, delivery(*ids), make.HEAD, make.NOW, make.TODAY)


def delivery(supplier_id: int, part_id: int, line_id: int, note: str = "BL-1", token: str = "jeton") -> Delivery:
    """Four of the six that were ordered, and one that nobody ordered."""
    lines = [Received(part_id, Decimal(4), Decimal(11), line_id), Received(part_id, Decimal(1), Decimal(12))]
    return Delivery(supplier_id, note, make.TODAY, lines, form_token=token)
