"""The engagement number that a collectivity gave after its order was opened (rules C1, B2)."""

from datetime import datetime

from sqlalchemy.orm import Session

from garage.domain.permissions import Actor
from garage.operations import journal, repair_orders


def complete(session: Session, number: str, engagement: str, actor: Actor, now: datetime) -> None:
    """Fill in the engagement number of an order that has none; one that is there stays. Raises NotFound."""
    order = repair_orders.locked(session, number)
    if order.engagement or not engagement.strip():
        return
    order.engagement = engagement.strip()
    order.version += 1
    data = {"engagement": order.engagement}
    journal.record(session, actor, "order.engagement", ("repair_orders", number), data=data, now=now)
