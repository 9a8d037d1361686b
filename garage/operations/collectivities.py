"""Collectivities and their conventions: create, change, bind and end (rules C1 to C4)."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.queries import collectivities as queries
from garage.db.queries.billing import terms_of
from garage.domain.collectivities import (
    Category,
    CollectivityKind,
    VatRegime,
    read_code,
    read_insee,
    read_siren,
    read_siret,
    terms_on,
)
from garage.domain.errors.base import CodeTaken, Conflict, EndBeforeStart, NotFound
from garage.domain.errors.collectivities import (
    BadBillingEmail,
    ConventionBilled,
    ConventionOverlap,
    EndUnderBilled,
    GoodsWithoutExemption,
    IssuerRegime,
    NoConvention,
    SecondIssuer,
)
from garage.domain.errors.users import BadEmail
from garage.domain.periods import covers, overlap
from garage.domain.permissions import Actor
from garage.domain.users import read_email
from garage.operations import journal

# What bills rest on: it stays once a line is billed under the convention.
_FROZEN: Final = {"starts_on", "category", "regime", "goods_taxed", "structure_fee"}


@dataclass(frozen=True, slots=True)
class Identity:
    """A collectivity as it is entered (rule C1)."""

    code: str
    name: str
    kind: CollectivityKind
    siren: str | None = None
    siret: str | None = None
    insee_code: str | None = None
    population: int | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    emails: str | None = None
    code_service: str | None = None
    third_party_code: str | None = None
    engagement_required: bool = False
    is_issuer: bool = False
    code_service_required: bool = False
    tiers_category: str | None = None
    legal_nature: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A convention as it is entered, over [starts_on, ends_on) (rule C3)."""

    starts_on: date
    ends_on: date | None
    category: Category
    regime: VatRegime = VatRegime.OUT_OF_SCOPE
    structure_fee: bool = True
    legal_basis: str | None = None
    reference: str | None = None
    signed_on: date | None = None
    forecast_hours: Decimal | None = None
    goods_taxed: bool = False
    ceiling: Decimal | None = None
    notice_months: int | None = None


def create(session: Session, identity: Identity, actor: Actor, now: datetime) -> Collectivity:
    """A new collectivity.

    Raises BadCode, BadSiren, BadSiret, SiretOfAnother, BadInsee, BadBillingEmail, CodeTaken, SecondIssuer.
    """
    read = _read(identity)
    if session.scalar(select(Collectivity.id).where(Collectivity.code == read["code"])):
        raise CodeTaken(read["code"])
    if identity.is_issuer:
        _check_issuer(session, read["code"])
    row = Collectivity(**read)
    session.add(row)
    session.flush()
    journal.record(
        session, actor, "collectivity.create", ("collectivities", row.code), data={"name": row.name}, now=now
    )
    return row


def change(session: Session, identity: Identity, seen: str, actor: Actor, now: datetime) -> list[str]:
    """Change the collectivity of this code, but its code; returns the changed fields.

    `seen` is its fingerprint when the form was made. Bills keep what they had (rule C1); an issuer stays the issuer.
    Raises NotFound, Conflict, BadSiren, BadSiret, SiretOfAnother, BadInsee, BadBillingEmail; SecondIssuer and
    IssuerRegime when it becomes the issuer (rule C2).
    """
    read = _read(identity)
    row = session.scalar(select(Collectivity).where(Collectivity.code == read["code"]).with_for_update())
    if row is None:
        raise NotFound("collectivity", identity.code)
    if queries.fingerprint(row) != seen:
        raise Conflict("collectivity")
    if identity.is_issuer and not row.is_issuer:
        _check_issuer(session, row.code)
    read["is_issuer"] |= row.is_issuer
    changes = {name: (getattr(row, name), value) for name, value in read.items() if getattr(row, name) != value}
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    session.flush()
    if changes:
        journal.record(
            session, actor, "collectivity.change", ("collectivities", row.code), data=_told(changes), now=now
        )
    return [*changes]


def _check_issuer(session: Session, code: str) -> None:
    """One issuer, all of whose conventions are out of scope (rule C2)."""
    if other := session.scalar(select(Collectivity.code).where(Collectivity.is_issuer)):
        raise SecondIssuer(other)
    mine = select(Convention.id).join(Collectivity, Collectivity.id == Convention.collectivity_id)
    if session.scalar(mine.where(Collectivity.code == code, Convention.regime != VatRegime.OUT_OF_SCOPE).limit(1)):
        raise IssuerRegime(code)


def _read(identity: Identity) -> dict[str, Any]:
    """Every column as it is kept."""
    siren = read_siren(identity.siren) if identity.siren else None
    return asdict(identity) | {
        "code": read_code(identity.code),
        "siren": siren,
        "siret": read_siret(identity.siret, siren) if identity.siret else None,
        "insee_code": read_insee(identity.insee_code) if identity.insee_code else None,
        "emails": _emails(identity.emails) if identity.emails else None,
    }


