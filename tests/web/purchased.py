"""A store that buys, for the tests of what is bought: two suppliers, parts under their minimum, an order at work."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.parts import PartSupplier
from garage.db.models.purchases import GoodsReceipt, PurchaseLine, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.models.suppliers import Supplier
from garage.db.session import Database
from garage.operations import goods_receipts, purchases, supplier_returns
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.purchases import By, Wanted
from garage.operations.supplier_returns import Credit, SentBack
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build


@dataclass
class Buying:
    """The workshop, the ids of two suppliers, and those of the parts by reference."""

    work: Workshop
    suppliers: dict[str, int]
    parts: dict[str, int]

    @property
    def site(self) -> Site:
        return self.work.site

    def order(self, *wanted: Wanted, supplier: str = "Filtres Martin", sent: bool = True) -> str:
        """A purchase order, sent unless told otherwise; its number."""
        with self.site.database.transaction() as session:
            made = purchases.draft(session, self.suppliers[supplier], wanted, by())
            if sent:
                purchases.send(session, made.number, made.version, by())
            return made.number

    def line(self, number: str) -> int:
        """The first line of an order."""
        with self.site.database.reading() as session:
            of_order = select(PurchaseOrder.id).where(PurchaseOrder.number == number).scalar_subquery()
            wanted = select(PurchaseLine.id).where(PurchaseLine.purchase_order_id == of_order)
            return session.scalars(wanted.order_by(PurchaseLine.rank)).first() or 0

    def receive(self, note: str, *lines: Received, supplier: str = "Filtres Martin") -> int:
        """A delivery of today; its id."""
        with self.site.database.transaction() as session:
            return deliver(session, self.suppliers[supplier], note, *lines).id


def by() -> By:
    return By(HEAD, clock.now(), clock.today())


def deliver(session: Session, supplier_id: int, note: str, *lines: Received) -> GoodsReceipt:
    delivery = Delivery(supplier_id, note, clock.today(), lines)
    return goods_receipts.receive(session, delivery, HEAD, clock.now(), clock.today())


def buying(site: Site) -> Buying:
    """FILTRE (2 of at least 5, at most 10, by 6) and COURROIE (1 of at least 2) at one supplier, VIS at nobody's."""
    work = build(site)
    parts: dict[str, Part] = {}
    with site.database.transaction() as session:
        parts["FILTRE"] = make.part(
            session, "FILTRE", "2", minimum=Decimal(5), maximum=Decimal(10), supplier="Filtres Martin", bin="A1"
        )
        parts["COURROIE"] = make.part(
            session, "COURROIE", "1", "20.0000", minimum=Decimal(2), supplier="Filtres Martin"
        )
        parts["VIS"] = make.part(session, "VIS", "0", minimum=Decimal(100), unit="u")
        parts["PLEIN"] = make.part(session, "PLEIN", "9", minimum=Decimal(3), supplier="Pneus Ouest")
        suppliers = {row.name: row for row in session.scalars(select(Supplier))}
        suppliers["Filtres Martin"].email = "commandes@martin.test"
        suppliers["Filtres Martin"].delivery_days = 3
        session.add(
            PartSupplier(
                part_id=parts["FILTRE"].id,
                supplier_id=suppliers["Filtres Martin"].id,
                reference="FM-10",
                price=Decimal("11.5000"),
                pack=Decimal(6),
            )
        )
        return Buying(
            work,
            {name: row.id for name, row in suppliers.items()},
            {name: row.id for name, row in parts.items()},
        )


def tomorrow() -> str:
    return (clock.today() + timedelta(days=1)).isoformat()


def populate(database: Database) -> None:
    """For the browser's audits: CF-2026-00001 a draft, 00002 half received and late, 00003 given up, 00004 closed."""
    today = By(HEAD, make.NOW, make.TODAY)
    with database.transaction() as session:
        parts = {row.reference: row.id for row in session.scalars(select(Part))}
        seller = session.scalars(select(Supplier).where(Supplier.name == "Pièces de l’Ouest")).one()
        seller.email, seller.delivery_days = "commandes@pieces-ouest.test", 2
        order_id = session.scalars(select(RepairOrder.id).where(RepairOrder.number == "OR-2024-00001")).one()
        wanted = [Wanted(parts["FH-0001"], Decimal(6), Decimal("12.5")), Wanted(parts["FH-0003"], Decimal(12))]
        long = Wanted(parts["KJ/778-AB"], Decimal(1), Decimal("1284.1234"), repair_order_id=order_id)
        purchases.draft(session, seller.id, [*wanted, long], today)
        late = purchases.draft(session, seller.id, [*wanted, long], today)
        purchases.send(session, late.number, late.version, today)
        line = session.scalars(select(PurchaseLine.id).where(PurchaseLine.purchase_order_id == late.id)).first()
        goods = [
            Received(parts["FH-0001"], Decimal(4), Decimal("12.7"), line),
            Received(parts["FH-0005"], Decimal(3), Decimal(9)),
        ]
        made = goods_receipts.receive(
            session, Delivery(seller.id, "BL-2026-90017", make.TODAY, goods), HEAD, make.NOW, make.TODAY
        )
        closed = purchases.draft(session, seller.id, wanted[:1], today)
        purchases.send(session, closed.number, closed.version, today)
        purchases.close(session, closed.number, "Référence plus fabriquée, remplacée par FH-0002", today)
        _closed_with_a_rest(session, seller.id, parts["FH-0001"], today)
        lines = list(session.scalars(select(ReceiptLine.id).where(ReceiptLine.receipt_id == made.id)))
        for one in lines:
            back = SentBack(one, Decimal(1), "Emballage ouvert, joint manquant", make.TODAY, Decimal(0), "RET-1")
            sent = supplier_returns.send_back(session, back, today)
        supplier_returns.credited(session, sent.id, Credit("AV-204", make.TODAY, Decimal(9)), today)


def _closed_with_a_rest(session: Session, supplier_id: int, part_id: int, today: By) -> None:
    """CF-2026-00004: four of six came, the others never will."""
    order = purchases.draft(session, supplier_id, [Wanted(part_id, Decimal(6), Decimal("12.5"))], today)
    purchases.send(session, order.number, order.version, today)
    line = session.scalars(select(PurchaseLine.id).where(PurchaseLine.purchase_order_id == order.id)).one()
    goods = [Received(part_id, Decimal(4), Decimal("12.5"), line)]
    delivery = Delivery(supplier_id, "BL-2026-90018", make.TODAY, goods)
    goods_receipts.receive(session, delivery, HEAD, make.NOW, make.TODAY)
    purchases.close(session, order.number, "Les deux derniers sont en rupture, repris ailleurs", today)
