"""Reads the garage's settings as the one value the rules know; a field without a row has its default."""

from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.settings import Setting
from garage.domain.settings import BillingSettings, Imputation, Magnus, Pes
from garage.domain.tariffs import TariffNature

_KNOWN = {field.name for field in fields(BillingSettings)}


def current(session: Session) -> BillingSettings:
    """The settings in force now."""
    rows = session.execute(select(Setting.key, Setting.value))
    return decoded({row.key: row.value for row in rows})


def decoded(values: dict[str, Any]) -> BillingSettings:
    """Plain JSON values as settings; a key that no version knows is left alone."""
    read: dict[str, Any] = {key: value for key, value in values.items() if key in _KNOWN}
    if "floor" in read:
        read["floor"] = Decimal(read["floor"])
    if "imputations" in read:
        read["imputations"] = {TariffNature(key): Imputation(**value) for key, value in read["imputations"].items()}
    for name, shape in (("magnus", Magnus), ("pes", Pes)):
        if name in read:
            read[name] = shape(**read[name])
    return BillingSettings(**read)


def encoded(settings: BillingSettings) -> dict[str, Any]:
    """Every field as plain JSON; `decoded` gives the same settings back."""
    values = asdict(settings)
    values["floor"] = str(settings.floor)
    values["imputations"] = {nature.value: asdict(one) for nature, one in settings.imputations.items()}
    return values
