"""Rows for tests, made through the operations that people use. `Garage` is a small one, ready to work and bill."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zlib import crc32

from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.domain.collectivities import Category, CollectivityKind, VatRegime, luhn
from garage.domain.permissions import Actor, Role
from garage.domain.repair_orders import OrderKind
from garage.domain.tariffs import TariffLine, TariffNature
from garage.domain.vehicles import VehicleType
from garage.operations import collectivities, order_lines, repair_orders, stock, tariffs, users, vehicles
from garage.operations.collectivities import Binding, Identity

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
TODAY = date(2026, 10, 12)
HEAD = Actor(None, "Chef", Role.HEAD)
CLERK = Actor(None, "Comptable", Role.ACCOUNTING)
ADMIN = Actor(None, "Administrateur", Role.ADMIN)
PASSWORD = "mot de passe de test"
_numbers = count(1)


def collectivity(session: Session, code: str, **changes: object) -> Collectivity:
    """A commune; `is_issuer=True` makes it the issuer."""
    identity = {
        "code": code,
        "name": code.capitalize(),
        "kind": CollectivityKind.COMMUNE,
        "siret": fictitious_siret(code),
        "address": "1 place de la Mairie",
        "postal_code": "29800",
        "city": code.capitalize(),
    } | changes
    return collectivities.create(session, Identity(**identity), ADMIN, NOW)


def fictitious_siret(code: str) -> str:
    """A SIRET that passes Luhn, with a SIREN that does, and belongs to nobody; the same for the same code."""
    stem = f"99{crc32(code.encode()) % 10**6:06d}"
    siren = next(digits for key in range(10) if luhn(digits := f"{stem}{key}"))
    return next(siret for key in range(10) if luhn(siret := f"{siren}0001{key}"))


def convention(session: Session, owner: Collectivity, **changes: object) -> None:
    """A partner's convention from 2020 on."""
    binding = {"starts_on": date(2020, 1, 1), "ends_on": None, "category": Category.PARTNER} | changes
    collectivities.bind(session, owner.id, Binding(**binding), ADMIN, NOW)


def tariff_lines(founder: str = "50", partner: str = "60") -> list[TariffLine]:
    """A whole grid: two labour codes, two flats, parts, external, structure."""
    zero, twenty = Decimal("0"), Decimal("20")
    money = Decimal(founder), Decimal(partner)
    return [
        TariffLine("MO-VL", "Main-d’œuvre VL", TariffNature.LABOUR, "h", *money, twenty),
        TariffLine("MO-SER", "Serrurerie", TariffNature.LABOUR, "h", *money, Decimal("10")),
        TariffLine("LAV", "Lavage", TariffNature.FLAT, "u", Decimal("9"), Decimal("11.87"), twenty),
        TariffLine("DEP", "Déplacement", TariffNature.FLAT, "km", Decimal("0.6170"), Decimal("0.7350"), Decimal("5.5")),
        TariffLine("MAJ-P", "Majoration pièces", TariffNature.PARTS, "%", Decimal("5"), Decimal("12.5"), twenty),
        TariffLine("MAJ-X", "Majoration externe", TariffNature.EXTERNAL, "%", zero, Decimal("7.25"), twenty),
        TariffLine("STRUCT", "Frais de structure", TariffNature.STRUCTURE, "%", Decimal("8.7"), Decimal("10"), twenty),
    ]


def grid(session: Session, name: str, span: tuple[date, date | None], lines: list[TariffLine] | None = None) -> None:
    """A published grid."""
    made = tariffs.draft(session, name, span, lines or tariff_lines(), HEAD, NOW)
    tariffs.publish(session, made.id, f"Délibération {name}", span[0], CLERK, NOW)


def vehicle(session: Session, owner: Collectivity, fleet_number: str, **changes: object) -> Vehicle:
    """A van."""
    entered = {
        "fleet_number": fleet_number,
        "collectivity_id": owner.id,
        "type": VehicleType.VEHICLE,
        "registration": "AB-123-CD",
        "make": "Renault",
        "model": "Master",
    } | changes
    return vehicles.register(session, vehicles.Registration(**entered), HEAD, NOW)


def part(session: Session, reference: str, quantity: str = "100", cost: str = "10.0000", **changes: object) -> Part:
    """A part with an opening receipt."""
    made = stock.create_part(session, stock.NewPart(reference, f"Pièce {reference}", **changes), HEAD, NOW)
    if Decimal(quantity):
        opening = stock.Movement(date(2020, 1, 1), HEAD, NOW, "Reprise")
        stock.receive(session, made.id, Decimal(quantity), Decimal(cost), opening)
    return made


def user(session: Session, role: Role, owner: Collectivity | None = None, email: str | None = None) -> User:
    """A person with PASSWORD."""
    email = email or f"{role.value}-{next(_numbers)}@garage.test"
    person = users.Person(email, f"Personne {role.value}", role, owner.id if owner else None, PASSWORD)
    return users.create(session, person, ADMIN, NOW)


def order(
    session: Session, owner: Collectivity, opened_on: date = date(2026, 7, 1), by: Actor = HEAD, **changes: object
) -> RepairOrder:
    """An order in progress for an object, unless `vehicle_id` is given."""
    entered = {"object_label": None if changes.get("vehicle_id") else "Portail", "kind": OrderKind.BREAKDOWN} | changes
    made = repair_orders.NewOrder(owner.id, opened_on, **entered)
    return repair_orders.open_order(session, made, by, NOW, min(TODAY, date(opened_on.year + 1, 12, 31)))


def entry(made: RepairOrder, day: date | None = None, **changes: object) -> order_lines.Entry:
    """The head's entry on an order, on its opening day unless told otherwise."""
    return order_lines.Entry(made.number, day or made.opened_on, HEAD, NOW, TODAY, **changes)


def labour(session: Session, made: RepairOrder, minutes: int = 60, code: str = "MO-VL", **changes: Any) -> None:
    """Hours on an order."""
    order_lines.add_labour(session, entry(made, **changes), code, minutes, None)


def check(session: Session, made: RepairOrder, closed_on: date | None = None) -> None:
    """Finish an order and check it `done`."""
    repair_orders.finish(session, made.number, "Fait", None, HEAD, NOW)
    repair_orders.check(session, made.number, closed_on or made.opened_on, HEAD, NOW, TODAY)


@dataclass
class Garage:
    """An issuer, a founder, two partners, grids for 2025 and 2026, a vehicle each, two parts."""

    issuer: Collectivity
    founder: Collectivity
    partner: Collectivity
    taxed: Collectivity
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)


def garage(session: Session) -> Garage:
    """Make one, ready to work."""
    made = Garage(
        collectivity(session, "AGGLO", is_issuer=True, kind=CollectivityKind.EPCI, name="Communauté d’agglomération"),
        collectivity(session, "VILLE", name="Ville-centre"),
        collectivity(session, "BOURG", name="Bourg"),
        collectivity(session, "EAU", name="Eau du pays", kind=CollectivityKind.SPL),
    )
    convention(session, made.founder, category=Category.FOUNDER)
    convention(session, made.partner)
    convention(session, made.taxed, regime=VatRegime.TAXED)
    grid(session, "2025", (date(2025, 1, 1), date(2026, 1, 1)), tariff_lines("48", "58"))
    grid(session, "2026", (date(2026, 1, 1), date(2027, 1, 1)))
    for owner in (made.issuer, made.founder, made.partner, made.taxed):
        made.vehicles[owner.code] = vehicle(session, owner, f"{owner.code}-1")
    made.parts = {name: part(session, name) for name in ("P1", "P2")}
    return made