def _emails(text: str) -> str:
    """One or several addresses, kept apart by a comma and a space; raises BadBillingEmail."""
    found: list[str] = []
    for part in re.split(r"[\s,;]+", text.strip()):
        try:
            found.append(read_email(part))
        except BadEmail:
            raise BadBillingEmail(part) from None
    return ", ".join(dict.fromkeys(found))


def _told(changes: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {"changes": {name: [_plain(before), _plain(after)] for name, (before, after) in changes.items()}}


def _plain(value: Any) -> Any:
    """A value as JSON: days and amounts as text."""
    return str(value) if isinstance(value, date | Decimal) else value


def bind(
    session: Session, collectivity_id: int, binding: Binding, actor: Actor, now: datetime, *, replacing: bool = False
) -> Convention:
    """A new convention; the collectivity's row is locked so that two cannot overlap (rule C3).

    `replacing` first ends the one in force on its first day. Raises NotFound, EndBeforeStart, ConventionOverlap,
    IssuerRegime (rule C2), GoodsWithoutExemption, EndUnderBilled.
    """
    owner = session.get(Collectivity, collectivity_id, with_for_update=True)
    if owner is None:
        raise NotFound("collectivity", str(collectivity_id))
    _check(owner, binding)
    others = list(session.scalars(select(Convention).where(Convention.collectivity_id == owner.id)))
    if replacing:
        for other in others:
            if other.starts_on < binding.starts_on and covers(other.starts_on, other.ends_on, binding.starts_on):
                _amend(session, owner, other, replace(binding_of(other), ends_on=binding.starts_on), (actor, now))
    _check_overlap(binding, others)
    row = Convention(collectivity_id=owner.id, **asdict(binding))
    session.add(row)
    session.flush()
    data = {"starts_on": binding.starts_on.isoformat(), "category": binding.category.value}
    journal.record(session, actor, "convention.create", ("collectivities", owner.code), data=data, now=now)
    return row


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of a convention of a collectivity: what it becomes, and its fingerprint when the form was made."""

    code: str
    convention_id: int
    binding: Binding
    seen: str


def amend(session: Session, amendment: Amendment, actor: Actor, now: datetime) -> None:
    """Change a convention, never under what is billed (rule C3).

    Once a line is billed under it, its first day, category, VAT regime and structure fee stay, and it ends after that
    line. Raises NotFound, Conflict, EndBeforeStart, ConventionOverlap, IssuerRegime, GoodsWithoutExemption,
    ConventionBilled, EndUnderBilled.
    """
    owner = session.scalar(select(Collectivity).where(Collectivity.code == amendment.code).with_for_update())
    row = session.get(Convention, amendment.convention_id)
    if owner is None or row is None or row.collectivity_id != owner.id:
        raise NotFound("convention", amendment.code)
    if queries.fingerprint(row) != amendment.seen:
        raise Conflict("convention")
    _check(owner, amendment.binding)
    others = session.scalars(
        select(Convention).where(Convention.collectivity_id == owner.id, Convention.id != row.id)
    ).all()
    _check_overlap(amendment.binding, others)
    _amend(session, owner, row, amendment.binding, (actor, now))


def binding_of(row: Convention) -> Binding:
    """A convention's row as it would be entered."""
    return Binding(**{one.name: getattr(row, one.name) for one in fields(Binding)})


def _check(owner: Collectivity, binding: Binding) -> None:
    if binding.ends_on is not None and binding.ends_on <= binding.starts_on:
        raise EndBeforeStart(binding.starts_on, binding.ends_on)
    if owner.is_issuer and binding.regime is not VatRegime.OUT_OF_SCOPE:
        raise IssuerRegime(owner.code)
    if binding.goods_taxed and binding.regime is not VatRegime.EXEMPT:
        raise GoodsWithoutExemption


def _check_overlap(binding: Binding, others: Iterable[Convention]) -> None:
    for other in others:
        if overlap((binding.starts_on, binding.ends_on), (other.starts_on, other.ends_on)):
            raise ConventionOverlap(other.starts_on)


def _amend(
    session: Session, owner: Collectivity, row: Convention, wanted: Binding, who: tuple[Actor, datetime]
) -> None:
    before, after = asdict(binding_of(row)), asdict(wanted)
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    first, last = queries.billed_span(session, row.id)
    if first is not None and last is not None:
        if _FROZEN & changes.keys():
            raise ConventionBilled(first, last)
        if wanted.ends_on is not None and wanted.ends_on <= last:
            raise EndUnderBilled(last)
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    session.flush()
    if changes:
        data = {"starts_on": before["starts_on"].isoformat(), **_told(changes)}
        actor, now = who
        journal.record(session, actor, "convention.change", ("collectivities", owner.code), data=data, now=now)


def check_convention(session: Session, collectivity: Collectivity, day: date) -> None:
    """Refuse to open an order on a day that no convention covers (rule C4): raises NoConvention."""
    rows = session.scalars(select(Convention).where(Convention.collectivity_id == collectivity.id))
    if terms_on([terms_of(row) for row in rows], day, issuer=collectivity.is_issuer) is None:
        raise NoConvention(collectivity.name, day)
