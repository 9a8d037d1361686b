"""The storekeeper's last weeks in the demonstration: orders in each state, returns, deposits, losses. All made up."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.parts import CoreDeposit
from garage.db.models.purchases import GoodsReceipt, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import purchases as queries
from garage.domain.losses import LossReason
from garage.domain.money import ZERO
from garage.domain.parts import WasteClass
from garage.domain.repair_orders import OrderState
from garage.operations import (
    core_deposits,
    goods_receipts,
    order_lines,
    purchases,
    stock_acts,
    stores,
    supplier_invoices,
    supplier_returns,
    waste,
)
from garage.operations.demo.seasons import before
from garage.operations.demo.supply import accept, bill, note_of, order
from garage.operations.demo.workshop import Act, Workshop
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.purchases import By, Wanted
from garage.operations.stock import Movement
from garage.operations.supplier_returns import SentBack
from garage.operations.waste import NewSlip

_FIRST: Final = 14
# Beyond any movement: the demonstration sends no form twice.
_LATEST: Final = 2**31 - 1
_SWEEPER: Final = "Balais et buses de balayeuse"
_OIL, _TYRES = "Collecteur Fictif d’Armorique", "Pneus Imaginaires du Ponant"
_SLIPS: Final = (
    (13, NewSlip(WasteClass.OIL, "BSD-FICTIF-0101", date.min, Decimal(420), "L", _OIL, "Régénération fictive")),
    (6, NewSlip(WasteClass.BATTERY, "BSD-FICTIF-0102", date.min, Decimal(9), "u", _OIL)),
    (3, NewSlip(WasteClass.TYRE, "BSD-FICTIF-0103", date.min, Decimal(24), "u", _TYRES)),
)
_STARTERS = (("FICT-084", 1), ("FICT-085", 1), ("FICT-086", 2), ("FICT-012", 4), ("FICT-078", 6))
_HOSES = (("FICT-103", 4), ("FICT-105", 3), ("FICT-107", 2))
_BIG_TYRES = (("FICT-055", 4), ("FICT-056", 4), ("FICT-052", 6))
_SCREWS = (("FICT-145", 10),)
_SAFETY = (("FICT-147", 4), ("FICT-148", 8))


@dataclass(slots=True)
class Storeroom:
    """The store, the day the demonstration ends on, and what one act leaves to the next."""

    workshop: Workshop
    today: date
    numbers: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, GoodsReceipt] = field(default_factory=dict)

    def write(self) -> None:
        """Write everything into the agenda, if the history goes far enough back."""
        if before(self.today, _FIRST) < self.workshop.agenda.first:
            return
        for back, minute, act in (
            (12, 9 * 60, self._ordering("starters", _STARTERS)),
            (11, 9 * 60, self._ordering("hoses", _HOSES)),
            (10, 16 * 60, self._losing("FICT-069", 2, LossReason.BROKEN, "Tombées du rayon (exemple fictif)")),
            (9, 10 * 60, self._receive_starters),
            (9, 14 * 60, self._ordering("safety", _SAFETY)),
            (8, 11 * 60, self._send_back),
            (8, 14 * 60, self._ordering("screws", _SCREWS)),
            (7, 9 * 60, self._ordering("tyres", _BIG_TYRES)),
            (7, 15 * 60, self._giving_up("screws", "Produit arrêté par le fournisseur (exemple fictif)")),
            (6, 14 * 60, self._follow_deposits),
            (5, 9 * 60, self._bill_starters),
            (5, 10 * 60, self._receive_some_safety),
            (4, 10 * 60, self._bring_back_oil),
            (3, 16 * 60, self._losing("FICT-033", 5, LossReason.EXPIRED, "Bidon gelé (exemple fictif)")),
            (2, 10 * 60, self._receive_some_tyres),
            (2, 11 * 60, self._giving_up("safety", "Reste en rupture chez le fournisseur (exemple fictif)")),
            (1, 11 * 60, self._bill_tyres),
            (1, 15 * 60, self._force),
            (1, 17 * 60, self._draft),
        ):
            self.workshop.agenda.note(before(self.today, back), minute, act)
        for back, slip in _SLIPS:
            self.workshop.agenda.note(before(self.today, back), 13 * 60, self._slip(slip))

    def _by(self, now: datetime) -> By:
        return By(self.workshop.team.head, now, now.date())

    def _billing(self, now: datetime) -> supplier_invoices.By:
        return supplier_invoices.By(self.workshop.team.accounting, now, now.date())

    def _ordering(self, name: str, lines: tuple[tuple[str, int], ...]) -> Act:
        def act(session: Session, now: datetime) -> None:
            parts = [(self.workshop.shelf[reference], Decimal(quantity)) for reference, quantity in lines]
            wanted = [Wanted(part.id, quantity, part.cost) for part, quantity in parts]
            self.numbers[name] = order(session, parts[0][0].supplier_id, wanted, self._by(now)).number

        return act

    def _receive(self, session: Session, name: str, now: datetime, shares: tuple[Decimal, ...]) -> None:
        """What came of an order, as shares of its lines."""
        number = self.numbers[name]
        sent = session.scalars(select(PurchaseOrder).where(PurchaseOrder.number == number)).one()
        come = [
            Received(line.part_id, line.left * share, line.price or ZERO, line.id)
            for line, share in zip(queries.lines(session, sent.id), shares, strict=True)
            if share
        ]
        delivery = Delivery(sent.supplier_id, note_of(number), now.date(), come)
        self.receipts[name] = goods_receipts.receive(session, delivery, self.workshop.team.head, now, now.date())
        self.workshop.shelf.look_again(session)

    def _receive_starters(self, session: Session, now: datetime) -> None:
        """All came, three of them with a deposit."""
        self._receive(session, "starters", now, (Decimal(1),) * len(_STARTERS))

    def _send_back(self, session: Session, now: datetime) -> None:
        """Two filters came crushed; their credit is awaited."""
        part = self.workshop.shelf["FICT-012"]
        mine = ReceiptLine.receipt_id == self.receipts["starters"].id
        line = session.scalars(select(ReceiptLine).where(mine, ReceiptLine.part_id == part.id)).one()
        reason = "Carton écrasé à la livraison (exemple fictif)"
        back = SentBack(line.id, Decimal(2), reason, now.date(), Decimal(0), "RET-FICTIF-01")
        supplier_returns.send_back(session, back, self._by(now))
        self.workshop.shelf.look_again(session)

    def _giving_up(self, name: str, words: str) -> Act:
        def act(session: Session, now: datetime) -> None:
            purchases.close(session, self.numbers[name], words, self._by(now))

        return act

    def _receive_some_safety(self, session: Session, now: datetime) -> None:
        """One line whole, half of the other: its rest will never come."""
        self._receive(session, "safety", now, (Decimal(1), Decimal("0.5")))

    def _follow_deposits(self, session: Session, now: datetime) -> None:
        """One old part went back, another was credited, the last is still owed."""
        head, day = self.workshop.team.head, now.date()
        rows = session.scalars(select(CoreDeposit).order_by(CoreDeposit.id.desc()).limit(3)).all()
        for row in rows[:2]:
            by = core_deposits.By(head, now, day, row.version)
            core_deposits.send(session, row.id, day, "Bon fictif 12", by)
        by = core_deposits.By(head, now, day, rows[1].version)
        core_deposits.credit(session, rows[1].id, day, ("AV-FICTIF-3", rows[1].amount), by)

    def _bill_starters(self, session: Session, now: datetime) -> None:
        """Billed whole: what went back is explained."""
        invoice_id = bill(session, [self.receipts["starters"]], self._billing(now))
        head = supplier_invoices.By(self.workshop.team.head, now, now.date())
        accept(session, invoice_id, head, "Avoir attendu pour les filtres rendus (exemple fictif)")

    def _bill_tyres(self, session: Session, now: datetime) -> None:
        """The first line is dearer than what was ordered: the supplier is asked why. Another invoice waits."""
        by = self._billing(now)
        dear = bill(session, [self.receipts["tyres"]], by, Decimal("12.00"))
        words = "Prix du tarif de janvier appliqué à une commande d’avant (exemple fictif)"
        supplier_invoices.dispute(session, dear, supplier_invoices.locked(session, dear).version, words, by)
        head = supplier_invoices.Head("F-FICTIF-Q88", now.date(), Decimal("184.00"), vat=Decimal("36.80"))
        supplier_invoices.record(session, "Quincaillerie Imaginaire", head, by)

    def _receive_some_tyres(self, session: Session, now: datetime) -> None:
        """One line whole, half of another, nothing of the last."""
        self._receive(session, "tyres", now, (Decimal(1), Decimal("0.5"), Decimal(0)))

    def _bring_back_oil(self, session: Session, now: datetime) -> None:
        """From the depot to the workshop's store."""
        part, depot = self.workshop.shelf["FICT-027"], self.workshop.shelf.depot["FICT-027"]
        by, quantity = self._by(now), Decimal(60)
        movement = Movement(now.date(), by.actor, now, "Pour l’atelier (fictif)", bin_id=depot)
        home = stores.bin_of(session, "H1-03")
        stock_acts.transfer(session, stock_acts.Act(part.id, quantity, movement, _LATEST), home, by)

    def _losing(self, reference: str, quantity: int, why: LossReason, words: str) -> Act:
        def act(session: Session, now: datetime) -> None:
            part, by = self.workshop.shelf[reference], self._by(now)
            lost = min(Decimal(quantity), part.on_hand)
            if lost:
                movement = Movement(now.date(), by.actor, now)
                stock_acts.lose(session, stock_acts.Act(part.id, lost, movement, _LATEST), why, words, by)
                part.on_hand -= lost

        return act

    def _slip(self, slip: NewSlip) -> Act:
        def act(session: Session, now: datetime) -> None:
            by = waste.By(self.workshop.team.head, now, now.date())
            waste.add(session, replace(slip, removed_on=now.date()), by)

        return act

    def _force(self, session: Session, now: datetime) -> None:
        """The head issues a part that the books do not have: it waits to be settled (rule S4)."""
        mine = (RepairOrder.reason == _SWEEPER, RepairOrder.state == OrderState.IN_PROGRESS)
        number = session.scalar(select(RepairOrder.number).where(*mine).order_by(RepairOrder.id.desc()).limit(1))
        part = self.workshop.shelf["FICT-118"]
        if number is not None:
            entry = order_lines.Entry(number, now.date(), self.workshop.team.head, now, now.date())
            words = "Montée avant sa réception, bon de livraison attendu (exemple fictif)"
            order_lines.add_part(session, entry, part.id, part.on_hand + 1, words)
            part.on_hand = Decimal(-1)

    def _draft(self, session: Session, now: datetime) -> None:
        """What is short, by supplier, in orders still to be sent."""
        for part in sorted(self.workshop.shelf.short(), key=lambda one: one.id)[:6]:
            purchases.add_line(session, part.supplier_id, part.id, part.maximum - part.on_hand, self._by(now))
