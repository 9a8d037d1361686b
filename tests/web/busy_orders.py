"""For the browser's audits: orders of 2023 with thirty works, two hundred lines, a failed checklist; packages."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.models.order_works import OrderCheck
from garage.db.models.vehicles import Vehicle
from garage.db.session import Database
from garage.domain.order_works import CheckResult, Finding
from garage.domain.vehicles import VehicleType
from garage.operations import order_lines, order_works, packages
from garage.operations.order_lines import Entry
from garage.operations.order_works import Act, NewWork
from garage.operations.packages import Content
from tests.factories import garage as make

from .workshop import LONG_NAME, LONG_PART, MECHANIC

DAY = date(2023, 5, 2)
WORKS = (
    "Remplacer le vérin de levage de la benne, côté gauche", "Purger les freins", "Graisser les articulations",
    "Contrôler le serrage des roues après cinquante kilomètres", "Essai sur route",
)  # fmt: skip


def populate(database: Database) -> None:
    """OR-2023-00001 has thirty works and a failed checklist, 00002 two hundred lines, 00003 what was put off."""
    with database.transaction() as session:
        owner = session.scalars(select(Collectivity).where(Collectivity.name == LONG_NAME)).one()
        vehicle = session.scalars(select(Vehicle).where(Vehicle.fleet_number == "LB-001")).one()
        words = {"vehicle_id": vehicle.id, "meter": 84310, "reason": "Révision annuelle"}
        numbers = [make.order(session, owner, DAY, **words).number for _ in range(3)]
        _packages(session)
        _works(session, numbers)
        _lines(session, numbers[1])


def _packages(session: Session) -> None:
    parts = (("FH-0001", Decimal(1)), ("FH-0003", Decimal("5.5")), ("FH-0007", Decimal(2)), ("KJ/778-AB", Decimal(1)))
    points = ("Niveaux", "Freins avant et arrière, épaisseur des plaquettes", "Éclairage", "Pneumatiques", "Direction")
    full = Content("REV-PL", "Révision annuelle poids lourd", "MO-VL", 210, None, parts, points)
    small = Content("GRAIS", f"Graissage, {LONG_PART.lower()}", "MO-VL", 45, VehicleType.MACHINE)
    for content in (full, small, Content("ANCIEN", "Ancienne révision")):
        packages.create(session, content, make.HEAD, make.NOW)
    packages.archive(session, "ANCIEN", make.HEAD, make.NOW)


def _act(number: str) -> Act:
    return Act(number, MECHANIC, MECHANIC, make.NOW, DAY, make.NOW, make.TODAY)


def _works(session: Session, numbers: list[str]) -> None:
    full, _, earlier = numbers
    full_check = order_works.add(session, _act(full), NewWork(package="REV-PL"))
    for place in range(29):
        work = order_works.add(session, _act(full), NewWork(words=f"{WORKS[place % len(WORKS)]} ({place + 1})"))
        if place % 3 == 0:
            order_works.tick(session, _act(full), work.id)
        elif place == 4:
            order_works.postpone(session, _act(full), work.id, "Pièce à commander")
        elif place == 5:
            order_works.drop(session, _act(full), work.id)
    points = select(OrderCheck).where(OrderCheck.work_id == full_check.id).order_by(OrderCheck.rank)
    first, second, *_ = session.scalars(points).all()
    order_works.check_point(session, _act(full), first.id, Finding(CheckResult.OK), None)
    failed = Finding(CheckResult.FAILED, "Plaquettes à 2 mm")
    order_works.check_point(session, _act(full), second.id, failed, None)
    old = order_works.add(session, _act(earlier), NewWork(words="Remplacer les deux pneus arrière"))
    order_works.postpone(session, _act(earlier), old.id, "Budget de la commune, au prochain trimestre")


def _lines(session: Session, number: str) -> None:
    for place in range(200):
        entry = Entry(number, DAY + timedelta(days=place % 20), MECHANIC, make.NOW, make.TODAY)
        if place % 2:
            order_lines.add_labour(session, entry, "MO-VL", 15 + place, 1)
        else:
            order_lines.add_flat(session, entry, "LAV", Decimal(1))
