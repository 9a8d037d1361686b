"""Reads of collectivities and their conventions, for accounting."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.models.invoices import InvoiceLine, LiveBilling
from garage.db.queries.paging import FIRST, AnySelect, Key, Page, cut
from garage.domain.errors.base import NotFound

_PAGE: Final = 50


def _live(today: date) -> ColumnElement[bool]:
    return and_(
        Convention.collectivity_id == Collectivity.id,
        Convention.starts_on <= today,
        or_(Convention.ends_on.is_(None), Convention.ends_on > today),
    )


def _listed(today: date) -> AnySelect:
    """A collectivity and its convention of the day."""
    return select(
        *Collectivity.__table__.columns, Convention.starts_on, Convention.ends_on, Convention.category,
        Convention.regime, Convention.goods_taxed,
    ).outerjoin(Convention, _live(today))  # fmt: skip


def page(session: Session, today: date, text: str, key: Key = FIRST, size: int = _PAGE) -> Page:
    """Collectivities by code, whose code or name holds a text, with the convention in force on a day."""
    wanted = _listed(today)
    if text:
        inside = func.lower(Collectivity.name).contains(text.lower(), autoescape=True)
        wanted = wanted.where(inside | Collectivity.code.contains(text.upper(), autoescape=True))
    if key.value is not None:
        wanted = wanted.where(Collectivity.code < key.value if key.backwards else Collectivity.code > key.value)
    order = Collectivity.code.desc() if key.backwards else Collectivity.code.asc()
    rows = session.execute(wanted.order_by(order).limit(size + 1)).all()
    return cut(rows[::-1] if key.backwards else rows, key, size, lambda row: str(row.code))


def one(session: Session, code: str) -> Collectivity:
    """A collectivity by its code; raises NotFound."""
    row = session.scalar(select(Collectivity).where(Collectivity.code == code))
    if row is None:
        raise NotFound("collectivity", code)
    return row


def has_issuer(session: Session) -> bool:
    """Whether a collectivity is the issuer (rule C2)."""
    return session.scalar(select(Collectivity.id).where(Collectivity.is_issuer)) is not None


def conventions(session: Session, collectivity_id: int) -> Sequence[Convention]:
    """The conventions of a collectivity, the latest first."""
    mine = select(Convention).where(Convention.collectivity_id == collectivity_id)
    return session.scalars(mine.order_by(Convention.starts_on.desc())).all()


def convention(session: Session, collectivity_id: int, convention_id: int) -> Convention:
    """A convention of a collectivity; raises NotFound."""
    row = session.get(Convention, convention_id)
    if row is None or row.collectivity_id != collectivity_id:
        raise NotFound("convention", str(convention_id))
    return row


def billed_span(session: Session, convention_id: int) -> tuple[date | None, date | None]:
    """The first and the last day of the lines that live bills bear under a convention; none when there is none."""
    first, last = session.execute(
        select(func.min(InvoiceLine.done_on), func.max(InvoiceLine.done_on))
        .join(
            LiveBilling,
            and_(
                LiveBilling.order_line_id == InvoiceLine.order_line_id, LiveBilling.invoice_id == InvoiceLine.invoice_id
            ),
        )
        .where(InvoiceLine.convention_id == convention_id)
    ).one()
    return first, last


def fingerprint(row: Collectivity | Convention) -> str:
    """What a form remembers of a row, to tell whether it changed since."""
    values = {column.key: str(getattr(row, column.key)) for column in row.__table__.columns}
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
