"""The store's desk for the browser: parts kept, missing and asked for on OR-2024-00006, fluids, a forced issue."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.session import Database
from garage.operations import order_lines, part_requests, reservations, stock, stores
from garage.operations.part_requests import Seen, Wanted
from garage.operations.purchases import By
from tests.factories import garage as make

from .workshop import HEAD, LONG_PART, MECHANIC

NUMBER = "OR-2024-00006"
_DAY = date(2024, 3, 6)


def populate(database: Database) -> None:
    """After the workshop's own rows."""
    with database.transaction() as session:
        oil = make.part(session, "HUILE-15W40", "180", "3.4000", unit="L", bin="Cuve 1")
        make.part(session, "TUYAU-8", "24", "1.2000", unit="m", bin="Rouleaux")
        seal = make.part(session, "JOINT-SPI-40X52X7", "1", "6.3000", bin="B3")
        van = stores.bin_of(session, "Camion atelier")
        stock.transfer(session, oil.id, Decimal(20), van, stock.Movement(_DAY, HEAD, make.NOW, "Tournée"))
        stock.lose(session, oil.id, Decimal("2.5"), stock.Movement(_DAY, HEAD, make.NOW, "Casse\u00a0: bidon percé"))
        vehicle = session.scalars(select(RepairOrder.vehicle_id).where(RepairOrder.number == "OR-2024-00001")).one()
        session.scalars(select(RepairOrder).where(RepairOrder.number == NUMBER)).one().vehicle_id = vehicle
        entry = order_lines.Entry("OR-2024-00001", _DAY, HEAD, make.NOW, make.TODAY)
        order_lines.add_part(session, entry, oil.id, Decimal("7.5"))
        order_lines.add_part(session, entry, seal.id, Decimal(3), "Dépannage de nuit, carton non saisi")
        kit = session.scalars(select(Part.id).where(Part.reference == "KJ/778-AB")).one()
        by = reservations.By(MECHANIC, make.NOW)
        belt = make.part(session, "COURROIE-6PK1750", "2", "21.5000", bin="C1")
        reservations.reserve(session, NUMBER, belt.id, Decimal(5), by)
        reservations.reserve(session, NUMBER, oil.id, Decimal(8), by)
        _ask(session, kit)


def _ask(session: Session, kit: int) -> None:
    mechanic, head = (By(one, make.NOW, make.TODAY) for one in (MECHANIC, HEAD))
    words = "Raccord coudé orientable de retour du vérin de levage, côté gauche"
    asked = [
        part_requests.ask(session, Wanted(NUMBER, part, label, Decimal(2), make.TODAY), mechanic)
        for part, label in ((None, words), (kit, LONG_PART), (None, "Bombe de peinture"))
    ]
    part_requests.refuse(session, Seen(asked[2].id, asked[2].version), "Il en reste au fond de l’atelier.", head)
