"""Reads the garage's settings as the one value the rules know; a field without a row has its default."""

from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from garage.db.models.invoices import Invoice, Numbering
from garage.db.models.settings import Setting
from garage.db.models.users import User
from garage.db.queries.paging import AnyRow
from garage.domain.settings import FIELDS_OF, BillingSettings, Imputation, Magnus, Pes, SettingGroup, key_of
from garage.domain.tariffs import TariffNature

_KNOWN = {field.name for field in fields(BillingSettings)}
_AMOUNTS = {field.name for field in fields(BillingSettings) if isinstance(field.default, Decimal)}


def current(session: Session) -> BillingSettings:
    """The settings in force now."""
    rows = session.execute(select(Setting.key, Setting.value))
    return decoded({row.key: row.value for row in rows})


def decoded(values: dict[str, Any]) -> BillingSettings:
    """Plain JSON values as settings; a key that no version knows is left alone."""
    read: dict[str, Any] = {key: value for key, value in values.items() if key in _KNOWN}
    for name in _AMOUNTS & set(read):
        read[name] = Decimal(read[name])
    if "imputations" in read:
        read["imputations"] = {TariffNature(key): Imputation(**value) for key, value in read["imputations"].items()}
    for name, shape in (("magnus", Magnus), ("pes", Pes)):
        if name in read:
            read[name] = shape(**read[name])
    return BillingSettings(**read)


def encoded(settings: BillingSettings) -> dict[str, Any]:
    """Every field as plain JSON; `decoded` gives the same settings back."""
    values = asdict(settings)
    values |= {name: f"{values[name]:.2f}" for name in _AMOUNTS}
    values["imputations"] = {nature.value: asdict(one) for nature, one in settings.imputations.items()}
    return values


def version(session: Session, group: SettingGroup) -> str:
    """When a group last changed, as a form remembers it; empty when it never did."""
    keys = {key_of(name) for name in FIELDS_OF[group]}
    last = session.scalar(select(func.max(Setting.changed_at)).where(Setting.key.in_(keys)))
    return last.isoformat() if last else ""


def changes(session: Session) -> dict[str, tuple[datetime, str | None]]:
    """When each field with a row last changed, and who did it; None when the garage itself did."""
    rows = session.execute(
        select(Setting.key, Setting.changed_at, User.name).outerjoin(User, User.id == Setting.changed_by_id)
    )
    return {row.key: (row.changed_at, row.name) for row in rows}


def series(session: Session, year: int) -> dict[str, AnyRow]:
    """The series that have a bill or a first number: how far a year went, and the first bill of all their years."""
    first = (
        select(Invoice.number).where(Invoice.series == Numbering.series).order_by(Invoice.id).limit(1).scalar_subquery()
    )
    rows = session.execute(
        select(Numbering.series, Numbering.last, first.label("first")).where(Numbering.year == year)
    ).all()
    return {row.series: row for row in rows}
