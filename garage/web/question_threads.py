"""What was asked about each line of a bill, for its page: the words, and the address to ask or to answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import url_for
from sqlalchemy.orm import Session

from garage.db.queries import questions
from garage.db.queries.invoices import IssuedBill
from garage.db.queries.paging import AnyRow
from garage.domain.permissions import Permission
from garage.web.access import person


@dataclass(frozen=True, slots=True)
class Threads:
    """Questions by order number and rank; `ask` gives the address to ask about a line, if one may."""

    found: dict[tuple[str, int], list[AnyRow]] = field(default_factory=dict)
    ask: Callable[[str, int], str] | None = None
    answers: bool = False


def answers() -> bool:
    """Whether the person signed in answers questions."""
    me = person()
    return me.may(Permission.CHECK_ORDERS) or me.may(Permission.PREVIEW_INVOICES)


def of_bill(session: Session, bill: IssuedBill) -> Threads:
    """Those of an issued bill, as the person signed in may see them."""
    me = person()

    def ask(order: str, rank: int) -> str:
        return url_for("questions.ask_on_bill", number=bill.number, order=order, rank=rank)

    return Threads(
        questions.of_bill(session, bill.id, me.collectivity_id),
        ask if me.may(Permission.READ_OWN) else None,
        answers(),
    )


def of_rows(rows: list[AnyRow], ask: Callable[[str, int], str] | None) -> Threads:
    """Those of a preview."""
    found: dict[tuple[str, int], list[AnyRow]] = {}
    for row in rows:
        if row.rank is not None:
            found.setdefault((row.order, row.rank), []).append(row)
    return Threads(found, ask)
