"""What a part costs at a supplier now: the price that the next order proposes."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.parts import PartSupplier
from garage.db.models.purchases import GoodsReceipt, ReceiptLine


def follow(session: Session, receipt_line_id: int | None, price: Decimal) -> None:
    """A corrected price (euros, 4 decimals) becomes its supplier's last one, unless the part came again since."""
    line = session.get(ReceiptLine, receipt_line_id) if receipt_line_id is not None else None
    if line is None:
        return
    supplier_id = session.get_one(GoodsReceipt, line.receipt_id).supplier_id
    came = select(func.max(ReceiptLine.id)).join(GoodsReceipt, GoodsReceipt.id == ReceiptLine.receipt_id)
    latest = session.scalar(came.where(GoodsReceipt.supplier_id == supplier_id, ReceiptLine.part_id == line.part_id))
    sold = session.get(PartSupplier, (line.part_id, supplier_id))
    if sold is not None and latest == line.id:
        sold.price = price
        session.flush()
