"""Reads for the files that come back of the finance application: titres and payments known already, files received."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice
from garage.db.models.recovery import FinanceReturn, Settlement, Titre
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import NotFound
from garage.domain.recovery import SettlementKind

_BATCH: Final = 1000
_SHOWN: Final = 20


def titres(session: Session, numbers: set[str]) -> dict[tuple[int, str], str]:
    """Whose each titre with one of these numbers is: the number of the bill by (year, titre)."""
    found: dict[tuple[int, str], str] = {}
    left = iter(sorted(numbers))
    while some := list(islice(left, _BATCH)):
        rows = session.execute(
            select(Titre.year, Titre.number, Invoice.number.label("bill"))
            .join(Invoice, Invoice.id == Titre.invoice_id)
            .where(Titre.number.in_(some))
        )
        found |= {(row.year, row.number): row.bill for row in rows}
    return found


def payments(session: Session, invoice_ids: Sequence[int]) -> tuple[set[str], dict[str, str]]:
    """The keys of the payments of these bills that stand, and of those voided with the reason."""
    standing: set[str] = set()
    voided: dict[str, str] = {}
    for start in range(0, len(invoice_ids), _BATCH):
        some = invoice_ids[start : start + _BATCH]
        rows = session.execute(
            select(Settlement.key, Settlement.void_reason).where(
                Settlement.invoice_id.in_(some), Settlement.kind == SettlementKind.PAYMENT
            )
        )
        for key, reason in rows:
            if reason is None:
                standing.add(key)
            else:
                voided[key.partition("~")[0]] = reason
    return standing, voided


def one(session: Session, return_id: int) -> AnyRow:
    """A file received, with its bytes and who recorded it. Raises NotFound."""
    row = session.execute(
        select(
            FinanceReturn.id, FinanceReturn.name, FinanceReturn.content, FinanceReturn.sent_at,
            FinanceReturn.applied_at, FinanceReturn.titres, FinanceReturn.payments, User.name.label("who"),
        )
        .outerjoin(User, User.id == FinanceReturn.applied_by_id)
        .where(FinanceReturn.id == return_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("return", str(return_id))
    return row


def latest(session: Session) -> Sequence[AnyRow]:
    """The last files recorded, the latest first."""
    return session.execute(
        select(
            FinanceReturn.id, FinanceReturn.name, FinanceReturn.applied_at, FinanceReturn.titres,
            FinanceReturn.payments, User.name.label("who"),
        )
        .outerjoin(User, User.id == FinanceReturn.applied_by_id)
        .where(FinanceReturn.applied_at.is_not(None))
        .order_by(FinanceReturn.applied_at.desc(), FinanceReturn.id.desc())
        .limit(_SHOWN)
    ).all()  # fmt: skip
