"""For the browser's audits: a catalogue with all that a part can tell, a second store, deposits and slips of waste."""

from datetime import date
from decimal import Decimal

from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.session import Database
from garage.domain.parts import WasteClass
from garage.operations import core_deposits, parts, stock, stores, suppliers, waste
from garage.operations.parts import Content, Fits, Sold
from garage.operations.stores import Place
from garage.operations.suppliers import Sheet
from tests.factories import garage as make

from .workshop import HEAD

PART = "ALT-140A/2"


def populate(database: Database) -> None:
    """The part ALT-140A/2 with everything, its supplier, a van, three deposits, two slips."""
    with database.transaction() as session:
        by = stores.By(HEAD, make.NOW)
        van = stores.add_store(session, "FOURGON-2", "Fourgon de dépannage des communes du littoral", by)
        rack = stores.add_bin(session, van.id, "Bac gauche", by)
        stores.add_bin(session, van.id, "Bac droit", by)
        sheet = Sheet("Échange standard du Finistère", "commandes@echange.test", "02 98 00 00 00", delivery_days=4)
        seller = suppliers.create(session, sheet, HEAD, make.NOW).id
        twin = parts.create(session, Content("ALT-150A", "Alternateur 150 A"), HEAD, make.NOW)
        content = Content(
            PART, "Alternateur 140 A échange standard pour moteur diesel 2,3 L", family="Électricité",
            place=Place(van.id, "Bac gauche"), minimum=Decimal(1), maximum=Decimal(4), supplier_id=seller,
            deposit=Decimal("60.00"), waste=WasteClass.BATTERY, barcodes=("3165143500125",),
            sold=(Sold(seller, "ES-ALT-140", Decimal("184.5000"), Decimal(1)),), equivalents=(twin.reference,),
            models=(Fits("Renault", "Master", Decimal(1)), Fits("Iveco")),
        )  # fmt: skip
        made = parts.create(session, content, HEAD, make.NOW)
        moved = stock.Movement(date(2026, 9, 1), HEAD, make.NOW, "Bon de livraison 881", bin_id=rack.id)
        stock.receive(session, made.id, Decimal(3), Decimal("184.5000"), moved)
        receipt = GoodsReceipt(
            supplier_id=seller, delivery_note="BL 881", received_on=date(2026, 9, 1), recorded_at=make.NOW
        )
        session.add(receipt)
        session.flush()
        for _ in range(3):
            line = ReceiptLine(receipt_id=receipt.id, part_id=made.id, quantity=Decimal(1), cost=Decimal("184.5"))
            session.add(line)
            session.flush()
            opened = core_deposits.open_for(session, line, Decimal(60), make.NOW)
        acts = core_deposits.By(HEAD, make.NOW, make.TODAY, 1)
        core_deposits.send(session, opened.id, date(2026, 9, 20), "Bon 12", acts)
        for number, treated in (("BSD-2026-001", date(2026, 9, 30)), ("BSD-2026-002", None)):
            slip = waste.NewSlip(
                WasteClass.OIL, number, date(2026, 9, 10), Decimal(600), "L", "Ouest Collecte", "Donges", treated
            )
            waste.add(session, slip, waste.By(HEAD, make.NOW, make.TODAY))
