"""Collectivities and their conventions: create and bind (rules C1 to C4)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity, Convention
from garage.db.queries.billing import terms_of
from garage.domain.collectivities import (
    Category,
    CollectivityKind,
    VatRegime,
    read_code,
    read_siren,
    read_siret,
    terms_on,
)
from garage.domain.errors.base import CodeTaken, EndBeforeStart, NotFound
from garage.domain.errors.collectivities import ConventionOverlap, IssuerRegime, NoConvention, SecondIssuer
from garage.domain.periods import overlap
from garage.domain.permissions import Actor
from garage.operations import journal


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


def create(session: Session, identity: Identity, actor: Actor, now: datetime) -> Collectivity:
    """A new collectivity. Raises BadCode, BadSiren, BadSiret, SiretOfAnother, CodeTaken, SecondIssuer."""
    code = read_code(identity.code)
    if session.scalar(select(Collectivity.id).where(Collectivity.code == code)):
        raise CodeTaken(code)
    if identity.is_issuer and (other := session.scalar(select(Collectivity.code).where(Collectivity.is_issuer))):
        raise SecondIssuer(other)
    siren = read_siren(identity.siren) if identity.siren else None
    siret = read_siret(identity.siret, siren) if identity.siret else None
    row = Collectivity(**asdict(identity) | {"code": code, "siren": siren, "siret": siret})
    session.add(row)
    session.flush()
    journal.record(session, actor, "collectivity.create", ("collectivities", code), data={"name": row.name}, now=now)
    return row


def bind(session: Session, collectivity_id: int, binding: Binding, actor: Actor, now: datetime) -> Convention:
    """A new convention; the collectivity's row is locked so that two cannot overlap (rule C3).

    Raises NotFound, EndBeforeStart, ConventionOverlap, IssuerRegime (rule C2).
    """
    owner = session.get(Collectivity, collectivity_id, with_for_update=True)
    if owner is None:
        raise NotFound("collectivity", str(collectivity_id))
    if binding.ends_on is not None and binding.ends_on <= binding.starts_on:
        raise EndBeforeStart(binding.starts_on, binding.ends_on)
    if owner.is_issuer and binding.regime is not VatRegime.OUT_OF_SCOPE:
        raise IssuerRegime(owner.code)
    span = (binding.starts_on, binding.ends_on)
    for other in session.scalars(select(Convention).where(Convention.collectivity_id == owner.id)):
        if overlap(span, (other.starts_on, other.ends_on)):
            raise ConventionOverlap(other.starts_on)
    row = Convention(collectivity_id=owner.id, **asdict(binding))
    session.add(row)
    session.flush()
    data = {"starts_on": binding.starts_on.isoformat(), "category": binding.category.value}
    journal.record(session, actor, "convention.create", ("collectivities", owner.code), data=data, now=now)
    return row


def check_convention(session: Session, collectivity: Collectivity, day: date) -> None:
    """Refuse to open an order on a day that no convention covers (rule C4): raises NoConvention."""
    rows = session.scalars(select(Convention).where(Convention.collectivity_id == collectivity.id))
    if terms_on([terms_of(row) for row in rows], day, issuer=collectivity.is_issuer) is None:
        raise NoConvention(collectivity.name, day)
