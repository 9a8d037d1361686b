"""For the browser's audits: order OR-2024-00012 with long notes, waiting for a part; OR-2024-00013 with all missing."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from garage.db.models.order_works import OrderCheck, OrderWork
from garage.db.models.repair_orders import RepairOrder
from garage.db.session import Database
from garage.domain.order_works import NoteKind, WorkState
from garage.operations import order_lines, order_records, order_states
from garage.operations.order_lines import Entry, External
from garage.operations.order_records import By
from tests.factories import garage as make

from .workshop import HEAD, MECHANIC

TOLD, LACKING = "OR-2024-00012", "OR-2024-00013"
_LONG = (
    "Le portail se bloque à mi-course dès que la température descend sous 5 °C ; le moteur force, le fin de course "
    "haut ne répond plus et la carte affiche E-14-SURINTENSITÉ-MOTEUR-PRINCIPAL-GAUCHE.\nVu avec le gardien."
)


def populate(database: Database) -> None:
    """Notes of two people, a wait with its day, a promise; then an order that lacks everything."""
    with database.transaction() as session:
        head, mechanic = By(HEAD, HEAD, make.NOW, make.NOW), By(MECHANIC, MECHANIC, make.NOW, make.NOW)
        order_records.add_note(session, TOLD, NoteKind.COMPLAINT, _LONG, head)
        order_records.add_note(session, TOLD, NoteKind.CAUSE, "Galet de guidage grippé", mechanic)
        order_records.add_note(session, TOLD, NoteKind.NOTE, _LONG * 4, mechanic)
        waited = date(2026, 10, 20)
        order_states.wait_for_part(session, TOLD, mechanic, "Galet et fin de course commandés", waited)
        order_states.promise(session, TOLD, waited + timedelta(days=3), None, head)
        entry = Entry(LACKING, make.TODAY, HEAD, make.NOW, make.TODAY, label="Soudure du vantail")
        outside = External("Chaudronnerie industrielle de l’Ouest et fils", None, Decimal(1), None)
        order_lines.add_external(session, entry, outside)
        order_id = session.scalars(select(RepairOrder.id).where(RepairOrder.number == LACKING)).one()
        values = {"order_id": order_id, "state": WorkState.TODO, "created_at": make.NOW}
        for rank, label in enumerate(("Redresser le vantail", "Régler les fins de course"), start=1):
            work = OrderWork(rank=rank, label=label, **values)
            session.add(work)
            session.flush()
            session.add(OrderCheck(work_id=work.id, rank=1, label="Essai à vide"))
